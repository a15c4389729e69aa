/* test/fault/hour.mjs -- PostgreSQL is away for an hour, the broker's disk
 * is full, and in the middle server and broker are killed: who loses?
 *
 * Usage: ./run fault hour [--minutes N] (60; a short run takes 3).  Beside
 * the storm there are two that keep a ledger of their own:
 *   - a JSON station with a store, which keeps a reading until its receipt;
 *   - an SL 651 terminal on TCP which forgets what is confirmed, repeats
 *     twice and then gives up, and loses what it gave up on.
 * At the end each ledger is in PostGIS, once, and the journal run again
 * gives the same rows. */
import fs from 'node:fs';
import path from 'node:path';
import { pause, ROOT, sentence, until, want, with_stack } from
        '../stack/stack.mjs';
import { compare, read_lines } from '../stack/ledger.mjs';
import { simulate } from '../stack/planted.mjs';
import { agree, disk_env, lift, option, order, pace, recovered, same_again,
        UP_MS, want_disk } from './drill.mjs';

const MINUTES = option('minutes', 60);
const RATE = 10;
const AWAY_MS = MINUTES * 60000;
/* A reading a minute of the clock; the last ones after PostgreSQL is back. */
const READINGS = MINUTES * RATE + 12;
const ADDRESS = '4409810077';
const TERMINAL = 'HOUR-T';

function import_terminal(s)
{
        const file = path.join(s.dir, 'hour.csv');

        fs.writeFileSync(file, 'code,name,kind,lon,lat,town,sl651,' +
                `sl651_mode\n${TERMINAL},甲,ZZ,110.9,21.6,,${ADDRESS},m2\n`);
        s.sanfang('import', 'stations', file, '--zones',
                path.join(ROOT, 'test/days/sanba-2023/zones.geojson'));
}

/* The two, each with the file of its ledger. */
function begin(s)
{
        const e = s.env;
        const common = (name) => ['--clock', `${s.url}/api/v1/clock`,
                '--every', '60', '--count', String(READINGS), '--value', '3',
                '--rise', '0.2', '--ledger', path.join(s.dir, `${name}.jsonl`)];

        return {
                json: simulate(s, [e.SANFANG_STATION_CODE, '--mqtt',
                        `tcp://127.0.0.1:${e.SANFANG_MQTT_PORT}`, '--user',
                        e.SANFANG_STATION_USER, '--password-file',
                        path.join(s.dir, `secret/mqtt-${
                                e.SANFANG_STATION_CODE}`), '--state-dir',
                        path.join(s.dir, 'hour-json'), ...common('json')],
                'hour-json'),
                terminal: simulate(s, [TERMINAL, '--sl651',
                        `tcp://127.0.0.1:${e.SANFANG_SL651_PORT}`,
                        '--address', ADDRESS, '--forgets',
                        ...common('terminal')], 'hour-terminal'),
        };
}

const made = (s, name) => read_lines(path.join(s.dir, `${name}.jsonl`));

/* While PostgreSQL is away: what is made, is told to nobody as stored. */
async function away(s, from)
{
        const end = from + AWAY_MS;
        const position = (await s.ready()).archive.position;
        let killed = false;
        let r;

        while (Date.now() < end) {
                await pause(Math.min(5000, Math.max(0, end - Date.now())));
                if (!killed && Date.now() > from + AWAY_MS / 2) {
                        killed = true;
                        await Promise.all(['sanfangd', 'mosquitto'].map((p) =>
                                s.kill(p, UP_MS)));
                        await until('it goes on', UP_MS, async () => {
                                const x = await s.ready();

                                return x.ready && x.broker.up;
                        });
                }
                r = await s.ready();
                want(r.ready && !r.database.up, JSON.stringify(r));
                want(r.archive.position <= position, 'archived? where?');
        }
        want(killed, 'too short: nothing was killed');
        for (const name of ['json', 'terminal'])
                want(made(s, name).length >= MINUTES * RATE * 0.8,
                        `${name}: ${made(s, name).length} readings`);
        return `${made(s, 'json').length} and ${made(s, 'terminal').length} ` +
                'readings';
}

await with_stack('hour', async (s) => {
        let two;

        await sentence('the storm runs; two more stations send', async () => {
                want_disk(s, 'mosquitto');
                import_terminal(s);
                await pace(s, RATE);
                two = begin(s);
                await until('both are in PostGIS', 60000, () =>
                        Number(s.sql(`select count(distinct station) from
                                sanfang.observation where station in
                                ('${TERMINAL}',
                                '${s.env.SANFANG_STATION_CODE}')`)) === 2);
        });

        await sentence(`PostgreSQL is away for ${MINUTES} minutes and the ` +
                'broker\'s disk is full: telemetry is taken', async () => {
                const from = Date.now();

                order(s, 'mosquitto', 'full');
                s.hold('postgres', true);
                process.kill(s.pid('postgres'), 'SIGKILL');
                await until('database down', 30000, async () =>
                        !(await s.ready()).database.up);
                return away(s, from);
        });

        await sentence('PostgreSQL is back: the archive catches up',
                async () => {
                        const back = Date.now();

                        s.hold('postgres', false);
                        await recovered(s, 'an hour without PostgreSQL');
                        lift(s, 'mosquitto', 'full');
                        return `${Date.now() - back} ms after it was let go`;
                });

        for (const [name, words] of [
                ['json', 'the station has a receipt for every reading'],
                ['terminal', 'the terminal has lost none by giving up']])
                await sentence(words, async () => {
                        const end = await Promise.race([two[name].ended,
                                pause(240000)]);

                        want(end, 'it still waits');
                        want(end.status === 0, `${end.status} ${end.said}`);
                        want(made(s, name).length === READINGS,
                                `${made(s, name).length} readings`);
                        return end.said;
                });

        for (const name of ['json', 'terminal'])
                await sentence(`the ledger of the ${name} station is in ` +
                        'PostGIS', async () => {
                        let c;

                        await until('nothing is lost', 60000, () => {
                                c = compare(s, made(s, name));
                                want(!c.lost.length, `${c.lost.length} lost, ` +
                                        JSON.stringify(c.lost[0]));
                                return true;
                        });
                        want(!c.wrong.length, JSON.stringify(c.wrong[0]));
                        want(!c.strange.length, c.strange[0]);
                        return `${c.n} readings`;
                });
        two?.json.child.kill();
        two?.terminal.child.kill();
        await agree(s);
        await same_again(s);
}, { env: disk_env(['mosquitto']) });
