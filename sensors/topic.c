/* sensors/topic.c -- what a message is, told by its MQTT topic. */
#include "sensors/topic.h"

static const struct {
        const char *name;
        const char *branch;
        const char *leaf;
} table[topic_kind_count] = {
#define X(code, name, branch, leaf) [code] = {name, branch, leaf},
        TOPIC_KINDS(X)
#undef X
};

const char *topic_kind_name(enum topic_kind k)
{
        return k < topic_kind_count ? table[k].name : "?";
}

static bool kind_of(struct text branch, struct text leaf, enum topic_kind *ret)
{
        int i;

        for (i = 0; i < topic_kind_count; i++)
                if (table[i].branch && text_is(branch, table[i].branch) &&
                    text_is(leaf, table[i].leaf)) {
                        *ret = (enum topic_kind)i;
                        return true;
                }
        return false;
}

enum status topic_parse(struct text t, struct topic *ret, struct err *e)
{
        struct text rest = t, part[6], more;
        enum topic_kind kind;
        int n = 0;

        while (n < 6 && text_cut(&rest, '/', &part[n]))
                n++;
        if (n < 6 || text_cut(&rest, '/', &more))
                return err_set(e, ERR_TOPIC, "a topic of ours has six levels");
        if (!text_is(part[0], "sanfang") || !text_is(part[1], "v1"))
                return err_set(e, ERR_TOPIC,
                               "topic does not begin with sanfang/v1/");
        if (!text_is(part[4], "up") || !kind_of(part[2], part[5], &kind))
                return err_set(e, ERR_TOPIC,
                               "topic ends in none of up/obs, up/sl651, "
                               "up/incident, up/unit, up/series");
        if (!text_is_code(part[3], CODE_MAX))
                return err_set(e, ERR_TOPIC,
                               "name in the topic is no code of 1..%d "
                               "letters, digits, '-' or '_'",
                               CODE_MAX);
        ret->kind = kind;
        text_copy(ret->name, sizeof ret->name, part[3]);
        return OK;
}
