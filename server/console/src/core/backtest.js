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
        return [...result.counts].filter((c) => c.level !== 'none')
                .sort((a, b) => WEATHER.indexOf(a.hazard) -
                        WEATHER.indexOf(b.hazard) ||
                        rank(b.level) - rank(a.level));
}

/* One side of an alert as a span of time; what still stands goes on. */
function span_of(side, x, to)
{
        return { begin: Date.parse(side.raised_at), end: side.ended_at ?
                Date.parse(side.ended_at) : to, level: side.level,
        fate: x.fate, subject: x.subject, hazard: x.hazard };
}

/* [{county, was: [span], is: [span]}]: those with most alerts first; the
 * worst span of a lane stands last, so that it is drawn over the others. */
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
        for (const lane of lanes.values())
                for (const side of ['was', 'is'])
                        lane[side].sort((a, b) => rank(a.level) -
                                rank(b.level));
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

        for (const what of ['observed', 'forecast'])
                for (const level of ORDER.slice(1)) {
                        const a = x.was[what][level];
                        const b = x.is[what][level];

                        if (a === b)
                                continue;
                        out.push({ what, level, gone: Boolean(a && !b),
                                minutes: a && b ? Math.round((Date.parse(b) -
                                        Date.parse(a)) / 60000) : null });
                }
        return out;
}
