/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_PROGRAMME_CHANGES_H
#define CENTRAL_PROGRAMME_CHANGES_H

#include "contract/programme.h"

/*
 * What a manager wants to see before everybody has it: what a programme holds,
 * what is new, gone or different against the one in force, and what is legal
 * but looks like a slip. One call of `tell` a line, without its newline:
 *     recarga-premiada: 13 rules, 23 products, 4 operators, 6 clerks
 *     rules ~ recarga-alta: sale ... -> sale ...
 *     rules + natal: sale, member, 10 points, from 2026-12-01
 *     warning: rules natal: its days are over
 * At most CHANGES_TOLD_MAX lines a table, then how many more. PINs are not
 * compared: their hashes differ each time.
 */
enum { CHANGES_TOLD_MAX = 20, CHANGE_LEN_MAX = 600 };

typedef void changes_tell(void *self, const char *line);

/* `before` is NULL when nothing is in force yet; `today` is yyyymmdd. Both were
 * decoded, so that they are what terminals have. */
void programme_changes(const struct programme *before, const struct programme *after,
    uint32_t today, changes_tell *tell, void *self);

/* One rule in one line: "topup, member, least 50,00: 15 points". */
void rule_text(const struct rule *rule, char *out, size_t cap);

#endif
