/* ui/scores.js -- how forecasts fared, always beside persistence: errors by
 * lead, crossings told or missed, peaks.  Made up data is said to be, and
 * its numbers are never called skill. */
import * as f from '../core/format.js';
import { h, table } from './dom.js';

const MIN_EVENTS = 10; /* from here on shares are told */

const num = (v) => v === null || v === undefined ? '–' : f.number(v, 'm');
const name_of = (x) => `${x.source} · ${x.model}`;
const beside = (t, v, p) => h('span', null, v, h('span.quiet', null,
        ` (${t('score.persistence')} ${p})`));

function errors(t, list)
{
        return table([t('score.model'), t('score.element'), t('score.lead'),
                'n', t('score.bias'), t('score.mae'), t('score.rmse')],
        list.map((x) => [name_of(x), x.element, `${x.lead} h`, String(x.n),
                ...['bias', 'mae', 'rmse'].map((k) => beside(t, num(x[k]),
                        num(x.persistence[k])))]), t('score.none'));
}

function lead(t, x)
{
        return x.lead_s ? t('score.lead_of', {
                min: f.span(x.lead_s.min, t.span),
                median: f.span(x.lead_s.median, t.span) }) : '–';
}

const shares = (t, x) => x.pod === null || x.pod === undefined ?
        t('score.too_few', { n: MIN_EVENTS }) :
        `POD ${x.pod} · FAR ${x.far ?? '–'} · CSI ${x.csi ?? '–'}`;

function events(t, list, synthetic)
{
        return table([t('score.model'), t('score.line'), t('score.events'),
                t('score.hit'), t('score.miss'), t('score.false'),
                t('score.open'), t('score.lead_time'), t('score.shares')],
        list.map((x) => [name_of(x), t.has(`line.${x.line}`) ?
                t(`line.${x.line}`) : t('line.dyke'),
        String(x.events) + (x.unseen ? ` (${t('score.unseen', {
                n: x.unseen })})` : ''),
        beside(t, String(x.hit), String(x.persistence.hit)),
        beside(t, String(x.miss), String(x.persistence.miss)),
        String(x.false_alarm) + (x.withdrawn ? ` (${t('score.withdrawn', {
                n: x.withdrawn })})` : ''),
        String(x.open), lead(t, x),
        synthetic ? t('score.synthetic_short') : shares(t, x)]),
        t('score.none'));
}

function peaks(t, list)
{
        return table([t('score.model'), 'n', t('score.peak_error'),
                t('score.peak_time'), t('score.peak_ok'), t('score.time_ok')],
        list.map((x) => [name_of(x), String(x.n), beside(t,
                `${f.signed(x.error, 'm')} (|${num(x.error_abs)}|)`,
                `|${num(x.persistence.error_abs)}|`),
        `${Math.round(x.time_s / 60)} min (|${
                Math.round(x.time_abs_s / 60)}|)`,
        `${x.peak_ok}/${x.n}`, `${x.time_ok}/${x.n}`]), t('score.none'));
}

const limits = (t, list) => h('p.quiet', null, t('score.limits'), ': ',
        (list || []).map((l) => `${t.has(`score.limit.${l.name}`) ?
                t(`score.limit.${l.name}`) : l.name} ${l.value} ${l.unit}` +
                (l.unverified ? ` (${t('rules.unverified')})` : ''))
                .join('; '));

/* What GET /api/v1/forecasts/scores says. */
export function score_tables(app, s)
{
        const { t } = app;
        const line = app.config?.source_line;

        return h('div.scores', null,
                h('p', null, t('score.span', { from: f.stamp(s.from),
                        to: f.stamp(s.to) })),
                s.synthetic && h('p.score-synthetic', { role: 'note' },
                        h('b', null, t('score.synthetic')), ' ',
                        line ? t.pick(line.zh, line.en) : ''),
                h('h4', null, t('score.errors')), errors(t, s.errors),
                h('h4', null, t('score.crossings')),
                events(t, s.events, s.synthetic),
                h('h4', null, t('score.peaks')), peaks(t, s.peaks),
                limits(t, s.limits));
}

/* One line a model, at 1-3 h, for the panel of a station. */
export function score_lines(app, s)
{
        const { t } = app;
        const list = s.errors.filter((x) => x.lead === '1-3');

        return list.map((x) => h('p.quiet.score-line', null,
                t('score.short', { model: x.model, mae: num(x.mae),
                        naive: num(x.persistence.mae), n: x.n }),
                s.synthetic ? ` · ${t('score.synthetic_short')}` : ''));
}
