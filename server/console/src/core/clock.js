/* core/clock.js -- the two clocks of the page, kept from the server's word.
 *
 * In:    a clock as the server tells it ({engine, real, rate, paused}) and
 *        the local monotonic time in ms when it arrived.
 * Out:   storm (engine) time and real time now, in ms since 1970.
 * Holds: the browser's own wall clock is never used: it may be wrong.
 * Pure. */
export function create_clock()
{
        let base = null;

        function set(told, mono_ms)
        {
                const engine = Date.parse(told.engine ?? told.now);
                const real = Date.parse(told.real);

                if (!Number.isFinite(engine))
                        return;
                base = {
                        engine,
                        real: Number.isFinite(real) ? real : engine,
                        rate: told.paused ? 0 : Number(told.rate ?? 1),
                        mono_ms,
                };
        }

        return {
                set,
                known: () => base !== null,
                rate: () => (base ? base.rate : 1),
                engine: (mono_ms) => (base ?
                        base.engine + (mono_ms - base.mono_ms) * base.rate :
                        NaN),
                real: (mono_ms) => (base ?
                        base.real + (mono_ms - base.mono_ms) : NaN),
        };
}
