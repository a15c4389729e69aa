/* server/state.c -- everything that is decided from the journal. */
#include "server/state.h"

#include <stdlib.h>
#include <string.h>

#include "gis/near.h"
#include "schemas/time.h"

#define STATE_MAGIC "sanfang-state-8"

WORD_DEFINE(link, link, LINKS)

enum status state_create(struct state **ret, struct err *e)
{
        struct sensors_config sensors = sensors_defaults();
        struct state *s = calloc(1, sizeof *s);
        enum status st;

        if (!s)
                return err_set(e, ERR_MEMORY, "no memory for the state");
        places_init(&s->places);
        rules_book_init(&s->rules);
        s->rate_milli = 1000;
        s->link_up[LINK_DISK] = s->link_up[LINK_JOURNAL] = true;
        s->engine_us = TIME_NONE;
        memset(s->audit_hash, '0', 64);
        st = gis_near_create(&s->near, e);
        if (st == OK)
                st = sensors_create(&sensors, &s->sensors, e);
        if (st == OK)
                st = engine_create(&s->engine, e);
        if (st != OK) {
                state_free(s);
                return st;
        }
        *ret = s;
        return OK;
}

void state_free(struct state *s)
{
        if (!s)
                return;
        engine_free(s->engine);
        sensors_free(s->sensors);
        places_done(&s->places);
        gis_near_free(s->near);
        rules_book_done(&s->rules);
        free(s->users);
        free(s->sessions);
        free(s);
}

const struct user *state_user(const struct state *s, struct text name)
{
        uint32_t i;

        for (i = 0; i < s->n_users; i++)
                if (text_is(name, s->users[i].name))
                        return &s->users[i];
        return NULL;
}

const struct session *state_session(const struct state *s,
                                    struct text token_hash)
{
        uint32_t i;

        for (i = 0; i < s->n_sessions; i++)
                if (text_is(token_hash, s->sessions[i].token_hash))
                        return &s->sessions[i];
        return NULL;
}

bool state_may_ack(const struct user *u, const struct alert *a)
{
        if (u->disabled || (u->role != ROLE_DUTY && u->role != ROLE_ADMIN))
                return false;
        return u->zone[0] == '\0' || strcmp(u->zone, a->county) == 0 ||
               a->county[0] == '\0';
}

static void save_user(const struct user *u, struct buf *b)
{
        pack_str(b, u->name);
        pack_str(b, u->shown);
        pack_str(b, u->hash);
        pack_u8(b, (uint8_t)u->role);
        pack_u8(b, u->has_agency);
        pack_u8(b, (uint8_t)u->agency);
        pack_str(b, u->zone);
        pack_u8(b, u->disabled);
}

static void load_user(struct user *u, struct unpack *p)
{
        unpack_str(p, u->name, sizeof u->name);
        unpack_str(p, u->shown, sizeof u->shown);
        unpack_str(p, u->hash, sizeof u->hash);
        u->role = unpack_u8(p) % role_count;
        u->has_agency = unpack_u8(p);
        u->agency = unpack_u8(p) % agency_count;
        unpack_str(p, u->zone, sizeof u->zone);
        u->disabled = unpack_u8(p);
}

static void save_session(const struct session *n, struct buf *b)
{
        pack_str(b, n->token_hash);
        pack_str(b, n->user);
        pack_u8(b, n->wall);
        pack_i64(b, n->opened_real_us);
        pack_i64(b, n->expires_real_us);
}

static void load_session(struct session *n, struct unpack *p)
{
        unpack_str(p, n->token_hash, sizeof n->token_hash);
        unpack_str(p, n->user, sizeof n->user);
        n->wall = unpack_u8(p);
        n->opened_real_us = unpack_i64(p);
        n->expires_real_us = unpack_i64(p);
}

void state_save(const struct state *s, struct buf *b)
{
        uint32_t i;

        pack_str(b, STATE_MAGIC);
        pack_u64(b, s->seq);
        pack_u64(b, s->records);
        pack_i64(b, s->engine_us);
        pack_i64(b, s->real_us);
        pack_i64(b, s->rate_milli);
        pack_u64(b, s->audit_n);
        pack_str(b, s->audit_hash);
        pack_u8(b, s->babble);
        for (i = 0; i < link_count; i++)
                pack_u8(b, s->link_up[i]);
        pack_u32(b, s->n_users);
        for (i = 0; i < s->n_users; i++)
                save_user(&s->users[i], b);
        pack_u32(b, s->n_sessions);
        for (i = 0; i < s->n_sessions; i++)
                save_session(&s->sessions[i], b);
        places_save(&s->places, b);
        sensors_save(s->sensors, b);
        engine_save(s->engine, b);
        rules_book_save(&s->rules, b);
}

static enum status load_people(struct state *s, struct unpack *u, struct err *e)
{
        uint32_t i;

        s->n_users = unpack_count(u, 24);
        s->users = calloc(s->n_users ? s->n_users : 1, sizeof *s->users);
        if (!s->users)
                return err_set(e, ERR_MEMORY, "%u users", s->n_users);
        for (i = 0; i < s->n_users; i++)
                load_user(&s->users[i], u);
        s->n_sessions = unpack_count(u, 24);
        s->sessions =
                calloc(s->n_sessions ? s->n_sessions : 1, sizeof *s->sessions);
        if (!s->sessions)
                return err_set(e, ERR_MEMORY, "%u sessions", s->n_sessions);
        for (i = 0; i < s->n_sessions; i++)
                load_session(&s->sessions[i], u);
        return OK;
}

enum status state_load(struct state *s, struct text bytes, struct err *e)
{
        struct unpack u = {bytes.p, bytes.n, false};
        enum status st;
        uint32_t i;

        if (!text_is(unpack_text(&u), STATE_MAGIC))
                return err_set(e, ERR_CORRUPT, "not a state of this version");
        s->seq = unpack_u64(&u);
        s->records = unpack_u64(&u);
        s->engine_us = unpack_i64(&u);
        s->real_us = unpack_i64(&u);
        s->rate_milli = unpack_i64(&u);
        s->audit_n = unpack_u64(&u);
        unpack_str(&u, s->audit_hash, sizeof s->audit_hash);
        s->babble = unpack_u8(&u);
        for (i = 0; i < link_count; i++)
                s->link_up[i] = unpack_u8(&u);
        st = load_people(s, &u, e);
        if (st == OK)
                st = places_load(&s->places, &u, e);
        for (i = 0; st == OK && i < s->places.n_stations; i++)
                st = gis_near_put(s->near, &s->places, i, e);
        if (st == OK)
                st = sensors_load(s->sensors, &u, e);
        if (st == OK)
                st = engine_load(s->engine, &u, e);
        if (st == OK)
                st = rules_book_load(&s->rules, &u, e);
        if (st == OK && (u.failed || u.n))
                st = err_set(e, ERR_CORRUPT, "state has %s bytes",
                             u.failed ? "too few" : "left-over");
        return st;
}
