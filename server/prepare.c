/* server/prepare.c -- see prepare.h. */
#include "server/prepare.h"

#include <stdio.h>

#include "schemas/pack.h"
#include "schemas/wire/command.h"
#include "schemas/wire/forecast.h"
#include "schemas/wire/place.h"

bool prepare_is_rules(const struct record *r)
{
        struct command c;

        if (r->kind == RECORD_RULES)
                return true;
        return r->kind == RECORD_COMMAND &&
               wire_command_decode(r->body, &c, NULL) == OK &&
               c.kind == COMMAND_RULES_ACTIVATE;
}

/* Was what the record brought handed to the rules? */
static bool is_decided(const struct record *r, const struct effects *fx)
{
        uint32_t values = fx->n_observation + fx->n_rain;

        switch (r->kind) {
        case RECORD_MQTT:
        case RECORD_FRAME:
        case RECORD_VALUES:
                return values + fx->n_station > 0;
        case RECORD_IMPORT: /* a message had waited for the station */
                return values > 0 || fx->n_station > 1;
        case RECORD_COMMAND: /* admitted, amended */
                return values + fx->n_station > 0 && fx->n_result &&
                       fx->result[0].status == OK;
        default:
                return false;
        }
}

static void put_as(struct prepared_out *o, const struct record *r,
                   enum record_kind kind, const struct buf *body)
{
        struct record x = *r;

        x.kind = kind;
        x.body = buf_as_text(body);
        prepared_put_record(o, &x);
}

/* Stations that came into the book by a command. */
static void put_booked(struct prepared_out *o, const struct state *s,
                       const struct record *r, const struct effects *fx)
{
        struct buf b = {.limit = RECORD_BODY_MAX};
        uint32_t i;

        for (i = 0; i < fx->n_booked; i++) {
                buf_clear(&b);
                wire_station_encode(&s->places.stations[fx->booked[i].station],
                                    &b);
                o->b->failed |= b.failed;
                put_as(o, r, RECORD_IMPORT, &b);
        }
        buf_done(&b);
}

/* Forecasts that came as messages. */
static void put_forecasts(struct prepared_out *o, const struct record *r,
                          const struct effects *fx)
{
        struct buf b = {.limit = RECORD_BODY_MAX};
        uint32_t i;

        for (i = 0; i < fx->n_forecast; i++) {
                buf_clear(&b);
                wire_forecast_encode(&fx->forecast[i], &b);
                o->b->failed |= b.failed;
                put_as(o, r, RECORD_FORECAST, &b);
        }
        buf_done(&b);
}

/* A user without the hash of his password. */
static void put_user(struct prepared_out *o, const struct record *r)
{
        struct buf b = {.limit = RECORD_BODY_MAX};
        struct user_note n;
        struct err e;

        if (wire_user_decode(r->body, &n, &e) != OK)
                return; /* was refused */
        snprintf(n.hash, sizeof n.hash, "%s", PREPARE_NO_HASH);
        wire_user_encode(&n, &b);
        o->b->failed |= b.failed;
        put_as(o, r, RECORD_USER, &b);
        buf_done(&b);
}

/* An officer's answer is kept as it is; a station that was admitted and a
 * value that was amended, by what came of it. */
static bool is_answer(const struct record *r)
{
        struct command c;
        struct err e;

        return wire_command_decode(r->body, &c, &e) == OK &&
               (c.kind == COMMAND_ACK || c.kind == COMMAND_CLOSE ||
                c.kind == COMMAND_CLOCK);
}

/* Records that are kept as they are: what they do rests on no sensor, or
 * (a call to 120) on that record alone. */
static bool is_kept(const struct record *r, const struct effects *fx)
{
        if (prepare_is_rules(r) || fx->n_incident)
                return true;
        switch (r->kind) {
        case RECORD_IMPORT:
        case RECORD_USER:
        case RECORD_LINK:
        case RECORD_FORECAST:
        case RECORD_CLOCK:
                return true;
        case RECORD_COMMAND:
                return is_answer(r);
        default:
                return false;
        }
}

bool prepare_wants(const struct record *r, const struct effects *fx)
{
        return r->kind == RECORD_TICK || fx->n_forecast || fx->n_booked ||
               is_kept(r, fx) || is_decided(r, fx);
}

void prepare_put(struct prepared_out *o, const struct state *s,
                 const struct record *r, const struct effects *fx,
                 enum prepared_babble babble)
{
        if (r->kind == RECORD_TICK) {
                prepared_put_tick(o, r->seq, s->engine_us, s->real_us, babble);
                return;
        }
        if (r->kind == RECORD_USER)
                put_user(o, r);
        else if (is_kept(r, fx))
                prepared_put_record(o, r);
        put_booked(o, s, r, fx);
        if (is_decided(r, fx))
                prepared_put_values(o, r->seq, r->real_us, fx);
        if (r->kind != RECORD_FORECAST)
                put_forecasts(o, r, fx);
}

void prepare_chunk(struct buf *b, const struct state *s, const struct record *r,
                   const struct effects *fx)
{
        struct prepared_out o = {.b = b};

        if (!prepare_wants(r, fx))
                return;
        pack_u64(b, (uint64_t)s->engine_us);
        prepare_put(&o, s, r, fx, s->babble ? BABBLE_BEGINS : BABBLE_ENDS);
}
