/* ui/alert.js -- one alert: why, who has it, what happens if nothing is
 * done, what happened so far, and what lies near. */
import * as f from '../core/format.js';
import { is_ahead, is_over } from '../core/groups.js';
import { h, redraw, table } from './dom.js';
import { level_mark, level_text } from './badge.js';
import { alert_tags, both_grades, escalation } from './list.js';
import { block, facts, panel_head } from './facts.js';
import { alert_title, nature, next_line, station_name, trend } from './describe.js';
import { cluster_place } from './map-cluster.js';
import { open_close } from './ack.js';

const RADII = [2000, 5000, 10000];

function why_block(app, a)
{
        const { t } = app;
        const unit = a.unit || '';

        return [
                h('p.rule-text', null, t.pick(a.rule_text, a.rule_text_en)),
                a.unverified && h('p.warn-note', null, t('alert.unverified')),
                facts([
                        [t('alert.rule'), t('alert.rule_version',
                                { id: a.rule, v: a.rule_version })],
                        a.rule_scope && [t('alert.rule_scope'), a.rule_scope],
                        [t(is_ahead(a) ? 'alert.value_forecast' :
                                'alert.value'), `${f.number(a.value, unit)} ` +
                                unit],
                        [t('alert.threshold'), `${f.number(a.threshold,
                                unit)} ${unit}`],
                        a.window_s ? [t('alert.window'), f.span(a.window_s,
                                t.span)] : null,
                        [t('alert.observed_at'), f.stamp(a.observed_at)],
                        [t('alert.raised_at'), f.stamp(a.raised_at)],
                        [t('alert.peak'), level_text(t, a.level_peak ||
                                a.level)],
                        a.ended_at && [t('alert.ended_at'),
                                f.stamp(a.ended_at)],
                        a.reason && [t('alert.reason'), a.reason],
                        a.merged_into && [t('alert.merged',
                                { id: a.merged_into }), ''],
                ]),
                h('details', { open: true }, h('summary', null,
                        t('alert.evidence')),
                table([t('alert.time'), t('alert.station'),
                        t('alert.element'), t('alert.value'),
                        t('alert.seq')],
                (a.evidence || []).map((e) => [f.stamp(e.time),
                        station_name(app, e.station),
                        t.has(`element.${e.element}`) ?
                                t(`element.${e.element}`) : e.element,
                        e.forecast ? `${t('list.forecast')} ${e.value}` :
                                String(e.value), String(e.seq)]),
                t('alert.no_history'))),
        ];
}

/* Of stations that fell silent together. */
function member_list(app, a)
{
        const { t } = app;
        const members = a.members || [];
        const more = (a.n_members || 0) - members.length;

        return [h('ul.plain', null, members.map((code) => h('li', null,
                h('button.link', { type: 'button', onclick: () =>
                        app.select('station', code) },
                station_name(app, code))))),
        more > 0 && h('p.quiet', null, t('alert.more_members', { n: more }))];
}

function answer_rows(app, a)
{
        const { t } = app;

        return (a.agencies || []).map((x) => [
                t(`agency.${x.agency}`),
                x.given ? h('b.given', null, `✓ ${t(`intent.${x.intent}`)}`) :
                        x.required ? h(x.escalated ? 'b.overdue' : 'span',
                                null, x.escalated ?
                                        t('list.escalated') :
                                        t('alert.pending')) :
                                h('span.quiet', null,
                                        t('alert.not_required')),
                x.given ? `${x.user || ''} ${f.hhmm(x.given_at)}` :
                        x.deadline_at ? h('span.countdown', { data: {
                                until: Date.parse(x.deadline_at) } },
                        h('b.countdown-time', null, '–')) : '',
                x.note || '',
        ]);
}

function history_rows(app, list)
{
        const { t } = app;

        return list.map((x) => [
                f.hhmmss(x.real_at || x.at),
                t(`transition.${x.kind}`),
                x.from_level === x.to_level ? level_text(t, x.to_level) :
                        `${level_text(t, x.from_level)} → ` +
                        level_text(t, x.to_level),
                [x.agency ? t(`agency.${x.agency}`) : '', x.user || '',
                        x.note || ''].filter(Boolean).join(' · '),
        ]);
}

function near_list(app, title, items, text)
{
        if (!items || !items.length)
                return null;
        return h('details', { open: items.length <= 6 },
                h('summary', null, `${title} · ${items.length}`),
                h('ul.plain', null, items.map((x) => h('li', null, text(x),
                        x.distance_m !== undefined && h('span.distance', null,
                                `${(x.distance_m / 1000).toFixed(1)} km`)))));
}

function near_block(app, x)
{
        const { t } = app;
        const name = (p) => t.pick(p.name, p.name_en);
        const parts = [
                near_list(app, t('alert.incidents'), x.incidents, (i) =>
                        `${nature(app, i)} · ${t(`incident.${i.state}`)}` +
                        ` · ${i.address || ''}`),
                near_list(app, t('alert.units'), x.units, (u) =>
                        `${u.unit} · ${t(`unit.${u.state}`)}`),
                near_list(app, t('alert.hospitals'), x.hospitals, name),
                near_list(app, t('alert.shelters'), x.shelters, name),
                near_list(app, t('alert.reservoirs'), x.reservoirs, name),
                near_list(app, t('alert.ambulance_stations'),
                        x.ambulance_stations, name),
        ].filter(Boolean);

        return parts.length ? parts :
                [h('p.quiet', null, t('alert.exposed_none'))];
}

function act_block(app, a)
{
        const { t } = app;
        const may_close = ['duty', 'admin'].includes(app.session.role);

        if (a.state === 'closed' || !app.may_ack(a))
                return [!app.may_ack(a) && h('p.quiet', null,
                        t('ack.readonly'))];
        return [h('div.acts', null,
                !is_over(a) && h('button.primary', {
                        type: 'button', data: { fk: 'answer' },
                        onclick: () => app.answer([a.id]),
                }, t('ack.title')),
                a.station && h('button', { type: 'button',
                        data: { fk: 'station' },
                        onclick: () => app.select('station', a.station),
                }, t('alert.go_station')),
                may_close && h('button', { type: 'button',
                        data: { fk: 'close' },
                        onclick: () => open_close(app, a.id),
                }, t('ack.close')))];
}

function head_block(app, a)
{
        const { t } = app;
        const tr = trend(app, a);
        const next = next_line(app, app.store.stations.get(a.station),
                a.level_observed || 'none');

        return [
                !is_over(a) && both_grades(app, a.level_observed,
                        a.level_forecast),
                h('div.alert-meta', null, h('span.tag', null,
                        t(`state.${a.state}`)), alert_tags(app, a)),
                (tr || next) && h('div.worse', null,
                        tr && h(tr.rising ? 'span.rising' : 'span.easing',
                                null, `${tr.arrow} ${tr.word} ${tr.change}`),
                        next && h('span.next', null, next)),
                !is_over(a) && h('div.group-duty', null,
                        escalation(app, [a], a.escalates_at)),
                ...act_block(app, a),
        ];
}

export function create_alert_panel(app, id)
{
        const { t, store } = app;
        const title = h('div');
        const head = h('div.alert-top');
        const reasons = h('div');
        const members = h('div.members');
        const answers = h('div');
        const history = h('div', null, h('p.quiet', null,
                t('chart.loading')));
        const near = h('div');
        const near_title = h('h3');
        const choice = { radius: 5000 };
        const near_buttons = h('div.chart-choice', { role: 'group',
                'aria-label': t('alert.radius') });
        let loaded_version = -1;
        let closed = false;

        async function load_history()
        {
                try {
                        const a = await app.api.alert(id);

                        if (closed)
                                return;
                        store.learn(a);
                        draw();
                        history.replaceChildren(a.history === 'unavailable' ?
                                h('p.quiet', null, t('alert.history_off')) :
                                table([t('alert.time'), t('alert.what'),
                                        t('alert.from_to'), t('alert.by')],
                                history_rows(app, a.transitions || []),
                                t('alert.no_history')));
                } catch (e) {
                        history.replaceChildren(h('p.quiet', null,
                                t('chart.failed', { why: e.message })));
                }
        }

        async function load_near()
        {
                near_title.textContent = t('alert.exposed',
                        { km: choice.radius / 1000 });
                redraw(near_buttons, String(choice.radius), () => RADII.map(
                        (m) => h('button.small', { type: 'button',
                                data: { fk: String(m) },
                                'aria-pressed': String(choice.radius === m),
                                onclick: () => {
                                        choice.radius = m;
                                        load_near();
                                } }, `${m / 1000} km`)));
                try {
                        const x = await app.api.exposed(id, choice.radius);

                        if (!closed)
                                near.replaceChildren(...near_block(app,
                                        x.exposed || x));
                } catch (e) {
                        near.replaceChildren(h('p.quiet', null,
                                e.status === 503 ? t('alert.exposed_off') :
                                        t('chart.failed',
                                                { why: e.message })));
                }
        }

        function draw()
        {
                const a = store.alerts.get(id);

                if (!a)
                        return;
                redraw(title, JSON.stringify([a.level, a.version]), () => [
                        panel_head(app, level_mark(a.level, is_ahead(a)),
                                alert_title(app, a), `${level_text(t,
                                        a.level)} · ` +
                                        t(`hazard.${a.hazard}`) +
                                        ` · ${a.id}`)]);
                redraw(head, JSON.stringify([a.version, app.unarchived(a),
                        trend(app, a), next_line(app,
                                store.stations.get(a.station),
                                a.level_observed)]), () =>
                        head_block(app, a));
                redraw(reasons, String(a.version), () => why_block(app, a));
                if (a.members?.length)
                        redraw(members, String(a.version), () =>
                                block(t('alert.members'),
                                        member_list(app, a)));
                redraw(answers, String(a.version), () => [
                        table([t('alert.agency'), t('alert.answer'),
                                t('alert.deadline'), t('alert.note')],
                        answer_rows(app, a), '')]);
                if (a.version !== loaded_version) {
                        loaded_version = a.version;
                        setTimeout(load_history, 700);
                }
        }

        const first = store.alerts.get(id);
        const station = first && store.stations.get(first.station);
        const el = h('div.panel-in', null, title, head,
                members, block(t('alert.answers'), answers),
                block(t('alert.why'), reasons),
                block(t('alert.history'), history),
                h('section.block', null, near_title, near_buttons, near));

        loaded_version = first ? first.version : -1;
        draw();
        load_history();
        load_near();
        return {
                el, draw,
                place: station ? [station.lon, station.lat] :
                        first?.outline ? cluster_place(first.outline) : app.zones.get(first?.zone)?.label,
                close()
                {
                        closed = true;
                },
        };
}
