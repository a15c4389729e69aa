/* geometry.mjs -- the little plane geometry the make script needs.
 * Rings are open lists of [lon, lat]; a polygon is one ring. */

export const round = (v, digits) => Number(v.toFixed(digits));

export function area(ring) {
        let twice = 0;
        for (let i = 0; i < ring.length; i++) {
                const [ax, ay] = ring[i], [bx, by] = ring[(i + 1) % ring.length];
                twice += ax * by - bx * ay;
        }
        return twice / 2;
}

export function inside(ring, [x, y]) {
        let odd = false;
        for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
                const [ax, ay] = ring[i], [bx, by] = ring[j];
                if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax)
                        odd = !odd;
        }
        return odd;
}

/* The parts of a simple ring on the side n.p <= c.  Chains of the border
 * inside are joined along the cutting line: sorted crossings pair up, for
 * between two of a pair the line runs inside the ring. */
export function clip(ring, n, c) {
        const side = ([x, y]) => n[0] * x + n[1] * y - c;
        const s = ring.map(side);
        if (s.every((v) => v <= 0)) return [ring];
        if (s.every((v) => v > 0)) return [];
        const chains = [];
        const cut = (i, j) => {
                const t = s[i] / (s[i] - s[j]);
                return [ring[i][0] + t * (ring[j][0] - ring[i][0]),
                        ring[i][1] + t * (ring[j][1] - ring[i][1])];
        };
        const start = s.findIndex((v, i) => v > 0 && s[(i + 1) % s.length] <= 0);
        let chain = null;
        for (let k = 0; k < ring.length; k++) {
                const i = (start + k) % ring.length, j = (i + 1) % ring.length;
                if (s[i] > 0 && s[j] <= 0) chain = [cut(i, j), ring[j]];
                else if (s[i] <= 0 && s[j] <= 0) chain.push(ring[j]);
                else if (s[i] <= 0 && s[j] > 0) {
                        chain.push(cut(i, j));
                        chains.push(chain);
                }
        }
        const along = ([x, y]) => -n[1] * x + n[0] * y;
        const marks = chains.flatMap((points, index) => [
                { index, end: false, at: along(points[0]) },
                { index, end: true, at: along(points[points.length - 1]) },
        ]).sort((a, b) => a.at - b.at);
        const follow = new Map();
        marks.forEach((m, k) => {
                if (m.end) follow.set(m.index, marks[k ^ 1].index);
        });
        const parts = [], used = new Set();
        for (let k = 0; k < chains.length; k++) {
                if (used.has(k)) continue;
                let part = [], at = k;
                while (!used.has(at)) {
                        used.add(at);
                        part = part.concat(chains[at]);
                        at = follow.get(at);
                }
                parts.push(part);
        }
        return parts;
}

/* The cells of points in a ring: everything nearer to one's own point than
 * to any other (longitude squeezed by the cosine of 22 degrees). */
export function cells(ring, points) {
        const squeeze = Math.cos((22 * Math.PI) / 180);
        return points.map((p) => {
                let parts = [ring];
                for (const q of points) {
                        if (q === p) continue;
                        const n = [(q[0] - p[0]) * squeeze * squeeze, q[1] - p[1]];
                        const c = (n[0] * (p[0] + q[0]) + n[1] * (p[1] + q[1])) / 2;
                        parts = parts.flatMap((r) => clip(r, n, c));
                }
                return parts;
        });
}

/* Rounds, drops doubled points, closes, counter-clockwise. */
export function finish(ring) {
        const out = [];
        for (const [x, y] of ring) {
                const p = [round(x, 4), round(y, 4)], q = out[out.length - 1];
                if (!q || q[0] !== p[0] || q[1] !== p[1]) out.push(p);
        }
        while (out.length > 1 && out[0][0] === out[out.length - 1][0] &&
               out[0][1] === out[out.length - 1][1])
                out.pop();
        if (area(out) < 0) out.reverse();
        return out.length < 3 ? null : [...out, out[0]];
}

export function distanceKm([ax, ay], [bx, by]) {
        const rad = Math.PI / 180;
        const dx = (bx - ax) * rad * Math.cos(((ay + by) / 2) * rad), dy = (by - ay) * rad;
        return 6371 * Math.hypot(dx, dy);
}
