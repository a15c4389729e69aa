/* test/server/test_storm.c -- a storm's stations under kills: what the
 * ledger says was made arrives, whatever dies on the way.
 *
 * A real mosquitto, a clock and a collector that gives receipts; the
 * simulator is a child that is killed, and so is the broker. */
#include "check.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schemas/buf.h"
#include "schemas/time.h"
#include "schemas/wire/json.h"
#include "sensors/adapter/mqtt.h"
#include "server/clock.h"
#include "server/file.h"
#include "server/tool/courier.h"
#include "server/tool/simulate.h"
#include "server/tool/tool.h"
#include "test/broker.h"

#define STATIONS 3
#define MINUTES 120
#define SEQS 400

static const char *const codes[STATIONS] = {"S1", "S2", "S3"};
static char dir[200], url[64], clock_url[80];
static int clock_fd;
static int64_t begin_us, started_us;

int tool_fail(const struct err *e)
{
        fprintf(stderr, "%s\n", e->msg);
        return 1;
}

const char *tool_state_dir(void)
{
        return dir;
}

/* 20 engine minutes a second, MINUTES long, then it stands still. */
static int64_t engine_us(void)
{
        int64_t us = (clock_mono_us() - started_us) * 1200;

        return begin_us + (us > MINUTES * MINUTE_US ? MINUTES * MINUTE_US : us);
}

static void *clock_main(void *unused)
{
        char text[512], at[40];
        int fd, n;

        (void)unused;
        while ((fd = accept(clock_fd, NULL, NULL)) >= 0) {
                if (read(fd, text, sizeof text) > 0) {
                        time_format_beijing(at, engine_us());
                        n = snprintf(text, sizeof text,
                                     "HTTP/1.1 200 OK\r\nContent-Type: "
                                     "application/json\r\n\r\n{\"now\":\"%s\","
                                     "\"rate\":1,\"paused\":false}",
                                     at);
                        if (write(fd, text, (size_t)n) < 0)
                                break;
                }
                close(fd);
        }
        return NULL;
}

/* ---- the collector: what came, by station and sequence ---- */

static struct {
        pthread_mutex_t lock;
        int64_t time_us[STATIONS][SEQS];
        int64_t value[STATIONS][SEQS];
        int64_t boot;
        int conflicts, doubles, dispatch;
} got = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int station_of(struct text code)
{
        int i;

        for (i = 0; i < STATIONS; i++)
                if (text_is(code, codes[i]))
                        return i;
        return -1;
}

static void take_obs(const struct json *j)
{
        const struct json *o = json_first(json_get(j, "obs"));
        int i = station_of(json_text(json_get(j, "station")));
        int64_t seq, boot, at, v;

        if (i < 0 || !json_i64(json_get(j, "seq"), &seq) || seq < 1 ||
            seq >= SEQS || !json_i64(json_get(j, "boot"), &boot) ||
            json_need_time(o, "time", &at, NULL) != OK ||
            !json_milli(json_get(o, "value"), &v)) {
                got.conflicts++;
                return;
        }
        if (got.boot && boot != got.boot)
                got.conflicts++;
        got.boot = boot;
        if (got.time_us[i][seq]) {
                got.doubles++;
                if (got.time_us[i][seq] != at || got.value[i][seq] != v)
                        got.conflicts++;
        }
        got.time_us[i][seq] = at;
        got.value[i][seq] = v;
}

static enum status collect(void *self, struct text topic, struct text payload,
                           struct err *e)
{
        struct json *j = NULL;

        (void)self;
        pthread_mutex_lock(&got.lock);
        if (json_parse(payload, JSON_MESSAGE_MAX, &j, e) != OK)
                got.conflicts++;
        else if (text_starts(topic, "sanfang/v1/120/"))
                got.dispatch++;
        else
                take_obs(j);
        json_free(j);
        pthread_mutex_unlock(&got.lock);
        return OK;
}

static void give_receipts(struct mqtt *m)
{
        char topic[80], text[80];
        int i, upto;

        for (i = 0; i < STATIONS; i++) {
                pthread_mutex_lock(&got.lock);
                for (upto = 0; got.time_us[i][upto + 1]; upto++)
                        ;
                snprintf(text, sizeof text, "{\"boot\":%lld,\"upto\":%d}",
                         (long long)got.boot, upto);
                pthread_mutex_unlock(&got.lock);
                snprintf(topic, sizeof topic, "sanfang/v1/st/%s/down/receipt",
                         codes[i]);
                mqtt_publish(m, topic, text_of(text), 0, false, NULL);
        }
}

/* ---- the storm ---- */

static void write_day(void)
{
        char path[256], cmd[600];
        FILE *f;
        int i;

        snprintf(dir, sizeof dir, "/tmp/sanfang-storm-%ld", (long)getpid());
        snprintf(cmd, sizeof cmd, "rm -rf '%s'; mkdir -p '%s/day'", dir, dir);
        assert_int_equal(system(cmd), 0);
        snprintf(path, sizeof path, "%s/day/storm.json", dir);
        f = fopen(path, "w");
        assert_non_null(f);
        fputs("{\"name\":\"t\",\"begin\":\"2023-10-20T00:00:00+08:00\","
              "\"live_from\":\"2023-10-20T00:00:00+08:00\","
              "\"end\":\"2023-10-21T00:00:00+08:00\",\"series\":[",
              f);
        for (i = 0; i < STATIONS; i++)
                fprintf(f,
                        "%s{\"station\":\"%s\",\"element\":\"Z\","
                        "\"every_s\":60,\"knots\":[[0,%d],[120,%d]]}",
                        i ? "," : "", codes[i], i, i + 12);
        fputs("],\"calls\":[{\"incident\":\"I1\",\"at_min\":5,\"nature\":"
              "\"n\",\"address\":\"a\",\"lon\":110.9,\"lat\":21.7,"
              "\"people\":2}],\"units\":[{\"unit\":\"U1\",\"lon\":110.92,"
              "\"lat\":21.7}]}",
              f);
        fclose(f);
        assert_true(time_parse(TEXT("2023-10-20T00:00:00+08:00"), &begin_us));
}

/* A program of its own: this one again, with the addresses. */
static pid_t start_storm(void)
{
        pid_t pid = fork();

        if (pid == 0) {
                execl("/proc/self/exe", "storm", dir, url, clock_url,
                      (char *)NULL);
                _exit(127);
        }
        return pid;
}

static int storm_main(char **argv)
{
        char day[256], store[256], ledger[256];
        struct simulate s = {.day = day,
                             .url = argv[2],
                             .clock_url = argv[3],
                             .ledger = ledger,
                             .state_dir = store,
                             .resend_s = 1};
        struct err e = {0};

        snprintf(day, sizeof day, "%s/day", argv[1]);
        snprintf(store, sizeof store, "%s/store", argv[1]);
        snprintf(ledger, sizeof ledger, "%s/ledger.jsonl", argv[1]);
        signal(SIGTERM, simulate_on_signal);
        return simulate_day(&s, &e) == OK ? 0 : tool_fail(&e);
}

static bool all_came(void)
{
        bool all = true;
        int i, k;

        pthread_mutex_lock(&got.lock);
        for (i = 0; i < STATIONS; i++)
                for (k = 1; k <= MINUTES; k++)
                        all = all && got.time_us[i][k];
        pthread_mutex_unlock(&got.lock);
        return all;
}

/* Every line was received; how many different ones there are. */
static int check_ledger(void)
{
        static bool seen[STATIONS][SEQS];
        struct buf b = {0};
        char path[256];
        struct text rest, line;
        int64_t seq, v, at;
        int n = 0, i;

        snprintf(path, sizeof path, "%s/ledger.jsonl", dir);
        assert_int_equal(file_read(path, &b, NULL), OK);
        rest = buf_as_text(&b);
        while (rest.n && text_cut(&rest, '\n', &line)) {
                struct json *j = NULL;

                assert_int_equal(json_parse(line, 4096, &j, NULL), OK);
                i = station_of(json_text(json_get(j, "station")));
                assert_true(i >= 0 && json_i64(json_get(j, "seq"), &seq));
                assert_true(json_milli(json_get(j, "value"), &v));
                assert_int_equal(json_need_time(j, "time", &at, NULL), OK);
                if (got.time_us[i][seq] != at || got.value[i][seq] != v)
                        fail_msg("lost: %.*s", (int)line.n, line.p);
                n += !seen[i][seq];
                seen[i][seq] = true;
                json_free(j);
        }
        buf_done(&b);
        return n;
}

TEST(nothing_in_the_ledger_is_lost_over_kills_of_simulator_and_broker)
{
        struct mqtt_sink sink = {NULL, collect, NULL};
        struct mqtt_config mc = {
                .url = url,
                .client_id = "collector",
                .topics = {"sanfang/v1/st/+/up/obs", "sanfang/v1/120/+/up/+"}};
        struct mqtt *m = NULL;
        pthread_t thread;
        pid_t broker, storm;
        struct err e;
        int port, p, i, k;

        if (access(BROKER, X_OK) != 0) {
                print_message("skipped: no %s here\n", BROKER);
                skip();
        }
        write_day();
        port = broker_pick_port(url);
        clock_fd = broker_listen_somewhere(&p);
        snprintf(clock_url, sizeof clock_url,
                 "http://127.0.0.1:%d/api/v1/clock", p);
        broker = broker_start(port);
        started_us = clock_mono_us();
        pthread_create(&thread, NULL, clock_main, NULL);
        storm = start_storm();
        CHECK_EQ(mqtt_create(&mc, &sink, &m, &e), OK);
        for (i = 1; i < 400 && !all_came(); i++) {
                usleep(100000);
                give_receipts(m);
                if (i % 9 == 0 && i < 60) {
                        child_end(storm, SIGKILL);
                        storm = start_storm();
                }
                if (i == 25) {
                        child_end(broker, SIGKILL);
                        broker = broker_start(port);
                }
        }
        child_end(storm, SIGTERM);
        mqtt_free(m);
        child_end(broker, SIGKILL);
        shutdown(clock_fd, SHUT_RDWR);
        pthread_join(thread, NULL);
        close(clock_fd);

        CHECK(all_came());
        CHECK_EQ(got.conflicts, 0);
        CHECK(got.dispatch > 5);
        CHECK_EQ(check_ledger(), STATIONS * MINUTES);
        for (i = 0; i < STATIONS; i++)
                for (k = 1; k <= MINUTES; k++)
                        CHECK_EQ(got.time_us[i][k], begin_us + k * MINUTE_US);
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
                RUN(nothing_in_the_ledger_is_lost_over_kills_of_simulator_and_broker),
        };
        char cmd[300];
        int rc;

        if (argc == 4)
                return storm_main(argv);
        rc = cmocka_run_group_tests(tests, NULL, NULL);

        snprintf(cmd, sizeof cmd, "rm -rf '%s'", dir);
        return rc || (dir[0] && system(cmd) != 0);
}
