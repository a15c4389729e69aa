/* test/stack/timeline.mjs -- the alerts in PostGIS against the expected
 * time-line of the storm (test/days/sanba-2023/timeline.txt).
 *
 * Both sides in one form, a line for each episode that was observed:
 * "subject hazard observed-at worst-level".  What was only forecast is left
 * out: when a forecast is made depends on the pace of the run.
 *
 * A silence counts from when the station's last message came in: at 150x a
 * second of the real world's is two and a half minutes.  So it may be seen
 * later than expected by LATE_MIN, but not earlier. */
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './stack.mjs';

const EXPECTED = path.join(ROOT, 'test/days/sanba-2023/timeline.txt');
const LATE_MIN = 3;
const LEVELS = ['none', 'white', 'blue', 'yellow', 'orange', 'red'];

const worse = (a, b) => (LEVELS.indexOf(b) > LEVELS.indexOf(a) ? b : a);

/* Steps of one subject and hazard, in order, each with begins (a new
 * episode), forecast, level and time; gives the observed episodes. */
function episodes(name, steps)
{
        const found = [];

        for (const step of steps) {
                if (step.begins)
                        found.push({ name, level: 'none' });
                if (step.forecast || !found.length)
                        continue;
                const e = found.at(-1);

                e.at ??= step.at;
                e.level = worse(e.level, step.level);
        }
        return found.filter((e) => e.at)
                .map((e) => `${e.name} ${e.at} ${e.level}`);
}

function by_subject(rows)
{
        const subjects = new Map();

        for (const row of rows) {
                if (!subjects.has(row.name))
                        subjects.set(row.name, []);
                subjects.get(row.name).push(row);
        }
        return [...subjects].flatMap(([name, steps]) => episodes(name, steps))
                .sort();
}

export function expected()
{
        const rows = fs.readFileSync(EXPECTED, 'utf8').trim().split('\n')
                .map((line) => {
                        const [at, hazard, subject, level, kind, forecast] =
                                line.split(/\s+/);

                        return { name: `${subject} ${hazard}`, at, level,
                                begins: kind === 'raised',
                                forecast: Boolean(forecast) };
                });

        return by_subject(rows);
}

/* until: RFC 3339; episodes observed later are not looked at, nor are
 * stations that are not the storm's. */
export function seen(s, until = '2023-10-21T00:00:00+08:00')
{
        const text = s.sql(`select a.hazard, a.object->>'subject',
                t.object->>'observed_at', t.object->>'level', t.n,
                t.object->>'forecast'
                from sanfang.alert a
                join sanfang.alert_transition t on t.alert = a.id
                where t.kind <> 'escalated' and t.user_name is null
                and a.hazard <> 'system'
                and coalesce(a.station, '') !~ '^(DEMO|BENCH|SHOW)-'
                and a.observed_at < '${until}'
                order by a.seq_raised, a.id, t.n`);

        return by_subject(text.split('\n').filter((l) => l).map((line) => {
                const [hazard, subject, at, level, n, forecast] =
                        line.split('|');

                return { name: `${subject} ${hazard}`, at: at.slice(0, 16),
                        level, begins: n === '1',
                        forecast: forecast === 'true' };
        }));
}

/* The minute of a line, and the line without it. */
function parts(line)
{
        const [subject, hazard, at, level] = line.split(' ');

        return { what: `${subject} ${hazard} ${level}`, hazard,
                min: Date.parse(`${at}Z`) / 60000 };
}

function same(want, have)
{
        const a = parts(want);
        const b = parts(have);
        const late = b.min - a.min;

        return a.what === b.what && late >= 0 &&
                late <= (a.hazard === 'silence' ? LATE_MIN : 0);
}

/* Lines of difference, given what is wanted and what was seen; none when
 * all is as expected, each line once. */
export function compare(want, have)
{
        const left = [...have];
        const missed = want.filter((line) => {
                const i = left.findIndex((l) => same(line, l));

                if (i >= 0)
                        left.splice(i, 1);
                return i < 0;
        });

        return [...missed.map((l) => `expected, not seen: ${l}`),
                ...left.map((l) => `seen, not expected: ${l}`)].sort();
}

export const differences = (s) => compare(expected(), seen(s));
