/* test/flow/test_drought.c -- sixty dry days of one gauge, from the daily
 * reports of test/days/dry-60 to the four grades of drought and its end. */
#include "check.h"

#include <stdlib.h>

#include "schemas/time.h"
#include "server/file.h"
#include "server/pipeline.h"

#define CSV SOURCE_DIR "/test/days/dry-60/rain.csv"
#define RULES SOURCE_DIR "/alerts/rules/national.json"

struct bench {
        struct state *s;
        struct effects fx;
        struct buf body;
};

static void give(struct bench *b, enum record_kind kind, struct text body)
{
        struct record r = {b->s->seq + 1, kind, b->s->engine_us, body};
        struct err e = {0};

        if (pipeline_step(b->s, &r, &b->fx, &e) != OK)
                fail_msg("step: %s", e.msg);
        if (b->fx.n_refused)
                fail_msg("%s refused: %s", record_kind_name(kind),
                         b->fx.refused[0].detail);
}

static void furnish(struct bench *b)
{
        struct buf rules = {0};
        struct err e = {0};

        if (file_read(RULES, &rules, &e) != OK)
                fail_msg("%s", e.msg);
        give(b, RECORD_RULES, buf_as_text(&rules));
        buf_done(&rules);
        give(b, RECORD_IMPORT,
             TEXT("{\"what\":\"station\",\"code\":\"PP1\",\"name\":\"高州\","
                  "\"kind\":\"PP\",\"lon\":110.9,\"lat\":21.9,"
                  "\"county\":\"440981\",\"interval_s\":86400}"));
}

/* The day's report, as it comes at 08:00; returns the day's drought grade. */
static enum level report(struct bench *b, struct text time, struct text mm)
{
        const struct alert *a;
        char json[256];
        int64_t at_us;
        uint32_t n, i;

        assert_true(time_parse(time, &at_us));
        buf_clear(&b->body);
        record_tick_pack(&b->body, at_us, at_us);
        give(b, RECORD_TICK, buf_as_text(&b->body));
        snprintf(json, sizeof json,
                 "{\"station\":\"PP1\",\"obs\":[{\"time\":\"%.*s\","
                 "\"element\":\"PD\",\"value\":%.*s}]}",
                 (int)time.n, time.p, (int)mm.n, mm.p);
        buf_clear(&b->body);
        record_mqtt_pack(&b->body, TEXT("sanfang/v1/st/PP1/up/obs"),
                         text_of(json));
        give(b, RECORD_MQTT, buf_as_text(&b->body));
        n = engine_alerts(b->s->engine, &a);
        for (i = 0; i < n; i++)
                if (a[i].hazard == HAZARD_DROUGHT &&
                    (a[i].state == ALERT_OPEN ||
                     a[i].state == ALERT_ACKNOWLEDGED))
                        return a[i].level;
        return LEVEL_NONE;
}

static enum level expected(int dry_days)
{
        return dry_days >= 46   ? LEVEL_RED
               : dry_days >= 31 ? LEVEL_ORANGE
               : dry_days >= 21 ? LEVEL_YELLOW
               : dry_days >= 10 ? LEVEL_BLUE
                                : LEVEL_NONE;
}

TEST(sixty_dry_days_grade_by_grade_and_rain_ends_it)
{
        struct bench b = {0};
        struct buf csv = {0};
        struct err e = {0};
        struct text rest, line, time;
        int day, dry = 0;
        int64_t milli;

        effects_init(&b.fx);
        assert_int_equal(state_create(&b.s, &e), OK);
        furnish(&b);
        if (file_read(CSV, &csv, &e) != OK)
                fail_msg("%s", e.msg);
        rest = buf_as_text(&csv);
        assert_true(text_cut(&rest, '\n', &line)); /* the header */
        for (day = 0; text_cut(&rest, '\n', &line) && line.n; day++) {
                assert_true(text_cut(&line, ',', &time));
                assert_true(text_to_milli(line, &milli));
                dry = milli < 5000 ? dry + 1 : 0;
                if (report(&b, time, line) != expected(dry))
                        fail_msg("%.*s: not %s after %d dry days", (int)time.n,
                                 time.p, level_name(expected(dry)), dry);
        }
        CHECK_EQ(day, 62);
        CHECK_EQ(dry, 0);
        buf_done(&csv);
        buf_done(&b.body);
        effects_done(&b.fx);
        state_free(b.s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(sixty_dry_days_grade_by_grade_and_rain_ends_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
