/* server/tool/station_book.c -- `sanfang station facts | applicants | admit
 * | dismiss | amend`: the station book and who waits for it. */
#include "server/tool/station_book.h"

#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/command.h"
#include "schemas/wire/json.h"
#include "schemas/wire/place.h"
#include "server/recover.h"
#include "server/tool/tool.h"

struct ask {
        const char *name, *state_dir, *user;
        const char *code, *shown, *kind, *lon, *lat, *interval, *sl651,
                *vendor_id;
        const char *element, *time, *value, *reason;
};

static int usage(FILE *to)
{
        fputs("Usage: sanfang station facts [--state-dir DIR]\n"
              "       sanfang station applicants [--state-dir DIR]\n"
              "       sanfang station admit NAME --name TEXT --kind KIND --lon "
              "D --lat D\n"
              "                [--code CODE] [--sl651 ADDRESS] [--vendor-id "
              "NAME]"
              "\n                [--interval S] [--user U]\n"
              "       sanfang station dismiss NAME [--reason TEXT] [--user U]\n"
              "       sanfang station amend CODE --element E --time T --value V"
              "\n                --reason TEXT --user U\n\n"
              "  facts       how each station keeps its duty: intervals missed "
              "in a day,\n"
              "              numbers lost, gaps, clock, what was refused\n"
              "  applicants  unknown stations that wait with what they sent\n"
              "  admit       into the station book, and what it sent with it;"
              "\n              KIND is PP, ZZ, RR, MM or SS\n"
              "  dismiss     forget what it sent; later messages are counted\n"
              "  amend       replaces a value; the old one is kept as a "
              "revision\n\n"
              "It is done in the name of --user (default: admin), and stands "
              "in the audit.\n",
              to);
        return to == stdout ? 0 : 2;
}

/* ---- looking ---- */

static void print_facts(const struct state *s, uint32_t i)
{
        const struct station *k = &s->places.stations[i];
        int64_t seen = sensors_last_seen(s->sensors, i);
        struct station_book b = {0};
        struct newest vt;
        char at[48] = "never", battery[24] = "-", loss[24] = "-";

        sensors_book(s->sensors, &s->places, i, s->engine_us, &b);
        if (seen != TIME_NONE)
                time_format_beijing(at, seen);
        if (b.expected)
                snprintf(loss, sizeof loss, "%u/%u", b.expected - b.heard,
                         b.expected);
        if (sensors_newest(s->sensors, i, ELEMENT_VT, &vt))
                snprintf(battery, sizeof battery, "%.2f",
                         (double)vt.value_milli / 1000);
        printf("%-20s %-25s %9s %6llu %4u %5u %8lld %7s %7llu %5llu %s%s\n",
               k->code, at, loss, (unsigned long long)b.lost, b.gaps_open,
               b.holes, (long long)(b.clock_us / SECOND_US), battery,
               (unsigned long long)b.refused, (unsigned long long)b.conflicts,
               b.has_conflict ? "conflict " : "", b.babbles ? "babbles" : "");
}

static int facts(const struct state *s)
{
        uint32_t i;

        printf("%-20s %-25s %9s %6s %4s %5s %8s %7s %7s %5s\n", "station",
               "last seen", "missed/d", "lost", "gaps", "holes", "clock s",
               "VT", "refused", "confl");
        for (i = 0; i < s->places.n_stations; i++)
                print_facts(s, i);
        return 0;
}

static int applicants(const struct state *s)
{
        uint32_t i, n = sensors_n_applicants(s->sensors);
        char at[48];

        printf("%-20s %-10s %8s %8s %-25s\n", "name", "state", "messages",
               "waiting", "last");
        for (i = 0; i < n; i++) {
                const struct applicant_note *a =
                        sensors_applicant(s->sensors, i);

                time_format_beijing(at, a->last_us);
                printf("%-20s %-10s %8llu %8u %-25s\n", a->name,
                       applicant_state_name(a->state),
                       (unsigned long long)a->count, a->waiting, at);
        }
        return 0;
}

static int look(const struct ask *a, int (*show)(const struct state *))
{
        struct recovery r;
        struct err e = {0};
        int rc;

        if (recover(a->state_dir, NULL, 0, &r, &e) != OK)
                return tool_fail(&e);
        rc = show(r.state);
        state_free(r.state);
        return rc;
}

/* ---- acting ---- */

/* The same record as of an import, by the same reader. */
static enum status fill_station(const struct ask *a, struct station *k,
                                struct err *e)
{
        bool is_address = a->code && !a->vendor_id;
        const char *sl651 = a->sl651 ? a->sl651 : is_address ? a->name : "";
        struct buf b = {0};
        struct json_out o = json_out(&b);
        struct json *j = NULL;
        enum status st;

        if (!a->shown || !a->kind || !a->lon || !a->lat)
                return err_set(e, ERR_MISSING,
                               "say --name, --kind, --lon and --lat");
        json_open(&o, NULL);
        json_put_bytes(&o, "code", text_of(a->code ? a->code : a->name));
        json_put_bytes(&o, "name", text_of(a->shown));
        json_put_bytes(&o, "kind", text_of(a->kind));
        json_put_raw(&o, "lon", text_of(a->lon));
        json_put_raw(&o, "lat", text_of(a->lat));
        json_put_raw(&o, "interval_s",
                     text_of(a->interval ? a->interval : "300"));
        if (*sl651)
                json_put_bytes(&o, "sl651", text_of(sl651));
        if (a->vendor_id)
                json_put_bytes(&o, "vendor_id", text_of(a->vendor_id));
        json_close(&o);
        st = json_parse(buf_as_text(&b), 4096, &j, e);
        if (st == OK)
                st = wire_station_decode(j, k, e);
        json_free(j);
        buf_done(&b);
        return st;
}

static enum status fill_amend(const struct ask *a, struct command *c,
                              struct err *e)
{
        if (!a->element || !element_from(text_of(a->element), &c->element))
                return err_set(e, ERR_UNKNOWN_ELEMENT, "say --element");
        if (!a->time || !time_parse(text_of(a->time), &c->time_us))
                return err_set(e, ERR_TIME,
                               "--time is RFC 3339 with an offset");
        if (!a->value || !text_to_milli(text_of(a->value), &c->value_milli))
                return err_set(e, ERR_NUMBER, "say --value");
        if (!a->reason || !*a->reason)
                return err_set(e, ERR_MISSING, "say why: --reason");
        return OK;
}

static void new_request(char request[40])
{
        unsigned char bits[16];

        randombytes_buf(bits, sizeof bits);
        sodium_bin2hex(request, 33, bits, sizeof bits);
}

static int act(const struct ask *a, enum command_kind kind)
{
        struct command c = {.kind = kind};
        struct station k;
        struct door *d = NULL;
        struct buf b = {0};
        struct err e = {0};
        enum status st = OK;

        new_request(c.request);
        c.station = &k;
        if (!text_copy(c.name, sizeof c.name, text_of(a->name)) ||
            !text_copy(c.user, sizeof c.user, text_of(a->user)) ||
            !text_copy(c.note, sizeof c.note,
                       text_of(a->reason ? a->reason : "")))
                st = err_set(&e, ERR_SIZE, "a text is too long");
        if (st == OK && kind == COMMAND_ADMIT)
                st = fill_station(a, &k, &e);
        if (st == OK && kind == COMMAND_AMEND)
                st = fill_amend(a, &c, &e);
        if (st == OK)
                wire_command_encode(&c, &b);
        if (st == OK && b.failed)
                st = err_set(&e, ERR_MEMORY, "a command");
        if (st == OK)
                st = door_open(a->state_dir, &d, &e);
        if (st == OK)
                st = door_submit(d, RECORD_COMMAND, buf_as_text(&b), &e);
        door_close(d);
        buf_done(&b);
        if (st != OK)
                return tool_fail(&e);
        printf("%s: %s\n", command_kind_name(kind), a->name);
        return 0;
}

#define OPTIONS(X)                \
        X("state-dir", state_dir) \
        X("user", user)           \
        X("code", code)           \
        X("name", shown)          \
        X("kind", kind)           \
        X("lon", lon)             \
        X("lat", lat)             \
        X("interval", interval)   \
        X("sl651", sl651)         \
        X("vendor-id", vendor_id) \
        X("element", element)     \
        X("time", time) X("value", value) X("reason", reason)

static const struct option options[] = {
#define X(long_name, field) {long_name, required_argument, NULL, 'x'},
        OPTIONS(X)
#undef X
                {"help", no_argument, NULL, 'h'},
        {0},
};

static int parse(int argc, char **argv, struct ask *a)
{
        int o, at = 0;

        while ((o = getopt_long(argc, argv, "", options, &at)) != -1) {
                if (o != 'x')
                        return 1 + usage(o == 'h' ? stdout : stderr);
#define X(long_name, field)                           \
        if (strcmp(options[at].name, long_name) == 0) \
                a->field = optarg;
                OPTIONS(X)
#undef X
        }
        if (optind < argc)
                a->name = argv[optind++];
        return optind < argc ? 1 + usage(stderr) : 0;
}

bool station_book_verb(const char *word)
{
        static const char *const words[] = {"facts", "applicants", "admit",
                                            "dismiss", "amend"};
        size_t i;

        for (i = 0; i < sizeof words / sizeof *words; i++)
                if (strcmp(word, words[i]) == 0)
                        return true;
        return false;
}

int tool_station_book(int argc, char **argv)
{
        struct ask a = {.state_dir = tool_state_dir(), .user = "admin"};
        const char *verb = argv[0];
        int rc = parse(argc, argv, &a);

        if (rc)
                return rc - 1;
        if (strcmp(verb, "facts") == 0 && !a.name)
                return look(&a, facts);
        if (strcmp(verb, "applicants") == 0 && !a.name)
                return look(&a, applicants);
        if (!a.name)
                return usage(stderr);
        if (strcmp(verb, "admit") == 0)
                return act(&a, COMMAND_ADMIT);
        if (strcmp(verb, "dismiss") == 0)
                return act(&a, COMMAND_DISMISS);
        if (strcmp(verb, "amend") == 0)
                return act(&a, COMMAND_AMEND);
        return usage(stderr);
}
