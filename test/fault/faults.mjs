/* test/fault/faults.mjs -- the storm, and fault after fault.
 *
 * Usage: node test/fault/faults.mjs [--faults N] [--seed S] [--minutes M]
 * (500, of the clock, 40); `./run fault` runs it, `./run test` a hundredth.
 *
 * Each round does one to three of these at once, by chance: kill -9 or
 * SIGSTOP and SIGCONT of server, postmaster, a backend, broker or the
 * stations' sender; harm to one of the three lines (stations-broker,
 * server-broker, server-PostgreSQL) by the proxy.  A round is over when
 * both links are up, and a station's message and a record of after it are
 * in PostGIS.  At the end: ledger = PostGIS, none lost, none twice, and the
 * journal run again gives the same rows. */
import fs from 'node:fs';
import path from 'node:path';
import { alive, pause, sentence, until, want, with_stack } from
        '../stack/stack.mjs';
import { chance, figures, pick } from './chance.mjs';
import { agree, backends, option, pace, recovered, same_again, signal, UP_MS }
        from './drill.mjs';
import { HARMS, Proxy, postgres_message } from './proxy.mjs';

const FAULTS = option('faults', 500);
const SEED = option('seed', Date.now() % 1000000);
const MINUTES = option('minutes', 40);
const RATE = option('rate', 10);
/* The day ends at midnight; from here on slowly, so that it lasts. */
const LATE = '2023-10-20T22:00';
const PARTS = ['sanfangd', 'postgres', 'mosquitto', 'storm'];
const random = chance(SEED);

/* ---- who can be hurt ---- */

async function kill_part(s, part)
{
        const old = s.pid(part);

        signal(old, 'SIGKILL');
        await until(`${part} is back`, UP_MS, () => {
                const now = s.pid(part);

                return now !== old && alive(now);
        });
}

async function stop_part(s, part)
{
        const pids = [s.pid(part),
                ...part === 'postgres' ? backends(s) : []];

        pids.forEach((pid) => signal(pid, 'SIGSTOP'));
        await pause(200 + random() * 2500);
        pids.forEach((pid) => signal(pid, 'SIGCONT'));
}

async function kill_backend(s)
{
        const pid = pick(random, backends(s));

        if (pid !== undefined)
                signal(pid, pick(random, ['SIGKILL', 'SIGTERM']));
}

/* A cut is mostly short, at times longer than the keep-alive of 10 s. */
function cut_ms(harm)
{
        if (['drop', 'hold'].includes(harm) && random() < 0.06)
                return 12000 + random() * 4000;
        return 100 + random() * 1400;
}

/* One fault: {name, act}.  Chance is drawn here, so that a seed gives the
 * same list. */
function draw(s, proxies)
{
        const kind = random();

        if (kind < 0.34) {
                const part = pick(random, PARTS);

                return { name: `kill ${part}`, act: () => kill_part(s, part) };
        }
        if (kind < 0.5) {
                const part = pick(random, PARTS);

                return { name: `stop ${part}`, act: () => stop_part(s, part) };
        }
        if (kind < 0.57)
                return { name: 'kill backend', act: () => kill_backend(s) };
        const proxy = pick(random, proxies);
        const harm = pick(random, HARMS);
        const ms = cut_ms(harm);

        return { name: `${harm} ${proxy.name}`,
                act: () => proxy.hurt(harm, ms, random) };
}

/* ---- a round ---- */

async function keep_pace(s)
{
        const { now, rate } = await s.clock();

        if (now > LATE && rate > 10)
                await pace(s, 10);
}

async function round(s, proxies, n, times, tally)
{
        const list = [];
        const used = new Set();

        while (list.length < n) {
                const f = draw(s, proxies);
                const where = f.name.split(' ').slice(1).join(' ');

                if (used.has(where))
                        continue;
                used.add(where);
                list.push(f);
        }
        const names = list.map((f) => f.name).join(' + ');
        const begin = Date.now();

        await Promise.all(list.map(async (f, i) => {
                await pause(i * random() * 500);
                await f.act();
        }));
        await recovered(s, names);
        const ms = Date.now() - begin;

        fs.appendFileSync(path.join(s.dir, 'log/faults.log'),
                `${new Date().toISOString()} ${ms} ${names}\n`);
        for (const f of list) {
                tally[f.name] = (tally[f.name] ?? 0) + 1;
                const part = f.name.split(' ').slice(1).join(' ');

                (times[part] ??= []).push(ms);
        }
        return list.length;
}

console.log(`# seed ${SEED}: node test/fault/faults.mjs --seed ${SEED} ` +
        `--faults ${FAULTS}`);

const proxies = [];

async function lines(ports)
{
        const [pg, server, stations] = [
                new Proxy('server-PostgreSQL', ports + 2, postgres_message),
                new Proxy('server-broker', ports + 1),
                new Proxy('stations-broker', ports + 1)];

        pg.corrupt_first = true;
        proxies.push(pg, server, stations);
        await Promise.all(proxies.map((p) => p.listen()));
        return { SANFANG_DRILL_PG_PORT: String(pg.port),
                SANFANG_DRILL_MQTT_PORT: String(server.port),
                SANFANG_DRILL_STORM_PORT: String(stations.port) };
}

await with_stack(FAULTS < 100 ? 'fault-short' : 'fault-many', async (s) => {
        const times = {};
        const tally = {};
        let done = 0;

        await sentence(`the storm runs at ${RATE}x over three lines that can ` +
                'be cut', async () => {
                await pace(s, RATE);
                want(proxies[0].target === Number(new URL(
                        s.env.SANFANG_DB).port) && proxies[1].target ===
                        Number(s.env.SANFANG_MQTT_PORT), 'other ports');
                await recovered(s, 'the start');
                want(proxies.every((p) => p.counts.bytes > 0),
                        'a line is not used');
        });

        await sentence(`${FAULTS} faults, one to three at once`, async () => {
                const end = Date.now() + MINUTES * 60000;

                while (done < FAULTS && Date.now() < end) {
                        const n = Math.min(FAULTS - done,
                                pick(random, [1, 1, 2, 2, 3, 3]));

                        done += await round(s, proxies, n, times, tally);
                        await keep_pace(s);
                }
                want(done >= FAULTS, `only ${done} in ${MINUTES} minutes`);
                return `${done} faults`;
        });

        for (const part of Object.keys(times).sort())
                console.log(`# recovery ${part}: ${figures(times[part])}`);
        console.log(`# faults: ${Object.keys(tally).sort().map((k) =>
                `${k} ${tally[k]}`).join(', ')}`);

        await agree(s);
        await same_again(s);
}, { env: lines });
