/* server/route_command.c -- what officers do: acknowledge, close, clock.
 *
 * A command is a journal record with a random request number; the pipeline
 * says how it ended (fx->result), and the officer is answered after it is
 * on the disk.  Two officers at once are two records: the second finds
 * what the first did.
 * Thread: the loop. */
#include "server/route.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

void route_new_request(char request[40])
{
        unsigned char bits[16];

        randombytes_buf(bits, sizeof(bits));
        sodium_bin2hex(request, 33, bits, sizeof(bits));
}

/* Journals one command as item i of p; what cannot be journaled is done
 * with the reason. */
void route_command(struct routes *r, struct pending *p, uint32_t i,
                   struct command *cmd)
{
        struct item *it = &p->items[i];
        struct buf b = {0};
        struct err e = {0};

        route_new_request(it->request);
        memcpy(cmd->request, it->request, sizeof(cmd->request));
        text_copy(it->alert, sizeof(it->alert), text_of(command_subject(cmd)));
        wire_command_encode(cmd, &b);
        it->status = route_submit(r, RECORD_COMMAND, &b, &e);
        if (it->status != OK) {
                it->done = true;
                text_copy(it->msg, sizeof(it->msg),
                          (struct text){e.msg, strnlen(e.msg, 199)});
        }
        buf_done(&b);
}

void route_command_alone(struct routes *r, struct http_exchange *x,
                         const struct caller *c, struct command *cmd,
                         void (*answer)(struct routes *, struct pending *))
{
        struct pending *p = route_wait(r, x, 1, answer);

        if (!p)
                return;
        memcpy(cmd->user, c->user->name, sizeof cmd->user);
        route_command(r, p, 0, cmd);
        if (!p->items[0].done)
                return;
        http_problem_status(x, p->items[0].status, p->items[0].msg);
        route_wait_drop(r, p);
}

static void refuse(struct pending *p, uint32_t i, const char *alert,
                   enum status st, const char *msg)
{
        struct item *it = &p->items[i];

        text_copy(it->alert, sizeof(it->alert), text_of(alert));
        it->done = true;
        it->status = st;
        text_copy(it->msg, sizeof(it->msg), text_of(msg));
}

/* May this user act on that alert?  Says why not in *e. */
static enum status may_act(struct routes *r, const struct caller *c,
                           const char *id, const char *action, struct err *e)
{
        const struct state *s = r->port->state(r->port->self);
        const struct alert *a = engine_find(s->engine, text_of(id));

        if (!a)
                return err_set(e, ERR_UNKNOWN, "no alert of that name");
        if (state_may_ack(c->user, a))
                return OK;
        route_denied(r, c->user->name, action, id);
        return err_set(e, ERR_FORBIDDEN, "that alert is not this user's");
}

/* ---- acknowledge ---- */

/* The members that one and many acknowledgements share. */
static enum status read_ack(const struct json *j, const struct caller *c,
                            struct command *cmd, struct err *e)
{
        char word[32];
        enum status st = json_need_text(j, "intent", word, sizeof(word), e);

        if (st != OK)
                return st;
        if (!intent_from(text_of(word), &cmd->intent))
                return err_set(e, ERR_RANGE,
                               "intent is seen, verifying, acting or refused");
        st = json_opt_text(j, "note", cmd->note, sizeof(cmd->note), e);
        if (st != OK)
                return st;
        st = json_opt_text(j, "agency", word, sizeof(word), e);
        if (st != OK)
                return st;
        cmd->kind = COMMAND_ACK;
        memcpy(cmd->user, c->user->name, sizeof(cmd->user));
        if (c->user->has_agency) {
                cmd->agency = c->user->agency;
                if (word[0] && strcmp(word, agency_name(cmd->agency)) != 0)
                        return err_set(e, ERR_FORBIDDEN,
                                       "this user answers for %s only",
                                       agency_name(cmd->agency));
                return OK;
        }
        if (!word[0])
                return err_set(e, ERR_MISSING,
                               "say for which agency (\"agency\")");
        if (!agency_from(text_of(word), &cmd->agency))
                return err_set(e, ERR_RANGE, "no such agency");
        return OK;
}

static void answer_alert(struct routes *r, struct pending *p)
{
        const struct item *it = &p->items[0];
        struct view v = route_view(r);
        const struct alert *a =
                engine_find(v.state->engine, text_of(it->alert));
        struct json_out o = json_out(&p->x->body);

        if (it->status != OK || !a) {
                http_problem_status(p->x,
                                    it->status != OK ? it->status : ERR_UNKNOWN,
                                    it->msg);
                return;
        }
        view_alert(&v, &o, NULL, a);
        http_answer(p->x, 200, HTTP_JSON);
}

/* Waits for one command on one alert. */
static void run_one(struct routes *r, struct http_exchange *x,
                    struct command *cmd)
{
        struct pending *p = route_wait(r, x, 1, answer_alert);

        if (!p)
                return;
        route_command(r, p, 0, cmd);
        if (!p->items[0].done)
                return;
        http_problem_status(x, p->items[0].status, p->items[0].msg);
        route_wait_drop(r, p);
}

ROUTE(ack)
{
        struct json *j = route_body(x);
        struct command cmd = {0};
        struct err e = {0};
        enum status st;

        if (!j)
                return;
        st = may_act(r, c, at->at[0], "ack", &e);
        if (st == OK)
                st = read_ack(j, c, &cmd, &e);
        if (st == OK) {
                text_copy(cmd.alert, sizeof(cmd.alert), text_of(at->at[0]));
                run_one(r, x, &cmd);
        } else {
                http_problem_status(x, st, e.msg);
        }
        json_free(j);
}

static void answer_group(struct routes *r, struct pending *p)
{
        struct json_out o = json_out(&p->x->body);

        (void)r;
        json_open(&o, NULL);
        json_open_array(&o, "results");
        for (uint32_t i = 0; i < p->n; i++) {
                const struct item *it = &p->items[i];

                json_open(&o, NULL);
                json_put_str(&o, "id", it->alert);
                json_put_i64(&o, "status", http_status_of(it->status));
                if (it->status != OK) {
                        json_put_str(&o, "code", status_name(it->status));
                        json_put_bytes(&o, "detail", text_of(it->msg));
                }
                json_close(&o);
        }
        json_close_array(&o);
        json_close(&o);
        http_answer(p->x, 200, HTTP_JSON);
}

static void submit_group(struct routes *r, struct pending *p,
                         const struct caller *c, const struct json *ids,
                         struct command *cmd)
{
        const struct json *id = json_first(ids);
        bool waits = false;

        for (uint32_t i = 0; i < p->n; i++, id = json_next(id)) {
                struct err e = {0};
                enum status st = ERR_TYPE;

                if (json_is_text(id) &&
                    text_copy(cmd->alert, sizeof(cmd->alert), json_text(id)))
                        st = may_act(r, c, cmd->alert, "ack", &e);
                if (st == OK)
                        route_command(r, p, i, cmd);
                else
                        refuse(p, i, cmd->alert, st, e.msg);
                waits |= !p->items[i].done;
        }
        if (!waits) {
                p->answer(r, p);
                route_wait_drop(r, p);
        }
}

ROUTE(ack_group)
{
        struct json *j = route_body(x);
        const struct json *ids = json_get(j, "alerts");
        struct command cmd = {0};
        struct err e = {0};
        struct pending *p;
        enum status st;

        if (!j)
                return;
        st = read_ack(j, c, &cmd, &e);
        if (st == OK && (!json_is_array(ids) || !json_size(ids) ||
                         json_size(ids) > GROUP_MAX))
                st = err_set(&e, ERR_RANGE, "\"alerts\" has 1 to %d names",
                             GROUP_MAX);
        if (st != OK) {
                http_problem_status(x, st, e.msg);
        } else {
                p = route_wait(r, x, (uint32_t)json_size(ids), answer_group);
                if (p)
                        submit_group(r, p, c, ids, &cmd);
        }
        json_free(j);
}

/* ---- close ---- */

ROUTE(close)
{
        struct json *j = route_body(x);
        struct command cmd = {.kind = COMMAND_CLOSE};
        struct err e = {0};
        enum status st;

        if (!j)
                return;
        st = may_act(r, c, at->at[0], "close", &e);
        if (st == OK)
                st = json_need_text(j, "why", cmd.note, sizeof(cmd.note), &e);
        if (st == OK && !cmd.note[0])
                st = err_set(&e, ERR_MISSING, "say why");
        if (st == OK) {
                memcpy(cmd.user, c->user->name, sizeof(cmd.user));
                text_copy(cmd.alert, sizeof(cmd.alert), text_of(at->at[0]));
                run_one(r, x, &cmd);
        } else {
                http_problem_status(x, st, e.msg);
        }
        json_free(j);
}

/* ---- clock ---- */

static void put_clock(struct routes *r, struct buf *b)
{
        struct view v = route_view(r);
        struct json_out o = json_out(b);

        json_open(&o, NULL);
        json_put_time(&o, "now", v.engine_us);
        json_put_milli(&o, "rate", v.state->rate_milli);
        json_put_time(&o, "real", v.real_us);
        json_put_bool(&o, "paused", v.state->rate_milli == 0);
        json_close(&o);
}

ROUTE(clock)
{
        put_clock(r, &x->body);
        http_answer(x, 200, HTTP_JSON);
}

static void answer_clock(struct routes *r, struct pending *p)
{
        if (p->items[0].status != OK) {
                http_problem_status(p->x, p->items[0].status, p->items[0].msg);
                return;
        }
        put_clock(r, &p->x->body);
        http_answer(p->x, 200, HTTP_JSON);
}

static bool rate_known(int64_t rate)
{
        static const int64_t rates[] = {0, 1, 10, 60, 150};

        for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
                if (rates[i] == rate)
                        return true;
        return false;
}

ROUTE(clock_set)
{
        struct command cmd = {.kind = COMMAND_CLOCK};
        struct json *j = route_body(x);
        struct pending *p;
        struct err e = {0};
        int64_t rate = 0;
        enum status st;

        if (!j)
                return;
        st = json_need_i64(j, "rate", &rate, &e);
        if (st == OK && !rate_known(rate))
                st = err_set(&e, ERR_RANGE, "rate is 0, 1, 10, 60 or 150");
        if (st == OK && !r->port->config->storm_clock)
                st = err_set(&e, ERR_CONFLICT,
                             "the clock is the wall's; it has one rate");
        json_free(j);
        if (st != OK) {
                http_problem_status(x, st, e.msg);
                return;
        }
        cmd.rate_milli = rate * 1000;
        memcpy(cmd.user, c->user->name, sizeof(cmd.user));
        p = route_wait(r, x, 1, answer_clock);
        if (!p)
                return;
        route_command(r, p, 0, &cmd);
        if (p->items[0].done) {
                http_problem_status(x, p->items[0].status, p->items[0].msg);
                route_wait_drop(r, p);
        }
}
