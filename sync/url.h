/* SPDX-License-Identifier: MIT */
#ifndef SYNC_URL_H
#define SYNC_URL_H

#include "base/bytes.h"

/* Where the central is: https://HOST[:PORT], nothing behind. */
enum { URL_LEN_MAX = 255 };

/* ERR_FORMAT when it is anything else; one slash at its end goes. */
MUST_CHECK enum err url_normal(const char *text, char ret_url[URL_LEN_MAX + 1]);

#endif
