/* test/oracle/rules.mjs -- does the rule engine find each crossing once?
 *
 * Usage: node rules.mjs DRIVE [--crossings N] [--seed S]
 *        node rules.mjs DRIVE --script ROUND STATION   what the engine got
 *
 * Makes random floods, storms and gales, works out from the sorted truth
 * when each rule of rules.json held (by docs/rules.md; nothing is shared
 * with the engine but that text), and gives the engine the same data late,
 * doubled, shuffled, with slips that are amended later, and restarts in the
 * middle. Each crossing must have exactly one episode with its worst level,
 * and each episode a crossing. Prints the tally; exit 1: one did not. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const SLOT = 300;
const HOURS = 40;
const QUIET_HOURS = 8; /* at the end, in order: all that began has ended */
const STATIONS = 24; /* half of them rivers, half rain and wind */
const LEVELS = ['none', 'white', 'blue', 'yellow', 'orange', 'red'];

/* ---- chance: the same numbers for the same seed ---- */

let state = 1;

function chance(n)
{
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return Math.floor(state / 4294967296 * n);
}

/* ---- the truth ---- */

/* Bursts of random height and length between quiet times. */
function make_series(quiet, low, high, wild, holes)
{
        const out = new Map();
        let left = 10 + chance(40), burst = false, around = low;

        for (let t = SLOT; t <= HOURS * 3600; t += SLOT) {
                if (left-- <= 0) {
                        burst = !burst;
                        left = burst ? 1 + chance(20) : 4 + chance(50);
                        around = low + chance(high - low);
                }
                if (chance(holes) === 0)
                        continue;
                out.set(t, burst ? Math.max(0, around + chance(wild) -
                        Math.floor(wild / 2)) : chance(quiet + 1));
        }
        for (let t = HOURS * 3600 + SLOT; t <= (HOURS + QUIET_HOURS) * 3600;
                t += SLOT)
                out.set(t, 0);
        return out;
}

/* What is known of a window (t - w, t]: sum, largest, share of its slots. */
function window(series, t, w)
{
        let sum = 0, max = -Infinity, n = 0;

        for (let k = t - w + SLOT; k <= t; k += SLOT) {
                const v = series.get(k);

                if (v === undefined)
                        continue;
                sum += v;
                max = Math.max(max, v);
                n++;
        }
        return { sum, max, n, full: n * SLOT * 10 >= w * 9 };
}

/* Yes, no or unknown as 1, 0 and 0.5: "and" is the least, "or" the most. */
const atleast = (known, full, limit) => (known >= limit ? 1 : full ? 0 : 0.5);

const LINES = {
        flood: (s, t, ease) => {
                const z = s.level.get(t);

                return [[2, s.wrz - 300], [3, s.wrz], [4, s.wrz + 1000],
                        [5, s.wrz + 3000]].map(([level, limit]) =>
                        [level, z >= limit - 50 * ease ? 1 : 0]);
        },
        rainstorm: (s, t, ease) => {
                const [h1, h3, h6] = [1, 3, 6].map((h) =>
                        window(s.rain, t, h * 3600));
                const e = 2000 * ease;
                const reach = (w, mm) => atleast(w.sum, w.full, mm * 1000 - e);

                return [[3, Math.max(reach(h1, 20), reach(h6, 60))],
                        [4, reach(h3, 50)], [5, reach(h3, 100)]];
        },
        wind: (s, t, ease) => {
                const w = window(s.wind, t, 900);

                return [[2, 10800], [3, 17200]].map(([level, limit]) =>
                        [level, atleast(w.max, w.full, limit - 1000 * ease)]);
        },
        drought: (s, t, ease) => {
                const w = window(s.wind, t, 900), r = window(s.rain, t, 1800);

                return [[4, Math.min(
                        atleast(w.max, w.full, 10800 - 1000 * ease),
                        atleast(r.sum, r.full, 8000))]];
        },
};
const HOLD = { flood: 1800, rainstorm: 1800, wind: 900, drought: 600 };

function times_of(s, hazard)
{
        const of = { flood: [s.level], rainstorm: [s.rain], wind: [s.wind],
                drought: [s.wind, s.rain] }[hazard];

        return [...new Set(of.flatMap((x) => [...x.keys()]))].sort(
                (a, b) => a - b);
}

/* The spans in which a rule held: on at its line, off when clear of it by
 * the hysteresis for the hold. */
function crossings(s, hazard)
{
        const spans = [];
        const on = new Map(), below = new Map();
        let span = null;

        for (const t of times_of(s, hazard)) {
                const eased = new Map(LINES[hazard](s, t, 1));
                let worst = 0;

                for (const [level, holds] of LINES[hazard](s, t, 0)) {
                        if (holds === 1) {
                                on.set(level, true);
                                below.delete(level);
                        } else if (on.get(level) && eased.get(level) === 0 &&
                                holds === 0) {
                                if (!below.has(level))
                                        below.set(level, t);
                                if (t - below.get(level) >= HOLD[hazard]) {
                                        on.set(level, false);
                                        below.delete(level);
                                }
                        } else {
                                below.delete(level);
                        }
                        if (on.get(level))
                                worst = Math.max(worst, level);
                }
                if (worst && !span) {
                        span = { hazard, begin: t, end: Infinity, peak: 0,
                                episodes: 0 };
                        spans.push(span);
                }
                if (span)
                        span.peak = Math.max(span.peak, worst);
                if (span && !worst) {
                        span.end = t;
                        span = null;
                }
        }
        return spans;
}

function make_station(i)
{
        if (i % 2 === 0) {
                const wrz = 5000 + 500 * chance(20);
                const shape = make_series(1500, 1500, 6500, 600, 60);
                const level = new Map([...shape].map(([t, v]) =>
                        [t, wrz - 3000 + v]));

                return { kind: 'ZZ', wrz, level, rain: new Map(),
                        wind: new Map() };
        }
        return { kind: 'PP', wrz: 0, level: new Map(),
                rain: make_series(0, 500, 6000, 2000, 80),
                wind: make_series(9000, 9000, 22000, 3000, 50) };
}

/* ---- what the engine gets ---- */

/* A message and when it comes, in seconds. */
function messages_of(s, i, counts)
{
        const out = [];
        const put = (at, line) => out.push({ at, line, by: chance(1e9) });
        const value = (element, t, v, revised) => (element === 'rain' ?
                `P ${i} ${t} ${v}` : `V ${i} ${element} ${t} ${v} ${revised}`);
        const feed = (element, series, wrong) => {
                for (const [t, v] of series) {
                        const quiet = t > HOURS * 3600;
                        const kind = quiet ? 99 : chance(100);
                        const room = Math.max(0, HOURS * 3600 - t);
                        const late = kind < 20 ? chance(7200) : kind < 28 ?
                                chance(HOURS * 3600) : 0;
                        const at = t + Math.min(late, room);

                        if (kind >= 30 && kind < 32) { /* a slip, amended */
                                put(at, value(element, t, wrong(), 0));
                                put(at + 1 + chance(Math.max(1, room)),
                                        value(element, t, v, 1));
                                counts.amended++;
                                continue;
                        }
                        put(at, value(element, t, v, 0));
                        counts.late += late > 0;
                        if (kind >= 32 && kind < 36) {
                                put(at + chance(3600), value(element, t, v, 0));
                                counts.doubled++;
                        }
                }
        };

        feed('Z', s.level, () => s.wrz - 3000 + chance(8000));
        feed('rain', s.rain, () => chance(60000));
        feed('US', s.wind, () => chance(30000));
        return out;
}

function script(stations, counts)
{
        const all = stations.flatMap((s, i) => messages_of(s, i, counts))
                .sort((a, b) => a.at - b.at || a.by - b.by);
        const lines = [`N ${path.join(HERE, 'rules.json')}`,
                ...stations.map((s, i) => `S ST${i} ${s.kind} ${s.wrz}`)];

        for (const [k, m] of all.entries()) {
                lines.push(m.line);
                if (k % Math.ceil(all.length / 3) === 1000) {
                        lines.push('X');
                        counts.restarts++;
                }
        }
        lines.push('E');
        counts.messages += all.length;
        return lines.join('\n');
}

/* ---- compare ---- */

function compare(stations, answer, tally, round)
{
        const truth = stations.map((s) => Object.keys(LINES).flatMap(
                (h) => crossings(s, h)));
        const wrong = (what, i, x) => {
                tally[what]++;
                if (tally.told++ < 10)
                        console.log(`  ${what}: round ${round}, station ${i}, ` +
                                JSON.stringify(x));
        };

        const settle = (i, span, x) => {
                if (span.episodes++)
                        wrong('doubled', i, { ...span, ...x });
                else if (LEVELS.indexOf(x.peak) < span.peak)
                        wrong('misjudged', i, { ...x, begin: span.begin,
                                end: span.end, want: LEVELS[span.peak] });
        };
        const astray = [];

        for (const line of answer) {
                const [i, hazard, status, peak, at, ended] = line.split(' ');
                const x = { hazard, status, peak, at: Number(at),
                        ended: Number(ended) || Infinity };

                if (status === 'merged' || status === 'withdrawn') {
                        tally[status]++;
                        continue;
                }
                const span = truth[i].find((c) => c.hazard === hazard &&
                        x.at >= c.begin && x.at < c.end);

                if (span)
                        settle(i, span, x);
                else
                        astray.push([i, x]);
        }
        /* Raised by a slip, and a real crossing came while it stood. */
        for (const [i, x] of astray) {
                const span = truth[i].findLast((c) => c.hazard === x.hazard &&
                        x.at < c.end && c.begin < x.ended);

                if (span)
                        settle(i, span, x);
                else
                        wrong('invented', i, x);
        }
        for (const [i, spans] of truth.entries())
                for (const x of spans) {
                        tally.crossings++;
                        if (!x.episodes)
                                wrong('missed', i, x);
                }
}

async function main(args)
{
        const option = (name, usual) => (args.includes(name) ?
                Number(args[args.lastIndexOf(name) + 1]) : usual);
        const wanted = option('--crossings', 10000);
        const seed = option('--seed', 20231020);
        const child = spawn(args[0], { stdio: ['pipe', 'pipe', 'inherit'] });
        const answers = createInterface({ input: child.stdout })[
                Symbol.asyncIterator]();
        const tally = { crossings: 0, missed: 0, invented: 0, doubled: 0,
                misjudged: 0, merged: 0, withdrawn: 0, told: 0 };
        const counts = { messages: 0, late: 0, doubled: 0, amended: 0,
                restarts: 0 };
        const begin = Date.now();
        let told = begin;

        if (args[1] === '--script') {
                const [round, station] = args.slice(2, 4);

                state = (seed + Number(round) * 7919) >>> 0;
                console.log(script(Array.from({ length: STATIONS },
                        (_, i) => make_station(i)), counts).split('\n')
                        .filter((l) => !/^[PV]/.test(l) ||
                                l.split(' ')[1] === station)
                        .join('\n'));
                child.stdin.end();
                return;
        }
        for (let round = 0; tally.crossings < wanted; round++) {
                state = (seed + round * 7919) >>> 0;

                const stations = Array.from({ length: STATIONS },
                        (_, i) => make_station(i));
                const answer = [];

                child.stdin.write(`${script(stations, counts)}\n`);
                for (;;) {
                        const { value, done } = await answers.next();

                        if (done)
                                throw new Error('the engine stopped');
                        if (value === '.')
                                break;
                        answer.push(value);
                }
                compare(stations, answer, tally, round);
                if (Date.now() - told > 10000) {
                        told = Date.now();
                        console.log(`  ${tally.crossings} of ${wanted} ` +
                                'crossings');
                }
        }
        child.stdin.end();

        const bad = tally.missed + tally.invented + tally.doubled +
                tally.misjudged;

        console.log(`seed ${seed}: ${tally.crossings} crossings in ` +
                `${counts.messages} messages (${counts.late} late, ` +
                `${counts.doubled} doubled, ${counts.amended} slips amended, ` +
                `${counts.restarts} restarts): ${tally.missed} missed, ` +
                `${tally.invented} invented, ${tally.doubled} doubled, ` +
                `${tally.misjudged} judged too low; ${tally.merged} merged, ` +
                `${tally.withdrawn} withdrawn; ` +
                `${Math.round((Date.now() - begin) / 1000)} s`);
        process.exitCode = bad ? 1 : 0;
}

await main(process.argv.slice(2));
