/* server/tool/import.c -- `sanfang import`: places, a day, a grid. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/tool/import.h"
#include "server/tool/import_read.h"
#include "server/tool/tool.h"

static int usage(FILE *to)
{
        fputs("Usage: sanfang import stations FILE.csv [OPTIONS]\n"
              "       sanfang import zones FILE.geojson [OPTIONS]\n"
              "       sanfang import facilities FILE.geojson [OPTIONS]\n"
              "       sanfang import checks FILE.json [--dry-run] "
              "[--state-dir DIR]\n"
              "       sanfang import day DIR [--state-dir DIR]\n"
              "       sanfang import grid FILE --source S --model M --issued T "
              "--begin T --end T\n"
              "       sanfang import mapping FILE | --check FILE SAMPLE... | "
              "--remove NAME\n"
              "       sanfang import vendor FILE.json [--dry-run] | --remove "
              "NAME\n"
              "       sanfang import sl323 TABLE=FILE.csv... | --db URI\n\n"
              "  --crs NAME       wgs84 (default), cgcs2000, gcj02 or bd09\n"
              "  --zones FILE     finds town and county of what names none;\n"
              "                   default: zones.geojson beside FILE\n"
              "  --dry-run        check the file, give nothing to the server\n"
              "  --state-dir DIR  default $SANFANG_STATE_DIR\n\n"
              "The whole file is checked first; a wrong line means that "
              "nothing is imported.\nColumns and members: docs/data.md.\n",
              to);
        return to == stdout ? 0 : 2;
}

struct import {
        const char *what, *path, *zones, *state_dir;
        const char *remove; /* a vendor's table */
        enum crs crs;
        bool dry_run;
};

static enum status read_list(const struct import *i, struct import_list *l,
                             struct err *e)
{
        struct places zones;
        struct buf b = {0};
        struct text t;
        enum status st;

        places_init(&zones);
        st = import_file(i->path, &b, e);
        t = buf_as_text(&b);
        if (st == OK && strcmp(i->what, "checks") == 0)
                st = import_checks(&b, i->path, l, e);
        else if (st == OK && strcmp(i->what, "vendor") == 0)
                st = import_vendor(&b, i->path, l, e);
        else if (st == OK && strcmp(i->what, "zones") == 0)
                st = import_zones(t, i->path, i->crs, l, e);
        else if (st == OK)
                st = import_load_zones(i->zones, i->path, &zones, e);
        if (st == OK && strcmp(i->what, "stations") == 0)
                st = import_stations(t, i->path, i->crs, &zones, l, e);
        if (st == OK && strcmp(i->what, "facilities") == 0)
                st = import_facilities(t, i->path, i->crs, &zones, l, e);
        buf_done(&b);
        places_done(&zones);
        return st;
}

static enum status submit(const struct import *i, const struct import_list *l,
                          struct err *e)
{
        struct door *d = NULL;
        struct err why = {0};
        enum status st = door_open(i->state_dir, &d, e);
        size_t n;

        for (n = 0; st == OK && n < l->n; n++) {
                st = door_submit(d, RECORD_IMPORT, l->body[n], &why);
                if (st != OK)
                        err_set(e, st, "%s: item %zu of %zu refused: %s",
                                i->path, n + 1, l->n, why.msg);
        }
        door_close(d);
        return st;
}

static int import_places(const struct import *i)
{
        struct import_list l = {0};
        struct err e = {0};
        enum status st = read_list(i, &l, &e);

        if (st == OK && !i->dry_run)
                st = submit(i, &l, &e);
        if (st == OK && l.homeless)
                fprintf(stderr,
                        "sanfang: %zu of %zu %s lie in no known zone; import "
                        "zones first or give --zones FILE\n",
                        l.homeless, l.n, i->what);
        if (st == OK)
                printf("%zu %s %s\n", l.n, i->what,
                       i->dry_run ? "are right" : "imported");
        import_list_done(&l);
        return st == OK ? 0 : tool_fail(&e);
}

static int remove_vendor(const struct import *i)
{
        struct import_list l = {0};
        struct err e = {0};
        enum status st = import_vendor_gone(i->remove, &l, &e);

        if (st == OK)
                st = submit(i, &l, &e);
        if (st == OK)
                printf("the table of %s is no longer in force\n", i->remove);
        import_list_done(&l);
        return st == OK ? 0 : tool_fail(&e);
}

/* 0: go on; else the exit code plus one. */
static int parse_options(int argc, char **argv, struct import *i)
{
        static const struct option options[] = {
                {"crs", required_argument, NULL, 'c'},
                {"zones", required_argument, NULL, 'z'},
                {"dry-run", no_argument, NULL, 'n'},
                {"remove", required_argument, NULL, 'r'},
                {"state-dir", required_argument, NULL, 's'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        int o;

        while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
                if (o == 'h')
                        return 1 + usage(stdout);
                else if (o == 'z')
                        i->zones = optarg;
                else if (o == 'n')
                        i->dry_run = true;
                else if (o == 's')
                        i->state_dir = optarg;
                else if (o == 'r' && strcmp(i->what, "vendor") == 0)
                        i->remove = optarg;
                else if (o != 'c' || !crs_from(text_of(optarg), &i->crs))
                        return 1 + usage(stderr);
        }
        if (optind != argc - (i->remove ? 0 : 1))
                return 1 + usage(stderr);
        i->path = i->remove ? i->remove : argv[optind];
        return 0;
}

int tool_import(int argc, char **argv)
{
        struct import i = {.state_dir = tool_state_dir(), .crs = CRS_WGS84};
        int rc;

        if (argc < 2)
                return usage(stderr);
        if (strcmp(argv[1], "--help") == 0)
                return usage(stdout);
        if (strcmp(argv[1], "day") == 0)
                return tool_import_day(argc - 1, argv + 1);
        if (strcmp(argv[1], "grid") == 0)
                return tool_import_grid(argc - 1, argv + 1);
        if (strcmp(argv[1], "mapping") == 0)
                return tool_import_mapping(argc - 1, argv + 1);
        if (strcmp(argv[1], "sl323") == 0)
                return tool_import_sl323(argc - 1, argv + 1);
        if (strcmp(argv[1], "stations") != 0 && strcmp(argv[1], "zones") != 0 &&
            strcmp(argv[1], "facilities") != 0 &&
            strcmp(argv[1], "checks") != 0 && strcmp(argv[1], "vendor") != 0) {
                fprintf(stderr, "sanfang: import what? \"%s\" is unknown\n",
                        argv[1]);
                return usage(stderr);
        }
        i.what = argv[1];
        rc = parse_options(argc - 1, argv + 1, &i);
        if (rc)
                return rc - 1;
        return i.remove ? remove_vendor(&i) : import_places(&i);
}
