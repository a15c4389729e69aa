/* test/layers/symbols.mjs -- pure objects call nothing of the world.
 *
 * Usage: node symbols.mjs ROOT BUILD.  Looks at the compiled objects of
 * what should be pure: no file, socket, clock, log, thread or environment
 * among the symbols they need. */
import fs from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { ROOMS, WORLDLY_SYMBOL, finish, is_pure, rule } from './house.mjs';

const [root, build] = process.argv.slice(2);
const commands = JSON.parse(fs.readFileSync(
        path.join(build, 'compile_commands.json'), 'utf8'));
const breaches = Object.fromEntries(ROOMS.map((r) => [r, []]));
const seen = Object.fromEntries(ROOMS.map((r) => [r, 0]));

for (const c of commands) {
        const source = path.relative(root, c.file);
        const room = source.split('/')[0];
        const object = path.join(c.directory, / -o (\S+)/.exec(c.command)[1]);

        if (!ROOMS.includes(room) || !is_pure(source) ||
            !fs.existsSync(object))
                continue;
        seen[room]++;
        for (const line of spawnSync('nm', ['-u', object],
                { encoding: 'utf8' }).stdout.split('\n')) {
                const symbol = line.trim().split(/\s+/)[1];

                if (symbol && WORLDLY_SYMBOL.test(symbol))
                        breaches[room].push(`${source} calls ${symbol}()`);
        }
}
for (const room of ROOMS)
        if (seen[room])
                rule(`${room}/ is pure (${seen[room]} objects)`,
                        breaches[room]);
finish();
