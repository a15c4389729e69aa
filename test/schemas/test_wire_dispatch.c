/* Tests of schemas/wire/dispatch.c. */
#include "check.h"

#include <math.h>

#include "schemas/crs.h"
#include "schemas/time.h"
#include "schemas/wire/dispatch.h"

static struct dispatch_message m;
static struct err e;

/* Quotes are written as '. */
static enum status decode(bool is_unit, const char *json)
{
        static char body[4096];
        size_t i;

        snprintf(body, sizeof body, "%s", json);
        for (i = 0; body[i]; i++)
                if (body[i] == '\'')
                        body[i] = '"';
        memset(&e, 0, sizeof e);
        return is_unit ? wire_unit_decode(text_of(body), &m, &e)
                       : wire_incident_decode(text_of(body), &m, &e);
}

#define TIME "'time':'2023-10-20T03:00:00+08:00'"

TEST(an_incident)
{
        CHECK_EQ(decode(false, "{'incident':'C1','boot':1,'seq':2," TIME
                               ",'state':'waiting','nature':'溺水','people':3,"
                               "'address':'某镇','lon':110.9,'lat':21.6,"
                               "'crs':'wgs84','reason':'no unit'}"),
                 OK);
        CHECK(!m.is_unit);
        CHECK_STR(m.id, "C1");
        CHECK_EQ(m.state, INCIDENT_WAITING);
        CHECK_EQ(m.people, 3);
        CHECK_EQ(m.from.seq, 2);
        CHECK(m.has_point);
        CHECK(m.at.lon_deg == 110.9);
}

TEST(null_is_as_good_as_absent)
{
        CHECK_EQ(decode(false, "{'incident':'C1'," TIME
                               ",'state':'received','nature':null,'people':"
                               "null,'address':null,'lon':null,'lat':null,"
                               "'crs':null}"),
                 OK);
        CHECK_EQ(m.people, -1);
        CHECK(!m.has_point);
        CHECK(!m.from.has);
        CHECK_EQ(decode(true, "{'unit':'V1'," TIME
                              ",'state':'available','incident':null}"),
                 OK);
        CHECK(m.is_unit);
        CHECK_STR(m.incident, "");
}

TEST(every_state_has_its_word)
{
        char json[128];
        int i;

        for (i = 0; i < incident_state_count; i++) {
                snprintf(json, sizeof json,
                         "{'incident':'C1'," TIME ",'state':'%s'}",
                         incident_state_name((enum incident_state)i));
                CHECK_EQ(decode(false, json), OK);
                CHECK_EQ(m.state, i);
        }
        for (i = 0; i < unit_state_count; i++) {
                snprintf(json, sizeof json,
                         "{'unit':'C1'," TIME ",'state':'%s'}",
                         unit_state_name((enum unit_state)i));
                CHECK_EQ(decode(true, json), OK);
                CHECK_EQ(m.state, i);
        }
}

TEST(keys_of_persons_are_refused_and_others_not)
{
        static const char *const yes[] = {
                "caller_phone", "CallerName", "phone",    "mobile",
                "patient",      "name",       "Sex",      "AGE",
                "id_card",      "id-number",  "患者姓名", "联系电话"};
        static const char *const no[] = {"station", "hospital", "dosage",
                                         "stage",   "notes",    "essex",
                                         "names"};
        char json[200];
        size_t i;

        for (i = 0; i < sizeof yes / sizeof *yes; i++) {
                snprintf(json, sizeof json,
                         "{'incident':'C1'," TIME
                         ",'state':'received','x':[{'%s':1}]}",
                         yes[i]);
                CHECK_EQ(decode(false, json), ERR_FORBIDDEN);
                CHECK(strstr(e.msg, yes[i]));
        }
        for (i = 0; i < sizeof no / sizeof *no; i++) {
                snprintf(json, sizeof json,
                         "{'incident':'C1'," TIME ",'state':'received','%s':1}",
                         no[i]);
                CHECK_EQ(decode(false, json), OK);
        }
}

TEST(every_system_of_coordinates)
{
        char json[200];
        int i;

        for (i = 0; i < crs_count; i++) {
                snprintf(json, sizeof json,
                         "{'unit':'V1'," TIME
                         ",'state':'paused','lon':110.9253,'lat':21.6627,"
                         "'crs':'%s'}",
                         crs_name((enum crs)i));
                CHECK_EQ(decode(true, json), OK);
                CHECK(fabs(m.at.lon_deg - 110.9253) < 0.02);
                CHECK((i == CRS_WGS84 || i == CRS_CGCS2000) ==
                      (m.at.lon_deg == 110.9253));
        }
}

TEST(what_is_written_is_read_back)
{
        struct buf b = {0};
        struct dispatch_message out = {.is_unit = true,
                                       .id = "V1",
                                       .incident = "C1",
                                       .from = {true, 1, 2},
                                       .time_us = 1697742000000000,
                                       .state = UNIT_ON_SCENE,
                                       .people = -1,
                                       .has_point = true,
                                       .at = {110.5, 21.5}};

        wire_dispatch_encode(&out, &b);
        CHECK_EQ(wire_unit_decode(buf_as_text(&b), &m, &e), OK);
        CHECK_STR(m.incident, "C1");
        CHECK_EQ(m.state, UNIT_ON_SCENE);
        CHECK_EQ(m.time_us, out.time_us);
        CHECK(m.at.lat_deg == 21.5);
        buf_clear(&b);
        out = (struct dispatch_message){.id = "C1",
                                        .nature = "a",
                                        .address = "b",
                                        .people = 0,
                                        .time_us = 1697742000000000};
        wire_dispatch_encode(&out, &b);
        CHECK_EQ(wire_incident_decode(buf_as_text(&b), &m, &e), OK);
        CHECK_EQ(m.people, 0);
        CHECK_STR(m.address, "b");
        buf_done(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(an_incident),
                RUN(null_is_as_good_as_absent),
                RUN(every_state_has_its_word),
                RUN(keys_of_persons_are_refused_and_others_not),
                RUN(every_system_of_coordinates),
                RUN(what_is_written_is_read_back),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
