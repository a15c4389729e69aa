/* server/tool/backtest_json.c -- see backtest_json.h. */
#include "server/tool/backtest_json.h"

#include "schemas/time.h"
#include "schemas/wire/json.h"

static void put_table(struct json_out *o, const char *key,
                      const struct backtest *b)
{
        json_open(o, key);
        json_put_str(o, "name", b->name);
        json_put_i64(o, "version", b->version);
        json_close(o);
}

/* ---- how many ---- */

static uint32_t count(const struct backtest *b, enum hazard h, enum level l)
{
        uint32_t i, n = 0;

        for (i = 0; i < b->n; i++)
                n += b->list[i].hazard == h && b->list[i].peak == l;
        return n;
}

static void put_counts(struct json_out *o, const struct backtest *was,
                       const struct backtest *is)
{
        int h, l;

        json_open_array(o, "counts");
        for (h = 0; h < hazard_count; h++)
                for (l = level_count - 1; l >= 0; l--) {
                        uint32_t a = count(was, (enum hazard)h, (enum level)l);
                        uint32_t b = count(is, (enum hazard)h, (enum level)l);

                        if (!a && !b)
                                continue;
                        json_open(o, NULL);
                        json_put_str(o, "hazard", hazard_name((enum hazard)h));
                        json_put_str(o, "level", level_name((enum level)l));
                        json_put_i64(o, "was", a);
                        json_put_i64(o, "is", b);
                        json_close(o);
                }
        json_close_array(o);
}

/* ---- which alerts ---- */

static void put_times(struct json_out *o, const char *key,
                      const int64_t at_us[level_count])
{
        int l;

        json_open(o, key);
        for (l = LEVEL_WHITE; l < level_count; l++)
                if (at_us[l] != TIME_NONE)
                        json_put_time(o, level_name((enum level)l), at_us[l]);
        json_close(o);
}

static void put_side(struct json_out *o, const char *key,
                     const struct backtest_alert *a)
{
        if (!a) {
                json_put_null(o, key);
                return;
        }
        json_open(o, key);
        json_put_time(o, "raised_at", a->raised_us);
        json_put_time(o, "ended_at", a->ended_us);
        json_put_str(o, "level", level_name(a->peak));
        json_put_bool(o, "late", a->late);
        put_times(o, "observed", a->observed_us);
        put_times(o, "forecast", a->forecast_us);
        json_close(o);
}

static void put_alert(struct json_out *o, const char *fate,
                      const struct backtest_alert *was,
                      const struct backtest_alert *is)
{
        const struct backtest_alert *a = was ? was : is;

        if (!a)
                return;
        json_open(o, NULL);
        json_put_str(o, "fate", fate);
        json_put_str(o, "subject", a->subject);
        json_put_str(o, "zone", a->zone);
        json_put_str(o, "county", a->county);
        json_put_str(o, "hazard", hazard_name(a->hazard));
        json_put_bool(o, "is_zone", a->is_zone);
        put_side(o, "was", was);
        put_side(o, "is", is);
        json_close(o);
}

struct tally {
        uint32_t same, moved, gone, fresh, left_out;
        size_t begin; /* of the array, in bytes */
};

static bool has_room(const struct json_out *o, struct tally *t)
{
        if (o->b->n - t->begin < BACKTEST_ALERT_BYTES)
                return true;
        t->left_out++;
        return false;
}

static void put_changed(struct json_out *o, const struct backtest *was,
                        const struct backtest *is, struct tally *t)
{
        const struct backtest_alert *x;
        uint32_t i;

        for (i = 0; i < was->n; i++) {
                enum backtest_fate f = backtest_find(&was->list[i], is, &x);

                t->same += f == BACKTEST_SAME;
                t->moved += f == BACKTEST_MOVED;
                t->gone += f == BACKTEST_GONE;
                if (f != BACKTEST_SAME && has_room(o, t))
                        put_alert(o, x ? "moved" : "gone", &was->list[i], x);
        }
        for (i = 0; i < is->n; i++)
                if (backtest_find(&is->list[i], was, &x) == BACKTEST_GONE) {
                        t->fresh++;
                        if (has_room(o, t))
                                put_alert(o, "new", NULL, &is->list[i]);
                }
}

static void put_alerts(struct json_out *o, const struct backtest *was,
                       const struct backtest *is)
{
        struct tally t = {.begin = o->b->n};
        const struct backtest_alert *x;
        uint32_t i;

        json_open_array(o, "alerts");
        put_changed(o, was, is, &t);
        for (i = 0; i < was->n; i++)
                if (backtest_find(&was->list[i], is, &x) == BACKTEST_SAME &&
                    has_room(o, &t))
                        put_alert(o, "same", &was->list[i], x);
        json_close_array(o);
        json_put_i64(o, "left_out", t.left_out);
        json_open(o, "summary");
        json_put_i64(o, "same", t.same);
        json_put_i64(o, "moved", t.moved);
        json_put_i64(o, "gone", t.gone);
        json_put_i64(o, "new", t.fresh);
        json_close(o);
}

/* ---- how forecasts fared ---- */

/* part / whole in thousandths, null where it says nothing. */
static void put_rate(struct json_out *o, const char *key, bool enough,
                     uint32_t part, uint32_t whole)
{
        if (!enough || whole == 0)
                json_put_null(o, key);
        else
                json_put_milli(o, key,
                               (part * INT64_C(1000) + whole / 2) / whole);
}

static void put_score(struct json_out *o, enum hazard h, enum level l,
                      const struct backtest_score *s)
{
        uint32_t told = s->hits + s->false_alarms;
        uint32_t all = s->observed + s->false_alarms;
        bool enough = all >= BACKTEST_RATES_LEAST;

        json_open(o, NULL);
        json_put_str(o, "hazard", hazard_name(h));
        json_put_str(o, "level", level_name(l));
        json_put_i64(o, "observed", s->observed);
        json_put_i64(o, "hits", s->hits);
        json_put_i64(o, "misses", s->observed - s->hits);
        json_put_i64(o, "false_alarms", s->false_alarms);
        json_put_i64(o, "open", s->open);
        put_rate(o, "pod", enough, s->hits, s->observed);
        put_rate(o, "far", enough, s->false_alarms, told);
        put_rate(o, "csi", enough, s->hits, all);
        if (s->hits) {
                json_put_i64(o, "lead_least_s", s->lead_least_us / SECOND_US);
                json_put_i64(o, "lead_median_s", s->lead_median_us / SECOND_US);
        } else {
                json_put_null(o, "lead_least_s");
                json_put_null(o, "lead_median_s");
        }
        json_close(o);
}

static void put_scores(struct json_out *o, const char *key,
                       const struct backtest *b)
{
        struct backtest_score s;
        int h, l;

        json_open_array(o, key);
        for (h = 0; h < hazard_count; h++)
                for (l = level_count - 1; l > LEVEL_NONE; l--)
                        if (backtest_tells(b, (enum hazard)h, (enum level)l,
                                           &s))
                                put_score(o, (enum hazard)h, (enum level)l, &s);
        json_close_array(o);
}

void backtest_json(const struct backtest *was, const struct backtest *is,
                   struct buf *b)
{
        struct json_out o = json_out(b);

        json_open(&o, NULL);
        put_table(&o, "was", was);
        put_table(&o, "is", is);
        json_put_time(&o, "from", is->begin_us);
        json_put_time(&o, "to", is->end_us);
        put_counts(&o, was, is);
        put_alerts(&o, was, is);
        json_open(&o, "scores");
        put_scores(&o, "was", was);
        put_scores(&o, "is", is);
        json_close(&o);
        json_close(&o);
        buf_char(b, '\n');
}
