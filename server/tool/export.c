/* server/tool/export.c -- `sanfang export days`: a journal prepared for
 * back-tests.
 *
 * The journal is run once, with the sensors; what they make of it is kept,
 * so that a back-test need not read messages again (schemas/prepared.h). */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "schemas/wire/command.h"
#include "schemas/wire/forecast.h"
#include "schemas/wire/place.h"
#include "server/snapshot.h"
#include "server/tool/days.h"
#include "server/tool/tool.h"

#define NO_HASH "-" /* nobody signs in to a back-test */

static const char usage[] =
        "usage: sanfang export days [--journal DIR] FOLDER\n"
        "Runs a journal once and writes into FOLDER a file for each day with\n"
        "what its messages said: `sanfang rules backtest --days FOLDER` then\n"
        "tries a table on it without reading them again.  The same alerts\n"
        "come out of both.  Works while the server writes; a journal whose\n"
        "older segments are gone begins with its oldest snapshot, which goes\n"
        "into FOLDER too.  No password goes into it, but all else that the\n"
        "journal holds: keep it as well as that.\n"
        "  --journal DIR   default $SANFANG_STATE_DIR/journal\n";

struct export
{
        struct days_out days;
        bool babble; /* before the record */
};

/* Was what the record brought handed to the rules? */
static bool is_decided(const struct record *r, const struct effects *fx)
{
        uint32_t values = fx->n_observation + fx->n_rain;

        switch (r->kind) {
        case RECORD_MQTT:
        case RECORD_FRAME:
        case RECORD_VALUES:
                return values + fx->n_station > 0;
        case RECORD_IMPORT: /* a message had waited for the station */
                return values > 0 || fx->n_station > 1;
        case RECORD_COMMAND: /* admitted, amended */
                return values + fx->n_station > 0 && fx->n_result &&
                       fx->result[0].status == OK;
        default:
                return false;
        }
}

static void put_as(struct prepared_out *o, const struct record *r,
                   enum record_kind kind, const struct buf *body)
{
        struct record x = *r;

        x.kind = kind;
        x.body = buf_as_text(body);
        prepared_put_record(o, &x);
}

/* Stations that came into the book by a command. */
static void put_booked(struct prepared_out *o, const struct state *s,
                       const struct record *r, const struct effects *fx)
{
        struct buf b = {.limit = RECORD_BODY_MAX};
        uint32_t i;

        for (i = 0; i < fx->n_booked; i++) {
                buf_clear(&b);
                wire_station_encode(&s->places.stations[fx->booked[i].station],
                                    &b);
                o->b->failed |= b.failed;
                put_as(o, r, RECORD_IMPORT, &b);
        }
        buf_done(&b);
}

/* Forecasts that came as messages. */
static void put_forecasts(struct prepared_out *o, const struct record *r,
                          const struct effects *fx)
{
        struct buf b = {.limit = RECORD_BODY_MAX};
        uint32_t i;

        for (i = 0; i < fx->n_forecast; i++) {
                buf_clear(&b);
                wire_forecast_encode(&fx->forecast[i], &b);
                o->b->failed |= b.failed;
                put_as(o, r, RECORD_FORECAST, &b);
        }
        buf_done(&b);
}

/* A user without the hash of his password. */
static void put_user(struct prepared_out *o, const struct record *r)
{
        struct buf b = {.limit = RECORD_BODY_MAX};
        struct user_note n;
        struct err e;

        if (wire_user_decode(r->body, &n, &e) != OK)
                return; /* was refused */
        snprintf(n.hash, sizeof n.hash, "%s", NO_HASH);
        wire_user_encode(&n, &b);
        o->b->failed |= b.failed;
        put_as(o, r, RECORD_USER, &b);
        buf_done(&b);
}

/* An officer's answer is kept as it is; a station that was admitted and a
 * value that was amended, by what came of it. */
static bool is_answer(const struct record *r)
{
        struct command c;
        struct err e;

        return wire_command_decode(r->body, &c, &e) == OK &&
               (c.kind == COMMAND_ACK || c.kind == COMMAND_CLOSE ||
                c.kind == COMMAND_CLOCK);
}

/* Records that are kept as they are: what they do rests on no sensor, or
 * (a call to 120) on that record alone. */
static bool is_kept(const struct record *r, const struct effects *fx)
{
        if (replay_puts_rules(r) || fx->n_incident)
                return true;
        switch (r->kind) {
        case RECORD_IMPORT:
        case RECORD_USER:
        case RECORD_LINK:
        case RECORD_FORECAST:
        case RECORD_CLOCK:
                return true;
        case RECORD_COMMAND:
                return is_answer(r);
        default:
                return false;
        }
}

static void on_step(void *self, const struct state *s, const struct record *r,
                    const struct effects *fx)
{
        struct export *x = self;
        struct prepared_out *o;

        if (r->kind == RECORD_TICK) {
                enum prepared_babble babble = x->babble == s->babble
                                                      ? BABBLE_AS_BEFORE
                                              : s->babble ? BABBLE_BEGINS
                                                          : BABBLE_ENDS;

                x->babble = s->babble;
                prepared_put_tick(days_at(&x->days, s->engine_us), r->seq,
                                  s->engine_us, s->real_us, babble);
                return;
        }
        if (!is_kept(r, fx) && !is_decided(r, fx) && !fx->n_forecast &&
            !fx->n_booked)
                return;
        o = days_at(&x->days, s->engine_us);
        if (r->kind == RECORD_USER)
                put_user(o, r);
        else if (is_kept(r, fx))
                prepared_put_record(o, r);
        put_booked(o, s, r, fx);
        if (is_decided(r, fx))
                prepared_put_values(o, r->seq, r->real_us, fx);
        if (r->kind != RECORD_FORECAST)
                put_forecasts(o, r, fx);
}

static void forget_secrets(struct state *s)
{
        uint32_t i;

        for (i = 0; i < s->n_users; i++)
                snprintf(s->users[i].hash, sizeof s->users[i].hash, "%s",
                         NO_HASH);
        s->n_sessions = 0;
}

static enum status begin(struct export *x, const char *journal,
                         const char *folder, struct err *e)
{
        struct state *s = NULL;
        enum status st = replay_begin(journal, &s, e);

        if (st == OK)
                st = days_create(&x->days, folder, s->seq, e);
        if (st == OK) {
                x->babble = s->babble;
                forget_secrets(s);
        }
        if (st == OK && s->seq)
                st = snapshot_write(folder, s, e);
        state_free(s);
        return st;
}

static int export_days(const char *journal, const char *folder)
{
        struct export x = {.babble = false};
        struct err e = {0};
        enum status st = begin(&x, journal, folder, &e);
        enum status closed;

        if (st == OK)
                st = replay_run(journal, (struct text){"", 0}, on_step, &x, &e);
        closed = days_close(&x.days, st == OK ? &e : &(struct err){0});
        if (st != OK || closed != OK)
                return tool_fail(&e);
        printf("%u day files, %llu items, %.1f MB in %s\n", x.days.n_files,
               (unsigned long long)x.days.items_n, (double)x.days.bytes / 1e6,
               folder);
        return 0;
}

int tool_export(int argc, char **argv)
{
        static const struct option options[] = {
                {"journal", required_argument, NULL, 'j'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        char journal[PATH_MAX];
        int o;

        snprintf(journal, sizeof journal, "%s/journal", tool_state_dir());
        while ((o = getopt_long(argc, argv, "h", options, NULL)) != -1) {
                if (o == 'h') {
                        fputs(usage, stdout);
                        return 0;
                }
                if (o != 'j') {
                        fputs(usage, stderr);
                        return 2;
                }
                snprintf(journal, sizeof journal, "%s", optarg);
        }
        if (argc - optind != 2 || strcmp(argv[optind], "days") != 0) {
                fputs(usage, stderr);
                return 2;
        }
        return export_days(journal, argv[optind + 1]);
}
