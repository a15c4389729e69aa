/* server/tool/follow.c -- the server's clock, followed from outside. */
#include "server/tool/follow.h"

#include "schemas/time.h"
#include "schemas/wire/json.h"
#include "server/clock.h"
#include "server/tool/http_get.h"

#define POLL_US (SECOND_US / 2)
#define WAIT_MS 400

void follow_poll(struct follow *f)
{
        int64_t now_us = clock_mono_us(), engine_us, rate_milli;
        struct json *j = NULL;

        if (f->asked_us && now_us - f->asked_us < POLL_US)
                return;
        f->asked_us = now_us;
        buf_clear(&f->body);
        if (http_get(f->url, WAIT_MS, &f->body, NULL) != OK)
                return;
        if (json_parse(buf_as_text(&f->body), JSON_MESSAGE_MAX, &j, NULL) != OK)
                return;
        if (json_need_time(j, "now", &engine_us, NULL) == OK &&
            json_milli(json_get(j, "rate"), &rate_milli)) {
                f->known = true;
                f->engine_us = engine_us;
                f->mono_us = now_us;
                f->rate_milli =
                        json_true(json_get(j, "paused")) ? 0 : rate_milli;
        }
        json_free(j);
}

bool follow_now(const struct follow *f, int64_t *ret_engine_us)
{
        int64_t since_us = clock_mono_us() - f->mono_us;

        if (!f->known)
                return false;
        if (since_us > SECOND_US)
                since_us = SECOND_US;
        *ret_engine_us = f->engine_us + since_us * f->rate_milli / 1000;
        return true;
}
