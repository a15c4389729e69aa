/* server/pipeline_prepared.c -- the step of a back-test: what the sensors
 * made of a record is there already.
 *
 * Holds:  as pipeline.c does with the record itself, but for the sensors,
 *         which are asked nothing.
 * Thread: as pipeline.h; pure. */
#include "server/pipeline_inside.h"

#include "schemas/prepared.h"
#include "schemas/time.h"

/* As pipeline_step() ends: only our own failure ends the run. */
static enum status finish(struct state *s, const struct record *r,
                          struct effects *fx, enum status st,
                          const struct err *why, struct err *e)
{
        s->seq = r->seq;
        s->records++;
        if (st == ERR_MEMORY || fx->failed)
                return err_set(e, ERR_MEMORY, "record %llu: %s",
                               (unsigned long long)r->seq, why->msg);
        if (st != OK)
                effects_refuse(fx, r->seq, st, why->msg, text_of("prepared"),
                               text_of(""));
        return OK;
}

enum status pipeline_values(struct state *s, const struct record *r,
                            struct effects *fx, struct err *e)
{
        struct step t = {s, r, {0, r->real_us, r->seq}, fx};
        struct err why = {0};

        s->real_us = r->real_us;
        if (s->engine_us == TIME_NONE)
                s->engine_us = r->real_us;
        t.now.engine_us = s->engine_us;
        return finish(s, r, fx, pipeline_decide(&t, &why), &why, e);
}

enum status pipeline_tick(struct state *s, const struct prepared_item *tick,
                          struct effects *fx, struct err *e)
{
        const struct record *r = &tick->r;
        struct moment now = {tick->engine_us, r->real_us, r->seq};
        struct err why = {0};
        enum status st = OK;

        s->engine_us = tick->engine_us;
        s->real_us = r->real_us;
        if (tick->babble != BABBLE_AS_BEFORE) {
                s->babble = tick->babble == BABBLE_BEGINS;
                st = engine_link(s->engine, &s->places, "babble", !s->babble,
                                 &now, fx, &why);
        }
        if (st == OK)
                st = engine_tick(s->engine, &s->places, &now, fx, &why);
        return finish(s, r, fx, st, &why, e);
}
