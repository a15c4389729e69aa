/* make.mjs -- writes test/days/sanba-2023 and test/days/dry-60 anew.
 *
 * node test/days/make/make.mjs        (Node 18; gdal_translate for the grid)
 * The same script gives the same files, byte for byte. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { city, counties, rivers, towns } from "./geography.mjs";
import { finish, inside, round } from "./geometry.mjs";
import { facilities, stations } from "./network.mjs";
import { storm } from "./storm.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const day = join(here, "..", "sanba-2023"), dry = join(here, "..", "dry-60");
mkdirSync(day, { recursive: true });
mkdirSync(dry, { recursive: true });

/* One feature a line: small differences stay small. */
const collection = (features) =>
        `{"type":"FeatureCollection","features":[\n${features.map((f) => JSON.stringify(f)).join(",\n")}\n]}\n`;
const feature = (geometry, properties) => ({ type: "Feature", properties, geometry });
const polygon = (rings) => rings.length === 1
        ? { type: "Polygon", coordinates: [rings[0]] }
        : { type: "MultiPolygon", coordinates: rings.map((r) => [r]) };
const at5 = ([lon, lat]) => [round(lon, 5), round(lat, 5)];

/* No outline of a catchment is in this data.  These are the towns in which a
 * gauge of the river stands, one part each: an approximation, and named so. */
const catchmentList = [
        ["XDJ", "小东江", "小东江流域（按镇近似）", "Xiaodong catchment (towns, approximate)"],
        ["MHJ", "袂花江", "袂花江流域（按镇近似）", "Meihua catchment (towns, approximate)"],
        ["JJ", "鉴江", "鉴江流域（按镇近似）", "Jian catchment (towns, approximate)"],
];
const catchments = () => catchmentList.map(([code, river, name, name_en]) => {
        const at = stations.filter((s) => s.river === river).map((s) => placeOf(at5(s.at)).town);
        const parts = towns.filter((t) => at.includes(t.code));
        return { code, name, name_en, rings: parts.flatMap((t) => t.rings), at: parts[0].at };
});

function zones() {
        const zone = (z, level, parent, rings, label) => feature(polygon(rings),
                { code: z.code, name: z.name, name_en: z.name_en, level, parent, label: at5(label) });
        const labels = { 440902: [110.87, 21.64], 440904: [111.2, 21.65], 440981: [110.97, 22.06],
                440982: [110.53, 21.85], 440983: [111.15, 22.48] };
        return collection([
                zone(city, "city", "", [finish(city.ring)], [110.93, 22.0]),
                ...counties.map((c) => zone(c, "county", "440900", [finish(c.ring)], labels[c.code])),
                ...towns.map((t) => zone(t, "town", t.county, t.rings, t.at)),
                ...catchments().map((c) => zone(c, "catchment", "", c.rings, c.at)),
        ]);
}

const columns = ["code", "name", "name_en", "kind", "lon", "lat", "town", "county", "river", "river_en", "datum", "WRZ",
        "GRZ", "OBHTZ", "near", "limits", "interval_s", "wind", "sl651", "levels_synthetic",
        "UPSTCD", "AVTRTM"];

const placeOf = (at) => ({
        town: towns.find((t) => t.rings.some((r) => inside(r.slice(0, -1), at)))?.code ?? "",
        county: counties.find((c) => inside(c.ring, at))?.code ?? "",
});

function stationsCsv() {
        const rows = stations.map((s) => {
                const at = at5(s.at), row = { ...s, lon: at[0], lat: at[1], ...placeOf(at) };
                return columns.map((c) => row[c]).join(",");
        });
        return `${columns.join(",")}\n${rows.join("\n")}\n`;
}

const facilitiesJson = () => collection(facilities.map((f) => feature({ type: "Point", coordinates: at5(f.at) },
        { id: f.id, name: f.name, name_en: f.name_en, kind: f.kind, county: placeOf(f.at).county, capacity: f.capacity })));

const riversJson = () => collection(rivers.map(([name, name_en, line]) =>
        feature({ type: "LineString", coordinates: line }, { name, name_en })));

function stormJson() {
        const lists = ["series", "rain", "silences", "calls", "units", "grids"];
        const head = Object.entries(storm).filter(([k]) => !lists.includes(k))
                .map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`);
        const body = lists.map((k) => `${JSON.stringify(k)}:[\n${storm[k].map((x) => JSON.stringify(x)).join(",\n")}\n]`);
        return `{${[...head, ...body].join(",\n")}}\n`;
}

/* Six hours of rain forecast, 0.05 degree, heavy over Maonan and Dianbai. */
function grid() {
        const west = 110.2, south = 21.3, step = 0.05, columns = 32, rows = 30, heavy = ["440902", "440904"];
        const lines = [];
        for (let r = 0; r < rows; r++) {
                const line = [];
                for (let c = 0; c < columns; c++) {
                        let hits = 0;
                        for (let i = 0; i < 36; i++) {
                                const p = [west + (c + ((i % 6) + 0.5) / 6) * step,
                                        south + (rows - r - (Math.floor(i / 6) + 0.5) / 6) * step];
                                if (counties.some((k) => heavy.includes(k.code) && inside(k.ring, p))) hits++;
                        }
                        const wave = 4 * Math.sin(c * 0.7) * Math.cos(r * 0.5);
                        line.push((14 + wave / 2 + (hits / 36) * (58 + wave)).toFixed(1));
                }
                lines.push(line.join(" "));
        }
        const asc = join(day, "forecast-rain.asc"), tif = join(day, "forecast-rain.tif");
        writeFileSync(asc, `ncols ${columns}\nnrows ${rows}\nxllcorner ${west}\nyllcorner ${south}\n` +
                `cellsize ${step}\nNODATA_value -9999\n${lines.join("\n")}\n`);
        execFileSync("gdal_translate", ["-q", "-of", "GTiff", "-a_srs", "EPSG:4326", "-ot", "Float32",
                "-co", "COMPRESS=DEFLATE", "--config", "GDAL_PAM_ENABLED", "NO", asc, tif]);
        rmSync(asc);
        rmSync(join(day, "forecast-rain.prj"), { force: true });
}

/* Sixty 08:00 days of one gauge: never 5 mm in a day, then rain again. */
function drySeries() {
        const lines = ["day_end,PD"], start = Date.UTC(2023, 10, 1);
        const stamp = (i) => new Date(start + i * 86400000).toISOString().slice(0, 10) + "T08:00:00+08:00";
        lines.push(`${stamp(0)},12.4`); /* the rain before the dry spell */
        for (let i = 1; i <= 60; i++) {
                const mm = i % 17 === 0 ? 4.9 : i % 11 === 0 ? 2.3 : i % 7 === 0 ? 0.4 : 0;
                lines.push(`${stamp(i)},${mm.toFixed(1)}`);
        }
        lines.push(`${stamp(61)},23.6`);
        return `${lines.join("\n")}\n`;
}

writeFileSync(join(day, "zones.geojson"), zones());
writeFileSync(join(day, "stations.csv"), stationsCsv());
writeFileSync(join(day, "facilities.geojson"), facilitiesJson());
writeFileSync(join(day, "rivers.geojson"), riversJson());
writeFileSync(join(day, "storm.json"), stormJson());
grid();
writeFileSync(join(dry, "rain.csv"), drySeries());
