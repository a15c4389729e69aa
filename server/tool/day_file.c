/* server/tool/day_file.c -- a day's folder, read. */
#include "server/tool/day_file.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "schemas/wire/json.h"
#include "server/file.h"

enum status day_file_read(const char *dir, struct day *ret, struct err *e)
{
        struct buf b = {.limit = JSON_FILE_MAX};
        struct err inner = {0};
        char path[PATH_MAX];
        struct day d;
        enum status st;

        snprintf(path, sizeof path, "%s/storm.json", dir);
        st = file_read(path, &b, e);
        if (st != OK)
                goto out;
        st = wire_day_decode(buf_as_text(&b), &d, &inner);
        if (st != OK) {
                err_set(e, st, "%.100s: %.140s", path, inner.msg);
                goto out;
        }
        snprintf(path, sizeof path, "%s/facilities.geojson", dir);
        if (access(path, R_OK) == 0) {
                buf_clear(&b);
                st = file_read(path, &b, e);
                if (st == OK)
                        st = wire_day_hospitals(buf_as_text(&b), &d, e);
        }
        if (st == OK)
                *ret = d;
        else
                day_done(&d);
out:
        buf_done(&b);
        return st;
}
