/* server/tool/rules_claim.c -- see rules_claim.h. */
#include "server/tool/rules_claim.h"

#include <stdlib.h>
#include <string.h>

static bool is_same(const struct got *x, const struct got *y)
{
        return x->at_us == y->at_us && x->crossed_us == y->crossed_us &&
               x->what == y->what && x->level == y->level &&
               x->late == y->late && strcmp(x->subject, y->subject) == 0;
}

/* Only the rule's own transitions, in place; how many. */
static uint32_t keep_own(struct got *got, uint32_t n, const char *rule)
{
        uint32_t i, kept = 0;

        for (i = 0; i < n; i++)
                if (strcmp(got[i].rule, rule) == 0)
                        got[kept++] = got[i];
        return kept;
}

static bool ends_the_same(struct got *was, uint32_t n_was, struct bench *b,
                          const char *rule)
{
        uint32_t i;

        n_was = keep_own(was, n_was, rule);
        b->n_got = keep_own(b->got, b->n_got, rule);
        if (n_was != b->n_got)
                return false;
        for (i = 0; i < n_was; i++)
                if (!is_same(&was[i], &b->got[i]))
                        return false;
        return true;
}

static enum status run_version(struct bench *b, const struct rules_file *f,
                               const struct json *j, enum rules_version v,
                               struct err *e)
{
        struct rules_case c = {0};
        struct err why = {0};
        enum status st = rules_case_read(j, f->begin_us, f->only, v, &c, &why);

        b->until_other = NULL;
        if (st == OK)
                st = rules_bench_run(b, f, &c, &why);
        rules_case_done(&c);
        if (st != OK)
                err_set(e, st, "%s: %.180s",
                        v == ALL_IN_TIME ? "had all come in time"
                                         : "had nothing been lost",
                        why.msg);
        return st;
}

enum status rules_claim_check(struct bench *b, const struct rules_file *f,
                              const struct json *j, const struct rules_case *c,
                              const char **ret_why, struct err *e)
{
        bool late = c->shows == CLAIM_LATE;
        uint32_t n_was = b->n_got;
        struct got *was;
        enum status st;

        *ret_why = NULL;
        if (c->shows == CLAIM_NONE)
                return OK;
        if ((late ? c->n_late : c->n_lost) == 0) {
                *ret_why = late ? "it says that it shows late data, but "
                                  "nothing in it comes ten minutes after its "
                                  "time"
                                : "it says that it shows missing data, but "
                                  "nothing in it is marked as \"lost\" or "
                                  "\"lacks\"";
                return OK;
        }
        was = calloc(GOT_MAX, sizeof *was);
        if (!was)
                return err_set(e, ERR_MEMORY, "no memory for a case");
        memcpy(was, b->got, n_was * sizeof *was);
        st = run_version(b, f, j, late ? ALL_IN_TIME : NOTHING_LOST, e);
        if (st == OK && ends_the_same(was, n_was, b, c->rule))
                *ret_why = late ? "it says that it shows late data, but the "
                                  "rule would have done the same had all come "
                                  "in time"
                                : "it says that it shows missing data, but "
                                  "the rule would have done the same had "
                                  "nothing been lost";
        free(was);
        return st;
}
