/* server/retained.c -- the current alerts of each zone, retained. */
#include "server/retained.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/wire/alert.h"

#define PAYLOAD_MAX 65536u
#define ZONES_MAX 2048

struct dirty_zone {
        char code[10];
        bool dirty;
};

struct retained {
        receipt_send send;
        void *self;
        char city[10];
        struct dirty_zone *zone;
        uint32_t n;
};

enum status retained_create(receipt_send send, void *self, const char *city,
                            struct retained **ret, struct err *e)
{
        struct retained *r = calloc(1, sizeof *r);

        if (!r)
                return err_set(e, ERR_MEMORY, "no memory");
        r->zone = calloc(ZONES_MAX, sizeof *r->zone);
        if (!r->zone) {
                free(r);
                return err_set(e, ERR_MEMORY, "no memory");
        }
        r->send = send;
        r->self = self;
        snprintf(r->city, sizeof r->city, "%s", city);
        *ret = r;
        return OK;
}

void retained_free(struct retained *r)
{
        if (!r)
                return;
        free(r->zone);
        free(r);
}

static void touch(struct retained *r, const char *code)
{
        uint32_t i;

        if (!code[0])
                return;
        for (i = 0; i < r->n && strcmp(r->zone[i].code, code) != 0; i++)
                ;
        if (i == ZONES_MAX)
                return;
        if (i == r->n) {
                snprintf(r->zone[i].code, sizeof r->zone[i].code, "%s", code);
                r->n++;
        }
        r->zone[i].dirty = true;
}

static const char *own_zone(const struct retained *r, const struct alert *a)
{
        return a->zone[0] ? a->zone : a->county[0] ? a->county : r->city;
}

static void touch_alert(struct retained *r, const struct alert *a)
{
        touch(r, own_zone(r, a));
        touch(r, a->county);
        touch(r, r->city);
}

void retained_on_effects(struct retained *r, const struct effects *fx)
{
        uint32_t i;

        for (i = 0; i < fx->n_alert; i++)
                touch_alert(r, &fx->alert[i].alert);
}

void retained_all(struct retained *r, const struct state *s)
{
        const struct alert *a;
        uint32_t n = engine_alerts(s->engine, &a), i;

        for (i = 0; i < n; i++)
                touch_alert(r, &a[i]);
        for (i = 0; i < s->places.n_zones; i++)
                touch(r, s->places.zones[i].code);
        touch(r, r->city);
}

/* Does the alert count in the zone (its own, its county, the city)? */
static bool counts_in(const struct retained *r, const struct alert *a,
                      const char *zone)
{
        return strcmp(zone, r->city) == 0 || strcmp(zone, a->county) == 0 ||
               strcmp(zone, own_zone(r, a)) == 0;
}

static void put_counts(struct retained *r, const struct state *s,
                       const char *zone, struct json_out *o)
{
        uint32_t count[level_count] = {0}, n, i;
        const struct alert *a;

        n = engine_alerts(s->engine, &a);
        for (i = 0; i < n; i++)
                if (alert_is_live(&a[i]) && counts_in(r, &a[i], zone))
                        count[a[i].level]++;
        json_open(o, "count");
        for (i = LEVEL_WHITE; i < level_count; i++)
                if (count[i])
                        json_put_u64(o, level_name((enum level)i), count[i]);
        json_close(o);
}

static void put_alerts(struct retained *r, const struct state *s,
                       const char *zone, struct json_out *o)
{
        const struct alert *a;
        uint32_t n = engine_alerts(s->engine, &a), i;
        int level;

        json_open_array(o, "alerts");
        for (level = level_count - 1; level >= 0; level--)
                for (i = 0; i < n; i++)
                        if ((int)a[i].level == level && alert_is_live(&a[i]) &&
                            strcmp(own_zone(r, &a[i]), zone) == 0 &&
                            o->b->n < PAYLOAD_MAX - 8192)
                                wire_alert_put(o, NULL, &a[i], &s->places, -1);
        json_close_array(o);
}

static bool publish(struct retained *r, const struct state *s, const char *zone)
{
        char topic[64];
        struct buf b = {0};
        struct json_out o = json_out(&b);
        enum status st = ERR_MEMORY;

        json_open(&o, NULL);
        json_put_str(&o, "zone", zone);
        json_put_time(&o, "updated_at", s->engine_us);
        put_alerts(r, s, zone, &o);
        put_counts(r, s, zone, &o);
        json_close(&o);
        snprintf(topic, sizeof topic, "sanfang/v1/alert/%s", zone);
        if (!b.failed)
                st = r->send(r->self, topic, buf_as_text(&b));
        buf_done(&b);
        return st == OK;
}

void retained_tick(struct retained *r, const struct state *s)
{
        uint32_t i;

        for (i = 0; i < r->n; i++)
                if (r->zone[i].dirty && publish(r, s, r->zone[i].code))
                        r->zone[i].dirty = false;
}
