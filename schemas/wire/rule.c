/* schemas/wire/rule.c -- a rule table as JSON, and back.
 *
 * Holds:  unknown fields are errors, so that a misspelt one is not simply
 *         ignored; every message names the rule, the field and what to do.
 *         An override becomes a rule of its own behind the one it stands in.
 * Thread: any; no state. */
#include "schemas/wire/rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/json_place.h"

/* The rule being read, for messages. */
struct where {
        char name[64]; /* rule "river-level", or rule 3 */
        struct text file;
        uint32_t rule, line; /* from 1; 0: none */
        uint32_t over;       /* an override of it, from 1 */
        struct err *e;
};

/* "line 14: ", where the file has lines at all; *ret: in numbers. */
static void put_place(const struct where *w, char *dst, size_t cap,
                      struct json_place *ret)
{
        struct json_place at;
        char pointer[96];
        int n;

        dst[0] = '\0';
        if (!w->rule)
                return;
        n = snprintf(pointer, sizeof pointer, "/rules/%u", w->rule - 1);
        if (w->over)
                n += snprintf(pointer + n, sizeof pointer - (size_t)n,
                              "/overrides/%u", w->over - 1);
        if (w->line)
                snprintf(pointer + n, sizeof pointer - (size_t)n, "/lines/%u",
                         w->line - 1);
        if (!json_place_of(w->file, pointer, 0, &at))
                return;
        *ret = at;
        if (w->over)
                snprintf(dst, cap, "line %u, column %u: ", at.line, at.column);
        else if (at.line > 1)
                snprintf(dst, cap, "line %u: ", at.line);
}

#define FAIL(w, code, ...) fail(w, code, __VA_ARGS__)

__attribute__((format(printf, 3, 4))) static enum status
fail(const struct where *w, enum status code, const char *fmt, ...)
{
        char text[200], place[48];
        struct json_place at = {0};
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(text, sizeof text, fmt, ap);
        va_end(ap);
        put_place(w, place, sizeof place, &at);
        err_set(w->e, code, "%s%s%s%s", place, w->name, w->name[0] ? ": " : "",
                text);
        err_place(w->e, at.line, at.column);
        return code;
}

static enum status only_known(const struct where *w, const struct json *j,
                              const char *const *known)
{
        const struct json *x;
        const char *const *k;

        for (x = json_first(j); x; x = json_next(x)) {
                struct text key = json_key(x);

                for (k = known; *k && !text_is(key, *k); k++)
                        ;
                if (!*k)
                        return err_fault(
                                w->e,
                                FAIL(w, ERR_UNKNOWN,
                                     "unknown field \"%.*s\": remove it or "
                                     "mend its spelling (docs/rules.md)",
                                     (int)(key.n > 40 ? 40 : key.n), key.p),
                                FAULT_FIELD);
        }
        return OK;
}

static enum status opt_text(const struct where *w, const struct json *j,
                            const char *key, char *dst, size_t cap)
{
        const struct json *x = json_get(j, key);

        dst[0] = '\0';
        if (!x)
                return OK;
        if (!json_is_text(x))
                return FAIL(w, ERR_TYPE, "\"%s\" must be a text", key);
        if (!text_copy(dst, cap, json_text(x)))
                return FAIL(w, ERR_SIZE,
                            "\"%s\" is too long: at most %zu bytes", key,
                            cap - 1);
        return OK;
}

static enum status need_text(const struct where *w, const struct json *j,
                             const char *key, char *dst, size_t cap)
{
        if (!json_get(j, key))
                return FAIL(w, ERR_MISSING, "\"%s\" is missing: add it", key);
        return opt_text(w, j, key, dst, cap);
}

static enum status opt_whole(const struct where *w, const struct json *j,
                             const char *key, int64_t low, int64_t high,
                             int64_t *ret)
{
        const struct json *x = json_get(j, key);
        int64_t v;

        if (!x)
                return OK;
        if (!json_i64(x, &v))
                return FAIL(w, ERR_TYPE, "\"%s\" must be a whole number", key);
        if (v < low || v > high)
                return FAIL(w, ERR_RANGE, "\"%s\" is %lld: give %lld to %lld",
                            key, (long long)v, (long long)low, (long long)high);
        *ret = v;
        return OK;
}

static enum status opt_milli(const struct where *w, const struct json *j,
                             const char *key, int64_t *ret)
{
        const struct json *x = json_get(j, key);

        if (!x)
                return OK;
        if (!json_milli(x, ret))
                return FAIL(w, ERR_TYPE, "\"%s\" must be a number", key);
        return OK;
}

static enum status opt_bool(const struct where *w, const struct json *j,
                            const char *key, bool *ret)
{
        const struct json *x = json_get(j, key);

        if (!x)
                return OK;
        if (!json_is_bool(x))
                return FAIL(w, ERR_TYPE, "\"%s\" must be true or false", key);
        *ret = json_true(x);
        return OK;
}

static bool sums_rain(enum rule_kind k)
{
        return k == RULE_RAIN_SUM || k == RULE_FORECAST_RAIN;
}

static bool has_bases(enum rule_kind k)
{
        return k == RULE_RIVER_LEVEL || k == RULE_RESERVOIR_LIMIT ||
               k == RULE_FORECAST_LEVEL;
}

/* A line of silence or link has a level and nothing to compare with; an
 * expression says all itself. */
static bool has_values(enum rule_kind k)
{
        return k != RULE_SILENCE && k != RULE_LINK && k != RULE_EXPRESSION;
}

static enum status line_base(const struct where *w, const struct json *j,
                             enum rule_kind kind, struct rule_line *ret)
{
        const struct json *base = json_get(j, "base");

        if (!base)
                return OK;
        if (!has_bases(kind))
                return FAIL(w, ERR_MISMATCH,
                            "\"base\" has no meaning for kind %s: remove it",
                            rule_kind_name(kind));
        if (!line_base_from(json_text(base), &ret->base))
                return FAIL(w, ERR_UNKNOWN,
                            "\"base\" must be one of value, near, WRZ, GRZ, "
                            "OBHTZ, FSLTDZ, LDKEL, RDKEL, DKEL");
        if (ret->base == LINE_LAZ)
                return FAIL(w, ERR_MISMATCH,
                            "LAZ is reached from above: write a rule of kind "
                            "expression, \"when\": \"Z <= station.LAZ\"");
        return OK;
}

static enum status line_value(const struct where *w, const struct json *j,
                              enum rule_kind kind, struct rule_line *ret)
{
        bool present = json_get(j, "value") != NULL;

        if (present && !has_values(kind))
                return FAIL(w, ERR_MISMATCH,
                            "\"value\" has no meaning for kind %s: remove it",
                            rule_kind_name(kind));
        if (!present && has_values(kind) && ret->base == LINE_VALUE)
                return FAIL(w, ERR_MISSING,
                            "a line has no \"value\": add the limit%s",
                            has_bases(kind) ? " or a \"base\"" : "");
        return opt_milli(w, j, "value", &ret->value_milli);
}

static enum status line_window(const struct where *w, const struct json *j,
                               enum rule_kind kind, struct rule_line *ret)
{
        int64_t s = 0;
        enum status st = opt_whole(w, j, "window_s", 60, 86400, &s);

        if (st != OK)
                return st;
        if (sums_rain(kind) && s == 0)
                return FAIL(w, ERR_MISSING,
                            "a line has no \"window_s\": add the length of "
                            "the sum in seconds");
        if (!sums_rain(kind) && s != 0)
                return FAIL(w, ERR_MISMATCH,
                            "\"window_s\" has no meaning for kind %s: "
                            "remove it",
                            rule_kind_name(kind));
        ret->window_us = s * SECOND_US;
        return OK;
}

static enum status line_when(const struct where *w, const struct json *j,
                             enum rule_kind kind, struct rule_line *ret)
{
        enum status st;

        if (kind != RULE_EXPRESSION && json_get(j, "when"))
                return FAIL(w, ERR_MISMATCH,
                            "\"when\" has no meaning for kind %s: remove it, "
                            "or write kind expression",
                            rule_kind_name(kind));
        if (kind != RULE_EXPRESSION)
                return OK;
        st = need_text(w, j, "when", ret->when, sizeof ret->when);
        if (st == OK && ret->when[0] == '\0')
                st = FAIL(w, ERR_MISSING, "\"when\" is empty");
        return st;
}

static enum status read_line(const struct where *w, const struct json *j,
                             enum rule_kind kind, struct rule_line *ret)
{
        static const char *const known[] = {"level",    "base",       "value",
                                            "window_s", "unverified", "when",
                                            NULL};
        enum status st;

        if (!json_is_object(j))
                return FAIL(w, ERR_TYPE, "a line must be an object");
        st = only_known(w, j, known);
        if (st != OK)
                return st;
        if (!level_from(json_text(json_get(j, "level")), &ret->level) ||
            ret->level == LEVEL_NONE)
                return FAIL(w, ERR_UNKNOWN,
                            "a line's \"level\" must be one of white, blue, "
                            "yellow, orange, red");
        ret->base = LINE_VALUE;
        st = line_base(w, j, kind, ret);
        if (st == OK)
                st = line_value(w, j, kind, ret);
        if (st == OK)
                st = line_window(w, j, kind, ret);
        if (st == OK)
                st = line_when(w, j, kind, ret);
        if (st == OK)
                st = opt_bool(w, j, "unverified", &ret->unverified);
        return st;
}

/* A worse level must not be easier to reach than a lesser one. */
static enum status check_order(const struct where *w, const struct rule *r)
{
        const struct rule_line *a, *b;

        if (r->n_lines < 2)
                return OK;
        a = &r->line[r->n_lines - 2];
        b = &r->line[r->n_lines - 1];
        if (b->level <= a->level)
                return FAIL(w, ERR_MISMATCH,
                            "lines must rise from the lesser level to the "
                            "worse: %s stands after %s",
                            level_name(b->level), level_name(a->level));
        if (a->base != b->base || a->window_us != b->window_us ||
            !has_values(r->kind))
                return OK;
        if (r->kind == RULE_SOIL ? b->value_milli >= a->value_milli
                                 : b->value_milli <= a->value_milli)
                return FAIL(w, ERR_MISMATCH,
                            "level %s is reached before %s: mend the values",
                            level_name(b->level), level_name(a->level));
        return OK;
}

static enum status read_lines(struct where *w, const struct json *j,
                              struct rule *ret)
{
        const struct json *lines = json_get(j, "lines"), *x;
        enum status st = OK;

        if (!json_is_array(lines) || !json_first(lines))
                return FAIL(w, ERR_MISSING,
                            "\"lines\" must be an array of at least one line");
        memset(ret->line, 0, sizeof ret->line);
        ret->n_lines = 0;
        for (x = json_first(lines); x && st == OK; x = json_next(x)) {
                if (ret->n_lines == LINES_MAX)
                        return FAIL(w, ERR_FULL, "at most %d lines", LINES_MAX);
                w->line++;
                st = read_line(w, x, ret->kind, &ret->line[ret->n_lines]);
                ret->n_lines++;
                if (st == OK)
                        st = check_order(w, ret);
        }
        if (st == OK)
                w->line = 0;
        return st;
}

static enum status read_deadlines(const struct where *w, const struct json *j,
                                  struct rule *ret)
{
        const struct json *all = json_get(j, "deadlines_s"), *x;
        enum agency a;
        int64_t s;

        if (!json_is_object(all) || !json_first(all))
                return FAIL(w, ERR_MISSING,
                            "\"deadlines_s\" must name each agency that "
                            "must answer and its seconds, e.g. "
                            "{\"sanfang\":600}");
        ret->agencies = 0;
        memset(ret->deadline_us, 0, sizeof ret->deadline_us);
        for (x = json_first(all); x; x = json_next(x)) {
                struct text key = json_key(x);

                if (!agency_from(key, &a))
                        return FAIL(w, ERR_UNKNOWN,
                                    "no agency \"%.*s\": use sanfang, "
                                    "hydrology, weather, health120 or county",
                                    (int)(key.n > 40 ? 40 : key.n), key.p);
                if (!json_i64(x, &s) || s < 10 || s > 86400)
                        return FAIL(w, ERR_RANGE,
                                    "deadline of %s: give 10 to 86400 "
                                    "seconds",
                                    agency_name(a));
                ret->agencies |= AGENCY_BIT(a);
                ret->deadline_us[a] = s * SECOND_US;
        }
        return OK;
}

static enum hazard usual_hazard(enum rule_kind k)
{
        switch (k) {
        case RULE_RAIN_SUM:
        case RULE_FORECAST_RAIN:
                return HAZARD_RAINSTORM;
        case RULE_WIND:
                return HAZARD_WIND;
        case RULE_DRY_DAYS:
        case RULE_SOIL:
                return HAZARD_DROUGHT;
        case RULE_SILENCE:
        case RULE_CLUSTER:
                return HAZARD_SILENCE;
        case RULE_LINK:
                return HAZARD_SYSTEM;
        default:
                return HAZARD_FLOOD;
        }
}

/* An expression says itself what it warns of. */
static enum status free_hazard(const struct where *w, const struct json *j,
                               struct rule *ret)
{
        if (!hazard_from(json_text(j), &ret->hazard) ||
            ret->hazard == HAZARD_SILENCE || ret->hazard == HAZARD_SYSTEM)
                return FAIL(w, ERR_MISSING,
                            "kind expression needs a \"hazard\": flood, "
                            "rainstorm, wind, drought or calls");
        return OK;
}

static enum status read_kind(const struct where *w, const struct json *j,
                             struct rule *ret)
{
        const struct json *hazard = json_get(j, "hazard");

        if (!rule_kind_from(json_text(json_get(j, "kind")), &ret->kind))
                return FAIL(w, ERR_UNKNOWN,
                            "\"kind\" must be one of river_level, "
                            "reservoir_limit, rain_sum, wind, dry_days, "
                            "soil_moisture, silence, link, forecast_level, "
                            "forecast_rain, silence_cluster, expression");
        if (ret->kind == RULE_EXPRESSION)
                return free_hazard(w, hazard, ret);
        ret->hazard = usual_hazard(ret->kind);
        if (!hazard)
                return OK;
        if (!hazard_from(json_text(hazard), &ret->hazard) ||
            ret->hazard != usual_hazard(ret->kind))
                return FAIL(w, ERR_MISMATCH, "\"hazard\" of kind %s must be %s",
                            rule_kind_name(ret->kind),
                            hazard_name(usual_hazard(ret->kind)));
        return OK;
}

/* Fields that only one kind knows. */
static enum status only_for(const struct where *w, const struct json *j,
                            const char *key, bool right, enum rule_kind kind)
{
        if (!json_get(j, key) || right)
                return OK;
        return FAIL(w, ERR_MISMATCH,
                    "\"%s\" has no meaning for kind %s: remove it", key,
                    rule_kind_name(kind));
}

static bool is_forecast(enum rule_kind k)
{
        return k == RULE_FORECAST_LEVEL || k == RULE_FORECAST_RAIN;
}

static enum status read_soil(const struct where *w, const struct json *j,
                             struct rule *ret)
{
        if (ret->scope[0])
                return OK;
        ret->element = ELEMENT_count;
        if (ret->kind != RULE_SOIL)
                return OK;
        if (!element_from(json_text(json_get(j, "element")), &ret->element) ||
            (ret->element != ELEMENT_M10 && ret->element != ELEMENT_M20 &&
             ret->element != ELEMENT_M40))
                return FAIL(w, ERR_UNKNOWN,
                            "\"element\" must be M10, M20 or M40");
        return OK;
}

/* A cluster is looked for in zones; an expression may be said of them. */
static enum status read_zone(const struct where *w, const struct json *j,
                             struct rule *ret)
{
        const struct json *zone = json_get(j, "zone");
        bool is = ret->kind == RULE_CLUSTER || ret->kind == RULE_EXPRESSION;
        enum status st;

        if (ret->scope[0]) /* of an override it says where, read_scope() */
                return OK;
        st = only_for(w, j, "zone", is, ret->kind);
        if (st != OK || (!zone && ret->kind != RULE_CLUSTER))
                return st;
        if (!zone_level_from(json_text(zone), &ret->zone_level))
                return FAIL(w, ERR_UNKNOWN,
                            "\"zone\" must be city, county, town, river or "
                            "catchment");
        ret->over_zone = ret->kind == RULE_EXPRESSION;
        return OK;
}

/* What makes a cluster. */
static enum status read_cluster(const struct where *w, const struct json *j,
                                struct rule *ret)
{
        static const char *const own[] = {"least", "percent", "within_s", NULL};
        bool is = ret->kind == RULE_CLUSTER;
        bool over = ret->scope[0] != '\0';
        int64_t least = over ? ret->least : 3;
        int64_t percent = ret->percent;
        int64_t within_s = over ? ret->within_us / SECOND_US : 21600;
        const char *const *k;
        enum status st = OK;

        for (k = own; *k && st == OK; k++)
                st = only_for(w, j, *k, is, ret->kind);
        if (st != OK || !is)
                return st;
        st = opt_whole(w, j, "least", 2, 1000, &least);
        if (st == OK)
                st = opt_whole(w, j, "percent", 1, 100, &percent);
        if (st == OK)
                st = opt_whole(w, j, "within_s", 60, 864000, &within_s);
        ret->least = (uint32_t)least;
        ret->percent = (uint32_t)percent;
        ret->within_us = within_s * SECOND_US;
        return st;
}

static enum status read_special(const struct where *w, const struct json *j,
                                struct rule *ret)
{
        enum rule_kind k = ret->kind;
        int64_t intervals = k == RULE_SILENCE ? 3 : is_forecast(k) ? 1 : 0;
        enum status st;

        if (ret->scope[0])
                intervals = ret->intervals;
        else
                ret->effective_milli = k == RULE_DRY_DAYS ? 5000 : 0;
        st = only_for(w, j, "gust", k == RULE_WIND, k);
        if (st == OK)
                st = only_for(w, j, "element", k == RULE_SOIL, k);
        if (st == OK)
                st = only_for(w, j, "effective", k == RULE_DRY_DAYS, k);
        if (st == OK)
                st = only_for(w, j, "intervals", k == RULE_SILENCE, k);
        if (st == OK)
                st = only_for(w, j, "runs",
                              is_forecast(k) || k == RULE_EXPRESSION, k);
        if (st == OK)
                st = opt_bool(w, j, "gust", &ret->gust);
        if (st == OK)
                st = opt_milli(w, j, "effective", &ret->effective_milli);
        if (st == OK)
                st = opt_whole(w, j, "intervals", 1, 1000, &intervals);
        if (st == OK)
                st = opt_whole(w, j, "runs", 1, 100, &intervals);
        if (st == OK)
                st = read_soil(w, j, ret);
        if (st == OK)
                st = read_zone(w, j, ret);
        if (st == OK)
                st = read_cluster(w, j, ret);
        ret->intervals = (uint32_t)intervals;
        return st;
}

static enum status read_damping(const struct where *w, const struct json *j,
                                struct rule *ret)
{
        int64_t hold_s = ret->hold_us / SECOND_US;
        int64_t cooldown_s = ret->cooldown_us / SECOND_US;
        enum status st = opt_milli(w, j, "hysteresis", &ret->hysteresis_milli);

        if (st == OK && ret->hysteresis_milli < 0)
                return FAIL(w, ERR_RANGE, "\"hysteresis\" is negative");
        if (st == OK)
                st = opt_whole(w, j, "hold_s", 0, 86400, &hold_s);
        if (st == OK)
                st = only_for(w, j, "cooldown_s",
                              ret->kind != RULE_LINK &&
                                      ret->kind != RULE_SILENCE &&
                                      ret->kind != RULE_CLUSTER,
                              ret->kind);
        if (st == OK)
                st = opt_whole(w, j, "cooldown_s", 0, 86400, &cooldown_s);
        ret->hold_us = hold_s * SECOND_US;
        ret->cooldown_us = cooldown_s * SECOND_US;
        return st;
}

static enum status read_rule(struct where *w, const struct json *j,
                             uint32_t number, struct rule *ret)
{
        static const char *const known[] = {
                "id",        "kind",    "hazard",      "text",
                "text_en",   "source",  "lines",       "hysteresis",
                "hold_s",    "gust",    "element",     "effective",
                "intervals", "runs",    "deadlines_s", "zone",
                "least",     "percent", "within_s",    "cooldown_s",
                "overrides", NULL};
        enum status st;

        memset(ret, 0, sizeof *ret);
        w->rule = number;
        w->line = w->over = 0;
        snprintf(w->name, sizeof w->name, "rule %u", number);
        if (!json_is_object(j))
                return FAIL(w, ERR_TYPE, "a rule must be an object");
        st = need_text(w, j, "id", ret->id, sizeof ret->id);
        if (st != OK)
                return st;
        if (!text_is_code(text_of(ret->id), sizeof ret->id - 1))
                return FAIL(w, ERR_SYNTAX,
                            "\"id\" may hold only A-Z a-z 0-9 _ -");
        snprintf(w->name, sizeof w->name, "rule %s", ret->id);
        st = only_known(w, j, known);
        if (st == OK)
                st = read_kind(w, j, ret);
        if (st == OK)
                st = need_text(w, j, "text", ret->text, sizeof ret->text);
        if (st == OK)
                st = need_text(w, j, "text_en", ret->text_en,
                               sizeof ret->text_en);
        if (st == OK)
                st = need_text(w, j, "source", ret->source, sizeof ret->source);
        if (st == OK)
                st = read_lines(w, j, ret);
        if (st == OK)
                st = read_damping(w, j, ret);
        if (st == OK)
                st = read_special(w, j, ret);
        return st == OK ? read_deadlines(w, j, ret) : st;
}

/* Can an override for a zone of this level count in a rule that is said of
 * zones?  A county lies in its city; a river or a catchment in neither. */
static bool can_count(enum zone_level level, enum zone_level said_of)
{
        if (level > ZONE_TOWN || said_of > ZONE_TOWN)
                return level == said_of;
        return level <= said_of;
}

static enum status check_scope(const struct where *w, const struct rule *r)
{
        bool zones = r->over_zone || r->kind == RULE_CLUSTER;
        enum zone_level level;

        if (r->scope_station)
                return zones ? FAIL(w, ERR_MISMATCH,
                                    "the rule is said of zones: give \"zone\", "
                                    "not \"station\"")
                             : OK;
        if (!zone_code_level(r->scope, &level))
                return FAIL(w, ERR_SYNTAX,
                            "\"zone\" is \"%s\": give a code of 6 digits "
                            "(city, county), 9 (town) or a letter and up to 8 "
                            "more (catchment)",
                            r->scope);
        if (zones && !can_count(level, r->zone_level))
                return FAIL(w, ERR_MISMATCH,
                            "the rule is said of each %s: none lies in %s %s, "
                            "so this never counts",
                            zone_level_name(r->zone_level),
                            zone_level_name(level), r->scope);
        return OK;
}

/* Where an override is for: "zone", "river" or "station". */
static enum status read_scope(struct where *w, const struct json *j,
                              struct rule *ret)
{
        static const char *const keys[] = {"zone", "river", "station"};
        const char *key = NULL;
        bool river;
        char code[SCOPE_MAX + 1];
        enum status st;
        int i, n = 0;

        for (i = 0; i < 3; i++)
                if (json_get(j, keys[i])) {
                        key = keys[i];
                        n++;
                }
        if (n != 1)
                return FAIL(w, ERR_MISSING,
                            "an override needs one of \"zone\", \"river\" and "
                            "\"station\"");
        river = strcmp(key, "river") == 0;
        st = need_text(w, j, key, code, river ? RIVER_MAX + 1 : sizeof code);
        if (st != OK)
                return st;
        if (!river && !text_is_code(text_of(code), CODE_MAX))
                return FAIL(w, ERR_SYNTAX,
                            "\"%s\" may hold only A-Z a-z 0-9 _ -", key);
        snprintf(ret->scope, sizeof ret->scope, "%s%.*s",
                 river ? RIVER_PREFIX : "", river ? RIVER_MAX : CODE_MAX, code);
        ret->scope_station = strcmp(key, "station") == 0;
        snprintf(w->name, sizeof w->name, "rule %s, override %u", ret->id,
                 w->over);
        return check_scope(w, ret);
}

static enum status over_texts(const struct where *w, const struct json *j,
                              struct rule *ret)
{
        enum status st = OK;

        if (json_get(j, "text"))
                st = need_text(w, j, "text", ret->text, sizeof ret->text);
        if (st == OK && json_get(j, "text_en"))
                st = need_text(w, j, "text_en", ret->text_en,
                               sizeof ret->text_en);
        if (st == OK && json_get(j, "source"))
                st = need_text(w, j, "source", ret->source, sizeof ret->source);
        return st;
}

/* ret holds the rule that it stands in, and takes what is said otherwise. */
static enum status read_override(struct where *w, const struct json *j,
                                 struct rule *ret)
{
        static const char *const known[] = {
                "zone",        "river",     "station",  "off",        "text",
                "text_en",     "source",    "lines",    "hysteresis", "hold_s",
                "effective",   "intervals", "runs",     "cooldown_s", "least",
                "deadlines_s", "percent",   "within_s", NULL};
        enum status st;

        snprintf(w->name, sizeof w->name, "rule %s, override %u", ret->id,
                 w->over);
        if (!json_is_object(j))
                return FAIL(w, ERR_TYPE, "an override must be an object");
        st = only_known(w, j, known);
        if (st == OK)
                st = read_scope(w, j, ret);
        if (st == OK)
                st = opt_bool(w, j, "off", &ret->off);
        if (st == OK)
                st = over_texts(w, j, ret);
        if (st == OK && json_get(j, "lines"))
                st = read_lines(w, j, ret);
        if (st == OK)
                st = read_damping(w, j, ret);
        if (st == OK)
                st = read_special(w, j, ret);
        if (st == OK && json_get(j, "deadlines_s"))
                st = read_deadlines(w, j, ret);
        return st;
}

static enum status too_many(struct where *w)
{
        w->name[0] = '\0';
        w->rule = 0;
        return FAIL(w, ERR_FULL, "at most %d rules and overrides", RULES_MAX);
}

/* Those of the set's last rule go behind it. */
static enum status read_overrides(struct where *w, const struct json *j,
                                  struct rule_set *ret)
{
        const struct json *all = json_get(j, "overrides"), *x;
        uint32_t base = ret->n_rules - 1, i;
        enum status st = OK;

        if (!all)
                return OK;
        if (!json_is_array(all) || !json_first(all) ||
            ret->rule[base].kind == RULE_LINK)
                return FAIL(w, ERR_TYPE,
                            ret->rule[base].kind == RULE_LINK
                                    ? "a link lies in no zone: remove "
                                      "\"overrides\""
                                    : "\"overrides\" must be an array of at "
                                      "least one override");
        for (x = json_first(all); x && st == OK; x = json_next(x)) {
                struct rule *r = &ret->rule[ret->n_rules];

                if (ret->n_rules == RULES_MAX)
                        return too_many(w);
                *r = ret->rule[base];
                w->over++;
                st = read_override(w, x, r);
                for (i = base + 1; i < ret->n_rules && st == OK; i++)
                        if (strcmp(ret->rule[i].scope, r->scope) == 0 &&
                            ret->rule[i].scope_station == r->scope_station)
                                st = FAIL(w, ERR_DUPLICATE,
                                          "%s %s stands in override %u too: "
                                          "make them one",
                                          r->scope_station ? "station" : "zone",
                                          r->scope, i - base);
                ret->n_rules++;
        }
        return st;
}

static enum status read_rules(struct where *w, const struct json *j,
                              struct rule_set *ret)
{
        uint32_t number = 0;
        const struct json *rules = json_get(j, "rules"), *x;
        uint32_t i;
        enum status st;

        if (!json_is_array(rules) || !json_first(rules))
                return FAIL(w, ERR_MISSING,
                            "\"rules\" must be an array of at least one "
                            "rule");
        for (x = json_first(rules); x; x = json_next(x)) {
                if (ret->n_rules == RULES_MAX)
                        return too_many(w);
                st = read_rule(w, x, ++number, &ret->rule[ret->n_rules]);
                if (st != OK)
                        return st;
                for (i = 0; i < ret->n_rules; i++)
                        if (strcmp(ret->rule[i].id,
                                   ret->rule[ret->n_rules].id) == 0)
                                return FAIL(w, ERR_DUPLICATE,
                                            "\"id\" stands twice: give each "
                                            "rule its own");
                ret->n_rules++;
                st = read_overrides(w, x, ret);
                if (st != OK)
                        return st;
        }
        return OK;
}

static enum status read_set(struct text file, const struct json *j,
                            struct rule_set *ret, struct err *e)
{
        static const char *const known[] = {"$schema", "name",  "version",
                                            "text",    "rules", NULL};
        struct where w = {.file = file, .e = e};
        int64_t version = 0;
        enum status st;

        memset(ret->name, 0, sizeof ret->name);
        memset(ret->text, 0, sizeof ret->text);
        ret->n_rules = 0;
        if (!json_is_object(j))
                return FAIL(&w, ERR_TYPE, "a rule table must be an object");
        st = only_known(&w, j, known);
        if (st == OK)
                st = need_text(&w, j, "name", ret->name, sizeof ret->name);
        if (st == OK && !json_get(j, "version"))
                st = FAIL(&w, ERR_MISSING, "\"version\" is missing: add it");
        if (st == OK)
                st = opt_whole(&w, j, "version", 1, 1000000000, &version);
        if (st == OK)
                st = opt_text(&w, j, "text", ret->text, sizeof ret->text);
        ret->version = (uint32_t)version;
        return st == OK ? read_rules(&w, j, ret) : st;
}

enum status wire_rules_decode(struct text text, struct rule_set *ret,
                              struct err *e)
{
        struct rule_set *set;
        struct json *j;
        enum status st = json_parse(text, JSON_FILE_MAX, &j, e);

        if (st != OK)
                return st;
        set = malloc(sizeof *set); /* too large for a stack */
        if (!set) {
                json_free(j);
                return err_set(e, ERR_MEMORY, "no memory for a rule set");
        }
        st = read_set(text, j, set, e);
        json_free(j);
        if (st == OK)
                rule_set_copy(ret, set);
        free(set);
        return st;
}

static void put_line(struct json_out *o, const struct rule *r,
                     const struct rule_line *l)
{
        json_open(o, NULL);
        json_put_str(o, "level", level_name(l->level));
        if (has_bases(r->kind))
                json_put_str(o, "base", line_base_name(l->base));
        if (has_values(r->kind))
                json_put_milli(o, "value", l->value_milli);
        if (r->kind == RULE_EXPRESSION)
                json_put_str(o, "when", l->when);
        else if (l->window_us)
                json_put_i64(o, "window_s", l->window_us / SECOND_US);
        if (l->unverified)
                json_put_bool(o, "unverified", true);
        json_close(o);
}

static void put_special(struct json_out *o, const struct rule *r)
{
        if (r->kind == RULE_WIND)
                json_put_bool(o, "gust", r->gust);
        if (r->kind == RULE_SOIL)
                json_put_str(o, "element", element_name(r->element));
        if (r->kind == RULE_DRY_DAYS)
                json_put_milli(o, "effective", r->effective_milli);
        if (r->kind == RULE_SILENCE)
                json_put_i64(o, "intervals", r->intervals);
        if (r->kind == RULE_CLUSTER || r->over_zone)
                json_put_str(o, "zone", zone_level_name(r->zone_level));
        if (r->kind == RULE_CLUSTER) {
                json_put_i64(o, "least", r->least);
                if (r->percent)
                        json_put_i64(o, "percent", r->percent);
                json_put_i64(o, "within_s", r->within_us / SECOND_US);
        }
        if (is_forecast(r->kind) ||
            (r->kind == RULE_EXPRESSION && r->intervals))
                json_put_i64(o, "runs", r->intervals);
}

static void put_lines(struct json_out *o, const struct rule *r)
{
        uint32_t i;

        json_open_array(o, "lines");
        for (i = 0; i < r->n_lines; i++)
                put_line(o, r, &r->line[i]);
        json_close_array(o);
}

static void put_deadlines(struct json_out *o, const struct rule *r)
{
        int a;

        json_open(o, "deadlines_s");
        for (a = 0; a < agency_count; a++)
                if (r->agencies & AGENCY_BIT(a))
                        json_put_i64(o, agency_name((enum agency)a),
                                     r->deadline_us[a] / SECOND_US);
        json_close(o);
}

static bool same_lines(const struct rule *a, const struct rule *b)
{
        uint32_t i;

        for (i = 0; i < a->n_lines && a->n_lines == b->n_lines; i++) {
                const struct rule_line *x = &a->line[i], *y = &b->line[i];

                if (x->level != y->level || x->base != y->base ||
                    x->value_milli != y->value_milli ||
                    x->window_us != y->window_us ||
                    x->unverified != y->unverified ||
                    strcmp(x->when, y->when) != 0)
                        return false;
        }
        return a->n_lines == b->n_lines;
}

static void put_text(struct json_out *o, const char *key, const char *is,
                     const char *base)
{
        if (strcmp(is, base) != 0)
                json_put_str(o, key, is);
}

static void put_whole(struct json_out *o, const char *key, int64_t is,
                      int64_t base)
{
        if (is != base)
                json_put_i64(o, key, is);
}

/* What is not as in the rule that it stands in. */
static void put_override(struct json_out *o, const struct rule *r,
                         const struct rule *base)
{
        json_open(o, NULL);
        if (text_starts(text_of(r->scope), RIVER_PREFIX))
                json_put_str(o, "river", r->scope + strlen(RIVER_PREFIX));
        else
                json_put_str(o, r->scope_station ? "station" : "zone",
                             r->scope);
        if (r->off)
                json_put_bool(o, "off", true);
        put_text(o, "text", r->text, base->text);
        put_text(o, "text_en", r->text_en, base->text_en);
        put_text(o, "source", r->source, base->source);
        if (!same_lines(r, base))
                put_lines(o, r);
        if (r->hysteresis_milli != base->hysteresis_milli)
                json_put_milli(o, "hysteresis", r->hysteresis_milli);
        put_whole(o, "hold_s", r->hold_us / SECOND_US,
                  base->hold_us / SECOND_US);
        put_whole(o, "cooldown_s", r->cooldown_us / SECOND_US,
                  base->cooldown_us / SECOND_US);
        if (r->effective_milli != base->effective_milli)
                json_put_milli(o, "effective", r->effective_milli);
        put_whole(o, r->kind == RULE_SILENCE ? "intervals" : "runs",
                  r->intervals, base->intervals);
        put_whole(o, "least", r->least, base->least);
        put_whole(o, "percent", r->percent, base->percent);
        put_whole(o, "within_s", r->within_us / SECOND_US,
                  base->within_us / SECOND_US);
        if (r->agencies != base->agencies ||
            memcmp(r->deadline_us, base->deadline_us, sizeof r->deadline_us) !=
                    0)
                put_deadlines(o, r);
        json_close(o);
}

/* With its overrides, which stand behind it; returns how many. */
static uint32_t put_rule(struct json_out *o, const struct rule *r,
                         uint32_t n_behind)
{
        uint32_t n = 0;

        json_open(o, NULL);
        json_put_str(o, "id", r->id);
        json_put_str(o, "kind", rule_kind_name(r->kind));
        json_put_str(o, "hazard", hazard_name(r->hazard));
        json_put_str(o, "text", r->text);
        json_put_str(o, "text_en", r->text_en);
        json_put_str(o, "source", r->source);
        put_lines(o, r);
        json_put_milli(o, "hysteresis", r->hysteresis_milli);
        json_put_i64(o, "hold_s", r->hold_us / SECOND_US);
        if (r->cooldown_us)
                json_put_i64(o, "cooldown_s", r->cooldown_us / SECOND_US);
        put_special(o, r);
        put_deadlines(o, r);
        while (n < n_behind && r[n + 1].scope[0]) {
                if (n++ == 0)
                        json_open_array(o, "overrides");
                put_override(o, &r[n], r);
        }
        if (n)
                json_close_array(o);
        json_close(o);
        return n;
}

void wire_rules_encode(const struct rule_set *r, struct buf *b)
{
        struct json_out o = json_out(b);
        uint32_t i;

        json_open(&o, NULL);
        json_put_str(&o, "name", r->name);
        json_put_i64(&o, "version", r->version);
        json_put_str(&o, "text", r->text);
        json_open_array(&o, "rules");
        for (i = 0; i < r->n_rules; i++)
                i += put_rule(&o, &r->rule[i], r->n_rules - i - 1);
        json_close_array(&o);
        json_close(&o);
}
