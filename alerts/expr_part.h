/* alerts/expr_part.h -- what the files of the parser share: expr_parse.c
 * (the grammar), expr_call.c (names and functions) and expr_part.c (the
 * token at hand, faults, operations).
 *
 * Thread: any; no state. */
#ifndef ALERTS_EXPR_PART_H
#define ALERTS_EXPR_PART_H

#include "alerts/expr.h"

/* What a part of the text is. */
struct kind {
        bool truth;
        const char *unit; /* of a number; "": a bare number */
        bool literal;     /* value is known: micro */
        int64_t micro;
        enum element element; /* what to show of it; ELEMENT_count: none */
        bool bounded;         /* lies within what the element can be */
        int64_t shown_us;     /* window of a rain sum */
        uint32_t at, end;     /* bytes in the text */
};

extern const struct kind part_none;

struct parser {
        struct text t;
        uint32_t pos;          /* behind the token */
        uint32_t end;          /* of the token before */
        struct expr_token now; /* the token looked at */
        struct expr *x;
        bool zone;   /* said of a zone */
        bool clause; /* of one of its stations */
        struct expr_op op[EXPR_OPS_MAX];
        uint32_t n_ops;
        uint32_t numbers, truths; /* on the stacks at this point */
        uint32_t brackets;
        bool negated;           /* under an odd number of "not" */
        const char *slack_unit; /* of the first comparison */
        uint32_t at;            /* where the mistake is */
        struct err *e;
};
#define SHOWN(t) (int)(t).n, (t).p

/* ---- expr_part.c ---- */
/* Notes where the mistake is, and what. */
__attribute__((format(printf, 4, 5))) enum status
part_fault(struct parser *p, uint32_t at, enum status code, const char *fmt,
           ...);
enum status part_advance(struct parser *p);
bool part_is_sign(const struct parser *p, const char *sign);
bool part_is_word(const struct parser *p, const char *word);
/* The text of a part, for messages. */
struct text part_source(const struct parser *p, const struct kind *k);
enum status part_expect(struct parser *p, const char *sign, const char *where);
enum status part_emit(struct parser *p, enum expr_code code,
                      enum element element, int64_t value);
/* The expression looks at the element. */
enum status part_watch(struct parser *p, enum element el, uint32_t at);

/* Of the clauses too; the expression itself has no memory of its own. */
void part_drop(struct expr *x);

/* ---- expr_call.c ---- */
/* A length of time at the token, such as 3h. */
enum status part_window(struct parser *p, int64_t *ret_us);
/* ", 3h" */
enum status part_comma_window(struct parser *p, int64_t *ret_us);
/* "rain, 3h", of a station or a zone. */
enum status part_rain(struct parser *p, enum expr_code code, struct kind *ret);
/* A name at the token: an element, a function and its arguments, a level
 * of the station. */
enum status part_name(struct parser *p, struct kind *ret);

/* ---- expr_zone.c ---- */
/* The arguments of a function, behind its bracket. */
enum status part_count(struct parser *p, struct kind *ret);
enum status part_areal(struct parser *p, struct kind *ret);
enum status part_people(struct parser *p, bool most, struct kind *ret);

/* ---- expr_parse.c ---- */
/* All of a condition's operations, ret: in memory of its own. */
enum status part_finish(struct parser *p, struct expr *ret);
/* A condition, up to where it ends. */
enum status part_condition(struct parser *p, struct kind *ret);

#endif
