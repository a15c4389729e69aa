/* server/log.h -- one line an event, logfmt, on standard error. */
#ifndef SERVER_LOG_H
#define SERVER_LOG_H

/* level=info event=NAME fmt... ; fmt continues with key=value pairs. */
void log_info(const char *event, const char *fmt, ...)
        __attribute__((format(printf, 2, 3)));
void log_warn(const char *event, const char *fmt, ...)
        __attribute__((format(printf, 2, 3)));

#endif
