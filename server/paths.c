/* server/paths.c -- where the files that belong to the program lie. */
#include "server/paths.h"

#include <unistd.h>

const char *paths_sql_dir(void)
{
        if (access(SANFANG_SOURCE_DIR "/schemas/sql", R_OK) == 0)
                return SANFANG_SOURCE_DIR "/schemas/sql";
        return SANFANG_DATA_DIR "/sql";
}
