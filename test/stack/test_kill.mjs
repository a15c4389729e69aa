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

        await sentence('no alert twice for one crossing', async () => {
                const viewer = await s.signIn('viewer');
                const all = await viewer.alerts('all');
                const seen = new Set(all.map((a) => a.id));

                want(seen.size === all.length, 'an id comes twice');
                return `${all.length} alerts`;
        });
});
