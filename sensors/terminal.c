/* sensors/terminal.c -- the other side: a terminal that speaks SL 651. */
#include "sensors/terminal.h"

#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "sensors/terminal_part.h"

#define CAP_MILLI 25400

const char *terminal_fate_name(enum terminal_fate f)
{
        static const char *const names[] = {
#define X(code, name) name,
                TERMINAL_FATES(X)
#undef X
        };

        return f < TERMINAL_FATE_count ? names[f] : "?";
}

void terminal_config_init(struct terminal_config *c, const char *address)
{
        *c = (struct terminal_config){.centre = 1,
                                      .station_class = 0x48,
                                      .mode = SL651_M2,
                                      .keeps = true,
                                      .reports_max = 64,
                                      .memory_max = 4096,
                                      .packet_bytes = 1000,
                                      .answer_us = 10 * SECOND_US,
                                      .redial_us = 60 * SECOND_US,
                                      .keep_us = 40 * SECOND_US};
        text_copy(c->address, sizeof c->address, text_of(address));
}

enum status terminal_create(const struct terminal_config *c,
                            struct sl651_frame *scratch, terminal_tell tell,
                            void *self, struct terminal **ret, struct err *e)
{
        struct terminal *t;

        if (strlen(c->address) != 10 || c->reports_max < 2 ||
            c->mode == SL651_M4 || c->packet_bytes < 16 ||
            c->packet_bytes > SL651_BODY_MAX - 6)
                return err_set(e, ERR_RANGE, "a terminal's configuration");
        t = calloc(1, sizeof *t);
        if (!t)
                return err_set(e, ERR_MEMORY, "terminal");
        t->c = *c;
        t->f = scratch;
        t->tell = tell;
        t->self = self;
        t->report = calloc(c->reports_max, sizeof *t->report);
        t->memory = calloc(c->memory_max + 1, sizeof *t->memory);
        if (!t->report || !t->memory) {
                terminal_free(t);
                return err_set(e, ERR_MEMORY, "terminal");
        }
        *ret = t;
        return OK;
}

void terminal_free(struct terminal *t)
{
        uint32_t i;

        if (!t)
                return;
        for (i = 0; t->report && i < t->n_reports; i++)
                free(t->report[i].body);
        for (i = 0; i < t->n_answers; i++)
                free(t->answer[i].body);
        free(t->report);
        free(t->memory);
        free(t);
}

uint32_t terminal_waiting(const struct terminal *t)
{
        return t->n_reports;
}

const struct terminal_counts *terminal_counted(const struct terminal *t)
{
        return &t->counts;
}

int64_t terminal_clock_step_us(const struct terminal *t)
{
        return t->clock_step_us;
}

void terminal_cap_rain(int64_t slot_milli[12], int64_t *carry_milli)
{
        int64_t carry = *carry_milli;
        int i;

        for (i = 0; i < 12; i++) {
                slot_milli[i] += carry;
                carry = slot_milli[i] > CAP_MILLI ? slot_milli[i] - CAP_MILLI
                                                  : 0;
                slot_milli[i] -= carry;
        }
        *carry_milli = carry;
}

/* ---- reports ---- */

uint16_t terminal_next_serial(struct terminal *t)
{
        t->serial = t->serial == UINT16_MAX ? 1 : (uint16_t)(t->serial + 1);
        return t->serial;
}

void terminal_begin(const struct terminal *t, struct sl651_frame *f,
                    uint8_t function, int64_t sent_us)
{
        sl651_frame_init(f, function, t->c.address,
                         sent_us - sent_us % SECOND_US);
        f->head.ascii = t->c.ascii;
        f->head.centre = t->c.centre;
        f->head.password = t->c.password;
        f->station_class[0] = t->c.station_class;
}

static void remember(struct terminal *t, const struct sl651_frame *f)
{
        uint32_t i;

        for (i = 0; t->c.memory_max && i < f->n_values; i++) {
                t->memory[t->memory_at] = f->value[i];
                t->memory_at = (t->memory_at + 1) % t->c.memory_max;
                if (t->n_memory < t->c.memory_max)
                        t->n_memory++;
        }
}

/* The k-th report leaves the store. */
static void leave(struct terminal *t, uint32_t k, enum terminal_fate fate)
{
        uint64_t tag = t->report[k].tag;

        free(t->report[k].body);
        t->n_reports--;
        memmove(&t->report[k], &t->report[k + 1],
                (t->n_reports - k) * sizeof *t->report);
        if (t->tell)
                t->tell(t->self, tag, fate);
}

enum status terminal_body(struct terminal *t, struct sl651_frame *f,
                          struct terminal_report *ret, struct err *e)
{
        struct buf body = {.limit = SL651_MESSAGE_MAX};
        enum status st;

        f->serial = terminal_next_serial(t);
        st = sl651_encode_body(f, NULL, &body, e);
        ret->head = f->head;
        ret->serial = f->serial;
        ret->packets = 1;
        if (st == OK && body.n > t->c.packet_bytes)
                ret->packets = sl651_packets(body.n, t->c.packet_bytes);
        if (st == OK &&
            (ret->packets == 0 || ret->packets > TERMINAL_PACKETS_MAX))
                st = err_set(e, ERR_SIZE, "%zu bytes are too many packets",
                             body.n);
        if (st != OK) {
                buf_done(&body);
                return st;
        }
        ret->body = body.p;
        ret->n = body.n;
        return OK;
}

enum status terminal_put(struct terminal *t, struct sl651_frame *f,
                         uint64_t tag, uint16_t *ret_serial, struct err *e)
{
        struct terminal_report r = {.tag = tag};
        enum status st = terminal_body(t, f, &r, e);

        if (st != OK)
                return st;
        remember(t, f);
        t->counts.reports++;
        if (t->n_reports == t->c.reports_max) {
                t->counts.pushed_out++;
                leave(t, t->x.on ? 1 : 0, TERMINAL_PUSHED_OUT);
        }
        t->report[t->n_reports++] = r;
        if (ret_serial)
                *ret_serial = r.serial;
        return OK;
}

/* ---- the line ---- */

static void end_exchange(struct terminal *t)
{
        memset(&t->x, 0, sizeof t->x);
}

void terminal_line(struct terminal *t, bool up, int64_t now_us)
{
        t->up = up;
        t->stay_until_us = 0;
        t->hang_up = false;
        t->quiet_us = now_us;
        end_exchange(t);
}

bool terminal_dials(const struct terminal *t, int64_t now_us)
{
        if (now_us < t->pause_until_us)
                return false;
        return t->n_reports > 0 || !t->c.hangs_up;
}

static void finish(struct terminal *t, enum terminal_fate fate, int64_t now_us)
{
        end_exchange(t);
        t->quiet_us = now_us;
        if (fate == TERMINAL_CONFIRMED)
                t->counts.confirmed++;
        else if (fate == TERMINAL_LOST)
                t->counts.lost++;
        leave(t, 0, fate);
}

static void give_up(struct terminal *t, int64_t now_us)
{
        t->counts.given_up++;
        t->pause_until_us = now_us + t->c.redial_us;
        t->hang_up = true;
        if (t->c.keeps)
                end_exchange(t);
        else
                finish(t, TERMINAL_LOST, now_us);
}

/* ---- sending ---- */

static enum status frame_of(const struct terminal *t,
                            const struct terminal_report *r, uint32_t packet,
                            bool again, struct buf *out, struct err *e)
{
        struct text body = {r->body, r->n};

        if (r->packets == 1)
                return sl651_seal(&r->head, body, out, e);
        return sl651_packet(&r->head, body, t->c.packet_bytes, packet, again,
                            out, e);
}

/* In M2 each packet is confirmed by itself, else the last one only. */
static bool waits_after(const struct terminal *t, uint32_t packet)
{
        if (t->c.mode == SL651_M1)
                return false;
        return t->c.mode == SL651_M2 || packet == t->report[0].packets;
}

static enum status send_packet(struct terminal *t, uint32_t packet, bool again,
                               int64_t now_us, struct buf *out, struct err *e)
{
        enum status st = frame_of(t, &t->report[0], packet,
                                  again && t->c.mode == SL651_M3, out, e);

        if (st != OK)
                return st;
        t->counts.frames++;
        t->counts.repeats += again;
        t->quiet_us = now_us;
        t->x.deadline_us = now_us + t->c.answer_us;
        return OK;
}

/* The next packet that was never sent. */
static enum status send_first(struct terminal *t, int64_t now_us,
                              struct buf *out, struct err *e)
{
        uint32_t packet = t->x.sent + 1;
        enum status st = send_packet(t, packet, false, now_us, out, e);

        if (st != OK)
                return st;
        t->x.sent = packet;
        t->x.repeats = 0;
        t->x.waits = waits_after(t, packet);
        if (t->c.mode == SL651_M1 && packet == t->report[0].packets)
                finish(t, TERMINAL_SENT, now_us);
        return OK;
}

/* A packet that NAK named. */
static enum status send_named(struct terminal *t, int64_t now_us,
                              struct buf *out, struct err *e)
{
        uint32_t packet = 1;

        while (!t->x.named[packet])
                packet++;
        t->x.named[packet] = false;
        t->x.n_named--;
        t->x.waits = true;
        return send_packet(t, packet, true, now_us, out, e);
}

static enum status send_answer(struct terminal *t, int64_t now_us,
                               struct buf *out, struct err *e)
{
        struct terminal_report *a = &t->answer[0];
        enum status st = frame_of(t, a, ++t->answer_packet, false, out, e);

        if (st == OK && t->answer_packet < a->packets)
                return OK;
        t->quiet_us = now_us;
        t->answer_packet = 0;
        t->counts.queries += st == OK;
        free(a->body);
        t->n_answers--;
        memmove(a, a + 1, t->n_answers * sizeof *a);
        return st;
}

static enum status send_keep(struct terminal *t, int64_t now_us, int64_t own_us,
                             struct buf *out, struct err *e)
{
        struct buf body = {0};
        enum status st;

        terminal_begin(t, t->f, 0x2F, own_us);
        t->f->serial = t->serial ? t->serial : 1;
        st = sl651_encode_body(t->f, NULL, &body, e);
        if (st == OK)
                st = sl651_seal(&t->f->head, buf_as_text(&body), out, e);
        buf_done(&body);
        t->quiet_us = now_us;
        t->counts.keeps += st == OK;
        return st;
}

static bool keep_due(const struct terminal *t, int64_t now_us)
{
        return t->c.keep_us > 0 && t->c.mode != SL651_M1 &&
               now_us - t->quiet_us >= t->c.keep_us;
}

/* No answer came in time: again, at most twice; then given up.  Of several
 * M3 packets the last goes again, so that the centre looks what it has. */
static enum status no_answer(struct terminal *t, int64_t now_us,
                             struct buf *out, enum terminal_act *ret,
                             struct err *e)
{
        if (t->x.repeats == TERMINAL_REPEATS) {
                give_up(t, now_us);
                return OK;
        }
        t->x.repeats++;
        *ret = TERMINAL_SEND;
        return send_packet(t, t->x.sent, true, now_us, out, e);
}

static enum status next_of_report(struct terminal *t, int64_t now_us,
                                  struct buf *out, enum terminal_act *ret,
                                  struct err *e)
{
        t->x.on = true;
        *ret = TERMINAL_SEND;
        if (t->x.n_named)
                return send_named(t, now_us, out, e);
        if (!t->x.waits)
                return send_first(t, now_us, out, e);
        *ret = TERMINAL_WAIT;
        if (now_us < t->x.deadline_us)
                return OK;
        return no_answer(t, now_us, out, ret, e);
}

enum status terminal_next(struct terminal *t, int64_t now_us, int64_t own_us,
                          struct buf *out, enum terminal_act *ret,
                          struct err *e)
{
        enum status st = OK;

        *ret = TERMINAL_WAIT;
        if (!t->up)
                return OK;
        if (!t->hang_up && t->n_answers) {
                *ret = TERMINAL_SEND;
                return send_answer(t, now_us, out, e);
        }
        if (!t->hang_up && t->n_reports)
                st = next_of_report(t, now_us, out, ret, e);
        else if (!t->hang_up && t->c.hangs_up && now_us >= t->stay_until_us)
                t->hang_up = true;
        if (st != OK || *ret == TERMINAL_SEND)
                return st;
        if (t->hang_up) {
                *ret = TERMINAL_HANG_UP;
        } else if (keep_due(t, now_us)) {
                *ret = TERMINAL_SEND;
                st = send_keep(t, now_us, own_us, out, e);
        }
        return st;
}

int64_t terminal_due_us(const struct terminal *t)
{
        int64_t due = INT64_MAX;

        if (!t->up)
                return terminal_dials(t, INT64_MAX) ? t->pause_until_us : due;
        if (t->hang_up || t->n_answers || (t->n_reports && !t->x.waits) ||
            t->x.n_named)
                return 0;
        if (t->x.waits)
                due = t->x.deadline_us;
        else if (t->c.hangs_up)
                due = t->stay_until_us;
        if (t->c.keep_us && t->c.mode != SL651_M1 &&
            t->quiet_us + t->c.keep_us < due)
                due = t->quiet_us + t->c.keep_us;
        return due;
}

/* ---- answers of the centre ---- */

static void on_nak(struct terminal *t, uint32_t packet, int64_t now_us)
{
        t->counts.naks++;
        if (packet == 0)
                packet = t->x.sent;
        if (packet > t->x.sent || t->x.named[packet])
                return;
        if (t->x.again[packet] == TERMINAL_REPEATS) {
                t->x.repeats = TERMINAL_REPEATS; /* enough: given up now */
                t->x.deadline_us = now_us;
                return;
        }
        t->x.again[packet]++;
        t->x.named[packet] = true;
        t->x.n_named++;
}

static void on_end(struct terminal *t, const struct sl651_head *h,
                   int64_t now_us)
{
        t->stay_until_us = h->end == SL651_ESC ? now_us + TERMINAL_STAY_US : 0;
        finish(t, TERMINAL_CONFIRMED, now_us);
}

/* Only what was sent can be confirmed: the same function and serial, and
 * not before the last packet. */
static void on_answer(struct terminal *t, const struct sl651_frame *f,
                      int64_t now_us)
{
        const struct sl651_head *h = &f->head;
        bool all = t->x.on && t->x.sent == t->report[0].packets;

        if (!t->x.on || h->function != t->report[0].head.function ||
            f->serial != t->report[0].serial)
                t->counts.strange++;
        else if ((h->end == SL651_EOT || h->end == SL651_ESC) && all)
                on_end(t, h, now_us);
        else if (h->end == SL651_ACK && !all && t->x.waits)
                t->x.waits = false;
        else if (h->end == SL651_NAK)
                on_nak(t, h->many ? h->packet : 0, now_us);
        else
                t->counts.strange++;
}

void terminal_take(struct terminal *t, struct text frame, int64_t now_us,
                   int64_t own_us)
{
        struct sl651_frame *f = t->f;

        if (sl651_decode(frame, NULL, f, NULL) != OK) {
                t->counts.broken++;
                return;
        }
        if (!f->head.downlink || strcmp(f->head.address, t->c.address) != 0)
                t->counts.strange++;
        else if (f->head.end == SL651_ENQ)
                terminal_query(t, f, own_us);
        else
                on_answer(t, f, now_us);
}
