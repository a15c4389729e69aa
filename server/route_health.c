/* server/route_health.c -- is it alive, is it ready, what does it count.
 *
 * Ready means: takes telemetry and rings.  PostgreSQL or the broker being
 * away does not change that; the body says what is down.
 * Thread: the loop. */
#include "server/route.h"

ROUTE(healthz)
{
        buf_str(&x->body, "{\"ok\":true}");
        http_answer(x, 200, HTTP_JSON);
}

static void put_up(struct json_out *o, const char *key, bool up,
                   const char *why)
{
        json_open(o, key);
        json_put_bool(o, "up", up);
        if (!up && why && *why)
                json_put_bytes(o, "why", text_of(why));
        json_close(o);
}

ROUTE(readyz)
{
        const struct port *p = r->port;
        const struct state *s = p->state(p->self);
        struct archive_status a = {0};
        struct journal_stats j = {0};
        struct json_out o = json_out(&x->body);
        bool ready;

        p->archive_status(p->self, &a);
        p->journal_stats(p->self, &j);
        ready = !j.full && j.level < JOURNAL_HELD;
        json_open(&o, NULL);
        json_put_bool(&o, "ready", ready);
        json_open(&o, "journal");
        json_put_u64(&o, "seq", s->seq);
        json_put_u64(&o, "synced", p->synced_seq(p->self));
        json_put_u64(&o, "disk_bytes", j.disk_bytes);
        json_put_bool(&o, "full", j.full);
        json_put_u64(&o, "room_bytes", j.room_bytes);
        json_put_str(&o, "level", journal_level_name(j.level));
        if (j.level >= JOURNAL_HELD)
                json_put_bytes(&o, "why", text_of(j.last_error));
        json_close(&o);
        put_up(&o, "database", a.up, NULL);
        put_up(&o, "broker", s->link_up[LINK_BROKER], NULL);
        json_open(&o, "archive");
        json_put_u64(&o, "position", a.position);
        json_close(&o);
        json_close(&o);
        http_answer(x, ready ? 200 : 503, HTTP_JSON);
}

ROUTE(metrics)
{
        metrics_text(&r->metrics, r->port, r->hub, r->login, r->n_pending,
                     &x->body);
        http_answer(x, 200, "text/plain; version=0.0.4; charset=utf-8");
}
