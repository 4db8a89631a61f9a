/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_REGISTRY_H
#define CENTRAL_REGISTRY_H

#include "central/certificate.h"

/*
 * Every certificate that the central ever gave to a terminal, DIR/issued/
 * {tls,signing}-KEYID.crt, by the key they are for. A key belongs to one
 * terminal and one purpose for ever. Outside the ledger and its backups, so
 * that a restored ledger still knows its terminals.
 */
enum { ISSUED_MAX = 65536 };

struct issued {
	enum purpose purpose;
	uint8_t key_id[KEY_ID_LEN];
	struct certificate_info info;
};

struct registry;

MUST_CHECK enum err registry_open(int dir_fd, struct registry **ret_registry);
void registry_close(struct registry **registry);

/* NULL: no such key. Valid until the next registry_add. */
const struct issued *registry_find(const struct registry *registry, enum purpose purpose,
    const uint8_t key_id[KEY_ID_LEN]);
/* The i-th by purpose and key id; NULL past the last. */
const struct issued *registry_at(const struct registry *registry, size_t i);
/* The store of a terminal's newest signing certificate; NULL: none. */
const char *registry_store(const struct registry *registry, const char *terminal);

/* Keeps a certificate (durable before it returns), or replaces the one of the
 * same key after a renewal. ERR_LIMIT. */
MUST_CHECK enum err registry_add(struct registry *registry, enum purpose purpose,
    const struct certificate *certificate);
MUST_CHECK enum err registry_read(const struct registry *registry, enum purpose purpose,
    const uint8_t key_id[KEY_ID_LEN], struct certificate *ret_certificate);

#endif
