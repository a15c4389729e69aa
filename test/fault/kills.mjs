/* test/fault/kills.mjs -- the storm, and kill -9 again and again.
 *
 * Usage: ./run fault [--rounds N] (10).  In each round sanfangd, postgres,
 * mosquitto and the storm's sender are killed in a random order at random
 * moments.  Afterwards:
 *   - what the stations made (ledger.jsonl) is in PostGIS, once;
 *   - a feed that stayed open has gone on without gap or double;
 *   - the journal, run again, gives the alerts that PostGIS has. */
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { pause, sentence, until, want, with_stack } from '../stack/stack.mjs';
import { doubles, settle } from '../stack/ledger.mjs';

const at = process.argv.indexOf('--rounds');
const ROUNDS = at > 0 ? Number(process.argv[at + 1]) : 10;
const PARTS = ['sanfangd', 'postgres', 'mosquitto', 'storm'];

function shuffled(list)
{
        const rest = [...list];
        const out = [];

        while (rest.length)
                out.push(...rest.splice(
                        Math.floor(Math.random() * rest.length), 1));
        return out;
}

await with_stack('fault', async (s) => {
        const viewer = await s.signIn('viewer');
        const feed = viewer.feed();
        const times = Object.fromEntries(PARTS.map((p) => [p, []]));

        await sentence(`${ROUNDS} rounds of kill -9`, async () => {
                for (let i = 0; i < ROUNDS; i++)
                        for (const part of shuffled(PARTS)) {
                                await pause(300 + Math.random() * 2500);
                                times[part].push(await s.kill(part, 15000));
                        }
                return PARTS.map((p) => `${p} back within ` +
                        `${Math.max(...times[p])} ms`).join(', ');
        });

        await sentence('all is up again', () => until('links', 60000,
                async () => {
                        const r = await s.ready();

                        return r.database.up && r.broker.up;
                }).then(() => {}));

        await sentence('the feed came back by itself', () => {
                const from = feed.messages.length;

                return until('news', 15000, () =>
                        feed.messages.length > from + 2).then(() => {});
        });

        await sentence('sequence numbers on the feed only rise', () => {
                const seqs = feed.messages.filter((m) => m.type === 'delta')
                        .map((m) => m.seq);

                for (let i = 1; i < seqs.length; i++)
                        want(seqs[i] >= seqs[i - 1],
                                `${seqs[i]} after ${seqs[i - 1]}`);
                return `${seqs.length} deltas`;
        });

        await sentence('ledger and PostGIS agree: nothing lost', async () => {
                await pause(5000);
                const found = await settle(s, 120000);

                want(found.wrong.length === 0, 'other value: ' +
                        JSON.stringify(found.wrong[0]));
                return `${found.n} readings`;
        });

        await sentence('nothing twice', () => {
                want(doubles(s) === 0, `${doubles(s)} doubled`);
        });

        await sentence('the journal run again gives the alerts of PostGIS',
                async () => {
                        await feed.close();
                        s.hold('storm', true);
                        process.kill(s.pid('storm'), 'SIGTERM');
                        await until('archive has all', 30000, async () => {
                                const y = (await viewer.get('/situation'))
                                        .json.system;

                                return y.archive.lag_records < 5;
                        });
                        const rows = s.sql(
                                'select id from sanfang.alert order by id')
                                .split('\n').filter((l) => l);
                        const r = spawnSync(path.join(s.env.SANFANG_BIN,
                                'sanfang'), ['replay', '--journal',
                                path.join(s.dir, 'journal'), '--alerts', '-'],
                        { encoding: 'utf8', maxBuffer: 1 << 30,
                                env: { ...process.env,
                                        SANFANG_STATE_DIR: s.dir } });

                        want(r.status === 0, r.stderr);
                        const again = new Set(r.stdout.split('\n')
                                .filter((l) => l)
                                .map((l) => JSON.parse(l))
                                .map((l) => l.id ?? l.alert?.id ?? l.alert));
                        const missing = rows.filter((id) => !again.has(id));

                        want(rows.length > 0, 'no alert at all');
                        want(missing.length === 0,
                                `not in the replay: ${missing.join(' ')}`);
                        return `${rows.length} alerts`;
                });
});
