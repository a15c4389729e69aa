/* server/rules_book.h -- the rule table in force as it was written, and the
 * drafts that officers work on.
 *
 * A draft is the exact text of a table, known by its SHA-256.  It may be put
 * in force once it was back-tested, or confirmed by a second person, against
 * the table that is in force now: when that one goes, so do both.
 * Holds:  at most RULES_DRAFTS_MAX drafts; one more pushes the oldest out.
 * Thread: the owner of the state; pure. */
#ifndef SERVER_RULES_BOOK_H
#define SERVER_RULES_BOOK_H

#include "schemas/buf.h"
#include "schemas/pack.h"
#include "schemas/rule.h"
#include "schemas/status.h"
#include "schemas/text.h"

#define RULES_DRAFTS_MAX 16u
#define RULES_HASH 65
#define RULES_WHO 33

struct rules_text {
        char hash[RULES_HASH]; /* "": none */
        char name[33];
        uint32_t version;
        char *text; /* malloc'ed, n_text bytes */
        size_t n_text;
};

struct rules_draft {
        struct rules_text table;
        char author[RULES_WHO];
        int64_t drafted_us;        /* real time, as all times here */
        uint64_t seq;              /* of its last change */
        char tested_by[RULES_WHO]; /* "": it was not */
        char tested_against[RULES_HASH];
        int64_t tested_us;
        char *result; /* what `sanfang rules backtest --json` said */
        size_t n_result;
        char confirmed_by[RULES_WHO];
        char confirmed_against[RULES_HASH];
        int64_t confirmed_us;
};

struct rules_book {
        struct rules_text now; /* in force */
        char by[RULES_WHO];
        int64_t since_us;
        uint64_t seq;
        struct rules_draft draft[RULES_DRAFTS_MAX]; /* oldest first */
        uint32_t n_drafts;
};

void rules_book_init(struct rules_book *b);
void rules_book_done(struct rules_book *b);

/* SHA-256 of the text in hex. */
void rules_hash(struct text text, char ret_hex[RULES_HASH]);

/* Who did something, and when. */
struct rules_act {
        const char *user;
        int64_t real_us;
        uint64_t seq;
};

/* The table in force from now on. */
enum status rules_book_put(struct rules_book *b, struct text text,
                           const struct rule_set *set,
                           const struct rules_act *by, struct err *e);
/* Keeps a draft; one of the same text stays as it is.  ERR_CONFLICT when it
 * is what is in force, or has its name and version and says other things. */
enum status rules_book_draft(struct rules_book *b, struct text text,
                             const struct rule_set *set,
                             const struct rules_act *by, struct err *e);
struct rules_draft *rules_book_find(struct rules_book *b, const char *hash);
enum status rules_book_tested(struct rules_draft *d, const char *against,
                              struct text result, const struct rules_act *by,
                              struct err *e);
/* ERR_FORBIDDEN for the author himself. */
enum status rules_book_confirm(const struct rules_book *b,
                               struct rules_draft *d,
                               const struct rules_act *by, struct err *e);
/* May it be put in force?  Else ERR_CONFLICT, and why not. */
enum status rules_book_ready(const struct rules_book *b,
                             const struct rules_draft *d, struct err *e);
/* Was it back-tested, confirmed, against what is in force now? */
bool rules_book_is_tested(const struct rules_book *b,
                          const struct rules_draft *d);
bool rules_book_is_confirmed(const struct rules_book *b,
                             const struct rules_draft *d);

/* What a draft asks of people: nothing; that a second person reads it; that
 * its author reads the answer.  Nothing is asked for what was written before
 * the table in force came, or was written anew by its author. */
enum rules_ask { RULES_ASK_NOTHING, RULES_ASK_SECOND, RULES_ASK_AUTHOR };
enum rules_ask rules_book_asks(const struct rules_book *b,
                               const struct rules_draft *d);

void rules_book_save(const struct rules_book *b, struct buf *out);
enum status rules_book_load(struct rules_book *b, struct unpack *u,
                            struct err *e);

#endif
