/* test/bench/line.mjs -- how fast is the whole line?
 *
 * 1. 200 river stations cross WRZ, one after the other, while the storm
 *    runs: from publish to the alert on the feed; one alert each.
 * 2. Observations as fast as the broker takes them: until they are in the
 *    journal, and until they are in PostGIS.
 * Usage: ./run bench.  Prints the figures; status 1 when an alert is
 * missing or doubled. */
import fs from 'node:fs';
import path from 'node:path';
import { Publisher } from '../stack/mqtt.mjs';
import { pause, sentence, until, want, with_stack } from '../stack/stack.mjs';

const CROSSINGS = 200;
const MESSAGES = Number(process.env.SANFANG_BENCH_MESSAGES ?? 20000);
const code_of = (i) => `BENCH-${String(i).padStart(3, '0')}`;

function import_stations(s)
{
        const [names, row] = fs.readFileSync(
                path.join(s.dir, 'test-station.csv'), 'utf8')
                .trim().split('\n').map((l) => l.split(','));
        const rows = Array.from({ length: CROSSINGS }, (_, i) =>
                row.map((v, k) => (names[k] === 'code' ? code_of(i) : v)));
        const file = path.join(s.dir, 'bench.csv');

        fs.writeFileSync(file, [names, ...rows].map((r) => r.join(','))
                .join('\n') + '\n');
        s.sanfang('import', 'stations', file);
}

function publish(broker, station, value, more = {})
{
        return broker.publish(`sanfang/v1/st/${station}/up/obs`,
                JSON.stringify({ station, ...more,
                        obs: [{ element: 'Z', value }] }));
}

const quantile = (sorted, q) =>
        sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];

await with_stack('bench', async (s) => {
        const secret = (name) => fs.readFileSync(
                path.join(s.dir, 'secret', name), 'utf8').trim();
        const broker = await Publisher.connect(Number(s.env.SANFANG_MQTT_PORT),
                'simulator', secret('mqtt-simulator'));
        const viewer = await s.signIn('viewer');
        const feed = viewer.feed();

        await feed.find('snapshot', 10000, (m) => m.type === 'snapshot');
        import_stations(s);

        await sentence(`${CROSSINGS} crossings, publish to feed`, async () => {
                const took = [];

                for (let i = 0; i < CROSSINGS; i++) {
                        const begin = performance.now();
                        const seen = feed.alert(code_of(i), 10000,
                                (a) => a.station === code_of(i));

                        await publish(broker, code_of(i), 10.5);
                        await seen;
                        took.push(performance.now() - begin);
                        feed.messages.length = 0;
                        await pause(20);
                }
                took.sort((a, b) => a - b);
                return `median ${quantile(took, 0.5).toFixed(1)} ms, ` +
                        `p99 ${quantile(took, 0.99).toFixed(1)} ms, ` +
                        `worst ${took.at(-1).toFixed(1)} ms`;
        });

        await sentence('one alert each', async () => {
                const mine = (await viewer.alerts('all'))
                        .filter((a) => a.station?.startsWith('BENCH-'));

                want(mine.length === CROSSINGS, `${mine.length} alerts`);
                want(new Set(mine.map((a) => a.station)).size === CROSSINGS,
                        'a station has two');
        });

        await sentence(`${MESSAGES} messages, publish to PostGIS`, async () => {
                const begin = performance.now();
                const window = [];

                for (let i = 0; i < MESSAGES; i++) {
                        window.push(publish(broker, code_of(i % CROSSINGS),
                                5 + (i % 100) / 100,
                                { boot: 1, seq: 1 + Math.floor(i / CROSSINGS) }));
                        if (window.length >= 100)
                                await window.shift();
                }
                await Promise.all(window);
                const acknowledged = performance.now() - begin;

                await until('archived', 120000, async () => {
                        const y = (await viewer.get('/situation')).json.system;

                        return y.archive.lag_records < 20;
                });
                const archived = performance.now() - begin;

                return `taken ${Math.round(MESSAGES / acknowledged * 1000)}/s, ` +
                        `in PostGIS ${Math.round(MESSAGES / archived * 1000)}/s`;
        });

        broker.close();
        await feed.close();
});
