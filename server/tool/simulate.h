/* server/tool/simulate.h -- stations that are programs. */
#ifndef SERVER_TOOL_SIMULATE_H
#define SERVER_TOOL_SIMULATE_H

#include <signal.h>
#include <stdbool.h>
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
        /* A terminal that speaks SL 651 */
        const char *sl651; /* tcp://HOST:PORT or "mqtt"; NULL: JSON */
        const char *address, *mode, *picture;
        int64_t centre, terminal_password;
        int64_t answer_s, redial_s;
        bool ascii, forgets;
        /* A planted day */
        const char *truth; /* written first; NULL: a plain day */
        const char *from, *to;
        bool plan_only; /* the truth alone */
        int64_t seed, stations;
        int64_t sl651_milli, tcp_milli, ascii_milli;
};

/* Set by SIGTERM and SIGINT. */
extern volatile sig_atomic_t simulate_stop;
void simulate_on_signal(int sig);

/* argv[0] is "simulate". */
int tool_station_simulate(int argc, char **argv);

enum status simulate_one(const struct simulate *s, struct err *e);
/* The same by an SL 651 terminal. */
enum status simulate_terminal(const struct simulate *s, struct err *e);
/* All stations of a day, faults planted (sensors/planted.h). */
enum status simulate_planted(const struct simulate *s, struct err *e);
enum status simulate_day(const struct simulate *s, struct err *e);

#endif
