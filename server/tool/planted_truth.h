/* server/tool/planted_truth.h -- the truth of a planted day, on paper. */
#ifndef SERVER_TOOL_PLANTED_TRUTH_H
#define SERVER_TOOL_PLANTED_TRUTH_H

#include "sensors/planted.h"

/* Lines of "what": "day", "station", "value", "slot", "report"; the file is
 * on the disk when this returns. */
enum status planted_truth_write(const struct planted *p, const char *path,
                                struct err *e);

#endif
