/* server/tool/import_mapping.c -- `sanfang import mapping`: how to read a
 * vendor's messages; and what a mapping makes of samples. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/mapping.h"
#include "server/file.h"
#include "server/tool/import.h"
#include "server/tool/tool.h"

static int usage(FILE *to)
{
        fputs("Usage: sanfang import mapping FILE [--state-dir DIR]\n"
              "       sanfang import mapping --check FILE [--topic TOPIC] "
              "[SAMPLE.json...]\n"
              "       sanfang import mapping --remove NAME [--state-dir DIR]\n"
              "\n"
              "A mapping says where in a vendor's JSON the station, the time "
              "and the values\nstand; the server then subscribes to its topic. "
              " --check reads samples with it\nand changes nothing: a file "
              "holds one message, or a list of them.  --topic is\nwhat they "
              "would come on (default: the mapping's, with + as it is).\n"
              "Members: docs/mapping.md.\n",
              to);
        return to == stdout ? 0 : 2;
}

static enum status submit(const char *state_dir, const struct buf *body,
                          struct err *e)
{
        struct door *d = NULL;
        enum status st = door_open(state_dir, &d, e);

        if (st == OK)
                st = door_submit(d, RECORD_IMPORT, buf_as_text(body), e);
        door_close(d);
        return st;
}

/* ---- samples ---- */

struct check {
        struct mapping m;
        const char *topic;
        struct mapping_reading reading[MAPPING_READINGS_MAX];
        uint32_t failed;
};

static void print_reading(const char *where, const struct mapping_reading *r)
{
        struct buf b = {0};
        struct json_out o = json_out(&b);
        char time[40] = "(server time)";

        if (r->time_us != TIME_NONE)
                time_format_beijing(time, r->time_us);
        if (r->missing)
                buf_str(&b, "missing");
        else
                json_put_milli(&o, NULL, r->value_milli);
        printf("%s: %s %s %s %.*s %s\n", where, r->station, time,
               element_name(r->element), (int)b.n, b.p ? b.p : "",
               r->missing ? "" : element_info(r->element)->unit);
        buf_done(&b);
}

static void check_one(struct check *c, const char *where,
                      const struct json *message)
{
        struct err e = {0};
        uint32_t n = 0, i;

        if (wire_mapping_read_json(&c->m, text_of(c->topic), message,
                                   c->reading, &n, &e) != OK) {
                printf("%s: %s: %s\n", where, status_name(e.code), e.msg);
                c->failed++;
                return;
        }
        if (n == 0)
                printf("%s: not for this mapping: its conditions do not hold\n",
                       where);
        for (i = 0; i < n; i++)
                print_reading(where, &c->reading[i]);
}

/* A list is many messages, unless the mapping walks that very list. */
static enum status check_file(struct check *c, const char *path, struct err *e)
{
        struct buf b = {0};
        struct json *j = NULL;
        const struct json *v;
        struct err why = {0};
        enum status st = import_file(path, &b, e);
        char where[300];
        uint32_t n = 0;

        if (st != OK)
                goto out;
        st = json_parse(buf_as_text(&b), JSON_FILE_MAX, &j, &why);
        if (st != OK) {
                err_set(e, st, "%s: %s", path, why.msg);
                goto out;
        }
        if (!json_is_array(j) || (c->m.has_list && !c->m.list[0]))
                check_one(c, path, j);
        else
                for (v = json_first(j); v; v = json_next(v)) {
                        snprintf(where, sizeof where, "%s[%u]", path, n++);
                        check_one(c, where, v);
                }
out:
        json_free(j);
        buf_done(&b);
        return st;
}

static enum status check_mapping(struct check *c, const char *file,
                                 const char *topic, struct err *e)
{
        struct buf b = {0};
        struct err why = {0};
        enum status st = import_file(file, &b, e);

        if (st == OK) {
                st = wire_mapping_decode(buf_as_text(&b), &c->m, &why);
                if (st != OK)
                        err_set(e, st, "%s: %s", file, why.msg);
        }
        buf_done(&b);
        if (st != OK)
                return st;
        c->topic = topic ? topic : c->m.topic;
        printf("%s: mapping \"%s\" of %u elements on %s is right\n", file,
               c->m.name, c->m.n_elements, c->m.topic);
        if (!wire_mapping_matches(&c->m, text_of(c->topic)))
                st = err_set(e, ERR_TOPIC, "%s is not for topic %s", file,
                             c->topic);
        return st;
}

static int check(const char *file, const char *topic, char **samples, int n)
{
        struct check *c = calloc(1, sizeof *c);
        struct err e = {0};
        enum status st;
        int i;

        if (!c) {
                err_set(&e, ERR_MEMORY, "no memory");
                return tool_fail(&e);
        }
        st = check_mapping(c, file, topic, &e);
        for (i = 0; i < n && st == OK; i++)
                st = check_file(c, samples[i], &e);
        if (st == OK && c->failed)
                st = err_set(&e, ERR_MISMATCH, "%u samples cannot be read",
                             c->failed);
        wire_mapping_done(&c->m);
        free(c);
        return st == OK ? 0 : tool_fail(&e);
}

/* ---- the verb ---- */

static int take_in(const char *file, const char *state_dir)
{
        struct buf b = {0}, body = {0};
        struct err e = {0}, why = {0};
        enum status st = import_file(file, &b, &e);

        if (st == OK) {
                st = wire_mapping_record(buf_as_text(&b), &body, &why);
                if (st != OK)
                        err_set(&e, st, "%s: %s", file, why.msg);
        }
        if (st == OK)
                st = submit(state_dir, &body, &e);
        if (st == OK)
                printf("%s is in force\n", file);
        buf_done(&b);
        buf_done(&body);
        return st == OK ? 0 : tool_fail(&e);
}

static int take_away(const char *name, const char *state_dir)
{
        struct buf body = {0};
        struct err e = {0};
        enum status st;

        wire_mapping_remove(name, &body);
        st = submit(state_dir, &body, &e);
        if (st == OK)
                printf("mapping %s is no longer in force\n", name);
        buf_done(&body);
        return st == OK ? 0 : tool_fail(&e);
}

int tool_import_mapping(int argc, char **argv)
{
        static const struct option options[] = {
                {"check", no_argument, NULL, 'c'},
                {"remove", required_argument, NULL, 'r'},
                {"topic", required_argument, NULL, 't'},
                {"state-dir", required_argument, NULL, 's'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        const char *state_dir = tool_state_dir(), *topic = NULL, *name = NULL;
        bool only_check = false;
        int o;

        while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
                if (o == 'h')
                        return usage(stdout);
                else if (o == 'c')
                        only_check = true;
                else if (o == 'r')
                        name = optarg;
                else if (o == 't')
                        topic = optarg;
                else if (o == 's')
                        state_dir = optarg;
                else
                        return usage(stderr);
        }
        if (name && optind == argc && !only_check)
                return take_away(name, state_dir);
        if (only_check && !name && optind < argc)
                return check(argv[optind], topic, argv + optind + 1,
                             argc - optind - 1);
        if (only_check || name || optind != argc - 1)
                return usage(stderr);
        return take_in(argv[optind], state_dir);
}
