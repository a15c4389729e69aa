/* server/tool/simulate.h -- stations that are programs. */
#ifndef SERVER_TOOL_SIMULATE_H
#define SERVER_TOOL_SIMULATE_H

#include <signal.h>
#include <stdint.h>

#include "schemas/status.h"

struct simulate {
        const char *code; /* one station, or */
        const char *day;  /* a folder with storm.json */
        const char *url, *user, *password, *password_file, *ca_file;
        const char *clock_url; /* NULL: wall clock (one station only) */
        const char *ledger;
        const char *state_dir; /* of the store */
        const char *element;
        int64_t value_milli, rise_milli_per_h;
        int64_t every_s;
        int64_t count;    /* 0: for ever */
        int64_t resend_s; /* without a receipt */
};

/* Set by SIGTERM and SIGINT. */
extern volatile sig_atomic_t simulate_stop;
void simulate_on_signal(int sig);

/* argv[0] is "simulate". */
int tool_station_simulate(int argc, char **argv);

enum status simulate_one(const struct simulate *s, struct err *e);
enum status simulate_day(const struct simulate *s, struct err *e);

#endif
