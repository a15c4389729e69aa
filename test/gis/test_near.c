/* Tests of gis/near.c: the nearest stations, against a plain search. */
#include "check.h"

#include <math.h>

#include "gis/near.h"
#include "gis/zone.h"

static uint32_t rnd(uint32_t *x)
{
        *x = *x * 1664525u + 1013904223u;
        return *x >> 8;
}

static void put(struct places *p, struct near *n, uint32_t i, double lon,
                double lat, enum station_kind kind, bool active)
{
        struct station s = {.kind = kind, .active = active};
        struct err e = {0};
        uint32_t index;

        snprintf(s.code, sizeof s.code, "S%u", i);
        s.at = (struct point){lon, lat};
        if (places_put_station(p, &s, &index, &e) != OK ||
            gis_near_put(n, p, index, &e) != OK)
                fail_msg("%s", e.msg);
}

/* The same by looking at all. */
static void plain(const struct places *p, uint32_t station, double distance_m,
                  struct around *ret)
{
        uint32_t i, k;

        ret->n = 0;
        for (k = 0; k < AROUND_MAX; k++) {
                uint32_t best = NO_INDEX;
                double best_m = distance_m;

                for (i = 0; i < p->n_stations; i++) {
                        const struct station *s = &p->stations[i];
                        double m =
                                gis_distance_m(p->stations[station].at, s->at);
                        uint32_t j = 0;

                        while (j < ret->n && ret->station[j] != i)
                                j++;
                        if (i == station || j < ret->n || !s->active ||
                            s->kind == STATION_SOIL || m > best_m ||
                            (m == best_m && best != NO_INDEX))
                                continue;
                        best = i;
                        best_m = m;
                }
                if (best == NO_INDEX)
                        return;
                ret->station[ret->n] = best;
                ret->distance_m[ret->n++] = best_m;
        }
}

TEST(the_nearest_are_found)
{
        struct places p;
        struct near *n = NULL;
        struct err e = {0};
        struct around a, b;
        uint32_t x = 7, i, k, round;

        places_init(&p);
        CHECK_EQ(gis_near_create(&n, &e), OK);
        for (i = 0; i < 600; i++)
                put(&p, n, i, 110.2 + rnd(&x) % 9000 / 1e4,
                    21.4 + rnd(&x) % 9000 / 1e4,
                    rnd(&x) % 5 ? STATION_RAIN : STATION_SOIL, rnd(&x) % 9);
        for (round = 0; round < 3; round++) {
                for (i = 0; i < 600; i += 7) {
                        gis_near_find(n, &p, i, 12000, &a);
                        plain(&p, i, 12000, &b);
                        CHECK_EQ(a.n, b.n);
                        for (k = 0; k < a.n; k++)
                                CHECK_EQ(a.station[k], b.station[k]);
                }
                /* Stations move, fall silent, come back. */
                for (i = round; i < 600; i += 5)
                        put(&p, n, i, 110.2 + rnd(&x) % 9000 / 1e4,
                            21.4 + rnd(&x) % 9000 / 1e4, STATION_RAIN,
                            rnd(&x) % 3);
        }
        gis_near_free(n);
        places_done(&p);
}

TEST(nobody_is_near_nobody)
{
        struct places p;
        struct near *n = NULL;
        struct err e = {0};
        struct around a;

        places_init(&p);
        CHECK_EQ(gis_near_create(&n, &e), OK);
        put(&p, n, 0, 0, 0, STATION_RAIN, true); /* no place */
        put(&p, n, 1, 110.5, 21.5, STATION_RAIN, true);
        gis_near_find(n, &p, 1, 200000, &a);
        CHECK_EQ(a.n, 0);
        put(&p, n, 2, 110.5, 21.5, STATION_RAIN, true);
        gis_near_find(n, &p, 1, 200000, &a);
        CHECK_EQ(a.n, 1);
        CHECK_EQ(a.station[0], 2);
        gis_near_free(n);
        places_done(&p);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(the_nearest_are_found),
                RUN(nobody_is_near_nobody),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
