/* server/tool/planted.c -- `sanfang station simulate --day --truth`: a day
 * of stations with faults planted in it, live by the server's clock.
 *
 * The truth is on the disk before anything is sent.  JSON stations share a
 * store and wait for receipts; SL 651 terminals have a line each. */
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/json.h"
#include "server/clock.h"
#include "server/tool/courier.h"
#include "server/tool/day_file.h"
#include "server/tool/dial.h"
#include "server/tool/follow.h"
#include "server/tool/planted_truth.h"
#include "server/tool/simulate.h"

#define TURN_MS 20
#define LAST_WAIT_US (180 * SECOND_US)
#define ANSWER_US SECOND_US
#define REDIAL_US (2 * SECOND_US)
#define REPORT_US (30 * SECOND_US)
#define REPORTS_MAX 256

struct post { /* a planted station at work */
        struct planted_run *run;
        struct dial *dial; /* NULL: JSON */
        uint32_t sender;   /* of the store */
};

struct planted_run {
        const struct simulate *s;
        struct day day;
        struct planted p;
        struct post *posts;
        struct courier *courier;
        struct radio *radio;
        struct follow clock;
        struct sl651_frame *f, *scratch;
        struct pollfd *fds;
        struct buf payload;
        uint32_t next; /* report */
        uint64_t fates[TERMINAL_FATE_count];
};

static void tell(void *self, uint64_t tag, enum terminal_fate fate)
{
        struct post *post = self;
        struct planted_run *w = post->run;

        w->fates[fate]++;
        if (fate != TERMINAL_CONFIRMED)
                fprintf(stderr, "level=warn event=report_%s report=%llu\n",
                        terminal_fate_name(fate), (unsigned long long)tag);
}

/* ---- giving a report to its line ---- */

static void put_obs(struct json_out *o, const struct planted_value *v)
{
        json_open(o, NULL);
        json_put_time(o, "time", v->time_us);
        json_put_str(o, "element", element_name(v->element));
        if (v->missing)
                json_put_null(o, "value");
        else
                json_put_milli(o, "value", v->value_milli);
        json_close(o);
}

static enum status give_json(struct planted_run *w,
                             const struct planted_report *r, struct err *e)
{
        struct station_store *store = courier_store(w->courier);
        const char *code = planted_code(&w->p, r->station);
        uint32_t sender = w->posts[r->station].sender, i;
        char topic[96];
        struct json_out o;

        buf_clear(&w->payload);
        o = json_out(&w->payload);
        json_open(&o, NULL);
        json_put_str(&o, "station", code);
        json_put_u64(&o, "boot", station_boot(store));
        json_put_u64(&o, "seq", station_next_seq(store, sender));
        json_open_array(&o, "obs");
        for (i = r->first; i < r->first + r->n; i++)
                put_obs(&o, &w->p.values[i]);
        json_close_array(&o);
        json_close(&o);
        if (w->payload.failed)
                return err_set(e, ERR_MEMORY, "planted report");
        snprintf(topic, sizeof topic, "sanfang/v1/st/%s/up/obs", code);
        return station_put_raw(store, sender, topic, buf_as_text(&w->payload),
                               e);
}

static enum status give_terminal(struct planted_run *w,
                                 const struct planted_report *r, struct err *e)
{
        struct dial *d = w->posts[r->station].dial;
        struct terminal *t = dial_terminal(d);
        uint32_t i;

        terminal_begin(t, w->f, r->function, r->sent_us);
        w->f->step_us = r->function == 0x31 ? 5 * MINUTE_US : w->f->step_us;
        for (i = r->first; i < r->first + r->n; i++) {
                const struct planted_value *v = &w->p.values[i];

                if (!sl651_frame_add(w->f, v->element, v->missing,
                                     v->value_milli, v->time_us))
                        return err_set(e, ERR_SIZE, "no room in the report");
        }
        if (r->faults & (1u << PLANTED_CUT))
                dial_harm(d, DIAL_CUT);
        else if (r->faults & (1u << PLANTED_FLIP))
                dial_harm(d, DIAL_FLIP);
        return terminal_put(t, w->f, r->order, NULL, e);
}

static enum status give_due(struct planted_run *w, int64_t engine_us,
                            struct err *e)
{
        enum status st = OK;
        bool json = false;
        uint32_t k;

        while (st == OK && w->next < w->p.n_reports &&
               w->p.reports[w->next].due_us <= engine_us) {
                const struct planted_report *r = &w->p.reports[w->next++];
                bool by_json = w->posts[r->station].dial == NULL;

                json |= by_json;
                for (k = 0; st == OK && k < r->times; k++)
                        st = by_json ? give_json(w, r, e)
                                     : give_terminal(w, r, e);
        }
        if (st == OK && json)
                st = station_commit(courier_store(w->courier), engine_us, e);
        return st;
}

/* ---- the lines ---- */

static uint32_t find(const struct planted_run *w, struct text code)
{
        uint32_t i;

        for (i = 0; i < w->p.n_stations; i++)
                if (text_is(code, planted_code(&w->p, i)))
                        return i;
        return NO_INDEX;
}

static void hear_radio(struct planted_run *w, int64_t now_us, int64_t engine_us)
{
        struct text code, frame;
        uint32_t i;

        while (w->radio && radio_next(w->radio, &code, &frame)) {
                i = find(w, code);
                if (i != NO_INDEX && w->posts[i].dial)
                        dial_take(w->posts[i].dial, frame, now_us,
                                  engine_us - w->p.stations[i].slow_us);
        }
}

static enum status turn_dials(struct planted_run *w, int64_t engine_us,
                              struct err *e)
{
        int64_t now_us = clock_mono_us();
        enum status st = OK;
        uint32_t i;

        hear_radio(w, now_us, engine_us);
        for (i = 0; i < w->p.n_stations && st == OK; i++) {
                const struct planted_station *s = &w->p.stations[i];
                struct dial *d = w->posts[i].dial;

                if (!d)
                        continue;
                dial_away(d,
                          engine_us >= s->away_from_us &&
                                  engine_us < s->away_to_us,
                          now_us);
                st = dial_turn(d, now_us, engine_us - s->slow_us, e);
        }
        return st;
}

static void rest(struct planted_run *w)
{
        uint32_t i, n = 0;

        for (i = 0; i < w->p.n_stations; i++) {
                struct pollfd *p = &w->fds[n];

                if (w->posts[i].dial) {
                        p->fd = dial_fd(w->posts[i].dial, &p->events);
                        n += p->fd >= 0;
                }
        }
        poll(w->fds, n, TURN_MS);
}

/* ---- the run ---- */

static uint64_t waiting(const struct planted_run *w)
{
        struct station_stats stats;
        uint64_t n;
        uint32_t i;

        station_get_stats(courier_store(w->courier), &stats);
        n = stats.pending;
        for (i = 0; i < w->p.n_stations; i++)
                if (w->posts[i].dial)
                        n += terminal_waiting(dial_terminal(w->posts[i].dial));
        return n;
}

static void say(const struct planted_run *w, const char *event)
{
        struct terminal_counts all = {0};
        struct station_stats stats;
        uint32_t i;

        for (i = 0; i < w->p.n_stations; i++)
                if (w->posts[i].dial) {
                        const struct terminal_counts *c = terminal_counted(
                                dial_terminal(w->posts[i].dial));

#define X(name, help) all.name += c->name;
                        TERMINAL_COUNTS(X)
#undef X
                }
        station_get_stats(courier_store(w->courier), &stats);
        fprintf(stderr,
                "level=info event=%s given=%u of=%u waiting=%llu "
                "json_sent=%llu",
                event, w->next, w->p.n_reports, (unsigned long long)waiting(w),
                (unsigned long long)stats.sent);
#define X(name, help) \
        fprintf(stderr, " " #name "=%llu", (unsigned long long)all.name);
        TERMINAL_COUNTS(X)
#undef X
        fputc('\n', stderr);
}

static enum status run(struct planted_run *w, struct err *e)
{
        int64_t engine_us, last_us = clock_mono_us(), said_us = last_us;
        enum status st = OK;

        say(w, "planted_begins");
        while (st == OK && !simulate_stop &&
               (w->next < w->p.n_reports || waiting(w))) {
                follow_poll(&w->clock);
                if (follow_now(&w->clock, &engine_us)) {
                        if (w->next < w->p.n_reports)
                                last_us = clock_mono_us();
                        st = give_due(w, engine_us, e);
                        if (st == OK)
                                st = turn_dials(w, engine_us, e);
                }
                if (st == OK)
                        st = courier_turn(w->courier, e);
                if (clock_mono_us() > last_us + LAST_WAIT_US)
                        st = err_set(e, ERR_UNAVAILABLE,
                                     "%llu reports are not confirmed",
                                     (unsigned long long)waiting(w));
                if (clock_mono_us() - said_us > REPORT_US) {
                        said_us = clock_mono_us();
                        say(w, "planted");
                }
                rest(w);
        }
        say(w, "planted_ends");
        return st;
}

/* ---- preparing ---- */

static enum status open_post(struct planted_run *w, uint32_t i,
                             const char *host, const char *port, struct err *e)
{
        const struct planted_station *s = &w->p.stations[i];
        struct dial_config c = {.station = planted_code(&w->p, i),
                                .radio = w->radio};
        struct post *post = &w->posts[i];

        post->run = w;
        if (s->line == PLANTED_JSON)
                return station_sender(courier_store(w->courier), c.station,
                                      &post->sender, e);
        if (s->line == PLANTED_TCP) {
                c.host = host;
                c.port = port;
        }
        terminal_config_init(&c.terminal, s->address);
        c.terminal.ascii = s->ascii;
        c.terminal.station_class = s->station_class;
        c.terminal.reports_max = REPORTS_MAX;
        c.terminal.answer_us = ANSWER_US;
        c.terminal.redial_us = REDIAL_US;
        return dial_open(&c, w->scratch, tell, post, &post->dial, e);
}

static enum status open_lines(struct planted_run *w, struct err *e)
{
        const struct simulate *s = w->s;
        struct mqtt_config mc = {.url = s->url,
                                 .client_id = "sanfang-planted",
                                 .user = s->user,
                                 .password = s->password,
                                 .ca_file = s->ca_file,
                                 .topics = {"sanfang/v1/st/+/down/receipt"}};
        char host[128] = "", port[8] = "";
        enum status st = OK;
        uint32_t i;

        if (s->sl651 && !dial_parse(s->sl651, host, port))
                return err_set(e, ERR_SYNTAX, "--sl651 is tcp://HOST:PORT");
        if (!s->sl651 && w->p.c.tcp_milli)
                return err_set(e, ERR_SYNTAX,
                               "with a --tcp-share, --sl651 tcp://HOST:PORT");
        st = courier_open(&mc, s->state_dir, s->resend_s, &w->courier, e);
        mc.client_id = "sanfang-planted-terminals";
        if (st == OK)
                st = radio_open(&mc, NULL, &w->radio, e);
        for (i = 0; st == OK && i < w->p.n_stations; i++)
                st = open_post(w, i, host, port, e);
        return st;
}

static enum status make_plan(struct planted_run *w, struct err *e)
{
        const struct simulate *s = w->s;
        struct planted_config c = {.seed = (uint64_t)s->seed,
                                   .stations = (uint32_t)s->stations,
                                   .sl651_milli = (uint32_t)s->sl651_milli,
                                   .tcp_milli = (uint32_t)s->tcp_milli,
                                   .ascii_milli = (uint32_t)s->ascii_milli};
        enum status st;

        if (!time_parse(text_of(s->from), &c.from_us) ||
            !time_parse(text_of(s->to), &c.to_us))
                return err_set(e, ERR_TIME,
                               "--from and --to are RFC 3339 times");
        st = planted_make(&w->day, &c, &w->p, e);
        if (st == OK)
                st = planted_truth_write(&w->p, s->truth, e);
        return st;
}

static enum status make_room(struct planted_run *w, struct err *e)
{
        w->posts = calloc(w->p.n_stations + 1, sizeof *w->posts);
        w->fds = calloc(w->p.n_stations + 1, sizeof *w->fds);
        w->f = calloc(1, sizeof *w->f);
        w->scratch = calloc(1, sizeof *w->scratch);
        if (w->posts && w->fds && w->f && w->scratch)
                return OK;
        return err_set(e, ERR_MEMORY, "planted day");
}

static void done(struct planted_run *w)
{
        uint32_t i;

        for (i = 0; w->posts && i < w->p.n_stations; i++)
                dial_close(w->posts[i].dial);
        radio_close(w->radio);
        courier_close(w->courier);
        free(w->posts);
        free(w->fds);
        free(w->f);
        free(w->scratch);
        buf_done(&w->payload);
        buf_done(&w->clock.body);
        planted_done(&w->p);
        day_done(&w->day);
}

enum status simulate_planted(const struct simulate *s, struct err *e)
{
        struct planted_run w = {.s = s, .clock = {.url = s->clock_url}};
        enum status st = day_file_read(s->day, &w.day, e);

        if (st == OK)
                st = make_plan(&w, e);
        if (st == OK)
                st = make_room(&w, e);
        if (st == OK && !s->plan_only)
                st = open_lines(&w, e);
        if (st == OK && !s->plan_only)
                st = run(&w, e);
        done(&w);
        return st;
}
