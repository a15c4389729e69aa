/* geography.mjs -- Maoming as it is drawn in the demonstration.
 *
 * Illustrative: county outlines are simplified by hand from published
 * bounding boxes and centroids, towns are known to about 0.05 degree, and
 * rivers are a few strokes.  None of it is for navigation or law. */
import { cells, finish } from "./geometry.mjs";

/* Corners that several outlines share. */
const N1 = [110.64, 22.209], N2 = [110.7, 22.27], N3 = [111.384, 22.29];
const N4 = [111.28, 21.985];
const T1 = [110.755, 21.76], T2 = [110.985, 21.755], T3 = [110.872, 21.5];
const T4 = [110.745, 21.56];

/* Strokes between corners; each belongs to two outlines or to the city's
 * border, so that outlines tile without gap or overlap. */
const xinyiGaozhou = [N2, [110.76, 22.21], [110.86, 22.187], [110.95, 22.19],
        [111.03, 22.25], [111.12, 22.3], [111.22, 22.31], [111.32, 22.306], N3];
const gaozhouDianbai = [N4, [111.18, 21.955], [111.11, 21.87], [111.05, 21.81],
        [111.03, 21.775], T2];
const gaozhouMaonan = [T1, [110.81, 21.765], [110.86, 21.775], [110.91, 21.815],
        [110.95, 21.795], T2];
const maonanDianbai = [T2, [111.02, 21.72], [111.035, 21.66], [111.0, 21.61],
        [110.96, 21.57], [110.92, 21.53], T3];
const huazhouMaonan = [T4, [110.742, 21.62], [110.75, 21.69], T1];
const huazhouGaozhou = [T1, [110.72, 21.82], [110.675, 21.88], [110.64, 21.96],
        [110.62, 22.05], [110.625, 22.13], N1];
const outerGaozhouWest = [N1, N2];
const outerXinyi = [N2, [110.684, 22.36], [110.74, 22.46], [110.82, 22.52],
        [110.9, 22.58], [111.0, 22.64], [111.12, 22.67], [111.25, 22.703],
        [111.38, 22.69], [111.5, 22.65], [111.62, 22.61], [111.682, 22.53],
        [111.63, 22.45], [111.52, 22.42], [111.45, 22.36], N3];
const outerGaozhouEast = [N3, [111.37, 22.2], [111.33, 22.1], [111.29, 22.04], N4];
const outerDianbai = [N4, [111.37, 21.93], [111.4, 21.84], [111.43, 21.74],
        [111.459, 21.65], [111.44, 21.55], [111.37, 21.49], [111.29, 21.445],
        [111.2, 21.41], [111.12, 21.43], [111.05, 21.45], [110.98, 21.42],
        [110.91, 21.43], T3];
const outerMaonan = [T3, [110.82, 21.486], [110.77, 21.51], T4];
const outerHuazhou = [T4, [110.71, 21.51], [110.66, 21.474], [110.58, 21.485],
        [110.5, 21.55], [110.44, 21.63], [110.39, 21.73], [110.34, 21.83],
        [110.35, 21.93], [110.326, 22.03], [110.36, 22.12], [110.45, 22.17],
        [110.56, 22.195], N1];

const back = (line) => [...line].reverse();
const join = (...lines) => lines.flatMap((l) => l.slice(0, -1));

export const city = {
        code: "440900", name: "茂名市", name_en: "Maoming",
        ring: join(outerGaozhouWest, outerXinyi, outerGaozhouEast, outerDianbai,
                outerMaonan, outerHuazhou),
};

export const counties = [
        { code: "440902", short: "MN", name: "茂南区", name_en: "Maonan District",
          ring: join(gaozhouMaonan, maonanDianbai, outerMaonan, huazhouMaonan) },
        { code: "440904", short: "DB", name: "电白区", name_en: "Dianbai District",
          ring: join(outerDianbai, back(maonanDianbai), back(gaozhouDianbai)) },
        { code: "440981", short: "GZ", name: "高州市", name_en: "Gaozhou",
          ring: join(outerGaozhouWest, xinyiGaozhou, outerGaozhouEast,
                  gaozhouDianbai, back(gaozhouMaonan), huazhouGaozhou) },
        { code: "440982", short: "HZ", name: "化州市", name_en: "Huazhou",
          ring: join(outerHuazhou, back(huazhouGaozhou), back(huazhouMaonan)) },
        { code: "440983", short: "XY", name: "信宜市", name_en: "Xinyi",
          ring: join(outerXinyi, back(xinyiGaozhou)) },
];

/* name, pinyin, lon, lat, true for a street-level seat. */
const townList = {
        440902: [["城区", "Maonan Seat", 110.919, 21.662], ["公馆镇", "Gongguan", 110.85, 21.66],
                ["新坡镇", "Xinpo", 110.868, 21.628], ["镇盛镇", "Zhensheng", 110.79, 21.58],
                ["鳌头镇", "Aotou", 110.8, 21.525], ["袂花镇", "Meihua", 110.885, 21.565],
                ["高山镇", "Gaoshan", 110.94, 21.61], ["山阁镇", "Shange", 110.905, 21.735],
                ["金塘镇", "Jintang", 110.815, 21.725], ["羊角镇", "Yangjiao", 110.985, 21.69]],
        440904: [["水东街道", "Shuidong", 111.01, 21.51], ["陈村街道", "Chencun", 110.95, 21.5],
                ["坡心镇", "Poxin", 111.045, 21.595], ["林头镇", "Lintou", 111.06, 21.65],
                ["霞洞镇", "Xiadong", 111.06, 21.71], ["观珠镇", "Guanzhu", 111.11, 21.735],
                ["沙琅镇", "Shalang", 111.16, 21.78], ["罗坑镇", "Luokeng", 111.2, 21.84],
                ["那霍镇", "Nahuo", 111.27, 21.88], ["望夫镇", "Wangfu", 111.27, 21.75],
                ["麻岗镇", "Magang", 111.13, 21.55], ["树仔镇", "Shuzai", 111.19, 21.51],
                ["博贺镇", "Bohe", 111.23, 21.47], ["电城镇", "Diancheng", 111.29, 21.52],
                ["马踏镇", "Mata", 111.35, 21.63], ["岭门镇", "Lingmen", 111.39, 21.56]],
        440981: [["潘州街道", "Panzhou", 110.853, 21.918], ["石鼓镇", "Shigu", 110.86, 21.815],
                ["沙田镇", "Shatian", 110.72, 21.9], ["镇江镇", "Zhenjiang", 110.79, 21.82],
                ["分界镇", "Fenjie", 110.975, 21.8], ["根子镇", "Genzi", 110.99, 21.845],
                ["新垌镇", "Xindong", 110.96, 21.905], ["云潭镇", "Yuntan", 111.09, 21.92],
                ["曹江镇", "Caojiang", 110.92, 21.975], ["长坡镇", "Changpo", 110.98, 22.02],
                ["东岸镇", "Dong'an", 111.05, 22.1], ["大坡镇", "Dapo", 111.2, 22.15],
                ["古丁镇", "Guding", 111.14, 22.21], ["马贵镇", "Magui", 111.31, 22.23],
                ["深镇镇", "Shenzhen Town", 111.22, 22.265], ["大井镇", "Dajing", 110.85, 22.04],
                ["石板镇", "Shiban", 110.73, 22.05], ["荷花镇", "Hehua", 110.69, 22.16],
                ["平山镇", "Pingshan", 111.0, 22.18]],
        440982: [["河西街道", "Hexi", 110.6396, 21.6645], ["杨梅镇", "Yangmei", 110.66, 21.56],
                ["同庆镇", "Tongqing", 110.57, 21.58], ["笪桥镇", "Daqiao", 110.68, 21.72],
                ["丽岗镇", "Ligang", 110.55, 21.73], ["新安镇", "Xin'an", 110.46, 21.7],
                ["官桥镇", "Guanqiao", 110.51, 21.81], ["合江镇", "Hejiang", 110.45, 21.9],
                ["中垌镇", "Zhongdong", 110.59, 21.91], ["那务镇", "Nawu", 110.56, 22.03],
                ["播扬镇", "Boyang", 110.38, 21.98], ["平定镇", "Pingding", 110.38, 22.06],
                ["文楼镇", "Wenlou", 110.46, 22.11]],
        440983: [["东镇街道", "Dongzhen", 110.9469, 22.3549], ["池洞镇", "Chidong", 110.88, 22.41],
                ["镇隆镇", "Zhenlong", 110.9, 22.27], ["北界镇", "Beijie", 110.78, 22.31],
                ["朱砂镇", "Zhusha", 110.78, 22.42], ["怀乡镇", "Huaixiang", 111.07, 22.46],
                ["大成镇", "Dacheng", 111.1, 22.53], ["白石镇", "Baishi", 111.13, 22.59],
                ["贵子镇", "Guizi", 110.99, 22.57], ["合水镇", "Heshui", 111.18, 22.42],
                ["钱排镇", "Qianpai", 111.27, 22.36], ["新宝镇", "Xinbao", 111.33, 22.43],
                ["平塘镇", "Pingtang", 111.36, 22.51], ["思贺镇", "Sihe", 111.52, 22.55]],
};

export const towns = counties.flatMap((county) => {
        const list = townList[county.code];
        const parts = cells(county.ring, list.map((t) => [t[2], t[3]]));
        return list.map(([name, name_en, lon, lat], i) => ({
                code: county.code + String(101 + i), name, name_en,
                county: county.code, at: [lon, lat],
                rings: parts[i].map(finish).filter(Boolean),
        }));
});

export const town = (name, county) => {
        const t = towns.find((x) => x.name.startsWith(name) && (!county || x.county === county));
        if (!t) throw new Error(`no town ${name}`);
        return t;
};

export const rivers = [
        ["鉴江", "Jianjiang", [[110.8506, 22.4108], [110.9, 22.385], [110.945, 22.35], [110.9, 22.27],
                [110.87, 22.19], [110.87, 22.1], [110.86, 22.0], [110.85, 21.92], [110.8, 21.865],
                [110.735, 21.8], [110.69, 21.73], [110.642, 21.662], [110.66, 21.56], [110.66, 21.474]]],
        ["曹江", "Caojiang", [[111.3, 22.235], [111.22, 22.21], [111.15, 22.19], [111.1, 22.14],
                [111.05, 22.09], [110.99, 22.03], [110.93, 21.985], [110.86, 21.935]]],
        ["大井河", "Dajing", [[110.98, 22.15], [110.92, 22.1], [110.855, 22.045], [110.86, 22.0]]],
        ["罗江", "Luojiang", [[110.47, 22.12], [110.46, 22.02], [110.45, 21.9], [110.51, 21.81],
                [110.58, 21.72], [110.642, 21.662]]],
        ["平定水", "Pingding", [[110.36, 22.1], [110.385, 22.05], [110.4, 21.98], [110.45, 21.9]]],
        ["袂花江", "Meihua", [[111.24, 21.87], [111.16, 21.785], [111.1, 21.73], [111.055, 21.7],
                [111.045, 21.65], [110.99, 21.62], [110.9, 21.57], [110.83, 21.53], [110.78, 21.51]]],
        ["小东江", "Xiaodong", [[110.86, 21.83], [110.875, 21.79], [110.905, 21.74], [110.92, 21.69],
                [110.915, 21.65], [110.87, 21.62], [110.8, 21.58], [110.77, 21.54], [110.77, 21.51]]],
        ["公馆河", "Gongguan", [[110.81, 21.74], [110.83, 21.7], [110.85, 21.665], [110.86, 21.63],
                [110.87, 21.62]]],
        ["沙田河", "Shatian", [[110.72, 21.98], [110.72, 21.9], [110.735, 21.85], [110.735, 21.8]]],
        ["儒洞河", "Rudong", [[111.36, 21.86], [111.37, 21.75], [111.37, 21.66], [111.4, 21.59],
                [111.41, 21.53]]],
        ["新垌河", "Xindong", [[111.1, 21.94], [111.03, 21.92], [110.96, 21.9], [110.89, 21.9],
                [110.84, 21.905]]],
        ["黄华江", "Huanghua", [[111.2, 22.47], [111.07, 22.465], [111.09, 22.53], [111.1, 22.59],
                [111.03, 22.62], [111.0, 22.64]]],
        ["钱排河", "Qianpai", [[111.22, 22.33], [111.27, 22.365], [111.32, 22.43], [111.36, 22.51],
                [111.48, 22.57], [111.6, 22.615]]],
];
