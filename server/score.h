/* server/score.h -- the answer about forecast scores, made of the rows that
 * PostGIS gave (server/query_score.c).
 *
 * Thread: any; no state. */
#ifndef SERVER_SCORE_H
#define SERVER_SCORE_H

#include "schemas/buf.h"
#include "schemas/status.h"
#include "schemas/text.h"

/* {"from","to","synthetic","limits":[{"name","value","unit","source",
 *  "unverified"}],
 *  "errors":[{"source","model","element","lead":"0-1","n","bias","mae",
 *   "rmse","persistence":{"n","bias","mae","rmse"}}],
 *  "events":[{"source","model","line","events","hit","miss","unseen",
 *   "false_alarm","withdrawn","open","lead_s":{"min","median"}|null,
 *   "pod","far","csi"|null, "persistence":{"hit","miss"}}],
 *  "peaks":[{"source","model","n","error","error_abs","time_s",
 *   "time_abs_s","peak_ok","time_ok","persistence":{"error_abs"}}]}
 * Shares stand only from ten events on, and never on synthetic data. */
enum status score_answer(struct text rows, struct buf *ret, struct err *e);

#endif
