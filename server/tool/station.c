/* server/tool/station.c -- `sanfang station`: broker accounts. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schemas/place.h"
#include "server/file.h"
#include "server/child.h"
#include "server/tool/conformance.h"
#include "server/tool/simulate.h"
#include "server/tool/station_book.h"
#include "schemas/time.h"
#include "server/recover.h"
#include "server/tool/tool.h"

#define PASSWD_MAX (64u << 20)

static int usage(FILE *to)
{
        fputs("Usage: sanfang station add CODE [--password P | --password-file "
              "F] [--host H]\n"
              "                               [--port N] [--state-dir DIR]\n"
              "       sanfang station list [--state-dir DIR]\n"
              "       sanfang station facts | applicants | admit | dismiss | "
              "amend ...\n"
              "       sanfang station conformance CODE [--lang zh|en] "
              "[--json] [--state-dir DIR]\n"
              "       sanfang station simulate --help\n\n"
              "  add   writes the station's broker account to "
              "DIR/broker/passwd and tells the\n"
              "        broker; prints its topics and a mosquitto_pub line.  "
              "A new password is\n"
              "        made unless given.  Adding again changes the "
              "password.\n"
              "  list  the stations, whether they have an account, when they "
              "last sent\n\n"
              "The station itself (name, place, levels) comes by `sanfang "
              "import stations`,\nor by `sanfang station admit` once it has "
              "sent something.\n",
              to);
        return to == stdout ? 0 : 2;
}

struct ask {
        const char *code, *password, *password_file, *host, *port, *state_dir;
};

static void make_password(char dst[25])
{
        static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789";
        int i;

        for (i = 0; i < 24; i++)
                dst[i] = letters[randombytes_uniform(sizeof letters - 1)];
        dst[24] = '\0';
}

/* "CODE:hash\n" by mosquitto_passwd; the password is in a file only we
 * can read, never on a command line. */
static enum status hash_line(const struct ask *a, const char *password,
                             struct buf *line, struct err *e)
{
        char path[PATH_MAX];
        char *argv[] = {(char *)"mosquitto_passwd", (char *)"-U", path, NULL};
        struct buf out = {0};
        struct err why = {0};
        enum status st;
        int fd, n;

        n = snprintf(path, sizeof path, "%s/broker/.add-XXXXXX", a->state_dir);
        fd = n < (int)sizeof path ? mkstemp(path) : -1;
        if (fd < 0)
                return err_set(e, ERR_IO, "%.150s/broker: %s", a->state_dir,
                               strerror(errno));
        n = dprintf(fd, "%s:%s\n", a->code, password);
        close(fd);
        st = n > 0 ? child_run("/usr/bin/mosquitto_passwd", argv, 65536, 20,
                               &out, &why)
                   : ERR_IO;
        if (st == OK)
                st = file_read(path, line, e);
        else
                err_set(e, st,
                        "mosquitto_passwd (package mosquitto) did not run: "
                        "%.150s",
                        why.msg);
        unlink(path);
        buf_done(&out);
        if (st == OK && !memchr(line->p, '$', line->n))
                st = err_set(e, ERR_UNSUPPORTED,
                             "mosquitto_passwd left the password in clear");
        return st;
}

/* The account's line replaced or added; the file changes at once. */
static enum status store_line(const struct ask *a, struct text line,
                              struct err *e)
{
        struct buf old = {.limit = PASSWD_MAX}, all = {0};
        struct text rest, one, name;
        char path[PATH_MAX];
        enum status st = OK;

        snprintf(path, sizeof path, "%s/broker/passwd", a->state_dir);
        if (access(path, F_OK) == 0)
                st = file_read(path, &old, e);
        rest = buf_as_text(&old);
        while (st == OK && rest.n && text_cut(&rest, '\n', &one)) {
                struct text cut = one;

                if (one.n == 0 || !text_cut(&cut, ':', &name) ||
                    text_is(name, a->code))
                        continue;
                buf_text(&all, one);
                buf_char(&all, '\n');
        }
        buf_text(&all, line);
        if (st == OK && all.failed)
                st = err_set(e, ERR_MEMORY, "passwd");
        if (st == OK)
                st = file_replace(path, buf_as_text(&all), e);
        buf_done(&old);
        buf_done(&all);
        return st;
}

/* A HUP makes the broker read its accounts again.  The pid file may be
 * stale, so that the process must be a mosquitto. */
static bool tell_broker(const struct ask *a)
{
        char path[PATH_MAX], text[64];
        long pid;

        snprintf(path, sizeof path, "%s/mosquitto.pid", a->state_dir);
        if (access(path, R_OK) != 0 ||
            file_first_line(path, text, sizeof text, NULL) != OK)
                return false;
        pid = strtol(text, NULL, 10);
        if (pid <= 1)
                return false;
        snprintf(path, sizeof path, "/proc/%ld/comm", pid);
        if (file_first_line(path, text, sizeof text, NULL) != OK ||
            strncmp(text, "mosquitto", 9) != 0)
                return false;
        return kill((pid_t)pid, SIGHUP) == 0;
}

static void print_account(const struct ask *a, const char *password, bool told)
{
        printf("station   %s\n"
               "password  %s\n"
               "sends     sanfang/v1/st/%s/up/obs  (JSON)\n"
               "          sanfang/v1/st/%s/up/sl651  (raw frames)\n"
               "hears     sanfang/v1/st/%s/down/receipt, .../down/sl651\n\n"
               "mosquitto_pub -V 5 -q 1 -h %s -p %s -u %s -P '%s' \\\n"
               "  -t sanfang/v1/st/%s/up/obs \\\n"
               "  -m '{\"station\":\"%s\",\"obs\":[{\"element\":\"Z\","
               "\"value\":12.34}]}'\n",
               a->code, password, a->code, a->code, a->code, a->host, a->port,
               a->code, password, a->code, a->code);
        if (!told)
                puts("\nNo broker of this state directory runs; a broker "
                     "elsewhere reads the account\nafter a SIGHUP.");
}

static int add(const struct ask *a)
{
        char dir[PATH_MAX], made[25], given[256];
        const char *password = a->password;
        struct buf line = {.limit = 1u << 20};
        struct err e = {0};
        enum status st;

        if (!text_is_code(text_of(a->code), CODE_MAX)) {
                err_set(&e, ERR_SYNTAX,
                        "\"%.40s\" is no station code: 1 to %d of A-Z a-z "
                        "0-9 _ -",
                        a->code, CODE_MAX);
                return tool_fail(&e);
        }
        if (a->password_file) {
                if (file_first_line(a->password_file, given, sizeof given,
                                    &e) != OK)
                        return tool_fail(&e);
                password = given;
        }
        if (!password) {
                make_password(made);
                password = made;
        }
        if (!*password || strpbrk(password, ":\n\r'")) {
                err_set(&e, ERR_SYNTAX, "a password has no ':', ' or line end");
                return tool_fail(&e);
        }
        snprintf(dir, sizeof dir, "%s/broker", a->state_dir);
        st = file_make_dir(dir, &e);
        if (st == OK)
                st = hash_line(a, password, &line, &e);
        if (st == OK)
                st = store_line(a, buf_as_text(&line), &e);
        buf_done(&line);
        if (st != OK)
                return tool_fail(&e);
        print_account(a, password, tell_broker(a));
        return 0;
}

/* Does the broker's file hold an account of that name? */
static bool has_account(struct text passwd, const char *code)
{
        struct text line, name;

        while (passwd.n && text_cut(&passwd, '\n', &line))
                if (line.n && text_cut(&line, ':', &name) &&
                    text_is(name, code))
                        return true;
        return false;
}

static void print_station(const struct state *s, uint32_t i, struct text passwd)
{
        const struct station *k = &s->places.stations[i];
        int64_t seen = sensors_last_seen(s->sensors, i);
        char at[48] = "never";

        if (seen != TIME_NONE)
                time_format_beijing(at, seen);
        printf("%-20s %-4s %-9s %-7s %-25s %s\n", k->code,
               station_kind_name(k->kind), k->town[0] ? k->town : k->county,
               has_account(passwd, k->code) ? "yes" : "no", at, k->name);
}

/* The station book of the journal, also beside a running server. */
static int list(const struct ask *a)
{
        struct buf b = {.limit = PASSWD_MAX};
        struct recovery r;
        char path[PATH_MAX];
        struct err e = {0};
        uint32_t i;

        snprintf(path, sizeof path, "%s/broker/passwd", a->state_dir);
        if (file_read(path, &b, &e) != OK)
                buf_clear(&b); /* no account yet */
        if (recover(a->state_dir, NULL, 0, &r, &e) != OK) {
                buf_done(&b);
                return tool_fail(&e);
        }
        printf("%-20s %-4s %-9s %-7s %-25s %s\n", "station", "kind", "zone",
               "account", "last seen", "name");
        for (i = 0; i < r.state->places.n_stations; i++)
                print_station(r.state, i, buf_as_text(&b));
        state_free(r.state);
        buf_done(&b);
        return 0;
}

/* 0: go on; else the exit code plus one. */
static int parse(int argc, char **argv, struct ask *a)
{
        static const struct option options[] = {
                {"password", required_argument, NULL, 'p'},
                {"password-file", required_argument, NULL, 'f'},
                {"host", required_argument, NULL, 'H'},
                {"port", required_argument, NULL, 'P'},
                {"state-dir", required_argument, NULL, 's'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        int o;

        while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
                if (o == 'h')
                        return 1 + usage(stdout);
                else if (o == 'p')
                        a->password = optarg;
                else if (o == 'f')
                        a->password_file = optarg;
                else if (o == 'H')
                        a->host = optarg;
                else if (o == 'P')
                        a->port = optarg;
                else if (o == 's')
                        a->state_dir = optarg;
                else
                        return 1 + usage(stderr);
        }
        if (optind < argc)
                a->code = argv[optind++];
        return optind < argc ? 1 + usage(stderr) : 0;
}

int tool_station(int argc, char **argv)
{
        struct ask a = {.host = "127.0.0.1",
                        .port = "1883",
                        .state_dir = tool_state_dir()};
        int rc;

        if (argc < 2)
                return usage(stderr);
        if (strcmp(argv[1], "--help") == 0)
                return usage(stdout);
        if (strcmp(argv[1], "simulate") == 0)
                return tool_station_simulate(argc - 1, argv + 1);
        if (station_book_verb(argv[1]))
                return tool_station_book(argc - 1, argv + 1);
        if (strcmp(argv[1], "conformance") == 0)
                return tool_station_conformance(argc - 1, argv + 1);
        if (getenv("SANFANG_MQTT_PORT"))
                a.port = getenv("SANFANG_MQTT_PORT");
        rc = parse(argc - 1, argv + 1, &a);
        if (rc)
                return rc - 1;
        if (strcmp(argv[1], "add") == 0 && a.code)
                return add(&a);
        if (strcmp(argv[1], "list") == 0 && !a.code)
                return list(&a);
        return usage(stderr);
}
