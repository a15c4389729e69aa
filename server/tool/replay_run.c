/* server/tool/replay_run.c -- see replay_run.h. */
#include "server/tool/replay_run.h"

#include <limits.h>
#include <stdio.h>

#include "schemas/wire/alert.h"
#include "sensors/adapter/journal.h"
#include "server/pipeline.h"
#include "server/prepare.h"
#include "server/snapshot.h"

/* The sequence of the journal's first record; 1 when it is empty. */
static enum status first_seq(const char *journal_dir, uint64_t *ret,
                             struct err *e)
{
        struct journal_reader *reader = NULL;
        struct record r;
        enum status st = journal_reader_open(journal_dir, 0, &reader, e);

        if (st == OK)
                st = journal_reader_next(reader, &r, e);
        if (st == OK)
                *ret = r.seq;
        else if (st == ERR_TOO_FEW)
                *ret = 1;
        journal_reader_close(reader);
        return st == ERR_TOO_FEW ? OK : st;
}

enum status replay_begin(const char *journal_dir, struct state **ret,
                         struct err *e)
{
        char dir[PATH_MAX + 4];
        uint64_t first;
        enum status st = first_seq(journal_dir, &first, e);

        snprintf(dir, sizeof dir, "%s/..", journal_dir);
        if (st == OK)
                st = snapshot_load_first(dir, first, ret, e);
        if (st == OK && (*ret)->seq)
                fprintf(stderr,
                        "older segments are gone: begins after record %llu\n",
                        (unsigned long long)(*ret)->seq);
        return st;
}

enum status replay_give_rules(struct state *s, struct text rules,
                              struct effects *fx, struct err *e)
{
        struct record r = {s->seq, RECORD_RULES, s->real_us, rules};
        enum status st = pipeline_step(s, &r, fx, e);

        if (st == OK && fx->n_refused)
                st = err_set(e, fx->refused[0].reason, "%.200s",
                             fx->refused[0].detail);
        return st;
}

enum status replay_run_upto(const char *journal_dir, struct text rules,
                            uint64_t upto_seq, replay_step *each, void *self,
                            struct err *e)
{
        struct journal_reader *reader = NULL;
        struct state *s = NULL;
        struct effects fx;
        struct record r;
        enum status st = replay_begin(journal_dir, &s, e);

        effects_init(&fx);
        if (st == OK && rules.n)
                st = replay_give_rules(s, rules, &fx, e);
        if (st == OK)
                st = journal_reader_open(journal_dir, s->seq + 1, &reader, e);
        while (st == OK) {
                st = journal_reader_next(reader, &r, e);
                if (st == OK && r.seq > upto_seq)
                        break;
                if (st != OK || (rules.n && prepare_is_rules(&r)))
                        continue;
                st = pipeline_step(s, &r, &fx, e);
                if (st == OK)
                        each(self, s, &r, &fx);
        }
        journal_reader_close(reader);
        effects_done(&fx);
        state_free(s);
        return st == ERR_TOO_FEW ? OK : st; /* the end of the journal */
}

enum status replay_run(const char *journal_dir, struct text rules,
                       replay_step *each, void *self, struct err *e)
{
        return replay_run_upto(journal_dir, rules, UINT64_MAX, each, self, e);
}

void replay_line(struct buf *b, const struct state *s,
                 const struct alert_change *c)
{
        struct json_out o = json_out(b);

        json_open(&o, NULL);
        wire_alert_put(&o, "alert", &c->alert, &s->places, -1);
        wire_transition_put(&o, "transition", &c->alert, &c->transition);
        json_close(&o);
        buf_char(b, '\n');
}
