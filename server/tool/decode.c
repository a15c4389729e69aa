/* server/tool/decode.c -- `sanfang decode sl651`: one frame as JSON.
 *
 * For the vendor at his bench: what the server would read from a frame, or
 * the byte where it would stop and why. */
#include "server/tool/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/wire/json.h"
#include "sensors/sl651.h"

#define INPUT_MAX 65536u

static const char usage[] =
        "usage: sanfang decode sl651 [--hex|--ascii|--raw] [--slots auto|"
        "first|last] [FRAME|-]\n"
        "Prints an SL 651-2014 frame as one line of JSON, or names the byte\n"
        "where it stopped and why (exit 1).\n"
        "  FRAME      the frame; '-' or nothing: standard input\n"
        "  --hex      FRAME is hex digits, blanks between them allowed\n"
        "  --ascii    FRAME is in SL 651's ASCII encoding, as text\n"
        "  --raw      FRAME is the bytes themselves (standard input only)\n"
        "             none of these: hex when it looks like hex, else raw\n"
        "  --slots    what the time beside twelve 5-minute rain slots is:\n"
        "             the first slot's end, the last one's, or (auto) the\n"
        "             first unless the last would end after the sending\n";

enum form { FORM_GUESS, FORM_HEX, FORM_ASCII, FORM_RAW };

struct decode_args {
        enum form form;
        enum sl651_slots slots;
        const char *frame; /* NULL: standard input */
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
        return f->head.function == 0x30 ? "test" : "good";
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
        if (v->station > 0)
                json_put_str(o, "station", f->address[v->station]);
        json_put_i64(o, "byte", v->at);
        json_close(o);
}

static void put_frame(struct json_out *o, const struct sl651_frame *f)
{
        char function[4];
        uint32_t i;

        snprintf(function, sizeof function, "%02X", f->head.function);
        json_open(o, NULL);
        json_put_str(o, "address", f->head.address);
        json_put_str(o, "function", function);
        json_put_str(o, "function_name", sl651_function_name(f->head.function));
        json_put_str(o, "direction", f->head.downlink ? "down" : "up");
        json_put_i64(o, "centre", f->head.centre);
        json_put_i64(o, "serial", f->serial);
        json_put_time(o, "sent_at", f->sent_us);
        json_open_array(o, "elements");
        for (i = 0; i < f->n_values; i++)
                put_value(o, f, &f->value[i]);
        json_close_array(o);
        json_put_i64(o, "skipped", f->n_skipped);
        json_close(o);
}

static enum status print_frame(const struct decode_args *a,
                               struct sl651_frame *f, struct err *e)
{
        struct buf in = {0}, out = {0};
        struct json_out o = json_out(&out);
        struct sl651_how how = {.slots = a->slots};
        enum status st = read_input(a, &in, e);

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
