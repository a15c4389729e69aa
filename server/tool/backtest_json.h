/* server/tool/backtest_json.h -- what two runs differ in, for programs.
 *
 * {"was","is": {"name","version"}, "from","to",
 *  "summary": {"same","moved","gone","new"},
 *  "counts": [{"hazard","level","was","is"}],        by worst grade
 *  "alerts": [{"fate","subject","zone","county","hazard","is_zone",
 *              "was","is": {"raised_at","ended_at","level","late",
 *                           "observed","forecast": {level: time}} | null}],
 *  "left_out": n,
 *  "scores": {"was","is": [{"hazard","level","observed","hits","misses",
 *             "false_alarms","open","pod","far","csi",
 *             "lead_least_s","lead_median_s"}]}}
 * Levels of a score mean "or worse"; a rate of few events is null.
 * Thread: any; pure. */
#ifndef SERVER_TOOL_BACKTEST_JSON_H
#define SERVER_TOOL_BACKTEST_JSON_H

#include "schemas/buf.h"
#include "server/tool/backtest.h"

/* About so many bytes of alerts at most; those that changed come first. */
#define BACKTEST_ALERT_BYTES (320u << 10)

void backtest_json(const struct backtest *was, const struct backtest *is,
                   struct buf *b);

#endif
