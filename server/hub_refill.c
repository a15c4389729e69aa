/* server/hub_refill.c -- the forecasts of before the start, from PostGIS.
 *
 * Thread: the loop; the database's thread is behind port->ask(). */
#include "server/hub_inside.h"

#include <string.h>

#include "schemas/wire/forecast.h"

/* The next whole object of a JSON array's text, or false. */
static bool cut_object(struct text *rest, struct text *ret)
{
        size_t begin = 0, depth = 0;
        bool quoted = false;

        for (size_t i = 0; i < rest->n; i++) {
                char c = rest->p[i];

                if (quoted) {
                        i += c == '\\';
                        quoted = c != '"';
                } else if (c == '"') {
                        quoted = true;
                } else if (c == '{' && !depth++) {
                        begin = i;
                } else if (c == '}' && depth && !--depth) {
                        *ret = (struct text){rest->p + begin, i + 1 - begin};
                        rest->p += i + 1;
                        rest->n -= i + 1;
                        return true;
                }
        }
        return false;
}

/* What is already here is newer or the same: board_put keeps the newest. */
static void on_forecasts(void *self, enum status st, struct text json,
                         const struct err *e)
{
        struct hub *h = self;
        struct text one;
        const char *list = st == OK ? memchr(json.p, '[', json.n) : NULL;
        struct forecast f;

        (void)e;
        h->refill = st == OK ? 2 : 0;
        if (!list)
                return;
        json.n -= (size_t)(list - json.p);
        json.p = list;
        while (cut_object(&json, &one))
                if (wire_forecast_decode(one, &f, NULL) == OK)
                        hub_board_put(&h->board, &f);
        hub_message_unref(h->snapshot);
        h->snapshot = NULL;
}

void hub_refill(struct hub *h)
{
        struct archive_status a = {0};

        if (h->refill)
                return;
        h->port->archive_status(h->port->self, &a);
        if (!a.up)
                return;
        h->refill = 1;
        if (h->port->ask(h->port->self, QUERY_FORECASTS,
                         (const char *const[]){"", "500", NULL}, on_forecasts,
                         h, NULL) != OK)
                h->refill = 0;
}
