/* SPDX-License-Identifier: MIT */
/* Access keys, NFC-e and SAT QR codes. */
#include <assert.h>
#include <string.h>

#include "base/banned.h"

#include "till/fiscal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_key(const char *key)
{
	char again[FISCAL_KEY_LEN + 1];
	assert(strlen(key) == FISCAL_KEY_LEN);
	assert(fiscal_key_parse(bytes_of_text(key), again) == VERDICT_OK);
	assert(strcmp(key, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct nfce nfce;
	struct bytes bytes = bytes_of(data, size);
	char key[FISCAL_KEY_LEN + 1];
	struct sat sat;
	if (fiscal_key_parse(bytes, key) == VERDICT_OK)
		check_key(key);
	if (nfce_parse(bytes, &nfce) == VERDICT_OK) {
		check_key(nfce.key);
		assert(fiscal_key_model(nfce.key) == MODEL_NFCE);
		assert(nfce.environment == 1 || nfce.environment == 2);
		assert(nfce.total_cents >= 0);
		assert(!nfce.offline || nfce.version == 1 || nfce.day.len > 0);
	}
	if (sat_parse(bytes, &sat) == VERDICT_OK) {
		check_key(sat.key);
		assert(sat.total_cents >= 0 && sat.time.len == 14);
	}
	return 0;
}
