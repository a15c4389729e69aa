/* test/stack/test_sources.mjs -- other sources: a vendor's own JSON on its
 * own topic, and the tables of the hydrology bureau, from where they come
 * to the archive and the API. */
import fs from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { ROOT, sentence, until, want, with_stack } from './stack.mjs';

/* Before the storm's clock begins, 2023-10-20 00:00 +08:00. */
const TIME = '2023-10-19 20:00:00';
const TOPIC = 'acme/g7/data';
const CODE = 'MM-ACME-1';

const TABLES = `create schema hy;
create table hy.st_river_r (stcd char(8), tm timestamp, z numeric(7,3),
        q numeric(9,3), primary key (stcd, tm));
create table hy.st_pptn_r (stcd char(8), tm timestamp, drp numeric(5,1),
        intv numeric(5,2), pdr numeric(5,2), dyp numeric(5,1), wth char(1),
        primary key (stcd, tm));`;

await with_stack('sources', async (s) => {
        const admin = await s.signIn('admin');
        const gateway = 'acme-g7';

        const sanfang = (...args) => spawnSync(
                path.join(s.env.SANFANG_BIN, 'sanfang'), args,
                { encoding: 'utf8', env: { ...process.env,
                        SANFANG_STATE_DIR: s.dir } });
        const done = (r) => {
                want(r.status === 0, `status ${r.status}: ${r.stderr}`);
                return r.stdout;
        };
        const send = (value, sn = 'sn-7001', type = 'level') => {
                const r = s.mqtt('mosquitto_pub', gateway, 'secret',
                        ['-q', '1', '-t', TOPIC, '-s'], JSON.stringify({
                                gateway: 'G7', data: [{ sn, time: TIME, type,
                                        value }] }));

                want(r.status === 0 && !r.stderr, r.stderr);
        };
        const count = (table, where) => Number(s.sql(
                `select count(*) from sanfang.${table} where ${where}`));
        const kept = (reason) => () => count('quarantine',
                `topic = '${TOPIC}' and reason = '${reason}'`) === 1;
        const level = async (code) => (await admin.get(`/stations/${code}`))
                .json?.values.find((v) => v.element === 'Z')?.value;

        await sentence('a gateway gets an account for its own topics', () => {
                const dir = path.join(s.dir, 'broker');

                done(spawnSync('mosquitto_passwd', ['-b',
                        path.join(dir, 'passwd'), gateway, 'secret'],
                { encoding: 'utf8' }));
                fs.appendFileSync(path.join(dir, 'acl'),
                        `\nuser ${gateway}\ntopic write acme/#\n`);
                process.kill(s.pid('mosquitto'), 'SIGHUP');
                return until('the account', 5000, () => s.mqtt(
                        'mosquitto_pub', gateway, 'secret', ['-t', 'acme/x',
                                '-m', '']).status === 0).then(() => {});
        });

        await sentence('a mapping is imported into the running server', () =>
                want(/is in force/.test(done(sanfang('import', 'mapping',
                        path.join(ROOT, 'sensors/mappings/simple.json')))),
                'it does not say so'));

        await sentence('an unknown device waits, and is in quarantine', async () => {
                await until('quarantine', 10000, () => {
                        send('10250'); /* until the subscription stands */
                        return kept('unknown_station')();
                });
                const waits = (await admin.get('/applicants')).json.applicants;

                want(waits.length === 1 && waits[0].name === 'sn-7001' &&
                        waits[0].waiting === 1, JSON.stringify(waits));
        });

        await sentence('admitted, its first value is on the API and in PostGIS',
                async () => {
                        const r = await admin.post('/applicants/sn-7001/admit', {
                                code: CODE, name: 'acme', kind: 'ZZ',
                                vendor_id: 'sn-7001', lon: 110.9, lat: 21.6,
                                interval_s: 300 });

                        want(r.status === 200, r.text);
                        want(await level(CODE) === 10.25, await level(CODE));
                        await until('the row', 10000, () => count('observation',
                                `station = '${CODE}' and element = 'Z' and
                                value = 10.25 and "time" =
                                '${TIME}+08'`) === 1);
                });

        await sentence('another is admitted on the command line', async () => {
                send('11500', 'sn-7002');
                await until('it waits', 10000, async () =>
                        (await admin.get('/applicants')).json.applicants
                                .some((a) => a.name === 'sn-7002'));
                done(sanfang('station', 'admit', 'sn-7002', '--code',
                        'MM-ACME-2', '--vendor-id', 'sn-7002', '--name', 'two',
                        '--kind', 'ZZ', '--lon', '110.9', '--lat', '21.6'));
                want(await level('MM-ACME-2') === 11.5, 'another value');
        });

        await sentence('what the vendor sends wrong is in quarantine', () => {
                send('high');
                return until('quarantine', 10000, kept('type'))
                        .then(() => {});
        });

        await sentence('rows of the bureau are observations, once', async () => {
                s.sql(`${TABLES}
                        insert into hy.st_river_r values
                        ('${s.env.SANFANG_STATION_CODE.slice(0, 8)}',
                        '${TIME}', 1, null), ('B1', '${TIME}', 7.25, 120);
                        insert into hy.st_pptn_r (stcd, tm, drp, intv) values
                        ('B1', '${TIME}', 12.5, 1.00)`);
                done(sanfang('import', 'stations', csv(s)));
                const args = ['import', 'sl323', '--db', s.env.SANFANG_DB,
                        '--schema', 'hy'];
                const first = done(sanfang(...args));

                want(/: 3 values taken.* 1 of unknown stations/.test(first),
                        first);
                await until('the rows', 10000, () => count('observation',
                        'station = \'B1\'') === 3);
                want(await level('B1') === 7.25, await level('B1'));
                const again = done(sanfang(...args));

                want(/: 0 values taken/.test(again), again);
                s.sql(`insert into hy.st_river_r values ('B1',
                        '2023-10-19 21:00', 7.5, null)`);
                const more = done(sanfang(...args));

                want(/: 1 values taken/.test(more), more);
                await until('the new row', 10000, () => count('observation',
                        'station = \'B1\'') === 4);
                want(s.sql(`select string_agg(element || value::numeric(9,2) ||
                        array_to_string(marks, ','), ' ' order by element,
                        "time") from sanfang.observation where station = 'B1'`)
                        === 'P112.50 Q120.00 Z7.25 Z7.50', 'other rows');
                want(count('observation_conflict', 'station = \'B1\'') === 0,
                        'a value came twice');
        });

        await sentence('a mapping that is taken away reads no more', async () => {
                done(sanfang('import', 'mapping', '--remove', 'simple'));
                send('10300');
                s.publish([{ element: 'Z', value: 5.125 }]); /* after it */
                await until('the next message', 10000, async () =>
                        await level(s.env.SANFANG_STATION_CODE) === 5.125);
                want(await level(CODE) === 10.25, await level(CODE));
        });
});

function csv(s)
{
        const file = path.join(s.dir, 'b1.csv');

        fs.writeFileSync(file, 'code,name,kind,lon,lat,interval_s\n' +
                'B1,bureau,ZZ,110.91,21.61,3600\n');
        return file;
}
