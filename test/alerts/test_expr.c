/* Tests of alerts/expr*.c: what an expression may say, where a mistake is,
 * and what comes of it on a station's data. */
#include "alerts/inside.h"
#include "world.h"

/* ---- mistakes ---- */

static const struct {
        const char *text;
        uint32_t at;
        const char *says;
} wrong[] = {
        {"", 0, "ends too early"},
        {"Z", 0, "\"Z\" is a number: compare it"},
        {"Z >= ", 5, "ends too early"},
        {"Z >= 5", 5, "\"5\" has no unit: write 5 m"},
        {"5 <= Z", 0, "\"5\" has no unit: write 5 m"},
        {"sum(rain, 3h) >= 0.1 m", 17,
         "\"sum(rain, 3h)\" is in mm, \"0.1 m\" is in m"},
        {"Z >= 100 mm", 5, "\"Z\" is in m, \"100 mm\" is in mm"},
        {"rate(Z, 1h) > 0.5 m", 14, "is in m/h, \"0.5 m\" is in m"},
        {"Z >= station.GRS", 13, "a station has near, WRZ"},
        {"Z >= station GRZ", 13, "\".\" is missing behind station"},
        {"Z >= 5 furlong", 7, "there is no unit \"furlong\""},
        {"z >= 5 m", 0, "there is no \"z\": write Z"},
        {"foo >= 5 m", 0, "no element or function \"foo\""},
        {"rain >= 5 mm", 0, "write sum(rain, 1h)"},
        {"P1 >= 5 mm", 0, "part of the station's one rain series"},
        {"sum(Z, 1h) >= 5 m", 4, "only rain can be summed up"},
        {"sum(rain) >= 5 mm", 8, "\",\" is missing"},
        {"sum(rain, 3) >= 5 mm", 10, "a length of time is missing"},
        {"sum(rain, 3 mm) >= 5 mm", 10, "a length of time is missing"},
        {"sum(rain, 73h) >= 5 mm", 10, "72 h of data"},
        {"sum(rain, 99999999d) >= 5 mm", 10, "72 h of data"},
        {"sum(rain, 30s) >= 5 mm", 10, "a window has 1 min or more"},
        {"max(Z 1h) >= 5 m", 6, "\",\" is missing"},
        {"rate(VT, 1h) > 5 V", 5, "rate() does not know VT"},
        {"Z >= 1 m and", 12, "ends too early"},
        {"Z >= 1 m Z >= 2 m", 9, "nothing is expected here"},
        {"1 m < Z < 2 m", 8, "join two by \"and\""},
        {"Z == 5 m", 2, "compared with >=, >, <= or <"},
        {"Z >= 5 m and 3 m", 13, "\"3 m\" is a number: compare it"},
        {"(Z >= 5 m) + 1 m >= 2 m", 0, "is true or false: a number"},
        {"not Z", 4, "is a number: compare it"},
        {"Z * Z >= 5 m", 4, "must be a bare number"},
        {"Z / 0 >= 5 m", 4, "nothing is divided by 0"},
        {"Z + 1 mm >= 5 m", 4, "is in m, \"1 mm\" is in mm"},
        {"(Z >= 5 m", 9, "\")\" is missing to close the bracket"},
        {"Z >= 99999 m", 5, "this is never reached"},
        {"Z > -99999 m", 4, "this is always reached"},
        {"US >= 500 m/s", 6, "this is never reached"},
        {"M20 <= 100 %", 7, "ok"},
        {"dry_days(5) >= 10 days", 9, "write dry_days(5 mm)"},
        {"dry_days(5 mm) >= 10 mm", 18, "is in days"},
        {"dry_days(5 mm) >= 500 days", 18, "kept for 400 days"},
        {"areal(rain, 1h) >= 5 mm", 6, "give the rule a \"zone\""},
        {"count(stations in zone where Z > 1 m) > 2", 6, "a \"zone\""},
        {"max(people, 2h) > 3", 4, "give the rule a \"zone\""},
        {"silent(3) and Z >= 1 m", 7, "how many reporting intervals"},
        {"silent(3 intervals) and Z >= 1 m", 0, "ok"},
        {"forecast(Z, 6h) >= station.GRZ and Z >= station.WRZ", 0, "ok"},
        {"forecast(Z, 6h) >= 1 m or forecast(rain, 6h) >= 1 mm", 35,
         "one element's forecast"},
        {"season(04-15) and Z >= 1 m", 12, "\",\" is missing"},
        {"season(13-01, 02-01) and Z >= 1 m", 7, "a date is missing"},
        {"season(04-31, 05-01) and Z >= 1 m", 10, "month 4 has no such day"},
        {"season(04-15, 10-15)", 0, "no measured value"},
        {"1 m >= 2 m", 0, "no measured value"},
        {"Z >= 0.1234567 m", 5, "one to six digits"},
        {"Z >= 1234567890123 m", 5, "too large"},
        {"Z >= 999999999999 d", 5, "too large"},
        {"Z >= 5 m \xe4\xb8\xad", 9, "no meaning"},
        {"((((((((((((((((((Z >= 1 m))))))))))))))))))", 16, "brackets"},
};

TEST(a_mistake_is_named_at_its_place)
{
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
                struct expr x;
                struct err e = {0};
                uint32_t at = 999;
                enum status st = expr_compile(text_of(wrong[i].text), false, &x,
                                              &at, &e);

                if (strcmp(wrong[i].says, "ok") == 0) {
                        if (st != OK)
                                fail_msg("%s: %s", wrong[i].text, e.msg);
                        expr_done(&x);
                        continue;
                }
                if (st == OK)
                        fail_msg("taken: %s", wrong[i].text);
                if (at != wrong[i].at || !strstr(e.msg, wrong[i].says))
                        fail_msg("%s: at %u: %s", wrong[i].text, at, e.msg);
        }
}

/* Said of a zone. */
static const struct {
        const char *text;
        uint32_t at;
        const char *says;
} wrong_zone[] = {
        {"count(stations in zone where Z >= 1 m) >= 3", 0, "ok"},
        {"areal(rain, 24h) >= 50 mm and season(04-15, 10-15)", 0, "ok"},
        {"count(incidents in zone over 30min) >= 5", 0, "ok"},
        {"count(incidents within 2 km over 30min) >= 5", 0, "ok"},
        {"max(people, 2h) >= 10 or sum(people, 2h) >= 30", 0, "ok"},
        {"forecast(rain, 6h) >= 50 mm", 0, "ok"},
        {"Z >= 1 m", 0, "a zone has no Z of its own"},
        {"sum(rain, 1h) >= 5 mm", 4, "areal(rain, 3h)"},
        {"station.WRZ >= 5 m", 0, "a zone has no levels"},
        {"silent(3 intervals)", 7, "a zone is not silent"},
        {"forecast(Z, 6h) >= 5 m", 9, "of a zone only rain"},
        {"dry_days(5 mm) >= 5 days", 9, "a zone has no dry days"},
        {"count(stations where Z >= 1 m) >= 3", 15, "\"in\" is missing"},
        {"count(stations in zone where Z) >= 3", 29, "what is a station to"},
        {"count(stations in zone where Z >= 1 mm) >= 3", 34, "is in m"},
        {"count(stations in zone where silent(3 intervals)) >= 3", 29,
         "silence_cluster"},
        {"count(stations in zone where forecast(Z, 3h) >= 1 m) >= 3", 38,
         "forecasts are not counted"},
        {"count(stations in zone where count(incidents within 1 km over 1h) "
         "> 1) > 3",
         35, "a count stands inside a count"},
        {"count(boats) > 3", 6, "what is counted?"},
        {"count(incidents within 2 h over 30min) >= 5", 23, "a distance"},
        {"count(incidents within 2 km) >= 5", 27, "\"over\" is missing"},
        {"count(stations in zone where Z >= 1 m) >= 3 mm", 42, "is in mm"},
        {"forecast(rain, 6h) >= 9 mm and max(people, 2h) > 1", 0,
         "a forecast stands beside"},
};

TEST(a_mistake_in_a_rule_of_zones_is_named_at_its_place)
{
        for (size_t i = 0; i < sizeof wrong_zone / sizeof *wrong_zone; i++) {
                struct expr x;
                struct err e = {0};
                uint32_t at = 999;
                const char *text = wrong_zone[i].text;
                enum status st = expr_compile(text_of(text), true, &x, &at, &e);

                if (st == OK) {
                        expr_done(&x);
                        if (strcmp(wrong_zone[i].says, "ok") != 0)
                                fail_msg("taken: %s", text);
                } else if (at != wrong_zone[i].at ||
                           !strstr(e.msg, wrong_zone[i].says))
                        fail_msg("%s: at %u: %s", text, at, e.msg);
        }
}

TEST(a_long_expression_is_refused_not_cut)
{
        static char text[4000];
        struct err e = {0};
        struct expr x;
        uint32_t at;

        for (int i = 0; i < 100; i++)
                strcat(text, i ? " or Z >= 1 m" : "Z >= 1 m");
        CHECK_EQ(expr_compile(text_of(text), false, &x, &at, &e), ERR_SIZE);
}

/* ---- what comes of it ---- */

/* Levels 8.0, 8.1, ... 9.1 m at 0, 5, ... 55 min; 2 mm of rain in each five
 * minutes of the hour, wind and moisture at the end. */
static void fill(struct world *w)
{
        world_begin(w, "guangdong");
        for (int t = 0; t < 60; t += 5) {
                level(w, t, 8000 + 20 * t);
                slot(w, t + 5, 2000);
        }
        value(w, MAST, ELEMENT_US, 55, 20000);
        value(w, GUSTY, ELEMENT_US, 55, 22000);
        value(w, FIELD, ELEMENT_M20, 55, 45000);
}

static enum truth judge(struct world *w, uint32_t station, const char *text,
                        double minutes, struct expr_result *ret)
{
        struct expr_data d = {subject_known(w->g, station),
                              &w->places.stations[station],
                              at(minutes),
                              w->g,
                              &w->places,
                              0,
                              0,
                              NULL,
                              0};
        struct err e = {0};
        struct expr x;
        uint32_t place;

        if (expr_compile(text_of(text), false, &x, &place, &e) != OK)
                fail_msg("%s: at %u: %s", text, place, e.msg);
        expr_judge(&x, &d, 50, ret);
        expr_done(&x);
        return ret->strict;
}

static const struct {
        uint32_t station;
        double minutes;
        const char *text;
        enum truth truth;
} cases[] = {
        {RIVER, 55, "Z >= 9.1 m", TRUTH_YES},
        {RIVER, 55, "Z > 9.1 m", TRUTH_NO},
        {RIVER, 55, "Z <= 9.1 m", TRUTH_YES},
        {RIVER, 55, "Z < 9.1 m", TRUTH_NO},
        {RIVER, 55, "9.1 m <= Z", TRUTH_YES},
        {RIVER, 55, "Z >= 910 cm", TRUTH_YES},
        {RIVER, 57, "Z >= 9.1 m", TRUTH_YES}, /* held */
        {RIVER, 52, "Z >= 9.1 m", TRUTH_NO},  /* not yet known then */
        {RIVER, 115, "Z >= 9.1 m", TRUTH_YES},
        {RIVER, 116, "Z >= 9.1 m", TRUTH_CANNOT_SAY},
        {RIVER, 116, "not Z >= 9.1 m", TRUTH_CANNOT_SAY},
        {RIVER, 116, "Z >= 9.1 m and Z < 1 m", TRUTH_CANNOT_SAY},
        {RIVER, -1, "Z >= 1 m", TRUTH_CANNOT_SAY},
        {RIVER, 55, "Z >= station.WRZ", TRUTH_YES},
        {RIVER, 55, "Z >= station.near", TRUTH_YES},
        {RIVER, 55, "Z >= station.GRZ", TRUTH_NO},
        {RIVER, 55, "Z >= station.WRZ + 0.1 m", TRUTH_YES},
        {RIVER, 55, "Z >= station.WRZ + 0.11 m", TRUTH_NO},
        {RIVER, 55, "Z - station.WRZ >= 0.1 m", TRUTH_YES},
        {RIVER, 55, "2 * Z >= 18.2 m", TRUTH_YES},
        {RIVER, 55, "Z * 2 > 18.2 m", TRUTH_NO},
        {RIVER, 55, "Z / 2 >= 4.55 m", TRUTH_YES},
        {RIVER, 55, "-Z <= -9.1 m", TRUTH_YES},
        {RIVER, 55, "-2 * Z >= -18.2 m", TRUTH_YES},
        {RIVER, 55, "Z >= station.FSLTDZ", TRUTH_NOT_SET},
        {RIVER, 55, "Z >= station.FSLTDZ or Z >= 9 m", TRUTH_YES},
        {RIVER, 55, "Z >= station.FSLTDZ or Z >= 10 m", TRUTH_NO},
        {RIVER, 55, "Z >= station.FSLTDZ and Z >= 9 m", TRUTH_NOT_SET},
        {RIVER, 55, "Z >= station.FSLTDZ and Z >= 10 m", TRUTH_NO},
        {RIVER, 55, "max(Z, 30min) >= 9.1 m", TRUTH_YES},
        {RIVER, 55, "min(Z, 30min) >= 8.6 m", TRUTH_YES},
        {RIVER, 55, "min(Z, 30min) > 8.6 m", TRUTH_NO},
        {RIVER, 55, "mean(Z, 10min) >= 9.05 m", TRUTH_YES},
        {RIVER, 55, "mean(Z, 10min) > 9.05 m", TRUTH_NO},
        {RIVER, 55, "change(Z, 30min) >= 0.6 m", TRUTH_YES},
        {RIVER, 55, "rate(Z, 30min) >= 1.2 m/h", TRUTH_YES},
        {RIVER, 55, "rate(Z, 30min) > 120 cm/h", TRUTH_NO},
        {RIVER, 55, "rate(Z, 2h) > 1 m/h", TRUTH_CANNOT_SAY},
        /* Half of the window is there: known from one side only. */
        {RIVER, 55, "max(Z, 2h) >= 9.1 m", TRUTH_YES},
        {RIVER, 55, "max(Z, 2h) >= 9.2 m", TRUTH_CANNOT_SAY},
        {RIVER, 55, "min(Z, 2h) <= 8 m", TRUTH_YES},
        {RIVER, 55, "min(Z, 2h) >= 7.9 m", TRUTH_CANNOT_SAY},
        {RIVER, 55, "mean(Z, 2h) >= 8 m", TRUTH_CANNOT_SAY},
        {RIVER, 55, "season(10-01, 10-31) and Z >= 9 m", TRUTH_YES},
        {RIVER, 55, "season(04-15, 10-18) and Z >= 9 m", TRUTH_NO},
        {RIVER, 55, "season(10-01, 03-31) and Z >= 9 m", TRUTH_YES},
        {RIVER, 55, "sum(rain, 1h) >= 1 mm", TRUTH_CANNOT_SAY},
        {GAUGE, 55, "Z >= 9 m", TRUTH_CANNOT_SAY},
        {GAUGE, 60, "sum(rain, 1h) >= 24 mm", TRUTH_YES},
        {GAUGE, 60, "sum(rain, 1h) > 24 mm", TRUTH_NO},
        {GAUGE, 60, "sum(rain, 1h) - sum(rain, 30min) >= 12 mm", TRUTH_YES},
        {GAUGE, 60, "sum(rain, 3h) >= 24 mm", TRUTH_YES},
        {GAUGE, 60, "sum(rain, 3h) >= 25 mm", TRUTH_CANNOT_SAY},
        {GAUGE, 60, "sum(rain, 3h) < 24 mm", TRUTH_NO},
        {GAUGE, 60, "sum(rain, 3h) < 25 mm", TRUTH_CANNOT_SAY},
        {GAUGE, 60, "not sum(rain, 3h) >= 24 mm", TRUTH_NO},
        {GAUGE, 62, "sum(rain, 1h) >= 22 mm", TRUTH_YES}, /* cut at an edge */
        {GAUGE, 62, "sum(rain, 1h) > 22 mm", TRUTH_NO},
        {MAST, 55, "US >= 20 m/s", TRUTH_YES},
        {MAST, 55, "UG >= 1 m/s", TRUTH_CANNOT_SAY},
        {GUSTY, 55, "UG >= 22 m/s", TRUTH_YES},
        {GUSTY, 55, "US >= 1 m/s", TRUTH_CANNOT_SAY},
        {FIELD, 55, "M20 <= 45 %", TRUTH_YES},
};

TEST(an_expression_says_yes_no_or_cannot_say)
{
        struct expr_result r;
        struct world w;

        fill(&w);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                if (judge(&w, cases[i].station, cases[i].text, cases[i].minutes,
                          &r) != cases[i].truth)
                        fail_msg("%s at %g: %d, want %d", cases[i].text,
                                 cases[i].minutes, r.strict, cases[i].truth);
        world_end(&w);
}

TEST(the_slack_eases_what_has_the_unit_of_the_first_comparison)
{
        struct expr_result r;
        struct world w;

        fill(&w);
        CHECK_EQ(judge(&w, RIVER, "Z >= 9.15 m", 55, &r), TRUTH_NO);
        CHECK_EQ(r.relaxed, TRUTH_YES);
        CHECK_EQ(judge(&w, RIVER, "Z >= 9.151 m", 55, &r), TRUTH_NO);
        CHECK_EQ(r.relaxed, TRUTH_NO);
        CHECK_EQ(judge(&w, RIVER, "Z <= 9.05 m", 55, &r), TRUTH_NO);
        CHECK_EQ(r.relaxed, TRUTH_YES);
        CHECK_EQ(judge(&w, RIVER, "not Z > 9.05 m", 55, &r), TRUTH_NO);
        CHECK_EQ(r.relaxed, TRUTH_YES);
        CHECK_EQ(judge(&w, RIVER, "not Z > 9.04 m", 55, &r), TRUTH_NO);
        CHECK_EQ(r.relaxed, TRUTH_NO);
        CHECK_EQ(judge(&w, RIVER, "Z >= 9 m and rate(Z, 30min) > 1.24 m/h", 55,
                       &r),
                 TRUTH_NO);
        CHECK_EQ(r.relaxed, TRUTH_NO);
        world_end(&w);
}

TEST(an_alert_shows_the_comparison_that_holds)
{
        struct expr_result r;
        struct world w;

        fill(&w);
        judge(&w, RIVER, "Z >= 10 m or rate(Z, 30min) >= 1 m/h", 55, &r);
        CHECK_EQ(r.value_milli, 1200);
        CHECK_EQ(r.threshold_milli, 1000);
        CHECK_EQ(r.element, ELEMENT_count);
        judge(&w, RIVER, "Z >= 10 m or Z >= 9.5 m", 55, &r);
        CHECK_EQ(r.value_milli, 9100);
        CHECK_EQ(r.threshold_milli, 10000);
        CHECK_EQ(r.element, ELEMENT_Z);
        judge(&w, GAUGE, "sum(rain, 1h) >= 20 mm", 60, &r);
        CHECK_EQ(r.value_milli, 24000);
        CHECK_EQ(r.element, ELEMENT_P1);
        world_end(&w);
}

TEST(dry_days_count_what_is_known)
{
        struct expr_result r;
        struct world w;

        world_begin(&w, "guangdong");
        for (int day = 0; day < 12; day++) {
                struct rain_slot s = {GAUGE,
                                      at(1440.0 * day),
                                      at(1440.0 * (day + 1)),
                                      0,
                                      ELEMENT_PD,
                                      w.m.seq,
                                      false,
                                      0};

                world_now(&w, 1440.0 * (day + 1));
                world_keep(&w,
                           engine_rain(w.g, &w.places, &s, &w.m, &w.fx, &w.e));
        }
        CHECK_EQ(judge(&w, GAUGE, "dry_days(5 mm) >= 12 days", 12 * 1440, &r),
                 TRUTH_YES);
        CHECK_EQ(judge(&w, GAUGE, "dry_days(5 mm) >= 13 days", 12 * 1440, &r),
                 TRUTH_NO);
        CHECK_EQ(judge(&w, GAUGE, "dry_days(5 mm) >= 12 days", 12 * 1440 - 1,
                       &r),
                 TRUTH_NO);
        CHECK_EQ(judge(&w, GAUGE, "dry_days(5 mm) >= 1 days", 20 * 1440, &r),
                 TRUTH_CANNOT_SAY);
        world_end(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_mistake_is_named_at_its_place),
                RUN(a_mistake_in_a_rule_of_zones_is_named_at_its_place),
                RUN(a_long_expression_is_refused_not_cut),
                RUN(an_expression_says_yes_no_or_cannot_say),
                RUN(the_slack_eases_what_has_the_unit_of_the_first_comparison),
                RUN(an_alert_shows_the_comparison_that_holds),
                RUN(dry_days_count_what_is_known),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
