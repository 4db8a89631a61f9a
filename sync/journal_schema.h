/* SPDX-License-Identifier: MIT */
#ifndef SYNC_JOURNAL_SCHEMA_H
#define SYNC_JOURNAL_SCHEMA_H

#include "sync/journal_internal.h"

/* Brings an open database from the version it has to JOURNAL_SCHEMA_VERSION,
 * each step in a transaction of its own. ERR_UNSUPPORTED: it is newer. */
enum err schema_migrate(struct journal *journal);
enum err schema_version(struct journal *journal, int *ret_version);

/* The text of a kept statement. */
const char *statement_text(enum statement which);

#endif
