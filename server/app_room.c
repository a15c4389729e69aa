/* server/app_room.c -- says when the journal's room gets short.
 *
 * Out:    a link record for "disk" (room runs low) and for "journal" (nearly
 *         out, or messages are held), so that the engine rings; a line in
 *         the log at each change, and again each minute while the disk is
 *         broken: then no record can be kept, and only the log, /readyz and
 *         the screens can say so.
 * Thread: the loop. */
#include "server/app_inside.h"

#include <stdio.h>

#include "schemas/time.h"
#include "server/log.h"

static void tell_link(struct app *a, enum link l, bool up,
                      const struct journal_stats *s)
{
        int64_t now = clock_mono_us();
        char why[160];

        /* The record is on its way for a moment, and may be refused. */
        if (a->state->link_up[l] == up || now < a->room_again_us[l])
                return;
        a->room_again_us[l] = now + 5 * SECOND_US;
        snprintf(why, sizeof why, "%s: room for %llu MB, %.90s",
                 journal_level_name(s->level),
                 (unsigned long long)(s->room_bytes >> 20),
                 s->level >= JOURNAL_HELD ? s->last_error : "");
        app_submit_link(a, l, up, why);
}

static void log_level(struct app *a, const struct journal_stats *s)
{
        int64_t now = clock_mono_us();
        bool again = s->level == JOURNAL_BROKEN &&
                     now - a->broken_told_us > MINUTE_US;

        if (s->level == a->told_level && !again)
                return;
        a->told_level = s->level;
        a->broken_told_us = now;
        if (s->level == JOURNAL_FINE)
                log_info("journal_room", "level=fine");
        else
                log_warn("journal_room",
                         "level=%s room=%llu free=%llu msg=\"%s\"",
                         journal_level_name(s->level),
                         (unsigned long long)s->room_bytes,
                         (unsigned long long)s->free_bytes,
                         s->level >= JOURNAL_HELD ? s->last_error : "");
}

void app_look_at_room(struct app *a)
{
        struct journal_stats s;

        journal_get_stats(a->journal, &s);
        log_level(a, &s);
        tell_link(a, LINK_DISK, s.level == JOURNAL_FINE, &s);
        tell_link(a, LINK_JOURNAL, s.level < JOURNAL_CRITICAL, &s);
}
