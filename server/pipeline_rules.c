/* server/pipeline_rules.c -- rule tables that come into force, and the way
 * of a draft there: written, back-tested or confirmed, activated.
 *
 * Holds:  a table that is not right changes nothing.
 * Thread: as pipeline.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/wire/json.h"
#include "server/audit.h"
#include "server/pipeline_inside.h"
#include "server/rule_file.h"

static struct rules_act act_of(const struct step *t, const char *user)
{
        return (struct rules_act){user, t->now.real_us, t->r->seq};
}

/* The engine first: it refuses what is not right. */
static enum status put(const struct step *t, struct text text, const char *user,
                       struct rule_set *set, struct err *e)
{
        struct rules_act by = act_of(t, user);
        struct rules_change c = {.in_force = true};
        enum status st = rule_file_decode(text, set, NULL, e);

        if (st == OK)
                st = rule_file_places(text, set, &t->s->places, NULL, e);
        if (st == OK)
                st = engine_rules(t->s->engine, set, e);
        if (st == OK)
                st = rules_book_put(&t->s->rules, text, set, &by, e);
        if (st != OK)
                return st;
        memcpy(c.hash, t->s->rules.now.hash, sizeof c.hash);
        effects_push_rules_change(t->fx, &c);
        return OK;
}

/* To be filled; it is too large to be cleared for nothing. */
static enum status new_set(struct rule_set **ret, struct err *e)
{
        *ret = malloc(sizeof **ret);
        return *ret ? OK : err_set(e, ERR_MEMORY, "no memory for a rule set");
}

enum status pipeline_on_rules(const struct step *t, struct err *e)
{
        struct rule_set *set;
        enum status st = new_set(&set, e);
        char subject[48];

        if (st == OK)
                st = put(t, t->r->body, "sanfang", set, e);
        if (st == OK) {
                snprintf(subject, sizeof subject, "%s v%u", set->name,
                         set->version);
                audit_add(t->s,
                          &(struct audit_act){"admin", "admin", "rules",
                                              subject, OK, set->text},
                          t->r->seq, t->fx);
        }
        free(set);
        return st;
}

/* ---- commands ---- */

static enum status only_admin(const struct user *u, struct err *e)
{
        if (u->role == ROLE_ADMIN)
                return OK;
        return err_set(e, ERR_FORBIDDEN,
                       "only an administrator changes the rules");
}

static enum status need_draft(const struct step *t, const struct command *c,
                              struct rules_draft **ret, struct err *e)
{
        *ret = rules_book_find(&t->s->rules, c->hash);
        if (*ret)
                return OK;
        return err_set(e, ERR_UNKNOWN, "no draft of that text is kept");
}

static void tell_draft(const struct step *t, const char *hash)
{
        struct rules_change c = {.in_force = false};

        memcpy(c.hash, hash, sizeof c.hash);
        effects_push_rules_change(t->fx, &c);
}

enum status pipeline_rules_draft(const struct step *t, const struct command *c,
                                 const struct user *u, struct err *e)
{
        struct rules_act by = act_of(t, c->user);
        struct rule_set *set = NULL;
        struct buf text = {0};
        char hash[RULES_HASH];
        enum status st = only_admin(u, e);

        if (st == OK)
                st = new_set(&set, e);
        if (st == OK)
                st = wire_command_text(t->r->body, &text, e);
        if (st == OK)
                st = rule_file_decode(buf_as_text(&text), set, NULL, e);
        if (st == OK)
                st = rule_file_places(buf_as_text(&text), set, &t->s->places,
                                      NULL, e);
        if (st == OK)
                st = rules_book_draft(&t->s->rules, buf_as_text(&text), set,
                                      &by, e);
        if (st == OK) {
                rules_hash(buf_as_text(&text), hash);
                tell_draft(t, hash);
        }
        buf_done(&text);
        free(set);
        return st;
}

/* It is shown as it is. */
static enum status is_json(struct text t, struct err *e)
{
        struct json *j = NULL;
        enum status st = json_parse(t, RECORD_BODY_MAX, &j, e);

        json_free(j);
        return st;
}

/* The server itself says so, for the administrator who asked. */
enum status pipeline_rules_tested(const struct step *t, const struct command *c,
                                  const struct user *u, struct err *e)
{
        struct rules_act by = act_of(t, c->user);
        struct rules_draft *d = NULL;
        struct buf result = {0};
        enum status st = only_admin(u, e);

        if (st == OK)
                st = need_draft(t, c, &d, e);
        if (st == OK)
                st = wire_command_text(t->r->body, &result, e);
        if (st == OK)
                st = is_json(buf_as_text(&result), e);
        if (st == OK)
                st = rules_book_tested(d, c->against, buf_as_text(&result), &by,
                                       e);
        if (st == OK)
                tell_draft(t, c->hash);
        buf_done(&result);
        return st;
}

enum status pipeline_rules_confirm(const struct step *t,
                                   const struct command *c,
                                   const struct user *u, struct err *e)
{
        struct rules_act by = act_of(t, c->user);
        struct rules_draft *d = NULL;
        enum status st = need_draft(t, c, &d, e);

        if (st == OK && u->role != ROLE_DUTY && u->role != ROLE_ADMIN)
                st = err_set(e, ERR_FORBIDDEN,
                             "a duty officer or an administrator confirms");
        if (st == OK)
                st = rules_book_confirm(&t->s->rules, d, &by, e);
        if (st == OK)
                tell_draft(t, c->hash);
        return st;
}

enum status pipeline_rules_activate(const struct step *t,
                                    const struct command *c,
                                    const struct user *u, struct err *e)
{
        struct rules_draft *d = NULL;
        struct rule_set *set = NULL;
        enum status st = only_admin(u, e);

        if (st == OK)
                st = need_draft(t, c, &d, e);
        if (st == OK)
                st = rules_book_ready(&t->s->rules, d, e);
        if (st == OK)
                st = new_set(&set, e);
        if (st == OK)
                st = put(t, (struct text){d->table.text, d->table.n_text},
                         c->user, set, e);
        if (st == OK)
                tell_draft(t, c->hash);
        free(set);
        return st;
}

void pipeline_rules_tell(const struct step *t, const struct command *c,
                         char *dst, size_t cap)
{
        struct rules_book *b = &t->s->rules;
        const struct rules_draft *d = rules_book_find(b, c->hash);

        if (d)
                snprintf(dst, cap, "%s v%u%s%.30s; %.100s", d->table.name,
                         d->table.version,
                         d->confirmed_by[0] ? ", confirmed by " : "",
                         d->confirmed_by, c->note);
        else
                snprintf(dst, cap, "%s", c->note);
}
