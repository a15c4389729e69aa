/* server/audit.h -- every act of a person, in a chain that shows tampering.
 *
 * hash_n = SHA-256(hash_{n-1} in hex, newline, canonical row); the row's
 * canonical form is JSON with the members in a fixed order, so that
 * anybody can check it from the table alone (`sanfang audit verify`). */
#ifndef SERVER_AUDIT_H
#define SERVER_AUDIT_H

#include "server/state.h"

struct audit_act {
        const char *user;
        const char *role;
        const char *action;
        const char *subject;
        enum status outcome;
        const char *detail;
};

/* Adds one row to the chain and to fx->audit. */
void audit_add(struct state *s, const struct audit_act *a, uint64_t seq,
               struct effects *fx);

/* The hash of a row after prev (hex, 64 characters) into ret_hex (65). */
void audit_hash(const char *prev, const struct audit_row *row, char *ret_hex);

#endif
