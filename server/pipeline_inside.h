/* server/pipeline_inside.h -- what the files of the pipeline share:
 * pipeline.c (the step, and most kinds of records), pipeline_station.c
 * (stations that are admitted, values that are amended) and
 * pipeline_rules.c (rule tables and their drafts).
 *
 * Thread: as pipeline.h. */
#ifndef SERVER_PIPELINE_INSIDE_H
#define SERVER_PIPELINE_INSIDE_H

#include "schemas/wire/command.h"
#include "server/pipeline.h"

/* What a handler needs besides the state. */
struct step {
        struct state *s;
        const struct record *r;
        struct moment now;
        struct effects *fx;
};

/* Hands what the sensors found to the rules. */
enum status pipeline_decide(const struct step *t, struct err *e);

/* A station is in the book: what it sent before is taken now, be it known
 * by its code or by its terminal's address.  *ret_n: how many messages. */
enum status pipeline_take_waiting(const struct step *t, uint32_t station,
                                  uint32_t *ret_n, struct err *e);

/* Commands of people about stations. */
enum status pipeline_admit(const struct step *t, const struct command *c,
                           const struct user *u, struct err *e);
enum status pipeline_dismiss(const struct step *t, const struct command *c,
                             const struct user *u, struct err *e);
enum status pipeline_amend(const struct step *t, const struct command *c,
                           const struct user *u, struct err *e);

/* Rule tables; the commands as schemas/wire/command.h has them. */
enum status pipeline_on_rules(const struct step *t, struct err *e);
enum status pipeline_rules_draft(const struct step *t, const struct command *c,
                                 const struct user *u, struct err *e);
enum status pipeline_rules_tested(const struct step *t, const struct command *c,
                                  const struct user *u, struct err *e);
enum status pipeline_rules_confirm(const struct step *t,
                                   const struct command *c,
                                   const struct user *u, struct err *e);
enum status pipeline_rules_activate(const struct step *t,
                                    const struct command *c,
                                    const struct user *u, struct err *e);
/* What the audit says of such a command. */
void pipeline_rules_tell(const struct step *t, const struct command *c,
                         char *dst, size_t cap);

#endif
