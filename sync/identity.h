/* SPDX-License-Identifier: MIT */
#ifndef SYNC_IDENTITY_H
#define SYNC_IDENTITY_H

#include "contract/crypto.h"

/*
 * Who this terminal is: STATE/keys/till/ (0700) holds signing.key (32 bytes of
 * scalar, 0600), signing.crt and ca.crt (DER). The key is made here, in this
 * process, and never leaves it.
 */
struct identity_keys;

/* ERR_NOT_READY: not enrolled. ERR_DENIED: a key file others can read.
 * ERR_CORRUPT: key and certificate do not belong together. */
MUST_CHECK enum err identity_open(
    int state_fd, const struct crypto *crypto, struct identity_keys **ret_identity);
void identity_close(struct identity_keys **identity); /* wipes */

const char *identity_terminal(const struct identity_keys *identity);  /* certificate CN */
const char *identity_store(const struct identity_keys *identity);     /* certificate OU */
const uint8_t *identity_ca_key(const struct identity_keys *identity); /* PUBLIC_KEY_LEN */
const struct signer *identity_signer(const struct identity_keys *identity);
int64_t identity_not_after_ms(const struct identity_keys *identity);

/*
 * Enrolment, till's half. `identity_request` makes the key if there is none
 * (pending.key; a terminal that is enrolled keeps its key, so that the same token
 * may be used again) and gives the PKCS#10 request (RFC 2986, our own DER, signed
 * through the signer) and the SHA-256 of its SubjectPublicKeyInfo, which binds
 * the signing password. ERR_CONFLICT: this state is another terminal's.
 * `identity_adopt` checks CA and certificate against the pin and the key and
 * puts all three in place, all or nothing: ERR_SIGNATURE, ERR_KEY (for another
 * key), ERR_CONFLICT (for another terminal, or enrolled under another CA),
 * ERR_FORMAT. An adoption that was cut off is no enrolment; it can be run again.
 */
enum { CSR_LEN_MAX = 512, CERTIFICATE_LEN_MAX = 4096 };

MUST_CHECK enum err identity_request(int state_fd, const struct crypto *crypto,
    const char *terminal, uint8_t ret_csr[CSR_LEN_MAX], size_t *ret_len,
    uint8_t ret_spki_hash[HASH_LEN]);
MUST_CHECK enum err identity_adopt(int state_fd, const struct crypto *crypto,
    const char *terminal, const uint8_t ca_pin[HASH_LEN], struct bytes ca_der,
    struct bytes certificate_der);
/* A key that was asked for and never certified: whether there is one, and away
 * with it. */
bool identity_is_pending(int state_fd);
void identity_forget_pending(int state_fd);

#endif
