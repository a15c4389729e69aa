/* server/tool/replay_run.h -- a journal from its beginning, step by step. */
#ifndef SERVER_TOOL_REPLAY_RUN_H
#define SERVER_TOOL_REPLAY_RUN_H

#include "server/state.h"

/* Called after each record. */
typedef void replay_step(void *self, const struct state *s,
                         const struct record *r, const struct effects *fx);

/* rules: a table that takes the place of those in the journal; empty: as it
 * was.  Begins with the oldest snapshot where older segments are gone, and
 * says so on stderr. */
enum status replay_run(const char *journal_dir, struct text rules,
                       replay_step *each, void *self, struct err *e);

/* The same, up to this record of the journal: two runs over a journal that
 * grows see the same. */
enum status replay_run_upto(const char *journal_dir, struct text rules,
                            uint64_t upto_seq, replay_step *each, void *self,
                            struct err *e);

/* The state before the first record that is still there: a fresh one, or
 * the oldest snapshot beside the journal. */
enum status replay_begin(const char *journal_dir, struct state **ret,
                         struct err *e);
/* The table that is tried stands from the first record on. */
enum status replay_give_rules(struct state *s, struct text rules,
                              struct effects *fx, struct err *e);

/* A change of an alert as a line {"alert":{...},"transition":{...}} of
 * canonical JSON, which depends on the journal alone. */
void replay_line(struct buf *b, const struct state *s,
                 const struct alert_change *c);

#endif
