/* SPDX-License-Identifier: MIT */
/* A certificate, and a signature inside one. */
#include "tests/fuzz/contract.h"

#include "sync/der.h"
#include "sync/x509.h"

static bool inside(struct bytes part, const uint8_t *at, size_t len)
{
	return part.at >= at && part.len <= len && part.at + part.len <= at + len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = exact_copy(data, size);
	struct x509 certificate;
	uint8_t signature[SIGNATURE_LEN];
	uint8_t buf[SIGNATURE_LEN + 16];

	if (x509_parse(bytes_of(copy, size), &certificate) == ERR_NONE) {
		assert(inside(certificate.tbs, copy, size));
		assert(inside(certificate.issuer, copy, size));
		assert(inside(certificate.subject, copy, size));
		assert(
		    strnlen(certificate.cn, sizeof certificate.cn) <= TERMINAL_LEN_MAX);
		assert(strnlen(certificate.ou, sizeof certificate.ou) <= STORE_LEN_MAX);
	}
	if (der_get_signature(bytes_of(copy, size), signature) == ERR_NONE) {
		/* The one form there is. */
		struct sink out = sink_of(buf, sizeof buf);

		der_put_signature(&out, signature);
		assert(bytes_equal(bytes_of(copy, size), sink_bytes(&out)));
	}
	free(copy);
	return 0;
}
