/* test/fault/day.mjs -- a day of 150 stations with faults planted in it.
 *
 * Usage: ./run fault day [--seed N] [--hours N].  Half of the stations
 * speak SL 651, half of those over TCP, a fifth of them in ASCII.  24 hours
 * take ten minutes.  The truth is in build/stack/fault-day/truth.jsonl;
 *     node test/stack/truth.mjs TRUTH DATABASE-URI
 * compares again. */
import { with_stack } from '../stack/stack.mjs';
import { planted_day } from '../stack/planted.mjs';

const option = (name, otherwise) => {
        const at = process.argv.indexOf(name);

        return at > 0 ? Number(process.argv[at + 1]) : otherwise;
};
const FROM = Date.parse('2023-10-20T00:00:00+08:00');
const hours = option('--hours', 24);
const beijing = (ms) => new Date(ms + 8 * 3600e3).toISOString()
        .replace('.000Z', '+08:00');

await with_stack('fault-day', async (s) => {
        /* On a slow computer the clock ran, and the demo's stations told
         * some of the first hour, before it was stopped. */
        const now = Date.parse((await s.clock()).now);
        const from = now - FROM < 60e3 ? FROM : Math.ceil(now / 3600e3) * 3600e3;

        await planted_day(s, {
                from: beijing(from), to: beijing(FROM + hours * 3600e3),
                seed: option('--seed', 1), stations: 150,
        });
}, { args: ['--speed', '0'] });
