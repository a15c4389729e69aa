/* test/bench/proc.mjs -- what a process costs, from /proc. */
import fs from 'node:fs';

const TICKS = 100; /* a second: sysconf(_SC_CLK_TCK) */

/* The fields behind the name: 1 is the parent, 11 and 12 the CPU ticks. */
function stat(pid)
{
        try {
                const s = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');

                return s.slice(s.lastIndexOf(')') + 2).split(' ').map(Number);
        } catch {
                return [];
        }
}

/* CPU seconds so far; 0 of one that is gone. */
export function cpu_of(pid)
{
        const f = stat(pid);

        return ((f[11] ?? 0) + (f[12] ?? 0)) / TICKS;
}

/* The same with its children (not theirs). */
export function cpu_family(pid)
{
        const children = fs.readdirSync('/proc')
                .filter((d) => /^\d+$/.test(d) && stat(d)[1] === pid);

        return [pid, ...children].reduce((sum, p) => sum + cpu_of(p), 0);
}

/* CPU seconds by the name of the thread. */
export function cpu_threads(pid)
{
        const sums = {};

        for (const task of fs.readdirSync(`/proc/${pid}/task`)) {
                const at = `${pid}/task/${task}`, s = cpu_of(at);
                const name = fs.readFileSync(`/proc/${at}/comm`, 'utf8').trim();

                sums[name] = (sums[name] ?? 0) + s;
        }
        return sums;
}

export function resident_mb(pid)
{
        return Math.round(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(
                `/proc/${pid}/status`, 'utf8'))[1] / 1024);
}

export const quantile = (list, q) => {
        const sorted = [...list].sort((a, b) => a - b);

        return sorted[Math.min(sorted.length - 1,
                Math.floor(sorted.length * q))];
};
