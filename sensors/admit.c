/* sensors/admit.c -- from the list of unknown stations into the book. */
#include "sensors/take.h"

enum status sensors_admit(struct sensors *s, const struct places *p,
                          const char *name, struct effects *fx, uint32_t *ret_n,
                          struct err *e)
{
        struct applicant x;
        enum status st = OK;
        uint32_t i;

        *ret_n = 0;
        if (!applicants_take(&s->applicants, text_of(name), &x))
                return err_set(e, ERR_UNKNOWN, "nobody waits as \"%.40s\"",
                               name);
        for (i = 0; i < x.note.waiting && st == OK; i++) {
                const struct waiting *w = &x.at[i];
                struct record r = {
                        w->seq, w->kind, w->real_us, {w->body, w->n}};

                st = take_record(s, p, &r, w->engine_us, x.note.name, fx, e);
        }
        *ret_n = i;
        applicant_done(&x);
        x.note.state = APPLICANT_ADMITTED;
        effects_push_applicant(fx, &x.note);
        return st;
}

enum status sensors_dismiss(struct sensors *s, const char *name,
                            struct effects *fx, struct err *e)
{
        const struct applicant *x =
                applicants_dismiss(&s->applicants, text_of(name));

        if (!x)
                return err_set(e, ERR_UNKNOWN, "nobody waits as \"%.40s\"",
                               name);
        effects_push_applicant(fx, &x->note);
        return OK;
}

uint32_t sensors_n_applicants(const struct sensors *s)
{
        return s->applicants.n;
}

const struct applicant_note *sensors_applicant(const struct sensors *s,
                                               uint32_t i)
{
        return &s->applicants.at[i].note;
}

bool sensors_waiting(const struct sensors *s, uint32_t applicant, uint32_t i,
                     struct waiting_message *ret)
{
        const struct applicant *x = &s->applicants.at[applicant];
        struct record r = {0};

        if (i >= x->note.waiting)
                return false;
        ret->seq = x->at[i].seq;
        ret->received_us = x->at[i].engine_us;
        r.body = (struct text){x->at[i].body, x->at[i].n};
        if (x->at[i].kind == RECORD_VALUES) {
                ret->topic = TEXT("values");
                ret->payload = r.body;
                return true;
        }
        return record_mqtt_unpack(&r, &ret->topic, &ret->payload, NULL) == OK;
}
