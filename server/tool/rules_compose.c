/* server/tool/rules_compose.c -- `sanfang rules compose`: one table from
 * several, so that packs can be shipped apart and one table is in force.
 *
 * Holds:  a rule of a later file takes the place of one of the same id,
 *         which is said on stderr; the whole is checked as a table is.
 * Source: docs/decisions/0007-packs-are-tables.md. */
#include "server/tool/rules_compose.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/wire/json.h"
#include "schemas/wire/rule.h"
#include "server/file.h"
#include "server/rule_file.h"
#include "server/tool/tool.h"

#define LEAVE_MAX 64

static const char usage[] =
        "usage: sanfang rules compose --name NAME [--version N] [--text TEXT]\n"
        "               [--without RULE]... FILE...\n"
        "Writes one rule table to the standard output, of the rules of all\n"
        "files in their order.  A rule that has the id of an earlier one\n"
        "takes its place.  The table is checked as a whole.\n"
        "  --name NAME     its name\n"
        "  --version N     1 when not given; raise it whenever you change it\n"
        "  --text TEXT     a sentence on it; else the files' names\n"
        "  --without RULE  leaves a rule out\n";

struct request {
        const char *name, *text;
        int64_t version;
        const char *leave[LEAVE_MAX];
        uint32_t n_leave;
        bool left[LEAVE_MAX];
};

static bool is_left_out(struct request *q, const char *id)
{
        uint32_t i;

        for (i = 0; i < q->n_leave; i++)
                if (strcmp(q->leave[i], id) == 0)
                        return q->left[i] = true;
        return false;
}

/* Where a rule of that id stands, or the end. */
static uint32_t place_of(const struct rule_set *set, const char *id)
{
        uint32_t i;

        for (i = 0; i < set->n_rules; i++)
                if (strcmp(set->rule[i].id, id) == 0)
                        return i;
        return i;
}

/* One more at the place, the others behind it. */
static void insert(struct rule_set *set, uint32_t at, const struct rule *r)
{
        memmove(&set->rule[at + 1], &set->rule[at],
                (set->n_rules++ - at) * sizeof *r);
        set->rule[at] = *r;
}

/* Takes the rule's overrides out, which stand behind it. */
static void drop_overrides(struct rule_set *set, uint32_t at)
{
        uint32_t end = at + 1;

        while (end < set->n_rules && set->rule[end].scope[0])
                end++;
        memmove(&set->rule[at + 1], &set->rule[end],
                (set->n_rules - end) * sizeof set->rule[0]);
        set->n_rules -= end - at - 1;
}

static enum status take_rules(struct request *q, const char *path,
                              const struct rule_set *from, struct rule_set *to,
                              struct err *e)
{
        uint32_t i, at;

        for (i = 0; i < from->n_rules; i++) {
                const struct rule *r = &from->rule[i];

                if (is_left_out(q, r->id))
                        continue;
                at = place_of(to, r->id);
                if (to->n_rules == RULES_MAX &&
                    (at == RULES_MAX || r->scope[0]))
                        return err_set(e, ERR_FULL, "more than %d rules",
                                       RULES_MAX);
                if (r->scope[0]) {
                        while (at < to->n_rules &&
                               strcmp(to->rule[at].id, r->id) == 0)
                                at++;
                        insert(to, at, r);
                        continue;
                }
                if (at < to->n_rules) {
                        fprintf(stderr,
                                "%s: %s takes the place of one before\n", path,
                                r->id);
                        drop_overrides(to, at);
                } else {
                        to->n_rules++;
                }
                to->rule[at] = *r;
        }
        return OK;
}

static enum status take_file(struct request *q, const char *path,
                             struct rule_set *from, struct rule_set *to,
                             struct err *e)
{
        struct buf b = {.limit = JSON_FILE_MAX};
        struct err why = {0};
        enum status st = file_read(path, &b, e);
        size_t n = strlen(to->text);

        if (st != OK) {
                buf_done(&b);
                return st;
        }
        st = rule_file_decode(buf_as_text(&b), from, NULL, &why);
        if (st == OK)
                st = take_rules(q, path, from, to, &why);
        if (st != OK)
                err_set(e, st, "%.80s: %.170s", path, why.msg);
        else if (!q->text && n + 8 + strlen(from->name) < sizeof to->text)
                snprintf(to->text + n, sizeof to->text - n, "%s%s v%u",
                         n ? " + " : "", from->name, from->version);
        buf_done(&b);
        return st;
}

/* A line for each field of the table and of a rule, and for each line of
 * a rule, so that people can read it and a mistake has a line. */
static void put_lines(struct text json)
{
        bool quoted = false, first = true;
        int depth = 0, open = 0;
        size_t i;

        for (i = 0; i < json.n; i++) {
                char c = json.p[i];

                if (quoted) {
                        putchar(c);
                        if (c == '\\')
                                putchar(json.p[++i]);
                        quoted = c != '"';
                        continue;
                }
                open = c == '{' || c == '[';
                depth -= c == '}' || c == ']';
                if ((c == '}' || c == ']') && depth < 4 && !first)
                        printf("\n%*s", 2 * depth, "");
                putchar(c);
                depth += open;
                if (depth <= 4 && (open || c == ','))
                        printf("\n%*s", 2 * depth, "");
                else if (c == ',' || c == ':')
                        putchar(' ');
                first = open;
                quoted = c == '"';
        }
        putchar('\n');
}

static enum status check_whole(const struct rule_set *set, struct buf *ret,
                               struct err *e)
{
        static struct rule_set again;
        struct json_place at = {0};
        enum status st;

        if (set->n_rules == 0)
                return err_set(e, ERR_MISSING, "no rule is left");
        wire_rules_encode(set, ret);
        st = rule_file_decode(buf_as_text(ret), &again, &at, e);
        /* The place is one in a line that nobody has. */
        if (st != OK && strncmp(e->msg, "line ", 5) == 0 &&
            strstr(e->msg, ": "))
                memmove(e->msg, strstr(e->msg, ": ") + 2,
                        strlen(strstr(e->msg, ": ") + 2) + 1);
        return st;
}

static int compose(struct request *q, int n, char **path)
{
        struct rule_set *sets = calloc(2, sizeof *sets);
        struct buf out = {.limit = JSON_FILE_MAX};
        struct err e = {0};
        enum status st = OK;
        uint32_t i;
        int k;

        if (!sets)
                return tool_fail(
                        &(struct err){.msg = "no memory for a rule table"});
        snprintf(sets[1].name, sizeof sets[1].name, "%s", q->name);
        snprintf(sets[1].text, sizeof sets[1].text, "%s",
                 q->text ? q->text : "");
        sets[1].version = (uint32_t)q->version;
        for (k = 0; k < n && st == OK; k++)
                st = take_file(q, path[k], &sets[0], &sets[1], &e);
        for (i = 0; i < q->n_leave && st == OK; i++)
                if (!q->left[i])
                        st = err_set(&e, ERR_UNKNOWN,
                                     "--without %.40s: no file has that rule",
                                     q->leave[i]);
        if (st == OK)
                st = check_whole(&sets[1], &out, &e);
        if (st == OK)
                put_lines(buf_as_text(&out));
        buf_done(&out);
        free(sets);
        return st == OK ? 0 : tool_fail(&e);
}

int rules_compose(int argc, char **argv)
{
        static const struct option options[] = {
                {"name", required_argument, NULL, 'n'},
                {"version", required_argument, NULL, 'v'},
                {"text", required_argument, NULL, 't'},
                {"without", required_argument, NULL, 'w'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        struct request q = {.version = 1};
        bool good = true;
        int o;

        while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
                if (o == 'n')
                        q.name = optarg;
                else if (o == 'v')
                        good &= text_to_i64(text_of(optarg), &q.version) &&
                                q.version >= 1 && q.version <= 1000000000;
                else if (o == 't')
                        q.text = optarg;
                else if (o == 'w' && q.n_leave < LEAVE_MAX)
                        q.leave[q.n_leave++] = optarg;
                else
                        good = false;
                if (o == 'h') {
                        fputs(usage, stdout);
                        return 0;
                }
        }
        if (!good || !q.name || optind >= argc) {
                fputs(usage, stderr);
                return 2;
        }
        return compose(&q, argc - optind, argv + optind);
}
