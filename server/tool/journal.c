/* server/tool/journal.c -- `sanfang journal`: look at it, prove it. */
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schemas/time.h"
#include "schemas/wire/json.h"
#include "sensors/adapter/journal.h"
#include "sensors/adapter/segment.h"
#include "server/tool/tool.h"

static int usage(FILE *to)
{
        fputs("Usage: sanfang journal ls     [--dir DIR]\n"
              "       sanfang journal cat    [--dir DIR] [--from SEQ] "
              "[--to SEQ] [--kind KIND]\n"
              "       sanfang journal verify [--dir DIR]\n"
              "       sanfang journal export [--dir DIR] [--from SEQ] "
              "[--to SEQ] --out DIR\n\n"
              "  ls      segments: first sequence, records, bytes\n"
              "  cat     one JSON line per record; KIND is mqtt, tick, link, "
              "import...\n"
              "  verify  every check sum and the order; names what is "
              "damaged, exit 1\n"
              "  export  a range of sequences as a journal of its own\n\n"
              "DIR is $SANFANG_STATE_DIR/journal unless given.  All of them "
              "work while the\nserver writes.\n",
              to);
        return to == stdout ? 0 : 2;
}

struct ask {
        char dir[PATH_MAX];
        const char *out;
        uint64_t from, to;
        bool has_kind;
        enum record_kind kind;
};

/* ---- ls, verify ---- */

struct total {
        uint64_t records, bytes, damaged;
};

static void print_segment(uint64_t first, const struct segment_scan *s)
{
        printf("%020" PRIu64 ".seg  %8" PRIu64 " records  last %" PRIu64
               "  %" PRIu64 " bytes%s\n",
               first, s->records, s->last_seq, s->file_bytes,
               s->damaged ? "  DAMAGED" : "");
}

/* The tail of the last segment may be a record that is being written. */
static bool is_damage(const struct segment_scan *s, bool last)
{
        return s->damaged && !(last && !s->good_after);
}

static void print_damage(uint64_t first, const struct segment_scan *s)
{
        printf("%020" PRIu64 ".seg is damaged at byte %" PRIu64
               ", after sequence %" PRIu64,
               first, s->good_bytes, s->last_seq);
        if (s->damage_seq)
                printf(" (the record there calls itself %" PRIu64 ")",
                       s->damage_seq);
        puts(s->good_after ? "; good records follow" : "");
}

static enum status look(const struct ask *a, bool list, struct total *t,
                        struct err *e)
{
        int fd = open(a->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        uint64_t *first = NULL, before = 0;
        struct segment_scan s;
        struct err bad;
        enum status st;
        size_t n, i;

        if (fd < 0)
                return err_set(e, ERR_IO, "%.200s: no such directory", a->dir);
        st = segment_list(fd, &first, &n, e);
        for (i = 0; st == OK && i < n; i++) {
                if (segment_scan(fd, first[i], &s, NULL, NULL, &bad) != OK) {
                        printf("%s\n", bad.msg);
                        t->damaged++;
                        continue;
                }
                t->records += s.records;
                t->bytes += s.file_bytes;
                if (list)
                        print_segment(first[i], &s);
                if (is_damage(&s, i + 1 == n)) {
                        t->damaged++;
                        if (!list)
                                print_damage(first[i], &s);
                }
                if (first[i] <= before) {
                        printf("%020" PRIu64
                               ".seg begins below sequence %" PRIu64
                               " of the segment before\n",
                               first[i], before);
                        t->damaged++;
                }
                if (s.last_seq)
                        before = s.last_seq;
        }
        free(first);
        close(fd);
        return st;
}

static int list_or_verify(const struct ask *a, bool list)
{
        struct total t = {0};
        struct err e;

        if (look(a, list, &t, &e) != OK)
                return tool_fail(&e);
        printf("%" PRIu64 " records, %" PRIu64 " bytes%s\n", t.records, t.bytes,
               list        ? ""
               : t.damaged ? ": DAMAGED"
                           : ": every record is whole");
        return t.damaged ? 1 : 0;
}

/* ---- cat, export ---- */

static void put_mqtt(struct json_out *o, const struct record *r)
{
        struct text topic, payload;
        struct json *j = NULL;

        if (record_mqtt_unpack(r, &topic, &payload, NULL) != OK) {
                json_put_bytes(o, "body", r->body);
                return;
        }
        json_put_bytes(o, "topic", topic);
        if (json_parse(payload, JSON_MESSAGE_MAX, &j, NULL) == OK)
                json_put_raw(o, "payload", payload);
        else
                json_put_bytes(o, "payload_text", payload);
        json_free(j);
}

static void put_body(struct json_out *o, const struct record *r)
{
        int64_t engine_us, real_us;
        struct json *j = NULL;

        if (r->kind == RECORD_MQTT || r->kind == RECORD_FRAME) {
                put_mqtt(o, r);
        } else if (r->kind == RECORD_TICK &&
                   record_tick_unpack(r, &engine_us, &real_us, NULL) == OK) {
                json_put_time(o, "engine", engine_us);
        } else if (json_parse(r->body, RECORD_BODY_MAX, &j, NULL) == OK) {
                json_put_raw(o, "body", r->body);
                json_free(j);
        } else {
                json_put_bytes(o, "body_text", r->body);
        }
}

static enum status print_record(void *self, const struct record *r,
                                struct err *e)
{
        struct buf *line = self;
        struct json_out o;
        size_t i;

        buf_clear(line);
        o = json_out(line);
        json_open(&o, NULL);
        json_put_u64(&o, "seq", r->seq);
        json_put_str(&o, "kind", record_kind_name(r->kind));
        json_put_time(&o, "real", r->real_us);
        put_body(&o, r);
        json_close(&o);
        if (line->failed)
                return err_set(e, ERR_MEMORY, "journal cat");
        /* White space between JSON tokens may hold line ends. */
        for (i = 0; i < line->n; i++)
                if (line->p[i] == '\n' || line->p[i] == '\r')
                        line->p[i] = ' ';
        fwrite(line->p, 1, line->n, stdout);
        return putchar('\n') == EOF ? err_set(e, ERR_IO, "output closed") : OK;
}

/* Sequences are kept, so that a journal of jumps is one segment each. */
struct copy {
        int dir_fd, fd;
        struct buf line;
};

static enum status copy_record(void *self, const struct record *r,
                               struct err *e)
{
        struct copy *c = self;
        char name[SEGMENT_NAME_MAX];

        if (c->fd < 0) {
                segment_name(name, r->seq);
                c->fd = openat(c->dir_fd, name,
                               O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
                if (c->fd < 0 ||
                    write(c->fd, SEGMENT_MAGIC, SEGMENT_MAGIC_BYTES) !=
                            (ssize_t)SEGMENT_MAGIC_BYTES)
                        return err_set(e, ERR_IO, "cannot write %s", name);
        }
        segment_encode(&c->line, r->seq, r->kind, r->real_us, r->body,
                       (struct text){"", 0});
        if (c->line.failed ||
            write(c->fd, c->line.p, c->line.n) != (ssize_t)c->line.n)
                return err_set(e, ERR_IO, "cannot write the copy");
        return OK;
}

static enum status each(const struct ask *a,
                        enum status (*visit)(void *self, const struct record *r,
                                             struct err *e),
                        void *self, uint64_t *ret_n, struct err *e)
{
        struct journal_reader *r = NULL;
        struct record rec;
        enum status st;

        *ret_n = 0;
        st = journal_reader_open(a->dir, a->from, &r, e);
        while (st == OK) {
                st = journal_reader_next(r, &rec, e);
                if (st != OK || rec.seq > a->to)
                        break;
                if (a->has_kind && rec.kind != a->kind)
                        continue;
                st = visit(self, &rec, e);
                (*ret_n)++;
        }
        journal_reader_close(r);
        return st == ERR_TOO_FEW ? OK : st;
}

static int cat(const struct ask *a)
{
        struct buf line = {0};
        struct err e = {0};
        enum status st;
        uint64_t n;

        st = each(a, print_record, &line, &n, &e);
        buf_done(&line);
        return st == OK ? 0 : tool_fail(&e);
}

static int export(const struct ask *a)
{
        struct copy c = {.dir_fd = -1, .fd = -1};
        struct err e = {0};
        enum status st;
        uint64_t n = 0;

        if (mkdir(a->out, 0750) == 0)
                c.dir_fd = open(a->out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (c.dir_fd < 0)
                st = err_set(&e, ERR_IO, "%s: must be a new directory", a->out);
        else
                st = each(a, copy_record, &c, &n, &e);
        if (st == OK && c.fd >= 0 && (fsync(c.fd) != 0 || fsync(c.dir_fd) != 0))
                st = err_set(&e, ERR_IO, "%s: fsync failed", a->out);
        if (c.fd >= 0)
                close(c.fd);
        if (c.dir_fd >= 0)
                close(c.dir_fd);
        buf_done(&c.line);
        if (st == OK)
                printf("%" PRIu64 " records to %s\n", n, a->out);
        return st == OK ? 0 : tool_fail(&e);
}

/* ---- options ---- */

static bool seq_of(const char *s, uint64_t *ret)
{
        int64_t v;

        if (!text_to_i64(text_of(s), &v) || v < 0)
                return false;
        *ret = (uint64_t)v;
        return true;
}

/* 0: go on; else the exit code plus one. */
static int parse(int argc, char **argv, struct ask *a)
{
        static const struct option options[] = {
                {"dir", required_argument, NULL, 'd'},
                {"from", required_argument, NULL, 'f'},
                {"to", required_argument, NULL, 't'},
                {"kind", required_argument, NULL, 'k'},
                {"out", required_argument, NULL, 'o'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        bool ok = true;
        int o;

        while (ok && (o = getopt_long(argc, argv, "", options, NULL)) != -1) {
                if (o == 'h')
                        return 1 + usage(stdout);
                else if (o == 'd')
                        ok = text_copy(a->dir, sizeof a->dir, text_of(optarg));
                else if (o == 'f')
                        ok = seq_of(optarg, &a->from);
                else if (o == 't')
                        ok = seq_of(optarg, &a->to);
                else if (o == 'k')
                        ok = a->has_kind =
                                record_kind_from(text_of(optarg), &a->kind);
                else if (o == 'o')
                        a->out = optarg;
                else
                        return 1 + usage(stderr);
                if (!ok)
                        fprintf(stderr,
                                "sanfang: journal: \"%s\" will not "
                                "do\n",
                                optarg);
        }
        return ok && optind == argc ? 0 : 1 + usage(stderr);
}

int tool_journal(int argc, char **argv)
{
        struct ask a = {.to = UINT64_MAX};
        int rc;

        if (argc < 2)
                return usage(stderr);
        if (strcmp(argv[1], "--help") == 0)
                return usage(stdout);
        snprintf(a.dir, sizeof a.dir, "%s/journal", tool_state_dir());
        rc = parse(argc - 1, argv + 1, &a);
        if (rc)
                return rc - 1;
        if (strcmp(argv[1], "ls") == 0)
                return list_or_verify(&a, true);
        if (strcmp(argv[1], "verify") == 0)
                return list_or_verify(&a, false);
        if (strcmp(argv[1], "cat") == 0)
                return cat(&a);
        if (strcmp(argv[1], "export") == 0 && a.out)
                return export(&a);
        return usage(stderr);
}
