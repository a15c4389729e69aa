/* server/hub_watch.c -- what changes on the map without a record of its own:
 * a station grows stale, a forecast's line passes, a link goes down.
 *
 * Thread: the loop. */
#include "server/hub_inside.h"

#include <stdlib.h>

#define SWEEP_STATIONS 4000u /* per tick */

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

/* A station becomes stale or its forecast line passes without a record:
 * look at a slice of all stations each tick. */
void hub_watch_stations(struct hub *h)
{
        const struct state *s = hub_state(h);
        uint32_t n = s->places.n_stations;
        uint32_t todo = n < SWEEP_STATIONS ? n : SWEEP_STATIONS;
        int64_t now = h->port->engine_now(h->port->self);

        if (!grow_shown(h, n))
                return;
        for (; todo; todo--) {
                uint32_t i = h->sweep++ % n;
                struct station_standing st = {.next_us = TIME_NONE};
                struct shown is;

                engine_standing(s->engine, &s->places, i, now, &st);
                is = (struct shown){(uint8_t)st.standing, (uint8_t)st.level,
                                    (uint8_t)st.level_forecast,
                                    (uint8_t)st.hazard, st.next_us};
                if (is.standing == h->shown[i].standing &&
                    is.level == h->shown[i].level &&
                    is.level_forecast == h->shown[i].level_forecast &&
                    is.hazard == h->shown[i].hazard &&
                    is.next_us == h->shown[i].next_us)
                        continue;
                count_standing(h, &h->shown[i], -1);
                count_standing(h, &is, 1);
                h->shown[i] = is;
                if (!hub_marks_add(&h->changes.stations, i))
                        h->changes.lost = true;
        }
}
