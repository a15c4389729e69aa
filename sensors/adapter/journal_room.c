/* sensors/adapter/journal_room.c -- how much room the journal has left. */
#include "sensors/adapter/journal_room.h"

WORD_DEFINE(journal_level, journal_level, JOURNAL_LEVELS)

/* Less than `bytes`; from within, a quarter more. */
static bool under(uint64_t room, uint64_t bytes, bool before)
{
        return room < (before ? bytes + bytes / 4 : bytes);
}

enum journal_level journal_room_level(const struct journal_room *r,
                                      enum journal_level before)
{
        uint64_t left = r->limit_bytes > r->used_bytes
                                ? r->limit_bytes - r->used_bytes
                                : 0;
        bool was_low = before != JOURNAL_FINE;
        bool was_critical = was_low && before != JOURNAL_LOW;

        if (r->broken)
                return JOURNAL_BROKEN;
        if (r->held)
                return JOURNAL_HELD;
        if (under(left, r->limit_bytes / 16, was_critical) ||
            under(r->free_bytes, r->reserve_bytes * 2, was_critical))
                return JOURNAL_CRITICAL;
        if (under(left, r->limit_bytes / 4, was_low) ||
            under(r->free_bytes, r->reserve_bytes * 8, was_low))
                return JOURNAL_LOW;
        return JOURNAL_FINE;
}
