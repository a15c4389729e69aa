/* server/tool/ledger.c -- what the stations made, before it is sent. */
#include "server/tool/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schemas/wire/json.h"
#include "server/file.h"

#define TAIL_BYTES (1 << 20) /* far more than one batch */

static enum status failed(const char *what, struct err *e)
{
        return err_set(e, ERR_IO, "ledger: %s: %s", what, strerror(errno));
}

enum status ledger_open(const char *path, struct ledger *ret, struct err *e)
{
        struct ledger l = {.fd = -1};
        struct stat info;
        off_t at;
        char *p;
        ssize_t n;

        *ret = l;
        if (!path)
                return OK;
        l.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND, 0640);
        if (l.fd < 0 || fstat(l.fd, &info) != 0)
                return failed(path, e);
        at = info.st_size > TAIL_BYTES ? info.st_size - TAIL_BYTES : 0;
        p = buf_room(&l.tail, TAIL_BYTES);
        if (!p)
                return err_set(e, ERR_MEMORY, "ledger");
        n = pread(l.fd, p, (size_t)(info.st_size - at), at);
        if (n < 0)
                return failed(path, e);
        l.tail.n = (size_t)n;
        while (l.tail.n && p[l.tail.n - 1] != '\n')
                l.tail.n--;
        if (ftruncate(l.fd, at + (off_t)l.tail.n) != 0)
                return failed(path, e);
        *ret = l;
        /* Or a power cut takes the name, and with it every synced line. */
        return file_sync_folder(path, e);
}

static void add(struct ledger *l, const char *station, uint64_t boot,
                uint64_t seq, const uint16_t *serial, int64_t time_us,
                enum element element, int64_t value_milli)
{
        size_t before = l->out.n;
        struct json_out o = json_out(&l->out);

        if (l->fd < 0)
                return;
        json_open(&o, NULL);
        json_put_str(&o, "station", station);
        json_put_u64(&o, "boot", boot);
        json_put_u64(&o, "seq", seq);
        if (serial)
                json_put_u64(&o, "serial", *serial);
        json_put_time(&o, "time", time_us);
        json_put_str(&o, "element", element_name(element));
        json_put_milli(&o, "value", value_milli);
        json_close(&o);
        buf_char(&l->out, '\n');
        if (l->tail.n && !l->out.failed &&
            memmem(l->tail.p, l->tail.n, l->out.p + before, l->out.n - before))
                l->out.n = before;
}

void ledger_add(struct ledger *l, const char *station, uint64_t boot,
                uint64_t seq, int64_t time_us, enum element element,
                int64_t value_milli)
{
        add(l, station, boot, seq, NULL, time_us, element, value_milli);
}

void ledger_add_serial(struct ledger *l, const char *station, uint16_t serial,
                       int64_t time_us, enum element element,
                       int64_t value_milli)
{
        add(l, station, 0, 0, &serial, time_us, element, value_milli);
}

enum status ledger_flush(struct ledger *l, struct err *e)
{
        size_t done = 0;
        ssize_t n;

        if (l->fd < 0)
                return OK;
        if (l->out.failed)
                return err_set(e, ERR_MEMORY, "ledger");
        while (done < l->out.n) {
                n = write(l->fd, l->out.p + done, l->out.n - done);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return failed("write", e);
                done += (size_t)n;
        }
        if (l->out.n && fdatasync(l->fd) != 0)
                return failed("fdatasync", e);
        if (l->out.n)
                buf_done(&l->tail); /* from here on all lines are new */
        buf_clear(&l->out);
        return OK;
}

void ledger_close(struct ledger *l)
{
        if (l->fd >= 0)
                close(l->fd);
        l->fd = -1;
        buf_done(&l->out);
        buf_done(&l->tail);
}
