/* test/stack/test_kill.mjs -- kill -9 of each part once in the running
 * storm: nothing lost, nothing twice.  ./run fault does it ten times. */
import { pause, sentence, until, want, with_stack } from './stack.mjs';
import { doubles, settle } from './ledger.mjs';

await with_stack('kill', async (s) => {
        for (const part of ['sanfangd', 'postgres', 'mosquitto', 'storm'])
                await sentence(`${part} is killed in the storm`, async () => {
                        await pause(2000);
                        return `back after ${await s.kill(part)} ms`;
                });

        await sentence('all is up again', () => until('links', 30000,
                async () => {
                        const r = await s.ready();

                        return r.database.up && r.broker.up;
                }).then(() => {}));

        await sentence('all four killed at once come back', async () => {
                const parts = ['sanfangd', 'mosquitto', 'postgres', 'storm'];
                const begin = Date.now();

                await Promise.all(parts.map((p) => s.kill(p)));
                await until('links', 30000, async () => {
                        const r = await s.ready();

                        return r.database.up && r.broker.up;
                });
                return `${Date.now() - begin} ms`;
        });

        await sentence('ledger and PostGIS agree: nothing lost', async () => {
                await pause(3000);
                const found = await settle(s, 60000);

                want(found.wrong.length === 0, 'other value: ' +
                        JSON.stringify(found.wrong[0]));
                return `${found.n} readings`;
        });

        await sentence('nothing twice', () => {
                want(doubles(s) === 0, `${doubles(s)} doubled`);
        });

        await sentence('an answer that was taken outlives a kill at once',
                async () => {
                        const ids = [];
                        const code = s.env.SANFANG_STATION_CODE;

                        s.publish([{ element: 'Z', value: 10.7 }]);
                        for (const user of ['duty', 'hydro', 'health120']) {
                                const who = await until('sign-in', 20000,
                                        () => s.signIn(user));
                                const a = await until('the alert', 10000,
                                        async () => (await who.alerts())
                                                .find((x) => x.station === code));
                                const r = await who.post(`/alerts/${a.id}/ack`,
                                        { intent: 'acting', note: user });

                                process.kill(s.pid('sanfangd'), 'SIGKILL');
                                want(r.status === 200, `${user}: ${r.text}`);
                                ids.push(a.id);
                                await pause(1500);
                        }
                        const viewer = await until('sign-in', 20000,
                                () => s.signIn('viewer'));
                        const a = (await viewer.alerts())
                                .find((x) => x.station === code);
                        const notes = a.agencies.filter((x) => x.given)
                                .map((x) => x.note).sort().join();

                        want(new Set(ids).size === 1, ids.join());
                        want(notes === 'duty,health120,hydro', notes);
                        await until('PostGIS has each once', 20000, () =>
                                s.sql(`select string_agg(user_name, ','
                                        order by user_name)
                                        from sanfang.alert_transition
                                        where alert = '${a.id}'
                                        and kind = 'ack'`) ===
                                'duty,health120,hydro');
                });

        await sentence('no alert twice for one crossing', async () => {
                const viewer = await s.signIn('viewer');
                const all = await viewer.alerts('all');
                const seen = new Set(all.map((a) => a.id));

                want(seen.size === all.length, 'an id comes twice');
                return `${all.length} alerts`;
        });
});
