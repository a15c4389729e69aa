/* test/layers/compile.mjs -- a forbidden include does not compile.
 *
 * Usage: node compile.mjs ROOT BUILD.  For each room it takes the command
 * that the build uses for one of its sources, gives it a file with one
 * include line, and looks whether the compiler finds the header: what is
 * granted must be found (so the test can fail both ways), what is not
 * granted must not. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { MAY_INCLUDE, ROOMS, finish, rule, sources } from './house.mjs';

const [root, build] = process.argv.slice(2);
const commands = JSON.parse(fs.readFileSync(
        path.join(build, 'compile_commands.json'), 'utf8'))
        .map((c) => ({ ...c, source: path.relative(root, c.file) }));
const files = sources(root);
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'sanfang-layers-'));
const probe = path.join(dir, 'probe.c');

/* The flags of a command: without source, output and dependency files. */
function flags(command)
{
        const words = command.command.split(/\s+/);
        const kept = [];

        for (let i = 0; i < words.length; i++) {
                if (['-o', '-MF', '-MT', '-MQ'].includes(words[i]))
                        i++;
                else if (!['-c', '-MD'].includes(words[i]) &&
                        words[i] !== command.file)
                        kept.push(words[i].replaceAll('\\"', '"'));
        }
        return kept;
}

/* True when the compiler finds the header with this room's flags. */
function finds(command, header)
{
        const [compiler, ...rest] = flags(command);

        fs.writeFileSync(probe, `#include "${header}"\n`);
        return spawnSync(compiler, [...rest, '-M', probe],
                { cwd: command.directory }).status === 0;
}

function header_of(room)
{
        return files.find((f) => f.endsWith('.h') &&
                f.split('/')[0] === room && f.split('/').length === 2);
}

function source_of(room)
{
        return commands.find((c) => c.source.split('/')[0] === room &&
                c.source.split('/').length === 2);
}

for (const room of ROOMS) {
        const command = source_of(room);

        if (!command)
                continue;
        for (const other of ROOMS) {
                const header = header_of(other);

                if (!header)
                        continue;
                const may = MAY_INCLUDE[room].includes(other);
                const found = finds(command, header);

                if (may && !found && other !== room)
                        continue; /* not every target needs every room */
                rule(`${room}/ ${may ? 'reaches' : 'cannot reach'} ${header}`,
                        may === found ? [] : [`compiled as ` +
                                `${command.source}: the header was ` +
                                `${found ? '' : 'not '}found`]);
        }
}
fs.rmSync(dir, { recursive: true });
finish();
