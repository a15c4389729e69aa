/* ui/rules.js -- a rule table in words: what raises which level, where the
 * number comes from, whether it was verified, how often it stands now, who
 * put it in force and when. */
import { is_over } from '../core/groups.js';
import * as f from '../core/format.js';
import { h, table } from './dom.js';

const UNITS = { rain_sum: 'mm', forecast_rain: 'mm', wind: 'm/s',
        soil_moisture: '%' };

function limit(t, rule, line)
{
        const based = line.base && line.base !== 'value';
        const sign = rule.kind === 'soil_moisture' ? '≤' : '≥';
        const base = line.base === 'near' ? 'WRZ − near' : line.base;
        const more = line.value ?
                ` ${line.value < 0 ? '−' : '+'} ${Math.abs(line.value)} m` : '';
        const window = line.window_s ? ` / ${line.window_s / 3600} h` : '';

        if (based)
                return `${sign} ${base}${more}`;
        if (rule.kind === 'dry_days')
                return t('rules.days', { n: line.value });
        if (rule.kind === 'silence_cluster')
                return t('rules.stations', { n: line.value });
        return `${sign} ${line.value} ${UNITS[rule.kind] ?? 'm'}${window}`;
}

/* A line in words: an expression speaks for itself. */
export function line_words(t, rule, line)
{
        if (line.when)
                return line.when;
        if (rule.kind === 'silence')
                return t('rules.intervals', { n: rule.intervals });
        if (rule.kind === 'link')
                return t('rules.link', { n: rule.hold_s });
        return limit(t, rule, line);
}

const lines = (t, rule) => h('ul.rule-lines', null, rule.lines.map((line) =>
        h('li', null, h('b', null, t(`level.${line.level}`)),
                h('code', null, line_words(t, rule, line)),
                line.unverified && h('span.quiet', null,
                        t('rules.unverified')))));

function standing(app, rule)
{
        let n = 0;

        for (const a of app.store.alerts.values())
                n += a.rule === rule.id && !is_over(a);
        return String(n);
}

/* What GET /api/v1/rules says. */
export function rule_rows(app, set)
{
        const { t } = app;

        return h('div', null,
                h('p', null, t('rules.table', { name: set.name,
                        version: set.version }), ' ', set.text || ''),
                set.put_at && h('p.rules-who', null, t('rules.who', {
                        user: set.by, at: f.stamp(set.put_at) })),
                table([t('rules.rule'), t('rules.lines'), t('rules.standing'),
                        t('rules.source')], set.rules.map((rule) => [
                        h('div', null, h('b', null, rule.id), h('br'),
                                t.pick(rule.text, rule.text_en)),
                        lines(t, rule), standing(app, rule), rule.source,
                ]), t('manage.empty')));
}
