/* core/trace.js -- why a line of a rule was reached at a station, or why not.
 *
 * In:  what GET /api/v1/rules/{id}/trace says.
 * Out: one finding per line: {level, what, at_ms, value, threshold, unit,
 *      window_s, slots, missing}; what is reached, closest (not reached,
 *      nearest at that instant), unsure (the same, and data is missing
 *      there), no_data or not_set.
 * Pure. */
const MORE = { soil_moisture: -1 }; /* dangerous downwards */

function at_index(trace, line, i, what)
{
        const slot = trace.interval_s || 300;

        return { level: line.level, what, at_ms: trace.at_s[i] * 1000,
                value: line.value[i], threshold: line.threshold[i],
                unit: line.unit || '', window_s: line.window_s,
                slots: Math.round(line.window_s / slot),
                missing: Math.round(line.missing_s[i] / slot) };
}

function nearest(trace, line)
{
        const sign = MORE[trace.kind] || 1;
        let best = -1;
        let least = Infinity;

        for (let i = 0; i < trace.at_s.length; i++) {
                const gap = sign * (line.threshold[i] - line.value[i]);

                if (line.value[i] === null || line.threshold[i] === null)
                        continue;
                if (gap < least) {
                        least = gap;
                        best = i;
                }
        }
        return best;
}

function finding(trace, line)
{
        const first = line.answer.indexOf('yes');
        const near = nearest(trace, line);

        if (first >= 0)
                return at_index(trace, line, first, 'reached');
        if (line.answer.every((a) => a === 'not_set'))
                return { level: line.level, what: 'not_set' };
        if (near < 0)
                return { level: line.level, what: 'no_data' };
        return at_index(trace, line, near, line.answer[near] === 'cannot_say' ?
                'unsure' : 'closest');
}

export const findings = (trace) => trace.lines.map((line) =>
        finding(trace, line));

/* Lines that look at the same number share one curve. */
export function curves_of(trace)
{
        const curves = new Map();

        for (const line of trace.lines) {
                const key = `${line.element}|${line.window_s}`;

                if (!curves.has(key) && line.value.some((v) => v !== null))
                        curves.set(key, { element: line.element,
                                window_s: line.window_s, unit: line.unit,
                                value: line.value });
        }
        return [...curves.values()];
}

/* [[from_s, to_s]] in which the lowest line cannot be judged. */
export function blind_spans(trace)
{
        const line = trace.lines[0];
        const spans = [];

        trace.at_s.forEach((at, i) => {
                const last = spans[spans.length - 1];

                if (line?.answer[i] !== 'cannot_say')
                        return;
                if (last && last[1] === at - trace.step_s)
                        last[1] = at;
                else
                        spans.push([at, at]);
        });
        return spans;
}
