/* test/stack/test_escalate.mjs -- an alert that nobody answers: each agency's
 * deadline comes once and at its time, also when the server was killed
 * before it, was away at it, or the storm's clock stands still; an answer
 * stops it.  Then the audit: whole, and a changed row is found.
 *
 * The rule table of the demo with deadlines of seconds is put in force the
 * way an administrator does it: the file in the configuration, SIGHUP. */
import fs from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { pause, ROOT, sentence, until, want, with_stack } from './stack.mjs';

const DEADLINES = { sanfang: 10, hydrology: 11, health120: 12, county: 12 };
const LATE_MS = 2000; /* a tick, a turn, a busy computer */

function write_rules(s)
{
        const rules = JSON.parse(fs.readFileSync(
                path.join(ROOT, 'alerts/rules/guangdong.json'), 'utf8'));
        const config = path.join(s.dir, 'sanfang.json');
        const file = path.join(s.dir, 'short-rules.json');

        delete rules.$schema;
        rules.version = 2;
        for (const r of rules.rules)
                if (r.deadlines_s)
                        for (const agency of Object.keys(r.deadlines_s))
                                r.deadlines_s[agency] = DEADLINES[agency] ?? 60;
        fs.writeFileSync(file, JSON.stringify(rules));
        const c = JSON.parse(fs.readFileSync(config, 'utf8'));

        c.rules = file;
        fs.writeFileSync(config, JSON.stringify(c));
}

/* [{agency, deadline, real_at}] of the alert's escalations in PostGIS. */
function escalations(s, id)
{
        return s.sql(`select t.agency,
                extract(epoch from t.real_at) * 1000
                from sanfang.alert_transition t
                where alert = '${id}' and kind = 'escalated' order by n`)
                .split('\n').filter((l) => l).map((l) => {
                        const [agency, at] = l.split('|');

                        return { agency, at: Number(at) };
                });
}

const deadline_of = (a, agency) => Date.parse(a.agencies
        .find((x) => x.agency === agency).deadline_at);

/* A river station for each sentence, beside the test station. */
function import_stations(s, codes)
{
        const [names, row] = fs.readFileSync(
                path.join(s.dir, 'test-station.csv'), 'utf8')
                .trim().split('\n').map((l) => l.split(','));
        const file = path.join(s.dir, 'escalate.csv');

        fs.writeFileSync(file, [names, ...codes.map((code) => row.map((v, k) =>
                (names[k] === 'code' ? code : v)))]
                .map((r) => r.join(',')).join('\n') + '\n');
        s.sanfang('import', 'stations', file);
}

await with_stack('escalate', async (s) => {
        const codes = [1, 2, 3, 4, 5].map((n) => `SHOW-ZZ-0${n}`);
        let viewer = await s.signIn('viewer');
        let used = 0;

        const sessions = async () => {
                viewer = await until('sign-in', 20000, () =>
                        s.signIn('viewer'));
        };
        const fresh_alert = async () => {
                const station = codes[used++];
                const r = s.mqtt('mosquitto_pub', 'simulator', fs.readFileSync(
                        path.join(s.dir, 'secret/mqtt-simulator'), 'utf8')
                        .trim(), ['-q', '1', '-t',
                                `sanfang/v1/st/${station}/up/obs`, '-s'],
                JSON.stringify({ station,
                        obs: [{ element: 'Z', value: 10.6 }] }));

                want(r.status === 0, r.stderr);
                return until('an alert', 10000, async () =>
                        (await viewer.alerts()).find((a) =>
                                a.station === station));
        };
        const all_in_time = async (a, expected, late = LATE_MS) => {
                const rows = await until('escalations', 20000, () => {
                        const found = escalations(s, a.id);

                        return found.length >= expected.length && found;
                });

                await pause(2500); /* one too many would come now */
                want(escalations(s, a.id).map((r) => r.agency).sort().join() ===
                        [...expected].sort().join(),
                `escalated: ${JSON.stringify(escalations(s, a.id))}`);
                const off = rows.map((r) => r.at - deadline_of(a, r.agency));

                want(off.every((ms) => ms >= 0 && ms <= late),
                        `ms after the deadlines: ${off.join(' ')}`);
                return `${off.map((ms) => Math.round(ms)).join(', ')} ms ` +
                        'after the deadlines';
        };

        await sentence('SIGHUP puts the short table in force', async () => {
                write_rules(s);
                await s.kill('sanfangd');
                await sessions();
                process.kill(s.pid('sanfangd'), 'SIGHUP');
                await until('version 2', 10000, async () =>
                        (await viewer.get('/rules')).json.version === 2);
                import_stations(s, codes);
        });

        await sentence('an unanswered alert escalates at its time', async () => {
                const a = await fresh_alert();

                return all_in_time(a, Object.keys(DEADLINES));
        });

        await sentence('also when the server is killed before it', async () => {
                const a = await fresh_alert();

                await s.kill('sanfangd');
                await sessions();
                return all_in_time(a, Object.keys(DEADLINES));
        });

        await sentence('also when the server was away at it: then at its ' +
                'return', async () => {
                const a = await fresh_alert();

                s.hold('sanfangd', true);
                process.kill(s.pid('sanfangd'), 'SIGKILL');
                await pause(15000);
                s.hold('sanfangd', false);
                await sessions();
                return all_in_time(a, Object.keys(DEADLINES), 15000);
        });

        await sentence('also while the storm stands still', async () => {
                const admin = await s.signIn('admin');
                const a = await fresh_alert();

                await admin.post('/clock', { rate: 0 });
                const said = await all_in_time(a, Object.keys(DEADLINES));

                await admin.post('/clock', { rate: 60 });
                return said;
        });

        await sentence('an answer stops it, the other agencies go on',
                async () => {
                        const a = await fresh_alert();
                        const duty = await s.signIn('duty');
                        const r = await duty.post(`/alerts/${a.id}/ack`,
                                { intent: 'acting' });

                        want(r.status === 200, r.text);
                        return all_in_time(a, Object.keys(DEADLINES)
                                .filter((x) => x !== 'sanfang'));
                });

        const verify = () => spawnSync(path.join(s.env.SANFANG_BIN, 'sanfang'),
                ['audit', 'verify', '--db', s.env.SANFANG_DB, '--journal',
                        path.join(s.dir, 'journal')], { encoding: 'utf8' });

        await sentence('the audit is whole', () => until('audit', 20000, () => {
                const r = verify();

                want(r.status === 0, r.stderr);
                return r.stdout.trim();
        }));

        await sentence('a row changed by SQL is named', () => {
                const n = s.sql(`update sanfang.audit set outcome = 'ok',
                        detail = 'nothing' where n = (select max(n) - 1
                        from sanfang.audit) returning n`);
                const r = verify();

                want(r.status === 1, `status ${r.status}: ${r.stdout}`);
                want(r.stderr.includes(n), r.stderr);
                return r.stderr.trim();
        });
});
