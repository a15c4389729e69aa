/* core/groups.js -- many alerts, few situations.
 *
 * In:  alerts as the API gives them.
 * Out: groups of one hazard and one river or county, worst first; what
 *      waits for an answer stands before what has one.
 * Pure. */
import { rank, worse } from './grade.js';

const OVER = new Set(['ended', 'closed', 'withdrawn']);

export const is_over = (alert) => OVER.has(alert.state);
export const is_open = (alert) => alert.state === 'open';

const newest = (alert) =>
        Date.parse(alert.changed_at || alert.raised_at) || 0;

function by_severity(a, b)
{
        return rank(b.level) - rank(a.level) ||
                rank(b.level_observed) - rank(a.level_observed) ||
                newest(b) - newest(a) ||
                (a.id < b.id ? -1 : 1);
}

export function group_key(alert)
{
        return alert.group || `${alert.hazard}/${alert.zone || alert.id}`;
}

/* The earliest deadline that still runs, as the text the server gave. */
function first_deadline(alerts)
{
        let first = null;

        for (const a of alerts) {
                if (!a.escalates_at)
                        continue;
                if (!first || Date.parse(a.escalates_at) < Date.parse(first))
                        first = a.escalates_at;
        }
        return first;
}

/* One chip per agency: it has answered only when it has on every alert. */
export function agency_summary(alerts)
{
        const found = new Map();

        for (const alert of alerts) {
                for (const x of alert.agencies || []) {
                        if (!x.required && !x.given)
                                continue;
                        const sum = found.get(x.agency) || {
                                agency: x.agency, due: 0, given: 0,
                                escalated: false, intent: null, user: null,
                        };

                        sum.due++;
                        if (x.given) {
                                sum.given++;
                                sum.intent = x.intent;
                                sum.user = x.user;
                        } else if (x.escalated) {
                                sum.escalated = true;
                        }
                        found.set(x.agency, sum);
                }
        }
        return [...found.values()];
}

function make_group(key, alerts, waits)
{
        const live = alerts.filter((a) => !is_over(a)).sort(by_severity);
        const all = live.length ? live :
                [...alerts].sort((a, b) => newest(b) - newest(a));
        const open = live.filter(waits);

        return {
                key,
                hazard: all[0].hazard,
                level: all.reduce((l, a) => worse(l, a.level), 'none'),
                peak: all.reduce((l, a) =>
                        worse(l, a.level_peak || a.level), 'none'),
                observed: all.reduce((l, a) =>
                        worse(l, a.level_observed || 'none'), 'none'),
                forecast: all.reduce((l, a) =>
                        worse(l, a.level_forecast || 'none'), 'none'),
                alerts: all,
                unacknowledged: open.length,
                changed_at: Math.max(...all.map(newest)),
                escalates_at: first_deadline(live),
                over: live.length === 0,
                agencies: agency_summary(live),
        };
}

function by_urgency(a, b)
{
        return rank(b.level) - rank(a.level) ||
                rank(b.observed) - rank(a.observed) ||
                b.changed_at - a.changed_at || (a.key < b.key ? -1 : 1);
}

/* -> {waiting: [], known: [], over: []}, each worst first.  waits(alert)
 * says what still waits: for anybody's word, or for one agency's. */
export function build_groups(alerts, accept = () => true, waits = is_open)
{
        const live = new Map();
        const past = new Map();
        const result = { waiting: [], known: [], over: [] };

        for (const alert of alerts) {
                if (!accept(alert))
                        continue;
                const into = is_over(alert) ? past : live;
                const key = group_key(alert);

                if (!into.has(key))
                        into.set(key, []);
                into.get(key).push(alert);
        }
        for (const [key, members] of live) {
                const g = make_group(key, members, waits);

                (g.unacknowledged ? result.waiting : result.known).push(g);
        }
        for (const [key, members] of past)
                result.over.push(make_group(key, members, waits));
        result.waiting.sort(by_urgency);
        result.known.sort(by_urgency);
        result.over.sort((a, b) => b.changed_at - a.changed_at);
        return result;
}

/* How many live alerts stand at each level. */
export function count_levels(alerts)
{
        const count = { red: 0, orange: 0, yellow: 0, blue: 0, white: 0 };

        for (const a of alerts)
                if (!is_over(a) && a.level in count)
                        count[a.level]++;
        return count;
}

/* Is its level only forecast so far? */
export function is_ahead(alert)
{
        return !!alert.forecast || !is_over(alert) &&
                rank(alert.level) > rank(alert.level_observed || 'none');
}

/* Does this alert wait for this agency's word?  For an agency that need
 * not answer, and for an officer of none, it waits while it is open. */
export function waits_for(alert, agency)
{
        const mine = (alert.agencies || []).find((x) => x.agency === agency);

        if (is_over(alert) || mine?.given)
                return false;
        return mine?.required || is_open(alert);
}
