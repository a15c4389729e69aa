/* ui/station.js -- one station: its line, its levels, its last messages. */
import * as f from '../core/format.js';
import { is_ahead, is_over } from '../core/groups.js';
import { h, redraw, table } from './dom.js';
import { badge, level_mark } from './badge.js';
import { draw_chart } from './chart.js';
import { block, facts, panel_head } from './facts.js';
import { create_duty } from './duty.js';
import { create_trace } from './trace.js';
import { open_amend } from './admit.js';
import { alert_title, main_value, mark_words, next_line, shown_value,
        value_text, zone_name } from './describe.js';
import { score_lines } from './scores.js';

const ELEMENTS = { PP: ['P'], ZZ: ['Z', 'P'], RR: ['Z', 'P'],
        MM: ['UG', 'US', 'P'], SS: ['M10', 'M20', 'M40', 'P'] };
const HOURS = [12, 24, 48, 72];

function levels(app, s)
{
        const { t } = app;
        const v = app.store.value(s.code, 'Z');
        const names = s.kind === 'RR' ? ['FSLTDZ', 'OBHTZ'] :
                ['WRZ', 'GRZ', 'OBHTZ', ...['LDKEL', 'RDKEL', 'LAZ'].filter(
                        (name) => Number.isFinite(s.levels?.[name]))];

        return table([t('station.levels'), 'm', ''], names.map((name) => {
                const level = s.levels?.[name];
                const set = level !== null && level !== undefined;
                const gap = set && v && v.value !== null ?
                        v.value - level : null;

                return [
                        t(`line.${name}`) + (set && s.levels_synthetic &&
                                name !== 'WRZ' ?
                                ` (${t('station.synthetic')})` : ''),
                        set ? f.number(level, 'm') : name === 'FSLTDZ' ?
                                t('station.no_season') :
                                t('station.none_set'),
                        gap === null ? '' : h(gap >= 0 ? 'b' : 'span', null,
                                t(gap >= 0 ? 'station.over' :
                                        'station.under', {
                                        line: t(`line.${name}`),
                                        v: f.number(Math.abs(gap), 'm'),
                                })),
                ];
        }), '');
}

function now_block(app, s)
{
        const { t } = app;
        const v = main_value(app, s);
        const shown = shown_value(v);
        const rain = app.store.value(s.code, 'P')?.rain;
        const next = next_line(app, s, s.level || 'none');

        return [
                h('div.reading', null,
                        h('b.reading-value', null, value_text(v)),
                        h('span.reading-unit', null, shown ? shown.unit : ''),
                        v && v.change !== null && v.change !== undefined &&
                        h('span.reading-trend', null,
                                `${f.arrow(v.trend)} ` + t('list.per_hour', {
                                        change: f.signed(v.change, v.unit),
                                        unit: v.unit })),
                        v && h('span.reading-time', null, f.stamp(v.time)),
                        v?.marks?.length > 0 && h('span.tag', null,
                                mark_words(t, v.marks)),
                        s.conflict && h('span.tag', null,
                                t('mark.conflict'))),
                h('div.grades', null,
                        h('span.grade', null, h('span.grade-name', null,
                                t('station.standing')),
                        h('span', null, t(`standing.${s.standing}`))),
                        h('span.grade', null, h('span.grade-name', null,
                                t('list.observed')), badge(t, s.level)),
                        h('span.grade', null, h('span.grade-name', null,
                                t('list.forecast')),
                        badge(t, s.level_forecast, true))),
                next && h('p.next', null, next),
                rain && h('p', null, t('station.rain', {
                        a: f.number(rain['1h'], 'mm'),
                        b: f.number(rain['3h'], 'mm'),
                        c: f.number(rain['6h'], 'mm'),
                        d: f.number(rain['24h'], 'mm'),
                }), rain.covered_24h < 1 && h('span.tag', null,
                        t('station.covered', { p: Math.floor(
                                rain.covered_24h * 100) }))),
        ];
}

function message_list(app, messages)
{
        const { t } = app;

        if (!messages.length)
                return h('p.quiet', null, t('station.no_messages'));
        return h('ol.messages', null, messages.slice(0, 12).map((m) =>
                h(m.refused ? 'li.refused' : 'li', null,
                        h('span.message-time', null, f.hhmmss(m.time)),
                        h('span.tag', null, t(m.refused ?
                                'station.refused' : 'station.accepted')),
                        m.refused ? h('b', null, m.reason || '') :
                                h('span', null, t('station.observations',
                                        { n: m.n_obs ?? 0 })),
                        m.detail && h('span', null, m.detail),
                        m.refused && m.head && h('code', null, m.head))));
}

function fact_list(app, s)
{
        const { t } = app;

        return facts([
                [t('station.code'), s.code],
                [t('station.kind'), t(`kind.${s.kind}`)],
                s.river && [t('station.river'), t.pick(s.river, s.river_en)],
                s.catchments?.length && [t('station.catchments'), s.catchments
                        .map((c) => zone_name(app, c)).join(' · ')],
                [t('station.zone'), [s.county !== s.zone &&
                        zone_name(app, s.county), zone_name(app, s.zone)]
                        .filter(Boolean).join(' · ')],
                s.datum && [t('station.datum'), s.datum],
                [t('station.interval'), f.span(s.interval_s, t.span)],
                [t('station.last'), s.last_seen ?
                        `${f.stamp(s.last_seen)} (${t('station.age', {
                                t: f.span((app.engine() -
                                        Date.parse(s.last_seen)) / 1000,
                                t.span) })})` : '–'],
        ]);
}

export function create_station_panel(app, code)
{
        const { t } = app;
        const store = app.store;
        const first = store.stations.get(code);
        const now = h('div.now');
        const alerts = h('div');
        const lines = h('div');
        const about = h('div');
        const duty = first && create_duty(app, first);
        const trace = first && create_trace(app, first);
        const mail = h('div', null, h('p.quiet', null, t('chart.loading')));
        const chart = h('div.chart');
        const scores = h('div');
        const buttons = h('div.chart-choice');
        const choice = { element: null, hours: 24 };
        let drop = () => {};
        let drawn_ms = 0;
        let round = 0;

        async function plot()
        {
                const mine = ++round;
                const s = store.stations.get(code);

                drop();
                drop = () => {};
                drawn_ms = performance.now();

                const done = await draw_chart(app, s, choice.element,
                        choice.hours, chart);

                if (mine === round)
                        drop = done;
                else
                        done();
        }

        function elements(s)
        {
                const known = ELEMENTS[s.kind] || ['Z'];
                const there = known.filter((e) => store.value(code, e));

                return there.length ? there : known.slice(0, 1);
        }

        function draw_buttons(s)
        {
                const press = (key, value, text) => h('button.small', {
                        type: 'button', data: { fk: `${key}${value}` },
                        'aria-pressed': String(choice[key] === value),
                        onclick: () => {
                                choice[key] = value;
                                draw_buttons(s);
                                plot();
                        },
                }, text);

                redraw(buttons, JSON.stringify([choice, elements(s)]), () => [
                        h('span', { role: 'group', 'aria-label':
                                t('alert.element') }, elements(s).map((e) =>
                                press('element', e, t(`element.${e}`)))),
                        h('span', { role: 'group', 'aria-label':
                                t('alert.window') }, HOURS.map((n) =>
                                press('hours', n, t('chart.hours', { n })))),
                ]);
        }

        /* Nothing is said while there is nothing to say. */
        async function load_scores()
        {
                if (first.kind !== 'ZZ' && first.kind !== 'RR')
                        return;
                try {
                        scores.replaceChildren(...score_lines(app,
                                await app.api.scores(code)));
                } catch {
                        scores.replaceChildren();
                }
        }

        async function load_messages()
        {
                try {
                        const { messages } = await app.api.station(code);

                        mail.replaceChildren(message_list(app,
                                messages || []));
                } catch (e) {
                        mail.replaceChildren(h('p.quiet', null,
                                t('chart.failed', { why: e.message })));
                }
        }

        function draw()
        {
                const s = store.stations.get(code);

                if (!s)
                        return;

                const mine = [...store.alerts.values()].filter((a) =>
                        a.station === code && !is_over(a));

                redraw(now, JSON.stringify([s, main_value(app, s),
                        store.value(code, 'P')?.rain,
                        next_line(app, s, s.level)]), () => now_block(app, s));
                redraw(lines, JSON.stringify([s.levels,
                        store.value(code, 'Z')?.value]), () =>
                        s.kind === 'ZZ' || s.kind === 'RR' ?
                                [levels(app, s)] : []);
                redraw(alerts, JSON.stringify(mine.map((a) =>
                        [a.id, a.version])), () => mine.length ? [
                        block(t('station.alerts'), h('ul.plain', null,
                                mine.map((a) => h('li', null,
                                        level_mark(a.level, is_ahead(a)),
                                        h('button.link', { type: 'button',
                                                onclick: () => app.select(
                                                        'alert', a.id),
                                        }, alert_title(app, a)))))),
                ] : []);
                redraw(about, JSON.stringify([s.last_seen]), () =>
                        [fact_list(app, s)]);
        }

        if (!first)
                return { el: h('p.quiet', null, code), draw() {}, close() {} };
        choice.element = elements(first)[0];

        const el = h('div.panel-in', null,
                panel_head(app, h('span.kind-mark', null,
                        t(`kind.${first.kind}`)), t.pick(first.name,
                        first.name_en), [t.pick(first.river, first.river_en),
                        zone_name(app, first.zone)].filter(Boolean)
                        .join(' · ')),
                now,
                block(t(first.kind === 'PP' ? 'chart.hyetograph' :
                        first.kind === 'ZZ' || first.kind === 'RR' ?
                                'chart.hydrograph' : 'chart.series'),
                buttons, chart, scores),
                app.session.role !== 'viewer' && h('p', null,
                        h('button.small', { type: 'button', onclick: () =>
                                open_amend(app, code, elements(first).filter(
                                        (e) => e !== 'P'), plot),
                        }, t('amend.open'))),
                lines, alerts, trace.el,
                block(t('station.messages'), mail), duty.el,
                about);

        draw_buttons(first);
        draw();
        plot();
        load_messages();
        load_scores();
        duty.load();
        return {
                el, draw,
                tick(now_ms)
                {
                        if (now_ms - drawn_ms > 15000 &&
                            !chart.querySelector('details[open]')) {
                                plot();
                                load_messages();
                        }
                },
                place: [first.lon, first.lat],
                close()
                {
                        round++;
                        drop();
                        trace.close();
                },
        };
}
