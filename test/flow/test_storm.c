/* test/flow/test_storm.c -- the storm of 2023-10-20, from the first reading
 * to the alert time-line, compared with test/days/sanba-2023/timeline.txt
 * by subject, hazard, level and observed time.
 *
 * The day runs once, with everything noted on the way, and once more with
 * a restart each hour.  SANFANG_ACCEPT=1 writes the time-line that was seen
 * over the expected one, for a person to read before it is committed. */
#include "check.h"

#include <stdlib.h>

#include "flow/storm.h"
#include "schemas/time.h"
#include "schemas/wire/forecast.h"
#include "server/file.h"

#define DAY SOURCE_DIR "/test/days/sanba-2023"
#define RULES SOURCE_DIR "/alerts/rules/guangdong.json"
#define EXPECTED DAY "/timeline.txt"
#define DAY_MINUTES (48 * 60)
#define RIVERS_MAX 32

struct seen {
        struct buf lines; /* "observed-at hazard subject level what" */
        char river[RIVERS_MAX][48];
        enum level river_level[RIVERS_MAX]; /* worst observed */
        /* Engine time at which a river first had it or worse. */
        int64_t observed_us[RIVERS_MAX][level_count];
        int64_t forecast_us[RIVERS_MAX][level_count];
        uint32_t n_rivers;
        uint32_t forecast_first, became_observed, withdrawn;
        uint32_t zones, other_zones; /* counties warned by the grid */
        uint32_t standing;           /* alerts at the end */
        char left[ALERT_ID_MAX + 1]; /* one of them */
        /* Of runs by travel time, at their last step, in mm. */
        uint32_t travel_runs, travel_elsewhere;
        int64_t travel_off_mm, naive_off_mm;
};

static struct seen once;

static void note_line(struct seen *n, const struct alert_change *c)
{
        char at[48];

        if (c->transition.kind == TRANSITION_ESCALATED)
                return; /* people's time, not the storm's */
        time_format_beijing(at, c->alert.observed_us);
        buf_printf(&n->lines, "%.16s %-9s %-14s %-6s %s%s\n", at,
                   hazard_name(c->alert.hazard), c->alert.subject,
                   level_name(c->alert.level),
                   transition_kind_name(c->transition.kind),
                   c->alert.forecast ? " (forecast)" : "");
}

static void note_river(struct seen *n, const struct alert_change *c)
{
        const struct alert *a = &c->alert;
        uint32_t k;
        int l;

        if (a->hazard != HAZARD_FLOOD || !a->river[0])
                return;
        for (k = 0; k < n->n_rivers && strcmp(n->river[k], a->river); k++)
                ;
        assert_true(k < RIVERS_MAX);
        if (k == n->n_rivers) {
                snprintf(n->river[k], sizeof n->river[k], "%s", a->river);
                n->river_level[n->n_rivers++] = LEVEL_NONE;
        }
        if (a->level_observed > n->river_level[k])
                n->river_level[k] = a->level_observed;
        for (l = LEVEL_WHITE; l < level_count; l++) {
                if ((int)a->level_observed >= l && !n->observed_us[k][l])
                        n->observed_us[k][l] = c->transition.at_us;
                if ((int)a->level_forecast >= l && !n->forecast_us[k][l])
                        n->forecast_us[k][l] = c->transition.at_us;
        }
}

static void note_forecast(struct seen *n, const struct alert_change *c)
{
        const struct alert *a = &c->alert;
        enum transition_kind k = c->transition.kind;
        bool two =
                !strcmp(a->subject, "440902") || !strcmp(a->subject, "440904");

        if (a->hazard == HAZARD_FLOOD) {
                n->became_observed += k == TRANSITION_OBSERVED;
                n->withdrawn += k == TRANSITION_WITHDRAWN;
                n->forecast_first +=
                        k == TRANSITION_RAISED && a->forecast && a->lead_us > 0;
        }
        if (k == TRANSITION_RAISED && a->hazard == HAZARD_RAINSTORM &&
            a->station == NO_INDEX) {
                n->zones += two;
                n->other_zones += !two;
        }
}

/* What the day will bring to a station, in mm. */
static int64_t to_come(const struct storm *s, const char *code, int64_t at_us)
{
        struct day_reading r[8];
        int64_t minute = (at_us - s->day.begin_us) / MINUTE_US;
        uint32_t i, k, n;

        for (i = 0; i < s->day.n_stations; i++)
                if (strcmp(s->day.stations[i], code) == 0)
                        break;
        n = day_readings(&s->day, i, minute - minute % 5, r, 8);
        for (k = 0; k < n; k++)
                if (r[k].element == ELEMENT_Z)
                        return r[k].value_milli;
        return TIME_NONE;
}

static void note_travel(struct seen *n, const struct storm *s,
                        const struct record *r)
{
        static struct forecast f;
        const struct forecast_step *last;
        int64_t came;

        if (r->kind != RECORD_FORECAST ||
            wire_forecast_decode(r->body, &f, NULL) != OK ||
            strcmp(f.model, "travel-time") != 0)
                return;
        last = &f.step[f.n_steps - 1];
        came = to_come(s, f.subject, last->valid_us);
        n->travel_runs++;
        n->travel_elsewhere += strcmp(f.subject, "MM-ZZ-XDJ04") != 0;
        if (came == TIME_NONE)
                return;
        n->travel_off_mm += llabs(last->value_milli - came);
        n->naive_off_mm += llabs(last->persistence_milli - came);
}

static void after(void *self, const struct storm *s, const struct record *r)
{
        uint32_t i;

        note_travel(self, s, r);
        for (i = 0; i < s->fx.n_alert; i++) {
                note_line(self, &s->fx.alert[i]);
                note_river(self, &s->fx.alert[i]);
                note_forecast(self, &s->fx.alert[i]);
        }
}

static void note_end(struct seen *n, const struct storm *s)
{
        const struct alert *a;
        uint32_t count = engine_alerts(s->state->engine, &a), i;

        for (i = 0; i < count; i++)
                if (a[i].state == ALERT_OPEN ||
                    a[i].state == ALERT_ACKNOWLEDGED) {
                        n->standing++;
                        memcpy(n->left, a[i].id, sizeof n->left);
                }
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
                if (restart_every_min < DAY_MINUTES)
                        storm_restart(&s);
        }
        note_end(n, &s);
        buf_char(&n->lines, '\0');
        storm_close(&s);
}

TEST(the_storm_gives_the_expected_time_line)
{
        struct buf want = {0};
        struct err e = {0};

        run_day(&once, DAY_MINUTES);
        if (getenv("SANFANG_ACCEPT"))
                assert_int_equal(
                        file_replace(EXPECTED, text_of(once.lines.p), &e), OK);
        if (file_read(EXPECTED, &want, &e) != OK)
                fail_msg("%s", e.msg);
        buf_char(&want, '\0');
        CHECK_STR(once.lines.p, want.p);
        buf_done(&want);
}

TEST(restarts_in_the_middle_change_nothing)
{
        struct seen often;

        run_day(&often, 60);
        CHECK_STR(often.lines.p, once.lines.p);
        buf_done(&often.lines);
}

static enum level level_of(const char *river)
{
        uint32_t k;

        for (k = 0; k < once.n_rivers; k++)
                if (strcmp(once.river[k], river) == 0)
                        return once.river_level[k];
        return LEVEL_NONE;
}

/* Issued on 2023-10-20 at 03:00, from forecasts. */
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

#define N_PUBLISHED (sizeof published / sizeof published[0])

TEST(eleven_rivers_reach_the_published_colours)
{
        size_t i;

        for (i = 0; i < N_PUBLISHED; i++)
                if (level_of(published[i].river) != published[i].level)
                        fail_msg("%s is %s, published %s", published[i].river,
                                 level_name(level_of(published[i].river)),
                                 level_name(published[i].level));
}

static void put_hour(struct buf *b, int64_t us)
{
        struct civil c = time_to_beijing(us);

        if (us)
                buf_printf(b, "%02d:%02d", c.hour, c.minute);
        else
                buf_str(b, "–");
}

/* A row of docs/storm.md, up to its last column. */
static void put_row(struct buf *b, size_t i)
{
        int64_t issued_us = INT64_C(1697742000000000); /* 03:00 */
        enum level l = published[i].level;
        int64_t at_us = 0, min;
        uint32_t k;

        for (k = 0; strcmp(once.river[k], published[i].river) != 0; k++)
                ;
        at_us = once.observed_us[k][l];
        min = (at_us - issued_us) / MINUTE_US;
        buf_printf(b, "| %s | %s 03:00 | %s ", published[i].river,
                   level_name(l), level_name(l));
        put_hour(b, at_us);
        buf_printf(b, " | %s%lld h %02lld min | ", min < 0 ? "-" : "+",
                   llabs(min) / 60, llabs(min) % 60);
        put_hour(b, once.forecast_us[k][l]);
        buf_str(b, " |");
}

TEST(the_page_on_the_storm_has_these_hours)
{
        struct buf page = {0}, row = {0};
        struct err e = {0};
        size_t i;

        if (file_read(SOURCE_DIR "/docs/storm.md", &page, &e) != OK)
                fail_msg("%s", e.msg);
        buf_char(&page, '\0');
        for (i = 0; i < N_PUBLISHED; i++) {
                buf_clear(&row);
                put_row(&row, i);
                buf_char(&row, '\0');
                if (!strstr(page.p, row.p))
                        fail_msg("docs/storm.md has no row \"%s\"", row.p);
        }
        buf_done(&row);
        buf_done(&page);
}

TEST(forecasts_come_first_and_a_false_one_is_withdrawn)
{
        print_message("forecast first %u, became observed %u, withdrawn %u, "
                      "counties by grid %u\n",
                      once.forecast_first, once.became_observed, once.withdrawn,
                      once.zones);
        CHECK(once.forecast_first > 0);
        CHECK(once.became_observed > 0);
        CHECK(once.withdrawn > 0);
        CHECK_EQ(once.zones, 2);
        CHECK_EQ(once.other_zones, 0);
}

TEST(after_the_storm_nothing_stands)
{
        if (once.standing)
                fail_msg("%u alerts stand, one is %s", once.standing,
                         once.left);
}

TEST(the_level_comes_by_travel_time_where_a_station_is_named)
{
        CHECK(once.travel_runs > 50);
        CHECK_EQ(once.travel_elsewhere, 0);
        CHECK(once.travel_off_mm * 2 < once.naive_off_mm);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(the_storm_gives_the_expected_time_line),
                RUN(restarts_in_the_middle_change_nothing),
                RUN(eleven_rivers_reach_the_published_colours),
                RUN(the_page_on_the_storm_has_these_hours),
                RUN(forecasts_come_first_and_a_false_one_is_withdrawn),
                RUN(the_level_comes_by_travel_time_where_a_station_is_named),
                RUN(after_the_storm_nothing_stands),
        };
        int failed = cmocka_run_group_tests(tests, NULL, NULL);

        buf_done(&once.lines);
        return failed;
}
