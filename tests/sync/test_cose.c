/* SPDX-License-Identifier: MIT */
#include "tests/sync/signers.h"

#include "base/banned.h"
#include "contract/cbor.h"
#include "contract/cose.h"

static const struct crypto *const crypto = &crypto_psa;

enum { ROOM = 1024 };

static uint8_t file_buf[ROOM];

static struct bytes signed_message(enum cose_type type, const char *payload,
    const struct signer *signer, uint8_t digest[HASH_LEN])
{
	struct sink out = sink_of(file_buf, sizeof(file_buf));

	OK(cose_sign(crypto, signer, type, bytes_of_text(payload), &out, digest));
	assert_true(out.len <= strlen(payload) + COSE_OVERHEAD_MAX);
	return sink_bytes(&out);
}

static void every_type_signs_and_verifies(void **state)
{
	(void)state;
	struct signer signer = signer_of(7);
	struct signer other = signer_of(8);

	for (int type = COSE_NONE + 1; type < COSE_TYPE_COUNT_; type++) {
		uint8_t digest[HASH_LEN], again[HASH_LEN];
		struct cose_sign1 message;
		const struct bytes file =
		    signed_message((enum cose_type)type, "payload", &signer, digest);
		struct cursor in = cursor_of(file);
		OK(cose_parse(&in, &message));
		assert_int_equal(in.left, 0);
		assert_int_equal(message.type, type);
		assert_memory_equal(message.key_id, signer.key_id, KEY_ID_LEN);
		OK(cose_verify(crypto, &message, signer.key, again));
		assert_memory_equal(digest, again, HASH_LEN);
		assert_int_equal(
		    cose_verify(crypto, &message, other.key, NULL), ERR_SIGNATURE);
	}
	signer_free(&signer);
	signer_free(&other);
}

/* One bit anywhere: no form, or no signature. */
static void a_changed_bit_is_refused(void **state)
{
	(void)state;
	struct signer signer = signer_of(7);
	const struct bytes file =
	    signed_message(COSE_RECEIPT, "some payload", &signer, NULL);

	for (size_t i = 0; i < file.len; i++) {
		struct cose_sign1 message;
		file_buf[i] ^= (uint8_t)(1u << i % 8);
		struct cursor in = cursor_of(file);
		if (cose_parse(&in, &message) == ERR_NONE && in.left == 0)
			assert_int_equal(cose_verify(crypto, &message, signer.key, NULL),
			    ERR_SIGNATURE);
		file_buf[i] ^= (uint8_t)(1u << i % 8);
	}
	signer_free(&signer);
}

/* The same bytes under another typ are another message. */
static void a_type_cannot_stand_for_another(void **state)
{
	(void)state;
	struct signer signer = signer_of(7);
	struct cose_sign1 receipt, gap;
	uint8_t other_buf[ROOM];
	struct sink out = sink_of(other_buf, sizeof(other_buf));

	OK(cose_sign(crypto, &signer, COSE_GAP, bytes_of_text("x"), &out, NULL));
	struct cursor in = cursor_of(signed_message(COSE_RECEIPT, "x", &signer, NULL));
	OK(cose_parse(&in, &receipt));
	in = cursor_of(sink_bytes(&out));
	OK(cose_parse(&in, &gap));
	memcpy(gap.signature, receipt.signature, SIGNATURE_LEN);
	assert_int_equal(cose_verify(crypto, &gap, signer.key, NULL), ERR_SIGNATURE);
	signer_free(&signer);
}

/* Builds a message by hand; what is not ours is refused before any signature. */
static enum err parse_with(
    int64_t alg, const char *typ, size_t kid_len, size_t sig_len, size_t unprotected)
{
	uint8_t header_buf[128], zeros[128] = {0};
	struct sink header = sink_of(header_buf, sizeof(header_buf));
	struct sink out = sink_of(file_buf, sizeof(file_buf));
	struct cose_sign1 message;

	cbor_put_map(&header, 3);
	cbor_put_int(&header, 1);
	cbor_put_int(&header, alg);
	cbor_put_int(&header, 4);
	cbor_put_bytes(&header, bytes_of(zeros, kid_len));
	cbor_put_int(&header, 16);
	cbor_put_text(&header, typ);
	cbor_put_tag(&out, 18);
	cbor_put_array(&out, 4);
	cbor_put_bytes(&out, sink_bytes(&header));
	cbor_put_map(&out, unprotected);
	for (size_t i = 0; i < unprotected; i++) {
		cbor_put_int(&out, 4);
		cbor_put_bytes(&out, bytes_of(zeros, 1));
	}
	cbor_put_bytes(&out, bytes_of_text("payload"));
	cbor_put_bytes(&out, bytes_of(zeros, sig_len));
	struct cursor in = cursor_of(sink_bytes(&out));
	return cose_parse(&in, &message);
}

static void foreign_forms_are_refused(void **state)
{
	(void)state;
	const char *typ = cose_type_word(COSE_BATCH);

	OK(parse_with(-7, typ, KEY_ID_LEN, SIGNATURE_LEN, 0));
	assert_int_equal(parse_with(-8, typ, KEY_ID_LEN, SIGNATURE_LEN, 0), ERR_FORMAT);
	assert_int_equal(parse_with(-35, typ, KEY_ID_LEN, SIGNATURE_LEN, 0), ERR_FORMAT);
	assert_int_equal(parse_with(-7, typ, KEY_ID_LEN - 1, 64, 0), ERR_FORMAT);
	assert_int_equal(parse_with(-7, typ, KEY_ID_LEN, 63, 0), ERR_FORMAT);
	assert_int_equal(parse_with(-7, typ, KEY_ID_LEN, 0, 0), ERR_FORMAT);
	assert_int_equal(parse_with(-7, typ, KEY_ID_LEN, 64, 1), ERR_FORMAT);
	assert_int_equal(
	    parse_with(-7, "application/cose", KEY_ID_LEN, 64, 0), ERR_FORMAT);
	assert_int_equal(parse_with(-7, "", KEY_ID_LEN, 64, 0), ERR_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_type_signs_and_verifies),
	    cmocka_unit_test(a_changed_bit_is_refused),
	    cmocka_unit_test(a_type_cannot_stand_for_another),
	    cmocka_unit_test(foreign_forms_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
