/* core/rain.js -- rain slots into bars of one hour.
 *
 * In:  slots {begin, time, value} in mm; a slot belongs to the hour in
 *      which it ends, and an hour that ends at 08:00 to the hour 07-08.
 * Out: [[hour's end in ms, mm or null], ...] without holes; an hour with
 *      no slot at all is null, never 0.
 * Holds: sums are made in tenths of mm, whole numbers.
 * Pure. */
const HOUR = 3600000;

export function hourly(slots)
{
        const sums = new Map();

        for (const s of slots) {
                const end = Date.parse(s.time);

                if (!Number.isFinite(end) || s.value === null)
                        continue;
                const hour = Math.ceil(end / HOUR) * HOUR;

                sums.set(hour, (sums.get(hour) || 0) +
                        Math.round(s.value * 10));
        }
        if (!sums.size)
                return [];
        const keys = [...sums.keys()].sort((a, b) => a - b);
        const bars = [];

        for (let h = keys[0]; h <= keys[keys.length - 1]; h += HOUR)
                bars.push([h, sums.has(h) ? sums.get(h) / 10 : null]);
        return bars;
}
