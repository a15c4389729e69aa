/* server/tool/rules.c -- `sanfang rules check FILE`: is a rule table right,
 * and what does it say in words?  `rules test` and `rules backtest` have
 * files of their own.
 *
 * Errors name the file, the rule, the field and what to do; nothing is
 * sent to a server. */
#include "server/tool/rules_backtest.h"
#include "server/tool/rules_compose.h"
#include "server/tool/rules_test.h"
#include "server/tool/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/json.h"
#include "server/rule_file.h"

static const char usage[] =
        "usage: sanfang rules check FILE...\n"
        "       sanfang rules test [--all] FILE...\n"
        "       sanfang rules backtest [OPTIONS] TABLE [OTHER]\n"
        "       sanfang rules compose --name NAME FILE...\n"
        "check reads rule tables and prints them in words.  Exit 0: all are\n"
        "right; 1: one is not (the message names file, rule, field and what\n"
        "to do).\n"
        "test runs the cases of test files: series in, alerts out; --all:\n"
        "every rule of the table must have one, and one each that shows late\n"
        "and missing data, and each limit, moved by the smallest step (0.1 "
        "mm,\n"
        "1 mm of level, a day), must make one fail.\n"
        "Exit 1: one failed.\n"
        "backtest runs a journal with two tables and prints the difference;\n"
        "its --help says more.\n"
        "compose makes one table of several, such as those in packs/.\n"
        "A table is put in force with `sanfang init --rules FILE`; its fields\n"
        "are described in docs/rules.md and schemas/json/rules.schema.json.\n";

static enum status read_all(const char *path, struct buf *b, struct err *e)
{
        FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
        char piece[4096];
        enum status st = OK;
        size_t n;

        if (!f)
                return err_set(e, ERR_IO, "cannot open it: %s",
                               strerror(errno));
        b->limit = JSON_FILE_MAX;
        while ((n = fread(piece, 1, sizeof piece, f)) > 0)
                buf_add(b, piece, n);
        if (ferror(f))
                st = err_set(e, ERR_IO, "cannot read it: %s", strerror(errno));
        else if (b->failed)
                st = err_set(e, ERR_SIZE, "larger than %u bytes",
                             JSON_FILE_MAX);
        if (f != stdin)
                fclose(f);
        return st;
}

static void print_milli(int64_t milli)
{
        int64_t v = milli < 0 ? -milli : milli;
        int decimals = v % 1000 == 0 ? 0 : v % 100 == 0 ? 1 : 3;

        printf("%s%lld", milli < 0 ? "-" : "", (long long)(v / 1000));
        if (decimals == 1)
                printf(".%lld", (long long)(v % 1000 / 100));
        else if (decimals == 3)
                printf(".%03lld", (long long)(v % 1000));
}

static void print_duration(int64_t us)
{
        long long s = (long long)(us / SECOND_US);

        if (s % 3600 == 0 && s > 0)
                printf("%lld h", s / 3600);
        else if (s % 60 == 0 && s > 0)
                printf("%lld min", s / 60);
        else
                printf("%lld s", s);
}

static const char *unit_of(enum rule_kind k)
{
        switch (k) {
        case RULE_RAIN_SUM:
        case RULE_FORECAST_RAIN:
                return "mm";
        case RULE_WIND:
                return "m/s";
        case RULE_DRY_DAYS:
                return "days";
        case RULE_SOIL:
                return "%";
        case RULE_EXPRESSION: /* each line has its own */
                return "";
        default:
                return "m";
        }
}

static void print_limit(const struct rule *r, const struct rule_line *l)
{
        if (r->kind == RULE_SILENCE) {
                printf("after %u intervals without a message", r->intervals);
                return;
        }
        if (r->kind == RULE_CLUSTER) {
                printf("%g stations of a %s silent within %lld h",
                       (double)l->value_milli / 1000,
                       zone_level_name(r->zone_level),
                       (long long)(r->within_us / HOUR_US));
                if (l == r->line && r->percent)
                        printf(", or %u that are %u %%", r->least, r->percent);
                return;
        }
        if (r->kind == RULE_EXPRESSION) {
                printf("%s", l->when);
                return;
        }
        if (r->kind == RULE_LINK) {
                printf("when a link is down for ");
                print_duration(r->hold_us);
                return;
        }
        printf("%s ", r->kind == RULE_SOIL ? "<=" : ">=");
        if (l->base != LINE_VALUE) {
                printf("%s", line_base_en(l->base));
                if (l->value_milli) {
                        printf(l->value_milli < 0 ? " - " : " + ");
                        print_milli(l->value_milli < 0 ? -l->value_milli
                                                       : l->value_milli);
                        printf(" m");
                }
                return;
        }
        print_milli(l->value_milli);
        printf(" %s", unit_of(r->kind));
        if (l->window_us) {
                printf(" in ");
                print_duration(l->window_us);
        }
}

/* What a rule needs beside its lines. */
static void print_terms(const struct rule *r)
{
        int a;

        if (r->kind == RULE_DRY_DAYS) {
                printf("    a day counts as dry under ");
                print_milli(r->effective_milli);
                printf(" mm\n");
        }
        if (r->kind == RULE_FORECAST_LEVEL || r->kind == RULE_FORECAST_RAIN)
                printf("    after %u run%s in a row\n", r->intervals,
                       r->intervals == 1 ? "" : "s");
        if (r->hysteresis_milli || (r->hold_us && r->kind != RULE_LINK)) {
                printf("    steps down when clear of the line by ");
                print_milli(r->hysteresis_milli);
                printf("%s%s for ", r->kind == RULE_EXPRESSION ? "" : " ",
                       unit_of(r->kind));
                print_duration(r->hold_us);
                printf("\n");
        }
        if (r->cooldown_us) {
                printf("    after an episode nothing new up to its peak for ");
                print_duration(r->cooldown_us);
                printf("\n");
        }
        printf("    must answer:");
        for (a = 0; a < agency_count; a++)
                if (r->agencies & AGENCY_BIT(a)) {
                        printf(" %s within ", agency_name((enum agency)a));
                        print_duration(r->deadline_us[a]);
                        printf(";");
                }
        printf("%s\n", r->line[r->n_lines - 1].level == LEVEL_RED
                               ? " half of that at red"
                               : "");
}

static void print_lines(const struct rule *r)
{
        uint32_t i;

        for (i = 0; i < r->n_lines; i++) {
                printf("    %-7s", level_name(r->line[i].level));
                print_limit(r, &r->line[i]);
                printf("%s\n",
                       r->line[i].unverified ? "  (number not verified)" : "");
        }
}

/* Where an override counts, and all that counts there. */
static void print_override(const struct rule *r)
{
        enum zone_level level = ZONE_CITY;

        if (!r->scope_station)
                zone_code_level(r->scope, &level);
        printf("\n  %s, but in %s %s: ", r->id,
               r->scope_station ? "station" : zone_level_name(level), r->scope);
        if (r->off) {
                printf("it is off\n");
                return;
        }
        printf("\n    %s\n    %s\n", r->text, r->text_en);
        print_lines(r);
        print_terms(r);
}

static void print_rule(const struct rule *r)
{
        if (r->scope[0]) {
                print_override(r);
                return;
        }
        printf("\n  %s (%s, %s", r->id, rule_kind_name(r->kind),
               hazard_name(r->hazard));
        if (r->kind == RULE_WIND)
                printf(", %s", r->gust ? "gust" : "mean");
        if (r->kind == RULE_SOIL)
                printf(", %s", element_name(r->element));
        printf(")\n    %s\n    %s\n", r->text, r->text_en);
        print_lines(r);
        print_terms(r);
        printf("    source: %s\n", r->source);
}

/* The line of the file with a mark under the place, as a compiler does. */
static void point_at(const struct json_place *at)
{
        uint32_t column = 1;
        size_t i;

        fprintf(stderr, "  %.*s\n  ", (int)at->text.n, at->text.p);
        for (i = 0; i < at->text.n && column < at->column; i++) {
                unsigned char c = (unsigned char)at->text.p[i];

                if (c == '\t')
                        fputc('\t', stderr);
                else if ((c & 0xC0) != 0x80) /* Chinese is two wide */
                        fputs(c >= 0xE3 ? "  " : " ", stderr);
                column += (c & 0xC0) != 0x80;
        }
        fprintf(stderr, "^\n");
}

static int check(const char *path)
{
        struct rule_set *set = calloc(1, sizeof *set);
        struct json_place at = {0};
        struct buf b = {0};
        struct err why = {0}, e = {0};
        enum status st;
        uint32_t i;

        if (!set) {
                err_set(&e, ERR_MEMORY, "no memory left");
                return tool_fail(&e);
        }
        st = read_all(path, &b, &why);
        if (st == OK)
                st = rule_file_decode(buf_as_text(&b), set, &at, &why);
        if (st != OK) {
                fprintf(stderr, "sanfang: %s: %s\n", path, why.msg);
                if (at.line)
                        point_at(&at);
        } else {
                printf("%s: table %s, version %u, %u rules\n  %s\n", path,
                       set->name, set->version, set->n_rules, set->text);
                for (i = 0; i < set->n_rules; i++)
                        print_rule(&set->rule[i]);
        }
        buf_done(&b);
        free(set);
        return st == OK ? 0 : 1;
}

int tool_rules(int argc, char **argv)
{
        bool test, all;
        int i, failed = 0;

        if (argc == 2 &&
            (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
                fputs(usage, stdout);
                return 0;
        }
        if (argc > 1 && strcmp(argv[1], "backtest") == 0)
                return rules_backtest(argc - 1, argv + 1);
        if (argc > 1 && strcmp(argv[1], "compose") == 0)
                return rules_compose(argc - 1, argv + 1);
        test = argc > 1 && strcmp(argv[1], "test") == 0;
        all = test && argc > 2 && strcmp(argv[2], "--all") == 0;
        if (argc < (all ? 4 : 3) || (!test && strcmp(argv[1], "check") != 0)) {
                fputs(usage, stderr);
                return 2;
        }
        for (i = all ? 3 : 2; i < argc; i++)
                failed |= test ? rules_test(argv[i], all) : check(argv[i]);
        return failed;
}
