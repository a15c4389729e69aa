/* schemas/status.c -- names and texts of the status codes. */
#include "schemas/status.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
        const char *name;
        const char *text;
} table[STATUS_COUNT] = {
#define X(code, name, text) [code] = {name, text},
        STATUSES(X)
#undef X
};

enum status err_set(struct err *e, enum status code, const char *fmt, ...)
{
        va_list ap;

        if (!e)
                return code;
        e->code = code;
        e->line = e->column = 0;
        e->fault = FAULT_NONE;
        va_start(ap, fmt);
        vsnprintf(e->msg, sizeof e->msg, fmt, ap);
        va_end(ap);
        return code;
}

void err_place(struct err *e, uint32_t line, uint32_t column)
{
        if (!e)
                return;
        e->line = line;
        e->column = column;
}

enum status err_fault(struct err *e, enum status code, enum fault fault)
{
        if (e)
                e->fault = fault;
        return code;
}

const char *fault_name(enum fault fault)
{
        static const char *const names[FAULT_COUNT] = {
#define X(code, name) [code] = name,
                FAULTS(X)
#undef X
        };

        return fault < FAULT_COUNT ? names[fault] : "";
}

const char *status_name(enum status code)
{
        return code < STATUS_COUNT ? table[code].name : "unknown";
}

const char *status_text(enum status code)
{
        return code < STATUS_COUNT ? table[code].text : "unknown";
}
