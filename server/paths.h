/* server/paths.h -- where the files that belong to the program lie. */
#ifndef SERVER_PATHS_H
#define SERVER_PATHS_H

/* Folder of the SQL migrations: beside the installed program
 * (../share/sanfang/sql), else the source tree it was built in.
 * Thread: before others run; the text is static. */
const char *paths_sql_dir(void);

/* The `sanfang` command beside the running program; the same thread. */
const char *paths_command(void);

#endif
