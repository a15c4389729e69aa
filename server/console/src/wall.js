/* wall.js -- the picture on the hall's wall: read-only, dark, large.
 *
 * A wall link's session is not ended by idle time; it can be revoked, and
 * then the page says so.  The map goes from the whole city to the worst
 * situations and back. */
import 'maplibre-gl/dist/maplibre-gl.css';
import './css/base.css';
import './css/wall.css';
import * as f from './core/format.js';
import { rank } from './core/grade.js';
import { build_groups, count_levels } from './core/groups.js';
import { h, keyed, redraw } from './ui/dom.js';
import { level_mark, level_text } from './ui/badge.js';
import { create_app, saved_language } from './ui/app.js';
import { alert_title, group_title, next_line, trend }
        from './ui/describe.js';
import { create_map, has_webgl2 } from './ui/map.js';

const SHOWN = 8;
const DWELL_MS = 12000;
const root = document.getElementById('root');
const app = create_app(saved_language());
const { t, store } = app;

app.select = () => {};

function fact(name)
{
        const value = h('b');

        return { el: h('li', null, h('span', null, name), value), value };
}

function group_card(g)
{
        const a = g.alerts[0];
        const tr = trend(app, a);
        const next = next_line(app, store.stations.get(a.station),
                a.level_observed || 'none');
        const due = g.agencies.filter((x) => x.given < x.due);

        return [
                h('div.wall-head', null, level_mark(g.level, rank(g.level) >
                        rank(g.observed)), h('div', null,
                        h('h3', null, group_title(app, g)),
                        h('p', null, `${level_text(t, g.level)} · ` +
                                t('list.count', { n: g.alerts.length }) +
                                (g.unacknowledged ? ` · ${t('list.open_count',
                                        { n: g.unacknowledged })}` : '')))),
                h('p.wall-worst', null, alert_title(app, a)),
                (tr || next) && h('p.wall-next', null, tr ? `${tr.arrow} ` +
                        `${tr.word} ${tr.change} ` : '', next && h('b', null,
                        next)),
                h('p.wall-duty', null, g.escalates_at && h('span', {
                        data: { until: Date.parse(g.escalates_at) } },
                `${t('list.escalates')} `, h('b.countdown-time', null, '–')),
                due.length > 0 && h('span', null, t('wall.due', {
                        who: due.map((x) => t(`agency.${x.agency}`))
                                .join(' '),
                }))),
        ];
}

function create_wall(scale)
{
        const counts = h('ul.wall-counts');
        const storm = h('b');
        const storm_day = h('span');
        const rate = h('span.wall-rate');
        const real = h('b');
        const cards = h('div.wall-groups');
        const more = h('p.wall-more');
        const state = h('p.wall-state', { role: 'alert' });
        const source = h('p.wall-source', null, app.config?.source_line ?
                t.pick(app.config.source_line.zh, app.config.source_line.en) :
                t('map.illustrative'));
        const incidents = fact(t('wall.incidents'));
        const units = fact(t('wall.units'));
        const silent = fact(t('wall.silent'));
        const links = fact(t('strip.broker'));
        const database = fact(t('strip.database'));
        const map = has_webgl2() ? create_map(app, { dark: true, wall: true,
                scale, padding: 40 * scale }) : null;
        const city = app.config?.city;
        const el = h('div.wall', null,
                h('header.wall-top', null,
                        h('h1', null, city ? t.pick(`${city.name}三防态势`,
                                `${city.name_en} situation`) :
                                t('wall.title')),
                        counts,
                        h('p.wall-clock', null, h('span', null,
                                t('strip.storm_clock')), storm_day, storm,
                        rate),
                        h('p.wall-clock.wall-real', null, h('span', null,
                                t('strip.real_clock')), real)),
                h('main.wall-body', null, h('div.wall-map', null,
                        map ? map.el : t('map.no_webgl'), source),
                h('aside.wall-side', null, h('h2', null, t('wall.worst')),
                        cards, more)),
                state,
                h('ul.wall-foot', null, [incidents, units, silent, links,
                        database].map((x) => x.el)));

        return { el, counts, storm, storm_day, rate, real, cards, more, state,
                incidents, units, silent, links, database, map };
}

const OUT = new Set(['dispatched', 'en_route', 'on_scene', 'leaving',
        'at_hospital', 'handed_over']);

function draw_counts(w, alerts)
{
        const n = count_levels(alerts);

        redraw(w.counts, JSON.stringify(n), () => ['red', 'orange', 'yellow',
                'blue'].map((l) => h('li', null, level_mark(l),
                h('b', null, n[l]), h('span', null, t(`level.${l}`)))));
}

/* Only whole cards are shown: how many. */
function fit_cards(cards)
{
        const list = [...cards.children];
        const end = cards.getBoundingClientRect().bottom;

        list.forEach((el) => {
                el.hidden = false;
        });

        const over = list.findIndex((el) =>
                el.getBoundingClientRect().bottom > end + 1);
        const shown = over < 0 ? list.length : Math.max(1, over);

        list.slice(shown).forEach((el) => {
                el.hidden = true;
        });
        return shown;
}

function draw_groups(w)
{
        const alerts = [...store.alerts.values()];
        const { waiting, known } = build_groups(alerts);
        const all = [...waiting, ...known].sort((a, b) => rank(b.level) -
                rank(a.level) || b.unacknowledged - a.unacknowledged ||
                b.changed_at - a.changed_at);

        draw_counts(w, alerts);
        keyed(w.cards, all.slice(0, SHOWN), (g) => g.key,
                () => h('article.wall-group'), (el, g) => {
                        el.className = `wall-group level-${g.level}` +
                                (g.key === w.looking ? ' looking' : '');
                        redraw(el, JSON.stringify([g.alerts.map((a) =>
                                [a.id, a.version]), trend(app, g.alerts[0]),
                        next_line(app, store.stations.get(
                                g.alerts[0].station), g.observed),
                        g.escalates_at]), () => group_card(g));
                });
        const shown = fit_cards(w.cards);

        w.more.textContent = all.length > shown ? t('wall.more',
                { n: all.length - shown }) : all.length ? '' :
                t(store.seq < 0 ? 'list.unknown' : 'wall.calm');
        return all;
}

function draw_foot(w)
{
        const y = store.system;
        const open = [...store.incidents.values()].filter((i) => i.open);
        const out = [...store.units.values()].filter((u) => OUT.has(u.state));

        w.incidents.value.textContent = open.length;
        w.units.value.textContent = `${out.length}/${store.units.size}`;
        if (!y)
                return;
        w.silent.value.textContent = `${y.silent_stations}/${y.stations}`;
        for (const [part, link] of [['links', 'broker'],
                ['database', 'database']]) {
                w[part].value.textContent = y.links[link].up ? t('strip.up') :
                        t('strip.down_now');
                w[part].el.classList.toggle('bad', !y.links[link].up);
        }
}

/* Whole city, first situation, whole city, second... */
function next_look(w, groups)
{
        const loud = groups.filter((g) => rank(g.level) >= rank('orange'));
        const list = (loud.length ? loud : groups).slice(0, 3);

        w.step = (w.step ?? -1) + 1;
        if (!w.map || !list.length || w.step % 2 === 0) {
                w.looking = null;
                w.map?.go_home();
                return;
        }

        const g = list[((w.step - 1) / 2) % list.length];
        const s = store.stations.get(g.alerts[0].station);
        const at = s ? [s.lon, s.lat] : app.zones.get(g.alerts[0].zone)?.label;

        w.looking = g.key;
        if (at)
                w.map.fly_to(...at, 10.6);
}

function tick_clocks(w, now_ms)
{
        const engine = app.clock.engine(now_ms);
        const y = store.system;

        w.storm_day.textContent = f.day(engine);
        w.storm.textContent = f.hhmmss(engine);
        w.real.textContent = f.hhmmss(app.clock.real(now_ms));
        if (y)
                w.rate.textContent = y.paused ? t('strip.paused') :
                        t('strip.rate', { n: y.rate });
        for (const el of document.querySelectorAll('[data-until]'))
                el.querySelector('.countdown-time').textContent =
                        f.countdown(Number(el.dataset.until) - app.real());
}

function run(w)
{
        const dirty = { stations: true, alerts: true, incidents: true };
        let groups = [];
        let last_draw = 0;
        let last_frame = performance.now();
        let pace = 0;           /* ms from frame to frame, smoothed */
        let last_look = performance.now() - DWELL_MS + 4000;

        store.on_change((changed) => {
                dirty.alerts = true;
                dirty.stations ||= changed.stations.size > 0;
                dirty.incidents ||= changed.incidents.size > 0;
        });

        /* Where graphics are drawn by the processor, once a second. */
        function frame(now_ms)
        {
                requestAnimationFrame(frame);
                pace = pace * 0.9 + Math.min(500, now_ms - last_frame) * 0.1;
                last_frame = now_ms;
                if (now_ms - last_draw < (pace > 45 ? 1000 : 250))
                        return;
                last_draw = now_ms;
                if (now_ms - last_look > DWELL_MS) {
                        last_look = now_ms;
                        next_look(w, groups);
                        dirty.alerts = true;
                }
                if (dirty.alerts)
                        groups = draw_groups(w);
                w.map?.draw({ ...dirty });
                dirty.stations = dirty.alerts = dirty.incidents = false;
                w.map?.tick(now_ms);
                draw_foot(w);
                tick_clocks(w, now_ms);
        }

        requestAnimationFrame(frame);
}

async function begin()
{
        document.documentElement.lang = t.lang;
        document.title = t('wall.title');
        await app.load_places();

        const w = create_wall(Math.max(1, innerWidth / 1920));

        root.replaceChildren(w.el);
        run(w);
        app.open_feed((status) => {
                const down = status.state === 'down';
                const at = status.heard_ms === null ? app.real() :
                        app.clock.real(status.heard_ms);

                w.el.classList.toggle('lost', down);
                w.state.textContent = down ? t('strip.lost_banner',
                        { at: f.hhmmss(at) }) : '';
        }, () => {
                w.el.classList.add('lost');
                w.state.textContent = t('wall.no_session');
        });
}

begin();
