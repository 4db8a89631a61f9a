/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_DIRECTORY_BUILD_H
#define CENTRAL_DIRECTORY_BUILD_H

#include "central/members_file.h"

/*
 * The body of a directory letter for `store` (its own members and those of
 * every store; NULL takes all) under `salt`: each member once for each
 * identifier it has, sealed under that identifier, sorted by tag. The caller
 * frees it. ERR_LIMIT when it would not fit a letter.
 *
 * CPF and phone cost an Argon2id each (some 20 ms, on DIRECTORY_WORKERS
 * processes). What they gave is kept in `cache_fd`, a directory only the
 * central can read (-1: none), in one file a salt, so that publishing again
 * costs only the new ones. Entries there are named by HMAC under the salt, and
 * a cache that is damaged or of another salt is as good as none. `cache_fd`
 * keeps no member in clear, but the file helps whoever tries all CPFs: it is
 * as secret as the ledger.
 */
enum { DIRECTORY_WORKERS = 2 };

MUST_CHECK enum err directory_build(const struct crypto *crypto,
    const struct members *members, const char *store,
    const uint8_t salt[DIRECTORY_SALT_LEN], int cache_fd, struct bytes *ret_body);
void directory_body_free(struct bytes *body);

#endif
