/* test/browser/png.mjs -- a picture with at most 256 colours, so that the
 * repository stays small: a screen's few flat colours lose nothing that
 * an eye would miss.
 *
 * In:     PNG of 8-bit RGB or RGBA without interlace, as Chromium writes.
 * Out:    PNG with a palette.
 * Source: PNG specification (third edition), sections 9 and 11. */
import zlib from 'node:zlib';

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);

function chunks(png)
{
        const found = [];

        for (let at = 8; at < png.length;) {
                const size = png.readUInt32BE(at);

                found.push({ type: png.toString('latin1', at + 4, at + 8),
                        data: png.subarray(at + 8, at + 8 + size) });
                at += size + 12;
        }
        return found;
}

function paeth(a, b, c)
{
        const pa = Math.abs(b - c);
        const pb = Math.abs(a - c);
        const pc = Math.abs(a + b - c - c);

        return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/* {width, height, rgb: one number 0xRRGGBB per pixel} */
export function read_png(png)
{
        const parts = chunks(png);
        const head = parts[0].data;
        const width = head.readUInt32BE(0);
        const height = head.readUInt32BE(4);
        const bytes = head[9] === 6 ? 4 : 3;

        if (head[8] !== 8 || (head[9] !== 2 && head[9] !== 6) || head[12])
                throw new Error('not a PNG of 8-bit colours');

        const raw = zlib.inflateSync(Buffer.concat(parts.filter((p) =>
                p.type === 'IDAT').map((p) => p.data)));
        const line = width * bytes;
        const out = Buffer.alloc(line * height);
        const rgb = new Uint32Array(width * height);

        for (let y = 0; y < height; y++) {
                const filter = raw[y * (line + 1)];

                for (let i = 0; i < line; i++) {
                        const x = raw[y * (line + 1) + 1 + i];
                        const at = y * line + i;
                        const a = i >= bytes ? out[at - bytes] : 0;
                        const b = y ? out[at - line] : 0;
                        const c = y && i >= bytes ? out[at - line - bytes] : 0;

                        out[at] = x + [0, a, b, (a + b) >> 1,
                                filter === 4 ? paeth(a, b, c) : 0][filter];
                }
        }
        for (let i = 0; i < rgb.length; i++)
                rgb[i] = out.readUIntBE(i * bytes, 3);
        return { width, height, rgb };
}

/* Colours in boxes: the box with the widest spread is cut in the middle
 * of its pixels until there are 256. */
function palette_of(counts)
{
        const channel = (colour, k) => (colour >> (16 - 8 * k)) & 255;
        const measure = (list) => {
                let best = { list, spread: -1, k: 0 };

                for (let k = 0; k < 3; k++) {
                        let low = 255;
                        let high = 0;

                        for (const [colour] of list) {
                                low = Math.min(low, channel(colour, k));
                                high = Math.max(high, channel(colour, k));
                        }
                        if (high - low > best.spread)
                                best = { list, spread: high - low, k };
                }
                return best;
        };
        const boxes = [measure([...counts])];

        while (boxes.length < 256) {
                boxes.sort((p, q) => q.spread - p.spread);

                const { list, spread, k } = boxes[0];

                if (spread <= 0)
                        break;
                list.sort((p, q) => channel(p[0], k) - channel(q[0], k));

                const middle = (channel(list[0][0], k) +
                        channel(list[list.length - 1][0], k)) / 2;
                const cut = list.findIndex((p) => channel(p[0], k) > middle);

                boxes.splice(0, 1, measure(list.slice(0, cut)),
                        measure(list.slice(cut)));
        }
        /* A box is shown as its most frequent colour: flat areas stay. */
        return boxes.map((b) => ({ list: b.list, colour: b.list.reduce(
                (p, q) => (q[1] > p[1] ? q : p))[0] }));
}

function chunk(type, data)
{
        const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
        const out = Buffer.alloc(body.length + 8);

        out.writeUInt32BE(data.length, 0);
        body.copy(out, 4);
        out.writeUInt32BE(crc32(body), body.length + 4);
        return out;
}

const CRC = Array.from({ length: 256 }, (_, n) => {
        let c = n;

        for (let k = 0; k < 8; k++)
                c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
        return c >>> 0;
});

function crc32(bytes)
{
        let c = 0xffffffff;

        for (const b of bytes)
                c = CRC[(c ^ b) & 255] ^ (c >>> 8);
        return (c ^ 0xffffffff) >>> 0;
}

export function small_png(png)
{
        const { width, height, rgb } = read_png(png);
        const counts = new Map();

        for (const colour of rgb)
                counts.set(colour, (counts.get(colour) || 0) + 1);

        const boxes = palette_of(counts);
        const index = new Map();
        const table = Buffer.alloc(boxes.length * 3);

        boxes.forEach(({ list, colour }, i) => {
                table.writeUIntBE(colour, i * 3, 3);
                for (const [c] of list)
                        index.set(c, i);
        });

        const lines = Buffer.alloc((width + 1) * height);

        for (let y = 0; y < height; y++)
                for (let x = 0; x < width; x++)
                        lines[y * (width + 1) + 1 + x] =
                                index.get(rgb[y * width + x]);

        const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 3, 0, 0, 0]);

        head.writeUInt32BE(width, 0);
        head.writeUInt32BE(height, 4);
        return Buffer.concat([SIGNATURE, chunk('IHDR', head),
                chunk('PLTE', table), chunk('IDAT', zlib.deflateSync(lines,
                        { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}
