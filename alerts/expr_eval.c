/* alerts/expr_eval.c -- an expression judged on a station's data at an
 * instant.
 *
 * In:     the station's series and rain up to the instant; nothing later is
 *         looked at, so that the past can be judged again.
 * Out:    yes, no, cannot say, or no threshold set; twice: as written, and
 *         with each limit eased by the slack (the hysteresis).
 * Holds:  a value is held for two reporting intervals of its station, at
 *         least an hour; after that nothing is known of it.  A window with
 *         less than nine tenths of its data is known from one side only.
 * Source: docs/rules.md#expressions.
 * Thread: any; no state. */
#include "alerts/expr.h"
#include "alerts/inside.h"

#define LOWEST INT64_MIN  /* nothing is known below */
#define HIGHEST INT64_MAX /* nor above */
#define MICRO 1000        /* millionths in a thousandth */

struct number {
        bool set; /* false: the station has no such threshold */
        int64_t low, high;
};

struct verdict {
        enum truth strict, relaxed;
};

struct machine {
        const struct expr_data *d;
        int64_t slack; /* millionths */
        struct number number[EXPR_DEPTH_MAX + 1];
        struct verdict truth[EXPR_DEPTH_MAX + 1];
        uint32_t numbers, truths;
        struct expr_result *result;
        bool shown, shown_holds;
};

static struct number exactly(int64_t micro)
{
        return (struct number){true, micro, micro};
}

static const struct number anything = {true, LOWEST, HIGHEST};

static int64_t to_micro(int64_t milli)
{
        int64_t micro;

        if (__builtin_mul_overflow(milli, (int64_t)MICRO, &micro))
                return milli < 0 ? LOWEST : HIGHEST;
        return micro;
}

/* ---- what is known of a station ---- */

static int64_t held_us(const struct station *s)
{
        return 2 * s->interval_us > HOUR_US ? 2 * s->interval_us : HOUR_US;
}

/* A reservoir's level may come as ZU, a gust as US. */
static const struct series *series_of(const struct expr_data *d,
                                      enum element el)
{
        const struct series *x = NULL;

        if (el == ELEMENT_US && d->station->wind_is_gust)
                return NULL;
        if (el == ELEMENT_Z && d->u->level_element != ELEMENT_count)
                el = d->u->level_element;
        x = level_series_find(d->u, el);
        if (!x && el == ELEMENT_UG && d->station->wind_is_gust)
                x = level_series_find(d->u, ELEMENT_US);
        return x;
}

/* The value in force at an instant: the last one, while it is held. */
static const struct sample *sample_at(const struct series *x, int64_t at_us,
                                      int64_t hold_us)
{
        uint32_t i = x ? level_series_after(x, at_us) : 0;

        if (i == 0 || x->at[i - 1].time_us < at_us - hold_us)
                return NULL;
        return &x->at[i - 1];
}

static struct number value_at(const struct expr_data *d, enum element el)
{
        const struct sample *s =
                sample_at(series_of(d, el), d->at_us, held_us(d->station));

        return s ? exactly(to_micro(s->value_milli)) : anything;
}

static struct number rain_sum(const struct expr_data *d, int64_t window_us)
{
        int64_t covered = 0;
        int64_t sum =
                window_rain_sum(&d->u->rain, d->at_us, window_us, &covered);
        struct number n = exactly(to_micro(sum));

        if (covered * 10 < window_us * 9)
                n.high = HIGHEST;
        return n;
}

/* Has the window nine tenths of the values it should have? */
static bool is_covered(const struct station *s, uint32_t n, int64_t window_us)
{
        if (s->interval_us <= 0)
                return n > 0;
        return n * s->interval_us * 10 >= window_us * 9;
}

static struct number window_of(const struct expr_data *d,
                               const struct expr_op *op)
{
        const struct series *x = series_of(d, (enum element)op->element);
        uint32_t i = x ? level_series_after(x, d->at_us - op->value) : 0;
        uint32_t n = (x ? level_series_after(x, d->at_us) : 0) - i, k;
        int64_t low = INT64_MAX, high = INT64_MIN, sum = 0;
        bool covered = is_covered(d->station, n, op->value);

        if (n == 0)
                return anything;
        for (k = i; k < i + n; k++) {
                int64_t v = x->at[k].value_milli;

                low = v < low ? v : low;
                high = v > high ? v : high;
                sum += v;
        }
        if (op->code == EXPR_MAX)
                return (struct number){true, to_micro(high),
                                       covered ? to_micro(high) : HIGHEST};
        if (op->code == EXPR_MIN)
                return (struct number){true, covered ? to_micro(low) : LOWEST,
                                       to_micro(low)};
        if (!covered)
                return anything;
        return exactly((int64_t)((__int128)sum * MICRO / n));
}

/* From the value a window ago to the one in force, per hour if asked. */
static struct number change_of(const struct expr_data *d,
                               const struct expr_op *op)
{
        const struct series *x = series_of(d, (enum element)op->element);
        int64_t hold_us = held_us(d->station);
        const struct sample *b = sample_at(x, d->at_us, hold_us);
        const struct sample *a = sample_at(x, d->at_us - op->value, hold_us);
        const int64_t hour_us = HOUR_US;
        int64_t change;

        if (!a || !b || b->time_us <= a->time_us)
                return anything;
        change = to_micro(b->value_milli - a->value_milli);
        if (op->code == EXPR_RATE)
                change = (int64_t)((__int128)change * hour_us /
                                   (b->time_us - a->time_us));
        return exactly(change);
}

/* Dry days up to the last complete day. */
static struct number dry_days(const struct expr_data *d, int64_t effective)
{
        int64_t end = time_hydro_day_end(d->at_us);
        int64_t day = end / DAY_US - (end > d->at_us);
        const struct days *days = &d->u->days;
        struct number dry;
        bool unsure;

        if (days->n == 0 || day < days->first || day >= days->first + days->n)
                return anything;
        dry = exactly(drought_count(days, day, effective, &unsure) * EXPR_ONE);
        if (unsure)
                dry.high = HIGHEST;
        return dry;
}

/* The highest of the steps within the window after the run's issue, or all
 * the rain of those that lie wholly in it. */
static struct number forecast_of(const struct expr_data *d,
                                 const struct expr_op *op)
{
        bool rain = op->element == ELEMENT_PJ;
        int64_t until_us = d->at_us + op->value, begin, v = 0;
        uint32_t i;

        if (!d->run || d->steps == 0)
                return anything;
        begin = d->run->begin_us;
        for (i = 0; i < d->steps && d->run->step[i].valid_us <= until_us; i++) {
                const struct forecast_step *x = &d->run->step[i];

                if (rain)
                        v += begin >= d->at_us && begin < x->valid_us
                                     ? x->value_milli
                                     : 0;
                else if (i == 0 || x->value_milli > v)
                        v = x->value_milli;
                begin = x->valid_us;
        }
        return i ? exactly(to_micro(v)) : anything;
}

/* ---- of a zone, and of incidents ---- */

/* How many of its stations meet a condition: those that do, up to those
 * that might. */
static struct number zone_count(const struct expr_data *d, uint32_t clause)
{
        struct number n = exactly(0);
        uint32_t i;

        for (i = 0; i < d->u->n_station_at; i++) {
                uint32_t at = d->u->station_at[i];
                const struct station *s = &d->places->stations[at];
                enum truth t;

                if (!s->active || !zone_holds_station(d->u->code, s))
                        continue;
                t = where_truth(d->engine, s, d->engine->stations[at], d,
                                clause);
                n.low += t == TRUTH_YES ? EXPR_ONE : 0;
                n.high +=
                        t == TRUTH_YES || t == TRUTH_CANNOT_SAY ? EXPR_ONE : 0;
        }
        return n;
}

/* The mean of the gauges' sums; docs/formulas.md#areal-rain.  Gauges that
 * sent nothing within the window are left out. */
static struct number zone_areal(const struct expr_data *d, int64_t window_us)
{
        int64_t sum = 0, n = 0, covered, one;
        bool whole = true;
        uint32_t i;

        for (i = 0; i < d->u->n_station_at; i++) {
                uint32_t at = d->u->station_at[i];
                const struct station *s = &d->places->stations[at];
                const struct rain *r = &d->engine->stations[at]->rain;

                if (!s->active || !zone_holds_station(d->u->code, s) || !r->n)
                        continue;
                covered = 0;
                one = window_rain_sum(r, d->at_us, window_us, &covered);
                if (covered == 0)
                        continue;
                sum += one;
                n++;
                whole &= covered * 10 >= window_us * 9;
        }
        if (n == 0)
                return anything;
        return (struct number){true, to_micro(sum) / n,
                               whole ? to_micro(sum) / n : HIGHEST};
}

static struct number incidents(const struct expr_data *d,
                               const struct expr_op *op)
{
        int64_t m = (int64_t)op->element * EXPR_RADIUS_M;
        struct call_sums c = {0, 0, 0};

        if (d->station)
                c.n = calls_near(d->engine, d->station->at, d->at_us, op->value,
                                 m);
        else if (m)
                c.n = calls_crowd(d->engine, d->u->code, d->at_us, op->value,
                                  m);
        else
                calls_in_zone(d->engine, d->u->code, d->at_us, op->value, &c);
        if (op->code == EXPR_PEOPLE)
                c.n = c.people;
        if (op->code == EXPR_PEOPLE_MOST)
                c.n = c.most;
        return exactly(c.n * EXPR_ONE);
}

/* Nothing came for so many reporting intervals, while the broker was up. */
static enum truth silent(const struct expr_data *d, int64_t intervals)
{
        const struct engine *g = d->engine;
        int64_t from = d->u->seen_us;

        if (from == TIME_NONE || d->station->interval_us <= 0)
                return TRUTH_NOT_SET;
        if (!g->broker_up)
                return TRUTH_CANNOT_SAY;
        if (g->broker_up_us > from)
                from = g->broker_up_us;
        return d->at_us - from >= intervals * d->station->interval_us
                       ? TRUTH_YES
                       : TRUTH_NO;
}

static struct number station_level(const struct expr_data *d,
                                   enum line_base base)
{
        struct rule_line line = {.base = base};
        int64_t milli = level_threshold(d->station, &line, d->at_us);

        if (milli == LEVEL_UNSET)
                return (struct number){false, 0, 0};
        return exactly(to_micro(milli));
}

/* ---- arithmetic on what is known ---- */

static bool is_open(int64_t v)
{
        return v == LOWEST || v == HIGHEST;
}

/* a + b; open, if one of them is. */
static int64_t plus(int64_t a, int64_t b, int64_t open)
{
        int64_t sum;

        if (is_open(a) || is_open(b) || __builtin_add_overflow(a, b, &sum))
                return open;
        return sum;
}

static struct number negate(struct number n)
{
        int64_t low = n.high == HIGHEST ? LOWEST : -n.high;

        n.high = n.low == LOWEST ? HIGHEST : -n.low;
        n.low = low;
        return n;
}

static struct number add(struct number a, struct number b)
{
        return (struct number){a.set && b.set, plus(a.low, b.low, LOWEST),
                               plus(a.high, b.high, HIGHEST)};
}

/* v * num / den of millionths; open when it does not fit. */
static int64_t scaled(int64_t v, int64_t num, int64_t den, int64_t open)
{
        __int128 x;

        if (is_open(v) || den == 0)
                return open;
        x = (__int128)v * num / den;
        if (x <= INT64_MIN || x >= INT64_MAX)
                return open;
        return (int64_t)x;
}

static struct number scale(struct number n, int64_t num, int64_t den)
{
        if ((num < 0) != (den < 0)) {
                n = negate(n);
                num = -num;
        }
        n.low = scaled(n.low, num, den, LOWEST);
        n.high = scaled(n.high, num, den, HIGHEST);
        return n;
}

/* ---- comparing ---- */

/* Is a >= b, or a > b? */
static enum truth reaches(struct number a, struct number b, bool above)
{
        if (!a.set || !b.set)
                return TRUTH_NOT_SET;
        if (!is_open(a.low) && !is_open(b.high) &&
            (a.low > b.high || (!above && a.low == b.high)))
                return TRUTH_YES;
        if (!is_open(a.high) && !is_open(b.low) &&
            (a.high < b.low || (above && a.high == b.low)))
                return TRUTH_NO;
        return TRUTH_CANNOT_SAY;
}

static int64_t shown_milli(struct number n)
{
        int64_t v = n.low != LOWEST ? n.low : n.high;

        return !n.set || is_open(v) ? 0 : v / MICRO;
}

/* As it was sent, so that its row can be found. */
static enum element shown_element(const struct expr_data *d,
                                  const struct expr_op *op)
{
        const struct series *x;

        if (op->element == ELEMENT_PJ)
                return window_element(op->value);
        x = d->station && op->element < ELEMENT_count
                    ? series_of(d, (enum element)op->element)
                    : NULL;
        return x ? x->element : (enum element)op->element;
}

/* The alert shows the first comparison that holds. */
static void show(struct machine *m, const struct expr_op *op, struct number a,
                 struct number b, enum truth t)
{
        bool holds = t == TRUTH_YES;

        if (m->shown && (m->shown_holds || !holds))
                return;
        m->shown = true;
        m->shown_holds = holds;
        m->result->value_milli = shown_milli(a);
        m->result->threshold_milli = shown_milli(b);
        m->result->element = shown_element(m->d, op);
        /* A zone has no slots of its own, a forecast none yet. */
        m->result->window_us = m->d->station && !m->d->run ? op->value : 0;
}

static struct number eased(struct number n, int64_t slack)
{
        struct number e = add(n, exactly(slack));

        /* Where there is no room for the slack it makes no difference. */
        return (struct number){n.set, is_open(e.low) ? n.low : e.low,
                               is_open(e.high) ? n.high : e.high};
}

static void compare(struct machine *m, const struct expr_op *op)
{
        struct number b = m->number[--m->numbers];
        struct number a = m->number[--m->numbers];
        bool above = op->code == EXPR_ABOVE || op->code == EXPR_BELOW;
        bool down = op->code == EXPR_AT_MOST || op->code == EXPR_BELOW;
        struct number big = down ? b : a, small = down ? a : b;
        struct verdict v;

        v.strict = reaches(big, small, above);
        big = eased(big, op->slack * m->slack);
        v.relaxed = reaches(big, small, above);
        show(m, op, a, b, v.strict);
        m->truth[m->truths++] = v;
}

/* A threshold that is not set takes no part: one side of "or" is then the
 * other side, and "and" cannot hold. */
static enum truth both(enum truth a, enum truth b)
{
        if (a == TRUTH_NO || b == TRUTH_NO)
                return TRUTH_NO;
        return a < b ? a : b;
}

static enum truth either(enum truth a, enum truth b)
{
        return a > b ? a : b;
}

static enum truth opposite(enum truth a)
{
        if (a == TRUTH_YES || a == TRUTH_NO)
                return a == TRUTH_YES ? TRUTH_NO : TRUTH_YES;
        return a;
}

/* ---- the machine ---- */

static void push(struct machine *m, struct number n)
{
        m->number[m->numbers++] = n;
}

static void step_data(struct machine *m, const struct expr_op *op)
{
        switch ((enum expr_code)op->code) {
        case EXPR_NUMBER:
                push(m, exactly(op->value));
                break;
        case EXPR_VALUE:
                push(m, value_at(m->d, (enum element)op->element));
                break;
        case EXPR_SUM:
                push(m, rain_sum(m->d, op->value));
                break;
        case EXPR_RATE:
        case EXPR_CHANGE:
                push(m, change_of(m->d, op));
                break;
        case EXPR_DRY_DAYS:
                push(m, dry_days(m->d, op->value));
                break;
        case EXPR_STATION:
                push(m, station_level(m->d, (enum line_base)op->value));
                break;
        case EXPR_FORECAST:
                push(m, forecast_of(m->d, op));
                break;
        case EXPR_COUNT:
                push(m, zone_count(m->d, (uint32_t)op->value));
                break;
        case EXPR_AREAL:
                push(m, zone_areal(m->d, op->value));
                break;
        case EXPR_INCIDENTS:
        case EXPR_PEOPLE:
        case EXPR_PEOPLE_MOST:
                push(m, incidents(m->d, op));
                break;
        default:
                push(m, window_of(m->d, op));
                break;
        }
}

static void step_arithmetic(struct machine *m, const struct expr_op *op)
{
        struct number *top = &m->number[m->numbers - 1], *below = top - 1;
        struct number factor, n;

        if (op->code == EXPR_NEGATE) {
                *top = negate(*top);
                return;
        }
        m->numbers--;
        switch ((enum expr_code)op->code) {
        case EXPR_ADD:
                *below = add(*below, *top);
                break;
        case EXPR_SUBTRACT:
                *below = add(*below, negate(*top));
                break;
        case EXPR_TIMES:
                factor = op->value ? *below : *top;
                n = op->value ? *top : *below;
                *below = scale(n, factor.low, EXPR_ONE);
                break;
        default:
                *below = scale(*below, EXPR_ONE, top->low);
                break;
        }
}

static void step_truth(struct machine *m, const struct expr_op *op)
{
        struct verdict *top, *below;
        enum truth t;

        if (op->code == EXPR_SEASON || op->code == EXPR_SILENT) {
                t = op->code == EXPR_SILENT ? silent(m->d, op->value)
                    : time_in_season(m->d->at_us, (int)(op->value / 10000),
                                     (int)(op->value % 10000))
                            ? TRUTH_YES
                            : TRUTH_NO;
                m->truth[m->truths++] = (struct verdict){t, t};
                return;
        }
        top = &m->truth[m->truths - 1];
        if (op->code == EXPR_NOT) {
                top->strict = opposite(top->strict);
                top->relaxed = opposite(top->relaxed);
                return;
        }
        below = top - 1;
        m->truths--;
        if (op->code == EXPR_AND) {
                below->strict = both(below->strict, top->strict);
                below->relaxed = both(below->relaxed, top->relaxed);
        } else {
                below->strict = either(below->strict, top->strict);
                below->relaxed = either(below->relaxed, top->relaxed);
        }
}

void expr_judge(const struct expr *x, const struct expr_data *d,
                int64_t slack_milli, struct expr_result *ret)
{
        struct machine m = {
                .d = d, .slack = to_micro(slack_milli), .result = ret};
        uint32_t i;

        *ret = (struct expr_result){.element = ELEMENT_count};
        for (i = 0; i < x->n_ops; i++) {
                const struct expr_op *op = &x->op[i];

                switch ((enum expr_code)op->code) {
                case EXPR_NEGATE:
                case EXPR_ADD:
                case EXPR_SUBTRACT:
                case EXPR_TIMES:
                case EXPR_OVER:
                        step_arithmetic(&m, op);
                        break;
                case EXPR_AT_LEAST:
                case EXPR_ABOVE:
                case EXPR_AT_MOST:
                case EXPR_BELOW:
                        compare(&m, op);
                        break;
                case EXPR_SEASON:
                case EXPR_SILENT:
                case EXPR_NOT:
                case EXPR_AND:
                case EXPR_OR:
                        step_truth(&m, op);
                        break;
                default:
                        step_data(&m, op);
                        break;
                }
        }
        ret->strict = m.truth[0].strict;
        ret->relaxed = m.truth[0].relaxed;
}
