/* test/fuzz/fuzz_journal.c -- any bytes as the last segment of a journal.
 *
 * The first byte chooses: even, the bytes are the file; odd, they are a
 * script of good records, torn and flipped ones, zeros and garbage.
 * Whatever it is: the look through, the reader and the writer's recovery
 * agree, sequences only rise, what stands before the first damage is given
 * back, and a record put afterwards is the last. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensors/adapter/journal.h"
#include "sensors/adapter/segment.h"

static char dir[64];

static void make_dir(void)
{
        if (dir[0])
                return;
        snprintf(dir, sizeof dir, "/dev/shm/sanfang-fuzz-XXXXXX");
        if (!mkdtemp(dir)) {
                snprintf(dir, sizeof dir, "/tmp/sanfang-fuzz-XXXXXX");
                if (!mkdtemp(dir))
                        abort();
        }
}

static void remove_all(void)
{
        char path[128];
        static const char *const others[] = {"lock", "clean", "clean.new"};
        uint64_t *first = NULL;
        size_t n = 0, i;
        char name[SEGMENT_NAME_MAX];
        int fd = open(dir, O_RDONLY | O_DIRECTORY);

        if (fd < 0 || segment_list(fd, &first, &n, NULL) != OK)
                abort();
        for (i = 0; i < n; i++) {
                segment_name(name, first[i]);
                unlinkat(fd, name, 0);
        }
        free(first);
        close(fd);
        for (i = 0; i < 3; i++) {
                snprintf(path, sizeof path, "%s/%s", dir, others[i]);
                unlink(path);
        }
}

static void remove_dir(void)
{
        if (!dir[0])
                return;
        remove_all();
        rmdir(dir);
}

/* ---- the script ---- */

struct script {
        const uint8_t *p;
        size_t n;
        struct buf out;
        uint64_t seq;
        uint64_t whole; /* good records before the first damage */
        bool damaged;
};

static uint8_t next(struct script *s)
{
        if (!s->n)
                return 0;
        s->n--;
        return *s->p++;
}

static void put_record(struct script *s, uint8_t op)
{
        static char body[256];
        struct buf line = {0};
        size_t cut;

        s->seq += op & 3u ? 1 : JOURNAL_JUMP;
        segment_encode(&line, s->seq, RECORD_TICK + next(s) % 2, 1,
                       (struct text){body, next(s)}, (struct text){"", 0});
        if (op % 5 == 3) { /* torn */
                cut = 1 + next(s) % (line.n - 1);
                line.n = cut;
                s->damaged = true;
        } else if (op % 5 == 4) { /* one bit */
                line.p[next(s) % line.n] ^= (char)(1 << (op & 7));
                s->damaged = true;
        } else if (!s->damaged) {
                s->whole++;
        }
        buf_text(&s->out, buf_as_text(&line));
        buf_done(&line);
}

static void write_script(struct script *s)
{
        size_t n;

        buf_str(&s->out, SEGMENT_MAGIC);
        while (s->n) {
                uint8_t op = next(s);

                if (op < 200) {
                        put_record(s, op);
                        continue;
                }
                s->damaged = true;
                for (n = next(s); n; n--)
                        buf_char(&s->out, op < 230 ? 0 : (char)next(s));
        }
}

/* ---- reading ---- */

/* All that is readable, past any damage. */
static uint64_t read_all(uint64_t *ret_last, uint64_t *ret_before_damage)
{
        struct journal_reader *r = NULL;
        struct record rec;
        struct err e = {0};
        uint64_t n = 0, last = 0, before = 0;
        bool damaged = false;
        enum status st;

        if (journal_reader_open(dir, 0, &r, &e) != OK)
                abort();
        for (;;) {
                st = journal_reader_next(r, &rec, &e);
                if (st == OK) {
                        if (rec.seq <= last)
                                abort();
                        last = rec.seq;
                        n++;
                        before += !damaged;
                        continue;
                }
                if (st != ERR_CORRUPT)
                        break;
                damaged = true;
                if (journal_reader_skip(r, &e) != OK)
                        break;
        }
        journal_reader_close(r);
        *ret_last = last;
        *ret_before_damage = before;
        return n;
}

static void put_file(struct text bytes)
{
        char path[128];
        int fd;

        snprintf(path, sizeof path, "%s/%020d.seg", dir, 1);
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        if (fd < 0 || write(fd, bytes.p, bytes.n) != (ssize_t)bytes.n)
                abort();
        close(fd);
}

static void go_on(bool script, uint64_t whole)
{
        struct journal_config c = {.dir = dir, .manual = true};
        struct journal *j = NULL;
        struct err e = {0};
        uint64_t n, last, before, seq, again;

        n = read_all(&last, &before);
        if (script && before < whole)
                abort();
        if (journal_open(&c, &j, &e) != OK)
                return; /* not a segment: it says so, and touches nothing */
        if (journal_append(j, RECORD_TICK, 1, TEXT("new"), &seq, &e) != OK)
                abort();
        if (seq <= last)
                abort(); /* a number that named another */
        journal_close(j);
        again = read_all(&last, &before);
        if (again < n + 1 || last != seq)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct script s = {.p = data + 1, .n = size ? size - 1 : 0};
        bool script = size && data[0] % 2;

        if (!dir[0]) {
                make_dir();
                atexit(remove_dir);
        }
        remove_all();
        if (script)
                write_script(&s);
        else if (size)
                buf_add(&s.out, data + 1, size - 1);
        if (s.out.failed)
                abort();
        put_file(buf_as_text(&s.out));
        buf_done(&s.out);
        go_on(script, s.whole);
        return 0;
}
