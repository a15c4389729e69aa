/* test/bench/weight.c -- what a station weighs and what a message costs.
 *
 * In:     weight STATIONS HOURS RULES.json: so many stations, half gauges
 *         of rain and half of a river, each sending one message of two
 *         observations an hour; the last hour is timed.
 * Out:    one line: bytes a station, nanoseconds a message by part,
 *         milliseconds to save and to load the state.
 * Holds:  a bench: it prints, it asserts nothing. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "schemas/time.h"
#include "schemas/wire/command.h"
#include "schemas/wire/place.h"
#include "server/file.h"
#include "server/pipeline.h"
#include "server/receipt.h"
#include "server/row.h"
#include "server/snapshot_fork.h"

#define BEGIN_US (INT64_C(1697760000) * SECOND_US) /* 2023-10-20 08:00 +08 */

struct weight {
        struct state *state;
        struct effects fx;
        struct receipts *receipts;
        struct buf body, rows;
        uint32_t stations;
        int64_t step_ns, rows_ns, receipt_ns;
};

static int64_t clock_ns(clockid_t clock)
{
        struct timespec t;

        clock_gettime(clock, &t);
        return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int64_t now_ns(void)
{
        return clock_ns(CLOCK_MONOTONIC);
}

/* Of this thread: what others do meanwhile is not counted. */
static int64_t cpu_ns(void)
{
        return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static int64_t resident_bytes(void)
{
        long pages = 0, ignored;
        FILE *f = fopen("/proc/self/statm", "r");

        if (!f || fscanf(f, "%ld %ld", &ignored, &pages) != 2)
                pages = 0;
        if (f)
                fclose(f);
        return pages * (int64_t)sysconf(_SC_PAGESIZE);
}

static void die(const char *what, const char *why)
{
        fprintf(stderr, "weight: %s: %s\n", what, why);
        exit(1);
}

static void give(struct weight *w, enum record_kind kind, int64_t at_us,
                 struct text body)
{
        struct record r = {w->state->seq + 1, kind, at_us, body};
        struct err e = {0};

        if (pipeline_step(w->state, &r, &w->fx, &e) != OK)
                die("step", e.msg);
        if (w->fx.n_refused)
                die("refused", w->fx.refused[0].detail);
}

static void tick(struct weight *w, int64_t at_us)
{
        buf_clear(&w->body);
        record_tick_pack(&w->body, at_us, at_us);
        give(w, RECORD_TICK, at_us, buf_as_text(&w->body));
}

static void import(struct weight *w, uint32_t i)
{
        static struct station s;

        memset(&s, 0, sizeof s);
        snprintf(s.code, sizeof s.code, "S%06u", i);
        snprintf(s.name, sizeof s.name, "测站%06u", i);
        snprintf(s.name_en, sizeof s.name_en, "Station %06u", i);
        snprintf(s.county, sizeof s.county, "440981");
        snprintf(s.river, sizeof s.river, "鉴江");
        s.kind = i % 2 ? STATION_RIVER : STATION_RAIN;
        s.at = (struct point){110.5 + i % 1000 * 0.001, 21.5 + i * 1e-6};
        s.wrz_milli = i % 2 ? 50000 : LEVEL_UNSET;
        s.grz_milli = s.obhtz_milli = LEVEL_UNSET;
        s.ldkel_milli = s.rdkel_milli = s.laz_milli = LEVEL_UNSET;
        s.near_milli = 300;
        s.interval_us = HOUR_US;
        s.active = true;
        s.terminal.password = -1;
#define X(field, key, help) s.checks.field##_milli = LEVEL_UNSET;
        STATION_CHECKS(X)
#undef X
        buf_clear(&w->body);
        wire_station_encode(&s, &w->body);
        give(w, RECORD_IMPORT, BEGIN_US, buf_as_text(&w->body));
}

static void message(struct weight *w, uint32_t i, int64_t at_us, uint32_t seq)
{
        char topic[80], payload[256], time[40];
        struct record r;
        struct err e = {0};
        int64_t t[4];

        time_format_beijing(time, at_us);
        snprintf(topic, sizeof topic, "sanfang/v1/st/S%06u/up/obs", i);
        snprintf(payload, sizeof payload,
                 "{\"station\":\"S%06u\",\"boot\":1,\"seq\":%u,\"obs\":[{"
                 "\"time\":\"%s\",\"element\":\"%s\",\"value\":%u.%u},{"
                 "\"time\":\"%s\",\"element\":\"VT\",\"value\":12.%u}]}",
                 i, seq, time, i % 2 ? "Z" : "P1", i % 2 ? 40 : 0,
                 (i + seq) % 7 ? 0 : seq % 10, time, seq % 10);
        buf_clear(&w->body);
        record_mqtt_pack(&w->body, text_of(topic), text_of(payload));
        r = (struct record){w->state->seq + 1, RECORD_MQTT, at_us,
                            buf_as_text(&w->body)};
        t[0] = cpu_ns();
        if (pipeline_step(w->state, &r, &w->fx, &e) != OK)
                die("step", e.msg);
        t[1] = cpu_ns();
        buf_clear(&w->rows);
        rows_encode(w->state, &r, &w->fx, &w->rows);
        t[2] = cpu_ns();
        receipts_on_effects(w->receipts, &w->fx);
        t[3] = cpu_ns();
        if (w->fx.n_refused)
                die("refused", w->fx.refused[0].detail);
        w->step_ns += t[1] - t[0];
        w->rows_ns += t[2] - t[1];
        w->receipt_ns += t[3] - t[2];
}

static enum status no_send(void *self, const char *topic, struct text payload)
{
        (void)self;
        (void)topic;
        (void)payload;
        return OK;
}

static void open_world(struct weight *w, const char *rules)
{
        struct link_note up = {"broker", true, ""};
        struct buf b = {0};
        struct err e = {0};

        effects_init(&w->fx);
        if (state_create(&w->state, &e) != OK ||
            receipts_create(no_send, NULL, &w->receipts, &e) != OK ||
            file_read(rules, &b, &e) != OK)
                die("open", e.msg);
        give(w, RECORD_RULES, BEGIN_US, buf_as_text(&b));
        buf_clear(&b);
        wire_link_encode(&up, &b);
        give(w, RECORD_LINK, BEGIN_US, buf_as_text(&b));
        buf_done(&b);
        tick(w, BEGIN_US);
}

/* An hour: everybody sends once, in an order that no cache likes. */
static void hour(struct weight *w, uint32_t h)
{
        int64_t at_us = BEGIN_US + h * HOUR_US;
        uint32_t i, k;

        tick(w, at_us);
        for (i = 0; i < w->stations; i++) {
                k = (uint32_t)((uint64_t)i * 2654435761u % w->stations);
                message(w, k, at_us, h + 1);
        }
        for (i = 0; i < 10; i++)
                receipts_tick(w->receipts, w->state, UINT64_MAX,
                              (int64_t)(h * 10 + i) * SECOND_US);
}

/* How long the loop is held by a snapshot, and what the next hour of
 * messages pays for the pages that it shares. */
static void fork_hold(struct weight *w, uint32_t hours)
{
        char dir[] = "/tmp/sanfang-weight-XXXXXX";
        char command[80];
        struct err e = {0};
        int64_t t[3];
        pid_t pid;

        if (!mkdtemp(dir))
                die("dir", dir);
        t[0] = now_ns();
        if (snapshot_fork(dir, w->state, &pid, &e) != OK)
                die("fork", e.msg);
        t[1] = now_ns();
        w->step_ns = 0;
        hour(w, hours);
        if (snapshot_wait(pid, &e) != OK)
                die("snapshot", e.msg);
        t[2] = now_ns();
        printf(" fork_us=%lld written_ms=%lld shared_step_ns=%lld",
               (long long)(t[1] - t[0]) / 1000,
               (long long)(t[2] - t[1]) / 1000000,
               (long long)w->step_ns / w->stations);
        snprintf(command, sizeof command, "rm -rf %s", dir);
        if (system(command) != 0)
                die("rm", dir);
}

static void snapshot(struct weight *w, int64_t *ret_save_ms,
                     int64_t *ret_load_ms, size_t *ret_bytes)
{
        struct buf b = {0};
        struct state *s = NULL;
        struct err e = {0};
        int64_t t[3];

        t[0] = now_ns();
        state_save(w->state, &b);
        t[1] = now_ns();
        if (state_create(&s, &e) != OK ||
            state_load(s, buf_as_text(&b), &e) != OK)
                die("load", e.msg);
        t[2] = now_ns();
        *ret_save_ms = (t[1] - t[0]) / 1000000;
        *ret_load_ms = (t[2] - t[1]) / 1000000;
        *ret_bytes = b.n;
        buf_done(&b);
        state_free(s);
}

int main(int argc, char **argv)
{
        static struct weight w;
        int64_t before, empty, save_ms, load_ms;
        uint32_t hours, i;
        size_t bytes;

        if (argc != 4)
                die("usage", "weight STATIONS HOURS RULES.json");
        w.stations = (uint32_t)strtoul(argv[1], NULL, 10) | 1;
        hours = (uint32_t)strtoul(argv[2], NULL, 10);
        open_world(&w, argv[3]);
        before = resident_bytes();
        for (i = 0; i < w.stations; i++)
                import(&w, i);
        empty = resident_bytes();
        for (i = 0; i < hours; i++) {
                w.step_ns = w.rows_ns = w.receipt_ns = 0;
                hour(&w, i);
        }
        printf("stations=%u hours=%u book_bytes=%lld all_bytes=%lld "
               "resident_mb=%lld step_ns=%lld rows_ns=%lld receipt_ns=%lld",
               w.stations, hours, (long long)(empty - before) / w.stations,
               (long long)(resident_bytes() - before) / w.stations,
               (long long)resident_bytes() >> 20,
               (long long)w.step_ns / w.stations,
               (long long)w.rows_ns / w.stations,
               (long long)w.receipt_ns / w.stations);
        fflush(stdout);
        fork_hold(&w, hours);
        snapshot(&w, &save_ms, &load_ms, &bytes);
        printf(" snapshot_mb=%zu save_ms=%lld load_ms=%lld\n", bytes >> 20,
               (long long)save_ms, (long long)load_ms);
        return 0;
}
