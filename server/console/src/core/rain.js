/* core/rain.js -- rain slots into bars of one hour.
 *
 * In:  slots {begin, time, value, source, marks} in mm; a slot belongs to
 *      the hour in which it ends, and an hour that ends at 08:00 to the
 *      hour 07-08.
 * Out: hours without holes, told apart by what the station sent it as; an
 *      hour with no slot at all is null, never 0.
 * Holds: sums are made in tenths of mm, whole numbers.
 * Pure. */
const HOUR = 3600000;

/* {sources: ["PN05", "PT"...] by amount, then name;
 *  hours: [[end in ms, {PN05: mm, ...} or null], ...]} */
export function by_source(slots)
{
        const sums = new Map();
        const total = new Map();

        for (const s of slots) {
                const end = Date.parse(s.time);
                const source = s.source || '';

                if (!Number.isFinite(end) || s.value === null)
                        continue;
                const hour = Math.ceil(end / HOUR) * HOUR;
                const of = sums.get(hour) || {};
                const tenths = Math.round(s.value * 10);

                of[source] = (of[source] || 0) + tenths;
                sums.set(hour, of);
                total.set(source, (total.get(source) || 0) + tenths);
        }
        const keys = [...sums.keys()].sort((a, b) => a - b);
        const hours = [];
        const mm = (of) => Object.fromEntries(Object.entries(of)
                .map(([k, v]) => [k, v / 10]));

        for (let h = keys[0]; h <= keys[keys.length - 1]; h += HOUR)
                hours.push([h, sums.has(h) ? mm(sums.get(h)) : null]);
        return {
                sources: [...total.keys()].sort((a, b) =>
                        total.get(b) - total.get(a) || (a < b ? -1 : 1)),
                hours,
        };
}

const sum = (of) => Math.round(Object.values(of)
        .reduce((a, b) => a + b * 10, 0)) / 10;

/* For bars that stand on each other: per layer, lowest first, the height
 * of its top in each hour; null where nothing is known. */
export function layers({ sources, hours })
{
        return sources.map((_, i) => hours.map(([, of]) => of === null ?
                null : sum(Object.fromEntries(sources.slice(0, i + 1)
                        .map((k) => [k, of[k] || 0])))));
}
