/* test/oracle/journal.c -- the script of an oracle's round (drive.c) as a
 * journal: what a server would have kept, had stations and people sent it.
 *
 * Usage: oracle_journal DIR < SCRIPT
 * Values come as MQTT messages, amendments as an operator's commands, the
 * clock as ticks; restarts leave no trace. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "sensors/adapter/journal.h"

#define T0 INT64_C(1697673600000000)
#define STATIONS_MAX 64

static struct journal *journal;
static char code[STATIONS_MAX][33];
static uint32_t n_stations;
static int64_t now_us = T0;

static void die(const char *what, const struct err *e)
{
        fprintf(stderr, "journal: %s: %s\n", what, e->msg);
        exit(1);
}

static void put(enum record_kind kind, struct text body)
{
        struct err e = {0};

        if (journal_append(journal, kind, now_us, body, NULL, &e) != OK)
                die("append", &e);
}

/* A record a second, as the server writes, would be most of the journal:
 * here one before each message that is newer than the last. */
static void tick(int64_t at_us)
{
        struct buf b = {0};

        if (at_us <= now_us)
                return;
        now_us = at_us;
        record_tick_pack(&b, at_us, at_us);
        put(RECORD_TICK, buf_as_text(&b));
        buf_done(&b);
}

static void new_world(const char *path)
{
        static char text[1 << 16];
        FILE *f = fopen(path, "rb");

        if (!f)
                die(path, &(struct err){.msg = "cannot open it"});
        put(RECORD_RULES, (struct text){text, fread(text, 1, sizeof text, f)});
        fclose(f);
        put(RECORD_USER,
            TEXT("{\"user\":\"op\",\"shown\":\"op\",\"hash\":\"x\","
                 "\"role\":\"operator\",\"agency\":null}"));
        put(RECORD_LINK, TEXT("{\"link\":\"broker\",\"up\":true}"));
}

static void station(const char *name, const char *kind, long long wrz)
{
        char body[400];
        double m = (double)wrz / 1000;
        int n;

        if (n_stations == STATIONS_MAX)
                die(name, &(struct err){.msg = "too many stations"});
        snprintf(code[n_stations++], sizeof *code, "%.32s", name);
        n = snprintf(body, sizeof body,
                     "{\"what\":\"station\",\"code\":\"%s\",\"name\":\"%s\","
                     "\"kind\":\"%s\",\"lon\":110.9,\"lat\":21.6,"
                     "\"county\":\"440902\",\"interval_s\":300",
                     name, name, kind);
        if (strcmp(kind, "ZZ") == 0)
                n += snprintf(body + n, sizeof body - (size_t)n,
                              ",\"WRZ\":%.3f,\"GRZ\":%.3f,\"OBHTZ\":%.3f", m,
                              m + 1, m + 3);
        n += snprintf(body + n, sizeof body - (size_t)n, "}");
        put(RECORD_IMPORT, (struct text){body, (size_t)n});
}

static void value(unsigned i, const char *element, int64_t time_us,
                  long long milli, int amends)
{
        char body[400], topic[80], at[40];
        struct buf b = {0};

        if (i >= n_stations)
                die(element, &(struct err){.msg = "no such station"});
        tick(time_us);
        time_format_beijing(at, time_us);
        if (amends) {
                snprintf(
                        body, sizeof body,
                        "{\"cmd\":\"amend\",\"request\":\"r\",\"user\":\"op\","
                        "\"station\":\"%s\",\"element\":\"%s\",\"time\":\"%s\","
                        "\"value\":%.3f,\"note\":\"slip\"}",
                        code[i], element, at, (double)milli / 1000);
                put(RECORD_COMMAND, text_of(body));
                return;
        }
        snprintf(topic, sizeof topic, "sanfang/v1/st/%s/up/obs", code[i]);
        snprintf(body, sizeof body,
                 "{\"station\":\"%s\",\"obs\":[{\"time\":\"%s\",\"element\":"
                 "\"%s\",\"value\":%.3f}]}",
                 code[i], at, element, (double)milli / 1000);
        record_mqtt_pack(&b, text_of(topic), text_of(body));
        put(RECORD_MQTT, buf_as_text(&b));
        buf_done(&b);
}

static bool command(const char *line)
{
        char a[200], b[40];
        long long time, milli;
        unsigned i;
        int amends;

        if (sscanf(line, "V %u %39s %lld %lld %d", &i, b, &time, &milli,
                   &amends) == 5)
                value(i, b, T0 + time * SECOND_US, milli, amends);
        else if (sscanf(line, "P %u %lld %lld", &i, &time, &milli) == 3)
                value(i, "PN05", T0 + time * SECOND_US, milli, 0);
        else if (sscanf(line, "N %199s", a) == 1)
                new_world(a);
        else if (sscanf(line, "S %199s %39s %lld", a, b, &milli) == 3)
                station(a, b, milli);
        else
                return line[0] == 'X' || line[0] == 'E';
        return true;
}

int main(int argc, char **argv)
{
        struct journal_config c = {.manual = true};
        struct err e = {0};
        char line[300];

        if (argc != 2) {
                fprintf(stderr, "usage: oracle_journal DIR < SCRIPT\n");
                return 2;
        }
        c.dir = argv[1];
        if (journal_open(&c, &journal, &e) != OK)
                die(argv[1], &e);
        while (fgets(line, sizeof line, stdin))
                if (!command(line))
                        die(line, &(struct err){.msg = "what is this?"});
        tick(now_us + 2 * HOUR_US);
        journal_close(journal);
        return 0;
}
