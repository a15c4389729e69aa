/* Tests of schemas/wire/place.c (and schemas/geo.c through it). */
#include "check.h"

#include "schemas/geo.h"
#include "schemas/time.h"
#include "schemas/wire/place.h"

static enum status station(const char *json, struct station *s, struct err *e)
{
        struct json *j = NULL;
        enum status st = json_parse(text_of(json), 65536, &j, e);

        if (st == OK)
                st = wire_station_decode(j, s, e);
        json_free(j);
        return st;
}

static enum status zone(const char *json, struct zone *z, struct err *e)
{
        struct json *j = NULL;
        enum status st = json_parse(text_of(json), 65536, &j, e);

        if (st == OK)
                st = wire_zone_decode(j, z, e);
        json_free(j);
        return st;
}

#define LEAST                                                                  \
        "\"code\":\"MM-1\",\"name\":\"茂名\",\"kind\":\"ZZ\",\"lon\":110.9," \
        "\"lat\":21.6"

TEST(what_is_not_said_gets_its_default_and_no_threshold)
{
        struct station s;
        struct err e = {0};

        CHECK_EQ(station("{" LEAST "}", &s, &e), OK);
        CHECK_EQ(s.wrz_milli, LEVEL_UNSET);
        CHECK_EQ(s.grz_milli, LEVEL_UNSET);
        CHECK_EQ(s.near_milli, 300);
        CHECK_EQ(s.interval_us, 300 * INT64_C(1000000));
        CHECK_EQ(s.n_seasons, 0);
        CHECK(s.active && !s.wind_is_gust && !s.levels_synthetic);
        CHECK_EQ(s.terminal.password, -1);
        CHECK_EQ(s.terminal.mode, SL651_M2);
        CHECK_EQ(s.checks.pult_milli, LEVEL_UNSET);
        CHECK_STR(s.county, "");
}

TEST(a_station_knows_its_dykes_and_who_is_upstream)
{
        struct station s, back;
        struct buf b = {0};
        struct places p, again;
        struct unpack u;
        struct err e = {0};

        CHECK_EQ(station("{" LEAST ",\"catchments\":[\"XDJ\",\"JJ\"],"
                         "\"LDKEL\":6.45,\"RDKEL\":6.29,\"LAZ\":1.2,"
                         "\"UPSTCD\":\"MM-0\",\"AVTRTM\":7.5}",
                         &s, &e),
                 OK);
        CHECK_EQ(station_dyke_milli(&s), 6290);
        CHECK_EQ(s.laz_milli, 1200);
        CHECK_STR(s.upstream, "MM-0");
        CHECK_EQ(s.travel_us, 450 * MINUTE_US);
        wire_station_encode(&s, &b);
        buf_char(&b, '\0');
        CHECK_EQ(station(b.p, &back, &e), OK);
        CHECK(memcmp(&s, &back, sizeof s) == 0);
        buf_clear(&b);
        places_init(&p);
        places_init(&again);
        CHECK_EQ(places_put_station(&p, &s, NULL, &e), OK);
        places_save(&p, &b);
        u = (struct unpack){b.p, b.n, false};
        CHECK_EQ(places_load(&again, &u, &e), OK);
        CHECK(memcmp(&s, &again.stations[0], sizeof s) == 0);
        places_done(&p);
        places_done(&again);
        buf_done(&b);
        CHECK_EQ(station("{" LEAST ",\"LDKEL\":6.45}", &s, &e), OK);
        CHECK_EQ(station_dyke_milli(&s), 6450);
        CHECK_EQ(station("{" LEAST ",\"UPSTCD\":\"MM-0\"}", &s, &e),
                 ERR_MISSING);
        CHECK_EQ(station("{" LEAST ",\"UPSTCD\":\"MM-0\",\"AVTRTM\":0.1}", &s,
                         &e),
                 ERR_RANGE);
        CHECK_EQ(
                station("{" LEAST ",\"UPSTCD\":\"MM-1\",\"AVTRTM\":2}", &s, &e),
                ERR_SYNTAX);
}

static void put_at(struct places *p, const char *code, const char *river)
{
        struct station s = {0};
        struct err e = {0};

        snprintf(s.code, sizeof s.code, "%s", code);
        snprintf(s.river, sizeof s.river, "%s", river);
        assert_int_equal(places_put_station(p, &s, NULL, &e), OK);
}

static void list(const struct places *p, char ret[256])
{
        char code[SUBJECT_MAX + 1];
        uint32_t i = 0;

        ret[0] = '\0';
        while (places_next_zone(p, ZONE_RIVER, &i, code))
                snprintf(ret + strlen(ret), 256 - strlen(ret), "%s ", code);
}

/* The list is what the stations say, whatever came before. */
TEST(a_river_is_there_while_a_station_names_it)
{
        struct places p;
        char rivers[256];

        places_init(&p);
        put_at(&p, "1", "C");
        put_at(&p, "2", "A");
        put_at(&p, "3", "C");
        put_at(&p, "4", "");
        put_at(&p, "5", "B");
        list(&p, rivers);
        CHECK_STR(rivers, "river/A river/B river/C ");
        put_at(&p, "2", "B");
        put_at(&p, "1", "D");
        list(&p, rivers);
        CHECK_STR(rivers, "river/B river/C river/D ");
        put_at(&p, "3", "D");
        list(&p, rivers);
        CHECK_STR(rivers, "river/B river/D ");
        CHECK(places_has_zone(&p, TEXT("river/D")));
        CHECK(!places_has_zone(&p, TEXT("river/C")));
        CHECK(!places_has_zone(&p, TEXT("river/")));
        places_done(&p);
}

TEST(a_code_says_of_what_it_is)
{
        static const struct {
                const char *code;
                int level;
        } is[] = {{"440900", ZONE_CITY},
                  {"440981", ZONE_COUNTY},
                  {"440981101", ZONE_TOWN},
                  {"river/鉴江", ZONE_RIVER},
                  {"JJ", ZONE_CATCHMENT},
                  {"H010-20_3", ZONE_CATCHMENT},
                  {"river/", -1},
                  {"", -1},
                  {"4409", -1},
                  {"1JJ", -1},
                  {"JJ00000000", -1},
                  {"鉴江", -1}};
        enum zone_level level;

        for (size_t i = 0; i < sizeof is / sizeof *is; i++) {
                bool known = zone_code_level(is[i].code, &level);

                if ((known ? (int)level : -1) != is[i].level)
                        fail_msg("%s", is[i].code);
        }
}

TEST(a_wrong_catchment_is_refused)
{
        struct station s;
        struct zone z;
        struct err e = {0};

        CHECK_EQ(station("{" LEAST ",\"catchments\":[\"440981\"]}", &s, &e),
                 ERR_SYNTAX);
        CHECK_EQ(station("{" LEAST ",\"catchments\":\"JJ\"}", &s, &e),
                 ERR_TYPE);
        CHECK_EQ(station("{" LEAST
                         ",\"catchments\":[\"A\",\"B\",\"C\",\"D\",\"E\"]}",
                         &s, &e),
                 ERR_TYPE);
        CHECK_EQ(zone("{\"code\":\"440981\",\"name\":\"x\",\"level\":"
                      "\"catchment\"}",
                      &z, &e),
                 ERR_SYNTAX);
        CHECK_EQ(zone("{\"code\":\"JJ\",\"name\":\"x\",\"level\":"
                      "\"county\"}",
                      &z, &e),
                 ERR_SYNTAX);
        CHECK_EQ(zone("{\"code\":\"JJ\",\"name\":\"x\",\"level\":"
                      "\"river\"}",
                      &z, &e),
                 ERR_UNKNOWN);
}

TEST(a_station_comes_back_as_it_went)
{
        struct station s, back;
        struct buf b = {0}, again = {0};
        struct err e = {0};

        CHECK_EQ(station("{" LEAST ",\"WRZ\":9.0,\"GRZ\":10.5,\"OBHTZ\":null,"
                         "\"near\":0.5,\"town\":\"440902101\","
                         "\"county\":\"440902\",\"river\":\"小东江\","
                         "\"catchments\":[\"XDJ\",\"JJ\"],"
                         "\"FSLTDZ\":[{\"from\":\"10-16\",\"to\":\"04-14\","
                         "\"limit\":114}],\"interval_s\":600,"
                         "\"wind\":\"gust\",\"sl651\":\"0044090203\","
                         "\"vendor_id\":\"dev-7\",\"via\":\"MM-2\","
                         "\"sl651_password\":4660,\"sl651_centre\":16,"
                         "\"sl651_slots\":\"last\",\"sl651_mode\":\"m3\","
                         "\"sl651_vendor\":\"acme\",\"sl651_ask\":true,"
                         "\"sl651_amends\":true,"
                         "\"PULT\":40.5,\"ZLLT\":-1.25,\"VTLLT\":11.5,"
                         "\"levels_synthetic\":true,\"active\":false}",
                         &s, &e),
                 OK);
        CHECK_EQ(s.wrz_milli, 9000);
        CHECK_EQ(s.obhtz_milli, LEVEL_UNSET);
        CHECK_EQ(s.season[0].begin_mmdd, 1016);
        CHECK_STR(s.catchment[0], "XDJ");
        CHECK_STR(s.catchment[1], "JJ");
        CHECK_STR(s.catchment[2], "");
        CHECK_EQ(s.season[0].fsltdz_milli, 114000);
        CHECK_EQ(s.terminal.password, 0x1234);
        CHECK_EQ(s.terminal.centre, 16);
        CHECK_EQ(s.terminal.slots, SL651_SLOTS_LAST);
        CHECK_EQ(s.terminal.mode, SL651_M3);
        CHECK_STR(s.terminal.vendor, "acme");
        CHECK(s.terminal.ask && s.terminal.amends);
        CHECK_EQ(s.checks.pult_milli, 40500);
        CHECK_EQ(s.checks.zllt_milli, -1250);
        CHECK_EQ(s.checks.zult_milli, LEVEL_UNSET);
        wire_station_encode(&s, &b);
        buf_char(&b, '\0');
        CHECK_EQ(station(b.p, &back, &e), OK);
        wire_station_encode(&back, &again);
        buf_char(&again, '\0');
        CHECK_STR(b.p, again.p);
        buf_done(&b);
        buf_done(&again);
}

TEST(a_snapshot_keeps_how_the_terminal_behaves)
{
        struct places p, back;
        struct station s;
        struct buf b = {0};
        struct unpack u;
        struct err e = {0};

        places_init(&p);
        places_init(&back);
        CHECK_EQ(station("{" LEAST ",\"via\":\"MM-2\",\"vendor_id\":\"d\","
                         "\"sl651_password\":0,\"sl651_mode\":\"m1\","
                         "\"sl651_vendor\":\"b\",\"sl651_amends\":true,"
                         "\"ZTCULT\":0.5}",
                         &s, &e),
                 OK);
        CHECK_EQ(places_put_station(&p, &s, NULL, &e), OK);
        places_save(&p, &b);
        u = (struct unpack){b.p, b.n, false};
        CHECK_EQ(places_load(&back, &u, &e), OK);
        CHECK_EQ(back.n_stations, 1);
        CHECK_STR(back.stations[0].via, "MM-2");
        CHECK_STR(back.stations[0].vendor_id, "d");
        CHECK_EQ(back.stations[0].terminal.password, 0);
        CHECK_EQ(back.stations[0].terminal.mode, SL651_M1);
        CHECK_EQ(back.stations[0].checks.ztcult_milli, 500);
        CHECK_EQ(back.stations[0].checks.pdult_milli, LEVEL_UNSET);
        places_done(&p);
        places_done(&back);
        buf_done(&b);
}

TEST(a_wrong_station_names_its_field_and_leaves_the_result_alone)
{
        static const struct {
                const char *json, *says;
                enum status code;
        } cases[] = {
                {"{" LEAST ",\"WRZ\":\"9\"}", "WRZ", ERR_TYPE},
                {"{" LEAST ",\"WRZ\":9,\"GRZ\":8}", "GRZ", ERR_RANGE},
                {"{" LEAST ",\"near\":-1}", "near", ERR_RANGE},
                {"{" LEAST ",\"county\":\"44\"}", "county", ERR_SYNTAX},
                {"{" LEAST ",\"interval_s\":0}", "interval_s", ERR_RANGE},
                {"{" LEAST ",\"wind\":\"x\"}", "wind", ERR_UNKNOWN},
                {"{" LEAST ",\"sl651\":\"12\"}", "sl651", ERR_SYNTAX},
                {"{" LEAST ",\"active\":1}", "active", ERR_TYPE},
                {"{" LEAST ",\"sl651_password\":65536}", "sl651_password",
                 ERR_RANGE},
                {"{" LEAST ",\"sl651_centre\":0}", "sl651_centre", ERR_RANGE},
                {"{" LEAST ",\"sl651_slots\":\"mid\"}", "sl651_slots",
                 ERR_UNKNOWN},
                {"{" LEAST ",\"sl651_mode\":\"m9\"}", "sl651_mode",
                 ERR_UNKNOWN},
                {"{" LEAST ",\"sl651_vendor\":\"a/b\"}", "sl651_vendor",
                 ERR_SYNTAX},
                {"{" LEAST ",\"sl651_ask\":1}", "sl651_ask", ERR_TYPE},
                {"{" LEAST ",\"ZULT\":\"9\"}", "ZULT", ERR_TYPE},
                {"{" LEAST ",\"FSLTDZ\":[{\"from\":\"13-01\",\"to\":\"04-14\","
                 "\"limit\":1}]}",
                 "FSLTDZ", ERR_SYNTAX},
                {"{\"code\":\"a/b\",\"name\":\"x\",\"kind\":\"ZZ\",\"lon\":1,"
                 "\"lat\":1}",
                 "code", ERR_SYNTAX},
                {"{\"code\":\"a\",\"name\":\"x\",\"kind\":\"QQ\",\"lon\":1,"
                 "\"lat\":1}",
                 "kind", ERR_UNKNOWN},
                {"{\"code\":\"a\",\"name\":\"x\",\"kind\":\"ZZ\",\"lon\":181,"
                 "\"lat\":1}",
                 "lon", ERR_RANGE},
                {"{\"code\":\"a\",\"name\":\"x\",\"kind\":\"ZZ\",\"lon\":1}",
                 "lat", ERR_MISSING},
        };
        struct station s;
        struct err e;
        size_t i;

        memset(&s, 7, sizeof s);
        for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                CHECK_EQ(station(cases[i].json, &s, &e), cases[i].code);
                CHECK(strstr(e.msg, cases[i].says) != NULL);
                CHECK_EQ(s.code[0], 7);
        }
}

#define SQUARE "[[0,0],[4,0],[4,4],[0,4],[0,0]]"
#define HOLE "[[1,1],[3,1],[3,3],[1,3],[1,1]]"
#define ZONE(geometry)                                                         \
        "{\"code\":\"440902\",\"name\":\"z\",\"level\":\"county\",\"parent\":" \
        "\"440900\",\"geometry\":" geometry "}"

TEST(a_hole_is_outside_and_the_label_is_not_in_it)
{
        struct zone z;
        struct err e = {0};

        CHECK_EQ(zone(ZONE("{\"type\":\"Polygon\",\"coordinates\":[" SQUARE
                           "," HOLE "]}"),
                      &z, &e),
                 OK);
        CHECK_EQ(z.n_rings, 2);
        CHECK(!geo_inside(z.rings, z.n_rings, (struct point){2, 2}));
        CHECK(geo_inside(z.rings, z.n_rings, (struct point){0.5, 2}));
        CHECK(geo_inside(z.rings, z.n_rings, z.label));
        CHECK(z.low.lon_deg == 0 && z.high.lat_deg == 4);
        zone_done(&z);
}

TEST(many_polygons_come_back_as_they_went)
{
        static const char two[] =
                ZONE("{\"type\":\"MultiPolygon\",\"coordinates\":[[" SQUARE
                     "," HOLE "],[[[9,9],[10,9],[10,10],[9,9]]]]}");
        struct zone z, back;
        struct buf b = {0};
        struct err e = {0};

        CHECK_EQ(zone(two, &z, &e), OK);
        CHECK_EQ(z.rings[1].part, 0);
        CHECK_EQ(z.rings[2].part, 1);
        wire_zone_encode(&z, &b);
        buf_char(&b, '\0');
        CHECK_EQ(zone(b.p, &back, &e), OK);
        CHECK_EQ(back.n_rings, 3);
        CHECK_EQ(back.rings[2].part, 1);
        CHECK(back.rings[2].at[1].lon_deg == 10);
        zone_done(&z);
        zone_done(&back);
        buf_done(&b);
}

TEST(a_wrong_outline_is_refused)
{
        struct zone z;
        struct err e = {0};

        CHECK_EQ(zone(ZONE("{\"type\":\"Point\",\"coordinates\":[1,2]}"), &z,
                      &e),
                 ERR_UNSUPPORTED);
        CHECK_EQ(zone(ZONE("{\"type\":\"Polygon\",\"coordinates\":[[[0,0],"
                           "[1,0],[1,1],[0,1]]]}"),
                      &z, &e),
                 ERR_SYNTAX);
        CHECK_EQ(zone(ZONE("{\"type\":\"Polygon\",\"coordinates\":[[[0,0],"
                           "[1,0],[0,0]]]}"),
                      &z, &e),
                 ERR_TOO_FEW);
        CHECK_EQ(zone(ZONE("{\"type\":\"Polygon\",\"coordinates\":[[[0,0],"
                           "[500,0],[1,1],[0,0]]]}"),
                      &z, &e),
                 ERR_RANGE);
        CHECK_EQ(
                zone(ZONE("{\"type\":\"Polygon\",\"coordinates\":[]}"), &z, &e),
                ERR_MISSING);
        CHECK_EQ(zone("{\"code\":\"4409\",\"name\":\"z\",\"level\":\"county\"}",
                      &z, &e),
                 ERR_SYNTAX);
}

/* A horseshoe: its centroid lies between the arms. */
TEST(the_label_of_a_horseshoe_is_inside)
{
        struct zone z;
        struct err e = {0};

        CHECK_EQ(zone(ZONE("{\"type\":\"Polygon\",\"coordinates\":[[[0,0],"
                           "[9,0],[9,9],[8,9],[8,1],[1,1],[1,9],[0,9],"
                           "[0,0]]]}"),
                      &z, &e),
                 OK);
        CHECK(geo_inside(z.rings, z.n_rings, z.label));
        zone_done(&z);
}

TEST(records_fill_the_book_and_replace_by_code)
{
        struct places p;
        struct err e = {0};

        places_init(&p);
        CHECK_EQ(wire_import_apply(
                         &p,
                         TEXT("{\"what\":\"station\",\"by\":\"x\"," LEAST "}"),
                         &e),
                 OK);
        CHECK_EQ(wire_import_apply(
                         &p, TEXT("{\"what\":\"station\"," LEAST ",\"WRZ\":9}"),
                         &e),
                 OK);
        CHECK_EQ(p.n_stations, 1);
        CHECK_EQ(p.stations[0].wrz_milli, 9000);
        CHECK_EQ(wire_import_apply(
                         &p,
                         TEXT("{\"what\":\"facility\",\"id\":\"H1\",\"name\":"
                              "\"h\",\"kind\":\"hospital\",\"lon\":1,\"lat\":2,"
                              "\"capacity\":null}"),
                         &e),
                 OK);
        CHECK_EQ(p.facilities[0].capacity, -1);
        CHECK_EQ(wire_import_apply(&p, TEXT("{\"what\":\"boat\"}"), &e),
                 ERR_UNKNOWN);
        CHECK_EQ(wire_import_apply(&p, TEXT("["), &e), ERR_SYNTAX);
        places_done(&p);
}

static void put(struct places *p, const char *code, const char *sl651)
{
        struct station s = {.active = true};

        snprintf(s.code, sizeof s.code, "%s", code);
        snprintf(s.sl651, sizeof s.sl651, "%s", sl651);
        if (places_put_station(p, &s, NULL, NULL) != OK)
                fail_msg("no memory");
}

static uint32_t of_terminal(const struct places *p, const char *address)
{
        return places_find_sl651(p, text_of(address));
}

TEST(a_station_is_found_by_its_terminals_address_or_its_code)
{
        struct places p;

        places_init(&p);
        CHECK_EQ(of_terminal(&p, "0011223344"), NO_INDEX);
        put(&p, "A", "00303a9006");
        put(&p, "11223344", "");
        put(&p, "4409000001", "");
        CHECK_EQ(of_terminal(&p, "00303A9006"), 0);
        CHECK_EQ(of_terminal(&p, "0011223344"), 1);
        CHECK_EQ(of_terminal(&p, "4409000001"), 2);
        CHECK_EQ(of_terminal(&p, "0011223345"), NO_INDEX);
        CHECK_EQ(of_terminal(&p, ""), NO_INDEX);
        /* the address moves to another station */
        put(&p, "A", "0000000001");
        put(&p, "B", "00303A9006");
        CHECK_EQ(of_terminal(&p, "00303A9006"), 3);
        CHECK_EQ(of_terminal(&p, "0000000001"), 0);
        put(&p, "A", "00303A9006"); /* two have it: the first in the book */
        CHECK_EQ(of_terminal(&p, "00303A9006"), 0);
        places_done(&p);
}

TEST(addresses_that_change_without_end_fill_no_table)
{
        struct places p;
        char address[16], code[16];
        uint32_t i;

        places_init(&p);
        for (i = 0; i < 5000; i++) {
                snprintf(code, sizeof code, "S%u", i % 300);
                snprintf(address, sizeof address, "44%08u", i);
                put(&p, code, address);
        }
        CHECK(p.by_sl651.n <= 2 * p.cap_stations);
        CHECK_EQ(of_terminal(&p, "4400004999"), 4999 % 300);
        CHECK_EQ(of_terminal(&p, "4400000001"), NO_INDEX);
        places_done(&p);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(what_is_not_said_gets_its_default_and_no_threshold),
                RUN(a_station_knows_its_dykes_and_who_is_upstream),
                RUN(a_river_is_there_while_a_station_names_it),
                RUN(a_code_says_of_what_it_is),
                RUN(a_wrong_catchment_is_refused),
                RUN(a_station_comes_back_as_it_went),
                RUN(a_snapshot_keeps_how_the_terminal_behaves),
                RUN(a_wrong_station_names_its_field_and_leaves_the_result_alone),
                RUN(a_hole_is_outside_and_the_label_is_not_in_it),
                RUN(many_polygons_come_back_as_they_went),
                RUN(a_wrong_outline_is_refused),
                RUN(the_label_of_a_horseshoe_is_inside),
                RUN(records_fill_the_book_and_replace_by_code),
                RUN(a_station_is_found_by_its_terminals_address_or_its_code),
                RUN(addresses_that_change_without_end_fill_no_table),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
