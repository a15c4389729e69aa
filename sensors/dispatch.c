/* sensors/dispatch.c -- the 120 boards. */
#include "sensors/dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "schemas/hash.h"
#include "schemas/time.h"

void dispatch_done(struct dispatch *d)
{
        free(d->incident);
        free(d->unit);
        free(d->incident_slots);
        free(d->unit_slots);
        memset(d, 0, sizeof *d);
}

enum status dispatch_init(struct dispatch *d, uint32_t incidents_max,
                          uint32_t units_max, struct err *e)
{
        memset(d, 0, sizeof *d);
        d->max_incidents = incidents_max ? incidents_max : 1;
        d->max_units = units_max ? units_max : 1;
        d->n_incident_slots = d->max_incidents * 2;
        d->n_unit_slots = d->max_units * 2;
        d->incident = calloc(d->max_incidents, sizeof *d->incident);
        d->unit = calloc(d->max_units, sizeof *d->unit);
        d->incident_slots = calloc(d->n_incident_slots, sizeof(uint32_t));
        d->unit_slots = calloc(d->n_unit_slots, sizeof(uint32_t));
        if (!d->incident || !d->unit || !d->incident_slots || !d->unit_slots) {
                dispatch_done(d);
                return err_set(e, ERR_MEMORY, "no memory for the 120 board");
        }
        return OK;
}

static uint32_t hash(const char *centre, const char *id)
{
        uint32_t h = hash_32(text_of(centre));

        h = hash_32_add(h, "/", 1);
        return hash_32_add(h, id, strlen(id));
}

static uint32_t *incident_slot(const struct dispatch *d, const char *centre,
                               const char *id)
{
        uint32_t at = hash(centre, id) % d->n_incident_slots, index;

        while ((index = d->incident_slots[at]) != 0) {
                const struct incident *x = &d->incident[index - 1];

                if (!strcmp(x->id, id) && !strcmp(x->centre, centre))
                        break;
                at = (at + 1) % d->n_incident_slots;
        }
        return &d->incident_slots[at];
}

static uint32_t *unit_slot(const struct dispatch *d, const char *centre,
                           const char *id)
{
        uint32_t at = hash(centre, id) % d->n_unit_slots, index;

        while ((index = d->unit_slots[at]) != 0) {
                const struct unit *x = &d->unit[index - 1];

                if (!strcmp(x->id, id) && !strcmp(x->centre, centre))
                        break;
                at = (at + 1) % d->n_unit_slots;
        }
        return &d->unit_slots[at];
}

static void index_incidents(struct dispatch *d)
{
        uint32_t i;

        memset(d->incident_slots, 0, d->n_incident_slots * sizeof(uint32_t));
        for (i = 0; i < d->n_incidents; i++)
                *incident_slot(d, d->incident[i].centre, d->incident[i].id) =
                        i + 1;
}

static void index_units(struct dispatch *d)
{
        uint32_t i;

        memset(d->unit_slots, 0, d->n_unit_slots * sizeof(uint32_t));
        for (i = 0; i < d->n_units; i++)
                *unit_slot(d, d->unit[i].centre, d->unit[i].id) = i + 1;
}

bool dispatch_is_over(enum incident_state s)
{
        return s == INCIDENT_CLOSED || s == INCIDENT_CANCELLED ||
               s == INCIDENT_FALSE || s == INCIDENT_MERGED;
}

/* Goes first: over before open, then the longer ago. */
static bool goes_before(const struct incident *a, const struct incident *b)
{
        bool over_a = dispatch_is_over(a->state);
        bool over_b = dispatch_is_over(b->state);

        if (over_a != over_b)
                return over_a;
        return a->time_us < b->time_us;
}

/* An eighth of the over ones go at once, so that a full board does not
 * search itself at each new call; at least one goes. */
static void drop_incidents(struct dispatch *d, struct sensors_counts *c)
{
        uint32_t want = d->max_incidents / 8 + 1, i, k, gone = 0;

        while (gone < want && d->n_incidents > 0) {
                for (i = 0, k = 1; k < d->n_incidents; k++)
                        if (goes_before(&d->incident[k], &d->incident[i]))
                                i = k;
                if (gone && !dispatch_is_over(d->incident[i].state))
                        break;
                d->n_incidents--;
                memmove(&d->incident[i], &d->incident[i + 1],
                        (d->n_incidents - i) * sizeof d->incident[0]);
                gone++;
        }
        c->incidents_dropped += gone;
        index_incidents(d);
}

static void drop_unit(struct dispatch *d, struct sensors_counts *c)
{
        uint32_t i = 0, k;

        for (k = 1; k < d->n_units; k++)
                if (d->unit[k].time_us < d->unit[i].time_us)
                        i = k;
        d->n_units--;
        memmove(&d->unit[i], &d->unit[i + 1],
                (d->n_units - i) * sizeof d->unit[0]);
        c->units_dropped++;
        index_units(d);
}

static struct incident *incident_get(struct dispatch *d, const char *centre,
                                     const struct dispatch_message *m,
                                     struct sensors_counts *c)
{
        uint32_t *slot = incident_slot(d, centre, m->id);
        struct incident *x;

        if (*slot)
                return &d->incident[*slot - 1];
        if (d->n_incidents == d->max_incidents) {
                drop_incidents(d, c);
                slot = incident_slot(d, centre, m->id);
        }
        x = &d->incident[d->n_incidents];
        memset(x, 0, sizeof *x);
        text_copy(x->centre, sizeof x->centre, text_of(centre));
        text_copy(x->id, sizeof x->id, text_of(m->id));
        x->people = -1;
        x->time_us = TIME_NONE;
        x->opened_us = m->time_us;
        *slot = ++d->n_incidents;
        return x;
}

static struct unit *unit_get(struct dispatch *d, const char *centre,
                             const struct dispatch_message *m,
                             struct sensors_counts *c)
{
        uint32_t *slot = unit_slot(d, centre, m->id);
        struct unit *x;

        if (*slot)
                return &d->unit[*slot - 1];
        if (d->n_units == d->max_units) {
                drop_unit(d, c);
                slot = unit_slot(d, centre, m->id);
        }
        x = &d->unit[d->n_units];
        memset(x, 0, sizeof *x);
        text_copy(x->centre, sizeof x->centre, text_of(centre));
        text_copy(x->id, sizeof x->id, text_of(m->id));
        x->time_us = TIME_NONE;
        x->fix_us = m->time_us; /* the minute to the first fix runs now */
        *slot = ++d->n_units;
        return x;
}

/* What the event says of the incident, over what stood there or only where
 * nothing stood. */
static void fill(struct incident *x, const struct dispatch_message *m,
                 bool over)
{
        if (m->nature[0] && (over || !x->nature[0]))
                memcpy(x->nature, m->nature, sizeof x->nature);
        if (m->address[0] && (over || !x->address[0]))
                memcpy(x->address, m->address, sizeof x->address);
        if (m->people >= 0 && (over || x->people < 0))
                x->people = m->people;
        if (m->has_point && (over || !x->has_point)) {
                x->has_point = true;
                x->at = m->at;
        }
}

/* True when the event came out of order.  Of two events of one instant the
 * one further on in the life of an incident stands. */
static bool move_incident(struct incident *x, const struct dispatch_message *m,
                          uint64_t seq)
{
        bool back = x->time_us != TIME_NONE &&
                    (m->time_us < x->time_us ||
                     (m->time_us == x->time_us && m->state < (int)x->state));

        fill(x, m, !back);
        if (m->time_us < x->opened_us)
                x->opened_us = m->time_us;
        x->seq = seq;
        if (back) {
                x->late_events++;
                return true;
        }
        x->time_us = m->time_us;
        x->state = (enum incident_state)m->state;
        return false;
}

static bool move_unit(struct unit *x, const struct dispatch_message *m,
                      uint64_t seq, int64_t engine_us)
{
        bool back = x->time_us != TIME_NONE && m->time_us < x->time_us;

        if (m->has_point && (!x->has_point || m->time_us >= x->fix_us)) {
                x->has_point = true;
                x->at = m->at;
                x->fix_us = m->time_us;
        }
        x->lost = engine_us - x->fix_us > UNIT_LOST_US;
        x->seq = seq;
        if (back) {
                x->late_events++;
                return true;
        }
        x->time_us = m->time_us;
        x->state = (enum unit_state)m->state;
        memcpy(x->incident, m->incident, sizeof x->incident);
        return false;
}

void dispatch_take(struct dispatch *d, const char *centre,
                   const struct dispatch_message *m, uint64_t seq,
                   int64_t engine_us, struct sensors_counts *c,
                   struct effects *fx)
{
        struct dispatch_event ev = {.is_unit = m->is_unit,
                                    .state = m->state,
                                    .time_us = m->time_us,
                                    .has_point = m->has_point,
                                    .at = m->at,
                                    .seq = seq};

        text_copy(ev.centre, sizeof ev.centre, text_of(centre));
        memcpy(ev.id, m->id, sizeof ev.id);
        memcpy(ev.incident, m->incident, sizeof ev.incident);
        if (m->is_unit) {
                struct unit *x = unit_get(d, centre, m, c);

                ev.out_of_order = move_unit(x, m, seq, engine_us);
                effects_push_unit(fx, x);
        } else {
                struct incident *x = incident_get(d, centre, m, c);

                ev.out_of_order = move_incident(x, m, seq);
                effects_push_incident(fx, x);
        }
        effects_push_dispatch_event(fx, &ev);
        c->dispatch_events++;
        c->out_of_order += ev.out_of_order;
}

void dispatch_tick(struct dispatch *d, int64_t engine_us, struct effects *fx)
{
        uint32_t i;

        for (i = 0; i < d->n_units; i++) {
                struct unit *x = &d->unit[i];

                if (x->lost || engine_us - x->fix_us <= UNIT_LOST_US)
                        continue;
                x->lost = true;
                effects_push_unit(fx, x);
        }
}

void dispatch_locate(struct dispatch *d, const char *centre, const char *id,
                     const char *county, const char *town)
{
        uint32_t index = *incident_slot(d, centre, id);

        if (!index)
                return;
        text_copy(d->incident[index - 1].county,
                  sizeof d->incident[index - 1].county, text_of(county));
        text_copy(d->incident[index - 1].town,
                  sizeof d->incident[index - 1].town, text_of(town));
}

/* ---- snapshot ---- */

static void pack_point(struct buf *b, bool has, struct point p)
{
        uint64_t lon, lat;

        memcpy(&lon, &p.lon_deg, sizeof lon);
        memcpy(&lat, &p.lat_deg, sizeof lat);
        pack_u8(b, has);
        pack_u64(b, lon);
        pack_u64(b, lat);
}

static void unpack_point(struct unpack *u, bool *ret_has, struct point *ret)
{
        uint64_t lon, lat;

        *ret_has = unpack_u8(u);
        lon = unpack_u64(u);
        lat = unpack_u64(u);
        memcpy(&ret->lon_deg, &lon, sizeof lon);
        memcpy(&ret->lat_deg, &lat, sizeof lat);
}

static void save_incident(const struct incident *x, struct buf *b)
{
        pack_str(b, x->centre);
        pack_str(b, x->id);
        pack_u32(b, x->state);
        pack_str(b, x->nature);
        pack_str(b, x->address);
        pack_i64(b, x->people);
        pack_point(b, x->has_point, x->at);
        pack_str(b, x->county);
        pack_str(b, x->town);
        pack_i64(b, x->opened_us);
        pack_i64(b, x->time_us);
        pack_u32(b, x->late_events);
        pack_u64(b, x->seq);
}

static void load_incident(struct incident *x, struct unpack *u)
{
        unpack_str(u, x->centre, sizeof x->centre);
        unpack_str(u, x->id, sizeof x->id);
        x->state = unpack_u32(u);
        unpack_str(u, x->nature, sizeof x->nature);
        unpack_str(u, x->address, sizeof x->address);
        x->people = unpack_i64(u);
        unpack_point(u, &x->has_point, &x->at);
        unpack_str(u, x->county, sizeof x->county);
        unpack_str(u, x->town, sizeof x->town);
        x->opened_us = unpack_i64(u);
        x->time_us = unpack_i64(u);
        x->late_events = unpack_u32(u);
        x->seq = unpack_u64(u);
        if (x->state >= incident_state_count)
                u->failed = true;
}

static void save_unit(const struct unit *x, struct buf *b)
{
        pack_str(b, x->centre);
        pack_str(b, x->id);
        pack_u32(b, x->state);
        pack_point(b, x->has_point, x->at);
        pack_str(b, x->incident);
        pack_i64(b, x->time_us);
        pack_i64(b, x->fix_us);
        pack_u8(b, x->lost);
        pack_u32(b, x->late_events);
        pack_u64(b, x->seq);
}

static void load_unit(struct unit *x, struct unpack *u)
{
        unpack_str(u, x->centre, sizeof x->centre);
        unpack_str(u, x->id, sizeof x->id);
        x->state = unpack_u32(u);
        unpack_point(u, &x->has_point, &x->at);
        unpack_str(u, x->incident, sizeof x->incident);
        x->time_us = unpack_i64(u);
        x->fix_us = unpack_i64(u);
        x->lost = unpack_u8(u);
        x->late_events = unpack_u32(u);
        x->seq = unpack_u64(u);
        if (x->state >= unit_state_count)
                u->failed = true;
}

void dispatch_save(const struct dispatch *d, struct buf *b)
{
        uint32_t i;

        pack_u32(b, d->n_incidents);
        for (i = 0; i < d->n_incidents; i++)
                save_incident(&d->incident[i], b);
        pack_u32(b, d->n_units);
        for (i = 0; i < d->n_units; i++)
                save_unit(&d->unit[i], b);
}

/* Into an empty board; one made with smaller limits keeps the newest. */
void dispatch_load(struct dispatch *d, struct unpack *u)
{
        struct incident spare_incident;
        struct unit spare_unit;
        uint32_t n = unpack_count(u, 60), i, skip;

        skip = n > d->max_incidents ? n - d->max_incidents : 0;
        for (i = 0; i < n && !u->failed; i++)
                load_incident(i < skip ? &spare_incident
                                       : &d->incident[d->n_incidents++],
                              u);
        n = unpack_count(u, 60);
        skip = n > d->max_units ? n - d->max_units : 0;
        for (i = 0; i < n && !u->failed; i++)
                load_unit(i < skip ? &spare_unit : &d->unit[d->n_units++], u);
        index_incidents(d);
        index_units(d);
}
