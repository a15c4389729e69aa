/* test/fault/proxy.mjs -- a line between two parts that can be cut.
 *
 * One listener, one target; what goes wrong is asked for by name and lasts
 * so many milliseconds:
 *   reset     every connection is torn down with RST
 *   close     every connection is closed towards one side, then the other
 *   drop      bytes vanish, both ways, and the connections look alive; at
 *             the end they are torn down, as no stream survives a hole
 *   hold      nothing is read or written, both ways; at the end it goes on
 *   delay     every piece comes so much later
 *   refuse    new connections are torn down at once, and the old ones
 *   corrupt   one byte gets its high bit (only where the receiver must
 *             notice: see `may_corrupt`)
 * A clear TCP line has no check of its own but TCP's; a flipped digit in a
 * reading would be taken by any receiver.  So text is made invalid UTF-8,
 * and on the database's line only the type byte of a message is hurt. */
import net from 'node:net';

export const HARMS = ['reset', 'close', 'drop', 'hold', 'delay', 'refuse',
        'corrupt'];

const DELAY_MS = 150;

export class Proxy {
        constructor(name, target, may_corrupt)
        {
                this.name = name;
                this.target = target;
                this.may_corrupt = may_corrupt ?? (() => true);
                this.lines = new Set();
                this.harm = null;
                this.counts = { connections: 0, bytes: 0, corrupted: 0 };
                this.server = net.createServer({ allowHalfOpen: true },
                        (s) => this.accept(s));
        }

        listen()
        {
                return new Promise((done, failed) => {
                        this.server.once('error', failed);
                        this.server.listen(0, '127.0.0.1', () => {
                                this.port = this.server.address().port;
                                done(this);
                        });
                });
        }

        close()
        {
                for (const l of this.lines)
                        this.tear(l);
                this.server.close();
        }

        tear(line)
        {
                for (const s of [line.a, line.b])
                        if (!s.destroyed)
                                (s.resetAndDestroy ?? s.destroy).call(s);
                this.lines.delete(line);
        }

        accept(a)
        {
                if (this.harm === 'refuse') {
                        (a.resetAndDestroy ?? a.destroy).call(a);
                        return;
                }
                const b = net.connect({ port: this.target,
                        host: '127.0.0.1', allowHalfOpen: true });
                const line = { a, b };

                this.counts.connections++;
                this.lines.add(line);
                a.setNoDelay(true);
                b.setNoDelay(true);
                this.pipe(line, a, b);
                this.pipe(line, b, a);
                if (this.harm === 'hold')
                        this.pause(line);
        }

        pause(line)
        {
                line.a.pause();
                line.b.pause();
        }

        pipe(line, from, to)
        {
                const write = (bytes) => {
                        if (!to.destroyed && to.writable && !to.write(bytes)) {
                                from.pause();
                                to.once('drain', () => {
                                        if (this.harm !== 'hold')
                                                from.resume();
                                });
                        }
                };

                let last = 0;

                from.on('data', (bytes) => {
                        this.counts.bytes += bytes.length;
                        if (this.harm === 'drop') {
                                line.holed = true;
                                return;
                        }
                        if (line.holed)
                                return;
                        if (this.harm === 'corrupt' && this.corrupt_left > 0 &&
                            this.may_corrupt(bytes, last)) {
                                const at = this.corrupt_at(bytes);

                                bytes = Buffer.from(bytes);
                                bytes[at] |= 0x80;
                                this.corrupt_left--;
                                this.counts.corrupted++;
                        }
                        last = bytes.length;
                        if (this.harm === 'delay' || line.late) {
                                /* In order also after the harm is over. */
                                const due = Math.max(Date.now() +
                                        (this.harm === 'delay' ? DELAY_MS : 0),
                                line.late ?? 0);

                                line.late = due;
                                setTimeout(() => write(bytes),
                                        due - Date.now());
                                if (this.harm !== 'delay' &&
                                    Date.now() > due)
                                        line.late = 0;
                        } else {
                                write(bytes);
                        }
                });
                from.on('end', () => to.end());
                from.on('error', () => this.tear(line));
                from.on('close', () => {
                        to.destroy();
                        this.lines.delete(line);
                });
        }

        corrupt_at(bytes)
        {
                return this.corrupt_first ? 0 :
                        Math.floor(this.random() * bytes.length);
        }

        /* Resolves when the line is whole again. */
        async hurt(harm, ms, random)
        {
                const hit = [...this.lines];

                this.random = random;
                this.harm = harm;
                if (harm === 'reset' || harm === 'refuse')
                        hit.forEach((l) => this.tear(l));
                if (harm === 'close')
                        hit.forEach((l) => (random() < 0.5 ? l.a : l.b).end());
                if (harm === 'hold')
                        hit.forEach((l) => this.pause(l));
                if (harm === 'corrupt')
                        this.corrupt_left = 1;
                await new Promise((done) => setTimeout(done, ms));
                this.harm = null;
                if (harm === 'hold')
                        for (const l of this.lines) {
                                l.a.resume();
                                l.b.resume();
                        }
                if (harm === 'drop')
                        for (const l of this.lines)
                                if (l.holed)
                                        this.tear(l);
                if (harm === 'close')
                        hit.forEach((l) => this.tear(l));
        }
}

/* The start of a message of PostgreSQL's protocol, either way: a type and a
 * length that fits, where the last piece was the end of a write. */
export function postgres_message(bytes, last)
{
        return bytes.length >= 5 && last < 8192 &&
                /[A-Za-z1-3]/.test(String.fromCharCode(bytes[0])) &&
                bytes.readUInt32BE(1) >= 4 && bytes.readUInt32BE(1) < 1 << 20;
}
