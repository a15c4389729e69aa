/* server/paths.c -- where the files that belong to the program lie. */
#include "server/paths.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *paths_sql_dir(void)
{
        static char installed[PATH_MAX + 32];
        char exe[PATH_MAX];
        ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
        char *slash;

        if (n > 0) {
                exe[n] = '\0';
                slash = strrchr(exe, '/');
                if (slash)
                        *slash = '\0';
                snprintf(installed, sizeof installed, "%s/../share/sanfang/sql",
                         exe);
                if (access(installed, R_OK) == 0)
                        return installed;
        }
        return SANFANG_SOURCE_DIR "/schemas/sql";
}
