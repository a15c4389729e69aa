/* sensors/sensors_part.h -- the inside of struct sensors, for the files
 * that make it up. */
#ifndef SENSORS_SENSORS_PART_H
#define SENSORS_SENSORS_PART_H

#include "schemas/time.h"
#include "schemas/wire/obs.h"
#include "sensors/applicant.h"
#include "sensors/board.h"
#include "sensors/book.h"
#include "sensors/dispatch.h"
#include "sensors/gap.h"
#include "sensors/mapped.h"
#include "sensors/line.h"
#include "sensors/quarantine.h"
#include "sensors/rain_source.h"
#include "sensors/sender.h"
#include "sensors/sl651.h"
#include "sensors/vendors.h"

#define TAKE_ITEMS_MAX SL651_VALUES_MAX

/* One value on its way in, whatever it came in. */
struct take_item {
        int64_t time_us; /* TIME_NONE: server time */
        enum element element;
        bool missing;
        int64_t value_milli;
        uint32_t item;  /* place in the message */
        uint32_t marks; /* that the message itself shows */
};

struct sensors {
        struct sensors_config config;
        struct board board;
        struct senders senders;
        struct dispatch dispatch;
        struct quarantine quarantine;
        struct mapped mapped;
        struct vendors vendors;
        struct book book;
        uint32_t babbled_s; /* babble_latest_s() of the book, kept */
        struct gaps gaps;
        struct applicants applicants;
        struct lines lines;
        struct sensors_counts counts;
        uint64_t by_reason[STATUS_COUNT];
        struct check_table checks;
        /* Work space, empty between calls. */
        struct obs_message *obs;
        struct mapping_reading *reading;
        struct sl651_frame *frame;
        struct buf message; /* put together from packets */
        struct take_item *item;
        struct rain_slot *slot;
};

/* What gaps.c pushed from effect `from` on: counted, and in the book. */
void sensors_count_gaps(struct sensors *s, const struct places *p,
                        const struct effects *fx, uint32_t from);

#endif
