/* sensors/counter.c -- how much a rain counter says has fallen. */
#include "sensors/counter.h"

#include "schemas/time.h"

#define PT_WRAP_MILLI INT64_C(100000000) /* 99999.9 mm and one tenth more */
#define PT_NEAR_END_MILLI INT64_C(99000000)

struct stand {
        int64_t us, milli;
};

/* What became of a counter between two points. */
enum turn { GREW, RESTARTED, SHRANK, LEAPT };

static int64_t at_most(int64_t us, int64_t per_h_milli, int64_t least_milli)
{
        int64_t limit = us / SECOND_US * per_h_milli / 3600;

        return limit < least_milli ? least_milli : limit;
}

static bool grows(int64_t milli, int64_t us)
{
        return milli <= at_most(us, COUNTER_FASTEST_MILLI_PER_H,
                                COUNTER_LEAST_LIMIT_MILLI);
}

static enum turn turn(struct stand a, struct stand b, bool wraps,
                      int64_t *ret_milli)
{
        int64_t us = b.us - a.us;

        *ret_milli = b.milli - a.milli;
        if (wraps && a.milli >= PT_NEAR_END_MILLI &&
            b.milli < PT_WRAP_MILLI - PT_NEAR_END_MILLI)
                *ret_milli += PT_WRAP_MILLI;
        if (*ret_milli >= 0)
                return grows(*ret_milli, us) ? GREW : LEAPT;
        if (b.milli * 2 >= a.milli)
                return SHRANK;
        *ret_milli = b.milli;
        return b.milli <= at_most(us, COUNTER_RESTART_MILLI_PER_H,
                                  COUNTER_RESTART_LEAST_MILLI)
                       ? RESTARTED
                       : LEAPT;
}

bool counter_is(enum element e)
{
        return e == ELEMENT_PT || e == ELEMENT_PJ;
}

bool counter_between(enum element e, int64_t a_us, int64_t a_milli,
                     int64_t b_us, int64_t b_milli, int64_t *ret_milli)
{
        struct stand a = {a_us, a_milli}, b = {b_us, b_milli};

        return turn(a, b, e == ELEMENT_PT, ret_milli) == GREW;
}

static void set_base(struct check_state *x, struct stand now)
{
        x->base_s = (uint32_t)(now.us / SECOND_US);
        x->base_milli = (int32_t)now.milli;
}

static void set_other(struct check_state *x, struct stand p)
{
        x->other_s = (uint32_t)(p.us / SECOND_US);
        x->other_milli = (int32_t)p.milli;
}

static struct stand base_of(const struct check_state *x)
{
        return (struct stand){x->base_s * SECOND_US, x->base_milli};
}

static void say(struct counter_said *ret, struct stand from, int64_t milli)
{
        ret->says = true;
        ret->begin_us = from.us;
        ret->amount_milli = milli;
}

/* Where it goes on: from the other point when it grows from there and not,
 * or by more, from the base. */
static void go_on(struct check_state *x, struct stand base, struct stand now,
                  bool wraps, struct counter_said *ret)
{
        struct stand other = {x->other_s * SECOND_US, x->other_milli};
        int64_t milli, other_milli;
        enum turn what = turn(base, now, wraps, &milli);
        bool from_other = x->other_s && now.milli >= other.milli &&
                          turn(other, now, wraps, &other_milli) == GREW &&
                          (what != GREW || other.milli > base.milli);

        if (from_other) {
                say(ret, other, other_milli);
                what = GREW;
        } else if (what == GREW || what == RESTARTED) {
                say(ret, base, milli);
        }
        if (what == LEAPT) {
                ret->marks = MARK_SPIKE;
                set_other(x, now);
                return;
        }
        x->other_s = 0;
        if (what == RESTARTED || what == SHRANK)
                set_other(x, base);
        set_base(x, now);
}

/* PJ: the day's beginning is a point of its own, at 0. */
static void day_step(struct check_state *x, struct stand now,
                     struct counter_said *ret)
{
        int64_t end_us = time_hydro_day_end(now.us);
        struct stand base = base_of(x), start = {end_us - DAY_US, 0};
        bool known = x->base_s && base.us > start.us;

        if (x->other_s && x->other_s * SECOND_US <= start.us)
                x->other_s = 0;
        if (now.us == end_us &&
            (known ? now.milli < base.milli : now.milli == 0)) {
                x->other_s = 0;
                set_base(x, now);
                return;
        }
        go_on(x, known ? base : start, now, false, ret);
}

bool counter_step(const struct observation *o, struct check_state *x,
                  struct counter_said *ret)
{
        struct stand now = {o->time_us, o->value_milli};
        int64_t now_s = o->time_us / SECOND_US;

        *ret = (struct counter_said){0};
        if (now_s <= x->base_s || now_s <= x->other_s)
                return false;
        if (o->element == ELEMENT_PJ)
                day_step(x, now, ret);
        else if (x->base_s)
                go_on(x, base_of(x), now, true, ret);
        else
                set_base(x, now);
        return true;
}
