/* alerts/score.h -- how forecasts fared: crossings of a line told before
 * they came, and peaks.
 *
 * In:     what came and what was forecast, for one station, line, source
 *         and model; times in microseconds UTC, levels in thousandths.
 * Source: docs/forecasts.md#scores.
 * Thread: any; no state. */
#ifndef ALERTS_SCORE_H
#define ALERTS_SCORE_H

#include <stdbool.h>
#include <stdint.h>

/* The water at or above the line; above again within a gap is the same. */
struct score_event {
        int64_t begin_us, last_us;
        bool seen; /* a run was at hand that reached so far ahead */
};

/* A run that was issued below the line and reaches it. */
struct score_run {
        int64_t issued_us, cross_us;
        int64_t next_us; /* issue of the series' next run; TIME_NONE */
};

struct score_span {
        int64_t window_us; /* so near to the crossing is a hit */
        int64_t gap_us;    /* false crossings so near are one false alarm */
        int64_t known_us;  /* data has come up to here */
};

struct score_tally {
        uint32_t hit, miss;
        uint32_t unseen; /* no run at hand: neither hit nor miss */
        uint32_t false_alarm;
        uint32_t withdrawn; /* of them: a later run took it back in time */
        uint32_t open;      /* forecast, and not decided yet */
};

/* Adds to *ret.  events ascend by begin, runs by cross; lead_us has room
 * for n_events, *ret_n_lead of them are written: from the first run that
 * told of a hit to the crossing. */
void score_tell(const struct score_event *events, uint32_t n_events,
                const struct score_run *runs, uint32_t n_runs,
                const struct score_span *w, struct score_tally *ret,
                int64_t *lead_us, uint32_t *ret_n_lead);

/* The run with the longest lead that reaches over the observed peak. */
struct score_peak {
        int64_t issued_us, naive_milli; /* level at the issue */
        int64_t peak_us, peak_milli;    /* observed */
        int64_t told_us, told_milli;    /* forecast */
};

/* Shares in thousandths. */
struct score_limits {
        int64_t peak_share, peak_floor_milli;
        int64_t time_share, time_floor_us;
};

struct score_peaks {
        uint32_t n, peak_ok, time_ok;
        int64_t error_milli, error_abs_milli; /* sums: told less observed */
        int64_t naive_abs_milli;              /* of persistence */
        int64_t time_us, time_abs_us;
};

void score_peak(const struct score_peak *p, const struct score_limits *l,
                struct score_peaks *ret);

/* Of sorted values; n > 0.  The lower of two in the middle. */
int64_t score_median(int64_t *values, uint32_t n);

#endif
