/* SPDX-License-Identifier: MIT */
/* A body after decompression: by columns or by rows, and then its rows. */
#include "tests/fuzz/contract.h"

#include "contract/columns.h"

static struct columns columns;
static struct batch_body body;
static uint8_t rows_buf[BATCH_BODY_MAX], columns_buf[BATCH_BODY_MAX];
static uint8_t again[BATCH_BODY_MAX];

static void check_rows(struct bytes rows)
{
	struct sink out = sink_of(again, sizeof(again));
	size_t count = 0;
	struct bytes event;

	if (batch_body_parse(rows, &body) != ERR_NONE)
		return;
	batch_body_head(&out, body.recipient, body.recipient_count, body.event_count);
	while (batch_body_next(&body, &event) == ERR_NONE) {
		batch_body_event(&out, event);
		count++;
	}
	assert(count == body.event_count);
	assert(bytes_equal(rows, sink_bytes(&out)));
}

static void check_columns(struct bytes rows)
{
	struct sink out = sink_of(columns_buf, sizeof(columns_buf));
	struct sink back = sink_of(again, sizeof(again));

	if (columns_from_rows(&columns, rows, &out) != ERR_NONE)
		return;
	assert(columns_to_rows(&columns, sink_bytes(&out), &back) == ERR_NONE);
	assert(bytes_equal(rows, sink_bytes(&back)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = exact_copy(data, size);
	struct sink rows = sink_of(rows_buf, sizeof(rows_buf));

	if (columns_to_rows(&columns, bytes_of(copy, size), &rows) == ERR_NONE) {
		check_rows(sink_bytes(&rows));
		check_columns(sink_bytes(&rows));
	}
	free(copy);
	return 0;
}
