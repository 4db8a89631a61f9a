/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_AUTHORITY_H
#define CENTRAL_AUTHORITY_H

#include "central/registry.h"

/*
 * The certificate authority of one central and the enrolment of its terminals
 * (EST, RFC 7030, with derived passwords). Lives in the intake.
 */
enum {
	TOKEN_LEN = 16,
	TOKEN_LIFE_MS = 15 * 60 * 1000,
	PASSWORD_LEN = 2 * HASH_LEN, /* hexadecimal */
};

struct authority;

/* Makes DIR/keys with all keys and certificates, and DIR/issued. */
MUST_CHECK enum err authority_create(
    int dir_fd, const struct hosts *hosts, int64_t now_ms);
MUST_CHECK enum err authority_open(int dir_fd, struct authority **ret_authority);
void authority_close(struct authority **authority);

struct registry *authority_registry(struct authority *authority);
/* Gives the server a certificate for some more time when little is left. */
MUST_CHECK enum err authority_renew_server(struct authority *authority, int64_t now_ms);

/* A secret by which `terminal` may enrol once for each purpose; a later one
 * takes its place. */
MUST_CHECK enum err authority_token(struct authority *authority, const char *terminal,
    const char *store, int64_t now_ms, uint8_t ret_secret[TOKEN_LEN],
    int64_t *ret_expires_ms);

struct enrolment {
	enum purpose purpose;
	const char *terminal;
	const char *password; /* lower-case hexadecimal */
	struct bytes request; /* PKCS#10 */
};

/*
 * The certificate for a request. The same key again gets the same one.
 * ERR_FORMAT or ERR_SIGNATURE: the request; ERR_DENIED: no token, or not its
 * password; ERR_STALE: the token has expired; ERR_EXISTS: it was used with
 * another key; ERR_CONFLICT: the key is already somebody's, or of the other
 * purpose.
 */
MUST_CHECK enum err authority_enrol(struct authority *authority,
    const struct enrolment *enrolment, int64_t now_ms,
    struct certificate *ret_certificate);
/* Another TLS certificate for the terminal whose TLS key `peer` is; the key may
 * be a new one. ERR_DENIED: unknown peer. */
MUST_CHECK enum err authority_renew(struct authority *authority,
    const uint8_t peer[KEY_ID_LEN], struct bytes request, int64_t now_ms,
    struct certificate *ret_certificate);

/* DIR/keys/NAME.crt, and SHA-256 of the CA's SubjectPublicKeyInfo, for whoever
 * needs no private key. */
MUST_CHECK enum err certificate_load(
    int dir_fd, const char *name, struct certificate *ret_certificate);
MUST_CHECK enum err ca_pin(int dir_fd, uint8_t ret_pin[HASH_LEN]);

#endif
