/* sensors/sl651_stream.h -- the bytes of a connection cut into frames.
 *
 * In:     bytes in any pieces, as a TCP connection brings them.
 * Out:    pieces: SL 651 frames (HEX and ASCII) whose length, end character
 *         and CRC are right; 68H and ## frames by their length; all between
 *         them as garbage with the reason.
 * Holds:  which frames come out does not depend on how the bytes were cut.
 *         Garbage comes out as soon as it is known to be garbage.  7E7E may
 *         stand within a body: only length, end and CRC end a frame.
 *         Memory: what has not come out yet, SL651_STREAM_MAX at most;
 *         none while nothing waits.
 * Thread: one owner; pure. */
#ifndef SENSORS_SL651_STREAM_H
#define SENSORS_SL651_STREAM_H

#include "sensors/sl651.h"

#define SL651_STREAM_MAX SL651_FRAME_MAX

struct sl651_stream {
        char *p;
        size_t first, n, cap; /* p[first .. n) waits */
        bool expired;         /* the candidate at first is given up */
};

struct sl651_piece {
        bool garbage;
        enum sl651_protocol protocol; /* of a frame */
        enum status reason; /* of garbage: ERR_CRC, ERR_SYNTAX...; OK: fill
                             * (line ends, blanks, NUL), which does no harm */
        struct text bytes;  /* good until the next call */
};

void sl651_stream_done(struct sl651_stream *s);

/* Takes as many bytes as fit and says how many; after sl651_stream_next
 * returned false at least one fits.  0 also when there is no memory. */
size_t sl651_stream_feed(struct sl651_stream *s, struct text bytes);
/* The next piece; false when more bytes are needed. */
bool sl651_stream_next(struct sl651_stream *s, struct sl651_piece *ret);
/* How many bytes wait: more than 0 means that a frame has begun. */
size_t sl651_stream_waiting(const struct sl651_stream *s);
/* The frame that began will not end (time is up, connection is closed):
 * its first bytes become garbage, reason ERR_TOO_FEW, and what stands after
 * them is looked at again.  Call until nothing waits. */
void sl651_stream_expire(struct sl651_stream *s);

#endif
