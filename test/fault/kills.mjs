/* test/fault/kills.mjs -- the storm, and kill -9 again and again.
 *
 * Usage: ./run fault [--rounds N] [--short].  The storm runs to 02:00 at
 * 150x; then, at 60x, in each of N (10) rounds sanfangd, postgres,
 * mosquitto and the storm's sender are killed in a random order at random
 * moments; then it runs to its end at 150x (a quarter of an hour in all;
 * --short leaves the end out, and the time-line with it).  Afterwards:
 *   - what the stations made (ledger.jsonl) is in PostGIS, once;
 *   - a feed that stayed open has gone on without gap or double;
 *   - the alerts are those of the expected time-line; forecasts came first;
 *   - the server ends clean, and its journal, run again into an empty
 *     database, gives the same rows, byte for byte. */
import { pause, sentence, until, want, with_stack } from '../stack/stack.mjs';
import { doubles, settle } from '../stack/ledger.mjs';
import { drain, replay_and_compare } from '../stack/replay.mjs';
import { differences, seen } from '../stack/timeline.mjs';

const BEGIN = '2023-10-20T02:00';
const END = '2023-10-21T00:10';
const SHORT = process.argv.includes('--short');
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

async function pace(s, rate)
{
        const admin = await s.signIn('admin');
        const r = await admin.post('/clock', { rate });

        want(r.status === 200, `clock: ${r.status} ${r.text}`);
}

/* Until the storm's clock shows the time; the day is 10 minutes long. */
function engine_reaches(s, time)
{
        return until(`engine time ${time}`, 20 * 60000, async () => {
                await pause(1000);
                return (await s.clock()).now >= time;
        });
}

/* kill -9 until the whole line works again, in ms: both links are up and
 * a record of after the kill is in PostGIS. */
async function kill_and_recover(s, part)
{
        const begin = Date.now();
        let mark;

        await s.kill(part, 15000);
        await until(`all is up after ${part}`, 60000, async () => {
                const r = await s.ready();

                mark ??= r.journal.seq;
                return r.database.up && r.broker.up &&
                        r.archive.position > mark;
        });
        return Date.now() - begin;
}

/* What was raised as a forecast, and what became of it. */
function forecasts(s)
{
        const rows = s.sql(`with first as (select alert,
                (object->>'raised_at')::timestamptz raised
                from sanfang.alert_transition
                where n = 1 and object->>'forecast' = 'true')
                select a.hazard, a.object->>'subject', a.river, a.state,
                extract(epoch from min(t.at) - raised) / 60
                from first join sanfang.alert a on a.id = first.alert
                left join sanfang.alert_transition t on t.alert = a.id
                and t.object->>'forecast' = 'false'
                group by a.id, raised order by raised`)
                .split('\n').map((l) => l.split('|'));
        const counties = rows.filter((r) => r[0] === 'rainstorm')
                .map((r) => r[1]).sort();
        const rivers = rows.filter((r) => r[0] === 'flood' && r[4]);
        const gone = rows.filter((r) => r[3] === 'withdrawn' && !r[4]);

        want(counties.join() === '440902,440904', `counties ${counties}`);
        want(rivers.length >= 8, `${rivers.length} rivers warned before`);
        want(rivers.every((r) => Number(r[4]) > 0), JSON.stringify(rivers));
        want(gone.length > 0, 'no forecast was withdrawn');
        return rivers.map((r) => `${r[1]} ${Math.round(r[4])} min`).join(', ') +
                `; withdrawn ${gone.map((r) => r[1]).join(', ')}`;
}

const sorted = (list) => [...list].sort((a, b) => a - b);
const median = (list) => sorted(list)[Math.floor(list.length / 2)];

await with_stack('fault', async (s) => {
        const viewer = await s.signIn('viewer');
        const feed = viewer.feed();
        const times = Object.fromEntries(PARTS.map((p) => [p, []]));

        await sentence(`the storm comes up to ${BEGIN}`, async () => {
                await pace(s, 150);
                await engine_reaches(s, BEGIN);
                await pace(s, 60);
        });

        await sentence(`${ROUNDS} rounds of kill -9`, async () => {
                for (let i = 0; i < ROUNDS; i++)
                        for (const part of shuffled(PARTS)) {
                                await pause(300 + Math.random() * 2500);
                                times[part].push(
                                        await kill_and_recover(s, part));
                        }
                return PARTS.map((p) => `${p} recovered in ` +
                        `${median(times[p])} ms (median), at most ` +
                        `${Math.max(...times[p])} ms`).join('; ');
        });

        await sentence('broker and server die together, the server comes ' +
                'seconds later', async () => {
                for (let i = 0; i < 3; i++) {
                        s.hold('sanfangd', true);
                        process.kill(s.pid('sanfangd'), 'SIGKILL');
                        await s.kill('mosquitto', 15000);
                        await pause(4000);
                        s.hold('sanfangd', false);
                        await until('all is up again', 60000, async () =>
                                (await s.ready()).broker.up);
                        await pause(3000);
                }
        });

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

        /* A level that comes after a later one makes a late alert. */
        await sentence('no reading was overtaken by a later one', () => {
                const n = s.sql(`with o as (select time, lag(time) over
                        (partition by station, element order by seq) before
                        from sanfang.observation)
                        select count(*) from o where time < before`);

                want(n === '0', `${n} readings were`);
        });

        await sentence('nothing twice', () => {
                want(doubles(s) === 0, `${doubles(s)} doubled`);
        });

        if (!SHORT)
                await sentence('the alerts are those of the time-line',
                        async () => {
                                await pace(s, 150);
                                await engine_reaches(s, END);
                                await settle(s, 60000);
                                const off = differences(s);

                                want(off.length === 0, off.join('\n'));
                                return `${seen(s).length} episodes`;
                        });

        if (!SHORT)
                await sentence('forecasts: two counties by the rain grid, ' +
                        'rivers before they rise, a false one withdrawn',
                () => forecasts(s));

        await feed.close();
        await sentence('SIGTERM ends the server clean', async () => {
                s.hold('storm', true);
                process.kill(s.pid('storm'), 'SIGTERM');
                await until('archive has all', 30000, async () =>
                        (await s.ready()).archive.position >=
                        (await s.ready()).journal.seq - 500);
                const ms = await drain(s);

                want(ms <= 5000, `${ms} ms`);
                return `${ms} ms`;
        });

        await sentence('the journal run again into an empty database gives ' +
                'the same rows', () => {
                const count = replay_and_compare(s);

                want(count.alert > 0, 'no alert at all');
                return Object.entries(count).map(([t, n]) => `${t} ${n}`)
                        .join(', ');
        });
});
