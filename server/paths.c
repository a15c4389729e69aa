/* server/paths.c -- where the files that belong to the program lie. */
#include "server/paths.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The folder of the running program; false when it cannot be said. */
static bool own_folder(char dst[PATH_MAX])
{
        ssize_t n = readlink("/proc/self/exe", dst, PATH_MAX - 1);
        char *slash;

        if (n <= 0)
                return false;
        dst[n] = '\0';
        slash = strrchr(dst, '/');
        if (slash)
                *slash = '\0';
        return true;
}

const char *paths_sql_dir(void)
{
        static char installed[PATH_MAX + 32];
        char folder[PATH_MAX];

        if (own_folder(folder)) {
                snprintf(installed, sizeof installed, "%s/../share/sanfang/sql",
                         folder);
                if (access(installed, R_OK) == 0)
                        return installed;
        }
        return SANFANG_SOURCE_DIR "/schemas/sql";
}

const char *paths_command(void)
{
        static char command[PATH_MAX + 16];
        char folder[PATH_MAX];

        if (!own_folder(folder))
                return "sanfang";
        snprintf(command, sizeof command, "%s/sanfang", folder);
        return command;
}
