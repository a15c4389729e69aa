/* test/oracle/explain.mjs -- does `sanfang explain` give each alert again?
 *
 * Usage: node explain.mjs DRIVE JOURNAL SANFANG [--alerts N] [--seed S]
 *
 * Stations of the oracle's rounds (rules.mjs) are written as journals; the
 * changes of
 * every alert that `sanfang replay` finds in one must be, byte for byte, what
 * `sanfang explain` says of it, run by run, and in words each must name the
 * rule and the records that it rests on. Exit 1: one did not. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const [drive, journal, sanfang, ...args] = process.argv.slice(2);
const RULES = path.join(path.dirname(fileURLToPath(import.meta.url)),
        'rules.mjs');

const option = (name, usual) => (args.includes(name) ?
        Number(args[args.indexOf(name) + 1]) : usual);

const run = (program, list, input) => execFileSync(program, list,
        { input, encoding: 'utf8', maxBuffer: 1 << 28,
                stdio: ['pipe', 'pipe', 'ignore'] });

/* The changes by alert, as replay prints them. */
function changes(dir)
{
        const by = new Map();

        for (const line of run(sanfang, ['replay', '--journal', dir,
                '--alerts', '-']).trim().split('\n')) {
                const { id } = JSON.parse(line).alert;

                by.set(id, `${by.get(id) ?? ''}${line}\n`);
        }
        return by;
}

function check(dir, id, lines)
{
        const again = run(sanfang, ['explain', '--json', '--journal', dir, id]);
        const words = run(sanfang, ['explain', '--journal', dir, id]);
        const first = JSON.parse(lines.split('\n')[0]).alert;
        const records = (first.evidence ?? []).map((v) => `record ${v.seq},`);

        if (again !== lines)
                return 'other bytes';
        if (!words.includes(`rule ${first.rule}, version`))
                return 'no rule named';
        if (!records.every((r) => words.includes(r)))
                return `not all of ${records.join(' ')}`;
        return '';
}

const STATIONS = 24;
const wanted = option('--alerts', 1000);
const seed = option('--seed', 20231020);
const begin = Date.now();
let seen = 0, bad = 0, evidence = 0, told = begin;

for (let n = 0; seen < wanted; n++) {
        const [round, station] = [Math.floor(n / STATIONS), n % STATIONS];
        const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'oracle-'));

        try {
                run(journal, [dir], run(process.execPath, [RULES, drive,
                        '--script', round, station, '--seed', seed].map(String)));
                for (const [id, lines] of changes(dir)) {
                        const why = check(dir, id, lines);

                        evidence += lines.split('"seq"').length - 1;
                        if (why && bad++ < 10)
                                console.log(`  round ${round}, ${id}: ${why}`);
                        if (++seen === wanted)
                                break;
                        if (Date.now() - told > 10000) {
                                told = Date.now();
                                console.log(`  ${seen} of ${wanted} alerts`);
                        }
                }
        } finally {
                fs.rmSync(dir, { recursive: true });
        }
}
console.log(`seed ${seed}: ${seen} alerts explained, ${bad} not the same; ` +
        `${Math.round((Date.now() - begin) / 1000)} s`);
process.exitCode = bad || !evidence ? 1 : 0;
