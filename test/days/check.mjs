/* check.mjs -- says whether the recorded days are what README.md promises.
 *
 * node test/days/check.mjs            (Node 18; reads only the data files)
 * It knows the published figures by itself and shares nothing with make/,
 * so that a mistake there shows here.  Exit 1 and one line per fault. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const day = join(here, "sanba-2023");
const faults = [];
const must = (ok, text) => ok || faults.push(text);
const json = (name) => JSON.parse(readFileSync(join(day, name), "utf8"));

const LIVE = 1440, CLEAR = LIVE + 22 * 60 + 30;
const ranks = ["none", "blue", "yellow", "orange", "red"];
const COLOURS = { 小东江: "red", 沙田河: "red", 儒洞河: "red", 袂花江: "orange", 鉴江: "orange", 罗江: "yellow",
        平定水: "yellow", 曹江: "blue", 新垌河: "blue", 黄华江: "blue", 钱排河: "blue" };
/* WRZ, peak, hour of the peak on 2023-10-20, as published. */
const PUBLISHED = { 茂名站: [9.0, 12.5, 15], 长山园站: [18.4, 20.5, 11], 车角山站: [18.0, 20.0, 10],
        旧村站: [9.0, 11.5, 18], 白沙村站: [8.0, 11.0, 17] };

/* ---- reading ---- */

const [head, ...rows] = readFileSync(join(day, "stations.csv"), "utf8").trim().split("\n").map((l) => l.split(","));
const stations = rows.map((r) => Object.fromEntries(head.map((h, i) => [h, r[i]])));
const byCode = new Map(stations.map((s) => [s.code, s]));
const zones = json("zones.geojson").features, storm = json("storm.json");
const facilities = json("facilities.geojson").features, rivers = json("rivers.geojson").features;
const number = (text) => (text === "" ? null : Number(text));

function within(ring, x, y) {
        let odd = false;
        for (let i = 1; i < ring.length; i++) {
                const [ax, ay] = ring[i - 1], [bx, by] = ring[i];
                if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
        }
        return odd;
}
const inZone = (z, x, y) => (z.geometry.type === "Polygon" ? [z.geometry.coordinates] : z.geometry.coordinates)
        .flat().reduce((odd, ring) => odd !== within(ring, x, y), false);
const zonesAt = (level, x, y) => zones.filter((z) => z.properties.level === level && inZone(z, x, y))
        .map((z) => z.properties.code);

/* A series at a minute, as the simulator sends it. */
function valueAt(knots, minute, digits) {
        let v = knots[knots.length - 1][1];
        for (let i = 1; i < knots.length; i++)
                if (minute <= knots[i][0]) {
                        const [m0, v0] = knots[i - 1], [m1, v1] = knots[i];
                        v = v0 + ((v1 - v0) * (minute - m0)) / (m1 - m0);
                        break;
                }
        return Number(v.toFixed(digits));
}
const seriesOf = (code, element) => storm.series.find((s) => s.station === code && s.element === element);

/* ---- places ---- */

function checkPlaces() {
        const count = (kind) => stations.filter((s) => s.kind === kind).length;
        const want = { PP: 85, ZZ: 32, RR: 15, MM: 15, SS: 8 };
        for (const [kind, n] of Object.entries(want)) must(count(kind) === n, `${count(kind)} ${kind} stations, want ${n}`);
        must(byCode.size === stations.length, "a station code stands twice");
        for (const s of stations) {
                must(/^[A-Z0-9-]{1,20}$/.test(s.code), `${s.code}: not a code of 20 characters`);
                must(s.name && s.name_en, `${s.code}: a name is missing`);
                must(zonesAt("county", +s.lon, +s.lat).join() === s.county, `${s.code}: not in county ${s.county}`);
                must(zonesAt("town", +s.lon, +s.lat).join() === s.town, `${s.code}: not in town ${s.town}`);
                must((s.kind === "MM") === (s.wind !== ""), `${s.code}: wind says "${s.wind}"`);
        }
        const levels = (l) => zones.filter((z) => z.properties.level === l);
        must(levels("city").length === 1 && levels("county").length === 5, "want 1 city and 5 counties");
        must(levels("town").length >= 40, "fewer than 40 towns");
        for (const z of zones) must(inZone(z, ...z.properties.label), `${z.properties.name}: label lies outside`);
        must(levels("catchment").length === 3, "want 3 catchments");
        for (const [code, river] of [["XDJ", "小东江"], ["MHJ", "袂花江"], ["JJ", "鉴江"]])
                for (const s of stations.filter((x) => x.river === river))
                        must(zonesAt("catchment", +s.lon, +s.lat).includes(code), `${s.code}: not in catchment ${code}`);
        checkTiling(levels("town"));
        const kinds = (k) => facilities.filter((f) => f.properties.kind === k).length;
        must(kinds("hospital") >= 10 && kinds("ambulance_station") === 8 && kinds("shelter") >= 20, "too few facilities");
        for (const f of facilities)
                must(zonesAt("county", ...f.geometry.coordinates).join() === f.properties.county, `${f.properties.id}: wrong county`);
        must(rivers.length >= 11 && Object.keys(COLOURS).every((n) => rivers.some((r) => r.properties.name === n)), "a river has no line");
        must(stations.some((s) => s.kind === "ZZ" && !s.WRZ && !s.GRZ && !s.OBHTZ), "no river gauge without thresholds");
        must(stations.some((s) => s.kind === "RR" && !s.limits), "no reservoir without a season row");
        must(stations.some((s) => s.name === "罗坑水库" && s.limits.includes("=114.0")), "Luokeng is not 114 m");
}

/* Any point of the city lies in one county and in one town of it. */
function checkTiling() {
        const city = zones.find((z) => z.properties.level === "city");
        let points = 0;
        for (let x = 110.3031; x < 111.7; x += 0.0237)
                for (let y = 21.4013; y < 22.72; y += 0.0231) {
                        const county = zonesAt("county", x, y), town = zonesAt("town", x, y), isIn = inZone(city, x, y);
                        points += isIn;
                        must(county.length === (isIn ? 1 : 0), `(${x.toFixed(4)},${y.toFixed(4)}) lies in ${county.length} counties`);
                        must(town.length === county.length, `(${x.toFixed(4)},${y.toFixed(4)}) lies in ${town.length} towns`);
                        if (town.length === 1) must(town[0].startsWith(county[0]), `${town[0]} lies in ${county[0]}`);
                }
        must(points > 1500, "the city is too small");
}

/* ---- travel times ---- */

function alike(a, b) {
        const mean = (l) => l.reduce((s, v) => s + v, 0) / l.length, ma = mean(a), mb = mean(b);
        const dot = (x, mx, y, my) => x.reduce((s, v, i) => s + (v - mx) * (y[i] - my), 0);
        return dot(a, ma, b, mb) / Math.sqrt(dot(a, ma, a, ma) * dot(b, mb, b, mb));
}

/* The hours that a station names are the lag, in steps of ten minutes, at
 * which the level upstream is most like its own (cross-correlation). */
function checkTravel() {
        const named = stations.filter((s) => s.UPSTCD);
        must(named.length >= 1, "no station names the one upstream");
        for (const s of named) {
                const up = seriesOf(s.UPSTCD, "Z"), own = seriesOf(s.code, "Z");
                if (!up || !own) { faults.push(`${s.code}: no levels of ${s.UPSTCD}`); continue; }
                must(byCode.get(s.UPSTCD).river === s.river, `${s.code}: ${s.UPSTCD} is on another river`);
                const times = Array.from({ length: 141 }, (_, i) => 1200 + 10 * i);
                const at = (knots, lag) => times.map((t) => valueAt(knots, t + lag, 3));
                let best = { r: -1 };
                for (let lag = 0; lag <= 300; lag += 10) {
                        const r = alike(at(up.knots, 0), at(own.knots, lag));
                        if (r > best.r) best = { r, lag };
                }
                must(Math.abs(Number(s.AVTRTM) * 60 - best.lag) < 1, `${s.code}: ${s.AVTRTM} h, the levels say ${best.lag} min`);
                must(best.r > 0.99, `${s.code}: not alike at any lag (${best.r.toFixed(3)})`);
        }
}

/* ---- rivers ---- */

function lines(s) {
        const near = number(s.near) ?? 0.3, wrz = number(s.WRZ);
        return [["blue", wrz === null ? null : wrz - near], ["yellow", wrz], ["orange", number(s.GRZ)], ["red", number(s.OBHTZ)]]
                .filter(([, at]) => at !== null);
}

function checkRivers() {
        const reached = {}, said = [];
        let first = Infinity, firstRed = Infinity, last = 0;
        for (const s of stations.filter((x) => x.kind === "ZZ")) {
                const series = seriesOf(s.code, "Z");
                must(series && series.every_s === +s.interval_s, `${s.code}: no series, or not every ${s.interval_s} s`);
                if (!series) continue;
                let peak = -Infinity, worst = 0;
                for (let m = 0; m <= 3600; m += 5) {
                        const v = valueAt(series.knots, m, 2);
                        peak = Math.max(peak, v);
                        for (const [colour, at] of lines(s)) {
                                if (v < at - 1e-9) {
                                        if (colour === "blue" && m > CLEAR) must(v < at - 0.2, `${s.code}: ${v} m at minute ${m}, blue line ${at}`);
                                        continue;
                                }
                                must(m >= LIVE, `${s.code}: over a line at minute ${m}, before live`);
                                worst = Math.max(worst, ranks.indexOf(colour));
                                first = Math.min(first, m);
                                last = Math.max(last, m);
                                if (colour === "red") firstRed = Math.min(firstRed, m);
                        }
                }
                const isClose = Math.abs(peak - Math.max(...series.knots.map((k) => k[1]))) < 0.006;
                must(isClose, `${s.code}: the peak is not sent`);
                reached[s.river] = Math.max(reached[s.river] ?? 0, worst);
                if (PUBLISHED[s.name]) {
                        const [wrz, top, hour] = PUBLISHED[s.name];
                        must(+s.WRZ === wrz, `${s.name}: WRZ ${s.WRZ}, published ${wrz}`);
                        must(peak === top, `${s.name}: peak ${peak}, published ${top}`);
                        must(valueAt(series.knots, LIVE + hour * 60, 2) === top, `${s.name}: not at its peak at ${hour}:00`);
                }
                if (s.name === "沙田站") must(Math.abs(peak - series.knots[0][1] - 3) < 0.001, "Shatian does not rise 3 m");
                if (s.name === "大井站") must(worst === 0, "Dajing was to stop short of its lines");
        }
        for (const [river, colour] of Object.entries(COLOURS))
                must(reached[river] === ranks.indexOf(colour), `${river}: reaches ${ranks[reached[river]]}, published ${colour}`);
        must(first <= LIVE + 150, `first river line is crossed at minute ${first}`);
        must(firstRed <= LIVE + 600, `first red comes at minute ${firstRed}`);
        must(last <= CLEAR, `a river is over a line at minute ${last}`);
        for (const [river, r] of Object.entries(reached)) said.push(`${river} ${ranks[r]}`);
        console.log(`rivers: ${said.join(", ")}; first line ${clock(first)}, first red ${clock(firstRed)}, last ${clock(last)}`);
}

const clock = (m) => `${String(Math.floor((m - LIVE) / 60)).padStart(2, "0")}:${String((m - LIVE) % 60).padStart(2, "0")}`;

/* ---- rain, wind, reservoirs ---- */

/* Largest sum of h hours, in tenths of a millimetre, and where it ends. */
function largest(hours, h) {
        let best = 0;
        for (let i = 0; i <= 48 - h; i++) best = Math.max(best, hours.slice(i, i + h).reduce((a, b) => a + b, 0));
        return best;
}

function checkRain() {
        const tally = {};
        for (const s of stations.filter((x) => x.kind === "PP")) {
                const entry = storm.rain.find((r) => r.station === s.code);
                must(entry, `${s.code}: no rain`);
                const hours = Array(48).fill(0);
                for (const [h, mm] of entry?.hourly ?? []) {
                        must(Number.isInteger(h) && h >= 0 && h < 48 && hours[h] === 0, `${s.code}: hour ${h}`);
                        must(Math.abs(mm * 10 - Math.round(mm * 10)) < 1e-9 && mm > 0 && mm < 100, `${s.code}: ${mm} mm`);
                        hours[h] = Math.round(mm * 10);
                }
                must(hours.slice(0, 18).every((v) => v === 0), `${s.code}: rain before the evening of the 19th`);
                must(hours.slice(42).every((v) => v === 0), `${s.code}: rain late on the 20th`);
                must(largest(hours.slice(0, 24).concat(Array(24).fill(0)), 6) < 300, `${s.code}: much rain before live`);
                const level = largest(hours, 3) >= 1000 ? "red" : largest(hours, 3) >= 500 ? "orange"
                        : largest(hours, 6) >= 500 ? "yellow" : "none";
                if (level === "none") must(largest(hours, 6) < 470, `${s.code}: too near to 50 mm in 6 h`);
                tally[s.county] ??= { none: 0, yellow: 0, orange: 0, red: 0 };
                tally[s.county][level]++;
        }
        const stormy = Object.keys(tally).filter((c) => tally[c].none < Object.values(tally[c]).reduce((a, b) => a + b));
        must(stormy.sort().join() === "440902,440904,440981", `rain rules would rise in ${stormy}`);
        for (const colour of ["yellow", "orange", "red"])
                must(stormy.reduce((n, c) => n + tally[c][colour], 0) >= 2, `fewer than two gauges reach ${colour}`);
        console.log(`rain: ${JSON.stringify(tally)}`);
}

const BEAUFORT = { mean: [["blue", 10.8], ["yellow", 17.2]], gust: [["blue", 13.9], ["yellow", 20.8], ["orange", 28.5]] };

function checkWind() {
        const said = {};
        for (const s of stations.filter((x) => x.kind === "MM")) {
                const series = seriesOf(s.code, s.wind === "gust" ? "UG" : "US");
                must(series, `${s.code}: no wind`);
                let worst = "none";
                for (let m = 0; m <= 3600; m += 5)
                        for (const [colour, at] of BEAUFORT[s.wind])
                                if (valueAt(series.knots, m, 1) >= at - (m > CLEAR ? 0.5 : 0)) {
                                        must(m >= LIVE, `${s.code}: ${colour} wind before live`);
                                        must(m <= CLEAR, `${s.code}: ${colour} wind at the end`);
                                        if (ranks.indexOf(colour) > ranks.indexOf(worst)) worst = colour;
                                }
                said[worst] = (said[worst] ?? 0) + 1;
        }
        const gusts = stations.filter((s) => s.wind === "gust").length;
        must(gusts === 5 && said.blue >= 2 && said.yellow >= 2 && !said.orange, `wind reaches ${JSON.stringify(said)}`);
        console.log(`wind: ${JSON.stringify(said)}, ${gusts} gust stations`);
}

function limitOn(limits, mmdd) {
        for (const row of limits.split(";").filter(Boolean)) {
                const [span, metres] = row.split("="), [from, to] = span.split("..");
                if (from <= to ? mmdd >= from && mmdd <= to : mmdd >= from || mmdd <= to) return Number(metres);
        }
        return null;
}

function checkReservoirs() {
        const over = [];
        for (const s of stations.filter((x) => x.kind === "RR")) {
                const series = seriesOf(s.code, "Z");
                must(series, `${s.code}: no level`);
                let above = false;
                for (let m = 0; m <= 3600; m += 5) {
                        const limit = limitOn(s.limits, m < 1440 ? "10-19" : m < 2880 ? "10-20" : "10-21");
                        if (limit === null) continue;
                        const isOver = valueAt(series.knots, m, 2) > limit - (m > CLEAR ? 0.2 : 0);
                        must(!isOver || (m >= LIVE && m <= CLEAR), `${s.code}: over its limit at minute ${m}`);
                        above ||= isOver;
                }
                if (above) over.push(s.name);
                if (s.name === "罗坑水库") must(valueAt(series.knots, LIVE + 480, 2) === 113.63, "Luokeng at 08:00 is not 113.63 m");
        }
        must(over.length === 1, `over FSLTDZ: ${over}`);
        console.log(`reservoirs over FSLTDZ: ${over}`);
}

/* ---- the rest of storm.json ---- */

function checkStorm() {
        for (const s of storm.series) {
                must(byCode.has(s.station), `series of unknown station ${s.station}`);
                must(s.knots.every((k, i) => i === 0 || k[0] > s.knots[i - 1][0]), `${s.station}: knots out of order`);
                must(s.every_s === +byCode.get(s.station)?.interval_s, `${s.station}: every_s is not its interval`);
        }
        for (const s of storm.silences) {
                must(byCode.has(s.station) && s.to_min - s.from_min >= 60, `silence of ${s.station}`);
                must(s.from_min >= LIVE && s.to_min < CLEAR, `${s.station}: silence outside the live day`);
        }
        must(storm.silences.length >= 2 && storm.silences.length <= 3, "want two or three silences");
        must(storm.calls.length === 25 && storm.units.length === 20, "want 25 calls and 20 units");
        must(new Set(storm.calls.map((c) => c.incident)).size === 25, "an incident stands twice");
        for (const c of storm.calls) {
                must(c.at_min >= LIVE + 120 && c.at_min <= LIVE + 960, `${c.incident}: at minute ${c.at_min}`);
                must(["440902", "440904", "440981"].includes(zonesAt("county", c.lon, c.lat)[0]), `${c.incident}: outside the flooded counties`);
        }
        for (const u of storm.units) must(zonesAt("county", u.lon, u.lat).length === 1, `${u.unit}: outside the city`);
        must(storm.grids.length === 1 && storm.grids[0].at_min >= LIVE, "want one grid, given live");
        must(/synthetic/.test(storm.synthetic) && storm.source_line.zh && storm.source_line.en, "labels are missing");
}

function checkDry() {
        const days = readFileSync(join(here, "dry-60", "rain.csv"), "utf8").trim().split("\n").slice(1).map((l) => l.split(","));
        const at = days.map(([d]) => Date.parse(d));
        must(days.length === 62 && at.every((t, i) => i === 0 || t - at[i - 1] === 86400000), "dry-60: days are not one after another");
        must(days.slice(1, 61).every(([, mm]) => +mm < 5), "dry-60: a day has 5 mm");
        must(+days[0][1] >= 5 && +days[61][1] >= 5, "dry-60: rain is missing at the ends");
}

checkPlaces();
checkTravel();
checkRivers();
checkRain();
checkWind();
checkReservoirs();
checkStorm();
checkDry();
for (const f of faults.slice(0, 40)) console.error(`fault: ${f}`);
console.log(faults.length ? `${faults.length} faults` : `days are as promised: ${stations.length} stations, ${zones.length} zones`);
process.exit(faults.length ? 1 : 0);
