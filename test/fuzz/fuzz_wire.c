/* test/fuzz/fuzz_wire.c -- any bytes against each codec of schemas/wire/.
 *
 * The first byte chooses the codec.  What was read and written again must
 * be read again, and written the same: the journal lives on that. */
#include <stdlib.h>
#include <string.h>

#include "schemas/wire/check.h"
#include "schemas/wire/command.h"
#include "schemas/wire/dispatch.h"
#include "schemas/wire/forecast.h"
#include "schemas/wire/obs.h"
#include "schemas/wire/place.h"
#include "schemas/wire/raster.h"
#include "schemas/wire/rule.h"

/* One codec: reads `body`, writes what it read into b. */
typedef enum status (*again)(struct text body, struct buf *b, struct err *e);

#define TWICE(name, type, decode, encode)                        \
        static enum status name(struct text body, struct buf *b, \
                                struct err *e)                   \
        {                                                        \
                static type v;                                   \
                enum status st;                                  \
                                                                 \
                memset(&v, 0, sizeof(v));                        \
                st = decode(body, &v, e);                        \
                if (st == OK)                                    \
                        encode(&v, b);                           \
                return st;                                       \
        }

TWICE(again_obs, struct obs_message, wire_obs_decode, wire_obs_encode)
TWICE(again_rules, struct rule_set, wire_rules_decode, wire_rules_encode)
TWICE(again_command, struct command, wire_command_decode, wire_command_encode)
TWICE(again_session, struct session_note, wire_session_decode,
      wire_session_encode)
TWICE(again_link, struct link_note, wire_link_decode, wire_link_encode)
TWICE(again_clock, struct clock_note, wire_clock_decode, wire_clock_encode)
TWICE(again_user, struct user_note, wire_user_decode, wire_user_encode)

static enum status again_raster(struct text body, struct buf *b, struct err *e)
{
        struct raster r = {0};
        enum status st = wire_raster_decode(body, &r, e);

        if (st == OK)
                wire_raster_encode(&r, b);
        raster_done(&r);
        return st;
}

static const again codecs[] = {
        again_obs,  again_rules, again_command, again_session,
        again_link, again_clock, again_user,    again_raster,
};

#define N_CODECS (sizeof(codecs) / sizeof(codecs[0]))

static void twice(again codec, struct text body)
{
        struct buf one = {0}, two = {0};
        struct err e = {0};

        if (codec(body, &one, &e) == OK) {
                if (codec(buf_as_text(&one), &two, &e) != OK)
                        abort();
                if (one.n != two.n || memcmp(one.p, two.p, one.n) != 0)
                        abort();
        } else if (!e.msg[0]) {
                abort(); /* it must say why */
        }
        buf_done(&one);
        buf_done(&two);
}

/* What is only read. */
static void once(struct text body)
{
        static struct dispatch_message m;
        static struct forecast f;
        static struct check_table c;
        struct err e = {0};

        memset(&m, 0, sizeof(m));
        memset(&f, 0, sizeof(f));
        wire_incident_decode(body, &m, &e);
        wire_unit_decode(body, &m, &e);
        wire_forecast_decode(body, &f, &e);
        wire_seq_peek(body);
        if (wire_checks_decode(body, &c, &e) == OK && c.version == 0)
                abort(); /* 0 says "no table" */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text body;

        if (size < 1)
                return 0;
        body = (struct text){(const char *)data + 1, size - 1};
        if (data[0] % (N_CODECS + 1) == N_CODECS)
                once(body);
        else
                twice(codecs[data[0] % (N_CODECS + 1)], body);
        return 0;
}
