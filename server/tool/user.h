/* server/tool/user.h -- users as records; shared by `user` and `init`. */
#ifndef SERVER_TOOL_USER_H
#define SERVER_TOOL_USER_H

#include "schemas/wire/command.h"
#include "server/tool/tool.h"

/* Hashes the password (Argon2id, libsodium's interactive limits) into
 * n->hash and submits the user. */
enum status user_put(struct door *d, struct user_note *n, const char *password,
                     struct err *e);

/* viewer, operator, duty, hydro, health120, county and admin, all with
 * one password. Only for the demo. */
enum status user_put_demo(struct door *d, const char *password, struct err *e);

#endif
