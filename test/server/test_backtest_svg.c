/* Tests of server/tool/backtest_svg.c and svg.c: what stands on the page. */
#include "check.h"

#include "schemas/time.h"
#include "server/tool/backtest_svg.h"

#define T0 INT64_C(1697731200000000) /* 2023-10-20 00:00 Beijing */

static struct backtest_alert alerts[2][4];
static struct backtest was, is;

static void alert(struct backtest *b, const char *name, enum hazard h,
                  enum level peak, int from_min, int to_min)
{
        struct backtest_alert *a = &b->list[b->n++];
        int l;

        *a = (struct backtest_alert){.hazard = h,
                                     .peak = peak,
                                     .raised_us = T0 + from_min * MINUTE_US,
                                     .ended_us = T0 + to_min * MINUTE_US};
        snprintf(a->id, sizeof a->id, "%s", name);
        snprintf(a->subject, sizeof a->subject, "%s", name);
        snprintf(a->name, sizeof a->name, "%s站", name);
        for (l = 0; l < level_count; l++) {
                a->forecast_us[l] = TIME_NONE;
                a->observed_us[l] =
                        l && l <= (int)peak ? a->raised_us : TIME_NONE;
        }
}

static void begin(void)
{
        was = (struct backtest){.name = "old",
                                .version = 1,
                                .list = alerts[0],
                                .begin_us = T0,
                                .end_us = T0 + 5 * HOUR_US};
        is = was;
        is.list = alerts[1];
        snprintf(is.name, sizeof is.name, "new");
}

static const char *draw(bool en)
{
        static struct buf b;

        buf_clear(&b);
        backtest_svg(&was, &is, en, &b);
        assert_false(b.failed);
        buf_char(&b, '\0');
        return b.p;
}

static int count(const char *page, const char *what)
{
        int n = 0;

        for (; (page = strstr(page, what)) != NULL; page++)
                n++;
        return n;
}

static void wants(const char *page, const char *what)
{
        if (!strstr(page, what))
                fail_msg("no \"%s\" in:\n%s", what, page);
}

TEST(what_is_new_gone_and_moved_stands_on_the_page)
{
        const char *page;

        begin();
        alert(&was, "same", HAZARD_FLOOD, LEVEL_BLUE, 0, 60);
        alert(&is, "same", HAZARD_FLOOD, LEVEL_BLUE, 0, 60);
        alert(&was, "moved", HAZARD_FLOOD, LEVEL_RED, 30, 90);
        alert(&is, "moved", HAZARD_FLOOD, LEVEL_RED, 10, 90);
        alert(&was, "gone", HAZARD_WIND, LEVEL_YELLOW, 0, 60);
        alert(&is, "fresh", HAZARD_WIND, LEVEL_ORANGE, 0, 60);
        alert(&is, "fresher", HAZARD_WIND, LEVEL_ORANGE, 0, 60);
        page = draw(false);
        wants(page, ">3 → 4</text>"); /* all */
        wants(page, ">1 → 0</text>"); /* wind, yellow */
        wants(page, ">0 → 2</text>"); /* wind, orange */
        wants(page, "旧表：old 第 1 版　　新表：new 第 1 版");
        wants(page, "2023年10月20日00:00 至 2023年10月20日05:00");
        wants(page, "洪水：红色实测提前 20 分钟");
        wants(page, ">fresh站</text>");
        CHECK_EQ(count(page, ">same站<"), 0); /* what is the same is not told */
        page = draw(true);
        wants(page, "Old: old, version 1 · New: new, version 1");
        wants(page, "flood: red observed 20 min earlier");
        CHECK_EQ(count(page, ">gone</text>"), 2); /* column and chip */
}

TEST(the_new_and_gone_come_before_what_only_moved)
{
        const char *page;

        begin();
        alert(&was, "moved", HAZARD_FLOOD, LEVEL_RED, 30, 90);
        alert(&is, "moved", HAZARD_FLOOD, LEVEL_RED, 10, 90);
        alert(&is, "blue", HAZARD_FLOOD, LEVEL_BLUE, 0, 60);
        alert(&is, "orange", HAZARD_FLOOD, LEVEL_ORANGE, 0, 60);
        page = draw(false);
        CHECK(strstr(page, ">orange站<") < strstr(page, ">blue站<"));
        CHECK(strstr(page, ">blue站<") < strstr(page, ">moved站<"));
}

TEST(two_that_say_the_same_are_told_so)
{
        begin();
        alert(&was, "same", HAZARD_FLOOD, LEVEL_BLUE, 0, 60);
        alert(&is, "same", HAZARD_FLOOD, LEVEL_BLUE, 0, 60);
        wants(draw(false), "两个版本对这次过程的判断完全一致");
        wants(draw(true), "both tables say the same");
        begin();
        wants(draw(false), "完全一致"); /* and where nothing was raised */
}

/* The time-line has at most 48 cells a strip, however long it was. */
TEST(a_year_fits_on_the_page)
{
        const char *page;

        begin();
        is.end_us = was.end_us = T0 + 365 * 24 * HOUR_US;
        alert(&was, "a", HAZARD_FLOOD, LEVEL_BLUE, 0, 60);
        alert(&is, "a", HAZARD_FLOOD, LEVEL_BLUE, 0, 60);
        page = draw(false);
        CHECK(count(page, "<rect") < 2 * 48 + 40);
        wants(page, "每格 720 小时");
}

TEST(names_from_outside_are_escaped)
{
        const char *page;

        begin();
        alert(&is, "<script>&\x01", HAZARD_FLOOD, LEVEL_BLUE, 0, 60);
        page = draw(false);
        wants(page, "&lt;script&gt;&amp; 站");
        CHECK_EQ(count(page, "<script"), 0);
        CHECK_EQ(count(page, "<text"), count(page, "</text>"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(what_is_new_gone_and_moved_stands_on_the_page),
                RUN(the_new_and_gone_come_before_what_only_moved),
                RUN(two_that_say_the_same_are_told_so),
                RUN(a_year_fits_on_the_page),
                RUN(names_from_outside_are_escaped),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
