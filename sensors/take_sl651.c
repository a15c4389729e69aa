/* sensors/take_sl651.c -- what happens to a terminal's frame. */
#include "sensors/take.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The terminal's address must be the station's in the book, or its code:
 * all ten digits, or the eight of an SL 502 code after a leading 00. */
static bool is_address(const struct station *s, const char *address)
{
        return (s->sl651[0] && strcasecmp(s->sl651, address) == 0) ||
               strcasecmp(s->code, address) == 0 ||
               (strncmp(address, "00", 2) == 0 &&
                strcasecmp(s->code, address + 2) == 0);
}

static enum status check_addresses(struct take *t)
{
        const struct station *s = &t->p->stations[t->station];
        const struct sl651_frame *f = t->s->frame;
        uint32_t i;

        for (i = 0; i < f->n_addresses; i++)
                if (!is_address(s, f->address[i]))
                        return err_set(t->e, ERR_MISMATCH,
                                       "the frame is of terminal %s, station "
                                       "\"%s\" has %s",
                                       f->address[i], s->code,
                                       s->sl651[0] ? s->sl651 : "no address");
        return OK;
}

enum status take_sl651(struct take *t)
{
        struct sl651_frame *f = t->s->frame;
        enum status st = take_find_station(t);
        char what[48];
        uint32_t i;

        if (st == OK)
                st = sl651_decode(t->payload, NULL, f, t->e);
        if (st == OK && f->head.downlink)
                st = err_set(t->e, ERR_UNSUPPORTED,
                             "a downlink frame came up: function %02X (%s)",
                             f->head.function,
                             sl651_function_name(f->head.function));
        if (st == OK && (f->head.many || f->head.function < 0x2F ||
                         f->head.function > 0x34))
                st = err_set(t->e, ERR_UNSUPPORTED,
                             "function %02X (%s) is recognised and kept, not "
                             "taken",
                             f->head.function,
                             sl651_function_name(f->head.function));
        if (st == OK)
                st = check_addresses(t);
        for (i = 0; st == OK && i < f->n_values; i++) {
                const struct sl651_value *v = &f->value[i];

                snprintf(what, sizeof what, "byte %u: time of %s", v->at,
                         element_name(v->element));
                st = take_check_future(t, v->time_us, what);
                if (st == OK && v->outside)
                        st = err_set(t->e, ERR_RANGE,
                                     "byte %u: %s %.6g is outside what is "
                                     "possible",
                                     v->at, element_name(v->element),
                                     (double)v->value_milli / 1000);
                t->s->item[i] = (struct take_item){
                        v->time_us, v->element, v->missing, v->value_milli, i};
        }
        if (st != OK)
                return st;
        t->test = f->head.function == 0x30;
        t->s->counts.elements_skipped += f->n_skipped;
        return take_station(t, (struct wire_seq){false, 0, 0}, f->n_values);
}
