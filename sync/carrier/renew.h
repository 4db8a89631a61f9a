/* SPDX-License-Identifier: MIT */
#ifndef CARRIER_RENEW_H
#define CARRIER_RENEW_H

#include "carrier/post.h"
#include "carrier/uplink.h"

/*
 * Another TLS certificate for the same key, in good time (EST simplereenroll,
 * RFC 7030 4.2.2, over the verified line itself). Without it nothing stops: the
 * central serves an expired one of a terminal that is not revoked.
 */
enum {
	RENEW_BEFORE_DAYS = 60,
	RENEW_EVERY_S = 24 * 3600, /* tried at most so often */
};

/* When the certificate in `uplink` ends; ERR_FORMAT when it is none. */
MUST_CHECK enum err renew_end_ms(const struct uplink *uplink, int64_t *ret_end_ms);
/* Asks for one, checks it, puts it in place of the old one and touches `uplink`,
 * so that whoever uses the line opens it anew. Nothing changes on failure. */
MUST_CHECK enum err renew_now(
    int state_fd, const struct uplink *uplink, const struct post *post);

#endif
