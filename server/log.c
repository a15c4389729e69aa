/* server/log.c -- one line an event, logfmt, on standard error.
 * Thread: any; a line is one write. */
#include "server/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void line(const char *level, const char *event, const char *fmt,
                 va_list ap)
{
        char text[1024];
        struct timespec ts;
        struct tm tm;
        size_t n, i;

        clock_gettime(CLOCK_REALTIME, &ts);
        gmtime_r(&ts.tv_sec, &tm);
        n = strftime(text, sizeof text, "ts=%Y-%m-%dT%H:%M:%S", &tm);
        n += (size_t)snprintf(text + n, sizeof text - n,
                              ".%03ldZ level=%s event=%s ",
                              ts.tv_nsec / 1000000, level, event);
        vsnprintf(text + n, sizeof text - n - 1, fmt, ap);
        n = strlen(text);
        for (i = 0; i < n; i++)
                if ((unsigned char)text[i] < 0x20)
                        text[i] = ' '; /* no line can be forged */
        text[n++] = '\n';
        if (write(STDERR_FILENO, text, n) < 0)
                return;
}

void log_info(const char *event, const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        line("info", event, fmt, ap);
        va_end(ap);
}

void log_warn(const char *event, const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        line("warn", event, fmt, ap);
        va_end(ap);
}
