/* server/main.c -- sanfangd: arguments, signals, the loop. */
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "server/app.h"
#include "server/log.h"

struct signals {
        uv_signal_t term, quit, hup;
        struct app *app;
};

static void on_stop(uv_signal_t *h, int number)
{
        struct signals *s = h->data;

        log_info("signal", "number=%d", number);
        sd_notify(0, "STOPPING=1");
        app_stop(s->app);
        uv_close((uv_handle_t *)&s->hup, NULL);
        uv_close((uv_handle_t *)&s->term, NULL);
        uv_close((uv_handle_t *)&s->quit, NULL);
}

static void on_hup(uv_signal_t *h, int number)
{
        struct signals *s = h->data;

        (void)number;
        sd_notify(0, "RELOADING=1");
        app_reload(s->app);
        sd_notify(0, "READY=1");
}

static void start_signals(uv_loop_t *loop, struct signals *s)
{
        uv_signal_init(loop, &s->term);
        uv_signal_init(loop, &s->quit);
        uv_signal_init(loop, &s->hup);
        s->term.data = s->quit.data = s->hup.data = s;
        uv_signal_start(&s->term, on_stop, SIGTERM);
        uv_signal_start(&s->quit, on_stop, SIGINT);
        uv_signal_start(&s->hup, on_hup, SIGHUP);
}

static int run(const struct config *c)
{
        struct signals signals = {0};
        struct err e = {0};
        uv_loop_t loop;
        enum status st;
        int code;

        uv_loop_init(&loop);
        st = app_start(c, &loop, &signals.app, &e);
        if (st != OK) {
                log_warn("start_failed", "code=%s msg=\"%s\"", status_name(st),
                         e.msg);
                app_stop(signals.app);
                uv_run(&loop, UV_RUN_DEFAULT);
                return 1;
        }
        start_signals(&loop, &signals);
        log_info("ready", "address=%s port=%lld state=%s", c->http_address,
                 (long long)c->http_port, c->state_dir);
        sd_notify(0, "READY=1");
        uv_run(&loop, UV_RUN_DEFAULT);
        code = app_wants_start(signals.app) ? EX_TEMPFAIL : 0;
        app_free(signals.app);
        if (uv_loop_close(&loop) != 0)
                log_warn("loop_not_empty", "msg=\"a handle was left\"");
        log_info("stopped", "code=%d", code);
        return code;
}

static void usage(FILE *to)
{
        fputs("Usage: sanfangd [--config FILE]\n"
              "The Sanfang server (flood, wind, drought and 120 in one "
              "picture).\n\n"
              "  --config FILE   JSON configuration; default "
              "/etc/sanfang/sanfang.json\n"
              "  --check         read the configuration and end\n"
              "  --help-config   list the configuration's keys\n"
              "  --version       print the version\n"
              "  --help          this text\n\n"
              "Signals: TERM and INT drain and end; HUP reads the rule "
              "table again.\n",
              to);
}

static void print_keys(void)
{
        struct buf b = {0};

        config_help(&b);
        fwrite(b.p, 1, b.n, stdout);
        buf_done(&b);
}

/* A descriptor for each terminal, as far as we may. */
static void raise_files(void)
{
        struct rlimit n;

        if (getrlimit(RLIMIT_NOFILE, &n) == 0 && n.rlim_cur < n.rlim_max) {
                n.rlim_cur = n.rlim_max;
                setrlimit(RLIMIT_NOFILE, &n);
        }
}

int main(int argc, char **argv)
{
        static const struct option options[] = {
                {"config", required_argument, NULL, 'c'},
                {"check", no_argument, NULL, 'k'},
                {"help-config", no_argument, NULL, 'l'},
                {"version", no_argument, NULL, 'v'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        const char *path = "/etc/sanfang/sanfang.json";
        struct rlimit no_core = {0, 0};
        static struct config c;
        bool check = false;
        struct err e = {0};
        int o;

        while ((o = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
                if (o == 'c')
                        path = optarg;
                else if (o == 'k')
                        check = true;
                else if (o == 'l')
                        return print_keys(), 0;
                else if (o == 'v')
                        return puts("sanfangd " SANFANG_VERSION), 0;
                else
                        return usage(o == 'h' ? stdout : stderr),
                               o == 'h' ? 0 : 2;
        }
        if (config_load(path, &c, &e) != OK) {
                fprintf(stderr, "sanfangd: %s\n", e.msg);
                return 1;
        }
        if (check)
                return puts("configuration is fine"), 0;
        setrlimit(RLIMIT_CORE, &no_core); /* no secret in a core file */
        raise_files();
        signal(SIGPIPE, SIG_IGN);
        umask(0027);
        if (sodium_init() < 0) {
                fputs("sanfangd: libsodium does not start\n", stderr);
                return 1;
        }
        return run(&c);
}
