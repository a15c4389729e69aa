/* schemas/time.h -- one integer time: microseconds UTC since 1970.
 *
 * Outside we speak RFC 3339 with an offset, and Beijing time for people.
 * The hydrological day begins and ends at 08:00 +08:00 (SL 323-2011,
 * daily rain): an instant of exactly 08:00 belongs to the day that ends. */
#ifndef SCHEMAS_TIME_H
#define SCHEMAS_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "schemas/text.h"

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)
#define BEIJING_OFFSET_US (8 * HOUR_US)
#define TIME_NONE INT64_MIN /* "no time known" */

/* "2023-10-20T03:00:00+08:00", fraction up to 6 digits, 'Z' allowed; no
 * offset, year outside 1970..2199 or a day that does not exist: false. */
bool time_parse(struct text t, int64_t *ret_us);

/* Beijing wall time without an offset, as tables and vendors write it:
 * "2023-10-20 03:00:00", 'T' or '/' allowed, one-digit month, day and hour
 * too, seconds and their fraction may be left out.  false else. */
bool time_parse_beijing(struct text t, int64_t *ret_us);

/* Writes "2023-10-20T03:00:00+08:00" (25 characters, fraction of a second
 * only when there is one) and NUL; cap at least 40. */
void time_format_beijing(char *dst, int64_t us);

/* "2023-10-19T19:00:00Z", same rules. */
void time_format_utc(char *dst, int64_t us);

/* "20231019T190000Z": for identifiers; seconds are cut. cap at least 17. */
void time_format_id(char *dst, int64_t us);

/* Civil Beijing time to microseconds UTC; false when no such date. */
bool time_from_beijing(int year, int month, int day, int hour, int minute,
                       int second, int64_t *ret_us);

struct civil {
        int year, month, day, hour, minute, second;
};

/* Civil Beijing time of an instant. */
struct civil time_to_beijing(int64_t us);

/* End (08:00 +08:00) of the hydrological day that holds the instant us,
 * where (start, end] is the day; docs/formulas.md#hydrological-day. */
int64_t time_hydro_day_end(int64_t us);

/* Month and day of the Beijing date as MMDD, for seasons. */
int time_mmdd(int64_t us);
/* Is the Beijing date between the two, both counted?  A season may go over
 * the turn of the year (1001 to 331). */
bool time_in_season(int64_t us, int begin_mmdd, int end_mmdd);

#endif
