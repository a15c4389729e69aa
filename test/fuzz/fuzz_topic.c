/* test/fuzz/fuzz_topic.c -- any bytes as an MQTT topic. */
#include <stdlib.h>
#include <string.h>

#include "sensors/topic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text t = {(const char *)data, size};
        struct topic topic;
        struct err e = {0};

        if (topic_parse(t, &topic, &e) != OK) {
                if (!e.msg[0])
                        abort(); /* it must say why */
                return 0;
        }
        if (!text_is_code(text_of(topic.name), CODE_MAX) ||
            topic.kind >= topic_kind_count)
                abort();
        return 0;
}
