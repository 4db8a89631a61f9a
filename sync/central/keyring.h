/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_KEYRING_H
#define CENTRAL_KEYRING_H

#include "base/bytes.h"
#include "base/limits.h"
#include "keys.h"

/*
 * DIR/keys (0700): one file of 32 bytes a private P-256 key (0600, never
 * replaced), and the central's own certificates in DER. It lives outside the
 * ledger and its backups.
 */
enum { CERTIFICATE_MAX = 4096 };

struct key_pair {
	uint8_t scalar[SCALAR_LEN];
	uint8_t key[PUBLIC_KEY_LEN];
};

/* Names of the four. */
#define KEY_CA "ca.key"
#define KEY_TLS "tls.key"
#define KEY_RECEIPT "receipt.key"
#define KEY_SEALING "sealing.key"
#define CERTIFICATE_CA "ca.crt"
#define CERTIFICATE_TLS "tls.crt"

/* Makes a key and its file; ERR_EXISTS when the file is there. */
MUST_CHECK enum err key_create(int keys_fd, const char *name, struct key_pair *ret_pair);
/* ERR_DENIED when others may read the file; ERR_CORRUPT when it is no key. */
MUST_CHECK enum err key_load(int keys_fd, const char *name, struct key_pair *ret_pair);
void key_wipe(struct key_pair *pair);

#endif
