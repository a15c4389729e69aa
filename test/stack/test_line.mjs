/* test/stack/test_line.mjs -- one level above WRZ, from mosquitto_pub to
 * every place where it must show, and the answers of the officers. */
import { spawnSync } from 'node:child_process';
import { sentence, until, want, with_stack } from './stack.mjs';

/* The test station of ./run demo: WRZ 10 m, GRZ 12 m, OBHTZ 14 m. */
const ABOVE_WRZ = 10.62;

await with_stack('line', async (s) => {
        const code = s.env.SANFANG_STATION_CODE;
        const viewer = await s.signIn('viewer');
        const duty = await s.signIn('duty');
        const health = await s.signIn('health120');
        const feed = viewer.feed();
        const mine = (a) => a.station === code && a.hazard === 'flood';
        let alert;

        await feed.find('snapshot', 10000, (m) => m.type === 'snapshot');

        await sentence('a level above WRZ is an alert on the feed', async () => {
                s.publish([{ element: 'Z', value: ABOVE_WRZ }]);
                alert = await feed.alert('the alert', 5000, mine);
                want(alert.level === 'yellow', `level ${alert.level}`);
                want(alert.state === 'open', `state ${alert.state}`);
                want(/^[A-Za-z0-9-]{1,64}$/.test(alert.id), alert.id);
                want(alert.value === ABOVE_WRZ && alert.threshold === 10,
                        `value ${alert.value}, threshold ${alert.threshold}`);
                return alert.id;
        });
        if (!alert)
                return feed.close();

        await sentence('the same alert is in the API, once', async () => {
                const open = (await viewer.alerts()).filter(mine);

                want(open.length === 1, `${open.length} alerts`);
                want(open[0].id === alert.id, open[0].id);
                want(open[0].agencies.length >= 3, 'fewer than 3 agencies');
        });

        await sentence('it is on the retained topic of its zone, counted in ' +
                'county and city', () =>
                until('retained', 10000, () => {
                        const kept = s.retained('sanfang/v1/alert/#');
                        const of = (zone) => JSON.parse(
                                kept[`sanfang/v1/alert/${zone}`] ?? 'null');

                        return of(alert.zone)?.alerts
                                .some((a) => a.id === alert.id) &&
                                of(alert.county)?.count.yellow >= 1 &&
                                of('440900')?.count.yellow >= 1;
                }).then(() => {}));

        await sentence('PostGIS has it where the station is', async () => {
                const [lon, lat] = (await until('the station', 30000, () =>
                        s.sql(`select lon, lat from sanfang.station
                                where code = '${code}'`))).split('|');

                await until('the row', 10000, () => s.sql(
                        `select count(*) from sanfang.alert
                         where id = '${alert.id}' and st_dwithin(
                         geom::geography, st_setsrid(st_makepoint(
                         ${lon}, ${lat}), 4326)::geography, 50)`) === '1');
                want(s.sql(`select count(*) from sanfang.observation
                        where station = '${code}' and element = 'Z'
                        and value = ${ABOVE_WRZ}`) === '1',
                'the observation is not there once');
        });

        await sentence('then it says that it is archived', () =>
                until('archived', 10000, async () =>
                        (await viewer.get(`/alerts/${alert.id}`))
                                .json.archived).then(() => {}));

        await sentence('a viewer may not acknowledge', async () => {
                const r = await viewer.post(`/alerts/${alert.id}/ack`,
                        { intent: 'seen' });

                want(r.status === 403, `status ${r.status}`);
        });

        await sentence('nobody may without a session', async () => {
                const r = await fetch(`${s.url}/api/v1/alerts/${alert.id}/ack`,
                        { method: 'POST', body: '{"intent":"seen"}',
                                headers: { 'content-type':
                                        'application/json' } });

                want(r.status === 401, `status ${r.status}`);
        });

        await sentence('the duty officer and health120 answer', async () => {
                const one = await duty.post(`/alerts/${alert.id}/ack`,
                        { intent: 'acting', note: 'gauge crew on the way' });
                const two = await health.post(`/alerts/${alert.id}/ack`,
                        { intent: 'seen' });

                want(one.status === 200, `duty: ${one.status} ${one.text}`);
                want(two.status === 200, `120: ${two.status} ${two.text}`);
                const given = two.json.agencies.filter((a) => a.given)
                        .map((a) => a.agency).sort();

                want(given.join() === 'health120,sanfang', given.join());
        });

        await sentence('the answer is on the feed', () =>
                feed.alert('acknowledged', 5000, (a) => a.id === alert.id &&
                        a.state === 'acknowledged').then(() => {}));

        await sentence('the audit has all three', () =>
                until('audit', 10000, async () => {
                        const r = await duty.get('/audit?limit=200');
                        const about = r.json.audit.filter((row) =>
                                JSON.stringify(row).includes(alert.id));
                        const users = about.map((row) => row.user);

                        return ['viewer', 'duty', 'health120']
                                .every((u) => users.includes(u));
                }).then(() => {}));

        await sentence('a message with the same key twice is kept aside', () => {
                const before = Number(s.sql(
                        'select count(*) from sanfang.quarantine'));
                const r = s.mqtt('mosquitto_pub', s.env.SANFANG_STATION_USER,
                        s.env.SANFANG_STATION_PASSWORD, ['-q', '1', '-t',
                                `sanfang/v1/st/${code}/up/obs`, '-s'],
                        `{"station":"${code}","station":"X","obs":[]}`);

                want(r.status === 0, r.stderr);
                return until('quarantine', 10000, () => Number(s.sql(
                        'select count(*) from sanfang.quarantine')) > before)
                        .then(() => {});
        });

        await sentence('sanfang explain tells why, twice the same', () => {
                const said = s.sanfang('explain', alert.id);

                for (const part of [/raised, yellow \(record \d+\)/,
                        /rule river-level, version \d+:/,
                        /value \d+\.\d{3}, limit \d+\.\d{3}/,
                        /Z of .*, record \d+, came /, /by duty/,
                        /run twice: the same \d+ changes, byte for byte\n$/])
                        want(part.test(said), `${part} is not in\n${said}`);
        });

        await sentence('a station cannot write for another', () => {
                const r = s.mqtt('mosquitto_pub', s.env.SANFANG_STATION_USER,
                        s.env.SANFANG_STATION_PASSWORD, ['-q', '1', '-t',
                                'sanfang/v1/st/MM-ZZ-XDJ03/up/obs', '-m', '{}']);

                want(/Not authorized/.test(r.stderr), r.stderr);
        });

        await sentence('sanfang station add gives an account that works', () => {
                const said = s.sanfang('station', 'add', 'MM-ZZ-XDJ04', '--port',
                        s.env.SANFANG_MQTT_PORT);
                const line = said.slice(said.indexOf('mosquitto_pub'));

                return until('the printed line works', 5000, () => {
                        const sent = spawnSync('bash', ['-c', line],
                                { encoding: 'utf8' });

                        want(sent.status === 0 && !sent.stderr,
                                `${line}\n${sent.stderr}`);
                        return true;
                }).then(() => {});
        });

        await sentence('an anonymous client is refused by the broker', () => {
                const r = s.mqtt('mosquitto_pub', 'nobody', 'nothing',
                        ['-t', 'sanfang/v1/alert/x', '-m', 'x']);

                want(r.status !== 0, 'it was let in');
        });

        await sentence('a reading that has boot and seq gets its receipt',
                async () => {
                        s.publish([{ element: 'Z', value: 10.5 }],
                                { boot: 7, seq: 1 });
                        const r = await until('receipt', 12000, () => {
                                const got = s.mqtt('mosquitto_sub',
                                        s.env.SANFANG_STATION_USER,
                                        s.env.SANFANG_STATION_PASSWORD,
                                        ['-q', '1', '-t', `sanfang/v1/st/${code}` +
                                                '/down/receipt', '-C', '1',
                                        '-W', '3']);

                                if (got.stdout)
                                        return JSON.parse(got.stdout);
                                s.publish([{ element: 'Z', value: 10.5 }],
                                        { boot: 7, seq: 1 });
                                return false;
                        });

                        want(r.boot === 7 && r.upto >= 1, JSON.stringify(r));
                });

        await sentence('the water falls and the alert ends', async () => {
                s.publish([{ element: 'Z', value: 5.0 }]);
                await until('ended', 90000, async () => {
                        s.publish([{ element: 'Z', value: 5.0 }]);
                        return !(await viewer.alerts()).some(mine);
                });
        });

        await feed.close();
});
