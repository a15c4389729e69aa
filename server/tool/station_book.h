/* server/tool/station_book.h -- the verbs of `sanfang station` about the
 * station book. */
#ifndef SERVER_TOOL_STATION_BOOK_H
#define SERVER_TOOL_STATION_BOOK_H

#include <stdbool.h>

bool station_book_verb(const char *word);
/* argv[0] is one of those words. */
int tool_station_book(int argc, char **argv);

#endif
