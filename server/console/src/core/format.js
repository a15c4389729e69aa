/* core/format.js -- times and numbers as people read them.
 *
 * Times are shown in Beijing time (+08:00) whatever the browser's zone is.
 * Pure. */
const ZONE = 'Asia/Shanghai';
const PARTS = new Intl.DateTimeFormat('en-GB', {
        timeZone: ZONE, year: 'numeric', month: '2-digit', day: '2-digit',
        hour: '2-digit', minute: '2-digit', second: '2-digit',
        hourCycle: 'h23',
});

export function parts(time)
{
        const ms = typeof time === 'number' ? time : Date.parse(time);

        if (!Number.isFinite(ms))
                return null;
        return Object.fromEntries(PARTS.formatToParts(ms)
                .map((p) => [p.type, p.value]));
}

export function hhmm(time)
{
        const p = parts(time);

        return p ? `${p.hour}:${p.minute}` : '–';
}

export function hhmmss(time)
{
        const p = parts(time);

        return p ? `${p.hour}:${p.minute}:${p.second}` : '–';
}

export function day(time)
{
        const p = parts(time);

        return p ? `${p.year}-${p.month}-${p.day}` : '–';
}

/* Month-day and time: a storm crosses midnight. */
export function stamp(time)
{
        const p = parts(time);

        return p ? `${p.month}-${p.day} ${p.hour}:${p.minute}` : '–';
}

/* RFC 3339 with the offset, whole seconds. */
export function rfc3339(ms)
{
        const p = parts(ms);

        return p ? `${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}:` +
                `${p.second}+08:00` : '';
}

/* mm:ss, or h:mm:ss past the hour; a minus sign once it has passed. */
export function countdown(ms)
{
        if (!Number.isFinite(ms))
                return '–';

        const late = ms < 0;
        const s = Math.floor(Math.abs(ms) / 1000);
        const two = (n) => String(n).padStart(2, '0');
        const h = Math.floor(s / 3600);
        const text = h > 0 ?
                `${h}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` :
                `${two(Math.floor(s / 60))}:${two(s % 60)}`;

        return late ? `−${text}` : text;
}

/* A length of time in two units at most. words: {d,h,min,s}. */
export function span(seconds, words)
{
        if (!Number.isFinite(seconds))
                return '–';

        const s = Math.max(0, Math.round(seconds));

        if (s < 60)
                return `${s} ${words.s}`;
        if (s < 3600)
                return `${Math.floor(s / 60)} ${words.min}`;
        if (s < 172800) {
                const min = Math.floor(s / 60) % 60;

                return `${Math.floor(s / 3600)} ${words.h}` +
                        (min ? ` ${min} ${words.min}` : '');
        }
        return `${Math.floor(s / 86400)} ${words.d}`;
}

const DECIMALS = { m: 2, mm: 1, 'm/s': 1, '%': 1, V: 1, 'm3/s': 0, days: 0 };

export function number(value, unit)
{
        if (value === null || value === undefined || !Number.isFinite(value))
                return '–';
        return value.toFixed(DECIMALS[unit] ?? 1);
}

export function signed(value, unit)
{
        if (value === null || value === undefined || !Number.isFinite(value))
                return '';
        return (value < 0 ? '−' : '+') + number(Math.abs(value), unit);
}

export function arrow(trend)
{
        return trend > 0 ? '↑' : trend < 0 ? '↓' : trend === 0 ? '→' : '';
}

export function bytes(n)
{
        if (!Number.isFinite(n))
                return '–';
        for (const unit of ['B', 'kB', 'MB']) {
                if (n < 1000)
                        return `${Math.round(n)} ${unit}`;
                n /= 1000;
        }
        return `${n.toFixed(1)} GB`;
}

/* The hydrological day that holds a moment begins at 08:00 Beijing; an
 * interval that ends at 08:00 belongs to the day that ends then. */
export function hydro_day_begin(ms)
{
        const hour = 3600000;

        return Math.floor((ms - 1) / (24 * hour)) * 24 * hour;
}
