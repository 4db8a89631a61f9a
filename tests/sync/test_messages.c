/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"
#include "contract/answer.h"
#include "contract/batch.h"
#include "contract/chain.h"
#include "contract/directory.h"
#include "contract/letter.h"
#include "contract/session.h"
#include "sync/keys.h"
#include "sync/pack.h"
#include "tests/sync/sample.h"

static const struct crypto *const crypto = &crypto_psa;

#define OK(call) assert_int_equal((call), ERR_NONE)

static struct signer signer_for(uint8_t fill)
{
	uint8_t scalar[SCALAR_LEN];
	struct signer signer;

	memset(scalar, fill, sizeof(scalar));
	OK(signer_from_scalar(scalar, &signer));
	return signer;
}

static void test_events_round(void **state)
{
	(void)state;
	static struct event event, again;
	static uint8_t buf[EVENT_BYTES_MAX], buf2[EVENT_BYTES_MAX];

	for (uint64_t seq = 1; seq < 4; seq++) {
		struct sink out = sink_of(buf, sizeof(buf));
		struct sink out2 = sink_of(buf2, sizeof(buf2));
		static struct event sale;
		sample_sale(&sale, 9);
		if (seq == 1)
			sample_sale(&event, seq);
		else if (seq == 2)
			sample_topup(&event, seq);
		else
			sample_void(&event, seq, &sale);
		OK(event_encode(&event, &out));
		OK(event_decode(sink_bytes(&out), &again));
		assert_int_equal(again.amount_cents, event.amount_cents);
		assert_int_equal(again.wall_ms, event.wall_ms);
		OK(event_encode(&again, &out2));
		assert_true(bytes_equal(sink_bytes(&out), sink_bytes(&out2)));
		print_message("event of %zu bytes\n", out.len);
	}
}

static void test_whole_way(void **state)
{
	(void)state;
	uint8_t central_scalar[SCALAR_LEN], central_public[PUBLIC_KEY_LEN];
	OK(key_generate(central_scalar, central_public));
	struct opener opener;
	OK(opener_from_scalar(central_scalar, &opener));
	static struct session session, opened;
	OK(session_new(crypto, central_public, opener.key_id, &session));
	print_message("recipient of %zu bytes\n", session.recipient_len);
	OK(session_open(crypto, bytes_of(session.recipient, session.recipient_len),
	    &opener, 1, &opened));
	assert_memory_equal(session.up, opened.up, AEAD_KEY_LEN);
	assert_memory_equal(session.down, opened.down, AEAD_KEY_LEN);

	static struct event event;
	sample_sale(&event, 1);
	event.member = MEMBER_CARD;
	struct person person, back;
	OK(person_parse("card:9076543210987654", &person));
	uint8_t blob_buf[BLOB_LEN_MAX];
	struct sink blob = sink_of(blob_buf, sizeof(blob_buf));
	OK(blob_seal(crypto, &session, &event, &person, &blob));
	event.blob = sink_bytes(&blob);
	OK(blob_open(crypto, &opened, &event, &back));
	assert_string_equal(back.member, person.member);

	static uint8_t event_buf[EVENT_BYTES_MAX], body_buf[8192], packed[8192], file_buf[16384];
	struct sink encoded = sink_of(event_buf, sizeof(event_buf));
	OK(event_encode(&event, &encoded));
	struct batch_header header = {.terminal = "t-041",
	    .epoch = event.epoch,
	    .number = 1,
	    .first_seq = 1,
	    .count = 1,
	    .wall_ms = event.wall_ms,
	    .software = "0.1.0"};
	OK(chain_start(crypto, "t-041", &event.epoch, header.head_before));
	memcpy(header.head_after, header.head_before, HASH_LEN);
	OK(chain_step(crypto, sink_bytes(&encoded), header.head_after));
	static uint8_t erased_buf[EVENT_BYTES_MAX], head[HASH_LEN];
	struct sink erased = sink_of(erased_buf, sizeof(erased_buf));
	OK(event_erase(crypto, sink_bytes(&encoded), &erased));
	memcpy(head, header.head_before, HASH_LEN);
	OK(chain_step(crypto, sink_bytes(&erased), head));
	assert_memory_equal(head, header.head_after, HASH_LEN);

	struct sink body = sink_of(body_buf, sizeof(body_buf));
	const struct bytes recipient = bytes_of(session.recipient, session.recipient_len);
	batch_body_head(&body, &recipient, 1, 1);
	batch_body_event(&body, sink_bytes(&encoded));
	struct packer *packer;
	size_t packed_len;
	OK(packer_new(&packer));
	OK(pack(packer, sink_bytes(&body), packed, sizeof(packed), &packed_len));
	struct signer signer = signer_for(7);
	struct sink file = sink_of(file_buf, sizeof(file_buf));
	uint8_t hash[HASH_LEN], hash2[HASH_LEN];
	OK(batch_encode(
	    crypto, &signer, &header, bytes_of(packed, packed_len), &file, hash));
	struct batch_file parsed;
	OK(batch_parse(sink_bytes(&file), &parsed));
	OK(batch_verify(crypto, &parsed, signer.key, hash2));
	assert_memory_equal(hash, hash2, HASH_LEN);
	size_t len;
	OK(unpack(packer, parsed.body, body_buf, sizeof(body_buf), &len));
	struct batch_body in;
	OK(batch_body_parse(bytes_of(body_buf, len), &in));
	struct bytes got;
	OK(batch_body_next(&in, &got));
	assert_true(bytes_equal(got, sink_bytes(&encoded)));
	assert_int_equal(batch_body_next(&in, &got), ERR_NOT_FOUND);
	packer_free(&packer);

	struct answer answer = {.kind = ANSWER_RECEIPT,
	    .terminal = "t-041",
	    .epoch = event.epoch,
	    .batch_number = 1,
	    .first_seq = 1,
	    .last_seq = 3,
	    .receipt_number = 1,
	    .central_ms = 5,
	    .refused_count = 2};
	const struct refused refused[] = {{1, REFUSAL_CLERK}, {3, REFUSAL_BLOB}};
	struct sink receipt = sink_of(file_buf, sizeof(file_buf));
	OK(answer_encode(crypto, &signer, &answer, refused, &receipt, hash));
	struct cose_sign1 message;
	struct answer read;
	OK(answer_parse(sink_bytes(&receipt), &message, &read));
	OK(cose_verify(crypto, &message, signer.key, hash2));
	assert_memory_equal(hash, hash2, HASH_LEN);
	struct refused one;
	OK(answer_refused(&read, 1, &one));
	assert_int_equal(one.seq, 3);
	assert_int_equal(one.code, REFUSAL_BLOB);
	signer_free(&signer);
	opener_free(&opener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_events_round), cmocka_unit_test(test_whole_way)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
