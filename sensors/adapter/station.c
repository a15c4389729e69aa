/* sensors/adapter/station.c -- the station's side: keep, send, be told.
 *
 * The store is a journal: messages (kind mqtt), and notes (kind command,
 * JSON): {"boot"} at birth, {"commit":position,"next":{code:seq...}},
 * {"covered":"code","upto","also"}, {"forget":true} after a kill.
 * Messages count only once a commit follows them. */
#include "sensors/adapter/station.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/buf.h"
#include "schemas/place.h"
#include "schemas/time.h"
#include "schemas/wire/json.h"
#include "sensors/adapter/journal.h"

#define SEGMENT_BYTES (UINT64_C(1) << 20)
#define COMPACT_BYTES (UINT64_C(2) << 20)

struct sender {
        char code[CODE_MAX + 1];
        uint64_t next;      /* sequence of the next message */
        uint64_t committed; /* the same as of the last commit */
};

struct message {
        uint32_t sender;
        uint64_t seq;
        uint64_t at; /* place in the journal */
        char *topic;
        char *payload;
        size_t n;
        bool committed, covered, sent;
        bool again; /* was sent before, and may be lost */
        int64_t sent_us;
};

struct station_store {
        struct journal *journal;
        char dir[512];
        int64_t resend_us;
        uint64_t boot;
        bool has_position;
        int64_t position;
        struct sender *senders;
        uint32_t n_senders;
        struct message *m; /* oldest first */
        size_t first, n, cap;
        size_t cursor; /* where the search for the next due goes on */
        size_t given;  /* the message last handed over */
        struct station_stats stats;
        struct buf note;
};

static enum status note(struct station_store *s, uint64_t *ret_at,
                        struct err *e)
{
        if (s->note.failed)
                return err_set(e, ERR_MEMORY, "station note");
        return journal_append(s->journal, RECORD_COMMAND, 0,
                              buf_as_text(&s->note), ret_at, e);
}

/* ---- senders ---- */

enum status station_sender(struct station_store *s, const char *code,
                           uint32_t *ret, struct err *e)
{
        struct sender *more;
        uint32_t i;

        for (i = 0; i < s->n_senders; i++)
                if (strcmp(s->senders[i].code, code) == 0) {
                        *ret = i;
                        return OK;
                }
        if (!text_is_code(text_of(code), CODE_MAX))
                return err_set(e, ERR_SYNTAX, "\"%.40s\" is no code", code);
        more = realloc(s->senders, (i + 1) * sizeof *more);
        if (!more)
                return err_set(e, ERR_MEMORY, "station sender");
        s->senders = more;
        memset(&more[i], 0, sizeof more[i]);
        text_copy(more[i].code, sizeof more[i].code, text_of(code));
        more[i].next = more[i].committed = 1;
        s->n_senders++;
        *ret = i;
        return OK;
}

uint64_t station_boot(const struct station_store *s)
{
        return s->boot;
}

uint64_t station_next_seq(const struct station_store *s, uint32_t sender)
{
        return s->senders[sender].next;
}

/* ---- messages ---- */

static enum status remember(struct station_store *s, uint32_t sender,
                            uint64_t seq, uint64_t at, struct text topic,
                            struct text payload, struct err *e)
{
        size_t cap = s->cap ? s->cap * 2 : 64;
        struct message *m;

        if (s->n == s->cap) {
                m = realloc(s->m, cap * sizeof *m);
                if (!m)
                        return err_set(e, ERR_MEMORY, "station message");
                s->m = m;
                s->cap = cap;
        }
        m = &s->m[s->n];
        *m = (struct message){.sender = sender, .seq = seq, .at = at};
        m->topic = strndup(topic.p, topic.n);
        m->payload = malloc(payload.n + 1);
        if (!m->topic || !m->payload) {
                free(m->topic);
                free(m->payload);
                return err_set(e, ERR_MEMORY, "station message");
        }
        memcpy(m->payload, payload.p, payload.n);
        m->n = payload.n;
        s->n++;
        return OK;
}

static void forget(struct message *m)
{
        free(m->topic);
        free(m->payload);
        m->topic = m->payload = NULL;
}

/* Covered messages at the front go; the list closes up now and then. */
static void trim(struct station_store *s)
{
        while (s->first < s->n && s->m[s->first].covered)
                forget(&s->m[s->first++]);
        if (s->first < 1024 && s->first < s->n)
                return;
        if (s->first < s->n / 2)
                return;
        memmove(s->m, s->m + s->first, (s->n - s->first) * sizeof *s->m);
        s->n -= s->first;
        s->cursor = s->cursor > s->first ? s->cursor - s->first : 0;
        s->given = SIZE_MAX;
        s->first = 0;
}

enum status station_put_raw(struct station_store *s, uint32_t sender,
                            const char *topic, struct text payload,
                            struct err *e)
{
        struct sender *who = &s->senders[sender];
        enum status st;
        uint64_t at;

        st = journal_append_mqtt(s->journal, 0, text_of(topic), payload, &at,
                                 e);
        if (st != OK)
                return st;
        st = remember(s, sender, who->next, at, text_of(topic), payload, e);
        if (st != OK)
                return st;
        who->next++;
        return OK;
}

enum status station_put(struct station_store *s, uint32_t sender,
                        const struct station_reading *r, size_t n,
                        struct err *e)
{
        struct sender *who = &s->senders[sender];
        struct buf b = {0};
        struct json_out o = json_out(&b);
        char topic[80];
        enum status st;
        size_t i;

        json_open(&o, NULL);
        json_put_str(&o, "station", who->code);
        json_put_u64(&o, "boot", s->boot);
        json_put_u64(&o, "seq", who->next);
        json_open_array(&o, "obs");
        for (i = 0; i < n; i++) {
                json_open(&o, NULL);
                json_put_time(&o, "time", r[i].time_us);
                json_put_str(&o, "element", r[i].element);
                json_put_milli(&o, "value", r[i].value_milli);
                json_close(&o);
        }
        json_close_array(&o);
        json_close(&o);
        snprintf(topic, sizeof topic, "sanfang/v1/st/%s/up/obs", who->code);
        if (b.failed)
                st = err_set(e, ERR_MEMORY, "station message");
        else
                st = station_put_raw(s, sender, topic, buf_as_text(&b), e);
        buf_done(&b);
        return st;
}

/* ---- commit, compaction ---- */

static void state_note(struct station_store *s)
{
        struct json_out o;
        uint32_t i;

        buf_clear(&s->note);
        o = json_out(&s->note);
        json_open(&o, NULL);
        json_put_u64(&o, "boot", s->boot);
        json_put_i64(&o, "commit", s->position);
        json_open(&o, "next");
        for (i = 0; i < s->n_senders; i++)
                json_put_u64(&o, s->senders[i].code, s->senders[i].next);
        json_close(&o);
        json_close(&o);
}

/* Old segments go once nothing in them waits and the state is noted in
 * what stays. */
static void compact(struct station_store *s, uint64_t noted_at)
{
        struct journal_stats stats;

        journal_get_stats(s->journal, &stats);
        if (stats.disk_bytes < COMPACT_BYTES)
                return;
        if (s->first < s->n && s->m[s->first].at < noted_at)
                noted_at = s->m[s->first].at;
        journal_retain(s->journal, noted_at);
}

enum status station_commit(struct station_store *s, int64_t position,
                           struct err *e)
{
        enum status st;
        uint64_t at = 0;
        size_t i;

        s->position = position;
        state_note(s);
        st = note(s, &at, e);
        if (st == OK)
                st = journal_sync(s->journal, e);
        if (st != OK)
                return st;
        s->has_position = true;
        for (i = s->n; i > s->first && !s->m[i - 1].committed; i--)
                s->m[i - 1].committed = true;
        for (i = 0; i < s->n_senders; i++)
                s->senders[i].committed = s->senders[i].next;
        compact(s, at);
        return OK;
}

bool station_position(const struct station_store *s, int64_t *ret)
{
        if (s->has_position)
                *ret = s->position;
        return s->has_position;
}

/* ---- sending ---- */

bool station_next_to_send(struct station_store *s, int64_t now_us,
                          struct station_message *ret)
{
        struct message *m;
        size_t i, at;

        if (s->cursor < s->first || s->cursor > s->n)
                s->cursor = s->first;
        for (i = s->first; i < s->n; i++, s->cursor++) {
                if (s->cursor >= s->n)
                        s->cursor = s->first;
                m = &s->m[s->cursor];
                if (m->covered || !m->committed ||
                    (m->sent && now_us - m->sent_us < s->resend_us))
                        continue;
                at = s->cursor++;
                s->stats.sent++;
                s->stats.resent += m->sent || m->again;
                m->sent = true;
                m->sent_us = now_us;
                s->given = at;
                ret->topic = m->topic;
                ret->payload = (struct text){m->payload, m->n};
                return true;
        }
        return false;
}

void station_not_sent(struct station_store *s)
{
        if (s->given >= s->n)
                return;
        s->m[s->given].sent = false;
        s->stats.sent--;
        s->cursor = s->given;
        s->given = SIZE_MAX;
}

void station_send_again(struct station_store *s)
{
        size_t i;

        for (i = s->first; i < s->n; i++)
                if (s->m[i].sent && !s->m[i].covered) {
                        s->m[i].sent = false;
                        s->m[i].again = true;
                }
        s->cursor = s->first;
        s->given = SIZE_MAX;
}

/* ---- receipts ---- */

static bool in_ranges(const struct json *also, uint64_t seq)
{
        const struct json *pair;
        int64_t from, to;

        for (pair = json_first(also); pair; pair = json_next(pair))
                if (json_size(pair) == 2 && json_i64(json_first(pair), &from) &&
                    json_i64(json_next(json_first(pair)), &to) &&
                    (int64_t)seq >= from && (int64_t)seq <= to)
                        return true;
        return false;
}

/* The broker keeps the order of one connection: what was sent before a
 * message that has arrived, and did not arrive itself, is lost. */
static void find_lost(struct station_store *s, uint32_t sender, size_t newest)
{
        int64_t arrived_us = s->m[newest].sent_us;
        size_t i;

        for (i = s->first; i < newest; i++) {
                struct message *m = &s->m[i];

                if (m->sender != sender || m->covered || !m->sent ||
                    m->sent_us > arrived_us)
                        continue;
                m->sent = false;
                m->again = true;
                if (i < s->cursor)
                        s->cursor = i;
        }
}

/* Marks what the receipt (or a note of one) covers; how many are new. */
static size_t cover(struct station_store *s, uint32_t sender, int64_t upto,
                    const struct json *also)
{
        size_t i, fresh = 0, newest = 0;

        for (i = s->first; i < s->n; i++) {
                struct message *m = &s->m[i];

                if (m->sender != sender || m->covered || !m->committed ||
                    ((int64_t)m->seq > upto && !in_ranges(also, m->seq)))
                        continue;
                m->covered = true;
                newest = i;
                fresh++;
        }
        if (fresh && s->m[newest].sent)
                find_lost(s, sender, newest);
        trim(s);
        return fresh;
}

static void covered_note(struct station_store *s, uint32_t sender, int64_t upto,
                         const struct json *also)
{
        const struct json *pair;
        struct json_out o;
        int64_t v;

        buf_clear(&s->note);
        o = json_out(&s->note);
        json_open(&o, NULL);
        json_put_str(&o, "covered", s->senders[sender].code);
        json_put_i64(&o, "upto", upto);
        json_open_array(&o, "also");
        for (pair = json_first(also); pair; pair = json_next(pair)) {
                json_open_array(&o, NULL);
                if (json_i64(json_first(pair), &v))
                        json_put_i64(&o, NULL, v);
                if (json_i64(json_next(json_first(pair)), &v))
                        json_put_i64(&o, NULL, v);
                json_close_array(&o);
        }
        json_close_array(&o);
        json_close(&o);
}

enum status station_on_receipt(struct station_store *s, uint32_t sender,
                               struct text text, struct err *e)
{
        struct json *j = NULL;
        int64_t boot, upto;
        enum status st;

        st = json_parse(text, JSON_MESSAGE_MAX, &j, e);
        if (st == OK)
                st = json_need_i64(j, "boot", &boot, e);
        if (st == OK)
                st = json_need_i64(j, "upto", &upto, e);
        if (st != OK)
                goto out;
        if (boot != (int64_t)s->boot)
                goto out; /* of an earlier life of this station */
        s->stats.receipts++;
        s->stats.refused += json_size(json_get(j, "refused"));
        if (cover(s, sender, upto, json_get(j, "also")) > 0) {
                covered_note(s, sender, upto, json_get(j, "also"));
                st = note(s, NULL, e);
        }
out:
        json_free(j);
        return st;
}

/* ---- opening: the notes are read again ---- */

static void forget_uncommitted(struct station_store *s)
{
        uint32_t i;

        while (s->n > s->first && !s->m[s->n - 1].committed)
                forget(&s->m[--s->n]);
        for (i = 0; i < s->n_senders; i++)
                s->senders[i].next = s->senders[i].committed;
}

static enum status load_commit(struct station_store *s, const struct json *j,
                               struct err *e)
{
        const struct json *next;
        char code[CODE_MAX + 1];
        enum status st;
        int64_t v;
        uint32_t i = 0;
        size_t k;

        if (json_i64(json_get(j, "commit"), &s->position))
                s->has_position = true;
        for (k = s->n; k > s->first && !s->m[k - 1].committed; k--)
                s->m[k - 1].committed = true;
        next = json_first(json_get(j, "next"));
        for (; next; next = json_next(next)) {
                if (!text_copy(code, sizeof code, json_key(next)) ||
                    !json_i64(next, &v))
                        continue;
                st = station_sender(s, code, &i, e);
                if (st != OK)
                        return st;
                s->senders[i].next = s->senders[i].committed = (uint64_t)v;
        }
        return OK;
}

static enum status load_note(struct station_store *s, struct text body,
                             struct err *e)
{
        char code[CODE_MAX + 1];
        struct json *j = NULL;
        enum status st;
        uint32_t sender = 0;
        int64_t v;

        st = json_parse(body, RECORD_BODY_MAX, &j, e);
        if (st != OK)
                return st;
        if (json_i64(json_get(j, "boot"), &v))
                s->boot = (uint64_t)v;
        if (json_get(j, "commit")) {
                st = load_commit(s, j, e);
        } else if (json_get(j, "forget")) {
                forget_uncommitted(s);
        } else if (json_i64(json_get(j, "upto"), &v) &&
                   text_copy(code, sizeof code,
                             json_text(json_get(j, "covered"))) &&
                   station_sender(s, code, &sender, e) == OK) {
                cover(s, sender, v, json_get(j, "also"));
        }
        json_free(j);
        return st;
}

/* The code is the fourth level of both kinds of topics. */
static bool topic_code(struct text topic, char code[CODE_MAX + 1])
{
        struct text piece = {0};
        int i;

        for (i = 0; i < 4; i++)
                if (!text_cut(&topic, '/', &piece))
                        return false;
        return text_copy(code, CODE_MAX + 1, piece);
}

static enum status load_message(struct station_store *s, const struct record *r,
                                struct err *e)
{
        struct text topic, payload;
        char code[CODE_MAX + 1];
        struct json *j = NULL;
        enum status st;
        uint32_t sender = 0;
        int64_t seq = 0;

        st = record_mqtt_unpack(r, &topic, &payload, e);
        if (st != OK)
                return st;
        if (!topic_code(topic, code))
                return err_set(e, ERR_CORRUPT, "station store: bad topic");
        st = json_parse(payload, RECORD_BODY_MAX, &j, e);
        if (st == OK)
                st = json_need_i64(j, "seq", &seq, e);
        if (st == OK)
                st = station_sender(s, code, &sender, e);
        if (st == OK)
                st = remember(s, sender, (uint64_t)seq, r->seq, topic, payload,
                              e);
        json_free(j);
        return st;
}

static enum status load(struct station_store *s, struct err *e)
{
        struct journal_reader *r = NULL;
        struct record rec;
        enum status st;

        st = journal_reader_open(s->dir, 0, &r, e);
        while (st == OK) {
                st = journal_reader_next(r, &rec, e);
                if (st == ERR_CORRUPT)
                        st = journal_reader_skip(r, e);
                else if (st == OK && rec.kind == RECORD_MQTT)
                        st = load_message(s, &rec, e);
                else if (st == OK)
                        st = load_note(s, rec.body, e);
        }
        journal_reader_close(r);
        return st == ERR_TOO_FEW ? OK : st;
}

static enum status begin(struct station_store *s, int64_t born_us,
                         struct err *e)
{
        struct json_out o;
        enum status st;

        buf_clear(&s->note);
        o = json_out(&s->note);
        json_open(&o, NULL);
        if (s->boot) {
                forget_uncommitted(s);
                json_put_bool(&o, "forget", true);
        } else {
                s->boot = (uint64_t)(born_us / SECOND_US);
                json_put_u64(&o, "boot", s->boot);
        }
        json_close(&o);
        st = note(s, NULL, e);
        return st == OK ? journal_sync(s->journal, e) : st;
}

enum status station_open(const struct station_config *c, int64_t born_us,
                         struct station_store **ret, struct err *e)
{
        struct journal_config jc = {
                .dir = c->dir,
                .segment_bytes = SEGMENT_BYTES,
                .max_bytes = c->max_bytes ? c->max_bytes : UINT64_C(64) << 20,
                .manual = true};
        struct station_store *s = calloc(1, sizeof *s);
        enum status st;

        if (!s)
                return err_set(e, ERR_MEMORY, "station");
        s->resend_us = c->resend_us ? c->resend_us : 30 * SECOND_US;
        s->given = SIZE_MAX;
        if (!text_copy(s->dir, sizeof s->dir, text_of(c->dir)))
                st = err_set(e, ERR_CONFIG, "station: directory too long");
        else
                st = journal_open(&jc, &s->journal, e);
        if (st == OK)
                st = load(s, e);
        if (st == OK)
                st = begin(s, born_us, e);
        if (st != OK) {
                station_close(s);
                return st;
        }
        *ret = s;
        return OK;
}

void station_close(struct station_store *s)
{
        size_t i;

        if (!s)
                return;
        for (i = s->first; i < s->n; i++)
                forget(&s->m[i]);
        journal_close(s->journal);
        buf_done(&s->note);
        free(s->m);
        free(s->senders);
        free(s);
}

void station_get_stats(const struct station_store *s, struct station_stats *ret)
{
        size_t i;

        *ret = s->stats;
        ret->pending = 0;
        for (i = s->first; i < s->n; i++)
                ret->pending += !s->m[i].covered;
}

void station_each_pending(const struct station_store *s,
                          void (*visit)(void *self, const char *topic,
                                        struct text payload),
                          void *self)
{
        size_t i;

        for (i = s->first; i < s->n; i++)
                if (!s->m[i].covered)
                        visit(self, s->m[i].topic,
                              (struct text){s->m[i].payload, s->m[i].n});
}
