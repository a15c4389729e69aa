/* test/bench/ingest.mjs -- how many messages a second reach PostGIS?
 *
 * The same publisher (bench_flood: 120 bytes, two observations, QoS 1)
 * against four listeners, taking turns:
 *   server  sanfangd, receipts on, until the rows are committed
 *   count   a bare Paho subscriber that only counts
 *   node    mqtt.js, batches through unnest, ON CONFLICT
 *   single  mqtt.js, one INSERT for each message
 * Then messages of 24 observations against psql's \copy of the same rows,
 * and the time from publish to commit at half of the server's rate.
 * Usage: ./run bench ingest [MESSAGES [STATIONS [ROUNDS]]]
 * Holds: prints figures; status 1 only when something is lost. */
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { spawn, spawnSync } from 'node:child_process';
import { ROOT, Stack, free_ports, pause, until, want }
        from '../stack/stack.mjs';
import { Probe } from './probe.mjs';
import { cpu_family, cpu_of, cpu_threads, quantile } from './proc.mjs';

const MESSAGES = Number(process.argv[2] ?? 200000);
const STATIONS = Number(process.argv[3] ?? 10000);
const ROUNDS = Number(process.argv[4] ?? 3);
const HALF_SECONDS = 30;
const FLOOD = [process.env.SANFANG_BIN_DIR, 'build/release', 'build/main']
        .filter(Boolean).map((d) => path.resolve(ROOT, d,
                'test/bench/bench_flood')).find((f) => fs.existsSync(f));
const code_of = (i) => `F${String(i).padStart(6, '0')}`;
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

/* ---- programs ---- */

function start(program, args, options = {})
{
        const p = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'],
                ...options });
        const said = [];
        let text = '';

        p.stdout.on('data', (d) => {
                text += d;
                said.splice(0, said.length, ...text.split('\n'));
        });
        const done = new Promise((resolve) => p.on('exit', resolve));

        return { p, done, said, saw: (word) => text.includes(word) };
}

async function flood(port, user, password, more = {})
{
        const o = { messages: MESSAGES, rate: 0, items: 2, boot: 1,
                stations: STATIONS, ...more };
        const run = start(FLOOD, ['publish', port, user, password, o.stations,
                o.messages, o.rate, o.items, o.boot, o.begin].map(String));

        want(await run.done === 0, 'bench_flood failed');
        return Number(/seconds=(\S+)/.exec(run.said.join('\n'))[1]);
}

async function bare_broker(dir)
{
        const port = await new Promise((done) => {
                const s = net.createServer().listen(0, '127.0.0.1', () => {
                        const { port: p } = s.address();

                        s.close(() => done(p));
                });
        });
        const file = path.join(dir, 'bare.conf');

        fs.writeFileSync(file, `listener ${port} 127.0.0.1\n` +
                'allow_anonymous true\npersistence false\nlog_type error\n' +
                'max_inflight_messages 1000\nmax_queued_messages 0\n');
        const broker = start('/usr/sbin/mosquitto', ['-c', file]);

        await until('the bare broker', 5000, () => new Promise((done) => {
                const c = net.connect(port, '127.0.0.1',
                        () => { c.end(); done(true); });

                c.on('error', () => done(false));
        }));
        return { port, broker };
}

/* ---- the contestants ---- */

/* The stations of a province: 2 km apart, a square of them, and no river
 * over its lines: rules are run, alerts have benches of their own. */
const place_of = (i) => ({ code: code_of(i), WRZ: 60, GRZ: 62, OBHTZ: 64,
        lon: (110.4 + (i % Math.ceil(Math.sqrt(STATIONS))) * 0.02).toFixed(4),
        lat: (21.4 + Math.floor(i / Math.ceil(Math.sqrt(STATIONS))) * 0.02)
                .toFixed(4) });

function import_stations(s)
{
        const [names, row] = fs.readFileSync(
                path.join(s.dir, 'test-station.csv'), 'utf8')
                .trim().split('\n').map((l) => l.split(','));
        const file = path.join(s.dir, 'flood.csv');

        fs.writeFileSync(file, [names, ...Array.from({ length: STATIONS },
                (_, i) => row.map((v, k) =>
                        place_of(i)[names[k]] ?? v))]
                .map((r) => r.join(',')).join('\n') + '\n');
        s.sanfang('import', 'stations', file);
}

async function archived(s)
{
        await until('archived', 300000, async () =>
                await s.metric('sanfang_journal_queued_bytes') === 0 &&
                await s.metric('sanfang_archive_position') >=
                await s.metric('sanfang_journal_seq'));
}

async function parts_of(s, body)
{
        const pids = { server: s.pid('sanfangd'), broker: s.pid('mosquitto'),
                postgres: s.pid('postgres') };
        const look = () => ({ server: cpu_of(pids.server),
                threads: cpu_threads(pids.server),
                broker: cpu_of(pids.broker),
                postgres: cpu_family(pids.postgres) });
        const a = look(), begin = performance.now();
        const more = await body();
        const seconds = (performance.now() - begin) / 1000, b = look();

        return { ...more, seconds, server: b.server - a.server,
                threads: Object.entries(b.threads).map(([name, used]) =>
                        [name, used - (a.threads[name] ?? 0)]),
                broker: b.broker - a.broker,
                postgres: b.postgres - a.postgres };
}

const observations = (s) => Number(s.sql("SELECT count(*) FROM " +
        "sanfang.observation WHERE station >= 'F000000' AND station < 'G'"));

/* beside(stop) runs while the messages are sent, until stop() says true. */
async function server_run(s, secret, boot, more, beside = async () => {})
{
        const before = observations(s);
        const items = more.items ?? 2;
        const r = await parts_of(s, async () => {
                let end = false;
                const other = beside(() => end);
                const sent = await flood(s.env.SANFANG_MQTT_PORT, 'simulator',
                        secret, { boot, ...more });

                end = true;
                await other;
                await archived(s);
                return { sent };
        });
        const now = observations(s);
        const want_rows = (more.messages ?? MESSAGES) * items;

        want(now - before === want_rows,
                `${now - before} rows, want ${want_rows}`);
        return r;
}

async function count_run(bare)
{
        const c = start(FLOOD, ['count', bare.port, '', '', MESSAGES]
                .map(String));

        await until('the counter', 5000, () => c.saw('ready'));
        const begin = performance.now(), cpu = cpu_of(bare.broker.p.pid);

        await flood(bare.port, '', '', { begin: 1700000000 });
        await c.done;

        const used = Number(/cpu=(\S+)/.exec(c.said.join('\n'))[1]);

        return { seconds: (performance.now() - begin) / 1000, server: used,
                broker: cpu_of(bare.broker.p.pid) - cpu, postgres: 0 };
}

async function node_run(s, bare, mode, messages)
{
        const dir = path.join(ROOT, 'build/bench');
        const n = start(process.execPath, [path.join(ROOT,
                'test/bench/node-pipeline.mjs'), mode, String(bare.port),
        s.env.SANFANG_DB, String(messages)], { cwd: dir,
                env: { ...process.env, NODE_PATH:
                        path.join(dir, 'node_modules') } });

        await until('the Node pipeline', 20000, () => n.saw('ready'));
        const pg = s.pid('postgres');
        const begin = performance.now();
        const a = [cpu_of(n.p.pid), cpu_of(bare.broker.p.pid), cpu_family(pg)];

        await flood(bare.port, '', '', { messages, begin: 1700000000 });
        await until('all committed', 600000, () => n.saw('all'));
        const seconds = (performance.now() - begin) / 1000;
        const b = [cpu_of(n.p.pid), cpu_of(bare.broker.p.pid), cpu_family(pg)];

        n.p.kill('SIGTERM');
        await n.done;
        return { seconds, server: b[0] - a[0], broker: b[1] - a[1],
                postgres: b[2] - a[2] };
}

/* The same rows by psql, 5,000 a batch, into the same table. */
function copy_rate(s)
{
        const file = path.join(s.dir, 'rows.tsv');
        const rows = s.sql("COPY (SELECT 'C' || station, element, \"time\", " +
                'value, missing, marks, received_at, seq, item FROM ' +
                "sanfang.observation WHERE station >= 'F000000' AND station " +
                "< 'G' LIMIT 500000) TO STDOUT").split('\n');
        const parts = [];

        for (let i = 0; i < rows.length; i += 5000) {
                fs.writeFileSync(`${file}.${i}`,
                        rows.slice(i, i + 5000).join('\n') + '\n');
                parts.push(`\\copy sanfang.observation from '${file}.${i}'`);
        }
        const begin = performance.now();
        const r = spawnSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1',
                s.env.SANFANG_DB], { input: parts.join('\n'),
                encoding: 'utf8' });

        want(r.status === 0, r.stderr);
        s.sql("DELETE FROM sanfang.observation WHERE station LIKE 'CF%'");
        return rows.length / (performance.now() - begin) * 1000;
}

/* ---- from publish to commit, at half of what it can ---- */

async function half_load(s, secret, rate, boot, begin)
{
        const messages = Math.ceil(rate * HALF_SECONDS);
        const probe = await Probe.begin(s);
        const from = Date.parse((await s.clock()).now) - 3600 * 1000;

        await server_run(s, secret, boot,
                { messages, rate: Math.round(rate), begin },
                (stop) => probe.run(from, 50, stop));
        probe.end();
        console.log(`\nhalf load, ${Math.round(rate)} messages/s: publish to ` +
                `commit median ${quantile(probe.took_ms, 0.5).toFixed(1)} ms, ` +
                `p99 ${quantile(probe.took_ms, 0.99).toFixed(1)} ms, of ` +
                `${probe.n}; of it one question ` +
                `${quantile(probe.question_ms, 0.5).toFixed(1)} ms`);
}

/* The latest turn of the loop in the last minute or two. */
async function tell_lag(s, after)
{
        const late = await s.metric('sanfang_loop_lag_seconds');

        console.log(`\nloop late at most ${Math.round(late * 1000)} ms (${
                after})`);
}

/* ---- the table ---- */

const table = new Map();
const parts = new Map(); /* thread of sanfangd: CPU µs a message, by round */

function note_threads(messages, threads)
{
        for (const [name, used] of threads)
                parts.set(name, [...parts.get(name) ?? [],
                        used / messages * 1e6]);
}

function print_threads()
{
        console.log('\n| thread of sanfangd | CPU µs/message |\n|---|---|');
        for (const [name, list] of [...parts].map(([k, l]) => [k, median(l)])
                .sort((a, b) => b[1] - a[1]))
                if (list >= 0.05)
                        console.log(`| ${name} | ${list.toFixed(1)} |`);
}

function note(name, messages, r)
{
        const list = table.get(name) ?? [];

        list.push({ rate: messages / r.seconds,
                server: r.server / messages * 1e6,
                broker: r.broker / messages * 1e6,
                postgres: r.postgres / messages * 1e6 });
        table.set(name, list);
}

function print()
{
        const cell = (list, key) => median(list.map((x) => x[key]));
        const server = cell(table.get('server'), 'rate');

        console.log('\n| who | messages/s | server is | CPU µs/message: ' +
                'listener | database | broker |\n|---|---|---|---|---|---|');
        for (const [name, list] of table)
                console.log(`| ${name} | ${Math.round(cell(list, 'rate'))} | ` +
                        `${(server / cell(list, 'rate')).toFixed(2)}x | ` +
                        ['server', 'postgres', 'broker'].map((k) =>
                                cell(list, k).toFixed(1)).join(' | ') + ' |');
}

function node_packages()
{
        const dir = path.join(ROOT, 'build/bench');

        fs.mkdirSync(dir, { recursive: true });
        if (fs.existsSync(path.join(dir, 'node_modules/mqtt')))
                return true;
        return spawnSync('npm', ['install', '--no-audit', '--no-fund',
                '--prefix', dir, 'mqtt@5', 'pg@8'],
        { stdio: 'ignore' }).status === 0;
}

const s = new Stack('ingest', await free_ports());

want(FLOOD, 'bench_flood is not built');
try {
        s.start('--fresh', '--speed', '0');
        const secret = fs.readFileSync(path.join(s.dir,
                'secret/mqtt-simulator'), 'utf8').trim();
        const now = Date.parse((await s.clock()).now) / 1000;
        const bare = await bare_broker(s.dir);
        const node = node_packages();
        const span = (n) => Math.ceil(n / STATIONS) * 60 * 2;
        let boot = 1, begin = Math.floor(now - 70 * 3600);

        import_stations(s);
        await archived(s);
        for (let i = 0; i < ROUNDS; i++) {
                const r = await server_run(s, secret, boot++, { begin });

                note('server', MESSAGES, r);
                note_threads(MESSAGES, r.threads);
                begin += span(MESSAGES);
                note('count', MESSAGES, await count_run(bare));
                if (!node)
                        continue;
                note('node', MESSAGES, await node_run(s, bare, 'batch',
                        MESSAGES));
                note('single', MESSAGES / 20, await node_run(s, bare, 'single',
                        MESSAGES / 20));
        }
        print();
        print_threads();
        await tell_lag(s, 'as fast as it goes');
        const half = median(table.get('server').map((x) => x.rate)) / 2;

        await half_load(s, secret, half, boot++, begin);
        await tell_lag(s, 'half load');
        begin += span(half * HALF_SECONDS);
        const few = Math.ceil(MESSAGES / 10);
        const day = await server_run(s, secret, boot++,
                { begin, messages: few, items: 24 });
        const copied = copy_rate(s);

        console.log(`\n24 observations a message: ` +
                `${Math.round(few * 24 / day.seconds)} rows/s; ` +
                `psql \\copy ${Math.round(copied)} rows/s; ratio ` +
                `${(few * 24 / day.seconds / copied).toFixed(2)}`);
        await tell_lag(s, 'after these');
        bare.broker.p.kill('SIGTERM');
} finally {
        s.stop();
}
process.exit(0);
