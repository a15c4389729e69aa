/* server/tool/svg.h -- the few strokes that a drawn page needs.
 *
 * Holds:  lengths are pixels of the page; text is escaped here and nowhere
 *         else.
 * Thread: any; one owner. */
#ifndef SERVER_TOOL_SVG_H
#define SERVER_TOOL_SVG_H

#include <stdbool.h>

#include "schemas/buf.h"

struct svg_font {
        int size;
        const char *fill; /* "#333" */
        bool bold;
        const char *anchor; /* start, middle, end; NULL: start */
};

void svg_rect(struct buf *b, int x, int y, int w, int h, const char *fill,
              const char *stroke);
/* With round corners. */
void svg_card(struct buf *b, int x, int y, int w, int h, const char *fill,
              const char *stroke);
void svg_line(struct buf *b, int x1, int y1, int x2, int y2,
              const char *stroke);
void svg_text(struct buf *b, int x, int y, const struct svg_font *f,
              const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif
