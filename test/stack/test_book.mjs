/* test/stack/test_book.mjs -- stations that nobody knows yet, numbers that
 * are missing, values that are amended, and the vendors' example program
 * over kills of itself and of the server. */
import fs from 'node:fs';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { ROOT, sentence, until, want, with_stack } from './stack.mjs';

const LINES = 150;

await with_stack('book', async (s) => {
        const code = s.env.SANFANG_STATION_CODE;
        const admin = await s.signIn('admin');
        const operator = await s.signIn('operator');
        const viewer = await s.signIn('viewer');

        /* A broker account; its password. */
        const account = (name) => {
                const said = s.sanfang('station', 'add', name, '--port',
                        s.env.SANFANG_MQTT_PORT);

                return /^password\s+(\S+)/m.exec(said)[1];
        };
        const say = (name, password, message) => {
                const r = s.mqtt('mosquitto_pub', name, password, ['-q', '1',
                        '-t', `sanfang/v1/st/${name}/up/obs`, '-s'],
                JSON.stringify({ station: name, ...message }));

                want(r.status === 0 && !r.stderr, r.stderr);
        };
        /* Receipts of the test station so far. */
        const listen = (name) => {
                let text = '';
                const child = spawn('mosquitto_sub', ['-V', '5', '-h',
                        '127.0.0.1', '-p', s.env.SANFANG_MQTT_PORT, '-u',
                        s.env.SANFANG_STATION_USER, '-P',
                        s.env.SANFANG_STATION_PASSWORD, '-q', '1', '-W', '40',
                        '-t', `sanfang/v1/st/${name}/down/receipt`]);

                child.stdout.on('data', (more) => { text += more; });
                return () => text.split('\n').slice(0, -1).map((x) => JSON.parse(x));
        };
        const record = (name) => ({ name: `试验 ${name}`, kind: 'ZZ',
                lon: 110.92, lat: 21.66, interval_s: 300 });
        const now = Date.parse((await s.clock()).now);
        const ago = (minutes) => new Date(now - minutes * 60000)
                .toISOString().replace('Z', '+00:00');

        await sentence('an unknown station waits with what it sent', async () => {
                const password = account('BOOK-NEW');

                for (let i = 1; i <= 3; i++)
                        await until('the account', 10000, () => {
                                say('BOOK-NEW', password, { boot: 1, seq: i,
                                        obs: [{ time: ago(60 - i),
                                                element: 'Z',
                                                value: 3 + i / 10 }] });
                                return true;
                        });
                const x = await until('the applicant', 10000, async () => (
                        await operator.get('/applicants/BOOK-NEW')).json);

                want(x.state === 'waiting', JSON.stringify(x));
                await until('all three', 10000, async () => (await operator.get(
                        '/applicants/BOOK-NEW')).json.waiting === 3);
                want((await viewer.get('/applicants')).status === 403,
                        'a viewer sees them');
                want(s.sql(`select count(*) from sanfang.observation
                        where station = 'BOOK-NEW'`) === '0', 'it is taken');
        });

        await sentence('only an administrator admits it, and its data is in ' +
                'PostGIS with its first record numbers', async () => {
                const at = '/applicants/BOOK-NEW/admit';
                const head = Number(s.sql(
                        'select max(last_seq) from sanfang.quarantine'));

                want((await operator.post(at, record('N'))).status === 403,
                        'an operator may');
                want((await admin.post(at, { name: 'x' })).status === 400,
                        'half a record will do');
                const r = await admin.post(at, record('N'));

                want(r.status === 200, `${r.status} ${r.text}`);
                const got = await until('the rows', 15000, () => {
                        const rows = s.sql(`select string_agg(value::text, ','
                                order by time), max(seq) from
                                sanfang.observation
                                where station = 'BOOK-NEW'`);

                        return rows.startsWith('3.1') && rows.includes('3.3') &&
                                rows;
                });

                want(Number(got.split('|')[1]) <= head,
                        `record ${got}, quarantined until ${head}`);
                want(s.sql(`select state from sanfang.applicant
                        where name = 'BOOK-NEW'`) === 'admitted', 'its state');
                want((await admin.get('/audit')).json.audit.some((a) =>
                        a.action === 'admit' && a.subject === 'BOOK-NEW'),
                'the audit has nothing');
                want((await viewer.get('/stations/BOOK-NEW/book')).json
                        .messages === 3, 'the book has not three messages');
        });

        await sentence('an amended value replaces, the old one is a revision',
                async () => {
                        const time = ago(30);

                        s.publish([{ time, element: 'Z', value: 4.44 }]);
                        await until('the value', 10000, () => s.sql(`select 1
                                from sanfang.observation where station =
                                '${code}' and element = 'Z' and
                                time = '${time}'`) === '1');
                        const act = { element: 'Z', time, value: 4.04,
                                reason: '人工校核' };
                        const where = `/stations/${code}/amend`;

                        want((await viewer.post(where, act)).status === 403,
                                'a viewer may');
                        const r = await operator.post(where, act);

                        want(r.status === 200, `${r.status} ${r.text}`);
                        await until('the revision', 10000, () => s.sql(`select
                                o.value = 4.04 and 'revised' = any(o.marks) and
                                v.value = 4.44 from sanfang.observation o join
                                sanfang.observation_revision v using
                                (station, element, time)
                                where o.station = '${code}' and
                                o.time = '${time}'`) === 't');
                        s.publish([{ time, element: 'Z', value: 4.55 }]);
                        await until('the conflict', 10000, async () => (
                                await viewer.get(`/stations/${code}`)).json
                                .conflict === true);
                });

        await sentence('a gap is seen, asked for by the receipt, and closed',
                async () => {
                        const send = (seq) => s.publish([{ element: 'Z',
                                value: 4 }], { boot: 77, seq });
                        const gap = async (state) => (await viewer.get(
                                `/gaps?station=${code}&state=${state}`)).json
                                .gaps.find((g) => g.boot === 77);

                        const receipts = listen(code);

                        send(1);
                        send(4);
                        const g = await until('the gap', 20000, () =>
                                gap('open'));

                        want(g.first_number === 2 && g.last_number === 3 &&
                                g.missing === 2 && g.owner === 'station',
                        JSON.stringify(g));
                        /* One after the commit; the gap makes another. */
                        await until('the receipt that asks', 15000, () =>
                                receipts().filter((r) => r.boot === 77 &&
                                        r.upto === 1 && JSON.stringify(
                                        r.also) === '[[4,4]]').length >= 2);
                        send(2);
                        send(3);
                        await until('closed', 10000, () => gap('filled'));
                        want(!(await gap('open')), 'it is still open');
                });

        await sentence('the example loses nothing over kills of itself and ' +
                'of the server', async () => {
                const password = account('BOOK-EX');
                const dir = path.join(s.dir, 'example');
                const file = path.join(s.dir, 'example.txt');
                const store = path.join(dir, 'store');
                let text = '';

                for (let i = 0; i < LINES; i++)
                        text += `${new Date(now + 8 * 3600000 -
                                (LINES - i) * 60000).toISOString()
                                .slice(0, 19)}+08:00 Z ${(i / 100).toFixed(2)}\n`;
                fs.mkdirSync(dir, { recursive: true });
                fs.writeFileSync(file, text);

                const start = () => {
                        const child = spawn(path.resolve(ROOT,
                                s.env.SANFANG_BIN,
                                '../sensors/station_example'),
                        ['BOOK-EX', '--url',
                                s.env.SANFANG_MQTT_URL.replace('mqtt:', 'tcp:'),
                                '--user',
                                'BOOK-EX', '--dir', store, '--resend', '2',
                                '-'],
                        { stdio: [fs.openSync(file), 'inherit', 'inherit'],
                                env: { ...process.env,
                                        SANFANG_MQTT_PASSWORD: password } });

                        child.end = new Promise((done) => child.on('exit',
                                (status, signal) => done(status ?? signal)));
                        return child;
                };
                const kept = () => Number(s.sql(`select count(*) from
                        sanfang.observation where station = 'BOOK-EX'`));
                let child = start();

                await until('it waits', 15000, async () => (await operator.get(
                        '/applicants/BOOK-EX')).json?.waiting > 5);
                child.kill('SIGKILL');
                await child.end;
                want((await admin.post('/applicants/BOOK-EX/admit',
                        record('EX'))).status === 200, 'not admitted');
                child = start();
                await until('some are in', 15000, () => kept() > 20);
                child.kill('SIGKILL');
                await child.end;
                child = start();
                await s.kill('sanfangd');
                const status = await Promise.race([child.end,
                        new Promise((done) => setTimeout(() => done('late'),
                                60000))]);

                if (status === 'late')
                        child.kill('SIGKILL');
                want(status === 0, `it ended with ${status}`);
                const sums = s.sql(`select count(*), count(distinct time),
                        sum(value) from sanfang.observation
                        where station = 'BOOK-EX'`);

                want(sums === `${LINES}|${LINES}|${(LINES * (LINES - 1) / 200)
                        .toFixed(2)}`, sums);
                return sums;
        });
});
