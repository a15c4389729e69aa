/* server/tool/backtest_svg.h -- two back-tests side by side as a picture,
 * for who decides which table is put in force.
 *
 * Holds:  an SVG of its own, without scripts, fonts or links to anything;
 *         all text that comes from outside is escaped.
 * Thread: any; no state. */
#ifndef SERVER_TOOL_BACKTEST_SVG_H
#define SERVER_TOOL_BACKTEST_SVG_H

#include "schemas/buf.h"
#include "server/tool/backtest.h"

/* en: in English, else in Chinese. */
void backtest_svg(const struct backtest *was, const struct backtest *is,
                  bool en, struct buf *b);

#endif
