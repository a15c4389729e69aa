/* sensors/applicant.h -- unknown stations wait here with what they sent.
 *
 * In:     whole records of a name that is not in the book.
 * Out:    the same records, in their order, when it is admitted.
 * Holds:  at most APPLICANTS_MAX names, APPLICANT_MESSAGES of each, and
 *         APPLICANTS_BYTES in all.  When a name has too many the oldest
 *         goes; a name that was dismissed keeps nothing and makes room
 *         for another.  What goes stays in the journal and in quarantine,
 *         and is counted.
 * Thread: one owner; pure. */
#ifndef SENSORS_APPLICANT_H
#define SENSORS_APPLICANT_H

#include "schemas/applicant.h"
#include "schemas/pack.h"
#include "schemas/record.h"

#define APPLICANTS_MAX 256
#define APPLICANT_MESSAGES 64
#define APPLICANT_MESSAGE_BYTES 16384u
#define APPLICANTS_BYTES (4u << 20)

struct waiting {
        uint64_t seq;
        int64_t real_us, engine_us; /* when it came */
        enum record_kind kind;
        char *body; /* of the record: topic and payload */
        uint32_t n;
};

struct applicant {
        struct applicant_note note;
        struct waiting *at; /* oldest first; note.waiting of them */
        bool keeps;         /* an SL 651 terminal that keeps its link (2F) */
};

struct applicants {
        struct applicant *at; /* in the order in which they came */
        uint32_t n;
        uint64_t bytes;
};

void applicants_done(struct applicants *a);
const struct applicant *applicants_find(const struct applicants *a,
                                        struct text name);

/* Keeps one record.  *ret is its applicant, NULL when there is no room for
 * another name; *ret_dropped counts messages that went. */
enum status applicants_put(struct applicants *a, const char *name,
                           const struct record *r, int64_t engine_us,
                           const struct applicant **ret, uint64_t *ret_dropped,
                           struct err *e);
/* It says that it lives, and nothing to wait for. */
enum status applicants_link(struct applicants *a, const char *name,
                            const struct record *r, int64_t engine_us,
                            const struct applicant **ret, struct err *e);
/* Does this record, or the same again, wait? */
bool applicant_holds(const struct applicant *x, const struct record *r);
/* Takes the applicant out of the list; the caller frees it. */
bool applicants_take(struct applicants *a, struct text name,
                     struct applicant *ret);
void applicant_done(struct applicant *x);
/* Forgets what it sent; later messages are only counted.  NULL: unknown. */
const struct applicant *applicants_dismiss(struct applicants *a,
                                           struct text name);

void applicants_save(const struct applicants *a, struct buf *b);
enum status applicants_load(struct applicants *a, struct unpack *u,
                            struct err *e);

#endif
