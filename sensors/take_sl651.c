/* sensors/take_sl651.c -- what happens to a terminal's frame.
 *
 * By MQTT the topic names the station; by TCP the frame's address does.
 * Order: read, whose is it, may he (password, centre), was it here before,
 * values and the rest by station block, the answer.  What a terminal does
 * otherwise than SL 651-2014 is counted (conform.h), not refused, as far as
 * it can be understood.
 * Source: SL 651-2014 6.2, 6.3, 6.6. */
#include "sensors/take_line.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- whose frame is it ---- */

static bool may_report_for(const struct take *t, uint32_t speaker, uint32_t of)
{
        const struct station *s = &t->p->stations[of];

        return speaker == of ||
               (s->via[0] && strcmp(s->via, t->p->stations[speaker].code) == 0);
}

/* t->station becomes the frame's; on a topic, only one that this topic's
 * station may report for. */
static enum status find_speaker(struct take *t, const struct sl651_head *h)
{
        uint32_t of_topic = t->station;
        uint32_t of_frame = places_find_sl651(t->p, text_of(h->address));

        if (of_topic == NO_INDEX && of_frame == NO_INDEX) {
                snprintf(t->waits_as, sizeof t->waits_as, "%s", h->address);
                return err_set(t->e, ERR_UNKNOWN_STATION,
                               "terminal %s is of no station in the book: "
                               "give a station its address (sl651)",
                               h->address);
        }
        if (of_topic != NO_INDEX &&
            (of_frame == NO_INDEX || !may_report_for(t, of_topic, of_frame))) {
                const struct station *s = &t->p->stations[of_topic];

                return err_set(t->e, ERR_MISMATCH,
                               "the frame is of terminal %s, station \"%s\" "
                               "has %s",
                               h->address, s->code,
                               s->sl651[0] ? s->sl651 : "no address");
        }
        t->station = of_frame;
        return OK;
}

/* A stranger's report waits to be admitted.  One that is whole and can be
 * read is confirmed then, since what waits is kept.  Of a message of many
 * packets nobody knows here whether all came: it gets silence. */
static void note_stranger(struct take *t, const struct sl651_head *h)
{
        struct sl651_frame *f = t->s->frame;
        struct err e = {0};

        t->stranger.head = *h;
        t->stranger.link = !h->downlink && h->function == 0x2F;
        if (h->many || !sl651_wants_answer(h) ||
            sl651_decode(t->payload, NULL, f, &e) != OK)
                return;
        t->stranger.whole = true;
        t->stranger.serial = f->serial;
}

static enum status check_rights(struct take *t, struct line *x,
                                const struct sl651_head *h)
{
        const struct station *s = &t->p->stations[t->station];

        if (s->terminal.password >= 0 && s->terminal.password != h->password) {
                take_deviation(t, x, LINE_PASSWORD, 0);
                return err_set(t->e, ERR_MISMATCH,
                               "the password is not that of station \"%s\"",
                               s->code);
        }
        if (s->terminal.centre && s->terminal.centre != h->centre) {
                take_deviation(t, x, LINE_OTHER_CENTRE, 0);
                return err_set(t->e, ERR_MISMATCH,
                               "the frame is for centre %u, station \"%s\" "
                               "reports to %u",
                               h->centre, s->code, s->terminal.centre);
        }
        return OK;
}

/* ---- was it here before ---- */

/* True: taken before, only the answer is missing. */
static bool was_taken(struct take *t, struct line *x)
{
        const struct sl651_frame *f = t->s->frame;
        struct heard h = {.serial = f->serial,
                          .crc = sl651_crc(f->bytes.p, f->bytes.n),
                          .function = f->head.function,
                          .sent_us = f->sent_us};
        uint32_t serial = sl651_wants_answer(&f->head)
                                  ? line_serial_kind(x, f->serial)
                                  : CONFORM_KINDS;
        enum heard_as as;

        if (f->head.function == 0x2F)
                return false;
        as = line_hear(x, &h);
        if (as == HEARD_REPEATS)
                take_deviation(t, x, LINE_REPEATS, 0);
        else if (as == HEARD_REPLAY)
                take_deviation(t, x, LINE_REPLAY, 0);
        else if (as == HEARD_REUSED)
                take_deviation(t, x, LINE_SERIAL_REUSED, 0);
        else if (as == HEARD_NEW && serial != CONFORM_KINDS)
                take_deviation(t, x, serial, 0);
        if (as != HEARD_NEW && as != HEARD_REUSED) {
                t->s->counts.frames_again++;
                return true;
        }
        return false;
}

static void note_clock(struct take *t, struct line *x)
{
        const struct sl651_frame *f = t->s->frame;
        int64_t off_us;

        if (f->sent_us == TIME_NONE)
                return;
        off_us = f->sent_us - t->engine_us;
        x->clock_offset_us = off_us;
        if (off_us > LINE_CLOCK_US || off_us < -LINE_CLOCK_US) {
                t->marks |= MARK_CLOCK;
                take_deviation(t, x, LINE_CLOCK, 0);
        }
}

/* In M2 to M4 a terminal waits for each answer; two reports that were read
 * in one piece did not. */
static void note_waiting(struct take *t, struct line *x)
{
        const struct station *s = &t->p->stations[t->station];

        if (s->terminal.mode != SL651_M1 && x->moved_us == t->r->real_us &&
            sl651_wants_answer(&t->s->frame->head))
                take_deviation(t, x, LINE_NO_WAIT, 0);
        x->moved_us = t->r->real_us;
}

/* An array of twelve: F4 (rain), F5..FC (relative levels). */
static bool is_slots(enum element e)
{
        uint8_t lead = element_info(e)->sl651_lead;

        return lead >= 0xF4 && lead <= 0xFC;
}

/* The book says that this station gives an array the time of its last
 * slot.  Not guessed from the frame: other values may have a time of their
 * own. */
static void note_slots(struct take *t, struct line *x)
{
        const struct sl651_frame *f = t->s->frame;
        uint32_t i;

        if (t->p->stations[t->station].terminal.slots != SL651_SLOTS_LAST)
                return;
        for (i = 0; i < f->n_values; i++)
                if (is_slots(f->value[i].element)) {
                        take_deviation(t, x, LINE_SLOTS, f->value[i].at);
                        return;
                }
}

static void note_deviations(struct take *t, struct line *x)
{
        const struct sl651_frame *f = t->s->frame;
        uint32_t i;

        for (i = 0; i < f->n_deviations && i < SL651_DEVIATIONS_MAX; i++)
                take_deviation(t, x, f->deviation[i].kind, f->deviation[i].at);
}

/* ---- what it says ---- */

static enum status check_times(struct take *t, struct line *x)
{
        const struct sl651_frame *f = t->s->frame;
        enum status st = OK;
        char what[48];
        uint32_t i;

        for (i = 0; st == OK && i < f->n_values; i++) {
                snprintf(what, sizeof what, "byte %u: time of %s",
                         f->value[i].at, element_name(f->value[i].element));
                st = take_check_future(t, f->value[i].time_us, what);
        }
        if (st != OK)
                take_deviation(t, x, LINE_FUTURE, f->value[i - 1].at);
        return st;
}

/* A block that the speaker may not report for: refused alone. */
static void refuse_block(struct take *t, struct line *x, uint32_t block,
                         uint32_t station)
{
        const char *address = t->s->frame->address[block];
        char detail[160];

        if (station == NO_INDEX)
                snprintf(detail, sizeof detail,
                         "block %u: terminal %s is of no station in the book",
                         block, address);
        else
                snprintf(detail, sizeof detail,
                         "block %u: station \"%s\" may not report for \"%s\" "
                         "(via)",
                         block, t->p->stations[t->station].code,
                         t->p->stations[station].code);
        take_deviation(t, x, LINE_FOREIGN, 0);
        t->s->counts.blocks_refused++;
        take_refuse(t, station == NO_INDEX ? ERR_UNKNOWN_STATION : ERR_MISMATCH,
                    detail, t->payload);
}

static uint32_t block_items(struct take *t, uint32_t block)
{
        const struct sl651_frame *f = t->s->frame;
        uint32_t i, n = 0;

        for (i = 0; i < f->n_values; i++) {
                const struct sl651_value *v = &f->value[i];

                if (v->station == block)
                        t->s->item[n++] = (struct take_item){
                                v->time_us, v->element,
                                v->missing, v->value_milli,
                                i,          v->outside ? MARK_RANGE : 0};
        }
        return n;
}

static void attach_spans(struct take *t, uint32_t block, uint32_t station)
{
        const struct sl651_frame *f = t->s->frame;
        uint32_t i;

        for (i = 0; i < f->n_spans && i < SL651_SPANS_MAX; i++) {
                const struct sl651_span *x = &f->span[i];
                struct attachment a = {.station = station,
                                       .item = i,
                                       .time_us = x->time_us,
                                       .seq = t->r->seq};

                if (x->station != block || x->kind == SL651_SPAN_PART)
                        continue;
                snprintf(a.kind, sizeof a.kind, "%s", sl651_span_name(x->kind));
                effects_attach(t->fx, &a,
                               (struct text){f->bytes.p + x->at, x->n});
                t->s->counts.attachments++;
        }
}

/* Each block's values go to its own station. */
static enum status take_blocks(struct take *t, struct line *x)
{
        const struct sl651_frame *f = t->s->frame;
        uint32_t speaker = t->station, block, of;
        enum status st = OK;

        for (block = 0; block < f->n_addresses && st == OK; block++) {
                of = block == 0 ? speaker
                                : places_find_sl651(t->p,
                                                    text_of(f->address[block]));
                t->station = speaker;
                if (of == NO_INDEX || !may_report_for(t, speaker, of)) {
                        refuse_block(t, x, block, of);
                        continue;
                }
                t->station = of;
                attach_spans(t, block, of);
                st = take_station(t, (struct wire_seq){false, 0, 0},
                                  block_items(t, block));
        }
        t->station = speaker;
        return st;
}

/* A whole report: a frame of one packet, or put together.  x is the
 * speaker's line. */
static enum status take_report(struct take *t, struct line *x)
{
        struct sl651_frame *f = t->s->frame;
        const struct heard *h = line_last_report(x);
        struct heard last = h ? *h : (struct heard){0};
        enum status st = OK;
        bool ask = false;

        if (f->n_addresses == 0) /* a frame without blocks is the head's */
                f->n_addresses = 1;
        t->test = f->head.function == 0x30;
        x->keeps |= f->head.function == 0x2F;
        note_clock(t, x);
        if (!was_taken(t, x)) {
                note_waiting(t, x);
                note_deviations(t, x);
                note_slots(t, x);
                t->manual = f->head.function == 0x35 && line_is_latest(x);
                t->s->counts.elements_skipped += f->n_skipped;
                st = check_times(t, x);
                if (st == OK)
                        st = take_blocks(t, x);
                if (st == OK)
                        st = take_periods(t, x, h ? &last : NULL, &ask);
        } else {
                st = take_seen(t, "already taken: sent again");
                if (st == OK)
                        st = take_needless(t);
        }
        /* What lies ahead of our clock is kept in quarantine: to send it
         * again would not help. */
        if (st == OK || st == ERR_FUTURE)
                take_answer(t, x, &f->head, f->serial, ask);
        if (st == OK && ask)
                take_ask(t, x);
        return st;
}

/* ---- the doors ---- */

static struct sl651_how how_of(const struct take *t)
{
        const struct sl651_options *x = &t->p->stations[t->station].terminal;

        return (struct sl651_how){
                .slots = x->slots,
                .vendor = vendors_find(&t->s->vendors, x->vendor)};
}

static enum status take_single(struct take *t, struct line *x)
{
        struct sl651_how o = how_of(t);
        enum status st = sl651_decode(t->payload, &o, t->s->frame, t->e);

        if (st == OK)
                return take_report(t, x);
        note_deviations(t, x);
        take_deviation(t, x, LINE_BROKEN, 0);
        return st;
}

/* A message of many packets is complete. */
enum status take_message(struct take *t, struct line *x,
                         const struct sl651_head *h)
{
        struct sl651_how o = how_of(t);
        enum status st = sl651_decode_message(h, buf_as_text(&t->s->message),
                                              &o, t->s->frame, t->e);

        if (st == OK)
                return take_report(t, x);
        note_deviations(t, x);
        take_deviation(t, x, LINE_BROKEN, 0);
        return st;
}

/* A frame that cannot be opened came on a topic: the station is known. */
static void note_broken(struct take *t, enum status st)
{
        struct line *x = NULL;

        if (t->station == NO_INDEX || st == ERR_UNSUPPORTED ||
            lines_get(&t->s->lines, t->station, &x, t->e) != OK)
                return;
        take_deviation(t, x, LINE_BROKEN, 0);
        take_tell_deviations(t, x);
}

static enum status take_open(struct take *t, const struct sl651_head *h)
{
        struct line *x = NULL;
        enum status st = find_speaker(t, h);

        if (st == ERR_UNKNOWN_STATION)
                note_stranger(t, h);
        if (st == OK && h->downlink)
                st = err_set(t->e, ERR_UNSUPPORTED,
                             "a downlink frame came up: function %02X (%s)",
                             h->function, sl651_function_name(h->function));
        if (st == OK)
                st = lines_get(&t->s->lines, t->station, &x, t->e);
        if (st != OK)
                return st;
        x->frames++;
        st = check_rights(t, x, h);
        if (st == OK)
                st = h->many ? take_packet(t, x, h) : take_single(t, x);
        take_tell_deviations(t, x);
        return st;
}

enum status take_sl651(struct take *t)
{
        struct sl651_head h;
        enum status st = t->r->kind == RECORD_FRAME ? OK : take_find_station(t);

        t->s->counts.frames++;
        if (st != OK) {
                struct err e = {0};

                if (sl651_open(t->payload, &h, &e) == OK)
                        note_stranger(t, &h);
                return st;
        }
        st = sl651_open(t->payload, &h, t->e);
        if (st != OK) {
                note_broken(t, st);
                return st;
        }
        return take_open(t, &h);
}
