/* schemas/prepared.c -- see prepared.h. */
#include "schemas/prepared.h"

#include <string.h>

#include "schemas/time.h"

#define NUMBER_MAX (INT64_C(1) << 56) /* of times and values */

enum code {
        CODE_RECORD = 1,
        CODE_TICK,
        CODE_SAME_TICK, /* the same differences again */
        CODE_BABBLE,    /* before its tick */
        CODE_VALUES
};

/* Of an observation. */
enum flag {
        FLAG_MARKS = 1,   /* has some */
        FLAG_SLOT = 2,    /* its rain is a slot too, as long as its element */
        FLAG_STATION = 4, /* another station than before */
        FLAG_TIME = 8,    /* another time */
        FLAG_SEQ = 16     /* of an earlier record, whose message waited */
};

/* ---- numbers ---- */

static void put_u64(struct buf *b, uint64_t v)
{
        char raw[10];
        size_t n = 0;

        for (; v >= 0x80; v >>= 7)
                raw[n++] = (char)(v | 0x80);
        raw[n++] = (char)v;
        buf_add(b, raw, n);
}

static void put_i64(struct buf *b, int64_t v)
{
        put_u64(b, ((uint64_t)v << 1) ^ (uint64_t)(v >> 63));
}

static uint64_t get_u64(struct prepared_in *in)
{
        uint64_t v = 0;
        unsigned shift = 0;

        while (in->p < in->end && shift < 64) {
                unsigned char c = *in->p++;

                v |= (uint64_t)(c & 0x7F) << shift;
                if (c < 0x80)
                        return v;
                shift += 7;
        }
        in->failed = true;
        return 0;
}

static int64_t get_i64(struct prepared_in *in)
{
        uint64_t v = get_u64(in);

        return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

/* Most times are whole seconds. */
static void put_time(struct buf *b, int64_t us)
{
        bool whole = us % SECOND_US == 0;
        int64_t v = whole ? us / SECOND_US : us;

        put_i64(b, v * 2 + !whole);
}

static int64_t get_time(struct prepared_in *in)
{
        int64_t v = get_i64(in);

        if (v & 1)
                return (v - 1) / 2;
        if (v / 2 > NUMBER_MAX / SECOND_US || v / 2 < -NUMBER_MAX / SECOND_US)
                in->failed = true;
        return in->failed ? 0 : v / 2 * SECOND_US;
}

/* The last value and a difference, if that is a sound number. */
static int64_t sum(struct prepared_in *in, int64_t last, int64_t more)
{
        int64_t v;

        if (__builtin_add_overflow(last, more, &v) || v > NUMBER_MAX ||
            v < -NUMBER_MAX) {
                in->failed = true;
                return last;
        }
        return v;
}

/* ---- out ---- */

static void put_head(struct prepared_out *o, enum code code, uint64_t seq,
                     int64_t real_us)
{
        if (real_us < 0)
                real_us = 0; /* before there was a clock */
        buf_char(o->b, (char)code);
        put_u64(o->b, seq - o->last.seq);
        put_i64(o->b, real_us - o->last.real_us);
        o->last.seq = seq;
        o->last.real_us = real_us;
}

void prepared_put_record(struct prepared_out *o, const struct record *r)
{
        put_head(o, CODE_RECORD, r->seq, r->real_us);
        put_u64(o->b, r->kind);
        put_u64(o->b, r->body.n);
        buf_text(o->b, r->body);
}

void prepared_put_tick(struct prepared_out *o, uint64_t seq, int64_t engine_us,
                       int64_t real_us, enum prepared_babble babble)
{
        struct prepared_base *l = &o->last;
        struct prepared_base now = *l;

        now.tick_seq = seq - l->seq;
        now.tick_real_us = real_us - l->real_us;
        now.tick_engine_us = engine_us - l->engine_us;
        now.seq = seq;
        now.real_us = real_us;
        now.engine_us = engine_us;
        if (babble != BABBLE_AS_BEFORE) {
                buf_char(o->b, CODE_BABBLE);
                buf_char(o->b, (char)babble);
        }
        if (now.tick_seq == l->tick_seq &&
            now.tick_real_us == l->tick_real_us &&
            now.tick_engine_us == l->tick_engine_us) {
                buf_char(o->b, CODE_SAME_TICK);
        } else {
                buf_char(o->b, CODE_TICK);
                put_u64(o->b, now.tick_seq);
                put_i64(o->b, now.tick_real_us);
                put_time(o->b, now.tick_engine_us);
        }
        *l = now;
}

static void put_station(struct prepared_out *o, uint32_t station)
{
        put_i64(o->b, (int64_t)station - o->last.station);
        o->last.station = station;
}

/* Is it the slot that get_observation() makes of the observation? */
static bool is_own_slot(const struct observation *x, const struct rain_slot *r)
{
        return r->station == x->station && r->source == x->element &&
               r->seq == x->seq && r->end_us == x->time_us &&
               r->amount_milli == x->value_milli &&
               r->begin_us == x->time_us - element_interval_us(x->element);
}

static void put_observation(struct prepared_out *o, const struct observation *x,
                            bool slot)
{
        unsigned flags = (x->marks ? FLAG_MARKS : 0) | (slot ? FLAG_SLOT : 0);

        if (x->station != o->last.station)
                flags |= FLAG_STATION;
        if (x->time_us != o->last.time_us)
                flags |= FLAG_TIME;
        if (x->seq != o->last.seq)
                flags |= FLAG_SEQ;
        buf_char(o->b, (char)flags);
        if (flags & FLAG_STATION)
                put_station(o, x->station);
        put_u64(o->b, x->element);
        if (flags & FLAG_TIME)
                put_time(o->b, x->time_us - o->last.time_us);
        o->last.time_us = x->time_us;
        put_i64(o->b, x->value_milli);
        if (x->marks)
                put_u64(o->b, x->marks);
        if (flags & FLAG_SEQ)
                put_u64(o->b, o->last.seq - x->seq);
}

static void put_rain(struct prepared_out *o, const struct rain_slot *r)
{
        put_station(o, r->station);
        put_u64(o->b, r->source);
        put_time(o->b, r->end_us - o->last.time_us);
        put_time(o->b, r->end_us - r->begin_us);
        put_i64(o->b, r->amount_milli);
        put_u64(o->b, o->last.seq - r->seq);
        o->last.time_us = r->end_us;
}

/* A station that spoke and has a value is told by the value. */
static bool is_told(const struct effects *fx, uint32_t station)
{
        uint32_t i;

        for (i = 0; i < fx->n_observation; i++)
                if (fx->observation[i].station == station)
                        return true;
        return false;
}

/* Slots come in the order of their observations, so the first few may be
 * told by them: how many. */
static uint32_t count_own(const struct effects *fx)
{
        uint32_t i, n = 0;

        for (i = 0; i < fx->n_observation && n < fx->n_rain; i++)
                n += is_own_slot(&fx->observation[i], &fx->rain[n]);
        return n;
}

void prepared_put_values(struct prepared_out *o, uint64_t seq, int64_t real_us,
                         const struct effects *fx)
{
        uint32_t i, own = 0, n = 0, n_own = count_own(fx);

        for (i = 0; i < fx->n_station; i++)
                n += !is_told(fx, fx->station[i].station);
        put_head(o, CODE_VALUES, seq, real_us);
        put_u64(o->b,
                fx->n_observation * UINT64_C(2) + (n || n_own < fx->n_rain));
        if (n || n_own < fx->n_rain) {
                put_u64(o->b, n);
                put_u64(o->b, fx->n_rain - n_own);
        }
        for (i = 0; n && i < fx->n_station; i++)
                if (!is_told(fx, fx->station[i].station))
                        put_station(o, fx->station[i].station);
        for (i = 0; i < fx->n_observation; i++) {
                bool slot = own < n_own &&
                            is_own_slot(&fx->observation[i], &fx->rain[own]);

                put_observation(o, &fx->observation[i], slot);
                own += slot;
        }
        for (i = n_own; i < fx->n_rain; i++)
                put_rain(o, &fx->rain[i]);
}

/* ---- in ---- */

struct prepared_in prepared_read(struct text bytes)
{
        const unsigned char *p = (const unsigned char *)bytes.p;

        return (struct prepared_in){.p = p, .end = p + bytes.n};
}

static void get_head(struct prepared_in *in, struct prepared_item *ret)
{
        in->last.seq += get_u64(in);
        in->last.real_us = sum(in, in->last.real_us, get_i64(in));
        ret->r.seq = in->last.seq;
        ret->r.real_us = in->last.real_us;
}

static void get_record(struct prepared_in *in, struct prepared_item *ret)
{
        uint64_t kind, n;

        get_head(in, ret);
        kind = get_u64(in);
        n = get_u64(in);
        if (in->failed || kind >= record_kind_count || n > RECORD_BODY_MAX ||
            n > (size_t)(in->end - in->p)) {
                in->failed = true;
                return;
        }
        ret->r.kind = (enum record_kind)kind;
        ret->r.body = (struct text){(const char *)in->p, n};
        in->p += n;
}

static void get_tick(struct prepared_in *in, bool same,
                     struct prepared_item *ret)
{
        struct prepared_base *l = &in->last;

        if (!same) {
                l->tick_seq = get_u64(in);
                l->tick_real_us = get_i64(in);
                l->tick_engine_us = get_time(in);
        }
        l->seq += l->tick_seq;
        l->real_us = sum(in, l->real_us, l->tick_real_us);
        l->engine_us = sum(in, l->engine_us, l->tick_engine_us);
        ret->is_tick = true;
        ret->r.kind = RECORD_TICK;
        ret->r.seq = l->seq;
        ret->r.real_us = l->real_us;
        ret->engine_us = l->engine_us;
}

static uint32_t get_station(struct prepared_in *in)
{
        int64_t v = sum(in, in->last.station, get_i64(in));

        if (v < 0 || v >= NO_INDEX)
                in->failed = true;
        else
                in->last.station = (uint32_t)v;
        return in->last.station;
}

static enum element get_element(struct prepared_in *in)
{
        uint64_t v = get_u64(in);

        if (v >= ELEMENT_count)
                in->failed = true;
        return in->failed ? ELEMENT_PJ : (enum element)v;
}

static void push_slot(struct prepared_in *in, const struct rain_slot *r,
                      struct effects *fx)
{
        if (r->begin_us >= r->end_us || r->amount_milli < 0 ||
            r->amount_milli > INT32_MAX)
                in->failed = true;
        if (!in->failed)
                effects_push_rain(fx, r);
}

static void get_observation(struct prepared_in *in, uint64_t seq,
                            struct effects *fx)
{
        struct observation x = {.seq = seq};
        uint64_t flags = get_u64(in);
        uint64_t marks = 0;

        if (flags & FLAG_STATION)
                get_station(in);
        x.station = in->last.station;
        x.element = get_element(in);
        if (flags & FLAG_TIME)
                in->last.time_us = sum(in, in->last.time_us, get_time(in));
        x.time_us = in->last.time_us;
        x.value_milli = sum(in, 0, get_i64(in));
        if (flags & FLAG_MARKS)
                marks = get_u64(in);
        if (flags & FLAG_SEQ)
                x.seq -= get_u64(in);
        if (in->failed || flags > 31 || marks >> MARK_count) {
                in->failed = true;
                return;
        }
        x.marks = (uint32_t)marks;
        effects_push_observation(fx, &x);
        if (flags & FLAG_SLOT)
                push_slot(in,
                          &(struct rain_slot){
                                  x.station,
                                  x.time_us - element_interval_us(x.element),
                                  x.time_us, x.value_milli, x.element, x.seq,
                                  false, 0},
                          fx);
}

static void get_rain(struct prepared_in *in, uint64_t seq, struct effects *fx)
{
        struct rain_slot r = {.seq = seq};

        r.station = get_station(in);
        r.source = get_element(in);
        r.end_us = sum(in, in->last.time_us, get_time(in));
        r.begin_us = sum(in, r.end_us, -get_time(in));
        r.amount_milli = sum(in, 0, get_i64(in));
        r.seq -= get_u64(in);
        in->last.time_us = r.end_us;
        push_slot(in, &r, fx);
}

static void get_values(struct prepared_in *in, struct prepared_item *ret,
                       struct effects *fx)
{
        uint64_t n, n_seen = 0, n_rain = 0, i;

        ret->is_values = true;
        get_head(in, ret);
        n = get_u64(in);
        if (n & 1) {
                n_seen = get_u64(in);
                n_rain = get_u64(in);
        }
        n /= 2;
        if (n > PREPARED_LIST_MAX || n_seen > PREPARED_LIST_MAX ||
            n_rain > PREPARED_LIST_MAX)
                in->failed = true;
        for (i = 0; i < n_seen && !in->failed; i++) {
                struct station_change c = {get_station(in)};

                effects_push_station(fx, &c);
        }
        for (i = 0; i < n && !in->failed; i++)
                get_observation(in, ret->r.seq, fx);
        for (i = 0; i < n_rain && !in->failed; i++)
                get_rain(in, ret->r.seq, fx);
}

static enum prepared_babble get_babble(struct prepared_in *in)
{
        uint64_t v = get_u64(in);

        if (v != BABBLE_BEGINS && v != BABBLE_ENDS)
                in->failed = true;
        return in->failed ? BABBLE_AS_BEFORE : (enum prepared_babble)v;
}

enum status prepared_next(struct prepared_in *in, struct prepared_item *ret,
                          struct effects *fx, struct err *e)
{
        uint64_t code;

        if (in->p == in->end && !in->failed)
                return ERR_TOO_FEW;
        *ret = (struct prepared_item){.r.kind = RECORD_NONE};
        code = get_u64(in);
        if (code == CODE_BABBLE) {
                ret->babble = get_babble(in);
                code = get_u64(in);
                if (code != CODE_TICK && code != CODE_SAME_TICK)
                        in->failed = true;
        }
        if (code == CODE_VALUES)
                get_values(in, ret, fx);
        else if (code == CODE_TICK || code == CODE_SAME_TICK)
                get_tick(in, code == CODE_SAME_TICK, ret);
        else if (code == CODE_RECORD)
                get_record(in, ret);
        else
                in->failed = true;
        if (in->failed)
                return err_set(e, ERR_CORRUPT, "no such item in a day file");
        return OK;
}
