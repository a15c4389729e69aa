/* schemas/wire/alert.c -- an alert as JSON, and in words.
 *
 * Holds:  the words say what was measured or forecast against which
 *         standard; issuing a warning signal is the weather bureau's.
 * Thread: any; no state. */
#include "schemas/wire/alert.h"

#include <string.h>

#include "schemas/time.h"

/* Days without rain are counted in days, though they look at daily rain. */
static bool counts_days(const struct alert *a)
{
        return a->hazard == HAZARD_DROUGHT && a->element == ELEMENT_PD;
}

static bool has_value(const struct alert *a)
{
        return a->element < ELEMENT_count;
}

static const char *unit_of(const struct alert *a)
{
        return counts_days(a) ? "d" : element_info(a->element)->unit;
}

/* ---- titles ---- */

/* A number with the decimals its element is read with. */
static void put_number(struct buf *b, int64_t milli, int decimals)
{
        int64_t v = milli < 0 ? -milli : milli;
        long long whole = (long long)(v / 1000), part = (long long)(v % 1000);

        if (milli < 0)
                buf_char(b, '-');
        if (decimals == 0)
                buf_printf(b, "%lld", whole);
        else if (decimals == 1)
                buf_printf(b, "%lld.%lld", whole, part / 100);
        else if (decimals == 2 && part % 10 == 0)
                buf_printf(b, "%lld.%02lld", whole, part / 10);
        else
                buf_printf(b, "%lld.%03lld", whole, part);
}

/* A forecast pretends to no millimetres. */
static int64_t shown_milli(const struct alert *a, bool forecast)
{
        return forecast ? a->value_milli / 10 * 10 : a->value_milli;
}

/* Our own links by their names. */
static const char *link_name(const struct alert *a, bool english)
{
        static const struct {
                const char *code, *zh, *en;
        } links[] = {{"broker", "消息服务", "broker"},
                     {"database", "数据库", "database"},
                     {"disk", "日志磁盘", "journal disk"},
                     {"journal", "日志", "journal"},
                     {"babble", "测站", "stations"},
                     {"stations", "多个测站", "many stations"}};
        size_t i;

        for (i = 0; i < sizeof links / sizeof *links; i++)
                if (strcmp(links[i].code, a->subject) == 0)
                        return english ? links[i].en : links[i].zh;
        return a->subject;
}

static void put_subject(struct buf *b, const struct alert *a,
                        const struct places *p, bool english)
{
        const struct station *s;
        const char *name;

        if (a->station < p->n_stations) {
                s = &p->stations[a->station];
                if (english) {
                        buf_str(b, s->name_en[0] ? s->name_en : s->name);
                        if (s->river_en[0])
                                buf_printf(b, " (%s)", s->river_en);
                        return;
                }
                if (s->river[0] &&
                    strncmp(s->name, s->river, strlen(s->river)) != 0)
                        buf_str(b, s->river);
                buf_str(b, s->name);
                return;
        }
        name = places_zone_name(p, a->subject, english);
        buf_str(b, name ? name : link_name(a, english));
}

static void put_window(struct buf *b, int64_t window_us, bool english)
{
        long long hours = (long long)(window_us / HOUR_US);
        long long minutes = (long long)(window_us / MINUTE_US);

        if (hours * HOUR_US == window_us)
                buf_printf(b, english ? "%lld h" : "%lld小时", hours);
        else
                buf_printf(b, english ? "%lld min" : "%lld分钟", minutes);
}

static const char *what_of(const struct alert *a, bool english)
{
        switch (a->element) {
        case ELEMENT_Z:
        case ELEMENT_ZU:
                return english ? "level" : "水位";
        case ELEMENT_US:
                return english ? "wind" : "风速";
        case ELEMENT_UG:
                return english ? "gust" : "阵风";
        default:
                return english ? element_info(a->element)->en
                               : element_info(a->element)->zh;
        }
}

/* Which of the station's own lines the threshold is. */
static const char *line_name(const struct alert *a, const struct places *p,
                             bool english)
{
        const struct station *s;

        if (a->station >= p->n_stations ||
            (a->element != ELEMENT_Z && a->element != ELEMENT_ZU))
                return english ? "line" : "标准";
        s = &p->stations[a->station];
        if (a->level == LEVEL_WHITE)
                return english ? "flood-season limit" : "汛限水位";
        if (a->threshold_milli == station_dyke_milli(s))
                return english ? "dyke crest" : "堤顶高程";
        if (a->threshold_milli == s->wrz_milli)
                return english ? "warning level" : "警戒水位";
        if (a->threshold_milli == s->grz_milli)
                return english ? "guarantee level" : "保证水位";
        if (a->threshold_milli == s->laz_milli)
                return english ? "low-water level" : "低水位告警水位";
        if (a->threshold_milli == s->obhtz_milli)
                return english ? "highest on record" : "历史最高水位";
        return english ? "line" : "标准";
}

static int decimals_of(const struct alert *a)
{
        if (counts_days(a))
                return 0;
        return a->element == ELEMENT_Z || a->element == ELEMENT_ZU ? 2 : 1;
}

/* "监测3小时降水量 52.5 mm 达到 橙色 标准（标准 50.0 mm）" */
static void title_zh(const struct alert *a, const struct places *p,
                     bool forecast, struct buf *b)
{
        long long lead = (long long)((a->lead_us + HOUR_US / 2) / HOUR_US);

        buf_str(b, forecast ? " 预报" : " 监测");
        if (forecast && lead > 0)
                buf_printf(b, " %lld 小时后", lead);
        if (counts_days(a)) {
                buf_printf(b, "连续无有效降水 %lld 天",
                           (long long)(a->value_milli / 1000));
        } else {
                if (a->window_us) {
                        if (forecast && lead > 0)
                                buf_char(b, ' ');
                        put_window(b, a->window_us, false);
                        buf_str(b, "降水量");
                } else {
                        buf_str(b, what_of(a, false));
                }
                buf_char(b, ' ');
                put_number(b, shown_milli(a, forecast), decimals_of(a));
                buf_printf(b, " %s", unit_of(a));
        }
        buf_str(b, forecast ? " 将达到 " : " 达到 ");
        buf_str(b, a->level == LEVEL_WHITE && a->hazard == HAZARD_FLOOD
                           ? "超汛限"
                           : level_zh(a->level));
        buf_printf(b, " 标准（%s ", line_name(a, p, false));
        put_number(b, a->threshold_milli, decimals_of(a));
        buf_printf(b, " %s）", counts_days(a) ? "天" : unit_of(a));
}

static void title_en(const struct alert *a, const struct places *p,
                     bool forecast, struct buf *b)
{
        long long lead = (long long)((a->lead_us + HOUR_US / 2) / HOUR_US);

        buf_str(b, forecast ? ": forecast " : ": measured ");
        if (counts_days(a)) {
                buf_printf(b, "%lld days without effective rain",
                           (long long)(a->value_milli / 1000));
        } else {
                if (a->window_us) {
                        put_window(b, a->window_us, true);
                        buf_str(b, " rain");
                } else {
                        buf_str(b, what_of(a, true));
                }
                buf_char(b, ' ');
                put_number(b, shown_milli(a, forecast), decimals_of(a));
                buf_printf(b, " %s", unit_of(a));
        }
        if (forecast && lead > 0)
                buf_printf(b, " in %lld h", lead);
        buf_str(b, forecast ? " would reach the " : " reaches the ");
        buf_str(b, a->level == LEVEL_WHITE && a->hazard == HAZARD_FLOOD
                           ? "over-limit"
                           : level_en(a->level));
        buf_printf(b, " standard (%s ", line_name(a, p, true));
        put_number(b, a->threshold_milli, decimals_of(a));
        buf_printf(b, " %s)", unit_of(a));
}

/* What an expression compared has no element: its rule's words say it. */
static void title_rule(const struct alert *a, bool english, struct buf *b)
{
        if (english)
                buf_printf(b, ": measured values reach the %s standard (%s)",
                           level_en(a->level), a->rule_text_en);
        else
                buf_printf(b, " 监测值达到 %s 标准（%s）", level_zh(a->level),
                           a->rule_text);
}

/* Alerts about our own feed have no measured value. */
static void title_feed(const struct alert *a, bool english, struct buf *b)
{
        long long n = (long long)(a->value_milli / 1000);

        if (a->hazard == HAZARD_SILENCE && a->n_members) {
                if (english)
                        buf_printf(b, ": %lld stations silent together", n);
                else
                        buf_printf(b, " %lld 个测站成片失联", n);
                return;
        }
        if (a->hazard == HAZARD_SILENCE) {
                if (english)
                        buf_printf(b, ": no data for %lld intervals", n);
                else
                        buf_printf(b, " 连续 %lld 个报送间隔无数据", n);
                return;
        }
        if (strcmp(a->subject, "stations") == 0)
                buf_str(b,
                        english ? ": no data at the same time" : " 同时无数据");
        else if (strcmp(a->subject, "babble") == 0)
                buf_str(b, english ? ": the same sent far too often"
                                   : " 反复发报（见测站台账）");
        else if (strcmp(a->subject, "disk") == 0)
                buf_str(b, english ? ": room runs low" : " 余量不足");
        else if (strcmp(a->subject, "journal") == 0)
                buf_str(b, english ? ": full or nearly, data is held back"
                                   : " 将满或已满，新数据暂缓接收");
        else
                buf_str(b, english ? ": link down" : " 链路中断");
}

void wire_alert_title(const struct alert *a, const struct places *p,
                      bool english, struct buf *b)
{
        /* The level in force may rest on a forecast above what is seen. */
        bool forecast = a->forecast || (a->level_forecast == a->level &&
                                        a->level_observed < a->level &&
                                        a->level_forecast != LEVEL_NONE);

        put_subject(b, a, p, english);
        if (!has_value(a) && a->hazard != HAZARD_SILENCE &&
            a->hazard != HAZARD_SYSTEM)
                title_rule(a, english, b);
        else if (!has_value(a))
                title_feed(a, english, b);
        else if (english)
                title_en(a, p, forecast, b);
        else
                title_zh(a, p, forecast, b);
}

/* ---- the object ---- */

static void put_title(struct json_out *o, const char *key,
                      const struct alert *a, const struct places *p,
                      bool english)
{
        struct buf b = {0};

        wire_alert_title(a, p, english, &b);
        if (b.failed)
                o->b->failed = true;
        json_put_text(o, key, buf_as_text(&b));
        buf_done(&b);
}

static const char *station_code(const struct places *p, uint32_t station)
{
        return station < p->n_stations ? p->stations[station].code : NULL;
}

static void put_level(struct json_out *o, const char *key, enum level l)
{
        json_put_str(o, key, level_name(l));
}

static void put_what(struct json_out *o, const struct alert *a,
                     const struct places *p)
{
        json_put_str(o, "id", a->id);
        json_put_i64(o, "version", a->changes);
        json_put_str(o, "subject", a->subject);
        json_put_str(o, "hazard", hazard_name(a->hazard));
        put_level(o, "level", a->level);
        put_level(o, "level_observed", a->level_observed);
        put_level(o, "level_forecast", a->level_forecast);
        put_level(o, "level_peak", a->level_peak);
        json_put_str(o, "state", alert_state_name(a->state));
        json_put_words(o, "zone", a->zone);
        json_put_words(o, "county", a->county);
        json_put_words(o, "station", station_code(p, a->station));
        json_put_words(o, "river", a->river);
        json_put_str(o, "group", a->group);
        put_title(o, "title", a, p, false);
        put_title(o, "title_en", a, p, true);
}

static void put_why(struct json_out *o, const struct alert *a)
{
        json_put_str(o, "rule", a->rule);
        if (a->rule_scope[0])
                json_put_str(o, "rule_scope", a->rule_scope);
        json_put_i64(o, "rule_version", a->rule_version);
        json_put_str(o, "rule_text", a->rule_text);
        json_put_str(o, "rule_text_en", a->rule_text_en);
        json_put_bool(o, "unverified", a->unverified);
        if (has_value(a)) {
                json_put_str(o, "element", element_name(a->element));
                json_put_milli(o, "value", a->value_milli);
                json_put_str(o, "unit", unit_of(a));
                json_put_milli(o, "threshold", a->threshold_milli);
        } else {
                json_put_null(o, "element");
                json_put_null(o, "value");
                json_put_null(o, "unit");
                json_put_null(o, "threshold");
        }
        json_put_i64(o, "window_s", a->window_us / SECOND_US);
}

static void put_times(struct json_out *o, const struct alert *a)
{
        json_put_time(o, "observed_at", a->observed_us);
        json_put_time(o, "raised_at", a->raised_us);
        json_put_time(o, "changed_at", a->changed_us);
        json_put_time(o, "ended_at", a->ended_us);
        json_put_time(o, "escalates_at", alert_escalates_us(a));
}

static void put_answer(struct json_out *o, enum agency agency,
                       const struct answer *x)
{
        json_open(o, NULL);
        json_put_str(o, "agency", agency_name(agency));
        json_put_bool(o, "required", x->required);
        json_put_bool(o, "given", x->given);
        json_put_words(o, "intent", x->given ? intent_name(x->intent) : NULL);
        json_put_words(o, "user", x->given ? x->user : NULL);
        json_put_words(o, "note", x->given ? x->note : NULL);
        json_put_time(o, "given_at", x->given ? x->given_real_us : TIME_NONE);
        json_put_time(o, "deadline_at", x->deadline_real_us);
        json_put_bool(o, "escalated", x->escalated);
        json_put_time(o, "escalated_at",
                      x->escalated ? x->escalated_real_us : TIME_NONE);
        json_close(o);
}

static void put_answers(struct json_out *o, const struct alert *a)
{
        int i;

        json_open_array(o, "agencies");
        for (i = 0; i < agency_count; i++)
                if (a->answers[i].required || a->answers[i].given)
                        put_answer(o, (enum agency)i, &a->answers[i]);
        json_close_array(o);
        json_open_array(o, "acked_by");
        for (i = 0; i < agency_count; i++)
                if (a->answers[i].given &&
                    a->answers[i].intent != INTENT_REFUSED)
                        json_put_str(o, NULL, a->answers[i].user);
        json_close_array(o);
}

static void put_evidence(struct json_out *o, const struct alert *a,
                         const struct places *p)
{
        uint32_t i;

        json_open_array(o, "evidence");
        for (i = 0; i < a->n_evidence && has_value(a); i++) {
                const struct evidence *x = &a->evidence[i];

                json_open(o, NULL);
                json_put_words(o, "station", station_code(p, x->station));
                json_put_words(o, "element",
                               x->element < ELEMENT_count
                                       ? element_name(x->element)
                                       : NULL);
                json_put_time(o, "time", x->time_us);
                json_put_milli(o, "value", x->value_milli);
                json_put_u64(o, "seq", x->seq);
                json_put_bool(o, "forecast", x->forecast);
                json_close(o);
        }
        json_close_array(o);
}

/* Only a cluster has members. */
static void put_members(struct json_out *o, const struct alert *a,
                        const struct places *p)
{
        uint32_t i;

        if (a->n_members == 0)
                return;
        json_open_array(o, "members");
        for (i = 0; i < a->n_members; i++)
                json_put_words(o, NULL, station_code(p, a->member[i]));
        json_close_array(o);
        json_put_i64(o, "n_members", a->value_milli / 1000);
}

void wire_alert_put(struct json_out *o, const char *key, const struct alert *a,
                    const struct places *p, int archived)
{
        json_open(o, key);
        wire_alert_fields(o, a, p, archived);
        json_close(o);
}

void wire_alert_fields(struct json_out *o, const struct alert *a,
                       const struct places *p, int archived)
{
        put_what(o, a, p);
        put_why(o, a);
        put_times(o, a);
        put_answers(o, a);
        json_put_bool(o, "forecast", a->forecast);
        json_put_i64(o, "lead_s", a->lead_us / SECOND_US);
        json_put_bool(o, "late", a->late);
        json_put_words(o, "reason", a->reason);
        json_put_words(o, "merged_into", a->merged_into);
        put_evidence(o, a, p);
        put_members(o, a, p);
        if (archived >= 0)
                json_put_bool(o, "archived", archived == 1);
}

void wire_transition_put(struct json_out *o, const char *key,
                         const struct alert *a, const struct transition *t)
{
        json_open(o, key);
        json_put_str(o, "alert", a->id);
        json_put_i64(o, "n", t->n);
        json_put_str(o, "kind", transition_kind_name(t->kind));
        put_level(o, "from_level", t->from_level);
        put_level(o, "to_level", t->to_level);
        json_put_str(o, "from_state", alert_state_name(t->from_state));
        json_put_str(o, "to_state", alert_state_name(t->to_state));
        json_put_time(o, "at", t->at_us);
        json_put_time(o, "real_at", t->real_us);
        json_put_u64(o, "seq", t->seq);
        json_put_words(o, "agency",
                       t->agency < agency_count ? agency_name(t->agency)
                                                : NULL);
        json_put_words(o, "user", t->user);
        json_put_words(o, "note", t->note);
        json_close(o);
}
