/* server/tool/rules_backtest.c -- `sanfang rules backtest`: a journal run
 * with two rule tables, and what is different, before one is put in force. */
#include "server/tool/rules_backtest.h"

#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "schemas/time.h"
#include "schemas/wire/json.h"
#include "server/file.h"
#include "server/tool/backtest.h"
#include "server/tool/backtest_json.h"
#include "server/tool/backtest_svg.h"
#include "server/tool/days.h"
#include "server/tool/tool.h"

static const char usage[] =
        "usage: sanfang rules backtest [--journal DIR | --days FOLDER |\n"
        "               --archive CONNINFO] [--from TIME] [--to TIME] [--all]\n"
        "               [--json] [--upto N] [--progress]\n"
        "               [--picture FILE.svg [--lang zh|en]] TABLE [OTHER]\n"
        "Runs a journal twice, with the rules that were in force (or with\n"
        "OTHER) and with TABLE, and prints what would be different: alerts\n"
        "by hazard and grade, those that are new, gone or moved, and how the\n"
        "forecasts of each fared.  Times are the engine's: when people would\n"
        "have known.  --all also prints alerts that are the same.\n"
        "  --journal DIR   default $SANFANG_STATE_DIR/journal\n"
        "  --days FOLDER   day files of one (`sanfang export days`): the same\n"
        "                  answer, much sooner\n"
        "  --archive CONNINFO\n"
        "                  what the PostGIS archive keeps, by day files in "
        "$TMPDIR\n"
        "  --from, --to    alerts raised within, RFC 3339\n"
        "  --upto N        stops after the journal's record N\n"
        "  --json          the same as one JSON object, for programs\n"
        "  --picture FILE  draws the two side by side as well, for who "
        "decides;\n"
        "                  in Chinese, or with --lang en in English\n"
        "  --progress      says on stderr how far it is, gives way to other\n"
        "                  programs, and ends with the one that started it\n";

struct request {
        char journal[PATH_MAX];
        const char *days;          /* NULL: the journal */
        const char *archive;       /* NULL, or where days come from */
        const char *table, *other; /* other NULL: what was in force */
        int64_t from_us, to_us;
        uint64_t upto_seq; /* the last record that counts */
        bool all, json, progress;
        const char *picture; /* a file, NULL: none */
        bool en;             /* the picture in English */
};

/* ---- running ---- */

/* One of the two runs, and how far it is. */
struct walk {
        struct backtest *b;
        uint64_t first_seq, upto_seq;
        int run;  /* 0, 1; */
        int told; /* percent; -1: nothing is told */
};

/* For who started us and shows it; both runs are half of the way. */
static void tell(struct walk *w, uint64_t seq)
{
        uint64_t all;
        int percent;

        if (w->told < 0)
                return;
        if (w->first_seq == 0)
                w->first_seq = seq;
        all = w->upto_seq - w->first_seq + 1;
        percent = w->run * 50 +
                  (int)((seq - w->first_seq + 1) * 50 / (all ? all : 1));
        if (percent <= w->told)
                return;
        w->told = percent;
        fprintf(stderr, "%d %%\n", percent);
}

static void on_step(void *self, const struct state *s, const struct record *r,
                    const struct effects *fx)
{
        const struct rule_set *set = engine_rule_set(s->engine);
        struct walk *w = self;
        struct backtest *b = w->b;
        uint32_t i;

        if (b->version != set->version || strcmp(b->name, set->name) != 0) {
                snprintf(b->name, sizeof b->name, "%s", set->name);
                b->version = set->version;
        }
        if (b->begin_us == TIME_NONE && r->kind == RECORD_TICK)
                b->begin_us = s->engine_us; /* before, it may be no time */
        b->end_us = s->engine_us;
        for (i = 0; i < fx->n_alert; i++)
                backtest_take(b, &s->places, &fx->alert[i]);
        tell(w, r->seq);
}

static enum status run(const struct request *q, const char *table, bool second,
                       struct backtest *b, struct err *e)
{
        struct buf rules = {.limit = JSON_FILE_MAX};
        struct walk w = {b, 0, q->upto_seq, second, q->progress ? 0 : -1};
        struct err why = {0};
        enum status st = OK;

        b->begin_us = b->end_us = TIME_NONE;
        b->from_us = q->from_us;
        b->to_us = q->to_us;
        if (table)
                st = file_read(table, &rules, e);
        if (st == OK) {
                st = q->days ? days_run(q->days, buf_as_text(&rules),
                                        q->upto_seq, on_step, &w, &why)
                             : replay_run_upto(q->journal, buf_as_text(&rules),
                                               q->upto_seq, on_step, &w, &why);
                if (st != OK)
                        err_set(e, st, "%.80s%s%.160s", table ? table : "",
                                table ? ": " : "", why.msg);
        }
        if (st == OK && b->failed)
                st = err_set(e, ERR_MEMORY, "no memory for the alerts");
        buf_done(&rules);
        return st;
}

/* ---- how many ---- */

static uint32_t count(const struct backtest *b, enum hazard h, enum level l)
{
        uint32_t i, n = 0;

        for (i = 0; i < b->n; i++)
                n += b->list[i].hazard == h && b->list[i].peak == l;
        return n;
}

static void print_counts(const struct backtest *was, const struct backtest *is)
{
        int h, l;

        printf("\nalerts by worst grade    %14s v%-3u %14s v%-3u\n", was->name,
               was->version, is->name, is->version);
        for (h = 0; h < hazard_count; h++)
                for (l = level_count - 1; l >= 0; l--) {
                        uint32_t a = count(was, (enum hazard)h, (enum level)l);
                        uint32_t b = count(is, (enum hazard)h, (enum level)l);

                        if (a || b)
                                printf("  %-11s%-10s %19u %19u%s\n",
                                       hazard_name((enum hazard)h),
                                       level_name((enum level)l), a, b,
                                       a == b ? "" : "  *");
                }
}

/* ---- what is different ---- */

static void print_time(int64_t us)
{
        struct civil c = time_to_beijing(us);

        printf("%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day, c.hour,
               c.minute);
}

static void print_alert(const char *sign, const struct backtest_alert *a)
{
        printf("  %s ", sign);
        print_time(a->raised_us);
        printf("  %-16s %-10s %s%s", a->subject, hazard_name(a->hazard),
               level_name(a->peak), a->late ? ", told late" : "");
}

static void print_end(const struct backtest_alert *a)
{
        if (a->ended_us != TIME_NONE) {
                printf(", until ");
                print_time(a->ended_us);
        }
        printf("\n");
}

static void print_shift(const char *what, int64_t was_us, int64_t is_us)
{
        long long minutes;

        if (was_us == is_us)
                return;
        if (was_us == TIME_NONE || is_us == TIME_NONE) {
                printf("; %s %s", was_us == TIME_NONE ? "now" : "no longer",
                       what);
                return;
        }
        minutes = (is_us - was_us) / MINUTE_US;
        printf("; %s %lld min %s", what, llabs(minutes),
               minutes < 0 ? "earlier" : "later");
}

static bool same_times(const struct backtest_alert *a, int k, int l)
{
        return a->observed_us[k] == a->observed_us[l] &&
               a->forecast_us[k] == a->forecast_us[l];
}

static void print_moved(const struct backtest_alert *was,
                        const struct backtest_alert *is)
{
        char what[40];
        int l;

        print_alert("~", was);
        if (was->peak != is->peak)
                printf(" -> %s", level_name(is->peak));
        for (l = LEVEL_WHITE; l < level_count; l++) {
                /* A grade that was skipped came with the one above it. */
                if (l + 1 < level_count && same_times(was, l, l + 1) &&
                    same_times(is, l, l + 1))
                        continue;
                snprintf(what, sizeof what, "%s observed",
                         level_name((enum level)l));
                print_shift(what, was->observed_us[l], is->observed_us[l]);
                snprintf(what, sizeof what, "%s forecast",
                         level_name((enum level)l));
                print_shift(what, was->forecast_us[l], is->forecast_us[l]);
        }
        printf("\n");
}

static void print_changes(const struct backtest *was, const struct backtest *is,
                          bool all)
{
        uint32_t i, n[3] = {0}, fresh = 0;
        const struct backtest_alert *x;

        printf("\nwhat is different (+ new, - gone, ~ moved)\n");
        for (i = 0; i < was->n; i++) {
                enum backtest_fate f = backtest_find(&was->list[i], is, &x);

                n[f]++;
                if (f == BACKTEST_MOVED) {
                        print_moved(&was->list[i], x);
                } else if (f == BACKTEST_GONE || all) {
                        print_alert(f == BACKTEST_GONE ? "-" : "=",
                                    &was->list[i]);
                        print_end(&was->list[i]);
                }
        }
        for (i = 0; i < is->n; i++)
                if (backtest_find(&is->list[i], was, &x) == BACKTEST_GONE) {
                        fresh++;
                        print_alert("+", &is->list[i]);
                        print_end(&is->list[i]);
                }
        printf("  %u the same, %u moved, %u gone, %u new\n", n[BACKTEST_SAME],
               n[BACKTEST_MOVED], n[BACKTEST_GONE], fresh);
}

/* ---- how the forecasts fared ---- */

static void print_rates(const struct backtest_score *s)
{
        double told = s->hits + s->false_alarms;

        if (s->observed + s->false_alarms < BACKTEST_RATES_LEAST) {
                printf("    -    -    -");
                return;
        }
        printf(" %4.2f", s->observed ? (double)s->hits / s->observed : 0);
        printf(" %4.2f", told > 0 ? s->false_alarms / told : 0);
        printf(" %4.2f", (double)s->hits / (s->observed + s->false_alarms));
}

static void print_score_line(const struct backtest_score *s, enum hazard h,
                             enum level l)
{
        printf("  %-11s%-8s or worse   %5u %5u %5u %5u ", hazard_name(h),
               level_name(l), s->hits, s->observed - s->hits, s->false_alarms,
               s->open);
        print_rates(s);
        if (s->hits)
                printf("  %8lld %7lld",
                       (long long)(s->lead_least_us / MINUTE_US),
                       (long long)(s->lead_median_us / MINUTE_US));
        printf("\n");
}

static void print_score(const struct backtest *b)
{
        struct backtest_score s;
        bool any = false;
        int h, l;

        printf("\nforecasts of %s v%u         hit  miss false  open   POD  FAR"
               "  CSI  lead min  median\n",
               b->name, b->version);
        for (h = 0; h < hazard_count; h++)
                for (l = level_count - 1; l > LEVEL_NONE; l--)
                        if (backtest_tells(b, (enum hazard)h, (enum level)l,
                                           &s)) {
                                print_score_line(&s, (enum hazard)h,
                                                 (enum level)l);
                                any = true;
                        }
        if (!any)
                printf("  none\n");
}

/* ---- the verb ---- */

static void print_all(const struct request *q, const struct backtest *was,
                      const struct backtest *is)
{
        print_counts(was, is);
        print_changes(was, is, q->all);
        print_score(was);
        print_score(is);
        printf("\nRates (POD, FAR, CSI) are told from %u events on; a level "
               "forecast knows no\nrain. A score on made-up levels proves the "
               "line, not skill.\n",
               BACKTEST_RATES_LEAST);
}

static enum status print_json(const struct backtest *was,
                              const struct backtest *is, struct err *e)
{
        struct buf b = {0};
        bool good;

        backtest_json(was, is, &b);
        good = !b.failed && fwrite(b.p, 1, b.n, stdout) == b.n;
        buf_done(&b);
        return good ? OK : err_set(e, ERR_IO, "cannot write it");
}

static enum status draw(const struct request *q, const struct backtest *was,
                        const struct backtest *is, struct err *e)
{
        struct buf b = {0};
        enum status st;

        backtest_svg(was, is, q->en, &b);
        st = b.failed ? err_set(e, ERR_MEMORY, "no memory for a picture")
                      : file_replace(q->picture, buf_as_text(&b), e);
        buf_done(&b);
        return st;
}

/* Both runs are of the same day files, which go with them. */
static enum status fetch(const char *archive, const char *dir, struct err *e)
{
        struct days_out d;
        enum status st = days_create(&d, dir, 0, e), closed;

        if (st != OK)
                return st;
        st = days_from_archive(archive, &d, e);
        closed = days_close(&d, st == OK ? e : &(struct err){0});
        return st == OK ? closed : st;
}

static int compare(const struct request *q)
{
        struct backtest was = {.version = 0}, is = {.version = 0};
        struct err e = {0};
        enum status st = run(q, q->other, false, &was, &e);

        if (st == OK)
                st = run(q, q->table, true, &is, &e);
        if (st == OK && q->json)
                st = print_json(&was, &is, &e);
        else if (st == OK)
                print_all(q, &was, &is);
        if (st == OK && q->picture)
                st = draw(q, &was, &is, &e);
        backtest_done(&was);
        backtest_done(&is);
        return st == OK ? 0 : tool_fail(&e);
}

static int compare_archive(struct request *q)
{
        const char *tmp = getenv("TMPDIR");
        char dir[PATH_MAX];
        struct err e = {0};
        int code;

        snprintf(dir, sizeof dir, "%.200s/sanfang-days-XXXXXX",
                 tmp && *tmp ? tmp : "/tmp");
        if (!mkdtemp(dir)) {
                err_set(&e, ERR_IO, "no folder %.180s", dir);
                return tool_fail(&e);
        }
        q->days = dir;
        code = fetch(q->archive, dir, &e) == OK ? compare(q) : tool_fail(&e);
        q->days = NULL;
        days_remove(dir);
        return code;
}

static bool read_time(const char *s, int64_t *ret_us)
{
        if (time_parse(text_of(s), ret_us))
                return true;
        fprintf(stderr,
                "sanfang: \"%s\" is no time with an offset, like "
                "2026-06-01T08:00:00+08:00\n",
                s);
        return false;
}

static bool read_seq(const char *s, uint64_t *ret)
{
        int64_t n;

        if (!text_to_i64(text_of(s), &n) || n < 1) {
                fprintf(stderr, "sanfang: --upto wants a record's number\n");
                return false;
        }
        *ret = (uint64_t)n;
        return true;
}

/* Who waits for us is a server: its loop comes first, and without it
 * nobody reads what we find. */
static void give_way(void)
{
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setpriority(PRIO_PROCESS, 0, 10);
}

static bool take_lang(struct request *q, const char *lang)
{
        q->en = strcmp(lang, "en") == 0;
        return q->en || strcmp(lang, "zh") == 0;
}

static bool take_option(struct request *q, int o)
{
        switch (o) {
        case 'j':
                snprintf(q->journal, sizeof q->journal, "%s", optarg);
                return true;
        case 'd':
                q->days = optarg;
                return true;
        case 'A':
                q->archive = optarg;
                return true;
        case 'f':
                return read_time(optarg, &q->from_us);
        case 't':
                return read_time(optarg, &q->to_us);
        case 'a':
                return q->all = true;
        case 'J':
                return q->json = true;
        case 'u':
                return read_seq(optarg, &q->upto_seq);
        case 'p':
                return q->progress = true;
        case 'P':
                q->picture = optarg;
                return true;
        case 'l':
                return take_lang(q, optarg);
        default:
                return false;
        }
}

int rules_backtest(int argc, char **argv)
{
        static const struct option options[] = {
                {"journal", required_argument, NULL, 'j'},
                {"days", required_argument, NULL, 'd'},
                {"archive", required_argument, NULL, 'A'},
                {"from", required_argument, NULL, 'f'},
                {"to", required_argument, NULL, 't'},
                {"all", no_argument, NULL, 'a'},
                {"json", no_argument, NULL, 'J'},
                {"upto", required_argument, NULL, 'u'},
                {"progress", no_argument, NULL, 'p'},
                {"picture", required_argument, NULL, 'P'},
                {"lang", required_argument, NULL, 'l'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        struct request q = {.from_us = TIME_NONE,
                            .to_us = TIME_NONE,
                            .upto_seq = UINT64_MAX};
        bool good = true;
        int o;

        snprintf(q.journal, sizeof q.journal, "%s/journal", tool_state_dir());
        while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
                good &= take_option(&q, o);
                if (o == 'h') {
                        fputs(usage, stdout);
                        return 0;
                }
        }
        if (!good || optind >= argc || argc - optind > 2) {
                fputs(usage, stderr);
                return 2;
        }
        if (q.progress)
                give_way();
        q.table = argv[optind];
        q.other = argc - optind == 2 ? argv[optind + 1] : NULL;
        return q.archive ? compare_archive(&q) : compare(&q);
}
