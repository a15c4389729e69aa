/* test/bench/city.mjs -- the night a city buys this for.
 *
 * 2,000 stations, 50 screens, the storm at 10x: a line of its own, whose
 * storm has come up to the worst hours, for MINUTES of real time.
 *   - each screen keeps the feed open and every half minute looks at one
 *     station (its hydrograph and its rain);
 *   - a value a second is followed to its row and to all 50 screens.
 * Usage: ./run bench city [MINUTES [STATIONS [SCREENS]]] (10 2000 50)
 * Prints a table.  Status 1 when something does not hold: a reading is lost
 * or doubled, a screen fell behind or lost its feed, the storm's clock
 * lost its pace. */
import http from 'node:http';
import path from 'node:path';
import { ROOT, pause, sentence, until, want, with_stack } from
        '../stack/stack.mjs';
import { doubles, read_ledger, settle } from '../stack/ledger.mjs';
import { make_city_day } from './city_day.mjs';
import { Probe } from './probe.mjs';
import { cpu_family, cpu_of, quantile, resident_mb } from './proc.mjs';

const MINUTES = Number(process.argv[2] ?? 10);
const STATIONS = Number(process.argv[3] ?? 2000);
const SCREENS = Number(process.argv[4] ?? 50);
const RATE = 10;
const BEGIN = '2023-10-20T05:00';
const LOOK_MS = 30000;

const day = path.join(ROOT, 'build/bench/city-day');
const probes = new Map(); /* value: when it was sent and who has seen it */
const seen_ms = [];

function pace(s, rate)
{
        return s.signIn('admin').then((a) => a.post('/clock', { rate }))
                .then((r) => want(r.status === 200, r.text));
}

/* A screen: its feed, what is wrong with it, and the time of its looks.
 * It parses nothing but what it must: the 50 share one processor here. */
class Screen {
        constructor(session, station, codes)
        {
                this.session = session;
                this.value = `{"station":"${station}","element":"Z"`;
                this.codes = codes;
                this.bytes = this.deltas = this.snapshots = this.cuts = 0;
                this.back = 0; /* sequence numbers that did not rise */
                this.look_ms = [];
                this.rest = [];
                this.request = http.get(`${session.url}/api/v1/feed`,
                        { headers: { cookie: session.cookie,
                                accept: 'text/event-stream' } }, (answer) => {
                                answer.on('data', (more) => this.read(more));
                                answer.once('close', () => this.cuts++);
                        });
                this.request.once('error', () => this.cuts++);
        }

        /* An event ends with an empty line. */
        read(more)
        {
                const last = this.rest.at(-1);
                let end;

                this.bytes += more.length;
                if (last?.at(-1) === 10 && more[0] === 10) { /* cut in two */
                        this.take(this.rest);
                        this.rest = [];
                        more = more.subarray(1);
                }
                while ((end = more.indexOf('\n\n')) >= 0) {
                        this.take([...this.rest, more.subarray(0, end)]);
                        this.rest = [];
                        more = more.subarray(end + 2);
                }
                if (more.length)
                        this.rest.push(more);
        }

        take(pieces)
        {
                const head = pieces[0].toString('latin1', 0, 200);
                const m = /data: ?{"type":"(\w+)","seq":(\d+)/.exec(head);

                if (!m)
                        return;
                if (Number(m[2]) < this.seq)
                        this.back++;
                this.seq = Number(m[2]);
                if (m[1] === 'snapshot') {
                        this.snapshots++;
                        return;
                }
                this.deltas++;
                this.look(Buffer.concat(pieces));
        }

        look(event)
        {
                for (let at = 0; (at = event.indexOf(this.value, at)) >= 0;
                        at++) {
                        const v = /"value":([0-9.]+)/.exec(
                                event.toString('latin1', at, at + 200));

                        if (v)
                                this.see(Number(v[1]));
                }
        }

        see(value)
        {
                const p = probes.get(value);

                if (!p || p.by.has(this))
                        return;
                p.by.add(this);
                seen_ms.push(performance.now() - p.sent);
        }

        async work(stop)
        {
                await pause(Math.random() * LOOK_MS);
                while (!stop()) {
                        const code = this.codes[Math.floor(Math.random() *
                                this.codes.length)];
                        const begin = performance.now();

                        for (const what of ['observations?element=Z', 'rain']) {
                                const r = await this.session.get(
                                        `/stations/${code}/${what}`);

                                want(r.status === 200,
                                        `${code}/${what}: ${r.status}`);
                        }
                        this.look_ms.push(performance.now() - begin);
                        await pause(LOOK_MS);
                }
        }
}

const figures = (list) => (list.length ? `median ${
        quantile(list, 0.5).toFixed(1)}, p99 ${quantile(list, 0.99).toFixed(1)
}, worst ${Math.max(...list).toFixed(1)}` : 'none');

function costs(s)
{
        const pid = (part) => s.pid(part);

        return { sanfangd: cpu_of(pid('sanfangd')),
                mosquitto: cpu_of(pid('mosquitto')),
                storm: cpu_of(pid('storm')),
                postgres: cpu_family(pid('postgres')) };
}

async function engine_now(s)
{
        return Date.parse((await s.clock()).now);
}

/* The worst turn of the loop: the gauge holds a minute. */
async function watch_loop(s, stop)
{
        let worst = 0;

        for (; !stop(); await pause(5000))
                worst = Math.max(worst,
                        await s.metric('sanfang_loop_lag_seconds') * 1000);
        return worst;
}

function tell(rows)
{
        for (const [name, value] of rows)
                console.log(`  ${name.padEnd(34)} ${value}`);
}

const n = make_city_day(path.join(ROOT, 'test/days/sanba-2023'), day,
        STATIONS);

await with_stack('city', async (s) => {
        const screens = [];
        let end = false;
        const stop = () => end;

        await sentence(`${n} stations; the storm comes up to ${BEGIN}`,
                async () => {
                        await pace(s, 150);
                        await until(BEGIN, 30 * 60000, async () => {
                                await pause(1000);
                                return (await s.clock()).now >= BEGIN;
                        });
                        await pace(s, RATE);
                });

        await sentence(`${SCREENS} screens have the situation`, async () => {
                const viewer = await s.signIn('viewer');
                const codes = (await viewer.get('/situation')).json.stations
                        .map((x) => x.code);

                for (let i = 0; i < SCREENS; i++)
                        screens.push(new Screen(viewer,
                                s.env.SANFANG_STATION_CODE, codes));
                await until('all', 60000, () =>
                        screens.every((x) => x.snapshots));
        });

        await sentence(`${MINUTES} minutes of the storm at ${RATE}x`,
                async () => {
                        const probe = await Probe.begin(s);
                        const pid = s.pid('sanfangd');
                        const cpu = costs(s), rows = Number(s.sql(
                                'select count(*) from sanfang.observation'));
                        const begin = performance.now();
                        const engine = await engine_now(s);
                        const jobs = [
                                probe.run(engine, 1000, stop, (value) =>
                                        probes.set(value, { by: new Set(),
                                                sent: performance.now() })),
                                ...screens.map((x) => x.work(stop)),
                        ];
                        const lag = watch_loop(s, stop);

                        await Promise.race([pause(MINUTES * 60000),
                                Promise.all(jobs)]);
                        end = true;
                        const seconds = (performance.now() - begin) / 1000;
                        const pace_seen = (await engine_now(s) - engine) /
                                1000 / seconds;
                        const used = costs(s);

                        await Promise.all(jobs);
                        probe.end();
                        tell([
                                ['rows a second', ((Number(s.sql('select ' +
                                        'count(*) from sanfang.observation')) -
                                        rows) / seconds).toFixed(0)],
                                ['engine seconds a second',
                                        pace_seen.toFixed(3)],
                                ['publish to row, ms', figures(probe.took_ms)],
                                ['  of it one question, ms',
                                        figures(probe.question_ms)],
                                ['publish to a screen, ms', figures(seen_ms)],
                                ['a station looked at, ms', figures(
                                        screens.flatMap((x) => x.look_ms))],
                                ['deltas a screen',
                                        screens[0].deltas],
                                ['kB/s a screen', (screens[0].bytes / 1000 /
                                        seconds).toFixed(1)],
                                ['loop late, worst ms',
                                        (await lag).toFixed(1)],
                                ['sanfangd, MB', resident_mb(pid)],
                                ...Object.keys(used).map((k) => [`${k}, cores`,
                                        ((used[k] - cpu[k]) / seconds)
                                                .toFixed(3)]),
                        ]);
                        want(s.pid('sanfangd') === pid, 'it was restarted');
                        want(Math.abs(pace_seen / RATE - 1) < 0.02,
                                `the storm's pace is ${pace_seen}`);
                });

        await sentence('no screen lost its feed, went back or missed a value',
                async () => {
                        want(screens.every((x) => x.cuts === 0 &&
                                x.snapshots === 1), 'a feed was cut');
                        want(screens.every((x) => x.back === 0), 'seq fell');
                        const unseen = [...probes.values()].slice(0, -5)
                                .filter((p) => p.by.size < SCREENS);

                        want(unseen.length === 0, `${unseen.length} of ` +
                                `${probes.size} not on all screens`);
                        return `${probes.size} values on ${SCREENS} screens`;
                });

        await sentence('ledger and PostGIS agree: nothing lost, nothing ' +
                'twice', async () => {
                await pace(s, 0);
                const found = await settle(s, 300000);

                want(found.wrong.length === 0, JSON.stringify(found.wrong[0]));
                want(doubles(s) === 0, `${doubles(s)} doubled`);
                const senders = new Set(read_ledger(s).map((l) => l.station))
                        .size;

                want(senders === n, `only ${senders} of ${n} stations sent`);
                return `${found.n} readings of ${senders} stations`;
        });
        for (const x of screens)
                x.request.destroy();
}, { env: { SANFANG_DEMO_DAY: day } });
