/* server/tool/rules_test.h -- `sanfang rules test`: series in, alerts out. */
#ifndef SERVER_TOOL_RULES_TEST_H
#define SERVER_TOOL_RULES_TEST_H

#include <stdbool.h>

/* Runs the cases of one file and prints what came of each, and whether what
 * they say that they show is so; all: every rule of the table must have a
 * case, and one each that shows late and missing data, and each limit, moved
 * by the smallest step of its data, must make one fail.  Exit status: 0, 1 when
 * a case fails or the file is wrong (said on stderr). */
int rules_test(const char *path, bool all);

#endif
