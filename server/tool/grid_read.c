/* server/tool/grid_read.c -- the child that opens rasters.
 *
 * `sanfang grid-read FILE [--band N] [--window W,S,E,N]` writes one band as
 * JSON (schemas/wire/raster.h).  Raster parsers crash on hostile files, so
 * this runs alone: bounded time, memory and output, no network, no other
 * program. */
#include <errno.h>
#include <getopt.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gis/adapter/gdal.h"
#include "schemas/wire/raster.h"
#include "server/tool/tool.h"

#define CPU_S 20
#define MEMORY_BYTES (1ull << 30)
#define OUTPUT_BYTES (64ull << 20)

static bool limit(int what, rlim_t most)
{
        struct rlimit r = {most, most};

        return setrlimit(what, &r) == 0;
}

/* The sanitizers reserve terabytes of addresses for themselves, and look
 * for leaks by tracing. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#else
#define SANITIZED false
#endif

#define REFUSE(call)                                       \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), \
                BPF_STMT(BPF_RET | BPF_K,                  \
                         SECCOMP_RET_ERRNO | (EACCES & SECCOMP_RET_DATA))

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#define CALLS_END 0x40000000u /* the x32 twins of the calls begin here */
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#define CALLS_END 0x7fffffffu
#else
#error "name this machine's AUDIT_ARCH for the raster reader"
#endif

/* No sockets and no other program from here on; calls by another
 * architecture's numbers end the process. */
static bool shut_in(void)
{
        struct sock_filter code[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                         offsetof(struct seccomp_data, arch)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                         offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, CALLS_END, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
                REFUSE(SYS_socket),
                REFUSE(SYS_socketpair),
                REFUSE(SYS_connect),
                REFUSE(SYS_execve),
                REFUSE(SYS_execveat),
                REFUSE(SANITIZED ? SYS_execve : SYS_ptrace),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog prog = {sizeof code / sizeof code[0], code};

        return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
               prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0;
}

static enum status confine(struct err *e)
{
        if (limit(RLIMIT_CPU, CPU_S) && limit(RLIMIT_CORE, 0) &&
            limit(RLIMIT_FSIZE, OUTPUT_BYTES) &&
            (SANITIZED || limit(RLIMIT_AS, MEMORY_BYTES)) && shut_in())
                return OK;
        return err_set(e, ERR_UNAVAILABLE,
                       "the raster reader could not be confined: %s",
                       strerror(errno));
}

static bool parse_window(const char *text, struct gis_gdal_request *q)
{
        double *const to[] = {&q->low.lon_deg, &q->low.lat_deg,
                              &q->high.lon_deg, &q->high.lat_deg};
        char *end;

        for (size_t i = 0; i < 4; i++) {
                *to[i] = strtod(text, &end);
                if (end == text || *end != (i < 3 ? ',' : '\0'))
                        return false;
                text = end + 1;
        }
        q->has_window = true;
        return q->low.lon_deg >= -180 && q->high.lon_deg <= 180 &&
               q->low.lat_deg >= -90 && q->high.lat_deg <= 90 &&
               q->low.lon_deg < q->high.lon_deg &&
               q->low.lat_deg < q->high.lat_deg;
}

static int usage(FILE *to)
{
        fputs("Usage: sanfang grid-read FILE [--band N] [--window W,S,E,N]\n\n"
              "Writes one band of a GeoTIFF or GRIB2 file as JSON; "
              "`sanfang import grid` runs it.\n",
              to);
        return to == stdout ? 0 : 2;
}

static int parse_options(int argc, char **argv, struct gis_gdal_request *q)
{
        static const struct option options[] = {
                {"band", required_argument, NULL, 'b'},
                {"window", required_argument, NULL, 'w'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        int o;

        while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
                if (o == 'h')
                        return 1 + usage(stdout);
                if (o == 'b' && (q->band = (int)strtol(optarg, NULL, 10)) >= 1)
                        continue;
                if (o == 'w' && parse_window(optarg, q))
                        continue;
                return 1 + usage(stderr);
        }
        if (optind != argc - 1)
                return 1 + usage(stderr);
        q->path = argv[optind];
        return 0;
}

int tool_grid_read(int argc, char **argv)
{
        struct gis_gdal_request q = {0};
        struct raster r = {0};
        struct buf b = {.limit = JSON_FILE_MAX};
        struct err e = {0};
        int rc = parse_options(argc, argv, &q);
        enum status st;

        if (rc)
                return rc - 1;
        st = confine(&e);
        if (st == OK)
                st = gis_gdal_read(&q, &r, &e);
        if (st == OK) {
                wire_raster_encode(&r, &b);
                buf_char(&b, '\n');
                if (b.failed)
                        st = err_set(&e, ERR_SIZE, "the grid is too large");
                else if (fwrite(b.p, 1, b.n, stdout) != b.n ||
                         fflush(stdout) != 0)
                        st = err_set(&e, ERR_IO, "stdout: %s", strerror(errno));
        }
        raster_done(&r);
        buf_done(&b);
        return st == OK ? 0 : tool_fail(&e);
}
