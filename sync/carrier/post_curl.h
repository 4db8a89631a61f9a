/* SPDX-License-Identifier: MIT */
#ifndef CARRIER_POST_CURL_H
#define CARRIER_POST_CURL_H

#include "carrier/post.h"
#include "carrier/verify_time.h"

enum {
	POST_CONNECT_MS = 10 * 1000,
	POST_SILENCE_S = 30,
};

struct post_curl_options {
	const char *url;  /* https://HOST:PORT, no slash behind; borrowed, as all */
	struct bytes ca;  /* PEM; empty: the peer is NOT verified (only for
			     cacerts, which the pin then checks) */
	struct bytes key; /* PEM; empty: no certificate of ours */
	struct bytes certificate; /* PEM */
	const struct verify_time *time;
	int64_t connect_ms;
	long silence_s; /* no byte for so long: given up */
};

/* `options` and what it names must outlive the port. */
MUST_CHECK enum err post_curl_open(
    const struct post_curl_options *options, struct post *ret_post);
void post_curl_close(struct post *post);

#endif
