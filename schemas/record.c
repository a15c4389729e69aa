/* schemas/record.c -- bodies of the two binary record kinds. */
#include "schemas/record.h"

#include "schemas/pack.h"

WORD_DEFINE(record_kind, record_kind, RECORD_KINDS)

void record_mqtt_pack(struct buf *b, struct text topic, struct text payload)
{
        pack_u8(b, (uint8_t)topic.n);
        pack_u8(b, (uint8_t)(topic.n >> 8));
        buf_text(b, topic);
        buf_text(b, payload);
}

enum status record_mqtt_unpack(const struct record *r, struct text *ret_topic,
                               struct text *ret_payload, struct err *e)
{
        struct unpack u = {r->body.p, r->body.n, false};
        size_t n = unpack_u8(&u);

        n |= (size_t)unpack_u8(&u) << 8;
        if (u.failed || n > u.n)
                return err_set(e, ERR_CORRUPT, "record %llu is cut short",
                               (unsigned long long)r->seq);
        *ret_topic = (struct text){u.p, n};
        *ret_payload = (struct text){u.p + n, u.n - n};
        return OK;
}

void record_tick_pack(struct buf *b, int64_t engine_us, int64_t real_us)
{
        pack_i64(b, engine_us);
        pack_i64(b, real_us);
}

enum status record_tick_unpack(const struct record *r, int64_t *ret_engine_us,
                               int64_t *ret_real_us, struct err *e)
{
        struct unpack u = {r->body.p, r->body.n, false};
        int64_t engine_us = unpack_i64(&u);
        int64_t real_us = unpack_i64(&u);

        if (u.failed || u.n)
                return err_set(e, ERR_CORRUPT, "tick %llu has %zu bytes",
                               (unsigned long long)r->seq, r->body.n);
        *ret_engine_us = engine_us;
        *ret_real_us = real_us;
        return OK;
}
