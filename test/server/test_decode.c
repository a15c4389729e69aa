/* Tests of server/tool/decode.c: `sanfang decode sl651`. */
#include "check.h"

#include <stdlib.h>
#include <unistd.h>

#include "schemas/wire/json.h"
#include "server/tool/tool.h"

static char said[400]; /* what would have gone to stderr */

int tool_fail(const struct err *e)
{
        snprintf(said, sizeof said, "%s", e->msg);
        return 1;
}

static char out[16384];

/* Runs the verb and keeps what it writes to standard output. */
static int run(const char *form, const char *frame)
{
        char verb[] = "decode", what[] = "sl651";
        char *argv[] = {verb, what, (char *)form, (char *)frame, NULL};
        int keep = dup(STDOUT_FILENO), code;
        FILE *f = tmpfile();
        size_t n;

        if (!f || keep < 0)
                fail_msg("no temporary file");
        fflush(stdout);
        dup2(fileno(f), STDOUT_FILENO);
        said[0] = '\0';
        code = tool_decode(frame ? 4 : 3, argv);
        fflush(stdout);
        dup2(keep, STDOUT_FILENO);
        close(keep);
        rewind(f);
        n = fread(out, 1, sizeof out - 1, f);
        out[n] = '\0';
        fclose(f);
        return code;
}

#define FRAME_32                                                       \
        "7E7E05001122334403E832002B020034170718110016F1F1001122334448" \
        "F0F01707181100201900004026190000403923000104903812109903A421"

TEST(a_frame_becomes_one_line_of_json)
{
        struct json *j = NULL;
        struct err e = {0};
        const struct json *z;
        int64_t v;

        CHECK_EQ(run("--hex", FRAME_32), 0);
        CHECK(out[strlen(out) - 1] == '\n');
        CHECK_EQ(json_parse((struct text){out, strlen(out) - 1}, sizeof out, &j,
                            &e),
                 OK);
        CHECK(text_is(json_text(json_get(j, "address")), "0011223344"));
        CHECK(text_is(json_text(json_get(j, "function")), "32"));
        CHECK(json_i64(json_get(j, "serial"), &v));
        CHECK_EQ(v, 52);
        CHECK(text_is(json_text(json_get(j, "sent_at")),
                      "2017-07-18T11:00:16+08:00"));
        CHECK_EQ(json_size(json_get(j, "elements")), 4);
        z = json_next(json_next(json_first(json_get(j, "elements"))));
        CHECK(text_is(json_text(json_get(z, "element")), "Z"));
        CHECK(json_milli(json_get(z, "value"), &v));
        CHECK_EQ(v, 10490);
        CHECK(text_is(json_text(json_get(z, "unit")), "m"));
        CHECK(text_is(json_text(json_get(z, "time")),
                      "2017-07-18T11:00:00+08:00"));
        CHECK(text_is(json_text(json_get(z, "quality")), "good"));
        json_free(j);
}

TEST(hex_is_guessed_and_blanks_do_not_matter)
{
        char spaced[400];
        size_t i, n = 0;

        for (i = 0; FRAME_32[i]; i++) {
                spaced[n++] = FRAME_32[i];
                if (i % 2)
                        spaced[n++] = ' ';
        }
        spaced[n] = '\0';
        CHECK_EQ(run(spaced, NULL), 0);
        CHECK(strstr(out, "\"value\":10.49"));
}

TEST(missing_is_null)
{
        CHECK_EQ(run("--hex",
                     "7E7E05001122334403E831004E020031170718110005F1F100112233"
                     "4448F0F017071810050418000005392300000122000001220000"
                     "02850001049000010490FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
                     "FFFFFFFF0001049000010490037AC7"),
                 0);
        CHECK(strstr(out, "\"value\":null,\"unit\":\"m\",\"time\":\"2017-07-18T"
                          "10:30:00+08:00\",\"quality\":\"missing\""));
}

TEST(a_bad_frame_names_the_byte)
{
        CHECK_EQ(run("--hex", "7E7E01"), 1);
        CHECK(strstr(said, "byte 3"));
        CHECK_STR(out, "");
        CHECK_EQ(run("--hex", "7E7"), 1);
        CHECK(strstr(said, "byte 1"));
        CHECK_EQ(run("--hex", "7E7X"), 1);
        CHECK(strstr(said, "byte 1"));
        CHECK_EQ(run("--ascii", "\x01"
                                "5010123456"),
                 1);
        CHECK(strstr(said, "byte 11"));
}

TEST(what_departs_from_the_standard_is_told)
{
        CHECK_EQ(run("--hex",
                     "7E7E1000123456781234340057020003140612020000F1F1001234"
                     "567848F0F01406120200F460000000000000000000000000F5C00A"
                     "AA0AAAFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF26190000"
                     "0020190000001A19000000391A0027303812129003DD4E"),
                 0);
        CHECK(strstr(out, "\"deviations\":[{\"name\":\"definition\","
                          "\"byte\":93,"));
        CHECK(strstr(out, "\"clause\":\"annex C\""));
        CHECK(strstr(out, "{\"element\":\"DRZ1\",\"value\":27.3,"));
}

TEST(texts_status_words_and_queries_are_shown)
{
        CHECK_EQ(run("--hex", "7E7E01001234567812343500110200045910111551"
                              "45F2F25120312E323334034602"),
                 0);
        CHECK(strstr(out, "\"kind\":\"text\",\"length\":7,"));
        CHECK(strstr(out, "\"text\":\"Q 1.234\""));
        CHECK_EQ(run("--hex", "7E7E0500112233441234460015020023170718102008F1"
                              "F100112233444520000004000315C1"),
                 0);
        CHECK(strstr(out, "\"status\":[\"pump_standing\"]"));
        CHECK_EQ(run("--hex", "7E7E00123456781012343880170200001303251105331303"
                              "2410130325100418000000F46005F800"),
                 0);
        CHECK(strstr(out, "\"direction\":\"down\""));
        CHECK(strstr(out, "\"from\":\"2013-03-24T10:00:00+08:00\""));
        CHECK(strstr(out, "\"asked\":[\"DRP\"]"));
}

TEST(ascii_frames_are_read)
{
        CHECK_EQ(run("--ascii", "\x01"
                                "015010123456000032003E\x02"
                                "0001260909080000ST 5010123456 H TT 2609090800 "
                                "Z 6.38 VT 12.50 \x03"
                                "6EBA"),
                 0);
        CHECK(strstr(out, "\"encoding\":\"ascii\""));
        CHECK(strstr(out, "{\"element\":\"Z\",\"value\":6.38,"));
        CHECK(strstr(out, "\"stations\":[{\"address\":\"5010123456\","
                          "\"class\":\"H\"}]"));
}

TEST(other_protocols_are_named)
{
        CHECK_EQ(run("--hex", "680A6830001234567801B102038416"), 1);
        CHECK(strstr(said, "byte 0: SL 427 / SZY206"));
        CHECK_EQ(run("--ascii", "##0016QN=1;ST=32"), 1);
        CHECK(strstr(said, "byte 0: HJ 212"));
}

TEST(help_and_usage)
{
        CHECK_EQ(run("--help", NULL), 0);
        CHECK(strstr(out, "usage: sanfang decode sl651"));
        CHECK_EQ(run("--no-such", NULL), 2);
        CHECK_EQ(run("--slots", "sometimes"), 2);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_frame_becomes_one_line_of_json),
                RUN(hex_is_guessed_and_blanks_do_not_matter),
                RUN(missing_is_null),
                RUN(a_bad_frame_names_the_byte),
                RUN(what_departs_from_the_standard_is_told),
                RUN(texts_status_words_and_queries_are_shown),
                RUN(ascii_frames_are_read),
                RUN(other_protocols_are_named),
                RUN(help_and_usage),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
