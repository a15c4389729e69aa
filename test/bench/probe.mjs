/* test/bench/probe.mjs -- from publish to commit, while others load the line.
 *
 * Publishes one value at a time as the demo's test station and asks one psql
 * that stays open until the row is visible, so the figure holds the time of
 * one question (told as `question`). */
import { spawn } from 'node:child_process';
import readline from 'node:readline';
import { pause } from '../stack/stack.mjs';
import { Publisher } from '../stack/mqtt.mjs';

const EVERY_MS = 4; /* one question; without a pause they are the load */
const LEVEL_M = 5; /* far below the test station's WRZ */

export class Probe {
        static async begin(s)
        {
                const p = new Probe();

                p.station = s.env.SANFANG_STATION_CODE;
                p.broker = await Publisher.connect(
                        Number(s.env.SANFANG_MQTT_PORT),
                        s.env.SANFANG_STATION_USER,
                        s.env.SANFANG_STATION_PASSWORD);
                p.psql = spawn('psql', ['-X', '-q', '-At', s.env.SANFANG_DB],
                        { stdio: ['pipe', 'pipe', 'inherit'] });
                p.lines = readline.createInterface({ input: p.psql.stdout });
                p.n = 0;
                p.boot = Math.floor(Date.now() / 1000);
                p.took_ms = [];
                p.question_ms = [];
                return p;
        }

        ask(query)
        {
                return new Promise((done) => {
                        this.lines.once('line', done);
                        this.psql.stdin.write(`${query};\n`);
                });
        }

        /* One value at `time`; shown(value) is called before it is sent. */
        async once(time, shown = () => {})
        {
                const value = (LEVEL_M * 1000 + ++this.n) / 1000;
                const begin = performance.now();
                let asked = begin;

                shown(value);
                await this.broker.publish(
                        `sanfang/v1/st/${this.station}/up/obs`,
                        JSON.stringify({ station: this.station,
                                boot: this.boot, seq: this.n,
                                obs: [{ element: 'Z', value, time }] }));
                do {
                        if (performance.now() - begin > 60000)
                                throw new Error(`value ${value} of ${time} ` +
                                        'is not in PostGIS after a minute');
                        await pause(EVERY_MS);
                        asked = performance.now();
                } while (await this.ask('SELECT count(*) FROM ' +
                        `sanfang.observation WHERE station = '${this.station}'` +
                        ` AND element = 'Z' AND "time" = '${time}' AND ` +
                        `value = ${value}`) === '0');
                this.took_ms.push(performance.now() - begin);
                this.question_ms.push(performance.now() - asked);
        }

        /* Until stop() says true: one value every `every_ms`; the times are
         * seconds that follow `begin_ms`. */
        async run(begin_ms, every_ms, stop, shown)
        {
                for (let k = 0; !stop(); k++) {
                        const next = performance.now() + every_ms;

                        await this.once(new Date(begin_ms + k * 1000)
                                .toISOString(), shown);
                        await pause(Math.max(0, next - performance.now()));
                }
        }

        end()
        {
                this.broker.close();
                this.psql.stdin.end();
        }
}
