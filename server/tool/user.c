/* server/tool/user.c -- `sanfang user add|disable|list`. */
#include "server/tool/user.h"

#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/file.h"
#include "server/recover.h"

#define PASSWORD_MIN 10

enum status user_put(struct door *d, struct user_note *n, const char *password,
                     struct err *e)
{
        struct buf b = {0};
        enum status st;

        _Static_assert(crypto_pwhash_STRBYTES <= sizeof n->hash, "hash fits");
        if (crypto_pwhash_str(n->hash, password, strlen(password),
                              crypto_pwhash_OPSLIMIT_INTERACTIVE,
                              crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
                return err_set(e, ERR_MEMORY, "no memory to hash a password");
        wire_user_encode(n, &b);
        st = door_submit(d, RECORD_USER, buf_as_text(&b), e);
        buf_done(&b);
        return st;
}

enum status user_put_demo(struct door *d, const char *password, struct err *e)
{
        static const struct user_note users[] = {
                {.name = "viewer", .shown = "观察席", .role = ROLE_VIEWER},
                {.name = "operator", .shown = "值机席", .role = ROLE_OPERATOR},
                {.name = "duty",
                 .shown = "三防办值班员",
                 .role = ROLE_DUTY,
                 .has_agency = true,
                 .agency = AGENCY_SANFANG},
                {.name = "hydro",
                 .shown = "水文值班员",
                 .role = ROLE_DUTY,
                 .has_agency = true,
                 .agency = AGENCY_HYDROLOGY},
                {.name = "weather",
                 .shown = "气象值班员",
                 .role = ROLE_DUTY,
                 .has_agency = true,
                 .agency = AGENCY_WEATHER},
                {.name = "health120",
                 .shown = "120 值班员",
                 .role = ROLE_DUTY,
                 .has_agency = true,
                 .agency = AGENCY_HEALTH120},
                {.name = "county",
                 .shown = "高州市三防值班员",
                 .role = ROLE_DUTY,
                 .has_agency = true,
                 .agency = AGENCY_COUNTY,
                 .zone = "440981"},
                {.name = "admin", .shown = "系统管理员", .role = ROLE_ADMIN},
        };
        enum status st = OK;
        struct user_note n;
        size_t i;

        for (i = 0; i < sizeof users / sizeof users[0] && st == OK; i++) {
                n = users[i];
                snprintf(n.by, sizeof n.by, "init");
                st = user_put(d, &n, password, e);
        }
        return st;
}

static int usage(FILE *to)
{
        fputs("Usage: sanfang user add NAME --role "
              "viewer|operator|duty|admin [--agency A]\n"
              "                    [--zone CODE] [--shown TEXT] "
              "--password-file FILE\n"
              "       sanfang user disable NAME\n"
              "       sanfang user list\n\n"
              "  --agency   sanfang, hydrology, weather, health120 or county: "
              "for whom\n             a duty officer answers\n"
              "  --zone     county code: may act there only\n"
              "  --state-dir DIR   default $SANFANG_STATE_DIR\n"
              "The password is the first line of FILE, at least 10 "
              "characters; - is\nstandard input.\n",
              to);
        return to == stdout ? 0 : 2;
}

static int list(const char *state_dir)
{
        struct recovery r;
        struct err e = {0};
        uint32_t i;

        if (recover(state_dir, NULL, 0, &r, &e) != OK)
                return tool_fail(&e);
        printf("%-20s %-10s %-12s %-8s %s\n", "user", "role", "agency", "zone",
               "shown");
        for (i = 0; i < r.state->n_users; i++) {
                const struct user *u = &r.state->users[i];

                printf("%-20s %-10s %-12s %-8s %s%s\n", u->name,
                       role_name(u->role),
                       u->has_agency ? agency_name(u->agency) : "-",
                       u->zone[0] ? u->zone : "-", u->shown,
                       u->disabled ? " (disabled)" : "");
        }
        state_free(r.state);
        return 0;
}

static int disable(const char *state_dir, const char *name)
{
        struct user_note n = {.disabled = true};
        struct recovery r;
        const struct user *u;
        struct door *d = NULL;
        struct buf b = {0};
        struct err e = {0};
        enum status st = recover(state_dir, NULL, 0, &r, &e);

        if (st != OK)
                return tool_fail(&e);
        u = state_user(r.state, text_of(name));
        if (!u) {
                st = err_set(&e, ERR_UNKNOWN, "no user \"%s\"", name);
        } else {
                memcpy(n.name, u->name, sizeof n.name);
                memcpy(n.shown, u->shown, sizeof n.shown);
                memcpy(n.hash, u->hash, sizeof n.hash);
                memcpy(n.zone, u->zone, sizeof n.zone);
                n.role = u->role;
                n.has_agency = u->has_agency;
                n.agency = u->agency;
                snprintf(n.by, sizeof n.by, "sanfang");
                wire_user_encode(&n, &b);
                st = door_open(state_dir, &d, &e);
        }
        if (st == OK)
                st = door_submit(d, RECORD_USER, buf_as_text(&b), &e);
        door_close(d);
        buf_done(&b);
        state_free(r.state);
        return st == OK ? 0 : tool_fail(&e);
}

static enum status read_password(const char *file, char *dst, size_t cap,
                                 struct err *e)
{
        enum status st;

        if (!file)
                return err_set(e, ERR_MISSING, "--password-file is missing");
        st = file_first_line(strcmp(file, "-") ? file : "/dev/stdin", dst, cap,
                             e);
        if (st == OK && strlen(dst) < PASSWORD_MIN)
                st = err_set(e, ERR_RANGE,
                             "the password has %zu characters, want %d or "
                             "more",
                             strlen(dst), PASSWORD_MIN);
        return st;
}

static int add(const char *state_dir, struct user_note *n, const char *file)
{
        char password[256];
        struct door *d = NULL;
        struct err e = {0};
        enum status st = read_password(file, password, sizeof password, &e);

        snprintf(n->by, sizeof n->by, "sanfang");
        if (st == OK)
                st = door_open(state_dir, &d, &e);
        if (st == OK)
                st = user_put(d, n, password, &e);
        explicit_bzero(password, sizeof password);
        door_close(d);
        if (st == OK)
                printf("user %s (%s)\n", n->name, role_name(n->role));
        return st == OK ? 0 : tool_fail(&e);
}

static bool take_option(int o, const char *arg, struct user_note *n)
{
        switch (o) {
        case 'r':
                return role_from(text_of(arg), &n->role);
        case 'a':
                n->has_agency = true;
                return agency_from(text_of(arg), &n->agency);
        case 'z':
                return text_copy(n->zone, sizeof n->zone, text_of(arg));
        case 'n':
                return text_copy(n->shown, sizeof n->shown, text_of(arg));
        default:
                return false;
        }
}

int tool_user(int argc, char **argv)
{
        static const struct option options[] = {
                {"role", required_argument, NULL, 'r'},
                {"agency", required_argument, NULL, 'a'},
                {"zone", required_argument, NULL, 'z'},
                {"shown", required_argument, NULL, 'n'},
                {"password-file", required_argument, NULL, 'p'},
                {"state-dir", required_argument, NULL, 's'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        const char *state_dir = tool_state_dir(), *file = NULL;
        struct user_note n = {.role = ROLE_VIEWER};
        int o;

        while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
                if (o == 'h')
                        return usage(stdout);
                if (o == 's')
                        state_dir = optarg;
                else if (o == 'p')
                        file = optarg;
                else if (!take_option(o, optarg, &n))
                        return usage(stderr);
        }
        if (argc - optind == 1 && !strcmp(argv[optind], "list"))
                return list(state_dir);
        if (argc - optind != 2)
                return usage(stderr);
        if (!strcmp(argv[optind], "disable"))
                return disable(state_dir, argv[optind + 1]);
        if (strcmp(argv[optind], "add") != 0 ||
            !text_copy(n.name, sizeof n.name, text_of(argv[optind + 1])))
                return usage(stderr);
        if (!n.shown[0])
                memcpy(n.shown, n.name, sizeof n.name);
        return add(state_dir, &n, file);
}
