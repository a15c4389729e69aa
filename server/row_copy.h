/* server/row_copy.h -- observations and rain slots as rows of a binary COPY.
 *
 * They are nearly all that the archive writes, so they travel as bytes that
 * PostgreSQL takes as they are; all other tables go as JSON (row.h).
 * In:     the station's code, since effects name stations by index.
 * Out:    a tag, times and the tuple, appended to the rows of a record.
 * Holds:  a tag is below 0x20, a JSON row begins with a letter.
 * Source: PostgreSQL 15, COPY, "Binary Format"; numeric_send, array_send.
 * Thread: any; pure. */
#ifndef SERVER_ROW_COPY_H
#define SERVER_ROW_COPY_H

#include "schemas/buf.h"
#include "schemas/obs.h"

/* A ROW_FRESH is first of its key as far as the sensors remember; a
 * ROW_MERGE may meet a row of long ago; a ROW_REVISION replaces what is
 * there, which is kept beside (sanfang.observation_revision). */
enum row_kind { ROW_FRESH = 1, ROW_MERGE, ROW_REVISION, ROW_RAIN };

struct copy_row {
        enum row_kind kind;
        int64_t time_us, received_us; /* for the partitions */
        struct text tuple;
};

/* Columns: station, element, time, value, missing, marks, received_at,
 * seq, item. */
#define ROW_OBSERVATION_COLUMNS \
        "station,element,time,value,missing,marks,received_at,seq,item"
void row_copy_observation(struct buf *rows, const char *station,
                          const struct observation *x);
/* Columns: station, begin_at, time, value, source, raw, seq. */
#define ROW_RAIN_COLUMNS "station,begin_at,time,value,source,raw,seq"
void row_copy_rain(struct buf *rows, const char *station,
                   const struct rain_slot *x);

/* Cuts a COPY row off the front of rest; false, and nothing is cut, when
 * something else stands there. */
bool row_copy_cut(struct text *rest, struct copy_row *ret);
/* The bytes of an observation's tuple that name station, element and time:
 * equal for the same key. */
struct text row_copy_key(struct text tuple);
/* How many rows of both sorts there are. */
uint32_t row_count(struct text rows);

/* What the record gave to the rules (prepare.h), beside the rows and not one
 * of them: a tag, a length, the bytes. */
size_t row_chunk_begin(struct buf *rows);
/* from: what row_chunk_begin() said; an empty chunk is taken away. */
void row_chunk_end(struct buf *rows, size_t from);
bool row_chunk_cut(struct text *rest, struct text *ret_chunk);

/* What stands before the first tuple and after the last. */
void row_copy_begin(struct buf *b);
void row_copy_end(struct buf *b);
/* The tuple for people: a JSON array, what is no text as hex. */
void row_copy_describe(struct text tuple, struct buf *b);

#endif
