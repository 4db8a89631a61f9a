/* SPDX-License-Identifier: MIT */
#ifndef CONTRACT_COLUMNS_H
#define CONTRACT_COLUMNS_H

#include "contract/batch.h"

/*
 * A body travels by columns: the same bytes in an order that compresses to half
 * the size. Events with the same set of keys have one shape; each value goes to
 * the column of its shape and key, and numbers that only move forward (seq,
 * clocks) to columns of their own, as differences.
 *
 *     [[recipient...], [shape...], order, [number column...], [[column...]...]]
 *
 * shape: a number with bit k set when key k is there; in order of first use.
 * order: one byte an event, the index of its shape. Number columns are those of
 * COLUMN_NUMBER_KEYS, over all shapes, each value the signed difference to the
 * one before it, the first one to 0. Columns of a shape in the order of its keys.
 * A body that is not of this kind travels by rows, as batch.h says.
 */
enum { COLUMN_SHAPES_MAX = 64, COLUMN_KEYS_MAX = 32 };

/* Working space: too large for a stack, kept by sync/pack.h. */
struct columns {
	struct batch_body body;
	size_t shape_count;
	uint32_t shape[COLUMN_SHAPES_MAX];
	/* to columns */
	struct bytes event[BATCH_EVENTS_MAX];
	uint8_t order[BATCH_EVENTS_MAX];
	uint16_t value_at[BATCH_EVENTS_MAX][COLUMN_KEYS_MAX];
	uint16_t value_len[BATCH_EVENTS_MAX][COLUMN_KEYS_MAX];
	/* to rows */
	struct cursor column[COLUMN_SHAPES_MAX][COLUMN_KEYS_MAX];
	uint8_t row[EVENT_BYTES_MAX];
};

/* ERR_UNSUPPORTED: such a body travels by rows. ERR_LIMIT: `out` is too small. */
MUST_CHECK enum err columns_from_rows(
    struct columns *columns, struct bytes rows, struct sink *out);
/* Gives the rows, whichever way `body` travelled. */
MUST_CHECK enum err columns_to_rows(
    struct columns *columns, struct bytes body, struct sink *out);

#endif
