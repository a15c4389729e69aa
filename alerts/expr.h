/* alerts/expr.h -- the expression of one line of a rule: checked once,
 * judged often.
 *
 * In:     text such as "sum(rain, 3h) >= 50 mm and Z >= station.WRZ";
 *         the language is docs/rules.md#expressions.
 * Holds:  everything is checked when the text is read: names, units and
 *         windows.  Judging cannot fail and has no floating point: numbers
 *         are whole millionths of their unit.
 *         A number is what is known of it: the interval from low to high.
 *         A sum with parts missing is at least what fell; what nothing is
 *         known of is anything.  So "cannot say" comes out of arithmetic
 *         and is never taken for "no".
 * Thread: any; a compiled expression is read only. */
#ifndef ALERTS_EXPR_H
#define ALERTS_EXPR_H

#include "schemas/element.h"
#include "schemas/obs.h"
#include "schemas/place.h"
#include "schemas/status.h"
#include "schemas/text.h"

#define EXPR_OPS_MAX 96
#define EXPR_DEPTH_MAX 16             /* of the stack, and of brackets */
#define EXPR_ELEMENTS_MAX 8           /* different elements in one expression */
#define EXPR_WINDOW_MAX_US HORIZON_US /* older values are not kept */
#define EXPR_ONE INT64_C(1000000)     /* millionths */
#define EXPR_CLAUSES_MAX 4            /* of one expression */
#define EXPR_RADIUS_M 100             /* distances are multiples of it */

/* NOT_SET: the station has no such threshold, the line is not compared. */
enum truth { TRUTH_NOT_SET, TRUTH_NO, TRUTH_CANNOT_SAY, TRUTH_YES };

enum expr_code {
        EXPR_NUMBER, /* value */
        EXPR_VALUE,  /* element */
        EXPR_SUM,    /* of rain; value: window in us */
        EXPR_MAX,    /* element, window; so the next four */
        EXPR_MIN,
        EXPR_MEAN,
        EXPR_RATE,
        EXPR_CHANGE,
        EXPR_DRY_DAYS, /* value: rain that ends a dry spell, thousandths */
        EXPR_STATION,  /* value: enum line_base */
        EXPR_FORECAST, /* element, window: the highest, or the rain, of it */
        /* Of a zone: */
        EXPR_COUNT, /* value: index of the clause that its stations meet */
        EXPR_AREAL, /* value: window */
        /* Of a zone, or within element * EXPR_RADIUS_M of a station: */
        EXPR_INCIDENTS, /* value: window */
        EXPR_PEOPLE,    /* value: window; all of them */
        EXPR_PEOPLE_MOST,
        EXPR_SEASON, /* value: from * 10000 + to, each MMDD */
        EXPR_SILENT, /* value: reporting intervals */
        EXPR_NEGATE,
        EXPR_ADD,
        EXPR_SUBTRACT,
        EXPR_TIMES, /* the factor lies on top; so for the next */
        EXPR_OVER,
        EXPR_AT_LEAST, /* >=; element and value: what is shown of it */
        EXPR_ABOVE,    /* > */
        EXPR_AT_MOST,  /* <= */
        EXPR_BELOW,    /* < */
        EXPR_NOT,
        EXPR_AND,
        EXPR_OR
};

struct expr_op {
        uint8_t code;     /* enum expr_code */
        int8_t slack;     /* comparisons: +1, -1 under "not", 0: none */
        uint16_t element; /* ELEMENT_count: none */
        int64_t value;
};

struct expr {
        struct expr_op *op; /* in the order of a stack machine */
        uint32_t n_ops;
        enum element element[EXPR_ELEMENTS_MAX]; /* but rain */
        uint32_t n_elements;
        bool rain;             /* looks at the station's rain series */
        int64_t widest_us;     /* its longest window */
        enum element forecast; /* looked at; ELEMENT_count: none */
        bool ticks;            /* silence or incidents: time alone changes it */
        bool incidents;
        struct expr *clause; /* what is counted in a zone */
        uint32_t n_clauses;
};

/* Reads and checks t, said of a station or of a zone.  On failure *ret_at is
 * the byte in t where the mistake begins, and the message says what is wrong
 * and what to write. */
enum status expr_compile(struct text t, bool over_zone, struct expr *ret,
                         uint32_t *ret_at, struct err *e);
void expr_done(struct expr *x);

struct engine;
struct subject;
struct forecast;

/* What an expression is judged on: the data of a station up to at_us, or
 * of a zone's stations.  engine and places may be NULL where the expression
 * looks at neither incidents nor a zone. */
struct expr_data {
        const struct subject *u;
        const struct station *station; /* NULL: a zone */
        int64_t at_us;
        const struct engine *engine;
        const struct places *places;
        uint32_t rule, line;        /* of a zone: where it stands */
        const struct forecast *run; /* that is judged; NULL: none */
        uint32_t steps;             /* of it that are looked at */
};

/* What came of it.  What is shown is of the first comparison that holds,
 * else of the first one, in thousandths. */
struct expr_result {
        enum truth strict;
        enum truth relaxed; /* with each limit eased by the slack */
        int64_t value_milli, threshold_milli;
        enum element element; /* ELEMENT_count: none */
        int64_t window_us;    /* of a sum of rain */
};

void expr_judge(const struct expr *x, const struct expr_data *d,
                int64_t slack_milli, struct expr_result *ret);

/* ---- expr_imply.c ---- */
/* Does b hold whenever a does, and does x never hold, whatever the data?
 * False: not known. */
bool expr_implies(const struct expr *a, const struct expr *b);
bool expr_never(const struct expr *x);
/* Is it made of sums of rain that reach limits and of nothing else, so that
 * it cannot begin to hold while it is dry? */
bool expr_sums_only(const struct expr *x);

/* ---- expr_lex.c ---- */
enum expr_token_kind {
        EXPR_TOKEN_END,
        EXPR_TOKEN_NUMBER,
        EXPR_TOKEN_NAME,
        EXPR_TOKEN_SIGN, /* ( ) , . + - * / >= > <= < */
};

struct expr_token {
        enum expr_token_kind kind;
        struct text text; /* of a number: without its unit */
        struct text unit; /* of a number; empty: none */
        int64_t micro;    /* of a number, in the unit written */
        uint32_t at;      /* byte where it begins */
        uint32_t unit_at;
};

/* Cuts the next token off t at *pos. */
enum status expr_next(struct text t, uint32_t *pos, struct expr_token *ret,
                      struct err *e);

/* ---- expr_unit.c ---- */
/* The unit in which numbers of that unit are kept ("m" for "cm"), and what
 * one is worth there, as num / den; NULL: no such unit.  Time is in "s",
 * so that its millionths are microseconds. */
const char *expr_unit_base(struct text name, int64_t *ret_num,
                           int64_t *ret_den);
/* The unit per hour; NULL when there is none. */
const char *expr_unit_per_hour(const char *unit);

#endif
