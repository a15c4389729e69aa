/* server/tool/speak.c -- `sanfang station simulate CODE --sl651`: one
 * terminal that speaks SL 651. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "server/clock.h"
#include "server/file.h"
#include "server/tool/dial.h"
#include "server/tool/follow.h"
#include "server/tool/ledger.h"
#include "server/tool/simulate.h"

#define TURN_MS 50
#define PICTURE_MAX (200u << 10)
#define LAST_WAIT_US (90 * SECOND_US)

struct speak {
        const struct simulate *s;
        struct radio *radio; /* NULL: TCP */
        struct dial *dial;
        struct sl651_frame *f, *scratch;
        struct follow clock;
        struct ledger ledger;
        enum element element;
        int64_t first_us, last_us;
        int64_t made;
        uint64_t fates[TERMINAL_FATE_count];
};

static void tell(void *self, uint64_t tag, enum terminal_fate fate)
{
        struct speak *k = self;

        (void)tag;
        k->fates[fate]++;
        if (fate != TERMINAL_SENT && fate != TERMINAL_CONFIRMED)
                fprintf(stderr, "level=warn event=report_%s station=%s\n",
                        terminal_fate_name(fate), k->s->code);
}

static bool own_clock(struct speak *k, int64_t *ret_us)
{
        if (!k->s->clock_url) {
                *ret_us = clock_real_us();
                return true;
        }
        follow_poll(&k->clock);
        return follow_now(&k->clock, ret_us);
}

/* A timed report at whole intervals of whole minutes. */
static enum status make_due(struct speak *k, int64_t own_us, struct err *e)
{
        struct terminal *t = dial_terminal(k->dial);
        int64_t every_us = k->s->every_s * SECOND_US;
        int64_t at = own_us / every_us * every_us, milli;
        uint16_t serial;
        enum status st;

        at -= at % MINUTE_US;
        if ((k->s->count && k->made >= k->s->count) ||
            (k->made && at <= k->last_us))
                return OK;
        if (!k->made)
                k->first_us = at;
        milli = k->s->value_milli + k->s->rise_milli_per_h *
                                            ((at - k->first_us) / SECOND_US) /
                                            3600;
        milli = sl651_round(k->element, milli);
        terminal_begin(t, k->f, 0x32, own_us);
        if (!sl651_frame_add(k->f, k->element, false, milli, at))
                return err_set(e, ERR_SIZE, "no room in the report");
        st = terminal_put(t, k->f, (uint64_t)at, &serial, e);
        if (st != OK)
                return st;
        ledger_add_serial(&k->ledger, k->s->code, serial, at, k->element,
                          milli);
        k->last_us = at;
        k->made++;
        return ledger_flush(&k->ledger, e);
}

static enum status put_picture(struct speak *k, int64_t own_us, struct err *e)
{
        struct terminal *t = dial_terminal(k->dial);
        struct buf b = {.limit = PICTURE_MAX};
        enum status st = file_read(k->s->picture, &b, e);

        terminal_begin(t, k->f, 0x36, own_us);
        if (st == OK &&
            !sl651_frame_span(k->f, SL651_SPAN_PICTURE, buf_as_text(&b),
                              own_us - own_us % MINUTE_US))
                st = err_set(e, ERR_SIZE, "no room in the report");
        if (st == OK)
                st = terminal_put(t, k->f, 0, NULL, e);
        buf_done(&b);
        return st;
}

static void rest(const struct speak *k)
{
        struct pollfd p = {0};

        p.fd = dial_fd(k->dial, &p.events);
        poll(&p, 1, TURN_MS);
}

static enum status turn(struct speak *k, int64_t own_us, struct err *e)
{
        int64_t now_us = clock_mono_us();
        struct text station, frame;

        while (k->radio && radio_next(k->radio, &station, &frame))
                if (text_is(station, k->s->code))
                        dial_take(k->dial, frame, now_us, own_us);
        return dial_turn(k->dial, now_us, own_us, e);
}

static void say(const struct speak *k)
{
        const struct terminal_counts *c =
                terminal_counted(dial_terminal(k->dial));

        printf("%s: %lld readings made", k->s->code, (long long)k->made);
#define X(name, help) \
        if (c->name)  \
                printf(", %llu %s", (unsigned long long)c->name, help);
        TERMINAL_COUNTS(X)
#undef X
        printf("; %u reports wait\n", terminal_waiting(dial_terminal(k->dial)));
}

static enum status run(struct speak *k, struct err *e)
{
        int64_t until = 0, own_us;
        bool pictured = k->s->picture == NULL;
        enum status st = OK;

        while (st == OK && !simulate_stop) {
                if (own_clock(k, &own_us)) {
                        if (!pictured)
                                st = put_picture(k, own_us, e);
                        pictured = true;
                        if (st == OK)
                                st = make_due(k, own_us, e);
                        if (st == OK)
                                st = turn(k, own_us, e);
                }
                if (k->s->count && k->made >= k->s->count) {
                        if (terminal_waiting(dial_terminal(k->dial)) == 0)
                                break;
                        if (!until)
                                until = clock_mono_us() + LAST_WAIT_US;
                        if (clock_mono_us() > until) {
                                st = err_set(e, ERR_UNAVAILABLE,
                                             "not confirmed within 90 s");
                                break;
                        }
                }
                rest(k);
        }
        say(k);
        if (st == OK && k->fates[TERMINAL_LOST])
                st = err_set(e, ERR_UNAVAILABLE, "%llu reports were lost",
                             (unsigned long long)k->fates[TERMINAL_LOST]);
        return st;
}

static bool is_address(const char *a)
{
        return a && strlen(a) == 10 &&
               strspn(a, "0123456789ABCDEFabcdef") == 10;
}

static enum status check(struct speak *k, struct terminal_config *t,
                         struct err *e)
{
        const struct simulate *s = k->s;

        if (!text_is_code(text_of(s->code), CODE_MAX))
                return err_set(e, ERR_SYNTAX, "\"%.40s\" is no station code",
                               s->code);
        if (!element_from(text_of(s->element), &k->element))
                return err_set(e, ERR_UNKNOWN_ELEMENT, "\"%.40s\"", s->element);
        if (!is_address(s->address))
                return err_set(e, ERR_SYNTAX,
                               "--address wants ten hex digits, as in the "
                               "station book");
        terminal_config_init(t, s->address);
        if (!sl651_mode_from(text_of(s->mode), &t->mode) || t->mode == SL651_M4)
                return err_set(e, ERR_SYNTAX, "--mode is m1, m2 or m3");
        t->centre = (uint8_t)s->centre;
        t->password = (uint16_t)s->terminal_password;
        t->ascii = s->ascii;
        t->keeps = !s->forgets;
        t->answer_us = s->answer_s * SECOND_US;
        t->redial_us = s->redial_s * SECOND_US;
        return OK;
}

static enum status open_line(struct speak *k, const struct terminal_config *t,
                             struct err *e)
{
        const struct simulate *s = k->s;
        char host[128], port[8], id[80];
        struct dial_config c = {.station = s->code, .terminal = *t};
        struct mqtt_config mc = {.url = s->url,
                                 .client_id = id,
                                 .user = s->user,
                                 .password = s->password,
                                 .ca_file = s->ca_file};
        enum status st = OK;

        if (strcmp(s->sl651, "mqtt") == 0) {
                snprintf(id, sizeof id, "sanfang-terminal-%s", s->code);
                st = radio_open(&mc, s->code, &k->radio, e);
                c.radio = k->radio;
        } else if (dial_parse(s->sl651, host, port)) {
                c.host = host;
                c.port = port;
        } else {
                st = err_set(e, ERR_SYNTAX,
                             "--sl651 is tcp://HOST:PORT or mqtt");
        }
        if (st == OK)
                st = dial_open(&c, k->scratch, tell, k, &k->dial, e);
        return st;
}

enum status simulate_terminal(const struct simulate *s, struct err *e)
{
        struct speak k = {
                .s = s, .clock = {.url = s->clock_url}, .ledger = {.fd = -1}};
        struct terminal_config t;
        enum status st = check(&k, &t, e);

        k.f = calloc(1, sizeof *k.f);
        k.scratch = calloc(1, sizeof *k.scratch);
        if (st == OK && (!k.f || !k.scratch))
                st = err_set(e, ERR_MEMORY, "terminal");
        if (st == OK)
                st = ledger_open(s->ledger, &k.ledger, e);
        if (st == OK)
                st = open_line(&k, &t, e);
        if (st == OK)
                st = run(&k, e);
        dial_close(k.dial);
        radio_close(k.radio);
        ledger_close(&k.ledger);
        buf_done(&k.clock.body);
        free(k.f);
        free(k.scratch);
        return st;
}
