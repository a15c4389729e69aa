/* Tests of `sanfang import mapping`: what --check says of samples, and the
 * records that go in.
 *
 * The door is a fake that keeps the last record. */
#include "check.h"

#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#include "schemas/wire/mapping.h"
#include "server/tool/import.h"
#include "server/tool/tool.h"

#define SIMPLE SOURCE_DIR "/sensors/mappings/simple.json"
#define TTN SOURCE_DIR "/sensors/mappings/ttn.json"
#define HERE SOURCE_DIR "/test/server/mapping/"

static char out[8192], said[400], body[4096];

struct door {
        int unused;
};

enum status door_open(const char *state_dir, struct door **ret, struct err *e)
{
        static struct door d;

        (void)state_dir, (void)e;
        *ret = &d;
        return OK;
}

enum status door_submit(struct door *d, enum record_kind kind, struct text t,
                        struct err *e)
{
        (void)d, (void)e;
        assert_int_equal(kind, RECORD_IMPORT);
        assert_true(text_copy(body, sizeof body, t));
        return OK;
}

bool door_is_server(const struct door *d)
{
        return d != NULL;
}

void door_close(struct door *d)
{
        (void)d;
}

int tool_fail(const struct err *e)
{
        snprintf(said, sizeof said, "%s", e->msg);
        return 1;
}

const char *tool_state_dir(void)
{
        return ".";
}

int tool_import_day(int argc, char **argv)
{
        (void)argc, (void)argv;
        return 77;
}

/* Runs the verb; `out` is what it wrote, `said` the failure. */
static int run(const char *first, ...)
{
        char *argv[12] = {(char *)"mapping", (char *)first};
        int argc = 2, keep = dup(STDOUT_FILENO), code;
        FILE *f = tmpfile();
        va_list ap;
        size_t n;

        assert_true(f && keep >= 0);
        va_start(ap, first);
        while ((argv[argc] = va_arg(ap, char *)) != NULL)
                argc++;
        va_end(ap);
        optind = 0;
        said[0] = body[0] = '\0';
        fflush(stdout);
        dup2(fileno(f), STDOUT_FILENO);
        code = tool_import_mapping(argc, argv);
        fflush(stdout);
        dup2(keep, STDOUT_FILENO);
        close(keep);
        rewind(f);
        n = fread(out, 1, sizeof out - 1, f);
        out[n] = '\0';
        fclose(f);
        return code;
}

/* `out` has a line that ends so. */
static void has_line(const char *end)
{
        char line[400];

        snprintf(line, sizeof line, "%s\n", end);
        if (!strstr(out, line))
                fail_msg("no line \"%s\" in:\n%s", end, out);
}

static const char *scratch(const char *content)
{
        static char path[64];
        FILE *f;
        int fd;

        snprintf(path, sizeof path, "/tmp/sanfang-mapping-XXXXXX");
        fd = mkstemp(path);
        f = fd >= 0 ? fdopen(fd, "wb") : NULL;
        assert_non_null(f);
        fputs(content, f);
        fclose(f);
        return path;
}

TEST(a_mapping_alone_is_checked)
{
        CHECK_EQ(run("--check", SIMPLE, NULL), 0);
        has_line(": mapping \"simple\" of 3 elements on acme/+/data is right");
        CHECK_EQ(run("--check", TTN, NULL), 0);
        CHECK_STR(body, ""); /* nothing went in */
}

TEST(a_sample_shows_each_value_or_the_pointer_that_failed)
{
        CHECK_EQ(run("--check", SIMPLE, HERE "messages.json", NULL), 1);
        has_line("messages.json[0]: 80051 2023-10-20T03:00:00+08:00 Z "
                 "12.345 m");
        has_line("[0]: 80052 2023-10-20T03:00:00+08:00 PN05 0.5 mm");
        has_line("[0]: 80052 2023-10-20T03:00:00+08:00 VT 12.6 V");
        has_line("[1]: 80053 2023-10-20T03:05:00+08:00 Z missing ");
        has_line("[2]: 80053 2023-10-20T03:05:00+08:00 Z missing ");
        has_line("[3]: not for this mapping: its conditions do not hold");
        has_line("[4]: type: \"/data/*/value\" must be a number, a text that "
                 "is one, or null, in item 0 of \"/data\"");
        has_line("[5]: missing: station: \"/data/*/sn\" is not there, in item "
                 "0 of \"/data\"");
        CHECK(strstr(out, "[6]: time: time: \"/data/*/time\" is no "
                          "beijing"));
        CHECK(strstr(out, "[7]: range: \"/data/*/value\" is outside"));
        has_line("[8]: missing: \"/data\" must be a list");
        CHECK_STR(said, "5 samples cannot be read");
        CHECK_STR(body, "");
}

TEST(a_list_that_the_mapping_walks_is_one_message)
{
        CHECK_EQ(run("--check", HERE "rows.json", HERE "rows_message.json",
                     NULL),
                 0);
        has_line("rows_message.json: 80051 (server time) Z 12.34 m");
        has_line("rows_message.json: 80052 (server time) Z missing ");
}

TEST(what_cannot_be_checked_is_said)
{
        const char *path = scratch("{\"data\":[}");

        CHECK_EQ(run("--check", SIMPLE, path, NULL), 1);
        CHECK(strstr(said, path) == said);
        remove(path);
        CHECK_EQ(run("--check", SIMPLE, "/nowhere.json", NULL), 1);
        CHECK(strstr(said, "/nowhere.json"));
        CHECK_EQ(run("--check", "--topic", "acme/g7/x", SIMPLE, NULL), 1);
        CHECK(strstr(said, "is not for topic acme/g7/x"));
        CHECK_EQ(run("--check", "--topic", "acme/g7/data", SIMPLE, NULL), 0);
        path = scratch("{\"name\":\"x\",\"topic\":\"v\",\"stations\":{}}");
        CHECK_EQ(run("--check", path, NULL), 1);
        CHECK(strstr(said, "there is no member \"stations\""));
        CHECK_EQ(run(path, NULL), 1);
        CHECK_STR(body, "");
        remove(path);
}

TEST(a_mapping_goes_in_as_a_record_and_out_by_its_name)
{
        struct mapping m;
        struct err e = {0};

        CHECK_EQ(run(SIMPLE, NULL), 0);
        CHECK_EQ(wire_mapping_decode(text_of(body), &m, &e), OK);
        CHECK_STR(m.name, "simple");
        CHECK(strstr(body, "{\"what\":\"mapping\",") == body);
        wire_mapping_done(&m);
        CHECK_EQ(run("--remove", "simple", NULL), 0);
        CHECK_EQ(wire_mapping_decode(text_of(body), &m, &e), OK);
        CHECK(m.remove);
        CHECK_EQ(run("--remove", "simple", SIMPLE, NULL), 2);
        CHECK_EQ(run(SIMPLE, SIMPLE, NULL), 2);
}

/* What The Things Network's own decoders are said to give; not in the
 * project. */
#define TTN_MAPPING                                                          \
        "{\"name\":\"ttn-examples\",\"topic\":\"ttn/up\",\"station\":{"      \
        "\"pointer\":\"/device\"},\"when\":[{\"pointer\":\"/fPort\","        \
        "\"equals\":85}],\"elements\":[{\"pointer\":\"/decoded/level\","     \
        "\"element\":\"Z\",\"scale\":\"0.01\"},{\"pointer\":\"/decoded/"     \
        "temperature\",\"element\":\"AI\"},{\"pointer\":\"/decoded/pressure" \
        "\",\"element\":\"FL\",\"unit\":\"hPa\"},{\"pointer\":\"/decoded/"   \
        "wind_speed\",\"element\":\"US\"},{\"pointer\":\"/decoded/rainfall_" \
        "total\",\"element\":\"PT\"}]}"

TEST(the_examples_of_the_things_network_are_read)
{
        const char *data = getenv("SANFANG_SHARED_DATA"), *path;
        char samples[512];

        snprintf(samples, sizeof samples,
                 "%s/mqtt/ttn_lorawan_devices_examples.json",
                 data ? data : SOURCE_DIR "/../shared/data");
        if (access(samples, R_OK) != 0) {
                print_message("skipped: %s is not there\n", samples);
                skip();
        }
        path = scratch(TTN_MAPPING);
        CHECK_EQ(run("--check", path, samples, NULL), 0);
        remove(path);
        has_line("[0]: Milesight EM500-SWL submersible water level (server "
                 "time) Z 0.02 m");
        has_line("[1]: Milesight WTS506 weather station (server time) AI 27.2 "
                 "degC");
        has_line("(server time) FL 1015.4 hPa");
        has_line("(server time) US 40.2 m/s");
        has_line("(server time) PT 50.6 mm");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_mapping_alone_is_checked),
                RUN(a_sample_shows_each_value_or_the_pointer_that_failed),
                RUN(a_list_that_the_mapping_walks_is_one_message),
                RUN(what_cannot_be_checked_is_said),
                RUN(a_mapping_goes_in_as_a_record_and_out_by_its_name),
                RUN(the_examples_of_the_things_network_are_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
