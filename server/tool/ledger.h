/* server/tool/ledger.h -- what the stations made, on paper before it is
 * sent: {station,boot,seq,time,element,value} lines, fsynced in groups. */
#ifndef SERVER_TOOL_LEDGER_H
#define SERVER_TOOL_LEDGER_H

#include "schemas/buf.h"
#include "schemas/element.h"
#include "schemas/status.h"

struct ledger {
        int fd; /* -1: no ledger is kept */
        struct buf out;
        struct buf tail; /* the last lines when it was opened */
};

/* path NULL: none is kept.  A torn last line is cut. */
enum status ledger_open(const char *path, struct ledger *ret, struct err *e);
/* A line that stands there already (written before a kill, and made
 * again after it) is not written twice. */
void ledger_add(struct ledger *l, const char *station, uint64_t boot,
                uint64_t seq, int64_t time_us, enum element element,
                int64_t value_milli);
/* The same of an SL 651 terminal, which knows no boot: boot and seq are 0,
 * "serial" stands beside them. */
void ledger_add_serial(struct ledger *l, const char *station, uint16_t serial,
                       int64_t time_us, enum element element,
                       int64_t value_milli);
enum status ledger_flush(struct ledger *l, struct err *e);
void ledger_close(struct ledger *l);

#endif
