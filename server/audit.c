/* server/audit.c -- every act of a person, in a chain that shows tampering.
 *
 * Source: SHA-256 by libsodium (crypto_hash_sha256). */
#include "server/audit.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "schemas/wire/json.h"

void audit_hash(const char *prev, const struct audit_row *row, char *ret_hex)
{
        unsigned char digest[crypto_hash_sha256_BYTES];
        struct buf b = {0};
        struct json_out o;

        buf_str(&b, prev);
        buf_char(&b, '\n');
        o = json_out(&b);
        json_open(&o, NULL);
        json_put_u64(&o, "n", row->n);
        json_put_u64(&o, "seq", row->seq);
        json_put_i64(&o, "real_us", row->real_us);
        json_put_i64(&o, "engine_us", row->engine_us);
        json_put_str(&o, "user", row->user);
        json_put_str(&o, "role", row->role);
        json_put_str(&o, "action", row->action);
        json_put_str(&o, "subject", row->subject);
        json_put_str(&o, "outcome", row->outcome);
        json_put_str(&o, "detail", row->detail);
        json_close(&o);
        crypto_hash_sha256(digest, (const unsigned char *)b.p, b.n);
        sodium_bin2hex(ret_hex, 65, digest, sizeof digest);
        buf_done(&b);
}

void audit_add(struct state *s, const struct audit_act *a, uint64_t seq,
               struct effects *fx)
{
        struct audit_row row = {
                .n = s->audit_n + 1,
                .seq = seq,
                .real_us = s->real_us,
                .engine_us = s->engine_us,
        };

        snprintf(row.user, sizeof row.user, "%s", a->user);
        snprintf(row.role, sizeof row.role, "%s", a->role);
        snprintf(row.action, sizeof row.action, "%s", a->action);
        snprintf(row.subject, sizeof row.subject, "%s", a->subject);
        snprintf(row.outcome, sizeof row.outcome, "%s",
                 status_name(a->outcome));
        snprintf(row.detail, sizeof row.detail, "%s", a->detail);
        audit_hash(s->audit_hash, &row, row.hash);
        s->audit_n = row.n;
        memcpy(s->audit_hash, row.hash, sizeof s->audit_hash);
        effects_push_audit(fx, &row);
}
