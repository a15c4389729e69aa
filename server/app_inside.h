/* server/app_inside.h -- what the parts of the app share: its one struct.
 *
 * app.c starts and stops; app_port.c answers HTTP's questions; app_step.c
 * takes records and hands their effects on; app_time.c writes ticks,
 * forecasts and snapshots. Nobody else includes this. */
#ifndef SERVER_APP_INSIDE_H
#define SERVER_APP_INSIDE_H

#include <limits.h>
#include <stdatomic.h>

#include "sensors/adapter/journal.h"
#include "sensors/adapter/mqtt.h"
#include "server/adapter/lws.h"
#include "server/app.h"
#include "server/archive.h"
#include "server/clock.h"
#include "server/confirm.h"
#include "server/control.h"
#include "server/hub.h"
#include "server/pictures.h"
#include "server/port.h"
#include "server/reader.h"
#include "server/receipt.h"
#include "server/retained.h"
#include "server/routes.h"
#include "server/state.h"
#include "server/terminal_tcp.h"

struct app {
        struct config config;
        uv_loop_t *loop;
        uv_async_t wake;
        uv_timer_t tick_timer, slow_timer;
        struct journal *journal;
        struct state *state;
        struct effects fx;
        struct buf rows;
        struct buf frame; /* body of a RECORD_FRAME being made */
        bool confirm_commit;
        struct pictures *pictures;
        struct clock clock;
        struct archive *archive;
        struct reader *reader;
        struct hub *hub;
        struct routes *routes;
        struct web *web;
        struct receipts *receipts;
        struct retained *retained;
        struct confirms *confirms;
        struct terminal_tcp *terminals; /* NULL: no TCP */
        struct control *control;
        struct mqtt *mqtt;
        struct port port;
        struct port_config port_config;
        char rivers_file[PATH_MAX];
        char illustrative[2][160];
        int64_t *asked_us; /* per station: engine time of the last run */
        uint32_t n_asked, next_asked;
        uint64_t told_archived, told_synced;
        uint64_t told_mappings; /* changes that the broker was told */
        bool database_up;
        enum journal_level told_level;
        int64_t broken_told_us;
        int64_t room_again_us[link_count];
        bool wants_start;          /* ends, to be started again */
        uint64_t foreign_position; /* 0: the database is ours */
        int64_t snapshot_mono_us;
        bool snapshot_busy;
        bool snapshot_wanted; /* once all pictures are files */
        int64_t lag_us, turn_us;
        int64_t lag_now_us, lag_before_us, lag_since_us;
        bool stopping;
        uint32_t handles; /* of ours that are not closed yet */
        atomic_bool mqtt_up;
};

/* app_port.c */
void app_fill_port(struct app *a);
enum status app_submit(void *self, enum record_kind kind, struct text body,
                       struct err *e);
enum status app_work(void *self, void (*work)(void *job),
                     void (*done)(void *job), void *arg);

/* app_step.c; the first three are called on other threads. */
void app_wake(void *self);
enum status app_on_message(void *self, struct text topic, struct text payload,
                           struct err *e);
void app_on_link(void *self, bool up, const char *why);
enum status app_send_qos0(void *self, const char *topic, struct text payload);
enum status app_send_terminal(void *self, const char *to, struct text bytes);
enum status app_send_retained(void *self, const char *topic,
                              struct text payload);
void app_on_refused(void *self, const char *filter, const char *why);
/* The loop: subscribes to what the mappings in force are for. */
void app_want_mappings(struct app *a);
void app_submit_link(struct app *a, enum link l, bool up, const char *why);
/* Takes what the journal has, within a time budget; true: there is more. */
bool app_drain(struct app *a);
void app_on_wake(uv_async_t *h);

/* app_room.c: says when the journal's room gets short. */
void app_look_at_room(struct app *a);

/* app_time.c */
#define APP_TICK_MS 20
#define APP_SLOW_MS 250
void app_on_tick(uv_timer_t *t);
void app_on_slow(uv_timer_t *t);
void app_start_snapshot(void *self);

#endif
