/* alerts/expr_zone.c -- what an expression says of a zone, and of the 120
 * incidents in it or near a station.
 *
 *   count(stations in zone where CONDITION)
 *   count(incidents in zone over 30min)
 *   count(incidents within 2 km over 30min)
 *   areal(rain, 24h)
 *   max(people, 2h), sum(people, 2h)
 *
 * Thread: any; no state. */
#include "alerts/expr_part.h"

#include <stdlib.h>
#include <string.h>

static enum status need_word(struct parser *p, const char *word,
                             const char *use)
{
        if (!part_is_word(p, word))
                return part_fault(p, p->now.at, ERR_SYNTAX,
                                  "\"%s\" is missing here, as in %s", word,
                                  use);
        return part_advance(p);
}

static enum status need_zone(struct parser *p, uint32_t at, const char *what)
{
        if (p->zone)
                return OK;
        return part_fault(p, at, ERR_TYPE,
                          "%s of a zone: give the rule a \"zone\", such as "
                          "county",
                          what);
}

static enum status keep_clause(struct parser *p, struct parser *sub,
                               uint32_t at)
{
        struct expr *x = p->x, *more;
        enum status st;

        if (x->n_clauses == EXPR_CLAUSES_MAX)
                return part_fault(p, at, ERR_FULL,
                                  "at most %d counts in one expression",
                                  EXPR_CLAUSES_MAX);
        more = realloc(x->clause, (x->n_clauses + 1) * sizeof *more);
        if (!more)
                return err_set(p->e, ERR_MEMORY, "a clause");
        x->clause = more;
        st = part_finish(sub, &x->clause[x->n_clauses]);
        p->at = sub->at;
        if (st != OK)
                return st;
        if (x->clause[x->n_clauses].widest_us > x->widest_us)
                x->widest_us = x->clause[x->n_clauses].widest_us;
        x->n_clauses++;
        return OK;
}

/* The condition that a station of the zone has to meet, on its own. */
static enum status clause(struct parser *p)
{
        struct expr x = {.forecast = ELEMENT_count};
        struct parser sub = {.t = p->t,
                             .pos = p->pos,
                             .end = p->end,
                             .now = p->now,
                             .x = &x,
                             .clause = true,
                             .brackets = p->brackets,
                             .e = p->e};
        struct kind k = part_none;
        uint32_t at = p->now.at;
        enum status st = part_condition(&sub, &k);

        p->pos = sub.pos;
        p->end = sub.end;
        p->now = sub.now;
        p->at = sub.at;
        if (st == OK && !k.truth)
                st = part_fault(p, at, ERR_TYPE,
                                "what is a station to meet? Compare with a "
                                "limit, for example sum(rain, 1h) >= 50 mm");
        if (st == OK && x.ticks)
                st = part_fault(p, at, ERR_TYPE,
                                "silent stations are not counted here: kind "
                                "silence_cluster tells of them");
        if (st == OK)
                st = keep_clause(p, &sub, at);
        if (st != OK)
                part_drop(&x);
        return st;
}

static enum status count_stations(struct parser *p, struct kind *ret)
{
        static const char use[] =
                "count(stations in zone where sum(rain, 1h) >= 50 mm)";
        enum status st = need_zone(p, p->now.at, "stations are counted");

        if (st == OK)
                st = part_advance(p);
        if (st == OK)
                st = need_word(p, "in", use);
        if (st == OK)
                st = need_word(p, "zone", use);
        if (st == OK)
                st = need_word(p, "where", use);
        if (st == OK)
                st = clause(p);
        if (st != OK)
                return st;
        ret->unit = "";
        return part_emit(p, EXPR_COUNT, ELEMENT_count, p->x->n_clauses - 1);
}

/* "2 km" or "500 m", in steps of EXPR_RADIUS_M. */
static enum status take_radius(struct parser *p, uint32_t *ret)
{
        struct expr_token n = p->now;
        int64_t m = n.micro / EXPR_ONE;

        if (text_is(n.unit, "km"))
                m = n.micro / (EXPR_ONE / 1000);
        if (n.kind != EXPR_TOKEN_NUMBER ||
            !(text_is(n.unit, "km") || text_is(n.unit, "m")) ||
            m < EXPR_RADIUS_M || m > 100000 || m % EXPR_RADIUS_M)
                return part_fault(p, n.at, ERR_TYPE,
                                  "a distance is missing: 100 m to 100 km, in "
                                  "hundreds of metres");
        *ret = (uint32_t)(m / EXPR_RADIUS_M);
        return part_advance(p);
}

static enum status take_incidents(struct parser *p, enum expr_code code,
                                  uint32_t radius, struct kind *ret)
{
        int64_t window_us = 0;
        enum status st = part_window(p, &window_us);

        if (st != OK)
                return st;
        p->x->ticks = true;
        p->x->incidents = true;
        ret->unit = "";
        return part_emit(p, code, (enum element)radius, window_us);
}

static enum status count_incidents(struct parser *p, struct kind *ret)
{
        static const char use[] = "count(incidents within 2 km over 30min)";
        uint32_t radius = 0, at = p->now.at;
        bool near;
        enum status st = part_advance(p);

        if (st != OK)
                return st;
        near = part_is_word(p, "within");
        if (near) {
                st = part_advance(p);
                if (st == OK)
                        st = take_radius(p, &radius);
        } else {
                st = need_word(p, "in", use);
                if (st == OK)
                        st = need_word(p, "zone", use);
                if (st == OK)
                        st = need_zone(p, at, "these are incidents");
        }
        if (st == OK)
                st = need_word(p, "over", use);
        return st == OK ? take_incidents(p, EXPR_INCIDENTS, radius, ret) : st;
}

enum status part_count(struct parser *p, struct kind *ret)
{
        if (p->clause)
                return part_fault(p, p->now.at, ERR_TYPE,
                                  "a count stands inside a count");
        if (part_is_word(p, "stations"))
                return count_stations(p, ret);
        if (part_is_word(p, "incidents"))
                return count_incidents(p, ret);
        return part_fault(p, p->now.at, ERR_SYNTAX,
                          "what is counted? \"stations in zone where ...\" or "
                          "\"incidents within 2 km over 30min\"");
}

enum status part_areal(struct parser *p, struct kind *ret)
{
        enum status st = need_zone(p, p->now.at, "areal rain is");

        if (st == OK && !part_is_word(p, "rain"))
                return part_fault(p, p->now.at, ERR_SYNTAX,
                                  "\"rain\" is missing here, as in "
                                  "areal(rain, 24h)");
        return st == OK ? part_rain(p, EXPR_AREAL, ret) : st;
}

enum status part_people(struct parser *p, bool most, struct kind *ret)
{
        enum status st = need_zone(p, p->now.at, "people are told");

        if (st == OK)
                st = part_advance(p);
        if (st == OK)
                st = part_expect(p, ",", "before the length of time");
        if (st != OK)
                return st;
        return take_incidents(p, most ? EXPR_PEOPLE_MOST : EXPR_PEOPLE, 0, ret);
}
