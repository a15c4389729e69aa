/* server/adapter/pg.c -- see pg.h; the only file that includes libpq. */
#include "server/adapter/pg.h"
#include "server/mono.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Beyond its own statement_timeout a living server needs no longer. */
#define GRACE_MS 2000
#define LAST_MS 1000 /* for an answer once we are to stop */
#define LOOK_MS 200  /* between two looks at that */

struct pg {
        PGconn *conn;
        PGresult *result; /* of the last statement, may be NULL */
        int answer_ms;    /* the server has this long for one statement */
        const atomic_bool *stop;
        bool dead; /* it did not answer: the connection is useless */
        char sqlstate[6];
        char error[200];
};

/* libpq messages are several lines; we keep them as one. */
static void one_line(char *dst, size_t cap, const char *s)
{
        size_t n = 0;

        for (; *s && n + 1 < cap; s++) {
                if (*s == '\n' && !s[1])
                        break;
                dst[n++] = *s == '\n' || *s == '\t' ? ' ' : *s;
        }
        /* Never leave half a character at the cut. */
        if (*s)
                while (n > 0 && ((unsigned char)dst[n - 1] & 0x80)) {
                        n--;
                        if (((unsigned char)dst[n] & 0xC0) == 0xC0)
                                break;
                }
        dst[n] = 0;
}

static void say_nothing(void *self, const PGresult *r)
{
        (void)self;
        (void)r;
}

/* "a,b,c" by one: "b,c,a"; what is no list stays. */
static void rotate(char *list, unsigned by)
{
        char *comma, first[256];
        size_t n, rest;

        for (; by > 0 && (comma = strchr(list, ',')); by--) {
                n = (size_t)(comma - list);
                if (n >= sizeof(first))
                        return;
                memcpy(first, list, n);
                rest = strlen(comma + 1);
                memmove(list, comma + 1, rest);
                list[rest] = ',';
                memcpy(list + rest + 1, first, n);
        }
}

/* The hosts of the string in another order; NULL: as they stand there. */
static PQconninfoOption *turn_hosts(const struct pg_config *c)
{
        PQconninfoOption *all, *o;

        if (c->first_host == 0)
                return NULL;
        all = PQconninfoParse(c->uri, NULL);
        for (o = all; o && o->keyword; o++)
                if (o->val && (!strcmp(o->keyword, "host") ||
                               !strcmp(o->keyword, "hostaddr") ||
                               !strcmp(o->keyword, "port")))
                        rotate(o->val, c->first_host % 16);
        return all;
}

static const char *turned(const PQconninfoOption *o, const char *key)
{
        while (o && o->keyword && strcmp(o->keyword, key) != 0)
                o++;
        return o && o->keyword ? o->val : NULL;
}

static PGconn *connect_with(const struct pg_config *c)
{
        PQconninfoOption *hosts = turn_hosts(c);
        PGconn *conn;

        /* What stands before dbname is a default; the string wins, and
         * what stands behind it wins over both. */
        const char *keys[] = {"connect_timeout",
                              "keepalives",
                              "keepalives_idle",
                              "keepalives_interval",
                              "keepalives_count",
                              "tcp_user_timeout",
                              "target_session_attrs",
                              "dbname",
                              "host",
                              "hostaddr",
                              "port",
                              "fallback_application_name",
                              "client_encoding",
                              NULL};
        const char *values[] = {"3",
                                "1",
                                "10",
                                "5",
                                "3",
                                "10000",
                                c->read_only ? "any" : "read-write",
                                c->uri,
                                turned(hosts, "host"),
                                turned(hosts, "hostaddr"),
                                turned(hosts, "port"),
                                c->name,
                                "UTF8",
                                NULL};

        conn = PQconnectdbParams(keys, values, 1);
        PQconninfoFree(hosts);
        return conn;
}

static enum pg_outcome protect(struct pg *p, const struct pg_config *c)
{
        char sql[400];

        snprintf(sql, sizeof(sql),
                 "SET statement_timeout = %d; SET lock_timeout = %d;"
                 "SET idle_in_transaction_session_timeout = %d;"
                 "SET timezone = 'Asia/Shanghai'; SET datestyle = 'ISO';"
                 "SET standard_conforming_strings = on; SET jit = off;"
                 "SET default_transaction_read_only = %s",
                 c->statement_timeout_ms, c->lock_timeout_ms,
                 c->statement_timeout_ms, c->read_only ? "on" : "off");
        return pg_script(p, sql);
}

enum status pg_open(const struct pg_config *c, struct pg **ret, struct err *e)
{
        struct pg *p = calloc(1, sizeof(*p));
        enum status st = OK;

        if (!p)
                return err_set(e, ERR_MEMORY, "a database connection");
        p->conn = connect_with(c);
        if (PQstatus(p->conn) != CONNECTION_OK) {
                one_line(p->error, sizeof(p->error), PQerrorMessage(p->conn));
                st = err_set(e, ERR_UNAVAILABLE, "PostgreSQL: %s", p->error);
                goto out;
        }
        PQsetNoticeReceiver(p->conn, say_nothing, NULL);
        PQsetnonblocking(p->conn, 1);
        p->answer_ms = c->statement_timeout_ms + GRACE_MS;
        p->stop = c->stop;
        if (protect(p, c) != PG_DONE) {
                st = err_set(e, ERR_UNAVAILABLE, "PostgreSQL: %s", p->error);
                goto out;
        }
        *ret = p;
        p = NULL;
out:
        pg_close(p);
        return st;
}

void pg_close(struct pg *p)
{
        if (!p)
                return;
        PQclear(p->result);
        PQfinish(p->conn);
        free(p);
}

enum status pg_environment(const char *uri, struct err *e)
{
        char *why = NULL;
        PQconninfoOption *all = PQconninfoParse(uri, &why), *o;

        if (!all) {
                err_set(e, ERR_CONFIG, "database: %s", why ? why : "?");
                PQfreemem(why);
                return ERR_CONFIG;
        }
        for (o = all; o->keyword; o++)
                if (o->val && o->envvar)
                        setenv(o->envvar, o->val, 1);
        PQconninfoFree(all);
        return OK;
}

/* XX000 is also what PostgreSQL says when a file fails in a way that it has
 * no class for (a quota is used up, a file is too large): told apart by the
 * source file, since words are translated. */
static bool is_storage(const char *source_file)
{
        static const char *const names[] = {
                "bufmgr.c", "buffile.c",   "copydir.c", "fd.c",
                "md.c",     "relmapper.c", "slru.c",    "xlog.c"};
        const char *name = source_file ? strrchr(source_file, '/') : NULL;
        size_t i;

        name = name ? name + 1 : source_file;
        for (i = 0; name && i < sizeof(names) / sizeof(*names); i++)
                if (!strcmp(name, names[i]))
                        return true;
        return false;
}

/* Classes of SQLSTATE: 22 data, 23 constraint, 21 cardinality, 54 limit of
 * the program, P0 raised in a function, XX000 what PostGIS says about bad
 * geometry.  40 rolled back, 53 resources, 55 object in use, 57 operator
 * intervention, 58 system, 25 transaction state, XX001 damage: later. */
static enum pg_outcome outcome_of(const struct pg *p, const char *source_file)
{
        static const char *const poison[] = {"21", "22", "23", "54", "P0"};
        static const char *const later[] = {"25", "40", "53", "55", "57", "58"};
        size_t i;

        if (p->dead || PQstatus(p->conn) != CONNECTION_OK || !p->sqlstate[0] ||
            !strncmp(p->sqlstate, "08", 2))
                return PG_LOST;
        if (!strcmp(p->sqlstate, "25006")) /* now a read-only standby */
                return PG_LOST;
        for (i = 0; i < sizeof(poison) / sizeof(*poison); i++)
                if (!strncmp(p->sqlstate, poison[i], 2))
                        return PG_POISON;
        for (i = 0; i < sizeof(later) / sizeof(*later); i++)
                if (!strncmp(p->sqlstate, later[i], 2))
                        return PG_RETRY;
        if (!strcmp(p->sqlstate, "XX000") && !is_storage(source_file))
                return PG_POISON;
        return !strncmp(p->sqlstate, "XX", 2) ? PG_RETRY : PG_WRONG;
}

static enum pg_outcome settle(struct pg *p, PGresult *r)
{
        ExecStatusType s = PQresultStatus(r);
        const char *state, *words, *file;

        PQclear(p->result);
        p->result = r;
        p->sqlstate[0] = 0;
        if (s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK)
                return PG_DONE;

        state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
        words = r ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : NULL;
        file = r ? PQresultErrorField(r, PG_DIAG_SOURCE_FILE) : NULL;
        snprintf(p->sqlstate, sizeof(p->sqlstate), "%s", state ? state : "");
        one_line(p->error, sizeof(p->error),
                 p->dead ? "PostgreSQL accepts, but does not answer"
                 : words ? words
                         : PQerrorMessage(p->conn));
        return outcome_of(p, file);
}

/* Sends what waits and reads until a result is whole.  The timeouts of
 * the server help nothing when the server itself hangs, so we have our
 * own; false when it passed or the line broke. */
static bool wait_result(struct pg *p)
{
        int64_t until = mono_ms() + p->answer_ms, left;
        bool last = false;
        struct pollfd fd;
        int unsent;

        for (;;) {
                unsent = PQflush(p->conn);
                if (unsent < 0)
                        return false;
                if (!unsent && !PQisBusy(p->conn))
                        return true;
                if (!last && p->stop && atomic_load(p->stop)) {
                        last = true;
                        if (until > mono_ms() + LAST_MS)
                                until = mono_ms() + LAST_MS;
                }
                left = until - mono_ms();
                fd.fd = PQsocket(p->conn);
                fd.events = (short)(POLLIN | (unsent ? POLLOUT : 0));
                if (left <= 0) {
                        p->dead = true;
                        return false;
                }
                if (poll(&fd, 1, left < LOOK_MS ? (int)left : LOOK_MS) > 0 &&
                    (fd.revents & ~POLLOUT) && !PQconsumeInput(p->conn))
                        return false;
        }
}

/* The last result of what was sent, or the first that failed. */
static PGresult *collect(struct pg *p)
{
        PGresult *kept = NULL, *r;
        bool failed = false;

        while (wait_result(p) && (r = PQgetResult(p->conn))) {
                if (failed) {
                        PQclear(r);
                        continue;
                }
                PQclear(kept);
                kept = r;
                failed = PQresultStatus(r) == PGRES_FATAL_ERROR;
        }
        if (!p->dead && PQstatus(p->conn) == CONNECTION_OK)
                return kept;
        if (!failed) { /* half an answer is none */
                PQclear(kept);
                kept = NULL;
        }
        return kept;
}

enum pg_outcome pg_run(struct pg *p, const char *sql, int n,
                       const char *const *params)
{
        bool sent = !p->dead && PQsendQueryParams(p->conn, sql, n, NULL, params,
                                                  NULL, NULL, 0);

        return settle(p, sent ? collect(p) : NULL);
}

enum pg_outcome pg_script(struct pg *p, const char *sql)
{
        bool sent = !p->dead && PQsendQuery(p->conn, sql);

        return settle(p, sent ? collect(p) : NULL);
}

/* The answer to COPY itself: the server waits for the rows. */
static bool copy_opened(struct pg *p, PGresult **ret)
{
        *ret = wait_result(p) ? PQgetResult(p->conn) : NULL;
        return *ret && PQresultStatus(*ret) == PGRES_COPY_IN;
}

enum pg_outcome pg_copy(struct pg *p, const char *sql, struct text bytes)
{
        PGresult *r = NULL;

        if (p->dead || !PQsendQuery(p->conn, sql))
                return settle(p, NULL);
        if (!copy_opened(p, &r)) {
                if (r)
                        PQclear(collect(p)); /* to the end of the answer */
                return settle(p, r);
        }
        PQclear(r);
        /* Not blocking: libpq keeps what the line does not take yet, and
         * collect() sends it on. */
        if (PQputCopyData(p->conn, bytes.p, (int)bytes.n) != 1 ||
            PQputCopyEnd(p->conn, NULL) != 1)
                return settle(p, NULL);
        return settle(p, collect(p));
}

int pg_patience(struct pg *p, int answer_ms)
{
        int was = p->answer_ms;

        p->answer_ms = answer_ms;
        return was;
}

enum pg_outcome pg_commit(struct pg *p)
{
        enum pg_outcome o = pg_script(p, "COMMIT");

        /* A failed transaction "commits" as a rollback, politely. */
        if (o == PG_DONE && strcmp(PQcmdStatus(p->result), "COMMIT") != 0) {
                snprintf(p->error, sizeof(p->error),
                         "the transaction had failed before");
                return PG_RETRY;
        }
        return o;
}

int64_t pg_rows(const struct pg *p)
{
        const char *s;

        if (!p->result)
                return 0;
        s = PQcmdTuples(p->result);
        return *s ? strtoll(s, NULL, 10) : PQntuples(p->result);
}

struct text pg_value(const struct pg *p, int row, int column)
{
        if (!p->result || row >= PQntuples(p->result) ||
            column >= PQnfields(p->result) ||
            PQgetisnull(p->result, row, column))
                return (struct text){NULL, 0};
        return (struct text){PQgetvalue(p->result, row, column),
                             (size_t)PQgetlength(p->result, row, column)};
}

void pg_bytes(const struct pg *p, int row, int column, struct buf *ret)
{
        struct text t = pg_value(p, row, column);
        size_t n = 0;
        unsigned char *bytes =
                t.p ? PQunescapeBytea((const unsigned char *)t.p, &n) : NULL;

        buf_clear(ret);
        if (bytes)
                buf_add(ret, bytes, n);
        else
                ret->failed |= t.p != NULL;
        PQfreemem(bytes);
}

const char *pg_sqlstate(const struct pg *p)
{
        return p->sqlstate;
}

const char *pg_error(const struct pg *p)
{
        return p->error;
}
