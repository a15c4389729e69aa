/* sensors/take_mapped.c -- what comes in a shape that is not ours: a
 * vendor's message by its mapping, and values that were imported.
 *
 * Both end at the door of up/obs: future check, series, marks, rain. */
#include <stdio.h>
#include <string.h>

#include "sensors/take.h"

static uint32_t find_vendor(const struct take *t, const char *name)
{
        uint32_t i = places_find_vendor(t->p, text_of(name));

        return i != NO_INDEX ? i : places_find_station(t->p, text_of(name));
}

static enum status check_times(const struct take *t, uint32_t n)
{
        const struct mapping_reading *r = t->s->reading;
        enum status st = OK;
        char what[64];
        uint32_t i;

        for (i = 0; i < n && st == OK; i++) {
                if (r[i].time_us == TIME_NONE)
                        continue;
                snprintf(what, sizeof what, "value %u (%s): time", i + 1,
                         element_name(r[i].element));
                st = take_check_future(t, r[i].time_us, what);
        }
        return st;
}

/* The readings of one station, marked as done by an empty name. */
static uint32_t gather(const struct take *t, uint32_t first, uint32_t n)
{
        struct mapping_reading *r = t->s->reading;
        char name[sizeof r->station];
        uint32_t i, found = 0;

        memcpy(name, r[first].station, sizeof name);
        for (i = first; i < n; i++) {
                if (strcmp(r[i].station, name) != 0)
                        continue;
                t->s->item[found++] = (struct take_item){r[i].time_us,
                                                         r[i].element,
                                                         r[i].missing,
                                                         r[i].value_milli,
                                                         i,
                                                         0};
                r[i].station[0] = '\0';
        }
        return found;
}

/* One that is not in the book: the message waits for it. */
static enum status note_stranger(struct take *t, const char *name)
{
        t->station = NO_INDEX;
        text_copy(t->topic.name, sizeof t->topic.name, text_of(name));
        return take_wait(t, name);
}

/* The readings of that name, of which the one at `first` is the first. */
static enum status take_named(struct take *t, const char *name, uint32_t first,
                              uint32_t n, char *stranger)
{
        struct wire_seq none = {false, 0, 0};
        uint32_t found = gather(t, first, n);

        if (t->waited && strcmp(t->waited, name) != 0)
                return OK; /* was taken then, or waits under its own name */
        t->station = find_vendor(t, name);
        t->n_obs = 0;
        if (t->station != NO_INDEX)
                return take_station(t, none, found);
        memcpy(stranger, name, sizeof t->s->reading->station);
        return note_stranger(t, name);
}

/* Stations that are not in the book do not hold up the others. */
static enum status take_readings(struct take *t, uint32_t n)
{
        struct mapping_reading *r = t->s->reading;
        char stranger[sizeof r->station] = "", name[sizeof r->station];
        enum status st = check_times(t, n);
        uint32_t i;

        for (i = 0; i < n && st == OK; i++) {
                if (!r[i].station[0])
                        continue;
                memcpy(name, r[i].station, sizeof name);
                st = take_named(t, name, i, n, stranger);
        }
        if (st != OK || !stranger[0])
                return st;
        t->station = NO_INDEX;
        return err_set(t->e, ERR_UNKNOWN_STATION,
                       "no station of the book has vendor_id or code \"%s\"",
                       stranger);
}

enum status take_mapped(struct take *t)
{
        const struct mapped *m = &t->s->mapped;
        enum status st = OK;
        uint32_t i, n = 0;

        for (i = 0; i < m->n && n == 0 && st == OK; i++) {
                const struct mapping *x = &m->at[i].mapping;

                if (!wire_mapping_matches(x, t->topic_text))
                        continue;
                st = wire_mapping_read(x, t->topic_text, t->payload,
                                       t->s->reading, &n, t->e);
        }
        if (st == OK && n == 0)
                t->s->counts.mapped_ignored++;
        return st == OK && n ? take_readings(t, n) : st;
}

enum status take_imported(struct take *t)
{
        struct obs_message *m = t->s->obs;
        struct values_note note;
        enum status st = wire_values_decode(t->payload, &note, m, t->e);
        char what[40];
        uint32_t i;

        if (st != OK)
                return st;
        memcpy(t->topic.name, m->station, sizeof t->topic.name);
        st = take_find_station(t);
        for (i = 0; st == OK && i < m->n; i++) {
                const struct obs_item *o = &m->item[i];

                snprintf(what, sizeof what, "obs[%u].time", i);
                st = take_check_future(t, o->time_us, what);
                t->s->item[i] = (struct take_item){o->time_us, o->element,
                                                   o->missing, o->value_milli,
                                                   i,          0};
        }
        return st == OK ? take_station(t, (struct wire_seq){false, 0, 0}, m->n)
                        : st;
}
