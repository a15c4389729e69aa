/* sensors/check.c -- is a value plausible. */
#include "sensors/check.h"

#include "schemas/time.h"

/* What holds for one element of one station. */
struct bounds {
        int64_t low_milli, high_milli;
        int64_t rise_milli, fall_milli; /* from value to value */
        int64_t rate_milli, spike_milli;
        int64_t reach_milli; /* as far as two that agree may lie apart */
};

static int64_t size(int64_t v)
{
        return v < 0 ? -v : v;
}

static void prefer(int64_t *bound, int64_t own)
{
        if (own != LEVEL_UNSET)
                *bound = own;
}

/* PULT is for one reporting interval; a longer sum may hold more. */
static void rain_bounds(struct bounds *b, const struct station *s,
                        int64_t length_us)
{
        int64_t own = s->checks.pult_milli, day = s->checks.pdult_milli;

        if (own != LEVEL_UNSET && s->interval_us > 0 &&
            length_us > s->interval_us)
                own *= (length_us + s->interval_us - 1) / s->interval_us;
        if (day != LEVEL_UNSET && (own == LEVEL_UNSET || own > day))
                own = day;
        prefer(&b->high_milli, own);
}

static bool is_own_level(const struct station *s, enum element e)
{
        return e == ELEMENT_Z ||
               (e == ELEMENT_ZU && s->kind == STATION_RESERVOIR);
}

static int64_t reach(const struct bounds *b)
{
        if (b->spike_milli != LEVEL_UNSET)
                return b->spike_milli;
        if (b->rise_milli != LEVEL_UNSET)
                return b->rise_milli;
        return b->high_milli == LEVEL_UNSET ? 0 : size(b->high_milli) / 2;
}

static struct bounds bounds_of(const struct check_table *t,
                               const struct station *s, enum element e)
{
        const struct check_element *x = &t->element[e];
        const struct station_checks *own = &s->checks;
        struct bounds b = {x->low_milli,
                           x->high_milli,
                           x->step_milli,
                           x->step_milli,
                           x->rate_milli,
                           x->spike_milli,
                           0};

        if (is_own_level(s, e)) {
                prefer(&b.low_milli, own->zllt_milli);
                prefer(&b.high_milli, own->zult_milli);
                prefer(&b.rise_milli, own->ztcult_milli);
                prefer(&b.fall_milli, own->zdcult_milli);
        } else if (e == ELEMENT_Q) {
                prefer(&b.low_milli, own->qllt_milli);
                prefer(&b.high_milli, own->qult_milli);
        } else if (e == ELEMENT_PD) {
                prefer(&b.high_milli, own->pdult_milli);
        } else if (element_interval_us(e) > 0) {
                rain_bounds(&b, s, element_interval_us(e));
        }
        if (e == ELEMENT_VT)
                b.low_milli = LEVEL_UNSET; /* too low is "battery" */
        b.reach_milli = reach(&b);
        return b;
}

static bool outside(const struct bounds *b, int64_t v)
{
        return (b->low_milli != LEVEL_UNSET && v < b->low_milli) ||
               (b->high_milli != LEVEL_UNSET && v > b->high_milli);
}

static uint32_t seconds(int64_t us)
{
        return us > 0 && us / SECOND_US <= UINT32_MAX
                       ? (uint32_t)(us / SECOND_US)
                       : 0;
}

/* Do two values so far apart in time say anything of each other? */
static bool compares(const struct check_table *t, uint32_t a_s, uint32_t b_s)
{
        int64_t apart_us = size((int64_t)a_s - b_s) * SECOND_US;

        return a_s && b_s && (t->gap_us == 0 || apart_us <= t->gap_us);
}

static uint32_t change_marks(const struct check_table *t,
                             const struct bounds *b,
                             const struct check_state *x, int64_t v,
                             uint32_t now_s)
{
        int64_t by = v - x->base_milli,
                step = by > 0 ? b->rise_milli : b->fall_milli;
        int64_t us = (now_s - x->base_s) * SECOND_US;
        uint32_t marks = 0;

        if (us < t->rate_least_us)
                us = t->rate_least_us;
        if (step != LEVEL_UNSET && size(by) > step)
                marks |= MARK_STEP;
        if (b->rate_milli != LEVEL_UNSET && us > 0 &&
            size(by) > b->rate_milli * (us / SECOND_US) / 3600)
                marks |= MARK_RATE;
        return marks;
}

/* Nothing falls, nothing blows: that may last. */
static bool may_rest(enum element e, int64_t v)
{
        return v == 0 && (element_interval_us(e) > 0 || e == ELEMENT_US ||
                          e == ELEMENT_UG);
}

/* Believed: it is what the next one is compared with. */
static uint32_t believe(const struct check_table *t,
                        const struct observation *o, struct check_state *x,
                        uint32_t now_s)
{
        int64_t stuck_us = t->element[o->element].stuck_us;
        bool same = x->base_s && x->base_milli == o->value_milli;

        if (!same)
                x->moved_s = now_s;
        x->base_s = now_s;
        x->base_milli = (int32_t)o->value_milli;
        x->other_s = 0;
        return same && stuck_us > 0 && !may_rest(o->element, o->value_milli) &&
                               (now_s - x->moved_s) * SECOND_US >= stuck_us
                       ? MARK_STUCK
                       : 0;
}

/* An earlier time than what is remembered: only its bounds are looked at,
 * and nothing moves. */
static uint32_t check_late(const struct check_table *t, const struct bounds *b,
                           const struct check_state *x, int64_t v,
                           uint32_t now_s)
{
        if (!outside(b, v))
                return 0;
        return compares(t, x->base_s, now_s) &&
                               size(v - x->base_milli) <= b->reach_milli
                       ? MARK_EXTREME
                       : MARK_RANGE;
}

uint32_t check_value(const struct check_table *t, const struct station *s,
                     const struct observation *o, struct check_state *x)
{
        struct bounds b = bounds_of(t, s, o->element);
        int64_t v = o->value_milli;
        uint32_t now_s = seconds(o->time_us), marks = 0;
        bool out = outside(&b, v), base = compares(t, x->base_s, now_s);
        bool jump = base && b.spike_milli != LEVEL_UNSET &&
                    size(v - x->base_milli) > b.spike_milli;
        bool gradual = base && size(v - x->base_milli) <= b.reach_milli;
        bool second = compares(t, x->other_s, now_s) &&
                      size(v - x->other_milli) <= b.reach_milli &&
                      (!out || v != x->other_milli);

        if (now_s < x->base_s || now_s < x->other_s)
                return check_late(t, &b, x, v, now_s);
        if (base)
                marks = change_marks(t, &b, x, v, now_s);
        if (((out && !gradual) || jump) && !second) {
                x->other_s = now_s;
                x->other_milli = (int32_t)v;
                return marks | (out ? MARK_RANGE : 0) | (jump ? MARK_SPIKE : 0);
        }
        return marks | (out ? MARK_EXTREME : 0) | believe(t, o, x, now_s);
}

uint32_t check_clock(const struct check_table *t, const struct station *s,
                     const struct observation *o, int64_t before_us,
                     int64_t before_received_us)
{
        int64_t behind_us = o->received_us - o->time_us;
        int64_t heard_us, told_us;

        if (t->ahead_us > 0 && -behind_us > t->ahead_us)
                return MARK_CLOCK;
        if (t->behind_us == 0 || before_received_us == TIME_NONE ||
            s->interval_us <= 0 || behind_us <= t->behind_us + s->interval_us)
                return 0;
        /* A backlog comes faster than it was measured; a slow clock goes
         * as ours does. */
        heard_us = o->received_us - before_received_us;
        told_us = o->time_us - before_us;
        return heard_us >= s->interval_us / 2 &&
                               size(told_us - heard_us) <= s->interval_us / 4
                       ? MARK_CLOCK
                       : 0;
}

uint32_t check_battery(const struct check_table *t, const struct station *s,
                       const struct observation *o)
{
        int64_t low = t->element[ELEMENT_VT].low_milli;

        prefer(&low, s->checks.vtllt_milli);
        return o->element == ELEMENT_VT && low != LEVEL_UNSET &&
                               o->value_milli < low
                       ? MARK_BATTERY
                       : 0;
}

void check_state_save(const struct check_state *x, struct buf *b)
{
        pack_u32(b, x->base_s);
        pack_u32(b, (uint32_t)x->base_milli);
        pack_u32(b, x->other_s);
        pack_u32(b, (uint32_t)x->other_milli);
        pack_u32(b, x->moved_s);
}

void check_state_load(struct check_state *x, struct unpack *u)
{
        x->base_s = unpack_u32(u);
        x->base_milli = (int32_t)unpack_u32(u);
        x->other_s = unpack_u32(u);
        x->other_milli = (int32_t)unpack_u32(u);
        x->moved_s = unpack_u32(u);
}
