/* schemas/place.c -- stations, zones and facilities: the book of places. */
#include "schemas/place.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "schemas/hash.h"
#include "schemas/time.h"

void places_init(struct places *p)
{
        memset(p, 0, sizeof *p);
}

void zone_done(struct zone *z)
{
        uint32_t i;

        for (i = 0; i < z->n_rings; i++)
                free(z->rings[i].at);
        free(z->rings);
        z->rings = NULL;
        z->n_rings = 0;
}

void places_done(struct places *p)
{
        uint32_t i;

        for (i = 0; i < p->n_zones; i++)
                zone_done(&p->zones[i]);
        free(p->stations);
        free(p->station_slots);
        free(p->by_sl651.slots);
        free(p->by_vendor.slots);
        free(p->zones);
        free(p->rivers);
        free(p->facilities);
        places_init(p);
}

static void slot_insert(struct places *p, uint32_t index)
{
        uint32_t at = hash_32(text_of(p->stations[index].code)) % p->n_slots;

        while (p->station_slots[at])
                at = (at + 1) % p->n_slots;
        p->station_slots[at] = index + 1;
}

static enum status grow_stations(struct places *p, struct err *e)
{
        uint32_t cap = p->cap_stations ? p->cap_stations * 2 : 64, i;
        struct station *stations;
        uint32_t *slots;

        if (p->n_stations < p->cap_stations)
                return OK;
        stations = realloc(p->stations, cap * sizeof *stations);
        if (!stations)
                return err_set(e, ERR_MEMORY, "%u stations", cap);
        p->stations = stations;
        slots = calloc((size_t)cap * 2, sizeof *slots);
        if (!slots)
                return err_set(e, ERR_MEMORY, "%u stations", cap);
        free(p->station_slots);
        p->station_slots = slots;
        p->n_slots = cap * 2;
        p->cap_stations = cap;
        for (i = 0; i < p->n_stations; i++)
                slot_insert(p, i);
        return OK;
}

uint32_t places_find_station(const struct places *p, struct text code)
{
        uint32_t at, index;

        if (p->n_slots == 0)
                return NO_INDEX;
        at = hash_32(code) % p->n_slots;
        while ((index = p->station_slots[at]) != 0) {
                if (text_is(code, p->stations[index - 1].code))
                        return index - 1;
                at = (at + 1) % p->n_slots;
        }
        return NO_INDEX;
}

/* ---- by terminal address, by vendor's name ----
 *
 * An entry of a name that its station no longer has stays until the table
 * is made again; a look at the station tells. */

static struct text sl651_key(struct text address, char key[11])
{
        size_t i;

        if (address.n != 10)
                return TEXT("");
        for (i = 0; i < 10; i++)
                key[i] = (char)toupper((unsigned char)address.p[i]);
        key[10] = '\0';
        return (struct text){key, 10};
}

static struct text key_of(const struct places *p, bool vendor, uint32_t index,
                          char key[11])
{
        const struct station *s = &p->stations[index];

        return vendor ? text_of(s->vendor_id)
                      : sl651_key(text_of(s->sl651), key);
}

static void index_insert(struct places *p, bool vendor, uint32_t index)
{
        struct station_index *x = vendor ? &p->by_vendor : &p->by_sl651;
        char key[11];
        struct text k = key_of(p, vendor, index, key);
        uint32_t at;

        if (k.n == 0)
                return;
        at = hash_32(k) % x->n;
        while (x->slots[at])
                at = (at + 1) % x->n;
        x->slots[at] = index + 1;
        x->used++;
}

static enum status index_note(struct places *p, bool vendor, uint32_t index,
                              struct err *e)
{
        struct station_index *x = vendor ? &p->by_vendor : &p->by_sl651;
        uint32_t n = p->cap_stations * 2, i;
        uint32_t *slots;

        if (x->n >= n && (x->used + 1) * 4 < n * 3) {
                index_insert(p, vendor, index);
                return OK;
        }
        slots = calloc(n, sizeof *slots);
        if (!slots)
                return err_set(e, ERR_MEMORY, "%u stations", n / 2);
        free(x->slots);
        *x = (struct station_index){slots, n, 0};
        for (i = 0; i < p->n_stations; i++)
                index_insert(p, vendor, i);
        return OK;
}

/* Two stations of one name: the first in the book. */
static uint32_t index_find(const struct places *p, bool vendor, struct text key)
{
        const struct station_index *x = vendor ? &p->by_vendor : &p->by_sl651;
        uint32_t found = NO_INDEX, at, index;
        char have[11];

        if (key.n == 0 || x->n == 0)
                return NO_INDEX;
        at = hash_32(key) % x->n;
        while ((index = x->slots[at]) != 0) {
                if (index - 1 < found &&
                    text_eq(key, key_of(p, vendor, index - 1, have)))
                        found = index - 1;
                at = (at + 1) % x->n;
        }
        return found;
}

uint32_t places_find_sl651(const struct places *p, struct text address)
{
        char key[11];
        uint32_t index = index_find(p, false, sl651_key(address, key));

        if (index == NO_INDEX && address.n)
                index = places_find_station(p, address);
        if (index == NO_INDEX && address.n == 10 && text_starts(address, "00"))
                index = places_find_station(p, (struct text){address.p + 2, 8});
        return index;
}

uint32_t places_find_vendor(const struct places *p, struct text vendor_id)
{
        return index_find(p, true, vendor_id);
}

/* ---- rivers: each name that a station gives, by name ---- */

/* The place of the name, or where it would stand. */
static uint32_t river_at(const struct places *p, const char *name,
                         bool *ret_found)
{
        uint32_t low = 0, high = p->n_rivers, mid;

        while (low < high) {
                mid = low + (high - low) / 2;
                if (strcmp(p->rivers[mid].name, name) < 0)
                        low = mid + 1;
                else
                        high = mid;
        }
        *ret_found = low < p->n_rivers && !strcmp(p->rivers[low].name, name);
        return low;
}

static enum status river_add(struct places *p, const char *name, struct err *e)
{
        uint32_t cap = p->cap_rivers * 2 + 16, i;
        struct river *more;
        bool found;

        if (!name[0])
                return OK;
        i = river_at(p, name, &found);
        if (found) {
                p->rivers[i].n_stations++;
                return OK;
        }
        if (p->n_rivers == p->cap_rivers) {
                more = realloc(p->rivers, cap * sizeof *more);
                if (!more)
                        return err_set(e, ERR_MEMORY, "%u rivers", cap);
                p->rivers = more;
                p->cap_rivers = cap;
        }
        memmove(p->rivers + i + 1, p->rivers + i,
                (p->n_rivers++ - i) * sizeof *p->rivers);
        memset(&p->rivers[i], 0, sizeof p->rivers[i]);
        text_copy(p->rivers[i].name, sizeof p->rivers[i].name, text_of(name));
        p->rivers[i].n_stations = 1;
        return OK;
}

static void river_drop(struct places *p, const char *name)
{
        bool found;
        uint32_t i = river_at(p, name, &found);

        if (!found || --p->rivers[i].n_stations)
                return;
        memmove(p->rivers + i, p->rivers + i + 1,
                (--p->n_rivers - i) * sizeof *p->rivers);
}

enum status places_put_station(struct places *p, const struct station *s,
                               uint32_t *ret_index, struct err *e)
{
        uint32_t index = places_find_station(p, text_of(s->code));
        bool moved = true, renamed = true;
        enum status st = river_add(p, s->river, e);

        if (st != OK)
                return st;
        if (index == NO_INDEX) {
                st = grow_stations(p, e);
                if (st != OK) {
                        river_drop(p, s->river);
                        return st;
                }
                index = p->n_stations++;
                p->stations[index] = *s;
                slot_insert(p, index);
        } else {
                river_drop(p, p->stations[index].river);
                moved = strcasecmp(p->stations[index].sl651, s->sl651) != 0;
                renamed = strcmp(p->stations[index].vendor_id, s->vendor_id);
                p->stations[index] = *s;
        }
        if (ret_index)
                *ret_index = index;
        st = moved && s->sl651[0] ? index_note(p, false, index, e) : OK;
        if (st == OK && renamed && s->vendor_id[0])
                st = index_note(p, true, index, e);
        return st;
}

const struct zone *places_find_zone(const struct places *p, struct text code)
{
        uint32_t i;

        for (i = 0; i < p->n_zones; i++)
                if (text_is(code, p->zones[i].code))
                        return &p->zones[i];
        return NULL;
}

bool zone_code_level(const char *code, enum zone_level *ret)
{
        size_t n = strlen(code), river = strlen(RIVER_PREFIX);

        if (strncmp(code, RIVER_PREFIX, river) == 0) {
                *ret = ZONE_RIVER;
                return n > river && n <= SUBJECT_MAX;
        }
        if (strspn(code, "0123456789") == n) {
                *ret = n == 9                              ? ZONE_TOWN
                       : n == 6 && !strcmp(code + 4, "00") ? ZONE_CITY
                                                           : ZONE_COUNTY;
                return n == 6 || n == 9;
        }
        *ret = ZONE_CATCHMENT;
        return isalpha((unsigned char)code[0]) &&
               text_is_code(text_of(code), ZONE_CODE_MAX);
}

bool places_has_zone(const struct places *p, struct text code)
{
        char name[SUBJECT_MAX + 1];
        bool found = false;

        if (!text_starts(code, RIVER_PREFIX) || code.n > SUBJECT_MAX)
                return places_find_zone(p, code);
        text_copy(name, sizeof name, code);
        river_at(p, name + strlen(RIVER_PREFIX), &found);
        return found;
}

bool places_next_zone(const struct places *p, enum zone_level level,
                      uint32_t *i, char ret[SUBJECT_MAX + 1])
{
        if (level == ZONE_RIVER) {
                if (*i >= p->n_rivers)
                        return false;
                snprintf(ret, SUBJECT_MAX + 1, RIVER_PREFIX "%s",
                         p->rivers[(*i)++].name);
                return true;
        }
        for (; *i < p->n_zones; (*i)++)
                if (p->zones[*i].level == level) {
                        text_copy(ret, SUBJECT_MAX + 1,
                                  text_of(p->zones[(*i)++].code));
                        return true;
                }
        return false;
}

static const char *river_name(const struct places *p, const char *code,
                              bool english)
{
        const char *name = code + strlen(RIVER_PREFIX);
        uint32_t i;

        for (i = 0; english && i < p->n_stations; i++)
                if (p->stations[i].river_en[0] &&
                    strcmp(p->stations[i].river, name) == 0)
                        return p->stations[i].river_en;
        return name;
}

const char *places_zone_name(const struct places *p, const char *code,
                             bool english)
{
        const struct zone *z;

        if (strncmp(code, RIVER_PREFIX, strlen(RIVER_PREFIX)) == 0)
                return river_name(p, code, english);
        z = places_find_zone(p, text_of(code));
        if (!z)
                return NULL;
        return english && z->name_en[0] ? z->name_en : z->name;
}

bool zone_holds_station(const char *code, const struct station *s)
{
        enum zone_level level;
        uint32_t i;

        if (!zone_code_level(code, &level))
                return false;
        switch (level) {
        case ZONE_TOWN:
                return strcmp(s->town, code) == 0;
        case ZONE_COUNTY:
                return strcmp(s->county, code) == 0;
        case ZONE_RIVER:
                return strcmp(s->river, code + strlen(RIVER_PREFIX)) == 0;
        case ZONE_CATCHMENT:
                for (i = 0; i < CATCHMENTS_MAX; i++)
                        if (strcmp(s->catchment[i], code) == 0)
                                return true;
                return false;
        default:
                return strncmp(s->county, code, 4) == 0;
        }
}

enum status places_put_zone(struct places *p, struct zone *z, struct err *e)
{
        struct zone *old;
        struct zone *more;

        old = (struct zone *)places_find_zone(p, text_of(z->code));
        if (old) {
                zone_done(old);
                *old = *z;
        } else {
                more = realloc(p->zones, (p->n_zones + 1) * sizeof *more);
                if (!more)
                        return err_set(e, ERR_MEMORY, "zone %s", z->code);
                p->zones = more;
                p->zones[p->n_zones++] = *z;
        }
        z->rings = NULL; /* the book owns them now */
        z->n_rings = 0;
        return OK;
}

enum status places_put_facility(struct places *p, const struct facility *f,
                                struct err *e)
{
        struct facility *more;
        uint32_t i;

        for (i = 0; i < p->n_facilities; i++)
                if (strcmp(p->facilities[i].id, f->id) == 0) {
                        p->facilities[i] = *f;
                        return OK;
                }
        more = realloc(p->facilities, (p->n_facilities + 1) * sizeof *more);
        if (!more)
                return err_set(e, ERR_MEMORY, "facility %s", f->id);
        p->facilities = more;
        p->facilities[p->n_facilities++] = *f;
        return OK;
}

void station_checks_clear(struct station_checks *c)
{
#define X(field, key, help) c->field##_milli = LEVEL_UNSET;
        STATION_CHECKS(X)
#undef X
}

int64_t station_dyke_milli(const struct station *s)
{
        if (s->ldkel_milli == LEVEL_UNSET)
                return s->rdkel_milli;
        if (s->rdkel_milli == LEVEL_UNSET)
                return s->ldkel_milli;
        return s->ldkel_milli < s->rdkel_milli ? s->ldkel_milli
                                               : s->rdkel_milli;
}

int64_t station_limit_milli(const struct station *s, int64_t at_us)
{
        uint32_t i;

        for (i = 0; i < s->n_seasons; i++) {
                const struct season_limit *l = &s->season[i];

                if (time_in_season(at_us, l->begin_mmdd, l->end_mmdd))
                        return l->fsltdz_milli;
        }
        return LEVEL_UNSET;
}

static void save_point(struct buf *b, struct point at)
{
        uint64_t v;

        memcpy(&v, &at.lon_deg, 8);
        pack_u64(b, v);
        memcpy(&v, &at.lat_deg, 8);
        pack_u64(b, v);
}

static struct point load_point(struct unpack *u)
{
        struct point at;
        uint64_t v;

        v = unpack_u64(u);
        memcpy(&at.lon_deg, &v, 8);
        v = unpack_u64(u);
        memcpy(&at.lat_deg, &v, 8);
        return at;
}

static void save_terminal(const struct sl651_options *t, struct buf *b)
{
        pack_i64(b, t->password);
        pack_u8(b, t->centre);
        pack_u8(b, (uint8_t)t->slots);
        pack_u8(b, (uint8_t)t->mode);
        pack_str(b, t->vendor);
        pack_u8(b, t->ask);
        pack_u8(b, t->amends);
}

static void load_terminal(struct sl651_options *t, struct unpack *u)
{
        t->password = (int32_t)unpack_i64(u);
        t->centre = unpack_u8(u);
        t->slots = unpack_u8(u) % sl651_slots_count;
        t->mode = unpack_u8(u) % sl651_mode_count;
        unpack_str(u, t->vendor, sizeof t->vendor);
        t->ask = unpack_u8(u);
        t->amends = unpack_u8(u);
}

static void save_checks(const struct station_checks *c, struct buf *b)
{
#define X(field, key, help) pack_i64(b, c->field##_milli);
        STATION_CHECKS(X)
#undef X
}

static void load_checks(struct station_checks *c, struct unpack *u)
{
#define X(field, key, help) c->field##_milli = unpack_i64(u);
        STATION_CHECKS(X)
#undef X
}

static void save_station(const struct station *s, struct buf *b)
{
        uint32_t i;

        pack_str(b, s->code);
        pack_str(b, s->name);
        pack_str(b, s->name_en);
        pack_u8(b, (uint8_t)s->kind);
        save_point(b, s->at);
        pack_str(b, s->town);
        pack_str(b, s->county);
        for (i = 0; i < CATCHMENTS_MAX; i++)
                pack_str(b, s->catchment[i]);
        pack_str(b, s->river);
        pack_str(b, s->river_en);
        pack_str(b, s->datum);
        pack_i64(b, s->wrz_milli);
        pack_i64(b, s->grz_milli);
        pack_i64(b, s->obhtz_milli);
        pack_i64(b, s->ldkel_milli);
        pack_i64(b, s->rdkel_milli);
        pack_i64(b, s->laz_milli);
        pack_str(b, s->upstream);
        pack_i64(b, s->travel_us);
        pack_i64(b, s->near_milli);
        pack_u32(b, s->n_seasons);
        for (i = 0; i < s->n_seasons; i++) {
                pack_u32(b, (uint32_t)s->season[i].begin_mmdd);
                pack_u32(b, (uint32_t)s->season[i].end_mmdd);
                pack_i64(b, s->season[i].fsltdz_milli);
        }
        pack_i64(b, s->interval_us);
        pack_u8(b, s->wind_is_gust);
        pack_str(b, s->sl651);
        pack_str(b, s->vendor_id);
        pack_str(b, s->via);
        save_terminal(&s->terminal, b);
        save_checks(&s->checks, b);
        pack_u8(b, s->levels_synthetic);
        pack_u8(b, s->active);
}

static void load_station(struct station *s, struct unpack *u)
{
        uint32_t i;

        memset(s, 0, sizeof *s);
        unpack_str(u, s->code, sizeof s->code);
        unpack_str(u, s->name, sizeof s->name);
        unpack_str(u, s->name_en, sizeof s->name_en);
        s->kind = unpack_u8(u) % station_kind_count;
        s->at = load_point(u);
        unpack_str(u, s->town, sizeof s->town);
        unpack_str(u, s->county, sizeof s->county);
        for (i = 0; i < CATCHMENTS_MAX; i++)
                unpack_str(u, s->catchment[i], sizeof s->catchment[i]);
        unpack_str(u, s->river, sizeof s->river);
        unpack_str(u, s->river_en, sizeof s->river_en);
        unpack_str(u, s->datum, sizeof s->datum);
        s->wrz_milli = unpack_i64(u);
        s->grz_milli = unpack_i64(u);
        s->obhtz_milli = unpack_i64(u);
        s->ldkel_milli = unpack_i64(u);
        s->rdkel_milli = unpack_i64(u);
        s->laz_milli = unpack_i64(u);
        unpack_str(u, s->upstream, sizeof s->upstream);
        s->travel_us = unpack_i64(u);
        s->near_milli = unpack_i64(u);
        s->n_seasons = unpack_count(u, 16);
        if (s->n_seasons > SEASONS_MAX)
                u->failed = true, s->n_seasons = 0;
        for (i = 0; i < s->n_seasons; i++) {
                s->season[i].begin_mmdd = (int)unpack_u32(u);
                s->season[i].end_mmdd = (int)unpack_u32(u);
                s->season[i].fsltdz_milli = unpack_i64(u);
        }
        s->interval_us = unpack_i64(u);
        s->wind_is_gust = unpack_u8(u);
        unpack_str(u, s->sl651, sizeof s->sl651);
        unpack_str(u, s->vendor_id, sizeof s->vendor_id);
        unpack_str(u, s->via, sizeof s->via);
        load_terminal(&s->terminal, u);
        load_checks(&s->checks, u);
        s->levels_synthetic = unpack_u8(u);
        s->active = unpack_u8(u);
}

static void save_zone(const struct zone *z, struct buf *b)
{
        uint32_t i, k;

        pack_str(b, z->code);
        pack_str(b, z->name);
        pack_str(b, z->name_en);
        pack_u8(b, (uint8_t)z->level);
        pack_str(b, z->parent);
        save_point(b, z->label);
        save_point(b, z->low);
        save_point(b, z->high);
        pack_u32(b, z->n_rings);
        for (i = 0; i < z->n_rings; i++) {
                pack_u32(b, z->rings[i].part);
                pack_u32(b, z->rings[i].n);
                for (k = 0; k < z->rings[i].n; k++)
                        save_point(b, z->rings[i].at[k]);
        }
}

static void load_ring(struct ring *r, struct unpack *u)
{
        uint32_t k;

        r->part = unpack_u32(u);
        r->n = unpack_count(u, 16);
        r->at = calloc(r->n ? r->n : 1, sizeof *r->at);
        if (!r->at) {
                u->failed = true;
                r->n = 0;
        }
        for (k = 0; k < r->n; k++)
                r->at[k] = load_point(u);
}

static void load_zone(struct zone *z, struct unpack *u)
{
        uint32_t i;

        memset(z, 0, sizeof *z);
        unpack_str(u, z->code, sizeof z->code);
        unpack_str(u, z->name, sizeof z->name);
        unpack_str(u, z->name_en, sizeof z->name_en);
        z->level = unpack_u8(u) % zone_level_count;
        unpack_str(u, z->parent, sizeof z->parent);
        z->label = load_point(u);
        z->low = load_point(u);
        z->high = load_point(u);
        z->n_rings = unpack_count(u, 8);
        z->rings = calloc(z->n_rings ? z->n_rings : 1, sizeof *z->rings);
        if (!z->rings) {
                u->failed = true;
                z->n_rings = 0;
        }
        for (i = 0; i < z->n_rings; i++)
                load_ring(&z->rings[i], u);
}

static void save_facility(const struct facility *f, struct buf *b)
{
        pack_str(b, f->id);
        pack_str(b, f->name);
        pack_str(b, f->name_en);
        pack_u8(b, (uint8_t)f->kind);
        save_point(b, f->at);
        pack_str(b, f->county);
        pack_i64(b, f->capacity);
}

static void load_facility(struct facility *f, struct unpack *u)
{
        memset(f, 0, sizeof *f);
        unpack_str(u, f->id, sizeof f->id);
        unpack_str(u, f->name, sizeof f->name);
        unpack_str(u, f->name_en, sizeof f->name_en);
        f->kind = unpack_u8(u) % facility_kind_count;
        f->at = load_point(u);
        unpack_str(u, f->county, sizeof f->county);
        f->capacity = unpack_i64(u);
}

void places_save(const struct places *p, struct buf *b)
{
        uint32_t i;

        pack_u32(b, p->n_stations);
        for (i = 0; i < p->n_stations; i++)
                save_station(&p->stations[i], b);
        pack_u32(b, p->n_zones);
        for (i = 0; i < p->n_zones; i++)
                save_zone(&p->zones[i], b);
        pack_u32(b, p->n_facilities);
        for (i = 0; i < p->n_facilities; i++)
                save_facility(&p->facilities[i], b);
}

enum status places_load(struct places *p, struct unpack *u, struct err *e)
{
        struct station s;
        struct zone z;
        struct facility f;
        enum status st = OK;
        uint32_t n;

        for (n = unpack_count(u, 8); n && st == OK && !u->failed; n--) {
                load_station(&s, u);
                st = places_put_station(p, &s, NULL, e);
        }
        for (n = unpack_count(u, 8); n && st == OK && !u->failed; n--) {
                load_zone(&z, u);
                st = places_put_zone(p, &z, e);
                zone_done(&z);
        }
        for (n = unpack_count(u, 8); n && st == OK && !u->failed; n--) {
                load_facility(&f, u);
                st = places_put_facility(p, &f, e);
        }
        if (st == OK && u->failed)
                return err_set(e, ERR_CORRUPT, "book of places is cut short");
        return st;
}
