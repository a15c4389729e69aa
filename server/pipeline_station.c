/* server/pipeline_station.c -- stations that are admitted, values that are
 * amended: commands of people about what stations send.
 *
 * Thread: as pipeline.h; pure. */
#include "server/pipeline_inside.h"

#include <string.h>
#include <strings.h>

#include "gis/near.h"
#include "gis/zone.h"

enum status pipeline_take_waiting(const struct step *t, uint32_t station,
                                  uint32_t *ret_n, struct err *e)
{
        const struct station *k = &t->s->places.stations[station];
        const char *names[] = {k->code, k->sl651, k->vendor_id};
        uint32_t n;
        int i;

        *ret_n = 0;
        for (i = 0; i < 3; i++) {
                enum status st = ERR_UNKNOWN;

                if (names[i][0])
                        st = sensors_admit(t->s->sensors, &t->s->places,
                                           names[i], t->fx, &n, e);
                if (st == OK)
                        *ret_n += n;
                else if (st != ERR_UNKNOWN)
                        return st;
        }
        return OK;
}

static enum status put_admitted(const struct step *t, struct station *k,
                                const char *name, uint32_t *ret_index,
                                struct err *e)
{
        struct station_change c;
        struct booked b;
        enum status st;

        if (strcmp(k->code, name) != 0 && strcasecmp(k->sl651, name) != 0 &&
            strcmp(k->vendor_id, name) != 0)
                return err_set(e, ERR_MISMATCH,
                               "none of code, sl651, vendor_id is \"%s\"",
                               name);
        if (!k->county[0])
                gis_zone_codes(&t->s->places, k->at, k->town, k->county);
        st = places_put_station(&t->s->places, k, ret_index, e);
        if (st == OK)
                st = gis_near_put(t->s->near, &t->s->places, *ret_index, e);
        if (st != OK)
                return st;
        c.station = b.station = *ret_index;
        effects_push_station(t->fx, &c);
        effects_push_booked(t->fx, &b);
        return OK;
}

enum status pipeline_admit(const struct step *t, const struct command *c,
                           const struct user *u, struct err *e)
{
        struct station k;
        uint32_t index = 0, n = 0;
        enum status st;

        if (u->role != ROLE_ADMIN)
                return err_set(e, ERR_FORBIDDEN,
                               "only an administrator admits a station");
        st = wire_command_station(t->r->body, &k, e);
        if (st == OK)
                st = put_admitted(t, &k, c->name, &index, e);
        if (st == OK)
                st = pipeline_take_waiting(t, index, &n, e);
        return st == OK ? pipeline_decide(t, e) : st;
}

enum status pipeline_dismiss(const struct step *t, const struct command *c,
                             const struct user *u, struct err *e)
{
        if (u->role != ROLE_ADMIN)
                return err_set(e, ERR_FORBIDDEN,
                               "only an administrator dismisses a station");
        return sensors_dismiss(t->s->sensors, c->name, t->fx, e);
}

enum status pipeline_amend(const struct step *t, const struct command *c,
                           const struct user *u, struct err *e)
{
        struct amendment a = {.element = c->element,
                              .time_us = c->time_us,
                              .value_milli = c->value_milli};
        const struct station *k;
        enum status st;

        a.station = places_find_station(&t->s->places, text_of(c->name));
        if (a.station == NO_INDEX)
                return err_set(e, ERR_UNKNOWN_STATION, "no station \"%s\"",
                               c->name);
        k = &t->s->places.stations[a.station];
        if (u->role < ROLE_OPERATOR ||
            (u->zone[0] && strcmp(u->zone, k->county) != 0))
                return err_set(e, ERR_FORBIDDEN, "%s may not amend %s", u->name,
                               c->name);
        if (!c->note[0])
                return err_set(e, ERR_MISSING, "say why");
        st = sensors_amend(t->s->sensors, &t->s->places, &a, t->r->seq,
                           t->s->engine_us, t->fx, e);
        return st == OK ? pipeline_decide(t, e) : st;
}
