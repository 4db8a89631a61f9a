/* SPDX-License-Identifier: MIT */
/* EMV QR codes, slips and typed card numbers. */
#include <assert.h>
#include <string.h>

#include "base/banned.h"

#include "till/pay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes bytes = bytes_of(data, size);
	const char *brand = NULL;
	enum refuse_class class = emv_class(bytes);
	/* Whatever says it is an EMV code is refused, damaged or not. */
	if (size >= 6 && memcmp(data, "000201", 6) == 0)
		assert(class != REFUSE_NONE);
	class = bill_class(bytes);
	assert(class == REFUSE_NONE || class == REFUSE_BOLETO ||
	       class == REFUSE_ARRECADACAO);
	if (card_check(bytes, &brand) == VERDICT_OK)
		assert(brand != NULL && brand[0] != '\0');
	return 0;
}
