/* Tests of alerts/rerun.c: a run over part of the data says what one over
 * all of it says. */
#include "chance.h"
#include "world.h"

#include "alerts/rerun.h"

#define SLOTS 300

static const struct {
        const char *yellow, *red;
} rules[] = {
        {"Z >= 9 m", "Z >= 10 m"},
        {"sum(rain, 30min) >= 20 mm", "sum(rain, 1h) >= 60 mm"},
        {"max(Z, 20min) >= 9 m and sum(rain, 20min) >= 5 mm", "Z >= 11 m"},
        {"", ""}, /* a sum of rain of the older kind */
};

static void rain(struct world *w, double minute, int64_t milli)
{
        struct rain_slot s = {.station = RIVER,
                              .begin_us = at(minute - 5),
                              .end_us = at(minute),
                              .amount_milli = milli,
                              .source = ELEMENT_PN05,
                              .seq = w->m.seq};

        world_now(w, minute);
        world_keep(w, engine_rain(w->g, &w->places, &s, &w->m, &w->fx, &w->e));
}

static void put_in_force(struct world *w, uint32_t rule, enum hazard h,
                         int64_t hold_us)
{
        struct rule r = one_rule(h, rules[rule].yellow, rules[rule].red);

        r.hysteresis_milli = 100;
        r.hold_us = hold_us;
        if (!rules[rule].yellow[0]) {
                r.kind = RULE_RAIN_SUM;
                r.line[0].value_milli = 20000;
                r.line[0].window_us = HOUR_US / 2;
                r.line[1].value_milli = 60000;
                r.line[1].window_us = HOUR_US;
        }
        world_rule(w, &r);
}

/* Floods and showers of random length, with holes. The rule that is run
 * again held longer while they came, so that its episodes cover several of
 * its spans; or it was not there, and there are none. */
static void play(struct world *w, uint32_t calm)
{
        uint32_t rule = chance(sizeof rules / sizeof *rules), left = 0;
        int64_t hold_us = (int64_t)chance(4) * 10 * MINUTE_US;
        bool high = false, raised = chance(2);

        world_begin(w, "guangdong");
        put_in_force(w, rule, raised ? HAZARD_FLOOD : HAZARD_WIND, 2 * HOUR_US);
        for (int i = 1; i <= SLOTS; i++) {
                if (left-- == 0) {
                        high = !high;
                        left = chance(high ? 6 : calm);
                }
                if (chance(30))
                        level(w, 5 * i, 8500 + chance(high ? 3000 : 480));
                if (chance(30))
                        rain(w, 5 * i, high ? chance(15000) : 0);
        }
        put_in_force(w, rule, HAZARD_FLOOD, hold_us);
}

/* The span of all that begins then; NULL: it has none. */
static const struct span *same(const struct run *all, const struct span *x)
{
        for (uint32_t i = 0; i < all->n; i++)
                if (all->span[i].begin_us == x->begin_us)
                        return &all->span[i];
        return NULL;
}

static void compare(const struct run *all, const struct run *some,
                    int64_t from_us, int64_t until_us)
{
        uint32_t met = 0;

        for (uint32_t i = 0; i < some->n; i++) {
                const struct span *x = &some->span[i], *y = same(all, x);

                assert_non_null(y);
                assert_int_equal(x->end_us, y->end_us);
                assert_int_equal(x->peak.level, y->peak.level);
                assert_int_equal(x->first.value_milli, y->first.value_milli);
                met += y->begin_us <= until_us && y->end_us >= from_us;
        }
        for (uint32_t i = 0; i < all->n; i++)
                met -= all->span[i].begin_us <= until_us &&
                       all->span[i].end_us >= from_us;
        assert_int_equal(met, 0);
}

/* Of an episode that covers a span all others are known too. */
static void know_episodes(const struct world *w, const struct run *all,
                          const struct run *some)
{
        for (uint32_t e = 0; e < w->g->n_alerts; e++)
                for (uint32_t i = 0; i < some->n; i++)
                        if (w->g->alerts[e].hazard == HAZARD_FLOOD &&
                            rerun_overlaps(w->g, e, &some->span[i]))
                                for (uint32_t k = 0; k < all->n; k++)
                                        if (rerun_overlaps(w->g, e,
                                                           &all->span[k]))
                                                assert_non_null(same(
                                                        some, &all->span[k]));
}

static void same_track(const struct run *all, const struct run *some)
{
        for (uint32_t i = 0; i < all->rule->n_lines; i++) {
                const struct trigger *a = &all->track.line[i];
                const struct trigger *b = &some->track.line[i];

                assert_int_equal(a->on, b->on);
                assert_int_equal(a->on_us, b->on_us);
                assert_int_equal(a->below_us, b->below_us);
                assert_int_equal(a->value_milli, b->value_milli);
        }
}

/* Returns how many spans a part did not have to know. */
static uint32_t parts(struct world *w)
{
        struct subject *u = subject_known(w->g, RIVER);
        struct step s = {.g = w->g, .p = &w->places, .m = &w->m, .e = &w->e};
        static struct run all, some;
        uint32_t spared = 0;

        assert_int_equal(
                rerun(&all, &s, u, 0, NULL, INT64_MIN / 2, TIME_FOREVER), OK);
        for (int k = 0; k < 20; k++) {
                int64_t from_us = at(chance(5 * SLOTS));
                int64_t until_us = from_us + (int64_t)chance(90) * MINUTE_US;

                assert_int_equal(
                        rerun(&some, &s, u, 0, NULL, from_us, until_us), OK);
                compare(&all, &some, from_us, until_us);
                know_episodes(w, &all, &some);
                spared += all.n - some.n;
        }
        assert_int_equal(
                rerun(&some, &s, u, 0, NULL, at(5 * SLOTS), TIME_FOREVER), OK);
        same_track(&all, &some);
        return spared;
}

TEST(a_part_says_what_all_says_and_knows_less)
{
        uint32_t spared = 0;
        struct world w;

        for (seed = 1; seed < 5000; seed += 97) {
                uint32_t began = seed;

                play(&w, 4 + chance(60));
                spared += parts(&w);
                world_end(&w);
                seed = began;
        }
        CHECK(spared > 1000);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_part_says_what_all_says_and_knows_less),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
