/* test/fault/mutants.mjs -- does anything notice when a promise is broken?
 *
 * Usage: ./run fault mutants [NAME...].  Each test/fault/mutants/*.patch
 * breaks one promise and says which test catches it.  In a copy of the tree
 * (build/mutants) each is applied, built and tested: its test must pass
 * without it and fail with it.  A patch that no longer applies is a failure
 * too: then the code has moved and the promise is unguarded. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.resolve(HERE, '../..');
const WORK = path.join(ROOT, 'build/mutants');
const TREE = path.join(WORK, 'tree');
const BUILD = path.join(WORK, 'build');
const only = process.argv.slice(2);

function call(program, args, input)
{
        return spawnSync(program, args, { encoding: 'utf8', input,
                maxBuffer: 1 << 28 });
}

function must(program, args)
{
        const r = call(program, args);

        if (r.status !== 0) {
                console.log(`not ok - ${program} ${args.join(' ')}\n` +
                        (r.stdout + r.stderr).slice(-2000));
                process.exit(1);
        }
        return r.stdout;
}

/* server/test_archive is built by the target server_test_archive. */
const target = (test) => test === 'schemas/json_gate' ? 'schemas_json_read' :
        test.replace('/', '_');

function build(test)
{
        return call('ninja', ['-C', BUILD, '-j',
                String(Math.min(2, os.cpus().length)), target(test)]);
}

/* 'passes', 'fails', or what else became of it. */
function judge(test)
{
        const r = call('ctest', ['--test-dir', BUILD, '-R', `^${test}$`,
                '--no-tests=error', '--timeout', '600', '--output-on-failure']);

        if (/\*\*\*(Not Run|Skipped)/.test(r.stdout))
                return 'does not run';
        return r.status === 0 ? 'passes' : 'fails';
}

const patch = (text, ...more) => call('patch', ['-p1', '-s', '-d', TREE,
        '--no-backup-if-mismatch', ...more], text);

const mutants = fs.readdirSync(path.join(HERE, 'mutants'))
        .filter((f) => f.endsWith('.patch')).map((file) => {
                const text = fs.readFileSync(
                        path.join(HERE, 'mutants', file), 'utf8');

                return { name: file.slice(0, -6), text,
                        what: text.split('\n')[0],
                        test: /^Caught-by: (\S+)$/m.exec(text)[1] };
        }).filter((m) => !only.length || only.includes(m.name));

fs.rmSync(TREE, { recursive: true, force: true });
fs.mkdirSync(TREE, { recursive: true });
/* With new times: an object of the last run may be of a mutant. */
must('bash', ['-c', `cd '${ROOT}' && git ls-files -z | ` +
        `xargs -0 cp --parents --preserve=mode -t '${TREE}'`]);
must('cmake', ['-S', TREE, '-B', BUILD, '-G', 'Ninja',
        '-DCMAKE_BUILD_TYPE=RelWithDebInfo']);

const sound = new Map();
let bad = 0;

function try_one(m)
{
        if (!sound.has(m.test)) {
                const b = build(m.test);

                sound.set(m.test, b.status === 0 ? judge(m.test) :
                        b.stdout.slice(-1000));
        }
        if (sound.get(m.test) !== 'passes')
                return `${m.test} without it ${sound.get(m.test)}`;
        if (patch(m.text, '--dry-run', '-F0').status !== 0)
                return 'no longer applies';
        patch(m.text, '-F0');
        try {
                const b = build(m.test);

                if (b.status !== 0)
                        return `does not build: ${b.stdout.slice(-1500)}`;
                const verdict = judge(m.test);

                return verdict === 'fails' ? null : `${m.test} ${verdict}`;
        } finally {
                patch(m.text, '-R', '-F0');
        }
}

for (const m of mutants) {
        const begin = Date.now();
        const why = try_one(m);

        if (why)
                bad++;
        console.log(`${why ? 'not ok' : 'ok'} - mutant ${m.name}: ${m.what} ` +
                `(${why ?? `${m.test} catches it`}; ` +
                `${Math.round((Date.now() - begin) / 1000)} s)`);
}
console.log(`# ${mutants.length - bad} of ${mutants.length} mutants caught`);
process.exit(bad || !mutants.length ? 1 : 0);
