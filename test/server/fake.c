/* test/server/fake.c -- see fake.h. */
#include "fake.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "schemas/time.h"
#include "schemas/wire/command.h"
#include "server/pipeline.h"

struct fake_record {
        enum record_kind kind;
        int64_t real_us;
        struct buf body;
        struct fake_record *next;
};

struct fake_job {
        void (*work)(void *job);
        void (*done)(void *job);
        void *job;
        struct fake_job *next;
};

/* ---- the port ---- */

static const struct state *port_state(void *self)
{
        return ((struct fake *)self)->state;
}

static int64_t port_engine(void *self)
{
        return ((struct fake *)self)->engine_us;
}

static int64_t port_real(void *self)
{
        return ((struct fake *)self)->real_us;
}

static enum status port_submit(void *self, enum record_kind kind,
                               struct text body, struct err *e)
{
        struct fake *f = self;
        struct fake_record *r;

        if (f->journal_full)
                return err_set(e, ERR_FULL, "the journal is full");
        r = calloc(1, sizeof(*r));
        assert(r);
        r->kind = kind;
        r->real_us = f->real_us;
        buf_text(&r->body, body);
        if (f->last)
                f->last->next = r;
        else
                f->first = r;
        f->last = r;
        return OK;
}

static uint64_t port_synced(void *self)
{
        return ((struct fake *)self)->synced;
}

static void port_journal(void *self, struct journal_stats *ret)
{
        memset(ret, 0, sizeof(*ret));
        ret->full = ((struct fake *)self)->journal_full;
}

static uint64_t port_archived(void *self)
{
        return ((struct fake *)self)->archived;
}

static void port_archive(void *self, struct archive_status *ret)
{
        memset(ret, 0, sizeof(*ret));
        ret->up = ((struct fake *)self)->database_up;
        ret->position = ((struct fake *)self)->archived;
}

static enum status port_ask(void *self, enum query q, const char *const *params,
                            reader_answer answer, void *answer_self,
                            struct err *e)
{
        struct fake *f = self;

        f->asked = q;
        for (int i = 0; i < 6 && params[i]; i++)
                snprintf(f->params[i], sizeof(f->params[i]), "%s", params[i]);
        if (!f->database_up)
                return err_set(e, ERR_UNAVAILABLE, "PostgreSQL is away");
        answer(answer_self, OK, text_of(f->answer ? f->answer : "[]"), NULL);
        return OK;
}

static enum status port_work(void *self, void (*work)(void *job),
                             void (*done)(void *job), void *job)
{
        struct fake *f = self;
        struct fake_job *j = calloc(1, sizeof(*j));

        assert(j);
        *j = (struct fake_job){work, done, job, f->jobs};
        f->jobs = j;
        return OK;
}

static int64_t port_lag(void *self)
{
        (void)self;
        return 0;
}

static void port_log(void *self, bool warn, const char *line)
{
        (void)self;
        (void)warn;
        (void)line;
}

/* ---- records ---- */

void fake_submit(struct fake *f, enum record_kind kind, const char *body)
{
        struct err e = {0};

        if (port_submit(f, kind, text_of(body), &e) != OK)
                fprintf(stderr, "fake: %s\n", e.msg);
}

void fake_mqtt(struct fake *f, const char *topic, const char *payload)
{
        struct buf b = {0};

        record_mqtt_pack(&b, text_of(topic), text_of(payload));
        port_submit(f, RECORD_MQTT, buf_as_text(&b), NULL);
        buf_done(&b);
}

void fake_level(struct fake *f, const char *value, int minute)
{
        char at[40], payload[256];

        time_format_beijing(at, FAKE_START_US + minute * MINUTE_US);
        snprintf(payload, sizeof(payload),
                 "{\"station\":\"ZZ-01\",\"obs\":[{\"time\":\"%s\","
                 "\"element\":\"Z\",\"value\":%s}]}",
                 at, value);
        fake_mqtt(f, "sanfang/v1/st/ZZ-01/up/obs", payload);
}

static void take(struct fake *f, struct fake_record *r)
{
        struct record rec = {++f->seq, r->kind, r->real_us,
                             buf_as_text(&r->body)};
        struct err e = {0};

        if (pipeline_step(f->state, &rec, &f->fx, &e) != OK)
                fprintf(stderr, "fake: step failed: %s\n", e.msg);
        for (uint32_t i = 0; i < f->fx.n_refused; i++)
                fprintf(stderr, "fake: refused: %s\n", f->fx.refused[i].detail);
        if (f->hub)
                hub_on_effects(f->hub, &f->fx, rec.seq);
        if (f->routes)
                routes_on_effects(f->routes, &f->fx, rec.seq);
        buf_done(&r->body);
        free(r);
}

void fake_run(struct fake *f)
{
        while (f->first || f->jobs) {
                struct fake_record *r = f->first;
                struct fake_job *j = f->jobs;

                if (j) {
                        f->jobs = j->next;
                        j->work(j->job);
                        j->done(j->job);
                        free(j);
                        continue;
                }
                f->first = r->next;
                if (!f->first)
                        f->last = NULL;
                take(f, r);
        }
        if (f->disk_stuck)
                return;
        f->synced = f->seq;
        if (f->routes)
                routes_on_synced(f->routes, f->synced);
}

void fake_pass(struct fake *f, int64_t us)
{
        struct buf b = {0};

        f->real_us += us;
        f->engine_us += us;
        record_tick_pack(&b, f->engine_us, f->real_us);
        port_submit(f, RECORD_TICK, buf_as_text(&b), NULL);
        buf_done(&b);
        fake_run(f);
        routes_tick(f->routes);
        hub_tick(f->hub);
}

/* ---- the world ---- */

static void add_user(struct fake *f, const char *name, enum role role,
                     int agency, const char *zone)
{
        struct user_note n = {.role = role};
        struct buf b = {0};

        strcpy(n.name, name);
        strcpy(n.shown, name);
        strcpy(n.zone, zone);
        strcpy(n.by, "test");
        n.has_agency = agency >= 0;
        if (agency >= 0)
                n.agency = (enum agency)agency;
        if (crypto_pwhash_str(n.hash, "pw", 2, crypto_pwhash_OPSLIMIT_MIN,
                              crypto_pwhash_MEMLIMIT_MIN) != 0)
                abort();
        wire_user_encode(&n, &b);
        port_submit(f, RECORD_USER, buf_as_text(&b), NULL);
        buf_done(&b);
}

static void add_rules(struct fake *f)
{
        FILE *in = fopen(SOURCE_DIR "/alerts/rules/guangdong.json", "r");
        char *text = calloc(1, 1 << 20);

        assert(in && text);
        if (fread(text, 1, (1 << 20) - 1, in) == 0)
                abort();
        fclose(in);
        fake_submit(f, RECORD_RULES, text);
        free(text);
}

static void add_places(struct fake *f)
{
        fake_submit(f, RECORD_IMPORT,
                    "{\"what\":\"zone\",\"code\":\"440900\",\"name\":\"茂名市"
                    "\",\"name_en\":\"Maoming\",\"level\":\"city\","
                    "\"parent\":\"\",\"geometry\":{\"type\":\"Polygon\","
                    "\"coordinates\":[[[110,21],[112,21],[112,23],[110,23],"
                    "[110,21]]]},\"label\":[111,22]}");
        fake_submit(f, RECORD_IMPORT,
                    "{\"what\":\"zone\",\"code\":\"440981\",\"name\":\"高州市"
                    "\",\"name_en\":\"Gaozhou\",\"level\":\"county\","
                    "\"parent\":\"440900\",\"geometry\":{\"type\":\"Polygon\","
                    "\"coordinates\":[[[110,21],[111,21],[111,22],[110,22],"
                    "[110,21]]]},\"label\":[110.5,21.5]}");
        fake_submit(f, RECORD_IMPORT,
                    "{\"what\":\"station\",\"code\":\"ZZ-01\",\"name\":"
                    "\"茂名站\",\"name_en\":\"Maoming\",\"kind\":\"ZZ\","
                    "\"lon\":110.9,\"lat\":21.66,\"town\":\"\",\"county\":"
                    "\"440981\",\"river\":\"小东江\",\"river_en\":"
                    "\"Xiaodong\",\"datum\":\"珠基\",\"WRZ\":9.0,\"GRZ\":10.5,"
                    "\"OBHTZ\":null,\"near\":0.3,\"FSLTDZ\":[],"
                    "\"interval_s\":300,\"wind\":\"mean\",\"sl651\":\"\","
                    "\"levels_synthetic\":false,\"active\":true}");
        fake_submit(f, RECORD_IMPORT,
                    "{\"what\":\"station\",\"code\":\"PP-01\",\"name\":"
                    "\"雨站\",\"name_en\":\"Rain\",\"kind\":\"PP\","
                    "\"lon\":110.8,\"lat\":21.6,\"town\":\"\",\"county\":"
                    "\"440981\",\"river\":\"\",\"river_en\":\"\",\"datum\":"
                    "\"\",\"WRZ\":null,\"GRZ\":null,\"OBHTZ\":null,\"near\":"
                    "0.3,\"FSLTDZ\":[],\"interval_s\":300,\"wind\":\"mean\","
                    "\"sl651\":\"\",\"levels_synthetic\":false,\"active\":"
                    "true}");
}

static void fill_port(struct fake *f)
{
        f->config = (struct port_config){.source_line_zh = "来源",
                                         .source_line_en = "source",
                                         .illustrative_zh = "示意",
                                         .illustrative_en = "illustrative",
                                         .city = "440900",
                                         .console_dir = SOURCE_DIR "/test",
                                         .demo = true,
                                         .storm_clock = true};
        f->port = (struct port){.self = f,
                                .config = &f->config,
                                .state = port_state,
                                .engine_now = port_engine,
                                .real_now = port_real,
                                .submit = port_submit,
                                .synced_seq = port_synced,
                                .journal_stats = port_journal,
                                .archived = port_archived,
                                .archive_status = port_archive,
                                .ask = port_ask,
                                .work = port_work,
                                .loop_lag_us = port_lag,
                                .log = port_log};
}

struct fake *fake_create(void)
{
        struct fake *f = calloc(1, sizeof(*f));
        struct err e = {0};

        assert(f && sodium_init() >= 0);
        f->real_us = f->engine_us = FAKE_START_US;
        effects_init(&f->fx);
        if (state_create(&f->state, &e) != OK)
                abort();
        fill_port(f);
        fake_submit(f, RECORD_CLOCK,
                    "{\"engine\":\"2023-10-20T05:00:00+08:00\","
                    "\"rate_milli\":1000}");
        add_places(f);
        add_rules(f);
        add_user(f, "viewer", ROLE_VIEWER, -1, "");
        add_user(f, "operator", ROLE_OPERATOR, -1, "");
        add_user(f, "duty", ROLE_DUTY, -1, "");
        add_user(f, "hydro", ROLE_DUTY, AGENCY_HYDROLOGY, "");
        add_user(f, "county", ROLE_DUTY, AGENCY_COUNTY, "440983");
        add_user(f, "admin", ROLE_ADMIN, -1, "");
        fake_submit(f, RECORD_LINK,
                    "{\"link\":\"broker\",\"up\":true,\"why\":\"\"}");
        fake_run(f);
        if (hub_create(&f->port, NULL, &f->hub, &e) != OK ||
            routes_create(&f->port, f->hub, &f->routes, &e) != OK)
                abort();
        hub_tick(f->hub);
        return f;
}

void fake_free(struct fake *f)
{
        fake_run(f);
        routes_free(f->routes);
        hub_free(f->hub);
        state_free(f->state);
        effects_done(&f->fx);
        free(f);
}

/* ---- requests ---- */

struct http_exchange *fake_ask(struct fake *f, enum http_method m,
                               const char *path, const char *token,
                               const char *body)
{
        struct http_exchange *x = http_create();
        const char *query = strchr(path, '?');
        struct text rest = text_of(query ? query + 1 : NULL), piece, name;

        assert(x);
        x->req.method = m;
        text_copy(x->req.path, sizeof(x->req.path),
                  query ? (struct text){path, (size_t)(query - path)}
                        : text_of(path));
        while (query && text_cut(&rest, '&', &piece)) {
                struct http_arg *a = &x->req.args[x->req.n_args++];

                text_cut(&piece, '=', &name);
                text_copy(a->name, sizeof(a->name), name);
                text_copy(a->value, sizeof(a->value), piece);
        }
        strcpy(x->req.address, "10.0.0.1");
        strcpy(x->req.host, "sanfang.example");
        if (m == HTTP_POST)
                strcpy(x->req.content_type, "application/json");
        if (token)
                snprintf(x->req.cookie, sizeof(x->req.cookie),
                         "a=b; sanfang_session=%s", token);
        if (body)
                buf_str(&x->req.body, body);
        routes_serve(f->routes, x);
        return x;
}

int fake_status(struct fake *f, enum http_method m, const char *path,
                const char *token, const char *body)
{
        struct http_exchange *x = fake_ask(f, m, path, token, body);
        int status;

        fake_run(f);
        status = x->status;
        http_unref(x);
        return status;
}

void fake_session(struct fake *f, const char *user, bool wall, char *token)
{
        struct session_note n = {.what = SESSION_OPEN, .wall = wall};
        struct buf b = {0};

        login_token(token, n.token_hash);
        strcpy(n.user, user);
        n.expires_real_us = f->real_us + 12 * HOUR_US;
        wire_session_encode(&n, &b);
        port_submit(f, RECORD_SESSION, buf_as_text(&b), NULL);
        buf_done(&b);
        fake_run(f);
}

const char *fake_alert(struct fake *f)
{
        const struct alert *a;

        return engine_alerts(f->state->engine, &a) ? a[0].id : "";
}

bool fake_has(const struct http_exchange *x, const char *piece)
{
        return memmem(x->body.p, x->body.n, piece, strlen(piece)) != NULL;
}

/* ---- the feed ---- */

static void woken(void *self)
{
        ((struct fake_client *)self)->woken++;
}

enum status fake_join(struct fake *f, struct fake_client *c, const char *token,
                      bool has_since, uint64_t since)
{
        struct hub_sink sink = {c, woken};
        char hash[65];

        memset(c, 0, sizeof(*c));
        login_hash(text_of(token), hash);
        return hub_join(f->hub, &sink, hash, has_since, since, &c->client,
                        NULL);
}

char *fake_next(struct fake_client *c)
{
        struct hub_message *m = hub_take(c->client);
        char *copy;

        if (!m)
                return NULL;
        copy = strndup(m->json, m->n_json);
        hub_message_unref(m);
        return copy;
}

uint64_t fake_seq(const char *message)
{
        const char *at = strstr(message, "\"seq\":");

        return at ? strtoull(at + 6, NULL, 10) : 0;
}
