/* SPDX-License-Identifier: MIT */
#ifndef APP_CMD_SYNC_H
#define APP_CMD_SYNC_H

#include "sync_pass.h"

/*
 * Carries and accepts until nothing waits, the till's side done here under the
 * lock or by a running `balcao run`. Returns an exit code (75: it could not;
 * said on stderr). `ret_pass` (may be NULL) is how it ended.
 */
int sync_once(const char *command, struct sync_pass *ret_pass);

#endif
