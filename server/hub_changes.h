/* server/hub_changes.h -- within the hub: what has changed since the last
 * delta, and the newest forecasts.  Only hub*.c include it. */
#ifndef SERVER_HUB_CHANGES_H
#define SERVER_HUB_CHANGES_H

#include "server/hub.h"
#include "server/view.h"

/* A set of small integers that can be listed and emptied quickly. */
struct marks {
        uint32_t *list;
        uint32_t n, cap;
        uint8_t *seen; /* one byte per integer */
        uint32_t size;
};
/* False when memory ran out: the caller falls back to a full sweep. */
bool hub_marks_add(struct marks *m, uint32_t v);
void hub_marks_clear(struct marks *m);
void hub_marks_done(struct marks *m);

struct name_pair {
        char centre[CODE_MAX + 1];
        char id[CODE_MAX + 1];
};

struct names {
        struct name_pair *list;
        uint32_t n, cap;
};
bool hub_names_add(struct names *s, const char *centre, const char *id);
void hub_names_done(struct names *s);

/* The newest forecast per subject, element, source and model. */
struct forecast_board {
        struct forecast *list;
        uint64_t *key; /* of the series, beside it: what a search reads */
        uint32_t n, cap, max;
};
void hub_board_put(struct forecast_board *b, const struct forecast *f);
void hub_board_done(struct forecast_board *b);

/* Everything since the last delta. */
struct changes {
        struct marks stations; /* standing */
        struct marks values;   /* station * VIEW_ELEMENTS + element */
        uint32_t n_known;      /* stations at and past it are new: whole S */
        struct names incidents, units;
        struct buf alerts;    /* encoded alert objects, comma separated */
        struct buf forecasts; /* the same */
        bool lost;            /* memory ran out: clients must take a snapshot */
};
bool hub_changes_any(const struct changes *c);
void hub_changes_clear(struct changes *c, uint32_t n_stations);
void hub_changes_done(struct changes *c);
void hub_changes_take(struct changes *c, const struct view *v,
                      const struct effects *fx);
void hub_changes_alert(struct changes *c, const struct view *v,
                       const struct alert *a);
/* The members of a delta but for type, seq and system. */
void hub_changes_put(const struct changes *c, const struct view *v,
                     struct json_out *o);

#endif
