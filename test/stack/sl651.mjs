/* test/stack/sl651.mjs -- the least of SL 651-2014 (HEX) that a test needs
 * to be a terminal on TCP: reports, pictures in packets, and the answers.
 *
 * Source: SL 651-2014 tables 10, 20-24. */
import net from 'node:net';

export const ETX = 0x03, EOT = 0x04, ENQ = 0x05, NAK = 0x15, ETB = 0x17, ESC = 0x1b;
const STX = 0x02, SYN = 0x16;

/* CRC-16/MODBUS. */
export function crc16(bytes)
{
        let crc = 0xffff;

        for (const b of bytes) {
                crc ^= b;
                for (let i = 0; i < 8; i++)
                        crc = crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
        }
        return crc;
}

const hex = (s) => Buffer.from(s, 'hex');

/* "2023-10-20T03:00:00+08:00" as BCD, n bytes of YYMMDDHHmmSS. */
export function bcd_time(rfc3339, n = 6)
{
        const beijing = new Date(Date.parse(rfc3339) + 8 * 3600e3);

        return hex(beijing.toISOString().replace(/\D/g, '').slice(2, 2 + 2 * n));
}

function seal(address, code, body, { start = STX, end = ETX, counter } = {})
{
        const whole = counter ? Buffer.concat([counter, body]) : body;
        const head = Buffer.concat([hex('7e7e01'), hex(address), hex('1234'),
                Buffer.from([code, whole.length >> 8, whole.length & 255,
                        start])]);
        const all = Buffer.concat([head, whole, Buffer.from([end])]);
        const crc = crc16(all);

        return Buffer.concat([all, Buffer.from([crc >> 8, crc & 255])]);
}

function begin(serial, time)
{
        return Buffer.concat([Buffer.from([serial >> 8, serial & 255]),
                bcd_time(time)]);
}

function block(address, kind, time)
{
        return Buffer.concat([hex('f1f1'), hex(address), Buffer.from(kind),
                hex('f0f0'), bcd_time(time, 5)]);
}

/* Elements in hex, as observed at `at`. */
export function elements(address, code, serial, time, at, words)
{
        return seal(address, code, Buffer.concat([begin(serial, time),
                block(address, 'H', at), hex(words)]));
}

/* A level in metres (3 decimals) as an element. */
export const level_words = (level) => '3923' +
        Math.round(level * 1000).toString().padStart(8, '0');

/* A timed report: a level, voltage 12.34. */
export function report(address, serial, time, level)
{
        return elements(address, 0x32, serial, time, time,
                `${level_words(level)}38121234`);
}

/* An answer to 38H: levels every five minutes from `from` on. */
export function series(address, serial, time, from, levels)
{
        const z = levels.map((x) => Math.round(x * 1000).toString()
                .padStart(8, '0')).join('');

        return seal(address, 0x38, Buffer.concat([begin(serial, time),
                block(address, 'H', from), hex('0418000005'), hex('3923'),
                hex(z)]));
}

/* A picture in packets of `per` bytes. */
export function picture(address, serial, time, jpeg, per)
{
        const body = Buffer.concat([begin(serial, time),
                block(address, 'H', time), hex('f3f3'), jpeg]);
        const n = Math.ceil(body.length / per);

        return [...Array(n).keys()].map((i) => seal(address, 0x36,
                body.subarray(i * per, (i + 1) * per), {
                        start: SYN,
                        end: i === n - 1 ? ETX : ETB,
                        counter: Buffer.from([n >> 4,
                                (n & 15) << 4 | (i + 1) >> 8, i + 1 & 255]),
                }));
}

/* The same packet as it is sent again: it ends with ETX. */
export function again(packet)
{
        const all = Buffer.from(packet);
        let crc;

        all[all.length - 3] = ETX;
        crc = crc16(all.subarray(0, -2));
        all.writeUInt16BE(crc, all.length - 2);
        return all;
}

export class Terminal {
        static connect(port)
        {
                const t = new Terminal();

                t.answers = [];
                t.input = Buffer.alloc(0);
                t.closed = false;
                return new Promise((done, failed) => {
                        t.socket = net.connect(port, '127.0.0.1',
                                () => done(t));
                        t.socket.setNoDelay(true);
                        t.socket.once('error', failed);
                        t.socket.on('error', () => {});
                        t.socket.on('close', () => { t.closed = true; });
                        t.socket.on('data', (bytes) => t.take(bytes));
                });
        }

        take(bytes)
        {
                this.input = Buffer.concat([this.input, bytes]);
                while (this.input.length >= 17) {
                        const n = 17 + (this.input.readUInt16BE(11) & 0xfff);

                        if (this.input.length < n)
                                return;
                        this.answers.push(answer_of(this.input.subarray(0, n)));
                        this.input = this.input.subarray(n);
                }
        }

        send(frame)
        {
                this.socket.write(frame);
        }

        end()
        {
                this.socket.destroy();
        }
}

function answer_of(f)
{
        const many = f[13] === SYN;
        const at = many ? 17 : 14;

        return {
                ok: crc16(f.subarray(0, -2)) === f.readUInt16BE(f.length - 2),
                code: f[10],
                end: f[f.length - 3],
                serial: f.readUInt16BE(at),
                packet: many ? f.readUInt16BE(15) & 0xfff : 0,
        };
}
