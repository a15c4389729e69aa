/* test/flow/test_storm.c -- the storm of 2023-10-20, from the first reading
 * to the alert time-line, compared with test/days/sanba-2023/timeline.txt
 * by subject, hazard, level and observed time.
 *
 * SANFANG_ACCEPT=1 writes the time-line that was seen over the expected
 * one, for a person to read before it is committed. */
#include "check.h"

#include <stdlib.h>

#include "flow/storm.h"
#include "schemas/time.h"
#include "server/file.h"

#define DAY SOURCE_DIR "/test/days/sanba-2023"
#define RULES SOURCE_DIR "/alerts/rules/guangdong.json"
#define EXPECTED DAY "/timeline.txt"
#define DAY_MINUTES (48 * 60)

/* Lines "observed-at hazard subject level what". */
struct seen {
        struct buf lines;
        uint32_t raised, withdrawn, observed_after_forecast;
};

static void note_change(struct seen *n, const struct alert_change *c)
{
        char at[48], changed[48];

        if (c->transition.kind == TRANSITION_ESCALATED)
                return; /* people's time, not the storm's */
        time_format_beijing(at, c->alert.observed_us);
        time_format_beijing(changed, c->transition.at_us);
        buf_printf(&n->lines, "%.16s %-9s %-14s %-6s %s%s\n", at,
                   hazard_name(c->alert.hazard), c->alert.subject,
                   level_name(c->alert.level),
                   transition_kind_name(c->transition.kind),
                   c->alert.forecast ? " (forecast)" : "");
        n->raised += c->transition.kind == TRANSITION_RAISED;
        n->withdrawn += c->transition.kind == TRANSITION_WITHDRAWN;
        n->observed_after_forecast += c->transition.kind == TRANSITION_OBSERVED;
}

static void after(void *self, const struct storm *s, const struct record *r)
{
        uint32_t i;

        (void)r;
        for (i = 0; i < s->fx.n_alert; i++)
                note_change(self, &s->fx.alert[i]);
}

static void run_day(struct seen *n, int64_t restart_every_min)
{
        struct storm s;
        int64_t m;

        memset(n, 0, sizeof *n);
        storm_open(&s, DAY, RULES);
        s.after = after;
        s.self = n;
        for (m = 0; m < DAY_MINUTES; m += restart_every_min) {
                storm_run(&s, m, m + restart_every_min);
                storm_restart(&s);
        }
        storm_close(&s);
}

TEST(the_storm_gives_the_expected_time_line)
{
        struct buf want = {0};
        struct err e = {0};
        struct seen n;

        run_day(&n, DAY_MINUTES);
        if (getenv("SANFANG_ACCEPT"))
                assert_int_equal(
                        file_replace(EXPECTED, buf_as_text(&n.lines), &e), OK);
        if (file_read(EXPECTED, &want, &e) != OK)
                fail_msg("%s", e.msg);
        buf_char(&want, '\0');
        buf_char(&n.lines, '\0');
        CHECK_STR(n.lines.p, want.p);
        buf_done(&want);
        buf_done(&n.lines);
}

TEST(restarts_in_the_middle_change_nothing)
{
        struct seen once, often;

        run_day(&once, DAY_MINUTES);
        run_day(&often, 60);
        buf_char(&once.lines, '\0');
        buf_char(&often.lines, '\0');
        CHECK_STR(often.lines.p, once.lines.p);
        buf_done(&once.lines);
        buf_done(&often.lines);
}

/* The worst observed level that each river reached. */
struct rivers {
        char name[32][48];
        enum level level[32];
        uint32_t n;
};

static void note_river(void *self, const struct storm *s,
                       const struct record *r)
{
        struct rivers *v = self;
        uint32_t i, k;

        (void)r;
        for (i = 0; i < s->fx.n_alert; i++) {
                const struct alert *a = &s->fx.alert[i].alert;

                if (a->hazard != HAZARD_FLOOD || !a->river[0])
                        continue;
                for (k = 0; k < v->n && strcmp(v->name[k], a->river); k++)
                        ;
                assert_true(k < 32);
                if (k == v->n) {
                        snprintf(v->name[k], sizeof v->name[k], "%s", a->river);
                        v->level[v->n++] = LEVEL_NONE;
                }
                if (a->level_observed > v->level[k])
                        v->level[k] = a->level_observed;
        }
}

static enum level level_of(const struct rivers *v, const char *name)
{
        uint32_t k;

        for (k = 0; k < v->n; k++)
                if (strcmp(v->name[k], name) == 0)
                        return v->level[k];
        return LEVEL_NONE;
}

TEST(eleven_rivers_reach_the_published_colours)
{
        static const struct {
                const char *river;
                enum level level;
        } published[] = {
                {"小东江", LEVEL_RED},    {"沙田河", LEVEL_RED},
                {"儒洞河", LEVEL_RED},    {"袂花江", LEVEL_ORANGE},
                {"鉴江", LEVEL_ORANGE},   {"罗江", LEVEL_YELLOW},
                {"平定水", LEVEL_YELLOW}, {"曹江", LEVEL_BLUE},
                {"新垌河", LEVEL_BLUE},   {"黄华江", LEVEL_BLUE},
                {"钱排河", LEVEL_BLUE},
        };
        struct rivers v = {0};
        struct storm s;
        size_t i;

        storm_open(&s, DAY, RULES);
        s.after = note_river;
        s.self = &v;
        storm_run(&s, 0, DAY_MINUTES);
        for (i = 0; i < sizeof published / sizeof published[0]; i++)
                if (level_of(&v, published[i].river) != published[i].level)
                        fail_msg("%s is %s, published %s", published[i].river,
                                 level_name(level_of(&v, published[i].river)),
                                 level_name(published[i].level));
        storm_close(&s);
}

/* Of each flood episode: when a forecast and when a reading spoke first. */
struct leads {
        uint32_t forecast_first, observed, withdrawn, zones, other_zones;
};

static void note_lead(void *self, const struct storm *s, const struct record *r)
{
        struct leads *l = self;
        uint32_t i;

        (void)r;
        for (i = 0; i < s->fx.n_alert; i++) {
                const struct alert *a = &s->fx.alert[i].alert;
                enum transition_kind k = s->fx.alert[i].transition.kind;

                l->observed +=
                        k == TRANSITION_OBSERVED && a->hazard == HAZARD_FLOOD;
                l->withdrawn +=
                        k == TRANSITION_WITHDRAWN && a->hazard == HAZARD_FLOOD;
                if (k != TRANSITION_RAISED)
                        continue;
                l->forecast_first += a->forecast && a->lead_us > 0 &&
                                     a->hazard == HAZARD_FLOOD;
                if (a->hazard == HAZARD_RAINSTORM && a->station == NO_INDEX) {
                        l->zones += !strcmp(a->subject, "440902") ||
                                    !strcmp(a->subject, "440904");
                        l->other_zones += strcmp(a->subject, "440902") &&
                                          strcmp(a->subject, "440904");
                }
        }
}

TEST(forecasts_come_first_and_a_false_one_is_withdrawn)
{
        struct leads l = {0};
        struct storm s;

        storm_open(&s, DAY, RULES);
        s.after = note_lead;
        s.self = &l;
        storm_run(&s, 0, DAY_MINUTES);
        print_message("forecast first %u, became observed %u, withdrawn %u, "
                      "counties by grid %u\n",
                      l.forecast_first, l.observed, l.withdrawn, l.zones);
        CHECK(l.forecast_first > 0);
        CHECK(l.observed > 0);
        CHECK(l.withdrawn > 0);
        CHECK_EQ(l.zones, 2);
        CHECK_EQ(l.other_zones, 0);
        storm_close(&s);
}

TEST(after_the_storm_nothing_stands)
{
        const struct alert *a;
        struct storm s;
        uint32_t n, i;

        storm_open(&s, DAY, RULES);
        storm_run(&s, 0, DAY_MINUTES);
        n = engine_alerts(s.state->engine, &a);
        for (i = 0; i < n; i++)
                if (a[i].state == ALERT_OPEN ||
                    a[i].state == ALERT_ACKNOWLEDGED)
                        fail_msg("%s still stands at %s", a[i].id,
                                 level_name(a[i].level));
        storm_close(&s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(the_storm_gives_the_expected_time_line),
                RUN(restarts_in_the_middle_change_nothing),
                RUN(eleven_rivers_reach_the_published_colours),
                RUN(forecasts_come_first_and_a_false_one_is_withdrawn),
                RUN(after_the_storm_nothing_stands),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
