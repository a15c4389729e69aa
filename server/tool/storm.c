/* server/tool/storm.c -- `sanfang station simulate --day`: all stations
 * and ambulances of a recorded day, live by the server's clock.
 *
 * Order of a batch: into the store; into the ledger, fsynced; the store's
 * commit, fsynced, with the time up to which all is made; only then to the
 * broker.  Killed anywhere, the next run makes the same again with the same
 * numbers. */
#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schemas/time.h"
#include "schemas/wire/json.h"
#include "sensors/day.h"
#include "server/clock.h"
#include "server/file.h"
#include "server/tool/courier.h"
#include "server/tool/day_file.h"
#include "server/tool/follow.h"
#include "server/tool/ledger.h"
#include "server/tool/simulate.h"
#include "server/tool/tool.h"

#define CENTRE "MM120"
#define TURN_US 100000
#define BATCH_US (30 * MINUTE_US) /* made at most in one turn */
#define READINGS_MAX 16
#define REPORT_US (60 * SECOND_US)
#define GRID_AGAIN_US (10 * SECOND_US)

struct storm {
        const struct simulate *s;
        struct day day;
        struct day_plan plan;
        struct courier *courier;
        struct follow clock;
        struct ledger ledger;
        uint32_t *senders; /* by day station */
        uint32_t centre;
        int64_t *fix_us; /* by unit: of its last position sent */
        int64_t made_us; /* all up to here is made */
        bool *grid_done;
        pid_t grid_pid; /* of the import that runs, or 0 */
        uint32_t grid_now;
        int64_t grid_again_us;
        struct buf payload;
};

extern char **environ;

/* ---- stations ---- */

static enum status make_station(struct storm *w, uint32_t i, int64_t minute,
                                struct err *e)
{
        struct station_store *store = courier_store(w->courier);
        struct station_reading out[READINGS_MAX];
        struct day_reading r[READINGS_MAX];
        int64_t at = w->day.begin_us + minute * MINUTE_US;
        uint32_t k, n;

        n = day_readings(&w->day, i, minute, r, READINGS_MAX);
        for (k = 0; k < n; k++) {
                out[k] = (struct station_reading){
                        at, element_name(r[k].element), r[k].value_milli};
                ledger_add(&w->ledger, w->day.stations[i], station_boot(store),
                           station_next_seq(store, w->senders[i]), at,
                           r[k].element, r[k].value_milli);
        }
        return n ? station_put(store, w->senders[i], out, n, e) : OK;
}

static enum status make_stations(struct storm *w, int64_t until_us,
                                 struct err *e)
{
        int64_t m = (w->made_us - w->day.begin_us) / MINUTE_US + 1;
        int64_t last = (until_us - w->day.begin_us) / MINUTE_US;
        enum status st = OK;
        uint32_t i;

        for (; m <= last; m++)
                for (i = 0; st == OK && i < w->day.n_stations; i++)
                        st = make_station(w, i, m, e);
        return st;
}

/* ---- 120 ---- */

static void open_event(struct storm *w, struct json_out *o, const char *key,
                       const char *id, int64_t at_us)
{
        struct station_store *store = courier_store(w->courier);

        buf_clear(&w->payload);
        *o = json_out(&w->payload);
        json_open(o, NULL);
        json_put_str(o, key, id);
        json_put_u64(o, "boot", station_boot(store));
        json_put_u64(o, "seq", station_next_seq(store, w->centre));
        json_put_time(o, "time", at_us);
}

static enum status close_event(struct storm *w, struct json_out *o,
                               struct point at, const char *topic,
                               struct err *e)
{
        json_put_degree(o, "lon", at.lon_deg);
        json_put_degree(o, "lat", at.lat_deg);
        json_put_str(o, "crs", "wgs84");
        json_close(o);
        if (w->payload.failed)
                return err_set(e, ERR_MEMORY, "120 event");
        return station_put_raw(courier_store(w->courier), w->centre, topic,
                               buf_as_text(&w->payload), e);
}

static enum status make_incident(struct storm *w, const struct day_event *v,
                                 struct err *e)
{
        const struct day_call *c = &w->day.calls[v->index];
        struct json_out o;

        open_event(w, &o, "incident", c->incident,
                   w->day.begin_us + v->at_s * SECOND_US);
        json_put_str(&o, "state",
                     incident_state_name((enum incident_state)v->state));
        json_put_str(&o, "nature", c->nature);
        if (c->people >= 0)
                json_put_i64(&o, "people", c->people);
        json_put_str(&o, "address", c->address);
        return close_event(w, &o, c->at,
                           "sanfang/v1/120/" CENTRE "/up/incident", e);
}

static enum status make_unit(struct storm *w, uint32_t unit, int64_t at_s,
                             struct err *e)
{
        struct day_fix fix = day_unit_at(&w->day, &w->plan, unit, at_s);
        struct json_out o;

        open_event(w, &o, "unit", w->day.units[unit].unit,
                   w->day.begin_us + at_s * SECOND_US);
        json_put_str(&o, "state", unit_state_name(fix.state));
        if (fix.incident != NO_INDEX)
                json_put_str(&o, "incident",
                             w->day.calls[fix.incident].incident);
        w->fix_us[unit] = w->day.begin_us + at_s * SECOND_US;
        return close_event(w, &o, fix.at, "sanfang/v1/120/" CENTRE "/up/unit",
                           e);
}

/* A position at least each 30 s of the storm; the faster the storm, the
 * sooner, so that none looks lost for the way it travels. */
static int64_t fix_period_us(const struct storm *w, bool moving)
{
        if (w->clock.rate_milli > 60000)
                return 20 * SECOND_US;
        return (moving ? 15 : 30) * SECOND_US;
}

static enum status make_dispatch(struct storm *w, int64_t until_us,
                                 struct err *e)
{
        int64_t from_s = (w->made_us - w->day.begin_us) / SECOND_US;
        int64_t to_s = (until_us - w->day.begin_us) / SECOND_US;
        enum status st = OK;
        struct day_fix fix;
        uint32_t i;

        for (i = 0; st == OK && i < w->plan.n_events; i++) {
                const struct day_event *v = &w->plan.events[i];

                if (v->at_s <= from_s || v->at_s > to_s)
                        continue;
                st = v->is_unit ? make_unit(w, v->index, v->at_s, e)
                                : make_incident(w, v, e);
        }
        for (i = 0; st == OK && i < w->day.n_units; i++) {
                fix = day_unit_at(&w->day, &w->plan, i, to_s);
                if (until_us - w->fix_us[i] >= fix_period_us(w, fix.moving))
                        st = make_unit(w, i, to_s, e);
        }
        return st;
}

/* ---- grids: given to the server by `sanfang import grid` ---- */

static void grid_path(const struct storm *w, char path[PATH_MAX])
{
        snprintf(path, PATH_MAX, "%s/grids-done", w->s->state_dir);
}

static void load_grids(struct storm *w)
{
        struct buf b = {.limit = 1u << 20};
        char path[PATH_MAX];
        struct text rest, line;
        uint32_t i;

        grid_path(w, path);
        if (access(path, R_OK) == 0 && file_read(path, &b, NULL) == OK) {
                rest = buf_as_text(&b);
                while (text_cut(&rest, '\n', &line))
                        for (i = 0; i < w->day.n_grids; i++)
                                if (text_is(line, w->day.grids[i].file))
                                        w->grid_done[i] = true;
        }
        buf_done(&b);
}

static enum status save_grids(const struct storm *w, struct err *e)
{
        struct buf b = {0};
        char path[PATH_MAX];
        enum status st;
        uint32_t i;

        for (i = 0; i < w->day.n_grids; i++)
                if (w->grid_done[i])
                        buf_printf(&b, "%s\n", w->day.grids[i].file);
        grid_path(w, path);
        st = b.failed ? err_set(e, ERR_MEMORY, "grids")
                      : file_replace(path, buf_as_text(&b), e);
        buf_done(&b);
        return st;
}

/* The server's socket, in its state directory or beside our store.  Only
 * through a running server: alone, `import` would open the journal itself
 * and be in the way of the server's return. */
static bool find_server(const struct storm *w)
{
        char path[PATH_MAX];

        snprintf(path, sizeof path, "%s/sanfangd.sock", tool_state_dir());
        if (access(path, F_OK) == 0)
                return true;
        snprintf(path, sizeof path, "%s/../sanfangd.sock", w->s->state_dir);
        if (access(path, F_OK) != 0)
                return false;
        path[strlen(path) - strlen("/sanfangd.sock")] = '\0';
        return setenv("SANFANG_STATE_DIR", path, 1) == 0;
}

static void start_grid(struct storm *w, uint32_t i)
{
        const struct day_grid *g = &w->day.grids[i];
        char file[PATH_MAX], self[PATH_MAX], t[3][40];
        ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
        char *argv[] = {self,
                        (char *)"import",
                        (char *)"grid",
                        file,
                        (char *)"--source",
                        (char *)(uintptr_t)g->source,
                        (char *)"--model",
                        (char *)(uintptr_t)g->model,
                        (char *)"--issued",
                        t[0],
                        (char *)"--begin",
                        t[1],
                        (char *)"--end",
                        t[2],
                        NULL};

        if (n <= 0)
                return;
        self[n] = '\0';
        snprintf(file, sizeof file, "%s/%s", w->s->day, g->file);
        time_format_beijing(t[0], w->day.begin_us + g->issued_min * MINUTE_US);
        time_format_beijing(t[1], w->day.begin_us + g->begin_min * MINUTE_US);
        time_format_beijing(t[2], w->day.begin_us + g->end_min * MINUTE_US);
        if (posix_spawn(&w->grid_pid, self, NULL, NULL, argv, environ) != 0)
                w->grid_pid = 0;
        w->grid_now = i;
        w->grid_again_us = clock_mono_us() + GRID_AGAIN_US;
}

static enum status turn_grids(struct storm *w, struct err *e)
{
        int code;
        uint32_t i;

        if (w->grid_pid) {
                if (waitpid(w->grid_pid, &code, WNOHANG) == 0)
                        return OK;
                w->grid_pid = 0;
                if (WIFEXITED(code) && WEXITSTATUS(code) == 0) {
                        w->grid_done[w->grid_now] = true;
                        return save_grids(w, e);
                }
        }
        if (clock_mono_us() < w->grid_again_us ||
            clock_mono_us() - w->clock.mono_us > SECOND_US || !find_server(w))
                return OK;
        for (i = 0; i < w->day.n_grids; i++)
                if (!w->grid_done[i] &&
                    w->day.begin_us + w->day.grids[i].at_min * MINUTE_US <=
                            w->made_us) {
                        start_grid(w, i);
                        break;
                }
        return OK;
}

/* ---- the loop ---- */

static enum status make_due(struct storm *w, struct err *e)
{
        struct station_store *store = courier_store(w->courier);
        int64_t until_us;
        enum status st;

        if (!follow_now(&w->clock, &until_us))
                return OK;
        if (until_us > w->made_us + BATCH_US)
                until_us = w->made_us + BATCH_US;
        until_us -= until_us % SECOND_US;
        if (until_us <= w->made_us)
                return OK;
        st = make_stations(w, until_us, e);
        if (st == OK)
                st = make_dispatch(w, until_us, e);
        if (st == OK)
                st = ledger_flush(&w->ledger, e);
        if (st == OK)
                st = station_commit(store, until_us, e);
        if (st == OK)
                w->made_us = until_us;
        return st;
}

static void report(struct storm *w, const char *event)
{
        struct station_stats s;
        char at[40];

        station_get_stats(courier_store(w->courier), &s);
        time_format_beijing(at, w->made_us);
        fprintf(stderr,
                "level=info event=%s engine=%s sent=%llu resent=%llu "
                "pending=%llu refused=%llu broker=%d\n",
                event, at, (unsigned long long)s.sent,
                (unsigned long long)s.resent, (unsigned long long)s.pending,
                (unsigned long long)s.refused, courier_is_up(w->courier));
}

static enum status run(struct storm *w, struct err *e)
{
        int64_t reported_us = clock_mono_us();
        enum status st = OK;

        report(w, "storm_begins");
        while (st == OK && !simulate_stop) {
                follow_poll(&w->clock);
                st = make_due(w, e);
                if (st == OK)
                        st = courier_turn(w->courier, e);
                if (st == OK)
                        st = turn_grids(w, e);
                if (clock_mono_us() - reported_us > REPORT_US) {
                        reported_us = clock_mono_us();
                        report(w, "storm");
                }
                if (!simulate_stop)
                        usleep(TURN_US);
        }
        report(w, "storm_ends");
        return st;
}

static enum status prepare(struct storm *w, struct err *e)
{
        struct station_store *store = courier_store(w->courier);
        enum status st;
        uint32_t i;

        w->senders = calloc(w->day.n_stations + 1, sizeof *w->senders);
        w->fix_us = calloc(w->day.n_units + 1, sizeof *w->fix_us);
        w->grid_done = calloc(w->day.n_grids + 1, sizeof *w->grid_done);
        if (!w->senders || !w->fix_us || !w->grid_done)
                return err_set(e, ERR_MEMORY, "storm");
        st = station_sender(store, CENTRE, &w->centre, e);
        for (i = 0; st == OK && i < w->day.n_stations; i++)
                st = station_sender(store, w->day.stations[i], &w->senders[i],
                                    e);
        w->made_us = w->day.live_from_us;
        station_position(store, &w->made_us);
        load_grids(w);
        return st;
}

enum status simulate_day(const struct simulate *s, struct err *e)
{
        struct storm w = {
                .s = s, .clock = {.url = s->clock_url}, .ledger = {.fd = -1}};
        struct mqtt_config mc = {.url = s->url,
                                 .client_id = "sanfang-storm",
                                 .user = s->user,
                                 .password = s->password,
                                 .ca_file = s->ca_file,
                                 .topics = {"sanfang/v1/st/+/down/receipt",
                                            "sanfang/v1/120/+/down/receipt"}};
        enum status st;

        st = day_file_read(s->day, &w.day, e);
        if (st == OK)
                st = day_plan_make(&w.day, &w.plan, e);
        if (st == OK)
                st = ledger_open(s->ledger, &w.ledger, e);
        if (st == OK)
                st = courier_open(&mc, s->state_dir, s->resend_s, &w.courier,
                                  e);
        if (st == OK)
                st = prepare(&w, e);
        if (st == OK)
                st = run(&w, e);
        if (w.grid_pid > 0)
                waitpid(w.grid_pid, NULL, 0);
        courier_close(w.courier);
        ledger_close(&w.ledger);
        day_plan_done(&w.plan);
        day_done(&w.day);
        free(w.senders);
        free(w.fix_us);
        free(w.grid_done);
        buf_done(&w.payload);
        buf_done(&w.clock.body);
        return st;
}
