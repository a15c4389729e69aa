/* server/tool/backtest_svg.c -- see backtest_svg.h.
 *
 * Holds:  from top to bottom: how many alerts and what became of them; by
 *         hazard and level with the fate of the forecasts; a time-line of
 *         what stood; the changes that matter most, in words. */
#include "server/tool/backtest_svg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "server/tool/svg.h"

#define WIDTH 1240
#define LEFT 40
#define RIGHT (WIDTH - LEFT)
#define ROW 30
#define BINS_MAX 48
#define CHANGES_MAX 14u

#define INK "#1c2733"
#define GREY "#5d6b79"
#define FAINT "#dfe5ea"
#define PAPER "#f6f8fa"

struct tally {
        uint32_t was, is, fresh, gone, moved, same;
};

struct change {
        const struct backtest_alert *was, *is; /* one may be NULL */
};

struct page {
        struct buf *b;
        bool en;
        const struct backtest *was, *is;
        int y;
        struct tally all, by[hazard_count][level_count];
        struct change *change;
        uint32_t n_changes;
};

static const struct svg_font title = {28, INK, true, NULL};
static const struct svg_font head = {19, INK, true, NULL};
static const struct svg_font plain = {15, INK, false, NULL};
static const struct svg_font strong = {15, INK, true, NULL};
static const struct svg_font middle = {15, INK, false, "middle"};
static const struct svg_font small = {13, GREY, false, NULL};
static const struct svg_font small_middle = {13, GREY, false, "middle"};
static const struct svg_font small_end = {13, GREY, false, "end"};

/* The word in the page's language. */
static const char *say(const struct page *p, const char *zh, const char *en)
{
        return p->en ? en : zh;
}

static const char *hazard_of(const struct page *p, enum hazard h)
{
        return p->en ? hazard_en(h) : hazard_zh(h);
}

static const char *level_of(const struct page *p, enum level l)
{
        return p->en ? level_en(l) : level_zh(l);
}

static const char *colour(enum level l)
{
        static const char *const colours[level_count] = {"#eef1f4", "#ffffff",
                                                         "#2f7de1", "#f4cf2c",
                                                         "#f0861a", "#d62839"};

        return colours[l];
}

static const char *ink_on(enum level l)
{
        return l == LEVEL_BLUE || l == LEVEL_RED ? "#ffffff" : INK;
}

static const char *name_of(const struct page *p, const struct backtest_alert *a)
{
        if (p->en && a->name_en[0])
                return a->name_en;
        return a->name[0] ? a->name : a->subject;
}

static void chip(struct page *p, int x, int y, int w, const char *fill,
                 const char *ink, const char *text)
{
        struct svg_font f = {13, ink, true, "middle"};

        svg_card(p->b, x, y, w, 22, fill,
                 strcmp(fill, "#ffffff") == 0 ? "#9aa7b3" : NULL);
        svg_text(p->b, x + w / 2, y + 16, &f, "%s", text);
}

static void level_chip(struct page *p, int x, int y, enum level l)
{
        chip(p, x, y, 62, colour(l), ink_on(l), level_of(p, l));
}

/* ---- what became of each alert ---- */

/* The grade at which the two first differ, from the worst down: of one that
 * only moved in time, else the worst of both. */
static enum level weight(const struct change *c, int64_t *ret_shift_us)
{
        int l;

        *ret_shift_us = 0;
        if (!c->was || !c->is || c->was->peak != c->is->peak) {
                enum level a = c->was ? c->was->peak : LEVEL_NONE;
                enum level b = c->is ? c->is->peak : LEVEL_NONE;

                return a > b ? a : b;
        }
        for (l = level_count - 1; l > LEVEL_NONE; l--) {
                int64_t a = c->was->observed_us[l], b = c->is->observed_us[l];

                if (a == b) {
                        a = c->was->forecast_us[l];
                        b = c->is->forecast_us[l];
                }
                if (a == b)
                        continue;
                *ret_shift_us = a == TIME_NONE || b == TIME_NONE ? INT64_MAX
                                                                 : llabs(a - b);
                return (enum level)l;
        }
        return LEVEL_NONE;
}

static bool is_moved(const struct change *c)
{
        return c->was && c->is && c->was->peak == c->is->peak;
}

static int64_t when(const struct change *c)
{
        return c->is ? c->is->raised_us : c->was->raised_us;
}

/* What is new, gone or of another grade before what moved; the worst
 * first, then what moved most, then by time. */
static int by_weight(const void *x, const void *y)
{
        const struct change *a = x, *b = y;
        int64_t shift_a, shift_b;
        enum level la = weight(a, &shift_a), lb = weight(b, &shift_b);

        if (is_moved(a) != is_moved(b))
                return is_moved(a) ? 1 : -1;
        if (la != lb)
                return la > lb ? -1 : 1;
        if (shift_a != shift_b)
                return shift_a > shift_b ? -1 : 1;
        if (when(a) != when(b))
                return when(a) < when(b) ? -1 : 1;
        return strcmp((a->is ? a->is : a->was)->id,
                      (b->is ? b->is : b->was)->id);
}

static void count_was(struct page *p)
{
        const struct backtest_alert *x, *a;
        uint32_t i;

        for (i = 0; i < p->was->n; i++) {
                struct tally *t;
                enum backtest_fate f;

                a = &p->was->list[i];
                f = backtest_find(a, p->is, &x);
                t = &p->by[a->hazard][a->peak];
                t->was++;
                p->all.was++;
                p->all.same += f == BACKTEST_SAME;
                p->all.gone += f == BACKTEST_GONE;
                p->all.moved += f == BACKTEST_MOVED;
                t->gone += f == BACKTEST_GONE;
                t->moved += f == BACKTEST_MOVED;
                if (f != BACKTEST_SAME)
                        p->change[p->n_changes++] = (struct change){a, x};
        }
}

static void count_is(struct page *p)
{
        const struct backtest_alert *x, *a;
        uint32_t i;

        for (i = 0; i < p->is->n; i++) {
                struct tally *t;

                a = &p->is->list[i];
                t = &p->by[a->hazard][a->peak];
                t->is++;
                p->all.is++;
                if (backtest_find(a, p->was, &x) != BACKTEST_GONE)
                        continue;
                t->fresh++;
                p->all.fresh++;
                p->change[p->n_changes++] = (struct change){NULL, a};
        }
}

/* ---- the head ---- */

static void time_text(const struct page *p, char dst[40], int64_t us)
{
        struct civil c = time_to_beijing(us);

        if (us == TIME_NONE)
                snprintf(dst, 40, "?");
        else if (p->en)
                snprintf(dst, 40, "%04d-%02d-%02d %02d:%02d", c.year, c.month,
                         c.day, c.hour, c.minute);
        else
                snprintf(dst, 40, "%d年%d月%d日%02d:%02d", c.year, c.month,
                         c.day, c.hour, c.minute);
}

/* When the first alert of both was raised; TIME_NONE: there is none. */
static int64_t first_raised(const struct page *p)
{
        const struct backtest *both[] = {p->was, p->is};
        int64_t from = INT64_MAX;
        uint32_t i;
        size_t k;

        for (k = 0; k < 2; k++)
                for (i = 0; i < both[k]->n; i++)
                        if (both[k]->list[i].raised_us < from)
                                from = both[k]->list[i].raised_us;
        return from == INT64_MAX ? TIME_NONE : from;
}

static void draw_head(struct page *p)
{
        char from[40], to[40];

        /* A journal begins before its clock is set. */
        time_text(p, from,
                  p->is->begin_us > 0 ? p->is->begin_us : first_raised(p));
        time_text(p, to, p->is->end_us);
        svg_text(p->b, LEFT, 56, &title, "%s",
                 say(p, "换规则之前：同一过程，新旧两表各会怎样预警",
                     "Before the rules change: what each table would have "
                     "said"));
        svg_text(p->b, LEFT, 86, &plain,
                 p->en ? "Old: %s, version %u · New: %s, version %u"
                       : "旧表：%s 第 %u 版　　新表：%s 第 %u 版",
                 p->was->name, p->was->version, p->is->name, p->is->version);
        svg_text(p->b, LEFT, 110, &small,
                 p->en ? "The same journal run twice, %s to %s, Beijing time. "
                         "Times are when people would have known."
                       : "同一份日志重放两次：%s 至 "
                         "%s，北京时间；时刻均为值班人员当时能得知的时刻。",
                 from, to);
        p->y = 130;
}

static void tile(struct page *p, int n, const char *fill, const char *word,
                 const char *number)
{
        struct svg_font big = {34, INK, true, NULL};
        int w = (RIGHT - LEFT - 4 * 16) / 5, x = LEFT + n * (w + 16);

        svg_card(p->b, x, p->y, w, 84, fill, FAINT);
        svg_text(p->b, x + 16, p->y + 28, &small, "%s", word);
        svg_text(p->b, x + 16, p->y + 68, &big, "%s", number);
}

static void draw_tiles(struct page *p)
{
        char n[40];

        snprintf(n, sizeof n, "%u → %u", p->all.was, p->all.is);
        tile(p, 0, PAPER, say(p, "预警条数，旧 → 新", "alerts, old → new"), n);
        snprintf(n, sizeof n, "%u", p->all.same);
        tile(p, 1, PAPER, say(p, "完全相同", "the same"), n);
        snprintf(n, sizeof n, "%u", p->all.fresh);
        tile(p, 2, "#e8f5ec", say(p, "新表才有", "only in the new"), n);
        snprintf(n, sizeof n, "%u", p->all.gone);
        tile(p, 3, "#fdecea", say(p, "新表不再有", "no longer there"), n);
        snprintf(n, sizeof n, "%u", p->all.moved);
        tile(p, 4, "#fff6e0",
             say(p, "时刻或等级有变", "at another time or level"), n);
        p->y += 84 + 44;
}

/* ---- by hazard and level ---- */

enum {
        AT_LEVEL = 150,
        AT_BARS = 232,
        BARS = 230,
        AT_FRESH = 572,
        AT_GONE = 640,
        AT_MOVED = 708,
        AT_HIT = 800,
        AT_MISS = 890,
        AT_FALSE = 980,
        AT_LEAD = 1110
};

static void draw_table_head(struct page *p)
{
        svg_text(p->b, LEFT, p->y, &head, "%s",
                 say(p, "各灾种、各等级", "By hazard and level"));
        p->y += 26;
        svg_text(p->b, AT_BARS, p->y, &small, "%s",
                 say(p, "预警条数（浅：旧表，深：新表）",
                     "alerts (pale: old, full: new)"));
        svg_text(p->b, AT_FRESH, p->y, &small_middle, "%s",
                 say(p, "新增", "new"));
        svg_text(p->b, AT_GONE, p->y, &small_middle, "%s",
                 say(p, "取消", "gone"));
        svg_text(p->b, AT_MOVED, p->y, &small_middle, "%s",
                 say(p, "变动", "moved"));
        svg_text(p->b, AT_HIT, p->y, &small_middle, "%s",
                 say(p, "命中", "hits"));
        svg_text(p->b, AT_MISS, p->y, &small_middle, "%s",
                 say(p, "漏报", "misses"));
        svg_text(p->b, AT_FALSE, p->y, &small_middle, "%s",
                 say(p, "空报", "false"));
        svg_text(p->b, AT_LEAD, p->y, &small_middle, "%s",
                 say(p, "提前（分钟，中位）", "lead, min (median)"));
        svg_text(p->b, (AT_HIT + AT_LEAD) / 2, p->y - 22, &small_middle, "%s",
                 say(p, "预报：该等级及以上，旧 → 新",
                     "forecasts of this level or worse, old → new"));
        svg_line(p->b, AT_HIT - 40, p->y - 16, RIGHT, p->y - 16, FAINT);
        p->y += 10;
        svg_line(p->b, LEFT, p->y, RIGHT, p->y, GREY);
}

static uint32_t most(const struct page *p)
{
        uint32_t n = 1;
        int h, l;

        for (h = 0; h < hazard_count; h++)
                for (l = 0; l < level_count; l++) {
                        const struct tally *t = &p->by[h][l];

                        n = t->was > n ? t->was : n;
                        n = t->is > n ? t->is : n;
                }
        return n;
}

static int bar(struct page *p, int y, uint32_t n, uint32_t of, enum level l,
               bool old)
{
        int w = (int)((uint64_t)n * BARS / of);

        if (n == 0)
                return 0;
        if (w < 2)
                w = 2;
        buf_printf(p->b,
                   "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"10\" "
                   "fill=\"%s\" stroke=\"#8794a1\" stroke-width=\"0.6\"%s/>\n",
                   AT_BARS, y, w, colour(l),
                   old ? " fill-opacity=\"0.4\"" : "");
        return w;
}

static void bars(struct page *p, const struct tally *t, uint32_t of,
                 enum level l)
{
        int a = bar(p, p->y + 4, t->was, of, l, true);
        int b = bar(p, p->y + 16, t->is, of, l, false);
        int x = AT_BARS + (a > b ? a : b) + 8;

        if (t->was == t->is)
                svg_text(p->b, x, p->y + 20, &plain, "%u", t->is);
        else
                svg_text(p->b, x, p->y + 20, &strong, "%u → %u", t->was, t->is);
}

static void number_at(struct page *p, int x, uint32_t n)
{
        static const struct svg_font none = {15, "#b5bfc8", false, "middle"};

        svg_text(p->b, x, p->y + 21, n ? &middle : &none, "%u", n);
}

/* -1: there is none. */
static void pair_at(struct page *p, int x, int64_t was, int64_t is)
{
        static const struct svg_font bold = {15, INK, true, "middle"};
        char a[24] = "–", b[24] = "–";

        if (was >= 0)
                snprintf(a, sizeof a, "%lld", (long long)was);
        if (is >= 0)
                snprintf(b, sizeof b, "%lld", (long long)is);
        if (was == is)
                svg_text(p->b, x, p->y + 21, &middle, "%s", b);
        else
                svg_text(p->b, x, p->y + 21, &bold, "%s → %s", a, b);
}

static int64_t lead_min(const struct backtest_score *s)
{
        return s->hits ? s->lead_median_us / MINUTE_US : -1;
}

static bool has_forecasts(const struct backtest_score *s)
{
        return s->hits + s->false_alarms + s->open > 0;
}

static void draw_scores(struct page *p, enum hazard h, enum level l)
{
        static const struct svg_font none = {15, "#b5bfc8", false, "middle"};
        struct backtest_score was, is;

        backtest_score(p->was, h, l, &was);
        backtest_score(p->is, h, l, &is);
        if (!has_forecasts(&was) && !has_forecasts(&is)) {
                svg_text(p->b, (AT_HIT + AT_LEAD) / 2, p->y + 21, &none, "%s",
                         say(p, "无预报", "no forecasts"));
                return;
        }
        pair_at(p, AT_HIT, was.hits, is.hits);
        pair_at(p, AT_MISS, was.observed - was.hits, is.observed - is.hits);
        pair_at(p, AT_FALSE, was.false_alarms, is.false_alarms);
        pair_at(p, AT_LEAD, lead_min(&was), lead_min(&is));
}

static void draw_row(struct page *p, enum hazard h, enum level l, uint32_t of,
                     bool first)
{
        const struct tally *t = &p->by[h][l];

        if (first)
                svg_text(p->b, LEFT, p->y + 21, &strong, "%s", hazard_of(p, h));
        level_chip(p, AT_LEVEL, p->y + 4, l);
        bars(p, t, of, l);
        number_at(p, AT_FRESH, t->fresh);
        number_at(p, AT_GONE, t->gone);
        number_at(p, AT_MOVED, t->moved);
        draw_scores(p, h, l);
        p->y += ROW;
}

static void draw_table(struct page *p)
{
        uint32_t of = most(p);
        int h, l;

        draw_table_head(p);
        for (h = 0; h < hazard_count; h++) {
                bool first = true;

                for (l = level_count - 1; l > LEVEL_NONE; l--)
                        if (p->by[h][l].was + p->by[h][l].is) {
                                draw_row(p, (enum hazard)h, (enum level)l, of,
                                         first);
                                first = false;
                        }
                if (!first)
                        svg_line(p->b, LEFT, p->y, RIGHT, p->y, FAINT);
        }
        p->y += 46;
}

/* ---- the time-line ---- */

struct bins {
        int64_t begin_us, each_us;
        int n;
};

/* From the first alert to the last thing that happened, in whole hours or
 * days. */
static bool make_bins(const struct page *p, struct bins *ret)
{
        static const int64_t hours[] = {1, 2, 3, 6, 12, 24, 48, 168, 720, 8760};
        int64_t from = first_raised(p), to = p->is->end_us;
        size_t k;

        if (from == TIME_NONE || to == TIME_NONE || to < from)
                return false;
        for (k = 0; k + 1 < sizeof hours / sizeof *hours; k++)
                if ((to - from) / (hours[k] * HOUR_US) + 2 <= BINS_MAX)
                        break;
        ret->each_us = hours[k] * HOUR_US;
        /* Bins begin with the hours and days of Beijing. */
        ret->begin_us = from - (from + 8 * HOUR_US) % ret->each_us;
        ret->n = (int)((to - ret->begin_us) / ret->each_us) + 1;
        if (ret->n > BINS_MAX)
                ret->n = BINS_MAX;
        return true;
}

/* The worst grade that an alert had reached by then. */
static enum level level_by(const struct backtest_alert *a, int64_t at_us)
{
        int l;

        for (l = level_count - 1; l > LEVEL_NONE; l--)
                if ((a->observed_us[l] != TIME_NONE &&
                     a->observed_us[l] < at_us) ||
                    (a->forecast_us[l] != TIME_NONE &&
                     a->forecast_us[l] < at_us))
                        return (enum level)l;
        return LEVEL_NONE;
}

static uint32_t standing(const struct backtest *b, enum hazard h, int64_t from,
                         int64_t to, enum level *ret_worst)
{
        uint32_t i, n = 0;

        *ret_worst = LEVEL_NONE;
        for (i = 0; i < b->n; i++) {
                const struct backtest_alert *a = &b->list[i];
                enum level l;

                if (a->hazard != h || a->late || a->raised_us >= to ||
                    (a->ended_us != TIME_NONE && a->ended_us <= from))
                        continue;
                l = level_by(a, to);
                if (l > *ret_worst)
                        *ret_worst = l;
                n++;
        }
        return n;
}

static void draw_strip(struct page *p, const struct bins *k, enum hazard h,
                       const struct backtest *b, const char *word)
{
        int i, w = (RIGHT - AT_LEVEL - 40) / k->n;
        enum level l;

        svg_text(p->b, AT_LEVEL + 30, p->y + 16, &small_end, "%s", word);
        for (i = 0; i < k->n; i++) {
                int64_t at = k->begin_us + i * k->each_us;
                uint32_t n = standing(b, h, at, at + k->each_us, &l);
                struct svg_font f = {11, ink_on(l), false, "middle"};
                int x = AT_LEVEL + 40 + i * w;

                svg_rect(p->b, x, p->y, w - 1, 22, colour(l),
                         l == LEVEL_WHITE ? "#c3ccd4" : NULL);
                if (n)
                        svg_text(p->b, x + w / 2, p->y + 15, &f, "%u", n);
        }
        p->y += 24;
}

static void draw_axis(struct page *p, const struct bins *k)
{
        int i, w = (RIGHT - AT_LEVEL - 40) / k->n,
               every = k->n > 24   ? 6
                       : k->n > 12 ? 3
                                   : 1;

        for (i = 0; i < k->n; i += every) {
                struct civil c = time_to_beijing(k->begin_us + i * k->each_us);
                int x = AT_LEVEL + 40 + i * w;

                svg_line(p->b, x, p->y - 2, x, p->y + 4, GREY);
                if (k->each_us < 24 * HOUR_US)
                        svg_text(p->b, x, p->y + 18, &small,
                                 p->en ? "%02d-%02d %02d:00" : "%d月%d日%d时",
                                 c.month, c.day, c.hour);
                else
                        svg_text(p->b, x, p->y + 18, &small, "%04d-%02d-%02d",
                                 c.year, c.month, c.day);
        }
        p->y += 54;
}

static bool any_of(const struct page *p, enum hazard h)
{
        int l;

        for (l = 0; l < level_count; l++)
                if (p->by[h][l].was + p->by[h][l].is)
                        return true;
        return false;
}

static void draw_times(struct page *p)
{
        struct bins k;
        int h;

        if (!make_bins(p, &k))
                return;
        svg_text(p->b, LEFT, p->y, &head, "%s", say(p, "时间线", "Time-line"));
        svg_text(p->b, LEFT + (p->en ? 106 : 78), p->y, &small,
                 p->en ? "each cell is %lld h: the number of alerts that "
                         "stood, in the colour of the worst grade reached"
                       : "每格 %lld "
                         "小时：数字为该时段内在警条数，颜色为其中已达到的最高"
                         "等级",
                 (long long)(k.each_us / HOUR_US));
        p->y += 14;
        for (h = 0; h < hazard_count; h++) {
                if (!any_of(p, (enum hazard)h))
                        continue;
                p->y += 8;
                svg_text(p->b, LEFT, p->y + 28, &strong, "%s",
                         hazard_of(p, (enum hazard)h));
                draw_strip(p, &k, (enum hazard)h, p->was, say(p, "旧", "old"));
                draw_strip(p, &k, (enum hazard)h, p->is, say(p, "新", "new"));
        }
        draw_axis(p, &k);
}

/* ---- in words ---- */

static void shift_text(const struct page *p, char *dst, size_t cap,
                       enum level l, bool forecast, int64_t was_us,
                       int64_t is_us)
{
        const char *what = forecast ? say(p, "预报", "forecast")
                                    : say(p, "实测", "observed");
        long long min;

        if (was_us == TIME_NONE || is_us == TIME_NONE) {
                const char *now = was_us == TIME_NONE
                                          ? say(p, "新增", "now also ")
                                          : say(p, "不再有", "no longer ");

                snprintf(dst, cap, p->en ? "%s%s %s" : "%s%s%s", now,
                         level_of(p, l), what);
                return;
        }
        min = (is_us - was_us) / MINUTE_US;
        if (p->en)
                snprintf(dst, cap, "%s %s %lld min %s", level_of(p, l), what,
                         llabs(min), min < 0 ? "earlier" : "later");
        else
                snprintf(dst, cap, "%s%s%s %lld 分钟", level_of(p, l), what,
                         min < 0 ? "提前" : "推迟", llabs(min));
}

/* What is most different between the two: the grade, else the time of the
 * worst grade that moved. */
static void moved_text(const struct page *p, const struct change *c, char *dst,
                       size_t cap)
{
        int l;

        if (c->was->peak != c->is->peak) {
                snprintf(dst, cap, p->en ? "%s becomes %s" : "%s变为%s",
                         level_of(p, c->was->peak), level_of(p, c->is->peak));
                return;
        }
        snprintf(dst, cap, "%s", say(p, "起始时刻不同", "begins otherwise"));
        for (l = level_count - 1; l > LEVEL_NONE; l--) {
                if (c->was->observed_us[l] != c->is->observed_us[l]) {
                        shift_text(p, dst, cap, (enum level)l, false,
                                   c->was->observed_us[l],
                                   c->is->observed_us[l]);
                        return;
                }
                if (c->was->forecast_us[l] != c->is->forecast_us[l]) {
                        shift_text(p, dst, cap, (enum level)l, true,
                                   c->was->forecast_us[l],
                                   c->is->forecast_us[l]);
                        return;
                }
        }
}

static void draw_change(struct page *p, const struct change *c, int x)
{
        const struct backtest_alert *a = c->is ? c->is : c->was;
        struct civil t = time_to_beijing(a->raised_us);
        char what[120];

        if (!c->was)
                chip(p, x, p->y, 56, "#2e8b57", "#ffffff",
                     say(p, "新增", "new"));
        else if (!c->is)
                chip(p, x, p->y, 56, "#a33a32", "#ffffff",
                     say(p, "取消", "gone"));
        else
                chip(p, x, p->y, 56, "#b98a14", "#ffffff",
                     say(p, "变动", "moved"));
        level_chip(p, x + 64, p->y, a->peak);
        svg_text(p->b, x + 136, p->y + 16, &small,
                 p->en ? "%02d-%02d %02d:%02d" : "%d月%d日%02d:%02d", t.month,
                 t.day, t.hour, t.minute);
        svg_text(p->b, x + (p->en ? 224 : 238), p->y + 16, &plain, "%.40s",
                 name_of(p, a));
        what[0] = '\0';
        if (c->was && c->is)
                moved_text(p, c, what, sizeof what);
        else if (a->late)
                snprintf(what, sizeof what, "%s",
                         say(p, "迟到数据，未响铃", "told late, rang nowhere"));
        svg_text(p->b, x + 572, p->y + 16, &small_end, "%s%s%s",
                 hazard_of(p, a->hazard), what[0] ? say(p, "：", ": ") : "",
                 what);
}

static void draw_changes(struct page *p)
{
        uint32_t i, n = p->n_changes < CHANGES_MAX ? p->n_changes : CHANGES_MAX;
        int top = p->y + 18;

        svg_text(p->b, LEFT, p->y, &head, "%s",
                 say(p, "最要紧的不同", "The differences that matter most"));
        if (n == 0) {
                svg_text(p->b, LEFT, p->y + 34, &plain, "%s",
                         say(p, "没有不同：两个版本对这次过程的判断完全一致。",
                             "None: both tables say the same of these days."));
                p->y += 70;
                return;
        }
        for (i = 0; i < n; i++) {
                p->y = top + (int)(i / 2) * 32;
                draw_change(p, &p->change[i], i % 2 ? LEFT + 588 : LEFT);
        }
        p->y += 50;
        if (p->n_changes > n) {
                svg_text(p->b, LEFT, p->y, &small,
                         p->en ? "and %u more; `sanfang rules backtest` "
                                 "without --picture lists all"
                               : "另有 %u 条；不带 --picture 的 sanfang rules "
                                 "backtest 会列出全部",
                         p->n_changes - n);
                p->y += 24;
        }
        p->y += 6;
}

static void draw_foot(struct page *p)
{
        svg_line(p->b, LEFT, p->y, RIGHT, p->y, FAINT);
        p->y += 24;
        svg_text(p->b, LEFT, p->y, &small, "%s",
                 say(p,
                     "命中：实测达到，且事先有预报；漏报：实测达到，事先无预报"
                     "；空报：有预报，结束时仍未实测达到。提前：首次预报到实测"
                     "。",
                     "hit: observed, and forecast before; miss: observed, not "
                     "forecast; false: forecast, ended, never observed. Lead: "
                     "first forecast to observation."));
        p->y += 22;
        svg_text(p->b, LEFT, p->y, &small, "%s",
                 say(p,
                     "演示与合成数据的得分只说明流程可用，不说明预报水平。条数"
                     "不足 10 时不谈比率。",
                     "Scores on made-up data prove the line, not skill. With "
                     "fewer than 10 events no rates are told."));
        p->y += 30;
}

void backtest_svg(const struct backtest *was, const struct backtest *is,
                  bool en, struct buf *b)
{
        struct buf body = {0};
        struct page p = {.b = &body, .en = en, .was = was, .is = is};

        p.change = calloc(was->n + is->n + 1u, sizeof *p.change);
        if (!p.change) {
                b->failed = true;
                return;
        }
        count_was(&p);
        count_is(&p);
        qsort(p.change, p.n_changes, sizeof *p.change, by_weight);
        draw_head(&p);
        draw_tiles(&p);
        draw_table(&p);
        draw_times(&p);
        draw_changes(&p);
        draw_foot(&p);
        buf_printf(b,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" lang=\"%s\" "
                   "width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
                   "font-family=\"'Noto Sans CJK SC','Noto Sans SC',"
                   "'Microsoft YaHei','PingFang SC',sans-serif\">\n",
                   en ? "en" : "zh-CN", WIDTH, p.y, WIDTH, p.y);
        svg_rect(b, 0, 0, WIDTH, p.y, "#ffffff", NULL);
        buf_text(b, buf_as_text(&body));
        buf_str(b, "</svg>\n");
        b->failed |= body.failed;
        buf_done(&body);
        free(p.change);
}
