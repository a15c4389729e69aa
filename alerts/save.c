/* alerts/save.c -- the engine's state to bytes and back, for snapshots.
 *
 * Holds:  what is loaded decides exactly as what was saved would have: the
 *         times of the next checks are part of it.
 * Thread: one owner; pure. */
#include "alerts/inside.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SAVE_VERSION 5u

/* One list of fields serves both ways: f64(i64), f32(u32), f8(u8)... */
struct io {
        struct buf *out; /* NULL when reading */
        struct unpack *in;
};

static void io_i64(struct io *x, int64_t *v)
{
        if (x->out)
                pack_i64(x->out, *v);
        else
                *v = unpack_i64(x->in);
}

static void io_u64(struct io *x, uint64_t *v)
{
        if (x->out)
                pack_u64(x->out, *v);
        else
                *v = unpack_u64(x->in);
}

static void io_u32(struct io *x, uint32_t *v)
{
        if (x->out)
                pack_u32(x->out, *v);
        else
                *v = unpack_u32(x->in);
}

static void io_bool(struct io *x, bool *v)
{
        if (x->out)
                pack_u8(x->out, *v);
        else
                *v = unpack_u8(x->in) != 0;
}

/* Any enum: all are unsigned int in size. */
static uint32_t io_enum_value(struct io *x, uint32_t v, uint32_t limit)
{
        if (x->out) {
                pack_u8(x->out, (uint8_t)v);
                return v;
        }
        assert(x->in);
        v = unpack_u8(x->in);
        if (v > limit)
                x->in->failed = true;
        return v > limit ? 0 : v;
}

#define io_enum(x, field, limit)                         \
        (*(field) = (__typeof__(*(field)))io_enum_value( \
                 x, (uint32_t) * (field), (uint32_t)(limit)))

static void io_str(struct io *x, char *s, size_t cap)
{
        if (x->out)
                pack_str(x->out, s);
        else
                unpack_str(x->in, s, cap);
}

#define io_text(x, array) io_str(x, array, sizeof(array))

/* The count of an array, and room for it when reading. */
static uint32_t io_array(struct io *x, void **array, uint32_t *n, uint32_t *cap,
                         size_t size, size_t min_bytes)
{
        if (x->out) {
                pack_u32(x->out, *n);
                return *n;
        }
        *n = unpack_count(x->in, min_bytes);
        *cap = *n;
        if (*n) {
                *array = calloc(*n, size);
                if (!*array) {
                        x->in->failed = true;
                        *n = *cap = 0;
                }
        }
        return *n;
}

static void io_trigger(struct io *x, struct trigger *t)
{
        io_bool(x, &t->on);
        io_i64(x, &t->below_us);
        io_i64(x, &t->on_us);
        io_i64(x, &t->value_milli);
        io_i64(x, &t->threshold_milli);
        io_u64(x, &t->seq);
        io_enum(x, &t->element, ELEMENT_count);
}

static void io_tracks(struct io *x, struct subject *u,
                      const struct rule_set *rules)
{
        uint32_t i, k, n, rule;

        n = io_array(x, (void **)&u->tracks, &u->n_tracks, &u->cap_tracks,
                     sizeof *u->tracks, 4);
        for (i = 0; i < n; i++) {
                io_u32(x, &u->tracks[i].rule);
                rule = u->tracks[i].rule;
                if (rule >= rules->n_rules && x->in)
                        x->in->failed = true;
                for (k = 0; k < LINES_MAX; k++) {
                        io_trigger(x, &u->tracks[i].line[k]);
                        if (rule < rules->n_rules &&
                            rules->rule[rule].kind == RULE_EXPRESSION)
                                io_i64(x, &u->tracks[i].line[k].window_us);
                }
        }
}

static void io_outlook_line(struct io *x, struct outlook_line *l)
{
        uint32_t crossed = l->crossed, cleared = l->cleared;

        io_bool(x, &l->on);
        io_u32(x, &crossed);
        io_u32(x, &cleared);
        l->crossed = (uint8_t)crossed;
        l->cleared = (uint8_t)cleared;
        io_i64(x, &l->valid_us);
        io_i64(x, &l->issued_us);
        io_i64(x, &l->value_milli);
        io_i64(x, &l->threshold_milli);
        io_u64(x, &l->seq);
        io_enum(x, &l->element, ELEMENT_count);
}

static void io_outlooks(struct io *x, struct subject *u, uint32_t n_rules)
{
        uint32_t i, k, n;

        n = io_array(x, (void **)&u->outlooks, &u->n_outlooks, &u->cap_outlooks,
                     sizeof *u->outlooks, 4);
        for (i = 0; i < n; i++) {
                struct outlook *o = &u->outlooks[i];

                io_u32(x, &o->rule);
                if (o->rule >= n_rules && x->in)
                        x->in->failed = true;
                io_text(x, o->source);
                io_text(x, o->model);
                io_i64(x, &o->issued_us);
                for (k = 0; k < LINES_MAX; k++)
                        io_outlook_line(x, &o->line[k]);
        }
}

static void io_series(struct io *x, struct subject *u)
{
        uint32_t i, k, n, samples;

        n = io_array(x, (void **)&u->series, &u->n_series, &u->cap_series,
                     sizeof *u->series, 5);
        for (i = 0; i < n; i++) {
                struct series *s = &u->series[i];

                io_enum(x, &s->element, ELEMENT_count - 1);
                samples = io_array(x, (void **)&s->at, &s->n, &s->cap,
                                   sizeof *s->at, 24);
                for (k = 0; k < samples; k++) {
                        io_i64(x, &s->at[k].time_us);
                        io_i64(x, &s->at[k].value_milli);
                        io_u64(x, &s->at[k].seq);
                }
        }
}

static void io_rain(struct io *x, struct rain *r)
{
        uint32_t i, n;

        n = io_array(x, (void **)&r->at, &r->n, &r->cap, sizeof *r->at, 33);
        for (i = 0; i < n; i++) {
                io_i64(x, &r->at[i].begin_us);
                io_i64(x, &r->at[i].end_us);
                io_i64(x, &r->at[i].amount_milli);
                io_u64(x, &r->at[i].seq);
                io_enum(x, &r->at[i].source, ELEMENT_count - 1);
        }
        if (x->in)
                window_rain_index(r, 0);
}

static void io_days(struct io *x, struct days *d)
{
        uint32_t i, n;

        io_i64(x, &d->first);
        io_i64(x, &d->judged);
        n = io_array(x, (void **)&d->at, &d->n, &d->cap, sizeof *d->at, 8);
        for (i = 0; i < n; i++) {
                uint32_t amount = (uint32_t)d->at[i].amount_milli;
                uint32_t covered = d->at[i].covered_min;

                io_u32(x, &amount);
                io_u32(x, &covered);
                d->at[i] = (struct day){(int32_t)amount, (uint16_t)covered};
        }
}

static void io_where(struct io *x, struct where *w)
{
        uint32_t i;

        io_u32(x, &w->rule);
        io_u32(x, &w->line);
        io_u32(x, &w->clause);
        io_i64(x, &w->last_us);
        io_array(x, (void **)&w->at, &w->n, &w->cap, sizeof *w->at, 9);
        for (i = 0; i < w->n; i++) {
                io_i64(x, &w->at[i].time_us);
                io_enum(x, &w->at[i].truth, TRUTH_YES);
        }
}

static void io_wheres(struct io *x, struct subject *u, uint32_t n_rules)
{
        uint32_t i;

        io_array(x, (void **)&u->wheres, &u->n_wheres, &u->cap_wheres,
                 sizeof *u->wheres, 24);
        for (i = 0; i < u->n_wheres; i++) {
                io_where(x, &u->wheres[i]);
                if (u->wheres[i].rule >= n_rules && x->in)
                        x->in->failed = true;
        }
}

static void io_states(struct io *x, struct subject *u, uint32_t n_rules)
{
        uint32_t i;

        io_array(x, (void **)&u->states, &u->n_states, &u->cap_states,
                 sizeof *u->states, 46);
        for (i = 0; i < u->n_states; i++) {
                struct zone_state *z = &u->states[i];

                io_u32(x, &z->rule);
                io_bool(x, &z->dirty);
                io_bool(x, &z->amended);
                io_i64(x, &z->judged_us);
                io_i64(x, &z->newest_us);
                io_i64(x, &z->late_from_us);
                io_i64(x, &z->late_until_us);
                io_u64(x, &z->seq);
                if (z->rule >= n_rules && x->in)
                        x->in->failed = true;
        }
}

static void io_subject(struct io *x, struct subject *u,
                       const struct rule_set *rules)
{
        io_text(x, u->code);
        io_tracks(x, u, rules);
        io_outlooks(x, u, rules->n_rules);
        io_series(x, u);
        io_rain(x, &u->rain);
        io_days(x, &u->days);
        io_u32(x, &u->cluster);
        io_bool(x, &u->unsure);
        io_enum(x, &u->level_element, ELEMENT_count);
        io_i64(x, &u->seen_us);
        io_bool(x, &u->link_down);
        io_i64(x, &u->link_us);
        io_i64(x, &u->link_real_us);
        io_i64(x, &u->run_us);
        io_i64(x, &u->run_data_us);
        io_i64(x, &u->travel_run_us);
        io_i64(x, &u->travel_data_us);
        io_wheres(x, u, rules->n_rules);
        io_states(x, u, rules->n_rules);
}

static void io_call(struct io *x, struct call *c)
{
        io_text(x, c->centre);
        io_text(x, c->id);
        io_i64(x, &c->opened_us);
        io_i64(x, &c->people);
        io_bool(x, &c->has_point);
        io_i64(x, &c->lon_e7);
        io_i64(x, &c->lat_e7);
        io_text(x, c->county);
        io_text(x, c->town);
}

static void io_calls(struct io *x, struct engine *g)
{
        uint32_t i;

        io_u32(x, &g->n_calls);
        if (g->n_calls > CALLS_MAX) {
                x->in->failed = true;
                g->n_calls = 0;
        }
        if (x->in && g->n_calls) {
                g->calls = calloc(CALLS_MAX, sizeof *g->calls);
                if (!g->calls) {
                        x->in->failed = true;
                        g->n_calls = 0;
                }
        }
        for (i = 0; i < g->n_calls; i++)
                io_call(x, &g->calls[i]);
}

static void io_evidence(struct io *x, struct alert *a)
{
        uint32_t i;

        io_u32(x, &a->n_evidence);
        if (a->n_evidence > EVIDENCE_MAX) {
                x->in->failed = true;
                a->n_evidence = 0;
        }
        for (i = 0; i < a->n_evidence; i++) {
                struct evidence *v = &a->evidence[i];

                io_u32(x, &v->station);
                io_enum(x, &v->element, ELEMENT_count);
                io_i64(x, &v->time_us);
                io_i64(x, &v->value_milli);
                io_u64(x, &v->seq);
                io_bool(x, &v->forecast);
        }
}

static void io_members(struct io *x, struct alert *a)
{
        uint32_t i;

        io_u32(x, &a->n_members);
        if (a->n_members > MEMBERS_MAX) {
                x->in->failed = true;
                a->n_members = 0;
        }
        for (i = 0; i < a->n_members; i++)
                io_u32(x, &a->member[i]);
}

static void io_answer(struct io *x, struct answer *w)
{
        io_bool(x, &w->required);
        io_bool(x, &w->given);
        io_enum(x, &w->intent, intent_count - 1);
        io_text(x, w->user);
        io_text(x, w->note);
        io_i64(x, &w->given_real_us);
        io_i64(x, &w->deadline_real_us);
        io_bool(x, &w->escalated);
        io_i64(x, &w->escalated_real_us);
}

static void io_alert_what(struct io *x, struct alert *a)
{
        io_text(x, a->id);
        io_text(x, a->subject);
        io_enum(x, &a->hazard, hazard_count - 1);
        io_enum(x, &a->level, level_count - 1);
        io_enum(x, &a->level_observed, level_count - 1);
        io_enum(x, &a->level_forecast, level_count - 1);
        io_enum(x, &a->level_peak, level_count - 1);
        io_enum(x, &a->state, alert_state_count - 1);
        io_u32(x, &a->station);
        io_text(x, a->zone);
        io_text(x, a->county);
        io_text(x, a->river);
        io_text(x, a->group);
        io_bool(x, &a->forecast);
        io_i64(x, &a->lead_us);
        io_text(x, a->rule);
        io_text(x, a->rule_scope);
        io_u32(x, &a->rule_version);
        io_text(x, a->rule_text);
        io_text(x, a->rule_text_en);
        io_bool(x, &a->unverified);
        io_enum(x, &a->element, ELEMENT_count);
        io_i64(x, &a->value_milli);
        io_i64(x, &a->threshold_milli);
        io_i64(x, &a->window_us);
}

static void io_alert(struct io *x, struct alert *a)
{
        int i;

        io_alert_what(x, a);
        io_i64(x, &a->observed_us);
        io_i64(x, &a->raised_us);
        io_i64(x, &a->raised_real_us);
        io_i64(x, &a->changed_us);
        io_i64(x, &a->ended_us);
        io_bool(x, &a->late);
        io_u64(x, &a->seq_raised);
        io_u64(x, &a->seq_changed);
        io_u32(x, &a->changes);
        io_evidence(x, a);
        io_members(x, a);
        for (i = 0; i < agency_count; i++)
                io_answer(x, &a->answers[i]);
        io_text(x, a->reason);
        io_text(x, a->merged_into);
}

static void io_episode(struct io *x, struct episode *ep)
{
        int i;

        io_i64(x, &ep->begin_us);
        io_bool(x, &ep->was_observed);
        io_bool(x, &ep->late_inside);
        io_bool(x, &ep->amended);
        io_i64(x, &ep->cooled_us);
        io_enum(x, &ep->suppress, level_count - 1);
        io_enum(x, &ep->acked_at, level_count - 1);
        for (i = 0; i < agency_count; i++)
                io_enum(x, &ep->answered_at[i], level_count - 1);
}

static void io_rule(struct io *x, struct rule *r)
{
        uint32_t i;
        int k;

        io_text(x, r->id);
        io_text(x, r->scope);
        io_bool(x, &r->scope_station);
        io_bool(x, &r->off);
        io_enum(x, &r->kind, rule_kind_count - 1);
        io_enum(x, &r->hazard, hazard_count - 1);
        io_text(x, r->text);
        io_text(x, r->text_en);
        io_text(x, r->source);
        io_u32(x, &r->n_lines);
        if (r->n_lines > LINES_MAX) {
                x->in->failed = true;
                r->n_lines = 0;
        }
        for (i = 0; i < r->n_lines; i++) {
                io_enum(x, &r->line[i].level, level_count - 1);
                io_enum(x, &r->line[i].base, line_base_count - 1);
                io_i64(x, &r->line[i].value_milli);
                io_i64(x, &r->line[i].window_us);
                io_bool(x, &r->line[i].unverified);
                if (r->kind == RULE_EXPRESSION)
                        io_text(x, r->line[i].when);
        }
        io_i64(x, &r->hysteresis_milli);
        io_i64(x, &r->hold_us);
        io_i64(x, &r->cooldown_us);
        io_bool(x, &r->over_zone);
        io_bool(x, &r->gust);
        io_enum(x, &r->element, ELEMENT_count);
        io_i64(x, &r->effective_milli);
        io_u32(x, &r->intervals);
        io_enum(x, &r->zone_level, zone_level_count - 1);
        io_u32(x, &r->least);
        io_u32(x, &r->percent);
        io_i64(x, &r->within_us);
        io_u32(x, &r->agencies);
        for (k = 0; k < agency_count; k++)
                io_i64(x, &r->deadline_us[k]);
}

static void io_rules(struct io *x, struct rule_set *set)
{
        uint32_t i;

        io_text(x, set->name);
        io_u32(x, &set->version);
        io_text(x, set->text);
        io_u32(x, &set->n_rules);
        if (set->n_rules > RULES_MAX) {
                x->in->failed = true;
                set->n_rules = 0;
        }
        for (i = 0; i < set->n_rules; i++)
                io_rule(x, &set->rule[i]);
}

static void io_engine(struct io *x, struct engine *g)
{
        io_calls(x, g);
        io_i64(x, &g->next_minute_us);
        io_rules(x, &g->rules);
        io_bool(x, &g->rules_changed);
        io_bool(x, &g->broker_up);
        io_i64(x, &g->broker_up_us);
        io_i64(x, &g->next_silence_us);
        io_i64(x, &g->next_expiry_us);
        io_i64(x, &g->next_sweep_us);
        io_i64(x, &g->next_deadline_real_us);
        io_u64(x, &g->counts.raised);
        io_u64(x, &g->counts.late);
        io_u64(x, &g->counts.escalated);
        io_u64(x, &g->counts.withdrawn);
        io_u64(x, &g->counts.ended);
        io_u64(x, &g->counts.merged);
        io_u64(x, &g->counts.cooled);
        io_i64(x, &g->next_cool_us);
        io_u64(x, &g->counts.dropped);
}

void save_write(const struct engine *g, struct buf *b)
{
        struct engine *m = (struct engine *)g; /* only read from */
        struct io x = {b, NULL};
        uint32_t i, n = 0;

        pack_u32(b, SAVE_VERSION);
        io_engine(&x, m);
        for (i = 0; i < g->n_stations; i++)
                n += g->stations[i] != NULL;
        pack_u32(b, n);
        for (i = 0; i < g->n_stations; i++) {
                if (!g->stations[i])
                        continue;
                pack_u32(b, i);
                io_subject(&x, g->stations[i], &g->rules);
        }
        pack_u32(b, g->n_others);
        for (i = 0; i < g->n_others; i++) {
                pack_u8(b, (uint8_t)g->others[i]->kind);
                pack_str(b, g->others[i]->code);
                io_subject(&x, g->others[i], &g->rules);
        }
        pack_u32(b, g->n_alerts);
        for (i = 0; i < g->n_alerts; i++) {
                io_alert(&x, &m->alerts[i]);
                io_episode(&x, &m->episodes[i]);
        }
}

static enum status load_stations(struct engine *g, struct io *x, struct err *e)
{
        uint32_t i, n = unpack_count(x->in, 32), at;
        struct subject *u;
        enum status st = OK;

        for (i = 0; i < n && st == OK && !x->in->failed; i++) {
                at = unpack_u32(x->in);
                if (at > 10000000 || subject_known(g, at)) {
                        x->in->failed = true;
                        break;
                }
                st = subject_station(g, NULL, at, &u, e);
                if (st == OK)
                        io_subject(x, u, &g->rules);
        }
        return st;
}

static enum status load_others(struct engine *g, struct io *x, struct err *e)
{
        uint32_t i, n = unpack_count(x->in, 32);
        struct subject *u;
        enum status st = OK;

        for (i = 0; i < n && st == OK && !x->in->failed; i++) {
                enum subject_kind kind = SUBJECT_ZONE;
                char code[SUBJECT_MAX + 1];

                io_enum(x, &kind, SUBJECT_LINK);
                io_text(x, code);
                if (x->in->failed || subject_find_other(g, kind, code)) {
                        x->in->failed = true;
                        break;
                }
                st = subject_other(g, kind, code, &u, e);
                if (st == OK)
                        io_subject(x, u, &g->rules);
        }
        return st;
}

static enum status load_alerts(struct engine *g, struct io *x, struct err *e)
{
        uint32_t i, n = unpack_count(x->in, 200);

        if (n == 0)
                return OK;
        g->alerts = calloc(n, sizeof *g->alerts);
        g->episodes = calloc(n, sizeof *g->episodes);
        if (!g->alerts || !g->episodes)
                return err_set(e, ERR_MEMORY, "%u episodes", n);
        g->cap_alerts = n;
        for (i = 0; i < n; i++) {
                io_alert(x, &g->alerts[i]);
                io_episode(x, &g->episodes[i]);
        }
        g->n_alerts = n;
        return OK;
}

enum status save_read(struct engine *g, struct unpack *u, struct err *e)
{
        struct io x = {NULL, u};
        uint32_t version = unpack_u32(u);
        enum status st;

        if (g->n_stations || g->n_others || g->n_alerts)
                return err_set(e, ERR_CONFLICT, "the engine is not fresh");
        if (version != SAVE_VERSION)
                return err_set(e, ERR_UNSUPPORTED, "engine state version %u",
                               version);
        io_engine(&x, g);
        st = load_stations(g, &x, e);
        if (st == OK)
                st = load_others(g, &x, e);
        if (st == OK)
                st = load_alerts(g, &x, e);
        if (st == OK && u->failed)
                st = err_set(e, ERR_CORRUPT, "engine state is damaged");
        if (st == OK)
                episode_relink(g);
        return st;
}
