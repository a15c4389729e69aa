/* Tests of schemas/raster.c and schemas/wire/raster.c. */
#include "check.h"

#include "schemas/wire/raster.h"

TEST(a_raster_comes_back_as_it_went)
{
        struct raster r, back;
        struct buf b = {0};
        struct err e = {0};

        CHECK_EQ(raster_create(&r, 3, 2, &e), OK);
        r.west_deg = 110.05;
        r.north_deg = 22.8;
        r.dx_deg = r.dy_deg = 0.05;
        strcpy(r.unit, "mm");
        r.value_milli[4] = 12300;
        wire_raster_encode(&r, &b);
        CHECK_EQ(wire_raster_decode(buf_as_text(&b), &back, &e), OK);
        CHECK_EQ(back.width, 3);
        CHECK_EQ(back.value_milli[0], RASTER_MISSING);
        CHECK_EQ(back.value_milli[4], 12300);
        CHECK(back.west_deg == r.west_deg && back.dx_deg == r.dx_deg);
        CHECK_STR(back.unit, "mm");
        raster_done(&r);
        raster_done(&back);
        buf_done(&b);
}

#define HEAD "\"west\":1,\"north\":2,\"dx\":1,\"dy\":1,\"unit\":\"mm\","

TEST(a_child_that_lies_is_not_believed)
{
        static const struct {
                struct text json;
                enum status code;
        } cases[] = {
                {TEXT("{\"width\":2,\"height\":2," HEAD "\"values\":[1,2,3]}"),
                 ERR_MISMATCH},
                {TEXT("{\"width\":100000,\"height\":100000," HEAD
                      "\"values\":[1]}"),
                 ERR_SIZE},
                {TEXT("{\"width\":-1,\"height\":2," HEAD "\"values\":[]}"),
                 ERR_SIZE},
                {TEXT("{\"width\":1,\"height\":1," HEAD "\"values\":[0.5]}"),
                 ERR_TYPE},
                {TEXT("{\"width\":1,\"height\":1," HEAD
                      "\"values\":[9000000000000]}"),
                 ERR_RANGE},
                {TEXT("{\"width\":1,\"height\":1,\"west\":1,\"north\":2,"
                      "\"dx\":0,\"dy\":1,\"values\":[1]}"),
                 ERR_RANGE},
                {TEXT("{\"width\":1"), ERR_SYNTAX},
                {TEXT(""), ERR_SYNTAX},
        };
        struct raster r = {.width = 7};
        struct err e;
        size_t i;

        for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
                CHECK_EQ(wire_raster_decode(cases[i].json, &r, &e),
                         cases[i].code);
        CHECK_EQ(r.width, 7);
}

TEST(no_cells_and_too_many_are_refused)
{
        struct raster r;
        struct err e = {0};

        CHECK_EQ(raster_create(&r, 0, 5, &e), ERR_RANGE);
        CHECK_EQ(raster_create(&r, 65536, 65536, &e), ERR_SIZE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_raster_comes_back_as_it_went),
                RUN(a_child_that_lies_is_not_believed),
                RUN(no_cells_and_too_many_are_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
