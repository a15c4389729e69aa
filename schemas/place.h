/* schemas/place.h -- stations, zones and facilities: the book of places.
 *
 * Tables typed here are what server/ hands to gis, sensors and alerts.
 * Names and levels are SL 323-2011 (WRZ warning, GRZ guarantee, OBHTZ
 * highest on record, LAZ low-water alert level, FSLTDZ flood-season limit;
 * LDKEL and RDKEL crest of the left and the right dyke; UPSTCD and AVTRTM of
 * ST_FSDR_B, station upstream and mean travel time of the flood).  Zones are
 * GB/T 2260, but for catchments (codes that begin with a letter) and rivers
 * ("river/" and the name that stations give).
 * Holds:  a station keeps its index for ever; indices name stations in
 *         observations and engine state.  Level values are thousandths of
 *         a metre; LEVEL_UNSET says "no threshold set". */
#ifndef SCHEMAS_PLACE_H
#define SCHEMAS_PLACE_H

#include "schemas/pack.h"
#include "schemas/status.h"
#include "schemas/words.h"

#define LEVEL_UNSET INT64_MIN
#define CODE_MAX 32
#define NO_INDEX UINT32_MAX
#define ZONE_CODE_MAX 9 /* of one with an outline */
#define RIVER_MAX 47    /* bytes of a river's name */
#define RIVER_PREFIX "river/"
#define SUBJECT_MAX (6 + RIVER_MAX) /* what an alert is about */
#define CATCHMENTS_MAX 4            /* that hold one station */
#define SEASONS_MAX 4
#define SL651_VENDOR_MAX 16    /* of a vendor table's name */
#define TRAVEL_MIN_MILLI 167   /* of AVTRTM, hours: ten minutes... */
#define TRAVEL_MAX_MILLI 48000 /* ...to two days */

struct point {
        double lon_deg; /* EPSG:4326 */
        double lat_deg;
};

/* ST_RSVRFSR_B: the limit in force between two dates of any year. */
struct season_limit {
        int begin_mmdd;
        int end_mmdd;
        int64_t fsltdz_milli;
};

/* ST_STCHKVAL_B: what is plausible at a station; LEVEL_UNSET says "no
 * bound set".  Thousandths of mm, m, m3/s; VT of volts. */
#define STATION_CHECKS(X)                                          \
        X(pult, "PULT", "most rain in one reporting interval, mm") \
        X(pdult, "PDULT", "most rain in a hydrological day, mm")   \
        X(zult, "ZULT", "highest level, m")                        \
        X(zllt, "ZLLT", "lowest level, m")                         \
        X(ztcult, "ZTCULT", "largest rise from value to value, m") \
        X(zdcult, "ZDCULT", "largest fall from value to value, m") \
        X(qult, "QULT", "largest discharge, m3/s")                 \
        X(qllt, "QLLT", "smallest discharge, m3/s")                \
        X(vtllt, "VTLLT", "supply voltage below this: battery low, V")

struct station_checks {
#define X(field, key, help) int64_t field##_milli;
        STATION_CHECKS(X)
#undef X
};

/* How its SL 651 terminal behaves.  Words: SL651_SLOTS_WORDS in words.h. */
struct sl651_options {
        int32_t password; /* 0..65535; -1: any */
        uint8_t centre;   /* 1..255 must match; 0: any */
        enum sl651_slots slots;
        enum sl651_mode mode;
        char vendor[SL651_VENDOR_MAX + 1]; /* whose FF elements; "": none */
        bool ask;    /* answers 38H: may be asked for what is missing */
        bool amends; /* its 35H replaces what stands for the same time */
};

struct station {
        char code[CODE_MAX + 1];
        char name[64];
        char name_en[64];
        enum station_kind kind;
        struct point at;
        char town[10];  /* 9-digit code, "" when unknown */
        char county[7]; /* 6-digit code */
        /* Those that hold it, the smallest first; "" behind the last. */
        char catchment[CATCHMENTS_MAX][ZONE_CODE_MAX + 1];
        char river[RIVER_MAX + 1]; /* name, "" for none */
        char river_en[48];
        char datum[24]; /* DTMNM */
        int64_t wrz_milli, grz_milli, obhtz_milli;
        int64_t ldkel_milli, rdkel_milli;
        int64_t laz_milli;  /* low water: at it and under it */
        int64_t near_milli; /* "close to WRZ", default 300 */
        struct season_limit season[SEASONS_MAX];
        uint32_t n_seasons;
        char upstream[CODE_MAX + 1]; /* UPSTCD; "": none named */
        int64_t travel_us;           /* AVTRTM, from there to here */
        int64_t interval_us;         /* expected reporting interval */
        bool wind_is_gust;           /* declares what it sends as wind */
        char sl651[11];              /* terminal address: 10 hex digits or "" */
        char vendor_id[CODE_MAX + 1]; /* its name in a vendor's messages */
        char via[CODE_MAX + 1];       /* station that may report for this one */
        struct sl651_options terminal;
        struct station_checks checks;
        bool levels_synthetic; /* GRZ, OBHTZ invented for the demo */
        bool active;
};

struct ring {
        struct point *at; /* closed: first == last */
        uint32_t n;
        uint32_t part; /* rings of one polygon share it; first is outer */
};

struct zone {
        char code[10];
        char name[64];
        char name_en[64];
        enum zone_level level;
        char parent[10];
        struct ring *rings;
        uint32_t n_rings;
        struct point label;     /* inside the zone */
        struct point low, high; /* bounding box */
};

/* A river that stations name. */
struct river {
        char name[RIVER_MAX + 1];
        uint32_t n_stations;
};

struct facility {
        char id[CODE_MAX + 1];
        char name[96];
        char name_en[96];
        enum facility_kind kind;
        struct point at;
        char county[7];
        int64_t capacity; /* beds, people or 10^6 m3; -1 unknown */
};

struct places {
        struct station *stations;
        uint32_t n_stations, cap_stations;
        uint32_t *station_slots; /* open addressing, index + 1 */
        uint32_t n_slots;
        struct station_index {
                uint32_t *slots; /* the same */
                uint32_t n, used;
        } by_sl651, by_vendor; /* terminal address; vendor_id */
        struct zone *zones;
        uint32_t n_zones;
        struct river *rivers; /* by name, each with a station */
        uint32_t n_rivers, cap_rivers;
        struct facility *facilities;
        uint32_t n_facilities;
};

void places_init(struct places *p);
void places_done(struct places *p);

/* Adds or replaces by code; keeps the index of a known station. */
enum status places_put_station(struct places *p, const struct station *s,
                               uint32_t *ret_index, struct err *e);
uint32_t places_find_station(const struct places *p, struct text code);
/* The station of a terminal's address (ten hex digits of any case): its
 * `sl651`, else the station whose code it is: all ten digits, or the eight
 * of an SL 502 code after a leading 00. */
uint32_t places_find_sl651(const struct places *p, struct text address);

/* The station of a vendor's name for it, `vendor_id`, as it is written. */
uint32_t places_find_vendor(const struct places *p, struct text vendor_id);

/* Takes over z->rings; replaces the zone of the same code. */
enum status places_put_zone(struct places *p, struct zone *z, struct err *e);
const struct zone *places_find_zone(const struct places *p, struct text code);

/* What a code is of; false: of nothing.  Six digits: county or, ending in
 * 00, city; nine: town; RIVER_PREFIX and a name; else a letter and up to
 * eight of A-Z a-z 0-9 _ -: catchment. */
bool zone_code_level(const char *code, enum zone_level *ret);
/* Zones with an outline, and rivers. */
bool places_has_zone(const struct places *p, struct text code);
/* All codes of a level, one a call; *i starts at 0; false at the end. */
bool places_next_zone(const struct places *p, enum zone_level level,
                      uint32_t *i, char ret[SUBJECT_MAX + 1]);
/* Its name, a river's too; NULL: there is none.  English where there is. */
const char *places_zone_name(const struct places *p, const char *code,
                             bool english);
/* Does the zone of the code hold the station? */
bool zone_holds_station(const char *code, const struct station *s);
enum status places_put_facility(struct places *p, const struct facility *f,
                                struct err *e);
void zone_done(struct zone *z);

/* No bound set at all. */
void station_checks_clear(struct station_checks *c);

/* The lower of both dyke crests that are set, or LEVEL_UNSET. */
int64_t station_dyke_milli(const struct station *s);

/* The flood-season limit in force on a date (Beijing), or LEVEL_UNSET. */
int64_t station_limit_milli(const struct station *s, int64_t at_us);

void places_save(const struct places *p, struct buf *b);
enum status places_load(struct places *p, struct unpack *u, struct err *e);

#endif
