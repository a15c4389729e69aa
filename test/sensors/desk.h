/* test/sensors/desk.h -- a sensors board with a small book of places and a
 * clock, so that a test says in a line what comes in. */
#ifndef TEST_SENSORS_DESK_H
#define TEST_SENSORS_DESK_H

#include "check.h"

#include "schemas/time.h"
#include "sensors/sensors.h"

struct desk {
        struct sensors *s;
        struct places p;
        struct effects fx;
        int64_t now_us;
        uint64_t seq;
        struct err e;
};

#define DESK_NOW "2023-10-20T03:00:00+08:00"

static inline int64_t at(const char *rfc3339)
{
        int64_t us = 0;

        if (!time_parse(text_of(rfc3339), &us))
                fail_msg("bad time in the test: %s", rfc3339);
        return us;
}

static inline void desk_station(struct desk *d, const char *code,
                                const char *sl651)
{
        struct station s = {.kind = STATION_RIVER, .active = true};

        snprintf(s.code, sizeof s.code, "%s", code);
        snprintf(s.sl651, sizeof s.sl651, "%s", sl651);
        s.interval_us = 5 * MINUTE_US;
        station_checks_clear(&s.checks);
        s.terminal.password = -1;
        s.terminal.mode = SL651_M2;
        if (places_put_station(&d->p, &s, NULL, &d->e) != OK)
                fail_msg("%s", d->e.msg);
}

static inline void desk_open(struct desk *d, const struct sensors_config *c)
{
        struct sensors_config def = sensors_defaults();
        struct zone z = {.code = "440981", .level = ZONE_COUNTY};

        memset(d, 0, sizeof *d);
        places_init(&d->p);
        effects_init(&d->fx);
        desk_station(d, "A1", "0012345678");
        desk_station(d, "A2", "");
        desk_station(d, "11223344", "");
        if (places_put_zone(&d->p, &z, &d->e) != OK ||
            sensors_create(c ? c : &def, &d->s, &d->e) != OK)
                fail_msg("%s", d->e.msg);
        d->now_us = at(DESK_NOW);
}

static inline void desk_close(struct desk *d)
{
        sensors_free(d->s);
        places_done(&d->p);
        effects_done(&d->fx);
}

static inline void desk_take(struct desk *d, const char *topic,
                             struct text payload)
{
        struct buf b = {0};
        struct record r = {.kind = RECORD_MQTT};

        record_mqtt_pack(&b, text_of(topic), payload);
        r.seq = ++d->seq;
        r.real_us = d->now_us;
        r.body = buf_as_text(&b);
        effects_clear(&d->fx);
        if (sensors_take(d->s, &d->p, &r, d->now_us, &d->fx, &d->e) != OK)
                fail_msg("%s", d->e.msg);
        buf_done(&b);
}

/* One message to A1's obs topic; quotes are written as '. */
static inline void desk_send(struct desk *d, const char *topic,
                             const char *json)
{
        char body[8192];
        size_t i;

        snprintf(body, sizeof body, "%s", json);
        for (i = 0; body[i]; i++)
                if (body[i] == '\'')
                        body[i] = '"';
        desk_take(d, topic, text_of(body));
}

#define OBS_A1 "sanfang/v1/st/A1/up/obs"

static inline void desk_obs(struct desk *d, const char *json)
{
        desk_send(d, OBS_A1, json);
}

/* One value of A1 at a Beijing time of 2023-10-20. */
static inline void desk_value(struct desk *d, const char *element,
                              const char *value, const char *time)
{
        char json[256];

        snprintf(json, sizeof json,
                 "{'station':'A1','obs':[{'time':'2023-10-20T%s:00+08:00',"
                 "'element':'%s','value':%s}]}",
                 time, element, value);
        desk_obs(d, json);
}

static inline uint32_t desk_marks(const struct desk *d)
{
        if (d->fx.n_observation != 1)
                fail_msg("%u observations, want 1 (%s)", d->fx.n_observation,
                         d->fx.n_refused ? d->fx.refused[0].detail : "");
        return d->fx.observation[0].marks;
}

static inline enum status desk_refused(const struct desk *d)
{
        if (d->fx.n_refused != 1)
                return OK;
        return d->fx.refused[0].reason;
}

#endif
