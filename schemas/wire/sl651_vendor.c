/* schemas/wire/sl651_vendor.c -- a vendor's own SL 651 elements as JSON. */
#include "schemas/wire/sl651_vendor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum status only_known(const struct json *j, const char *what,
                              const char *const *known, struct err *e)
{
        const struct json *x;
        const char *const *k;

        for (x = json_first(j); x; x = json_next(x)) {
                struct text key = json_key(x);

                for (k = known; *k && !text_is(key, *k); k++)
                        ;
                if (!*k)
                        return err_set(e, ERR_UNKNOWN,
                                       "%s: unknown member \"%.*s\"", what,
                                       (int)(key.n > 40 ? 40 : key.n), key.p);
        }
        return OK;
}

static int digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return -1;
}

static enum status read_lead(const struct json *j, const char *what,
                             uint16_t *ret, struct err *e)
{
        struct text t = json_text(json_get(j, "lead"));
        unsigned v = 0;
        bool good = t.n == 2 || t.n == 4;
        size_t i;

        for (i = 0; i < t.n && good; i++) {
                good = digit(t.p[i]) >= 0;
                v = v << 4 | (unsigned)(digit(t.p[i]) & 0x0F);
        }
        if (t.n == 4)
                good = good && v >= 0xFF00;
        else
                good = good && v >= 0x76 && v <= 0xEF;
        if (!good)
                return err_set(e, ERR_RANGE,
                               "%s: \"lead\" is FF00 to FFFF, or 76 to EF, in "
                               "hexadecimal digits",
                               what);
        *ret = (uint16_t)v;
        return OK;
}

static enum status read_number(const struct json *j, const char *what,
                               struct sl651_vendor_row *row, struct err *e)
{
        struct text format = json_text(json_get(j, "format"));
        int64_t decimals = SL651_DECIMALS_GIVEN;

        row->binary = text_is(format, "binary");
        if (json_given(j, "format") && !row->binary && !text_is(format, "bcd"))
                return err_set(e, ERR_UNKNOWN,
                               "%s: \"format\" is \"bcd\" or \"binary\"", what);
        if (json_given(j, "decimals") &&
            (!json_i64(json_get(j, "decimals"), &decimals) || decimals < 0 ||
             decimals > 7))
                return err_set(e, ERR_RANGE, "%s: \"decimals\" is 0 to 7",
                               what);
        row->decimals = (uint8_t)decimals;
        row->scale_milli = 1000;
        if (json_given(j, "scale") &&
            (!json_milli(json_get(j, "scale"), &row->scale_milli) ||
             row->scale_milli == 0 || row->scale_milli > 1000000000 ||
             row->scale_milli < -1000000000))
                return err_set(e, ERR_RANGE,
                               "%s: \"scale\" is a number of thousandths, not "
                               "0, within a million",
                               what);
        return OK;
}

static enum status read_row(const struct json *j, uint32_t i,
                            struct sl651_vendor_row *row, struct err *e)
{
        static const char *const known[] = {
                "lead", "element", "format", "decimals", "scale", "note", NULL};
        char what[32];
        enum status st;

        snprintf(what, sizeof what, "elements[%u]", i);
        if (!json_is_object(j))
                return err_set(e, ERR_TYPE, "%s is no object", what);
        st = only_known(j, what, known, e);
        if (st == OK)
                st = read_lead(j, what, &row->lead, e);
        if (st == OK &&
            !element_from(json_text(json_get(j, "element")), &row->element))
                st = err_set(e, ERR_UNKNOWN_ELEMENT,
                             "%s: \"element\" is none of ours", what);
        return st == OK ? read_number(j, what, row, e) : st;
}

static int by_lead(const void *a, const void *b)
{
        const struct sl651_vendor_row *x = a, *y = b;

        return (int)x->lead - (int)y->lead;
}

static enum status read_rows(const struct json *list, struct sl651_vendor *v,
                             struct err *e)
{
        const struct json *x;
        enum status st = OK;
        uint32_t i;

        if (!json_is_array(list))
                return err_set(e, ERR_MISSING, "\"elements\" is no list");
        if (json_size(list) > SL651_VENDOR_ROWS)
                return err_set(e, ERR_SIZE, "more than %d elements",
                               SL651_VENDOR_ROWS);
        for (x = json_first(list); x && st == OK; x = json_next(x), v->n++)
                st = read_row(x, v->n, &v->row[v->n], e);
        if (st != OK)
                return st;
        qsort(v->row, v->n, sizeof *v->row, by_lead);
        for (i = 1; i < v->n; i++)
                if (v->row[i].lead == v->row[i - 1].lead)
                        return err_set(e, ERR_DUPLICATE,
                                       "lead %02X stands twice",
                                       v->row[i].lead);
        return OK;
}

/* What it is, whose, and whether it comes or goes. */
static enum status read_kind(const struct json *j, struct sl651_vendor *v,
                             struct err *e)
{
        const struct json *what = json_get(j, "what");
        char name[CODE_MAX + 1];
        enum status st;

        if (what && !text_is(json_text(what), "sl651_vendor"))
                return err_set(e, ERR_MISMATCH,
                               "\"what\" must be \"sl651_vendor\", or not "
                               "there");
        st = json_need_code(j, "vendor", name, e);
        if (st != OK)
                return st;
        if (!text_copy(v->name, sizeof v->name, text_of(name)))
                return err_set(e, ERR_SIZE,
                               "\"vendor\" has more than %d characters",
                               SL651_VENDOR_MAX);
        v->remove = json_true(json_get(j, "remove"));
        return OK;
}

enum status wire_sl651_vendor_decode(struct text file, struct sl651_vendor *ret,
                                     struct err *e)
{
        static const char *const known[] = {"$schema", "what",     "vendor",
                                            "remove",  "elements", "note",
                                            NULL};
        struct sl651_vendor v = {.n = 0};
        struct json *j = NULL;
        enum status st = json_parse(file, JSON_MESSAGE_MAX, &j, e);

        if (st == OK && !json_is_object(j))
                st = err_set(e, ERR_TYPE, "a vendor table is an object");
        if (st == OK)
                st = only_known(j, "the table", known, e);
        if (st == OK)
                st = read_kind(j, &v, e);
        if (st == OK && !v.remove)
                st = read_rows(json_get(j, "elements"), &v, e);
        if (st == OK)
                *ret = v;
        json_free(j);
        return st;
}

static void put_rows(struct json_out *o, const struct sl651_vendor *v)
{
        char lead[8];
        uint32_t i;

        json_open_array(o, "elements");
        for (i = 0; i < v->n; i++) {
                const struct sl651_vendor_row *r = &v->row[i];

                snprintf(lead, sizeof lead, "%02X", r->lead);
                json_open(o, NULL);
                json_put_str(o, "lead", lead);
                json_put_str(o, "element", element_name(r->element));
                json_put_str(o, "format", r->binary ? "binary" : "bcd");
                if (r->decimals != SL651_DECIMALS_GIVEN)
                        json_put_i64(o, "decimals", r->decimals);
                json_put_milli(o, "scale", r->scale_milli);
                json_close(o);
        }
        json_close_array(o);
}

static void put_table(const struct sl651_vendor *v, const char *what,
                      struct buf *b)
{
        struct json_out o = json_out(b);

        json_open(&o, NULL);
        if (what)
                json_put_str(&o, "what", what);
        json_put_str(&o, "vendor", v->name);
        if (v->remove)
                json_put_bool(&o, "remove", true);
        else
                put_rows(&o, v);
        json_close(&o);
}

void wire_sl651_vendor_encode(const struct sl651_vendor *v, struct buf *b)
{
        put_table(v, NULL, b);
}

void wire_sl651_vendor_record(const struct sl651_vendor *v, struct buf *b)
{
        put_table(v, "sl651_vendor", b);
}
