/* sensors/adapter/station.h -- the station's side: keep, send, be told.
 *
 * A station keeps each message on its own disk until a receipt of the
 * server covers it; what has no receipt after resend_us is sent again.
 * The broker may then lose what it likes.
 *
 *   station_open(&config, now_us, &s, &e)    one directory on the disk
 *   station_sender(s, code, &sender, &e)     usually one; a gateway: many
 *   station_put(s, sender, readings, n, &e)  kept, not yet on the disk
 *   station_commit(s, &e)                    on the disk, may be sent
 *   station_next_to_send(s, now_us, &out)    hand to any MQTT library,
 *                                            QoS 1; until it says false
 *   station_on_receipt(s, sender, json, &e)  from .../down/receipt
 *
 * Holds:  what was put but not committed is forgotten by a kill and its
 *         numbers are given again: nobody has seen them.  `boot` names the
 *         directory's birth, so that (boot, seq) never means two things.
 * A full disk or store: station_put says ERR_FULL or ERR_IO and nothing is
 * lost of what was committed; put again later.
 * Links:  libsanfang-station, with libcjson and pthread; docs/vendors.md
 *         and example/station.c show it whole.
 * Thread: one owner; now_us is any clock that does not jump back. */
#ifndef SENSORS_ADAPTER_STATION_H
#define SENSORS_ADAPTER_STATION_H

#include "schemas/status.h"
#include "schemas/text.h"

struct station_store;

struct station_config {
        const char *dir;
        uint64_t max_bytes; /* of the store; 64 MiB */
        int64_t resend_us;  /* without a receipt; 30 s */
};

struct station_reading {
        int64_t time_us;
        const char *element; /* SL 651 mnemonic: "Z", "PN05"... */
        int64_t value_milli; /* thousandths of the element's unit */
};

struct station_message {
        const char *topic;
        struct text payload; /* both valid until the next call */
};

/* born_us: wall clock, used once, when the directory is new. */
enum status station_open(const struct station_config *c, int64_t born_us,
                         struct station_store **ret, struct err *e);
void station_close(struct station_store *s);

/* The number of a sender by its code; known again after a restart. */
enum status station_sender(struct station_store *s, const char *code,
                           uint32_t *ret, struct err *e);
uint64_t station_boot(const struct station_store *s);
/* The sequence that the next message of this sender will bear. */
uint64_t station_next_seq(const struct station_store *s, uint32_t sender);

/* One obs message with these readings. ERR_FULL: the store is full. */
enum status station_put(struct station_store *s, uint32_t sender,
                        const struct station_reading *r, size_t n,
                        struct err *e);
/* Any message; the payload must bear station_boot and station_next_seq. */
enum status station_put_raw(struct station_store *s, uint32_t sender,
                            const char *topic, struct text payload,
                            struct err *e);
/* All that was put is on the disk.  position (any number of the caller's,
 * e.g. the time up to which it has measured) is kept with it. */
enum status station_commit(struct station_store *s, int64_t position,
                           struct err *e);
/* The position of the last commit; false when there was none. */
bool station_position(const struct station_store *s, int64_t *ret);

bool station_next_to_send(struct station_store *s, int64_t now_us,
                          struct station_message *ret);
/* The message just handed over could not be sent: it is due again. */
void station_not_sent(struct station_store *s);
/* The broker may have lost what has no receipt: all of it is due again now,
 * oldest first, before anything newer. */
void station_send_again(struct station_store *s);

/* {"boot","upto","also":[[from,to]...],"refused":[{"seq","reason"}]}.
 * What the server refused it keeps too (quarantine): covered.  What was
 * sent before a covered message and is itself not covered was lost on the
 * way: it is due again at once. */
enum status station_on_receipt(struct station_store *s, uint32_t sender,
                               struct text json, struct err *e);

struct station_stats {
        uint64_t pending; /* without a receipt */
        uint64_t sent, resent, receipts, refused;
};
void station_get_stats(const struct station_store *s,
                       struct station_stats *ret);
/* Each message without a receipt, oldest first. */
void station_each_pending(const struct station_store *s,
                          void (*visit)(void *self, const char *topic,
                                        struct text payload),
                          void *self);

#endif
