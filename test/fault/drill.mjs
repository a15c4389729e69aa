/* test/fault/drill.mjs -- what the drills share: options, a line that is
 * whole again, and orders to the disks (disk.c). */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT, sentence, until, want } from '../stack/stack.mjs';
import { doubles, settle } from '../stack/ledger.mjs';
import { drain, replay_and_compare } from '../stack/replay.mjs';

export const UP_MS = 90000;

/* The number after --name on the command line. */
export function option(name, otherwise)
{
        const at = process.argv.indexOf(`--${name}`);

        return at > 0 ? Number(process.argv[at + 1]) : otherwise;
}

/* Processes under the postmaster: all, or those that serve a connection. */
export function backends(s, all = false)
{
        return spawnSync('pgrep', ['-P', String(s.pid('postgres'))],
                { encoding: 'utf8' }).stdout.split('\n').filter((l) => l)
                .map(Number).filter((pid) => {
                        try {
                                return all || /127\.0\.0\.1/.test(
                                        fs.readFileSync(`/proc/${pid}/cmdline`,
                                                'utf8'));
                        } catch {
                                return false;
                        }
                });
}

/* False when it is gone already. */
export function signal(pid, name)
{
        try {
                process.kill(pid, name);
                return true;
        } catch {
                return false;
        }
}

export async function pace(s, rate)
{
        const admin = await until('sign-in', UP_MS, () => s.signIn('admin'));
        const r = await admin.post('/clock', { rate });

        want(r.status === 200, `clock: ${r.status} ${r.text}`);
}

/* Of all kinds: the stations report together, the ambulances in between. */
const taken = (s) => s.metric_sum('messages_by_kind_total');

/* Both links up, a message and a record of after now are in PostGIS. */
export async function recovered(s, what)
{
        let mark;
        let before;

        await until(`all is up after ${what}`, UP_MS, async () => {
                const r = await s.ready();

                mark ??= r.journal.seq;
                before ??= await taken(s);
                return r.ready && r.database.up && r.broker.up &&
                        r.archive.position > mark && await taken(s) > before;
        });
}

/* ---- the end: what was made against what is there ---- */

export async function agree(s)
{
        await sentence('ledger and PostGIS agree: nothing lost, nothing twice',
                async () => {
                        /* A short run may end before reports are due. */
                        await until('a reading is made', 120000, () =>
                                fs.statSync(path.join(s.dir, 'ledger.jsonl'))
                                        .size > 0);
                        /* The storm pauses: what waits has its time. */
                        await pace(s, 0);
                        const found = await settle(s, 300000);

                        want(found.n > 0, 'the ledger has no reading: ' +
                                'nothing shown');
                        want(found.wrong.length === 0, 'other value: ' +
                                JSON.stringify(found.wrong[0]));
                        want(doubles(s) === 0, `${doubles(s)} doubled`);
                        return `${found.n} readings`;
                });
        await sentence('nothing is poison', () => {
                const all = s.sql('select sqlstate, error from sanfang.poison');

                want(all === '', all);
        });
}

/* Ends the storm and the server for good. */
export async function same_again(s)
{
        await sentence('the server ends clean, and its journal, run again ' +
                'into an empty database, gives the same rows', async () => {
                s.hold('storm', true);
                process.kill(s.pid('storm'), 'SIGTERM');
                await until('archive has all', 30000, async () => {
                        const r = await s.ready();

                        return r.archive.position >= r.journal.seq - 100;
                });
                await drain(s);
                const count = replay_and_compare(s);

                return Object.entries(count).map(([t, n]) => `${t} ${n}`)
                        .join(', ');
        });
}

/* ---- disks ---- */

/* What with_stack() must be given: whose disk is ours to spoil, and whose
 * power may go. */
export const disk_env = (parts, cuts = []) => ({
        SANFANG_DRILL_DISK: path.join(ROOT, 'build/fault/disk.so'),
        SANFANG_DRILL_DISK_PARTS: parts.join(' '),
        SANFANG_DRILL_CUTS: cuts.join(' '),
});

const orders = (s, part) => path.join(s.dir, `disk-${part}`);

export function order(s, part, name, text = '')
{
        fs.writeFileSync(path.join(orders(s, part), `${name}.new`), text);
        fs.renameSync(path.join(orders(s, part), `${name}.new`),
                path.join(orders(s, part), name));
}

export function lift(s, part, name)
{
        fs.rmSync(path.join(orders(s, part), name), { force: true });
}

/* disk.so stands in the process: else a drill would show nothing. */
export function want_disk(s, part)
{
        want(fs.readFileSync(`/proc/${s.pid(part)}/maps`, 'utf8')
                .includes('/disk.so'), `${part} has its own disk`);
}

/* A sentence whose orders end with it, also when it fails. */
export async function drill(s, name, body)
{
        const ordered = [];

        await sentence(name, async () => {
                try {
                        return await body((part, what, text) => {
                                ordered.push([part, what]);
                                order(s, part, what, text);
                        });
                } finally {
                        ordered.forEach(([part, what]) => lift(s, part, what));
                }
        });
}
