/* ui/backtest.js -- what a table would have said, beside the one in force:
 * two pictures, and the numbers behind them. */
import * as f from '../core/format.js';
import { bars_of, lanes_of, moves_of, scores_of, worst_of }
        from '../core/backtest.js';
import { h, svg, table } from './dom.js';
import { level_mark } from './badge.js';
import { block } from './facts.js';
import { station_name, zone_name } from './describe.js';

const LANE = 15;
const LEFT = 112;
const WIDTH = 900;

const of_table = (t, x) => `${x.name} v${x.version}`;

/* ---- how many, by hazard and grade ---- */

function bar_rows(app, bars, y0)
{
        const { t } = app;
        const most = Math.max(1, ...bars.flatMap((b) => [b.was, b.is]));
        const width = (n) => Math.round((WIDTH - LEFT - 130) * n / most);

        return bars.map((b, i) => {
                const y = y0 + i * 40;
                const x = LEFT + 76;

                return svg('g', { class: 'bt-row' },
                        svg('text', { x: 0, y: y + 20, class: 'bt-name' },
                                t(`hazard.${b.hazard}`)),
                        svg('text', { x: LEFT, y: y + 20 },
                                t(`level.${b.level}`)),
                        svg('rect', { x, y, width: Math.max(1, width(b.was)),
                                height: 14, class: `bt-was bt-${b.level}` }),
                        svg('text', { x: x + width(b.was) + 6, y: y + 11,
                                class: 'bt-small' }, String(b.was)),
                        svg('rect', { x, y: y + 16, width: Math.max(1,
                                width(b.is)), height: 14,
                        class: `bt-is bt-${b.level}` }),
                        svg('text', { x: x + width(b.is) + 6, y: y + 28,
                                class: 'bt-small bt-strong' }, b.is === b.was ?
                                String(b.is) : `${b.is} (${b.is > b.was ?
                                        '+' : '−'}${Math.abs(b.is - b.was)})`));
        });
}

function bar_picture(app, result)
{
        const { t } = app;
        const bars = bars_of(result);
        const say = bars.map((b) => `${t(`hazard.${b.hazard}`)} ` +
                `${t(`level.${b.level}`)}: ${b.was} → ${b.is}`).join('; ');

        if (!bars.length)
                return h('p.quiet', null, t('bt.nothing'));
        return svg('svg', { viewBox: `0 0 ${WIDTH} ${bars.length * 40 + 6}`,
                class: 'bt-picture', role: 'img',
                'aria-label': `${t('bt.bars')}: ${say}` },
        bar_rows(app, bars, 4));
}

/* ---- when, by county ---- */

/* Hours between two marks of time, so that about eight fit. */
function step_of(from, to)
{
        const hours = (to - from) / 3600000;

        return [1, 2, 3, 6, 12, 24, 48, 120, 240, 720].find((n) =>
                hours / n <= 9) || 8760;
}

function time_marks(from, to, x_of, height)
{
        const step = step_of(from, to) * 3600000;
        const shift = 8 * 3600000; /* marks stand on Beijing's hours */
        const out = [];

        for (let at = Math.ceil((from + shift) / step) * step - shift; at <= to;
             at += step)
                out.push(svg('line', { x1: x_of(at), x2: x_of(at), y1: 0,
                        y2: height - 16, class: 'bt-grid' }),
                svg('text', { x: x_of(at) + 3, y: height - 4,
                        class: 'bt-small' }, f.stamp(at)));
        return out;
}

function span_rect(app, s, x_of, y, side)
{
        const x = x_of(s.begin);
        const { t } = app;

        return svg('rect', { x, y, width: Math.max(2, x_of(s.end) - x),
                height: LANE - 2, rx: 1, class: `bt-${side} bt-${s.level}` },
        svg('title', null, `${t(`level.${s.level}`)} ` +
                `${f.stamp(s.begin)} – ${f.stamp(s.end)} (${s.n})`));
}

function lane_rows(app, lanes, x_of)
{
        const { t } = app;

        return lanes.map((lane, i) => {
                const y = i * (2 * LANE + 8);

                return svg('g', null,
                        svg('text', { x: 0, y: y + LANE + 3,
                                class: 'bt-name' }, lane.county ?
                                zone_name(app, lane.county) : '–'),
                        svg('text', { x: LEFT - 30, y: y + LANE - 4,
                                class: 'bt-small' }, t('bt.was_short')),
                        svg('text', { x: LEFT - 30, y: y + 2 * LANE - 4,
                                class: 'bt-small bt-strong' },
                        t('bt.is_short')),
                        svg('line', { x1: LEFT, x2: WIDTH, y1: y + 2 * LANE +
                                4, y2: y + 2 * LANE + 4, class: 'bt-grid' }),
                        worst_of(lane.was).map((s) => span_rect(app, s, x_of,
                                y, 'was')),
                        worst_of(lane.is).map((s) => span_rect(app, s, x_of,
                                y + LANE, 'is')));
        });
}

function lane_picture(app, result, hazard)
{
        const { t } = app;
        const lanes = lanes_of(result, hazard);
        const spans = lanes.flatMap((l) => [...l.was, ...l.is]);
        const height = lanes.length * (2 * LANE + 8) + 20;

        if (!spans.length)
                return h('p.quiet', null, t('bt.nothing'));

        const from = Math.min(...spans.map((s) => s.begin));
        const to = Math.max(from + 3600000, ...spans.map((s) => s.end));
        const x_of = (ms) => LEFT + (WIDTH - LEFT) * (ms - from) / (to - from);

        return svg('svg', { viewBox: `0 0 ${WIDTH} ${height}`,
                class: 'bt-picture', role: 'img', 'aria-label':
                        `${t('bt.lanes')} ${f.stamp(from)} – ${f.stamp(to)}` },
        time_marks(from, to, x_of, height), lane_rows(app, lanes, x_of));
}

function lane_block(app, result)
{
        const { t } = app;
        const stage = h('div');
        const pick = h('select', { id: 'bt-hazard', onchange: draw },
                ['', 'flood', 'rainstorm', 'wind', 'drought', 'silence']
                        .map((k) => h('option', { value: k }, k ?
                                t(`hazard.${k}`) : t('bt.all'))));

        function draw()
        {
                stage.replaceChildren(lane_picture(app, result, pick.value));
        }

        draw();
        return h('div', null, h('div.acts', null, h('label', { for:
                'bt-hazard' }, t('bt.of')), pick), stage);
}

/* ---- the numbers ---- */

const rate = (x) => (x === null || x === undefined ? '–' :
        `${Math.round(x * 100)} %`);

function pair(a, b, show)
{
        const was = a ? show(a) : '–';
        const is = b ? show(b) : '–';

        return was === is ? is : h('span', null, was, ' → ', h('b', null, is));
}

function score_table(app, result)
{
        const { t } = app;
        const minutes = (s) => (s.lead_median_s === null ? '–' :
                f.span(s.lead_median_s, t.span));

        return [table([t('bt.hazard'), t('bt.level'), t('bt.hits'),
                t('bt.misses'), t('bt.false'), 'POD', 'FAR', 'CSI',
                t('bt.lead')], scores_of(result).map((r) => [
                t(`hazard.${r.hazard}`), t(`level.${r.level}`),
                pair(r.was, r.is, (s) => String(s.hits)),
                pair(r.was, r.is, (s) => String(s.misses)),
                pair(r.was, r.is, (s) => String(s.false_alarms)),
                pair(r.was, r.is, (s) => rate(s.pod)),
                pair(r.was, r.is, (s) => rate(s.far)),
                pair(r.was, r.is, (s) => rate(s.csi)),
                pair(r.was, r.is, minutes),
        ]), t('bt.no_scores')), h('p.quiet', null, t('bt.rates'))];
}

const side_words = (t, side) => (side ? h('span', null,
        level_mark(side.level), ` ${t(`level.${side.level}`)} ` +
        `${f.stamp(side.raised_at)}–${side.ended_at ?
                f.stamp(side.ended_at) : t('bt.stands')}`) : '–');

function move_words(t, x)
{
        if (x.fate !== 'moved')
                return '';
        return moves_of(x).slice(0, 3).map((m) => t(m.minutes === null ?
                (m.gone ? 'bt.no_longer' : 'bt.now') : m.minutes < 0 ?
                'bt.earlier' : 'bt.later', { what: t(`bt.${m.what}`),
                level: t(`level.${m.level}`),
                n: Math.abs(m.minutes || 0) })).join('; ');
}

function change_table(app, result)
{
        const { t } = app;
        const list = result.alerts.filter((x) => x.fate !== 'same');

        return [table([t('bt.fate'), t('bt.subject'), t('bt.hazard'),
                t('bt.was'), t('bt.is'), t('bt.how')],
        list.slice(0, 300).map((x) => [t(`bt.fate.${x.fate}`),
                x.is_zone ? zone_name(app, x.subject) :
                        station_name(app, x.subject), t(`hazard.${x.hazard}`),
                side_words(t, x.was), side_words(t, x.is), move_words(t, x)]),
        t('bt.no_change')),
        (list.length > 300 || result.left_out > 0) && h('p.quiet', null,
                t('bt.left_out', { n: Math.max(0, list.length - 300) +
                        result.left_out }))];
}

/* result: what `sanfang rules backtest --json` says. */
export function backtest_view(app, result)
{
        const { t } = app;

        return h('div.backtest', null,
                h('p.bt-sum', null, t('bt.sum', { ...result.summary,
                        was: of_table(t, result.was),
                        is: of_table(t, result.is),
                        from: f.stamp(result.from), to: f.stamp(result.to) })),
                h('p.bt-legend', null, h('span.bt-key.bt-key-was'),
                        t('bt.in_force', { name: of_table(t, result.was) }),
                        h('span.bt-key.bt-key-is'),
                        t('bt.new', { name: of_table(t, result.is) })),
                block(t('bt.bars'), bar_picture(app, result)),
                block(t('bt.lanes'), lane_block(app, result)),
                block(t('bt.changes'), change_table(app, result)),
                block(t('bt.scores'), score_table(app, result)));
}
