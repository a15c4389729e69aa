/* core/feed.js -- the live line to the server, and what to do when it dies.
 *
 * In:    a maker of WebSockets, a maker of EventSources, timers, random:
 *        all given by the caller, so that tests need no browser.
 * Out:   on_message(object), on_status({state, since}), on_unauthorised().
 * Holds: resumes with ?since=seq; drops nothing itself (the store does);
 *        retries after 0.5 s to 5 s with jitter; after two failed
 *        WebSockets it tries an EventSource, then alternates;
 *        5 s without any message is a dead line, even if the socket is up;
 *        a new line has 10 s for its first message.
 * Pure but for what it is given. */
export const QUIET_MS = 5000;
export const CONNECT_MS = 10000;
export const RETRY_MIN_MS = 500;
export const RETRY_MAX_MS = 5000;

/* Doubles from 0.5 s to 5 s; half of it is jitter, so that a hundred
 * screens do not come back in the same moment. */
export function retry_delay_ms(attempt, random)
{
        const top = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** attempt);

        return Math.max(RETRY_MIN_MS, Math.round(top / 2 + random * top / 2));
}

export function create_feed(env)
{
        const { url, get_seq, on_message, on_status, on_unauthorised } = env;
        const { set_timer, clear_timer, random, now } = env;
        let line = null;        /* {close()} of the open transport */
        let round = 0;          /* names a transport; old ones are ignored */
        let attempt = 0;
        let ws_failures = 0;
        let heard_ms = null;
        let quiet_timer = null;
        let retry_timer = null;
        let stopped = true;
        let state = 'off';

        function set_state(next)
        {
                if (state === next)
                        return;
                state = next;
                on_status({ state, heard_ms });
        }

        function target()
        {
                const seq = get_seq();

                return seq >= 0 ? `${url}?since=${seq}` : url;
        }

        function close_line()
        {
                const old = line;

                round++;
                line = null;
                clear_timer(quiet_timer);
                if (old)
                        old.close();
        }

        function stop()
        {
                stopped = true;
                clear_timer(retry_timer);
                close_line();
                set_state('off');
        }

        async function retry()
        {
                const mine = ++round;
                let status = 0;

                if (stopped)
                        return;
                set_state('down');
                /* A WebSocket hides the status code, so ask by HTTP. */
                try {
                        status = await env.probe();
                } catch {
                        status = 0;
                }
                if (stopped || mine !== round)
                        return;
                if (status === 401) {
                        stop();
                        on_unauthorised();
                        return;
                }
                retry_timer = set_timer(open,
                        retry_delay_ms(attempt++, random()));
        }

        function lost()
        {
                close_line();
                retry();
        }

        function arm_quiet(ms)
        {
                clear_timer(quiet_timer);
                quiet_timer = set_timer(lost, ms);
        }

        function take(text)
        {
                let message;

                try {
                        message = JSON.parse(text);
                } catch {
                        lost();
                        return;
                }
                heard_ms = now();
                if (message.type === 'bye') {
                        attempt = 0;
                        lost();
                        return;
                }
                attempt = 0;
                ws_failures = 0;
                arm_quiet(QUIET_MS);
                set_state('live');
                on_message(message);
        }

        function open_socket(mine)
        {
                const ws = env.make_socket(target());

                ws.onmessage = (e) => {
                        if (mine === round)
                                take(e.data);
                };
                ws.onclose = () => {
                        if (mine !== round)
                                return;
                        ws_failures++;
                        lost();
                };
                ws.onerror = () => {};
                return { close: () => ws.close() };
        }

        function open_events(mine)
        {
                const es = env.make_events(target());

                es.onmessage = (e) => {
                        if (mine === round)
                                take(e.data);
                };
                es.onerror = () => {
                        if (mine !== round)
                                return;
                        ws_failures = 0;
                        lost();
                };
                return { close: () => es.close() };
        }

        function open()
        {
                const mine = ++round;
                const use_events = ws_failures >= 2 && env.make_events;

                if (stopped)
                        return;
                arm_quiet(CONNECT_MS);
                try {
                        line = use_events ? open_events(mine) :
                                open_socket(mine);
                } catch {
                        ws_failures++;
                        lost();
                }
        }

        return {
                start()
                {
                        if (!stopped)
                                return;
                        stopped = false;
                        attempt = 0;
                        set_state('connecting');
                        open();
                },
                stop,
                state: () => state,
                heard_ms: () => heard_ms,
        };
}
