/* test/fault/disk.mjs -- bad disks, under the whole line.
 *
 * Usage: node test/fault/disk.mjs [--cuts N] [--seed S] (12).  disk.c
 * stands between the parts and their disks (LD_PRELOAD).  In turn:
 *   - the journal's disk is full, then has room again: held, said, nothing
 *     lost, no restart; officers answer meanwhile;
 *   - a sync of the journal fails: nothing is taken, it is said, and a
 *     restart goes on;
 *   - the database's disk is full, and the broker's;
 *   - the power goes, N times, at server or station or both: what was not
 *     synced is gone.
 * At the end ledger = PostGIS, every answer that was told "kept" is there,
 * and the journal run again gives the same rows. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { alive, pause, sentence, until, want, with_stack } from
        '../stack/stack.mjs';
import { chance, figures, pick } from './chance.mjs';
import { agree, disk_env, drill, lift, option, order, pace, recovered,
        same_again, UP_MS, want_disk } from './drill.mjs';

const CUTS = option('cuts', 12);
const SEED = option('seed', Date.now() % 1000000);
const PARTS = ['sanfangd', 'storm', 'postgres', 'mosquitto'];
const random = chance(SEED);
const answers = [];

console.log(`# seed ${SEED}`);

/* The journal has allocated up to 4 MiB ahead, which messages may use. */
function fill_what_is_allocated(s)
{
        const file = path.join(s.dir, 'big.bin');
        const e = s.env;

        fs.writeFileSync(file, Buffer.alloc(60000, 'x'));
        for (let i = 0; i < 80; i++)
                spawnSync('mosquitto_pub', ['-V', '5', '-h', '127.0.0.1', '-p',
                        e.SANFANG_MQTT_PORT, '-u', e.SANFANG_STATION_USER,
                        '-P', e.SANFANG_STATION_PASSWORD, '-q', '1', '-f',
                        file, '-t', 'sanfang/v1/st/' +
                                `${e.SANFANG_STATION_CODE}/up/obs`],
                { timeout: 5000 });
}

/* An officer's answer to the test station's alert; 200 means kept. */
async function answer(s, user, note)
{
        const who = await until('sign-in', UP_MS, () => s.signIn(user));
        const a = await until('the alert', 30000, async () =>
                (await who.alerts()).find((x) => x.station ===
                        s.env.SANFANG_STATION_CODE));
        const r = await who.post(`/alerts/${a.id}/ack`,
                { intent: 'acting', note });

        want(r.status === 200, `${user}: ${r.status} ${r.text}`);
        answers.push({ alert: a.id, user, note });
}

/* The power goes; then the part comes back by itself. */
async function cut(s, part)
{
        const pid = s.pid(part);

        order(s, part, `cut.${pid}`, String(Math.floor(random() * 1e9)));
        await until(`${part} is gone`, 20000, () => !alive(pid));
        await until(`${part} is back`, UP_MS, () => {
                const now = s.pid(part);

                return now !== pid && alive(now);
        });
}

/* The database takes nothing for 150 records, and that is said. */
async function rows_wait(s)
{
        let mark;

        await until('rows wait and it is said', 90000, async () => {
                const r = await s.ready();

                want(r.ready, 'telemetry is not taken');
                if (r.database.up || mark?.position !== r.archive.position)
                        mark = { position: r.archive.position,
                                seq: r.journal.seq };
                return r.journal.seq > mark.seq + 150;
        });
}

await with_stack('disk', async (s) => {
        await sentence('the storm runs over disks of ours; an alert stands',
                async () => {
                        PARTS.forEach((part) => want_disk(s, part));
                        await pace(s, 10);
                        s.publish([{ element: 'Z', value: 12.5 }]);
                        await recovered(s, 'the start');
                });

        await sentence('the journal\'s disk is full: the broker is held, it ' +
                'is said, and officers go on', async () => {
                order(s, 'sanfangd', 'no-room');
                fill_what_is_allocated(s);
                await until('held', 60000, async () => {
                        const r = await s.ready();

                        return r.ready === false && r.journal.level === 'held';
                });
                const seq = (await s.ready()).journal.seq;

                await answer(s, 'duty', 'on a full disk');
                await until('the clock goes on', 30000, async () =>
                        (await s.ready()).journal.seq > seq + 20);
                const viewer = await s.signIn('viewer');

                await until('two system alerts', 30000, async () => {
                        const all = await viewer.alerts();

                        return all.some((a) => a.hazard === 'system' &&
                                a.level === 'orange');
                });
                want((await viewer.get('/situation')).json.system.journal
                        .level === 'held', 'the screens do not know');
        });

        await drill(s, 'room again: it goes on without a restart', async () => {
                const pid = s.pid('sanfangd');
                const begin = Date.now();

                lift(s, 'sanfangd', 'no-room');
                await recovered(s, 'a full journal');
                want(s.pid('sanfangd') === pid, 'it was restarted');
                await until('fine again', 30000, async () =>
                        (await s.ready()).journal.level === 'fine');
                return `${Date.now() - begin} ms`;
        });

        await drill(s, 'a sync fails: nothing more is taken, it is said, ' +
                'and a restart goes on', async (command) => {
                command('sanfangd', 'sync-eio');
                await until('broken', 30000, async () => {
                        const r = await s.ready();

                        return r.ready === false &&
                                r.journal.level === 'broken' &&
                                /start again/.test(r.journal.why);
                });
                lift(s, 'sanfangd', 'sync-eio');
                const seq = (await s.ready()).journal.synced;

                await pause(1000);
                want((await s.ready()).journal.synced === seq,
                        'called safe after a failed sync');
                await s.kill('sanfangd', UP_MS);
                await recovered(s, 'a failed sync');
        });

        /* Reports every five seconds. */
        await pace(s, 60);
        for (const [how, name] of [
                ['no-room', 'the database\'s disk is full'],
                ['quota', 'the database\'s quota is used up'],
                ['full', 'the database cannot even write its log']])
                await drill(s, `${name}: telemetry is taken, it is said, ` +
                        'and it catches up', async (command) => {
                        command('postgres', how);
                        await rows_wait(s);
                        await answer(s, 'hydro', `no archive, ${how}`);
                        lift(s, 'postgres', how);
                        const begin = Date.now();

                        await recovered(s, name);
                        return `${Date.now() - begin} ms after there was room`;
                });
        await drill(s, 'the broker\'s disk is full: it needs none',
                async (command) => {
                        command('mosquitto', 'full');
                        await recovered(s, 'the broker\'s full disk');
                        await s.kill('mosquitto', UP_MS);
                        await recovered(s, 'a broker that starts on a full ' +
                                'disk');
                });

        /* Reports every two seconds. */
        await pace(s, 150);
        await drill(s, `${CUTS} power cuts: server, stations or both`,
                async () => {
                        const times = [];

                        for (let i = 0; i < CUTS; i++) {
                                const parts = pick(random, [['sanfangd'],
                                        ['sanfangd'], ['storm'],
                                        ['sanfangd', 'storm']]);
                                const begin = Date.now();

                                await pause(random() * 1500);
                                if (random() < 0.4)
                                        await answer(s, 'duty',
                                                `before cut ${i}`);
                                await Promise.all(parts.map((p) => cut(s, p)));
                                await recovered(s, `cut ${i}`);
                                times.push(Date.now() - begin);
                        }
                        return figures(times);
                });

        await agree(s);

        await sentence('every answer that was told "kept" is kept', async () => {
                for (const a of answers)
                        want(s.sql(`select count(*) from
                                sanfang.alert_transition where alert =
                                '${a.alert}' and kind = 'ack' and note =
                                '${a.note}'`) !== '0',
                        JSON.stringify(a));
                return `${answers.length} answers`;
        });

        await same_again(s);
}, { env: disk_env(PARTS, ['sanfangd', 'storm']) });
