/* server/port.h -- what HTTP needs from the app, and nothing more.
 *
 * server/app.c fills one; tests fill one with a fake.  The functions are
 * called on the loop thread only, never wait, and get `self` back.
 * Holds:  the texts of struct port_config live as long as the port.
 * Thread: the loop. */
#ifndef SERVER_PORT_H
#define SERVER_PORT_H

#include "sensors/adapter/journal.h"
#include "server/archive.h"
#include "server/confirm.h"
#include "server/pictures.h"
#include "server/reader.h"
#include "server/state.h"
#include "server/terminal_tcp.h"

struct terminal_counts {
        struct terminal_tcp_counts tcp;
        struct confirms_counts confirms;
        struct pictures_counts pictures;
};

struct port_config {
        const char *source_line_zh; /* "演示系统：数据来自..." */
        const char *source_line_en;
        const char *illustrative_zh; /* what on the map is only drawn */
        const char *illustrative_en;
        const char *state_dir;   /* pictures, the journal */
        const char *command;     /* the sanfang command, for back-tests */
        const char *city;        /* zone code of the city, "440900" */
        const char *console_dir; /* index.html, wall.html, app/... */
        const char *rivers_file; /* GeoJSON, or NULL */
        /* Origins allowed beside our own, separated by blanks, or NULL. */
        const char *allowed_origins;
        uint64_t journal_max_bytes; /* for the system strip */
        bool demo;
        bool storm_clock;   /* the rate may be changed by an admin */
        bool secure_cookie; /* TLS here or at the proxy */
        bool behind_proxy;  /* X-Forwarded-For's last address is true */
};

struct port {
        void *self;
        const struct port_config *config;

        const struct state *(*state)(void *self);
        /* Engine time now, extrapolated between ticks; wall time now. */
        int64_t (*engine_now)(void *self);
        int64_t (*real_now)(void *self);

        /* journal_submit with real_now.  ERR_FULL: not taken. */
        enum status (*submit)(void *self, enum record_kind kind,
                              struct text body, struct err *e);
        uint64_t (*synced_seq)(void *self);
        void (*journal_stats)(void *self, struct journal_stats *ret);
        /* Highest sequence that is in PostGIS; cheap. */
        uint64_t (*archived)(void *self);
        void (*archive_status)(void *self, struct archive_status *ret);

        /* reader_ask; ERR_UNAVAILABLE without a database. */
        enum status (*ask)(void *self, enum query q, const char *const *params,
                           reader_answer answer, void *answer_self,
                           struct err *e);
        /* Runs work(job) on the worker pool, then done(job) on the loop
         * (uv_queue_work).  Not called again for the job before done. */
        enum status (*work)(void *self, void (*work)(void *job),
                            void (*done)(void *job), void *job);
        /* Terminals on TCP, answers, pictures; for metrics. May be NULL. */
        void (*terminals)(void *self, struct terminal_counts *ret);
        /* How long the loop's last turn was late; for metrics. */
        int64_t (*loop_lag_us)(void *self);
        /* One logfmt line: "event=... key=value"; warn or info. */
        void (*log)(void *self, bool warn, const char *line);
};

/* What the app calls back, after each step and as things get safe:
 *   routes_on_effects, routes_on_synced, routes_tick   (server/routes.h)
 *   hub_on_effects, hub_on_archived, hub_tick          (server/hub.h) */

#endif
