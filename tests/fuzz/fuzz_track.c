/* SPDX-License-Identifier: MIT */
/* The cutting of a stripe into tracks: forward, inside the text, and to an end. */
#include <assert.h>

#include "base/banned.h"

#include "till/pay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes rest = bytes_of(data, size);
	struct track track;
	size_t left = rest.len;
	while (track_next(&rest, &track)) {
		assert(rest.len < left);
		left = rest.len;
		if (track.pan.len > 0) {
			assert(track.pan.at >= data);
			assert(track.pan.at + track.pan.len <= data + size);
		}
		(void)track_payment_form(&track);
	}
	return 0;
}
