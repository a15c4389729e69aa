/* schemas/effect.c -- what one step of the pipeline changed. */
#include "schemas/effect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void effects_init(struct effects *fx)
{
        memset(fx, 0, sizeof *fx);
}

void effects_clear(struct effects *fx)
{
        uint32_t i;

        for (i = 0; i < fx->n_refused; i++)
                free(fx->refused[i].raw);
        for (i = 0; i < fx->n_attachment; i++)
                free(fx->attachment[i].bytes);
#define X(type, name) fx->n_##name = 0;
        EFFECT_LISTS(X)
#undef X
        fx->failed = false;
}

void effects_done(struct effects *fx)
{
        effects_clear(fx);
#define X(type, name) free(fx->name);
        EFFECT_LISTS(X)
#undef X
        effects_init(fx);
}

static bool grow(void **at, uint32_t n, uint32_t *cap, size_t size)
{
        uint32_t want = *cap ? *cap * 2 : 16;
        void *more;

        if (n < *cap)
                return true;
        more = realloc(*at, want * size);
        if (!more)
                return false;
        *at = more;
        *cap = want;
        return true;
}

#define X(type, name)                                                          \
        void effects_push_##name(struct effects *fx, const type *item)         \
        {                                                                      \
                void *at = fx->name;                                           \
                if (!grow(&at, fx->n_##name, &fx->cap_##name, sizeof(type))) { \
                        fx->failed = true;                                     \
                        return;                                                \
                }                                                              \
                fx->name = at;                                                 \
                fx->name[fx->n_##name++] = *item;                              \
        }
EFFECT_LISTS(X)
#undef X

void effects_refuse(struct effects *fx, uint64_t seq, enum status reason,
                    const char *detail, struct text topic, struct text raw)
{
        struct refused r = {.seq = seq, .reason = reason};
        uint32_t before = fx->n_refused;
        size_t n = topic.n < sizeof r.topic - 1 ? topic.n : sizeof r.topic - 1;

        snprintf(r.detail, sizeof r.detail, "%s", detail);
        if (n)
                memcpy(r.topic, topic.p, n);
        r.raw = malloc(raw.n ? raw.n : 1);
        if (!r.raw) {
                fx->failed = true;
                return;
        }
        if (raw.n)
                memcpy(r.raw, raw.p, raw.n);
        r.n_raw = raw.n;
        effects_push_refused(fx, &r);
        if (fx->n_refused == before)
                free(r.raw); /* no memory for one more */
}

void effects_attach(struct effects *fx, const struct attachment *a,
                    struct text bytes)
{
        struct attachment x = *a;
        uint32_t before = fx->n_attachment;

        x.bytes = malloc(bytes.n ? bytes.n : 1);
        if (!x.bytes) {
                fx->failed = true;
                return;
        }
        if (bytes.n)
                memcpy(x.bytes, bytes.p, bytes.n);
        x.n = bytes.n;
        effects_push_attachment(fx, &x);
        if (fx->n_attachment == before)
                free(x.bytes); /* no memory for one more */
}
