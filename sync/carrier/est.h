/* SPDX-License-Identifier: MIT */
#ifndef CARRIER_EST_H
#define CARRIER_EST_H

#include "carrier/uplink.h"
#include "spool.h"

/*
 * The carrier's half of enrolment (EST, RFC 7030). The till gives an order: one
 * "word value" line each for url, terminal, ca_pin (hex), tls_password,
 * signing_password (hex; derived, the secret itself never comes here) and csr
 * (base64 PKCS#10 of the signing key).
 */
enum {
	EST_PASSWORD_LEN = 2 * HASH_LEN,
	EST_CSR_MAX = 1024, /* base64 */
	EST_LINE_MAX = 1280,
};

struct est_order {
	char url[URL_LEN_MAX + 1];
	char terminal[TERMINAL_LEN_MAX + 1];
	uint8_t ca_pin[HASH_LEN];
	char tls_password[EST_PASSWORD_LEN + 1];
	char signing_password[EST_PASSWORD_LEN + 1];
	char csr[EST_CSR_MAX + 1];
};

/* ERR_FORMAT unless every line is there once and well formed. */
MUST_CHECK enum err est_read_order(int fd, struct est_order *ret_order);

/*
 * Fetches the CA's certificate, holds it against the pin, and on a new, verified
 * connection enrols a TLS key made here and the till's signing key. Leaves
 * keys/carrier/ complete, and inbox/enrol-ca.der and inbox/enrol-signing.der for
 * the till. A failure is told on stderr in one sentence:
 *     ERR_SIGNATURE  the CA is not the pinned one, or the server not the CA's
 *     ERR_DENIED     the token is wrong, used, expired or another terminal's
 *     ERR_OFFLINE    nothing was asked of the central
 *     ERR_UNKNOWN    it was cut off on the way; the same token may be tried again
 * Nothing stays behind, except, for ERR_UNKNOWN, the key that was asked for.
 */
MUST_CHECK enum err est_enrol(
    int state_fd, const struct spool *spool, const struct est_order *order);

#endif
