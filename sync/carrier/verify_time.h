/* SPDX-License-Identifier: MIT */
#ifndef CARRIER_VERIFY_TIME_H
#define CARRIER_VERIFY_TIME_H

#include <stdbool.h>
#include <stdint.h>

/* OpenSSL's SSL_CTX and STACK_OF(X509), without its headers. */
struct ssl_ctx_st;
struct stack_st_X509;

/*
 * At which time certificates are judged. First at this machine's clock. When
 * dates alone fail there, the whole chain is judged again at the later of the
 * time floor and the server certificate's own notBefore: a terminal whose clock
 * stands at 2019 or 2039 still syncs, and a certificate that had expired before
 * the floor still fails.
 */
struct verify_time {
	int64_t floor_ms; /* the caller keeps it current */
};

/* `time` must outlive the context. Peer verification is switched on. */
void verify_time_install(struct ssl_ctx_st *ctx, const struct verify_time *time);

/* The rule itself, for its test: `chain` begins with the server's certificate. */
bool verify_time_accepts(struct stack_st_X509 *chain, int64_t floor_ms);

#endif
