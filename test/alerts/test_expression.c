/* Tests of alerts/expression.c: rules of expressions in the engine. */
#include "chance.h"
#include "world.h"

static void river_slot(struct world *w, double minutes, int64_t milli)
{
        struct rain_slot s = {RIVER,        at(minutes - 5), at(minutes), milli,
                              ELEMENT_PN05, w->m.seq,        false,       0};

        world_now(w, minutes);
        world_keep(w, engine_rain(w->g, &w->places, &s, &w->m, &w->fx, &w->e));
}

TEST(two_elements_make_one_rule)
{
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        put_rule(&w, "Z >= 8 m and sum(rain, 10min) >= 4 mm", NULL, 0, 0);
        level(&w, 0, 9000);
        river_slot(&w, 5, 2000);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 0); /* half of the sum is missing */
        river_slot(&w, 10, 2000);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        a = last(&w, HAZARD_FLOOD);
        CHECK_EQ(a->observed_us, at(10));
        CHECK_EQ(a->value_milli, 9000);
        CHECK_EQ(a->element, ELEMENT_Z);
        level(&w, 15, 7000);
        CHECK(!live(last(&w, HAZARD_FLOOD)));
        world_end(&w);
}

TEST(a_value_that_is_held_too_long_ends_nothing)
{
        struct world w;

        world_begin(&w, "guangdong");
        put_rule(&w, "Z >= 8 m and sum(rain, 5min) >= 1 mm", NULL, 0, 0);
        level(&w, 0, 9000);
        river_slot(&w, 5, 2000);
        CHECK(live(last(&w, HAZARD_FLOOD)));
        for (int t = 65; t < 100; t += 5) /* Z is an hour old and more */
                river_slot(&w, t, 2000);
        CHECK(live(last(&w, HAZARD_FLOOD)));
        river_slot(&w, 100, 0); /* and no rain is no, whatever Z is */
        CHECK(!live(last(&w, HAZARD_FLOOD)));
        world_end(&w);
}

TEST(hysteresis_and_hold_are_as_for_every_rule)
{
        struct world w;

        world_begin(&w, "guangdong");
        put_rule(&w, "Z >= station.WRZ", "Z >= station.GRZ", 50,
                 30 * MINUTE_US);
        level(&w, 0, 9000);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->level, LEVEL_YELLOW);
        level(&w, 5, 10000);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->level, LEVEL_RED);
        level(&w, 10, 9950); /* within the hysteresis */
        level(&w, 60, 9950);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->level, LEVEL_RED);
        level(&w, 70, 9949);
        level(&w, 99, 9949);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->level, LEVEL_RED);
        level(&w, 100, 9949);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->level, LEVEL_YELLOW);
        world_end(&w);
}

TEST(a_late_value_makes_an_episode_born_ended)
{
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        put_rule(&w, "rate(Z, 10min) >= 3 m/h", NULL, 0, 0);
        for (int t = 0; t <= 60; t += 5)
                if (t != 30)
                        level(&w, t, 8000);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 0);
        level(&w, 30, 8500);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        a = last(&w, HAZARD_FLOOD);
        CHECK(a->late);
        CHECK_EQ(a->observed_us, at(30));
        CHECK_EQ(a->ended_us, at(35));
        world_end(&w);
}

TEST(a_window_that_fills_late_is_judged_when_it_was_full)
{
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        put_rule(&w, "sum(rain, 15min) >= 30 mm", NULL, 0, 0);
        for (int t = 5; t <= 120; t += 5)
                if (t != 20)
                        slot(&w, t, t <= 30 ? 10000 : 0);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1); /* 5, 10 and 15 */
        CHECK_EQ(last(&w, HAZARD_FLOOD)->observed_us, at(15));
        slot(&w, 20, 10000); /* the flood had gone on until 30 */
        engine_alerts(w.g, &a);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        CHECK_EQ(a[0].state, ALERT_ENDED);
        world_end(&w);
}

TEST(a_station_without_the_level_is_not_compared)
{
        struct station_standing s;
        struct world w;

        world_begin(&w, "guangdong");
        put_rule(&w, "Z >= station.WRZ", NULL, 0, 0);
        value(&w, BARE, ELEMENT_Z, 0, 99000);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 0);
        engine_standing(w.g, &w.places, BARE, at(0), &s);
        CHECK_EQ(s.standing, STANDING_NO_THRESHOLD);
        level(&w, 0, 8000);
        engine_standing(w.g, &w.places, RIVER, at(0), &s);
        CHECK_EQ(s.standing, STANDING_NORMAL);
        world_end(&w);
}

TEST(a_limit_that_is_taken_away_lets_go)
{
        struct world w;

        world_begin(&w, "guangdong");
        put_rule(&w, "Z >= 100 m and Z >= station.FSLTDZ", NULL, 2000, 0);
        value(&w, DAM, ELEMENT_Z, 0, 115000);
        CHECK(live(last(&w, HAZARD_FLOOD)));
        w.places.stations[DAM].n_seasons = 0;
        value(&w, DAM, ELEMENT_Z, 5, 99000); /* eased it would be 101 m */
        CHECK(!live(last(&w, HAZARD_FLOOD)));
        world_end(&w);
}

TEST(a_set_with_a_mistake_changes_nothing)
{
        struct rule_set *set;
        struct rule_fault fault;
        struct world w;

        world_begin(&w, "guangdong");
        set = world_rule_set(&w, "guangdong");
        set->version = 99;
        set->rule[1].kind = RULE_EXPRESSION;
        snprintf(set->rule[1].line[0].when, WHEN_MAX, "Z >= 5");
        CHECK_EQ(engine_rules(w.g, set, &w.e), ERR_MISMATCH);
        CHECK(strstr(w.e.msg,
                     "rule reservoir-limit, white: \"5\" has no unit"));
        CHECK(engine_rule_set(w.g)->version != 99);
        CHECK_EQ(engine_rules_check(set, &fault, &w.e), ERR_MISMATCH);
        CHECK_EQ(fault.rule, 1);
        CHECK_EQ(fault.line, 0);
        CHECK_EQ(fault.at, 5);
        level(&w, 0, 9000);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        free(set);
        world_end(&w);
}

/* ---- the rules of each kind, said as expressions, do the same ---- */

static const char *base_word(enum line_base b)
{
        return b == LINE_NEAR ? "near" : line_base_name(b);
}

/* The line of a kind as an expression; false for kinds that have none. */
static bool say(const struct rule *r, struct rule_line *l)
{
        double v = (double)l->value_milli / 1000;

        switch (r->kind) {
        case RULE_RIVER_LEVEL:
        case RULE_RESERVOIR_LIMIT:
                snprintf(l->when, WHEN_MAX, "Z >= station.%s",
                         base_word(l->base));
                return true;
        case RULE_RAIN_SUM:
                snprintf(l->when, WHEN_MAX, "sum(rain, %gmin) >= %g mm",
                         (double)l->window_us / MINUTE_US, v);
                return true;
        case RULE_WIND:
                snprintf(l->when, WHEN_MAX, "%s >= %g m/s",
                         r->gust ? "UG" : "US", v);
                return true;
        case RULE_SOIL:
                snprintf(l->when, WHEN_MAX, "%s <= %g %%",
                         element_name(r->element), v);
                return true;
        default:
                return false;
        }
}

static void say_all(struct rule_set *set)
{
        for (uint32_t i = 0; i < set->n_rules; i++) {
                struct rule *r = &set->rule[i];
                bool said = true;

                for (uint32_t k = 0; k < r->n_lines; k++)
                        said &= say(r, &r->line[k]);
                if (said)
                        r->kind = RULE_EXPRESSION;
        }
}

struct event {
        uint32_t station;
        enum element element; /* PN05: a slot */
        int minute;
        int64_t milli;
};

/* Every station sends each five minutes, with floods, bursts and holes. */
static uint32_t make_events(struct event *x)
{
        static const struct {
                uint32_t station;
                enum element element;
                int64_t low, high;
        } feeds[] = {{RIVER, ELEMENT_Z, 8500, 10500},
                     {DAM, ELEMENT_Z, 113500, 114500},
                     {GAUGE, ELEMENT_PN05, 0, 5000},
                     {MAST, ELEMENT_US, 8000, 36000},
                     {GUSTY, ELEMENT_US, 10000, 40000},
                     {FIELD, ELEMENT_M20, 25000, 70000}};
        uint32_t n = 0;

        for (size_t f = 0; f < sizeof feeds / sizeof *feeds; f++) {
                int64_t span = feeds[f].high - feeds[f].low;
                int64_t around = feeds[f].low;

                for (int t = 5; t <= 1200; t += 5) {
                        if (chance(12) == 0)
                                around = feeds[f].low +
                                         (int64_t)chance((uint32_t)span);
                        if (chance(15) == 0)
                                continue;
                        x[n++] = (struct event){
                                feeds[f].station, feeds[f].element, t,
                                around + chance((uint32_t)span / 10)};
                }
        }
        return n;
}

/* Mostly in order, some of it up to ten hours late, some twice. */
static void disorder(struct event *x, uint32_t n)
{
        for (uint32_t i = 0; i < n; i++) {
                uint32_t far = chance(5) == 0 ? 600 : 20;
                uint32_t k = i + chance(far);

                if (k < n) {
                        struct event tmp = x[i];

                        x[i] = x[k];
                        x[k] = tmp;
                }
                if (chance(30) == 0 && i > 0)
                        x[i] = x[i - 1];
        }
}

static int by_time(const void *a, const void *b)
{
        const struct event *x = a, *y = b;

        if (x->minute != y->minute)
                return x->minute - y->minute;
        return (int)x->station - (int)y->station;
}

static void give(struct world *w, const struct event *x)
{
        if (x->element == ELEMENT_PN05)
                slot(w, x->minute, x->milli);
        else
                value(w, x->station, x->element, x->minute, x->milli);
        if (w->m.seq % 40 == 0)
                tick(w, x->minute);
}

static void same_alerts(struct world *a, struct world *b, uint32_t start)
{
        assert_int_equal(a->n_log, b->n_log);
        for (uint32_t i = 0; i < a->n_log; i++) {
                const struct alert_change *x = &a->log[i], *y = &b->log[i];

                if (strcmp(x->alert.id, y->alert.id) ||
                    x->transition.kind != y->transition.kind ||
                    x->alert.level != y->alert.level ||
                    x->alert.level_peak != y->alert.level_peak ||
                    x->alert.value_milli != y->alert.value_milli ||
                    x->alert.threshold_milli != y->alert.threshold_milli ||
                    x->alert.element != y->alert.element ||
                    x->alert.window_us != y->alert.window_us ||
                    x->alert.ended_us != y->alert.ended_us ||
                    x->alert.n_evidence != y->alert.n_evidence ||
                    strcmp(x->alert.merged_into, y->alert.merged_into))
                        fail_msg("seed %u, change %u: %s %d, %s %d", start, i,
                                 x->alert.id, x->alert.level, y->alert.id,
                                 y->alert.level);
        }
}

TEST(kinds_said_as_expressions_raise_the_same_alerts)
{
        static struct event x[2000];
        uint32_t alerts = 0;

        for (uint32_t round = 1; round <= 60; round++) {
                struct world kinds, said;
                struct rule_set *set;
                uint32_t n;

                seed = round * 7919;
                n = make_events(x);
                qsort(x, n, sizeof *x, by_time);
                if (round % 3)
                        disorder(x, n);
                world_begin(&kinds, "no-cluster");
                world_begin(&said, "no-cluster");
                set = world_rule_set(&said, "no-cluster");
                say_all(set);
                if (engine_rules(said.g, set, &said.e) != OK)
                        fail_msg("%s", said.e.msg);
                free(set);
                for (uint32_t i = 0; i < n; i++) {
                        give(&kinds, &x[i]);
                        give(&said, &x[i]);
                        if (i % 500 == 499)
                                world_restart(&said);
                }
                same_alerts(&kinds, &said, round);
                alerts += kinds.n_log;
                world_end(&kinds);
                world_end(&said);
        }
        CHECK(alerts > 3000);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(two_elements_make_one_rule),
                RUN(a_value_that_is_held_too_long_ends_nothing),
                RUN(hysteresis_and_hold_are_as_for_every_rule),
                RUN(a_late_value_makes_an_episode_born_ended),
                RUN(a_window_that_fills_late_is_judged_when_it_was_full),
                RUN(a_station_without_the_level_is_not_compared),
                RUN(a_limit_that_is_taken_away_lets_go),
                RUN(a_set_with_a_mistake_changes_nothing),
                RUN(kinds_said_as_expressions_raise_the_same_alerts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
