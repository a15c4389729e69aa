/* server/tool/tool.h -- the verbs of the `sanfang` command.
 *
 * Each verb is one file with one function; main.c has the table.
 * Exit codes: 0 done, 1 the thing asked for is wrong, 2 usage. */
#ifndef SERVER_TOOL_TOOL_H
#define SERVER_TOOL_TOOL_H

#include "schemas/buf.h"
#include "schemas/record.h"
#include "schemas/status.h"

/* argv[0] is the verb. */
int tool_init(int argc, char **argv);
int tool_user(int argc, char **argv);
int tool_station(int argc, char **argv); /* add | list | simulate */
int tool_import(int argc, char **argv);  /* places, day, grid, mapping, sl323 */
int tool_import_day(int argc, char **argv); /* argv[0] is "day" */
int tool_rules(int argc, char **argv);      /* check, test, backtest */
int tool_decode(int argc, char **argv);     /* sl651 */
int tool_journal(int argc, char **argv);    /* ls | cat | verify | export */
int tool_export(int argc, char **argv);     /* days */
int tool_replay(int argc, char **argv);
int tool_explain(int argc, char **argv);
int tool_audit(int argc, char **argv); /* verify */
int tool_backup(int argc, char **argv);
int tool_restore(int argc, char **argv);
int tool_grid_read(int argc, char **argv); /* the child that opens rasters */

/* "sanfang: <message>" on stderr; returns 1. */
int tool_fail(const struct err *e);

/* $SANFANG_STATE_DIR or build/demo's default; --state-dir wins. */
const char *tool_state_dir(void);

/* ---- the way in: the running server's socket, or the journal's lock ---- */

struct door;

enum status door_open(const char *state_dir, struct door **ret, struct err *e);
/* One record.  The body is checked first (same decoders as the server);
 * returns the reason when it is refused. */
enum status door_submit(struct door *d, enum record_kind kind, struct text body,
                        struct err *e);
/* True when a server answers, false when we hold the journal ourselves. */
bool door_is_server(const struct door *d);
void door_close(struct door *d);

#endif
