/* network.mjs -- the stations and facilities of the demonstration.
 *
 * WRZ of the Xiaodong and Gongguan gauges (and the 2025 figures of Xinhe and
 * Meihua) are published; every other level is invented so that the storm
 * tells its story, and says so by levels_synthetic = 1. */
import { counties, town, towns } from "./geography.mjs";

const short = Object.fromEntries(counties.map((c) => [c.code, c.short]));
const countyOf = Object.fromEntries(counties.map((c) => [c.short, c.code]));

const blank = { river: "", river_en: "", datum: "", WRZ: "", GRZ: "", OBHTZ: "", near: "",
        limits: "", interval_s: 300, wind: "", sl651: "", levels_synthetic: 0,
        UPSTCD: "", AVTRTM: "" };

/* One rain gauge in each town, and a second one in these. */
const second = [["公馆", 0.018, -0.012], ["镇盛", 0.012, 0.015], ["羊角", -0.02, 0.012],
        ["霞洞", -0.012, 0.015], ["沙琅", 0.018, 0.014], ["马踏", 0.012, 0.02], ["电城", 0.02, 0.015],
        ["石鼓", 0.03, 0.03], ["沙田", -0.012, 0.02], ["马贵", 0.018, -0.02], ["合江", 0.02, 0.014],
        ["钱排", 0.015, -0.014], ["大成", 0.014, 0.012]];

function rainGauges() {
        const out = [], count = {};
        const put = (t, name, name_en, at) => {
                const s = short[t.county];
                count[s] = (count[s] ?? 0) + 1;
                out.push({ ...blank, code: `MM-PP-${s}${String(count[s]).padStart(2, "0")}`, name, name_en,
                        kind: "PP", at, town: t.code, county: t.county });
        };
        for (const t of towns)
                put(t, t.name.replace(/(街道|镇)$/, "") + "雨量站", `${t.name_en} rain`, t.at);
        for (const [name, dx, dy] of second) {
                const t = town(name);
                put(t, `${name}二号雨量站`, `${t.name_en} rain 2`, [t.at[0] + dx, t.at[1] + dy]);
        }
        return out;
}

/* Hydrograph: base and peak in metres, hours of 2023-10-20 at which the rise
 * begins (t0), peaks (tp) and has mostly fallen (t1).
 * published: WRZ and the time and height of the peak stand in a source. */
export const gauges = [
        /* code, name, name_en, river, lon, lat, WRZ, GRZ, OBHTZ, near, base, peak, t0, tp, t1 */
        ["XDJ01", "车角山站", "Chejiaoshan", "小东江", 110.9, 21.745, 18.0, 19.2, 21.4, 0.3, 15.9, 20.0, -1, 10, 17],
        ["XDJ02", "长山园站", "Changshanyuan", "小东江", 110.922, 21.69, 18.4, 19.4, 20.3, 0.3, 15.8, 20.5, -1.5, 11, 18],
        ["XDJ03", "茂名站", "Maoming", "小东江", 110.915, 21.652, 9.0, 10.5, 12.0, 0.3, 6.2, 12.5, -1.5, 15, 20.5],
        ["XDJ04", "白沙村站", "Baishacun", "小东江", 110.79, 21.575, 8.0, 9.8, 12.4, 0.3, 5.4, 11.0, 0, 17, 22],
        ["GGH01", "旧村站", "Jiucun", "公馆河", 110.835, 21.685, 9.0, null, null, 0.3, 6.0, 11.5, 1, 18, 22],
        ["GGH02", "公馆站", "Gongguan", "公馆河", 110.858, 21.635, null, null, null, null, 5.1, 7.6, 0, 16.5, 22],
        ["STH01", "沙田站", "Shatian", "沙田河", 110.72, 21.9, 32.6, 33.5, 34.3, 0.3, 31.5, 34.5, -2, 9, 15],
        ["STH02", "沙田河口站", "Shatian mouth", "沙田河", 110.745, 21.83, 27.8, 28.3, 29.6, 0.3, 26.0, 28.6, -1.5, 10.5, 16],
        ["RDH01", "马踏站", "Mata", "儒洞河", 111.37, 21.66, 11.2, 12.4, 13.2, 0.3, 9.5, 13.6, -2.5, 8.67, 14.5],
        ["RDH02", "岭门站", "Lingmen", "儒洞河", 111.4, 21.59, 4.8, 5.6, 6.6, 0.3, 3.2, 5.9, -2, 10, 16],
        ["MHJ01", "沙琅站", "Shalang", "袂花江", 111.16, 21.785, 42.8, 44.6, 45.6, 0.3, 41.2, 43.4, -2.5, 7.5, 13.5],
        ["MHJ02", "新河站", "Xinhe", "袂花江", 111.055, 21.7, 22.9, 23.7, 25.4, 0.3, 20.3, 24.05, -2, 9, 16],
        ["MHJ03", "袂花站", "Meihua", "袂花江", 110.9, 21.57, 8.0, 9.1, 10.8, 0.3, 5.2, 9.4, -1, 14, 20.5],
        ["JJ01", "信宜站", "Xinyi", "鉴江", 110.945, 22.35, 65.2, 66.5, 68.0, 0.3, 62.1, 63.3, -3, 9, 17],
        ["JJ02", "镇隆站", "Zhenlong", "鉴江", 110.9, 22.27, null, null, null, null, 52.3, 53.4, -3, 10.5, 18],
        ["JJ03", "高州站", "Gaozhou", "鉴江", 110.853, 21.925, 27.5, 29.0, 31.2, 0.3, 25.6, 27.3, -4, 10, 18],
        ["JJ04", "化州站", "Huazhou", "鉴江", 110.645, 21.668, 9.8, 11.0, 13.0, 0.3, 7.9, 11.3, -2, 13, 20],
        ["JJ05", "杨梅站", "Yangmei", "鉴江", 110.66, 21.56, 6.6, 8.6, 10.0, 0.3, 5.0, 7.3, -1, 15, 20.5],
        ["LJ01", "合江站", "Hejiang", "罗江", 110.45, 21.9, 22.0, 24.0, 26.0, 0.3, 20.1, 22.6, -3, 11, 18],
        ["LJ02", "官桥站", "Guanqiao", "罗江", 110.51, 21.81, 15.9, 17.6, 19.2, 0.3, 14.2, 15.75, -3, 12.5, 19],
        ["PDS01", "平定站", "Pingding", "平定水", 110.385, 22.05, 35.5, 37.5, 39.0, 0.3, 34.0, 36.0, -3, 9.5, 16],
        ["PDS02", "播扬站", "Boyang", "平定水", 110.395, 21.985, null, null, null, null, 27.4, 28.9, -3, 10.5, 17],
        ["CJ01", "大拜站", "Dabai", "曹江", 110.99, 22.03, 39.7, 41.2, 43.4, 0.5, 38.2, 39.35, -4, 9, 17],
        ["CJ02", "马贵站", "Magui", "曹江", 111.3, 22.235, 205.0, 206.5, 209.3, 0.3, 202.0, 202.9, -4, 7, 15],
        ["CJ03", "曹江站", "Caojiang", "曹江", 110.925, 21.985, 33.0, 34.4, 36.1, 0.3, 30.0, 30.9, -4, 11, 19],
        ["XTH01", "新垌站", "Xindong", "新垌河", 110.96, 21.9, 35.1, 36.6, 38.0, 0.5, 33.5, 34.75, -4, 9, 17],
        ["XTH02", "云潭站", "Yuntan", "新垌河", 111.08, 21.935, 63.4, 64.8, 66.5, 0.3, 60.2, 61.0, -4, 8, 16],
        ["HHJ01", "怀乡站", "Huaixiang", "黄华江", 111.07, 22.465, 149.75, 151.2, 153.0, 0.5, 148.3, 149.4, -4, 10, 18],
        ["HHJ02", "白石站", "Baishi", "黄华江", 111.1, 22.585, null, null, null, null, 131.0, 131.9, -4, 11, 19],
        ["QPH01", "钱排站", "Qianpai", "钱排河", 111.27, 22.365, 232.65, 234.1, 236.2, 0.5, 231.2, 232.3, -4, 10.5, 18],
        ["QPH02", "平塘站", "Pingtang", "钱排河", 111.36, 22.505, 170.6, 172.0, 173.8, 0.3, 167.4, 168.2, -4, 12, 20],
        ["DJH01", "大井站", "Dajing", "大井河", 110.855, 22.045, 43.6, 46.0, 48.5, 0.3, 41.1, 42.7, 5.5, 7, 15],
].map(([code, name, name_en, river, lon, lat, WRZ, GRZ, OBHTZ, near, base, peak, t0, tp, t1]) =>
        ({ code: `MM-ZZ-${code}`, name, name_en, river, at: [lon, lat], WRZ, GRZ, OBHTZ, near, base, peak, t0, tp, t1 }));

/* What each river reached on the day, as published; checked by check.mjs. */
export const colours = {
        小东江: "red", 沙田河: "red", 儒洞河: "red", 袂花江: "orange", 鉴江: "orange", 罗江: "yellow",
        平定水: "yellow", 曹江: "blue", 新垌河: "blue", 黄华江: "blue", 钱排河: "blue",
};

const river_en = { 小东江: "Xiaodong", 公馆河: "Gongguan", 沙田河: "Shatian", 儒洞河: "Rudong", 袂花江: "Meihua",
        鉴江: "Jianjiang", 罗江: "Luojiang", 平定水: "Pingding", 曹江: "Caojiang", 新垌河: "Xindong",
        黄华江: "Huanghua", 钱排河: "Qianpai", 大井河: "Dajing" };

const sl651 = { "MM-ZZ-XDJ03": "0044090203", "MM-ZZ-JJ04": "0044098204", "MM-PP-MN01": "0044090201",
        "MM-PP-GZ02": "0044098102", "MM-RR-GZ01": "0044098191" };

/* The gauge upstream and the mean hours of a flood from there: 110 minutes
 * is the lag at which the two made-up hydrographs are most alike
 * (../check.mjs looks); no measured travel time of the river. */
const travel = { "MM-ZZ-XDJ04": { UPSTCD: "MM-ZZ-XDJ03", AVTRTM: 1.833 } };

function riverGauges() {
        return gauges.map((g) => ({ ...blank, code: g.code, name: g.name, name_en: g.name_en, kind: "ZZ",
                at: g.at, river: g.river, river_en: river_en[g.river], datum: "珠基",
                WRZ: g.WRZ ?? "", GRZ: g.GRZ ?? "", OBHTZ: g.OBHTZ ?? "", near: g.near ?? "",
                levels_synthetic: g.GRZ === null ? 0 : 1, ...travel[g.code] }));
}

/* Level in metres at the hours of the 20th; limits as "from..to=metres". */
export const reservoirs = [
        ["GZ01", "高州水库良德库区", "Gaozhou Reservoir (Liangde)", 110.985, 22.075, "04-15..10-15=87.0;10-16..04-14=89.0", [[-24, 88.3], [0, 88.32], [12, 88.62], [18, 88.7], [24, 88.68], [36, 88.6]]],
        ["GZ02", "高州水库石骨库区", "Gaozhou Reservoir (Shigu)", 111.03, 22.04, "04-15..10-15=87.0;10-16..04-14=89.0", [[-24, 88.3], [0, 88.33], [12, 88.64], [18, 88.72], [24, 88.69], [36, 88.6]]],
        ["DB01", "罗坑水库", "Luokeng Reservoir", 111.215, 21.855, "04-15..10-31=114.0", [[-24, 112.9], [-2, 112.95], [8, 113.63], [11, 113.88], [14, 113.8], [24, 113.4], [36, 113.2]]],
        ["DB02", "河角水库", "Hejiao Reservoir", 111.255, 21.79, "04-15..10-31=62.0", [[-24, 61.4], [-2, 61.42], [4, 61.9], [9, 62.42], [12, 62.4], [17, 61.95], [22, 61.7], [36, 61.5]]],
        ["DB03", "热水水库", "Reshui Reservoir", 111.14, 21.835, "04-15..10-15=71.5", [[-24, 71.2], [0, 71.25], [11, 71.9], [24, 71.8], [36, 71.6]]],
        ["DB04", "旱平水库", "Hanping Reservoir", 111.31, 21.6, "04-15..10-31=24.5", [[-24, 23.4], [-2, 23.42], [9, 24.1], [24, 23.9], [36, 23.7]]],
        ["DB05", "共青河水库", "Gongqinghe Reservoir", 111.3, 21.83, "", [[-24, 81.0], [0, 81.05], [10, 81.6], [24, 81.5], [36, 81.4]]],
        ["MN01", "名湖水库", "Minghu Reservoir", 110.835, 21.735, "04-15..10-31=36.0", [[-24, 34.6], [-2, 34.65], [10, 35.5], [24, 35.3], [36, 35.1]]],
        ["GZ03", "石鼓示范水库", "Shigu Demonstration Reservoir", 110.885, 21.83, "04-15..10-31=48.0", [[-24, 46.8], [-2, 46.85], [10, 47.6], [24, 47.4], [36, 47.2]]],
        ["GZ04", "沙田示范水库", "Shatian Demonstration Reservoir", 110.7, 21.935, "04-15..10-31=58.5", [[-24, 57.2], [-2, 57.25], [9, 58.2], [24, 57.9], [36, 57.7]]],
        ["HZ01", "那务示范水库", "Nawu Demonstration Reservoir", 110.575, 22.05, "04-15..10-15=92.0;10-16..04-14=93.0", [[-24, 91.2], [0, 91.22], [14, 91.6], [36, 91.5]]],
        ["HZ02", "中垌示范水库", "Zhongdong Demonstration Reservoir", 110.61, 21.935, "04-15..10-31=55.0", [[-24, 53.9], [0, 53.92], [14, 54.3], [36, 54.2]]],
        ["HZ03", "新安示范水库", "Xin'an Demonstration Reservoir", 110.45, 21.73, "04-15..10-31=29.0", [[-24, 28.1], [0, 28.12], [14, 28.4], [36, 28.3]]],
        ["XY01", "尚文水库", "Shangwen Reservoir", 110.97, 22.41, "04-15..10-15=118.0;10-16..04-14=119.5", [[-24, 117.4], [0, 117.42], [12, 117.8], [36, 117.7]]],
        ["XY02", "钱排示范水库", "Qianpai Demonstration Reservoir", 111.25, 22.34, "", [[-24, 301.0], [0, 301.02], [12, 301.4], [36, 301.3]]],
].map(([code, name, name_en, lon, lat, limits, level]) =>
        ({ code: `MM-RR-${code}`, name, name_en, at: [lon, lat], limits, level, county: countyOf[code.slice(0, 2)] }));

/* The strongest wind of the day in m/s; how: mean or gust. */
export const winds = [
        ["DB01", "博贺气象站", "Bohe weather", 111.23, 21.472, "gust", 23.6], ["DB02", "电城气象站", "Diancheng weather", 111.29, 21.522, "gust", 21.8],
        ["DB03", "岭门气象站", "Lingmen weather", 111.392, 21.562, "gust", 18.4], ["DB04", "水东气象站", "Shuidong weather", 111.012, 21.512, "mean", 12.4],
        ["DB05", "树仔气象站", "Shuzai weather", 111.19, 21.512, "mean", 12.9], ["DB06", "沙琅气象站", "Shalang weather", 111.162, 21.782, "mean", 7.4],
        ["MN01", "茂名气象站", "Maoming weather", 110.921, 21.664, "mean", 9.2], ["MN02", "鳌头气象站", "Aotou weather", 110.802, 21.527, "mean", 11.6],
        ["GZ01", "高州气象站", "Gaozhou weather", 110.855, 21.92, "mean", 7.8], ["GZ02", "马贵气象站", "Magui weather", 111.312, 22.232, "gust", 12.2],
        ["GZ03", "根子气象站", "Genzi weather", 110.992, 21.847, "mean", 7.0], ["HZ01", "化州气象站", "Huazhou weather", 110.641, 21.666, "mean", 8.8],
        ["HZ02", "合江气象站", "Hejiang weather", 110.452, 21.902, "mean", 7.2], ["XY01", "信宜气象站", "Xinyi weather", 110.949, 22.357, "mean", 6.4],
        ["XY02", "大成气象站", "Dacheng weather", 111.102, 22.532, "gust", 11.8],
].map(([code, name, name_en, lon, lat, how, most]) => ({ code: `MM-MM-${code}`, name, name_en, at: [lon, lat], how, most }));

export const soils = [
        ["MN01", "金塘墒情站", "Jintang soil", "金塘", 71], ["DB01", "观珠墒情站", "Guanzhu soil", "观珠", 73],
        ["DB02", "麻岗墒情站", "Magang soil", "麻岗", 68], ["GZ01", "分界墒情站", "Fenjie soil", "分界", 74],
        ["GZ02", "石板墒情站", "Shiban soil", "石板", 70], ["HZ01", "文楼墒情站", "Wenlou soil", "文楼", 66],
        ["HZ02", "丽岗墒情站", "Ligang soil", "丽岗", 67], ["XY01", "池洞墒情站", "Chidong soil", "池洞", 72],
].map(([code, name, name_en, where, wet]) => {
        const t = town(where);
        return { code: `MM-SS-${code}`, name, name_en, at: [t.at[0] - 0.01, t.at[1] + 0.008], wet };
});

export const rains = rainGauges();

export const stations = [
        ...rains, ...riverGauges(),
        ...reservoirs.map((r) => ({ ...blank, code: r.code, name: r.name, name_en: r.name_en, kind: "RR", at: r.at,
                datum: "珠基", limits: r.limits, levels_synthetic: r.code === "MM-RR-DB01" ? 0 : 1 })),
        ...winds.map((w) => ({ ...blank, code: w.code, name: w.name, name_en: w.name_en, kind: "MM", at: w.at, wind: w.how })),
        ...soils.map((s) => ({ ...blank, code: s.code, name: s.name, name_en: s.name_en, kind: "SS", at: s.at, interval_s: 3600 })),
].map((s) => ({ ...s, sl651: sl651[s.code] ?? "" }));

const hospitals = [
        ["茂名市人民医院", "Maoming People's Hospital", 110.925, 21.667, 2200], ["茂名市中医院", "Maoming Hospital of TCM", 110.905, 21.655, 900],
        ["茂名市妇幼保健院", "Maoming Women and Children's Hospital", 110.93, 21.65, 600], ["茂名农垦医院", "Maoming Nongken Hospital", 110.9, 21.67, 500],
        ["电白区人民医院", "Dianbai People's Hospital", 111.005, 21.515, 900], ["电白区中医院", "Dianbai Hospital of TCM", 111.018, 21.506, 500],
        ["高州市人民医院", "Gaozhou People's Hospital", 110.848, 21.915, 2000], ["高州市中医院", "Gaozhou Hospital of TCM", 110.86, 21.925, 700],
        ["化州市人民医院", "Huazhou People's Hospital", 110.635, 21.66, 1200], ["化州市中医院", "Huazhou Hospital of TCM", 110.648, 21.672, 500],
        ["信宜市人民医院", "Xinyi People's Hospital", 110.943, 22.352, 1000], ["信宜市中医院", "Xinyi Hospital of TCM", 110.952, 22.362, 500],
];
const ambulanceStations = [
        ["茂名急救站", "Maoming ambulance station", 110.918, 21.66], ["公馆急救站", "Gongguan ambulance station", 110.853, 21.662],
        ["水东急救站", "Shuidong ambulance station", 111.012, 21.509], ["沙琅急救站", "Shalang ambulance station", 111.158, 21.778],
        ["高州急救站", "Gaozhou ambulance station", 110.851, 21.92], ["沙田急救站", "Shatian ambulance station", 110.722, 21.905],
        ["化州急救站", "Huazhou ambulance station", 110.641, 21.663], ["信宜急救站", "Xinyi ambulance station", 110.948, 22.356],
];
const shelterTowns = ["公馆", "镇盛", "鳌头", "袂花", "高山", "山阁", "坡心", "林头", "霞洞", "观珠", "沙琅", "马踏", "岭门", "博贺",
        "石鼓", "沙田", "镇江", "马贵", "古丁", "合江", "官桥", "平定", "钱排", "怀乡"];

const facility = (id, kind, name, name_en, at, capacity) => ({ id, kind, name, name_en, at, capacity });
const serial = (i) => String(i + 1).padStart(2, "0");

export const facilities = [
        ...hospitals.map(([n, e, lon, lat, beds], i) => facility(`HOSP-${serial(i)}`, "hospital", n, e, [lon, lat], beds)),
        ...ambulanceStations.map(([n, e, lon, lat], i) => facility(`AMB-${serial(i)}`, "ambulance_station", n, e, [lon, lat], null)),
        ...shelterTowns.map((name, i) => {
                const t = town(name);
                return facility(`SHEL-${serial(i)}`, "shelter", `${name}应急避护场所`, `${t.name_en} shelter`,
                        [t.at[0] + 0.004, t.at[1] + 0.003], 200 + (i % 5) * 150);
        }),
        /* Gaozhou: published position and capacity of both basins together. */
        facility("RES-01", "reservoir", "高州水库", "Gaozhou Reservoir", [111.016667, 22.050556], 1280),
        ...reservoirs.slice(2).map((r, i) => facility(`RES-${serial(i + 1)}`, "reservoir", r.name, r.name_en, r.at, null)),
];

/* Two or three ambulances at each station. */
export const units = ambulanceStations.flatMap(([, , lon, lat], i) =>
        Array.from({ length: [4, 2, 3, 2, 3, 2, 2, 2][i] }, (_, k) => ({ lon: lon + 0.001 * k, lat: lat - 0.001 * k })))
        .map((u, i) => ({ unit: `A${serial(i)}`, ...u }));
