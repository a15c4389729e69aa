/* sensors/babble.c -- stations that say the same far more often than they
 * should. */
#include "sensors/babble.h"

/* How many needless messages a window may hold. */
static uint64_t allowed(const struct check_table *c, int64_t interval_us)
{
        uint64_t n = 0;

        if (interval_us > 0)
                n = (uint64_t)(c->babble_window_us / interval_us) *
                    c->babble_times;
        return n > c->babble_least ? n : c->babble_least;
}

void babble_count(struct book_facts *f, const struct check_table *c,
                  int64_t interval_us, int64_t now_us)
{
        uint32_t now_s = (uint32_t)(now_us / SECOND_US);
        uint32_t window_s = (uint32_t)(c->babble_window_us / SECOND_US);

        f->needless++;
        if (window_s == 0)
                return;
        if (f->babble_from_s == 0 || now_s < f->babble_from_s ||
            now_s - f->babble_from_s >= window_s) {
                f->babble_from_s = now_s;
                f->babble_n = 0;
        }
        if (++f->babble_n > allowed(c, interval_us))
                f->babble_s = now_s;
}

bool babble_lasts(uint32_t babble_s, const struct check_table *c,
                  int64_t now_us)
{
        return babble_s != 0 && c->babble_window_us > 0 &&
               now_us - babble_s * SECOND_US < c->babble_window_us;
}

bool babble_now(const struct book_facts *f, const struct check_table *c,
                int64_t now_us)
{
        return babble_lasts(f->babble_s, c, now_us);
}

uint32_t babble_latest_s(const struct book *b)
{
        const struct book_facts *f;
        uint32_t i, latest_s = 0;

        for (i = 0; i < b->stations.n; i++) {
                f = book_find(b, i);
                if (f && f->babble_s > latest_s)
                        latest_s = f->babble_s;
        }
        return latest_s;
}
