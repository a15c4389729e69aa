/* schemas/wire/check.c -- a check table as JSON.
 *
 * Thread: any; no state. */
#include "schemas/wire/check.h"

#include "schemas/record.h"
#include "schemas/time.h"
#include "schemas/wire/json.h"

static enum status only_known(const struct json *j, const char *where,
                              const char *const *known, struct err *e)
{
        const struct json *x;
        const char *const *k;

        if (!json_is_object(j))
                return err_set(e, ERR_TYPE, "%s must be an object", where);
        for (x = json_first(j); x; x = json_next(x)) {
                struct text key = json_key(x);

                for (k = known; *k && !text_is(key, *k); k++)
                        ;
                if (!*k)
                        return err_set(e, ERR_UNKNOWN,
                                       "%s: unknown field \"%.*s\": remove it "
                                       "or mend its spelling (docs/quality.md)",
                                       where, (int)(key.n > 40 ? 40 : key.n),
                                       key.p);
        }
        return OK;
}

/* A number in thousandths; *ret stays when it is absent. */
static enum status opt_milli(const struct json *j, const char *where,
                             const char *key, int64_t low, int64_t *ret,
                             struct err *e)
{
        const struct json *x = json_get(j, key);
        int64_t v;

        if (!x)
                return OK;
        if (!json_milli(x, &v))
                return err_set(e, ERR_TYPE, "%s: \"%s\" must be a number",
                               where, key);
        if (v < low)
                return err_set(e, ERR_RANGE, "%s: \"%s\" is too small", where,
                               key);
        *ret = v;
        return OK;
}

/* A whole number times unit; *ret stays when it is absent. */
static enum status opt_whole(const struct json *j, const char *where,
                             const char *key, int64_t low, int64_t high,
                             int64_t unit, int64_t *ret, struct err *e)
{
        const struct json *x = json_get(j, key);
        int64_t v;

        if (!x)
                return OK;
        if (!json_i64(x, &v))
                return err_set(e, ERR_TYPE, "%s: \"%s\" must be a whole number",
                               where, key);
        if (v < low || v > high)
                return err_set(e, ERR_RANGE,
                               "%s: \"%s\" is %lld: give %lld to %lld", where,
                               key, (long long)v, (long long)low,
                               (long long)high);
        *ret = v * unit;
        return OK;
}

static enum status read_element(const struct json *j, struct check_table *t,
                                bool seen[ELEMENT_count], struct err *e)
{
        static const char *const known[] = {
                "element", "low",     "high",   "step",       "rate_per_h",
                "spike",   "stuck_s", "source", "unverified", NULL};
        enum status st = only_known(j, "an element", known, e);
        struct check_element *x;
        enum element element;
        const char *name;

        if (st != OK)
                return st;
        if (!element_from(json_text(json_get(j, "element")), &element))
                return err_set(e, ERR_UNKNOWN_ELEMENT,
                               "\"element\" is none of ours");
        name = element_name(element);
        if (seen[element])
                return err_set(e, ERR_DUPLICATE, "%s stands twice", name);
        seen[element] = true;
        x = &t->element[element];
        st = opt_milli(j, name, "low", INT64_MIN + 1, &x->low_milli, e);
        if (st == OK)
                st = opt_milli(j, name, "high", INT64_MIN + 1, &x->high_milli,
                               e);
        if (st == OK)
                st = opt_milli(j, name, "step", 0, &x->step_milli, e);
        if (st == OK)
                st = opt_milli(j, name, "rate_per_h", 0, &x->rate_milli, e);
        if (st == OK)
                st = opt_milli(j, name, "spike", 0, &x->spike_milli, e);
        if (st == OK)
                st = opt_whole(j, name, "stuck_s", 60, 31622400, SECOND_US,
                               &x->stuck_us, e);
        if (st == OK && x->low_milli != LEVEL_UNSET &&
            x->high_milli != LEVEL_UNSET && x->low_milli > x->high_milli)
                st = err_set(e, ERR_RANGE, "%s: \"low\" is above \"high\"",
                             name);
        return st;
}

static enum status read_elements(const struct json *j, struct check_table *t,
                                 struct err *e)
{
        bool seen[ELEMENT_count] = {false};
        const struct json *x;
        enum status st = OK;

        if (j && !json_is_array(j))
                return err_set(e, ERR_TYPE, "\"elements\" must be an array");
        for (x = json_first(j); x && st == OK; x = json_next(x))
                st = read_element(x, t, seen, e);
        return st;
}

static enum status read_window(const struct json *j, struct check_window *w,
                               struct err *e)
{
        static const char *const known[] = {"window_s", "dry",   "wet",
                                            "pour",     "quiet", NULL};
        const char *at = "a window";
        enum status st = only_known(j, at, known, e);
        const char *const *k;

        for (k = known; st == OK && *k; k++)
                if (!json_get(j, *k))
                        st = err_set(e, ERR_MISSING, "%s: \"%s\" is missing",
                                     at, *k);
        if (st == OK)
                st = opt_whole(j, at, "window_s", 600, 86400, SECOND_US,
                               &w->window_us, e);
        if (st == OK)
                st = opt_milli(j, at, "dry", 0, &w->dry_milli, e);
        if (st == OK)
                st = opt_milli(j, at, "wet", 1, &w->wet_milli, e);
        if (st == OK)
                st = opt_milli(j, at, "pour", 1, &w->pour_milli, e);
        if (st == OK)
                st = opt_milli(j, at, "quiet", 0, &w->quiet_milli, e);
        if (st == OK &&
            (w->dry_milli >= w->wet_milli || w->quiet_milli >= w->pour_milli))
                st = err_set(e, ERR_RANGE,
                             "%s: \"dry\" must be below \"wet\", \"quiet\" "
                             "below \"pour\"",
                             at);
        return st;
}

static enum status read_neighbours(const struct json *j, struct check_table *t,
                                   struct err *e)
{
        static const char *const known[] = {
                "distance_m", "least", "windows", "source", "unverified", NULL};
        const char *at = "\"neighbours\"";
        const struct json *x;
        int64_t least = 3;
        enum status st = j ? only_known(j, at, known, e) : OK;

        if (st == OK)
                st = opt_whole(j, at, "distance_m", 100, 200000, 1,
                               &t->around_m, e);
        if (st == OK)
                st = opt_whole(j, at, "least", 1, AROUND_MAX, 1, &least, e);
        t->around_least = (uint32_t)least;
        for (x = json_first(json_get(j, "windows")); x && st == OK;
             x = json_next(x)) {
                if (t->n_windows == CHECK_WINDOWS_MAX)
                        return err_set(e, ERR_FULL, "at most %d windows",
                                       CHECK_WINDOWS_MAX);
                st = read_window(x, &t->window[t->n_windows++], e);
        }
        return st;
}

static enum status read_clock(const struct json *j, struct check_table *t,
                              struct err *e)
{
        static const char *const known[] = {"ahead_s", "behind_s", "source",
                                            "unverified", NULL};
        const char *at = "\"clock\"";
        enum status st = j ? only_known(j, at, known, e) : OK;

        if (st == OK)
                st = opt_whole(j, at, "ahead_s", 1, 86400, SECOND_US,
                               &t->ahead_us, e);
        if (st == OK)
                st = opt_whole(j, at, "behind_s", 1, 86400, SECOND_US,
                               &t->behind_us, e);
        return st;
}

static enum status read_babble(const struct json *j, struct check_table *t,
                               struct err *e)
{
        static const char *const known[] = {"window_s", "times",      "least",
                                            "source",   "unverified", NULL};
        const char *at = "\"babble\"";
        int64_t times = 10, least = 60;
        enum status st = j ? only_known(j, at, known, e) : OK;

        if (st == OK)
                st = opt_whole(j, at, "window_s", 60, 86400, SECOND_US,
                               &t->babble_window_us, e);
        if (st == OK)
                st = opt_whole(j, at, "times", 1, 1000, 1, &times, e);
        if (st == OK)
                st = opt_whole(j, at, "least", 1, 1000000, 1, &least, e);
        t->babble_times = (uint32_t)times;
        t->babble_least = (uint32_t)least;
        return st;
}

static enum status read_table(const struct json *j, struct check_table *t,
                              struct err *e)
{
        static const char *const known[] = {
                "$schema",  "what",       "name",   "version",
                "text",     "clock",      "gap_s",  "rate_least_s",
                "elements", "neighbours", "babble", NULL};
        const char *at = "a check table";
        int64_t version = 0;
        enum status st;

        st = only_known(j, at, known, e);
        if (st == OK && !text_is(json_text(json_get(j, "what")), "checks"))
                st = err_set(e, ERR_MISMATCH, "\"what\" must be \"checks\"");
        if (st == OK)
                st = json_need_text(j, "name", t->name, sizeof t->name, e);
        if (st == OK)
                st = json_need_i64(j, "version", &version, e);
        if (st == OK && (version < 1 || version > 1000000000))
                st = err_set(e, ERR_RANGE, "\"version\": give 1 or more");
        t->version = (uint32_t)version;
        if (st == OK)
                st = opt_whole(j, at, "gap_s", 60, 864000, SECOND_US,
                               &t->gap_us, e);
        if (st == OK)
                st = opt_whole(j, at, "rate_least_s", 1, 86400, SECOND_US,
                               &t->rate_least_us, e);
        if (st == OK)
                st = read_clock(json_get(j, "clock"), t, e);
        if (st == OK)
                st = read_elements(json_get(j, "elements"), t, e);
        if (st == OK)
                st = read_neighbours(json_get(j, "neighbours"), t, e);
        if (st == OK)
                st = read_babble(json_get(j, "babble"), t, e);
        return st;
}

enum status wire_checks_decode(struct text body, struct check_table *ret,
                               struct err *e)
{
        struct check_table t;
        struct json *j = NULL;
        enum status st = json_parse(body, RECORD_BODY_MAX, &j, e);

        if (st != OK)
                return st;
        check_table_clear(&t);
        st = read_table(j, &t, e);
        json_free(j);
        if (st == OK)
                *ret = t;
        return st;
}
