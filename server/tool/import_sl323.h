/* server/tool/import_sl323.h -- what the parts of `sanfang import sl323`
 * share: rows go in here, records go out by the door. */
#ifndef SERVER_TOOL_IMPORT_SL323_H
#define SERVER_TOOL_IMPORT_SL323_H

#include "schemas/wire/obs.h"
#include "server/tool/sl323_seen.h"
#include "server/tool/tool.h"

#define SL323_CHUNK 20000
#define SL323_UNKNOWN_MAX 1000
#define SL323_WORDS_MAX 10 /* refusals that are told one by one */

struct sl323_counts {
        uint64_t read, known, old, wrong, unknown, refused, values;
};

struct sl323_import {
        struct door *door;
        struct sl323_seen seen;
        int64_t begin_us[sl323_table_count]; /* of this run */
        int64_t from_us;                     /* --from; TIME_NONE: not given */
        int64_t interval_us;
        int64_t now_us, told_us, saved_us;
        const char *by, *state_file;
        bool strict;
        struct sl323_counts counts;
        enum sl323_table table; /* of the chunk */
        struct sl323_row *chunk;
        size_t n;
        struct obs_message message;
        char unknown[SL323_UNKNOWN_MAX][CODE_MAX + 1];
        uint32_t n_unknown;
};

enum status sl323_begin(struct sl323_import *s, const char *state_dir,
                        struct err *e);
/* Fields of one row; where is what stands before an error: "FILE:LINE". */
enum status sl323_take(struct sl323_import *s, enum sl323_table t,
                       const struct text *field, const char *where,
                       struct err *e);
/* What is collected goes to the server, and the state file is written. */
enum status sl323_flush(struct sl323_import *s, struct err *e);
void sl323_end(struct sl323_import *s);

/* sl323_csv.c, sl323_db.c: all rows of one source. */
enum status sl323_from_csv(struct sl323_import *s, enum sl323_table t,
                           const char *path, struct err *e);
enum status sl323_from_db(struct sl323_import *s, const char *uri,
                          const char *schema, const char *const *names,
                          struct err *e);

#endif
