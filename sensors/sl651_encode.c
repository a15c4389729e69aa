/* sensors/sl651_encode.c -- SL 651 frames written. */
#include "sensors/sl651_part.h"

#include <string.h>

enum status sl651_encode(const struct sl651_frame *f, const struct sl651_how *o,
                         struct buf *out, struct err *e)
{
        (void)f;
        (void)o;
        (void)out;
        return err_set(e, ERR_UNSUPPORTED, "not yet");
}
