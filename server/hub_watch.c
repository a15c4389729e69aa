/* server/hub_watch.c -- what changes on the map without a record of its own:
 * a station grows stale, a forecast's line passes, a link goes down.
 *
 * Thread: the loop. */
#include "server/hub_inside.h"

#include <stdlib.h>

#define SWEEP_TICKS 40  /* of a quarter of a second: a round of many */
#define SWEEP_LEAST 500 /* stations per tick */

void hub_watch_links(struct hub *h)
{
        const struct state *s = hub_state(h);

        for (int i = 0; i < link_count; i++) {
                if (s->link_up[i] == h->link_up[i])
                        continue;
                h->link_up[i] = s->link_up[i];
                h->link_since_us[i] = s->real_us;
        }
}

static void count_standing(struct hub *h, const struct shown *s, int by)
{
        if (s->standing == STANDING_STALE)
                h->stats.stale += (uint32_t)by;
        if (s->standing == STANDING_SILENT)
                h->stats.silent += (uint32_t)by;
}

static bool grow_shown(struct hub *h, uint32_t n)
{
        struct shown *p;

        if (n <= h->n_shown)
                return true;
        p = realloc(h->shown, n * sizeof(*p));
        if (!p)
                return false;
        for (uint32_t i = h->n_shown; i < n; i++)
                p[i] = (struct shown){.standing = STANDING_NO_DATA,
                                      .next_us = TIME_NONE};
        h->shown = p;
        h->n_shown = n;
        return true;
}

static void look_at(struct hub *h, uint32_t i, int64_t now)
{
        const struct state *s = hub_state(h);
        struct station_standing st = {.next_us = TIME_NONE};
        struct shown is;

        engine_standing(s->engine, &s->places, i, now, &st);
        is = (struct shown){(uint8_t)st.standing, (uint8_t)st.level,
                            (uint8_t)st.level_forecast, (uint8_t)st.hazard,
                            st.next_us};
        if (is.standing == h->shown[i].standing &&
            is.level == h->shown[i].level &&
            is.level_forecast == h->shown[i].level_forecast &&
            is.hazard == h->shown[i].hazard &&
            is.next_us == h->shown[i].next_us)
                return;
        count_standing(h, &h->shown[i], -1);
        count_standing(h, &is, 1);
        h->shown[i] = is;
        if (!hub_marks_add(&h->changes.stations, i))
                h->changes.lost = true;
}

/* Those with a new value or alert at once.  A station becomes stale or its
 * forecast line passes without a record: a slice of all stations each tick,
 * so that a round takes ten seconds at most. */
void hub_watch_stations(struct hub *h)
{
        uint32_t n = hub_state(h)->places.n_stations, todo = n / SWEEP_TICKS;
        const struct marks *values = &h->changes.values;
        int64_t now = h->port->engine_now(h->port->self);
        uint32_t i, at, before = n;

        if (!grow_shown(h, n))
                return;
        for (i = 0; i < values->n; i++) {
                at = values->list[i] / VIEW_ELEMENTS;
                if (at != before)
                        look_at(h, at, now);
                before = at;
        }
        for (i = 0; i < h->alerted.n; i++)
                look_at(h, h->alerted.list[i], now);
        hub_marks_clear(&h->alerted);
        todo = todo > SWEEP_LEAST ? todo : SWEEP_LEAST;
        for (todo = todo < n ? todo : n; todo; todo--)
                look_at(h, h->sweep++ % n, now);
}
