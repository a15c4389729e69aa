/* test/layers/words.mjs -- the house rules held against the sources.
 *
 * Usage: node words.mjs ROOT.  The build proves most of this too; here a
 * breach is told in words, with file and line. */
import fs from 'node:fs';
import path from 'node:path';
import {
        LIBRARIES, MAY_INCLUDE, ROOMS, WORLDLY_HEADER, finish, is_pure, rule,
        sources,
} from './house.mjs';

const root = process.argv[2];
const includes = [];
const firsts = [];

for (const file of sources(root)) {
        const lines = fs.readFileSync(path.join(root, file), 'utf8')
                .split('\n');

        firsts.push({ file, line: lines[0] });
        lines.forEach((text, i) => {
                const m = /^\s*#\s*include\s*([<"])([^>"]+)[>"]/.exec(text);

                if (m)
                        includes.push({ file, at: `${file}:${i + 1}`,
                                ours: m[1] === '"', header: m[2],
                                room: file.split('/')[0] });
        });
}

const breaches = (test, word) => includes.filter(test)
        .map((i) => `${i.at} includes ${i.header}: ${word(i)}`);

for (const room of ROOMS)
        rule(`${room}/ includes only ${MAY_INCLUDE[room].join(', ')}`,
                breaches((i) => i.ours && i.room === room &&
                        !MAY_INCLUDE[room].includes(i.header.split('/')[0]),
                (i) => i.header.includes('/') ?
                        `${room}/ may not know that room` :
                        'write the address from the root'));

for (const lib of LIBRARIES)
        rule(`${lib.name} is known only where it belongs`,
                breaches((i) => lib.header.test(i.header) &&
                        !lib.where(i.file), () => `${lib.name} stays behind ` +
                        'its adapter'));

rule('code outside server/ and adapter/ includes nothing of the world',
        breaches((i) => !i.ours && is_pure(i.file) &&
                WORLDLY_HEADER.test(i.header),
        () => 'no socket, file, clock, log or thread here'));

rule('a sibling\'s adapter is introduced by server/ only',
        breaches((i) => i.ours && i.header.includes('/adapter/') &&
                i.room !== 'server' && !i.file.includes('/adapter/'),
        () => 'pure code does not call an adapter'));

rule('the words of schemas/ do not know their codecs',
        breaches((i) => i.ours && i.header.startsWith('schemas/wire/') &&
                i.room === 'schemas' && !i.file.startsWith('schemas/wire/'),
        () => 'only schemas/wire/ and other rooms may'));

rule('a file says first what it is for',
        firsts.filter((f) => !f.line.startsWith(`/* ${f.file} -- `))
                .map((f) => `${f.file}:1 begins with "${f.line}", want ` +
                        `"/* ${f.file} -- ..."`));

/* A reason without a line is one that nobody can act upon. */
const reasons = [...fs.readFileSync(path.join(root, 'schemas/status.h'),
        'utf8').matchAll(/X\((?:OK|ERR_\w+), "(\w+)"/g)].map((m) => m[1]);
const refusals = fs.readFileSync(path.join(root, 'docs/refusals.md'), 'utf8');

rule('docs/refusals.md says what each reason means',
        reasons.length < 20 ? ['schemas/status.h is not read any more'] :
                reasons.filter((r) => r !== 'ok' &&
                        !refusals.includes(`\`${r}\``)));

finish();
