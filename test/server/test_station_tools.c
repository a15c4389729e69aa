/* test/server/test_station_tools.c -- the ledger, the clock's GET, and
 * `sanfang journal` on a journal that is whole, damaged, exported. */
#include "check.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "schemas/time.h"
#include "sensors/adapter/journal.h"
#include "sensors/adapter/segment.h"
#include "server/file.h"
#include "server/tool/http_get.h"
#include "server/tool/ledger.h"
#include "server/tool/tool.h"

static char dir[200];

int tool_fail(const struct err *e)
{
        fprintf(stderr, "%s\n", e->msg);
        return 1;
}

const char *tool_state_dir(void)
{
        return dir;
}

static void fresh_dir(void)
{
        char cmd[500];

        snprintf(dir, sizeof dir, "/tmp/sanfang-tools-%ld", (long)getpid());
        snprintf(cmd, sizeof cmd, "rm -rf '%s'; mkdir '%s'", dir, dir);
        assert_int_equal(system(cmd), 0);
}

static const char *path_of(const char *name)
{
        static char path[2][300];
        static int turn;

        turn = !turn;
        snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
        return path[turn];
}

/* ---- ledger ---- */

TEST(the_ledger_cuts_a_torn_line_and_writes_no_line_twice)
{
        struct buf b = {0};
        struct ledger l;
        struct err e;
        int fd;

        fresh_dir();
        CHECK_EQ(ledger_open(path_of("l"), &l, &e), OK);
        ledger_add(&l, "A", 9, 1, 0, ELEMENT_Z, 1500);
        CHECK_EQ(ledger_flush(&l, &e), OK);
        ledger_close(&l);
        fd = open(path_of("l"), O_WRONLY | O_APPEND);
        CHECK_EQ(write(fd, "{\"station\":\"A\",\"bo", 17), 17);
        close(fd);
        CHECK_EQ(ledger_open(path_of("l"), &l, &e), OK);
        ledger_add(&l, "A", 9, 1, 0, ELEMENT_Z, 1500);
        ledger_add(&l, "A", 9, 2, 0, ELEMENT_Z, 1600);
        CHECK_EQ(ledger_flush(&l, &e), OK);
        ledger_close(&l);
        CHECK_EQ(file_read(path_of("l"), &b, &e), OK);
        CHECK(text_is(buf_as_text(&b),
                      "{\"station\":\"A\",\"boot\":9,\"seq\":1,\"time\":"
                      "\"1970-01-01T08:00:00+08:00\",\"element\":\"Z\","
                      "\"value\":1.5}\n"
                      "{\"station\":\"A\",\"boot\":9,\"seq\":2,\"time\":"
                      "\"1970-01-01T08:00:00+08:00\",\"element\":\"Z\","
                      "\"value\":1.6}\n"));
        buf_done(&b);
}

/* ---- GET ---- */

struct answer {
        int fd;
        const char *text;
};

static void *answer_main(void *self)
{
        struct answer *a = self;
        char ask[1000];
        int fd = accept(a->fd, NULL, NULL);
        size_t i;

        if (fd < 0)
                return NULL;
        if (read(fd, ask, sizeof ask) > 0)
                for (i = 0; a->text[i]; i++) /* byte by byte */
                        if (write(fd, a->text + i, 1) != 1)
                                break;
        close(fd);
        return NULL;
}

static enum status get(const char *text, struct buf *b, struct err *e)
{
        struct sockaddr_in at = {.sin_family = AF_INET};
        socklen_t n = sizeof at;
        struct answer a = {.text = text};
        pthread_t thread;
        enum status st;
        char url[80];

        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        a.fd = socket(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(bind(a.fd, (struct sockaddr *)&at, sizeof at), 0);
        assert_int_equal(listen(a.fd, 1), 0);
        assert_int_equal(getsockname(a.fd, (struct sockaddr *)&at, &n), 0);
        pthread_create(&thread, NULL, answer_main, &a);
        snprintf(url, sizeof url, "http://127.0.0.1:%d/x", ntohs(at.sin_port));
        st = http_get(url, 2000, b, e);
        pthread_join(thread, NULL);
        close(a.fd);
        return st;
}

TEST(a_get_reads_plain_and_chunked_bodies_and_refuses_the_rest)
{
        struct buf b = {0};
        struct err e;

        CHECK_EQ(get("HTTP/1.1 200 OK\r\nA: b\r\n\r\n{\"a\":1}", &b, &e), OK);
        CHECK(text_is(buf_as_text(&b), "{\"a\":1}"));
        CHECK_EQ(get("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "4\r\n{\"a\"\r\n3\r\n:2}\r\n0\r\n\r\n",
                     &b, &e),
                 OK);
        CHECK(text_is(buf_as_text(&b), "{\"a\":2}"));
        CHECK_EQ(get("HTTP/1.1 503 No\r\n\r\n", &b, &e), ERR_UNAVAILABLE);
        CHECK_EQ(get("nonsense", &b, &e), ERR_UNAVAILABLE);
        CHECK_EQ(get("", &b, &e), ERR_UNAVAILABLE);
        CHECK_EQ(http_get("http://127.0.0.1:1/", 500, &b, &e), ERR_UNAVAILABLE);
        CHECK_EQ(http_get("ftp://x", 500, &b, &e), ERR_CONFIG);
        buf_done(&b);
}

/* ---- sanfang journal ---- */

static int journal_tool(const char *verb, const char *a, const char *b,
                        const char *c, const char *d)
{
        char *argv[] = {(char *)"journal",
                        (char *)(uintptr_t)verb,
                        (char *)(uintptr_t)a,
                        (char *)(uintptr_t)b,
                        (char *)(uintptr_t)c,
                        (char *)(uintptr_t)d,
                        NULL};
        int argc = 2, rc;

        while (argv[argc])
                argc++;
        optind = 0;
        rc = tool_journal(argc, argv);
        fflush(stdout);
        return rc;
}

/* What the verb printed, in a file; its exit code. */
static int printed(struct buf *out, const char *verb, const char *a,
                   const char *b, const char *c, const char *d)
{
        int keep = dup(1), rc;
        int fd = open(path_of("out"), O_RDWR | O_CREAT | O_TRUNC, 0600);

        fflush(stdout);
        dup2(fd, 1);
        rc = journal_tool(verb, a, b, c, d);
        dup2(keep, 1);
        close(keep);
        close(fd);
        buf_clear(out);
        assert_int_equal(file_read(path_of("out"), out, NULL), OK);
        buf_char(out, '\0');
        return rc;
}

static void make_journal(void)
{
        struct journal_config c = {.dir = path_of("journal"), .manual = true};
        struct journal *j = NULL;
        struct err e;

        assert_int_equal(journal_open(&c, &j, &e), OK);
        journal_append_mqtt(j, 0, TEXT("t/1"), TEXT("{\"a\":\n1}"), NULL, &e);
        journal_append_mqtt(j, 0, TEXT("t/\xff"), TEXT("not JSON"), NULL, &e);
        journal_append(j, RECORD_LINK, 0, TEXT("{\"link\":\"x\"}"), NULL, &e);
        journal_close(j);
}

TEST(journal_cat_prints_one_json_line_per_record)
{
        struct buf b = {0};

        fresh_dir();
        make_journal();
        CHECK_EQ(printed(&b, "cat", NULL, NULL, NULL, NULL), 0);
        CHECK_STR(b.p,
                  "{\"seq\":1,\"kind\":\"mqtt\",\"real\":"
                  "\"1970-01-01T08:00:00+08:00\",\"topic\":\"t/1\","
                  "\"payload\":{\"a\": 1}}\n"
                  "{\"seq\":2,\"kind\":\"mqtt\",\"real\":"
                  "\"1970-01-01T08:00:00+08:00\",\"topic\":\"t/\xef\xbf\xbd"
                  "\",\"payload_text\":\"not JSON\"}\n"
                  "{\"seq\":3,\"kind\":\"link\",\"real\":"
                  "\"1970-01-01T08:00:00+08:00\",\"body\":{\"link\":"
                  "\"x\"}}\n");
        CHECK_EQ(printed(&b, "cat", "--kind", "link", "--from", "3"), 0);
        CHECK(strncmp(b.p, "{\"seq\":3,", 9) == 0);
        CHECK_EQ(printed(&b, "cat", "--kind", "nope", NULL, NULL), 2);
        buf_done(&b);
}

TEST(journal_verify_names_a_flipped_byte_and_export_copies_a_range)
{
        char copy[300], segment[300];
        struct buf b = {0};
        int fd;

        fresh_dir();
        make_journal();
        snprintf(copy, sizeof copy, "%s", path_of("copy"));
        CHECK_EQ(printed(&b, "verify", NULL, NULL, NULL, NULL), 0);
        CHECK_EQ(printed(&b, "export", "--from", "2", "--out", copy), 0);
        CHECK_EQ(printed(&b, "verify", "--dir", copy, NULL, NULL), 0);
        CHECK(strstr(b.p, "2 records") != NULL);
        CHECK_EQ(printed(&b, "export", "--out", copy, NULL, NULL), 1);
        snprintf(segment, sizeof segment, "%s",
                 path_of("journal/00000000000000000001.seg"));
        fd = open(segment, O_WRONLY);
        CHECK_EQ(pwrite(fd, "X", 1, SEGMENT_MAGIC_BYTES + SEGMENT_OVERHEAD), 1);
        close(fd);
        CHECK_EQ(printed(&b, "verify", NULL, NULL, NULL, NULL), 1);
        CHECK(strstr(b.p,
                     "00000000000000000001.seg is damaged at byte 16, after "
                     "sequence 0 (the record there calls itself 1); good "
                     "records follow") != NULL);
        buf_done(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(the_ledger_cuts_a_torn_line_and_writes_no_line_twice),
                RUN(a_get_reads_plain_and_chunked_bodies_and_refuses_the_rest),
                RUN(journal_cat_prints_one_json_line_per_record),
                RUN(journal_verify_names_a_flipped_byte_and_export_copies_a_range),
        };
        char cmd[300];
        int rc = cmocka_run_group_tests(tests, NULL, NULL);

        snprintf(cmd, sizeof cmd, "rm -rf '%s'", dir);
        return rc || system(cmd) != 0;
}
