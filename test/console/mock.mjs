/* mock.mjs -- a server for looking at the console without a server.
 *
 * In:    the recorded day (stations, zones, rivers, facilities, storm.json)
 *        and the built console.
 * Out:   the HTTP API and the feed, from a simple reading of the storm: it
 *        decides nothing the way the product does, and proves nothing about
 *        it.  For screenshots and the console's own tests only.
 * Usage: node mock.mjs --site DIR [--port N] [--at MINUTES] [--rate N] */
import http from 'node:http';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { create_rule_doors, made_up_trace } from './mock_rules.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const day = path.join(here, '../days/sanba-2023');
const LEVELS = ['none', 'white', 'blue', 'yellow', 'orange', 'red'];
const rank = (l) => LEVELS.indexOf(l);
const MIN = 60000;

const rules_text = fs.readFileSync(path.join(here,
        '../../alerts/rules/guangdong.json'), 'utf8');
/* What GET /api/v1/forecasts/scores says. */
function scores(url)
{
        const both = { source: 'sanfangd', model: 'damped-trend' };

        return { from: '2023-09-20T08:00:00+08:00',
                to: '2023-10-20T08:00:00+08:00',
                synthetic: !url.searchParams.get('station'),
                limits: [{ name: 'peak_share', value: 20, unit: '%',
                        source: 'GB/T 22482-2008', unverified: true }],
                errors: [{ ...both, element: 'Z', lead: '1-3', n: 812,
                        bias: -0.04, mae: 0.12, rmse: 0.19, persistence: {
                                n: 812, bias: -0.2, mae: 0.31, rmse: 0.4 } }],
                events: [{ ...both, line: 'WRZ', events: 4, hit: 2, miss: 1,
                        unseen: 1, false_alarm: 3, withdrawn: 2, open: 0,
                        lead_s: { min: 3600, median: 7200 }, pod: null,
                        far: null, csi: null, persistence: { hit: 0,
                                miss: 3 } }],
                peaks: [{ ...both, n: 3, error: -0.2, error_abs: 0.25,
                        time_s: 1800, time_abs_s: 2400, peak_ok: 2,
                        time_ok: 3, persistence: { error_abs: 0.9 } }] };
}


const read_json = (name) => JSON.parse(fs.readFileSync(path.join(day, name)));

function read_stations()
{
        const [head, ...rows] = fs.readFileSync(path.join(day,
                'stations.csv'), 'utf8').trim().split('\n');
        const names = head.split(',');
        const num = (x) => (x === '' ? null : Number(x));

        return rows.map((row) => {
                const r = Object.fromEntries(row.split(',').map((v, i) =>
                        [names[i], v]));
                const limit = /=([\d.]+)/.exec(r.limits || '');

                return {
                        code: r.code, name: r.name, name_en: r.name_en,
                        kind: r.kind, lon: +r.lon, lat: +r.lat,
                        zone: r.town || r.county, county: r.county,
                        river: r.river, river_en: r.river_en, datum: r.datum,
                        levels: { WRZ: num(r.WRZ), GRZ: num(r.GRZ),
                                OBHTZ: num(r.OBHTZ), FSLTDZ: limit ?
                                        +limit[1] : null,
                                near: num(r.near) ?? 0.3 },
                        levels_synthetic: r.levels_synthetic === '1',
                        interval_s: +r.interval_s,
                        sl651: r.sl651 || '0044090201',
                };
        });
}

const rfc = (ms) => new Date(ms + 8 * 3600000).toISOString()
        .replace('Z', '+08:00');

/* Linear between knots; the last value holds. */
function knot_value(knots, minute)
{
        if (minute <= knots[0][0])
                return knots[0][1];
        for (let i = 1; i < knots.length; i++) {
                const [x0, y0] = knots[i - 1];
                const [x1, y1] = knots[i];

                if (minute <= x1)
                        return y0 + (y1 - y0) * (minute - x0) / (x1 - x0);
        }
        return knots[knots.length - 1][1];
}

export function create_mock(options = {})
{
        const storm = read_json('storm.json');
        const rules = create_rule_doors('sanfang', rules_text);
        const zones = read_json('zones.geojson');
        const rivers = read_json('rivers.geojson');
        const facilities = read_json('facilities.geojson').features.map((x) =>
                ({ ...x.properties, lon: x.geometry.coordinates[0],
                        lat: x.geometry.coordinates[1] }));
        const stations = read_stations();
        const begin = Date.parse(storm.begin);
        const series = new Map(storm.series.map((s) =>
                [`${s.station}|${s.element}`, s]));
        const rain = new Map(storm.rain.map((s) => [s.station,
                new Map(s.hourly)]));
        const clock = { engine: begin + (options.at ?? 1640) * MIN,
                real: Date.now(), rate: options.rate ?? 60 };
        const alerts = new Map();
        const sessions = new Map();
        const clients = new Set();
        const state = { seq: 1000, database: true };

        const engine_at = () => clock.engine + (Date.now() - clock.real) *
                clock.rate;

        function set_rate(rate)
        {
                clock.engine = engine_at();
                clock.real = Date.now();
                clock.rate = rate;
        }

        function rain_sum(code, minute, hours)
        {
                const table = rain.get(code);
                let sum = 0;

                if (!table)
                        return null;
                for (let m = minute - hours * 60; m < minute; m += 5)
                        sum += (table.get(Math.floor(m / 60)) || 0) / 12;
                return Math.round(sum * 10) / 10;
        }

        function silent(code, minute)
        {
                return storm.silences.some((s) => s.station === code &&
                        minute >= s.from_min + 20 && minute < s.to_min);
        }

        function values_of(s, minute)
        {
                const out = [];
                const time = rfc(begin + minute * MIN);

                for (const element of ['Z', 'US', 'UG', 'M10', 'M20', 'M40']) {
                        const one = series.get(`${s.code}|${element}`);

                        if (!one)
                                continue;

                        const value = knot_value(one.knots, minute);
                        const change = value - knot_value(one.knots,
                                minute - 60);

                        out.push({ station: s.code, element, time, value:
                                +value.toFixed(2), unit: element === 'Z' ?
                                'm' : element[0] === 'U' ? 'm/s' : '%',
                        marks: [], trend: Math.sign(Math.round(change * 100)),
                        change: +change.toFixed(2) });
                }
                if (rain.has(s.code))
                        out.push({ station: s.code, element: 'P', time,
                                value: rain_sum(s.code, minute, 1), unit: 'mm',
                                marks: [], trend: 0, change: null, rain: {
                                        '1h': rain_sum(s.code, minute, 1),
                                        '3h': rain_sum(s.code, minute, 3),
                                        '6h': rain_sum(s.code, minute, 6),
                                        '24h': rain_sum(s.code, minute, 24),
                                        covered_24h: 1 } });
                return out;
        }

        function level_of(s, minute)
        {
                const z = series.get(`${s.code}|Z`);
                const l = s.levels;

                if (s.kind === 'ZZ' && z && l.WRZ !== null) {
                        const v = knot_value(z.knots, minute);

                        return l.OBHTZ && v >= l.OBHTZ ? 'red' :
                                l.GRZ && v >= l.GRZ ? 'orange' :
                                        v >= l.WRZ ? 'yellow' :
                                                v >= l.WRZ - l.near ? 'blue' :
                                                        'none';
                }
                if (s.kind === 'RR' && z && l.FSLTDZ !== null)
                        return knot_value(z.knots, minute) > l.FSLTDZ ?
                                'yellow' : 'none';
                if (s.kind === 'PP' && rain.has(s.code))
                        return rain_sum(s.code, minute, 3) >= 100 ? 'red' :
                                rain_sum(s.code, minute, 3) >= 50 ? 'orange' :
                                        rain_sum(s.code, minute, 6) >= 50 ?
                                                'yellow' : 'none';
                return 'none';
        }

        function next_at(s, minute, level)
        {
                for (let m = minute + 5; m <= minute + 360; m += 5)
                        if (rank(level_of(s, m)) > rank(level))
                                return rfc(begin + m * MIN);
                return null;
        }

        function standing_of(s, minute)
        {
                const level = level_of(s, minute);
                const has = series.has(`${s.code}|Z`) || rain.has(s.code) ||
                        [...series.keys()].some((k) =>
                                k.startsWith(`${s.code}|`));
                let ahead = 'none';

                if (s.kind === 'ZZ')
                        for (let m = minute; m <= minute + 180; m += 15)
                                if (rank(level_of(s, m)) > rank(ahead))
                                        ahead = level_of(s, m);
                return {
                        code: s.code,
                        standing: !has ? 'no_data' : silent(s.code, minute) ?
                                'silent' : level !== 'none' ? 'alert' :
                                        s.kind === 'ZZ' && s.levels.WRZ ===
                                        null ? 'no_threshold' : 'normal',
                        level, level_forecast: ahead,
                        hazard: s.kind === 'PP' ? 'rainstorm' : 'flood',
                        next_at: s.kind === 'ZZ' ? next_at(s, minute, level) :
                                null,
                        last_seen: has ? rfc(begin + minute * MIN) : null,
                };
        }

        const zh = { blue: '蓝色', yellow: '黄色', orange: '橙色', red: '红色' };
        const line_of = { blue: ['WRZ', '接近警戒水位', 'near the warning level'],
                yellow: ['WRZ', '警戒水位', 'the warning level'],
                orange: ['GRZ', '保证水位', 'the guarantee level'],
                red: ['OBHTZ', '历史最高水位', 'the highest on record'] };

        function agencies_for(hazard, level)
        {
                const need = hazard === 'flood' ? ['sanfang', 'hydrology',
                        'county'] : ['sanfang', 'weather', 'county'];
                const now = Date.now();

                if (rank(level) >= rank('orange'))
                        need.push('health120');
                return need.map((agency, i) => ({ agency, required: true,
                        given: false, intent: null, user: null, note: null,
                        given_at: null, deadline_at: rfc(now +
                                (4 + i * 3) * MIN), escalated: false,
                        escalated_at: null }));
        }

        function raise(s, st, minute)
        {
                const flood = s.kind !== 'PP';
                const hazard = flood ? 'flood' : 'rainstorm';
                const forecast = st.level === 'none';
                const level = forecast ? st.level_forecast : st.level;
                const at = begin + minute * MIN;
                const z = flood ? knot_value(series.get(`${s.code}|Z`).knots,
                        minute) : 0;
                const window = level === 'yellow' ? 6 : 3;
                const sum = flood ? 0 : rain_sum(s.code, minute, window);
                const [name, words, words_en] = line_of[level];
                const limit = flood ? s.levels[name] ?? s.levels.FSLTDZ :
                        level === 'red' ? 100 : 50;
                const id = `${s.code}-${hazard}`;
                const old = alerts.get(id);
                const title = flood ? s.kind === 'RR' ?
                        `${s.name} 监测水位 ${z.toFixed(2)} m 超汛限水位 ` +
                        `${(z - limit).toFixed(2)} m` :
                        `${s.river}${s.name} ${forecast ? '预报' : '监测'}水位 ` +
                        `${z.toFixed(2)} m 达到 ${zh[level]} 标准` +
                        `（${words} ${limit.toFixed(2)} m）` :
                        `${s.name} 监测 ${window} 小时雨量 ${sum} mm 达到 ` +
                        `${zh[level]} 标准（${limit} mm）`;
                const title_en = flood ? `${s.name_en}: ${forecast ?
                        'forecast' : 'observed'} level ${z.toFixed(2)} m ` +
                        `reaches ${level} (${words_en} ` +
                        `${limit.toFixed(2)} m)` : `${s.name_en}: ${sum} mm ` +
                        `in ${window} h reaches ${level} (${limit} mm)`;

                return {
                        id, version: (old?.version || 0) + 1, hazard, level,
                        level_observed: st.level,
                        level_forecast: st.level_forecast,
                        level_peak: level, state: 'open', zone: s.zone,
                        county: s.county, station: s.code, river: s.river,
                        group: flood && s.river ? `flood/river/${s.river}` :
                                `${hazard}/county/${s.county}`,
                        title, title_en, rule: flood ? 'flood-level' :
                                'rain-guangdong', rule_version: 3,
                        rule_text: flood ? `水位达到${words}，${zh[level]}` :
                                `${window} 小时雨量达到 ${limit} mm，${zh[level]}`,
                        rule_text_en: flood ? `level at ${words_en}: ${level}` :
                                `${limit} mm in ${window} h: ${level}`,
                        unverified: !flood, element: flood ? 'Z' : 'P',
                        value: flood ? +z.toFixed(2) : sum,
                        unit: flood ? 'm' : 'mm', threshold: limit,
                        window_s: flood ? 0 : window * 3600,
                        observed_at: rfc(at), raised_at: old?.raised_at ??
                                rfc(at), changed_at: rfc(at), ended_at: null,
                        escalates_at: rfc(Date.now() + (2 + alerts.size % 9) *
                                MIN), agencies: agencies_for(hazard, level),
                        acked_by: [], forecast, lead_s: forecast ? 5400 : 0,
                        late: false, reason: null, merged_into: null,
                        evidence: [{ station: s.code, element: flood ? 'Z' :
                                'PN05', time: rfc(at), value: flood ?
                                +z.toFixed(2) : sum, seq: state.seq }],
                        archived: state.database && alerts.size % 11 !== 3,
                };
        }

        /* Goes through the stations; gives back the alerts that changed. */
        function judge(minute)
        {
                const changed = [];

                for (const s of stations) {
                        const st = standing_of(s, minute);
                        const hazard = s.kind === 'PP' ? 'rainstorm' : 'flood';
                        const old = alerts.get(`${s.code}-${hazard}`);
                        const live = old && old.state !== 'ended';
                        const level = st.level === 'none' ?
                                st.level_forecast : st.level;
                        let next = null;

                        if (level !== 'none' && (!live ||
                            rank(level) > rank(old.level))) {
                                next = raise(s, st, minute);
                        } else if (live && st.level === 'none' &&
                                 !old.forecast) {
                                next = { ...old, state: 'ended', version:
                                        old.version + 1, ended_at: rfc(begin +
                                        minute * MIN), reason: '低于阈值' };
                        } else if (live && (old.level_observed !== st.level ||
                                 old.level_forecast !== st.level_forecast)) {
                                next = { ...old, version: old.version + 1,
                                        level_observed: st.level,
                                        level_forecast: st.level_forecast,
                                        forecast: st.level === 'none' };
                        }
                        if (next) {
                                alerts.set(next.id, next);
                                changed.push(next);
                        }
                }
                return changed;
        }

        /* Four rain gauges of one county that are silent together. */
        function raise_cluster()
        {
                const at = rfc(engine_at());
                const members = stations.filter((s) => s.kind === 'PP' &&
                        s.county === '440981').slice(0, 4);
                const lon = members.map((s) => s.lon);
                const lat = members.map((s) => s.lat);
                const [w, e] = [Math.min(...lon) - 0.02,
                        Math.max(...lon) + 0.02];
                const [south, n] = [Math.min(...lat) - 0.02,
                        Math.max(...lat) + 0.02];
                const a = { ...raise(stations.find((s) => s.kind === 'PP' &&
                        rain.has(s.code)), { level: 'yellow',
                        level_observed: 'yellow', level_forecast: 'none' },
                minute_now()), id: '440981-silence', hazard: 'silence',
                station: null, zone: '440981', county: '440981',
                group: 'silence/county/440981', element: null, unit: '',
                value: members.length, threshold: 3,
                title: `高州市 ${members.length} 个测站成片失联`,
                title_en: `Gaozhou: ${members.length} stations silent together`,
                evidence: [], members: members.map((s) => s.code),
                n_members: members.length + 2, outline: { type: 'Polygon',
                        coordinates: [[[w, south], [e, south], [e, n],
                                [w, n], [w, south]]] }, raised_at: at };

                alerts.set(a.id, a);
                send_all({ type: 'delta', seq: ++state.seq, alerts: [a] });
                return a;
        }

        function end_cluster()
        {
                const a = { ...alerts.get('440981-silence'), state: 'ended' };

                a.version++;
                alerts.set(a.id, a);
                send_all({ type: 'delta', seq: ++state.seq, alerts: [a] });
        }

        function incidents(minute)
        {
                const states = [[0, 'received'], [3, 'dispatched'],
                        [15, 'on_scene'], [40, 'transporting'],
                        [75, 'closed']];

                return storm.calls.filter((c) => c.at_min <= minute &&
                        minute - c.at_min < 135).map((c) => {
                        const age = minute - c.at_min;
                        const now = states.filter(([m]) => m <= age).pop();

                        return { centre: 'maoming', incident: c.incident,
                                state: now[1], nature: c.nature,
                                people: c.people, address: c.address,
                                lon: c.lon, lat: c.lat, county: '440904',
                                town: '', opened_at: rfc(begin + c.at_min *
                                        MIN), time: rfc(begin + (c.at_min +
                                        now[0]) * MIN), late_events: 0,
                                open: now[1] !== 'closed' };
                });
        }

        function units(minute)
        {
                const calls = incidents(minute).filter((i) => i.open);

                return storm.units.map((u, n) => {
                        const call = calls[n];
                        const age = call ? minute - (Date.parse(
                                call.opened_at) - begin) / MIN : 0;
                        const part = Math.min(1, age / 15);

                        return { centre: 'maoming', unit: u.unit,
                                state: !call ? 'available' : age < 3 ?
                                        'dispatched' : age < 15 ? 'en_route' :
                                                'on_scene',
                                lon: call ? u.lon + (call.lon - u.lon) * part :
                                        u.lon,
                                lat: call ? u.lat + (call.lat - u.lat) * part :
                                        u.lat,
                                incident: call ? call.incident : null,
                                time: rfc(begin + minute * MIN),
                                fix_at: rfc(begin + minute * MIN),
                                lost: n === 17, late_events: 0 };
                });
        }

        function forecasts(minute)
        {
                return stations.filter((s) => s.kind === 'ZZ' &&
                        series.has(`${s.code}|Z`)).map((s) => {
                        const { knots } = series.get(`${s.code}|Z`);
                        const last = knot_value(knots, minute);
                        const slope = (last - knot_value(knots,
                                minute - 30)) / 30;
                        const values = [];

                        for (let m = 10, v = last, r = slope * 10; m <= 180;
                                m += 10, v += r, r *= 0.9)
                                values.push([rfc(begin + (minute + m) * MIN),
                                        +v.toFixed(2)]);
                        return { id: `${s.code}-Z`, source: 'sanfang',
                                model: 'damped-trend-1', station: s.code,
                                element: 'Z', issued_at: rfc(begin + minute *
                                        MIN), values, persistence: values.map(
                                        () => last) };
                });
        }

        function system(minute)
        {
                return { engine: rfc(engine_at()), real: rfc(Date.now()),
                        rate: clock.rate, paused: clock.rate === 0,
                        links: { broker: { up: true, since: null },
                                database: { up: state.database, since: rfc(
                                        Date.now() - 90000) } },
                        last_message_at: rfc(Date.now()),
                        last_message_age_s: 0.4,
                        silent_stations: stations.filter((s) =>
                                silent(s.code, minute)).length,
                        stale_stations: 0, stations: stations.length,
                        archive: { up: state.database, position: state.seq - 4,
                                lag_records: state.database ? 4 : 800,
                                queued_rows: 0 },
                        journal: { seq: state.seq, synced: state.seq,
                                level: 'fine', room_bytes: 8e9,
                                disk_bytes: 5e6, max_bytes: 8e9, full: false },
                        quarantine: { count: 2 }, drafts: rules.asks(),
                        clients: clients.size };
        }

        const minute_now = () => Math.floor((engine_at() - begin) / MIN / 5) *
                5;

        function snapshot()
        {
                const m = minute_now();

                return { type: 'snapshot', seq: state.seq, system: system(m),
                        stations: stations.map((s) => ({ ...s,
                                ...standing_of(s, m), values:
                                        values_of(s, m) })),
                        alerts: [...alerts.values()], incidents: incidents(m),
                        units: units(m), groups: [],
                        forecasts: forecasts(m) };
        }

        let last_minute = -1;

        function tick()
        {
                const m = minute_now();
                const delta = { type: 'delta', seq: ++state.seq,
                        system: system(m), units: units((engine_at() - begin) /
                                MIN) };

                if (m !== last_minute) {
                        last_minute = m;
                        Object.assign(delta, {
                                alerts: judge(m), incidents: incidents(m),
                                stations: stations.map((s) =>
                                        standing_of(s, m)),
                                values: stations.flatMap((s) =>
                                        values_of(s, m)),
                                forecasts: forecasts(m),
                        });
                }
                send_all(delta);
        }

        function send_all(message)
        {
                const text = JSON.stringify(message);

                clients.forEach((c) => c.send(text));
        }

        function answer_ack(id, user, body)
        {
                const old = alerts.get(id);
                const agency = body.agency || user.agency;

                if (!old)
                        return { status: 404 };
                if (old.state === 'ended')
                        return { status: 409 };

                const next = structuredClone(old);
                let x = next.agencies.find((a) => a.agency === agency);

                if (!x)
                        next.agencies.push(x = { agency, required: false });

                Object.assign(x, { given: true, intent: body.intent, note:
                        body.note || '', user: user.user, given_at:
                        rfc(Date.now()), deadline_at: null });
                next.version++;
                if (agency === 'sanfang')
                        next.state = 'acknowledged';
                next.escalates_at = next.agencies.map((a) => a.deadline_at)
                        .filter(Boolean).sort()[0] || null;
                next.acked_by = [user.user];
                alerts.set(id, next);
                send_all({ type: 'delta', seq: ++state.seq, alerts: [next] });
                return { status: 200, alert: next };
        }

        /* ---- HTTP ---- */

        const users = {
                viewer: { role: 'viewer', agency: null, shown: '观察席' },
                operator: { role: 'operator', agency: null, shown: '值机席' },
                duty: { role: 'duty', agency: 'sanfang', shown: '三防办值班员' },
                hydro: { role: 'duty', agency: 'hydrology', shown: '水文值班' },
                health120: { role: 'duty', agency: 'health120', shown: '120' },
                admin: { role: 'admin', agency: null, shown: '系统管理员' },
        };

        function session_of(req)
        {
                const m = /sanfang_session=(\w+)/.exec(req.headers.cookie ||
                        '');

                return m && sessions.get(m[1]);
        }

        function observations(url)
        {
                const [, , , , code] = url.pathname.split('/');
                const element = url.searchParams.get('element');
                const from = (Date.parse(url.searchParams.get('from')) -
                        begin) / MIN;
                const to = Math.min(minute_now(), (Date.parse(url.searchParams
                        .get('to')) - begin) / MIN);
                const out = [];

                for (let m = Math.max(0, Math.ceil(from / 5) * 5); m <= to;
                        m += 5) {
                        const time = rfc(begin + m * MIN);

                        if (element === 'P' && rain.has(code))
                                out.push({ begin: rfc(begin + (m - 5) * MIN),
                                        time, value: +((rain.get(code).get(
                                                Math.floor((m - 5) / 60)) ||
                                                0) / 12).toFixed(1),
                                source: m % 60 < 30 ? 'PN05' : 'PT',
                                marks: m % 240 === 60 ? ['repaired'] : [] });
                        else if (series.has(`${code}|${element}`))
                                out.push({ time, value: +knot_value(series.get(
                                        `${code}|${element}`).knots, m)
                                        .toFixed(2), marks: m % 180 === 0 ?
                                        ['step', 'late'] : [] });
                }
                return { station: code, element, unit: element === 'P' ? 'mm' :
                        element === 'Z' ? 'm' : 'm/s', observations: out };
        }

        function duty_of(s, i)
        {
                return { station: s.code, interval_s: 300, last_seen:
                        rfc(engine_at()), loss: i % 9 / 60, expected_24h: 288,
                heard_24h: 288 - i % 9 * 5, clock_offset_s: i % 5 * 40 - 60,
                battery_v: 12.6 - i % 7 * 0.2, gaps_open: i === 3 ? 1 : 0,
                holes: 0, messages: 2000 + i,
                repeated: 3, refused: i % 6, duplicates: 2, conflicts: 0,
                amended: 1, numbered: 2000, lost: i % 3, conflict: i === 7 ?
                        { element: 'Z', time: rfc(engine_at()) } : null,
                frames: i % 3 ? 2000 + i : null, deviations: i % 3 ?
                        i % 4 * 20 : null, deviation_kinds: i % 3 ? i % 4 :
                        null };
        }

        function bulletin(url)
        {
                const to = (Date.parse(url.searchParams.get('to')) - begin) /
                        MIN;
                const from = (Date.parse(url.searchParams.get('from')) -
                        begin) / MIN;
                const zone = (code) => zones.features.find((z) =>
                        z.properties.code === code)?.properties.name;
                const sums = stations.filter((s) => rain.has(s.code)).map(
                        (s) => ({ station: s.code, name: s.name, county:
                                s.county, county_name: zone(s.county), sum:
                                rain_sum(s.code, to, (to - from) / 60) }))
                        .sort((a, b) => b.sum - a.sum);
                const over = (n) => sums.filter((x) => x.sum >= n).length;
                const wet = stations.filter((s) => s.kind === 'ZZ' &&
                        s.levels.WRZ && series.has(`${s.code}|Z`)).map((s) => {
                        const value = +knot_value(series.get(`${s.code}|Z`)
                                .knots, to).toFixed(2);

                        return { station: s.code, name: s.name, river: s.river,
                                time: rfc(begin + to * MIN), value, wrz:
                                        s.levels.WRZ, above: +(value -
                                        s.levels.WRZ).toFixed(2) };
                }).filter((x) => x.above >= 0).sort((a, b) => b.above -
                        a.above);

                return { from: rfc(begin + from * MIN), to: rfc(begin + to *
                        MIN), rain: { maxima: [...new Map(sums.slice()
                        .reverse().map((x) => [x.county, x])).values()],
                over: { 50: over(50), 100: over(100), 250: over(250) },
                gauges: sums.filter((x) => x.sum >= 50).map((x) => ({ ...x,
                        over: x.sum >= 250 ? 250 : x.sum >= 100 ? 100 :
                                50 })) }, rivers: wet, reservoirs: [],
                gaps: [{ station: 'MM-PP-XY07', name: '大成雨量站', kind: 'PP',
                        last_at: rfc(begin + 1535 * MIN), received: 12,
                        expected: 96 }], calls: { opened: 12, closed: 4,
                        open: 8, by_county: [{ county: '440902', county_name:
                                '茂南区', opened: 9 }, { county: '440904',
                                county_name: '电白区', opened: 3 }] } };
        }

        function exposed(id)
        {
                const a = alerts.get(id);
                const s = stations.find((x) => x.code === (a.station ??
                        a.members?.[0]));
                const far = (x) => Math.round(Math.hypot((x.lon - s.lon) *
                        103000, (x.lat - s.lat) * 111000));
                const near = (list) => list.map((x) => ({ ...x, distance_m:
                        far(x) })).filter((x) => x.distance_m < 8000)
                        .sort((x, y) => x.distance_m - y.distance_m);
                const kind = (k) => near(facilities.filter((f) =>
                        f.kind === k));

                return { alert: id, radius_m: 5000, incidents:
                        near(incidents(minute_now())), units:
                        near(units(minute_now())), hospitals: kind('hospital'),
                shelters: kind('shelter'), reservoirs: kind('reservoir'),
                ambulance_stations: kind('ambulance_station') };
        }

        const PAGES = { '/': 'index.html', '/wall': 'wall.html',
                '/bulletin': 'bulletin.html', '/favicon.svg': 'favicon.svg' };
        const TYPES = { '.html': 'text/html; charset=utf-8', '.js':
                'text/javascript', '.css': 'text/css', '.svg':
                'image/svg+xml', '.txt': 'text/plain' };

        function send_file(res, pathname)
        {
                const name = PAGES[pathname] || (pathname.startsWith('/app/') ?
                        pathname.slice(1) : null);
                const file = name && path.join(options.site, name);

                if (!file || !fs.existsSync(file)) {
                        res.writeHead(404).end();
                        return;
                }
                res.writeHead(200, { 'Content-Type': TYPES[path.extname(file)],
                        'Content-Security-Policy': "default-src 'self'; " +
                                "img-src 'self' data: blob:; worker-src " +
                                "'self' blob:; style-src 'self'; connect-src " +
                                "'self'; frame-ancestors 'none'" });
                res.end(fs.readFileSync(file));
        }

        async function read_body(req)
        {
                let text = '';

                for await (const part of req)
                        text += part;
                return text;
        }

        function get_api(url, user)
        {
                const p = url.pathname.slice('/api/v1/'.length);
                const id = decodeURIComponent(p.split('/')[1] || '');

                switch (true) {
                case p === 'clock':
                        return { now: rfc(engine_at()), real: rfc(Date.now()),
                                rate: clock.rate, paused: !clock.rate };
                case p === 'session':
                        return user;
                case p === 'sessions':
                        return { sessions: [...sessions].map(([key, u]) => ({
                                ...u, token_hash: key, wall: false, opened_at:
                                        rfc(Date.now()), expires_at: rfc(
                                        Date.now() + 4e7) })) };
                case p === 'config':
                        return { source_line: storm.source_line, city: {
                                code: '440900', name: '茂名市', name_en:
                                        'Maoming', lon: 110.92, lat: 21.66 },
                        demo: true, illustrative: { zh: '边界与河流为示意',
                                en: 'Outlines and rivers are illustrative' },
                        version: '0.1.0' };
                case p === 'zones':
                        return zones;
                case p === 'rivers':
                        return rivers;
                case p === 'facilities':
                        return { facilities };
                case p === 'situation':
                        return snapshot();
                case p === 'bulletin':
                        return bulletin(url);
                case /^rules\/[^/]+\/trace$/.test(p):
                        return made_up_trace(id, url.searchParams.get(
                                'station'), engine_at());
                case p.split('/')[0] === 'rules':
                        return rules.get(p);
                case p === 'forecasts/scores':
                        return scores(url);
                case p === 'quarantine':
                        return { quarantine: [{ id: 1, topic:
                                'sanfang/v1/st/MM-ZZ-XDJ01/up/obs', reason:
                                'range', detail: 'Z 999.000 m', first_at:
                                rfc(engine_at()), last_at: rfc(engine_at()),
                        count: 2, bytes: 88, head: '{"station":"MM-ZZ…' }] };
                case p === 'audit':
                        return { audit: [{ n: 2, real_at: rfc(Date.now()),
                                user: 'duty', role: 'duty', action: 'ack',
                                subject: 'MM-ZZ-XDJ01-flood', outcome: 'ok',
                                detail: 'seen' }] };
                case /^alerts\/[^/]+\/exposed$/.test(p):
                        return exposed(id);
                case /^alerts\/[^/]+$/.test(p):
                        return { ...alerts.get(id), transitions: [{ n: 1,
                                kind: 'raised', from_level: 'none', to_level:
                                        alerts.get(id).level, at:
                                        alerts.get(id).raised_at, real_at:
                                        rfc(Date.now()), agency: null, user:
                                        null, note: null }] };
                case /\/observations$/.test(p):
                        return observations(url);
                case p === 'applicants':
                        return { applicants: [{ name: '0044090299', state:
                                'waiting', first_at: rfc(Date.now() - 9e5),
                        last_at: rfc(Date.now()), messages: 12, waiting: 12,
                        dropped: 0, newest: [{ seq: 3, hex:
                                '7E7E010044090299123432002B02' }] }] };
                case p === 'gaps':
                        return { gaps: [{ subject: stations[3].code, state:
                                'open', owner: 'station', boot: 1697731200,
                        first_number: 211, last_number: 230, missing: 14, asked: 2,
                        noticed_at: rfc(Date.now() - 2e5) }] };
                case p === 'book':
                        return { book: stations.map((s, i) =>
                                duty_of(s, i)).sort((a, b) =>
                                b.loss - a.loss) };
                case /^stations\/[^/]+\/book$/.test(p):
                        return duty_of(stations.find((s) =>
                                s.code === id), 7);
                case /\/conformance$/.test(p):
                        return { station: id, deviations: [{ kind:
                                'aa_fill', zh: '用 AA 填充缺测值', en:
                                'missing value filled with AA', clause:
                                '6.6.2', count: 40, last_at:
                                rfc(Date.now()) }] };
                case /\/texts$/.test(p):
                        return { texts: [{ time: rfc(Date.now()), words:
                                'Q 1.234' }] };
                case /\/pictures$/.test(p):
                        return { pictures: [] };
                case /^stations\/[^/]+$/.test(p):
                        return { code: id, messages: [
                                { seq: 9, time: rfc(Date.now()), refused:
                                        false, reason: null, detail: '', head:
                                        '', n_obs: 1 },
                                { seq: 8, time: rfc(Date.now() - 5000),
                                        refused: true, reason: 'range', detail:
                                        'Z 999.000 m is above 9000 m', head:
                                        '{"station":"MM-ZZ…', n_obs: 0 }] };
                default:
                        return null;
                }
        }

        async function post_api(url, req, res, user)
        {
                const text = await read_body(req);
                const p = url.pathname;

                if (p.startsWith('/api/v1/rules/')) {
                        const [status, out] = rules.post(p.slice(
                                '/api/v1/'.length), text, user);

                        res.statusCode = status;
                        return out;
                }

                const body = JSON.parse(text || '{}');

                if (p === '/api/v1/clock') {
                        set_rate(body.rate);
                        return { now: rfc(engine_at()), rate: body.rate };
                }
                if (p === '/api/v1/session/wall')
                        return { token_url: '/wall?key=mock' };
                if (p === '/api/v1/alerts/ack')
                        return { results: body.alerts.map((id) => ({ id,
                                status: answer_ack(id, user, body).status })) };

                const m = /^\/api\/v1\/alerts\/([^/]+)\/ack$/.exec(p);
                const done = m && answer_ack(decodeURIComponent(m[1]), user,
                        body);

                if (done && done.status === 200)
                        return done.alert;
                res.statusCode = done ? done.status : 404;
                return { title: 'refused', status: res.statusCode };
        }

        async function handle(req, res)
        {
                const url = new URL(req.url, 'http://x');
                const json = (status, body) => {
                        res.writeHead(status, { 'Content-Type':
                                'application/json' });
                        res.end(JSON.stringify(body));
                };
                const user = session_of(req);

                if (!url.pathname.startsWith('/api/'))
                        return send_file(res, url.pathname);
                if (url.pathname === '/api/v1/session' &&
                    req.method === 'POST') {
                        const body = JSON.parse(await read_body(req));
                        const found = users[body.user];
                        const key = Math.random().toString(36).slice(2);

                        if (!found || body.password !== 'mock')
                                return json(401, { title: 'wrong' });
                        sessions.set(key, { user: body.user, zone: '',
                                ...found });
                        res.setHeader('Set-Cookie', `sanfang_session=${key}; ` +
                                'Path=/; HttpOnly; SameSite=Strict');
                        return json(200, sessions.get(key));
                }
                if (!user)
                        return json(401, { title: 'sign in' });
                if (req.method === 'DELETE') {
                        res.writeHead(204).end();
                        return undefined;
                }
                if (url.pathname === '/api/v1/feed')
                        return open_events(res);
                if (url.pathname === '/api/v1/rules/text')
                        return res.end(rules.text());
                if (req.method === 'POST') {
                        const out = await post_api(url, req, res, user);

                        return json(res.statusCode, out);
                }

                const out = get_api(url, user);

                return out ? json(200, out) : json(404, { title: 'unknown' });
        }

        function open_events(res)
        {
                const client = { send: (text) =>
                        res.write(`data: ${text}\n\n`) };

                res.writeHead(200, { 'Content-Type': 'text/event-stream' });
                client.send(JSON.stringify(snapshot()));
                clients.add(client);
                res.on('close', () => clients.delete(client));
        }

        const server = http.createServer((req, res) => {
                Promise.resolve(handle(req, res)).catch((e) => {
                        console.error(e);
                        res.writeHead(500).end();
                });
        });
        const sockets = new WebSocketServer({ noServer: true });

        server.on('upgrade', (req, socket, head) => {
                if (!session_of(req)) {
                        socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
                        return;
                }
                sockets.handleUpgrade(req, socket, head, (ws) => {
                        ws.send(JSON.stringify(snapshot()));
                        clients.add(ws);
                        ws.on('close', () => clients.delete(ws));
                });
        });

        judge(minute_now() - 60);
        last_minute = minute_now() - 5;
        judge(last_minute);
        /* Some have been answered already. */
        [...alerts.values()].filter((_, i) => i % 3 === 1).forEach((a) =>
                answer_ack(a.id, { user: 'hydro', agency: 'hydrology' },
                        { intent: 'acting', note: '已通知沿河镇街' }));

        const timer = setInterval(tick, 1000);

        return {
                server, state, alerts, set_rate, raise_cluster, end_cluster,
                listen: (port) => new Promise((done) => server.listen(port,
                        '127.0.0.1', () => done(server.address().port))),
                drop()
                {
                        for (const ws of sockets.clients)
                                ws.terminate();
                },
                close()
                {
                        clearInterval(timer);
                        for (const ws of sockets.clients)
                                ws.terminate();
                        server.closeAllConnections?.();
                        return new Promise((done) => server.close(done));
                },
        };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
        const arg = (name, other) => {
                const i = process.argv.indexOf(`--${name}`);

                return i > 0 ? process.argv[i + 1] : other;
        };
        const mock = create_mock({ site: path.resolve(arg('site',
                '../../build/console')), at: Number(arg('at', 1640)),
        rate: Number(arg('rate', 60)) });
        const port = await mock.listen(Number(arg('port', 8099)));

        console.log(`http://127.0.0.1:${port}/  user duty, password mock`);
}
