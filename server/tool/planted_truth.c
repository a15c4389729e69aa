/* server/tool/planted_truth.c -- the truth of a planted day, on paper. */
#include "server/tool/planted_truth.h"

#include "schemas/time.h"
#include "schemas/wire/json.h"
#include "server/file.h"

static const char *line_name(enum planted_line line)
{
        static const char *const names[] = {"json", "mqtt", "tcp"};

        return names[line];
}

static void open_line(struct json_out *o, struct buf *b, const char *what)
{
        *o = json_out(b);
        json_open(o, NULL);
        json_put_str(o, "what", what);
}

static void close_line(struct json_out *o, struct buf *b)
{
        json_close(o);
        buf_char(b, '\n');
}

static void put_day(const struct planted *p, struct buf *b)
{
        struct json_out o;

        open_line(&o, b, "day");
        json_put_u64(&o, "seed", p->c.seed);
        json_put_time(&o, "from", p->c.from_us);
        json_put_time(&o, "to", p->c.to_us);
        close_line(&o, b);
}

static void put_station(const struct planted *p, uint32_t k, struct buf *b)
{
        const struct planted_station *s = &p->stations[k];
        struct json_out o;

        open_line(&o, b, "station");
        json_put_str(&o, "station", planted_code(p, k));
        json_put_str(&o, "line", line_name(s->line));
        if (s->line != PLANTED_JSON)
                json_put_str(&o, "address", s->address);
        json_put_bool(&o, "ascii", s->ascii);
        json_put_bool(&o, "rain", s->rain);
        json_put_bool(&o, "counter", s->counter);
        json_put_bool(&o, "overflow", s->overflow);
        json_put_bool(&o, "uniform", s->uniform);
        json_put_bool(&o, "babbles", s->babbles);
        json_put_i64(&o, "slow_s", s->slow_us / SECOND_US);
        if (s->away_from_us) {
                json_put_time(&o, "away_from", s->away_from_us);
                json_put_time(&o, "away_to", s->away_to_us);
        }
        close_line(&o, b);
}

static void put_value(const struct planted *p, const struct planted_report *r,
                      const struct planted_value *v, struct buf *b)
{
        struct json_out o;

        open_line(&o, b, "value");
        json_put_str(&o, "station", planted_code(p, r->station));
        json_put_str(&o, "element", element_name(v->element));
        json_put_time(&o, "time", v->time_us);
        if (v->missing)
                json_put_null(&o, "value");
        else
                json_put_milli(&o, "value", v->value_milli);
        json_put_bool(&o, "late", v->late);
        close_line(&o, b);
}

static void put_report(const struct planted *p, const struct planted_report *r,
                       struct buf *b)
{
        struct json_out o;
        int f;

        open_line(&o, b, "report");
        json_put_str(&o, "station", planted_code(p, r->station));
        json_put_u64(&o, "function", r->function);
        json_put_time(&o, "sent", r->sent_us);
        json_put_time(&o, "due", r->due_us);
        json_put_u64(&o, "times", r->times);
        for (f = 0; f < PLANTED_FAULT_count; f++)
                if (r->faults >> f & 1)
                        json_put_bool(&o, planted_fault_name(f), true);
        close_line(&o, b);
}

static void put_slot(const struct planted *p, const struct planted_slot *x,
                     struct buf *b)
{
        struct json_out o;

        open_line(&o, b, "slot");
        json_put_str(&o, "station", planted_code(p, x->station));
        json_put_time(&o, "time", x->end_us);
        json_put_milli(&o, "value", x->amount_milli);
        close_line(&o, b);
}

enum status planted_truth_write(const struct planted *p, const char *path,
                                struct err *e)
{
        struct buf b = {0};
        enum status st;
        uint32_t i, k;

        put_day(p, &b);
        for (i = 0; i < p->n_stations; i++)
                put_station(p, i, &b);
        for (i = 0; i < p->n_reports; i++) {
                const struct planted_report *r = &p->reports[i];

                put_report(p, r, &b);
                for (k = r->first; k < r->first + r->n; k++)
                        put_value(p, r, &p->values[k], &b);
        }
        for (i = 0; i < p->n_slots; i++)
                put_slot(p, &p->slots[i], &b);
        st = b.failed ? err_set(e, ERR_MEMORY, "truth")
                      : file_replace(path, buf_as_text(&b), e);
        buf_done(&b);
        return st;
}
