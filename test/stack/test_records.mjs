/* test/stack/test_records.mjs -- what a terminal's own record in the station
 * book makes of its reports, down to PostGIS: a vendor's own elements, and
 * manual reports that may amend; and confirmations that wait for the commit. */
import fs from 'node:fs';
import path from 'node:path';
import { pause, ROOT, sentence, until, want, with_stack } from './stack.mjs';
import { elements, EOT, level_words, Terminal } from './sl651.mjs';

const V = '4409820001', M = '4409820002', F = '4409820003';
const VENDOR = path.join(ROOT, 'sensors/vendors/example.json');

function import_stations(s)
{
        const file = path.join(s.dir, 'records.csv');

        fs.writeFileSync(file, [
                'code,name,kind,lon,lat,town,sl651,sl651_vendor,sl651_amends',
                `RV,甲,ZZ,110.9,21.6,,${V},example,`,
                `RM,乙,ZZ,110.91,21.6,,${M},,1`,
                `RF,丙,ZZ,110.92,21.6,,${F},,`, ''].join('\n'));
        s.sanfang('import', 'stations', file, '--zones',
                path.join(ROOT, 'test/days/sanba-2023/zones.geojson'));
}

/* "Z=1.25 {}|..." of a station, by element. */
const kept = (s, station) => s.sql("select element || '=' || value::float8 " +
        "|| ' ' || marks::text from sanfang.observation where station = " +
        `'${station}' order by element, time`).split('\n').filter(Boolean);

async function confirm_after_commit(s)
{
        const file = path.join(s.dir, 'sanfang.json');
        const c = JSON.parse(fs.readFileSync(file, 'utf8'));

        c.sl651.confirm_after = 'commit';
        fs.writeFileSync(file, JSON.stringify(c));
        await s.kill('sanfangd', 10000);
        await until('the server', 20000, async () => (await s.ready())
                .database?.up);
}

await with_stack('records', async (s) => {
        const port = Number(s.env.SANFANG_SL651_PORT);
        const now = async () => (await s.clock()).now;
        const heard = (t, n) => until(`answer ${n}`, 2000,
                () => t.answers.length === n && t.answers[n - 1].ok &&
                        t.answers[n - 1].end === EOT);
        const at = await now();
        const ago = (minutes) => new Date(Date.parse(at) - minutes * 60e3)
                .toISOString();
        let t;

        import_stations(s);
        t = await Terminal.connect(port);

        await sentence("a vendor's own elements are stepped over without its " +
                'table, and read with it', async () => {
                /* FF20: centimetres, binary; 7A: tenths of a volt. */
                const words = 'ff2010045e' + '7a100124';

                t.send(elements(V, 0x32, 1, at, at, words));
                await heard(t, 1);
                want(await until('counted', 5000, () => s.metric(
                        'sanfang_elements_skipped_total')) === 2, 'skipped');
                s.sanfang('import', 'vendor', VENDOR);

                const later = await now();

                t.send(elements(V, 0x32, 2, later, later, words));
                await heard(t, 2);
                await until('in PostGIS', 10000, () =>
                        kept(s, 'RV').join() === 'VT=12.4 {},Z=11.18 {}');
                want(s.sql("select sl651_vendor from sanfang.station where " +
                        "code = 'RV'") === 'example', 'the record');
        });

        await sentence('a manual report replaces what stands, and keeps it',
                async () => {
                        t.send(elements(M, 0x32, 1, at, at, level_words(3)));
                        await heard(t, 3);
                        await until('the first', 10000, () =>
                                kept(s, 'RM').join() === 'Z=3 {}');
                        t.send(elements(M, 0x35, 2, await now(), at,
                                level_words(3.5)));
                        await heard(t, 4);
                        await until('amended', 10000, () =>
                                kept(s, 'RM').join() === 'Z=3.5 {revised}');
                        want(s.sql('select value::float8 from sanfang.' +
                                "v_observation_revision where station = 'RM'")
                                === '3', 'the revision');
                        want(s.sql('select count(*) from sanfang.' +
                                "observation_conflict where station = 'RM'")
                                === '0', 'no conflict');
                });

        await sentence('of a station that may not amend it is a conflict',
                async () => {
                        t.send(elements(F, 0x32, 1, at, at, level_words(4)));
                        await heard(t, 5);
                        t.send(elements(F, 0x35, 2, await now(), at,
                                level_words(4.5)));
                        await heard(t, 6);
                        await until('the conflict', 10000, () => s.sql(
                                'select value::float8 from sanfang.' +
                                "observation_conflict where station = 'RF'")
                                === '4.5');
                        want(kept(s, 'RF').join().startsWith('Z=4 '),
                                kept(s, 'RF').join());
                        want(s.sql('select count(*) from sanfang.' +
                                "v_observation_revision where station = 'RF'")
                                === '0', 'a revision');
                });
        t.end();

        await sentence('confirmed after the commit, when so configured',
                async () => {
                        await confirm_after_commit(s);
                        t = await until('connection', 10000,
                                () => Terminal.connect(port));
                        t.send(elements(F, 0x32, 3, await now(), ago(10),
                                level_words(4.1)));
                        await heard(t, 1);
                        want(kept(s, 'RF').some((x) => x.startsWith('Z=4.1 ')),
                                'confirmed before it was committed');
                });

        await sentence('and not while PostgreSQL is away', async () => {
                s.hold('postgres', true);
                process.kill(s.pid('postgres'), 'SIGKILL');
                await until('database down', 15000, async () =>
                        !(await s.ready()).database.up);

                const seq = await s.metric('sanfang_journal_synced_seq');

                t.send(elements(F, 0x32, 4, await now(), ago(20),
                        level_words(4.2)));
                await until('in the journal', 5000, async () =>
                        await s.metric('sanfang_journal_synced_seq') > seq &&
                        await s.metric('sanfang_sl651_confirms_waiting') >= 1);
                await pause(2000); /* the time in which one would be told */
                want(t.answers.length === 1, JSON.stringify(t.answers));
                s.hold('postgres', false);
                await until('the answer', 40000,
                        () => t.answers.length === 2);
                want(kept(s, 'RF').some((x) => x.startsWith('Z=4.2 ')),
                        'confirmed before it was committed');
        });
        t.end();
});
