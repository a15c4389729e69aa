/* Tests of schemas/wire/obs.c. */
#include "check.h"

#include <stdlib.h>

#include "schemas/time.h"
#include "schemas/wire/obs.h"

static struct obs_message m;
static struct err e;

/* Quotes are written as '. */
static enum status decode(const char *json)
{
        static char body[JSON_MESSAGE_MAX];
        size_t i;

        snprintf(body, sizeof body, "%s", json);
        for (i = 0; body[i]; i++)
                if (body[i] == '\'')
                        body[i] = '"';
        memset(&e, 0, sizeof e);
        return wire_obs_decode(text_of(body), &m, &e);
}

TEST(all_of_a_message)
{
        CHECK_EQ(decode("{'station':'A1','boot':3,'seq':9007199254740992,"
                        "'firmware':{'v':[1]},'obs':[{'time':"
                        "'2023-10-20T03:00:00.5+08:00','element':'Z','value':"
                        "-1.2345,'unit':'m','extra':true},{'element':'PN05',"
                        "'value':null}]}"),
                 OK);
        CHECK_STR(m.station, "A1");
        CHECK(m.from.has);
        CHECK_EQ(m.from.boot, 3);
        CHECK_EQ(m.from.seq, INT64_C(9007199254740992));
        CHECK_EQ(m.n, 2);
        CHECK_EQ(m.item[0].value_milli, -1235); /* half away from zero */
        CHECK_EQ(m.item[0].time_us, INT64_C(1697742000500000));
        CHECK(m.item[1].missing);
        CHECK_EQ(m.item[1].time_us, TIME_NONE);
}

/* Messages with one mistake each; ' stands for ". */
static const struct {
        enum status want;
        const char *msg;
        const char *json;
} wrong_messages[] = {
        {ERR_TYPE, "must be an object", "[]"},
        {ERR_MISSING, "\"station\"", "{'obs':[]}"},
        {ERR_TYPE, "\"station\"", "{'station':1,'obs':[]}"},
        {ERR_SYNTAX, "\"station\"", "{'station':'a/b','obs':[]}"},
        {ERR_SIZE, "\"station\"",
         "{'station':'123456789012345678901234567890123','obs':[]}"},
        {ERR_MISSING, "\"obs\"", "{'station':'A'}"},
        {ERR_TYPE, "\"obs\"", "{'station':'A','obs':{}}"},
        {ERR_SIZE, "\"obs\"", "{'station':'A','obs':[]}"},
        {ERR_TYPE, "obs[0]", "{'station':'A','obs':[1]}"},
        {ERR_MISSING, "obs[0].element", "{'station':'A','obs':[{}]}"},
        {ERR_TYPE, "obs[0].element", "{'station':'A','obs':[{'element':1}]}"},
        {ERR_UNKNOWN_ELEMENT, "obs[0].element \"z\"",
         "{'station':'A','obs':[{'element':'z','value':1}]}"},
        {ERR_MISSING, "obs[0].value",
         "{'station':'A','obs':[{'element':'Z'}]}"},
        {ERR_TYPE, "obs[0].value",
         "{'station':'A','obs':[{'element':'Z','value':true}]}"},
        {ERR_RANGE, "obs[0].value 151 is outside 0..150 mm of PN05",
         "{'station':'A','obs':[{'element':'PN05','value':151}]}"},
        {ERR_RANGE, "obs[0].value",
         "{'station':'A','obs':[{'element':'PN05','value':-0.1}]}"},
        {ERR_RANGE, "obs[0].value",
         "{'station':'A','obs':[{'element':'Z','value':1e300}]}"},
        {ERR_TYPE, "obs[0].time",
         "{'station':'A','obs':[{'element':'Z','value':1,'time':1}]}"},
        {ERR_TYPE, "obs[0].time",
         "{'station':'A','obs':[{'element':'Z','value':1,'time':"
         "null}]}"},
        {ERR_TIME, "obs[0].time",
         "{'station':'A','obs':[{'element':'Z','value':1,'time':"
         "'2023-10-20T03:00:00'}]}"},
        {ERR_TYPE, "obs[0].unit",
         "{'station':'A','obs':[{'element':'Z','value':1,'unit':1}]}"},
        {ERR_MISMATCH, "obs[0].unit",
         "{'station':'A','obs':[{'element':'Z','value':1,'unit':"
         "'cm'}]}"},
        {ERR_MISSING, "\"seq\" without \"boot\"",
         "{'station':'A','seq':1,'obs':[{'element':'Z','value':1}]}"},
        {ERR_TYPE, "\"boot\"", "{'station':'A','boot':1.5,'seq':1,'obs':[]}"},
        {ERR_DUPLICATE, "stands twice",
         "{'station':'A','Station':'A','obs':[]}"},
};

TEST(wrong_messages_name_the_field)
{
        size_t i;

        memset(&m, 0, sizeof m);
        m.n = 77;
        for (i = 0; i < sizeof wrong_messages / sizeof *wrong_messages; i++) {
                CHECK_EQ(decode(wrong_messages[i].json),
                         wrong_messages[i].want);
                if (!strstr(e.msg, wrong_messages[i].msg))
                        fail_msg("\"%s\" lacks \"%s\"", e.msg,
                                 wrong_messages[i].msg);
        }
        CHECK_EQ(m.n, 77); /* untouched */
}

TEST(at_most_512_values)
{
        struct buf b = {0};
        int i, n;

        for (n = 512; n <= 513; n++) {
                buf_clear(&b);
                buf_str(&b, "{\"station\":\"A\",\"obs\":[");
                for (i = 0; i < n; i++)
                        buf_printf(&b, "%s{\"element\":\"Z\",\"value\":%d}",
                                   i ? "," : "", i);
                buf_str(&b, "]}");
                CHECK_EQ(wire_obs_decode(buf_as_text(&b), &m, &e),
                         n == 512 ? OK : ERR_SIZE);
        }
        CHECK_EQ(m.n, 512);
        buf_done(&b);
}

TEST(what_is_written_is_read_back)
{
        static struct obs_message out;
        struct buf b = {0};

        out = (struct obs_message){
                .station = "A1",
                .from = {true, 4, 5},
                .item = {{1697742000000000, ELEMENT_Z, false, -1005},
                         {TIME_NONE, ELEMENT_PJ, true, 0}},
                .n = 2};
        wire_obs_encode(&out, &b);
        CHECK_EQ(wire_obs_decode(buf_as_text(&b), &m, &e), OK);
        CHECK_STR(m.station, "A1");
        CHECK_EQ(m.from.seq, 5);
        CHECK_EQ(m.n, 2);
        CHECK_EQ(m.item[0].value_milli, -1005);
        CHECK_EQ(m.item[0].time_us, INT64_C(1697742000000000));
        CHECK(m.item[1].missing);
        buf_done(&b);
}

TEST(the_number_of_a_bad_message_can_be_read)
{
        struct wire_seq s;

        s = wire_seq_peek(TEXT("{\"boot\":1,\"seq\":2,\"obs\":7}"));
        CHECK(s.has);
        CHECK_EQ(s.seq, 2);
        CHECK(!wire_seq_peek(TEXT("{\"boot\":1,\"seq\":2,\"obs\":7")).has);
        CHECK(!wire_seq_peek(TEXT("{\"boot\":1}")).has);
        CHECK(!wire_seq_peek(TEXT("[]")).has);
        CHECK(!wire_seq_peek(TEXT("")).has);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(all_of_a_message),
                RUN(wrong_messages_name_the_field),
                RUN(at_most_512_values),
                RUN(what_is_written_is_read_back),
                RUN(the_number_of_a_bad_message_can_be_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
