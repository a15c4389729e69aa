/* server/pipeline.c -- the hot path: state' = step(state, record).
 *
 * In:     one journal record and the state before it.
 * Out:    the state after it and its effects.
 * Holds:  the same records give the same effects, byte for byte: no clock,
 *         no random number, no address decides anything here.
 * Thread: one owner of the state. */
#include "server/pipeline_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gis/near.h"
#include "gis/zone.h"
#include "schemas/time.h"
#include "schemas/wire/check.h"
#include "schemas/wire/command.h"
#include "schemas/wire/forecast.h"
#include "schemas/wire/json.h"
#include "schemas/wire/place.h"
#include "server/audit.h"
#include "server/pipeline.h"

/* Tells whoever waits for request (or the audit) how it ended. */
static void answer(const struct step *t, const char *request, enum status st,
                   const struct err *e)
{
        struct command_result res = {.status = st, .seq = t->r->seq};

        snprintf(res.request, sizeof res.request, "%s", request);
        snprintf(res.msg, sizeof res.msg, "%s", st == OK ? "" : e->msg);
        effects_push_result(t->fx, &res);
}

static void locate_incidents(const struct step *t)
{
        uint32_t i;

        for (i = 0; i < t->fx->n_incident; i++) {
                struct incident *c = &t->fx->incident[i];

                if (!c->has_point || c->county[0])
                        continue;
                gis_zone_codes(&t->s->places, c->at, c->town, c->county);
                sensors_locate_incident(t->s->sensors, c->centre, c->id,
                                        c->county, c->town);
        }
}

/* When a station spoke that sent o: now, or when it measured, which may be
 * after the last tick. */
static int64_t seen_us(const struct state *s, const struct observation *o)
{
        return o->time_us > s->engine_us ? o->time_us : s->engine_us;
}

enum status pipeline_decide(const struct step *t, struct err *e)
{
        struct state *s = t->s;
        struct effects *fx = t->fx;
        enum status st = OK;
        uint32_t i;

        /* A link-keep frame or a repeat says that the station lives. */
        for (i = 0; i < fx->n_station; i++)
                engine_seen(s->engine, fx->station[i].station, s->engine_us);
        for (i = 0; i < fx->n_incident && st == OK; i++)
                st = engine_incident(s->engine, &s->places, &fx->incident[i],
                                     &t->now, fx, e);
        for (i = 0; i < fx->n_observation && st == OK; i++) {
                const struct observation *o = &fx->observation[i];

                engine_seen(s->engine, o->station, seen_us(s, o));
                if (marks_usable(o->marks))
                        st = engine_observe(s->engine, &s->places, o, &t->now,
                                            fx, e);
        }
        for (i = 0; i < fx->n_rain && st == OK; i++)
                st = engine_rain(s->engine, &s->places, &fx->rain[i], &t->now,
                                 fx, e);
        for (i = 0; i < fx->n_forecast && st == OK; i++)
                st = engine_forecast(s->engine, &s->places, &fx->forecast[i],
                                     &t->now, fx, e);
        return st;
}

static enum status on_mqtt(const struct step *t, struct err *e)
{
        enum status st;

        st = sensors_take(t->s->sensors, &t->s->places, t->r, t->s->engine_us,
                          t->fx, e);
        if (st != OK)
                return st;
        locate_incidents(t);
        return pipeline_decide(t, e);
}

static void end_old_sessions(struct state *s)
{
        uint32_t i, kept = 0;

        for (i = 0; i < s->n_sessions; i++)
                if (s->sessions[i].expires_real_us > s->real_us)
                        s->sessions[kept++] = s->sessions[i];
        s->n_sessions = kept;
}

#define AROUND_TURNS 600 /* each station is looked at once in so many s */

/* Whose turn it is: in every engine second another six hundredth of the
 * stations; a leap of the clock gives each at most one turn. */
static void look_around(const struct step *t, int64_t before_us)
{
        struct state *s = t->s;
        const struct check_table *c = sensors_check_table(s->sensors);
        int64_t turn = before_us / SECOND_US;
        int64_t last = s->engine_us / SECOND_US;
        struct around around;
        uint32_t i;

        if (c->n_windows == 0 || before_us == TIME_NONE)
                return;
        if (last - turn > AROUND_TURNS)
                turn = last - AROUND_TURNS;
        while (++turn <= last)
                for (i = (uint32_t)(turn % AROUND_TURNS);
                     i < s->places.n_stations; i += AROUND_TURNS) {
                        if (!sensors_has_rain(s->sensors, i))
                                continue;
                        gis_near_find(s->near, &s->places, i,
                                      (double)c->around_m, &around);
                        sensors_around(s->sensors, i, &around, s->engine_us,
                                       t->fx);
                }
}

/* One system alert while any station babbles; which ones, the station book
 * says.  Looked at once a minute of engine time. */
static enum status look_for_babble(const struct step *t, int64_t before_us,
                                   struct err *e)
{
        struct state *s = t->s;
        bool quiet;

        if (before_us != TIME_NONE &&
            before_us / MINUTE_US == s->engine_us / MINUTE_US)
                return OK;
        quiet = sensors_babbling(s->sensors, s->engine_us) == 0;
        if (quiet == !s->babble)
                return OK;
        s->babble = !quiet;
        return engine_link(s->engine, &s->places, "babble", quiet, &t->now,
                           t->fx, e);
}

static enum status on_tick(const struct step *t, struct err *e)
{
        struct step now = *t;
        int64_t engine_us, real_us, before_us = t->s->engine_us;
        enum status st;

        st = record_tick_unpack(t->r, &engine_us, &real_us, e);
        if (st != OK)
                return st;
        t->s->engine_us = engine_us;
        t->s->real_us = real_us;
        now.now.engine_us = engine_us;
        now.now.real_us = real_us;
        end_old_sessions(t->s);
        sensors_tick(t->s->sensors, engine_us, t->fx);
        look_around(t, before_us);
        sensors_tick_gaps(t->s->sensors, &t->s->places, real_us, t->r->seq,
                          t->fx);
        st = sensors_tick_terminals(t->s->sensors, &t->s->places, t->r,
                                    engine_us, t->fx, e);
        if (st == OK)
                st = look_for_babble(&now, before_us, e);
        if (st != OK)
                return st;
        return engine_tick(t->s->engine, &t->s->places, &now.now, t->fx, e);
}

static enum status on_link(const struct step *t, struct err *e)
{
        struct link_note n;
        enum link l;
        enum status st = wire_link_decode(t->r->body, &n, e);

        if (st != OK)
                return st;
        if (!link_from(text_of(n.link), &l))
                return err_set(e, ERR_UNKNOWN, "link \"%s\"", n.link);
        t->s->link_up[l] = n.up;
        return engine_link(t->s->engine, &t->s->places, n.link, n.up, &t->now,
                           t->fx, e);
}

/* Which station an import touched, for the map and its neighbours. */
static enum status note_station(const struct step *t, const struct json *j,
                                struct err *e)
{
        struct station_change c;
        enum status st;
        uint32_t n;

        if (!text_is(json_text(json_get(j, "what")), "station"))
                return OK;
        c.station = places_find_station(&t->s->places,
                                        json_text(json_get(j, "code")));
        if (c.station == NO_INDEX)
                return OK;
        effects_push_station(t->fx, &c);
        st = gis_near_put(t->s->near, &t->s->places, c.station, e);
        if (st == OK)
                st = pipeline_take_waiting(t, c.station, &n, e);
        return st == OK && n ? pipeline_decide(t, e) : st;
}

static enum status put_checks(const struct step *t, struct err *e)
{
        struct check_table *c = calloc(1, sizeof *c);
        enum status st;
        char subject[48];

        if (!c)
                return err_set(e, ERR_MEMORY, "no memory for checks");
        st = wire_checks_decode(t->r->body, c, e);
        if (st == OK) {
                sensors_checks(t->s->sensors, c);
                snprintf(subject, sizeof subject, "%s v%u", c->name,
                         c->version);
                audit_add(t->s,
                          &(struct audit_act){"admin", "admin", "checks",
                                              subject, OK, ""},
                          t->r->seq, t->fx);
        }
        free(c);
        return st;
}

/* A mapping or a vendor's table that came into force or went. */
static enum status audit_import(const struct step *t, const struct json *j,
                                const char *what, const char *key)
{
        char name[CODE_MAX + 1];

        text_copy(name, sizeof name, json_text(json_get(j, key)));
        audit_add(t->s,
                  &(struct audit_act){
                          "admin", "admin", what, name, OK,
                          json_true(json_get(j, "remove")) ? "removed" : ""},
                  t->r->seq, t->fx);
        return OK;
}

static enum status import_mapping(const struct step *t, const struct json *j,
                                  struct err *e)
{
        enum status st = sensors_mapping(t->s->sensors, t->r->body, e);

        return st == OK ? audit_import(t, j, "mapping", "name") : st;
}

static enum status import_vendor(const struct step *t, const struct json *j,
                                 struct err *e)
{
        enum status st = sensors_vendor(t->s->sensors, t->r->body, e);

        return st == OK ? audit_import(t, j, "vendor", "vendor") : st;
}

static enum status on_import(const struct step *t, struct err *e)
{
        struct json *j = NULL;
        enum status st = json_parse(t->r->body, RECORD_BODY_MAX, &j, e);

        if (st != OK)
                return st;
        if (text_is(json_text(json_get(j, "what")), "checks")) {
                st = put_checks(t, e);
        } else if (text_is(json_text(json_get(j, "what")), "mapping")) {
                st = import_mapping(t, j, e);
        } else if (text_is(json_text(json_get(j, "what")), "sl651_vendor")) {
                st = import_vendor(t, j, e);
        } else {
                st = wire_import_apply(&t->s->places, t->r->body, e);
                engine_places(t->s->engine);
                if (st == OK)
                        st = note_station(t, j, e);
        }
        json_free(j);
        return st;
}

static void fill_user(struct user *u, const struct user_note *n)
{
        memset(u, 0, sizeof *u);
        memcpy(u->name, n->name, sizeof u->name);
        memcpy(u->shown, n->shown, sizeof u->shown);
        memcpy(u->hash, n->hash, sizeof u->hash);
        memcpy(u->zone, n->zone, sizeof u->zone);
        u->role = n->role;
        u->has_agency = n->has_agency;
        u->agency = n->agency;
        u->disabled = n->disabled;
}

static enum status on_user(const struct step *t, struct err *e)
{
        struct state *s = t->s;
        struct user_note n;
        struct user *u;
        enum status st = wire_user_decode(t->r->body, &n, e);

        if (st != OK)
                return st;
        u = (struct user *)state_user(s, text_of(n.name));
        if (!u) {
                u = realloc(s->users, (s->n_users + 1) * sizeof *u);
                if (!u)
                        return err_set(e, ERR_MEMORY, "user %s", n.name);
                s->users = u;
                u = &s->users[s->n_users++];
        }
        fill_user(u, &n);
        audit_add(s,
                  &(struct audit_act){n.by[0] ? n.by : "sanfang", "admin",
                                      n.disabled ? "user_disabled" : "user",
                                      n.name, OK, role_name(n.role)},
                  t->r->seq, t->fx);
        return OK;
}

static enum status open_session(struct state *s, const struct session_note *n,
                                struct err *e)
{
        struct session *more;

        if (!state_user(s, text_of(n->user)))
                return err_set(e, ERR_UNKNOWN, "no user \"%s\"", n->user);
        more = realloc(s->sessions, (s->n_sessions + 1) * sizeof *more);
        if (!more)
                return err_set(e, ERR_MEMORY, "session of %s", n->user);
        s->sessions = more;
        more = &s->sessions[s->n_sessions++];
        memset(more, 0, sizeof *more);
        memcpy(more->token_hash, n->token_hash, sizeof more->token_hash);
        memcpy(more->user, n->user, sizeof more->user);
        more->wall = n->wall;
        more->opened_real_us = s->real_us;
        more->expires_real_us = n->expires_real_us;
        return OK;
}

static void end_session(struct state *s, const char *token_hash)
{
        uint32_t i, kept = 0;

        for (i = 0; i < s->n_sessions; i++)
                if (strcmp(s->sessions[i].token_hash, token_hash) != 0)
                        s->sessions[kept++] = s->sessions[i];
        s->n_sessions = kept;
}

static enum status on_session(const struct step *t, struct err *e)
{
        static const char *const actions[] = {"sign_in", "sign_out",
                                              "sign_in_failed", "denied"};
        struct session_note n;
        const struct user *u;
        enum status st = wire_session_decode(t->r->body, &n, e);

        if (st == OK && n.what == SESSION_OPEN)
                st = open_session(t->s, &n, e);
        if (st != OK)
                return st;
        if (n.what == SESSION_END)
                end_session(t->s, n.token_hash);
        u = state_user(t->s, text_of(n.user));
        audit_add(t->s,
                  &(struct audit_act){n.user, u ? role_name(u->role) : "",
                                      actions[n.what], n.subject,
                                      n.what == SESSION_FAILED
                                              ? ERR_UNAUTHORISED
                                      : n.what == SESSION_DENIED ? ERR_FORBIDDEN
                                                                 : OK,
                                      n.from},
                  t->r->seq, t->fx);
        return OK;
}

static enum status do_ack(const struct step *t, const struct command *c,
                          const struct user *u, struct err *e)
{
        const struct alert *a = engine_find(t->s->engine, text_of(c->alert));
        struct ack k = {.agency = c->agency, .intent = c->intent};

        if (!a)
                return err_set(e, ERR_UNKNOWN, "no alert %s", c->alert);
        if (!state_may_ack(u, a) || (u->has_agency && u->agency != c->agency))
                return err_set(e, ERR_FORBIDDEN, "%s may not answer %s for %s",
                               u->name, c->alert, agency_name(c->agency));
        memcpy(k.alert, c->alert, sizeof k.alert);
        memcpy(k.user, c->user, sizeof k.user);
        memcpy(k.note, c->note, sizeof k.note);
        return engine_ack(t->s->engine, &k, &t->now, t->fx, e);
}

static enum status do_close(const struct step *t, const struct command *c,
                            const struct user *u, struct err *e)
{
        const struct alert *a = engine_find(t->s->engine, text_of(c->alert));

        if (!a)
                return err_set(e, ERR_UNKNOWN, "no alert %s", c->alert);
        if (!state_may_ack(u, a))
                return err_set(e, ERR_FORBIDDEN, "%s may not close %s", u->name,
                               c->alert);
        return engine_close(t->s->engine, c->alert, c->user, c->note, &t->now,
                            t->fx, e);
}

static enum status do_clock(const struct step *t, const struct command *c,
                            const struct user *u, struct err *e)
{
        if (u->role != ROLE_ADMIN)
                return err_set(e, ERR_FORBIDDEN,
                               "only an administrator sets the clock");
        if (c->rate_milli < 0 || c->rate_milli > 1000000)
                return err_set(e, ERR_RANGE, "rate must be 0 to 1000");
        t->s->rate_milli = c->rate_milli;
        return OK;
}

static enum status (*const commands[command_kind_count])(const struct step *,
                                                         const struct command *,
                                                         const struct user *,
                                                         struct err *) = {
        [COMMAND_ACK] = do_ack,
        [COMMAND_CLOSE] = do_close,
        [COMMAND_CLOCK] = do_clock,
        [COMMAND_ADMIT] = pipeline_admit,
        [COMMAND_DISMISS] = pipeline_dismiss,
        [COMMAND_AMEND] = pipeline_amend,
        [COMMAND_RULES_DRAFT] = pipeline_rules_draft,
        [COMMAND_RULES_TESTED] = pipeline_rules_tested,
        [COMMAND_RULES_CONFIRM] = pipeline_rules_confirm,
        [COMMAND_RULES_ACTIVATE] = pipeline_rules_activate,
};

/* What the audit says of it beside its subject. */
static void tell(const struct step *t, const struct command *c, char *dst,
                 size_t cap)
{
        char at[48];

        if (c->kind == COMMAND_ACK) {
                snprintf(dst, cap, "%s", intent_name(c->intent));
        } else if (c->kind == COMMAND_AMEND) {
                time_format_beijing(at, c->time_us);
                snprintf(dst, cap, "%s %s: %s%lld.%03lld: %.100s",
                         element_name(c->element), at,
                         c->value_milli < 0 ? "-" : "",
                         llabs(c->value_milli) / 1000,
                         llabs(c->value_milli) % 1000, c->note);
        } else if (c->hash[0]) {
                pipeline_rules_tell(t, c, dst, cap);
        } else {
                snprintf(dst, cap, "%s", c->note);
        }
}

static enum status on_command(const struct step *t, struct err *e)
{
        struct command c;
        const struct user *u;
        enum status st = wire_command_decode(t->r->body, &c, e);
        char detail[NOTE_MAX + 1];
        struct err why = {0};

        if (st != OK)
                return st;
        u = state_user(t->s, text_of(c.user));
        if (!u || u->disabled)
                st = err_set(&why, ERR_FORBIDDEN, "no user \"%s\"", c.user);
        else
                st = commands[c.kind](t, &c, u, &why);
        if (st == ERR_MEMORY)
                return err_set(e, st, "%s", why.msg);
        tell(t, &c, detail, sizeof detail);
        audit_add(t->s,
                  &(struct audit_act){c.user, u ? role_name(u->role) : "",
                                      command_kind_name(c.kind),
                                      command_subject(&c), st, detail},
                  t->r->seq, t->fx);
        answer(t, c.request, st, &why);
        return OK;
}

/* One that a person brought passes the gate of the messages. */
static enum status forecast_by(const struct step *t,
                               const struct forecast_note *n, struct err *e)
{
        const struct user *u = state_user(t->s, text_of(n->by));
        char subject[2 * CODE_MAX + 2] = "";
        struct err why = {0};
        enum status st = sensors_series(t->s->sensors, &t->s->places, t->r,
                                        t->s->engine_us, t->fx, &why);

        if (st == ERR_MEMORY)
                return err_set(e, st, "%s", why.msg);
        if (st == OK)
                snprintf(subject, sizeof subject, "%.32s %.32s",
                         t->fx->forecast[0].source, t->fx->forecast[0].subject);
        audit_add(
                t->s,
                &(struct audit_act){n->by, u ? role_name(u->role) : "",
                                    "forecast", subject, st,
                                    st == OK ? t->fx->forecast[0].id : why.msg},
                t->r->seq, t->fx);
        answer(t, n->request, st, &why);
        return st == OK ? pipeline_decide(t, e) : OK;
}

static enum status on_forecast(const struct step *t, struct err *e)
{
        struct forecast_note note;
        struct forecast *f = calloc(1, sizeof *f);
        enum status st;

        if (!f)
                return err_set(e, ERR_MEMORY, "no memory for a forecast");
        if (wire_forecast_note_decode(t->r->body, &note)) {
                free(f);
                return forecast_by(t, &note, e);
        }
        st = wire_forecast_decode(t->r->body, f, e);
        f->seq = t->r->seq;
        if (st == OK)
                effects_push_forecast(t->fx, f);
        free(f);
        return st == OK ? pipeline_decide(t, e) : st;
}

static enum status on_clock(const struct step *t, struct err *e)
{
        struct clock_note n;
        enum status st = wire_clock_decode(t->r->body, &n, e);

        if (st != OK)
                return st;
        t->s->engine_us = n.engine_us;
        t->s->rate_milli = n.rate_milli;
        return OK;
}

static enum status on_none(const struct step *t, struct err *e)
{
        (void)t;
        return err_set(e, ERR_UNKNOWN, "a record without a kind");
}

static enum status (*const handlers[record_kind_count])(const struct step *,
                                                        struct err *) = {
        [RECORD_NONE] = on_none,       [RECORD_MQTT] = on_mqtt,
        [RECORD_TICK] = on_tick,       [RECORD_LINK] = on_link,
        [RECORD_IMPORT] = on_import,   [RECORD_RULES] = pipeline_on_rules,
        [RECORD_USER] = on_user,       [RECORD_SESSION] = on_session,
        [RECORD_COMMAND] = on_command, [RECORD_FORECAST] = on_forecast,
        [RECORD_CLOCK] = on_clock,     [RECORD_FRAME] = on_mqtt,
        [RECORD_VALUES] = on_mqtt,
};

enum status pipeline_step(struct state *s, const struct record *r,
                          struct effects *fx, struct err *e)
{
        struct step t = {s, r, {s->engine_us, r->real_us, r->seq}, fx};
        struct err why = {0};
        enum status st;

        effects_clear(fx);
        s->real_us = r->real_us;
        if (s->engine_us == TIME_NONE)
                s->engine_us = t.now.engine_us = r->real_us;
        st = handlers[r->kind < record_kind_count ? r->kind : RECORD_NONE](
                &t, &why);
        if (st == ERR_MEMORY || fx->failed)
                return err_set(e, ERR_MEMORY, "record %llu: %s",
                               (unsigned long long)r->seq, why.msg);
        if (st != OK)
                effects_refuse(fx, r->seq, st, why.msg,
                               text_of(record_kind_name(r->kind)), r->body);
        s->seq = r->seq;
        s->records++;
        return OK;
}
