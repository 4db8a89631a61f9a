/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_SERVE_H
#define CENTRAL_SERVE_H

#include "base/bytes.h"

enum { URL_LEN_MAX = 300 };

/* Where `serve` last listened, as terminals reach it; ERR_NOT_FOUND: it never
 * did. */
MUST_CHECK enum err listening_read(int dir_fd, char ret_url[URL_LEN_MAX + 1]);

#endif
