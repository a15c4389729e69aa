/* sensors/planted_part.h -- what the parts of a planted day share. */
#ifndef SENSORS_PLANTED_PART_H
#define SENSORS_PLANTED_PART_H

#include "sensors/planted.h"

/* One die for each thing that is left to chance. */
enum planted_dice {
        DICE_WAIT,
        DICE_MISSING,
        DICE_VOLTAGE,
        DICE_TWICE,
        DICE_LATE,
        DICE_HOW_LATE,
        DICE_CUT,
        DICE_FLIP,
        DICE_POUR,
        DICE_COUNTER,
        DICE_AWAY
};

uint64_t planted_chance(const struct planted *p, uint32_t station, int64_t k,
                        enum planted_dice salt);
/* Room for one more behind n items; NULL: no memory. */
void *planted_grow(void *items, uint32_t n, uint32_t *cap, size_t bytes);
/* All reports of a station; false: no memory. */
bool planted_tell(struct planted *p, uint32_t station);

#endif
