/* server/tool/init.c -- `sanfang init`: a state directory to start from. */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/wire/check.h"
#include "server/file.h"
#include "server/rule_file.h"
#include "server/tool/user.h"

static int usage(FILE *to)
{
        fputs("Usage: sanfang init --state-dir DIR [--rules FILE] [--checks "
              "FILE]"
              "\n                    [--admin NAME --password-file FILE]\n"
              "       sanfang init --state-dir DIR --demo --day DIR --rules "
              "FILE [--checks FILE]\n                    --password-file "
              "FILE\n\n"
              "Makes the journal with a rule table, a check table and a first "
              "administrator; "
              "with --demo,\nwith the places, history and clock of a recorded "
              "day and the demo's users.\n",
              to);
        return to == stdout ? 0 : 2;
}

static enum status put_rules(struct door *d, const char *path, struct err *e)
{
        struct rule_set *set = calloc(1, sizeof *set);
        struct buf b = {.limit = RECORD_BODY_MAX};
        struct err why = {0};
        enum status st = set ? file_read(path, &b, &why) : ERR_MEMORY;

        if (st == OK)
                st = rule_file_decode(buf_as_text(&b), set, NULL, &why);
        if (st == OK)
                st = door_submit(d, RECORD_RULES, buf_as_text(&b), &why);
        if (st != OK)
                err_set(e, st, "%s: %s", path, why.msg);
        buf_done(&b);
        free(set);
        return st;
}

/* A check table is imported as it stands in its file. */
static enum status put_checks(struct door *d, const char *path, struct err *e)
{
        struct check_table *c = calloc(1, sizeof *c);
        struct buf b = {.limit = RECORD_BODY_MAX};
        struct err why = {0};
        enum status st = c ? file_read(path, &b, &why) : ERR_MEMORY;

        if (st == OK)
                st = wire_checks_decode(buf_as_text(&b), c, &why);
        if (st == OK)
                st = door_submit(d, RECORD_IMPORT, buf_as_text(&b), &why);
        if (st != OK)
                err_set(e, st, "%s: %s", path, why.msg);
        buf_done(&b);
        free(c);
        return st;
}

struct init {
        const char *state_dir, *rules, *checks, *day, *admin, *password_file;
        bool demo;
};

static enum status put_people(struct door *d, const struct init *i,
                              struct err *e)
{
        struct user_note n = {.role = ROLE_ADMIN};
        char password[256];
        enum status st = OK;

        if (!i->demo && !i->admin)
                return OK;
        if (!i->password_file)
                return err_set(e, ERR_MISSING, "--password-file is missing");
        st = file_first_line(i->password_file, password, sizeof password, e);
        if (st == OK && i->demo) {
                st = user_put_demo(d, password, e);
        } else if (st == OK) {
                snprintf(n.name, sizeof n.name, "%s", i->admin);
                snprintf(n.shown, sizeof n.shown, "%s", i->admin);
                snprintf(n.by, sizeof n.by, "init");
                st = user_put(d, &n, password, e);
        }
        explicit_bzero(password, sizeof password);
        return st;
}

/* `sanfang import WHAT PATH --state-dir DIR`, in this process. */
static int import_one(const struct init *i, const char *what, const char *file)
{
        char path[PATH_MAX];
        char *argv[] = {(char *)"import",      (char *)what,         path,
                        (char *)"--state-dir", (char *)i->state_dir, NULL};

        snprintf(path, sizeof path, "%s%s%s", i->day, file[0] ? "/" : "", file);
        optind = 0; /* glibc: begin a new scan */
        return tool_import(5, argv);
}

static int init_demo(const struct init *i)
{
        int rc = import_one(i, "zones", "zones.geojson");

        if (rc == 0)
                rc = import_one(i, "stations", "stations.csv");
        if (rc == 0)
                rc = import_one(i, "facilities", "facilities.geojson");
        if (rc == 0)
                rc = import_one(i, "day", "");
        return rc;
}

static int init(const struct init *i)
{
        struct door *d = NULL;
        struct err e = {0};
        enum status st = door_open(i->state_dir, &d, &e);

        if (st == OK && door_is_server(d))
                st = err_set(&e, ERR_CONFLICT,
                             "a server is running on %s; stop it first",
                             i->state_dir);
        if (st == OK && i->rules)
                st = put_rules(d, i->rules, &e);
        if (st == OK && i->checks)
                st = put_checks(d, i->checks, &e);
        if (st == OK)
                st = put_people(d, i, &e);
        door_close(d);
        if (st != OK)
                return tool_fail(&e);
        return i->demo ? init_demo(i) : 0;
}

int tool_init(int argc, char **argv)
{
        static const struct option options[] = {
                {"state-dir", required_argument, NULL, 's'},
                {"rules", required_argument, NULL, 'r'},
                {"checks", required_argument, NULL, 'c'},
                {"day", required_argument, NULL, 'd'},
                {"admin", required_argument, NULL, 'a'},
                {"password-file", required_argument, NULL, 'p'},
                {"demo", no_argument, NULL, 'D'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        struct init i = {.state_dir = tool_state_dir()};
        int o;

        while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
                if (o == 'h')
                        return usage(stdout);
                else if (o == 's')
                        i.state_dir = optarg;
                else if (o == 'r')
                        i.rules = optarg;
                else if (o == 'c')
                        i.checks = optarg;
                else if (o == 'd')
                        i.day = optarg;
                else if (o == 'a')
                        i.admin = optarg;
                else if (o == 'p')
                        i.password_file = optarg;
                else if (o == 'D')
                        i.demo = true;
                else
                        return usage(stderr);
        }
        if (optind != argc || (i.demo && !i.day))
                return usage(stderr);
        return init(&i);
}
