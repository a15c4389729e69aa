/* server/tool/conformance.c -- `sanfang station conformance`: what a
 * vendor is told about the terminal of a station. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "server/conformance.h"
#include "server/recover.h"
#include "server/tool/conformance.h"
#include "server/tool/tool.h"

static int usage(FILE *to)
{
        fputs("Usage: sanfang station conformance CODE [--lang zh|en] "
              "[--json] [--state-dir DIR]\n\n"
              "How far the station's terminal keeps to SL 651-2014: each kind "
              "of departure,\n"
              "how often, first and last time, and an example (journal "
              "record and byte:\n"
              "`sanfang journal cat --from N` shows it).  Read from the "
              "journal, also beside\n"
              "a running server.\n",
              to);
        return to == stdout ? 0 : 2;
}

struct ask {
        const char *code, *state_dir;
        bool zh, json;
};

static int show(const struct ask *a)
{
        struct buf b = {0};
        struct recovery r;
        struct err e = {0};
        uint32_t i;

        if (recover(a->state_dir, NULL, 0, &r, &e) != OK)
                return tool_fail(&e);
        i = places_find_station(&r.state->places, text_of(a->code));
        if (i == NO_INDEX)
                err_set(&e, ERR_UNKNOWN_STATION, "no station \"%s\"", a->code);
        else if (a->json)
                conformance_json(r.state, i, &b);
        else
                conformance_text(r.state, i, a->zh, r.state->engine_us, &b);
        if (a->json)
                buf_char(&b, '\n');
        if (i != NO_INDEX)
                fwrite(b.p, 1, b.n, stdout);
        buf_done(&b);
        state_free(r.state);
        return i == NO_INDEX ? tool_fail(&e) : 0;
}

int tool_station_conformance(int argc, char **argv)
{
        static const struct option options[] = {
                {"lang", required_argument, NULL, 'l'},
                {"json", no_argument, NULL, 'j'},
                {"state-dir", required_argument, NULL, 's'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        struct ask a = {.state_dir = tool_state_dir(), .zh = true};
        int o;

        while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
                if (o == 'h')
                        return usage(stdout);
                else if (o == 'j')
                        a.json = true;
                else if (o == 's')
                        a.state_dir = optarg;
                else if (o == 'l' &&
                         (!strcmp(optarg, "zh") || !strcmp(optarg, "en")))
                        a.zh = optarg[0] == 'z';
                else
                        return usage(stderr);
        }
        if (optind != argc - 1)
                return usage(stderr);
        a.code = argv[optind];
        return show(&a);
}
