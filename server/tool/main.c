/* server/tool/main.c -- the `sanfang` command: everything but the server. */
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/tool/tool.h"

static const struct verb {
        const char *name;
        int (*run)(int argc, char **argv);
        const char *help; /* NULL: not listed */
} verbs[] = {
        {"init", tool_init, "make a state directory (--demo: with a day)"},
        {"user", tool_user, "add, disable and list users"},
        {"station", tool_station, "add, list and simulate stations"},
        {"import", tool_import,
         "stations, zones, facilities, a day, a forecast grid"},
        {"rules", tool_rules, "check a rule table"},
        {"decode", tool_decode, "read an SL 651 frame"},
        {"journal", tool_journal, "list, print, verify, export the journal"},
        {"export", tool_export, "day files of a journal, for back-tests"},
        {"replay", tool_replay, "run a journal again, print its alerts"},
        {"explain", tool_explain, "why an alert was raised, step by step"},
        {"audit", tool_audit, "verify the chain of acts"},
        {"backup", tool_backup, "copy journal, snapshots and database"},
        {"restore", tool_restore, "bring a backup back"},
        {"grid-read", tool_grid_read, NULL},
};

#define N_VERBS (sizeof verbs / sizeof verbs[0])

int tool_fail(const struct err *e)
{
        fprintf(stderr, "sanfang: %s\n", e->msg);
        return 1;
}

const char *tool_state_dir(void)
{
        const char *dir = getenv("SANFANG_STATE_DIR");

        return dir && *dir ? dir : "/var/lib/sanfang";
}

static int usage(FILE *to)
{
        size_t i;

        fputs("Usage: sanfang VERB [...]\n\n", to);
        for (i = 0; i < N_VERBS; i++)
                if (verbs[i].help)
                        fprintf(to, "  %-10s %s\n", verbs[i].name,
                                verbs[i].help);
        fputs("\nsanfang VERB --help says more.  A running server is reached "
              "by\n$SANFANG_STATE_DIR/sanfangd.sock; with none running the "
              "journal\nitself is opened.\n",
              to);
        return to == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
        size_t i;

        signal(SIGPIPE, SIG_IGN);
        if (sodium_init() < 0)
                return 1;
        if (argc < 2)
                return usage(stderr);
        if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))
                return usage(stdout);
        if (!strcmp(argv[1], "--version"))
                return puts("sanfang " SANFANG_VERSION), 0;
        for (i = 0; i < N_VERBS; i++)
                if (strcmp(argv[1], verbs[i].name) == 0)
                        return verbs[i].run(argc - 1, argv + 1);
        fprintf(stderr, "sanfang: no verb \"%s\"\n", argv[1]);
        return usage(stderr);
}
