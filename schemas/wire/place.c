/* schemas/wire/place.c -- places as import records and as API objects. */
#include "schemas/wire/place.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/geo.h"
#include "schemas/record.h"
#include "schemas/time.h"

#define RINGS_MAX 4096u
#define DEFAULT_NEAR_MILLI 300
#define DEFAULT_INTERVAL_S 300
#define INTERVAL_MAX_S 604800

/* ---- stations ---- */

static void put_mmdd(struct json_out *o, const char *key, int mmdd)
{
        char text[6] = "00-00";

        text[0] = (char)('0' + mmdd / 1000 % 10);
        text[1] = (char)('0' + mmdd / 100 % 10);
        text[3] = (char)('0' + mmdd / 10 % 10);
        text[4] = (char)('0' + mmdd % 10);
        json_put_str(o, key, text);
}

static void put_seasons(struct json_out *o, const struct station *s)
{
        uint32_t i;

        json_open_array(o, "FSLTDZ");
        for (i = 0; i < s->n_seasons; i++) {
                json_open(o, NULL);
                put_mmdd(o, "from", s->season[i].begin_mmdd);
                put_mmdd(o, "to", s->season[i].end_mmdd);
                json_put_milli(o, "limit", s->season[i].fsltdz_milli);
                json_close(o);
        }
        json_close_array(o);
}

/* What is as by default is left out. */
static void put_terminal(struct json_out *o, const struct station *s)
{
        const struct sl651_options *t = &s->terminal;

        json_put_str(o, "sl651", s->sl651);
        if (s->vendor_id[0])
                json_put_str(o, "vendor_id", s->vendor_id);
        if (s->via[0])
                json_put_str(o, "via", s->via);
        if (t->password >= 0)
                json_put_i64(o, "sl651_password", t->password);
        if (t->centre)
                json_put_i64(o, "sl651_centre", t->centre);
        if (t->slots != SL651_SLOTS_AUTO)
                json_put_str(o, "sl651_slots", sl651_slots_name(t->slots));
        if (t->mode != SL651_M2)
                json_put_str(o, "sl651_mode", sl651_mode_name(t->mode));
        if (t->vendor[0])
                json_put_str(o, "sl651_vendor", t->vendor);
        if (t->ask)
                json_put_bool(o, "sl651_ask", true);
        if (t->amends)
                json_put_bool(o, "sl651_amends", true);
}

static void put_checks(struct json_out *o, const struct station_checks *c)
{
#define X(field, key, help)                  \
        if (c->field##_milli != LEVEL_UNSET) \
                json_put_milli(o, key, c->field##_milli);
        STATION_CHECKS(X)
#undef X
}

/* Dykes, low water and the station upstream; what is not set is left out. */
static void put_reach(struct json_out *o, const struct station *s)
{
        if (s->ldkel_milli != LEVEL_UNSET)
                json_put_milli(o, "LDKEL", s->ldkel_milli);
        if (s->rdkel_milli != LEVEL_UNSET)
                json_put_milli(o, "RDKEL", s->rdkel_milli);
        if (s->laz_milli != LEVEL_UNSET)
                json_put_milli(o, "LAZ", s->laz_milli);
        if (!s->upstream[0])
                return;
        json_put_str(o, "UPSTCD", s->upstream);
        json_put_milli(o, "AVTRTM", s->travel_us / (HOUR_US / 1000));
}

void wire_catchments_put(struct json_out *o, const struct station *s)
{
        uint32_t i;

        json_open_array(o, "catchments");
        for (i = 0; i < CATCHMENTS_MAX && s->catchment[i][0]; i++)
                json_put_str(o, NULL, s->catchment[i]);
        json_close_array(o);
}

void wire_station_encode(const struct station *s, struct buf *b)
{
        struct json_out o = json_out(b);

        json_open(&o, NULL);
        json_put_str(&o, "what", "station");
        json_put_str(&o, "code", s->code);
        json_put_str(&o, "name", s->name);
        json_put_str(&o, "name_en", s->name_en);
        json_put_str(&o, "kind", station_kind_name(s->kind));
        json_put_degree(&o, "lon", s->at.lon_deg);
        json_put_degree(&o, "lat", s->at.lat_deg);
        json_put_str(&o, "town", s->town);
        json_put_str(&o, "county", s->county);
        wire_catchments_put(&o, s);
        json_put_str(&o, "river", s->river);
        json_put_str(&o, "river_en", s->river_en);
        json_put_str(&o, "datum", s->datum);
        wire_level_put(&o, "WRZ", s->wrz_milli);
        wire_level_put(&o, "GRZ", s->grz_milli);
        wire_level_put(&o, "OBHTZ", s->obhtz_milli);
        put_reach(&o, s);
        json_put_milli(&o, "near", s->near_milli);
        put_seasons(&o, s);
        json_put_i64(&o, "interval_s", s->interval_us / SECOND_US);
        json_put_str(&o, "wind", s->wind_is_gust ? "gust" : "mean");
        put_terminal(&o, s);
        put_checks(&o, &s->checks);
        json_put_bool(&o, "levels_synthetic", s->levels_synthetic);
        json_put_bool(&o, "active", s->active);
        json_close(&o);
}

static enum status need_coordinate(const struct json *j, const char *key,
                                   double limit, double *ret, struct err *e)
{
        const struct json *v = json_get(j, key);

        if (!v)
                return err_set(e, ERR_MISSING, "\"%s\" is missing", key);
        if (!json_is_number(v))
                return err_set(e, ERR_TYPE, "\"%s\" must be a number", key);
        if (!(fabs(json_double(v)) <= limit))
                return err_set(e, ERR_RANGE,
                               "\"%s\" is %g, want degrees within +-%g", key,
                               json_double(v), limit);
        *ret = json_double(v);
        return OK;
}

static enum status need_point(const struct json *j, struct point *ret,
                              struct err *e)
{
        enum status st = need_coordinate(j, "lon", 180, &ret->lon_deg, e);

        return st != OK ? st : need_coordinate(j, "lat", 90, &ret->lat_deg, e);
}

static enum status need_code(const struct json *j, const char *key, char *dst,
                             size_t cap, struct err *e)
{
        enum status st = json_need_text(j, key, dst, cap, e);

        if (st == OK && !text_is_code(text_of(dst), cap - 1))
                return err_set(e, ERR_SYNTAX,
                               "\"%s\" is \"%.40s\", want [A-Za-z0-9_-]", key,
                               dst);
        return st;
}

/* A zone code is "" or exactly so many digits. */
static enum status opt_digits(const struct json *j, const char *key, char *dst,
                              size_t cap, struct err *e)
{
        enum status st = json_opt_text(j, key, dst, cap, e);
        size_t n = strlen(dst);

        if (st != OK || n == 0)
                return st;
        if (n != cap - 1 || strspn(dst, "0123456789") != n)
                return err_set(e, ERR_SYNTAX,
                               "\"%s\" is \"%s\", want %zu digits", key, dst,
                               cap - 1);
        return OK;
}

static enum status opt_level(const struct json *j, const char *key,
                             int64_t *ret_milli, struct err *e)
{
        const struct json *v = json_get(j, key);
        int64_t milli;

        *ret_milli = LEVEL_UNSET;
        if (!v || json_is_null(v))
                return OK;
        if (!json_milli(v, &milli))
                return err_set(e, ERR_TYPE, "\"%s\" must be metres or null",
                               key);
        if (milli < -100000 || milli > 9000000)
                return err_set(e, ERR_RANGE, "\"%s\" is outside -100..9000 m",
                               key);
        *ret_milli = milli;
        return OK;
}

static enum status opt_bool(const struct json *j, const char *key, bool absent,
                            bool *ret, struct err *e)
{
        const struct json *v = json_get(j, key);

        *ret = absent;
        if (!v || json_is_null(v))
                return OK;
        if (!json_is_bool(v))
                return err_set(e, ERR_TYPE, "\"%s\" must be true or false",
                               key);
        *ret = json_true(v);
        return OK;
}

static bool mmdd_from(struct text t, int *ret)
{
        static const int days[] = {31, 29, 31, 30, 31, 30,
                                   31, 31, 30, 31, 30, 31};
        int month, day, i;

        if (t.n != 5 || t.p[2] != '-')
                return false;
        for (i = 0; i < 5; i++)
                if (i != 2 && (t.p[i] < '0' || t.p[i] > '9'))
                        return false;
        month = (t.p[0] - '0') * 10 + t.p[1] - '0';
        day = (t.p[3] - '0') * 10 + t.p[4] - '0';
        if (month < 1 || month > 12 || day < 1 || day > days[month - 1])
                return false;
        *ret = month * 100 + day;
        return true;
}

static enum status season_decode(const struct json *j, struct season_limit *l,
                                 struct err *e)
{
        if (!mmdd_from(json_text(json_get(j, "from")), &l->begin_mmdd) ||
            !mmdd_from(json_text(json_get(j, "to")), &l->end_mmdd))
                return err_set(e, ERR_SYNTAX,
                               "\"FSLTDZ\" needs \"from\" and \"to\" as "
                               "\"MM-DD\"");
        if (!json_milli(json_get(j, "limit"), &l->fsltdz_milli))
                return err_set(e, ERR_TYPE,
                               "\"FSLTDZ\" needs \"limit\" in metres");
        return OK;
}

static enum status seasons_decode(const struct json *j, struct station *s,
                                  struct err *e)
{
        const struct json *v = json_get(j, "FSLTDZ"), *item;
        enum status st = OK;

        s->n_seasons = 0;
        if (!v || json_is_null(v))
                return OK;
        if (!json_is_array(v))
                return err_set(e, ERR_TYPE, "\"FSLTDZ\" must be a list");
        if (json_size(v) > SEASONS_MAX)
                return err_set(e, ERR_SIZE,
                               "\"FSLTDZ\" has %zu rows, at most %d",
                               json_size(v), SEASONS_MAX);
        for (item = json_first(v); item && st == OK; item = json_next(item))
                st = season_decode(item, &s->season[s->n_seasons++], e);
        return st;
}

static enum status levels_decode(const struct json *j, struct station *s,
                                 struct err *e)
{
        const struct json *near = json_get(j, "near");
        enum status st;

        s->near_milli = DEFAULT_NEAR_MILLI;
        if (near && !json_is_null(near) &&
            (!json_milli(near, &s->near_milli) || s->near_milli < 0 ||
             s->near_milli > 10000))
                return err_set(e, ERR_RANGE, "\"near\" must be 0..10 m");
        st = opt_level(j, "WRZ", &s->wrz_milli, e);
        if (st == OK)
                st = opt_level(j, "GRZ", &s->grz_milli, e);
        if (st == OK)
                st = opt_level(j, "OBHTZ", &s->obhtz_milli, e);
        if (st != OK)
                return st;
        if (s->wrz_milli != LEVEL_UNSET && s->grz_milli != LEVEL_UNSET &&
            s->grz_milli < s->wrz_milli)
                return err_set(e, ERR_RANGE,
                               "GRZ lies below WRZ: swap or correct them");
        return seasons_decode(j, s, e);
}

static enum status reporting_decode(const struct json *j, struct station *s,
                                    struct err *e)
{
        int64_t interval_s = DEFAULT_INTERVAL_S;
        char wind[8];
        enum status st = OK;

        if (json_get(j, "interval_s") &&
            !json_is_null(json_get(j, "interval_s")))
                st = json_need_i64(j, "interval_s", &interval_s, e);
        if (st != OK)
                return st;
        if (interval_s < 1 || interval_s > INTERVAL_MAX_S)
                return err_set(e, ERR_RANGE, "\"interval_s\" must be 1..%d",
                               INTERVAL_MAX_S);
        s->interval_us = interval_s * SECOND_US;
        st = json_opt_text(j, "wind", wind, sizeof wind, e);
        if (st != OK)
                return st;
        if (wind[0] && strcmp(wind, "mean") != 0 && strcmp(wind, "gust") != 0)
                return err_set(e, ERR_UNKNOWN,
                               "\"wind\" is \"%s\", want mean or gust", wind);
        s->wind_is_gust = strcmp(wind, "gust") == 0;
        return OK;
}

static enum status opt_whole(const struct json *j, const char *key, int64_t low,
                             int64_t high, int64_t otherwise, int64_t *ret,
                             struct err *e)
{
        const struct json *v = json_get(j, key);
        enum status st;

        *ret = otherwise;
        if (!v || json_is_null(v))
                return OK;
        st = json_need_i64(j, key, ret, e);
        if (st == OK && (*ret < low || *ret > high))
                st = err_set(e, ERR_RANGE, "\"%s\" must be %lld..%lld", key,
                             (long long)low, (long long)high);
        return st;
}

static enum status words_decode(const struct json *j, struct sl651_options *t,
                                struct err *e)
{
        char slots[8], mode[8];
        enum status st =
                json_opt_text(j, "sl651_slots", slots, sizeof slots, e);

        t->slots = SL651_SLOTS_AUTO;
        t->mode = SL651_M2;
        if (st == OK)
                st = json_opt_text(j, "sl651_mode", mode, sizeof mode, e);
        if (st != OK)
                return st;
        if (slots[0] && !sl651_slots_from(text_of(slots), &t->slots))
                return err_set(e, ERR_UNKNOWN,
                               "\"sl651_slots\" is \"%s\", want auto, first "
                               "or last",
                               slots);
        if (mode[0] && !sl651_mode_from(text_of(mode), &t->mode))
                return err_set(e, ERR_UNKNOWN,
                               "\"sl651_mode\" is \"%s\", want m1, m2, m3 or "
                               "m4",
                               mode);
        return OK;
}

/* A vendor's table need not be there yet; until then it is stepped over. */
static enum status habits_decode(const struct json *j, struct sl651_options *t,
                                 struct err *e)
{
        enum status st = json_opt_text(j, "sl651_vendor", t->vendor,
                                       sizeof t->vendor, e);

        if (st == OK && t->vendor[0] &&
            !text_is_code(text_of(t->vendor), SL651_VENDOR_MAX))
                st = err_set(e, ERR_SYNTAX,
                             "\"sl651_vendor\" is \"%s\", want [A-Za-z0-9_-]",
                             t->vendor);
        if (st == OK)
                st = opt_bool(j, "sl651_ask", false, &t->ask, e);
        return st == OK ? opt_bool(j, "sl651_amends", false, &t->amends, e)
                        : st;
}

static enum status terminal_decode(const struct json *j, struct station *s,
                                   struct err *e)
{
        int64_t password, centre;
        enum status st =
                json_opt_text(j, "sl651", s->sl651, sizeof s->sl651, e);

        if (st == OK && s->sl651[0] &&
            (strlen(s->sl651) != 10 ||
             strspn(s->sl651, "0123456789ABCDEFabcdef") != 10))
                return err_set(e, ERR_SYNTAX,
                               "\"sl651\" is \"%s\", want 10 hex digits",
                               s->sl651);
        if (st == OK)
                st = json_opt_text(j, "vendor_id", s->vendor_id,
                                   sizeof s->vendor_id, e);
        if (st == OK)
                st = json_opt_text(j, "via", s->via, sizeof s->via, e);
        if (st == OK)
                st = opt_whole(j, "sl651_password", 0, 65535, -1, &password, e);
        if (st == OK)
                st = opt_whole(j, "sl651_centre", 1, 255, 0, &centre, e);
        if (st != OK)
                return st;
        s->terminal.password = (int32_t)password;
        s->terminal.centre = (uint8_t)centre;
        st = words_decode(j, &s->terminal, e);
        return st == OK ? habits_decode(j, &s->terminal, e) : st;
}

static enum status checks_decode(const struct json *j, struct station_checks *c,
                                 struct err *e)
{
        enum status st = OK;

#define X(field, key, help) \
        if (st == OK)       \
                st = opt_level(j, key, &c->field##_milli, e);
        STATION_CHECKS(X)
#undef X
        return st;
}

/* The station upstream need not be in the book yet. */
static enum status reach_decode(const struct json *j, struct station *s,
                                struct err *e)
{
        const struct json *hours = json_get(j, "AVTRTM");
        int64_t milli;
        enum status st = opt_level(j, "LDKEL", &s->ldkel_milli, e);

        if (st == OK)
                st = opt_level(j, "RDKEL", &s->rdkel_milli, e);
        if (st == OK)
                st = opt_level(j, "LAZ", &s->laz_milli, e);
        if (st == OK)
                st = json_opt_text(j, "UPSTCD", s->upstream, sizeof s->upstream,
                                   e);
        if (st != OK || !s->upstream[0])
                return st;
        if (!text_is_code(text_of(s->upstream), CODE_MAX) ||
            strcmp(s->upstream, s->code) == 0)
                return err_set(e, ERR_SYNTAX,
                               "\"UPSTCD\" is \"%s\", want the code of "
                               "another station",
                               s->upstream);
        if (!hours || json_is_null(hours))
                return err_set(e, ERR_MISSING,
                               "\"AVTRTM\" is missing: hours that a flood "
                               "takes from UPSTCD");
        if (!json_milli(hours, &milli) || milli < TRAVEL_MIN_MILLI ||
            milli > TRAVEL_MAX_MILLI)
                return err_set(e, ERR_RANGE,
                               "\"AVTRTM\" must be 0.167..48 hours");
        s->travel_us = milli * (HOUR_US / 1000);
        return OK;
}

static enum status catchments_decode(const struct json *j, struct station *s,
                                     struct err *e)
{
        const struct json *list = json_get(j, "catchments"), *item;
        enum zone_level level;
        uint32_t n = 0;

        if (!list || json_is_null(list))
                return OK;
        if (!json_is_array(list) || json_size(list) > CATCHMENTS_MAX)
                return err_set(e, ERR_TYPE,
                               "\"catchments\" must be a list of at most %d "
                               "codes",
                               CATCHMENTS_MAX);
        for (item = json_first(list); item; item = json_next(item), n++)
                if (!text_copy(s->catchment[n], sizeof s->catchment[n],
                               json_text(item)) ||
                    !zone_code_level(s->catchment[n], &level) ||
                    level != ZONE_CATCHMENT)
                        return err_set(e, ERR_SYNTAX,
                                       "\"catchments\", item %u: want a letter "
                                       "and up to 8 of A-Z a-z 0-9 _ -",
                                       n + 1);
        return OK;
}

static enum status names_decode(const struct json *j, struct station *s,
                                struct err *e)
{
        const struct {
                const char *key;
                char *dst;
                size_t cap;
        } texts[] = {
                {"name_en", s->name_en, sizeof s->name_en},
                {"river", s->river, sizeof s->river},
                {"river_en", s->river_en, sizeof s->river_en},
                {"datum", s->datum, sizeof s->datum},
        };
        char kind[8];
        enum status st;
        size_t i;

        st = need_code(j, "code", s->code, sizeof s->code, e);
        if (st == OK)
                st = json_need_text(j, "name", s->name, sizeof s->name, e);
        if (st == OK)
                st = json_need_text(j, "kind", kind, sizeof kind, e);
        if (st != OK)
                return st;
        if (!station_kind_from(text_of(kind), &s->kind))
                return err_set(e, ERR_UNKNOWN,
                               "\"kind\" is \"%s\", want PP, ZZ, RR, MM or SS",
                               kind);
        for (i = 0; i < sizeof texts / sizeof texts[0] && st == OK; i++)
                st = json_opt_text(j, texts[i].key, texts[i].dst, texts[i].cap,
                                   e);
        if (st == OK)
                st = opt_digits(j, "town", s->town, sizeof s->town, e);
        if (st == OK)
                st = opt_digits(j, "county", s->county, sizeof s->county, e);
        return st == OK ? catchments_decode(j, s, e) : st;
}

enum status wire_station_decode(const struct json *j, struct station *ret,
                                struct err *e)
{
        struct station s;
        enum status st;

        memset(&s, 0, sizeof s);
        if (!json_is_object(j))
                return err_set(e, ERR_TYPE, "a station must be an object");
        st = names_decode(j, &s, e);
        if (st == OK)
                st = need_point(j, &s.at, e);
        if (st == OK)
                st = levels_decode(j, &s, e);
        if (st == OK)
                st = reach_decode(j, &s, e);
        if (st == OK)
                st = reporting_decode(j, &s, e);
        if (st == OK)
                st = terminal_decode(j, &s, e);
        if (st == OK)
                st = checks_decode(j, &s.checks, e);
        if (st == OK)
                st = opt_bool(j, "levels_synthetic", false, &s.levels_synthetic,
                              e);
        if (st == OK)
                st = opt_bool(j, "active", true, &s.active, e);
        if (st == OK)
                *ret = s;
        return st;
}

/* ---- zones ---- */

static void put_position(struct json_out *o, struct point at)
{
        json_open_array(o, NULL);
        json_put_degree(o, NULL, at.lon_deg);
        json_put_degree(o, NULL, at.lat_deg);
        json_close_array(o);
}

static void put_ring(struct json_out *o, const struct ring *r)
{
        uint32_t k;

        json_open_array(o, NULL);
        for (k = 0; k < r->n; k++)
                put_position(o, r->at[k]);
        json_close_array(o);
}

static void put_geometry(struct json_out *o, const char *key,
                         const struct zone *z)
{
        uint32_t i;

        json_open(o, key);
        json_put_str(o, "type", "MultiPolygon");
        json_open_array(o, "coordinates");
        for (i = 0; i < z->n_rings; i++) {
                if (i == 0 || z->rings[i].part != z->rings[i - 1].part) {
                        if (i > 0)
                                json_close_array(o);
                        json_open_array(o, NULL);
                }
                put_ring(o, &z->rings[i]);
        }
        if (z->n_rings)
                json_close_array(o);
        json_close_array(o);
        json_close(o);
}

void wire_zone_geometry(const struct zone *z, struct buf *b)
{
        struct json_out o = json_out(b);

        put_geometry(&o, NULL, z);
}

void wire_zone_encode(const struct zone *z, struct buf *b)
{
        struct json_out o = json_out(b);

        json_open(&o, NULL);
        json_put_str(&o, "what", "zone");
        json_put_str(&o, "code", z->code);
        json_put_str(&o, "name", z->name);
        json_put_str(&o, "name_en", z->name_en);
        json_put_str(&o, "level", zone_level_name(z->level));
        json_put_str(&o, "parent", z->parent);
        put_geometry(&o, "geometry", z);
        json_open_array(&o, "label");
        json_put_degree(&o, NULL, z->label.lon_deg);
        json_put_degree(&o, NULL, z->label.lat_deg);
        json_close_array(&o);
        json_close(&o);
}

static bool position_decode(const struct json *j, struct point *ret)
{
        const struct json *lon = json_first(j);
        const struct json *lat = lon ? json_next(lon) : NULL;

        if (!json_is_array(j) || !lon || !lat || !json_is_number(lon) ||
            !json_is_number(lat) || !(fabs(json_double(lon)) <= 180) ||
            !(fabs(json_double(lat)) <= 90))
                return false;
        ret->lon_deg = json_double(lon);
        ret->lat_deg = json_double(lat);
        return true;
}

static enum status ring_decode(const struct json *j, uint32_t part,
                               struct zone *z, struct err *e)
{
        struct ring *r;
        const struct json *item;

        if (!json_is_array(j) || json_size(j) < 4)
                return err_set(e, ERR_TOO_FEW,
                               "ring %u has fewer than 4 positions",
                               z->n_rings + 1);
        if (z->n_rings >= RINGS_MAX)
                return err_set(e, ERR_SIZE, "more than %u rings", RINGS_MAX);
        r = realloc(z->rings, (z->n_rings + 1) * sizeof *r);
        if (!r)
                return err_set(e, ERR_MEMORY, "%u rings", z->n_rings + 1);
        z->rings = r;
        r = &z->rings[z->n_rings];
        r->at = calloc(json_size(j), sizeof *r->at);
        if (!r->at)
                return err_set(e, ERR_MEMORY, "ring %u", z->n_rings + 1);
        r->n = 0;
        r->part = part;
        z->n_rings++;
        for (item = json_first(j); item; item = json_next(item))
                if (!position_decode(item, &r->at[r->n++]))
                        return err_set(e, ERR_RANGE,
                                       "ring %u, position %u: want [lon,lat] "
                                       "in degrees",
                                       z->n_rings, r->n);
        if (r->at[0].lon_deg != r->at[r->n - 1].lon_deg ||
            r->at[0].lat_deg != r->at[r->n - 1].lat_deg)
                return err_set(e, ERR_SYNTAX,
                               "ring %u is not closed: repeat its first "
                               "position at the end",
                               z->n_rings);
        return OK;
}

static enum status polygon_decode(const struct json *j, uint32_t part,
                                  struct zone *z, struct err *e)
{
        const struct json *ring;
        enum status st = OK;

        if (!json_is_array(j) || json_size(j) == 0)
                return err_set(e, ERR_MISSING, "a polygon without rings");
        for (ring = json_first(j); ring && st == OK; ring = json_next(ring))
                st = ring_decode(ring, part, z, e);
        return st;
}

static enum status geometry_decode(const struct json *j, struct zone *z,
                                   struct err *e)
{
        const struct json *coordinates = json_get(j, "coordinates"), *item;
        struct text type = json_text(json_get(j, "type"));
        enum status st = OK;
        uint32_t part = 0;

        if (!json_is_object(j))
                return err_set(e, ERR_MISSING, "\"geometry\" is missing");
        if (text_is(type, "Polygon"))
                return polygon_decode(coordinates, 0, z, e);
        if (!text_is(type, "MultiPolygon"))
                return err_set(e, ERR_UNSUPPORTED,
                               "geometry is \"%.*s\", want Polygon or "
                               "MultiPolygon",
                               (int)(type.n > 40 ? 40 : type.n),
                               type.n ? type.p : "");
        if (!json_is_array(coordinates) || json_size(coordinates) == 0)
                return err_set(e, ERR_MISSING,
                               "\"coordinates\" has no polygon");
        for (item = json_first(coordinates); item && st == OK;
             item = json_next(item))
                st = polygon_decode(item, part++, z, e);
        return st;
}

static enum status zone_names_decode(const struct json *j, struct zone *z,
                                     struct err *e)
{
        static const char *const codes[] = {
                "6 digits", "6 digits", "9 digits", "none",
                "a letter and up to 8 of A-Z a-z 0-9 _ -"};
        char level[12];
        enum zone_level of;
        enum status st;

        st = json_need_text(j, "code", z->code, sizeof z->code, e);
        if (st == OK)
                st = json_need_text(j, "name", z->name, sizeof z->name, e);
        if (st == OK)
                st = json_opt_text(j, "name_en", z->name_en, sizeof z->name_en,
                                   e);
        if (st == OK)
                st = json_opt_text(j, "parent", z->parent, sizeof z->parent, e);
        if (st == OK)
                st = json_need_text(j, "level", level, sizeof level, e);
        if (st != OK)
                return st;
        if (!zone_level_from(text_of(level), &z->level) ||
            z->level == ZONE_RIVER)
                return err_set(e, ERR_UNKNOWN,
                               "\"level\" is \"%s\", want city, county, town "
                               "or catchment",
                               level);
        if (!zone_code_level(z->code, &of) ||
            (of != z->level && (of > ZONE_COUNTY || z->level > ZONE_COUNTY)))
                return err_set(e, ERR_SYNTAX, "\"code\" is \"%s\", a %s has %s",
                               z->code, level, codes[z->level]);
        return OK;
}

static enum status zone_decode(const struct json *names,
                               const struct json *geometry, struct zone *ret,
                               struct err *e)
{
        struct zone z;
        enum status st;

        memset(&z, 0, sizeof z);
        if (!json_is_object(names))
                return err_set(e, ERR_TYPE, "a zone must be an object");
        st = zone_names_decode(names, &z, e);
        if (st == OK)
                st = geometry_decode(geometry, &z, e);
        if (st != OK) {
                zone_done(&z);
                return st;
        }
        geo_bounds(z.rings, z.n_rings, &z.low, &z.high);
        if (!position_decode(json_get(names, "label"), &z.label))
                z.label = geo_label(z.rings, z.n_rings);
        *ret = z;
        return OK;
}

enum status wire_zone_decode(const struct json *j, struct zone *ret,
                             struct err *e)
{
        return zone_decode(j, json_get(j, "geometry"), ret, e);
}

enum status wire_zone_from_feature(const struct json *feature, struct zone *ret,
                                   struct err *e)
{
        return zone_decode(json_get(feature, "properties"),
                           json_get(feature, "geometry"), ret, e);
}

/* ---- facilities ---- */

void wire_facility_encode(const struct facility *f, struct buf *b)
{
        struct json_out o = json_out(b);

        json_open(&o, NULL);
        json_put_str(&o, "what", "facility");
        json_put_str(&o, "id", f->id);
        json_put_str(&o, "name", f->name);
        json_put_str(&o, "name_en", f->name_en);
        json_put_str(&o, "kind", facility_kind_name(f->kind));
        json_put_degree(&o, "lon", f->at.lon_deg);
        json_put_degree(&o, "lat", f->at.lat_deg);
        json_put_str(&o, "county", f->county);
        if (f->capacity < 0)
                json_put_null(&o, "capacity");
        else
                json_put_i64(&o, "capacity", f->capacity);
        json_close(&o);
}

static enum status facility_names_decode(const struct json *j,
                                         struct facility *f, struct err *e)
{
        char kind[24];
        enum status st;

        st = need_code(j, "id", f->id, sizeof f->id, e);
        if (st == OK)
                st = json_need_text(j, "name", f->name, sizeof f->name, e);
        if (st == OK)
                st = json_opt_text(j, "name_en", f->name_en, sizeof f->name_en,
                                   e);
        if (st == OK)
                st = opt_digits(j, "county", f->county, sizeof f->county, e);
        if (st == OK)
                st = json_need_text(j, "kind", kind, sizeof kind, e);
        if (st == OK && !facility_kind_from(text_of(kind), &f->kind))
                return err_set(e, ERR_UNKNOWN,
                               "\"kind\" is \"%s\", want hospital, "
                               "ambulance_station, shelter or reservoir",
                               kind);
        return st;
}

static enum status capacity_decode(const struct json *j, struct facility *f,
                                   struct err *e)
{
        const struct json *capacity = json_get(j, "capacity");

        f->capacity = -1;
        if (capacity && !json_is_null(capacity) &&
            (!json_i64(capacity, &f->capacity) || f->capacity < 0))
                return err_set(e, ERR_TYPE,
                               "\"capacity\" must be a whole number or null");
        return OK;
}

enum status wire_facility_decode(const struct json *j, struct facility *ret,
                                 struct err *e)
{
        struct facility f;
        enum status st;

        memset(&f, 0, sizeof f);
        if (!json_is_object(j))
                return err_set(e, ERR_TYPE, "a facility must be an object");
        st = facility_names_decode(j, &f, e);
        if (st == OK)
                st = need_point(j, &f.at, e);
        if (st == OK)
                st = capacity_decode(j, &f, e);
        if (st == OK)
                *ret = f;
        return st;
}

enum status wire_facility_from_feature(const struct json *feature,
                                       struct facility *ret, struct err *e)
{
        const struct json *names = json_get(feature, "properties");
        const struct json *shape = json_get(feature, "geometry");
        struct facility f;
        enum status st;

        memset(&f, 0, sizeof f);
        if (!json_is_object(names))
                return err_set(e, ERR_MISSING, "\"properties\" is missing");
        st = facility_names_decode(names, &f, e);
        if (st == OK &&
            (!text_is(json_text(json_get(shape, "type")), "Point") ||
             !position_decode(json_get(shape, "coordinates"), &f.at)))
                st = err_set(e, ERR_UNSUPPORTED,
                             "\"geometry\" must be a Point [lon,lat] in "
                             "degrees");
        if (st == OK)
                st = capacity_decode(names, &f, e);
        if (st == OK)
                *ret = f;
        return st;
}

/* ---- records ---- */

static enum status apply(struct places *p, const struct json *j, struct err *e)
{
        struct text what = json_text(json_get(j, "what"));
        struct station s;
        struct facility f;
        struct zone z;
        enum status st;

        if (text_is(what, "station")) {
                st = wire_station_decode(j, &s, e);
                return st != OK ? st : places_put_station(p, &s, NULL, e);
        }
        if (text_is(what, "facility")) {
                st = wire_facility_decode(j, &f, e);
                return st != OK ? st : places_put_facility(p, &f, e);
        }
        if (!text_is(what, "zone"))
                return err_set(e, ERR_UNKNOWN,
                               "\"what\" must be station, zone, facility, "
                               "checks, mapping or sl651_vendor");
        st = wire_zone_decode(j, &z, e);
        if (st != OK)
                return st;
        st = places_put_zone(p, &z, e);
        zone_done(&z);
        return st;
}

enum status wire_import_apply(struct places *p, struct text body, struct err *e)
{
        struct json *j = NULL;
        enum status st = json_parse(body, RECORD_BODY_MAX, &j, e);

        if (st == OK)
                st = apply(p, j, e);
        json_free(j);
        return st;
}

void wire_level_put(struct json_out *o, const char *key, int64_t milli)
{
        if (milli == LEVEL_UNSET)
                json_put_null(o, key);
        else
                json_put_milli(o, key, milli);
}

void wire_point_put(struct json_out *o, bool has, struct point at)
{
        if (has) {
                json_put_degree(o, "lon", at.lon_deg);
                json_put_degree(o, "lat", at.lat_deg);
        } else {
                json_put_null(o, "lon");
                json_put_null(o, "lat");
        }
}
