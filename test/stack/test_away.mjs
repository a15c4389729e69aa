/* test/stack/test_away.mjs -- PostgreSQL is away, and the line works on. */
import { pause, sentence, until, want, with_stack } from './stack.mjs';

await with_stack('away', async (s) => {
        const code = s.env.SANFANG_STATION_CODE;
        const mine = (a) => a.station === code && a.hazard === 'flood';
        let viewer = await s.signIn('viewer');
        let alert;

        await sentence('without PostgreSQL the server is ready and says so',
                async () => {
                        s.hold('postgres', true);
                        process.kill(s.pid('postgres'), 'SIGKILL');
                        await until('database down', 15000, async () => {
                                const r = await fetch(`${s.url}/readyz`);

                                return r.status === 200 &&
                                        !(await r.json()).database.up;
                        });
                });

        await sentence('sign-in works', async () => {
                viewer = await s.signIn('viewer');
        });

        await sentence('a new alert rings within a second, not yet archived',
                async () => {
                        const feed = viewer.feed();

                        await feed.find('snapshot', 10000,
                                (m) => m.type === 'snapshot');
                        const begin = performance.now();

                        s.publish([{ element: 'Z', value: 12.34 }]);
                        alert = await feed.alert('the alert', 5000, mine);
                        const ms = Math.round(performance.now() - begin);

                        await feed.close();
                        want(alert.level === 'orange', alert.level);
                        want(alert.archived === false,
                                `archived ${alert.archived}`);
                        want(ms < 1000, `${ms} ms`);
                        return `${ms} ms with mosquitto_pub's own start`;
                });

        await sentence('the server restarted meanwhile still knows it',
                async () => {
                        await s.kill('sanfangd');
                        viewer = await until('sign-in', 20000,
                                () => s.signIn('viewer'));
                        const open = (await viewer.alerts()).filter(mine);

                        want(open.length === 1, `${open.length} alerts`);
                        want(open[0].id === alert?.id, open[0].id);
                        want(open[0].archived === false, 'archived?');
                });

        await sentence('telemetry is taken', async () => {
                const before = (await viewer.get('/situation')).json.system;

                await pause(3000);
                const after = (await viewer.get('/situation')).json.system;

                want(after.journal.seq > before.journal.seq,
                        `journal at ${after.journal.seq}`);
                want(!after.links.database.up, 'the database is up?');
        });

        await sentence('an officer answers', async () => {
                const duty = await s.signIn('duty');
                const r = await duty.post(`/alerts/${alert.id}/ack`,
                        { intent: 'acting' });

                want(r.status === 200, `${r.status} ${r.text}`);
        });

        await sentence('when PostgreSQL is back the alert is there once, with ' +
                'its answer', async () => {
                s.hold('postgres', false);
                await until('archived', 60000, async () =>
                        (await viewer.get(`/alerts/${alert.id}`))
                                .json.archived);
                want(s.sql(`select count(*) from sanfang.alert
                        where id = '${alert.id}'`) === '1', 'not once');
                want(s.sql(`select count(*) from sanfang.alert_answer
                        where alert = '${alert.id}' and given`) === '1',
                'no answer');
                want(s.sql(`select count(*) from sanfang.observation
                        where station = '${code}' and value = 12.34`) === '1',
                'the observation is not there once');
        });
});
