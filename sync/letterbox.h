/* SPDX-License-Identifier: MIT */
#ifndef SYNC_LETTERBOX_H
#define SYNC_LETTERBOX_H

#include "contract/directory.h"
#include "contract/letter.h"
#include "contract/programme.h"

/*
 * The letters in force on a terminal: STATE/programme/{trust,programme,
 * directory,standings,alerts}, each the signed file as it came. A letter is
 * adopted only when it verifies, is for our store, and is not older than the
 * one in force; files are replaced whole. Loaded letters are verified again at
 * open. Expiry is reported, never a reason to stop.
 */
struct letterbox;

/* `ca_key` is the pinned CA key of the enrolment; `store` ours. */
MUST_CHECK enum err letterbox_open(int state_fd, const struct crypto *crypto,
    const uint8_t ca_key[PUBLIC_KEY_LEN], const char *store,
    struct letterbox **ret_letterbox);
void letterbox_close(struct letterbox **letterbox);

/* Adopts the letter in `file`, at most LETTER_FILE_MAX bytes (ERR_LIMIT). ERR_SIGNATURE,
 * ERR_KEY (unknown key id: fetch trust first), ERR_STALE (older), ERR_EXISTS (the same
 * version), ERR_FORMAT, ERR_DENIED (another store's). Nothing changes on failure. */
MUST_CHECK enum err letterbox_adopt(
    struct letterbox *letterbox, struct bytes file, enum cose_type *ret_kind);

const struct trust *letterbox_trust(const struct letterbox *letterbox); /* NULL: none */
/* Valid until the next adoption; NULL: none adopted. */
const struct programme *letterbox_programme(const struct letterbox *letterbox);

/* The programme of an earlier version, for returns of what was sold under it: the
 * last PROGRAMMES_KEPT are kept. NULL: not kept. Valid until the next call. */
enum { PROGRAMMES_KEPT = 16 };
const struct programme *letterbox_programme_of(
    struct letterbox *letterbox, uint64_t version);
/* Version in force, 0: none; expires_ms in `ret_expires_ms` (may be NULL). */
uint64_t letterbox_version(
    const struct letterbox *letterbox, enum cose_type kind, int64_t *ret_expires_ms);

/* Directory parameters (salt, argon) without records; ERR_NOT_FOUND: none. */
MUST_CHECK enum err letterbox_directory(
    const struct letterbox *letterbox, struct directory *ret_directory);
/* Looks a key up in the file (pread, O(log n)); ERR_NOT_FOUND. */
MUST_CHECK enum err letterbox_lookup(const struct letterbox *letterbox,
    const struct directory_key *key, struct directory_entry *ret_entry);

#endif
