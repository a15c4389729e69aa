/* server/archive_copy.c -- observations and rain slots go in by COPY.
 *
 * Holds:  what is new by all that the sensors remember goes straight into
 *         its table.  Where a key is there already, that fails; then, and
 *         for what may well meet an old row, the rows go into a table of
 *         this session and from there, minding what stands.
 * Thread: the archive's. */
#include "server/archive_inside.h"

#include <string.h>

#define REVISE_MAX 500 /* amendments that are staged at once */

static enum pg_outcome copy(struct archive *a, const char *sql,
                            const struct row *r, uint32_t n)
{
        uint32_t i;

        buf_clear(&a->bytes);
        row_copy_begin(&a->bytes);
        for (i = 0; i < n; i++)
                buf_text(&a->bytes, r[i].bytes);
        row_copy_end(&a->bytes);
        if (a->bytes.failed)
                return PG_RETRY;
        return pg_copy(a->pg, sql, buf_as_text(&a->bytes));
}

static enum pg_outcome merge_observations(struct archive *a,
                                          const struct row *r, uint32_t n)
{
        enum pg_outcome o = pg_script(a->pg, "TRUNCATE stage_observation");

        if (o == PG_DONE)
                o = copy(a, query_observation_stage, r, n);
        if (o == PG_DONE)
                o = pg_run(a->pg, query_observation_merge, 0, NULL);
        if (o == PG_DONE && pg_rows(a->pg) < n)
                o = pg_run(a->pg, query_observation_conflict, 0, NULL);
        return o;
}

static enum pg_outcome merge_rain(struct archive *a, const struct row *r,
                                  uint32_t n)
{
        enum pg_outcome o = pg_script(a->pg, "TRUNCATE stage_rain_slot");

        if (o == PG_DONE)
                o = copy(a, query_rain_stage, r, n);
        return o == PG_DONE ? pg_run(a->pg, query_rain_merge, 0, NULL) : o;
}

/* How many from the first on amend different values, at most REVISE_MAX:
 * two amendments of one value are two revisions, one after the other. */
static uint32_t different(const struct row *r, uint32_t n)
{
        struct text key[REVISE_MAX];
        uint32_t i, k;

        for (i = 0; i < n && i < REVISE_MAX; i++) {
                key[i] = row_copy_key(r[i].bytes);
                for (k = 0; k < i; k++)
                        if (key[k].n == key[i].n &&
                            memcmp(key[k].p, key[i].p, key[i].n) == 0)
                                return i;
        }
        return i;
}

static enum pg_outcome revise(struct archive *a, const struct row *r,
                              uint32_t n)
{
        enum pg_outcome o = PG_DONE;
        uint32_t i, k;

        for (i = 0; i < n && o == PG_DONE; i += k) {
                k = different(r + i, n - i);
                o = pg_script(a->pg, "TRUNCATE stage_observation");
                if (o == PG_DONE)
                        o = copy(a, query_observation_stage, &r[i], k);
                if (o == PG_DONE)
                        o = pg_run(a->pg, query_observation_keep, 0, NULL);
                if (o == PG_DONE)
                        o = pg_run(a->pg, query_observation_revise, 0, NULL);
        }
        return o;
}

enum pg_outcome archive_copy_put(struct archive *a, enum list l,
                                 const struct row *r, uint32_t n, bool staged)
{
        staged |= a->stage_left > 0;
        switch (l) {
        case LIST_fresh:
                return staged ? merge_observations(a, r, n)
                              : copy(a, query_observation_copy, r, n);
        case LIST_merge:
                return merge_observations(a, r, n);
        case LIST_revision:
                return revise(a, r, n);
        default:
                return staged ? merge_rain(a, r, n)
                              : copy(a, query_rain_copy, r, n);
        }
}

bool archive_copy_met_key(struct archive *a)
{
        if (strcmp(pg_sqlstate(a->pg), "23505") != 0) /* unique_violation */
                return false;
        a->stage_left = STAGE_BATCHES;
        return true;
}
