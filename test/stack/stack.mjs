/* test/stack/stack.mjs -- a whole line for a test: real PostGIS, broker,
 * server and storm, started by `./run demo` in a folder and on ports of its
 * own, and the few words the tests need to talk to it.
 *
 * Needs: Node 18, mosquitto_pub, mosquitto_sub, psql. */
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { psql } from './psql.mjs';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)),
        '../..');

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/* Calls look() until it gives something true; tells what it last gave. */
export async function until(what, ms, look)
{
        const end = Date.now() + ms;
        let last;

        for (;;) {
                try {
                        last = await look();
                        if (last)
                                return last;
                } catch (error) {
                        last = error;
                }
                if (Date.now() > end)
                        throw new Error(`${what}: not within ${ms} ms; ` +
                                `last: ${last?.message ?? JSON.stringify(last)}`);
                await pause(50);
        }
}

export function want(condition, words)
{
        if (!condition)
                throw new Error(words);
}

/* ---- the stack ---- */

/* SANFANG_NO_BUILD: the verb that runs the tests has built already. */
function run(args, env)
{
        const r = spawnSync(path.join(ROOT, 'run'), args, {
                encoding: 'utf8', env: { ...process.env, ...env },
        });

        if (r.status !== 0)
                throw new Error(`./run ${args.join(' ')}: status ` +
                        `${r.status}\n${r.stdout}\n${r.stderr}`);
        return r.stdout;
}

function read_env(file)
{
        const env = {};

        for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
                const m = /^(\w+)='(.*)'$/.exec(line);

                if (m)
                        env[m[1]] = m[2].replaceAll("'\\''", "'");
        }
        return env;
}

export class Stack {
        /* env: more for ./run demo and what it starts. */
        constructor(name, ports, env = {})
        {
                this.dir = path.join(ROOT, 'build/stack', name);
                this.given = {
                        SANFANG_STATE_DIR: this.dir,
                        SANFANG_NO_BUILD: '1',
                        SANFANG_HTTP_PORT: String(ports),
                        SANFANG_MQTT_PORT: String(ports + 1),
                        SANFANG_PG_PORT: String(ports + 2),
                        SANFANG_SL651_PORT: String(ports + 3),
                        ...env,
                };
        }

        start(...args)
        {
                this.said = run(['demo', '--detach', ...args], this.given);
                this.env = read_env(path.join(this.dir, 'env'));
                this.url = this.env.SANFANG_URL;
                return this.said;
        }

        stop()
        {
                return run(['stop'], this.given);
        }

        /* While held, a part that dies stays away. */
        hold(part, on)
        {
                const file = path.join(this.dir, `hold-${part}`);

                if (on)
                        fs.writeFileSync(file, '');
                else
                        fs.rmSync(file, { force: true });
        }

        pid(part)
        {
                return Number(fs.readFileSync(
                        path.join(this.dir, `${part}.pid`), 'utf8'));
        }

        /* kill -9, then until the supervisor has started another. */
        async kill(part, ms = 5000)
        {
                const old = this.pid(part);
                const begin = Date.now();

                process.kill(old, 'SIGKILL');
                await until(`${part} is back`, ms, () => {
                        const now = this.pid(part);

                        return now !== old && alive(now);
                });
                return Date.now() - begin;
        }

        /* What the server's own tool prints; an error when it fails. */
        sanfang(...args)
        {
                const r = spawnSync(path.join(this.env.SANFANG_BIN, 'sanfang'),
                        args, { encoding: 'utf8', env: { ...process.env,
                                SANFANG_STATE_DIR: this.dir } });

                want(r.status === 0, `sanfang ${args.join(' ')}: ${r.stderr}`);
                return r.stdout;
        }

        /* ---- HTTP ---- */

        async signIn(user, password = this.env.SANFANG_DEMO_PASSWORD)
        {
                const answer = await fetch(`${this.url}/api/v1/session`, {
                        method: 'POST',
                        headers: { 'content-type': 'application/json' },
                        body: JSON.stringify({ user, password }),
                });

                want(answer.status === 200,
                        `sign-in of ${user}: ${answer.status}`);
                await answer.arrayBuffer();
                return new Session(this.url,
                        answer.headers.get('set-cookie').split(';')[0]);
        }

        async ready()
        {
                return (await fetch(`${this.url}/readyz`)).json();
        }

        async clock()
        {
                return (await fetch(`${this.url}/api/v1/clock`)).json();
        }

        async metric(name)
        {
                const text = await (await fetch(`${this.url}/metrics`)).text();
                const m = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'm')
                        .exec(text);

                return m ? Number(m[1]) : undefined;
        }

        /* All of a labelled family together. */
        async metric_sum(name)
        {
                const text = await (await fetch(`${this.url}/metrics`)).text();
                const all = text.matchAll(new RegExp(
                        `^sanfang_${name}\\{[^}]*\\} (\\S+)`, 'gm'));

                return [...all].reduce((sum, m) => sum + Number(m[1]), 0);
        }

        /* ---- MQTT ---- */

        mqtt(program, user, password, args, input)
        {
                return spawnSync(program, ['-V', '5', '-h', '127.0.0.1', '-p',
                        this.env.SANFANG_MQTT_PORT, '-u', user, '-P', password,
                        ...args], { encoding: 'utf8', input });
        }

        /* As the demo's own test station. */
        publish(obs, more = {}, station = this.env.SANFANG_STATION_CODE)
        {
                const r = this.mqtt('mosquitto_pub',
                        this.env.SANFANG_STATION_USER,
                        this.env.SANFANG_STATION_PASSWORD,
                        ['-q', '1', '-t', `sanfang/v1/st/${station}/up/obs`,
                                '-s'],
                        JSON.stringify({ station, ...more, obs }));

                want(r.status === 0, `mosquitto_pub: ${r.stderr}`);
        }

        /* The retained messages under a topic, as {topic: text}. */
        retained(topic)
        {
                const r = this.mqtt('mosquitto_sub',
                        this.env.SANFANG_LISTENER_USER,
                        this.env.SANFANG_LISTENER_PASSWORD,
                        ['-t', topic, '-v', '--retained-only', '-W', '1']);
                const found = {};

                for (const line of r.stdout.split('\n')) {
                        const at = line.indexOf(' ');

                        if (at > 0)
                                found[line.slice(0, at)] = line.slice(at + 1);
                }
                return found;
        }

        /* ---- PostGIS ---- */

        sql(query)
        {
                return psql(this.env.SANFANG_DB, query);
        }
}

export function alive(pid)
{
        try {
                return !/^\d+ \(.*\) [ZX]/.test(
                        fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
        } catch {
                return false;
        }
}

export class Session {
        constructor(url, cookie)
        {
                this.url = url;
                this.cookie = cookie;
        }

        async request(method, where, body)
        {
                const answer = await fetch(`${this.url}/api/v1${where}`, {
                        method,
                        headers: {
                                cookie: this.cookie,
                                ...(body ? { 'content-type':
                                        'application/json' } : {}),
                        },
                        body: body ? JSON.stringify(body) : undefined,
                });
                const text = await answer.text();
                let json;

                try {
                        json = JSON.parse(text);
                } catch {
                        json = undefined;
                }
                return { status: answer.status, json, text };
        }

        get(where)
        {
                return this.request('GET', where);
        }

        post(where, body)
        {
                return this.request('POST', where, body);
        }

        async alerts(state = 'open')
        {
                return (await this.get(`/alerts?state=${state}`)).json.alerts;
        }

        /* The feed as server-sent events: every message is kept in
         * `messages`; reconnects with ?since= when the server went. */
        feed()
        {
                return new Feed(this);
        }
}

export class Feed {
        constructor(session)
        {
                this.session = session;
                this.messages = [];
                this.waiting = [];
                this.open = true;
                this.done = this.follow();
        }

        async follow()
        {
                let since = '';

                while (this.open) {
                        try {
                                await this.read(`${this.session.url}/api/v1/feed${since}`);
                        } catch {
                                /* gone for a moment */
                        }
                        const last = this.messages.at(-1);

                        if (last?.seq !== undefined)
                                since = `?since=${last.seq}`;
                        if (this.open)
                                await pause(100);
                }
        }

        /* Until the server ends it or close() does.  Not fetch(): that of
         * Node 18 may wait for ever for a body that was given up. */
        read(url)
        {
                return new Promise((done, failed) => {
                        let text = '';

                        this.request = http.get(url, { headers: {
                                cookie: this.session.cookie,
                                accept: 'text/event-stream' } }, (answer) => {
                                if (answer.statusCode !== 200)
                                        failed(new Error(
                                                `feed: ${answer.statusCode}`));
                                answer.setEncoding('utf8');
                                answer.on('data', (more) => {
                                        const events = (text + more)
                                                .split('\n\n');

                                        text = events.pop();
                                        events.forEach((e) => this.take(e));
                                });
                                answer.once('close', done);
                        });
                        this.request.once('error', failed);
                });
        }

        take(event)
        {
                const data = event.split('\n')
                        .filter((l) => l.startsWith('data:'))
                        .map((l) => l.slice(5).trim()).join('\n');

                if (!data)
                        return;
                const message = JSON.parse(data);

                message.arrived = performance.now();
                this.messages.push(message);
                this.waiting = this.waiting.filter((w) => {
                        const found = w.look(message);

                        if (found)
                                w.resolve(found);
                        return !found;
                });
        }

        /* The first thing that look(message) gives, of what has come or is
         * still to come. */
        find(what, ms, look)
        {
                for (const m of this.messages) {
                        const found = look(m);

                        if (found)
                                return Promise.resolve(found);
                }
                return new Promise((resolve, reject) => {
                        const timer = setTimeout(() => reject(new Error(
                                `${what}: not on the feed within ${ms} ms`)),
                        ms);

                        this.waiting.push({ look, resolve: (found) => {
                                clearTimeout(timer);
                                resolve(found);
                        } });
                });
        }

        alert(what, ms, test)
        {
                return this.find(what, ms, (m) => (m.alerts ?? []).find(test));
        }

        async close()
        {
                this.open = false;
                this.request?.destroy();
                await this.done;
        }
}

/* ---- ports that are busy on purpose ---- */

export function occupy(port)
{
        return new Promise((done, failed) => {
                const server = net.createServer((s) => s.destroy());

                server.once('error', failed);
                server.listen(port, '127.0.0.1', () => done(server));
        });
}

/* Three free ports in a row, from a place nobody else starts at. */
export async function free_ports()
{
        for (let port = 20000 + Math.floor(Math.random() * 20000);; port += 5) {
                try {
                        for (let i = 0; i < 4; i++)
                                (await occupy(port + i)).close();
                        return port;
                } catch {
                        /* the next */
                }
        }
}

/* ---- telling ---- */

let failures = 0;

/* One sentence, one "ok" or "not ok" line. */
export async function sentence(name, body)
{
        const begin = Date.now();

        try {
                const note = await body();

                console.log(`ok - ${name} (${Date.now() - begin} ms` +
                        `${note ? `; ${note}` : ''})`);
        } catch (error) {
                failures++;
                console.log(`not ok - ${name}`);
                console.log(`    ${error.stack ?? error}`
                        .replaceAll('\n', '\n    '));
        }
}

/* Runs body with a fresh stack and ends it whatever happens; env, or a
 * function of its first port, and args are given to ./run demo. */
export async function with_stack(name, body, { env = {}, args = [] } = {})
{
        const ports = await free_ports();
        const stack = new Stack(name, ports,
                typeof env === 'function' ? await env(ports) : env);
        let up = false;

        await sentence('the stack starts on ports of its own', () => {
                stack.start('--fresh', ...args);
                up = true;
        });
        if (up) {
                try {
                        await body(stack);
                } catch (error) {
                        failures++;
                        console.log(`not ok - ${error.stack ?? error}`);
                }
        }
        await sentence('the stack stops', () => {
                stack.stop();
        });
        if (failures)
                console.log(`# logs: ${stack.dir}/log`);
        process.exit(failures ? 1 : 0);
}
