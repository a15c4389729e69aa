/* Tests of alerts/observe.c: what is not judged would have changed nothing. */
#include "chance.h"
#include "world.h"

#include "alerts/inside.h"

#define SLOTS 500

/* The season of the last begins in the middle of the play. */
static const struct {
        const char *yellow, *red;
} rules[] = {
        {"", ""}, /* a sum of rain of the older kind */
        {"sum(rain, 30min) >= 20 mm", "sum(rain, 1h) > 60 mm"},
        {"sum(rain, 3h) >= 30 mm and sum(rain, 30min) >= 10 mm",
         "sum(rain, 24h) + sum(rain, 1h) >= 150 mm"},
        {"sum(rain, 1h) <= 5 mm", "sum(rain, 3h) < 1 mm"},
        {"5 mm >= sum(rain, 1h)", "1 mm > sum(rain, 3h)"},
        {"not (sum(rain, 1h) >= 5 mm)", "not (sum(rain, 3h) >= 1 mm)"},
        {"sum(rain, 24h) - 2 * sum(rain, 1h) >= 10 mm",
         "sum(rain, 24h) >= 400 mm"},
        {"sum(rain, 6h) >= 20 mm and season(10-20, 10-25)",
         "sum(rain, 24h) >= 400 mm"},
};

static void put_in_force(struct world *w, uint32_t rule, int64_t hold_us,
                         int64_t limit_milli)
{
        struct rule r =
                one_rule(HAZARD_RAINSTORM, rules[rule].yellow, rules[rule].red);

        r.hold_us = hold_us;
        if (!rules[rule].yellow[0]) {
                r.kind = RULE_RAIN_SUM;
                r.line[0].value_milli = limit_milli;
                r.line[0].window_us = HOUR_US;
                r.line[1].value_milli = 3 * limit_milli;
                r.line[1].window_us = 3 * HOUR_US;
        }
        world_rule(w, &r);
}

/* Two worlds of the same data: the second has forgotten, at each slot, that
 * it judged before. */
struct pair {
        struct world with, without;
        int64_t hold_us;
        uint32_t rule;
        uint32_t seen; /* changes that are compared already */
};

static void give(struct pair *p, double minute, int64_t milli)
{
        struct subject *u = subject_known(p->without.g, GAUGE);

        slot(&p->with, minute, milli);
        for (uint32_t i = 0; u && i < u->n_tracks; i++)
                u->tracks[i].judged_us = TIME_NONE;
        slot(&p->without, minute, milli);
}

static void same(struct pair *p, uint32_t began, int i)
{
        const struct world *a = &p->with, *b = &p->without;

        for (uint32_t k = p->seen; k < a->n_log || k < b->n_log; k++) {
                const struct alert_change *x = &a->log[k], *y = &b->log[k];

                if (k >= a->n_log || k >= b->n_log ||
                    strcmp(x->alert.id, y->alert.id) ||
                    x->transition.kind != y->transition.kind ||
                    x->alert.level != y->alert.level ||
                    x->alert.ended_us != y->alert.ended_us)
                        fail_msg("seed %u, rule %u, slot %d, change %u", began,
                                 p->rule, i, k);
        }
        p->seen = a->n_log;
        assert_int_equal(subject_known(a->g, GAUGE)->unsure,
                         subject_known(b->g, GAUGE)->unsure);
}

/* Showers, holes, what comes late or is amended, another table. */
static void disturb(struct pair *p, int i)
{
        uint32_t what = chance(40);
        int64_t limit = 15000 + chance(20000);

        if (what == 0)
                give(p, 5 * (i - (int)chance(60)), chance(30000));
        else if (what == 1 && i > 30) {
                put_in_force(&p->with, p->rule, p->hold_us, limit);
                put_in_force(&p->without, p->rule, p->hold_us, limit);
        }
}

static uint32_t play(uint32_t began)
{
        static struct pair p;
        bool wet = false;
        uint32_t left = 0, changes;

        seed = began;
        p.seen = 0;
        p.rule = chance(sizeof rules / sizeof *rules);
        p.hold_us = (int64_t)chance(4) * 10 * MINUTE_US;
        world_begin(&p.with, "guangdong");
        world_begin(&p.without, "guangdong");
        put_in_force(&p.with, p.rule, p.hold_us, 20000);
        put_in_force(&p.without, p.rule, p.hold_us, 20000);
        for (int i = 1; i <= SLOTS; i++) {
                if (left-- == 0) {
                        wet = !wet;
                        left = chance(wet ? 10 : 60);
                }
                if (chance(25))
                        give(&p, 5 * i, wet ? chance(12000) : 0);
                disturb(&p, i);
                tick(&p.with, 5 * i + 1);
                tick(&p.without, 5 * i + 1);
                if (i > 10)
                        same(&p, began, i);
        }
        changes = p.with.n_log;
        world_end(&p.with);
        world_end(&p.without);
        return changes;
}

TEST(a_dry_slot_that_is_not_judged_changes_nothing)
{
        uint32_t changes = 0;

        for (uint32_t began = 1; began < 12000; began += 167)
                changes += play(began);
        CHECK(changes > 1000);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_dry_slot_that_is_not_judged_changes_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
