/* test/stack/psql.mjs -- a question to PostgreSQL, and its answer as text.
 *
 * The program itself, not the one in PATH: Debian wraps that in a script
 * that takes longer than most questions, and tests ask many times. */
import fs from 'node:fs';
import { spawnSync } from 'node:child_process';

const FOLDER = '/usr/lib/postgresql';
const [newest] = fs.existsSync(FOLDER) ? fs.readdirSync(FOLDER).sort(
        (a, b) => Number(b) - Number(a)) : [];

export const PSQL = newest ? `${FOLDER}/${newest}/bin/psql` : 'psql';

export function psql(uri, query)
{
        const r = spawnSync(PSQL, ['-X', '-q', '-At', '-v', 'ON_ERROR_STOP=1',
                '-c', query, uri], { encoding: 'utf8', maxBuffer: 1 << 30,
                env: { ...process.env, PGCONNECT_TIMEOUT: '5' } });

        if (r.status !== 0)
                throw new Error(`psql: ${r.stderr || r.error}`);
        return r.stdout.trim();
}
