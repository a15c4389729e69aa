/* test/bench/node-pipeline.mjs -- the same work as a careful program in
 * Node does it: mqtt.js, the message checked, rows in batches of 5,000 or
 * 50 ms through unnest with ON CONFLICT, acknowledged after the commit.
 *
 * Usage: node-pipeline.mjs batch|single PORT DATABASE MESSAGES
 * Out:   "ready", then "all" when that many messages are committed. */
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.join(process.cwd(), 'x.js'));
const mqtt = require('mqtt');
const { Client } = require('pg');
const [mode, port, database, messages] = process.argv.slice(2);
const db = new Client({ connectionString: database });
const TABLE = 'bench_observation';
let done = 0, waiting = [], busy = false, timer = null;

await db.connect();
await db.query(`DROP TABLE IF EXISTS ${TABLE}; CREATE TABLE ${TABLE} (` +
        'station text NOT NULL, element text NOT NULL, "time" timestamptz ' +
        'NOT NULL, value numeric, received_at timestamptz NOT NULL, seq ' +
        'bigint NOT NULL, PRIMARY KEY (station, element, "time"))');

function check(topic, payload)
{
        const m = JSON.parse(payload.toString('utf8'));

        if (typeof m.station !== 'string' || topic.split('/')[3] !== m.station ||
            !Array.isArray(m.obs))
                throw new Error('bad message');
        for (const o of m.obs)
                if (typeof o.element !== 'string' ||
                    !Number.isFinite(o.value) || Number.isNaN(Date.parse(o.time)))
                        throw new Error('bad observation');
        return m;
}

function insert(list)
{
        const col = [[], [], [], [], []];

        for (const { m } of list)
                for (const o of m.obs) {
                        col[0].push(m.station);
                        col[1].push(o.element);
                        col[2].push(o.time);
                        col[3].push(o.value);
                        col[4].push(m.seq);
                }
        return db.query(`INSERT INTO ${TABLE} SELECT s, e, t, v, now(), q FROM ` +
                'unnest($1::text[], $2::text[], $3::timestamptz[], ' +
                '$4::numeric[], $5::bigint[]) AS x(s, e, t, v, q) ' +
                'ON CONFLICT DO NOTHING', col);
}

async function flush()
{
        timer = null;
        if (busy || waiting.length === 0)
                return;
        busy = true;
        const list = waiting.splice(0, mode === 'single' ? 1 : 2500);

        await insert(list);
        for (const x of list)
                x.acknowledge();
        done += list.length;
        if (done >= Number(messages))
                console.log('all');
        busy = false;
        if (waiting.length >= 2500 || mode === 'single')
                setImmediate(flush);
        else
                timer ??= setTimeout(flush, 50);
}

const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
        clientId: `node-${process.pid}` });

client.handleMessage = (packet, acknowledge) => {
        waiting.push({ m: check(packet.topic, packet.payload),
                acknowledge: () => 0 });
        if (waiting.length >= 2500 || mode === 'single')
                flush();
        else
                timer ??= setTimeout(flush, 50);
        acknowledge();
};
client.on('connect', () => client.subscribe('sanfang/v1/st/+/up/obs',
        { qos: 1 }, () => console.log('ready')));
process.on('SIGTERM', () => process.exit(0));
