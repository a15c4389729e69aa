/* sensors/sl651_deviation.c -- the words of the deviations and of the
 * status bits. */
#include "sensors/sl651.h"

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

static const struct {
        const char *name, *zh, *en;
} bits[SL651_STATUS_COUNT] = {
#define X(bit, name, zh, en) [bit] = {name, zh, en},
        SL651_STATUS_BITS(X)
#undef X
};

const char *sl651_status_name(unsigned bit)
{
        return bit < SL651_STATUS_COUNT ? bits[bit].name : NULL;
}

const char *sl651_status_zh(unsigned bit)
{
        return bit < SL651_STATUS_COUNT ? bits[bit].zh : NULL;
}

const char *sl651_status_en(unsigned bit)
{
        return bit < SL651_STATUS_COUNT ? bits[bit].en : NULL;
}
