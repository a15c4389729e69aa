/* ui/describe.js -- alerts, groups and stations in words. */
import { LEVELS, rank } from '../core/grade.js';
import * as f from '../core/format.js';

export function station_name(app, code)
{
        const s = app.store.stations.get(code);

        return s ? app.t.pick(s.name, s.name_en) : code || '';
}

export function zone_name(app, code)
{
        const z = app.zones.get(code);

        return z ? app.t.pick(z.name, z.name_en) : code || '';
}

/* What the dispatch system calls it; in English where there is a word. */
export function nature(app, incident)
{
        const key = `nature.${incident.nature}`;

        return app.t.has(key) ? app.t(key) : incident.nature || '120';
}

export function alert_title(app, a)
{
        return app.t.pick(a.title, a.title_en) ||
                `${app.t(`hazard.${a.hazard}`)} ${a.id}`;
}

function river_name(app, group, name)
{
        if (app.t.lang !== 'en')
                return name;
        for (const a of group.alerts) {
                const s = app.store.stations.get(a.station);

                if (s && s.river === name && s.river_en)
                        return s.river_en;
        }
        return name;
}

export function group_title(app, group)
{
        const { t } = app;
        const told = app.store.group_titles.get(group.key);
        const [, kind, ...rest] = group.key.split('/');
        const name = rest.join('/');

        if (told)
                return t.pick(told.zh, told.en);
        if (kind === 'river')
                return t('group.river_title', {
                        name: river_name(app, group, name),
                        hazard: t(`hazard.${group.hazard}`),
                });
        if (name)
                return t('group.county_title', {
                        name: zone_name(app, name),
                        hazard: t(`hazard.${group.hazard}`),
                });
        return alert_title(app, group.alerts[0]);
}

/* The element whose change tells whether it gets worse. */
function watched(a)
{
        return a.hazard === 'rainstorm' ? 'P' : a.element;
}

/* Rain gets worse when its last hour is heavier than the three before it
 * on average. */
function rain_trend(t, v)
{
        const hour = v.rain?.['1h'];
        const three = v.rain?.['3h'];

        if (!Number.isFinite(hour))
                return null;

        const mean = Number.isFinite(three) ? three / 3 : hour;
        const sign = hour > mean * 1.15 ? 1 : hour < mean * 0.85 ? -1 : 0;

        return {
                arrow: f.arrow(sign), rising: sign > 0,
                word: t(['list.rain_less', 'list.rain_same',
                        'list.rain_more'][sign + 1]),
                change: t('list.rain_hour', { n: f.number(hour, 'mm') }),
        };
}

/* {arrow, word, change, rising} of the alert's own measurement, or null. */
export function trend(app, a)
{
        const v = app.store.value(a.station, watched(a));
        const { t } = app;

        if (v?.element === 'P')
                return rain_trend(t, v);
        if (!v || v.trend === undefined || v.trend === null)
                return null;

        const word = v.trend > 0 ? 'rising' :
                v.trend < 0 ? 'falling' : 'steady';
        const change = v.change === null || v.change === undefined ? '' :
                t('list.per_hour', {
                        change: f.signed(v.change, v.unit), unit: v.unit,
                });

        return {
                arrow: f.arrow(v.trend), word: t(`list.${word}`),
                rising: v.trend > 0, change,
        };
}

/* When the next line is crossed, by the station's own forecast. */
export function next_line(app, station, level)
{
        const { t } = app;

        if (!station || !station.next_at)
                return null;

        const at = Date.parse(station.next_at);
        const left_s = (at - app.engine()) / 1000;
        const next = level !== 'none' ? LEVELS[rank(level) + 1] :
                station.kind === 'ZZ' ? 'blue' : null;
        const told = next ? t(`level.${next}`) : null;

        if (!told)
                return left_s > 0 ? t('list.next_any', {
                        t: f.span(left_s, t.span), at: f.hhmm(at),
                }) : null;
        return left_s > 0 ? t('list.next', {
                t: f.span(left_s, t.span), level: told, at: f.hhmm(at),
        }) : t('list.next_past', { level: told, at: f.hhmm(at) });
}

const ELEMENT_OF_KIND = { PP: 'P', ZZ: 'Z', RR: 'Z', MM: 'UG', SS: 'M20' };

/* The value a station is known by. */
export function main_value(app, s)
{
        const first = app.store.value(s.code, ELEMENT_OF_KIND[s.kind]);

        if (first)
                return first;
        for (const e of ['Z', 'P', 'UG', 'US', 'M20', 'M10', 'M40']) {
                const v = app.store.value(s.code, e);

                if (v)
                        return v;
        }
        return null;
}

/* A gauge is read by its last hour, everything else by its value. */
export function shown_value(v)
{
        if (!v)
                return null;
        if (v.element === 'P')
                return v.rain && v.rain['1h'] !== undefined &&
                        v.rain['1h'] !== null ?
                        { value: v.rain['1h'], unit: 'mm/h' } : null;
        return { value: v.value, unit: v.unit };
}

export function value_text(v)
{
        const shown = shown_value(v);

        if (!shown || shown.value === null || shown.value === undefined)
                return '–';
        return f.number(shown.value, shown.unit === 'mm/h' ? 'mm' :
                shown.unit);
}

/* Quality marks in words, for one line of text. */
export function mark_words(t, marks)
{
        return (marks || []).map((m) => (t.has(`mark.${m}`) ?
                t(`mark.${m}`) : m)).join(t.lang === 'en' ? ', ' : '、');
}
