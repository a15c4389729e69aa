/* storm.mjs -- the hours of 2023-10-19/20 as the demonstration tells them.
 *
 * Minutes and hours count from 2023-10-19 00:00 +08:00; live begins at hour
 * 24.  Synthetic but for the published peaks named in README.md. */
import { towns, town } from "./geography.mjs";
import { distanceKm, round } from "./geometry.mjs";
import { gauges, rains, reservoirs, soils, units, winds } from "./network.mjs";

const LIVE_H = 24, END_H = 60;

/* A small generator with a fixed seed (mulberry32): same data every time. */
function random(seed) {
        return () => {
                seed = (seed + 0x6d2b79f5) | 0;
                let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
                t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
                return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
        };
}

/* ---- rain ---- */

/* mm in the hours 24, 25... where a core stands, and everywhere */
const CORE_MM = [8, 14, 22, 30, 34, 24, 16, 10, 8, 6, 4, 4, 3, 3, 2, 1];
const BROAD_MM = { 18: 0.2, 19: 0.5, 20: 0.8, 21: 1.2, 22: 1.6, 23: 2.4, 24: 3, 25: 3.4, 26: 3.8, 27: 4, 28: 4,
        29: 3.6, 30: 3.2, 31: 3, 32: 2.6, 33: 2.2, 34: 2, 35: 1.6, 36: 1.4, 37: 1, 38: 0.8, 39: 0.5, 40: 0.3 };
const CORES = [ /* lon, lat, strength, reach in km */
        [110.9, 21.66, 1.35, 12.3], [111.07, 21.7, 1.25, 12.5], [111.36, 21.64, 1.3, 12], [110.745, 21.885, 1.3, 11],
];

function rainSeries() {
        const dice = random(20231020);
        return rains.map((s) => {
                const own = 0.9 + 0.2 * dice();
                const core = Math.max(...CORES.map(([lon, lat, k, km]) =>
                        k * Math.exp(-((distanceKm(s.at, [lon, lat]) / km) ** 2))));
                const north = s.at[1] > 22.2 ? 0.75 : 1;
                const hourly = [];
                for (let h = 0; h < 48; h++) {
                        const broad = (BROAD_MM[h] ?? 0) * north * (1 - Math.min(core, 1) * 0.6);
                        const mm = round(own * (broad + core * (CORE_MM[h - LIVE_H] ?? 0)) * (0.94 + 0.12 * dice()), 1);
                        if (mm > 0) hourly.push([h, mm]);
                }
                return { station: s.code, hourly };
        });
}

/* ---- curves as knots ---- */

/* Knots of f over hours, without those that a straight line gives within
 * tolerance (Douglas and Peucker). */
function knots(f, from_h, to_h, tolerance, digits) {
        const all = [];
        for (let m = from_h * 60; m <= to_h * 60; m += 10) all.push([m, f(m / 60)]);
        const keep = new Set([0, all.length - 1]);
        const split = (a, b) => {
                let worst = -1, at = -1;
                for (let i = a + 1; i < b; i++) {
                        const line = all[a][1] + ((all[b][1] - all[a][1]) * (i - a)) / (b - a);
                        const off = Math.abs(all[i][1] - line);
                        if (off > worst) [worst, at] = [off, i];
                }
                if (worst <= tolerance) return;
                keep.add(at);
                split(a, at);
                split(at, b);
        };
        split(0, all.length - 1);
        return [...keep].sort((a, b) => a - b).map((i) => [all[i][0], round(all[i][1], digits)]);
}

const swing = (x) => (1 - Math.cos(Math.PI * Math.min(1, Math.max(0, x)))) / 2;

/* The rest of the rise that is left once the fall is over. */
const REST = 0.12;

function hydrograph(g) {
        const rise = g.peak - g.base, steady = (x) => Math.min(1, Math.max(0, x));
        const up = g.code === "MM-ZZ-DJH01" ? steady : swing; /* rises fast, stops short */
        return (h) => {
                const at = h - LIVE_H;
                if (at <= g.tp) return g.base + rise * up((at - g.t0) / (g.tp - g.t0));
                if (at <= g.t1) return g.base + rise * (1 - (1 - REST) * swing((at - g.tp) / (g.t1 - g.tp)));
                return g.base + rise * REST * (1 - swing((at - g.t1) / 12));
        };
}

/* Peaks fall on round minutes of five so that they are really sent. */
function riverSeries() {
        return gauges.map((g) => {
                const tp_min = Math.round(((LIVE_H + g.tp) * 60) / 5) * 5;
                const exact = { ...g, tp: tp_min / 60 - LIVE_H };
                const list = knots(hydrograph(exact), 0, END_H, 0.004, 3).filter(([m]) => m !== tp_min);
                list.push([tp_min, g.peak]);
                list.sort((a, b) => a[0] - b[0]);
                return { station: g.code, element: "Z", every_s: 300, knots: list };
        });
}

function reservoirSeries() {
        return reservoirs.map((r) => ({ station: r.code, element: "Z", every_s: 300,
                knots: r.level.map(([h, z]) => [(LIVE_H + h) * 60, z]) }));
}

/* Share of the day's strongest wind at hours from the beginning. */
const WIND = [[0, 0.16], [8, 0.22], [14, 0.27], [18, 0.25], [21, 0.32], [23, 0.46], [24, 0.56], [25, 0.66], [27, 0.8],
        [30, 0.92], [32, 1], [34, 0.99], [36, 0.86], [38, 0.7], [40, 0.52], [43, 0.36], [47, 0.26], [60, 0.2]];

function windSeries() {
        return winds.map((w, i) => ({ station: w.code, element: w.how === "gust" ? "UG" : "US", every_s: 300,
                knots: WIND.map(([h, k], n) => [h * 60 + (n > 0 && h < END_H ? (i % 4) * 5 : 0), round(k * w.most, 2)]) }));
}

function soilSeries() {
        const depth = [["M10", 0, 15], ["M20", 3, 11], ["M40", 6, 6]];
        return soils.flatMap((s) => depth.map(([element, less, gain]) => ({ station: s.code, element, every_s: 3600,
                knots: [[0, s.wet - less], [19 * 60, s.wet - less - 0.6], [30 * 60, s.wet - less + gain],
                        [60 * 60, s.wet - less + gain * 0.7]].map(([m, v]) => [m, round(v, 1)]) })));
}

/* ---- 120 ---- */

const CALLS = [ /* minute of the 20th, town, nature, people, what lies there */
        [128, "马踏", "被困", 3, "低洼路段"], [151, "沙田", "被困", 4, "圩镇沿河街"], [176, "马踏", "溺水", 1, "桥头"],
        [192, "霞洞", "被困", 2, "河堤旁"], [205, "公馆", "突发疾病", 1, "村委会旁"], [221, "沙田", "外伤", 1, "农贸市场"],
        [238, "林头", "被困", 5, "村道积水处"], [246, "城区", "车祸", 2, "立交桥下"], [263, "马踏", "突发疾病", 1, "卫生院附近"],
        [281, "霞洞", "触电", 1, "养殖场"], [297, "城区", "被困", 2, "地下车库出入口"], [318, "沙田", "被困", 6, "学校旁"],
        [334, "山阁", "外伤", 1, "工地"], [352, "岭门", "被困", 2, "渔港路口"], [381, "观珠", "车祸", 3, "国道路口"],
        [405, "公馆", "被困", 4, "旧村片区"], [438, "城区", "突发疾病", 1, "小东江东岸"], [467, "镇江", "被困", 2, "堤围外"],
        [503, "新坡", "溺水", 1, "涵洞口"], [548, "公馆", "触电", 1, "旧村片区"], [596, "镇盛", "被困", 3, "白沙村"],
        [652, "袂花", "被困", 2, "河东村"], [723, "镇盛", "突发疾病", 1, "圩镇"], [806, "公馆", "被困", 5, "旧村片区"],
        [921, "镇盛", "外伤", 2, "白沙村"],
];

function calls() {
        const dice = random(120);
        return CALLS.map(([at, name, nature, people, place], i) => {
                const t = town(name), countyName = { 440902: "茂南区", 440904: "电白区", 440981: "高州市" }[t.county];
                return { incident: `C231020-${String(i + 1).padStart(3, "0")}`, at_min: LIVE_H * 60 + at, nature,
                        address: `${countyName}${t.name}${place}`.replace("城区城区", "城区"),
                        lon: round(t.at[0] + (dice() - 0.5) * 0.02, 5), lat: round(t.at[1] + (dice() - 0.5) * 0.02, 5), people };
        });
}

export const storm = {
        name: "2023年10月19—20日“三巴”暴雨洪水（演示）",
        name_en: "Sanba rainstorm and flood, 19-20 October 2023 (demonstration)",
        begin: "2023-10-19T00:00:00+08:00",
        live_from: "2023-10-20T00:00:00+08:00",
        end: "2023-10-21T00:00:00+08:00",
        synthetic: "Hydrographs, hourly rain, wind, soil moisture, calls, forecast grid and all GRZ and OBHTZ are " +
                "synthetic. Published: WRZ and forecast peaks of the Xiaodong and Gongguan gauges, the rise at Shatian, " +
                "the colours of eleven rivers, Luokeng 113.63 m at 08:00. Floods fall faster than in nature, so that the " +
                "demonstration clears within a day.",
        source_line: {
                zh: "示意图：县镇界线为手工简化，河流为示意，非测绘成果，不作权属与导航依据；水位、雨量过程为合成数据",
                en: "Illustrative: outlines simplified by hand, rivers schematic, not for navigation or law; levels and rain are synthetic",
        },
        series: [...riverSeries(), ...reservoirSeries(), ...windSeries(), ...soilSeries()],
        rain: rainSeries(),
        silences: [
                { station: "MM-PP-XY07", from_min: 1440 + 95, to_min: 1440 + 230 },
                { station: "MM-ZZ-CJ03", from_min: 1440 + 310, to_min: 1440 + 415 },
                { station: "MM-MM-GZ02", from_min: 1440 + 540, to_min: 1440 + 640 },
        ],
        calls: calls(),
        units: units.map((u) => ({ ...u, lon: round(u.lon, 5), lat: round(u.lat, 5) })),
        grids: [{ file: "forecast-rain.tif", source: "demo-qpf", model: "grid-6h", issued_min: 23 * 60,
                begin_min: 1440 + 120, end_min: 1440 + 480, at_min: 1440 + 3 }],
};
