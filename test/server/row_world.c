/* test/server/row_world.c -- see row_world.h. */
#include "test/server/row_world.h"

#include <stdio.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/place.h"

static const char *const imports[] = {
        "{\"what\":\"zone\",\"code\":\"440981\",\"name\":\"高州市\","
        "\"name_en\":\"Gaozhou\",\"level\":\"county\",\"parent\":\"440900\","
        "\"label\":[110.9,21.9],\"geometry\":{\"type\":\"Polygon\","
        "\"coordinates\":[[[110.5,21.5],[111.5,21.5],[111.5,22.5],"
        "[110.5,22.5],[110.5,21.5]]]}}",
        "{\"what\":\"zone\",\"code\":\"440981100\",\"name\":\"镇一\","
        "\"name_en\":\"Town one\",\"level\":\"town\",\"parent\":\"440981\","
        "\"label\":[110.9,21.9],\"geometry\":{\"type\":\"Polygon\","
        "\"coordinates\":[[[110.8,21.8],[111.0,21.8],[111.0,22.0],"
        "[110.8,22.0],[110.8,21.8]]]}}",
        "{\"what\":\"station\",\"code\":\"R1\",\"name\":\"小东江站\","
        "\"name_en\":\"Xiaodong\",\"kind\":\"ZZ\",\"lon\":110.9,"
        "\"lat\":21.9,\"town\":\"440981100\",\"county\":\"440981\","
        "\"river\":\"小东江\",\"datum\":\"珠基\",\"WRZ\":9.0,\"near\":0.3,"
        "\"interval_s\":300}",
        "{\"what\":\"station\",\"code\":\"V1\",\"name\":\"高州水库\","
        "\"kind\":\"RR\",\"lon\":111.0,\"lat\":22.0,\"county\":\"440981\","
        "\"FSLTDZ\":[{\"from\":\"04-15\",\"to\":\"10-15\",\"limit\":88.5},"
        "{\"from\":\"10-16\",\"to\":\"04-14\",\"limit\":90}],"
        "\"interval_s\":300}",
        "{\"what\":\"station\",\"code\":\"P1\",\"name\":\"雨量站\","
        "\"kind\":\"PP\",\"lon\":110.95,\"lat\":21.95,"
        "\"town\":\"440981100\",\"county\":\"440981\",\"interval_s\":300}",
        "{\"what\":\"facility\",\"id\":\"H1\",\"name\":\"人民医院\","
        "\"kind\":\"hospital\",\"lon\":110.9,\"lat\":21.91,"
        "\"county\":\"440981\",\"capacity\":800}",
        "{\"what\":\"facility\",\"id\":\"S1\",\"name\":\"避护所\","
        "\"kind\":\"shelter\",\"lon\":110.9,\"lat\":22.1,"
        "\"county\":\"440981\"}",
};

#define N_IMPORTS (sizeof(imports) / sizeof(*imports))

int64_t row_time(int hour, int minute)
{
        int64_t us = 0;

        time_from_beijing(2023, 10, 20, 0, 0, 0, &us);
        return us + hour * HOUR_US + minute * MINUTE_US;
}

void row_world_init(struct row_world *w)
{
        struct err e = {0};
        size_t i;

        memset(w, 0, sizeof(*w));
        places_init(&w->s.places);
        effects_init(&w->fx);
        w->s.engine_us = row_time(3, 0);
        for (i = 0; i < N_IMPORTS; i++)
                if (wire_import_apply(&w->s.places, text_of(imports[i]), &e) !=
                    OK)
                        fprintf(stderr, "import %zu: %s\n", i, e.msg);
}

void row_world_done(struct row_world *w)
{
        effects_done(&w->fx);
        places_done(&w->s.places);
}

void row_world_imports(struct row_world *w, struct buf *rows)
{
        struct record r = {.kind = RECORD_IMPORT};
        size_t i;

        effects_clear(&w->fx);
        for (i = 0; i < N_IMPORTS; i++) {
                r.seq = i + 1;
                r.body = text_of(imports[i]);
                rows_encode(&w->s, &r, &w->fx, rows);
        }
}

void row_world_encode(struct row_world *w, uint64_t seq, struct buf *rows)
{
        struct record r = {.seq = seq, .kind = RECORD_TICK};

        rows_encode(&w->s, &r, &w->fx, rows);
        effects_clear(&w->fx);
}

void row_world_level(struct row_world *w, const char *station, int64_t at_us,
                     int64_t milli, uint32_t marks, uint64_t seq)
{
        struct observation o = {
                .station = places_find_station(&w->s.places, text_of(station)),
                .element = ELEMENT_Z,
                .time_us = at_us,
                .received_us = at_us + 2 * SECOND_US,
                .value_milli = milli,
                .marks = marks,
                .seq = seq,
                .item = w->fx.n_observation};

        effects_push_observation(&w->fx, &o);
}

void row_world_rain(struct row_world *w, int64_t end_us, int64_t milli,
                    uint64_t seq)
{
        struct rain_slot x = {
                .station = places_find_station(&w->s.places, TEXT("P1")),
                .begin_us = end_us - 5 * MINUTE_US,
                .end_us = end_us,
                .amount_milli = milli,
                .source = ELEMENT_PN05,
                .seq = seq};

        effects_push_rain(&w->fx, &x);
}

static void set(char *dst, size_t cap, const char *s)
{
        snprintf(dst, cap, "%s", s);
}

void row_world_alert(struct row_world *w, struct alert_change *ret)
{
        struct alert *a = &ret->alert;
        struct transition *t = &ret->transition;

        memset(ret, 0, sizeof(*ret));
        set(a->id, sizeof(a->id), "R1-flood-20231019T190000Z");
        set(a->subject, sizeof(a->subject), "R1");
        set(a->zone, sizeof(a->zone), "440981100");
        set(a->county, sizeof(a->county), "440981");
        set(a->river, sizeof(a->river), "小东江");
        set(a->group, sizeof(a->group), "flood/river/小东江");
        set(a->rule, sizeof(a->rule), "river");
        set(a->rule_text, sizeof(a->rule_text), "水位达到警戒");
        set(a->rule_scope, sizeof(a->rule_scope), "440981");
        a->hazard = HAZARD_FLOOD;
        a->level = a->level_observed = a->level_peak = LEVEL_YELLOW;
        a->state = ALERT_OPEN;
        a->station = places_find_station(&w->s.places, TEXT("R1"));
        a->element = ELEMENT_Z;
        a->value_milli = 9050;
        a->threshold_milli = 9000;
        a->observed_us = a->raised_us = a->changed_us = row_time(3, 0);
        a->raised_real_us = row_time(3, 0);
        a->ended_us = TIME_NONE;
        a->seq_raised = a->seq_changed = 100;
        a->changes = 1;
        a->n_evidence = 1;
        a->evidence[0] = (struct evidence){.station = a->station,
                                           .element = ELEMENT_Z,
                                           .time_us = row_time(3, 0),
                                           .value_milli = 9050,
                                           .seq = 100};
        for (int i = 0; i < agency_count; i++)
                a->answers[i].deadline_real_us = TIME_NONE;
        a->answers[AGENCY_SANFANG].required = true;
        a->answers[AGENCY_SANFANG].deadline_real_us = row_time(3, 5);
        *t = (struct transition){.kind = TRANSITION_RAISED,
                                 .to_level = LEVEL_YELLOW,
                                 .at_us = row_time(3, 0),
                                 .real_us = row_time(3, 0),
                                 .seq = 100,
                                 .n = 1,
                                 .agency = agency_count};
}
