/* server/rules_book.c -- see rules_book.h.
 *
 * Source: SHA-256 by libsodium (crypto_hash_sha256). */
#include "server/rules_book.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rules_hash(struct text text, char ret_hex[RULES_HASH])
{
        unsigned char digest[crypto_hash_sha256_BYTES];

        crypto_hash_sha256(digest, (const unsigned char *)text.p, text.n);
        sodium_bin2hex(ret_hex, RULES_HASH, digest, sizeof digest);
}

static void text_done(struct rules_text *t)
{
        free(t->text);
        memset(t, 0, sizeof *t);
}

static void draft_done(struct rules_draft *d)
{
        text_done(&d->table);
        free(d->result);
        memset(d, 0, sizeof *d);
}

void rules_book_init(struct rules_book *b)
{
        memset(b, 0, sizeof *b);
}

void rules_book_done(struct rules_book *b)
{
        uint32_t i;

        text_done(&b->now);
        for (i = 0; i < b->n_drafts; i++)
                draft_done(&b->draft[i]);
        b->n_drafts = 0;
}

static void who(char dst[RULES_WHO], const char *user)
{
        snprintf(dst, RULES_WHO, "%s", user);
}

static enum status keep_bytes(struct text t, char **ret, size_t *ret_n,
                              struct err *e)
{
        char *copy = malloc(t.n + 1);

        if (!copy)
                return err_set(e, ERR_MEMORY, "no memory for a rule table");
        if (t.n)
                memcpy(copy, t.p, t.n);
        copy[t.n] = '\0';
        free(*ret);
        *ret = copy;
        *ret_n = t.n;
        return OK;
}

static enum status keep_table(struct rules_text *t, struct text text,
                              const struct rule_set *set, struct err *e)
{
        enum status st = keep_bytes(text, &t->text, &t->n_text, e);

        if (st != OK)
                return st;
        rules_hash(text, t->hash);
        snprintf(t->name, sizeof t->name, "%s", set->name);
        t->version = set->version;
        return OK;
}

enum status rules_book_put(struct rules_book *b, struct text text,
                           const struct rule_set *set,
                           const struct rules_act *by, struct err *e)
{
        enum status st = keep_table(&b->now, text, set, e);

        if (st != OK)
                return st;
        who(b->by, by->user);
        b->since_us = by->real_us;
        b->seq = by->seq;
        return OK;
}

/* ---- drafts ---- */

struct rules_draft *rules_book_find(struct rules_book *b, const char *hash)
{
        uint32_t i;

        for (i = 0; i < b->n_drafts; i++)
                if (strcmp(b->draft[i].table.hash, hash) == 0)
                        return &b->draft[i];
        return NULL;
}

static struct rules_draft *next_draft(struct rules_book *b)
{
        struct rules_draft *d;

        if (b->n_drafts == RULES_DRAFTS_MAX) {
                draft_done(&b->draft[0]);
                b->n_drafts--;
                memmove(&b->draft[0], &b->draft[1],
                        b->n_drafts * sizeof b->draft[0]);
        }
        d = &b->draft[b->n_drafts];
        memset(d, 0, sizeof *d);
        return d;
}

enum status rules_book_draft(struct rules_book *b, struct text text,
                             const struct rule_set *set,
                             const struct rules_act *by, struct err *e)
{
        char hash[RULES_HASH];
        struct rules_draft *d;
        enum status st;

        rules_hash(text, hash);
        if (strcmp(hash, b->now.hash) == 0)
                return err_set(e, ERR_CONFLICT,
                               "that is the table in force: %s v%u", set->name,
                               set->version);
        if (strcmp(set->name, b->now.name) == 0 &&
            set->version == b->now.version)
                return err_set(e, ERR_CONFLICT,
                               "%s v%u is in force with another text: give "
                               "yours another \"version\"",
                               set->name, set->version);
        if (rules_book_find(b, hash))
                return OK;
        d = next_draft(b);
        st = keep_table(&d->table, text, set, e);
        if (st != OK)
                return st;
        who(d->author, by->user);
        d->drafted_us = by->real_us;
        d->seq = by->seq;
        b->n_drafts++;
        return OK;
}

enum status rules_book_tested(struct rules_draft *d, const char *against,
                              struct text result, const struct rules_act *by,
                              struct err *e)
{
        enum status st = keep_bytes(result, &d->result, &d->n_result, e);

        if (st != OK)
                return st;
        who(d->tested_by, by->user);
        snprintf(d->tested_against, sizeof d->tested_against, "%s", against);
        d->tested_us = by->real_us;
        d->seq = by->seq;
        return OK;
}

enum status rules_book_confirm(const struct rules_book *b,
                               struct rules_draft *d,
                               const struct rules_act *by, struct err *e)
{
        if (strcmp(d->author, by->user) == 0)
                return err_set(e, ERR_FORBIDDEN,
                               "a second person confirms, not %s who wrote it",
                               d->author);
        if (rules_book_is_confirmed(b, d))
                return OK;
        who(d->confirmed_by, by->user);
        memcpy(d->confirmed_against, b->now.hash, sizeof b->now.hash);
        d->confirmed_us = by->real_us;
        d->seq = by->seq;
        return OK;
}

bool rules_book_is_confirmed(const struct rules_book *b,
                             const struct rules_draft *d)
{
        return d->confirmed_by[0] &&
               strcmp(d->confirmed_against, b->now.hash) == 0;
}

bool rules_book_is_tested(const struct rules_book *b,
                          const struct rules_draft *d)
{
        return d->tested_by[0] && strcmp(d->tested_against, b->now.hash) == 0;
}

enum status rules_book_ready(const struct rules_book *b,
                             const struct rules_draft *d, struct err *e)
{
        if (strcmp(d->table.hash, b->now.hash) == 0)
                return err_set(e, ERR_CONFLICT, "%s v%u is in force",
                               d->table.name, d->table.version);
        if (rules_book_is_tested(b, d) || rules_book_is_confirmed(b, d))
                return OK;
        return err_set(e, ERR_CONFLICT,
                       "this text was not back-tested against %s v%u, which "
                       "is in force: back-test it, or have a second person "
                       "confirm it",
                       b->now.name[0] ? b->now.name : "nothing",
                       b->now.version);
}

static bool is_written_anew(const struct rules_book *b,
                            const struct rules_draft *d)
{
        const struct rules_draft *x = d + 1;

        for (; x < b->draft + b->n_drafts; x++)
                if (strcmp(x->author, d->author) == 0 &&
                    strcmp(x->table.name, d->table.name) == 0)
                        return true;
        return false;
}

enum rules_ask rules_book_asks(const struct rules_book *b,
                               const struct rules_draft *d)
{
        if (strcmp(d->table.hash, b->now.hash) == 0 ||
            d->drafted_us < b->since_us || is_written_anew(b, d))
                return RULES_ASK_NOTHING;
        if (rules_book_is_confirmed(b, d))
                return RULES_ASK_AUTHOR;
        return rules_book_is_tested(b, d) ? RULES_ASK_NOTHING
                                          : RULES_ASK_SECOND;
}

/* ---- snapshot ---- */

static void save_table(const struct rules_text *t, struct buf *out)
{
        pack_str(out, t->hash);
        pack_str(out, t->name);
        pack_u32(out, t->version);
        pack_text(out, (struct text){t->text, t->n_text});
}

static enum status load_table(struct rules_text *t, struct unpack *u,
                              struct err *e)
{
        unpack_str(u, t->hash, sizeof t->hash);
        unpack_str(u, t->name, sizeof t->name);
        t->version = unpack_u32(u);
        return keep_bytes(unpack_text(u), &t->text, &t->n_text, e);
}

static void save_draft(const struct rules_draft *d, struct buf *out)
{
        save_table(&d->table, out);
        pack_str(out, d->author);
        pack_i64(out, d->drafted_us);
        pack_u64(out, d->seq);
        pack_str(out, d->tested_by);
        pack_str(out, d->tested_against);
        pack_i64(out, d->tested_us);
        pack_text(out, (struct text){d->result, d->n_result});
        pack_str(out, d->confirmed_by);
        pack_str(out, d->confirmed_against);
        pack_i64(out, d->confirmed_us);
}

static enum status load_draft(struct rules_draft *d, struct unpack *u,
                              struct err *e)
{
        enum status st = load_table(&d->table, u, e);

        unpack_str(u, d->author, sizeof d->author);
        d->drafted_us = unpack_i64(u);
        d->seq = unpack_u64(u);
        unpack_str(u, d->tested_by, sizeof d->tested_by);
        unpack_str(u, d->tested_against, sizeof d->tested_against);
        d->tested_us = unpack_i64(u);
        if (st == OK)
                st = keep_bytes(unpack_text(u), &d->result, &d->n_result, e);
        unpack_str(u, d->confirmed_by, sizeof d->confirmed_by);
        unpack_str(u, d->confirmed_against, sizeof d->confirmed_against);
        d->confirmed_us = unpack_i64(u);
        return st;
}

void rules_book_save(const struct rules_book *b, struct buf *out)
{
        uint32_t i;

        save_table(&b->now, out);
        pack_str(out, b->by);
        pack_i64(out, b->since_us);
        pack_u64(out, b->seq);
        pack_u32(out, b->n_drafts);
        for (i = 0; i < b->n_drafts; i++)
                save_draft(&b->draft[i], out);
}

enum status rules_book_load(struct rules_book *b, struct unpack *u,
                            struct err *e)
{
        enum status st = load_table(&b->now, u, e);
        uint32_t i, n;

        unpack_str(u, b->by, sizeof b->by);
        b->since_us = unpack_i64(u);
        b->seq = unpack_u64(u);
        n = unpack_count(u, 32);
        if (n > RULES_DRAFTS_MAX)
                return err_set(e, ERR_CORRUPT, "%u drafts", n);
        for (i = 0; st == OK && i < n; i++) {
                b->n_drafts = i + 1;
                st = load_draft(&b->draft[i], u, e);
        }
        return st;
}
