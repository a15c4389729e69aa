/* server/tool/simulate.c -- `sanfang station simulate`: options, and the
 * one-station form. */
#include "server/tool/simulate.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "schemas/place.h"
#include "schemas/element.h"
#include "schemas/time.h"
#include "server/clock.h"
#include "server/file.h"
#include "server/tool/courier.h"
#include "server/tool/follow.h"
#include "server/tool/ledger.h"
#include "server/tool/tool.h"

#define TURN_US 100000
#define LAST_WAIT_US (60 * SECOND_US)

volatile sig_atomic_t simulate_stop;

static int usage(FILE *to)
{
        fputs("Usage: sanfang station simulate CODE --mqtt URL [OPTIONS]\n"
              "       sanfang station simulate --day DIR --mqtt URL --clock "
              "URL [OPTIONS]\n\n"
              "One station sends a reading every --every seconds; a day's "
              "folder (storm.json)\nmakes all its stations and ambulances, "
              "by the server's clock.  Each message is\nkept on disk until "
              "the server's receipt, and sent again after 30 s without.\n\n"
              "  --mqtt URL         tcp://HOST:PORT or ssl://HOST:PORT\n"
              "  --user U           broker account; its password stands in the "
              "first line of\n"
              "  --password-file F  or in $SANFANG_MQTT_PASSWORD; "
              "--password P shows it to\n"
              "                     everyone who lists processes\n"
              "  --ca FILE          for ssl://\n"
              "  --clock URL        http://HOST:PORT/api/v1/clock\n"
              "  --ledger FILE      what was made, a JSON line each, before "
              "it is sent\n"
              "  --state-dir DIR    of the kept messages\n"
              "  --resend S         30; again after so long without a receipt\n"
              "  --every S          300\n"
              "  --element E --value V   Z and 0\n"
              "  --rise V           change of the value per hour\n"
              "  --count N          end after N readings and their "
              "receipts\n\n"
              "An SL 651 terminal instead: it waits for confirmations, sends "
              "again at most twice,\ngives up and dials again.\n"
              "  --sl651 tcp://HOST:PORT | mqtt\n"
              "  --address A        ten hex digits, as in the station book\n"
              "  --mode m1|m2|m3    m2; --ascii or --hex (default)\n"
              "  --centre N --terminal-password N   1 and 0\n"
              "  --answer S         10; how long it waits for an answer\n"
              "  --redial S         60; pause after it gave up\n"
              "  --forgets          what it gave up on is lost\n"
              "  --picture FILE     one JPEG first (36, in packets)\n\n"
              "A day with faults planted in it (--day, --truth):\n"
              "  --truth FILE       what was measured and planted, a JSON "
              "line each, before\n"
              "                     anything is sent\n"
              "  --from T --to T    whole hours of the day, RFC 3339\n"
              "  --seed N --stations N --plan-only\n"
              "  --sl651-share F --tcp-share F --ascii-share F   0.5 0.5 "
              "0.1\n",
              to);
        return to == stdout ? 0 : 2;
}

void simulate_on_signal(int sig)
{
        (void)sig;
        simulate_stop = 1;
}

/* ---- one station ---- */

struct one {
        const struct simulate *s;
        struct courier *courier;
        struct follow clock;
        struct ledger ledger;
        uint32_t sender;
        enum element element;
        int64_t first_us, last_us;
        int64_t made;
};

static bool now_us(struct one *o, int64_t *ret)
{
        if (!o->s->clock_url) {
                *ret = clock_real_us();
                return true;
        }
        follow_poll(&o->clock);
        return follow_now(&o->clock, ret);
}

/* Readings stand at whole intervals, as a station's do. */
static enum status make_due(struct one *o, struct err *e)
{
        int64_t every_us = o->s->every_s * SECOND_US, now, at;
        struct station_store *store = courier_store(o->courier);
        struct station_reading r;
        enum status st;

        if (!now_us(o, &now) || (o->s->count && o->made >= o->s->count))
                return OK;
        at = now / every_us * every_us;
        if (at <= o->last_us && o->made)
                return OK;
        if (!o->made)
                o->first_us = at = now / SECOND_US * SECOND_US;
        r.time_us = at;
        r.element = o->s->element;
        r.value_milli = o->s->value_milli +
                        o->s->rise_milli_per_h *
                                ((at - o->first_us) / SECOND_US) / 3600;
        ledger_add(&o->ledger, o->s->code, station_boot(store),
                   station_next_seq(store, o->sender), at, o->element,
                   r.value_milli);
        st = station_put(store, o->sender, &r, 1, e);
        if (st == OK)
                st = ledger_flush(&o->ledger, e);
        if (st == OK)
                st = station_commit(store, at, e);
        o->last_us = at;
        o->made++;
        return st;
}

static bool all_done(struct one *o)
{
        struct station_stats stats;

        if (!o->s->count || o->made < o->s->count)
                return false;
        station_get_stats(courier_store(o->courier), &stats);
        return stats.pending == 0;
}

static enum status run_one(struct one *o, struct err *e)
{
        struct station_stats stats;
        int64_t until = 0;
        enum status st = OK;

        while (st == OK && !simulate_stop && !all_done(o)) {
                st = make_due(o, e);
                if (st == OK)
                        st = courier_turn(o->courier, e);
                if (!until && o->s->count && o->made >= o->s->count)
                        until = clock_mono_us() + LAST_WAIT_US;
                if (until && clock_mono_us() > until)
                        return err_set(e, ERR_UNAVAILABLE,
                                       "no receipt within a minute; the "
                                       "readings are kept");
                usleep(TURN_US);
        }
        station_get_stats(courier_store(o->courier), &stats);
        printf("%s: %lld readings made, %llu messages wait for a receipt\n",
               o->s->code, (long long)o->made,
               (unsigned long long)stats.pending);
        return st;
}

enum status simulate_one(const struct simulate *s, struct err *e)
{
        struct one o = {.s = s, .clock = {.url = s->clock_url}};
        char topic[96], id[80];
        struct mqtt_config mc = {.url = s->url,
                                 .client_id = id,
                                 .user = s->user,
                                 .password = s->password,
                                 .ca_file = s->ca_file,
                                 .topics = {topic}};
        enum status st = OK;

        snprintf(topic, sizeof topic, "sanfang/v1/st/%s/down/receipt", s->code);
        snprintf(id, sizeof id, "sanfang-station-%s", s->code);
        if (!text_is_code(text_of(s->code), CODE_MAX))
                return err_set(e, ERR_SYNTAX, "\"%.40s\" is no station code",
                               s->code);
        if (!element_from(text_of(s->element), &o.element))
                return err_set(e, ERR_UNKNOWN_ELEMENT, "\"%.40s\"", s->element);
        st = ledger_open(s->ledger, &o.ledger, e);
        if (st == OK)
                st = courier_open(&mc, s->state_dir, s->resend_s, &o.courier,
                                  e);
        if (st == OK)
                st = station_sender(courier_store(o.courier), s->code,
                                    &o.sender, e);
        if (st == OK)
                st = run_one(&o, e);
        courier_close(o.courier);
        ledger_close(&o.ledger);
        buf_done(&o.clock.body);
        return st;
}

/* ---- options ---- */

#define OPTIONS(X)                        \
        X("day", day)                     \
        X("mqtt", url)                    \
        X("user", user)                   \
        X("password", password)           \
        X("password-file", password_file) \
        X("ca", ca_file)                  \
        X("clock", clock_url)             \
        X("ledger", ledger)               \
        X("state-dir", state_dir)         \
        X("sl651", sl651)                 \
        X("address", address)             \
        X("mode", mode)                   \
        X("picture", picture)             \
        X("truth", truth)                 \
        X("from", from)                   \
        X("to", to)                       \
        X("element", element)

/* Options that are a number: name, field, lowest, highest. */
#define NUMBERS(X)                                          \
        X("every", every_s, 1, 86400)                       \
        X("count", count, 0, INT64_MAX)                     \
        X("resend", resend_s, 1, 86400)                     \
        X("centre", centre, 1, 255)                         \
        X("terminal-password", terminal_password, 0, 65535) \
        X("answer", answer_s, 1, 3600)                      \
        X("redial", redial_s, 1, 86400)                     \
        X("seed", seed, 0, INT64_MAX)                       \
        X("stations", stations, 0, 100000)

/* Options that are a decimal, kept in thousandths. */
#define DECIMALS(X)                            \
        X("value", value_milli, INT64_MIN)     \
        X("rise", rise_milli_per_h, INT64_MIN) \
        X("sl651-share", sl651_milli, 0)       \
        X("tcp-share", tcp_milli, 0)           \
        X("ascii-share", ascii_milli, 0)

enum {
        OPT_HELP = 1,
        OPT_ASCII,
        OPT_HEX,
        OPT_FORGETS,
        OPT_PLAN_ONLY,
        OPT_NUMBER,
        OPT_DECIMAL,
        OPT_TEXT
};

static const struct option options[] = {
        {"help", no_argument, NULL, OPT_HELP},
        {"ascii", no_argument, NULL, OPT_ASCII},
        {"hex", no_argument, NULL, OPT_HEX},
        {"forgets", no_argument, NULL, OPT_FORGETS},
        {"plan-only", no_argument, NULL, OPT_PLAN_ONLY},
#define X(name, field, low, high) {name, required_argument, NULL, OPT_NUMBER},
        NUMBERS(X)
#undef X
#define X(name, field, low) {name, required_argument, NULL, OPT_DECIMAL},
                DECIMALS(X)
#undef X
#define X(name, field) {name, required_argument, NULL, OPT_TEXT},
                        OPTIONS(X)
#undef X
                                {0},
};

static bool take_number(struct simulate *s, const char *name, const char *arg)
{
#define X(long_name, field, low, high)                         \
        if (strcmp(name, long_name) == 0)                      \
                return text_to_i64(text_of(arg), &s->field) && \
                       s->field >= (low) && s->field <= (high);
        NUMBERS(X)
#undef X
        return false;
}

static bool take_decimal(struct simulate *s, const char *name, const char *arg)
{
#define X(long_name, field, low)                                 \
        if (strcmp(name, long_name) == 0)                        \
                return text_to_milli(text_of(arg), &s->field) && \
                       s->field >= (low);
        DECIMALS(X)
#undef X
        return false;
}

static bool take_text(struct simulate *s, const char *name, const char *arg)
{
#define X(long_name, field)               \
        if (strcmp(name, long_name) == 0) \
                s->field = arg;
        OPTIONS(X)
#undef X
        return true;
}

static bool take_option(struct simulate *s, int o, int at, const char *arg)
{
        switch (o) {
        case OPT_ASCII:
        case OPT_HEX:
                s->ascii = o == OPT_ASCII;
                return true;
        case OPT_FORGETS:
                s->forgets = true;
                return true;
        case OPT_PLAN_ONLY:
                s->plan_only = true;
                return true;
        case OPT_NUMBER:
                return take_number(s, options[at].name, arg);
        case OPT_DECIMAL:
                return take_decimal(s, options[at].name, arg);
        case OPT_TEXT:
                return take_text(s, options[at].name, arg);
        default:
                return false;
        }
}

/* Without a broker only a terminal over TCP can do. */
static bool makes_sense(const struct simulate *s)
{
        bool tcp = s->sl651 && strcmp(s->sl651, "mqtt") != 0;

        if (!s->code == !s->day)
                return false;
        if (s->plan_only)
                return s->day && s->truth && s->from && s->to;
        if (s->day && !s->clock_url)
                return false;
        if (s->truth)
                return s->day && s->url && s->from && s->to;
        return s->url || (s->code && tcp);
}

/* 0: go on; else the exit code plus one. */
static int parse(int argc, char **argv, struct simulate *s)
{
        int o, at = 0;

        while ((o = getopt_long(argc, argv, "", options, &at)) != -1) {
                if (o == OPT_HELP)
                        return 1 + usage(stdout);
                if (!take_option(s, o, at, optarg)) {
                        if (o != '?')
                                fprintf(stderr,
                                        "sanfang: --%s \"%s\" will not do\n",
                                        options[at].name, optarg);
                        return 1 + usage(stderr);
                }
        }
        if (optind < argc)
                s->code = argv[optind++];
        if (optind < argc || !makes_sense(s))
                return 1 + usage(stderr);
        return 0;
}

static enum status simulate(const struct simulate *s, struct err *e)
{
        if (s->truth)
                return simulate_planted(s, e);
        if (s->day)
                return simulate_day(s, e);
        return s->sl651 ? simulate_terminal(s, e) : simulate_one(s, e);
}

int tool_station_simulate(int argc, char **argv)
{
        struct simulate s = {.every_s = 300,
                             .resend_s = 30,
                             .element = "Z",
                             .mode = "m2",
                             .centre = 1,
                             .answer_s = 10,
                             .redial_s = 60,
                             .seed = 1,
                             .sl651_milli = 500,
                             .tcp_milli = 500,
                             .ascii_milli = 100,
                             .password = getenv("SANFANG_MQTT_PASSWORD")};
        char dir[PATH_MAX], password[256];
        struct err e = {0};
        enum status st = OK;
        int rc = parse(argc, argv, &s);

        if (rc)
                return rc - 1;
        if (!s.state_dir) {
                snprintf(dir, sizeof dir, "%s/stations/%s", tool_state_dir(),
                         s.day ? "storm" : s.code);
                s.state_dir = dir;
        }
        signal(SIGTERM, simulate_on_signal);
        signal(SIGINT, simulate_on_signal);
        if (s.password_file) {
                st = file_first_line(s.password_file, password, sizeof password,
                                     &e);
                s.password = password;
        }
        if (st == OK)
                st = file_make_dir(s.state_dir, &e);
        if (st == OK)
                st = simulate(&s, &e);
        return st == OK ? 0 : tool_fail(&e);
}
