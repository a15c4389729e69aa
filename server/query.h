/* server/query.h -- the SQL: how rows go in, and the named questions.
 *
 * Holds:  constant texts; parameters only, never values in the text.
 * Thread: any. */
#ifndef SERVER_QUERY_H
#define SERVER_QUERY_H

#include "schemas/buf.h"
#include "server/reader.h"

/* Tables in the order in which a batch writes them: places first, since
 * an alert takes its geometry from them.
 * name, key, other columns, rule:
 *   FIRST   the first row of a key stays
 *   seq     a row with a higher or the same seq replaces
 *   changes the same by the alert's version
 *   OWN     a statement of its own in query.c */
#define PUT_TABLES(X)                                                          \
        X(station, "code",                                                     \
          "name,name_en,kind,lon,lat,zone,county,catchments,river,river_en,"   \
          "datum,wrz,laz,"                                                     \
          "grz,obhtz,ldkel,rdkel,upstream,travel_h,near,fsltdz,interval_s,"    \
          "wind,sl651,vendor_id,via,"                                          \
          "sl651_centre,sl651_slots,sl651_mode,sl651_vendor,sl651_ask,"        \
          "sl651_amends,checks,levels_synthetic,active,seq",                   \
          "seq")                                                               \
        X(zone, "code",                                                        \
          "level,name,name_en,parent,label_lon,label_lat,geometry,seq", "seq") \
        X(facility, "id", "kind,name,name_en,lon,lat,county,capacity,seq",     \
          "seq")                                                               \
        X(observation_conflict, "seq,item",                                    \
          "station,element,time,value,marks,received_at", "FIRST")             \
        X(incident, "centre,id",                                               \
          "state,nature,address,people,lon,lat,county,town,opened_at,time,"    \
          "late_events,seq",                                                   \
          "seq")                                                               \
        X(dispatch_event, "seq,n",                                             \
          "what,centre,incident,unit,state,time,lon,lat,out_of_order",         \
          "FIRST")                                                             \
        X(unit, "centre,id",                                                   \
          "state,incident,lon,lat,time,fix_at,lost,late_events,seq", "seq")    \
        X(unit_position, "centre,unit,time", "lon,lat,state,seq", "FIRST")     \
        X(forecast, "id",                                                      \
          "source,model,subject,is_zone,element,issued_at,begin_at,seq",       \
          "FIRST")                                                             \
        X(forecast_value, "id,valid_at", "value,persistence,quantiles",        \
          "FIRST")                                                             \
        X(alert, "id", "", "OWN")                                              \
        X(alert_transition, "alert,n",                                         \
          "kind,from_level,to_level,from_state,to_state,at,real_at,agency,"    \
          "user_name,note,seq,object",                                         \
          "FIRST")                                                             \
        X(alert_answer, "alert,agency",                                        \
          "required,given,intent,user_name,note,given_at,deadline_at,"         \
          "escalated,escalated_at,changes",                                    \
          "changes")                                                           \
        X(alert_evidence, "alert,station,element,time,seq", "value,forecast",  \
          "FIRST")                                                             \
        X(app_user, "name", "shown,role,agency,zone,disabled,seq", "seq")      \
        X(audit, "n",                                                          \
          "seq,real_at,at,user_name,role,action,subject,outcome,detail,hash",  \
          "FIRST")                                                             \
        X(rule_set, "name,version", "object,seq", "FIRST")                     \
        X(rule_version, "seq", "hash,name,version,text,put_by,put_at",         \
          "FIRST")                                                             \
        X(rule_draft, "hash",                                                  \
          "name,version,text,author,drafted_at,tested_by,tested_at,"           \
          "tested_against,result,confirmed_by,confirmed_against,confirmed_at," \
          "seq",                                                               \
          "seq")                                                               \
        X(check_set, "name,version", "object,seq", "FIRST")                    \
        X(gap_report, "subject,is_centre,boot,first_number",                   \
          "last_number,missing,state,asked,owner,noticed_at,changed_at,since," \
          "until,seq",                                                         \
          "seq")                                                               \
        X(applicant, "name",                                                   \
          "state,first_at,last_at,messages,waiting,dropped,seq", "seq")        \
        X(picture, "id", "station,time,bytes,sha256,seq", "FIRST")             \
        X(station_text, "seq,item", "station,kind,time,words,raw", "FIRST")    \
        X(conformance, "station,kind", "count,first_at,last_at,seq,byte",      \
          "seq")                                                               \
        X(quarantine, "id", "", "OWN")

enum put_table {
#define X(name, key, columns, rule) PUT_##name,
        PUT_TABLES(X)
#undef X
                PUT_count
};

const char *query_put_name(enum put_table t);
/* False when there is no such table. */
bool query_put_from(struct text name, enum put_table *ret);
/* INSERT of a JSON array ($1) of rows. */
void query_put_statement(enum put_table t, struct buf *b);

/* Observations and rain slots come by COPY (row_copy.h): straight into the
 * table, or by a table of the session into which every batch goes first. */
extern const char query_stage_create[];
extern const char query_observation_copy[], query_rain_copy[];
extern const char query_observation_stage[], query_rain_stage[];
/* From the staging table; the first value of an instant stays. */
extern const char query_observation_merge[], query_rain_merge[];
/* For observations that found their place taken: another value goes to
 * observation_conflict, the same value nowhere. */
extern const char query_observation_conflict[];
/* For one amended value: the old row goes to observation_revision, then
 * the new one takes its place. */
extern const char query_observation_keep[], query_observation_revise[];
/* $1: a day; the partition of its observations. */
extern const char query_partition[];

/* query_score.c */
extern const char query_scores[];

/* The SQL of a question; it returns one JSON text. */
const char *query_sql(enum query q);
const char *query_name(enum query q);
int query_parameters(enum query q);

#endif
