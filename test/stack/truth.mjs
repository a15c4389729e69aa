/* test/stack/truth.mjs -- a planted day against PostGIS: every value once
 * at its time, missing as missing, every rain slot what truly fell, marks
 * and reports where faults were planted, and nothing else.
 *
 * Usage: node test/stack/truth.mjs TRUTH.jsonl DATABASE-URI [--after TIME]
 * prints one line for each difference (at most 20 of a kind) and a summary;
 * exit 1 when there is any.  --after: rows before it may be somebody
 * else's. */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

import { psql } from './psql.mjs';

const SHOWN = 20;

export function read_truth(file)
{
        const truth = { stations: new Map(), values: [], slots: [],
                reports: [] };
        let report;

        for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
                if (!line)
                        continue;
                const x = JSON.parse(line);

                if (x.what === 'report')
                        report = x;
                if (x.what === 'value')
                        x.sent = report.sent;
                if (x.what === 'day')
                        truth.day = x;
                else if (x.what === 'station')
                        truth.stations.set(x.station, x);
                else
                        truth[`${x.what}s`].push(x);
        }
        return truth;
}

/* Rows of columns. */
function rows_of(uri, query)
{
        return psql(uri, query).split('\n').filter((l) => l)
                .map((l) => l.split('|'));
}

const key = (...parts) => parts.join('|');
const micro = (time) => `${Date.parse(time)}000`;
const same = (a, b) => Math.abs(a - b) < 1e-9;
const where = (x) => `${x.station} ${x.element ?? 'rain'} ${x.time}`;

/* Differences by kind. */
class Differences {
        constructor()
        {
                this.kinds = new Map();
        }

        add(kind, words)
        {
                const list = this.kinds.get(kind) ?? [];

                list.push(words);
                this.kinds.set(kind, list);
        }

        get n()
        {
                return [...this.kinds.values()]
                        .reduce((sum, list) => sum + list.length, 0);
        }

        lines()
        {
                const out = [];

                for (const [kind, list] of this.kinds) {
                        for (const words of list.slice(0, SHOWN))
                                out.push(`${kind}: ${words}`);
                        if (list.length > SHOWN)
                                out.push(`${kind}: ${list.length - SHOWN} more`);
                }
                return out;
        }
}

/* ---- rows ---- */

function read_rows(uri)
{
        const rows = new Map();

        for (const [station, element, us, value, missing, marks, received] of rows_of(uri,
                `select station, element,
                 (extract(epoch from "time") * 1000000)::bigint, value,
                 missing, array_to_string(marks, ','),
                 extract(epoch from received_at) * 1000
                 from sanfang.observation`))
                rows.set(key(station, element, us), {
                        value: value === '' ? null : Number(value),
                        missing: missing === 't',
                        marks: marks ? marks.split(',') : [],
                        received: Number(received),
                });
        return rows;
}

function compare_values(truth, rows, d)
{
        for (const v of truth.values) {
                const at = key(v.station, v.element, micro(v.time));
                const row = rows.get(at);

                v.at = at;
                if (!row)
                        d.add('lost', where(v));
                else if (v.value === null && !(row.missing &&
                        row.value === null))
                        d.add('missing became a value',
                                `${where(v)}: ${row.value}`);
                else if (v.value !== null && (row.missing ||
                        !same(row.value, v.value)))
                        d.add('other value', `${where(v)}: ${row.value}, ` +
                                `measured ${v.value}`);
        }
}

function compare_strangers(truth, rows, after, d)
{
        const made = new Set(truth.values.map((v) => v.at));
        const from = Math.max(Date.parse(truth.day.from),
                after ? Date.parse(after) : 0);
        const to = Date.parse(truth.day.to);

        for (const at of rows.keys()) {
                const [station, , us] = at.split('|');
                const ms = us / 1000;

                if (truth.stations.has(station) && ms > from && ms <= to &&
                    !made.has(at))
                        d.add('nobody measured', at);
        }
}

/* ---- marks ---- */

function want_mark(row, v, mark, on, d)
{
        if (row.marks.includes(mark) !== on)
                d.add(`mark ${mark}`, `${where(v)}: ` +
                        (on ? 'planted, not there' : 'there, not planted'));
}

/* "clock": what a terminal sent was stamped more than five minutes off the
 * server's engine time when it came: its clock is slow, or the frame waited
 * for its line. */
function want_clock(row, v, d)
{
        const off = Math.abs(row.received - Date.parse(v.sent)) - 300e3;

        if (Math.abs(off) > 10e3)
                want_mark(row, v, 'clock', off > 0, d);
}

/* What nobody planted: these marks stand nowhere. */
const NEVER = ['conflict', 'test', 'duplicate', 'old', 'revised', 'battery'];

/* The most that one slot of an F4 array can say. */
const F4_FULL = 25.4;

function compare_marks(truth, uri, rows, d)
{
        const clocks = has_table(uri, 'conformance');

        for (const v of truth.values) {
                const row = rows.get(v.at);
                const s = truth.stations.get(v.station);

                if (!row)
                        continue;
                want_mark(row, v, 'late', v.late, d);
                want_mark(row, v, 'missing', v.value === null, d);
                want_mark(row, v, 'repaired', v.element === 'DRP' &&
                        v.value === F4_FULL, d);
                for (const mark of NEVER)
                        want_mark(row, v, mark, false, d);
                if (clocks && s.line !== 'json')
                        want_clock(row, v, d);
        }
}

/* ---- rain ---- */

function compare_slots(truth, uri, after, d)
{
        const from = Math.max(Date.parse(truth.day.from),
                after ? Date.parse(after) : 0);
        const rows = new Map();

        for (const [station, begin, end, value] of rows_of(uri, `select station,
                (extract(epoch from begin_at) * 1000000)::bigint,
                (extract(epoch from "time") * 1000000)::bigint, value
                from sanfang.rain_slot`))
                rows.set(key(station, end), { station, value: Number(value),
                        ms: end / 1000, length: (end - begin) / 60e6 });
        for (const x of truth.slots) {
                const at = key(x.station, micro(x.time));
                const row = rows.get(at);

                rows.delete(at);
                if (!row)
                        d.add('rain lost', `${where(x)}: ${x.value} mm`);
                else if (!same(row.value, x.value))
                        d.add('other rain', `${where(x)}: ${row.value} mm, ` +
                                `fell ${x.value} mm`);
                else if (row.length !== 5)
                        d.add('other slot', `${where(x)}: ${row.length} min`);
        }
        for (const [at, row] of rows)
                if (truth.stations.has(row.station) && row.ms > from &&
                    row.ms <= Date.parse(truth.day.to) && row.value > 0)
                        d.add('rain that did not fall',
                                `${at}: ${row.value} mm`);
}

/* ---- reports about stations ---- */

function has_table(uri, name)
{
        return rows_of(uri, `select to_regclass('sanfang.${name}')`).length > 0;
}

const sl651 = (truth) => [...truth.stations.values()]
        .filter((s) => s.line !== 'json');

/* Of each terminal: how many reports were planted with a fault. */
function planted(truth, station, fault)
{
        return truth.reports.filter((r) => r.station === station && r[fault])
                .length;
}

/* How many of a terminal's reports must have been held against its clock:
 * those that came more than five minutes after they were stamped (near the
 * limit: cannot say). */
function off_clock(truth, rows, station)
{
        const off = new Set();

        for (const v of truth.values)
                if (v.station === station && rows.has(v.at) &&
                    Math.abs(rows.get(v.at).received - Date.parse(v.sent)) >
                            310e3)
                        off.add(v.sent);
        return off.size;
}

/* [least, most] that the meter may have counted of a kind. */
function expected(truth, rows, s)
{
        const harmed = planted(truth, s.station, 'flip') +
                planted(truth, s.station, 'cut');
        const rough = harmed > 0 || s.away_from !== undefined;

        return {
                clock: s.slow_s || s.away_from ?
                        [off_clock(truth, rows, s.station), Infinity] : [0, 0],
                /* On TCP a broken frame names nobody; on MQTT its topic does,
                 * and there a cut is a flipped bit too. */
                broken: [s.line === 'mqtt' ? harmed : 0, harmed],
                /* Told more than thrice, or late, after it had given up. */
                repeats: [0, rough ? Infinity : 0],
                replay: [0, rough ? Infinity : 0],
        };
}

function compare_conformance(truth, uri, rows, d)
{
        const seen = new Map();

        if (!has_table(uri, 'conformance'))
                return;
        for (const [station, kind, count] of rows_of(uri,
                'select station, kind, count from sanfang.conformance'))
                seen.set(key(station, kind), Number(count));
        for (const s of sl651(truth))
                for (const [kind, [least, most]] of Object.entries(
                        expected(truth, rows, s))) {
                        const n = seen.get(key(s.station, kind)) ?? 0;

                        seen.delete(key(s.station, kind));
                        if (n < least || n > most)
                                d.add('conformance', `${s.station} (${
                                        s.line}): ${kind} ${n}, planted ${
                                        least} to ${most}`);
                }
        /* Nothing else is held against who keeps the standard. */
        for (const [at, count] of seen) {
                const [station, kind] = at.split('|');

                if (truth.stations.has(station))
                        d.add('conformance', `${station}: ${kind} ${count}, ` +
                                'not planted');
        }
}

function compare_conflicts(truth, uri, d)
{
        for (const [station, element, time] of rows_of(uri, `select station,
                element, "time" from sanfang.observation_conflict`))
                if (truth.stations.has(station))
                        d.add('conflict', `${station} ${element} ${time}`);
}

/* {n, lines, counts} */
export function compare_truth(truth, uri, after)
{
        const d = new Differences();
        const rows = read_rows(uri);

        compare_values(truth, rows, d);
        compare_strangers(truth, rows, after, d);
        compare_marks(truth, uri, rows, d);
        compare_slots(truth, uri, after, d);
        compare_conflicts(truth, uri, d);
        compare_conformance(truth, uri, rows, d);
        return { n: d.n, lines: d.lines() };
}

/* What is not there yet: for waiting. */
export function count_lost(truth, uri)
{
        const d = new Differences();

        compare_values(truth, read_rows(uri), d);
        return d.kinds.get('lost')?.length ?? 0;
}

export function summary(truth)
{
        const all = sl651(truth);
        const faults = ['duplicate', 'late', 'missing', 'overflow', 'cut',
                'flip', 'babble'];
        const count = (f) => truth.reports.filter((r) => r[f]).length;

        return `${truth.stations.size} stations (${all.length} SL 651, ` +
                `${all.filter((s) => s.line === 'tcp').length} TCP, ` +
                `${all.filter((s) => s.ascii).length} ASCII), ` +
                `${truth.values.length} values, ${truth.slots.length} slots; ` +
                'planted: ' + faults.map((f) => `${f} ${count(f)}`).join(', ') +
                `, slow clocks ${all.filter((s) => s.slow_s).length}, ` +
                `lines away ${all.filter((s) => s.away_from).length}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
        const [file, uri, flag, after] = process.argv.slice(2);

        if (!uri || (flag && flag !== '--after')) {
                console.error('Usage: node truth.mjs TRUTH.jsonl ' +
                        'DATABASE-URI [--after TIME]');
                process.exit(2);
        }
        const truth = read_truth(file);
        const found = compare_truth(truth, uri, after);

        for (const line of found.lines)
                console.log(line);
        console.log(`${summary(truth)}: ${found.n} differences`);
        process.exit(found.n ? 1 : 0);
}
