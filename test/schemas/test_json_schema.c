/* Tests of schemas/json/: what the schemas list is what the code takes. */
#include "check.h"

#include <stdlib.h>

#include "schemas/dispatch.h"
#include "schemas/element.h"
#include "schemas/forecast.h"
#include "schemas/wire/json.h"
#include "schemas/wire/mapping.h"
#include "schemas/wire/obs.h"

static struct json *load(const char *name)
{
        char path[512], *text = malloc(1u << 20);
        struct json *j = NULL;
        struct err e = {0};
        size_t n;
        FILE *f;

        snprintf(path, sizeof path, "%s/schemas/json/%s.schema.json",
                 SOURCE_DIR, name);
        f = fopen(path, "rb");
        if (!f)
                fail_msg("no %s", path);
        n = fread(text, 1, 1u << 20, f);
        fclose(f);
        if (json_parse((struct text){text, n}, JSON_FILE_MAX, &j, &e) != OK)
                fail_msg("%s: %s", path, e.msg);
        free(text);
        return j;
}

/* Walks down by keys, '/' between them. */
static const struct json *find(const struct json *j, const char *path)
{
        struct text rest = text_of(path), key;
        char name[64];

        while (j && text_cut(&rest, '/', &key)) {
                text_copy(name, sizeof name, key);
                j = json_get(j, name);
        }
        if (!j)
                fail_msg("no %s", path);
        return j;
}

static int64_t whole(const struct json *j, const char *path)
{
        int64_t v = 0;

        if (!json_i64(find(j, path), &v))
                fail_msg("%s is no whole number", path);
        return v;
}

#define WORDS_AGREE(schema, path, type, count, fn)                        \
        do {                                                              \
                struct json *j_ = load(schema);                           \
                const struct json *v_ = json_first(find(j_, path));       \
                int i_;                                                   \
                for (i_ = 0; i_ < count; i_++) {                          \
                        CHECK(text_is(json_text(v_), fn((enum type)i_))); \
                        v_ = json_next(v_);                               \
                }                                                         \
                CHECK(!json_is_text(v_));                                 \
                json_free(j_);                                            \
        } while (0)

TEST(the_words_are_the_codes)
{
        WORDS_AGREE("obs", "properties/obs/items/properties/element/enum",
                    element, ELEMENT_count, element_name);
        WORDS_AGREE("series", "properties/element/enum", element, ELEMENT_count,
                    element_name);
        WORDS_AGREE("incident", "properties/state/enum", incident_state,
                    incident_state_count, incident_state_name);
        WORDS_AGREE("unit", "properties/state/enum", unit_state,
                    unit_state_count, unit_state_name);
        WORDS_AGREE("incident", "properties/crs/enum", crs, crs_count,
                    crs_name);
        WORDS_AGREE("unit", "properties/crs/enum", crs, crs_count, crs_name);
}

TEST(the_ranges_are_the_elements)
{
        struct json *j = load("obs");
        const struct json *c;
        enum element e = 0;
        int64_t low, high;

        for (c = json_first(find(j, "properties/obs/items/allOf")); c;
             c = json_next(c), e++) {
                const struct element_info *info = element_info(e);

                CHECK(text_is(json_text(find(c, "if/properties/element/const")),
                              info->name));
                CHECK(json_milli(find(c, "then/properties/value/minimum"),
                                 &low));
                CHECK(json_milli(find(c, "then/properties/value/maximum"),
                                 &high));
                CHECK_EQ(low, info->min_milli);
                CHECK_EQ(high, info->max_milli);
                CHECK(text_is(json_text(find(c, "then/properties/unit/const")),
                              info->unit));
        }
        CHECK_EQ(e, ELEMENT_count);
        json_free(j);
}

TEST(the_limits_are_the_codes)
{
        struct json *obs = load("obs"), *series = load("series");
        struct json *incident = load("incident"), *receipt = load("receipt");

        CHECK_EQ(whole(obs, "properties/obs/maxItems"), OBS_ITEMS_MAX);
        CHECK_EQ(whole(series, "properties/values/maxItems"), FORECAST_STEPS);
        CHECK_EQ(whole(incident, "properties/nature/maxLength"),
                 sizeof(((struct incident *)0)->nature) - 1);
        CHECK_EQ(whole(incident, "properties/address/maxLength"),
                 sizeof(((struct incident *)0)->address) - 1);
        CHECK_EQ(whole(receipt, "properties/upto/minimum"), 0);
        json_free(obs);
        json_free(series);
        json_free(incident);
        json_free(receipt);
}

/* Each member of the schema is one that the code knows: a mapping that has
 * it, with a value of no use, is not refused as unknown. */
static void code_knows(const struct json *properties, const char *format)
{
        const struct json *v;
        struct mapping m = {0};
        char body[300], *at;
        struct err e;

        for (v = json_first(properties); v; v = json_next(v)) {
                snprintf(body, sizeof body, format, json_key(v).p);
                for (at = body; *at; at++)
                        *at = (char)(*at == '\'' ? '"' : *at);
                e = (struct err){0};
                if (wire_mapping_decode(text_of(body), &m, &e) == OK)
                        wire_mapping_done(&m);
                if (strstr(e.msg, "there is no member"))
                        fail_msg("%s: %s", body, e.msg);
        }
}

TEST(a_mapping_has_the_members_that_the_code_knows)
{
        struct json *j = load("mapping");
        const char *const element =
                "{'name':'m','topic':'v','station':{'constant':'A'},"
                "'elements':[{'%s':'x'}]}";

        code_knows(find(j, "properties"), "{'%s':7}");
        code_knows(find(j, "properties/elements/items/properties"), element);
        code_knows(find(j, "properties/station/properties"),
                   "{'name':'m','topic':'v','station':{'%s':{}}}");
        code_knows(find(j, "properties/time/properties"),
                   "{'name':'m','topic':'v','station':{'constant':'A'},"
                   "'time':{'%s':{}}}");
        CHECK_EQ(json_size(find(j, "properties")), 9);
        CHECK_EQ(json_size(find(j, "properties/elements/items/properties")), 9);
        json_free(j);
}

TEST(a_mapping_has_the_words_and_limits_of_the_code)
{
        struct json *j = load("mapping");
        const struct json *v =
                json_first(find(j, "properties/time/properties/format/enum"));
        int i;

        WORDS_AGREE("mapping",
                    "properties/elements/items/properties/element/enum",
                    element, ELEMENT_count, element_name);
        for (i = MAPPING_TIME_NONE + 1; i < mapping_time_count; i++) {
                CHECK(text_is(json_text(v),
                              mapping_time_name((enum mapping_time)i)));
                v = json_next(v);
        }
        CHECK(!json_is_text(v));
        CHECK_EQ(whole(j, "properties/elements/maxItems"),
                 MAPPING_ELEMENTS_MAX);
        CHECK_EQ(whole(j, "properties/when/maxItems"), MAPPING_CONDITIONS_MAX);
        CHECK_EQ(whole(j, "properties/topic/maxLength"), MAPPING_TOPIC_MAX);
        CHECK_EQ(whole(j, "properties/time/properties/pointer/maxLength"),
                 MAPPING_POINTER_MAX);
        json_free(j);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(the_words_are_the_codes),
                RUN(the_ranges_are_the_elements),
                RUN(the_limits_are_the_codes),
                RUN(a_mapping_has_the_members_that_the_code_knows),
                RUN(a_mapping_has_the_words_and_limits_of_the_code),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
