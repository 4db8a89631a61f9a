/* SPDX-License-Identifier: MIT */
#ifndef CARRIER_UPLINK_H
#define CARRIER_UPLINK_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "sync/url.h"

/*
 * What the carrier knows of its line: STATE/keys/carrier/ (0700) with tls.key,
 * tls.crt, ca.pem and uplink ("url URL\nterminal NAME\n"), each 0600. The TLS key
 * is made here, in the carrier's process, and never leaves it.
 */
enum {
	UPLINK_PEM_MAX = 8 * 1024,
};

struct uplink {
	char url[URL_LEN_MAX + 1];
	char terminal[TERMINAL_LEN_MAX + 1];
	uint8_t ca[UPLINK_PEM_MAX];
	size_t ca_len;
	uint8_t key[UPLINK_PEM_MAX];
	size_t key_len;
	uint8_t certificate[UPLINK_PEM_MAX];
	size_t certificate_len;
};

/* Opens keys/carrier, making it when `make`; the caller closes it. */
MUST_CHECK enum err uplink_dir(int state_fd, bool make, int *ret_fd);
/* ERR_NOT_READY: not enrolled, or not to the end. ERR_DENIED: the key can be
 * read by others. ERR_FORMAT: the uplink file is not what we wrote. */
MUST_CHECK enum err uplink_load(int state_fd, struct uplink *ret_uplink);
/* Writes `uplink`, the file that says that enrolment came to its end. */
MUST_CHECK enum err uplink_store(int dir_fd, const char *url, const char *terminal);
void uplink_wipe(struct uplink *uplink);

#endif
