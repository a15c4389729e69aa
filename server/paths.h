/* server/paths.h -- where the files that belong to the program lie. */
#ifndef SERVER_PATHS_H
#define SERVER_PATHS_H

/* Folder of the SQL migrations: the source tree it was built in, while that is there, else as installed. */
const char *paths_sql_dir(void);

#endif
