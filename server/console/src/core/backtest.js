/* core/backtest.js -- what a picture of two runs needs to know.
 *
 * In:  what `sanfang rules backtest --json` says.
 * Out: bars by hazard and level; lanes of alerts by county.
 * Pure. */
const ORDER = ['none', 'white', 'blue', 'yellow', 'orange', 'red'];
export const rank = (level) => ORDER.indexOf(level);

/* What is told as silence is no weather. */
const WEATHER = ['flood', 'rainstorm', 'wind', 'drought'];

/* [{hazard, level, was, is}], worst level first within its hazard. */
export function bars_of(result)
{
        const place = (hazard) => (WEATHER.indexOf(hazard) + 9) % 9;

        return [...result.counts].filter((c) => c.level !== 'none')
                .sort((a, b) => place(a.hazard) - place(b.hazard) ||
                        rank(b.level) - rank(a.level));
}

/* One side of an alert as a span of time; what still stands goes on. */
function span_of(side, x, to)
{
        return { begin: Date.parse(side.raised_at), end: side.ended_at ?
                Date.parse(side.ended_at) : to, level: side.level,
        fate: x.fate, subject: x.subject, hazard: x.hazard };
}

/* The worst level at each time of overlapping spans, and how many stand:
 * [{begin, end, level, n}], in time order. */
export function worst_of(spans)
{
        const times = [...new Set(spans.flatMap((s) => [s.begin, s.end]))]
                .sort((a, b) => a - b);
        const out = [];

        for (let i = 0; i + 1 < times.length; i++) {
                const [begin, end] = [times[i], times[i + 1]];
                const there = spans.filter((s) => s.begin <= begin &&
                        s.end >= end);
                const last = out[out.length - 1];
                const level = ORDER[Math.max(0, ...there.map((s) =>
                        rank(s.level)))];

                if (!there.length)
                        continue;
                if (last && last.end === begin && last.level === level) {
                        last.end = end;
                        last.n = Math.max(last.n, there.length);
                } else {
                        out.push({ begin, end, level, n: there.length });
                }
        }
        return out;
}

/* [{county, was: [span], is: [span]}]: those with most alerts first. */
export function lanes_of(result, hazard)
{
        const to = Date.parse(result.to);
        const lanes = new Map();
        const takes = (x) => (hazard ? x.hazard === hazard :
                WEATHER.includes(x.hazard));

        for (const x of result.alerts.filter(takes)) {
                const key = x.county || x.zone || '';
                const lane = lanes.get(key) || { county: key, was: [],
                        is: [] };

                for (const side of ['was', 'is'])
                        if (x[side])
                                lane[side].push(span_of(x[side], x, to));
                lanes.set(key, lane);
        }
        return [...lanes.values()].sort((a, b) => b.was.length + b.is.length -
                a.was.length - a.is.length ||
                a.county.localeCompare(b.county));
}

/* Rows of scores, both tables side by side. */
export function scores_of(result)
{
        const rows = new Map();

        for (const side of ['was', 'is'])
                for (const s of result.scores[side]) {
                        const key = `${s.hazard}|${s.level}`;

                        rows.set(key, { hazard: s.hazard, level: s.level,
                                ...rows.get(key), [side]: s });
                }
        return [...rows.values()];
}

/* How a moved alert moved: [{what, level, minutes}]; minutes negative:
 * earlier; null: only one of the two has it. */
export function moves_of(x)
{
        const out = [];

        /* A grade that was skipped came with the one above it. */
        const alike = (what, k, l) => ['was', 'is'].every((side) =>
                x[side][what][k] === x[side][what][l]);

        for (const what of ['observed', 'forecast'])
                for (const [i, level] of ORDER.slice(1).entries()) {
                        const a = x.was[what][level];
                        const b = x.is[what][level];

                        if (a === b || (ORDER[i + 2] && alike(what, level,
                                ORDER[i + 2])))
                                continue;
                        out.push({ what, level, gone: Boolean(a && !b),
                                minutes: a && b ? Math.round((Date.parse(b) -
                                        Date.parse(a)) / 60000) : null });
                }
        return out;
}
