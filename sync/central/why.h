/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_WHY_H
#define CENTRAL_WHY_H

#include <stdio.h>

#include "central/ledger.h"
#include "contract/points.h"

/*
 * "Why these points": one event of the ledger, made out again line by line from
 * its signed bytes and the programme that was in force for it. Of a void or a
 * return it is the sale that is made out; what was given back is the event's.
 */
struct why_answer;

/* `id` names the first event of that terminal with it. ERR_NOT_FOUND: no such
 * event, or it cannot be read (refused as unreadable). */
MUST_CHECK enum err why_make(struct ledger *ledger, const char *terminal,
    const uint8_t id[EVENT_ID_LEN], struct why_answer **ret_answer);
void why_free(struct why_answer **answer);

void why_print(const struct why_answer *answer, FILE *to);
MUST_CHECK enum err why_print_json(const struct why_answer *answer, FILE *to);

#endif
