/* Unit tests of server/console/src/core/feed.js, with sockets and timers
 * made of nothing. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { CONNECT_MS, QUIET_MS, RETRY_MAX_MS, RETRY_MIN_MS, create_feed,
        retry_delay_ms } from '../../server/console/src/core/feed.js';

function make_world(options = {})
{
        const w = { now: 0, timers: [], sockets: [], events: [], got: [],
                states: [], unauthorised: 0, seq: -1, status: 200 };

        const line = (list) => (target) => {
                const s = { target, closed: false,
                        close() {
                                s.closed = true;
                        } };

                list.push(s);
                return s;
        };

        w.feed = create_feed({
                url: '/feed', get_seq: () => w.seq,
                make_socket: line(w.sockets), make_events: line(w.events),
                set_timer(fn, ms)
                {
                        w.timers.push({ fn, at: w.now + ms, id: w.timers.length
                                + 1 });
                        return w.timers.length;
                },
                clear_timer(id)
                {
                        const t = w.timers.find((x) => x.id === id);

                        if (t)
                                t.fn = null;
                },
                random: () => options.random ?? 0.5, now: () => w.now,
                probe: async () => {
                        if (w.status === 0)
                                throw new Error('no network');
                        return w.status;
                },
                on_message: (m) => {
                        w.got.push(m);
                        w.seq = m.seq ?? w.seq;
                },
                on_status: (s) => w.states.push(s.state),
                on_unauthorised: () => w.unauthorised++,
        });
        w.pass = async (ms) => {
                const until = w.now + ms;

                for (;;) {
                        await new Promise((r) => setImmediate(r));
                        const due = w.timers.filter((t) => t.fn && t.at <=
                                until).sort((a, b) => a.at - b.at)[0];

                        if (!due)
                                break;
                        w.now = due.at;
                        const { fn } = due;

                        due.fn = null;
                        fn();
                }
                w.now = until;
        };
        w.last = () => w.sockets[w.sockets.length - 1];
        return w;
}

const say = (socket, message) =>
        socket.onmessage({ data: JSON.stringify(message) });

test('the first line asks for everything', () => {
        const w = make_world();

        w.feed.start();
        assert.equal(w.sockets[0].target, '/feed');
        say(w.sockets[0], { type: 'snapshot', seq: 7 });
        assert.deepEqual(w.states, ['connecting', 'live']);
        assert.equal(w.got.length, 1);
});

test('a lost line comes back where it stopped', async () => {
        const w = make_world();

        w.feed.start();
        say(w.last(), { type: 'snapshot', seq: 7 });
        say(w.last(), { type: 'delta', seq: 9 });
        w.last().onclose();
        await w.pass(RETRY_MAX_MS);
        assert.equal(w.sockets.length, 2);
        assert.equal(w.last().target, '/feed?since=9');
        assert.equal(w.feed.state(), 'down');
        say(w.last(), { type: 'delta', seq: 10 });
        assert.equal(w.feed.state(), 'live');
});

test('five seconds of silence is a dead line, though the socket is up',
        async () => {
                const w = make_world();

                w.feed.start();
                say(w.last(), { type: 'snapshot', seq: 1 });
                await w.pass(QUIET_MS - 1);
                assert.equal(w.feed.state(), 'live');
                await w.pass(1);
                assert.equal(w.feed.state(), 'down');
                assert.equal(w.sockets[0].closed, true);
        });

test('a socket that never speaks is given up', async () => {
        const w = make_world();

        w.feed.start();
        await w.pass(CONNECT_MS + RETRY_MAX_MS);
        assert.ok(w.sockets.length >= 2);
        assert.equal(w.sockets[0].closed, true);
});

test('an old line that speaks late is not heard', async () => {
        const w = make_world();

        w.feed.start();
        const old = w.last();

        say(old, { type: 'snapshot', seq: 1 });
        old.onclose();
        await w.pass(RETRY_MAX_MS);
        say(old, { type: 'delta', seq: 99 });
        assert.equal(w.got.length, 1);
});

test('after two failed sockets it tries events, then sockets again',
        async () => {
                const w = make_world();

                w.feed.start();
                w.last().onclose();
                await w.pass(RETRY_MAX_MS);
                w.last().onclose();
                await w.pass(RETRY_MAX_MS);
                assert.equal(w.sockets.length, 2);
                assert.equal(w.events.length, 1);
                w.events[0].onerror();
                await w.pass(RETRY_MAX_MS);
                assert.equal(w.sockets.length, 3);
        });

test('401 shows the sign-in and stops trying', async () => {
        const w = make_world();

        w.feed.start();
        w.status = 401;
        w.last().onclose();
        await w.pass(60000);
        assert.equal(w.unauthorised, 1);
        assert.equal(w.sockets.length, 1);
        assert.equal(w.feed.state(), 'off');
});

test('no network is not a refusal', async () => {
        const w = make_world();

        w.feed.start();
        w.status = 0;
        w.last().onclose();
        await w.pass(RETRY_MAX_MS);
        assert.equal(w.unauthorised, 0);
        assert.equal(w.sockets.length, 2);
});

test('a bye is a reason to come back soon', async () => {
        const w = make_world();

        w.feed.start();
        say(w.last(), { type: 'snapshot', seq: 1 });
        say(w.last(), { type: 'bye', why: 'restart' });
        assert.equal(w.got.length, 1);
        await w.pass(RETRY_MIN_MS);
        assert.equal(w.sockets.length, 2);
});

test('after stop nothing happens any more', async () => {
        const w = make_world();

        w.feed.start();
        w.feed.stop();
        await w.pass(60000);
        assert.equal(w.sockets.length, 1);
});

test('delays grow from half a second to five, with jitter', () => {
        for (let attempt = 0; attempt < 40; attempt++)
                for (const r of [0, 0.5, 0.999]) {
                        const ms = retry_delay_ms(attempt, r);

                        assert.ok(ms >= RETRY_MIN_MS && ms <= RETRY_MAX_MS);
                }
        assert.equal(retry_delay_ms(0, 0.5), RETRY_MIN_MS);
        assert.notEqual(retry_delay_ms(9, 0), retry_delay_ms(9, 0.9));
        assert.equal(retry_delay_ms(9, 1), RETRY_MAX_MS);
});
