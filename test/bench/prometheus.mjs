/* test/bench/prometheus.mjs -- what a rule costs here, and in Prometheus.
 *
 * The same series (bench_prometheus) go to our engine and to a Prometheus of
 * Debian's that listens on this computer only.  Its rules are instant
 * queries, so instant queries are what is measured:
 * sum_over_time(rain[3h]) >= 50 over all stations at each of the last
 * instants, a second after it, so that the windows hold the same slots.
 * CPU is the process's, from /proc; an evaluation is one rule at one
 * station at one instant.  Exit 1 when the two do not find the same.
 *
 *   node prometheus.mjs [STATIONS [INSTANTS]] */
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cpu_of } from './proc.mjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)),
        '../..');
const BIN = process.env.SANFANG_BIN_DIR ?? path.join(ROOT, 'build/release');
const STATIONS = process.argv[2] ?? '1000';
const INSTANTS = process.argv[3] ?? '60';
const WAIT_S = 120;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function free_port()
{
        return new Promise((done) => {
                const s = net.createServer();

                s.listen(0, '127.0.0.1', () => {
                        const { port } = s.address();

                        s.close(() => done(port));
                });
        });
}

function run(program, ...args)
{
        const r = spawnSync(program, args, { encoding: 'utf8',
                timeout: 600e3 });

        if (r.status !== 0)
                throw new Error(`${program}: ${r.stderr || r.error}`);
        return r.stdout;
}

/* Whole chunks of 120 samples, as a server that ran for days has them. */
function load(dir)
{
        run('promtool', 'tsdb', 'create-blocks-from', 'openmetrics',
                '--quiet', '--max-block-duration=240h',
                path.join(dir, 'series.om'), path.join(dir, 'data'));
}

async function start(dir, port)
{
        fs.writeFileSync(path.join(dir, 'empty.yml'), '{}\n');
        const p = spawn('prometheus', [
                `--config.file=${dir}/empty.yml`,
                `--storage.tsdb.path=${dir}/data`,
                '--storage.tsdb.retention.time=50y',
                `--web.listen-address=127.0.0.1:${port}`,
        ], { env: { ...process.env, GOMAXPROCS: '1' },
                stdio: ['ignore', 'ignore',
                        fs.openSync(path.join(dir, 'log'), 'w')] });

        for (let i = 0; i < WAIT_S * 10; i++) {
                if (p.exitCode !== null)
                        break;
                const r = await fetch(`http://127.0.0.1:${port}/-/ready`)
                        .catch(() => null);

                if (r?.ok)
                        return p;
                await pause(100);
        }
        p.kill('SIGKILL');
        throw new Error(`no Prometheus:\n${fs.readFileSync(
                path.join(dir, 'log'), 'utf8').slice(-1000)}`);
}

/* How many stations stand over the limit at the instant. */
async function ask(port, rule, at_s)
{
        const query = `sum_over_time(rain[${rule.hours}h]) >= ` +
                `${rule.limit_mm - 0.001}`; /* its sums are of doubles */
        const url = `http://127.0.0.1:${port}/api/v1/query?time=${at_s + 1}` +
                `&query=${encodeURIComponent(query)}`;
        const r = await (await fetch(url)).json();

        if (r.status !== 'success')
                throw new Error(JSON.stringify(r));
        return r.data.result.length;
}

async function measure(p, port, ours, rule)
{
        let reached = 0;

        await ask(port, rule, ours.end_s); /* what is read once is read */
        const before = cpu_of(p.pid);

        for (let k = ours.instants - 1; k >= 0; k--)
                reached += await ask(port, rule,
                        ours.end_s - k * ours.slot_s);
        return { reached, us: (cpu_of(p.pid) - before) * 1e6 /
                (ours.stations * ours.instants) };
}

function row(name, us, its_us)
{
        console.log(`| ${name} | ${us.toFixed(2)} | ${its_us.toFixed(2)} | ` +
                `${(its_us / us).toFixed(0)} |`);
}

async function compare(p, port, ours)
{
        let wrong = 0, sum_us = 0;

        console.log('| rule | ours, us | Prometheus, us | ratio |');
        console.log('|---|---|---|---|');
        for (const rule of ours.rules) {
                const its = await measure(p, port, ours, rule);

                sum_us += its.us;
                row(`${rule.hours} h >= ${rule.limit_mm} mm`, rule.us, its.us);
                if (its.reached !== rule.reached ||
                    rule.raised !== rule.began) {
                        wrong++;
                        console.log(`  reached ${rule.reached} times, in ` +
                                `Prometheus ${its.reached}; raised ` +
                                `${rule.raised} of ${rule.began}`);
                }
        }
        row('all five, an evaluation', ours.all_us,
                sum_us / ours.rules.length);
        return wrong;
}

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'sanfang-prometheus-'));
const port = await free_port();
let p = null;

try {
        const ours = JSON.parse(run(path.join(BIN,
                'test/bench/bench_prometheus'), path.join(dir, 'series.om'),
        STATIONS, INSTANTS));

        load(dir);
        p = await start(dir, port);
        console.log(`${ours.stations} stations, 72 h of slots, the last ` +
                `${ours.instants} judged; ${run('prometheus', '--version')
                        .split(' (')[0]}`);
        process.exitCode = await compare(p, port, ours) ? 1 : 0;
} finally {
        p?.kill('SIGKILL');
        fs.rmSync(dir, { recursive: true, force: true });
}
