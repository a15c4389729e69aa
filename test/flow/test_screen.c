/* test/flow/test_screen.c -- the storm on two fake screens: one that stays,
 * one that loses its line again and again and resumes by sequence.  Every
 * change of every alert reaches both, once and in order, and at the end
 * both show what the engine knows. */
#include "check.h"

#include <stdlib.h>

#include "flow/storm.h"
#include "schemas/time.h"
#include "schemas/wire/json.h"
#include "server/hub.h"

#define DAY SOURCE_DIR "/test/days/sanba-2023"
#define RULES SOURCE_DIR "/alerts/rules/guangdong.json"
#define FROM_MIN (23 * 60) /* an hour before the live day */
#define TO_MIN (36 * 60)
#define ALERTS_MAX 256
#define TOKEN "aa"

struct shown {
        char id[ALERT_ID_MAX + 1];
        int64_t version;
        char state[16];
};

struct screen {
        struct hub_client *client;
        struct shown at[ALERTS_MAX];
        uint32_t n;
        uint64_t seq;
        uint32_t snapshots, deltas, changes;
};

struct hall {
        struct storm storm;
        struct port port;
        struct port_config config;
        struct hub *hub;
        struct screen stays, drops;
        int64_t real_us;
};

static const struct state *hall_state(void *self)
{
        return ((struct hall *)self)->storm.state;
}

static int64_t hall_engine(void *self)
{
        return ((struct hall *)self)->storm.state->engine_us;
}

static int64_t hall_real(void *self)
{
        return ((struct hall *)self)->real_us;
}

static uint64_t hall_seq(void *self)
{
        return ((struct hall *)self)->storm.state->seq;
}

static void hall_archive(void *self, struct archive_status *ret)
{
        memset(ret, 0, sizeof *ret);
        ret->up = true;
        ret->position = hall_seq(self);
}

static void hall_journal(void *self, struct journal_stats *ret)
{
        (void)self;
        memset(ret, 0, sizeof *ret);
}

static int64_t hall_lag(void *self)
{
        (void)self;
        return 0;
}

static enum status hall_ask(void *self, enum query q, const char *const *params,
                            reader_answer answer, void *answer_self,
                            struct err *e)
{
        (void)self;
        (void)q;
        (void)params;
        (void)answer;
        (void)answer_self;
        return err_set(e, ERR_UNAVAILABLE, "no database in this hall");
}

static void hall_log(void *self, bool warn, const char *line)
{
        (void)self;
        (void)warn;
        (void)line;
}

static void after(void *self, const struct storm *s, const struct record *r)
{
        struct hall *h = self;

        if (h->hub)
                hub_on_effects(h->hub, &s->fx, r->seq);
}

static struct shown *find(struct screen *w, struct text id)
{
        uint32_t i;

        for (i = 0; i < w->n; i++)
                if (text_is(id, w->at[i].id))
                        return &w->at[i];
        return NULL;
}

static void show(struct screen *w, const struct json *a, bool snapshot)
{
        struct shown *s = find(w, json_text(json_get(a, "id")));
        int64_t version;

        assert_true(json_i64(json_get(a, "version"), &version));
        if (!s) {
                assert_true(w->n < ALERTS_MAX);
                s = &w->at[w->n++];
                memset(s, 0, sizeof *s);
                assert_true(text_copy(s->id, sizeof s->id,
                                      json_text(json_get(a, "id"))));
                if (snapshot)
                        s->version = version - 1;
        }
        if (!snapshot && version != s->version + 1)
                fail_msg("%s: version %lld after %lld", s->id,
                         (long long)version, (long long)s->version);
        s->version = version;
        text_copy(s->state, sizeof s->state, json_text(json_get(a, "state")));
        w->changes += !snapshot;
}

static void take(struct screen *w, struct hub_message *m)
{
        struct json *j = NULL;
        struct err e = {0};
        const struct json *a;
        int64_t seq;
        bool snapshot;

        if (json_parse((struct text){m->json, m->n_json}, 16u << 20, &j, &e) !=
            OK)
                fail_msg("feed: %s", e.msg);
        snapshot = text_is(json_text(json_get(j, "type")), "snapshot");
        assert_true(json_i64(json_get(j, "seq"), &seq));
        if (snapshot)
                w->n = 0;
        else
                assert_true((uint64_t)seq >= w->seq);
        w->seq = (uint64_t)seq;
        w->snapshots += snapshot;
        w->deltas += !snapshot;
        for (a = json_first(json_get(j, "alerts")); a; a = json_next(a))
                show(w, a, snapshot);
        json_free(j);
        hub_message_unref(m);
}

static void take_all(struct screen *w)
{
        struct hub_message *m;

        while (w->client && (m = hub_take(w->client)))
                take(w, m);
}

static void no_wake(void *self)
{
        (void)self;
}

static void join(struct hall *h, struct screen *w, bool has_since)
{
        struct hub_sink sink = {w, no_wake};
        struct err e = {0};

        if (hub_join(h->hub, &sink, TOKEN, has_since, w->seq, &w->client, &e) !=
            OK)
                fail_msg("join: %s", e.msg);
        take_all(w);
}

static void open_hall(struct hall *h)
{
        struct hub_config c = hub_defaults();
        struct err e = {0};

        memset(h, 0, sizeof *h);
        storm_open(&h->storm, DAY, RULES);
        h->storm.after = after;
        h->storm.self = h;
        h->config.city = "440900";
        h->port = (struct port){.self = h,
                                .config = &h->config,
                                .state = hall_state,
                                .engine_now = hall_engine,
                                .real_now = hall_real,
                                .archived = hall_seq,
                                .synced_seq = hall_seq,
                                .archive_status = hall_archive,
                                .journal_stats = hall_journal,
                                .ask = hall_ask,
                                .loop_lag_us = hall_lag,
                                .log = hall_log};
        storm_run(&h->storm, 0, FROM_MIN);
        h->real_us = h->storm.state->real_us;
        if (hub_create(&h->port, &c, &h->hub, &e) != OK)
                fail_msg("hub: %s", e.msg);
}

static void sign_in(struct hall *h)
{
        storm_give(&h->storm, RECORD_USER,
                   TEXT("{\"user\":\"duty\",\"shown\":\"d\",\"hash\":\"x\","
                        "\"role\":\"duty\",\"agency\":null}"));
        storm_give(&h->storm, RECORD_SESSION,
                   TEXT("{\"what\":\"open\",\"token_hash\":\"" TOKEN "\","
                        "\"user\":\"duty\",\"wall\":true,"
                        "\"expires\":\"2030-01-01T00:00:00+08:00\"}"));
}

static void check_screen(struct hall *h, struct screen *w)
{
        const struct alert *a;
        struct shown *s;
        uint32_t n = engine_alerts(h->storm.state->engine, &a), i;

        for (i = 0; i < n; i++) {
                s = find(w, text_of(a[i].id));
                if (!s)
                        fail_msg("%s is not on the screen", a[i].id);
                if (s->version != a[i].changes ||
                    strcmp(s->state, alert_state_name(a[i].state)) != 0)
                        fail_msg("%s: screen has version %lld %s, engine %u "
                                 "%s",
                                 a[i].id, (long long)s->version, s->state,
                                 a[i].changes, alert_state_name(a[i].state));
        }
}

TEST(two_screens_see_every_change_once_and_agree_with_the_engine)
{
        static struct hall h;
        int64_t m;

        open_hall(&h);
        sign_in(&h);
        join(&h, &h.stays, false);
        join(&h, &h.drops, false);
        for (m = FROM_MIN; m < TO_MIN; m++) {
                storm_run(&h.storm, m, m + 1);
                h.real_us += SECOND_US;
                hub_tick(h.hub);
                take_all(&h.stays);
                if (m % 11 == 0 && h.drops.client) {
                        hub_leave(h.drops.client); /* the line is cut */
                        h.drops.client = NULL;
                } else if (m % 11 == 4 && !h.drops.client) {
                        join(&h, &h.drops, true);
                }
                take_all(&h.drops);
        }
        if (!h.drops.client)
                join(&h, &h.drops, true);
        check_screen(&h, &h.stays);
        check_screen(&h, &h.drops);
        print_message("%u changes in %u deltas; the other screen resumed "
                      "without a snapshot (%u)\n",
                      h.stays.changes, h.stays.deltas, h.drops.snapshots);
        CHECK(h.stays.changes > 100);
        CHECK_EQ(h.stays.snapshots, 1);
        CHECK_EQ(h.drops.snapshots, 1);
        CHECK_EQ(h.stays.changes, h.drops.changes);
        hub_leave(h.stays.client);
        hub_leave(h.drops.client);
        hub_free(h.hub);
        storm_close(&h.storm);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(two_screens_see_every_change_once_and_agree_with_the_engine),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
