/* test/fault/away.mjs -- PostgreSQL is away for five minutes while the storm
 * runs, and sanfangd is killed meanwhile; then PostgreSQL is frozen (it
 * takes connections and answers nothing) for one.
 *
 * Usage: node test/fault/away.mjs [--seconds N] (300); ./run fault runs it
 * too. */
import fs from 'node:fs';
import path from 'node:path';
import { Publisher } from '../stack/mqtt.mjs';
import { pause, sentence, until, want, with_stack } from '../stack/stack.mjs';
import { drain } from '../stack/replay.mjs';
import { doubles, settle } from '../stack/ledger.mjs';
import { backends, option, signal } from './drill.mjs';

const SECONDS = option('seconds', 300);
const FROZEN = Math.min(60, SECONDS);

/* The postmaster and its children. */
function signal_postgres(s, name)
{
        for (const pid of [s.pid('postgres'), ...backends(s, true)])
                signal(pid, name);
}

await with_stack('away-long', async (s) => {
        const code = s.env.SANFANG_STATION_CODE;
        const mine = (a) => a.station === code && a.hazard === 'flood';
        let viewer = await s.signIn('viewer');
        let feed = viewer.feed();
        let alert;

        const connect = () => Publisher.connect(
                Number(s.env.SANFANG_MQTT_PORT), s.env.SANFANG_STATION_USER,
                s.env.SANFANG_STATION_PASSWORD);
        const system = async () =>
                (await viewer.get('/situation')).json.system;
        const database_down = () => until('database down', 30000, async () => {
                const r = await fetch(`${s.url}/readyz`);

                return r.status === 200 && !(await r.json()).database.up;
        });
        const rings = async (value, level) => {
                const sender = await connect();
                const begin = performance.now();
                const seen = feed.find('the alert', 5000, (m) =>
                        m.type === 'delta' && (m.alerts ?? []).find((a) =>
                                mine(a) && a.level === level));

                [alert] = await Promise.all([seen, sender.publish(
                        `sanfang/v1/st/${code}/up/obs`, JSON.stringify({
                                station: code,
                                obs: [{ element: 'Z', value }] }))]);
                const ms = performance.now() - begin;

                sender.close();

                want(alert.archived === false, `archived ${alert.archived}`);
                want(ms < 1000, `${ms} ms`);
                return `${ms.toFixed(1)} ms from publish to feed`;
        };
        const archived_once = async () => {
                await feed.find('archived on the feed', 120000, (m) =>
                        (m.alerts ?? []).some((a) => a.id === alert.id &&
                                a.level === alert.level && a.archived));
                want(s.sql(`select count(*) from sanfang.alert
                        where id = '${alert.id}'`) === '1', 'alert not once');
                want(s.sql(`select count(*) from sanfang.alert_transition
                        where alert = '${alert.id}'
                        and object->>'level' = '${alert.level}'
                        and kind in ('raised', 'up')`) === '1',
                'transition not once');
        };
        const agree = async () => {
                const found = await settle(s, 180000);

                want(found.wrong.length === 0, JSON.stringify(found.wrong[0]));
                want(doubles(s) === 0, `${doubles(s)} doubled`);
                return `${found.n} readings, none lost, none twice`;
        };
        let begin;

        await feed.find('snapshot', 10000, (m) => m.type === 'snapshot');

        await sentence('PostgreSQL is killed and stays away; the server is ' +
                'ready and says so', async () => {
                s.hold('postgres', true);
                begin = Date.now();
                process.kill(s.pid('postgres'), 'SIGKILL');
                await database_down();
        });

        await sentence('a new alert rings within a second, not yet archived',
                () => rings(10.4, 'yellow'));

        await sentence('sanfangd, killed meanwhile, comes back without ' +
                'PostgreSQL and knows the alert', async () => {
                await pause(SECONDS * 300);
                const ms = await s.kill('sanfangd');

                viewer = await until('sign-in', 20000, () =>
                        s.signIn('viewer'));
                await feed.close();
                feed = viewer.feed();
                const open = (await viewer.alerts()).filter(mine);

                want(open.length === 1 && open[0].id === alert.id,
                        JSON.stringify(open));
                want(!(await s.ready()).database.up, 'the database is up?');
                return `back after ${ms} ms`;
        });

        await sentence('it rings as before, one grade worse', async () => {
                await feed.find('snapshot', 10000,
                        (m) => m.type === 'snapshot');
                await until('broker', 10000, async () =>
                        (await s.ready()).broker.up);
                return rings(12.3, 'orange');
        });

        await sentence('everybody signs in, officers answer', async () => {
                for (const user of ['operator', 'hydro', 'county', 'admin'])
                        await s.signIn(user);
                const duty = await s.signIn('duty');
                const r = await duty.post(`/alerts/${alert.id}/ack`,
                        { intent: 'acting' });

                want(r.status === 200, r.text);
        });

        await sentence(`telemetry is taken, ${SECONDS} s long`, async () => {
                let last = (await system()).journal.seq;
                let least = Infinity;

                while (Date.now() - begin < SECONDS * 1000) {
                        await pause(5000);
                        const y = await system();

                        want(!y.links.database.up, 'the database is up?');
                        least = Math.min(least, y.journal.seq - last);
                        want(y.last_message_age_s <= 10,
                                `last message ${y.last_message_age_s} s ago`);
                        last = y.journal.seq;
                }
                const y = await system();

                return `at least ${least} records in 5 s; ` +
                        `${y.archive.lag_records} wait for PostgreSQL`;
        });

        await sentence('PostgreSQL is back: the archive catches up', async () => {
                const back = Date.now();

                s.hold('postgres', false);
                await until('archive', 120000, async () => {
                        const y = await system();

                        return y.archive.up && y.archive.lag_records < 100;
                });
                return `${Date.now() - back} ms after it was let go`;
        });

        await sentence('the alert is there once, and the feed says archived',
                archived_once);
        await sentence('ledger and PostGIS agree', agree);
        await sentence('the spill file is empty', () => until('spill', 30000,
                () => fs.statSync(path.join(s.dir, 'archive.spill')).size === 0)
                .then(() => {}));

        await sentence(`PostgreSQL is frozen for ${FROZEN} s: an alert rings`,
                async () => {
                        signal_postgres(s, 'SIGSTOP');
                        await pause(5000);
                        const said = await rings(14.2, 'red');

                        await s.signIn('hydro');
                        await pause(FROZEN * 1000 - 5000);
                        await database_down();
                        signal_postgres(s, 'SIGCONT');
                        return said;
                });

        await sentence('that too is there once afterwards', archived_once);
        await sentence('ledger and PostGIS agree again', agree);

        await sentence('frozen once more: SIGTERM ends the server all the same',
                async () => {
                        signal_postgres(s, 'SIGSTOP');
                        await pause(3000);
                        const ms = await drain(s).finally(() =>
                                signal_postgres(s, 'SIGCONT'));

                        s.hold('sanfangd', false);
                        want(ms <= 5000, `${ms} ms`);
                        await until('up', 30000, async () =>
                                (await s.ready()).database.up);
                        return `${ms} ms`;
                });
        await sentence('ledger and PostGIS agree at the end', agree);

        await feed.close();
});
