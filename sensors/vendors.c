/* sensors/vendors.c -- the vendors' SL 651 element tables that are in
 * force. */
#include "sensors/vendors.h"

#include <stdlib.h>
#include <string.h>

void vendors_done(struct vendors *v)
{
        while (v->n > 0)
                free(v->at[--v->n]);
}

static uint32_t index_of(const struct vendors *v, const char *name)
{
        uint32_t i = 0;

        while (i < v->n && strcmp(v->at[i]->name, name) != 0)
                i++;
        return i;
}

const struct sl651_vendor *vendors_find(const struct vendors *v,
                                        const char *name)
{
        uint32_t i = name[0] ? index_of(v, name) : v->n;

        return i < v->n ? v->at[i] : NULL;
}

static enum status take_away(struct vendors *v, const char *name, struct err *e)
{
        uint32_t i = index_of(v, name);

        if (i == v->n)
                return err_set(e, ERR_UNKNOWN,
                               "there is no vendor table "
                               "\"%s\"",
                               name);
        free(v->at[i]);
        v->n--;
        memmove(&v->at[i], &v->at[i + 1], (v->n - i) * sizeof(*v->at));
        return OK;
}

enum status vendors_put(struct vendors *v, struct text body, struct err *e)
{
        struct sl651_vendor *x = malloc(sizeof *x);
        enum status st;
        uint32_t i;

        if (!x)
                return err_set(e, ERR_MEMORY, "a vendor table");
        st = wire_sl651_vendor_decode(body, x, e);
        if (st == OK && x->remove) {
                st = take_away(v, x->name, e);
                free(x);
                return st;
        }
        i = st == OK ? index_of(v, x->name) : 0;
        if (st == OK && i >= VENDORS_MAX)
                st = err_set(e, ERR_FULL, "there are %d vendor tables already",
                             VENDORS_MAX);
        if (st != OK) {
                free(x);
                return st;
        }
        if (i == v->n)
                v->n++;
        else
                free(v->at[i]);
        v->at[i] = x;
        return OK;
}

void vendors_save(const struct vendors *v, struct buf *b)
{
        struct buf one = {0};
        uint32_t i;

        pack_u32(b, v->n);
        for (i = 0; i < v->n; i++) {
                buf_clear(&one);
                wire_sl651_vendor_encode(v->at[i], &one);
                pack_text(b, buf_as_text(&one));
                b->failed |= one.failed;
        }
        buf_done(&one);
}

enum status vendors_load(struct vendors *v, struct unpack *u, struct err *e)
{
        uint32_t n = unpack_count(u, 4), i;
        enum status st = OK;

        for (i = 0; i < n && st == OK && !u->failed; i++) {
                struct text body = unpack_text(u);

                if (!u->failed)
                        st = vendors_put(v, body, e);
        }
        return st;
}
