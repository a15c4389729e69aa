/* ui/list.js -- the alert list: what is new and not acknowledged first.
 *
 * Groups of one hazard and river or county, worst first; each says whether
 * it gets worse, who has answered, and when it escalates. */
import { build_groups, count_levels, is_ahead, is_over }
        from '../core/groups.js';
import { rank } from '../core/grade.js';
import * as f from '../core/format.js';
import { h, keyed, redraw } from './dom.js';
import { level_mark, level_text } from './badge.js';
import { alert_title, group_title, next_line, station_name, trend, zone_name }
        from './describe.js';

const SHOWN = 3;        /* alerts of a group before "more" */

export function agency_chips(app, agencies)
{
        const { t } = app;

        return h('ul.chips', null, agencies.map((x) => {
                const agency = t(`agency.${x.agency}`);
                const done = x.given === x.due;
                const words = {
                        agency, given: x.given, due: x.due, user: x.user,
                        intent: x.intent ? t(`intent.${x.intent}`) : '',
                };
                const key = done ? 'given' : x.given ? 'part' :
                        x.escalated ? 'late' : 'due';
                const sign = done ? '✓' : x.escalated ? '!' :
                        x.given ? `${x.given}/${x.due}` : '…';

                return h(`li.chip.chip-${key}`, {
                        title: t(`list.agency_${key}`, words),
                }, h('span.chip-sign', { 'aria-hidden': 'true' }, sign),
                h('span.off-screen', null, t(`list.agency_${key}`, words)),
                h('span', { 'aria-hidden': 'true' },
                        done && x.intent ?
                                `${agency} ${t(`intent.${x.intent}`)}` :
                                agency));
        }));
}

function countdown(app, until, label)
{
        return h('span.countdown', { data: { until: Date.parse(until) } },
                h('span.countdown-label', null, label), ' ',
                h('b.countdown-time', null, '–'));
}

export function escalation(app, alerts, escalates_at)
{
        const { t } = app;
        const late = alerts.some((a) => !is_over(a) && (a.agencies || [])
                .some((x) => x.required && !x.given && x.escalated));

        return [
                late && h('span.tag.tag-loud', null, t('list.escalated')),
                escalates_at && countdown(app, escalates_at,
                        t('list.escalates')),
        ];
}

export function alert_tags(app, a)
{
        const { t } = app;

        return [
                is_ahead(a) && h('span.tag.tag-forecast', null,
                        t('list.forecast'), a.lead_s ? ` · ${t('list.lead', {
                                t: f.span(a.lead_s, t.span),
                        })}` : ''),
                a.late && h('span.tag', null, t('list.late')),
                app.unarchived(a) && h('span.tag.tag-loud', null,
                        t('list.not_archived')),
                a.unverified && h('span.tag.tag-faint', null,
                        t('list.unverified')),
        ];
}

/* Observed and forecast grade side by side. */
export function both_grades(app, observed, forecast)
{
        const { t } = app;

        return h('span.grades', null,
                h('span.grade', null, h('span.grade-name', null,
                        t('list.observed')),
                level_mark(observed), h('span', null,
                        level_text(t, observed))),
                h('span.grade', null, h('span.grade-name', null,
                        t('list.forecast')),
                level_mark(forecast, true), h('span', null,
                        level_text(t, forecast))));
}

function trend_line(app, group)
{
        const a = group.alerts.find((x) => !is_over(x)) || group.alerts[0];
        const tr = trend(app, a);
        const next = next_line(app, app.store.stations.get(a.station),
                a.level_observed || 'none');

        if (!tr && !next)
                return null;
        return h('div.worse', null,
                tr && h(tr.rising ? 'span.rising' : 'span.easing', null,
                        h('b', { 'aria-hidden': 'true' }, tr.arrow), ' ',
                        tr.word, ' ', tr.change),
                next && h('span.next', null, next));
}

function alert_row(app, a)
{
        const { t } = app;
        const over = is_over(a);

        return h('li.alert', { data: { alert: a.id } },
                level_mark(over ? a.level_peak || a.level : a.level,
                        is_ahead(a)),
                h('button.stop.alert-title', {
                        type: 'button',
                        data: { fk: a.id, stop: 'alert', id: a.id },
                        'aria-current': app.selected('alert', a.id) ?
                                'true' : null,
                        onclick: () => app.select('alert', a.id),
                },
                h('span.off-screen', null, `${level_text(t, a.level)} `),
                alert_title(app, a)),
                h('span.alert-meta', null,
                        h('span', null, f.hhmm(a.changed_at || a.raised_at)),
                        h('span.tag.tag-faint', null, t(`state.${a.state}`)),
                        alert_tags(app, a)),
                app.may_ack(a) && app.waits(a) &&
                h('button.small', {
                        type: 'button', data: { fk: `ack ${a.id}` },
                        'aria-label': t('table.ack_label', {
                                title: alert_title(app, a),
                        }),
                        onclick: () => app.answer([a.id]),
                }, t('list.ack')));
}

function group_head(app, g)
{
        const { t } = app;
        const head = g.alerts[0];

        return h('div.group-head', null,
                h('span.group-mark', null, level_mark(g.over ? g.peak :
                        g.level, !g.over && rank(g.level) >
                        rank(g.observed))),
                h('div.group-words', null,
                        h('h3', null, h('button.stop.group-title', {
                                type: 'button',
                                data: {
                                        fk: g.key, stop: 'group', id: g.key,
                                },
                                onclick: () => app.select('alert', head.id),
                        }, h('span.group-level', null, level_text(t, g.over ?
                                g.peak : g.level)), ' ', group_title(app, g))),
                        h('div.group-facts', null,
                                h('span', null, t('list.count',
                                        { n: g.alerts.length })),
                                g.unacknowledged > 0 && h('b', null,
                                        t('list.open_count',
                                                { n: g.unacknowledged })),
                                h('span', null, t('list.changed',
                                        { t: f.hhmm(g.changed_at) })))));
}

function group_body(app, g)
{
        const { t } = app;
        const open = app.opened.has(g.key);
        const shown = open ? g.alerts : g.alerts.slice(0, SHOWN);
        const rest = g.alerts.length - shown.length;
        const waiting = g.alerts.filter((a) => app.waits(a) &&
                app.may_ack(a));

        return [
                group_head(app, g),
                !g.over && both_grades(app, g.observed, g.forecast),
                !g.over && trend_line(app, g),
                !g.over && h('div.group-duty', null,
                        agency_chips(app, g.agencies),
                        escalation(app, g.alerts, g.escalates_at)),
                waiting.length > 1 &&
                h('button.primary.group-ack', {
                        type: 'button', data: { fk: `group ${g.key}` },
                        onclick: () => app.answer(waiting.map((a) => a.id)),
                }, t('list.group_ack', { n: waiting.length })),
                h('ul.alerts', null, shown.map((a) => alert_row(app, a)),
                        rest > 0 && h('li', null, h('button.link', {
                                type: 'button',
                                data: { fk: `more ${g.key}` },
                                onclick: () => {
                                        app.opened.add(g.key);
                                        app.dirty('list');
                                },
                        }, t('list.more', { n: rest })))),
        ];
}

/* Everything a group's look depends on. */
function group_signature(app, g)
{
        const a = g.alerts.find((x) => !is_over(x)) || g.alerts[0];
        const tr = trend(app, a);
        const s = app.store.stations.get(a.station);

        return JSON.stringify([
                app.t.lang, app.may_ack(), app.opened.has(g.key),
                app.selection, app.zones.size, g.alerts.map((x) =>
                        [x.id, x.version, x.level, x.state, app.unarchived(x)]),
                group_title(app, g), tr,
                next_line(app, s, a.level_observed || 'none'),
        ]);
}

function section(app, id, open)
{
        const head = h('h2.section-head');
        const body = h('div.groups');

        return { el: h(`section.section.section-${id}`, null, head, body),
                head, body, open };
}

function draw_section(app, part, groups, title, none)
{
        redraw(part.head, `${title}${groups.length}`, () => [
                h('span', null, title), h('span.section-count', null,
                        groups.length)]);
        keyed(part.body, groups, (g) => g.key,
                () => h('article.group'), (el, g) => {
                        el.className = `group level-${g.over ? 'none' :
                                g.level}${g.unacknowledged ? ' waiting' : ''}` +
                                (!g.over && rank(g.level) > rank(g.observed) ?
                                        ' ahead' : '');
                        redraw(el, group_signature(app, g),
                                () => group_body(app, g));
                });
        if (!groups.length && none) {
                const p = h('p.quiet', null, none);

                p.key = 'none';
                part.body.replaceChildren(p);
        }
        part.el.hidden = !groups.length && !none;
}

function matches(app, a, words)
{
        const s = app.store.stations.get(a.station);
        const hay = [alert_title(app, a), a.river, s && s.name,
                s && s.name_en, station_name(app, a.station),
                zone_name(app, a.zone), zone_name(app, a.county),
                app.t(`hazard.${a.hazard}`)].join(' ').toLowerCase();

        return words.every((w) => hay.includes(w));
}

export function create_list(app)
{
        const { t } = app;
        const filter = { text: '', level: null, mine: false };
        const waiting = section(app, 'waiting');
        const known = section(app, 'known');
        const over = section(app, 'over');
        const fold = h('details.fold', null, h('summary'), over.el);
        const counts = h('div.counts', { role: 'group',
                'aria-label': t('list.title') });
        const summary = h('p.list-summary');
        const input = h('input', {
                type: 'search', placeholder: t('list.filter'),
                'aria-label': t('list.filter'), oninput: () => {
                        filter.text = input.value.trim().toLowerCase();
                        app.dirty('list');
                },
        });
        const mine = app.session.agency && h('label.mine', null,
                h('input', { type: 'checkbox', onchange: (e) => {
                        filter.mine = e.target.checked;
                        app.dirty('list');
                } }), ' ', t('list.mine'));
        const el = h('section.list', { id: 'list', tabindex: '-1',
                'aria-label': t('list.title') },
        h('div.list-head', null, counts, summary,
                h('div.list-filter', null, input, mine)),
        h('div.list-body', null, waiting.el, known.el, fold));

        function draw_counts(alerts)
        {
                const n = count_levels(alerts);

                counts.classList.toggle('five', n.white > 0);
                redraw(counts, JSON.stringify([n, filter.level, t.lang]), () =>
                        Object.keys(n).filter((l) => l !== 'white' || n[l])
                                .map((l) => h('button.count', {
                                        type: 'button', data: { fk: l },
                                        'aria-pressed': String(
                                                filter.level === l),
                                        title: t('list.filter_level', {
                                                level: t(`level.${l}`) }),
                                        onclick: () => {
                                                filter.level = filter.level ===
                                                        l ? null : l;
                                                app.dirty('list');
                                        },
                                }, level_mark(l), h('b', null, n[l]), ' ',
                                h('span.count-name', null,
                                        t(`level.${l}`)))));
        }

        const asks_me = (a) => !is_over(a) && (a.agencies || []).some((x) =>
                x.agency === app.session.agency && x.required && !x.given);

        function draw()
        {
                const all = [...app.store.alerts.values()];
                const words = filter.text.split(/\s+/).filter(Boolean);
                const groups = build_groups(all, (a) =>
                        (!filter.level || a.level === filter.level) &&
                        (!filter.mine || asks_me(a)) &&
                        (!words.length || matches(app, a, words)), app.waits);
                const live = all.filter((a) => !is_over(a)).length;

                draw_counts(all);
                summary.textContent = live ? t('list.situations', {
                        groups: groups.waiting.length + groups.known.length,
                        alerts: live,
                }) : t(app.store.seq < 0 ? 'list.unknown' : 'list.none');
                draw_section(app, waiting, groups.waiting, t('list.waiting'),
                        t(app.store.seq < 0 ? 'list.unknown' :
                                'list.none_waiting'));
                draw_section(app, known, groups.known, t('list.known'));
                draw_section(app, over, groups.over, t('list.over'));
                over.head.hidden = true;
                fold.hidden = !groups.over.length;
                fold.firstElementChild.textContent =
                        `${t('list.over')} · ${groups.over.length}`;
        }

        /* Moves the focus among groups and alerts. */
        function move(step)
        {
                const stops = [...el.querySelectorAll('.stop')].filter((s) =>
                        s.offsetParent !== null);
                const at = stops.indexOf(document.activeElement);
                const next = stops[Math.max(0, Math.min(stops.length - 1,
                        at < 0 ? 0 : at + step))];

                next?.focus();
                next?.scrollIntoView({ block: 'nearest' });
        }

        /* The ids under the focus that still wait for a word. */
        function focused_ids()
        {
                const data = document.activeElement?.dataset ?? {};

                if (data.stop === 'alert')
                        return app.may_ack(app.store.alerts.get(data.id)) ?
                                [data.id] : [];
                if (data.stop === 'group')
                        return [...app.store.alerts.values()].filter((a) =>
                                a.group === data.id && app.waits(a) &&
                                app.may_ack(a))
                                .map((a) => a.id);
                return [];
        }

        return { el, draw, move, focused_ids, filter_input: input };
}
