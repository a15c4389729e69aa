/* test/stack/mqtt.mjs -- the least of MQTT 3.1.1 that a test needs to
 * publish with QoS 1 and to know when the broker has acknowledged.
 *
 * Source: MQTT 3.1.1, sections 2.2, 3.1, 3.3, 3.4. */
import net from 'node:net';

function length_bytes(n)
{
        const bytes = [];

        do {
                const low = n % 128;

                n = Math.floor(n / 128);
                bytes.push(n ? low | 128 : low);
        } while (n);
        return Buffer.from(bytes);
}

function text(s)
{
        const bytes = Buffer.from(s);
        const size = Buffer.alloc(2);

        size.writeUInt16BE(bytes.length);
        return Buffer.concat([size, bytes]);
}

function packet(type, ...parts)
{
        const body = Buffer.concat(parts);

        return Buffer.concat([Buffer.from([type]),
                length_bytes(body.length), body]);
}

export class Publisher {
        /* Resolves when the broker has taken us. */
        static connect(port, user, password)
        {
                const p = new Publisher();

                p.next = 1;
                p.acknowledged = new Map();
                p.input = Buffer.alloc(0);
                return new Promise((done, failed) => {
                        p.socket = net.connect(port, '127.0.0.1');
                        p.socket.setNoDelay(true);
                        p.socket.once('error', failed);
                        p.socket.on('data', (bytes) => p.take(bytes));
                        p.ready = (code) => (code ? failed(new Error(
                                `the broker refused: ${code}`)) : done(p));
                        p.socket.write(packet(0x10, text('MQTT'),
                                Buffer.from([4, 0xc2, 0, 60]),
                                text(`test-${process.pid}-${Date.now()}`),
                                text(user), text(password)));
                });
        }

        take(bytes)
        {
                this.input = Buffer.concat([this.input, bytes]);
                /* CONNACK and PUBACK both have two bytes of body. */
                while (this.input.length >= 4) {
                        const type = this.input[0] >> 4;
                        const id = this.input.readUInt16BE(2);

                        if (type === 2)
                                this.ready(this.input[3]);
                        if (type === 4) {
                                this.acknowledged.get(id)?.();
                                this.acknowledged.delete(id);
                        }
                        this.input = this.input.subarray(4);
                }
        }

        /* Resolves with the broker's acknowledgement. */
        publish(topic, payload)
        {
                const id = this.next;
                const head = Buffer.alloc(2);

                this.next = this.next % 65535 + 1;
                head.writeUInt16BE(id);
                return new Promise((done) => {
                        this.acknowledged.set(id, done);
                        this.socket.write(packet(0x32, text(topic), head,
                                Buffer.from(payload)));
                });
        }

        close()
        {
                this.socket.end(Buffer.from([0xe0, 0]));
        }
}
