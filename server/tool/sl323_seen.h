/* server/tool/sl323_seen.h -- which rows were imported already.
 *
 * Holds:  for each table the newest TM, and a hash of every row that was
 *         taken within HORIZON_US before it; so a late row is taken, a
 *         changed one is taken again, and none twice.
 * Source: the state file, docs/operations.md#sl323.
 * Thread: one owner. */
#ifndef SERVER_TOOL_SL323_SEEN_H
#define SERVER_TOOL_SL323_SEEN_H

#include "schemas/status.h"
#include "schemas/time.h"
#include "server/tool/sl323_read.h"

#define SL323_HORIZON_US (72 * HOUR_US)

struct sl323_mark {
        uint64_t hash;
        int64_t tm_us;
        enum sl323_table table;
};

struct sl323_seen {
        int64_t newest_us[sl323_table_count]; /* TIME_NONE: never */
        struct sl323_mark *mark;
        size_t n, cap;
        size_t n_sorted; /* by hash; those behind came in this run */
};

/* A file that is not there is an empty set. */
enum status sl323_seen_load(struct sl323_seen *s, const char *path,
                            struct err *e);
enum status sl323_seen_save(struct sl323_seen *s, const char *path,
                            struct err *e);
void sl323_seen_done(struct sl323_seen *s);

bool sl323_seen_has(const struct sl323_seen *s, enum sl323_table t,
                    const struct sl323_row *r);
enum status sl323_seen_add(struct sl323_seen *s, enum sl323_table t,
                           const struct sl323_row *r, struct err *e);
/* Rows up to here are taken as imported; TIME_NONE: none are. */
int64_t sl323_seen_begin(const struct sl323_seen *s, enum sl323_table t);

#endif
