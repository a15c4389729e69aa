/* server/app_time.c -- what the app does by the clock: ticks, level
 * forecasts, snapshots, and the quarter-second round of its parts. */
#include "server/app_inside.h"

#include <stdlib.h>
#include <systemd/sd-daemon.h>

#include "schemas/time.h"
#include "schemas/wire/forecast.h"
#include "server/log.h"
#include "server/snapshot.h"
#include "server/snapshot_fork.h"

#define TICKS_AT_ONCE 400
#define FORECAST_WAIT_US (10 * MINUTE_US)
#define FORECAST_TICKS 40  /* of a quarter of a second: a round of many */
#define FORECAST_LEAST 500 /* stations looked at each time */
#define FORECAST_BUDGET_US 10000

/* ---- time ---- */

static bool grow_asked(struct app *a)
{
        uint32_t n = a->state->places.n_stations, i;
        int64_t *more;

        if (n <= a->n_asked)
                return true;
        more = realloc(a->asked_us, n * sizeof *more);
        if (!more)
                return false;
        for (i = a->n_asked; i < n; i++)
                more[i] = INT64_MIN / 2;
        a->asked_us = more;
        a->n_asked = n;
        return true;
}

static bool give_forecast(struct app *a, const struct forecast *f,
                          struct buf *b)
{
        buf_clear(b);
        wire_forecast_encode(f, b);
        return journal_submit(a->journal, RECORD_FORECAST, clock_real_us(),
                              buf_as_text(b), NULL) == OK;
}

/* Both kinds of one station; true when one was due. */
static bool run_station(struct app *a, uint32_t i, int64_t now, struct buf *b)
{
        const struct engine *g = a->state->engine;
        const struct places *p = &a->state->places;
        static struct forecast f;
        bool due = false;

        if (engine_forecast_due(g, p, i, now, &f))
                due = give_forecast(a, &f, b);
        if (engine_travel_due(g, p, i, now, &f))
                due = give_forecast(a, &f, b) || due;
        return due;
}

/* Runs the level forecasts that are due; each becomes a record.  Of many
 * stations, or when many are due, some are looked at each time. */
static void run_forecasts(struct app *a)
{
        int64_t now = a->state->engine_us, begin_us = clock_mono_us();
        struct buf b = {0};
        uint32_t n, i;

        if (!grow_asked(a))
                return;
        n = a->n_asked / FORECAST_TICKS;
        n = n > FORECAST_LEAST ? n : FORECAST_LEAST;
        n = n < a->n_asked ? n : a->n_asked;
        for (; n; n--) {
                i = a->next_asked++ % a->n_asked;
                if (now - a->asked_us[i] < FORECAST_WAIT_US ||
                    !run_station(a, i, now, &b))
                        continue;
                a->asked_us[i] = now;
                if (clock_mono_us() - begin_us > FORECAST_BUDGET_US)
                        break;
        }
        buf_done(&b);
}

/* How late this turn is; kept is the worst of this minute and the last. */
static void note_lag(struct app *a, int64_t now)
{
        int64_t lag_us = now - a->turn_us - INT64_C(1000) * APP_TICK_MS;

        if (now - a->lag_since_us > MINUTE_US) {
                a->lag_since_us = now;
                a->lag_before_us = a->lag_now_us;
                a->lag_now_us = 0;
        }
        if (lag_us > a->lag_now_us)
                a->lag_now_us = lag_us;
        a->lag_us = a->lag_now_us > a->lag_before_us ? a->lag_now_us
                                                     : a->lag_before_us;
}

void app_on_tick(uv_timer_t *t)
{
        struct app *a = t->data;
        struct clock before;
        struct buf b = {0};
        int64_t engine_us, now = clock_mono_us();
        int n;

        note_lag(a, now);
        a->turn_us = now;
        for (n = 0; n < TICKS_AT_ONCE; n++) {
                before = a->clock;
                if (!clock_next_tick(&a->clock, &engine_us))
                        break;
                buf_clear(&b);
                record_tick_pack(&b, engine_us, clock_real_us());
                if (journal_submit(a->journal, RECORD_TICK, clock_real_us(),
                                   buf_as_text(&b), NULL) != OK) {
                        a->clock.last_tick_us = before.last_tick_us;
                        break;
                }
        }
        buf_done(&b);
}

struct snapshot_job {
        struct app *app;
        pid_t pid; /* 0: it is written already */
        uint64_t seq;
        uint64_t first_seq; /* of the journal */
        bool has_archive;
        uint64_t needed; /* the journal from here on */
        enum status st;
        struct err e;
};

/* Worker pool. */
static void snapshot_work(void *arg)
{
        struct snapshot_job *j = arg;

        if (j->pid)
                j->st = snapshot_wait(j->pid, &j->e);
        j->needed = snapshot_tidy(
                j->app->config.state_dir,
                archive_position_hint(j->app->config.state_dir), j->first_seq);
}

/* The past is kept for replay and inquiry as far as journal.keep_mb
 * reaches; what a restart or the archive needs is kept in any case. */
static void let_segments_go(struct app *a, uint64_t needed)
{
        struct journal_stats s;

        journal_get_stats(a->journal, &s);
        if (needed && s.disk_bytes > (uint64_t)a->config.journal_keep_mb << 20)
                journal_retain(a->journal, needed);
}

static void snapshot_done(void *arg)
{
        struct snapshot_job *j = arg;
        struct app *a = j->app;

        a->snapshot_busy = false;
        a->snapshot_mono_us = clock_mono_us();
        if (j->st != OK)
                log_warn("snapshot_failed", "msg=\"%s\"", j->e.msg);
        else if (!a->stopping)
                let_segments_go(a, j->needed);
        if (!a->stopping)
                control_on_snapshot(a->control, j->seq, j->st);
        free(j);
}

/* Without another process the loop has to wait: rather that than none. */
static void begin_snapshot(struct app *a, struct snapshot_job *j)
{
        int64_t start = clock_mono_us();

        j->st = snapshot_fork(a->config.state_dir, a->state, &j->pid, &j->e);
        if (j->st != OK) {
                log_warn("snapshot_on_the_loop", "msg=\"%s\"", j->e.msg);
                j->pid = 0;
                j->st = snapshot_write(a->config.state_dir, a->state, &j->e);
        }
        log_info("snapshot", "seq=%llu held_us=%lld",
                 (unsigned long long)j->seq,
                 (long long)(clock_mono_us() - start));
}

void app_start_snapshot(void *self)
{
        struct app *a = self;
        struct journal_stats stats;
        struct snapshot_job *j;

        if (a->snapshot_busy)
                return;
        /* What lies behind a snapshot must not need the journal again. */
        a->snapshot_wanted = pictures_busy(a->pictures);
        if (a->snapshot_wanted)
                return;
        j = calloc(1, sizeof *j);
        if (!j)
                return;
        j->app = a;
        j->seq = a->state->seq;
        journal_get_stats(a->journal, &stats);
        j->first_seq = stats.first_seq;
        j->has_archive = a->archive != NULL;
        begin_snapshot(a, j);
        if (app_work(a, snapshot_work, snapshot_done, j) != OK) {
                log_warn("snapshot_failed", "msg=\"no memory\"");
                free(j);
                return;
        }
        a->snapshot_busy = true;
}

void app_on_slow(uv_timer_t *t)
{
        struct app *a = t->data;
        int64_t now = clock_mono_us();

        run_forecasts(a);
        app_look_at_room(a);
        hub_tick(a->hub);
        routes_tick(a->routes);
        receipts_tick(a->receipts, a->state, a->told_archived, now);
        if (atomic_load(&a->mqtt_up))
                retained_tick(a->retained, a->state);
        pictures_tick(a->pictures, now);
        if (a->snapshot_wanted ||
            now - a->snapshot_mono_us > a->config.snapshot_s * SECOND_US)
                app_start_snapshot(a);
        uv_async_send(&a->wake); /* a lost wake-up costs 250 ms, no more */
        sd_notify(0, "WATCHDOG=1");
}
