/* server/route_book.c -- how stations keep their duty: the station book,
 * gaps in their numbers, who waits to be let in; and what people do there:
 * admit, dismiss, amend.
 *
 * Thread: the loop. */
#include "server/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/place.h"
#include "sensors/line.h"

#define BOOK_MAX 1000

/* ---- the book ---- */

/* How a list of the book is ordered; worst first. */
#define SORTS(X)                       \
        X(SORT_LOSS, "loss")           \
        X(SORT_GAPS, "gaps")           \
        X(SORT_SEEN, "seen")           \
        X(SORT_CLOCK, "clock")         \
        X(SORT_REFUSED, "refused")     \
        X(SORT_CONFLICTS, "conflicts") \
        X(SORT_NEEDLESS, "needless")   \
        X(SORT_DEVIATIONS, "deviations")

enum sort {
#define X(code, name) code,
        SORTS(X)
#undef X
                sort_count
};

static const char *const sort_names[] = {
#define X(code, name) name,
        SORTS(X)
#undef X
};

static int64_t loss_milli(const struct station_book *k)
{
        return k->expected
                       ? (int64_t)(k->expected - k->heard) * 1000 / k->expected
                       : 0;
}

static void put_share(struct json_out *o, const char *key, uint64_t part,
                      uint64_t of)
{
        if (of)
                json_put_milli(o, key, (int64_t)(part * 1000 / of));
        else
                json_put_null(o, key);
}

static void put_conflict(struct json_out *o, const struct station_book *k)
{
        if (!k->has_conflict) {
                json_put_null(o, "conflict");
                return;
        }
        json_open(o, "conflict");
        json_put_str(o, "element", element_name(k->conflict_element));
        json_put_time(o, "time", k->conflict_us);
        json_close(o);
}

static void put_battery(const struct view *v, struct json_out *o,
                        uint32_t station)
{
        struct newest n;

        if (sensors_newest(v->state->sensors, station, ELEMENT_VT, &n)) {
                json_put_milli(o, "battery_v", n.value_milli);
                json_put_time(o, "battery_at", n.time_us);
        } else {
                json_put_null(o, "battery_v");
                json_put_null(o, "battery_at");
        }
}

/* Departures from SL 651-2014, of a station that has a terminal. */
static void put_line(const struct state *s, struct json_out *o,
                     uint32_t station)
{
        const struct line *l = sensors_line(s->sensors, station);

        if (!l && !s->places.stations[station].sl651[0]) {
                json_put_null(o, "frames");
                json_put_null(o, "deviations");
                json_put_null(o, "deviation_kinds");
                return;
        }
        json_put_u64(o, "frames", l ? l->frames : 0);
        json_put_u64(o, "deviations", l ? conform_total(&l->conform) : 0);
        json_put_i64(o, "deviation_kinds", l ? l->conform.n : 0);
}

static void put_book(const struct view *v, struct json_out *o, uint32_t station)
{
        const struct state *s = v->state;
        const struct station *x = &s->places.stations[station];
        struct station_book k = {0};

        sensors_book(s->sensors, &s->places, station, v->engine_us, &k);
        json_open(o, NULL);
        json_put_str(o, "station", x->code);
        json_put_bytes(o, "name", text_of(x->name));
        json_put_i64(o, "interval_s", x->interval_us / SECOND_US);
        json_put_time(o, "last_seen", sensors_last_seen(s->sensors, station));
        if (k.has_clock)
                json_put_milli(o, "clock_offset_s", k.clock_us / 1000);
        else
                json_put_null(o, "clock_offset_s");
        put_battery(v, o, station);
        json_put_i64(o, "expected_24h", k.expected);
        json_put_i64(o, "heard_24h", k.heard);
        put_share(o, "loss", k.expected - k.heard, k.expected);
        json_put_u64(o, "numbered", k.numbered);
        json_put_u64(o, "lost", k.lost);
        put_share(o, "lost_share", k.lost, k.numbered + k.lost);
        json_put_i64(o, "gaps_open", k.gaps_open);
        json_put_i64(o, "holes", k.holes);
        json_put_u64(o, "messages", k.messages);
        json_put_u64(o, "repeated", k.repeated);
        json_put_u64(o, "refused", k.refused);
        json_put_u64(o, "duplicates", k.duplicates);
        json_put_u64(o, "conflicts", k.conflicts);
        json_put_u64(o, "amended", k.amended);
        json_put_u64(o, "needless", k.needless);
        json_put_bool(o, "babbles", k.babbles);
        put_conflict(o, &k);
        put_line(s, o, station);
        json_close(o);
}

ROUTE(station_book)
{
        struct view v = route_view(r);
        struct json_out o = json_out(&x->body);
        uint32_t i = places_find_station(&v.state->places, text_of(at->at[0]));

        if (i == NO_INDEX) {
                http_problem(x, 404, "unknown_station", "no such station");
                return;
        }
        put_book(&v, &o, i);
        http_answer(x, 200, HTTP_JSON);
}

struct ranked {
        int64_t rank; /* higher is worse */
        uint32_t station;
};

static int64_t deviations(const struct state *s, uint32_t station)
{
        const struct line *l = sensors_line(s->sensors, station);

        return l ? (int64_t)conform_total(&l->conform) : -1;
}

static int64_t rank_of(const struct view *v, enum sort by, uint32_t station)
{
        const struct state *s = v->state;
        struct station_book k = {0};
        int64_t seen = sensors_last_seen(s->sensors, station);

        if (by == SORT_SEEN)
                return seen == TIME_NONE ? INT64_MAX : -seen;
        if (by == SORT_DEVIATIONS)
                return deviations(s, station);
        sensors_book(s->sensors, &s->places, station, v->engine_us, &k);
        switch (by) {
        case SORT_GAPS:
                return (int64_t)k.gaps_open * 1000 + k.holes;
        case SORT_CLOCK:
                return llabs(k.clock_us);
        case SORT_REFUSED:
                return (int64_t)k.refused;
        case SORT_NEEDLESS:
                return (int64_t)k.babbles * (INT64_C(1) << 40) +
                       (int64_t)k.needless;
        case SORT_CONFLICTS:
                return (int64_t)k.has_conflict * (INT64_C(1) << 40) +
                       (int64_t)k.conflicts;
        default:
                return loss_milli(&k);
        }
}

static bool worse(const struct ranked *a, const struct ranked *b)
{
        return a->rank != b->rank ? a->rank > b->rank : a->station < b->station;
}

static int by_rank(const void *a, const void *b)
{
        return worse(a, b) ? -1 : 1;
}

/* heap[0] is the least of those kept. */
static void sink(struct ranked *heap, uint32_t n, uint32_t i)
{
        for (;;) {
                uint32_t k = 2 * i + 1;
                struct ranked t;

                if (k >= n)
                        return;
                if (k + 1 < n && worse(&heap[k], &heap[k + 1]))
                        k++;
                if (!worse(&heap[i], &heap[k]))
                        return;
                t = heap[i];
                heap[i] = heap[k];
                heap[k] = t;
                i = k;
        }
}

/* The worst `limit` of all stations, worst first; returns how many. */
static uint32_t rank_all(const struct view *v, enum sort by, uint32_t limit,
                         struct ranked *heap)
{
        uint32_t n = 0, i, k;

        for (i = 0; i < v->state->places.n_stations; i++) {
                struct ranked x = {rank_of(v, by, i), i};

                if (n < limit) {
                        heap[n++] = x;
                        if (n == limit)
                                for (k = n / 2; k-- > 0;)
                                        sink(heap, n, k);
                } else if (worse(&x, &heap[0])) {
                        heap[0] = x;
                        sink(heap, n, 0);
                }
        }
        qsort(heap, n, sizeof *heap, by_rank);
        return n;
}

ROUTE(book)
{
        static struct ranked heap[BOOK_MAX]; /* of the loop */
        struct view v = route_view(r);
        struct json_out o = json_out(&x->body);
        const char *sort = http_arg(&x->req, "sort");
        uint64_t limit = 100;
        uint32_t n, i, by = 0;

        while (sort && *sort && by < sort_count &&
               strcmp(sort, sort_names[by]) != 0)
                by++;
        if (by == sort_count) {
                http_problem(x, 400, "unknown",
                             "\"sort\" is loss, gaps, seen, clock, refused, "
                             "conflicts, needless or deviations");
                return;
        }
        if (!http_arg_u64(&x->req, "limit", 1, BOOK_MAX, &limit)) {
                http_problem(x, 400, "range", "\"limit\" is 1 to 1000");
                return;
        }
        n = rank_all(&v, (enum sort)by, (uint32_t)limit, heap);
        json_open(&o, NULL);
        json_put_str(&o, "sort", sort_names[by]);
        json_put_i64(&o, "stations", v.state->places.n_stations);
        json_open_array(&o, "book");
        for (i = 0; i < n; i++)
                put_book(&v, &o, heap[i].station);
        json_close_array(&o);
        json_close(&o);
        http_answer(x, 200, HTTP_JSON);
}

/* ---- gaps ---- */

static void put_gap(struct json_out *o, const struct gap *g)
{
        json_open(o, NULL);
        json_put_str(o, "subject", g->subject);
        json_put_bool(o, "is_centre", g->is_centre);
        json_put_u64(o, "boot", g->boot);
        json_put_u64(o, "first_number", g->from);
        json_put_u64(o, "last_number", g->to);
        json_put_u64(o, "missing", g->missing);
        json_put_str(o, "state", gap_state_name(g->state));
        json_put_i64(o, "asked", g->asked);
        json_put_str(o, "owner", gap_owner_name(gap_owner(g)));
        json_put_time(o, "noticed_at", g->noticed_us);
        json_put_time(o, "changed_at", g->changed_us);
        if (g->is_period) {
                json_put_time(o, "since", g->since_us);
                json_put_time(o, "until", g->until_us);
        }
        json_close(o);
}

static bool gap_wanted(const struct gap *g, const char *station,
                       const char *state)
{
        return (!*station || strcmp(station, g->subject) == 0) &&
               strcmp(state, gap_state_name(g->state)) == 0;
}

static void gaps_at_hand(struct routes *r, struct http_exchange *x,
                         const char *station, const char *state, uint64_t limit)
{
        struct view v = route_view(r);
        struct json_out o = json_out(&x->body);
        uint32_t i, n = sensors_n_gaps(v.state->sensors);

        json_open(&o, NULL);
        json_open_array(&o, "gaps");
        for (i = 0; i < n && limit; i++) {
                const struct gap *g = sensors_gap(v.state->sensors, i);

                if (!gap_wanted(g, station, state))
                        continue;
                put_gap(&o, g);
                limit--;
        }
        json_close_array(&o);
        json_close(&o);
        http_answer(x, 200, HTTP_JSON);
}

/* Open gaps and holes come from memory; filled ones, and all that ever
 * were, from the archive. */
ROUTE(gaps)
{
        const char *station = http_arg(&x->req, "station");
        const char *state = http_arg(&x->req, "state");
        uint64_t limit = 200;
        enum gap_state word;
        char text[24];

        station = station ? station : "";
        state = state && *state ? state : "open";
        if (strcmp(state, "all") != 0 &&
            !gap_state_from(text_of(state), &word)) {
                http_problem(x, 400, "unknown",
                             "\"state\" is open, waiting, hole, filled or "
                             "all");
                return;
        }
        if (!http_arg_u64(&x->req, "limit", 1, 1000, &limit)) {
                http_problem(x, 400, "range", "\"limit\" is 1 to 1000");
                return;
        }
        if (strcmp(state, "all") != 0 && strcmp(state, "filled") != 0) {
                gaps_at_hand(r, x, station, state, limit);
                return;
        }
        snprintf(text, sizeof text, "%llu", (unsigned long long)limit);
        route_ask(r, x, QUERY_GAPS,
                  (const char *const[]){station, state[0] == 'a' ? "" : state,
                                        text, NULL},
                  (struct text){"", 0}, "gaps", NULL);
}

/* ---- who waits ---- */

static void put_waiting(struct json_out *o, const struct waiting_message *m)
{
        struct buf hex = {0};
        size_t i;

        json_open(o, NULL);
        json_put_u64(o, "seq", m->seq);
        json_put_time(o, "received_at", m->received_us);
        json_put_bytes(o, "topic", m->topic);
        if (m->payload.n && m->payload.p[0] == '{') {
                json_put_bytes(o, "payload", m->payload);
        } else {
                for (i = 0; i < m->payload.n; i++)
                        buf_printf(&hex, "%02X",
                                   (unsigned)(unsigned char)m->payload.p[i]);
                json_put_text(o, "hex", buf_as_text(&hex));
                buf_done(&hex);
        }
        json_close(o);
}

/* With the newest `most` of what it sent. */
static void put_applicant(const struct state *s, struct json_out *o, uint32_t i,
                          uint32_t most)
{
        const struct applicant_note *n = sensors_applicant(s->sensors, i);
        struct waiting_message m;
        uint32_t k;

        json_open(o, NULL);
        json_put_str(o, "name", n->name);
        json_put_str(o, "state", applicant_state_name(n->state));
        json_put_time(o, "first_at", n->first_us);
        json_put_time(o, "last_at", n->last_us);
        json_put_u64(o, "messages", n->count);
        json_put_i64(o, "waiting", n->waiting);
        json_put_u64(o, "dropped", n->dropped);
        json_open_array(o, "newest");
        for (k = n->waiting; k-- > 0 && most > 0; most--)
                if (sensors_waiting(s->sensors, i, k, &m))
                        put_waiting(o, &m);
        json_close_array(o);
        json_close(o);
}

ROUTE(applicants)
{
        struct view v = route_view(r);
        struct json_out o = json_out(&x->body);
        uint32_t i, n = sensors_n_applicants(v.state->sensors);

        json_open(&o, NULL);
        json_open_array(&o, "applicants");
        for (i = 0; i < n; i++)
                put_applicant(v.state, &o, i, 1);
        json_close_array(&o);
        json_close(&o);
        http_answer(x, 200, HTTP_JSON);
}

ROUTE(applicant)
{
        struct view v = route_view(r);
        struct json_out o = json_out(&x->body);
        uint32_t i, n = sensors_n_applicants(v.state->sensors);

        for (i = 0; i < n; i++)
                if (strcmp(sensors_applicant(v.state->sensors, i)->name,
                           at->at[0]) == 0)
                        break;
        if (i == n) {
                http_problem(x, 404, "unknown", "nobody waits by that name");
                return;
        }
        put_applicant(v.state, &o, i, UINT32_MAX);
        http_answer(x, 200, HTTP_JSON);
}

/* ---- acts ---- */

static void answer_done(struct routes *r, struct pending *p)
{
        struct json_out o = json_out(&p->x->body);

        (void)r;
        if (p->items[0].status != OK) {
                http_problem_status(p->x, p->items[0].status, p->items[0].msg);
                return;
        }
        json_open(&o, NULL);
        json_put_str(&o, "name", p->items[0].alert);
        json_put_bool(&o, "done", true);
        json_close(&o);
        http_answer(p->x, 200, HTTP_JSON);
}

static void run(struct routes *r, struct http_exchange *x,
                const struct caller *c, struct command *cmd)
{
        route_command_alone(r, x, c, cmd, answer_done);
}

/* The record of a station; "code" is `name` when the body has none, or its
 * terminal's address when it has another, unless that is its vendor_id. */
static enum status read_station(struct text body, const char *name,
                                struct station *ret, struct err *e)
{
        struct buf b = {0};
        struct json *j = NULL;
        enum status st = json_parse(body, HTTP_BODY_MAX, &j, e);
        const char *brace = memchr(body.p, '{', body.n);

        if (st == OK && !json_get(j, "code") && brace) {
                buf_str(&b, "{\"code\":\"");
                buf_str(&b, name);
                buf_char(&b, '"');
                if (json_size(j))
                        buf_char(&b, ',');
                buf_add(&b, brace + 1, body.n - (size_t)(brace + 1 - body.p));
                json_free(j);
                j = NULL;
                st = b.failed ? err_set(e, ERR_MEMORY, "a station")
                              : json_parse(buf_as_text(&b),
                                           (size_t)HTTP_BODY_MAX * 2, &j, e);
        }
        if (st == OK)
                st = wire_station_decode(j, ret, e);
        if (st == OK && strcmp(ret->code, name) != 0 && !ret->sl651[0] &&
            strcmp(ret->vendor_id, name) != 0)
                text_copy(ret->sl651, sizeof ret->sl651, text_of(name));
        json_free(j);
        buf_done(&b);
        return st;
}

ROUTE(applicant_admit)
{
        struct command cmd = {.kind = COMMAND_ADMIT};
        struct station k;
        struct err e = {0};
        enum status st;

        if (!text_is_code(text_of(at->at[0]), CODE_MAX)) {
                http_problem(x, 404, "unknown", "nobody waits by that name");
                return;
        }
        st = read_station(buf_as_text(&x->req.body), at->at[0], &k, &e);
        if (st != OK) {
                http_problem(x, 400, status_name(st), e.msg);
                return;
        }
        text_copy(cmd.name, sizeof cmd.name, text_of(at->at[0]));
        cmd.station = &k;
        run(r, x, c, &cmd);
}

ROUTE(applicant_dismiss)
{
        struct command cmd = {.kind = COMMAND_DISMISS};
        struct json *j = route_body(x);
        struct err e = {0};
        enum status st;

        if (!j)
                return;
        st = json_opt_text(j, "reason", cmd.note, sizeof cmd.note, &e);
        json_free(j);
        if (st != OK ||
            !text_copy(cmd.name, sizeof cmd.name, text_of(at->at[0]))) {
                http_problem_status(x, st != OK ? st : ERR_UNKNOWN, e.msg);
                return;
        }
        run(r, x, c, &cmd);
}

static enum status read_amend(const struct json *j, struct command *cmd,
                              struct err *e)
{
        enum status st =
                json_need_text(j, "reason", cmd->note, sizeof cmd->note, e);

        if (st == OK && !cmd->note[0])
                st = err_set(e, ERR_MISSING, "say why (\"reason\")");
        if (st == OK &&
            !element_from(json_text(json_get(j, "element")), &cmd->element))
                st = err_set(e, ERR_RANGE, "\"element\" is not one of ours");
        if (st == OK &&
            !time_parse(json_text(json_get(j, "time")), &cmd->time_us))
                st = err_set(e, ERR_TIME,
                             "\"time\" is RFC 3339 with an offset");
        if (st == OK && !json_milli(json_get(j, "value"), &cmd->value_milli))
                st = err_set(e, ERR_NUMBER, "\"value\" is no number");
        return st;
}

ROUTE(station_amend)
{
        struct command cmd = {.kind = COMMAND_AMEND};
        struct json *j = route_body(x);
        struct err e = {0};
        enum status st;

        if (!j)
                return;
        st = read_amend(j, &cmd, &e);
        json_free(j);
        if (st == OK &&
            !text_copy(cmd.name, sizeof cmd.name, text_of(at->at[0])))
                st = err_set(&e, ERR_UNKNOWN_STATION, "no such station");
        if (st != OK)
                http_problem_status(x, st, e.msg);
        else
                run(r, x, c, &cmd);
}
