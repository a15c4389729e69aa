/* sensors/applicant.c -- unknown stations wait here with what they sent. */
#include "sensors/applicant.h"

#include <stdlib.h>
#include <string.h>

void applicant_done(struct applicant *x)
{
        uint32_t i;

        for (i = 0; i < x->note.waiting; i++)
                free(x->at[i].body);
        free(x->at);
        x->at = NULL;
        x->note.waiting = 0;
}

void applicants_done(struct applicants *a)
{
        uint32_t i;

        for (i = 0; i < a->n; i++)
                applicant_done(&a->at[i]);
        free(a->at);
        memset(a, 0, sizeof *a);
}

static uint32_t index_of(const struct applicants *a, struct text name)
{
        uint32_t i = 0;

        while (i < a->n && !text_is(name, a->at[i].note.name))
                i++;
        return i;
}

const struct applicant *applicants_find(const struct applicants *a,
                                        struct text name)
{
        uint32_t i = index_of(a, name);

        return i < a->n ? &a->at[i] : NULL;
}

static uint64_t bytes_of(const struct applicant *x)
{
        uint64_t n = 0;
        uint32_t i;

        for (i = 0; i < x->note.waiting; i++)
                n += x->at[i].n;
        return n;
}

static void take_out(struct applicants *a, uint32_t i)
{
        a->n--;
        memmove(&a->at[i], &a->at[i + 1], (a->n - i) * sizeof *a->at);
}

bool applicants_take(struct applicants *a, struct text name,
                     struct applicant *ret)
{
        uint32_t i = index_of(a, name);

        if (i == a->n)
                return false;
        *ret = a->at[i];
        a->bytes -= bytes_of(ret);
        take_out(a, i);
        return true;
}

const struct applicant *applicants_dismiss(struct applicants *a,
                                           struct text name)
{
        uint32_t i = index_of(a, name);

        if (i == a->n)
                return NULL;
        a->bytes -= bytes_of(&a->at[i]);
        applicant_done(&a->at[i]);
        a->at[i].note.state = APPLICANT_DISMISSED;
        return &a->at[i];
}

/* ---- putting ---- */

/* The name that was dismissed first makes room. */
static bool make_room(struct applicants *a)
{
        uint32_t i = 0;

        while (i < a->n && a->at[i].note.state != APPLICANT_DISMISSED)
                i++;
        if (i == a->n)
                return false;
        take_out(a, i);
        return true;
}

static enum status get(struct applicants *a, const char *name,
                       const struct record *r, int64_t engine_us,
                       struct applicant **ret, struct err *e)
{
        struct applicant *x;
        uint32_t i = index_of(a, text_of(name));

        *ret = NULL;
        if (i < a->n) {
                *ret = &a->at[i];
                return OK;
        }
        if (!a->at) {
                a->at = calloc(APPLICANTS_MAX, sizeof *a->at);
                if (!a->at)
                        return err_set(e, ERR_MEMORY, "no memory for names");
        }
        if (a->n == APPLICANTS_MAX && !make_room(a))
                return OK;
        x = &a->at[a->n++];
        memset(x, 0, sizeof *x);
        text_copy(x->note.name, sizeof x->note.name, text_of(name));
        x->note.first_seq = r->seq;
        x->note.first_us = engine_us;
        *ret = x;
        return OK;
}

/* A terminal's frame is the same on whichever connection it comes. */
static struct text what_of(enum record_kind kind, struct text body)
{
        struct record r = {.kind = kind, .body = body};
        struct text source, frame;

        if (kind != RECORD_FRAME ||
            record_mqtt_unpack(&r, &source, &frame, NULL) != OK)
                return body;
        return frame;
}

bool applicant_holds(const struct applicant *x, const struct record *r)
{
        struct text new = what_of(r->kind, r->body);
        uint32_t i;

        for (i = 0; i < x->note.waiting; i++) {
                const struct waiting *w = &x->at[i];
                struct text old =
                        what_of(w->kind, (struct text){w->body, w->n});

                if (w->kind == r->kind && text_eq(old, new))
                        return true;
        }
        return false;
}

static void drop_oldest(struct applicants *a, struct applicant *x)
{
        a->bytes -= x->at[0].n;
        free(x->at[0].body);
        x->note.waiting--;
        x->note.dropped++;
        memmove(&x->at[0], &x->at[1], x->note.waiting * sizeof *x->at);
}

static enum status keep(struct applicants *a, struct applicant *x,
                        const struct waiting *from, struct err *e)
{
        struct waiting w = *from;

        if (!x->at)
                x->at = calloc(APPLICANT_MESSAGES, sizeof *x->at);
        w.body = malloc(w.n ? w.n : 1);
        if (!x->at || !w.body) {
                free(w.body);
                return err_set(e, ERR_MEMORY, "no memory for a message");
        }
        if (w.n)
                memcpy(w.body, from->body, w.n);
        x->at[x->note.waiting++] = w;
        a->bytes += w.n;
        return OK;
}

/* *ret is NULL when there is no room for another name. */
static enum status hear(struct applicants *a, const char *name,
                        const struct record *r, int64_t engine_us,
                        struct applicant **ret, struct err *e)
{
        enum status st = get(a, name, r, engine_us, ret, e);

        if (st != OK || !*ret)
                return st;
        (*ret)->note.last_seq = r->seq;
        (*ret)->note.last_us = engine_us;
        (*ret)->note.count++;
        return OK;
}

enum status applicants_link(struct applicants *a, const char *name,
                            const struct record *r, int64_t engine_us,
                            const struct applicant **ret, struct err *e)
{
        struct applicant *x;
        enum status st = hear(a, name, r, engine_us, &x, e);

        *ret = x;
        if (st == OK && x)
                x->keeps = true;
        return st;
}

enum status applicants_put(struct applicants *a, const char *name,
                           const struct record *r, int64_t engine_us,
                           const struct applicant **ret, uint64_t *ret_dropped,
                           struct err *e)
{
        struct waiting w = {r->seq,  r->real_us,        engine_us,
                            r->kind, (char *)r->body.p, (uint32_t)r->body.n};
        struct applicant *x;
        enum status st = hear(a, name, r, engine_us, &x, e);
        uint64_t dropped;

        *ret = x;
        if (st != OK || !x)
                return st;
        dropped = x->note.dropped;
        if (x->note.state == APPLICANT_DISMISSED || applicant_holds(x, r))
                return OK;
        if (x->note.waiting == APPLICANT_MESSAGES)
                drop_oldest(a, x);
        while (x->note.waiting && a->bytes + w.n > APPLICANTS_BYTES)
                drop_oldest(a, x);
        if (w.n <= APPLICANT_MESSAGE_BYTES &&
            a->bytes + w.n <= APPLICANTS_BYTES)
                st = keep(a, x, &w, e);
        else
                x->note.dropped++;
        *ret_dropped += x->note.dropped - dropped;
        return st;
}

/* ---- snapshot ---- */

void applicants_save(const struct applicants *a, struct buf *b)
{
        uint32_t i, k;

        pack_u32(b, a->n);
        for (i = 0; i < a->n; i++) {
                const struct applicant *x = &a->at[i];

                pack_str(b, x->note.name);
                pack_u8(b, (uint8_t)x->note.state);
                pack_u64(b, x->note.first_seq);
                pack_u64(b, x->note.last_seq);
                pack_i64(b, x->note.first_us);
                pack_i64(b, x->note.last_us);
                pack_u64(b, x->note.count);
                pack_u64(b, x->note.dropped);
                pack_u8(b, x->keeps);
                pack_u32(b, x->note.waiting);
                for (k = 0; k < x->note.waiting; k++) {
                        pack_u64(b, x->at[k].seq);
                        pack_i64(b, x->at[k].real_us);
                        pack_i64(b, x->at[k].engine_us);
                        pack_u8(b, (uint8_t)x->at[k].kind);
                        pack_text(b, (struct text){x->at[k].body, x->at[k].n});
                }
        }
}

static enum status load_one(struct applicants *a, struct applicant *x,
                            struct unpack *u, struct err *e)
{
        enum status st = OK;
        uint32_t n, k;

        unpack_str(u, x->note.name, sizeof x->note.name);
        x->note.state = unpack_u8(u);
        x->note.first_seq = unpack_u64(u);
        x->note.last_seq = unpack_u64(u);
        x->note.first_us = unpack_i64(u);
        x->note.last_us = unpack_i64(u);
        x->note.count = unpack_u64(u);
        x->note.dropped = unpack_u64(u);
        x->keeps = unpack_u8(u);
        n = unpack_count(u, 29);
        if (n > APPLICANT_MESSAGES || x->note.state > APPLICANT_DISMISSED)
                u->failed = true;
        for (k = 0; k < n && st == OK && !u->failed; k++) {
                struct waiting w = {0};
                struct text body;

                w.seq = unpack_u64(u);
                w.real_us = unpack_i64(u);
                w.engine_us = unpack_i64(u);
                w.kind = unpack_u8(u);
                body = unpack_text(u);
                if (w.kind >= record_kind_count ||
                    body.n > APPLICANT_MESSAGE_BYTES)
                        u->failed = true;
                if (u->failed)
                        break;
                w.body = (char *)body.p;
                w.n = (uint32_t)body.n;
                st = keep(a, x, &w, e);
        }
        return st;
}

enum status applicants_load(struct applicants *a, struct unpack *u,
                            struct err *e)
{
        uint32_t n = unpack_count(u, 54), i;
        enum status st = OK;

        if (n > APPLICANTS_MAX)
                u->failed = true;
        if (u->failed || n == 0)
                return OK;
        a->at = calloc(APPLICANTS_MAX, sizeof *a->at);
        if (!a->at)
                return err_set(e, ERR_MEMORY, "no memory for names");
        for (i = 0; i < n && st == OK && !u->failed; i++) {
                a->n++;
                st = load_one(a, &a->at[i], u, e);
        }
        return st;
}
