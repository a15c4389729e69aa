/* server/tool/import_near.c -- a file to import, and the zones beside it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "schemas/wire/json.h"
#include "server/file.h"
#include "server/tool/import.h"
#include "server/tool/import_read.h"

enum status import_file(const char *path, struct buf *b, struct err *e)
{
        b->limit = JSON_FILE_MAX;
        return file_read(path, b, e);
}

enum status import_load_zones(const char *path, const char *beside,
                              struct places *ret, struct err *e)
{
        char near[PATH_MAX];
        const char *slash = strrchr(beside, '/');
        struct buf b = {0};
        enum status st;

        if (!path) {
                snprintf(near, sizeof near, "%.*szones.geojson",
                         slash ? (int)(slash - beside + 1) : 0, beside);
                if (access(near, R_OK) != 0)
                        return OK;
                path = near;
        }
        st = import_file(path, &b, e);
        if (st == OK)
                st = import_book(buf_as_text(&b), path, CRS_WGS84, ret, e);
        buf_done(&b);
        return st;
}
