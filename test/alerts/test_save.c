/* Tests of alerts/save.c: a restart in the middle changes nothing. */
#include "schemas/wire/alert.h"
#include "chance.h"
#include "world.h"

static void forecast_if_due(struct world *w)
{
        struct forecast f;

        if (!engine_forecast_due(w->g, &w->places, RIVER, w->m.engine_us, &f))
                return;
        f.seq = w->m.seq;
        world_keep(w,
                   engine_forecast(w->g, &w->places, &f, &w->m, &w->fx, &w->e));
}

static void answer_some(struct world *w)
{
        const struct alert *a;
        uint32_t n = engine_alerts(w->g, &a), i;
        char id[ALERT_ID_MAX + 1];

        if (n == 0)
                return;
        i = chance(n);
        memcpy(id, a[i].id, sizeof id);
        if (chance(10) == 0) {
                (void)engine_close(w->g, id, "duty", "x", &w->m, &w->fx, &w->e);
                world_keep(w, OK);
                return;
        }
        (void)answer(w, id, (enum agency)chance(agency_count),
                     (enum intent)chance(intent_count));
}

/* One step of a wild life: values on time and late, rain, wind, links,
 * officers, ticks. */
static void step(struct world *w, double now)
{
        double late = chance(4) ? now : now - chance(600);

        switch (chance(9)) {
        case 0:
        case 1:
                level(w, late, 8000 + chance(4500));
                break;
        case 2:
        case 3:
                slot(w, (int)(late / 5) * 5.0, chance(3) ? 0 : chance(20000));
                break;
        case 4:
                value(w, MAST, chance(2) ? ELEMENT_US : ELEMENT_UG, late,
                      chance(40000));
                break;
        case 5:
                value(w, FIELD, ELEMENT_M20, late, chance(80000));
                break;
        case 6:
                broker(w, now, chance(3) > 0);
                break;
        case 7:
                answer_some(w);
                break;
        default:
                value(w, DAM, ELEMENT_Z, late, 113000 + chance(2000));
                break;
        }
        forecast_if_due(w);
        tick(w, now);
}

static void live_through(struct world *w, uint32_t start, int restart_every)
{
        seed = start;
        world_begin(w, "national");
        for (int i = 1; i <= 1500; i++) {
                step(w, 4.0 * i);
                if (restart_every && i % restart_every == 0)
                        world_restart(w);
        }
}

/* All that an outsider can see of a change. */
static void shown(const struct world *w, uint32_t i, struct buf *b)
{
        struct json_out o = json_out(b);
        const struct alert_change *c = &w->log[i];

        buf_clear(b);
        json_open(&o, NULL);
        wire_alert_put(&o, "alert", &c->alert, &w->places, -1);
        wire_transition_put(&o, "transition", &c->alert, &c->transition);
        json_close(&o);
        buf_char(b, '\0');
}

TEST(a_run_with_restarts_gives_the_same_effects)
{
        struct buf one = {0}, two = {0};

        for (uint32_t start = 1; start <= 6; start++) {
                struct world a, b;

                live_through(&a, start, 0);
                live_through(&b, start, 37);
                CHECK(a.n_log > 200);
                CHECK_EQ(a.n_log, b.n_log);
                for (uint32_t i = 0; i < a.n_log; i++) {
                        shown(&a, i, &one);
                        shown(&b, i, &two);
                        CHECK_STR(one.p, two.p);
                }
                world_end(&a);
                world_end(&b);
        }
        buf_done(&one);
        buf_done(&two);
}

TEST(identifiers_are_unique_and_clean)
{
        struct world w;
        const struct alert *a;
        uint32_t n;

        live_through(&w, 99, 0);
        n = engine_alerts(w.g, &a);
        CHECK(n > 20);
        for (uint32_t i = 0; i < n; i++) {
                CHECK(a[i].id[0] && strlen(a[i].id) <= 64);
                CHECK_EQ(strspn(a[i].id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "abcdefghijklmnopqrstuvwxyz"
                                         "0123456789-"),
                         strlen(a[i].id));
                for (uint32_t k = 0; k < i; k++)
                        CHECK(strcmp(a[i].id, a[k].id) != 0);
        }
        world_end(&w);
}

TEST(one_live_episode_per_subject_and_hazard)
{
        struct world w;

        seed = 7;
        world_begin(&w, "guangdong");
        for (int i = 1; i <= 1500; i++) {
                const struct alert *a;
                uint32_t n;

                step(&w, 4.0 * i);
                n = engine_alerts(w.g, &a);
                for (uint32_t x = 0; x < n; x++)
                        for (uint32_t y = 0; y < x; y++)
                                CHECK(!(live(&a[x]) && live(&a[y]) &&
                                        a[x].hazard == a[y].hazard &&
                                        !strcmp(a[x].subject, a[y].subject)));
        }
        world_end(&w);
}

TEST(damaged_state_is_refused)
{
        struct world w;
        struct buf b = {0};

        live_through(&w, 3, 0);
        engine_save(w.g, &b);
        for (size_t n = 0; n < b.n; n += 1 + b.n / 500) {
                struct unpack u = {b.p, n, false};
                struct engine *g;

                CHECK_EQ(engine_create(&g, &w.e), OK);
                CHECK(engine_load(g, &u, &w.e) != OK);
                engine_free(g);
        }
        seed = 5;
        for (int i = 0; i < 300; i++) { /* any bytes: no crash */
                char *copy = malloc(b.n);
                struct unpack u = {copy, b.n, false};
                struct engine *g;

                memcpy(copy, b.p, b.n);
                for (int k = 0; k < 5; k++)
                        copy[chance((uint32_t)b.n)] = (char)chance(256);
                CHECK_EQ(engine_create(&g, &w.e), OK);
                (void)engine_load(g, &u, &w.e);
                engine_free(g);
                free(copy);
        }
        buf_done(&b);
        world_end(&w);
}

TEST(what_ended_is_forgotten_after_the_horizon)
{
        struct engine_counts c;
        struct world w;

        world_begin(&w, "guangdong");
        level(&w, 0, 9000);
        level(&w, 10, 8000);
        level(&w, 40, 8000);
        tick(&w, 60 * 71);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        tick(&w, 60 * 75);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 0);
        level(&w, 60 * 75, 9000);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        engine_count(w.g, &c);
        CHECK_EQ(c.raised, 2);
        CHECK_EQ(c.ended, 1);
        CHECK_EQ(c.open[HAZARD_FLOOD][LEVEL_YELLOW], 1);
        world_end(&w);
}

TEST(another_rule_table_takes_over)
{
        struct world w;

        world_begin(&w, "national");
        for (int i = 1; i <= 144; i++)
                slot(&w, 5 * i, 350); /* blue: 50.4 mm in 12 h */
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->level, LEVEL_BLUE);
        level(&w, 700, 9000);
        world_rules(&w, "guangdong"); /* which has no blue */
        tick(&w, 721);
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->state, ALERT_ENDED);
        CHECK(live(last(&w, HAZARD_FLOOD))); /* the same rule in both */
        world_restart(&w);
        CHECK_STR(engine_rule_set(w.g)->name, "guangdong");
        world_end(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_run_with_restarts_gives_the_same_effects),
                RUN(identifiers_are_unique_and_clean),
                RUN(one_live_episode_per_subject_and_hazard),
                RUN(damaged_state_is_refused),
                RUN(what_ended_is_forgotten_after_the_horizon),
                RUN(another_rule_table_takes_over),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
