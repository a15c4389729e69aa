/* test/fault/chance.mjs -- chance that can be had again: a seed in, the same
 * numbers out.  Source: mulberry32, public domain. */
export function chance(seed)
{
        let a = seed >>> 0;

        return () => {
                a = a + 0x6d2b79f5 >>> 0;
                let t = Math.imul(a ^ a >>> 15, 1 | a);

                t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
                return ((t ^ t >>> 14) >>> 0) / 4294967296;
        };
}

export const pick = (random, list) =>
        list[Math.floor(random() * list.length)];

const sorted = (list) => [...list].sort((a, b) => a - b);

/* "N, median M ms, longest L ms" of a list of times. */
export function figures(times)
{
        const s = sorted(times);

        return s.length ? `${s.length}, median ${s[s.length >> 1]} ms, ` +
                `longest ${s.at(-1)} ms` : '0';
}
