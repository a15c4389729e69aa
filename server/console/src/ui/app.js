/* ui/app.js -- what the console and the wall share: words, clocks, store,
 * feed, places. */
import { create_api } from '../core/api.js';
import { create_clock } from '../core/clock.js';
import { create_feed } from '../core/feed.js';
import { create_store } from '../core/store.js';
import { create_words } from '../core/words.js';
import { waits_for } from '../core/groups.js';
import zh from '../words/zh-CN.json';
import en from '../words/en.json';

const LANG_KEY = 'sanfang.lang';
const DICTIONARIES = { 'zh-CN': zh, en };

export function saved_language()
{
        try {
                const lang = localStorage.getItem(LANG_KEY);

                return lang in DICTIONARIES ? lang : 'zh-CN';
        } catch {
                return 'zh-CN';
        }
}

export function save_language(lang)
{
        try {
                localStorage.setItem(LANG_KEY, lang);
        } catch {
                /* Private windows refuse; the switch still works. */
        }
}

export function create_app(lang)
{
        const store = create_store();
        const clock = create_clock();
        const api = create_api((path, init) => fetch(path, init));
        const app = {
                t: create_words(lang, DICTIONARIES[lang]),
                store, clock, api,
                session: null, config: null,
                zones: new Map(), rivers: [], facilities: [],
                opened: new Set(),      /* groups shown whole */
                selection: null,
                selected: (kind, id) => app.selection?.kind === kind &&
                        app.selection.id === id,
                engine: () => clock.engine(performance.now()),
                real: () => clock.real(performance.now()),
                /* Not yet in the database, and not only for this instant. */
                unarchived: (a) => a.archived === false &&
                        (!store.system?.links.database.up ||
                        !store.system.archive.up ||
                        store.system.archive.lag_records > 1000),
                /* Does it wait for a word of whoever sits here? */
                waits: (a) => waits_for(a, app.session?.agency),
                /* Duty officers and administrators answer; who has a zone,
                 * for that zone. */
                may_ack(a)
                {
                        const { role, zone } = app.session || {};

                        return (role === 'duty' || role === 'admin') &&
                                (!a || !zone || !a.county ||
                                a.county === zone);
                },
        };

        /* Places change rarely: read once per sign-in. */
        app.load_places = async function load_places()
        {
                const [config, zones, rivers, facilities] =
                        await Promise.allSettled([api.config(), api.zones(),
                                api.rivers(), api.facilities()]);

                if (config.status === 'fulfilled')
                        app.config = config.value;
                if (zones.status === 'fulfilled')
                        app.zones = new Map(zones.value.features.map((z) =>
                                [z.properties.code, { ...z.properties,
                                        geometry: z.geometry }]));
                if (rivers.status === 'fulfilled')
                        app.rivers = rivers.value.features || [];
                if (facilities.status === 'fulfilled')
                        app.facilities = facilities.value.facilities || [];
        };

        app.open_feed = function open_feed(on_status, on_unauthorised)
        {
                const url = new URL('/api/v1/feed', location.href);
                const ws = new URL(url);

                ws.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
                app.feed = create_feed({
                        url: '',
                        get_seq: () => store.seq,
                        make_socket: (q) => new WebSocket(ws.href + q),
                        make_events: (q) => new EventSource(url.href + q),
                        set_timer: (fn, ms) => setTimeout(fn, ms),
                        clear_timer: (id) => clearTimeout(id),
                        random: Math.random,
                        now: () => performance.now(),
                        probe: async () => (await fetch('/api/v1/session', {
                                cache: 'no-store' })).status,
                        on_message(message)
                        {
                                if (message.system)
                                        clock.set(message.system,
                                                performance.now());
                                store.apply(message);
                        },
                        on_status, on_unauthorised,
                });
                app.feed.start();
        };
        app.feed_heard_ms = () => (app.feed ? app.feed.heard_ms() : null);
        return app;
}
