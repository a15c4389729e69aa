/* server/tool/sl323_read.h -- rows of the hydrology bureau's tables
 * (SL 323-2011) as values of ours.
 *
 * In:     fields of ST_PPTN_R, ST_RIVER_R or ST_RSVR_R as text; times are
 *         Beijing wall time without an offset.
 * Out:    station code, time, elements.
 * Holds:  an empty field says nothing; it never becomes 0.
 * Thread: any; no state. */
#ifndef SERVER_TOOL_SL323_READ_H
#define SERVER_TOOL_SL323_READ_H

#include "schemas/element.h"
#include "schemas/place.h"
#include "schemas/text.h"

#define SL323_TABLES(X)              \
        X(SL323_PPTN, "ST_PPTN_R")   \
        X(SL323_RIVER, "ST_RIVER_R") \
        X(SL323_RSVR, "ST_RSVR_R")

enum sl323_table {
#define X(code, name) code,
        SL323_TABLES(X)
#undef X
                sl323_table_count
};

#define SL323_COLUMNS_MAX 8
#define SL323_VALUES_MAX 5

const char *sl323_table_name(enum sl323_table t);
bool sl323_table_from(struct text t, enum sl323_table *ret);
/* The columns that are read, NULL at the end; STCD and TM come first. */
const char *const *sl323_columns(enum sl323_table t);

struct sl323_row {
        char stcd[CODE_MAX + 1];
        int64_t tm_us;
        struct sl323_value {
                enum element element;
                int64_t value_milli;
        } value[SL323_VALUES_MAX];
        uint32_t n;
};

/* field[i] belongs to sl323_columns(t)[i]; p NULL or n 0: nothing there.
 * An error begins with the column's name.  interval_us is what a rain row
 * without INTV means, 0: such a row is an error. */
enum status sl323_row(enum sl323_table t, const struct text *field,
                      int64_t interval_us, struct sl323_row *ret,
                      struct err *e);

/* INTV "h.mm": 0.05 is five minutes, 1.30 an hour and a half. */
bool sl323_interval(struct text t, int64_t *ret_us);

#endif
