/* schemas/wire/command.c -- the JSON bodies of our own records. */
#include "schemas/wire/command.h"

#include <string.h>

#include "schemas/record.h"
#include "schemas/time.h"
#include "schemas/wire/json.h"
#include "schemas/wire/place.h"

WORD_DEFINE(command_kind, command_kind, COMMANDS)

static const char *const session_words[] = {"open", "end", "failed", "denied"};

static bool is_about_station(const struct command *c)
{
        return c->kind == COMMAND_ADMIT || c->kind == COMMAND_DISMISS ||
               c->kind == COMMAND_AMEND;
}

static bool is_about_rules(const struct command *c)
{
        return c->kind == COMMAND_RULES_DRAFT ||
               c->kind == COMMAND_RULES_TESTED ||
               c->kind == COMMAND_RULES_CONFIRM ||
               c->kind == COMMAND_RULES_ACTIVATE;
}

const char *command_subject(const struct command *c)
{
        if (is_about_rules(c))
                return c->hash;
        return is_about_station(c) ? c->name : c->alert;
}

static void put_station(struct json_out *o, const struct command *c)
{
        struct buf record = {0};

        json_put_str(o, c->kind == COMMAND_AMEND ? "station" : "name", c->name);
        if (c->kind == COMMAND_AMEND) {
                json_put_str(o, "element", element_name(c->element));
                json_put_time(o, "time", c->time_us);
                json_put_milli(o, "value", c->value_milli);
        } else if (c->kind == COMMAND_ADMIT) {
                wire_station_encode(c->station, &record);
                if (record.failed)
                        o->b->failed = true;
                json_put_raw(o, "record", buf_as_text(&record));
                buf_done(&record);
        }
}

static void put_rules(struct json_out *o, const struct command *c)
{
        json_put_str(o, "hash", c->hash);
        if (c->kind == COMMAND_RULES_TESTED)
                json_put_str(o, "against", c->against);
        if (c->text.p)
                json_put_text(o, "text", c->text);
}

void wire_command_encode(const struct command *c, struct buf *b)
{
        struct json_out o = json_out(b);

        json_open(&o, NULL);
        json_put_str(&o, "cmd", command_kind_name(c->kind));
        json_put_str(&o, "request", c->request);
        json_put_str(&o, "user", c->user);
        if (c->kind == COMMAND_CLOCK)
                json_put_i64(&o, "rate_milli", c->rate_milli);
        else if (is_about_station(c))
                put_station(&o, c);
        else if (is_about_rules(c))
                put_rules(&o, c);
        else
                json_put_str(&o, "alert", c->alert);
        if (c->kind == COMMAND_ACK) {
                json_put_str(&o, "agency", agency_name(c->agency));
                json_put_str(&o, "intent", intent_name(c->intent));
        }
        json_put_str(&o, "note", c->note);
        json_close(&o);
}

static enum status decode_ack(const struct json *j, struct command *c,
                              struct err *e)
{
        if (!agency_from(json_text(json_get(j, "agency")), &c->agency))
                return err_set(e, ERR_UNKNOWN, "\"agency\" is not one of ours");
        if (!intent_from(json_text(json_get(j, "intent")), &c->intent))
                return err_set(e, ERR_UNKNOWN,
                               "\"intent\" must be seen, verifying, acting "
                               "or refused");
        return OK;
}

static enum status decode_amend(const struct json *j, struct command *c,
                                struct err *e)
{
        enum status st =
                json_need_text(j, "station", c->name, sizeof c->name, e);

        if (st == OK &&
            !element_from(json_text(json_get(j, "element")), &c->element))
                return err_set(e, ERR_UNKNOWN_ELEMENT,
                               "\"element\" is not one of ours");
        if (st == OK &&
            !time_parse(json_text(json_get(j, "time")), &c->time_us))
                return err_set(e, ERR_TIME,
                               "\"time\" is RFC 3339 with an offset");
        if (st == OK && !json_milli(json_get(j, "value"), &c->value_milli))
                return err_set(e, ERR_NUMBER, "\"value\" is no number");
        return st;
}

static enum status decode_rules(const struct json *j, struct command *c,
                                struct err *e)
{
        enum status st = json_need_text(j, "hash", c->hash, sizeof c->hash, e);

        if (st == OK && c->kind == COMMAND_RULES_TESTED)
                st = json_need_text(j, "against", c->against, sizeof c->against,
                                    e);
        return st;
}

static enum status decode_command(const struct json *j, struct command *c,
                                  struct err *e)
{
        enum status st;

        if (!command_kind_from(json_text(json_get(j, "cmd")), &c->kind))
                return err_set(e, ERR_UNKNOWN, "\"cmd\" is not one of ours");
        st = json_need_text(j, "request", c->request, sizeof c->request, e);
        if (st == OK)
                st = json_need_text(j, "user", c->user, sizeof c->user, e);
        if (st == OK)
                st = json_opt_text(j, "note", c->note, sizeof c->note, e);
        if (st != OK)
                return st;
        if (c->kind == COMMAND_CLOCK)
                return json_need_i64(j, "rate_milli", &c->rate_milli, e);
        if (c->kind == COMMAND_AMEND)
                return decode_amend(j, c, e);
        if (is_about_rules(c))
                return decode_rules(j, c, e);
        if (is_about_station(c))
                return json_need_text(j, "name", c->name, sizeof c->name, e);
        st = json_need_text(j, "alert", c->alert, sizeof c->alert, e);
        if (st == OK && c->kind == COMMAND_ACK)
                st = decode_ack(j, c, e);
        return st;
}

/* Parses an object of our own and gives it to one of the readers below. */
#define DECODE(body, ret, e, reader, type)                     \
        do {                                                   \
                struct json *j = NULL;                         \
                type tmp;                                      \
                enum status st;                                \
                memset(&tmp, 0, sizeof tmp);                   \
                st = json_parse(body, RECORD_JSON_MAX, &j, e); \
                if (st == OK)                                  \
                        st = reader(j, &tmp, e);               \
                json_free(j);                                  \
                if (st == OK)                                  \
                        *(ret) = tmp;                          \
                return st;                                     \
        } while (0)

/* A command may hold a rule table. */
#define RECORD_JSON_MAX RECORD_BODY_MAX

enum status wire_command_decode(struct text body, struct command *ret,
                                struct err *e)
{
        DECODE(body, ret, e, decode_command, struct command);
}

static enum status decode_station(const struct json *j, struct station *ret,
                                  struct err *e)
{
        return wire_station_decode(json_get(j, "record"), ret, e);
}

enum status wire_command_station(struct text body, struct station *ret,
                                 struct err *e)
{
        DECODE(body, ret, e, decode_station, struct station);
}

static enum status decode_text(const struct json *j, struct buf *ret,
                               struct err *e)
{
        if (!json_is_text(json_get(j, "text")))
                return err_set(e, ERR_MISSING, "\"text\" is missing");
        buf_text(ret, json_text(json_get(j, "text")));
        return ret->failed ? err_set(e, ERR_MEMORY, "no memory for a text")
                           : OK;
}

enum status wire_command_text(struct text body, struct buf *ret, struct err *e)
{
        struct json *j = NULL;
        enum status st = json_parse(body, RECORD_JSON_MAX, &j, e);

        if (st == OK)
                st = decode_text(j, ret, e);
        json_free(j);
        return st;
}

void wire_session_encode(const struct session_note *n, struct buf *b)
{
        struct json_out o = json_out(b);

        json_open(&o, NULL);
        json_put_str(&o, "what", session_words[n->what]);
        json_put_str(&o, "token_hash", n->token_hash);
        json_put_str(&o, "user", n->user);
        json_put_bool(&o, "wall", n->wall);
        if (n->what == SESSION_OPEN)
                json_put_time(&o, "expires", n->expires_real_us);
        json_put_bytes(&o, "from", text_of(n->from));
        json_put_bytes(&o, "subject", text_of(n->subject));
        json_close(&o);
}

static enum status decode_session(const struct json *j, struct session_note *n,
                                  struct err *e)
{
        struct text what = json_text(json_get(j, "what"));
        enum status st;
        int i;

        for (i = 0; i < 4 && !text_is(what, session_words[i]); i++)
                ;
        if (i == 4)
                return err_set(e, ERR_UNKNOWN, "\"what\" is not one of ours");
        n->what = (enum session_what)i;
        n->wall = json_true(json_get(j, "wall"));
        st = json_need_text(j, "user", n->user, sizeof n->user, e);
        if (st == OK)
                st = json_opt_text(j, "token_hash", n->token_hash,
                                   sizeof n->token_hash, e);
        if (st == OK)
                st = json_opt_text(j, "from", n->from, sizeof n->from, e);
        if (st == OK)
                st = json_opt_text(j, "subject", n->subject, sizeof n->subject,
                                   e);
        if (st == OK && n->what == SESSION_OPEN)
                st = json_need_time(j, "expires", &n->expires_real_us, e);
        return st;
}

enum status wire_session_decode(struct text body, struct session_note *ret,
                                struct err *e)
{
        DECODE(body, ret, e, decode_session, struct session_note);
}

void wire_link_encode(const struct link_note *n, struct buf *b)
{
        struct json_out o = json_out(b);

        json_open(&o, NULL);
        json_put_str(&o, "link", n->link);
        json_put_bool(&o, "up", n->up);
        json_put_bytes(&o, "why", text_of(n->why));
        json_close(&o);
}

static enum status decode_link(const struct json *j, struct link_note *n,
                               struct err *e)
{
        enum status st;

        st = json_need_text(j, "link", n->link, sizeof n->link, e);
        if (st == OK)
                st = json_opt_text(j, "why", n->why, sizeof n->why, e);
        if (st == OK && !json_is_bool(json_get(j, "up")))
                st = err_set(e, ERR_TYPE, "\"up\" must be true or false");
        n->up = json_true(json_get(j, "up"));
        return st;
}

enum status wire_link_decode(struct text body, struct link_note *ret,
                             struct err *e)
{
        DECODE(body, ret, e, decode_link, struct link_note);
}

void wire_clock_encode(const struct clock_note *n, struct buf *b)
{
        struct json_out o = json_out(b);

        json_open(&o, NULL);
        json_put_time(&o, "engine", n->engine_us);
        json_put_i64(&o, "rate_milli", n->rate_milli);
        json_close(&o);
}

static enum status decode_clock(const struct json *j, struct clock_note *n,
                                struct err *e)
{
        enum status st = json_need_time(j, "engine", &n->engine_us, e);

        if (st == OK)
                st = json_need_i64(j, "rate_milli", &n->rate_milli, e);
        return st;
}

enum status wire_clock_decode(struct text body, struct clock_note *ret,
                              struct err *e)
{
        DECODE(body, ret, e, decode_clock, struct clock_note);
}

void wire_user_encode(const struct user_note *n, struct buf *b)
{
        struct json_out o = json_out(b);

        json_open(&o, NULL);
        json_put_str(&o, "user", n->name);
        json_put_str(&o, "shown", n->shown);
        json_put_str(&o, "hash", n->hash);
        json_put_str(&o, "role", role_name(n->role));
        if (n->has_agency)
                json_put_str(&o, "agency", agency_name(n->agency));
        else
                json_put_null(&o, "agency");
        json_put_str(&o, "zone", n->zone);
        json_put_bool(&o, "disabled", n->disabled);
        json_put_str(&o, "by", n->by);
        json_close(&o);
}

static enum status decode_user(const struct json *j, struct user_note *n,
                               struct err *e)
{
        const struct json *agency = json_get(j, "agency");
        enum status st;

        st = json_need_text(j, "user", n->name, sizeof n->name, e);
        if (st == OK)
                st = json_opt_text(j, "shown", n->shown, sizeof n->shown, e);
        if (st == OK)
                st = json_need_text(j, "hash", n->hash, sizeof n->hash, e);
        if (st == OK)
                st = json_opt_text(j, "zone", n->zone, sizeof n->zone, e);
        if (st == OK)
                st = json_opt_text(j, "by", n->by, sizeof n->by, e);
        if (st != OK)
                return st;
        if (!text_is_code(text_of(n->name), CODE_MAX))
                return err_set(e, ERR_SYNTAX,
                               "\"user\" must be 1 to 32 of A-Z a-z 0-9 _ -");
        if (!role_from(json_text(json_get(j, "role")), &n->role))
                return err_set(e, ERR_UNKNOWN,
                               "\"role\" must be viewer, operator, duty or "
                               "admin");
        n->has_agency = agency && !json_is_null(agency);
        if (n->has_agency && !agency_from(json_text(agency), &n->agency))
                return err_set(e, ERR_UNKNOWN, "\"agency\" is not one of ours");
        n->disabled = json_true(json_get(j, "disabled"));
        return OK;
}

enum status wire_user_decode(struct text body, struct user_note *ret,
                             struct err *e)
{
        DECODE(body, ret, e, decode_user, struct user_note);
}
