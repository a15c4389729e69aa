/* server/pictures.h -- pictures of terminals become files.
 *
 * A picture is an effect of the record that completed it; it is written on
 * the worker pool, one at a time, and the same again is the same file.  A
 * snapshot waits until all are written (pictures_busy), so after a crash
 * the records behind the snapshot make the missing ones again.
 * Holds:  at most WAITING_BYTES that wait; a disk that refuses is tried
 *         again for a minute.  What is lost then is counted; the archive's
 *         row says what it was.
 * Thread: the loop. */
#ifndef SERVER_PICTURES_H
#define SERVER_PICTURES_H

#include "server/state.h"

struct pictures;

typedef enum status (*pictures_work)(void *self, void (*work)(void *job),
                                     void (*done)(void *job), void *job);

/* state_dir must outlive it. */
enum status pictures_create(const char *state_dir, pictures_work work,
                            void *self, struct pictures **ret, struct err *e);
/* NULL is fine.  No work may be under way. */
void pictures_free(struct pictures *p);
void pictures_on_effects(struct pictures *p, const struct state *s,
                         const struct effects *fx);
/* Each 250 ms: what the disk refused is tried again. */
void pictures_tick(struct pictures *p, int64_t mono_us);
bool pictures_busy(const struct pictures *p);

struct pictures_counts {
        uint64_t written, bytes, lost, waiting;
};
void pictures_get_counts(const struct pictures *p, struct pictures_counts *ret);

/* The same at once: recovery has no loop yet. */
void pictures_write_now(const char *state_dir, const struct state *s,
                        const struct effects *fx);

#endif
