/* schemas/wire/dispatch.c -- a 120 centre's events in JSON. */
#include "schemas/wire/dispatch.h"

#include <ctype.h>
#include <string.h>

#include "schemas/crs.h"
#include "schemas/time.h"

/* Whole keys, after letters are lowered and '_', '-' and blanks dropped. */
static const char *const personal_words[] = {
        "name",      "fullname", "surname", "sex",      "gender",    "age",
        "tel",       "telno",    "contact", "birthday", "birthdate", "dob",
        "diagnosis", "victim",   "person",  "idno",     "idnumber",  "passport",
        "wechat",    "email",    "性别",    "年龄",     "联系人",    "诊断"};
/* Anywhere in a key. */
static const char *const personal_parts[] = {
        "caller", "patient", "phone",  "mobile", "telephone",
        "idcard", "姓名",    "电话",   "手机",   "患者",
        "病人",   "身份证",  "呼救人", "报警人"};

static bool is_personal(struct text key)
{
        char plain[96];
        size_t i, n = 0;

        for (i = 0; i < key.n && n + 1 < sizeof plain; i++)
                if (!strchr("_- .", key.p[i]))
                        plain[n++] = (char)tolower((unsigned char)key.p[i]);
        plain[n] = '\0';
        for (i = 0; i < sizeof personal_words / sizeof *personal_words; i++)
                if (strcmp(plain, personal_words[i]) == 0)
                        return true;
        for (i = 0; i < sizeof personal_parts / sizeof *personal_parts; i++)
                if (strstr(plain, personal_parts[i]))
                        return true;
        return false;
}

static enum status no_person(const struct json *j, struct err *e)
{
        const struct json *v;
        enum status st = OK;

        for (v = json_first(j); v && st == OK; v = json_next(v)) {
                if (json_is_object(j) && is_personal(json_key(v)))
                        return err_set(e, ERR_FORBIDDEN,
                                       "\"%.40s\": a message must not carry "
                                       "personal data",
                                       json_key(v).p);
                st = no_person(v, e);
        }
        return st;
}

static enum status place(const struct json *j, struct dispatch_message *m,
                         struct err *e)
{
        const struct json *lon = json_get(j, "lon"), *lat = json_get(j, "lat");
        enum crs crs = CRS_WGS84;
        struct point p;

        if (json_given(j, "crs") &&
            !crs_from(json_text(json_get(j, "crs")), &crs))
                return err_set(e, ERR_UNKNOWN,
                               "\"crs\" is none of wgs84, cgcs2000, gcj02, "
                               "bd09");
        if (!json_given(j, "lon") && !json_given(j, "lat"))
                return OK;
        if (!json_given(j, "lon") || !json_given(j, "lat"))
                return err_set(e, ERR_MISSING,
                               "\"lon\" and \"lat\": give both or none");
        if (!json_is_number(lon) || !json_is_number(lat))
                return err_set(e, ERR_TYPE,
                               "\"lon\" and \"lat\" must be numbers");
        p = (struct point){json_double(lon), json_double(lat)};
        if (p.lon_deg < -180 || p.lon_deg > 180)
                return err_set(e, ERR_RANGE, "\"lon\" is outside -180..180");
        if (p.lat_deg < -90 || p.lat_deg > 90)
                return err_set(e, ERR_RANGE, "\"lat\" is outside -90..90");
        if (!crs_to_wgs84(crs, p, &m->at))
                return err_set(e, ERR_RANGE, "\"lon\", \"lat\" are no place");
        m->has_point = true;
        return OK;
}

static enum status people(const struct json *j, struct dispatch_message *m,
                          struct err *e)
{
        int64_t n;
        enum status st;

        m->people = -1;
        if (!json_given(j, "people"))
                return OK;
        st = json_need_i64(j, "people", &n, e);
        if (st != OK)
                return st;
        if (n < 0 || n > 100000)
                return err_set(e, ERR_RANGE, "\"people\" is outside 0..100000");
        m->people = n;
        return OK;
}

static enum status state_word(const struct json *j, struct dispatch_message *m,
                              struct err *e)
{
        enum incident_state incident;
        enum unit_state unit;
        char word[32];
        enum status st = json_need_text(j, "state", word, sizeof word, e);

        if (st != OK)
                return st;
        if (m->is_unit && unit_state_from(text_of(word), &unit))
                m->state = (int)unit;
        else if (!m->is_unit && incident_state_from(text_of(word), &incident))
                m->state = (int)incident;
        else
                return err_set(e, ERR_UNKNOWN,
                               "\"state\" \"%s\" is no state of %s", word,
                               m->is_unit ? "a unit" : "an incident");
        return OK;
}

static enum status common(const struct json *j, struct dispatch_message *m,
                          struct err *e)
{
        enum status st;

        if (!json_is_object(j))
                return err_set(e, ERR_TYPE, "the message must be an object");
        st = no_person(j, e);
        if (st == OK)
                st = json_need_code(j, m->is_unit ? "unit" : "incident", m->id,
                                    e);
        if (st == OK)
                st = wire_seq_get(j, &m->from, e);
        if (st == OK)
                st = json_need_time(j, "time", &m->time_us, e);
        if (st == OK)
                st = state_word(j, m, e);
        if (st == OK)
                st = place(j, m, e);
        return st;
}

static enum status details(const struct json *j, struct dispatch_message *m,
                           struct err *e)
{
        enum status st;

        if (m->is_unit)
                return json_given(j, "incident")
                               ? json_need_code(j, "incident", m->incident, e)
                               : OK;
        st = json_opt_text(j, "nature", m->nature, sizeof m->nature, e);
        if (st == OK)
                st = json_opt_text(j, "address", m->address, sizeof m->address,
                                   e);
        if (st == OK)
                st = people(j, m, e);
        return st;
}

static enum status decode(struct text body, bool is_unit,
                          struct dispatch_message *ret, struct err *e)
{
        struct dispatch_message m = {.is_unit = is_unit, .people = -1};
        struct json *j = NULL;
        enum status st = json_parse(body, JSON_MESSAGE_MAX, &j, e);

        if (st != OK)
                return st;
        st = common(j, &m, e);
        if (st == OK)
                st = details(j, &m, e);
        if (st == OK)
                *ret = m;
        json_free(j);
        return st;
}

enum status wire_incident_decode(struct text body, struct dispatch_message *ret,
                                 struct err *e)
{
        return decode(body, false, ret, e);
}

enum status wire_unit_decode(struct text body, struct dispatch_message *ret,
                             struct err *e)
{
        return decode(body, true, ret, e);
}

void wire_dispatch_encode(const struct dispatch_message *m, struct buf *b)
{
        struct json_out o = json_out(b);

        json_open(&o, NULL);
        json_put_str(&o, m->is_unit ? "unit" : "incident", m->id);
        if (m->from.has) {
                json_put_u64(&o, "boot", m->from.boot);
                json_put_u64(&o, "seq", m->from.seq);
        }
        json_put_time(&o, "time", m->time_us);
        json_put_str(&o, "state",
                     m->is_unit ? unit_state_name((enum unit_state)m->state)
                                : incident_state_name(
                                          (enum incident_state)m->state));
        if (m->nature[0])
                json_put_str(&o, "nature", m->nature);
        if (m->people >= 0)
                json_put_i64(&o, "people", m->people);
        if (m->address[0])
                json_put_str(&o, "address", m->address);
        if (m->has_point) {
                json_put_degree(&o, "lon", m->at.lon_deg);
                json_put_degree(&o, "lat", m->at.lat_deg);
        }
        if (m->is_unit && m->incident[0])
                json_put_str(&o, "incident", m->incident);
        json_close(&o);
}
