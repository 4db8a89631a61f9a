/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_CERTIFICATE_H
#define CENTRAL_CERTIFICATE_H

#include "central/keyring.h"

/*
 * X.509 through GnuTLS: the central's own certificates, those it gives to
 * terminals (RFC 5280), requests (RFC 2986), and the certs-only messages in
 * which they travel (RFC 7030 4.1.3). Everything in DER.
 */
enum purpose {
	PURPOSE_NONE = 0,
	PURPOSE_TLS = 1,     /* a terminal's carrier, as TLS client */
	PURPOSE_SIGNING = 2, /* a terminal's batches */
};

const char *purpose_word(enum purpose purpose); /* "tls", "signing" */
enum purpose purpose_from(struct bytes word);   /* PURPOSE_NONE if none */

enum {
	TERMINAL_CERTIFICATE_DAYS = 400,
	SERVER_CERTIFICATE_DAYS = 397,
	SERVER_RENEW_DAYS = 30, /* renewed at start when less is left */
	CA_CERTIFICATE_DAYS = 7305,
	HOSTS_MAX = 16,
	HOST_LEN_MAX = 253,
};

struct certificate {
	uint8_t der[CERTIFICATE_MAX];
	size_t len;
};

struct certificate_info {
	char terminal[TERMINAL_LEN_MAX + 1]; /* CN */
	char store[STORE_LEN_MAX + 1];       /* OU */
	uint8_t key[PUBLIC_KEY_LEN];
	int64_t not_after_ms;
};

/* Who signs. */
struct issuer {
	const struct key_pair *pair;
	const struct certificate *certificate;
};

/* Names and addresses that a server certificate is for, beyond localhost,
 * 127.0.0.1 and ::1, which every one has. */
struct hosts {
	size_t count;
	char host[HOSTS_MAX][HOST_LEN_MAX + 1];
};

MUST_CHECK enum err certificate_ca(
    const struct key_pair *ca, int64_t now_ms, struct certificate *ret_certificate);
MUST_CHECK enum err certificate_server(const struct issuer *issuer,
    const uint8_t key[PUBLIC_KEY_LEN], const struct hosts *hosts, int64_t now_ms,
    struct certificate *ret_certificate);
MUST_CHECK enum err certificate_hosts(struct bytes der, struct hosts *ret_hosts);
/* Whether a client that connects to `host` will take it. */
bool certificate_covers(struct bytes der, const char *host);
MUST_CHECK enum err certificate_terminal(const struct issuer *issuer,
    const struct certificate_info *info, enum purpose purpose, int64_t now_ms,
    struct certificate *ret_certificate);

/* ERR_FORMAT unless it is a certificate with a P-256 key. Server and CA
 * certificates have no terminal and no store. */
MUST_CHECK enum err certificate_read(struct bytes der, struct certificate_info *ret_info);
/* ERR_SIGNATURE unless `ca` signed it. Dates are not looked at: an expired
 * certificate of an unrevoked terminal still serves. */
MUST_CHECK enum err certificate_check(struct bytes der, struct bytes ca);

/* A request that proves its key: ERR_FORMAT, ERR_SIGNATURE; `ret_name` is its
 * common name, empty if it has none. */
MUST_CHECK enum err request_read(struct bytes der, uint8_t ret_key[PUBLIC_KEY_LEN],
    char ret_name[TERMINAL_LEN_MAX + 1]);

/* The certs-only PKCS#7 around one certificate. */
enum { CERTS_ONLY_MAX = CERTIFICATE_MAX + 256 };
MUST_CHECK enum err certs_only(
    struct bytes der, uint8_t ret[CERTS_ONLY_MAX], size_t *ret_len);
/* PEM for libraries that want it. The caller frees with pem_free (wiped). */
MUST_CHECK enum err certificate_pem(struct bytes der, char **ret_pem);
MUST_CHECK enum err key_pem(const struct key_pair *pair, char **ret_pem);
void pem_free(char **pem);

#endif
