/* test/stack/replay.mjs -- the journal run again into an empty database,
 * and what is in both. */
import fs from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { alive, pause, until, want } from './stack.mjs';

/* Ends sanfangd (and keeps it away) the clean way; in ms, with its state. */
export async function drain(s)
{
        const pid = s.pid('sanfangd');
        const begin = Date.now();

        s.hold('sanfangd', true);
        process.kill(pid, 'SIGTERM');
        await until('sanfangd ends', 30000, () => !alive(pid));
        const ms = Date.now() - begin;

        await pause(500);
        const log = fs.readFileSync(path.join(s.dir, 'log/sanfangd.log'), 'utf8')
                .trim().split('\n').at(-1);

        want(/event=stopped code=0/.test(log), log);
        return ms;
}

function superuser(s, base, query)
{
        const port = new URL(s.env.SANFANG_DB).port;
        const r = spawnSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-h',
                '127.0.0.1', '-p', port, '-U', 'postgres', '-d', base, '-c',
                query], { encoding: 'utf8', env: { ...process.env, PGPASSWORD:
                fs.readFileSync(path.join(s.dir, 'secret/pg-superuser'), 'utf8')
                        .trim() } });

        want(r.status === 0, r.stderr);
}

function replay(s, args)
{
        const r = spawnSync(path.join(s.env.SANFANG_BIN, 'sanfang'), ['replay',
                '--journal', path.join(s.dir, 'journal'), '--alerts', '-',
                ...args], { encoding: 'utf8', maxBuffer: 1 << 30,
                env: { ...process.env, SANFANG_STATE_DIR: s.dir } });

        want(r.status === 0, r.stderr);
        return r.stdout;
}

/* {alerts, transitions}: how many equal rows; throws at a difference.
 * sanfangd must have ended. */
export function replay_and_compare(s)
{
        const uri = new URL(s.env.SANFANG_DB);

        superuser(s, 'postgres', 'drop database if exists again');
        superuser(s, 'postgres', 'create database again owner sanfang');
        superuser(s, 'again', 'create extension postgis');
        uri.pathname = '/again';
        const again = { env: { SANFANG_DB: uri.href }, sql: s.sql };
        const lines = replay(s, ['--db', uri.href]);

        want(lines.length > 0, 'the replay gives no alert');
        want(replay(s, []) === lines, 'two replays give different bytes');
        const count = {};

        for (const [table, order] of Object.entries({ alert: 'id',
                alert_transition: 'alert, n', alert_evidence: 'x::text',
                alert_answer: 'x::text', audit: 'n', incident: 'x::text',
                rain_slot: 'x::text', observation: 'x::text' })) {
                const query = `select x::text from sanfang.${table} x
                        order by ${order}`;
                const live = s.sql(query);

                want(live === again.sql(query), `${table} differs`);
                count[table] = live ? live.split('\n').length : 0;
        }
        return count;
}
