/* server/picture_name.c -- how a picture is called. */
#include "server/picture_name.h"

#include <stdio.h>
#include <string.h>

#include "schemas/time.h"

/* 20260909T080000Z */
static void time_name(int64_t us, char dst[20])
{
        struct civil c = time_to_beijing(us - BEIJING_OFFSET_US);

        snprintf(dst, 20, "%04u%02u%02uT%02u%02u%02uZ",
                 (unsigned)c.year % 10000, (unsigned)c.month % 100,
                 (unsigned)c.day % 100, (unsigned)c.hour % 100,
                 (unsigned)c.minute % 100, (unsigned)c.second % 100);
}

void picture_id(const char *station, const struct attachment *a,
                char dst[PICTURE_ID_MAX])
{
        char time[20];

        time_name(a->time_us, time);
        snprintf(dst, PICTURE_ID_MAX, "%s.%s.%llu", station, time,
                 (unsigned long long)a->seq);
}

bool picture_path(const char *state_dir, const char *id,
                  char dst[PICTURE_PATH_MAX])
{
        struct text rest = text_of(id), station, time, seq;
        int64_t n;

        if (!text_cut(&rest, '.', &station) || !text_cut(&rest, '.', &time) ||
            !text_cut(&rest, '.', &seq) || rest.p ||
            !text_is_code(station, CODE_MAX) || !text_is_code(time, 16) ||
            !text_to_i64(seq, &n) || n < 0 || seq.p[0] == '+')
                return false;
        return snprintf(dst, PICTURE_PATH_MAX, "%s/pictures/%.*s/%.*s.%lld.jpg",
                        state_dir, (int)station.n, station.p, (int)time.n,
                        time.p, (long long)n) < PICTURE_PATH_MAX;
}
