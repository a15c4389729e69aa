/* server/packaging/sh/ready.mjs -- waits until the line works from end to
 * end: /readyz answers 200 and the feed has sent its first delta.
 *
 * Usage: node ready.mjs URL [PACE]; the password of the demo users is in
 * SANFANG_DEMO_PASSWORD.  Ends after five minutes with status 1. */
import http from 'node:http';

const [url, pace] = process.argv.slice(2);
const password = process.env.SANFANG_DEMO_PASSWORD;
const until = Date.now() + 300_000;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function signIn(user)
{
        const answer = await fetch(`${url}/api/v1/session`, {
                method: 'POST',
                headers: { 'content-type': 'application/json' },
                body: JSON.stringify({ user, password }),
        });

        if (!answer.ok)
                throw new Error(`sign-in of ${user}: ${answer.status}`);
        return answer.headers.get('set-cookie').split(';')[0];
}

/* Not fetch(): that of Node 18 may wait for ever for a body given up. */
function firstDelta(cookie)
{
        return new Promise((done, failed) => {
                const request = http.get(`${url}/api/v1/feed`, {
                        headers: { cookie, accept: 'text/event-stream' },
                        timeout: 15_000,
                }, (answer) => {
                        let text = '';

                        if (answer.statusCode !== 200)
                                failed(new Error(`feed: ${answer.statusCode}`));
                        answer.setEncoding('utf8');
                        answer.on('data', (more) => {
                                text = text.slice(-64) + more;
                                if (text.includes('"type":"delta"'))
                                        done(request.destroy());
                        });
                        answer.once('close', () =>
                                failed(new Error('the feed ended')));
                });

                request.once('timeout', () => request.destroy());
                request.once('error', failed);
        });
}

async function endSession(cookie)
{
        await fetch(`${url}/api/v1/session`, {
                method: 'DELETE', headers: { cookie },
        });
}

async function setPace(rate)
{
        const cookie = await signIn('admin');
        const answer = await fetch(`${url}/api/v1/clock`, {
                method: 'POST',
                headers: { cookie, 'content-type': 'application/json' },
                body: JSON.stringify({ rate: Number(rate) }),
        });

        await endSession(cookie);
        if (!answer.ok)
                throw new Error(`pace: ${answer.status} ${await answer.text()}`);
}

async function attempt()
{
        const ready = await fetch(`${url}/readyz`);

        if (!ready.ok)
                throw new Error(`readyz: ${ready.status}`);
        const cookie = await signIn('viewer');

        try {
                await firstDelta(cookie);
        } finally {
                await endSession(cookie);
        }
        if (pace)
                await setPace(pace);
}

let last = '';
for (;;) {
        try {
                await attempt();
                process.exit(0);
        } catch (error) {
                last = error.cause ? error.cause.message : error.message;
        }
        if (Date.now() > until) {
                console.error(`not ready: ${last}`);
                process.exit(1);
        }
        await pause(200);
}
