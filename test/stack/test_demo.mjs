/* test/stack/test_demo.mjs -- the promises of ./run demo itself: busy
 * ports, a part that dies, a second start. */
import fs from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import {
        ROOT, Stack, alive, free_ports, occupy, pause, sentence, until, want,
} from './stack.mjs';

const ports = await free_ports();
const s = new Stack('demo', ports);
const busy = [await occupy(ports), await occupy(ports + 1)];
const PARTS = ['postgres', 'mosquitto', 'sanfangd', 'storm'];
let failed = 0;
let seen = [];

async function check(name, body)
{
        await sentence(name, async () => {
                failed++;
                const note = await body();

                failed--;
                return note;
        });
}

await check('busy ports are stepped over, in clear words', () => {
        const said = s.start('--fresh');

        want(s.env.SANFANG_URL !== `http://127.0.0.1:${ports}`, s.env.SANFANG_URL);
        want(said.includes(`Port ${ports} is busy`), said);
        want(said.includes(`Port ${ports + 1} is busy`), said);
});
busy.forEach((server) => server.close());

if (!s.env)
        process.exit(1);

await check('the environment file has what scripts need', () => {
        for (const name of ['SANFANG_URL', 'SANFANG_MQTT_URL', 'SANFANG_DB',
                'SANFANG_STATE_DIR', 'SANFANG_DEMO_PASSWORD',
                'SANFANG_STATION_CODE', 'SANFANG_STATION_USER',
                'SANFANG_STATION_PASSWORD', 'SANFANG_LISTENER_USER',
                'SANFANG_LISTENER_PASSWORD'])
                want(s.env[name], `${name} is missing`);
        const mode = fs.statSync(path.join(s.dir, 'env')).mode & 0o777;

        want(mode === 0o600, `mode ${mode.toString(8)}`);
});

await check('no secret is in a command line', () => {
        const secrets = fs.readdirSync(path.join(s.dir, 'secret'))
                .map((f) => fs.readFileSync(path.join(s.dir, 'secret', f),
                        'utf8').trim());

        for (const part of PARTS) {
                const line = fs.readFileSync(`/proc/${s.pid(part)}/cmdline`,
                        'utf8');

                want(!secrets.some((word) => line.includes(word)),
                        `${part}: ${line}`);
        }
});

await check('all seven users sign in', async () => {
        for (const user of ['viewer', 'operator', 'duty', 'hydro',
                'health120', 'county', 'admin'])
                await s.signIn(user);
});

for (const part of PARTS)
        await check(`${part} is back after kill -9`, async () => {
                const ms = await s.kill(part);

                await pause(1500);
                want(alive(s.pid(part)), `${part} did not stay`);
                return `new process after ${ms} ms`;
        });

await check('the line works again', async () => {
        const viewer = await until('sign-in', 10000, () => s.signIn('viewer'));
        const feed = viewer.feed();

        await until('links', 20000, async () => {
                const r = await s.ready();

                return r.database.up && r.broker.up;
        });
        await feed.find('delta with values', 20000,
                (m) => m.type === 'delta' && m.values?.length);
        seen = (await viewer.alerts('all')).map((a) => a.id).sort();
        await feed.close();
});

await check('./run stop ends every part', () => {
        const pids = PARTS.map((p) => s.pid(p));

        s.stop();
        want(!pids.some(alive), `still there: ${pids.filter(alive)}`);
});

await check('a pid file that names a stranger is not believed', () => {
        fs.writeFileSync(path.join(s.dir, 'sanfangd.pid'), `${process.pid}\n`);
        fs.writeFileSync(path.join(s.dir, 'supervisor.pid'),
                `${process.pid}\n`);
        s.stop();
        want(alive(process.pid), 'not reached');
});

await check('a second start goes on where the first ended', async () => {
        const begin = Date.now();

        s.start();
        const took = Date.now() - begin;
        const viewer = await s.signIn('viewer');
        const now = (await viewer.alerts('all')).map((a) => a.id);

        want(took < 15000, `${took} ms`);
        want(seen.every((id) => now.includes(id)), 'alerts are missing');
        return `${took} ms`;
});

await check('another demo in the same folder is not started', () => {
        want(/runs already/.test(s.start()), s.said);
});

await check('--speed is 0, 1, 10, 60 or 150', () => {
        const r = spawnSync(path.join(ROOT, 'run'), ['demo', '--speed', '7'],
                { encoding: 'utf8', env: { ...process.env, ...s.given } });

        want(r.status === 1 && /--speed is/.test(r.stderr), r.stderr);
});

await check('a folder with other things is left alone', () => {
        const dir = fs.mkdtempSync('/tmp/sanfang-other-');

        fs.writeFileSync(path.join(dir, 'precious'), 'x');
        const r = spawnSync(path.join(ROOT, 'run'),
                ['demo', '--detach', '--fresh'], { encoding: 'utf8',
                        env: { ...process.env, ...s.given,
                                SANFANG_STATE_DIR: dir } });

        want(r.status === 1 && /holds other things/.test(r.stderr), r.stderr);
        want(fs.existsSync(path.join(dir, 'precious')), 'it was removed');
        fs.rmSync(dir, { recursive: true });
});

s.stop();
process.exit(failed ? 1 : 0);
