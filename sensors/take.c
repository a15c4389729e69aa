/* sensors/take.c -- what happens to a message, by kind.
 *
 * Decode all of it, check who says it, then change the board. */
#include "sensors/take.h"
#include "sensors/babble.h"
#include "sensors/take_quality.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/wire/forecast.h"

enum status take_check_future(const struct take *t, int64_t time_us,
                              const char *what)
{
        char text[40];

        if (time_us <= t->engine_us + t->s->config.future_us)
                return OK;
        time_format_beijing(text, time_us);
        return err_set(t->e, ERR_FUTURE,
                       "%s %s is more than %lld s ahead of the server", what,
                       text, (long long)(t->s->config.future_us / SECOND_US));
}

/* ---- values ---- */

/* A value without time gets the server's; two of them within one tick of
 * the engine are two values, a microsecond apart. */
static int64_t item_time(const struct take *t, const struct take_item *it,
                         const struct series *x)
{
        if (it->time_us != TIME_NONE)
                return it->time_us;
        if (x->has_newest && x->time_us >= t->engine_us &&
            x->time_us < t->engine_us + SECOND_US)
                return x->time_us + 1;
        return t->engine_us;
}

/* What the value says of how the station keeps its duty. */
static void note_value(const struct take *t, const struct observation *o,
                       const struct series *x)
{
        struct book_facts *f = t->facts;

        if (!f || t->test)
                return;
        f->duplicates += (o->marks & MARK_DUPLICATE) != 0;
        if (o->marks & MARK_CONFLICT) {
                f->conflicts++;
                f->conflict_element = o->element;
                f->conflict_us = o->time_us;
                f->conflict_seen_us = o->received_us;
        }
        if (x->has_newest && x->seq == o->seq && x->time_us == o->time_us &&
            !t->waited) {
                f->has_clock = true;
                f->clock_us = o->time_us - o->received_us;
        }
        book_heard(f, t->p->stations[t->station].interval_us, o->time_us);
}

static enum status take_item(struct take *t, struct board_station *b,
                             const struct take_item *it, uint32_t *n_slots)
{
        struct observation o = {.station = t->station,
                                .element = it->element,
                                .received_us = t->engine_us,
                                .value_milli = it->value_milli,
                                .marks = t->marks | it->marks |
                                         (it->missing ? MARK_MISSING : 0),
                                .seq = t->r->seq,
                                .item = it->item};
        struct sensors_counts *c = &t->s->counts;
        struct take_before before;
        struct series *x;
        enum status st = board_series(b, it->element, &x, t->e);
        int bit;

        if (st != OK)
                return st;
        o.time_us = item_time(t, it, x);
        before = take_before(x);
        if (t->test)
                o.marks |= MARK_TEST;
        else
                st = series_put(x, &o, t->e);
        if (st != OK)
                return st;
        take_judge(t, b, x, &before, it->time_us != TIME_NONE, &o, n_slots);
        note_value(t, &o, x);
        effects_push_observation(t->fx, &o);
        t->n_obs++;
        c->observations++;
        for (bit = 0; bit < MARK_count; bit++)
                c->marked[bit] += (o.marks >> bit) & 1;
        return OK;
}

/* A person at a station that may amend typed another value for a time that
 * has one, and nothing speaks against it. */
static bool is_amendment(const struct take *t, const struct board_station *b,
                         const struct take_item *it)
{
        const struct series *x = board_find_series(b, it->element);
        int64_t stands;

        if (!t->manual || !t->p->stations[t->station].terminal.amends ||
            it->missing || it->marks || t->test || !x ||
            it->time_us == TIME_NONE)
                return false;
        return series_find(x, it->time_us, &stands) &&
               stands != it->value_milli;
}

static enum status take_amendment(struct take *t, const struct take_item *it)
{
        struct amendment a = {t->station,      it->element, it->time_us,
                              it->value_milli, t->marks,    it->item};
        enum status st = sensors_amend(t->s, t->p, &a, t->r->seq, t->engine_us,
                                       t->fx, t->e);

        if (st != OK)
                return st;
        t->n_obs++;
        t->s->counts.observations++;
        return OK;
}

/* In order of time, so that a message does not make itself late. */
static int by_time(const void *a, const void *b)
{
        const struct take_item *x = a, *y = b;

        if (x->time_us != y->time_us)
                return x->time_us < y->time_us ? -1 : 1;
        return x->item < y->item ? -1 : 1;
}

static enum status take_values(struct take *t, struct board_station *b,
                               uint32_t n)
{
        struct sensors *s = t->s;
        uint32_t i, n_slots = 0, rain_before = t->fx->n_rain;
        uint32_t first = t->fx->n_observation;
        enum status st = OK;

        qsort(s->item, n, sizeof *s->item, by_time);
        for (i = 0; i < n && st == OK; i++)
                st = is_amendment(t, b, &s->item[i])
                             ? take_amendment(t, &s->item[i])
                             : take_item(t, b, &s->item[i], &n_slots);
        qsort(s->slot, n_slots, sizeof *s->slot, rain_source_order);
        for (i = 0; i < n_slots && st == OK; i++)
                st = rain_add(&b->rain, &s->slot[i], t->engine_us, t->fx, t->e);
        if (st == OK)
                take_uncap(t, b, rain_before, first);
        s->counts.rain_slots += t->fx->n_rain - rain_before;
        return st;
}

static void head_of(const struct take *t, char *dst, size_t cap)
{
        size_t n = t->payload.n, i;

        if (t->topic.kind == TOPIC_SL651) {
                dst[0] = '\0';
                for (i = 0; i < n && i * 2 + 2 < cap; i++)
                        snprintf(dst + i * 2, 3, "%02X",
                                 (unsigned char)t->payload.p[i]);
                return;
        }
        n = n < cap - 1 ? n : cap - 1;
        /* Never end within a character. */
        while (n > 0 && n < t->payload.n &&
               ((unsigned char)t->payload.p[n] & 0xC0) == 0x80)
                n--;
        for (i = 0; i < n; i++)
                dst[i] = t->payload.p[i] ? t->payload.p[i] : '?';
        dst[n] = '\0';
}

static enum status remember(struct take *t, struct board_station *b,
                            enum status reason, const char *detail)
{
        struct last_message m = {.seq = t->r->seq,
                                 .received_us = t->engine_us,
                                 .refused = reason != OK,
                                 .reason = reason,
                                 .n_obs = t->n_obs};

        snprintf(m.detail, sizeof m.detail, "%s", detail);
        head_of(t, m.head, sizeof m.head);
        return said_add(&b->said, &m, t->e);
}

static void push_kept(const struct take *t, struct wire_seq from,
                      enum status reason)
{
        struct kept k = {.is_centre = t->topic.kind == TOPIC_INCIDENT ||
                                      t->topic.kind == TOPIC_UNIT,
                         .boot = from.boot,
                         .message_seq = from.seq,
                         .refused = reason != OK,
                         .reason = reason,
                         .seq = t->r->seq};

        memcpy(k.subject, t->topic.name, sizeof k.subject);
        effects_push_kept(t->fx, &k);
}

/* A number was taken or refused: are others missing? */
static enum status follow_gaps(struct take *t, const struct sender *x)
{
        uint32_t before = t->fx->n_gap;
        enum status st;

        if (x->stranger && !x->is_centre)
                return OK;
        st = gaps_follow(&t->s->gaps, x, t->r->real_us, t->r->seq, t->fx,
                         &t->s->counts.gaps_dropped, t->e);
        sensors_count_gaps(t->s, t->p, t->fx, before);
        return st;
}

/* *ret_again when that (boot, seq) was taken before; else it is noted. */
static enum status note_seq(struct take *t, struct wire_seq from,
                            bool is_centre, bool *ret_again)
{
        struct sender *x = NULL;
        enum status st = OK;

        *ret_again = false;
        if (!from.has)
                return OK;
        st = senders_get(&t->s->senders, t->topic.name, is_centre, is_centre,
                         &x, t->e);
        if (st != OK)
                return st;
        if (x && !t->waited && sender_knows(x, from.boot, from.seq)) {
                *ret_again = true;
                t->s->counts.repeated++;
        }
        if (x) /* a repeat too: the next receipt is about its boot */
                st = sender_take(x, from.boot, from.seq, t->e);
        if (x && st == OK)
                st = follow_gaps(t, x);
        if (t->facts) {
                t->facts->numbered += !*ret_again;
                t->facts->repeated += *ret_again;
        }
        push_kept(t, from, OK);
        return st;
}

enum status take_needless(struct take *t)
{
        struct book_facts *f = NULL;
        enum status st = book_get(&t->s->book, t->station, &f, t->e);

        if (st != OK || t->waited)
                return st;
        babble_count(f, &t->s->checks, t->p->stations[t->station].interval_us,
                     t->engine_us);
        if (f->babble_s > t->s->babbled_s)
                t->s->babbled_s = f->babble_s;
        return OK;
}

/* The newest time that any of its values has; TIME_NONE: none. */
static int64_t newest_us(const struct board_station *b)
{
        int64_t us = TIME_NONE;
        uint32_t i;

        for (i = 0; i < b->n_series; i++) {
                const struct series *x = b->series[i].series;

                if (x->has_newest && (us == TIME_NONE || x->time_us > us))
                        us = x->time_us;
        }
        return us;
}

/* Before the values go onto the board: does the message say anything that
 * its interval lets expect?  A backlog does, at whatever pace it comes. */
static bool says_nothing_new(const struct take *t,
                             const struct board_station *b, uint32_t n)
{
        int64_t known_us = newest_us(b), us = TIME_NONE;
        uint32_t i;

        for (i = 0; i < n; i++) {
                int64_t it_us = t->s->item[i].time_us == TIME_NONE
                                        ? t->engine_us
                                        : t->s->item[i].time_us;

                if (us == TIME_NONE || it_us > us)
                        us = it_us;
        }
        return n && known_us != TIME_NONE && us >= known_us &&
               us - known_us < t->p->stations[t->station].interval_us / 2;
}

enum status take_station(struct take *t, struct wire_seq from, uint32_t n)
{
        struct station_change change = {t->station};
        struct board_station *b = NULL;
        bool again = false;
        enum status st = board_get(&t->s->board, t->station, &b, t->e);

        if (st == OK)
                st = book_get(&t->s->book, t->station, &t->facts, t->e);
        if (st == OK)
                st = note_seq(t, from, false, &again);
        if (st == OK && !t->test && (again || says_nothing_new(t, b, n)))
                st = take_needless(t);
        if (st == OK && !again)
                st = take_values(t, b, n);
        if (st != OK)
                return st;
        t->facts->messages++;
        b->last_seen_us = t->engine_us;
        effects_push_station(t->fx, &change);
        return remember(t, b, OK, again ? "already taken: sent again" : "");
}

enum status take_seen(struct take *t, const char *what)
{
        struct station_change change = {t->station};
        struct board_station *b = NULL;
        enum status st = board_get(&t->s->board, t->station, &b, t->e);

        if (st != OK)
                return st;
        b->last_seen_us = t->engine_us;
        effects_push_station(t->fx, &change);
        return remember(t, b, OK, what);
}

enum status take_find_station(struct take *t)
{
        t->station = places_find_station(t->p, text_of(t->topic.name));
        if (t->station != NO_INDEX)
                return OK;
        return err_set(t->e, ERR_UNKNOWN_STATION,
                       "station \"%s\" is not in the book: `sanfang station "
                       "add %s`",
                       t->topic.name, t->topic.name);
}

/* ---- kinds ---- */

static enum status take_obs(struct take *t)
{
        struct obs_message *m = t->s->obs;
        enum status st = wire_obs_decode(t->payload, m, t->e);
        char what[40];
        uint32_t i;

        /* A stranger's message waits only if it is one. */
        if (take_find_station(t) != OK && st == OK)
                st = ERR_UNKNOWN_STATION;
        if (st == OK && strcmp(m->station, t->topic.name) != 0)
                st = err_set(t->e, ERR_MISMATCH,
                             "\"station\" is \"%s\", the topic says \"%s\"",
                             m->station, t->topic.name);
        for (i = 0; st == OK && i < m->n; i++) {
                const struct obs_item *o = &m->item[i];

                snprintf(what, sizeof what, "obs[%u].time", i);
                if (o->time_us != TIME_NONE)
                        st = take_check_future(t, o->time_us, what);
                t->s->item[i] = (struct take_item){o->time_us, o->element,
                                                   o->missing, o->value_milli,
                                                   i,          0};
        }
        return st == OK ? take_station(t, m->from, m->n) : st;
}

static enum status take_dispatch(struct take *t)
{
        struct dispatch_message m;
        bool again;
        enum status st = t->topic.kind == TOPIC_UNIT
                                 ? wire_unit_decode(t->payload, &m, t->e)
                                 : wire_incident_decode(t->payload, &m, t->e);

        if (st == OK)
                st = take_check_future(t, m.time_us, "\"time\"");
        if (st == OK)
                st = note_seq(t, m.from, true, &again);
        if (st == OK && !again)
                dispatch_take(&t->s->dispatch, t->topic.name, &m, t->r->seq,
                              t->engine_us, &t->s->counts, t->fx);
        return st;
}

/* A forecast of others, decoded: may it in? */
static enum status series_gate(const struct take *t, const struct forecast *f)
{
        if (strcmp(f->source, FORECAST_OWN) == 0)
                return err_set(t->e, ERR_FORBIDDEN,
                               "\"source\" \"%s\" is the server's own",
                               f->source);
        if (f->is_zone && !places_find_zone(t->p, text_of(f->subject)))
                return err_set(t->e, ERR_UNKNOWN,
                               "zone \"%s\" is not in the book", f->subject);
        if (!f->is_zone &&
            places_find_station(t->p, text_of(f->subject)) == NO_INDEX)
                return err_set(t->e, ERR_UNKNOWN_STATION,
                               "station \"%s\" is not in the book", f->subject);
        return take_check_future(t, f->issued_us, "\"issued_at\"");
}

static void push_series(struct take *t, struct forecast *f)
{
        f->seq = t->r->seq;
        t->s->counts.forecasts++;
        effects_push_forecast(t->fx, f);
}

static enum status take_series(struct take *t)
{
        struct forecast f;
        enum status st = wire_forecast_decode(t->payload, &f, t->e);

        if (st != OK)
                return st;
        if (strcmp(f.source, t->topic.name) != 0)
                return err_set(t->e, ERR_MISMATCH,
                               "\"source\" is \"%s\", the topic says \"%s\"",
                               f.source, t->topic.name);
        st = series_gate(t, &f);
        if (st == OK)
                push_series(t, &f);
        return st;
}

enum status sensors_series(struct sensors *s, const struct places *p,
                           const struct record *r, int64_t engine_us,
                           struct effects *fx, struct err *e)
{
        struct take t = {.s = s,
                         .p = p,
                         .r = r,
                         .engine_us = engine_us,
                         .fx = fx,
                         .e = e};
        struct forecast f;
        enum status st = wire_forecast_decode(r->body, &f, e);

        if (st == OK)
                st = series_gate(&t, &f);
        if (st == OK)
                push_series(&t, &f);
        return st;
}

/* ---- refusals ---- */

/* Tells the sender, where it counts its messages: what is in quarantine is
 * kept, and need not come again. */
static enum status refuse_seq(struct take *t, enum status reason)
{
        bool is_station = t->topic.kind == TOPIC_OBS;
        bool is_centre =
                t->topic.kind == TOPIC_INCIDENT || t->topic.kind == TOPIC_UNIT;
        struct wire_seq from = {false, 0, 0};
        struct sender *x = NULL;
        enum status st;

        if (is_station || is_centre)
                from = wire_seq_peek(t->payload);
        if (!from.has)
                return OK;
        st = senders_get(&t->s->senders, t->topic.name, is_centre,
                         is_centre || t->station == NO_INDEX, &x, t->e);
        if (st != OK)
                return st;
        if (x)
                st = sender_refuse(x, from.boot, from.seq, reason, t->e);
        if (x && st == OK)
                st = follow_gaps(t, x);
        push_kept(t, from, reason);
        return st;
}

/* Somebody who is not in the book yet: what he sends may be wanted. */
enum status take_wait(struct take *t, const char *name)
{
        struct sensors_counts *c = &t->s->counts;
        struct applicants *a = &t->s->applicants;
        const struct applicant *x;
        enum status st;

        if (t->waited || !text_is_code(text_of(name), CODE_MAX))
                return OK;
        st = t->stranger.link
                     ? applicants_link(a, name, t->r, t->engine_us, &x, t->e)
                     : applicants_put(a, name, t->r, t->engine_us, &x,
                                      &c->applicant_messages_dropped, t->e);
        if (st != OK)
                return st;
        c->applicants_full += x == NULL;
        if (!x)
                return OK;
        effects_push_applicant(t->fx, &x->note);
        if (t->stranger.whole && applicant_holds(x, t->r))
                take_answer_stranger(t, x->keeps);
        return OK;
}

/* A vendor's message waits for each of its strangers: take_mapped.c. */
static enum status wait_for_book(struct take *t, bool known_topic)
{
        bool is_station = known_topic && (t->topic.kind == TOPIC_OBS ||
                                          t->topic.kind == TOPIC_SL651 ||
                                          t->topic.kind == TOPIC_VALUES);

        if (t->waits_as[0])
                return take_wait(t, t->waits_as);
        return is_station ? take_wait(t, t->topic.name) : OK;
}

void take_refuse(struct take *t, enum status reason, const char *detail,
                 struct text raw)
{
        struct sensors *s = t->s;

        if (reason == ERR_FORBIDDEN) /* persons' data must not be kept */
                raw = TEXT("(not kept: personal data)");
        s->counts.refused++;
        s->by_reason[reason]++;
        s->counts.quarantine_dropped +=
                quarantine_put(&s->quarantine, t->r, reason, detail,
                               t->topic_text, raw, t->engine_us);
        effects_refuse(t->fx, t->r->seq, reason, detail, t->topic_text, raw);
}

static enum status refuse(struct take *t, bool known_topic, enum status reason,
                          const char *detail)
{
        struct board_station *b = NULL;
        enum status st = OK;

        take_refuse(t, reason, detail, t->payload);
        if (reason == ERR_UNKNOWN_STATION)
                st = wait_for_book(t, known_topic);
        if (!known_topic || st != OK)
                return st;
        st = refuse_seq(t, reason);
        if (st != OK || t->station == NO_INDEX)
                return st;
        st = book_get(&t->s->book, t->station, &t->facts, t->e);
        if (st != OK)
                return st;
        t->facts->refused++;
        st = board_get(&t->s->board, t->station, &b, t->e);
        return st == OK ? remember(t, b, reason, detail) : st;
}

static enum status by_kind(struct take *t)
{
        switch (t->topic.kind) {
        case TOPIC_OBS:
                return take_obs(t);
        case TOPIC_SL651:
                return take_sl651(t);
        case TOPIC_INCIDENT:
        case TOPIC_UNIT:
                return take_dispatch(t);
        case TOPIC_MAPPED:
                return take_mapped(t);
        case TOPIC_VALUES:
                return take_imported(t);
        default:
                return take_series(t);
        }
}

/* A frame that came by TCP has no name in its topic; in the quarantine its
 * terminal's address stands for all its connections. */
static void open_frame(struct take *t)
{
        size_t n = t->topic_text.n;

        t->source = t->topic_text;
        while (n > 0 && t->topic_text.p[n - 1] != ':')
                n--;
        if (n > 1)
                t->topic_text.n = n - 1;
        t->topic.kind = TOPIC_SL651;
}

/* Topic, payload and kind of what the record holds. */
static enum status open_record(struct take *t)
{
        enum status st;

        t->topic_text = TEXT("");
        t->payload = t->r->body;
        if (t->r->kind == RECORD_VALUES) {
                t->topic_text = TEXT("values");
                t->topic.kind = TOPIC_VALUES;
                return OK;
        }
        st = record_mqtt_unpack(t->r, &t->topic_text, &t->payload, t->e);
        if (st != OK)
                return st;
        if (t->r->kind == RECORD_FRAME) {
                open_frame(t);
                return OK;
        }
        if (!mapped_is_for(&t->s->mapped, t->topic_text))
                return topic_parse(t->topic_text, &t->topic, t->e);
        t->topic.kind = TOPIC_MAPPED;
        return OK;
}

enum status sensors_take(struct sensors *s, const struct places *p,
                         const struct record *r, int64_t engine_us,
                         struct effects *fx, struct err *e)
{
        return take_record(s, p, r, engine_us, NULL, fx, e);
}

enum status take_record(struct sensors *s, const struct places *p,
                        const struct record *r, int64_t engine_us,
                        const char *waited, struct effects *fx, struct err *e)
{
        struct err why = {.code = OK};
        struct take t = {.s = s,
                         .p = p,
                         .r = r,
                         .engine_us = engine_us == TIME_NONE ? r->real_us
                                                             : engine_us,
                         .fx = fx,
                         .e = &why,
                         .station = NO_INDEX,
                         .waited = waited};
        bool known_topic = false;
        enum status st;

        st = open_record(&t);
        known_topic = st == OK;
        if (known_topic) {
                s->counts.messages[t.topic.kind]++;
                st = by_kind(&t);
        } else {
                s->counts.strange_topics++;
        }
        if (st != OK && st != ERR_MEMORY)
                st = refuse(&t, known_topic, st, why.msg);
        if (st == OK && fx->failed)
                st = err_set(&why, ERR_MEMORY, "no memory for effects");
        if (st != OK)
                return err_set(e, st, "%s", why.msg);
        return OK;
}
