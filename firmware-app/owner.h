/* SPDX-License-Identifier: MIT */
#ifndef APP_OWNER_H
#define APP_OWNER_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"

/*
 * A technician works as root, the services do not. What root starts on a state
 * directory works as that directory's owner, so that no file in it ever ends up
 * root's and out of the services' reach. Nothing happens for anybody else.
 */

/* `for_good` gives root up; otherwise owner_return may take it back, which the
 * child that becomes the carrier needs. ERR_DENIED. */
MUST_CHECK enum err owner_become(const char *dir, bool for_good);
void owner_return(void);

#endif
