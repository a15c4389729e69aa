/* server/backtests.h -- back-tests of drafts, run by `sanfang` as a child.
 *
 * A worker waits for the child; the loop never does.  What it said goes
 * into the journal as a rules_tested command, for who asked.
 * Holds:  one runs at a time; it ends after BACKTEST_DEADLINE_S.
 * Thread: the loop. */
#ifndef SERVER_BACKTESTS_H
#define SERVER_BACKTESTS_H

#include "server/port.h"

#define BACKTEST_DEADLINE_S 900
#define BACKTEST_RESULT_MAX (448u << 10)

struct backtests;

/* NULL: no memory. */
struct backtests *backtests_create(const struct port *port);
/* Only when none runs any more. */
void backtests_free(struct backtests *b);
/* The one that runs ends soon, and says nothing. */
void backtests_stop(struct backtests *b);

/* ERR_FULL: another one runs.  ERR_UNKNOWN: no such draft. */
enum status backtests_start(struct backtests *b, const char *hash,
                            const char *user, struct err *e);

/* How the newest one is doing; "" hash: there was none. */
struct backtest_progress {
        char hash[65];
        bool running;
        int percent;
        enum status status; /* when it has ended */
        char msg[200];
};
void backtests_look(const struct backtests *b, struct backtest_progress *ret);

#endif
