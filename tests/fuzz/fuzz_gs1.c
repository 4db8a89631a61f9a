/* SPDX-License-Identifier: MIT */
/* Element strings and Digital Links: what is taken must be taken again. */
#include <assert.h>
#include <string.h>

#include "base/banned.h"

#include "till/gs1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_digits(uint8_t *text, size_t *len, unsigned code, unsigned digits)
{
	for (unsigned i = digits; i > 0; i--) {
		text[*len + i - 1] = (uint8_t)('0' + code % 10);
		code /= 10;
	}
	*len += digits;
}

/* Written out with a separator after each value, the elements read the same. */
static void check_again(const struct gs1 *gs1)
{
	enum { GS = 0x1d };

	static uint8_t text[2 * GS1_TEXT_MAX];
	static struct gs1 again;
	size_t len = 0;
	for (size_t i = 0; i < gs1->count; i++) {
		struct bytes value = gs1_element_value(gs1, i);
		assert(gs1->element[i].at + gs1->element[i].len <= gs1->text_len);
		put_digits(text, &len, gs1->element[i].code, gs1->element[i].ai_digits);
		memcpy(text + len, value.at, value.len);
		len += value.len;
		text[len++] = GS;
	}
	if (len == 0 || len > GS1_TEXT_MAX)
		return;
	assert(gs1_scan("]C1", bytes_of(text, len), &again) == VERDICT_OK);
	assert(again.count == gs1->count);
	for (size_t i = 0; i < gs1->count; i++)
		assert(
		    bytes_equal(gs1_element_value(gs1, i), gs1_element_value(&again, i)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gs1 gs1;
	uint32_t day;
	struct bytes bytes = bytes_of(data, size);
	if (gs1_scan("]C1", bytes, &gs1) == VERDICT_OK)
		check_again(&gs1);
	(void)gs1_scan("]E0", bytes, &gs1);
	if (gs1_digital_link(bytes, &gs1) == VERDICT_OK)
		check_again(&gs1);
	(void)gs1_date(bytes, 2026, &day);
	return 0;
}
