/* test/fuzz/fuzz_receipt.c -- any bytes as a receipt to a station's store.
 *
 * Holds: nothing is called covered that a good receipt does not name; the
 *        store opens again with the same messages pending. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sensors/adapter/station.h"

#define MESSAGES 12

static char dir[64];
static struct station_store *store;
static uint32_t sender;
static unsigned runs;

static void remove_dir(void)
{
        char cmd[128];

        station_close(store);
        store = NULL;
        snprintf(cmd, sizeof cmd, "rm -rf '%s'", dir);
        if (system(cmd) != 0)
                abort();
}

static void open_store(void)
{
        struct station_config c = {.dir = dir, .resend_us = 1000000};
        struct err e = {0};

        if (station_open(&c, 1700000000000000, &store, &e) != OK ||
            station_sender(store, "S1", &sender, &e) != OK)
                abort();
}

static void begin(void)
{
        if (!dir[0])
                atexit(remove_dir);
        else
                remove_dir();
        snprintf(dir, sizeof dir, "%s/sanfang-fuzz-XXXXXX",
                 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        if (!mkdtemp(dir))
                abort();
        open_store();
}

static uint64_t pending(void)
{
        struct station_stats s;

        station_get_stats(store, &s);
        return s.pending;
}

static void fill(void)
{
        struct station_reading r = {1700000000000000, "Z", 1000};
        struct err e = {0};

        while (pending() < MESSAGES)
                if (station_put(store, sender, &r, 1, &e) != OK)
                        abort();
        if (station_commit(store, 1, &e) != OK)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct err e = {0};
        uint64_t before;
        enum status st;

        if (runs++ % 512 == 0)
                begin();
        fill();
        before = pending();
        st = station_on_receipt(store, sender,
                                (struct text){(const char *)data, size}, &e);
        if (pending() > before || (st != OK && pending() != before) ||
            (st != OK && !e.msg[0]))
                abort();
        if (st == OK && runs % 16 == 0) {
                before = pending();
                station_close(store);
                open_store();
                if (pending() != before)
                        abort();
        }
        return 0;
}
