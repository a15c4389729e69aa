/* test/alerts/test_trace.c -- a rule at a station, instant by instant: yes,
 * no, cannot say, not set, as the engine itself judged. */
#include "world.h"

#include "alerts/trace.h"

struct seen {
        struct trace_point at[400];
        uint32_t n;
};

static struct seen seen;

static void keep(void *self, const struct trace_point *p)
{
        struct seen *s = self;

        assert_true(s->n < 400);
        s->at[s->n++] = *p;
}

static enum status trace(struct world *w, uint32_t station, const char *rule,
                         double from, double to)
{
        seen.n = 0;
        return engine_trace(w->g, &w->places, station, rule, at(from), at(to),
                            5 * MINUTE_US, keep, &seen, &w->e);
}

/* The line of a level at an instant that was asked for. */
static const struct trace_line *line(const struct world *w, const char *rule,
                                     enum level l, double minute)
{
        const struct rule_set *set = engine_rule_set(w->g);
        uint32_t i = 0, k = 0;

        while (strcmp(set->rule[i].id, rule) != 0)
                i++;
        while (set->rule[i].line[k].level != l)
                k++;
        for (uint32_t n = 0; n < seen.n; n++)
                if (seen.at[n].at_us == at(minute))
                        return &seen.at[n].line[k];
        fail_msg("nothing at %g", minute);
        return NULL;
}

TEST(a_level_against_its_threshold)
{
        struct world w;
        const struct trace_line *l;
        int64_t wrz;
        int i;

        world_begin(&w, "guangdong");
        wrz = w.places.stations[RIVER].wrz_milli;
        for (i = 0; i < 6; i++)
                level(&w, 5 * i, wrz - 100 + 50 * i);
        CHECK_EQ(trace(&w, RIVER, "river-level", -5, 200), OK);
        CHECK_EQ(seen.n, 42);
        l = line(&w, "river-level", LEVEL_YELLOW, 5);
        CHECK_EQ(l->answer, TRACE_NO);
        CHECK_EQ(l->value_milli, wrz - 50);
        CHECK_EQ(l->threshold_milli, wrz);
        CHECK_EQ(line(&w, "river-level", LEVEL_YELLOW, 10)->answer, TRACE_YES);
        CHECK(line(&w, "river-level", LEVEL_YELLOW, 10)->on);
        /* Nothing is known before the first value, nor long after the last. */
        l = line(&w, "river-level", LEVEL_YELLOW, -5);
        CHECK_EQ(l->answer, TRACE_CANNOT_SAY);
        CHECK(!l->has_value);
        CHECK_EQ(line(&w, "river-level", LEVEL_YELLOW, 80)->answer, TRACE_YES);
        l = line(&w, "river-level", LEVEL_YELLOW, 200);
        CHECK_EQ(l->answer, TRACE_CANNOT_SAY);
        CHECK(l->on); /* a silent gauge does not end it */
        world_end(&w);
}

TEST(a_line_stands_on_for_its_hysteresis_and_hold)
{
        struct world w;
        int64_t wrz;
        int i;

        world_begin(&w, "guangdong");
        wrz = w.places.stations[RIVER].wrz_milli;
        level(&w, 0, wrz + 10);
        for (i = 1; i < 40; i++)
                level(&w, 5 * i, wrz - 1000);
        CHECK_EQ(trace(&w, RIVER, "river-level", 0, 195), OK);
        CHECK_EQ(line(&w, "river-level", LEVEL_YELLOW, 5)->answer, TRACE_NO);
        CHECK(line(&w, "river-level", LEVEL_YELLOW, 5)->on);
        CHECK(!line(&w, "river-level", LEVEL_YELLOW, 195)->on);
        /* At each instant as the engine has it: it ended the alert. */
        CHECK_EQ(last(&w, HAZARD_FLOOD)->state, ALERT_ENDED);
        for (i = 1; line(&w, "river-level", LEVEL_YELLOW, 5 * i)->on; i++)
                ;
        CHECK_EQ(last(&w, HAZARD_FLOOD)->ended_us, at(5 * i));
        world_end(&w);
}

TEST(a_threshold_that_is_not_set)
{
        struct world w;

        world_begin(&w, "guangdong");
        value(&w, BARE, ELEMENT_Z, 0, 9000);
        CHECK_EQ(trace(&w, BARE, "river-level", 0, 5), OK);
        CHECK_EQ(line(&w, "river-level", LEVEL_YELLOW, 0)->answer,
                 TRACE_NOT_SET);
        world_end(&w);
}

TEST(a_sum_with_missing_slots_cannot_say_and_says_how_many)
{
        struct world w;
        const struct trace_line *l;
        int i;

        world_begin(&w, "guangdong");
        for (i = 1; i <= 36; i++)
                if (i < 10 || i > 17) /* 40 minutes are missing */
                        slot(&w, 5 * i, 1500);
        CHECK_EQ(trace(&w, GAUGE, "rain-sum", 0, 180), OK);
        l = line(&w, "rain-sum", LEVEL_ORANGE, 180);
        CHECK_EQ(l->answer, TRACE_CANNOT_SAY);
        CHECK_EQ(l->value_milli, 42000);
        CHECK_EQ(l->threshold_milli, 50000);
        CHECK_EQ(l->window_us, 180 * MINUTE_US);
        CHECK_EQ(l->missing_us, 40 * MINUTE_US);
        /* They come late: now it was reached at once. */
        for (i = 10; i <= 17; i++)
                slot(&w, 5 * i, 1500);
        CHECK_EQ(trace(&w, GAUGE, "rain-sum", 0, 180), OK);
        l = line(&w, "rain-sum", LEVEL_ORANGE, 180);
        CHECK_EQ(l->answer, TRACE_YES);
        CHECK_EQ(l->missing_us, 0);
        CHECK_EQ(line(&w, "rain-sum", LEVEL_ORANGE, 150)->answer,
                 TRACE_CANNOT_SAY); /* half an hour before the first slot */
        CHECK_EQ(line(&w, "rain-sum", LEVEL_ORANGE, 165)->answer, TRACE_NO);
        CHECK_EQ(line(&w, "rain-sum", LEVEL_ORANGE, 170)->answer, TRACE_YES);
        CHECK_EQ(count(&w, HAZARD_RAINSTORM), 1);
        /* What was told then is not written anew. */
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->observed_us, at(180));
        world_end(&w);
}

TEST(what_cannot_be_traced_is_refused_with_a_reason)
{
        struct world w;

        world_begin(&w, "guangdong");
        CHECK_EQ(trace(&w, RIVER, "river-level", 0, 10), ERR_MISMATCH);
        level(&w, 0, 9000);
        CHECK_EQ(trace(&w, RIVER, "none", 0, 10), ERR_UNKNOWN);
        CHECK_EQ(trace(&w, RIVER, "rain-sum", 0, 10), ERR_MISMATCH);
        CHECK_EQ(trace(&w, RIVER, "silence", 0, 10), ERR_UNSUPPORTED);
        CHECK_EQ(trace(&w, RIVER, "river-level", 10, 10), ERR_RANGE);
        CHECK_EQ(trace(&w, RIVER, "river-level", 0, 5 * 2001), ERR_RANGE);
        CHECK_EQ(seen.n, 0);
        world_end(&w);
}

TEST(an_expression_is_traced_as_it_is_judged)
{
        struct world w;
        struct rule_set *set = calloc(1, sizeof *set);
        struct rule *r = &set->rule[0];
        const struct trace_line *l;

        world_begin(&w, "guangdong");
        set->n_rules = r->n_lines = 1;
        snprintf(r->id, sizeof r->id, "x");
        r->kind = RULE_EXPRESSION;
        r->hazard = HAZARD_FLOOD;
        r->line[0].level = LEVEL_RED;
        snprintf(r->line[0].when, sizeof r->line[0].when,
                 "change(Z, 10min) >= 0.5 m");
        CHECK_EQ(engine_rules(w.g, set, &w.e), OK);
        level(&w, 0, 8000);
        level(&w, 5, 8100);
        level(&w, 10, 8600);
        CHECK_EQ(trace(&w, RIVER, "x", 0, 10), OK);
        l = line(&w, "x", LEVEL_RED, 10);
        CHECK_EQ(l->answer, TRACE_YES);
        CHECK_EQ(l->value_milli, 600);
        CHECK_EQ(l->threshold_milli, 500);
        l = line(&w, "x", LEVEL_RED, 0);
        CHECK_EQ(l->answer, TRACE_CANNOT_SAY);
        CHECK(!l->has_value);
        free(set);
        world_end(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_level_against_its_threshold),
                RUN(a_line_stands_on_for_its_hysteresis_and_hold),
                RUN(a_threshold_that_is_not_set),
                RUN(a_sum_with_missing_slots_cannot_say_and_says_how_many),
                RUN(what_cannot_be_traced_is_refused_with_a_reason),
                RUN(an_expression_is_traced_as_it_is_judged),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
