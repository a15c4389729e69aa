/* server/conformance.c -- how far a station keeps to SL 651-2014. */
#include "server/conformance.h"

#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/json.h"
#include "sensors/line.h"

/* The rows of a line, the most frequent first. */
static uint32_t sorted(const struct line *x,
                       const struct conform_row *ret[CONFORM_KINDS])
{
        uint32_t n = 0, i, k;

        for (i = 0; x && i < x->conform.n && i < CONFORM_KINDS; i++) {
                const struct conform_row *r = &x->conform.row[i];

                for (k = n++; k > 0 && ret[k - 1]->count < r->count; k--)
                        ret[k] = ret[k - 1];
                ret[k] = r;
        }
        return n;
}

static void put_row(struct json_out *o, const struct conform_row *r)
{
        json_open(o, NULL);
        json_put_str(o, "kind", conform_name(r->kind));
        json_put_str(o, "zh", conform_zh(r->kind));
        json_put_str(o, "en", conform_en(r->kind));
        json_put_str(o, "clause", conform_clause(r->kind));
        json_put_u64(o, "count", r->count);
        json_put_time(o, "first_at", r->first_us);
        json_put_time(o, "last_at", r->last_us);
        json_put_u64(o, "seq", r->seq);
        json_put_i64(o, "byte", r->at);
        json_close(o);
}

void conformance_json(const struct state *s, uint32_t station, struct buf *b)
{
        const struct station *p = &s->places.stations[station];
        const struct line *x = sensors_line(s->sensors, station);
        const struct conform_row *row[CONFORM_KINDS];
        uint32_t n = sorted(x, row), i;
        struct json_out o = json_out(b);

        json_open(&o, NULL);
        json_put_str(&o, "station", p->code);
        json_put_bytes(&o, "name", text_of(p->name));
        json_put_words(&o, "sl651", p->sl651);
        json_put_u64(&o, "frames", x ? x->frames : 0);
        if (x && x->clock_offset_us != TIME_NONE)
                json_put_milli(&o, "clock_offset_s", x->clock_offset_us / 1000);
        else
                json_put_null(&o, "clock_offset_s");
        json_put_u64(&o, "total", x ? conform_total(&x->conform) : 0);
        json_open_array(&o, "deviations");
        for (i = 0; i < n; i++)
                put_row(&o, row[i]);
        json_close_array(&o);
        json_close(&o);
}

/* ---- in words ---- */

static void say_head(const struct station *p, const struct line *x, bool zh,
                     const char *now, struct buf *b)
{
        const char *address = p->sl651[0] ? p->sl651 : p->code;
        const char *name = zh || !p->name_en[0] ? p->name : p->name_en;
        unsigned long long frames = x ? x->frames : 0;

        if (zh)
                buf_printf(b,
                           "SL 651-2014 符合性报告\n\n测站：%s %s\n"
                           "遥测站地址：%s\n截至：%s\n收到报文：%llu 帧\n",
                           p->code, name, address, now, frames);
        else
                buf_printf(b,
                           "Conformance to SL 651-2014\n\nStation: %s %s\n"
                           "Terminal address: %s\nUp to: %s\n"
                           "Frames received: %llu\n",
                           p->code, name, address, now, frames);
}

static void say_clock(const struct line *x, bool zh, struct buf *b)
{
        long long off_s;

        if (!x || x->clock_offset_us == TIME_NONE)
                return;
        off_s = x->clock_offset_us / SECOND_US;
        buf_printf(b,
                   zh ? "发报时间与中心站时间之差：%lld 秒\n"
                      : "Send time minus the centre's time: %lld s\n",
                   off_s);
}

static void say_row(const struct conform_row *r, uint32_t i, bool zh,
                    struct buf *b)
{
        char first[40], last[40];

        time_format_beijing(first, r->first_us);
        time_format_beijing(last, r->last_us);
        buf_printf(b, "%u. %s\n", i + 1,
                   zh ? conform_zh(r->kind) : conform_en(r->kind));
        buf_printf(b,
                   zh ? "   条款：%s；次数：%llu；首次：%s；最近：%s\n"
                        "   例：记录 %llu，第 %u 字节\n"
                      : "   Clause: %s; times: %llu; first: %s; last: %s\n"
                        "   Example: record %llu, byte %u\n",
                   conform_clause(r->kind), (unsigned long long)r->count, first,
                   last, (unsigned long long)r->seq, r->at);
}

void conformance_text(const struct state *s, uint32_t station, bool zh,
                      int64_t now_us, struct buf *b)
{
        const struct station *p = &s->places.stations[station];
        const struct line *x = sensors_line(s->sensors, station);
        const struct conform_row *row[CONFORM_KINDS];
        uint32_t n = sorted(x, row), i;
        char now[40];

        time_format_beijing(now, now_us);
        say_head(p, x, zh, now, b);
        say_clock(x, zh, b);
        if (n == 0)
                buf_str(b, zh ? "\n未发现偏差。\n" : "\nNo departures seen.\n");
        else
                buf_str(b, zh ? "\n偏差：\n" : "\nDepartures:\n");
        for (i = 0; i < n; i++)
                say_row(row[i], i, zh, b);
}
