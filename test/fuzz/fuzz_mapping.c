/* test/fuzz/fuzz_mapping.c -- any bytes as a mapping's file, and any bytes
 * as a message that it reads.
 *
 * Up to the first empty line is the file, what follows is the message.
 * What is refused says why; what is read is within what its element can
 * be; the sensors take the mapping as the reader does, refuse or take the
 * message, and go into a snapshot and back unchanged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/mapping.h"
#include "sensors/sensors.h"

#define NOW (INT64_C(1697742000) * SECOND_US) /* 2023-10-20 03:00 +08 */

static void halves(struct text all, struct text *file, struct text *message)
{
        size_t i;

        *file = all;
        *message = (struct text){"", 0};
        for (i = 0; i + 1 < all.n; i++)
                if (all.p[i] == '\n' && all.p[i + 1] == '\n') {
                        file->n = i;
                        *message = (struct text){all.p + i + 2, all.n - i - 2};
                        return;
                }
}

/* A topic that the filter is for. */
static void topic_for(const struct mapping *m, char *ret, size_t cap)
{
        struct text rest = text_of(m->topic), level;
        size_t n = 0;

        ret[0] = '\0';
        while (text_cut(&rest, '/', &level)) {
                if (text_is(level, "+") || text_is(level, "#"))
                        level = TEXT("A1");
                n += (size_t)snprintf(ret + n, cap - n, "%s%.*s", n ? "/" : "",
                                      (int)level.n, level.p);
        }
        if (!wire_mapping_matches(m, text_of(ret)))
                abort();
}

static void check_reading(const struct mapping_reading *r)
{
        const struct element_info *info = element_info(r->element);

        if (!r->station[0])
                abort();
        if (!r->missing && (r->value_milli < info->min_milli ||
                            r->value_milli > info->max_milli))
                abort();
        if (r->missing && r->value_milli != 0)
                abort();
}

static void read_it(const struct mapping *m, struct text topic,
                    struct text message)
{
        static struct mapping_reading got[MAPPING_READINGS_MAX];
        struct err e = {0};
        uint32_t n = 0, i;

        if (wire_mapping_read(m, topic, message, got, &n, &e) != OK) {
                if (!e.msg[0] || n != 0)
                        abort();
                return;
        }
        for (i = 0; i < n; i++)
                check_reading(&got[i]);
}

static void into_a_snapshot_and_back(const struct sensors *s)
{
        struct sensors_config c = sensors_defaults();
        struct sensors *again = NULL;
        struct buf one = {0}, two = {0};
        struct unpack u;

        sensors_save(s, &one);
        u = (struct unpack){one.p, one.n, false};
        if (sensors_create(&c, &again, NULL) != OK ||
            sensors_load(again, &u, NULL) != OK)
                abort();
        sensors_save(again, &two);
        if (!text_eq(buf_as_text(&one), buf_as_text(&two)))
                abort();
        sensors_free(again);
        buf_done(&one);
        buf_done(&two);
}

/* A1 is in the book, what else sends waits for it, and is admitted. */
static void take_it(struct text record, struct text topic, struct text message)
{
        struct sensors_config c = sensors_defaults();
        struct station k = {.kind = STATION_RIVER,
                            .code = "A1",
                            .vendor_id = "sn-1",
                            .interval_us = 5 * MINUTE_US,
                            .active = true};
        struct record r = {.seq = 1, .kind = RECORD_MQTT, .real_us = NOW};
        struct sensors *s = NULL;
        struct buf body = {0};
        struct places p;
        struct effects fx;
        uint32_t n = 0;

        places_init(&p);
        effects_init(&fx);
        record_mqtt_pack(&body, topic, message);
        r.body = buf_as_text(&body);
        if (places_put_station(&p, &k, NULL, NULL) != OK ||
            sensors_create(&c, &s, NULL) != OK ||
            sensors_mapping(s, record, NULL) != OK ||
            sensors_take(s, &p, &r, NOW, &fx, NULL) != OK)
                abort();
        into_a_snapshot_and_back(s);
        while (sensors_n_applicants(s) > 0) {
                char name[CODE_MAX + 1];

                memcpy(name, sensors_applicant(s, 0)->name, sizeof name);
                memcpy(k.code, name, sizeof k.code);
                k.vendor_id[0] = '\0';
                if (places_put_station(&p, &k, NULL, NULL) != OK ||
                    sensors_admit(s, &p, name, &fx, &n, NULL) != OK || n != 1)
                        abort();
        }
        sensors_free(s);
        places_done(&p);
        effects_done(&fx);
        buf_done(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text file, message;
        struct mapping m;
        struct buf record = {0};
        struct err e = {0};
        char topic[MAPPING_TOPIC_MAX + 2 * MAPPING_TOPIC_MAX];

        halves((struct text){(const char *)data, size}, &file, &message);
        if (wire_mapping_decode(file, &m, &e) != OK) {
                if (!e.msg[0])
                        abort(); /* it must say why */
                return 0;
        }
        if (!m.remove) {
                topic_for(&m, topic, sizeof topic);
                read_it(&m, text_of(topic), message);
                if (wire_mapping_record(file, &record, &e) == OK)
                        take_it(buf_as_text(&record), text_of(topic), message);
        }
        wire_mapping_done(&m);
        buf_done(&record);
        return 0;
}
