/* server/tool/import_grid.c -- `sanfang import grid`: a rain forecast grid
 * averaged over zones, one forecast record each.
 *
 * The file is opened by a child (`sanfang grid-read`) and never here. */
#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gis/grid.h"
#include "gis/zone.h"
#include "schemas/time.h"
#include "schemas/wire/forecast.h"
#include "schemas/wire/raster.h"
#include "server/child.h"
#include "server/tool/import.h"
#include "server/tool/tool.h"

#define CHILD_DEADLINE_S 60

static int usage(FILE *to)
{
        fputs("Usage: sanfang import grid FILE --source S --model M --issued T "
              "--begin T --end T\n\n"
              "Averages a grid of rain (GeoTIFF or GRIB2, EPSG:4326) over "
              "zones and gives the\nserver one forecast for each.\n\n"
              "  --source S, --model M   who made it, with what\n"
              "  --issued T              when; 2023-10-19T23:00:00+08:00\n"
              "  --begin T, --end T      the span in which the rain falls\n"
              "  --element P6            default: by the span, else P1\n"
              "  --band N                of a file with several bands\n"
              "  --unit mm|m             when the file names none or a wrong "
              "one\n"
              "  --zones FILE.geojson    default: zones.geojson beside FILE\n"
              "  --level county          city, county or town\n"
              "  --dry-run               print the means, give nothing\n"
              "  --state-dir DIR         default $SANFANG_STATE_DIR\n",
              to);
        return to == stdout ? 0 : 2;
}

struct grid {
        const char *path, *source, *model, *band, *unit, *zones, *state_dir;
        int64_t issued_us, begin_us, end_us;
        enum element element;
        bool has_element;
        enum zone_level level;
        bool dry_run;
};

/* ---- reading ---- */

static enum status run_child(const struct grid *g, const struct places *zones,
                             struct raster *ret, struct err *e)
{
        struct point low, high;
        char window[128];
        char *argv[] = {(char *)"sanfang",
                        (char *)"grid-read",
                        (char *)"--window",
                        window,
                        (char *)"--band",
                        (char *)g->band,
                        (char *)"--",
                        (char *)g->path,
                        NULL};
        struct buf out = {0};
        enum status st;

        if (!g->band) {
                argv[4] = argv[6];
                argv[5] = argv[7];
                argv[6] = NULL;
        }
        if (!gis_zones_box(zones, g->level, &low, &high))
                return err_set(e, ERR_MISSING,
                               "no %s among the zones; give --zones FILE",
                               zone_level_name(g->level));
        snprintf(window, sizeof window, "%.6f,%.6f,%.6f,%.6f", low.lon_deg,
                 low.lat_deg, high.lon_deg, high.lat_deg);
        st = child_run("/proc/self/exe", argv, JSON_FILE_MAX, CHILD_DEADLINE_S,
                       &out, e);
        if (st == OK)
                st = wire_raster_decode(buf_as_text(&out), ret, e);
        buf_done(&out);
        return st;
}

/* Thousandths of the grid's unit to thousandths of a millimetre. */
static enum status unit_factor(const struct grid *g, const struct raster *r,
                               int64_t *ret, struct err *e)
{
        static const char *const millimetres[] = {
                "mm", "[mm]", "kg m-2", "kg/m2", "kg/m^2", "[kg/(m^2)]", ""};
        const char *unit = g->unit ? g->unit : r->unit;
        size_t i;

        for (i = 0; i < sizeof millimetres / sizeof millimetres[0]; i++)
                if (strcmp(unit, millimetres[i]) == 0) {
                        *ret = 1;
                        return OK;
                }
        if (strcmp(unit, "m") == 0 || strcmp(unit, "[m]") == 0) {
                *ret = 1000;
                return OK;
        }
        return err_set(e, ERR_UNSUPPORTED,
                       "the band \"%.60s\" is in %.15s, want mm of rain; take "
                       "another --band, or say --unit mm",
                       r->what, unit);
}

/* ---- forecasts ---- */

static enum status zone_forecast(const struct grid *g, const struct raster *r,
                                 const struct zone *z, int64_t factor,
                                 struct forecast *f, struct err *e)
{
        struct zone_mean mean;
        enum status st = gis_grid_mean(r, z, &mean, e);

        assert(f);
        if (st != OK)
                return st;
        if (mean.mean_milli < 0)
                return err_set(e, ERR_RANGE,
                               "zone %s has a mean of %lld thousandths: rain "
                               "is never negative; is nodata missing?",
                               z->code, (long long)mean.mean_milli);
        memset(f, 0, sizeof *f);
        snprintf(f->source, sizeof f->source, "%s", g->source);
        snprintf(f->model, sizeof f->model, "%s", g->model);
        snprintf(f->subject, sizeof f->subject, "%s", z->code);
        f->is_zone = true;
        f->element = g->element;
        f->issued_us = g->issued_us;
        f->begin_us = g->begin_us;
        f->step[0].valid_us = g->end_us;
        f->step[0].value_milli = mean.mean_milli * factor;
        f->n_steps = 1;
        printf("%s %s %lld.%03lld mm\n", z->code, z->name,
               (long long)(f->step[0].value_milli / 1000),
               (long long)(f->step[0].value_milli % 1000));
        return OK;
}

/* All zones first, so that a grid goes in whole or not at all. */
static enum status average(const struct grid *g, const struct raster *r,
                           const struct places *zones, struct forecast **ret,
                           uint32_t *ret_n, struct err *e)
{
        struct forecast *f = calloc(zones->n_zones, sizeof *f);
        int64_t factor = 1;
        uint32_t i, n = 0;
        enum status st =
                f ? unit_factor(g, r, &factor, e)
                  : err_set(e, ERR_MEMORY, "%u forecasts", zones->n_zones);

        for (i = 0; i < zones->n_zones && st == OK; i++)
                if (zones->zones[i].level == g->level)
                        st = zone_forecast(g, r, &zones->zones[i], factor,
                                           &f[n++], e);
        if (st != OK) {
                free(f);
                return st;
        }
        *ret = f;
        *ret_n = n;
        return OK;
}

static enum status submit_all(const struct grid *g, const struct forecast *f,
                              uint32_t n, struct err *e)
{
        struct buf b = {0};
        struct door *d = NULL;
        uint32_t i;
        enum status st = door_open(g->state_dir, &d, e);

        for (i = 0; i < n && st == OK; i++) {
                buf_clear(&b);
                wire_forecast_encode(&f[i], &b);
                st = door_submit(d, RECORD_FORECAST, buf_as_text(&b), e);
        }
        buf_done(&b);
        if (d)
                door_close(d);
        return st;
}

static enum status forecast_zones(const struct grid *g,
                                  const struct places *zones, struct err *e)
{
        struct raster r = {0};
        struct forecast *f = NULL;
        uint32_t n = 0;
        enum status st = run_child(g, zones, &r, e);

        if (st == OK)
                st = average(g, &r, zones, &f, &n, e);
        if (st == OK && !g->dry_run)
                st = submit_all(g, f, n, e);
        free(f);
        raster_done(&r);
        return st;
}

static int import_grid(const struct grid *g)
{
        struct places zones;
        struct err e = {0}, why = {0};
        enum status st;

        places_init(&zones);
        st = import_load_zones(g->zones, g->path, &zones, &e);
        if (st == OK) {
                st = forecast_zones(g, &zones, &why);
                if (st != OK)
                        err_set(&e, st, "%s: %s", g->path, why.msg);
        }
        places_done(&zones);
        return st == OK ? 0 : tool_fail(&e);
}

/* ---- options ---- */

/* The element whose interval is the span, else hourly rain. */
static enum element element_of_span(int64_t span_us)
{
        static const enum element spans[] = {ELEMENT_P3, ELEMENT_P6,
                                             ELEMENT_P12};
        size_t i;

        for (i = 0; i < sizeof spans / sizeof spans[0]; i++)
                if (element_interval_us(spans[i]) == span_us)
                        return spans[i];
        return ELEMENT_P1;
}

static bool set_option(struct grid *g, int o)
{
        switch (o) {
        case 'S':
                g->source = optarg;
                return text_is_code(text_of(optarg), CODE_MAX);
        case 'M':
                g->model = optarg;
                return text_is_code(text_of(optarg), CODE_MAX);
        case 'i':
                return time_parse(text_of(optarg), &g->issued_us);
        case 'b':
                return time_parse(text_of(optarg), &g->begin_us);
        case 'e':
                return time_parse(text_of(optarg), &g->end_us);
        case 'E':
                g->has_element = element_from(text_of(optarg), &g->element);
                return g->has_element && element_interval_us(g->element) > 0;
        case 'B':
                g->band = optarg;
                return strtol(optarg, NULL, 10) >= 1;
        case 'u':
                g->unit = optarg;
                return !strcmp(optarg, "mm") || !strcmp(optarg, "m");
        case 'z':
                g->zones = optarg;
                return true;
        case 'l':
                return zone_level_from(text_of(optarg), &g->level);
        case 'n':
                g->dry_run = true;
                return true;
        case 's':
                g->state_dir = optarg;
                return true;
        default:
                return false;
        }
}

static enum status check(const struct grid *g, struct err *e)
{
        if (!g->source || !g->model || g->issued_us == TIME_NONE ||
            g->begin_us == TIME_NONE || g->end_us == TIME_NONE)
                return err_set(e, ERR_MISSING,
                               "--source, --model, --issued, --begin and --end "
                               "must be given");
        if (g->end_us <= g->begin_us)
                return err_set(e, ERR_RANGE, "--end is not after --begin");
        if (g->end_us <= g->issued_us)
                return err_set(e, ERR_RANGE,
                               "--end is not after --issued: that is no "
                               "forecast");
        return OK;
}

int tool_import_grid(int argc, char **argv)
{
        static const struct option options[] = {
                {"source", required_argument, NULL, 'S'},
                {"model", required_argument, NULL, 'M'},
                {"issued", required_argument, NULL, 'i'},
                {"begin", required_argument, NULL, 'b'},
                {"end", required_argument, NULL, 'e'},
                {"element", required_argument, NULL, 'E'},
                {"band", required_argument, NULL, 'B'},
                {"unit", required_argument, NULL, 'u'},
                {"zones", required_argument, NULL, 'z'},
                {"level", required_argument, NULL, 'l'},
                {"dry-run", no_argument, NULL, 'n'},
                {"state-dir", required_argument, NULL, 's'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        struct grid g = {.state_dir = tool_state_dir(),
                         .issued_us = TIME_NONE,
                         .begin_us = TIME_NONE,
                         .end_us = TIME_NONE,
                         .level = ZONE_COUNTY};
        struct err e = {0};
        int o, which = 0;

        while ((o = getopt_long(argc, argv, "", options, &which)) != -1) {
                if (o == 'h')
                        return usage(stdout);
                if (o == '?')
                        return usage(stderr);
                if (!set_option(&g, o)) {
                        fprintf(stderr, "sanfang: --%s \"%s\" is wrong\n",
                                options[which].name, optarg);
                        return usage(stderr);
                }
        }
        if (optind != argc - 1)
                return usage(stderr);
        g.path = argv[optind];
        if (check(&g, &e) != OK)
                return tool_fail(&e);
        if (!g.has_element)
                g.element = element_of_span(g.end_us - g.begin_us);
        return import_grid(&g);
}
