/* test/stack/planted.mjs -- a planted day on a stack: book, run, compare. */
import fs from 'node:fs';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { ROOT, sentence, until, want } from './stack.mjs';
import { compare_truth, count_lost, read_truth, summary } from './truth.mjs';

const DAY = path.join(ROOT, 'test/days/sanba-2023');

/* The day's stations with the addresses of their terminals. */
function write_book(file, truth)
{
        const lines = fs.readFileSync(path.join(DAY, 'stations.csv'), 'utf8')
                .split(/\r?\n/).filter((l) => l);
        const names = lines[0].split(',');
        const code = names.indexOf('code');
        const address = names.indexOf('sl651');
        const out = [lines[0]];

        for (const line of lines.slice(1)) {
                const cells = line.split(',');
                const s = truth.stations.get(cells[code]);

                if (!s?.address)
                        continue;
                want(cells.length === names.length, `quoted cells: ${line}`);
                cells[address] = s.address;
                out.push(cells.join(','));
        }
        fs.writeFileSync(file, `${out.join('\n')}\n`);
}

export async function pace(s, rate)
{
        const admin = await s.signIn('admin');
        const r = await admin.post('/clock', { rate });

        want(r.status === 200, `clock: ${r.status} ${r.text}`);
}

/* The simulator: {child, ended}; ended gives {status, said}. */
export function simulate(s, args, name = 'planted')
{
        const file = path.join(s.dir, `log/${name}.log`);
        const log = fs.openSync(file, 'a');
        const child = spawn(path.join(s.env.SANFANG_BIN, 'sanfang'), ['station',
                'simulate', ...args], { stdio: ['ignore', log, log] });

        return { child, ended: new Promise((done) => {
                child.once('exit', (status) => {
                        fs.closeSync(log);
                        done({ status, said: fs.readFileSync(file, 'utf8')
                                .trim().split('\n').at(-1) });
                });
        }) };
}

/* options: {from, to, seed, stations}.  Without a TCP listener all terminals
 * speak over the broker, in HEX.  The storm of the demo is silent
 * while it runs; during(s) is called once the day is under way. */
export async function planted_day(s, options, during)
{
        const truth_file = path.join(s.dir, 'truth.jsonl');
        const port = s.env.SANFANG_SL651_PORT;
        const plan = ['--day', DAY, '--truth', truth_file,
                '--from', options.from, '--to', options.to,
                '--seed', String(options.seed),
                '--stations', String(options.stations),
                ...(port ? ['--ascii-share', '0.2'] :
                        ['--tcp-share', '0', '--ascii-share', '0'])];
        let truth;
        let after;

        await sentence('the truth is written before anything is sent', () => {
                s.hold('storm', true);
                process.kill(s.pid('storm'), 'SIGKILL');
                s.sanfang('station', 'simulate', ...plan, '--plan-only');
                truth = read_truth(truth_file);
                write_book(path.join(s.dir, 'terminals.csv'), truth);
                s.sanfang('import', 'stations',
                        path.join(s.dir, 'terminals.csv'));
                return summary(truth);
        });
        if (!truth)
                return;

        await sentence('the day is told', async () => {
                after = (await s.clock()).now;
                const run = simulate(s, [...plan, '--mqtt',
                        `tcp://127.0.0.1:${s.env.SANFANG_MQTT_PORT}`,
                        '--user', 'simulator', '--password-file',
                        path.join(s.dir, 'secret/mqtt-simulator'),
                        '--clock', `${s.url}/api/v1/clock`,
                        ...(port ? ['--sl651', `tcp://127.0.0.1:${port}`] : []),
                        '--state-dir', path.join(s.dir, 'planted')]);

                await pace(s, 150);
                if (during)
                        await during(s, run.child);
                const end = await run.ended;

                want(end.status === 0, `simulator: ${end.status} ${end.said}`);
                return end.said.replace(/.*given=/, 'given=');
        });

        await sentence('all of it is in PostGIS', () =>
                until('nothing is lost', 60000, () => {
                        const lost = count_lost(truth, s.env.SANFANG_DB);

                        want(lost === 0, `${lost} lost`);
                        return true;
                }).then(() => {}));

        await sentence('PostGIS equals the truth; marks and conformance are ' +
                'as planted', () => {
                const found = compare_truth(truth, s.env.SANFANG_DB, after);

                want(found.n === 0, `${found.n} differences:\n` +
                        found.lines.join('\n'));
                return `${truth.values.length} values, ` +
                        `${truth.slots.length} slots`;
        });
        return truth;
}
