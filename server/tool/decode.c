/* server/tool/decode.c -- `sanfang decode sl651`: one frame as JSON.
 *
 * For the vendor at his bench: what the server would read from a frame, or
 * the byte where it would stop and why. */
#include "server/tool/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/json.h"
#include "schemas/wire/sl651_vendor.h"
#include "sensors/sl651.h"
#include "server/file.h"

#define INPUT_MAX 65536u

static const char usage[] =
        "usage: sanfang decode sl651 [--hex|--ascii|--raw] [--slots auto|"
        "first|last]\n"
        "                            [--vendor FILE] [FRAME|-]\n"
        "Prints an SL 651-2014 frame as one line of JSON, or names the byte\n"
        "where it stopped and why (exit 1).\n"
        "  FRAME      the frame; '-' or nothing: standard input\n"
        "  --hex      FRAME is hex digits, blanks between them allowed\n"
        "  --ascii    FRAME is in SL 651's ASCII encoding, as text\n"
        "  --raw      FRAME is the bytes themselves (standard input only)\n"
        "             none of these: hex when it looks like hex, else raw\n"
        "  --slots    what the time beside twelve 5-minute rain slots is:\n"
        "             the first slot's end, the last one's, or (auto) the\n"
        "             first unless the last would end after the sending\n"
        "  --vendor   a table of the vendor's own elements (FF..), as JSON;\n"
        "             docs/sl651.md\n"
        "What departs from the standard but can be read stands in\n"
        "\"deviations\", each with its byte and the standard's clause.\n";

enum form { FORM_GUESS, FORM_HEX, FORM_ASCII, FORM_RAW };

struct decode_args {
        enum form form;
        enum sl651_slots slots;
        const char *vendor; /* NULL: none */
        const char *frame;  /* NULL: standard input */
};

static int hex_digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}

static bool is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* In place: what comes out is shorter than what went in. */
static enum status from_hex(struct buf *b, struct err *e)
{
        int high = -1, v;
        size_t i, n = 0;

        for (i = 0; i < b->n; i++) {
                if (is_blank(b->p[i]))
                        continue;
                v = hex_digit(b->p[i]);
                if (v < 0)
                        return err_set(e, ERR_SYNTAX,
                                       "byte %zu: character %zu of the input "
                                       "is no hex digit",
                                       n, i + 1);
                if (high < 0) {
                        high = v;
                        continue;
                }
                b->p[n++] = (char)(high << 4 | v);
                high = -1;
        }
        if (high >= 0)
                return err_set(e, ERR_SYNTAX,
                               "byte %zu: half a byte is left over", n);
        b->n = n;
        return OK;
}

static bool looks_like_hex(struct text t)
{
        size_t i, n = 0;

        for (i = 0; i < t.n; i++) {
                if (is_blank(t.p[i]))
                        continue;
                if (hex_digit(t.p[i]) < 0)
                        return false;
                n++;
        }
        return n > 0;
}

static enum status read_input(const struct decode_args *a, struct buf *b,
                              struct err *e)
{
        char part[4096];
        size_t n;

        b->limit = INPUT_MAX;
        if (a->frame && strcmp(a->frame, "-") != 0) {
                buf_str(b, a->frame);
        } else {
                while ((n = fread(part, 1, sizeof part, stdin)) > 0)
                        buf_add(b, part, n);
                if (ferror(stdin))
                        return err_set(e, ERR_IO, "standard input: %s",
                                       strerror(errno));
        }
        if (b->failed)
                return err_set(e, ERR_SIZE, "more than %u bytes of input",
                               INPUT_MAX);
        if (b->n == 0)
                return err_set(e, ERR_MISSING, "byte 0: the input is empty");
        if (a->form == FORM_HEX ||
            (a->form == FORM_GUESS && looks_like_hex(buf_as_text(b))))
                return from_hex(b, e);
        /* A line end after an ASCII frame is the terminal's, not its. */
        while (a->form == FORM_ASCII && b->n && is_blank(b->p[b->n - 1]) &&
               b->p[b->n - 1] != ' ')
                b->n--;
        return OK;
}

static const char *quality(const struct sl651_frame *f,
                           const struct sl651_value *v)
{
        if (v->missing)
                return "missing";
        if (v->outside)
                return "range";
        return f->head.function == 0x30 ? "test" : "good";
}

/* The set bits of a status word, by name. */
static void put_status(struct json_out *o, int64_t word)
{
        unsigned bit;

        json_open_array(o, "status");
        for (bit = 0; bit < SL651_STATUS_COUNT; bit++)
                if (word >> bit & 1)
                        json_put_str(o, NULL, sl651_status_name(bit));
        json_close_array(o);
}

static void put_value(struct json_out *o, const struct sl651_frame *f,
                      const struct sl651_value *v)
{
        json_open(o, NULL);
        json_put_str(o, "element", element_name(v->element));
        if (v->missing)
                json_put_null(o, "value");
        else
                json_put_milli(o, "value", v->value_milli);
        json_put_str(o, "unit", element_info(v->element)->unit);
        json_put_time(o, "time", v->time_us);
        json_put_str(o, "quality", quality(f, v));
        if (v->element == ELEMENT_ZT && !v->missing)
                put_status(o, v->value_milli / 1000);
        if (v->station > 0)
                json_put_str(o, "station", f->address[v->station]);
        json_put_i64(o, "byte", v->at);
        json_close(o);
}

static void put_head(struct json_out *o, const struct sl651_head *h)
{
        char text[4];

        snprintf(text, sizeof text, "%02X", h->function);
        json_put_str(o, "address", h->address);
        json_put_str(o, "function", text);
        json_put_str(o, "function_name", sl651_function_name(h->function));
        json_put_str(o, "direction", h->downlink ? "down" : "up");
        json_put_str(o, "encoding", h->ascii ? "ascii" : "hex");
        json_put_i64(o, "centre", h->centre);
        if (h->many) {
                json_put_i64(o, "packet", h->packet);
                json_put_i64(o, "packets", h->packets);
        }
        snprintf(text, sizeof text, "%02X", h->end);
        json_put_str(o, "end", text);
}

static void put_stations(struct json_out *o, const struct sl651_frame *f)
{
        char class[2] = {0};
        uint32_t i;

        json_open_array(o, "stations");
        for (i = 0; i < f->n_addresses; i++) {
                json_open(o, NULL);
                json_put_str(o, "address", f->address[i]);
                class[0] = (char)f->station_class[i];
                if (class[0])
                        json_put_words(o, "class", class);
                json_close(o);
        }
        json_close_array(o);
}

/* Characters as text, all else as hex digits; a picture by its length.
 * The parameters of function 49 are passwords and are not shown. */
static void put_span(struct json_out *o, const struct sl651_frame *f,
                     const struct sl651_span *s)
{
        struct text t = {f->bytes.p + s->at, s->n};
        struct buf hex = {.limit = 2 * SL651_BODY_MAX + 1};
        size_t i;

        json_open(o, NULL);
        json_put_str(o, "kind", sl651_span_name((enum sl651_span_kind)s->kind));
        json_put_i64(o, "length", s->n);
        json_put_time(o, "time", s->time_us);
        json_put_str(o, "station", f->address[s->station]);
        json_put_i64(o, "byte", s->at);
        if ((s->kind == SL651_SPAN_TEXT || s->kind == SL651_SPAN_VERSION) &&
            text_is_utf8(t)) {
                json_put_text(o, "text", t);
        } else if (s->kind != SL651_SPAN_PICTURE &&
                   s->kind != SL651_SPAN_PART && f->head.function != 0x49) {
                for (i = 0; i < t.n; i++)
                        buf_printf(&hex, "%02X", (unsigned char)t.p[i]);
                json_put_text(o, "hex", buf_as_text(&hex));
        }
        buf_done(&hex);
        json_close(o);
}

static void put_query(struct json_out *o, const struct sl651_frame *f)
{
        char text[8];
        uint32_t i;

        if (f->from_us != TIME_NONE) {
                json_put_time(o, "from", f->from_us);
                json_put_time(o, "to", f->to_us);
        }
        if (f->step_us >= 0)
                json_put_i64(o, "step_s", f->step_us / SECOND_US);
        if (f->n_asked == 0)
                return;
        json_open_array(o, "asked");
        for (i = 0; i < f->n_asked; i++) {
                snprintf(text, sizeof text, "%02X", f->asked[i].lead);
                json_put_str(o, NULL,
                             f->asked[i].known
                                     ? element_name(f->asked[i].element)
                                     : text);
        }
        json_close_array(o);
}

static void put_deviations(struct json_out *o, const struct sl651_frame *f)
{
        uint32_t i;

        json_open_array(o, "deviations");
        for (i = 0; i < f->n_deviations && i < SL651_DEVIATIONS_MAX; i++) {
                enum sl651_deviation_kind k =
                        (enum sl651_deviation_kind)f->deviation[i].kind;

                json_open(o, NULL);
                json_put_str(o, "name", sl651_deviation_name(k));
                json_put_i64(o, "byte", f->deviation[i].at);
                json_put_str(o, "text", sl651_deviation_en(k));
                json_put_str(o, "text_zh", sl651_deviation_zh(k));
                json_put_str(o, "clause", sl651_deviation_clause(k));
                json_close(o);
        }
        json_close_array(o);
        if (f->n_deviations > SL651_DEVIATIONS_MAX)
                json_put_i64(o, "more_deviations",
                             f->n_deviations - SL651_DEVIATIONS_MAX);
}

static void put_frame(struct json_out *o, const struct sl651_frame *f)
{
        uint32_t i;

        json_open(o, NULL);
        put_head(o, &f->head);
        json_put_i64(o, "serial", f->serial);
        json_put_time(o, "sent_at", f->sent_us);
        put_stations(o, f);
        put_query(o, f);
        json_open_array(o, "elements");
        for (i = 0; i < f->n_values; i++)
                put_value(o, f, &f->value[i]);
        json_close_array(o);
        json_open_array(o, "spans");
        for (i = 0; i < f->n_spans; i++)
                put_span(o, f, &f->span[i]);
        json_close_array(o);
        json_put_i64(o, "skipped", f->n_skipped);
        put_deviations(o, f);
        json_close(o);
}

static enum status read_vendor(const char *path, struct sl651_vendor *ret,
                               struct err *e)
{
        struct buf b = {.limit = INPUT_MAX};
        enum status st = file_read(path, &b, e);

        if (st == OK)
                st = wire_sl651_vendor_decode(buf_as_text(&b), ret, e);
        buf_done(&b);
        return st;
}

static enum status print_frame(const struct decode_args *a,
                               struct sl651_frame *f, struct err *e)
{
        struct buf in = {0}, out = {0};
        struct json_out o = json_out(&out);
        struct sl651_vendor vendor = {.n = 0};
        struct sl651_how how = {.slots = a->slots, .vendor = &vendor};
        enum status st = read_input(a, &in, e);

        if (st == OK && a->vendor)
                st = read_vendor(a->vendor, &vendor, e);
        if (st == OK)
                st = sl651_decode(buf_as_text(&in), &how, f, e);
        if (st == OK) {
                put_frame(&o, f);
                buf_char(&out, '\n');
                if (out.failed)
                        st = err_set(e, ERR_MEMORY, "no memory for the answer");
                else if (fwrite(out.p, 1, out.n, stdout) != out.n ||
                         fflush(stdout) != 0)
                        st = err_set(e, ERR_IO, "standard output: %s",
                                     strerror(errno));
        }
        buf_done(&in);
        buf_done(&out);
        return st;
}

static bool slots_from(const char *word, enum sl651_slots *ret)
{
        static const char *const words[] = {"auto", "first", "last"};
        int i;

        for (i = 0; word && i < 3; i++)
                if (strcmp(word, words[i]) == 0) {
                        *ret = (enum sl651_slots)i;
                        return true;
                }
        return false;
}

static bool one_arg(struct decode_args *a, const char *arg, const char *next,
                    int *used)
{
        *used = 1;
        if (strcmp(arg, "--hex") == 0) {
                a->form = FORM_HEX;
        } else if (strcmp(arg, "--ascii") == 0) {
                a->form = FORM_ASCII;
        } else if (strcmp(arg, "--raw") == 0) {
                a->form = FORM_RAW;
        } else if (strcmp(arg, "--slots") == 0) {
                *used = 2;
                return slots_from(next, &a->slots);
        } else if (strcmp(arg, "--vendor") == 0) {
                *used = 2;
                a->vendor = next;
                return next != NULL;
        } else if (arg[0] == '-' && arg[1] != '\0') {
                return false;
        } else if (a->frame) {
                return false;
        } else {
                a->frame = arg;
        }
        return true;
}

int tool_decode(int argc, char **argv)
{
        struct decode_args a = {.frame = NULL};
        struct sl651_frame *f;
        struct err e = {.code = OK};
        enum status st;
        int i, used;

        for (i = 1; i < argc; i++)
                if (strcmp(argv[i], "--help") == 0) {
                        fputs(usage, stdout);
                        return 0;
                }
        if (argc < 2 || strcmp(argv[1], "sl651") != 0) {
                fputs(usage, stderr);
                return 2;
        }
        for (i = 2; i < argc; i += used)
                if (!one_arg(&a, argv[i], i + 1 < argc ? argv[i + 1] : NULL,
                             &used)) {
                        fputs(usage, stderr);
                        return 2;
                }
        f = malloc(sizeof *f);
        st = f ? print_frame(&a, f, &e)
               : err_set(&e, ERR_MEMORY, "no memory for a frame");
        free(f);
        return st == OK ? 0 : tool_fail(&e);
}
