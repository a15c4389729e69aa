/* sensors/sl651_deviation.c -- the words of the deviations. */
#include "sensors/sl651_deviation.h"

static const struct {
        const char *name, *zh, *en, *clause;
} words[] = {
#define X(code, name, zh, en, clause) {name, zh, en, clause},
        SL651_DEVIATIONS(X)
#undef X
};

const char *sl651_deviation_name(enum sl651_deviation_kind k)
{
        return k < SL651_DEV_count ? words[k].name : "?";
}

const char *sl651_deviation_zh(enum sl651_deviation_kind k)
{
        return k < SL651_DEV_count ? words[k].zh : "?";
}

const char *sl651_deviation_en(enum sl651_deviation_kind k)
{
        return k < SL651_DEV_count ? words[k].en : "?";
}

const char *sl651_deviation_clause(enum sl651_deviation_kind k)
{
        return k < SL651_DEV_count ? words[k].clause : "?";
}
