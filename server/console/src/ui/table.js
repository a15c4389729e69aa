/* ui/table.js -- everything as tables: no map needed for any of the work. */
import * as f from '../core/format.js';
import { is_ahead, is_over, agency_summary } from '../core/groups.js';
import { rank } from '../core/grade.js';
import { h, redraw } from './dom.js';
import { badge } from './badge.js';
import { agency_chips, alert_tags } from './list.js';
import { alert_title, main_value, next_line, shown_value, trend, value_text,
        zone_name } from './describe.js';

function head_row(app, sort, columns, changed)
{
        return h('tr', null, columns.map(([key, text]) => {
                const on = sort.key === key;

                return h('th', { scope: 'col', 'aria-sort': on ?
                        sort.up ? 'ascending' : 'descending' : null },
                key ? h('button.sort', { type: 'button', data: { fk: key },
                        title: app.t('table.sort', { col: text }),
                        onclick: () => {
                                sort.up = on ? !sort.up : key === 'name';
                                sort.key = key;
                                changed();
                        } }, text, on ? sort.up ? ' ▲' : ' ▼' : '') : text);
        }));
}

function alert_cells(app, a)
{
        const { t } = app;
        const tr = trend(app, a);
        const next = next_line(app, app.store.stations.get(a.station),
                a.level_observed || 'none');

        return h('tr', { class: app.waits(a) ? 'waiting' : null },
                h('td', null, badge(t, a.level, is_ahead(a))),
                h('th', { scope: 'row' }, h('button.link', { type: 'button',
                        data: { fk: `t ${a.id}` },
                        onclick: () => app.select('alert', a.id),
                }, alert_title(app, a)), ' ', alert_tags(app, a)),
                h('td', null, t(`state.${a.state}`)),
                h('td', null, tr ? `${tr.arrow} ${tr.change}` : '',
                        next && h('div', null, next)),
                h('td', null, f.stamp(a.changed_at || a.raised_at)),
                h('td', null, agency_chips(app, agency_summary([a]))),
                h('td', null, a.escalates_at ?
                        h('span.countdown', { data: {
                                until: Date.parse(a.escalates_at) } },
                        h('b.countdown-time', null, '–')) : ''),
                h('td', null, app.may_ack(a) && !is_over(a) &&
                        h('button.small', { type: 'button',
                                data: { fk: `ta ${a.id}` },
                                'aria-label': t('table.ack_label', {
                                        title: alert_title(app, a) }),
                                onclick: () => app.answer([a.id]),
                        }, t('list.ack'))));
}

const STATION_SORT = {
        name: (app, s) => app.t.pick(s.name, s.name_en),
        level: (app, s) => rank(s.level) * 10 + rank(s.level_forecast),
        value: (app, s) => main_value(app, s)?.value ?? -Infinity,
        change: (app, s) => main_value(app, s)?.change ?? -Infinity,
        forecast: (app, s) => rank(s.level_forecast),
        last_seen: (app, s) => Date.parse(s.last_seen) || 0,
        kind: (app, s) => s.kind,
        zone: (app, s) => zone_name(app, s.county) + zone_name(app, s.zone),
};

function station_cells(app, s)
{
        const { t } = app;
        const v = main_value(app, s);
        const shown = shown_value(v);

        return h('tr', null,
                h('td', null, badge(t, s.level)),
                h('th', { scope: 'row' }, h('button.link', { type: 'button',
                        data: { fk: `s ${s.code}` },
                        onclick: () => app.select('station', s.code),
                }, t.pick(s.name, s.name_en))),
                h('td', null, t(`kind.${s.kind}`)),
                h('td', null, t.pick(s.river, s.river_en)),
                h('td', null, `${zone_name(app, s.county)} ` +
                        (s.zone === s.county ? '' : zone_name(app, s.zone))),
                h('td.num', null, `${value_text(v)} ${shown?.unit || ''}`),
                h('td.num', null, v && v.change !== null &&
                        v.change !== undefined ?
                        `${f.signed(v.change, v.unit)} ${f.arrow(v.trend)}` :
                        ''),
                h('td', null, badge(t, s.level_forecast, true)),
                h('td', null, t(`standing.${s.standing}`)),
                h('td', null, s.last_seen ? f.stamp(s.last_seen) : '–'));
}

function compare(a, b)
{
        return typeof a === 'string' ? a.localeCompare(b, 'zh-CN') : a - b;
}

export function create_tables(app)
{
        const { t, store } = app;
        const sort = { key: 'level', up: false };
        const alert_head = h('h2', { id: 'alerts-head' });
        const station_head = h('h2', { id: 'stations-head' });
        const alert_body = h('tbody');
        const alert_note = h('p.quiet');
        const station_top = h('thead');
        const station_body = h('tbody');
        const note = h('p.warn-note', { hidden: true }, t('map.no_webgl'));
        const frame = (id, ...rows) => h('div.scroll-x', { role: 'region',
                tabindex: '0', 'aria-labelledby': id }, h('table', null, rows));
        const el = h('div.tables', null, note, alert_head,
                frame('alerts-head', h('thead', null, h('tr', null, ['level',
                        'title', 'state', 'trend', 'last_seen', 'agencies',
                        'escalates', 'act'].map((c) => h('th',
                        { scope: 'col' }, c === 'last_seen' ?
                                t('alert.time') : t(`table.${c}`))))),
                alert_body), alert_note, station_head,
                frame('stations-head', station_top, station_body));

        function draw_alerts()
        {
                const live = [...store.alerts.values()].filter((a) =>
                        !is_over(a)).sort((a, b) =>
                        (app.waits(a) ? 0 : 1) - (app.waits(b) ? 0 : 1) ||
                        rank(b.level) - rank(a.level) ||
                        rank(b.level_observed) - rank(a.level_observed) ||
                        Date.parse(b.changed_at) - Date.parse(a.changed_at));
                const text = `${t('table.alerts')} · ${live.length}`;

                if (alert_head.textContent !== text)
                        alert_head.textContent = text;
                alert_note.textContent = live.length ? '' :
                        t(store.seq < 0 ? 'list.unknown' : 'list.none');
                redraw(alert_body, JSON.stringify([app.may_ack(), live.map(
                        (a) => [a.id, a.version, app.unarchived(a), trend(app, a)])]),
                () => live.map((a) => alert_cells(app, a)));
        }

        function draw_stations()
        {
                const of = STATION_SORT[sort.key];
                const keyed = [...store.stations.values()]
                        .map((s) => [of(app, s), s]);

                keyed.sort((a, b) => (sort.up ? 1 : -1) *
                        compare(a[0], b[0]) || (a[1].code < b[1].code ? -1 :
                        1));
                station_head.textContent =
                        `${t('table.stations')} · ${keyed.length}`;
                redraw(station_top, JSON.stringify(sort), () => [head_row(app,
                        sort, [
                                ['level', t('table.level')],
                                ['name', t('table.name')],
                                ['kind', t('station.kind')],
                                [null, t('station.river')],
                                ['zone', t('station.zone')],
                                ['value', t('table.value')],
                                ['change', t('table.change')],
                                ['forecast', t('table.forecast')],
                                [null, t('station.standing')],
                                ['last_seen', t('table.last_seen')],
                        ], draw_stations)]);
                redraw(station_body, JSON.stringify(keyed.map(([, s]) =>
                        [s.code, s.level, s.level_forecast, s.standing,
                                s.last_seen, main_value(app, s)?.value])),
                () => keyed.map(([, s]) => station_cells(app, s)));
        }

        return {
                el,
                draw()
                {
                        draw_alerts();
                        draw_stations();
                },
                without_map()
                {
                        note.hidden = false;
                },
        };
}
