/* server/tool/explain.c -- `sanfang explain`: why an alert was raised, in
 * words, out of the journal.
 *
 * The journal is run twice: the first run finds which records are behind
 * the alert, the second tells when each came.  Both must give the same
 * changes, byte for byte; the last line says so. */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/alert.h"
#include "server/tool/replay_run.h"
#include "server/tool/tool.h"

#define SOURCES_MAX 4096u

/* A record behind the alert. */
struct source {
        uint64_t seq;
        int64_t engine_us; /* when it was taken; TIME_NONE: not seen */
        uint32_t marks;
        bool told; /* with an earlier change */
};

struct explain {
        const char *alert;
        bool json, second;
        struct source source[SOURCES_MAX];
        uint32_t n_sources;
        struct buf lines[2]; /* the changes of each run */
        uint64_t changes;
};

static struct source *find(struct explain *x, uint64_t seq)
{
        uint32_t i;

        for (i = 0; i < x->n_sources; i++)
                if (x->source[i].seq == seq)
                        return &x->source[i];
        return NULL;
}

static void note_sources(struct explain *x, const struct alert *a)
{
        uint32_t i;

        for (i = 0; i < a->n_evidence; i++)
                if (!find(x, a->evidence[i].seq) && x->n_sources < SOURCES_MAX)
                        x->source[x->n_sources++] =
                                (struct source){.seq = a->evidence[i].seq,
                                                .engine_us = TIME_NONE};
}

static void see_record(struct explain *x, const struct state *s,
                       const struct record *r, const struct effects *fx)
{
        struct source *from = find(x, r->seq);
        uint32_t i;

        if (!from)
                return;
        from->engine_us = s->engine_us;
        for (i = 0; i < fx->n_observation; i++)
                from->marks |= fx->observation[i].marks;
}

static void print_number(int64_t milli)
{
        int64_t v = milli < 0 ? -milli : milli;

        printf("%s%lld.%03lld", milli < 0 ? "-" : "", (long long)(v / 1000),
               (long long)(v % 1000));
}

static void print_marks(uint32_t marks)
{
        int i;

        for (i = 0; i < MARK_count; i++)
                if (marks & (1u << i))
                        printf(" %s", mark_name((enum mark_bit)i));
}

static void print_evidence(struct explain *x, const struct state *s,
                           const struct evidence *v)
{
        struct source *from = find(x, v->seq);
        const struct places *p = &s->places;
        char at[40], came[40] = "?";

        time_format_beijing(at, v->time_us);
        if (from && from->engine_us != TIME_NONE)
                time_format_beijing(came, from->engine_us);
        printf("    %s %s %s ",
               v->station < p->n_stations ? p->stations[v->station].code : "-",
               v->element < ELEMENT_count ? element_name(v->element)
                                          : "(of the rule)",
               v->forecast ? "forecast for" : "of");
        printf("%s: ", at);
        print_number(v->value_milli);
        printf(", record %llu, came %s", (unsigned long long)v->seq, came);
        if (from)
                print_marks(from->marks);
        printf("\n");
}

/* What is new since the change before; rain shows its whole window. */
static void print_all_evidence(struct explain *x, const struct state *s,
                               const struct alert *a)
{
        struct source *from;
        uint32_t i;

        for (i = 0; i < a->n_evidence; i++) {
                from = find(x, a->evidence[i].seq);
                if (!from || !from->told || a->window_us)
                        print_evidence(x, s, &a->evidence[i]);
        }
        for (i = 0; i < a->n_evidence; i++) {
                from = find(x, a->evidence[i].seq);
                if (from)
                        from->told = true;
        }
}

/* The expression, or nothing for kinds that say it in their text. */
static const char *expression_of(const struct state *s, const struct alert *a)
{
        const struct rule_set *set = engine_rule_set(s->engine);
        uint32_t i, k;

        for (i = 0; i < set->n_rules; i++)
                for (k = 0; k < set->rule[i].n_lines; k++)
                        if (strcmp(set->rule[i].id, a->rule) == 0 &&
                            strcmp(set->rule[i].scope, a->rule_scope) == 0 &&
                            set->rule[i].line[k].level == a->level)
                                return set->rule[i].line[k].when;
        return "";
}

/* "should have been known at 02:10, was at 02:35: record 7 of X came then" */
static void print_lateness(const struct state *s, const struct alert *a)
{
        const struct evidence *last = NULL;
        char crossed[40], known[40];
        uint32_t i;

        if (!a->late)
                return;
        for (i = 0; i < a->n_evidence; i++)
                if (!last || a->evidence[i].seq > last->seq)
                        last = &a->evidence[i];
        time_format_beijing(crossed, a->observed_us);
        time_format_beijing(known, a->raised_us);
        printf("  should have been known at %s, was at %s", crossed, known);
        if (last && last->station < s->places.n_stations)
                printf(": record %llu of %s came then",
                       (unsigned long long)last->seq,
                       s->places.stations[last->station].code);
        printf("\n");
}

static void print_change(struct explain *x, const struct state *s,
                         const struct alert_change *c)
{
        const struct alert *a = &c->alert;
        const char *when = expression_of(s, a);
        struct buf title = {0};
        char at[40];

        time_format_beijing(at, c->transition.at_us);
        wire_alert_title(a, &s->places, true, &title);
        printf("%s  %s, %s (record %llu)\n", at,
               transition_kind_name(c->transition.kind), level_name(a->level),
               (unsigned long long)c->transition.seq);
        if (c->transition.user[0])
                printf("  by %s\n", c->transition.user);
        if (c->transition.note[0])
                printf("  %s\n", c->transition.note);
        if (c->transition.kind == TRANSITION_RAISED ||
            c->transition.kind == TRANSITION_OBSERVED ||
            c->transition.from_level != c->transition.to_level) {
                printf("  %.*s\n", (int)title.n, title.p);
                printf("  rule %s, version %u: %s\n", a->rule, a->rule_version,
                       a->rule_text_en);
                if (a->rule_scope[0])
                        printf("  as overridden for %s\n", a->rule_scope);
                if (when[0])
                        printf("  when %s\n", when);
                printf("  value ");
                print_number(a->value_milli);
                printf(", limit ");
                print_number(a->threshold_milli);
                printf("%s\n", a->unverified ? " (not verified)" : "");
                print_lateness(s, a);
                print_all_evidence(x, s, a);
        }
        buf_done(&title);
}

static void use_step(void *self, const struct state *s, const struct record *r,
                     const struct effects *fx)
{
        struct explain *x = self;
        uint32_t i;

        if (x->second)
                see_record(x, s, r, fx);
        for (i = 0; i < fx->n_alert; i++) {
                if (strcmp(x->alert, fx->alert[i].alert.id) != 0)
                        continue;
                replay_line(&x->lines[x->second], s, &fx->alert[i]);
                if (x->second && !x->json)
                        print_change(x, s, &fx->alert[i]);
                if (x->second)
                        continue;
                x->changes++;
                note_sources(x, &fx->alert[i].alert);
        }
}

static enum status explain(struct explain *x, const char *journal,
                           struct err *e)
{
        const struct text as_it_was = {NULL, 0};
        enum status st = replay_run(journal, as_it_was, use_step, x, e);

        if (st == OK && x->changes == 0)
                st = err_set(e, ERR_UNKNOWN, "no alert %s in %s", x->alert,
                             journal);
        x->second = true;
        if (st == OK)
                st = replay_run(journal, as_it_was, use_step, x, e);
        if (st == OK && (x->lines[0].failed || x->lines[1].failed))
                st = err_set(e, ERR_MEMORY, "no memory left");
        if (st == OK &&
            (x->lines[0].n != x->lines[1].n ||
             memcmp(x->lines[0].p, x->lines[1].p, x->lines[0].n) != 0))
                st = err_set(e, ERR_CORRUPT,
                             "the journal run twice gave two different alerts: "
                             "please report this");
        if (st != OK)
                return st;
        if (x->json)
                fwrite(x->lines[1].p, 1, x->lines[1].n, stdout);
        else
                printf("run twice: the same %llu changes, byte for byte\n",
                       (unsigned long long)x->changes);
        return OK;
}

static int usage(FILE *to)
{
        fputs("Usage: sanfang explain [--journal DIR] [--json] ALERT\n\n"
              "Runs the journal again, twice, and tells each change of the "
              "alert: rule and\nversion, value and limit, and the "
              "observations behind it with their records,\nwhen these came, "
              "and their marks.\n\n"
              "  --json          each change as a line of canonical JSON\n"
              "  --journal DIR   default $SANFANG_STATE_DIR/journal\n",
              to);
        return to == stdout ? 0 : 2;
}

int tool_explain(int argc, char **argv)
{
        static const struct option options[] = {
                {"journal", required_argument, NULL, 'j'},
                {"json", no_argument, NULL, 'o'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        struct explain *x = calloc(1, sizeof *x);
        char journal[PATH_MAX];
        struct err e = {0};
        enum status st;
        int o;

        if (!x)
                return tool_fail(&(struct err){.msg = "no memory left"});
        snprintf(journal, sizeof journal, "%s/journal", tool_state_dir());
        while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
                if (o == 'j')
                        snprintf(journal, sizeof journal, "%s", optarg);
                else if (o == 'o')
                        x->json = true;
                else {
                        free(x);
                        return usage(o == 'h' ? stdout : stderr);
                }
        }
        if (optind != argc - 1) {
                free(x);
                return usage(stderr);
        }
        x->alert = argv[optind];
        st = explain(x, journal, &e);
        buf_done(&x->lines[0]);
        buf_done(&x->lines[1]);
        free(x);
        return st == OK ? 0 : tool_fail(&e);
}
