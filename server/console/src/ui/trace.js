/* ui/trace.js -- a rule at a station: the number it looks at, its lines,
 * when it fired, and in words why or why not. */
import uPlot from 'uplot';
import * as f from '../core/format.js';
import { blind_spans, curves_of, findings } from '../core/trace.js';
import { axis, axis_times, base_options } from './chart.js';
import { h } from './dom.js';
import { level_mark } from './badge.js';
import { why } from './ack.js';

const COLOURS = { red: '#d01025', orange: '#d07300', yellow: '#a88700',
        blue: '#1f5fd0', white: '#8b989d' };
const CURVES = ['#0f3d48', '#7a2f8f', '#4d8f8a'];
const HOURS = [6, 24, 72];

/* What each kind of station is asked about first. */
const KINDS = { PP: ['rain_sum', 'expression', 'dry_days'],
        ZZ: ['river_level', 'expression', 'rain_sum'],
        RR: ['reservoir_limit', 'expression', 'rain_sum'],
        MM: ['wind', 'expression'], SS: ['soil_moisture', 'expression'] };

function curve_name(t, c)
{
        const name = t.has(`element.${c.element}`) && !c.window_s ?
                t(`element.${c.element}`) : '';

        return c.window_s ? t('trace.sum', { span: f.span(c.window_s,
                t.span) }) : name || t('trace.value');
}

function sentence(app, x)
{
        const { t } = app;
        const words = { ...x, level: t(`level.${x.level}`),
                at: x.at_ms ? f.stamp(x.at_ms) : '',
                what: x.window_s ? t('trace.sum', { span: f.span(x.window_s,
                        t.span) }) : t('trace.value'),
                value: f.number(x.value, x.unit),
                threshold: f.number(x.threshold, x.unit),
                unit: x.unit === 'days' ? t('unit.d') : x.unit };

        return [t(`trace.${x.what}`, words), x.missing > 0 &&
                x.what !== 'no_data' && t('trace.missing', words)]
                .filter(Boolean).join(t('trace.and'));
}

function fired(app, trace)
{
        const { t } = app;

        return trace.alerts.map((a) => h('li', null, level_mark(a.level), ' ',
                h('button.link', { type: 'button', onclick: () =>
                        app.select('alert', a.id) }, t(a.late ?
                        'trace.fired_late' : 'trace.fired', { at:
                        f.stamp(a.observed_at), raised: f.stamp(a.raised_at),
                        level: t(`level.${a.level}`) }))));
}

/* Grey where nothing can be said; a stroke where an alert was raised. */
function painter(trace)
{
        return (u) => {
                const c = u.ctx;
                const { left, top, width, height } = u.bbox;
                const x_of = (s) => Math.max(left, Math.min(left + width,
                        u.valToPos(s, 'x', true)));
                const px = devicePixelRatio;

                c.save();
                c.fillStyle = 'rgb(91 106 112 / .13)';
                for (const [a, b] of blind_spans(trace))
                        c.fillRect(x_of(a), top, Math.max(2 * px, x_of(b) -
                                x_of(a)), height);
                for (const a of trace.alerts) {
                        const x = u.valToPos(Date.parse(a.observed_at) / 1000,
                                'x', true);

                        if (x < left || x > left + width)
                                continue;
                        c.strokeStyle = COLOURS[a.level] || '#16262c';
                        c.lineWidth = 3 * px;
                        c.beginPath();
                        c.moveTo(x, top);
                        c.lineTo(x, top + height);
                        c.stroke();
                }
                c.restore();
        };
}

function chart(app, trace, el, out)
{
        const { t } = app;
        const curves = curves_of(trace);
        const names = [...curves.map((c) => curve_name(t, c)),
                ...trace.lines.map((l) => t(`level.${l.level}`))];
        const options = base_options(el, (u) => {
                const i = u.cursor.idx;

                out.textContent = i === null || i === undefined ? '\u00a0' :
                        [f.stamp(u.data[0][i] * 1000), ...names.map((n, k) => {
                                const v = u.data[k + 1][i];

                                return v === null ? null : `${n} ` +
                                        f.number(v, curves[0]?.unit);
                        }), t(`answer.${trace.lines[0].answer[i]}`)]
                                .filter(Boolean).join(' · ');
        });

        options.series = [{}, ...curves.map((c, i) => ({ label: names[i],
                stroke: CURVES[i % CURVES.length], width: 2.2,
                points: { show: false } })),
        ...trace.lines.map((l) => ({ label: t(`level.${l.level}`),
                stroke: COLOURS[l.level], width: 1.6, dash: [6, 3],
                points: { show: false } }))];
        options.axes = [axis({ values: axis_times, size: 42, space: 58 }),
                axis({ size: 48 })];
        options.hooks.draw = [painter(trace)];
        return new uPlot(options, [trace.at_s, ...curves.map((c) => c.value),
                ...trace.lines.map((l) => l.threshold)], el);
}

function legend(app, trace)
{
        const { t } = app;

        return h('ul.sources', null,
                curves_of(trace).map((c) => h('li', null, curve_name(t, c))),
                trace.lines.map((l) => h('li', null, level_mark(l.level), ' ',
                        t(`level.${l.level}`))),
                h('li', null, t('trace.blind')));
}

/* A block for the panel of a station; it asks when it is opened. */
export function create_trace(app, station)
{
        const { t } = app;
        const choice = { hours: 24 };
        const stage = h('div.trace-stage');
        const pick = h('select', { id: 'trace-rule', onchange: draw });
        const hours = h('select', { id: 'trace-hours', 'aria-label':
                t('alert.window'), onchange: draw }, HOURS.map((n) =>
                h('option', { value: n, selected: n === choice.hours },
                        t('chart.hours', { n }))));
        let plot = null;
        let round = 0;

        function show(trace)
        {
                const board = h('div.chart-stage', { role: 'img', 'aria-label':
                        findings(trace).map((x) => sentence(app, x))
                                .join('; ') });
                const out = h('p.chart-readout', null, '\u00a0');

                stage.replaceChildren(board, out, legend(app, trace),
                        h('ul.trace-words', null, fired(app, trace),
                                findings(trace).map((x) => h('li', null,
                                        level_mark(x.level), ' ',
                                        sentence(app, x)))));
                plot = chart(app, trace, board, out);
        }

        async function draw()
        {
                const mine = ++round;

                plot?.destroy();
                plot = null;
                if (!pick.value) {
                        stage.replaceChildren(h('p.quiet', null,
                                t('trace.none')));
                        return;
                }
                try {
                        const now = app.engine();
                        const trace = await app.api.rule_trace(pick.value, {
                                station: station.code, to: f.rfc3339(now),
                                from: f.rfc3339(now - hours.value * 3600000) });

                        if (mine === round)
                                show(trace);
                } catch (e) {
                        if (mine === round)
                                stage.replaceChildren(h('p.quiet', null,
                                        e.problem?.detail || why(t, e)));
                }
        }

        async function open()
        {
                if (!el.open || pick.options.length)
                        return;

                const kinds = KINDS[station.kind] || ['expression'];
                const set = await app.api.rules().catch(() => ({ rules: [] }));
                const list = set.rules.filter((r) => kinds.includes(r.kind))
                        .sort((a, b) => kinds.indexOf(a.kind) -
                                kinds.indexOf(b.kind));

                pick.append(...list.map((r) => h('option', { value: r.id },
                        `${r.id} — ${t.pick(r.text, r.text_en)}`)));
                draw();
        }

        const el = h('details.block.trace', { ontoggle: open },
                h('summary', null, h('h3', null, t('trace.title'))),
                h('div.acts', null, h('label', { for: 'trace-rule' },
                        t('rules.rule')), pick, hours), stage);

        return {
                el,
                close()
                {
                        round++;
                        plot?.destroy();
                },
        };
}
