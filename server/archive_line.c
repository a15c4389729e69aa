/* server/archive_line.c -- is this the database that we know, or its past?
 *
 * A standby that is promoted begins a new timeline.  When its old primary
 * comes back by itself it takes writes as well, and what we wrote there
 * would be lost: it is known by its lower timeline, and left alone.
 *
 * Out:    archive.line in the state directory: system identifier and the
 *         highest timeline that we met there.
 * Thread: the archive's. */
#include "server/archive_inside.h"

#include <stdio.h>
#include <string.h>

#include "server/file.h"

void archive_line_load(struct archive *a)
{
        struct text rest, system;
        char path[512], line[64];

        snprintf(path, sizeof(path), "%s/archive.line", a->dir);
        if (file_first_line(path, line, sizeof(line), NULL) != OK)
                return;
        rest = text_of(line);
        if (!text_cut(&rest, ' ', &system) ||
            !text_to_i64(rest, &a->timeline) ||
            !text_copy(a->system, sizeof(a->system), system))
                a->system[0] = '\0';
}

/* Safe from a power cut: it keeps us off the old primary.  Without it we
 * believe the next database, as the first time. */
static void save(struct archive *a)
{
        char path[512], line[64];
        struct err e = {0};

        snprintf(path, sizeof(path), "%s/archive.line", a->dir);
        snprintf(line, sizeof(line), "%s %lld\n", a->system,
                 (long long)a->timeline);
        if (file_replace(path, text_of(line), &e) != OK)
                archive_set_error(a, e.msg);
}

/* What does not tell (a pooler, a copy of PostgreSQL) is believed. */
enum status archive_line_check(struct archive *a, struct err *e)
{
        char system[24] = "";
        int64_t timeline;

        if (pg_run(a->pg,
                   "SELECT system_identifier, ('x' || substr(pg_walfile_name("
                   "pg_current_wal_lsn()), 1, 8))::bit(32)::bigint"
                   " FROM pg_control_system()",
                   0, NULL) != PG_DONE ||
            !text_copy(system, sizeof system, pg_value(a->pg, 0, 0)) ||
            !text_to_i64(pg_value(a->pg, 0, 1), &timeline))
                return OK;
        if (strcmp(system, a->system) == 0 && timeline == a->timeline)
                return OK;
        if (strcmp(system, a->system) == 0 && timeline < a->timeline) {
                a->first_host++; /* another one first, next time */
                return err_set(e, ERR_UNAVAILABLE,
                               "PostgreSQL: an old primary (timeline %lld, "
                               "we know %lld): end it, or make it a standby",
                               (long long)timeline, (long long)a->timeline);
        }
        memcpy(a->system, system, sizeof(a->system));
        a->timeline = timeline;
        save(a);
        return OK;
}
