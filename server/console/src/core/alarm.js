/* core/alarm.js -- which alerts ring, and until when.
 *
 * In:  alert changes; whether the officer has armed the sound; time in ms.
 * Out: the tone that is due now ({level}) or null.
 * Holds: orange and red ring when new or graded up, again every 20 s
 *        (red every 10 s) until acknowledged or over.  A silence lasts
 *        two minutes, is not an acknowledgement, and a new alert breaks
 *        it.  What stood before the page opened rings too, if it is open
 *        and armed; a late episode never does.
 * Pure. */
import { is_urgent, rank } from './grade.js';

export const SILENCE_MS = 120000;
const EVERY_MS = { orange: 20000, red: 10000 };

export function create_alarm()
{
        const ringing = new Map();      /* id -> level */
        let armed = false;
        let silent_until = -Infinity;
        let last_ms = -Infinity;

        function worst()
        {
                let level = null;

                for (const l of ringing.values())
                        if (!level || rank(l) > rank(level))
                                level = l;
                return level;
        }

        return {
                take(alert, waits = alert.state === 'open')
                {
                        const rings = waits && !alert.late &&
                                is_urgent(alert.level);
                        const before = ringing.get(alert.id);

                        if (!rings) {
                                ringing.delete(alert.id);
                                return false;
                        }
                        ringing.set(alert.id, alert.level);
                        if (before && rank(before) >= rank(alert.level))
                                return false;
                        silent_until = -Infinity;
                        last_ms = -Infinity;
                        return true;
                },
                clear: () => ringing.clear(),
                arm(on)
                {
                        armed = on;
                        last_ms = -Infinity;
                },
                armed: () => armed,
                silence(now_ms)
                {
                        silent_until = now_ms + SILENCE_MS;
                },
                silent: (now_ms) => now_ms < silent_until,
                count: () => ringing.size,
                worst,
                due(now_ms)
                {
                        const level = worst();

                        if (!armed || !level || now_ms < silent_until ||
                            now_ms - last_ms < EVERY_MS[level])
                                return null;
                        last_ms = now_ms;
                        return { level };
                },
        };
}
