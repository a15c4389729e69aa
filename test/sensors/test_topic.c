/* Tests of sensors/topic.c. */
#include "check.h"

#include "sensors/topic.h"

static enum status parse(const char *s, struct topic *t)
{
        struct err e = {0};

        return topic_parse(text_of(s), t, &e);
}

TEST(topics_of_ours)
{
        static const struct {
                const char *text;
                enum topic_kind kind;
        } good[] = {
                {"sanfang/v1/st/MM-1_a/up/obs", TOPIC_OBS},
                {"sanfang/v1/st/MM-1_a/up/sl651", TOPIC_SL651},
                {"sanfang/v1/120/MM-1_a/up/incident", TOPIC_INCIDENT},
                {"sanfang/v1/120/MM-1_a/up/unit", TOPIC_UNIT},
                {"sanfang/v1/fc/MM-1_a/up/series", TOPIC_SERIES},
        };
        struct topic t;
        size_t i;

        for (i = 0; i < sizeof good / sizeof *good; i++) {
                CHECK_EQ(parse(good[i].text, &t), OK);
                CHECK_EQ(t.kind, good[i].kind);
                CHECK_STR(t.name, "MM-1_a");
        }
}

TEST(all_others_are_refused)
{
        static const char *const bad[] = {
                "",
                "/",
                "sanfang",
                "sanfang/v1/st/A1/up",
                "sanfang/v1/st/A1/up/obs/",
                "sanfang/v1/st/A1/up/obs/x",
                "/sanfang/v1/st/A1/up/obs",
                "sanfang/v2/st/A1/up/obs",
                "Sanfang/v1/st/A1/up/obs",
                "sanfang/v1/st/A1/down/obs",
                "sanfang/v1/st/A1/up/unit",
                "sanfang/v1/120/A1/up/obs",
                "sanfang/v1/st//up/obs",
                "sanfang/v1/st/A 1/up/obs",
                "sanfang/v1/st/+/up/obs",
                "sanfang/v1/st/\xE7\xAB\x99/up/obs",
                "sanfang/v1/st/123456789012345678901234567890123/up/obs",
        };
        struct topic t = {.name = "kept"};
        size_t i;

        for (i = 0; i < sizeof bad / sizeof *bad; i++)
                CHECK_EQ(parse(bad[i], &t), ERR_TOPIC);
        CHECK_STR(t.name, "kept");
        CHECK_EQ(topic_parse((struct text){"sanfang/v1/st/A\0/up/obs", 23}, &t,
                             NULL),
                 ERR_TOPIC);
        CHECK_EQ(parse("sanfang/v1/st/12345678901234567890123456789012/up/obs",
                       &t),
                 OK);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(topics_of_ours),
                RUN(all_others_are_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
