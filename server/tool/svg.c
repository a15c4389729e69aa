/* server/tool/svg.c -- see svg.h. */
#include "server/tool/svg.h"

#include <stdarg.h>
#include <stdio.h>

static void box(struct buf *b, int x, int y, int w, int h, int round,
                const char *fill, const char *stroke)
{
        buf_printf(b, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"", x,
                   y, w, h);
        if (round)
                buf_printf(b, " rx=\"%d\"", round);
        buf_printf(b, " fill=\"%s\"", fill);
        if (stroke)
                buf_printf(b, " stroke=\"%s\"", stroke);
        buf_str(b, "/>\n");
}

void svg_rect(struct buf *b, int x, int y, int w, int h, const char *fill,
              const char *stroke)
{
        box(b, x, y, w, h, 0, fill, stroke);
}

void svg_card(struct buf *b, int x, int y, int w, int h, const char *fill,
              const char *stroke)
{
        box(b, x, y, w, h, h > 40 ? 8 : 4, fill, stroke);
}

void svg_line(struct buf *b, int x1, int y1, int x2, int y2, const char *stroke)
{
        buf_printf(b,
                   "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" "
                   "stroke=\"%s\"/>\n",
                   x1, y1, x2, y2, stroke);
}

static void escaped(struct buf *b, const char *s)
{
        for (; *s; s++)
                switch (*s) {
                case '&':
                        buf_str(b, "&amp;");
                        break;
                case '<':
                        buf_str(b, "&lt;");
                        break;
                case '>':
                        buf_str(b, "&gt;");
                        break;
                default: /* XML knows no other control characters */
                        buf_char(b, (unsigned char)*s < 0x20 ? ' ' : *s);
                        break;
                }
}

void svg_text(struct buf *b, int x, int y, const struct svg_font *f,
              const char *fmt, ...)
{
        char text[400];
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(text, sizeof text, fmt, ap);
        va_end(ap);
        buf_printf(b, "<text x=\"%d\" y=\"%d\" font-size=\"%d\" fill=\"%s\"", x,
                   y, f->size, f->fill);
        if (f->bold)
                buf_str(b, " font-weight=\"700\"");
        if (f->anchor)
                buf_printf(b, " text-anchor=\"%s\"", f->anchor);
        buf_char(b, '>');
        escaped(b, text);
        buf_str(b, "</text>\n");
}
