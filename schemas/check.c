/* schemas/check.c -- a check table: nothing set, to bytes and back. */
#include "schemas/check.h"

#include <string.h>

static const struct check_element nothing = {
        LEVEL_UNSET, LEVEL_UNSET, LEVEL_UNSET, LEVEL_UNSET, LEVEL_UNSET, 0};

void check_table_clear(struct check_table *t)
{
        memset(t, 0, sizeof *t);
        for (int i = 0; i < ELEMENT_count; i++)
                t->element[i] = nothing;
}

static void save_element(const struct check_element *x, struct buf *b)
{
        pack_i64(b, x->low_milli);
        pack_i64(b, x->high_milli);
        pack_i64(b, x->step_milli);
        pack_i64(b, x->rate_milli);
        pack_i64(b, x->spike_milli);
        pack_i64(b, x->stuck_us);
}

static void load_element(struct check_element *x, struct unpack *u)
{
        x->low_milli = unpack_i64(u);
        x->high_milli = unpack_i64(u);
        x->step_milli = unpack_i64(u);
        x->rate_milli = unpack_i64(u);
        x->spike_milli = unpack_i64(u);
        x->stuck_us = unpack_i64(u);
}

void check_table_save(const struct check_table *t, struct buf *b)
{
        uint32_t i, n = 0;

        pack_str(b, t->name);
        pack_u32(b, t->version);
        pack_i64(b, t->ahead_us);
        pack_i64(b, t->behind_us);
        pack_i64(b, t->gap_us);
        pack_i64(b, t->rate_least_us);
        pack_i64(b, t->babble_window_us);
        pack_u32(b, t->babble_times);
        pack_u32(b, t->babble_least);
        for (i = 0; i < ELEMENT_count; i++)
                n += memcmp(&t->element[i], &nothing, sizeof nothing) != 0;
        pack_u32(b, n);
        for (i = 0; i < ELEMENT_count; i++) {
                if (memcmp(&t->element[i], &nothing, sizeof nothing) == 0)
                        continue;
                pack_str(b, element_name((enum element)i));
                save_element(&t->element[i], b);
        }
        pack_i64(b, t->around_m);
        pack_u32(b, t->around_least);
        pack_u32(b, t->n_windows);
        for (i = 0; i < t->n_windows; i++) {
                pack_i64(b, t->window[i].window_us);
                pack_i64(b, t->window[i].dry_milli);
                pack_i64(b, t->window[i].wet_milli);
                pack_i64(b, t->window[i].pour_milli);
                pack_i64(b, t->window[i].quiet_milli);
        }
}

static void load_windows(struct check_table *t, struct unpack *u)
{
        uint32_t i;

        t->n_windows = unpack_count(u, 40);
        if (t->n_windows > CHECK_WINDOWS_MAX) {
                u->failed = true;
                t->n_windows = 0;
        }
        for (i = 0; i < t->n_windows; i++) {
                t->window[i].window_us = unpack_i64(u);
                t->window[i].dry_milli = unpack_i64(u);
                t->window[i].wet_milli = unpack_i64(u);
                t->window[i].pour_milli = unpack_i64(u);
                t->window[i].quiet_milli = unpack_i64(u);
        }
}

void check_table_load(struct check_table *t, struct unpack *u)
{
        enum element element;
        uint32_t i, n;

        check_table_clear(t);
        unpack_str(u, t->name, sizeof t->name);
        t->version = unpack_u32(u);
        t->ahead_us = unpack_i64(u);
        t->behind_us = unpack_i64(u);
        t->gap_us = unpack_i64(u);
        t->rate_least_us = unpack_i64(u);
        t->babble_window_us = unpack_i64(u);
        t->babble_times = unpack_u32(u);
        t->babble_least = unpack_u32(u);
        n = unpack_count(u, 52);
        for (i = 0; i < n && !u->failed; i++) {
                if (element_from(unpack_text(u), &element))
                        load_element(&t->element[element], u);
                else
                        u->failed = true;
        }
        t->around_m = unpack_i64(u);
        t->around_least = unpack_u32(u);
        load_windows(t, u);
}
