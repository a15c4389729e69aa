/* ui/chart.js -- hydrograph, or hourly rain, of one station.
 *
 * Observed as a line, forecast dashed, persistence dotted beside it, the
 * levels as named lines, now as a vertical line.  The same numbers stand
 * in a table under it. */
import uPlot from 'uplot';
import { by_source, layers } from '../core/rain.js';
import * as f from '../core/format.js';
import { mark_words } from './describe.js';
import { h, table } from './dom.js';

const LINES = { WRZ: '#8a6a00', GRZ: '#b04a00', OBHTZ: '#b00d1f',
        FSLTDZ: '#0b5d57', LDKEL: '#5b2a86', RDKEL: '#5b2a86',
        LAZ: '#35608f' };
const ZONE = 'Asia/Shanghai';

export function axis_times(u, splits)
{
        return splits.map((s, i) => {
                const p = f.parts(s * 1000);
                const first = i === 0 || p.hour === '00';

                return first ? `${p.hour}:${p.minute}\n${p.month}-${p.day}` :
                        `${p.hour}:${p.minute}`;
        });
}

function level_lines(s)
{
        return Object.entries(LINES).filter(([name]) => s.levels &&
                Number.isFinite(s.levels[name])).map(([name, colour]) =>
                ({ name, colour, value: s.levels[name] }));
}

/* Threshold lines and "now", painted over the grid. */
function painter(app, lines, now_s)
{
        return (u) => {
                const c = u.ctx;
                const { left, top, width, height } = u.bbox;
                const px = devicePixelRatio;

                c.save();
                c.font = `${11 * px}px "Noto Sans CJK SC",sans-serif`;
                for (const l of lines) {
                        const y = u.valToPos(l.value, 'y', true);

                        if (y < top || y > top + height)
                                continue;
                        c.strokeStyle = c.fillStyle = l.colour;
                        c.lineWidth = 1.4 * px;
                        c.setLineDash(l.name === 'FSLTDZ' ?
                                [6 * px, 3 * px] : []);
                        c.beginPath();
                        c.moveTo(left, y);
                        c.lineTo(left + width, y);
                        c.stroke();
                        c.textAlign = 'left';
                        c.textBaseline = 'bottom';
                        c.fillText(`${app.t(`line.${l.name}`)} ` +
                                f.number(l.value, 'm'), left + 4 * px,
                        y - 2 * px);
                }

                const x = u.valToPos(now_s, 'x', true);

                if (x >= left && x <= left + width) {
                        c.strokeStyle = '#5b6a70';
                        c.lineWidth = px;
                        c.setLineDash([2 * px, 3 * px]);
                        c.beginPath();
                        c.moveTo(x, top);
                        c.lineTo(x, top + height);
                        c.stroke();
                }
                c.restore();
        };
}

/* The y range that shows the data and the next level above it. */
function level_range(lines)
{
        return (u, low, high) => {
                if (low === null || high === null)
                        return [0, 1];

                const above = lines.map((l) => l.value)
                        .filter((v) => v >= high).sort((a, b) => a - b)[0];
                const below = lines.map((l) => l.value)
                        .filter((v) => v <= low && low - v < 2);
                const top = Math.max(high, above !== undefined &&
                        above - high < 4 ? above : high);
                const bottom = Math.min(low, ...below);
                const pad = Math.max(0.1, (top - bottom) * 0.12);

                return [bottom - pad * 0.5, top + pad];
        };
}

export const axis = (extra) => ({ stroke: '#3e4f56', grid: { stroke: '#e3e7e8',
        width: 1 }, ticks: { stroke: '#c8d0d2', width: 1 },
font: '11px "Noto Sans CJK SC",sans-serif', ...extra });

export function base_options(el, describe)
{
        return {
                width: Math.max(280, el.clientWidth), height: 220,
                tzDate: (s) => uPlot.tzDate(new Date(s * 1000), ZONE),
                legend: { show: false },
                cursor: { drag: { x: false, y: false } },
                hooks: { setCursor: [describe] },
        };
}

function series_of(observations)
{
        const rows = observations.map((o) => [Date.parse(o.time) / 1000,
                o.value]).filter(([x]) => Number.isFinite(x))
                .sort((a, b) => a[0] - b[0]);
        const clean = rows.filter((r, i) => !i || r[0] !== rows[i - 1][0]);

        return [clean.map((r) => r[0]), clean.map((r) => r[1])];
}

function forecast_tables(fc, from_s)
{
        if (!fc)
                return [];

        const x = fc.values.map((v) => Date.parse(v[0]) / 1000);
        const keep = x.map((v) => v >= from_s);
        const only = (list) => list.filter((_, i) => keep[i]);
        const tables = [[only(x), only(fc.values.map((v) => v[1]))]];

        if (fc.persistence && fc.persistence.length === x.length)
                tables.push([only(x), only(fc.persistence)]);
        return tables;
}

function readout(app, el, unit, names)
{
        return (u) => {
                const i = u.cursor.idx;

                if (i === null || i === undefined) {
                        el.textContent = '\u00a0';
                        return;
                }
                el.textContent = [f.stamp(u.data[0][i] * 1000),
                        ...names.map((name, n) => {
                                const v = u.data[n + 1]?.[i];

                                return v === null || v === undefined ? null :
                                        `${name} ${f.number(v, unit)} ${unit}`;
                        })].filter(Boolean).join(' · ');
        };
}

/* The values that carry a mark, as points of their own. */
function marked_points(app, observations)
{
        const marked = observations.filter((o) => o.marks?.length &&
                o.value !== null);
        const words = new Map(marked.map((o) => [Date.parse(o.time) / 1000,
                mark_words(app.t, o.marks)]));

        return { table: series_of(marked), words };
}

function with_marks(describe, words, out)
{
        return (u) => {
                const said = words.get(u.data[0][u.cursor.idx ?? -1]);

                describe(u);
                if (said)
                        out.textContent += ` · ${said}`;
        };
}

function level_chart(app, s, element, unit, observations, fc, el, out)
{
        const { t } = app;
        const now_s = app.engine() / 1000;
        const lines = element === 'Z' ? level_lines(s) : [];
        const tables = [series_of(observations),
                ...forecast_tables(fc, now_s - 7200)];
        const marked = marked_points(app, observations);
        const data = uPlot.join([...tables, marked.table]);
        const names = [t('chart.observed'), t('chart.forecast'),
                t('chart.persistence')].slice(0, tables.length);
        const looks = [
                { stroke: '#0f3d48', width: 2.2 },
                { stroke: '#7a2f8f', width: 2.2, dash: [8, 5] },
                { stroke: '#6b7a80', width: 1.6, dash: [2, 4] },
        ];
        const options = base_options(el, with_marks(readout(app, out, unit,
                names), marked.words, out));

        options.series = [{}, ...names.map((label, i) => ({ label,
                ...looks[i], points: { show: false } })), {
                label: t('chart.marks'), paths: () => null,
                points: { show: true, size: 8, width: 2, stroke: '#b04a00',
                        fill: '#ffffff' } }];
        options.axes = [axis({ values: axis_times, size: 42, space: 58 }),
                axis({ size: 48, values: (u, v) => v.map((x) =>
                        f.number(x, unit)) })];
        /* One value alone has no width of its own. */
        options.scales = { x: { range: (u, lo, hi) => (hi - lo >= 3600 ?
                [lo, hi] : [hi - 1800, hi + 1800]) } };
        if (lines.length)
                options.scales.y = { range: level_range(lines) };
        options.hooks.draw = [painter(app, lines, now_s)];
        return new uPlot(options, data, el);
}

/* Told apart by what the station sent it as; none of them an alert's. */
const SOURCES = ['#4d8f8a', '#b07d2b', '#8a5a83', '#7a8f3c', '#9c6b4e',
        '#6b7a80'];
const source_colour = (i) => SOURCES[Math.min(i, SOURCES.length - 1)];

const source_name = (t, source) => (t.has(`element.${source}`) ?
        `${t(`element.${source}`)} (${source})` : source || '–');

function rain_readout(app, rain, el)
{
        return (u) => {
                const [end, of] = rain.hours[u.cursor.idx ?? -1] || [];

                el.textContent = !of ? '\u00a0' : [f.stamp(end),
                        ...rain.sources.filter((k) => of[k] !== undefined)
                                .map((k) => `${source_name(app.t, k)} ` +
                                        `${f.number(of[k], 'mm')} mm`)]
                        .join(' · ');
        };
}

/* The highest layer is painted first, the lower ones over it. */
function rain_chart(app, rain, el, out)
{
        const tops = layers(rain);
        const order = rain.sources.map((_, i) => i).reverse();
        const data = [rain.hours.map((b) => b[0] / 1000 - 1800),
                ...order.map((i) => tops[i])];
        const options = base_options(el, rain_readout(app, rain, out));

        options.series = [{}, ...order.map((i) => ({
                label: rain.sources[i], fill: source_colour(i),
                stroke: '#2f4f4c', width: 1,
                paths: uPlot.paths.bars({ size: [0.85, 60] }),
                points: { show: false } }))];
        options.axes = [axis({ values: axis_times, size: 42, space: 58 }),
                axis({ size: 44, label: 'mm/h', labelSize: 18 })];
        options.scales = { y: { range: (u, lo, hi) => [0,
                Math.max(5, (hi || 0) * 1.15)] } };
        options.hooks.draw = [painter(app, [], app.engine() / 1000)];
        return new uPlot(options, data, el);
}

function source_legend(app, rain)
{
        const { t } = app;

        return h('ul.sources', { 'aria-label': t('chart.sources') },
                rain.sources.map((k, i) => h('li', null,
                        h('span.swatch', { data: { source: String(
                                Math.min(i, SOURCES.length - 1)) } }),
                        source_name(t, k))));
}

/* Each slot with where it came from. */
function slot_table(app, slots)
{
        const { t } = app;

        return h('details.data-table', null,
                h('summary', null, t('chart.slots')),
                table([t('chart.from_to'), 'mm', t('chart.source'),
                        t('chart.marks')], slots.slice(-96).reverse()
                        .map((x) => [`${f.stamp(x.begin)} – ` +
                                f.hhmm(x.time), f.number(x.value, 'mm'),
                        source_name(t, x.source), mark_words(t, x.marks)]),
                t('chart.empty')));
}

function data_table(app, rows, unit)
{
        const { t } = app;

        return h('details.data-table', null,
                h('summary', null, t('chart.as_table')),
                table([t('alert.time'), unit, t('chart.marks')],
                        rows.slice(-48).reverse().map((o) => [f.stamp(o.time),
                                f.number(o.value, unit),
                                mark_words(t, o.marks)]),
                        t('chart.empty')));
}

const model_name = (t, fc) => (t.has(`model.${fc.model}`) ?
        t(`model.${fc.model}`) : fc.model || fc.source);

/* Fills el with the chart; gives back a function that lets it go. */
export async function draw_chart(app, s, element, hours, el)
{
        const { t } = app;
        const now = app.engine();
        const to = f.rfc3339(now + 60000);
        const from = f.rfc3339(now - hours * 3600000);
        const stage = h('div.chart-stage');
        const out = h('p.chart-readout', null, '\u00a0');
        let plot = null;

        el.replaceChildren(h('p.quiet', null, t('chart.loading')));
        try {
                const answer = await app.api.observations(s.code,
                        { element, from, to, limit: 5000 });
                const rain = element === 'P';
                const unit = rain ? 'mm' : answer.unit || 'm';
                const list = answer.observations || [];
                const bars = rain ? by_source(list) : null;
                const fc = app.store.forecast(s.code, element);

                if (!list.length) {
                        el.replaceChildren(h('p.quiet', null,
                                t('chart.empty')));
                        return () => {};
                }
                el.replaceChildren(h('div', null, stage, out, !rain && fc &&
                        h('p.quiet', null, t('chart.issued', {
                                at: f.stamp(fc.issued_at),
                                source: model_name(t, fc) })),
                rain ? [source_legend(app, bars), slot_table(app, list)] :
                        data_table(app, list, unit)));
                stage.setAttribute('role', 'img');
                stage.setAttribute('aria-label', t('chart.describe', {
                        name: t.pick(s.name, s.name_en),
                        element: t(`element.${element}`),
                        value: f.number(list[list.length - 1].value, unit),
                        unit, at: f.stamp(list[list.length - 1].time),
                }));
                plot = rain ? rain_chart(app, bars, stage, out) :
                        level_chart(app, s, element, unit, list, fc, stage,
                                out);
        } catch (e) {
                el.replaceChildren(h('p.quiet', null, t('chart.failed',
                        { why: e.message })));
        }
        return () => plot?.destroy();
}
