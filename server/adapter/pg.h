/* server/adapter/pg.h -- one connection to PostgreSQL, with every
 * protective timeout set (all are off by default in libpq and server).
 *
 * In:     a libpq connection string, which may name several hosts; what it
 *         says wins over the defaults here.  Who writes looks for the host
 *         that takes writes (target_session_attrs), who reads takes any.
 * Out:    outcomes that say what to do next, not SQLSTATEs.
 * Holds:  nothing between calls but the connection; text format only.
 * Thread: one owner at a time; every call may wait. */
#ifndef SERVER_ADAPTER_PG_H
#define SERVER_ADAPTER_PG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "schemas/buf.h"
#include "schemas/status.h"
#include "schemas/text.h"

struct pg;

struct pg_config {
        const char *uri;
        const char *name; /* application_name */
        /* Also the limit of an idle transaction; two seconds later we
         * give the connection up ourselves. */
        int statement_timeout_ms;
        int lock_timeout_ms;
        bool read_only; /* every transaction of it */
        /* Of several hosts, how many stand back behind the others. */
        unsigned first_host;
        /* NULL, or: once it is true an answer has one second more. */
        const atomic_bool *stop;
};

/* What became of a statement. */
enum pg_outcome {
        PG_DONE,
        PG_POISON, /* the data is wrong: will fail for ever */
        PG_RETRY,  /* deadlock, lock timeout, disk full...: try again */
        PG_LOST,   /* the connection is gone; a commit may have happened */
        PG_WRONG   /* our statement or the schema is wrong */
};

/* ERR_UNAVAILABLE when nobody answers within 3 s per host. */
enum status pg_open(const struct pg_config *c, struct pg **ret, struct err *e);
/* NULL is fine. */
void pg_close(struct pg *p);

/* Puts what the string says into PGHOST, PGPORT, PGPASSWORD... of this
 * process, for programs of PostgreSQL that it starts. */
enum status pg_environment(const char *uri, struct err *e);

/* One statement with n text parameters (NULL: SQL null).  The first
 * field of the first row can be had by pg_value until the next call. */
enum pg_outcome pg_run(struct pg *p, const char *sql, int n,
                       const char *const *params);
/* Several statements at once, without parameters (migrations). */
enum pg_outcome pg_script(struct pg *p, const char *sql);
/* sql is a COPY ... FROM STDIN, bytes all that it reads.  Never within
 * libpq's pipeline mode, where it would spin for ever. */
enum pg_outcome pg_copy(struct pg *p, const char *sql, struct text bytes);
/* How long to wait for one answer from now on; returns what it was. */
int pg_patience(struct pg *p, int answer_ms);
/* COMMIT; PG_RETRY when the server made a rollback of it. */
enum pg_outcome pg_commit(struct pg *p);

/* Rows changed or returned by the last statement. */
int64_t pg_rows(const struct pg *p);
/* A field of the last result as text; empty (p NULL) when it is null or
 * not there. */
struct text pg_value(const struct pg *p, int row, int column);
/* A bytea's bytes, into ret instead of what it had. */
void pg_bytes(const struct pg *p, int row, int column, struct buf *ret);
/* SQLSTATE ("" when the connection broke) and one line of words for the
 * last failure. */
const char *pg_sqlstate(const struct pg *p);
const char *pg_error(const struct pg *p);

#endif
