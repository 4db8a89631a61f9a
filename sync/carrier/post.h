/* SPDX-License-Identifier: MIT */
#ifndef CARRIER_POST_H
#define CARRIER_POST_H

#include "base/bytes.h"

/* What a request's answer said it is. */
enum post_type {
	POST_TYPE_OTHER = 0,
	POST_TYPE_COSE,
	POST_TYPE_PKCS7,
};

struct post_request {
	const char *path;         /* "/v1/batches" */
	const char *content_type; /* NULL: a GET without body */
	struct bytes body;
	uint64_t have_version; /* If-None-Match; 0: none */
	const char *user;      /* HTTP Basic; NULL: none */
	const char *password;
	size_t answer_max;
};

struct post_answer {
	unsigned status; /* HTTP */
	enum post_type type;
	int64_t retry_after_s; /* -1: not said */
	uint64_t version;      /* ETag; 0: none */
};

/*
 * The port to the central: one request at a time over one connection that is
 * kept alive. An error says that there is no whole answer: ERR_OFFLINE (no
 * route, refused), ERR_TIMEOUT, ERR_SIGNATURE (the peer does not verify; nothing
 * was sent to it), ERR_KEY (our own certificate cannot be used), ERR_GONE (cut
 * off), ERR_LIMIT (longer than answer_max), ERR_FORMAT (not HTTP), ERR_MEMORY.
 */
struct post {
	void *self;
	/* `body` is the caller's, of at least answer_max bytes; emptied first. */
	enum err (*send)(void *self, const struct post_request *request,
	    struct sink *body, struct post_answer *ret_answer);
	/* One sentence about the last error, for a technician. */
	const char *(*why)(void *self);
};

#endif
