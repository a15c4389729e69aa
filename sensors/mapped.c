/* sensors/mapped.c -- the mappings of vendors' messages that are in force. */
#include "sensors/mapped.h"

#include <stdlib.h>
#include <string.h>

static void one_done(struct mapped_one *x)
{
        wire_mapping_done(&x->mapping);
        free(x->body);
}

void mapped_done(struct mapped *m)
{
        while (m->n > 0)
                one_done(&m->at[--m->n]);
}

static uint32_t find(const struct mapped *m, const char *name)
{
        uint32_t i;

        for (i = 0; i < m->n; i++)
                if (strcmp(m->at[i].mapping.name, name) == 0)
                        break;
        return i;
}

static enum status take_away(struct mapped *m, const char *name, struct err *e)
{
        uint32_t i = find(m, name);

        if (i == m->n)
                return err_set(e, ERR_UNKNOWN, "there is no mapping \"%s\"",
                               name);
        one_done(&m->at[i]);
        m->changes++;
        m->n--;
        memmove(&m->at[i], &m->at[i + 1], (m->n - i) * sizeof m->at[0]);
        return OK;
}

enum status mapped_put(struct mapped *m, struct text body, struct err *e)
{
        struct mapped_one x = {.n_body = body.n};
        enum status st = wire_mapping_decode(body, &x.mapping, e);
        uint32_t i;

        if (st != OK)
                return st;
        if (x.mapping.remove)
                return take_away(m, x.mapping.name, e);
        i = find(m, x.mapping.name);
        if (i == MAPPED_MAX) {
                one_done(&x);
                return err_set(e, ERR_FULL, "there are %d mappings already",
                               MAPPED_MAX);
        }
        x.body = malloc(body.n);
        if (!x.body) {
                one_done(&x);
                return err_set(e, ERR_MEMORY, "mapping");
        }
        memcpy(x.body, body.p, body.n);
        if (i == m->n)
                m->n++;
        else
                one_done(&m->at[i]);
        m->at[i] = x;
        m->changes++;
        return OK;
}

bool mapped_is_for(const struct mapped *m, struct text topic)
{
        uint32_t i;

        for (i = 0; i < m->n; i++)
                if (wire_mapping_matches(&m->at[i].mapping, topic))
                        return true;
        return false;
}

void mapped_save(const struct mapped *m, struct buf *b)
{
        uint32_t i;

        pack_u32(b, m->n);
        for (i = 0; i < m->n; i++)
                pack_text(b, (struct text){m->at[i].body, m->at[i].n_body});
}

enum status mapped_load(struct mapped *m, struct unpack *u, struct err *e)
{
        uint32_t n = unpack_count(u, 4), i;
        enum status st = OK;

        for (i = 0; i < n && st == OK && !u->failed; i++) {
                struct text body = unpack_text(u);

                if (!u->failed)
                        st = mapped_put(m, body, e);
        }
        return st;
}
