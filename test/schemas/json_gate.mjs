/* test/schemas/json_gate.mjs -- the gate against JSON.parse, on texts that
 * were made and then hurt.
 *
 * Usage: node json_gate.mjs JSON_READ [N [SEED]] (20000, 1).  What the gate
 * takes, Node must take, with the same numbers to the last bit and the same
 * texts.  What Node takes and the gate does not must be one of the named
 * ways in which the gate is stricter. */
import { spawnSync } from 'node:child_process';

const [program, many = '20000', seed = '1'] = process.argv.slice(2);

/* mulberry32, public domain. */
function chance(a)
{
        return () => {
                a = a + 0x6d2b79f5 >>> 0;
                let t = Math.imul(a ^ a >>> 15, 1 | a);

                t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
                return ((t ^ t >>> 14) >>> 0) / 4294967296;
        };
}

const random = chance(Number(seed));
const upto = (n) => Math.floor(random() * n);
const pick = (list) => list[upto(list.length)];

/* ---- making ---- */

const NUMBERS = ['0', '-0', '1', '-1', '12.5', '0.1', '1e3', '1E-3', '1e+2',
        '9007199254740993', '2.2250738585072011e-308', '5e-324', '1e308',
        '1e309', '-1e999', '1e-999', '123456789012345678901234567890',
        '0.30000000000000004', '1.7976931348623157e308', '179769313486231580793e289',
        '0.1e1', '01', '1.', '.5', '+1', '1e', '0x10', 'NaN', 'Infinity',
        '1234567890123456789012345678901234567890',
        '12345678901234567890123456789012345678901'];
const PIECES = ['a', 'Z', '茂', '名', '\\n', '\\"', '\\\\', '\\/', '\\u0041',
        '\\u00e9', '\\ud83d\\ude00', '\\ud83d', '\\ude00', '\\u0000', '\\u12',
        '\\x', ' ', '😀', '\u007f', '\u0080', '\ufeff', '\uffff', 'station', '/'];
const KEYS = ['a', 'A', 'b', 'obs', 'seq', 'boot', '站', '', 'x y', '\\u0061',
        '__proto__', 'é', 'É'];
const SPACES = ['', '', '', ' ', '\n', '\t', '\r\n', '\v', '\u00a0'];

const space = () => (random() < 0.1 ? pick(SPACES) : '');
const text = () => `"${Array.from({ length: upto(5) }, () =>
        pick(PIECES)).join('')}"`;
const key = () => (random() < 0.6 ? `"${pick(KEYS)}"` : text());

function number()
{
        if (random() < 0.5)
                return pick(NUMBERS);
        const digits = Array.from({ length: 1 + upto(18) }, () => upto(10));

        if (random() < 0.5)
                digits.splice(upto(digits.length), 0, '.');
        return (random() < 0.3 ? '-' : '') + digits.join('') +
                (random() < 0.2 ? `e${upto(700) - 350}` : '');
}

function value(depth)
{
        const kind = random();

        if (depth > 0 && kind < 0.25)
                return `[${Array.from({ length: upto(4) }, () => space() +
                        value(depth - 1) + space()).join(',')}]`;
        if (depth > 0 && kind < 0.55)
                return `{${Array.from({ length: upto(4) }, () => space() +
                        `${key()}${space()}:${space()}${value(depth - 1)}`)
                        .join(',')}${space()}}`;
        if (kind < 0.75)
                return number();
        if (kind < 0.92)
                return text();
        return pick(['true', 'false', 'null', 'True', 'nul', 'undefined']);
}

function hurt(bytes)
{
        const b = [...bytes];
        const at = upto(b.length + 1);
        const kind = random();

        if (kind < 0.3)
                b.splice(at, 1);
        else if (kind < 0.5)
                b.splice(at, 0, pick([...'{}[]",:\\0-eE.t '].map((c) =>
                        c.charCodeAt(0))));
        else if (kind < 0.7 && b.length)
                b[Math.min(at, b.length - 1)] ^= 1 << upto(8);
        else if (kind < 0.8)
                b.splice(at, 0, ...b.slice(at, at + upto(8)));
        else if (kind < 0.9)
                b.length = at;
        else
                b.push(...Buffer.from(pick([' ', '\n', '\0', '}', ' x', '{}'])));
        return Buffer.from(b);
}

function make()
{
        const kind = random();
        let bytes;

        if (kind < 0.01) { /* deep */
                const n = 10 + upto(12);

                return Buffer.from('['.repeat(n) + ']'.repeat(n));
        }
        if (kind < 0.013) /* many keys */
                return Buffer.from(`{${Array.from({ length: 250 + upto(12) },
                        (_, i) => `"k${i}":${i}`).join(',')}}`);
        bytes = Buffer.from(space() + value(4) + space());
        for (let n = random() < 0.5 ? 0 : 1 + upto(2); n; n--)
                bytes = hurt(bytes);
        return bytes;
}

/* ---- comparing ---- */

function bits(x)
{
        const view = new DataView(new ArrayBuffer(8));

        view.setFloat64(0, x);
        return view.getBigUint64(0).toString(16).padStart(16, '0');
}

const hex = (s) => `"${Buffer.from(s).toString('hex')} `;

/* Keys in the order in which the text has them: Node moves those that look
 * like numbers to the front, so both sides are compared sorted. */
function told(v)
{
        if (v === null)
                return 'n';
        if (Array.isArray(v))
                return `[${v.map(told).join('')}]`;
        switch (typeof v) {
        case 'boolean': return v ? 't' : 'f';
        case 'number': return `#${bits(v)} `;
        case 'string': return hex(v);
        default: return `{${Object.keys(v).map((k) => hex(k) + told(v[k]))
                .join('')}}`;
        }
}

function node_reads(bytes)
{
        try {
                const s = new TextDecoder('utf-8',
                        { fatal: true, ignoreBOM: true }).decode(bytes);

                return { value: JSON.parse(s) };
        } catch (error) {
                return { error: error.message };
        }
}

/* In which ways the gate may refuse what Node takes. */
const STRICTER = {
        duplicate: /stands twice/, /* or twins but for their case */
        utf8: /^lone surrogate/,
        syntax: /^\\u0000 in a text/,
        number: /^number (too long|not finite)/,
        depth: /^nested too deep/,
        size: /^too many keys/,
};

const texts = Array.from({ length: Number(many) }, make);
const input = Buffer.concat(texts.flatMap((t) => {
        const head = Buffer.alloc(4);

        head.writeUInt32LE(t.length);
        return [head, t];
}));
const r = spawnSync(program, [], { input, maxBuffer: 1 << 30 });
const lines = r.stdout.toString().split('\n');
const tally = { both: 0, neither: 0 };
let bad = 0;

function wrong(why, t, line)
{
        if (bad++ < 10)
                console.log(`not ok - ${why}: ${JSON.stringify(t.toString())}` +
                        ` (${t.toString('hex').slice(0, 200)}): ${line}`);
}

if (r.status !== 0 || lines.length !== texts.length + 1) {
        console.log(`not ok - json_read: status ${r.status} ${r.signal}`);
        process.exit(1);
}
texts.forEach((t, i) => {
        const line = lines[i];
        const other = node_reads(t);

        if (line[0] === '+') {
                if ('error' in other)
                        wrong(`Node refuses (${other.error})`, t, line);
                else if (told(other.value) !== line.slice(2))
                        wrong(`Node reads ${told(other.value)}`, t, line);
                tally.both++;
                return;
        }
        if ('error' in other) {
                tally.neither++;
                return;
        }
        const [, code, message] = /^- (\w+) (.*)$/.exec(line) ?? [];

        if (!STRICTER[code]?.test(message))
                wrong('the gate is stricter in no named way', t, line);
        const way = `${code}: ${(message ?? '').replace(/ at byte.*| of .*|".*/, '')
                .replace(/\d+/g, 'N')}`;

        tally[way] = (tally[way] ?? 0) + 1;
});
console.log(`seed ${seed}: ${Object.entries(tally).map(([k, n]) =>
        `${k} ${n}`).join(', ')}`);
if (!bad && (tally.both < texts.length / 5 || tally.neither < 100))
        wrong('too few of one kind', Buffer.from(''), '');
process.exit(bad ? 1 : 0);
