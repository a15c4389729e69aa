/* test/bench/tcp.mjs -- SL 651 terminals on TCP: what many connections cost.
 *
 * N terminals (10,000) stay connected to a sanfangd of their own (no broker,
 * no database) and report once in SECONDS (60) each, evenly spread; each
 * wants its confirmation, so its report is on the disk.  Told: answers, CPU
 * of the server from /proc, its memory, time to the confirmation.
 * Exit 1 when a report was not confirmed or a connection closed.
 *
 *   node tcp.mjs [N [SECONDS]] */
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { report, Terminal } from '../stack/sl651.mjs';
import { cpu_of, resident_mb } from './proc.mjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)),
        '../..');
const BIN = process.env.SANFANG_BIN_DIR ?? path.join(ROOT, 'build/release');
const N = Number(process.argv[2] ?? 10000);
const SECONDS = Number(process.argv[3] ?? 60);
const STEP_MS = 20;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const address = (i) => `44${String(i).padStart(8, '0')}`;

function program(name)
{
        return ['server', 'bin', '.'].map((d) => path.join(BIN, d, name))
                .find((p) => fs.existsSync(p));
}

function free_port()
{
        return new Promise((done) => {
                const s = net.createServer();

                s.listen(0, '127.0.0.1', () => {
                        const port = s.address().port;

                        s.close(() => done(port));
                });
        });
}

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'sanfang-tcp-'));
const port = await free_port();
const env = { ...process.env, SANFANG_STATE_DIR: dir,
        SANFANG_HTTP_PORT: String(await free_port()) };

fs.writeFileSync(path.join(dir, 'sanfang.json'), JSON.stringify({
        state_dir: dir, mqtt: { url: 'tcp://127.0.0.1:1' },
        sl651: { tcp_port: port, max_connections: N + 10,
                max_per_address: Math.min(65535, N + 10) } }));
fs.writeFileSync(path.join(dir, 'stations.csv'),
        ['code,name,kind,lon,lat,county,sl651,sl651_mode',
                ...[...Array(N).keys()].map((i) =>
                        `S${i},s${i},ZZ,110.9,21.6,440981,${address(i)},m2`),
                ''].join('\n'));
const imported = spawnSync(program('sanfang'), ['import', 'stations',
        path.join(dir, 'stations.csv')], { env, encoding: 'utf8' });

if (imported.status !== 0)
        throw new Error(imported.stderr);
const server = spawn(program('sanfangd'), ['--config',
        path.join(dir, 'sanfang.json')], { env, stdio: ['ignore', 'ignore',
        fs.openSync(path.join(dir, 'log'), 'w')] });

process.on('exit', () => {
        server.kill('SIGKILL');
        fs.rmSync(dir, { recursive: true, force: true });
});

const cpu_s = () => cpu_of(server.pid);
const rss_mb = () => resident_mb(server.pid);

async function connect(ms)
{
        const end = Date.now() + ms;

        for (;;) {
                try {
                        return await Terminal.connect(port);
                } catch (error) {
                        if (Date.now() > end)
                                throw error;
                        await pause(50);
                }
        }
}

const terminals = [await connect(20000)];
const empty = rss_mb();

while (terminals.length < N)
        terminals.push(await connect(1000));
const full = rss_mb(), cpu = cpu_s(), begin = performance.now();
const waits = [];
const steps = Math.round(SECONDS * 1000 / STEP_MS);

for (let k = 0; k < steps; k++) {
        await pause(Math.max(0, begin + k * STEP_MS - performance.now()));
        for (let i = Math.floor(k * N / steps);
                i < Math.floor((k + 1) * N / steps); i++) {
                const sent = performance.now();

                terminals[i].socket.once('data',
                        () => waits.push(performance.now() - sent));
                terminals[i].send(report(address(i), 1,
                        new Date().toISOString(), 1.234));
        }
}
for (let i = 0; i < 100 && waits.length < N; i++)
        await pause(50);
const seconds = (performance.now() - begin) / 1000;
const answered = terminals.filter((t) => t.answers.length === 1 &&
        t.answers[0].ok).length;
const closed = terminals.filter((t) => t.closed).length;
const at = (share) => waits[Math.floor(waits.length * share)]?.toFixed(1);

waits.sort((a, b) => a - b);
console.log(`connections            ${N}`);
console.log(`reports, confirmed     ${N}, ${answered} in ${seconds.toFixed(1)} s`);
console.log(`closed                 ${closed}`);
console.log(`cores of sanfangd      ${((cpu_s() - cpu) / seconds).toFixed(3)}`);
console.log(`memory, MB             ${empty} with one, ${full} with all, ` +
        `${rss_mb()} at the end`);
console.log(`confirmed after, ms    median ${at(0.5)}, p99 ${at(0.99)}, ` +
        `most ${at(0.99999)}`);
process.exit(answered === N && closed === 0 ? 0 : 1);
