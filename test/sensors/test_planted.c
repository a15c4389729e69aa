/* Tests of sensors/planted.c: a planted day is the same for a seed, and
 * holds what it says. */
#include "check.h"

#include <stdlib.h>

#include "schemas/buf.h"
#include "schemas/time.h"
#include "sensors/planted.h"

static struct day day;

static int setup(void **state)
{
        struct buf b = {0};
        struct err e = {0};
        FILE *f = fopen(SOURCE_DIR "/test/days/sanba-2023/storm.json", "rb");
        char *room;
        size_t n;

        (void)state;
        assert_non_null(f);
        while ((room = buf_room(&b, 65536)) != NULL &&
               (n = fread(room, 1, 65536, f)) > 0)
                b.n += n;
        fclose(f);
        if (wire_day_decode(buf_as_text(&b), &day, &e) != OK)
                fail_msg("%s", e.msg);
        buf_done(&b);
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        day_done(&day);
        return 0;
}

static struct planted_config config(uint64_t seed)
{
        return (struct planted_config){.seed = seed,
                                       .from_us = day.live_from_us,
                                       .to_us = day.end_us,
                                       .sl651_milli = 500,
                                       .tcp_milli = 500,
                                       .ascii_milli = 100};
}

static struct planted make(const struct planted_config *c)
{
        struct planted p;
        struct err e = {0};

        if (planted_make(&day, c, &p, &e) != OK)
                fail_msg("%s", e.msg);
        return p;
}

static uint32_t count_line(const struct planted *p, enum planted_line line)
{
        uint32_t i, n = 0;

        for (i = 0; i < p->n_stations; i++)
                n += p->stations[i].line == line;
        return n;
}

TEST(half_of_150_speak_sl651_half_of_those_over_tcp)
{
        struct planted_config c = config(1);
        struct planted p;

        c.stations = 150; /* the day has some more */
        p = make(&c);
        CHECK_EQ(p.n_stations, 150);
        CHECK_EQ(count_line(&p, PLANTED_JSON), 75);
        CHECK_EQ(count_line(&p, PLANTED_TCP), 37);
        planted_done(&p);
}

TEST(a_seed_gives_one_day_and_another_seed_another)
{
        struct planted_config c1 = config(1), c2 = config(2);
        struct planted a = make(&c1), b = make(&c1), other = make(&c2);

        CHECK_EQ(a.n_values, b.n_values);
        CHECK_EQ(a.n_reports, b.n_reports);
        CHECK_EQ(memcmp(a.values, b.values, a.n_values * sizeof *a.values), 0);
        CHECK_EQ(memcmp(a.reports, b.reports, a.n_reports * sizeof *a.reports),
                 0);
        CHECK(other.n_reports != a.n_reports ||
              memcmp(a.reports, other.reports,
                     a.n_reports * sizeof *a.reports) != 0);
        planted_done(&a);
        planted_done(&b);
        planted_done(&other);
}

TEST(every_kind_of_fault_is_planted_and_none_everywhere)
{
        struct planted_config c = config(1);
        struct planted p = make(&c);
        uint32_t n[PLANTED_FAULT_count] = {0}, i, late = 0, slow = 0, away = 0;
        int f;

        for (i = 0; i < p.n_reports; i++)
                for (f = 0; f < PLANTED_FAULT_count; f++)
                        n[f] += p.reports[i].faults >> f & 1;
        for (f = 0; f < PLANTED_FAULT_count; f++) {
                CHECK(n[f] > 0);
                CHECK(n[f] < p.n_reports / 10);
        }
        for (i = 0; i < p.n_values; i++)
                late += p.values[i].late;
        for (i = 0; i < p.n_stations; i++) {
                slow += p.stations[i].slow_us > 0;
                away += p.stations[i].away_from_us > 0;
        }
        CHECK(late > 0 && slow > 0 && away > 0);
        planted_done(&p);
}

static int by_key(const void *a, const void *b)
{
        const int64_t *x = a, *y = b;
        int i;

        for (i = 0; i < 3; i++)
                if (x[i] != y[i])
                        return x[i] < y[i] ? -1 : 1;
        return 0;
}

TEST(each_station_element_and_time_is_measured_once)
{
        struct planted_config c = config(1);
        struct planted p = make(&c);
        int64_t(*key)[3] = calloc(p.n_values, sizeof *key);
        uint32_t i, k, n = 0;

        assert_non_null(key);
        for (i = 0; i < p.n_reports; i++) {
                const struct planted_report *r = &p.reports[i];

                for (k = r->first; k < r->first + r->n; k++, n++) {
                        key[n][0] = r->station;
                        key[n][1] = p.values[k].element;
                        key[n][2] = p.values[k].time_us;
                }
        }
        CHECK_EQ(n, p.n_values);
        qsort(key, n, sizeof *key, by_key);
        for (i = 1; i < n; i++)
                CHECK(memcmp(key[i - 1], key[i], sizeof *key) != 0);
        free(key);
        planted_done(&p);
}

/* What F4 said adds up to what truly fell. */
TEST(a_capped_hour_holds_all_of_its_rain)
{
        struct planted_config c = config(1);
        struct planted p = make(&c);
        int64_t told = 0, fell = 0, most = 0, most_told = 0;
        uint32_t i, k, station = 0;

        while (!p.stations[station].overflow)
                station++;
        for (i = 0; i < p.n_reports; i++) {
                const struct planted_report *r = &p.reports[i];

                for (k = r->first; k < r->first + r->n; k++)
                        if (r->station == station &&
                            p.values[k].element == ELEMENT_DRP) {
                                told += p.values[k].value_milli;
                                if (p.values[k].value_milli > most_told)
                                        most_told = p.values[k].value_milli;
                        }
        }
        for (i = 0; i < p.n_slots; i++)
                if (p.slots[i].station == station) {
                        fell += p.slots[i].amount_milli;
                        if (p.slots[i].amount_milli > most)
                                most = p.slots[i].amount_milli;
                }
        CHECK_EQ(told, fell);
        CHECK(most > 33000);
        CHECK_EQ(most_told, 25400);
        planted_done(&p);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(half_of_150_speak_sl651_half_of_those_over_tcp),
                RUN(a_seed_gives_one_day_and_another_seed_another),
                RUN(every_kind_of_fault_is_planted_and_none_everywhere),
                RUN(each_station_element_and_time_is_measured_once),
                RUN(a_capped_hour_holds_all_of_its_rain),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
