/* schemas/obs.c -- names and meaning of the quality marks. */
#include "schemas/obs.h"

static const struct {
        const char *name;
        bool rules;
} table[MARK_count] = {
#define X(code, name, rules, zh, en) [code##_BIT] = {name, rules},
        MARKS(X)
#undef X
};

const char *mark_name(enum mark_bit bit)
{
        return bit < MARK_count ? table[bit].name : "?";
}

bool marks_usable(uint32_t marks)
{
        int bit;

        for (bit = 0; bit < MARK_count; bit++)
                if ((marks & (1u << bit)) && !table[bit].rules)
                        return false;
        return true;
}
