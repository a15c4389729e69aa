/* test/stack/test_terminals.mjs -- SL 651 terminals on TCP and MQTT against
 * the real line: confirmed, kept, asked again, and nothing twice. */
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { pause, sentence, until, want, with_stack } from './stack.mjs';
import { again, ENQ, EOT, ESC, NAK, picture, report, series, Terminal } from './sl651.mjs';

const A = '4409810001', B = '4409810002', P = '4409810003',
        N = '4409810004', G = '4409810005';

function import_stations(s)
{
        const file = path.join(s.dir, 'terminals.csv');

        fs.writeFileSync(file, [
                'code,name,kind,lon,lat,town,sl651,sl651_mode,via,sl651_ask',
                `TA,甲,ZZ,110.9,21.6,,${A},m2,,`,
                `TB,乙,ZZ,110.91,21.6,,${B},m2,TA,`,
                `TP,丙,ZZ,110.92,21.6,,${P},m3,,`,
                `TG,戊,ZZ,110.94,21.6,,${G},m2,,1`, ''].join('\n'));
        s.sanfang('import', 'stations', file, '--zones',
                path.join(path.dirname(new URL(import.meta.url).pathname),
                        '../days/sanba-2023/zones.geojson'));
}

const values = (s, station) => s.sql('select value::float8 from ' +
        `sanfang.observation where station = '${station}' and element = 'Z' ` +
        'order by time').split('\n').filter(Boolean);

await with_stack('terminals', async (s) => {
        const port = Number(s.env.SANFANG_SL651_PORT);
        const now = async () => (await s.clock()).now;
        const quarantine = (reason) => Number(s.sql('select ' +
                'coalesce(sum(count), 0) from sanfang.quarantine where ' +
                `reason = '${reason}' and topic like 'tcp/%'`));
        const viewer = await s.signIn('viewer');
        let t, u;

        import_stations(s);

        await sentence('two stations on one connection are confirmed each',
                async () => {
                        const time = await now();

                        t = await Terminal.connect(port);
                        t.send(report(A, 1, time, 1.25));
                        t.send(report(B, 9, time, 2.5));
                        await until('two answers', 2000,
                                () => t.answers.length === 2);
                        want(t.answers.every((a) => a.ok && a.end === EOT),
                                JSON.stringify(t.answers));
                        want(t.answers[0].serial === 1 &&
                                t.answers[1].serial === 9, 'serials');
                        await until('in PostGIS', 10000, () =>
                                values(s, 'TA')[0] === '1.25' &&
                                values(s, 'TB')[0] === '2.5');
                });

        await sentence('a wrong check sum gets silence and a quarantine row',
                async () => {
                        const frame = report(A, 2, await now(), 1.3);

                        frame[frame.length - 1] ^= 1;
                        t.send(frame);
                        /* What is sent after it is answered, so it was read. */
                        t.send(report(A, 3, await now(), 1.35));
                        await until('one answer', 2000,
                                () => t.answers.length === 3);
                        want(t.answers[2].serial === 3, 'serial');
                        await until('quarantine', 10000,
                                () => quarantine('crc') === 1);
                });

        await sentence('a frame that never ends is closed, others go on',
                async () => {
                        const slow = await Terminal.connect(port);
                        const frame = report(A, 4, await now(), 1.4);

                        slow.send(frame.subarray(0, 20));
                        await until('the slow one is closed', 14000,
                                () => slow.closed);
                        want(!t.closed, 'the other one too');
                        t.send(report(A, 5, await now(), 1.5));
                        await until('answer', 2000,
                                () => t.answers.length === 4);
                        want(await s.metric('sanfang_sl651_tcp_connections') ===
                                1, 'connections');
                });

        await sentence('a picture with a lost packet is asked for and whole',
                async () => {
                        const jpeg = crypto.randomBytes(5000);
                        const packets = picture(P, 1, await now(), jpeg, 700);
                        const lost = 3;

                        u = await Terminal.connect(port);
                        packets.forEach((p, i) => i + 1 !== lost && u.send(p));
                        await until('NAK', 2000, () => u.answers.length === 1);
                        want(u.answers[0].end === NAK &&
                                u.answers[0].packet === lost,
                        JSON.stringify(u.answers));
                        u.send(again(packets[lost - 1]));
                        await until('EOT', 2000, () => u.answers.length === 2);
                        want(u.answers[1].end === EOT &&
                                u.answers[1].packet === packets.length,
                        JSON.stringify(u.answers));
                        const list = await until('listed', 10000, async () => {
                                const r = await viewer.get(
                                        '/stations/TP/pictures');

                                return r.json?.pictures?.length && r.json;
                        });
                        const one = list.pictures[0];
                        const answer = await fetch(`${s.url}/api/v1/pictures/` +
                                one.id, { headers: { cookie: viewer.cookie } });
                        const got = Buffer.from(await answer.arrayBuffer());

                        want(answer.status === 200 && got.equals(jpeg),
                                `${answer.status}, ${got.length} bytes`);
                        want(one.sha256 === crypto.createHash('sha256')
                                .update(jpeg).digest('hex'), one.sha256);
                        want((await fetch(`${s.url}/api/v1/pictures/${one.id}`))
                                .status === 401, 'without a session');
                });

        await sentence('an unknown terminal is confirmed, waits, and is ' +
                'admitted with what it said', async () => {
                const admin = await s.signIn('admin');
                const v = await Terminal.connect(port);

                v.send(report(N, 1, await now(), 3.75));
                await until('answer', 2000, () => v.answers.length === 1);
                want(v.answers[0].ok && v.answers[0].end === EOT,
                        JSON.stringify(v.answers));
                v.end();
                const x = await until('it waits', 5000, async () => (
                        await admin.get(`/applicants/${N}`)).json);

                want(x.waiting === 1 && values(s, 'TN').length === 0,
                        JSON.stringify(x));
                const r = await admin.post(`/applicants/${N}/admit`, {
                        code: 'TN', name: '丁', kind: 'ZZ', lon: 110.93,
                        lat: 21.6, sl651: N });

                want(r.status === 200, `${r.status} ${r.text}`);
                await until('in PostGIS', 10000,
                        () => values(s, 'TN')[0] === '3.75');
        });

        await sentence('lost reports are asked for with 38H, and the answer ' +
                'closes the gap', async () => {
                const time = Date.parse(await now());
                const ago = (minutes) => new Date(time - minutes * 60e3)
                        .toISOString();
                const v = await Terminal.connect(port);
                const gaps = async (state) => (await viewer.get(
                        `/gaps?station=TG&state=${state}`)).json.gaps;

                v.send(report(G, 1, ago(20), 5));
                await until('answer', 2000, () => v.answers.length === 1);
                v.send(report(G, 4, ago(0), 5.3));
                await until('question', 2000, () => v.answers.length === 3);
                want(v.answers[1].end === ESC && v.answers[2].ok &&
                        v.answers[2].code === 0x38 &&
                        v.answers[2].end === ENQ, JSON.stringify(v.answers));
                const g = (await gaps('open'))[0];

                want(g.missing === 2 && g.asked === 1 && g.since && g.until,
                        JSON.stringify(g));
                v.send(series(G, 1, ago(0), ago(15), [5.1, 5.2]));
                await until('filled', 10000, async () =>
                        (await gaps('filled')).length === 1);
                want((await gaps('open')).length === 0, 'it is still open');
                await until('in PostGIS', 10000,
                        () => values(s, 'TG').join() === '5,5.1,5.2,5.3');
                want(s.sql("select sl651_ask from sanfang.station where " +
                        "code = 'TG'") === 't', 'sl651_ask');
                v.end();
        });

        await sentence('by MQTT the answer comes on down/sl651', async () => {
                s.sanfang('station', 'add', 'TA', '--password', 'terminal-a',
                        '--port', s.env.SANFANG_MQTT_PORT);
                await until('answer', 8000, async () => {
                        const frame = report(A, 6, await now(), 1.6);
                        const topic = 'sanfang/v1/st/TA';
                        const file = path.join(s.dir, 'frame.bin');

                        fs.writeFileSync(file, frame);
                        const r = spawnSync('bash', ['-c', 'mosquitto_sub -V 5 ' +
                                '-h 127.0.0.1 -p "$0" -u TA -P terminal-a -t ' +
                                `${topic}/down/sl651 -C 1 -W 3 -F %x & sub=$!; ` +
                                'for i in 1 2 3 4 5 6 7 8; do sleep 0.2; ' +
                                'kill -0 $sub 2>/dev/null || break; ' +
                                'mosquitto_pub -V 5 -h 127.0.0.1 -p "$0" -u TA ' +
                                `-P terminal-a -q 1 -t ${topic}/up/sl651 -f ` +
                                '"$1"; done; wait $sub', s.env.SANFANG_MQTT_PORT,
                        file], { encoding: 'utf8' });
                        const bytes = Buffer.from(r.stdout.trim(), 'hex');

                        return bytes.length === 25 &&
                                bytes[bytes.length - 3] === ESC;
                });
        });

        await sentence('with PostgreSQL down a report is confirmed within 2 s',
                async () => {
                        s.hold('postgres', true);
                        process.kill(s.pid('postgres'), 'SIGKILL');
                        await until('database down', 15000, async () =>
                                !(await s.ready()).database.up);
                        const begin = performance.now();

                        t.send(report(A, 7, await now(), 1.75));
                        await until('answer', 2000,
                                () => t.answers.length === 5);
                        return `${Math.round(performance.now() - begin)} ms`;
                });

        await sentence('killed before it confirms, the repeat is taken once',
                async () => {
                        const time = await now();
                        const frame = report(B, 10, time, 2.75);

                        process.kill(s.pid('sanfangd'), 'SIGSTOP');
                        t.send(frame);
                        await pause(100); /* in the kernel's buffer */
                        await s.kill('sanfangd', 10000);
                        want(t.answers.length === 5, 'confirmed?');
                        const v = await until('connection', 10000,
                                () => Terminal.connect(port));

                        v.send(frame);
                        await until('answer', 5000, () => v.answers.length === 1);
                        /* And killed after it: sent again all the same. */
                        await s.kill('sanfangd', 10000);
                        const w = await until('connection', 10000,
                                () => Terminal.connect(port));

                        w.send(frame);
                        await until('answer', 5000, () => w.answers.length === 1);
                        s.hold('postgres', false);
                        await until('in PostGIS', 30000, () =>
                                values(s, 'TB').join() === '2.5,2.75');
                        want(s.sql('select count(*) from ' +
                                'sanfang.observation_conflict ' +
                                "where station = 'TB'") === '0', 'conflicts');
                        want(await s.metric('sanfang_sl651_frames_again_total') >=
                                1, 'frames_again');
                        v.end();
                        w.end();
                });

        await sentence('the conformance report says what was wrong', async () => {
                const r = await (await s.signIn('viewer'))
                        .get('/stations/TA/conformance');
                const kinds = r.json.deviations.map((d) => d.kind);

                want(r.status === 200 && r.json.frames >= 4, r.text);
                want(kinds.includes('serial_jump'), kinds.join());
                const text = s.sanfang('station', 'conformance', 'TA',
                        '--lang', 'en');

                want(/Conformance to SL 651-2014/.test(text), text);
                await until('archived', 20000, () => Number(s.sql('select ' +
                        'count(*) from sanfang.conformance')) > 0);
        });
        t.end();
        u.end();
});
