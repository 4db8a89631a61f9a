/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_LISTING_H
#define CENTRAL_LISTING_H

#include "central/judge.h"

/*
 * `events --json`: every event once, in (terminal, epoch, seq) order, a page (of
 * one batch at most) at a time, so that a long list never stops the intake.
 */
struct listing;

MUST_CHECK enum err listing_new(struct ledger *ledger, const struct crypto *crypto,
    const struct opener *openers, size_t opener_count, struct listing **ret_listing);
void listing_free(struct listing **listing);

/* Begins with an empty cursor; the list ends where `ret_cursor` is empty. Both
 * results are valid until the next page. ERR_FORMAT: not a cursor of ours. */
MUST_CHECK enum err listing_page(struct listing *listing, struct bytes cursor,
    struct bytes *ret_cursor, struct bytes *ret_lines);

#endif
