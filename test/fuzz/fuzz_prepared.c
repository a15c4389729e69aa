/* test/fuzz/fuzz_prepared.c -- any bytes as the items of a day file.
 *
 * What is read must lie within its bounds, and what is written again from
 * it must be read to the same. */
#include <stdlib.h>
#include <string.h>

#include "schemas/hash.h"
#include "schemas/prepared.h"

/* Of all items: one number. */
static uint64_t digest(struct text bytes, struct buf *again)
{
        struct prepared_in in = prepared_read(bytes);
        struct prepared_out out = {.b = again};
        struct prepared_item x;
        struct effects fx;
        struct err e = {0};
        uint64_t h = HASH_64;
        uint32_t i;

        effects_init(&fx);
        while (prepared_next(&in, &x, &fx, &e) == OK && !fx.failed) {
                h = hash_64_add(h, &x.r.seq, sizeof x.r.seq);
                h = hash_64_add(h, &x.r.real_us, sizeof x.r.real_us);
                h = hash_64_add(h, &x.r.kind, sizeof x.r.kind);
                h = hash_64_add(h, x.r.body.p, x.r.body.n);
                h = hash_64_add(h, &x.engine_us, sizeof x.engine_us);
                h = hash_64_add(h, &x.babble, sizeof x.babble);
                for (i = 0; i < fx.n_observation; i++) {
                        if (fx.observation[i].element >= ELEMENT_count)
                                abort();
                        h = hash_64_add(h, &fx.observation[i].value_milli, 8);
                        h = hash_64_add(h, &fx.observation[i].time_us, 8);
                }
                for (i = 0; i < fx.n_rain; i++) {
                        if (fx.rain[i].begin_us >= fx.rain[i].end_us)
                                abort();
                        h = hash_64_add(h, &fx.rain[i].end_us, 8);
                        h = hash_64_add(h, &fx.rain[i].amount_milli, 8);
                }
                if (again && x.is_values)
                        prepared_put_values(&out, x.r.seq, x.r.real_us, &fx);
                else if (again && x.is_tick)
                        prepared_put_tick(&out, x.r.seq, x.engine_us,
                                          x.r.real_us, x.babble);
                else if (again)
                        prepared_put_record(&out, &x.r);
                effects_clear(&fx);
        }
        effects_done(&fx);
        return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text t = {(const char *)data, size};
        struct buf again = {.limit = 1u << 24};
        uint64_t h = digest(t, &again);

        if (!again.failed && digest(buf_as_text(&again), NULL) != h)
                abort();
        buf_done(&again);
        return 0;
}
