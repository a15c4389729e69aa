/* test/stack/ledger.mjs -- what the stations made against what PostGIS has.
 *
 * The simulator writes each reading to ledger.jsonl and syncs it before it
 * publishes; so every line of the ledger must be a row, once. */
import fs from 'node:fs';
import path from 'node:path';
import { until, want } from './stack.mjs';

/* The whole lines of a ledger's file. */
export function read_lines(file)
{
        const text = fs.readFileSync(file, 'utf8');
        const whole = text.slice(0, text.lastIndexOf('\n') + 1);

        return whole.split('\n').filter((l) => l).map((l) => JSON.parse(l));
}

export const read_ledger = (s) => read_lines(path.join(s.dir, 'ledger.jsonl'));

/* Both sides in one form: microseconds and a plain number. */
const key = (station, element, us) => `${station}|${element}|${us}`;

export function read_rows(s)
{
        const rows = new Map();
        const text = s.sql(`select station, element,
                (extract(epoch from "time") * 1000000)::bigint, value
                from sanfang.observation`);

        for (const line of text.split('\n')) {
                const [station, element, us, value] = line.split('|');

                rows.set(key(station, element, us), Number(value));
        }
        return rows;
}

/* {lost, wrong, strange} of the ledger's lines so far; strange: rows of the
 * ledger's stations, not older than it, that no line made. */
export function compare(s, ledger)
{
        const rows = read_rows(s);
        const lost = [];
        const wrong = [];
        const made = new Set();
        const stations = new Set(ledger.map((l) => l.station));
        const times = ledger.map((l) => Date.parse(l.time));
        const begin = times.reduce((a, b) => Math.min(a, b), Infinity);
        const end = times.reduce((a, b) => Math.max(a, b), -Infinity);

        for (const l of ledger) {
                if (typeof l.value !== 'number')
                        continue;
                const at = key(l.station, l.element,
                        `${Date.parse(l.time)}000`);

                made.add(at);
                if (!rows.has(at))
                        lost.push(l);
                else if (Math.abs(rows.get(at) - l.value) > 1e-9)
                        wrong.push(l);
        }
        const strange = [...rows.keys()].filter((at) => {
                const [station, , us] = at.split('|');

                return stations.has(station) && !made.has(at) &&
                        us / 1000 >= begin && us / 1000 <= end;
        });

        return { lost, wrong, strange, n: ledger.length };
}

/* All that the ledger has now is in PostGIS within ms; then the figures. */
export async function settle(s, ms)
{
        const ledger = read_ledger(s);
        let last;

        await until('ledger and PostGIS agree', ms, () => {
                last = compare(s, ledger);
                want(last.lost.length === 0, `${last.lost.length} of ` +
                        `${last.n} missing, ${JSON.stringify(last.lost[0])}`);
                return true;
        });
        want(last.strange.length === 0, `${last.strange.length} rows that ` +
                `nobody made, ${last.strange[0]}`);
        return last;
}

/* What was stored twice: the same sequence number of a boot under two
 * records, or one instant with two values. */
export function doubles(s)
{
        return Number(s.sql(
                `select count(*) from sanfang.observation_conflict`));
}
