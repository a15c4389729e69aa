/* sensors/sensors.c -- from bytes to trusted observations: the one door.
 *
 * A message is first decoded whole; only then anything is changed, so that
 * a refused message leaves nothing behind but its place in the quarantine
 * and its (boot, seq).  take.c has what happens to each kind. */
#include "sensors/babble.h"
#include "sensors/sensors_part.h"

#include <stdlib.h>
#include <string.h>

#define SAVE_FORMAT 3

struct sensors_config sensors_defaults(void)
{
        return (struct sensors_config){.future_us = 5 * MINUTE_US,
                                       .quarantine_max = 1000,
                                       .incidents_max = 5000,
                                       .units_max = 2000};
}

enum status sensors_create(const struct sensors_config *c, struct sensors **ret,
                           struct err *e)
{
        struct sensors *s = calloc(1, sizeof *s);
        enum status st;

        if (!s)
                return err_set(e, ERR_MEMORY, "no memory for sensors");
        s->config = *c;
        check_table_clear(&s->checks);
        s->obs = malloc(sizeof *s->obs);
        s->reading = malloc(MAPPING_READINGS_MAX * sizeof *s->reading);
        s->frame = malloc(sizeof *s->frame);
        s->item = malloc(TAKE_ITEMS_MAX * sizeof *s->item);
        s->slot = malloc((size_t)RAIN_SLOTS_MAX * TAKE_ITEMS_MAX *
                         sizeof *s->slot);
        st = s->obs && s->reading && s->frame && s->item && s->slot
                     ? quarantine_init(&s->quarantine, c->quarantine_max, e)
                     : err_set(e, ERR_MEMORY, "no memory for sensors");
        if (st == OK)
                st = dispatch_init(&s->dispatch, c->incidents_max, c->units_max,
                                   e);
        if (st != OK) {
                sensors_free(s);
                return st;
        }
        *ret = s;
        return OK;
}

void sensors_free(struct sensors *s)
{
        if (!s)
                return;
        board_done(&s->board);
        senders_done(&s->senders);
        dispatch_done(&s->dispatch);
        quarantine_done(&s->quarantine);
        mapped_done(&s->mapped);
        vendors_done(&s->vendors);
        book_done(&s->book);
        gaps_done(&s->gaps);
        applicants_done(&s->applicants);
        lines_done(&s->lines);
        buf_done(&s->message);
        free(s->obs);
        free(s->reading);
        free(s->frame);
        free(s->item);
        free(s->slot);
        free(s);
}

enum status sensors_mapping(struct sensors *s, struct text body, struct err *e)
{
        return mapped_put(&s->mapped, body, e);
}

enum status sensors_vendor(struct sensors *s, struct text body, struct err *e)
{
        return vendors_put(&s->vendors, body, e);
}

uint64_t sensors_mapping_changes(const struct sensors *s)
{
        return s->mapped.changes;
}

const char *sensors_mapping_topic(const struct sensors *s, uint32_t i)
{
        return i < s->mapped.n ? s->mapped.at[i].mapping.topic : NULL;
}

uint32_t sensors_n_mappings(const struct sensors *s)
{
        return s->mapped.n;
}

void sensors_tick(struct sensors *s, int64_t engine_us, struct effects *fx)
{
        dispatch_tick(&s->dispatch, engine_us, fx);
}

/* ---- the station book ---- */

void sensors_count_gaps(struct sensors *s, const struct places *p,
                        const struct effects *fx, uint32_t from)
{
        uint32_t i, station;

        for (i = from; i < fx->n_gap; i++) {
                const struct gap_change *c = &fx->gap[i];
                struct book_facts *f;

                s->counts.gaps_seen +=
                        c->gap.state == GAP_OPEN &&
                        c->gap.asked == (c->gap.is_period ? 0 : 1);
                s->counts.gaps_filled += c->gap.state == GAP_FILLED;
                s->counts.gaps_given_up += c->gap.state == GAP_HOLE;
                if (c->lost == 0 || c->gap.is_centre)
                        continue;
                station = places_find_station(p, text_of(c->gap.subject));
                f = table_find(&s->book.stations, station);
                if (f)
                        f->lost += (uint64_t)c->lost;
        }
}

void sensors_tick_gaps(struct sensors *s, const struct places *p,
                       int64_t real_us, uint64_t seq, struct effects *fx)
{
        uint32_t before = fx->n_gap;

        gaps_tick(&s->gaps, real_us, seq, fx);
        sensors_count_gaps(s, p, fx, before);
}

uint32_t sensors_n_gaps(const struct sensors *s)
{
        return s->gaps.n;
}

const struct gap *sensors_gap(const struct sensors *s, uint32_t i)
{
        return &s->gaps.at[i].gap;
}

static bool in_conflict(const struct book_facts *f, int64_t engine_us)
{
        return f->conflict_us != TIME_NONE &&
               engine_us - f->conflict_seen_us < HORIZON_US;
}

uint32_t sensors_babbling(const struct sensors *s, int64_t engine_us)
{
        const struct book_facts *f;
        uint32_t i, n = 0;

        if (!babble_lasts(s->babbled_s, &s->checks, engine_us))
                return 0;
        for (i = 0; i < s->book.stations.n; i++) {
                f = book_find(&s->book, i);
                n += f && babble_now(f, &s->checks, engine_us);
        }
        return n;
}

bool sensors_in_conflict(const struct sensors *s, uint32_t station,
                         int64_t engine_us)
{
        const struct book_facts *f = book_find(&s->book, station);

        return f && in_conflict(f, engine_us);
}

bool sensors_book(const struct sensors *s, const struct places *p,
                  uint32_t station, int64_t engine_us, struct station_book *ret)
{
        const struct book_facts *f = book_find(&s->book, station);
        const struct gap_entry *g;
        uint32_t n, i;

        if (!f || station >= p->n_stations)
                return false;
        *ret = (struct station_book){
                f->messages,
                f->repeated,
                f->refused,
                f->duplicates,
                f->conflicts,
                f->amended,
                f->numbered,
                f->lost,
                .has_clock = f->has_clock,
                .clock_us = f->clock_us,
                .needless = f->needless,
                .babbles = babble_now(f, &s->checks, engine_us),
                .has_conflict = in_conflict(f, engine_us),
                .conflict_element = f->conflict_element,
                .conflict_us = f->conflict_us};
        book_loss(f, engine_us, &ret->expected, &ret->heard);
        n = s->gaps.n ? gaps_of(&s->gaps, p->stations[station].code, false, &g)
                      : 0;
        for (i = 0; i < n; i++) {
                ret->gaps_open += g[i].gap.state == GAP_OPEN;
                ret->holes += g[i].gap.state == GAP_HOLE;
        }
        return true;
}

/* The value about an hour before the newest: the last one at least an hour
 * older, not older than two hours. */
static void before(const struct series *x, struct newest *n)
{
        int64_t t_us, milli;

        n->has_before =
                series_before(x, x->time_us - HOUR_US + 1, &t_us, &milli) &&
                t_us >= x->time_us - 2 * HOUR_US;
        n->before_milli = n->has_before ? milli : 0;
}

bool sensors_newest(const struct sensors *s, uint32_t station,
                    enum element element, struct newest *ret)
{
        const struct board_station *b = board_find(&s->board, station);
        const struct series *x = b ? board_find_series(b, element) : NULL;
        struct newest n = {.has = true};

        if (!x || !x->has_newest)
                return false;
        n.time_us = x->time_us;
        n.received_us = x->received_us;
        n.value_milli = x->value_milli;
        n.marks = x->marks;
        n.seq = x->seq;
        before(x, &n);
        *ret = n;
        return true;
}

int64_t sensors_last_seen(const struct sensors *s, uint32_t station)
{
        const struct board_station *b = board_find(&s->board, station);

        return b ? b->last_seen_us : TIME_NONE;
}

int64_t sensors_rain_sum(const struct sensors *s, uint32_t station,
                         int64_t end_us, int64_t window_us,
                         int64_t *ret_covered_us)
{
        const struct board_station *b = board_find(&s->board, station);

        *ret_covered_us = 0;
        return b ? rain_sum(&b->rain, end_us, window_us, ret_covered_us) : 0;
}

const struct incident *sensors_incidents(const struct sensors *s,
                                         uint32_t *ret_n)
{
        *ret_n = s->dispatch.n_incidents;
        return s->dispatch.incident;
}

const struct unit *sensors_units(const struct sensors *s, uint32_t *ret_n)
{
        *ret_n = s->dispatch.n_units;
        return s->dispatch.unit;
}

void sensors_locate_incident(struct sensors *s, const char *centre,
                             const char *id, const char *county,
                             const char *town)
{
        dispatch_locate(&s->dispatch, centre, id, county, town);
}

const struct sensors_counts *sensors_counts(const struct sensors *s)
{
        return &s->counts;
}

const struct quarantined *sensors_quarantine(const struct sensors *s,
                                             uint32_t *ret_n)
{
        *ret_n = s->quarantine.n;
        return s->quarantine.at + s->quarantine.start;
}

const uint64_t *sensors_refused_by_reason(const struct sensors *s)
{
        return s->by_reason;
}

uint32_t sensors_last_messages(const struct sensors *s, uint32_t station,
                               struct last_message out[LAST_MESSAGES])
{
        const struct board_station *b = board_find(&s->board, station);

        return b ? said_list(&b->said, out) : 0;
}

uint32_t sensors_sequences(const struct sensors *s, const char *subject,
                           bool is_centre, uint64_t *ret_boot,
                           struct sequence_range *ret, uint32_t max)
{
        const struct sender *x = senders_find(&s->senders, subject, is_centre);
        uint32_t i;

        if (!x || x->n_boots == 0)
                return 0;
        *ret_boot = x->boot[0].boot;
        for (i = 0; i < x->boot[0].n && i < max; i++)
                ret[i] = (struct sequence_range){x->boot[0].range[i].from,
                                                 x->boot[0].range[i].to};
        return i;
}

uint32_t sensors_sequences_refused(const struct sensors *s, const char *subject,
                                   bool is_centre, struct sequence_refused *ret,
                                   uint32_t max)
{
        const struct sender *x = senders_find(&s->senders, subject, is_centre);
        uint32_t i, n = 0;

        for (i = 0; x && x->n_boots && i < x->n_refused && n < max; i++)
                if (x->refused[i].boot == x->boot[0].boot)
                        ret[n++] = (struct sequence_refused){
                                x->refused[i].seq, x->refused[i].reason};
        return n;
}

const struct line *sensors_line(const struct sensors *s, uint32_t station)
{
        return lines_find(&s->lines, station);
}

uint64_t sensors_collecting(const struct sensors *s, uint64_t *ret_bytes)
{
        *ret_bytes = s->lines.bytes;
        return s->lines.n_collecting;
}

/* ---- snapshot ---- */

/* The counters are all u64, so they are saved as a plain list. */
static void save_counts(const struct sensors *s, struct buf *b)
{
        const uint64_t *c = (const uint64_t *)&s->counts;
        uint32_t i, n = sizeof s->counts / sizeof *c;

        pack_u32(b, n);
        for (i = 0; i < n; i++)
                pack_u64(b, c[i]);
        pack_u32(b, STATUS_COUNT);
        for (i = 0; i < STATUS_COUNT; i++)
                pack_u64(b, s->by_reason[i]);
}

static void load_list(uint64_t *to, uint32_t max, struct unpack *u)
{
        uint32_t n = unpack_count(u, 8), i;

        for (i = 0; i < n; i++) {
                uint64_t v = unpack_u64(u);

                if (i < max)
                        to[i] = v;
        }
}

void sensors_save(const struct sensors *s, struct buf *b)
{
        pack_u32(b, SAVE_FORMAT);
        save_counts(s, b);
        check_table_save(&s->checks, b);
        board_save(&s->board, b);
        senders_save(&s->senders, b);
        dispatch_save(&s->dispatch, b);
        quarantine_save(&s->quarantine, b);
        mapped_save(&s->mapped, b);
        vendors_save(&s->vendors, b);
        book_save(&s->book, b);
        gaps_save(&s->gaps, b);
        applicants_save(&s->applicants, b);
        lines_save(&s->lines, b);
}

enum status sensors_load(struct sensors *s, struct unpack *u, struct err *e)
{
        uint32_t format = unpack_u32(u);
        enum status st;

        if (u->failed || format != SAVE_FORMAT)
                return err_set(e, ERR_CORRUPT,
                               "snapshot of sensors has format %u, want %d",
                               format, SAVE_FORMAT);
        load_list((uint64_t *)&s->counts, sizeof s->counts / sizeof(uint64_t),
                  u);
        load_list(s->by_reason, STATUS_COUNT, u);
        check_table_load(&s->checks, u);
        st = board_load(&s->board, u, e);
        if (st == OK)
                st = senders_load(&s->senders, u, e);
        if (st == OK && !u->failed)
                dispatch_load(&s->dispatch, u);
        if (st == OK && !u->failed)
                quarantine_load(&s->quarantine, u);
        if (st == OK && !u->failed)
                st = mapped_load(&s->mapped, u, e);
        if (st == OK && !u->failed)
                st = vendors_load(&s->vendors, u, e);
        if (st == OK && !u->failed)
                st = book_load(&s->book, u, e);
        if (st == OK && !u->failed)
                st = gaps_load(&s->gaps, u, e);
        if (st == OK && !u->failed)
                st = applicants_load(&s->applicants, u, e);
        if (st == OK && !u->failed)
                st = lines_load(&s->lines, u, e);
        if (st == OK && u->failed)
                st = err_set(e, ERR_CORRUPT, "snapshot of sensors is damaged");
        if (st == OK)
                s->babbled_s = babble_latest_s(&s->book);
        return st;
}
