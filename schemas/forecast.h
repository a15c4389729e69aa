/* schemas/forecast.h -- a forecast as it is journaled, kept and judged.
 *
 * Level forecasts are made by the server for one station; rain forecasts
 * are a grid averaged over zones, or a series from outside. */
#ifndef SCHEMAS_FORECAST_H
#define SCHEMAS_FORECAST_H

#include <stdint.h>

#include "schemas/element.h"
#include "schemas/place.h"

#define FORECAST_OWN "sanfangd" /* what our own forecasts call themselves */
#define FORECAST_STEPS 48
#define FORECAST_QUANTILES 7 /* of one series */

struct forecast_step {
        int64_t valid_us;          /* end of the step */
        int64_t value_milli;       /* level, or rain fallen in the step */
        int64_t persistence_milli; /* the naive answer, kept beside it */
};

/* Value that is not passed with a probability, step by step. */
struct forecast_quantile {
        int32_t share_milli;                 /* 100: 0.1 */
        int64_t value_milli[FORECAST_STEPS]; /* LEVEL_UNSET: not given */
};

struct forecast {
        char id[96];               /* subject-element-source-model-issue time */
        char source[CODE_MAX + 1]; /* "sanfangd", "gd-qpf"... */
        char model[CODE_MAX + 1];  /* "damped-trend", "grid"... */
        char subject[CODE_MAX + 1]; /* station or zone code */
        bool is_zone;
        enum element element;
        int64_t issued_us;
        int64_t begin_us; /* start of the first step (rain) */
        struct forecast_step step[FORECAST_STEPS];
        uint32_t n_steps;
        struct forecast_quantile quantile[FORECAST_QUANTILES]; /* ascending */
        uint32_t n_quantiles;
        uint64_t seq;
};

#endif
