/* test/server/test_queue.c -- order is kept from memory to file and back. */
#include "check.h"

#include <stdlib.h>
#include <unistd.h>

#include "server/queue.h"
#include "test/pause.h"

static char path[] = "/tmp/sanfang-queue-XXXXXX";

static struct queue *make(const char *file, size_t ram_bytes)
{
        struct queue *q = NULL;
        struct err e = {0};

        if (queue_create(file, ram_bytes, &q, &e) != OK)
                print_error("%s\n", e.msg);
        return q;
}

static void put(struct queue *q, uint64_t seq)
{
        char row[120];

        snprintf(row, sizeof(row), "table\t{\"seq\":%llu,\"pad\":\"%090d\"}\n",
                 (unsigned long long)seq, 0);
        queue_put(q, seq, text_of(row));
}

/* Takes all; the next sequence after them, 0 when the order was wrong. */
static uint64_t take_all(struct queue *q, uint64_t next)
{
        struct entry *x, *after;

        while ((x = queue_take(q, 100, 1u << 20)))
                for (; x; x = after) {
                        after = x->next;
                        if (x->seq != next++)
                                return 0;
                        queue_release(q, x);
                }
        return next;
}

/* The spiller works when it gets the processor: up to 20 s. */
static void wait_for_spill(struct queue *q, uint64_t bytes,
                           struct queue_counts *c)
{
        int i;

        queue_get_counts(q, c);
        for (i = 0; i < 2000 && c->spilled_bytes <= bytes && !c->over; i++) {
                pause_ms(10);
                queue_get_counts(q, c);
        }
}

TEST(entries_come_out_in_order_while_they_spill)
{
        struct queue *q = make(path, 4000);
        struct queue_counts c;
        uint64_t i, next = 1;

        for (i = 1; i <= 20000; i++) {
                put(q, i);
                if (i % 1000 == 0) {
                        pause_ms(2);
                        /* Takes some while the rest goes into the file. */
                        struct entry *x = queue_take(q, 37, 1u << 20), *after;

                        for (; x; x = after) {
                                after = x->next;
                                CHECK_EQ(x->seq, next++);
                                queue_release(q, x);
                        }
                }
        }
        wait_for_spill(q, 1000000, &c);
        CHECK(!c.over);
        CHECK(c.spilled_bytes > 1000000);
        CHECK_EQ(c.rows, 20000 - (next - 1));
        CHECK_EQ(take_all(q, next), 20001);
        queue_get_counts(q, &c);
        CHECK_EQ(c.rows, 0);
        CHECK_EQ(c.bytes, 0);
        CHECK_EQ(c.spilled_bytes, 0);
        queue_free(q);
}

/* /dev/full takes no byte, as a full disk does. */
TEST(a_full_disk_bounds_memory_and_keeps_what_came_first)
{
        struct queue *q = make("/dev/full", 4000);
        struct queue_counts c;
        uint64_t i, last;

        for (i = 1; i <= 20000; i++) {
                put(q, i);
                if (i % 20)
                        continue;
                pause_ms(2); /* the spiller must find out */
                queue_get_counts(q, &c);
                if (c.over)
                        break;
        }
        CHECK(c.over);
        CHECK(c.bytes < 200000);
        last = take_all(q, 1);
        CHECK(last > 30);
        CHECK_EQ(last - 1, c.rows);
        put(q, 5000); /* it stays over: nothing may come after a hole */
        CHECK_EQ(take_all(q, last), last);
        queue_free(q);
}

TEST(empty_records_wait_longer_than_rows)
{
        struct queue *q = make(path, 4000);
        struct timespec t0, t1;
        long ms;

        queue_put(q, 1, TEXT(""));
        clock_gettime(CLOCK_MONOTONIC, &t0);
        CHECK(queue_wait(q, 100, 10));
        clock_gettime(CLOCK_MONOTONIC, &t1);
        ms = (t1.tv_sec - t0.tv_sec) * 1000 +
             (t1.tv_nsec - t0.tv_nsec) / 1000000;
        CHECK(ms > 300);
        put(q, 2);
        clock_gettime(CLOCK_MONOTONIC, &t0);
        CHECK(queue_wait(q, 100, 10));
        clock_gettime(CLOCK_MONOTONIC, &t1);
        ms = (t1.tv_sec - t0.tv_sec) * 1000 +
             (t1.tv_nsec - t0.tv_nsec) / 1000000;
        CHECK(ms < 400);
        CHECK_EQ(take_all(q, 1), 3);
        queue_stop(q);
        CHECK(!queue_wait(q, 100, 10));
        CHECK(!queue_pause(q, 60000));
        queue_free(q);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(entries_come_out_in_order_while_they_spill),
                RUN(a_full_disk_bounds_memory_and_keeps_what_came_first),
                RUN(empty_records_wait_longer_than_rows),
        };
        int fd = mkstemp(path), failed;

        if (fd >= 0)
                close(fd);
        failed = cmocka_run_group_tests(tests, NULL, NULL);
        unlink(path);
        return failed;
}
