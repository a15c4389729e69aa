/* test/stack/test_day.mjs -- an hour of a day with faults planted in it, in
 * miniature: 15 stations, half of them SL 651 terminals, some over TCP.
 * The whole day with 150 stations: ./run fault day. */
import { with_stack } from './stack.mjs';
import { planted_day } from './planted.mjs';

await with_stack('day', async (s) => {
        await planted_day(s, {
                from: '2023-10-20T00:00:00+08:00',
                to: '2023-10-20T01:00:00+08:00',
                seed: 3, stations: 15,
        });
}, { args: ['--speed', '0'] });
