/* ui/motion.js -- what is already in motion: answers of the agencies,
 * alerts being acted on, open incidents, ambulances out. */
import * as f from '../core/format.js';
import { agency_summary, is_ahead, is_over } from '../core/groups.js';
import { rank } from '../core/grade.js';
import { incident_key, unit_key } from '../core/store.js';
import { h, redraw } from './dom.js';
import { level_mark } from './badge.js';
import { block } from './facts.js';
import { alert_title, nature, zone_name } from './describe.js';
import { AGENCIES } from './ack.js';

const OUT = new Set(['dispatched', 'en_route', 'on_scene', 'leaving',
        'at_hospital', 'handed_over', 'aborted']);

function answer_lines(app, live)
{
        const { t } = app;
        const sum = new Map(agency_summary(live).map((x) => [x.agency, x]));
        const late = (agency) => live.filter((a) => (a.agencies || []).some(
                (x) => x.agency === agency && x.required && !x.given &&
                        x.escalated)).length;

        return h('ul.plain.answers', null, AGENCIES.filter((a) => sum.has(a))
                .map((agency) => {
                        const x = sum.get(agency);

                        return h('li', null, h('b', null,
                                t(`agency.${agency}`)),
                        h('progress', { max: x.due, value: x.given,
                                'aria-label': t(`agency.${agency}`) }),
                        h('span', null, t('motion.answer_line', {
                                given: x.given, due: x.due - x.given,
                                late: late(agency) })));
                }));
}

function acting_list(app, live)
{
        const { t } = app;
        const acting = live.map((a) => [a, (a.agencies || []).filter((x) =>
                x.given && (x.intent === 'acting' ||
                        x.intent === 'verifying'))])
                .filter(([, who]) => who.length)
                .sort((x, y) => rank(y[0].level) - rank(x[0].level));

        if (!acting.length)
                return h('p.quiet', null, t('motion.none'));
        return h('ul.plain', null, acting.slice(0, 12).map(([a, who]) =>
                h('li', null, level_mark(a.level, is_ahead(a)),
                        h('div', null, h('button.link', { type: 'button',
                                data: { fk: a.id },
                                onclick: () => app.select('alert', a.id),
                        }, alert_title(app, a)),
                        h('div.quiet', null, who.map((x) =>
                                `${t(`agency.${x.agency}`)} ` +
                                `${t(`intent.${x.intent}`)} ` +
                                `${f.hhmm(x.given_at)}` +
                                (x.note ? ` “${x.note}”` : ''))
                                .join(' · '))))));
}

function incident_row(app, i, units)
{
        const { t } = app;
        const mine = units.filter((u) => u.incident === i.incident);

        return h('li', { data: { incident: i.incident }, class:
                app.selected('motion', i.incident) ? 'picked' : null },
        h('span.incident-state', null, t(`incident.${i.state}`)),
        h('div', null,
                h('button.link', { type: 'button', data: { fk: i.incident },
                        onclick: () => app.show_place(i.lon, i.lat),
                        disabled: !Number.isFinite(i.lon) },
                `${nature(app, i)}${i.people > 0 ? ` · ${t('motion.people',
                        { n: i.people })}` : ''}`),
                h('div.quiet', null, `${f.hhmm(i.opened_at)} · ` +
                        `${zone_name(app, i.town || i.county)} ` +
                        `${i.address || ''}`,
                Number.isFinite(i.lon) ? '' : ` · ${t('motion.no_point')}`,
                i.late_events ? ` · ${t('motion.late_events',
                        { n: i.late_events })}` : ''),
                mine.length > 0 && h('div.quiet', null, mine.map((u) =>
                        `${u.unit} ${t(`unit.${u.state}`)}`)
                        .join(' · '))));
}

function unit_row(app, u)
{
        const { t } = app;

        return h('li', { data: { unit: u.unit }, class:
                app.selected('motion', u.unit) ? 'picked' : null },
        h('span.incident-state', null, u.lost ? t('motion.lost', { n: '' }) :
                t(`unit.${u.state}`)),
        h('div', null, h('button.link', { type: 'button', data: { fk: u.unit },
                disabled: !Number.isFinite(u.lon),
                onclick: () => app.show_place(u.lon, u.lat) }, u.unit),
        ' ', h('span.quiet', null, [u.incident && t('motion.for',
                { id: u.incident }), u.lost && u.fix_at &&
                f.hhmmss(u.fix_at)].filter(Boolean).join(' · '))));
}

export function create_motion(app)
{
        const { t, store } = app;
        const answers = h('div');
        const acting = h('div');
        const incidents = h('div');
        const units = h('div');
        const el = h('div.panel-in.motion', null,
                h('header.panel-head', null, h('h2', { tabindex: '-1' },
                        t('motion.title'))),
                block(t('motion.answers'), answers),
                block(t('motion.acting'), acting), incidents, units);

        function draw()
        {
                const live = [...store.alerts.values()].filter((a) =>
                        !is_over(a));
                const all_units = [...store.units.values()].sort((a, b) =>
                        unit_key(a) < unit_key(b) ? -1 : 1);
                const open = [...store.incidents.values()].filter((i) => i.open)
                        .sort((a, b) => Date.parse(b.opened_at) -
                                Date.parse(a.opened_at) ||
                                (incident_key(a) < incident_key(b) ? -1 : 1));
                const out = all_units.filter((u) => OUT.has(u.state) ||
                        u.lost);
                const versions = JSON.stringify(live.map((a) =>
                        [a.id, a.version]));

                redraw(answers, versions, () => [answer_lines(app, live)]);
                redraw(acting, versions, () => [acting_list(app, live)]);
                redraw(incidents, JSON.stringify([open, app.selection,
                        app.zones.size, out.map((u) => [u.unit, u.state,
                                u.incident])]), () => [block(
                        t('motion.incidents', { n: open.length }),
                        open.length ? h('ul.plain.incidents', null,
                                open.slice(0, 40).map((i) =>
                                        incident_row(app, i, all_units))) :
                                h('p.quiet', null,
                                        t('motion.no_incidents')))]);
                redraw(units, JSON.stringify([app.selection, all_units.map(
                        (u) => [u.unit, u.state, u.incident, u.lost])]),
                () => [block(t('motion.units', { busy: out.length,
                        all: all_units.length }), h('ul.plain.incidents', null,
                        out.map((u) => unit_row(app, u))))]);
        }

        return { el, draw, close() {} };
}
