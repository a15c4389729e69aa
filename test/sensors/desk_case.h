/* test/sensors/desk_case.h -- a fresh desk, `d`, for each test of a file:
 * list them with CASE instead of RUN. */
#ifndef TEST_SENSORS_DESK_CASE_H
#define TEST_SENSORS_DESK_CASE_H

#include "desk.h"

static struct desk d;

static int desk_setup(void **state)
{
        (void)state;
        desk_open(&d, NULL);
        return 0;
}

static int desk_teardown(void **state)
{
        (void)state;
        desk_close(&d);
        return 0;
}

#define CASE(name) \
        cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)

#endif
