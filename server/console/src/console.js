/* console.js -- the officer's page, from sign-in to the live picture.
 *
 * It answers in this order: what is new and not acknowledged; is it getting
 * worse, and when does it cross the next line; what is already in motion. */
import 'maplibre-gl/dist/maplibre-gl.css';
import 'uplot/dist/uPlot.min.css';
import './css/base.css';
import './css/console.css';
import { is_urgent } from './core/grade.js';
import * as f from './core/format.js';
import { h } from './ui/dom.js';
import { create_app, save_language, saved_language } from './ui/app.js';
import { alert_title } from './ui/describe.js';
import { create_alert_panel } from './ui/alert.js';
import { create_book } from './ui/book.js';
import { create_legend } from './ui/legend.js';
import { create_list } from './ui/list.js';
import { create_manage } from './ui/manage.js';
import { create_map, has_webgl2 } from './ui/map.js';
import { asks_mark, asks_of } from './core/asks.js';
import { create_rules } from './ui/rules-view.js';
import { create_motion } from './ui/motion.js';
import { create_sign_in } from './ui/sign-in.js';
import { create_sound } from './ui/sound.js';
import { create_station_panel } from './ui/station.js';
import { create_strip } from './ui/strip.js';
import { create_tables } from './ui/table.js';
import { listen_keys, open_help } from './ui/keys.js';
import { open_answer } from './ui/ack.js';

const DRAW_MS = 250;
const SLOW_MS = 45;
const SLOW_DRAW_MS = 1000;
const root = document.getElementById('root');
const live_loud = document.getElementById('live-assertive');
const live_calm = document.getElementById('live-polite');
let end_page = () => {};

function switch_language()
{
        save_language(saved_language() === 'en' ? 'zh-CN' : 'en');
        begin();
}

async function begin(notice)
{
        const app = create_app(saved_language());

        end_page();
        end_page = () => {};
        document.documentElement.lang = app.t.lang;
        document.title = app.t('app.title');
        app.switch_language = switch_language;
        try {
                app.session = await app.api.session();
        } catch (e) {
                root.replaceChildren(create_sign_in(app, notice ||
                        (e.status === 401 ? '' : app.t('sign.unreachable',
                                { why: e.message })), () => begin()));
                return;
        }
        show_page(app);
}

/* Deadlines are real time; every element that shows one is kept here. */
function tick_countdowns(app)
{
        const now = app.real();

        for (const el of document.querySelectorAll('[data-until]')) {
                const left = Number(el.dataset.until) - now;
                const time = el.querySelector('.countdown-time');

                time.textContent = f.countdown(left);
                el.classList.toggle('soon', left < 120000);
        }
}

function read_hash()
{
        const q = new URLSearchParams(location.hash.slice(1));
        const kind = ['alert', 'station', 'motion'].find((k) => q.has(k));

        return { view: q.get('view'), kind, id: kind ? q.get(kind) : null };
}

function write_hash(app, view)
{
        const q = new URLSearchParams();

        if (view !== 'map')
                q.set('view', view);
        if (app.selection)
                q.set(app.selection.kind, app.selection.id);
        history.replaceState(null, '', `#${q}`);
}

function header(app, strip, sound, view_buttons)
{
        const { t } = app;
        const s = app.session;

        return h('header.top', null,
                h('a.skip', { href: '#list' }, t('app.skip_list')),
                h('a.skip', { href: '#main' }, t('app.skip_main')),
                h('div.brand', null, h('img', { src: '/favicon.svg', alt: '',
                        width: '26', height: '26' }),
                h('h1', null, t('app.title')),
                h('span.city', null, app.config ? t.pick(app.config.city.name,
                        app.config.city.name_en) : '')),
                strip.clocks,
                h('nav.views', { 'aria-label': t('nav.views') }, view_buttons),
                h('div.who', null, sound.button,
                        h('a.plain-link', { href: '/bulletin',
                                target: '_blank' }, t('nav.bulletin')),
                        h('span.user', null, h('b', null, s.shown || s.user),
                                ' ', s.agency ? t(`agency.${s.agency}`) :
                                        t(`role.${s.role}`)),
                        h('button.link', { type: 'button', 'aria-label':
                                t('app.lang_label'),
                        onclick: app.switch_language }, t('app.lang')),
                        h('button.link.to-help', { type: 'button', onclick: () =>
                                open_help(app) }, t('nav.help')),
                        h('button.link', { type: 'button', onclick:
                                async () => {
                                        await app.api.sign_out()
                                                .catch(() => {});
                                        begin();
                                } }, t('sign.out'))));
}

function map_tools(app, map)
{
        const { t } = app;
        const box = (name, text, on, act) => h('label', null,
                h('input', { type: 'checkbox', checked: on,
                        onchange: (e) => act(e.target.checked) }), ' ', text);

        return h('div.map-tools', null,
                h('button.small', { type: 'button', onclick: () =>
                        map.go_home() }, t('map.home')),
                h('details.layers', null, h('summary', null, t('map.layers')),
                        h('div.layers-body', null,
                                box('v', t('map.all_values'), false,
                                        map.show_values),
                                box('f', t('map.facilities'), false, (on) =>
                                        map.show_layer('facilities', on)),
                                box('u', t('map.units'), true, (on) =>
                                        map.show_layer('units', on)),
                                box('i', t('map.incidents'), true, (on) =>
                                        map.show_layer('incidents', on)))),
                create_legend(app));
}

async function show_page(app)
{
        const { t, store } = app;
        const dirty = { list: true, map: {}, panel: true, tables: true };
        const strip = create_strip(app);
        const sound = create_sound(app);
        const webgl = has_webgl2();
        const manage_role = app.session.role !== 'viewer';
        let view = 'map';
        let panel = null;
        let last_draw = 0;
        let last_frame = performance.now();
        let pace = 0;           /* ms from frame to frame, smoothed */
        let first_snapshot = true;
        let seen_map = false;

        root.replaceChildren(h('p.loading', null, t('app.loading')));
        await app.load_places();

        app.dirty = (what) => {
                dirty[what] = true;
        };
        app.say = (text) => {
                live_calm.textContent = text;
                toast.textContent = text;
                toast.hidden = false;
                clearTimeout(toast.timer);
                toast.timer = setTimeout(() => {
                        toast.hidden = true;
                }, 3500);
        };
        app.answer = (ids) => open_answer(app, ids);
        app.signed_out = () => begin(t('sign.expired'));

        const list = create_list(app);
        const tables = create_tables(app);
        const manage = create_manage(app);
        const book = create_book(app);
        const rules = create_rules(app);
        const motion = create_motion(app);
        const map = webgl ? create_map(app, { scale:
                innerWidth < 760 ? 0.78 : 1 }) : null;
        const side = h('aside.side', { id: 'side', tabindex: '-1' });
        const toast = h('p.toast', { hidden: true });
        const illustrative = h('p.illustrative', null, app.config ?
                t.pick(app.config.illustrative?.zh,
                        app.config.illustrative?.en) :
                t('map.illustrative'));
        const stage = {
                map: h('div.stage.stage-map', null, map ? [map.el,
                        map_tools(app, map), illustrative,
                        h('div.lost-veil', { 'aria-hidden': 'true' })] :
                        null),
                table: h('div.stage.stage-table', null, tables.el),
                book: h('div.stage.stage-manage', null, book.el),
                rules: h('div.stage.stage-manage', null, rules.el),
                manage: h('div.stage.stage-manage', null, manage.el),
        };
        const names = [webgl && 'map', 'table', 'book', 'rules',
                manage_role && 'manage']
                .filter(Boolean);
        const buttons = names.map((name) => h(`button.view.view-${name}`, {
                type: 'button', onclick: () => set_view(name) },
        t(`nav.${name}`)));
        const asked = h('span.asked', { hidden: true });
        const phone = h('nav.phone-tabs', { 'aria-label': t('nav.views') },
                ['list', webgl ? 'map' : 'table', 'motion'].map((name) =>
                        h('button', { type: 'button', data: { tab: name },
                                onclick: () => set_tab(name) },
                        t(`nav.${name}`))));
        const main = h('main.main', { id: 'main', tabindex: '-1' },
                Object.values(stage));
        const body = h('div.body', null, list.el, main, side);
        const page = h('div.page', null,
                header(app, strip, sound, buttons), strip.banner, body,
                strip.el, phone, toast);

        buttons[names.indexOf('rules')].append(asked);

        /* Somebody waits for this user, or answered him. */
        function show_asks()
        {
                const asks = asks_of(store.system?.drafts, app.session);
                const mark = asks_mark(asks);
                const n = asks.mine.length + asks.answered.length;

                if (asked.mark === mark)
                        return;
                for (const d of asks.answered)
                        if (asked.mark !== undefined &&
                            !asked.mark.includes(d.hash))
                                app.say(t('draft.answered', { user:
                                        d.confirmed_by, name: d.name,
                                version: d.version }));
                asked.mark = mark;
                asked.hidden = n === 0;
                asked.textContent = String(n);
                asked.title = t('draft.asked', { n });
                rules.asked(asks);
        }

        function set_view(name)
        {
                view = names.includes(name) ? name : names[0];
                page.dataset.view = view;
                for (const [key, el] of Object.entries(stage))
                        el.hidden = key !== view;
                buttons.forEach((b, i) => b.setAttribute('aria-pressed',
                        String(names[i] === view)));
                if (view === 'manage')
                        manage.open();
                if (view === 'book')
                        book.open();
                if (view === 'rules')
                        rules.open();
                dirty.tables = true;
                write_hash(app, view);
                map?.resize();
        }

        function set_tab(name)
        {
                page.dataset.tab = name;
                if (name === 'motion')
                        app.select(null);
                if (name === 'map' || name === 'table')
                        set_view(name);
                for (const b of phone.children)
                        b.setAttribute('aria-pressed',
                                String(b.dataset.tab === name));
                map?.resize();
                if (name === 'map' && !seen_map) {
                        seen_map = true;
                        map?.go_home(false);
                }
        }

        function show_panel(next)
        {
                panel?.close();
                panel = next;
                side.replaceChildren(next.el);
                side.scrollTop = 0;
        }

        app.select = function select(kind, id)
        {
                app.selection = kind ? { kind, id } : null;
                page.dataset.picked = kind || '';
                if (kind === 'alert')
                        show_panel(create_alert_panel(app, id));
                else if (kind === 'station')
                        show_panel(create_station_panel(app, id));
                else if (panel !== motion)
                        show_panel(motion);
                dirty.list = true;
                write_hash(app, view);
                if (kind === 'alert' || kind === 'station') {
                        side.querySelector('h2')?.focus(
                                { preventScroll: true });
                        if (panel.place && map && view === 'map')
                                map.fly_to(...panel.place);
                } else if (kind === 'motion') {
                        motion.draw();
                        side.querySelector('.picked')?.scrollIntoView(
                                { block: 'center' });
                }
        };
        app.show_place = (lon, lat) => {
                if (!map)
                        return;
                set_view('map');
                if (matchMedia('(max-width: 760px)').matches)
                        set_tab('map');
                map.fly_to(lon, lat, 12);
        };

        function announce(changed)
        {
                for (const id of changed.alerts) {
                        const a = store.alerts.get(id);
                        const news = sound.alarm.take(a, app.waits(a));

                        if (news && !first_snapshot && is_urgent(a.level))
                                live_loud.textContent = t('live.new', {
                                        level: t(`level.${a.level}`),
                                        title: alert_title(app, a) });
                }
                if (changed.snapshot)
                        first_snapshot = false;
        }

        const unlisten = store.on_change((changed) => {
                if (changed.snapshot)
                        sound.alarm.clear();
                if (changed.snapshot && view === 'book')
                        book.open();
                announce(changed);
                if (changed.system || changed.snapshot)
                        show_asks();
                dirty.list = dirty.panel = dirty.tables = true;
                if (changed.stations.size || changed.snapshot)
                        dirty.map.stations = true;
                if (changed.alerts.size || changed.snapshot)
                        dirty.map.alerts = true;
                if (changed.incidents.size || changed.snapshot)
                        dirty.map.incidents = true;
        });

        function draw()
        {
                if (dirty.list)
                        list.draw();
                if (dirty.panel)
                        panel.draw();
                if (dirty.tables && view === 'table')
                        tables.draw();
                if (map)
                        map.draw(dirty.map);
                dirty.list = dirty.panel = dirty.tables = false;
                dirty.map = {};
        }

        /* Where graphics are drawn by the processor a frame takes long;
         * then fewer are asked for, and the hands stay free. */
        function frame(now_ms)
        {
                pace = pace * 0.9 + Math.min(500, now_ms - last_frame) * 0.1;
                last_frame = now_ms;
                if (now_ms - last_draw >= (pace > SLOW_MS ? SLOW_DRAW_MS :
                        DRAW_MS) && !document.hidden) {
                        last_draw = now_ms;
                        draw();
                        if (view === 'map')
                                map?.tick(now_ms);
                        panel.tick?.(now_ms);
                        if (view === 'manage')
                                manage.tick();
                        strip.tick(now_ms);
                        tick_countdowns(app);
                }
                handle = requestAnimationFrame(frame);
        }

        /* Sound must not stop when the window is hidden. */
        const pulse = setInterval(() => {
                sound.tick(performance.now());
                if (document.hidden)
                        strip.tick(performance.now());
        }, 500);
        const unkey = listen_keys({
                move: list.move, view: set_view,
                ack() {
                        const ids = list.focused_ids();
                        const picked = app.selection?.kind === 'alert' ?
                                [app.selection.id] : [];

                        if (app.may_ack() && (ids.length || picked.length))
                                app.answer(ids.length ? ids : picked);
                },
                filter: () => list.filter_input.focus(),
                silence: sound.silence, help: () => open_help(app),
                escape: () => app.select(null),
        });
        let handle = 0;
        let ended = false;

        end_page = () => {
                ended = true;
                cancelAnimationFrame(handle);
                clearInterval(pulse);
                unkey();
                unlisten();
                app.feed?.stop();
                panel?.close();
                rules.close();
        };

        root.replaceChildren(page);
        if (!webgl)
                tables.without_map();

        const hash = read_hash();

        set_view(hash.view || names[0]);
        page.dataset.tab = 'list';
        app.select(null);
        const wait_until = performance.now() + 10000;

        app.open_feed((status) => {
                strip.set_feed(status);
                strip.tick(performance.now());
                page.classList.toggle('lost', status.state === 'down');
        }, () => {
                if (!ended)
                        begin(t('sign.expired'));
        });

        /* What the address names is opened when it is known: the first
         * snapshot may be two seconds older than the link. */
        const unfirst = store.on_change(() => {
                const known = hash.kind === 'alert' ?
                        store.alerts.has(hash.id) :
                        store.stations.get(hash.id)?.name;

                if (app.selection || !hash.id || performance.now() > wait_until)
                        unfirst();
                else if (known) {
                        unfirst();
                        app.select(hash.kind, hash.id);
                }
        });

        set_tab_silently('list');
        handle = requestAnimationFrame(frame);

        function set_tab_silently(name)
        {
                for (const b of phone.children)
                        b.setAttribute('aria-pressed',
                                String(b.dataset.tab === name));
        }
}

begin();
