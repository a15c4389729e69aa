/* Tests of alerts/calls.c: the thickest crowd of calls, against counting
 * each call's neighbours one by one. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include "alerts/inside.h"
#include "chance.h"

#define AT_US (1000 * HOUR_US)

static void scatter(struct engine *g, uint32_t n, double spread_deg,
                    double lat_deg)
{
        uint32_t i;

        g->n_calls = n;
        for (i = 0; i < n; i++) {
                struct call *c = &g->calls[i];

                *c = (struct call){
                        .opened_us = AT_US - (int64_t)chance(7200) * SECOND_US,
                        .people = -1,
                        .has_point = chance(50) != 0,
                        .lon_e7 = 1109000000 +
                                  (int64_t)(spread_deg *
                                            (double)chance(10000000)),
                        .lat_e7 = (int64_t)(lat_deg * 1e7) +
                                  (int64_t)(spread_deg *
                                            (double)chance(10000000))};
                snprintf(c->county, sizeof c->county, "%s",
                         chance(3) ? "440981" : "440982");
        }
}

/* As one would count on a map. */
static int64_t plainly(const struct engine *g, const char *zone,
                       int64_t window_us, int64_t m)
{
        int64_t most = 0, n;
        uint32_t i;

        for (i = 0; i < g->n_calls; i++) {
                const struct call *c = &g->calls[i];
                struct point at = {(double)c->lon_e7 / 1e7,
                                   (double)c->lat_e7 / 1e7};

                if (!c->has_point || c->opened_us <= AT_US - window_us ||
                    (zone[5] == '1') != (c->county[5] == '1'))
                        continue;
                n = calls_near(g, at, AT_US, window_us, m);
                most = n > most ? n : most;
        }
        return most;
}

TEST(the_grid_counts_as_one_would_by_hand)
{
        static const int64_t metres[] = {0, 1, 50, 500, 2000, 30000, 300000};
        static const double spread[] = {0.0001, 0.01, 0.3, 5};
        static const double lat[] = {-0.2, 21.6, -62, 79};
        struct engine g = {.n_calls = 0};
        uint32_t i, k, l, seen = 0;

        seed = 41;
        g.calls = calloc(CALLS_MAX, sizeof *g.calls);
        assert_non_null(g.calls);
        for (i = 0; i < 4; i++)
                for (k = 0; k < 4; k++)
                        for (l = 0; l < 7; l++) {
                                int64_t n;

                                scatter(&g, 40 + chance(200), spread[i],
                                        lat[k]);
                                n = calls_crowd(&g, "440981", AT_US, HOUR_US,
                                                metres[l]);
                                CHECK_EQ(n, plainly(&g, "440981", HOUR_US,
                                                    metres[l]));
                                seen += n > 1;
                        }
        CHECK(seen > 40);
        free(g.calls);
}

TEST(all_calls_that_are_kept_are_counted)
{
        struct engine g = {.n_calls = 0};

        seed = 41;
        g.calls = calloc(CALLS_MAX, sizeof *g.calls);
        assert_non_null(g.calls);
        scatter(&g, CALLS_MAX, 1, 21);
        CHECK_EQ(calls_crowd(&g, "440981", AT_US, 72 * HOUR_US, 2000),
                 plainly(&g, "440981", 72 * HOUR_US, 2000));
        g.n_calls = 0;
        CHECK_EQ(calls_crowd(&g, "440981", AT_US, HOUR_US, 2000), 0);
        free(g.calls);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(the_grid_counts_as_one_would_by_hand),
                RUN(all_calls_that_are_kept_are_counted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
