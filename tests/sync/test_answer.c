/* SPDX-License-Identifier: MIT */
#include "tests/sync/signers.h"

#include "base/banned.h"
#include "contract/answer.h"
#include "contract/cbor.h"

static const struct crypto *const crypto = &crypto_psa;

static uint8_t file_buf[ANSWER_FILE_MAX + 16];
static struct refused refused[ANSWER_REFUSED_MAX + 1];

static struct answer sample(enum answer_kind kind)
{
	struct answer answer = {.kind = kind,
	    .terminal = "t-041",
	    .epoch = {.number = 2, .mark = {1, 2, 3}},
	    .batch_number = 12,
	    .central_ms = INT64_C(1773500000000)};

	memset(answer.batch_hash, 0xba, HASH_LEN);
	if (kind == ANSWER_RECEIPT) {
		answer.first_seq = 1001;
		answer.last_seq = 1500;
		answer.receipt_number = 12;
		memset(answer.head, 0x4e, HASH_LEN);
		memset(answer.previous_receipt, 0x99, HASH_LEN);
	}
	if (kind == ANSWER_GAP)
		answer.expected_seq = 501;
	if (kind == ANSWER_HELD)
		answer.reason = HELD_FORK;
	return answer;
}

static struct bytes encoded(
    const struct answer *answer, const struct signer *signer, uint8_t hash[HASH_LEN])
{
	struct sink out = sink_of(file_buf, sizeof(file_buf));

	OK(answer_encode(crypto, signer, answer, refused, &out, hash));
	return sink_bytes(&out);
}

static void answers_round(void **state)
{
	(void)state;
	struct signer signer = signer_of(9);

	for (int kind = ANSWER_RECEIPT; kind <= ANSWER_HELD; kind++) {
		const struct answer answer = sample((enum answer_kind)kind);
		uint8_t hash[HASH_LEN], again[HASH_LEN];
		struct cose_sign1 message;
		struct answer got;
		OK(answer_parse(encoded(&answer, &signer, hash), &message, &got));
		OK(cose_verify(crypto, &message, signer.key, again));
		assert_memory_equal(hash, again, HASH_LEN);
		assert_int_equal(got.kind, kind);
		assert_string_equal(got.terminal, "t-041");
		assert_memory_equal(got.epoch.mark, answer.epoch.mark, EPOCH_MARK_LEN);
		assert_int_equal(got.batch_number, 12);
		assert_memory_equal(got.batch_hash, answer.batch_hash, HASH_LEN);
		assert_int_equal(got.central_ms, answer.central_ms);
		assert_int_equal(got.first_seq, answer.first_seq);
		assert_int_equal(got.last_seq, answer.last_seq);
		assert_memory_equal(got.head, answer.head, HASH_LEN);
		assert_memory_equal(
		    got.previous_receipt, answer.previous_receipt, HASH_LEN);
		assert_int_equal(got.expected_seq, answer.expected_seq);
		assert_int_equal(got.reason, answer.reason);
		assert_int_equal(got.refused_count, 0);
	}
	signer_free(&signer);
}

static void a_changed_bit_is_refused(void **state)
{
	(void)state;
	struct signer signer = signer_of(9);
	struct answer answer = sample(ANSWER_RECEIPT);
	uint8_t hash[HASH_LEN];

	refused[0] = (struct refused){1001, REFUSAL_CLERK};
	answer.refused_count = 1;
	answer.closed_epoch = 1;
	answer.closed_expected_seq = 44;
	const struct bytes file = encoded(&answer, &signer, hash);
	for (size_t i = 0; i < file.len; i++) {
		struct cose_sign1 message;
		struct answer got;
		file_buf[i] ^= (uint8_t)(1u << i % 8);
		if (answer_parse(file, &message, &got) == ERR_NONE)
			assert_int_equal(cose_verify(crypto, &message, signer.key, NULL),
			    ERR_SIGNATURE);
		file_buf[i] ^= (uint8_t)(1u << i % 8);
	}
	signer_free(&signer);
}

static void a_receipt_may_refuse_a_whole_batch(void **state)
{
	(void)state;
	struct signer signer = signer_of(9);
	struct answer answer = sample(ANSWER_RECEIPT), got;
	struct cose_sign1 message;
	struct refused one;
	uint8_t hash[HASH_LEN];

	answer.last_seq = answer.first_seq + ANSWER_REFUSED_MAX - 1;
	answer.refused_count = ANSWER_REFUSED_MAX;
	for (size_t i = 0; i < ANSWER_REFUSED_MAX; i++)
		refused[i] = (struct refused){
		    answer.first_seq + i, i % 2 ? REFUSAL_BLOB : REFUSAL_VOIDED};
	OK(answer_parse(encoded(&answer, &signer, hash), &message, &got));
	assert_int_equal(got.refused_count, ANSWER_REFUSED_MAX);
	for (size_t i = 0; i < ANSWER_REFUSED_MAX; i += 333) {
		OK(answer_refused(&got, i, &one));
		assert_int_equal(one.seq, refused[i].seq);
		assert_int_equal(one.code, refused[i].code);
	}
	assert_int_equal(answer_refused(&got, ANSWER_REFUSED_MAX, &one), ERR_NOT_FOUND);
	signer_free(&signer);
}

static void lists_out_of_order_or_range_are_not_made(void **state)
{
	(void)state;
	static const struct refused bad[][2] = {
	    {{1001, REFUSAL_BLOB}, {1001, REFUSAL_BLOB}}, /* twice */
	    {{1002, REFUSAL_BLOB}, {1001, REFUSAL_BLOB}}, /* falling */
	    {{1000, REFUSAL_BLOB}, {1001, REFUSAL_BLOB}}, /* before the batch */
	    {{1001, REFUSAL_BLOB}, {1501, REFUSAL_BLOB}}, /* behind it */
	    {{1001, REFUSAL_NONE}, {1002, REFUSAL_BLOB}}, /* no reason */
	};
	struct signer signer = signer_of(9);
	struct answer answer = sample(ANSWER_RECEIPT);
	uint8_t hash[HASH_LEN];

	answer.refused_count = 2;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct sink out = sink_of(file_buf, sizeof(file_buf));
		assert_int_equal(
		    answer_encode(crypto, &signer, &answer, bad[i], &out, hash),
		    ERR_RANGE);
		assert_int_equal(out.len, 0);
	}
	signer_free(&signer);
}

static void answers_out_of_range_are_not_made(void **state)
{
	(void)state;
	struct signer signer = signer_of(9);
	uint8_t hash[HASH_LEN];

	for (int i = 0; i < 9; i++) {
		struct answer answer = sample(i < 7    ? ANSWER_RECEIPT
					      : i == 7 ? ANSWER_GAP
						       : ANSWER_HELD);
		struct sink out = sink_of(file_buf, sizeof(file_buf));
		if (i == 0)
			answer.terminal[0] = '\0';
		if (i == 1)
			answer.epoch.number = 0;
		if (i == 2)
			answer.batch_number = 0;
		if (i == 3)
			answer.last_seq = answer.first_seq - 1;
		if (i == 4)
			answer.last_seq = answer.first_seq + BATCH_EVENTS_MAX;
		if (i == 5)
			answer.receipt_number = 0;
		if (i == 6)
			answer.closed_epoch = 1;
		if (i == 7)
			answer.expected_seq = 0;
		if (i == 8)
			answer.reason = HELD_NONE;
		assert_int_equal(
		    answer_encode(crypto, &signer, &answer, NULL, &out, hash), ERR_RANGE);
	}
	signer_free(&signer);
}

/* A gap's payload signed as a receipt, and so on: the fields do not fit. */
static void kinds_do_not_stand_for_each_other(void **state)
{
	(void)state;
	struct signer signer = signer_of(9);
	static uint8_t forged_buf[4096];

	static const enum cose_type types[] = {COSE_RECEIPT, COSE_GAP, COSE_HELD};

	for (int kind = ANSWER_RECEIPT; kind <= ANSWER_HELD; kind++) {
		const struct answer answer = sample((enum answer_kind)kind);
		struct cose_sign1 message;
		struct answer got;
		uint8_t hash[HASH_LEN];
		OK(answer_parse(encoded(&answer, &signer, hash), &message, &got));
		for (int type = COSE_NONE + 1; type < COSE_TYPE_COUNT_; type++) {
			struct sink out = sink_of(forged_buf, sizeof(forged_buf));
			struct cose_sign1 forged;
			OK(cose_sign(crypto, &signer, (enum cose_type)type,
			    message.payload, &out, NULL));
			const enum err err =
			    answer_parse(sink_bytes(&out), &forged, &got);
			if (types[kind - ANSWER_RECEIPT] == (enum cose_type)type)
				OK(err);
			else
				assert_int_not_equal(err, ERR_NONE);
		}
	}
	signer_free(&signer);
}

static void answers_over_their_limit_are_refused(void **state)
{
	(void)state;
	struct cose_sign1 message;
	struct answer got;

	assert_int_equal(
	    answer_parse(bytes_of(file_buf, ANSWER_FILE_MAX + 1), &message, &got),
	    ERR_LIMIT);
}

static void every_code_has_a_word(void **state)
{
	(void)state;
	for (int i = 0; i < REFUSAL_COUNT_; i++)
		assert_string_not_equal(refusal_word((enum refusal)i), "unknown");
	for (int i = 0; i < HELD_REASON_COUNT_; i++)
		assert_string_not_equal(held_reason_word((enum held_reason)i), "unknown");
	assert_string_equal(refusal_word((enum refusal)99), "unknown");
	assert_string_equal(held_reason_word((enum held_reason)99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answers_round),
	    cmocka_unit_test(a_changed_bit_is_refused),
	    cmocka_unit_test(a_receipt_may_refuse_a_whole_batch),
	    cmocka_unit_test(lists_out_of_order_or_range_are_not_made),
	    cmocka_unit_test(answers_out_of_range_are_not_made),
	    cmocka_unit_test(kinds_do_not_stand_for_each_other),
	    cmocka_unit_test(answers_over_their_limit_are_refused),
	    cmocka_unit_test(every_code_has_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
