/* test/server/pg_temp.h -- a PostgreSQL of the test's own.
 *
 * A private folder under /var/tmp, a Unix socket in it and a free port on
 * 127.0.0.1.  PostgreSQL refuses root: as root it runs under the uid of
 * postgres, or nobody where there is none. */
#ifndef TEST_SERVER_PG_TEMP_H
#define TEST_SERVER_PG_TEMP_H

#include <stdbool.h>
#include <sys/types.h>

struct pg_temp {
        char dir[64];
        char uri[256]; /* over the Unix socket */
        int port;
        pid_t pid; /* the postmaster, 0 when it does not run */
};

/* NULL when the programs are there, else what is missing. */
const char *pg_temp_missing(void);
bool pg_temp_create(struct pg_temp *t); /* initdb and start */
/* A streaming standby of t, started. */
bool pg_temp_standby(const struct pg_temp *t, struct pg_temp *ret);
bool pg_temp_promote(struct pg_temp *t);       /* waits until it takes writes */
bool pg_temp_start(struct pg_temp *t);         /* waits until it answers */
void pg_temp_kill(struct pg_temp *t, int sig); /* and waits for its end */
void pg_temp_destroy(struct pg_temp *t);
/* One number or text out of it, by psql; "" on failure. Static memory. */
const char *pg_temp_ask(const struct pg_temp *t, const char *sql);

/* A folder of mkdtemp(".../sanfang-...") and all in it. */
void temp_dir_remove(const char *dir);

#endif
