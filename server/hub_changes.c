/* server/hub_changes.c -- what has changed since the last delta.
 *
 * Thread: the loop; pure. */
#include "server/hub_changes.h"

#include <stdlib.h>
#include <string.h>

#include "schemas/hash.h"
#include "schemas/wire/forecast.h"

static bool grow(void **p, uint32_t *cap, uint32_t need, size_t size)
{
        uint32_t want = *cap ? *cap : 64;
        void *q;

        if (need <= *cap)
                return true;
        while (want < need)
                want *= 2;
        q = realloc(*p, want * size);
        if (!q)
                return false;
        *p = q;
        *cap = want;
        return true;
}

bool hub_marks_add(struct marks *m, uint32_t v)
{
        void *p = m->seen;
        uint32_t before = m->size;

        if (v >= m->size) {
                if (!grow(&p, &m->size, v + 1, 1))
                        return false;
                m->seen = p;
                memset(m->seen + before, 0, m->size - before);
        }
        if (m->seen[v])
                return true;
        p = m->list;
        if (!grow(&p, &m->cap, m->n + 1, sizeof(*m->list)))
                return false;
        m->list = p;
        m->list[m->n++] = v;
        m->seen[v] = 1;
        return true;
}

void hub_marks_clear(struct marks *m)
{
        for (uint32_t i = 0; i < m->n; i++)
                m->seen[m->list[i]] = 0;
        m->n = 0;
}

void hub_marks_done(struct marks *m)
{
        free(m->list);
        free(m->seen);
        memset(m, 0, sizeof(*m));
}

bool hub_names_add(struct names *s, const char *centre, const char *id)
{
        void *p = s->list;

        for (uint32_t i = 0; i < s->n; i++)
                if (!strcmp(s->list[i].id, id) &&
                    !strcmp(s->list[i].centre, centre))
                        return true;
        if (!grow(&p, &s->cap, s->n + 1, sizeof(*s->list)))
                return false;
        s->list = p;
        memcpy(s->list[s->n].centre, centre, CODE_MAX + 1);
        memcpy(s->list[s->n].id, id, CODE_MAX + 1);
        s->n++;
        return true;
}

void hub_names_done(struct names *s)
{
        free(s->list);
        memset(s, 0, sizeof(*s));
}

static bool same_series(const struct forecast *a, const struct forecast *b)
{
        return a->element == b->element && a->is_zone == b->is_zone &&
               !strcmp(a->subject, b->subject) &&
               !strcmp(a->source, b->source) && !strcmp(a->model, b->model);
}

static uint64_t series_key(const struct forecast *f)
{
        const char *const part[] = {f->subject, f->source, f->model};
        uint64_t key = HASH_64;
        size_t i;

        for (i = 0; i < sizeof part / sizeof part[0]; i++)
                key = hash_64_add(key, part[i], strlen(part[i]) + 1);
        return hash_64_add(key, &f->element, sizeof f->element);
}

static bool board_grow(struct forecast_board *b)
{
        uint32_t cap = b->cap;
        void *p = b->list, *key = b->key;

        if (b->n >= b->max || !grow(&key, &cap, b->n + 1, sizeof *b->key))
                return false;
        b->key = key;
        if (!grow(&p, &b->cap, b->n + 1, sizeof *b->list))
                return false;
        b->list = p;
        return true;
}

static uint32_t oldest_issue(const struct forecast_board *b)
{
        uint32_t i, at = 0;

        for (i = 1; i < b->n; i++)
                if (b->list[i].issued_us < b->list[at].issued_us)
                        at = i;
        return at;
}

/* Into the slot of the same series, a free one, or the oldest issue's. */
void hub_board_put(struct forecast_board *b, const struct forecast *f)
{
        uint64_t key = series_key(f);
        uint32_t i;

        for (i = 0; i < b->n; i++)
                if (b->key[i] == key && same_series(&b->list[i], f))
                        break;
        if (i < b->n && b->list[i].issued_us > f->issued_us)
                return;
        if (i == b->n && board_grow(b))
                b->n++;
        else if (i == b->n && b->n)
                i = oldest_issue(b);
        if (i == b->n)
                return;
        b->list[i] = *f;
        b->key[i] = key;
}

void hub_board_done(struct forecast_board *b)
{
        free(b->list);
        free(b->key);
        memset(b, 0, sizeof(*b));
}

bool hub_changes_any(const struct changes *c)
{
        return c->stations.n || c->values.n || c->incidents.n || c->units.n ||
               c->alerts.n || c->forecasts.n || c->lost;
}

void hub_changes_clear(struct changes *c, uint32_t n_stations)
{
        hub_marks_clear(&c->stations);
        hub_marks_clear(&c->values);
        c->n_known = n_stations;
        c->incidents.n = 0;
        c->units.n = 0;
        buf_clear(&c->alerts);
        buf_clear(&c->forecasts);
        c->lost = false;
}

void hub_changes_done(struct changes *c)
{
        hub_marks_done(&c->stations);
        hub_marks_done(&c->values);
        hub_names_done(&c->incidents);
        hub_names_done(&c->units);
        buf_done(&c->alerts);
        buf_done(&c->forecasts);
}

void hub_changes_alert(struct changes *c, const struct view *v,
                       const struct alert *a)
{
        struct json_out o = json_out(&c->alerts);

        o.comma = c->alerts.n > 0;
        view_alert(v, &o, NULL, a);
        if (c->alerts.failed)
                c->lost = true;
}

static void take_values(struct changes *c, const struct effects *fx)
{
        bool ok = true;

        for (uint32_t i = 0; i < fx->n_observation; i++)
                ok &= hub_marks_add(
                        &c->values,
                        fx->observation[i].station * VIEW_ELEMENTS +
                                (uint32_t)fx->observation[i].element);
        for (uint32_t i = 0; i < fx->n_rain; i++)
                ok &= hub_marks_add(&c->values,
                                    fx->rain[i].station * VIEW_ELEMENTS +
                                            VIEW_RAIN);
        for (uint32_t i = 0; i < fx->n_station; i++)
                ok &= hub_marks_add(&c->stations, fx->station[i].station);
        if (!ok)
                c->lost = true;
}

void hub_changes_take(struct changes *c, const struct view *v,
                      const struct effects *fx)
{
        take_values(c, fx);
        for (uint32_t i = 0; i < fx->n_alert; i++)
                hub_changes_alert(c, v, &fx->alert[i].alert);
        for (uint32_t i = 0; i < fx->n_incident; i++)
                if (!hub_names_add(&c->incidents, fx->incident[i].centre,
                                   fx->incident[i].id))
                        c->lost = true;
        for (uint32_t i = 0; i < fx->n_unit; i++)
                if (!hub_names_add(&c->units, fx->unit[i].centre,
                                   fx->unit[i].id))
                        c->lost = true;
        for (uint32_t i = 0; i < fx->n_forecast; i++) {
                struct json_out o = json_out(&c->forecasts);

                o.comma = c->forecasts.n > 0;
                wire_forecast_put(&o, NULL, &fx->forecast[i]);
        }
        if (c->forecasts.failed)
                c->lost = true;
}

static void put_stations(const struct changes *c, const struct view *v,
                         struct json_out *o)
{
        uint32_t n = v->state->places.n_stations;

        if (!c->stations.n && c->n_known >= n)
                return;
        json_open_array(o, "stations");
        for (uint32_t i = 0; i < c->stations.n; i++)
                if (c->stations.list[i] < c->n_known)
                        view_standing(v, o, c->stations.list[i]);
        for (uint32_t i = c->n_known; i < n; i++)
                view_station(v, o, NULL, i);
        json_close_array(o);
}

static void put_values(const struct changes *c, const struct view *v,
                       struct json_out *o)
{
        uint32_t n = v->state->places.n_stations;

        if (!c->values.n)
                return;
        json_open_array(o, "values");
        for (uint32_t i = 0; i < c->values.n; i++) {
                uint32_t station = c->values.list[i] / VIEW_ELEMENTS;

                if (station < n)
                        view_value(v, o, NULL, station,
                                   (int)(c->values.list[i] % VIEW_ELEMENTS));
        }
        json_close_array(o);
}

static bool has_name(const struct names *s, const char *centre, const char *id)
{
        for (uint32_t i = 0; i < s->n; i++)
                if (!strcmp(s->list[i].id, id) &&
                    !strcmp(s->list[i].centre, centre))
                        return true;
        return false;
}

static void put_dispatch(const struct changes *c, const struct view *v,
                         struct json_out *o)
{
        const struct incident *in;
        const struct unit *u;
        uint32_t n;

        if (c->incidents.n) {
                in = sensors_incidents(v->state->sensors, &n);
                json_open_array(o, "incidents");
                for (uint32_t i = 0; i < n; i++)
                        if (has_name(&c->incidents, in[i].centre, in[i].id))
                                view_incident(o, NULL, &in[i]);
                json_close_array(o);
        }
        if (c->units.n) {
                u = sensors_units(v->state->sensors, &n);
                json_open_array(o, "units");
                for (uint32_t i = 0; i < n; i++)
                        if (has_name(&c->units, u[i].centre, u[i].id))
                                view_unit(o, NULL, &u[i]);
                json_close_array(o);
        }
}

void hub_changes_put(const struct changes *c, const struct view *v,
                     struct json_out *o)
{
        put_stations(c, v, o);
        put_values(c, v, o);
        put_dispatch(c, v, o);
        if (c->alerts.n) {
                json_open_array(o, "alerts");
                json_put_raw(o, NULL, buf_as_text(&c->alerts));
                json_close_array(o);
        }
        if (c->forecasts.n) {
                json_open_array(o, "forecasts");
                json_put_raw(o, NULL, buf_as_text(&c->forecasts));
                json_close_array(o);
        }
}
