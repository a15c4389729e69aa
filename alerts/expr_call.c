/* alerts/expr_call.c -- the names of an expression: elements, functions with
 * their arguments, levels of the station.
 *
 * Thread: any; no state. */
#include "alerts/expr_part.h"

#include <stdio.h>
#include <string.h>

#include "schemas/rule.h"
#include "schemas/time.h"

static const struct {
        const char *name;
        enum expr_code code;
        const char *use;
} functions[] = {
        {"sum", EXPR_SUM, "sum(rain, 3h)"},
        {"max", EXPR_MAX, "max(Z, 1h)"},
        {"min", EXPR_MIN, "min(Z, 1h)"},
        {"mean", EXPR_MEAN, "mean(US, 10min)"},
        {"rate", EXPR_RATE, "rate(Z, 1h)"},
        {"change", EXPR_CHANGE, "change(Z, 1h)"},
        {"dry_days", EXPR_DRY_DAYS, "dry_days(5 mm)"},
        {"season", EXPR_SEASON, "season(04-15, 10-15)"},
        {"forecast", EXPR_FORECAST, "forecast(Z, 6h)"},
        {"silent", EXPR_SILENT, "silent(3 intervals)"},
        {"count", EXPR_COUNT,
         "count(stations in zone where sum(rain, 1h) >= 50 mm)"},
        {"areal", EXPR_AREAL, "areal(rain, 24h)"},
};

static enum status no_such_name(struct parser *p, const struct expr_token *n)
{
        char upper[16];
        enum element el = ELEMENT_count;
        size_t i;

        for (i = 0; i < n->text.n && i < sizeof upper; i++)
                upper[i] = (char)(n->text.p[i] & ~0x20);
        if (n->text.n <= sizeof upper &&
            element_from((struct text){upper, n->text.n}, &el))
                return err_fault(p->e,
                                 part_fault(p, n->at, ERR_UNKNOWN,
                                            "there is no \"%.*s\": write %s",
                                            SHOWN(n->text), element_name(el)),
                                 FAULT_NAME);
        return err_fault(p->e,
                         part_fault(p, n->at, ERR_UNKNOWN,
                                    "there is no element or function \"%.*s\": "
                                    "elements are "
                                    "Z, Q, US, UG, M20 and so on as in SL 651; "
                                    "functions sum, "
                                    "max, min, mean, rate, change, dry_days, "
                                    "season, forecast, "
                                    "silent, count, areal",
                                    (int)(n->text.n > 24 ? 24 : n->text.n),
                                    n->text.p),
                         FAULT_NAME);
}

/* An element that is kept as a series, named at the token. */
static enum status take_element(struct parser *p, enum element *ret)
{
        struct expr_token n = p->now;

        if (n.kind != EXPR_TOKEN_NAME)
                return part_fault(
                        p, n.at, ERR_SYNTAX,
                        "the name of an element is missing, such as Z");
        if (text_is(n.text, "rain"))
                return part_fault(p, n.at, ERR_TYPE,
                                  "rain falls in parts: write sum(rain, 1h)");
        if (!element_from(n.text, ret))
                return no_such_name(p, &n);
        if (element_is_rain(*ret))
                return part_fault(
                        p, n.at, ERR_TYPE,
                        "%s is part of the station's one rain series: "
                        "write sum(rain, 1h)",
                        element_name(*ret));
        if (part_watch(p, *ret, n.at) != OK)
                return ERR_FULL;
        return part_advance(p);
}

enum status part_window(struct parser *p, int64_t *ret_us)
{
        struct expr_token n = p->now;
        int64_t num, den;
        const char *unit = expr_unit_base(n.unit, &num, &den);

        if (n.kind != EXPR_TOKEN_NUMBER || !unit || strcmp(unit, "s") != 0)
                return part_fault(
                        p, n.at, ERR_TYPE,
                        "a length of time is missing, such as 10min or "
                        "3h");
        if (n.micro > EXPR_WINDOW_MAX_US)
                return err_fault(p->e,
                                 part_fault(p, n.at, ERR_RANGE,
                                            "at most 72 h of data are kept"),
                                 FAULT_WINDOW);
        *ret_us = n.micro / den * num;
        if (*ret_us > EXPR_WINDOW_MAX_US)
                return err_fault(
                        p->e,
                        part_fault(
                                p, n.at, ERR_RANGE,
                                "this is longer than the 72 h of data that are "
                                "kept"),
                        FAULT_WINDOW);
        if (*ret_us < MINUTE_US)
                return part_fault(p, n.at, ERR_RANGE,
                                  "a window has 1 min or more");
        if (*ret_us > p->x->widest_us)
                p->x->widest_us = *ret_us;
        return part_advance(p);
}

enum status part_comma_window(struct parser *p, int64_t *ret_us)
{
        enum status st = part_expect(p, ",", "before the length of time");

        return st == OK ? part_window(p, ret_us) : st;
}

enum status part_rain(struct parser *p, enum expr_code code, struct kind *ret)
{
        int64_t window_us = 0;
        enum status st = part_advance(p);

        if (st == OK)
                st = part_comma_window(p, &window_us);
        if (st != OK)
                return st;
        p->x->rain = true;
        ret->unit = "mm";
        ret->element = ELEMENT_PJ;
        ret->shown_us = window_us;
        return part_emit(p, code, ELEMENT_PJ, window_us);
}

static enum status call_sum(struct parser *p, struct kind *ret)
{
        if (part_is_word(p, "people"))
                return part_people(p, false, ret);
        if (!part_is_word(p, "rain"))
                return part_fault(
                        p, p->now.at, ERR_TYPE,
                        "only rain can be summed up: write sum(rain, 3h)");
        if (p->zone)
                return part_fault(p, p->now.at, ERR_TYPE,
                                  "rain of a zone is areal(rain, 3h), or that "
                                  "of its stations: count(stations in zone "
                                  "where sum(rain, 3h) ...)");
        return part_rain(p, EXPR_SUM, ret);
}

static enum status call_window(struct parser *p, enum expr_code code,
                               struct kind *ret)
{
        uint32_t at = p->now.at;
        int64_t window_us = 0;
        enum element el = ELEMENT_count;
        enum status st;

        if (code == EXPR_MAX && part_is_word(p, "people"))
                return part_people(p, true, ret);
        st = take_element(p, &el);

        if (st == OK)
                st = part_comma_window(p, &window_us);
        if (st != OK)
                return st;
        ret->unit = element_info(el)->unit;
        if (code == EXPR_RATE) {
                ret->unit = expr_unit_per_hour(ret->unit);
                if (!ret->unit)
                        return part_fault(
                                p, at, ERR_TYPE,
                                "rate() does not know %s, which is in %s",
                                element_name(el), element_info(el)->unit);
        }
        ret->bounded = code != EXPR_RATE && code != EXPR_CHANGE;
        ret->element = ret->bounded ? el : ELEMENT_count;
        return part_emit(p, code, el, window_us);
}

static enum status call_dry_days(struct parser *p, struct kind *ret)
{
        struct expr_token n = p->now;

        if (n.kind != EXPR_TOKEN_NUMBER || !text_is(n.unit, "mm"))
                return part_fault(
                        p, n.at, ERR_TYPE,
                        "the daily rain that ends a dry spell is missing: "
                        "write dry_days(5 mm)");
        if (p->zone)
                return part_fault(p, n.at, ERR_TYPE,
                                  "a zone has no dry days of its own: write "
                                  "count(stations in zone where dry_days(5 "
                                  "mm) ...)");
        p->x->rain = true;
        ret->unit = "days";
        ret->element = ELEMENT_PD;
        if (part_emit(p, EXPR_DRY_DAYS, ELEMENT_PD, n.micro / 1000) != OK)
                return ERR_SIZE;
        return part_advance(p);
}

/* The element of a forecast: its highest value, or all its rain. */
static enum status forecast_element(struct parser *p, enum element *ret)
{
        struct expr_token n = p->now;

        if (part_is_word(p, "rain"))
                *ret = ELEMENT_PJ;
        else if (n.kind != EXPR_TOKEN_NAME || !element_from(n.text, ret) ||
                 element_is_rain(*ret))
                return part_fault(p, n.at, ERR_TYPE,
                                  "what is forecast is missing: rain, or an "
                                  "element such as Z");
        if (p->zone && *ret != ELEMENT_PJ)
                return part_fault(p, n.at, ERR_TYPE,
                                  "of a zone only rain is forecast");
        if (p->x->forecast != ELEMENT_count && p->x->forecast != *ret)
                return part_fault(p, n.at, ERR_MISMATCH,
                                  "one line looks at one element's forecast: "
                                  "split the rule");
        p->x->forecast = *ret;
        return part_advance(p);
}

static enum status call_forecast(struct parser *p, struct kind *ret)
{
        int64_t window_us = 0, widest_us = p->x->widest_us;
        enum element el = ELEMENT_count;
        enum status st = OK;

        if (p->clause)
                return part_fault(p, p->now.at, ERR_TYPE,
                                  "forecasts are not counted: write a rule of "
                                  "the stations");
        st = forecast_element(p, &el);
        if (st == OK)
                st = part_comma_window(p, &window_us);
        if (st != OK)
                return st;
        p->x->widest_us = widest_us; /* it looks ahead */
        ret->unit = el == ELEMENT_PJ ? "mm" : element_info(el)->unit;
        ret->bounded = el != ELEMENT_PJ;
        ret->element = el;
        ret->shown_us = el == ELEMENT_PJ ? window_us : 0;
        return part_emit(p, EXPR_FORECAST, el, window_us);
}

static enum status call_silent(struct parser *p, struct kind *ret)
{
        struct expr_token n = p->now;

        if (n.kind != EXPR_TOKEN_NUMBER ||
            !(text_is(n.unit, "intervals") || text_is(n.unit, "interval")) ||
            n.micro % EXPR_ONE || n.micro < EXPR_ONE ||
            n.micro > 1000 * EXPR_ONE)
                return part_fault(p, n.at, ERR_TYPE,
                                  "how many reporting intervals? Write "
                                  "silent(3 intervals)");
        if (p->zone)
                return part_fault(p, n.at, ERR_TYPE,
                                  "a zone is not silent, its stations are: "
                                  "kind silence_cluster tells of them");
        p->x->ticks = true;
        ret->truth = true;
        if (part_emit(p, EXPR_SILENT, ELEMENT_count, n.micro / EXPR_ONE) != OK)
                return ERR_SIZE;
        return part_advance(p);
}

/* "04-15" as 415. */
static enum status take_date(struct parser *p, int64_t *ret_mmdd)
{
        static const int days[] = {31, 29, 31, 30, 31, 30,
                                   31, 31, 30, 31, 30, 31};
        struct expr_token month = p->now;
        int64_t m = month.micro / EXPR_ONE, d;
        enum status st;

        if (month.kind != EXPR_TOKEN_NUMBER || month.unit.n ||
            month.text.n != 2 || m < 1 || m > 12)
                return part_fault(
                        p, month.at, ERR_TYPE,
                        "a date is missing: month and day, such as 04-15");
        st = part_advance(p);
        if (st == OK)
                st = part_expect(p, "-", "between month and day");
        if (st != OK)
                return st;
        d = p->now.micro / EXPR_ONE;
        if (p->now.kind != EXPR_TOKEN_NUMBER || p->now.unit.n ||
            p->now.text.n != 2 || d < 1 || d > days[m - 1])
                return part_fault(p, p->now.at, ERR_RANGE,
                                  "month %lld has no such day", (long long)m);
        *ret_mmdd = m * 100 + d;
        return part_advance(p);
}

static enum status call_season(struct parser *p, struct kind *ret)
{
        int64_t from = 0, to = 0;
        enum status st = take_date(p, &from);

        if (st == OK)
                st = part_expect(p, ",", "between the two dates");
        if (st == OK)
                st = take_date(p, &to);
        if (st != OK)
                return st;
        ret->truth = true;
        return part_emit(p, EXPR_SEASON, ELEMENT_count, from * 10000 + to);
}

static enum status parse_call(struct parser *p, size_t f, struct kind *ret)
{
        enum status st = part_advance(p);
        char where[64];

        snprintf(where, sizeof where, "here, as in %s", functions[f].use);
        if (st == OK)
                st = part_expect(p, "(", where);
        if (st != OK)
                return st;
        switch (functions[f].code) {
        case EXPR_SUM:
                st = call_sum(p, ret);
                break;
        case EXPR_DRY_DAYS:
                st = call_dry_days(p, ret);
                break;
        case EXPR_SEASON:
                st = call_season(p, ret);
                break;
        case EXPR_FORECAST:
                st = call_forecast(p, ret);
                break;
        case EXPR_SILENT:
                st = call_silent(p, ret);
                break;
        case EXPR_COUNT:
                st = part_count(p, ret);
                break;
        case EXPR_AREAL:
                st = part_areal(p, ret);
                break;
        default:
                st = call_window(p, functions[f].code, ret);
                break;
        }
        if (st != OK)
                return st;
        ret->end = p->pos;
        return part_expect(p, ")", where);
}

static enum status parse_station(struct parser *p, struct kind *ret)
{
        enum line_base base;
        enum status st = part_advance(p);

        if (st == OK)
                st = part_expect(p, ".", "behind station, as in station.WRZ");
        if (st != OK)
                return st;
        if (p->zone)
                return part_fault(p, ret->at, ERR_TYPE,
                                  "a zone has no levels: stations do");
        if (p->now.kind != EXPR_TOKEN_NAME ||
            !line_base_from(p->now.text, &base) || base == LINE_VALUE)
                return err_fault(
                        p->e,
                        part_fault(
                                p, p->now.at, ERR_UNKNOWN,
                                "a station has near, WRZ, GRZ, OBHTZ, FSLTDZ, "
                                "LDKEL, RDKEL, DKEL and LAZ"),
                        FAULT_ATTRIBUTE);
        ret->unit = "m";
        ret->end = p->pos;
        if (part_emit(p, EXPR_STATION, ELEMENT_count, (int64_t)base) != OK)
                return ERR_SIZE;
        return part_advance(p);
}

enum status part_name(struct parser *p, struct kind *ret)
{
        enum element el = ELEMENT_count;
        enum status st;
        size_t i;

        *ret = (struct kind){.unit = "",
                             .element = ELEMENT_count,
                             .at = p->now.at,
                             .end = p->pos};
        for (i = 0; i < sizeof functions / sizeof *functions; i++)
                if (text_is(p->now.text, functions[i].name))
                        return parse_call(p, i, ret);
        if (part_is_word(p, "station"))
                return parse_station(p, ret);
        st = take_element(p, &el);
        if (st != OK)
                return st;
        ret->unit = element_info(el)->unit;
        ret->element = el;
        ret->bounded = true;
        return part_emit(p, EXPR_VALUE, el, 0);
}
