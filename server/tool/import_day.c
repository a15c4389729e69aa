/* server/tool/import_day.c -- `sanfang import day`: the history of a
 * recorded day straight into the journal, as if it had been received.
 *
 * Order:  the clock at the day's begin; for each minute a tick, then one
 *         message per station that reads at it; last the clock at
 *         live_from, where the storm goes on.  Import places and rules
 *         before: what is unknown then is refused. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/command.h"
#include "schemas/wire/json.h"
#include "sensors/day.h"
#include "server/clock.h"
#include "server/tool/day_file.h"
#include "server/tool/tool.h"

#define READINGS_MAX 16
#define DEMO_RATE_MILLI 60000

static int usage(FILE *to)
{
        fputs("Usage: sanfang import day DIR [--state-dir DIR]\n\n"
              "Writes the history of a recorded day (storm.json in DIR: from "
              "its begin to\nlive_from) into the journal.  No server may run; "
              "import places and rules first.\n",
              to);
        return to == stdout ? 0 : 2;
}

static void put_payload(struct buf *b, const char *station, int64_t time_us,
                        const struct day_reading *r, uint32_t n)
{
        struct json_out o = json_out(b);
        uint32_t i;

        json_open(&o, NULL);
        json_put_str(&o, "station", station);
        json_open_array(&o, "obs");
        for (i = 0; i < n; i++) {
                json_open(&o, NULL);
                json_put_time(&o, "time", time_us);
                json_put_str(&o, "element", element_name(r[i].element));
                json_put_milli(&o, "value", r[i].value_milli);
                json_close(&o);
        }
        json_close_array(&o);
        json_close(&o);
}

static enum status put_readings(struct door *d, const struct day *day,
                                int64_t minute, struct buf *body,
                                struct buf *payload, uint64_t *count,
                                struct err *e)
{
        struct day_reading r[READINGS_MAX];
        enum status st = OK;
        char topic[80];
        uint32_t i, n;

        for (i = 0; st == OK && i < day->n_stations; i++) {
                n = day_readings(day, i, minute, r, READINGS_MAX);
                if (n == 0)
                        continue;
                snprintf(topic, sizeof topic, "sanfang/v1/st/%s/up/obs",
                         day->stations[i]);
                buf_clear(payload);
                put_payload(payload, day->stations[i],
                            day->begin_us + minute * MINUTE_US, r, n);
                buf_clear(body);
                record_mqtt_pack(body, text_of(topic), buf_as_text(payload));
                if (body->failed || payload->failed)
                        return err_set(e, ERR_MEMORY, "import day");
                st = door_submit(d, RECORD_MQTT, buf_as_text(body), e);
                (*count)++;
        }
        return st;
}

static enum status put_clock(struct door *d, int64_t engine_us,
                             struct buf *body, struct err *e)
{
        struct clock_note note = {engine_us, DEMO_RATE_MILLI};

        buf_clear(body);
        wire_clock_encode(&note, body);
        return door_submit(d, RECORD_CLOCK, buf_as_text(body), e);
}

static enum status put_history(struct door *d, const struct day *day,
                               uint64_t *count, struct err *e)
{
        int64_t last = (day->live_from_us - day->begin_us) / MINUTE_US, m;
        struct buf body = {0}, payload = {0};
        enum status st;

        st = put_clock(d, day->begin_us, &body, e);
        for (m = 0; st == OK && m <= last; m++) {
                buf_clear(&body);
                record_tick_pack(&body, day->begin_us + m * MINUTE_US,
                                 clock_real_us());
                st = door_submit(d, RECORD_TICK, buf_as_text(&body), e);
                if (st == OK)
                        st = put_readings(d, day, m, &body, &payload, count, e);
        }
        if (st == OK)
                st = put_clock(d, day->live_from_us, &body, e);
        buf_done(&body);
        buf_done(&payload);
        return st;
}

static enum status import_day(const char *dir, const char *state_dir,
                              struct err *e)
{
        struct door *d = NULL;
        struct day day = {0};
        uint64_t count = 0;
        enum status st;

        st = day_file_read(dir, &day, e);
        if (st == OK)
                st = door_open(state_dir, &d, e);
        if (st == OK && door_is_server(d))
                st = err_set(e, ERR_CONFLICT,
                             "a server is running on %s: stop it first, "
                             "history goes into the journal before it starts",
                             state_dir);
        if (st == OK)
                st = put_history(d, &day, &count, e);
        if (st == OK)
                printf("%s: %llu messages of history\n", day.name,
                       (unsigned long long)count);
        door_close(d);
        day_done(&day);
        return st;
}

int tool_import_day(int argc, char **argv)
{
        static const struct option options[] = {
                {"state-dir", required_argument, NULL, 's'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        const char *state_dir = tool_state_dir();
        struct err e = {0};
        int o;

        while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
                if (o == 'h')
                        return usage(stdout);
                if (o != 's')
                        return usage(stderr);
                state_dir = optarg;
        }
        if (optind != argc - 1)
                return usage(stderr);
        return import_day(argv[optind], state_dir, &e) == OK ? 0
                                                             : tool_fail(&e);
}
