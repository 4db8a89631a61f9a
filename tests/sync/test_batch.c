/* SPDX-License-Identifier: MIT */
#include "tests/sync/signers.h"

#include "base/banned.h"
#include "contract/batch.h"
#include "contract/cbor.h"
#include "contract/chain.h"
#include "sync/pack.h"
#include "tests/sync/sample.h"

static const struct crypto *const crypto = &crypto_psa;

static uint8_t file_buf[BATCH_FILE_MAX + 16], body_buf[BATCH_BODY_MAX + 16];
static uint8_t packed_buf[BATCH_FILE_MAX], one[EVENT_BYTES_MAX], erased[EVENT_BYTES_MAX];
static struct event event;

static struct bytes event_bytes(void)
{
	struct sink out = sink_of(one, sizeof(one));

	OK(event_encode(&event, &out));
	return sink_bytes(&out);
}

static struct batch_header sample_header(void)
{
	struct batch_header header = {.terminal = "t-041",
	    .epoch = {.number = 2, .mark = {1, 2, 3, 4, 5, 6, 7, 8}},
	    .number = 12,
	    .first_seq = 1001,
	    .count = 500,
	    .wall_ms = INT64_C(1773500000000),
	    .mono_ms = 4711,
	    .clock = CLOCK_SURE,
	    .software = "0.1.0"};

	memset(header.head_before, 0xb1, HASH_LEN);
	memset(header.head_after, 0xa1, HASH_LEN);
	memset(header.last_receipt, 0x4e, HASH_LEN);
	memset(header.boot_id, 0xb0, BOOT_ID_LEN);
	return header;
}

static struct bytes batch_of(
    struct batch_header *header, const struct signer *signer, uint8_t hash[HASH_LEN])
{
	struct sink out = sink_of(file_buf, sizeof(file_buf));

	OK(batch_encode(crypto, signer, header, bytes_of_text("the body"), &out, hash));
	return sink_bytes(&out);
}

static void headers_round(void **state)
{
	(void)state;
	struct signer signer = signer_of(7);
	struct batch_header header = sample_header();
	uint8_t hash[HASH_LEN], again[HASH_LEN];
	struct batch_file file;

	OK(batch_parse(batch_of(&header, &signer, hash), &file));
	OK(batch_verify(crypto, &file, signer.key, again));
	assert_memory_equal(hash, again, HASH_LEN);
	assert_memory_equal(&file.header, &header, sizeof(header));
	assert_true(bytes_equal(file.body, bytes_of_text("the body")));
	memset(header.last_receipt, 0, HASH_LEN); /* the first batch has none */
	header.clock = CLOCK_UNSURE;
	header.software[0] = '\0';
	memset(header.software, 0, sizeof(header.software));
	OK(batch_parse(batch_of(&header, &signer, hash), &file));
	assert_memory_equal(&file.header, &header, sizeof(header));
	signer_free(&signer);
}

static void a_changed_bit_is_refused(void **state)
{
	(void)state;
	struct signer signer = signer_of(7);
	struct batch_header header = sample_header();
	uint8_t hash[HASH_LEN];
	const struct bytes file = batch_of(&header, &signer, hash);

	for (size_t i = 0; i < file.len; i++) {
		struct batch_file batch;
		file_buf[i] ^= (uint8_t)(1u << i % 8);
		if (batch_parse(file, &batch) == ERR_NONE)
			assert_int_not_equal(
			    batch_verify(crypto, &batch, signer.key, hash), ERR_NONE);
		file_buf[i] ^= (uint8_t)(1u << i % 8);
	}
	for (size_t len = 0; len < file.len; len++) {
		struct batch_file batch;
		assert_int_equal(batch_parse(bytes_of(file.at, len), &batch), ERR_FORMAT);
	}
	signer_free(&signer);
}

static void another_body_is_told_from_a_bad_signature(void **state)
{
	(void)state;
	struct signer signer = signer_of(7);
	struct batch_header header = sample_header();
	uint8_t hash[HASH_LEN];
	const struct bytes file = batch_of(&header, &signer, hash);
	struct batch_file batch;

	file_buf[file.len - 1] ^= 1;
	OK(batch_parse(file, &batch));
	assert_int_equal(batch_verify(crypto, &batch, signer.key, hash), ERR_CORRUPT);
	batch.sign1.signature[3] ^= 1;
	assert_int_equal(batch_verify(crypto, &batch, signer.key, hash), ERR_SIGNATURE);
	signer_free(&signer);
}

static void another_type_is_no_batch(void **state)
{
	(void)state;
	struct signer signer = signer_of(7);
	struct batch_header header = sample_header();
	uint8_t hash[HASH_LEN];
	struct batch_file batch;
	static uint8_t forged_buf[2048];

	OK(batch_parse(batch_of(&header, &signer, hash), &batch));
	for (int type = COSE_NONE + 1; type < COSE_TYPE_COUNT_; type++) {
		struct sink forged = sink_of(forged_buf, sizeof(forged_buf));
		struct batch_file again;
		cbor_put_array(&forged, 2);
		OK(cose_sign(crypto, &signer, (enum cose_type)type, batch.sign1.payload,
		    &forged, NULL));
		cbor_put_bytes(&forged, batch.body);
		assert_int_equal(batch_parse(sink_bytes(&forged), &again),
		    type == COSE_BATCH ? ERR_NONE : ERR_FORMAT);
	}
	signer_free(&signer);
}

static void headers_out_of_range_are_not_made(void **state)
{
	(void)state;
	struct signer signer = signer_of(7);
	uint8_t hash[HASH_LEN];

	for (int i = 0; i < 8; i++) {
		struct batch_header header = sample_header();
		struct sink out = sink_of(file_buf, sizeof(file_buf));
		if (i == 0)
			header.terminal[0] = '\0';
		if (i == 1)
			header.epoch.number = 0;
		if (i == 2)
			header.number = 0;
		if (i == 3)
			header.first_seq = 0;
		if (i == 4)
			header.count = 0;
		if (i == 5)
			header.count = BATCH_EVENTS_MAX + 1;
		if (i == 6)
			header.first_seq = UINT64_MAX - 1;
		if (i == 7)
			memcpy(header.software, "a b", 4);
		assert_int_equal(batch_encode(crypto, &signer, &header,
				     bytes_of_text("x"), &out, hash),
		    ERR_RANGE);
		assert_int_equal(out.len, 0);
	}
	signer_free(&signer);
}

static void a_file_over_its_limit_is_refused(void **state)
{
	(void)state;
	struct signer signer = signer_of(7);
	struct batch_header header = sample_header();
	struct sink out = sink_of(file_buf, sizeof(file_buf));
	uint8_t hash[HASH_LEN];
	struct batch_file batch;

	assert_int_equal(batch_encode(crypto, &signer, &header,
			     bytes_of(packed_buf, BATCH_FILE_MAX - 100), &out, hash),
	    ERR_LIMIT);
	assert_int_equal(
	    batch_parse(bytes_of(file_buf, BATCH_FILE_MAX + 1), &batch), ERR_LIMIT);
	signer_free(&signer);
}

/* --- bodies --- */

static struct bytes body_of(size_t recipients, size_t events)
{
	static struct bytes recipient[BATCH_SESSIONS_MAX + 1];
	struct sink out = sink_of(body_buf, sizeof(body_buf));

	for (size_t i = 0; i < recipients; i++)
		recipient[i] = bytes_of_text("recipient");
	batch_body_head(&out, recipient, recipients, events);
	for (size_t i = 0; i < events; i++)
		batch_body_event(&out, bytes_of_text("event"));
	assert_false(out.over);
	return sink_bytes(&out);
}

static void bodies_round_at_their_limits(void **state)
{
	(void)state;
	struct batch_body body;
	struct bytes got;

	OK(batch_body_parse(body_of(BATCH_SESSIONS_MAX, BATCH_EVENTS_MAX), &body));
	assert_int_equal(body.recipient_count, BATCH_SESSIONS_MAX);
	for (size_t i = 0; i < BATCH_EVENTS_MAX; i++) {
		OK(batch_body_next(&body, &got));
		assert_true(bytes_equal(got, bytes_of_text("event")));
	}
	assert_int_equal(batch_body_next(&body, &got), ERR_NOT_FOUND);
	assert_int_equal(
	    batch_body_parse(body_of(BATCH_SESSIONS_MAX + 1, 1), &body), ERR_LIMIT);
	assert_int_equal(
	    batch_body_parse(body_of(0, BATCH_EVENTS_MAX + 1), &body), ERR_LIMIT);
	OK(batch_body_parse(body_of(0, 0), &body));
	assert_int_equal(batch_body_next(&body, &got), ERR_NOT_FOUND);
}

static void cut_bodies_are_refused(void **state)
{
	(void)state;
	const struct bytes whole = body_of(2, 3);
	struct batch_body body;

	for (size_t len = 0; len < whole.len; len++)
		assert_int_equal(
		    batch_body_parse(bytes_of(whole.at, len), &body), ERR_FORMAT);
	assert_int_equal(
	    batch_body_parse(bytes_of(whole.at, whole.len + 1), &body), ERR_FORMAT);
	assert_int_equal(
	    batch_body_parse(bytes_of(body_buf, BATCH_BODY_MAX + 1), &body), ERR_LIMIT);
}

static void bodies_pack_and_unpack(void **state)
{
	(void)state;
	struct sink out = sink_of(body_buf, sizeof(body_buf));
	static uint8_t back[BATCH_BODY_MAX];
	struct packer *packer = NULL;
	size_t len = 0, back_len = 0;

	batch_body_head(&out, NULL, 0, 500);
	for (uint64_t seq = 1; seq <= 500; seq++) {
		if (seq % 3 == 0)
			sample_topup(&event, seq);
		else
			sample_sale(&event, seq);
		batch_body_event(&out, event_bytes());
	}
	const struct bytes body = sink_bytes(&out);
	OK(packer_new(&packer));
	OK(pack(packer, body, packed_buf, sizeof(packed_buf), &len));
	assert_true(len < body.len / 5);
	OK(unpack(packer, bytes_of(packed_buf, len), back, sizeof(back), &back_len));
	assert_true(bytes_equal(body, bytes_of(back, back_len)));
	OK(unpack(packer, bytes_of(packed_buf, len), back, body.len, &back_len));
	assert_int_equal(
	    unpack(packer, bytes_of(packed_buf, len), back, body.len - 1, &back_len),
	    ERR_LIMIT);
	assert_int_equal(pack(packer, body, packed_buf, len - 1, &back_len), ERR_LIMIT);
	assert_int_equal(pack(packer, bytes_of(body_buf, BATCH_BODY_MAX + 1), packed_buf,
			     sizeof(packed_buf), &back_len),
	    ERR_LIMIT);
	OK(pack(packer, body, packed_buf, sizeof(packed_buf), &len));
	for (size_t cut = 0; cut < len; cut += 97)
		assert_int_equal(unpack(packer, bytes_of(packed_buf, cut), back,
				     sizeof(back), &back_len),
		    ERR_FORMAT);
	packed_buf[len] = 0;
	assert_int_equal(
	    unpack(packer, bytes_of(packed_buf, len + 1), back, sizeof(back), &back_len),
	    ERR_FORMAT);
	packer_free(&packer);
	assert_null(packer);
}

/* An event that is none travels all the same: the central refuses it by code. */
static void a_bad_event_blocks_nothing(void **state)
{
	(void)state;
	static uint8_t back[BATCH_BODY_MAX];
	const struct bytes body = body_of(1, 3);
	struct packer *packer = NULL;
	size_t len = 0, back_len = 0;

	OK(packer_new(&packer));
	OK(pack(packer, body, packed_buf, sizeof(packed_buf), &len));
	OK(unpack(packer, bytes_of(packed_buf, len), back, sizeof(back), &back_len));
	assert_true(bytes_equal(body, bytes_of(back, back_len)));
	packer_free(&packer);
}

/* A frame that says it holds 1 GiB: nothing is allocated, nothing is written. */
static void a_lying_frame_is_refused(void **state)
{
	(void)state;
	static const uint8_t bomb[] = {0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0x00, 0x00, 0x00,
	    0x40, 0x03, 0x00, 0x00}; /* raw, last block, size 0 */
	static uint8_t back[64];
	struct packer *packer = NULL;
	size_t len = 0;

	OK(packer_new(&packer));
	assert_int_not_equal(
	    unpack(packer, bytes_of(bomb, sizeof(bomb)), back, sizeof(back), &len),
	    ERR_NONE);
	packer_free(&packer);
}

/* --- the chain --- */

static void the_chain_depends_on_everything(void **state)
{
	(void)state;
	const struct epoch_id epoch = {.number = 1, .mark = {1}};
	const struct epoch_id number = {.number = 2, .mark = {1}};
	const struct epoch_id mark = {.number = 1, .mark = {2}};
	uint8_t start[HASH_LEN], other[HASH_LEN], link[HASH_LEN], link2[HASH_LEN];

	OK(chain_start(crypto, "t-1", &epoch, start));
	OK(chain_start(crypto, "t-2", &epoch, other));
	assert_memory_not_equal(start, other, HASH_LEN);
	OK(chain_start(crypto, "t-1", &number, other));
	assert_memory_not_equal(start, other, HASH_LEN);
	OK(chain_start(crypto, "t-1", &mark, other));
	assert_memory_not_equal(start, other, HASH_LEN);
	sample_sale(&event, 1);
	memcpy(link, start, HASH_LEN);
	OK(chain_step(crypto, event_bytes(), link));
	memcpy(link2, other, HASH_LEN);
	OK(chain_step(crypto, event_bytes(), link2));
	assert_memory_not_equal(link, link2, HASH_LEN);
	event.points[EARNER_MEMBER]++;
	memcpy(link2, start, HASH_LEN);
	OK(chain_step(crypto, event_bytes(), link2));
	assert_memory_not_equal(link, link2, HASH_LEN);
	memcpy(link2, start, HASH_LEN);
	assert_int_equal(chain_step(crypto, bytes_of("\xff", 1), link2), ERR_FORMAT);
	assert_memory_equal(link2, start, HASH_LEN);
}

static void erasing_leaves_the_chain_proving(void **state)
{
	(void)state;
	uint8_t whole[HASH_LEN] = {0}, gone[HASH_LEN] = {0}, again[HASH_LEN] = {0};
	struct sink out = sink_of(erased, sizeof(erased));
	static struct event back;

	sample_sale(&event, 1);
	event.blob = bytes_of_text("the sealed person");
	const struct bytes bytes = event_bytes();
	OK(chain_step(crypto, bytes, whole));
	OK(event_erase(crypto, bytes, &out));
	OK(chain_step(crypto, sink_bytes(&out), gone));
	assert_memory_equal(whole, gone, HASH_LEN);
	OK(event_decode(sink_bytes(&out), &back));
	assert_true(back.erased);
	assert_int_equal(back.blob.len, 0);
	/* Erasing twice changes nothing; another blob would be another link. */
	static uint8_t twice[EVENT_BYTES_MAX];
	struct sink out2 = sink_of(twice, sizeof(twice));
	OK(event_erase(crypto, sink_bytes(&out), &out2));
	assert_true(bytes_equal(sink_bytes(&out), sink_bytes(&out2)));
	event.blob = bytes_of_text("the sealed persoN");
	OK(chain_step(crypto, event_bytes(), again));
	assert_memory_not_equal(whole, again, HASH_LEN);
}

static void content_is_what_a_repeat_must_agree_in(void **state)
{
	(void)state;
	uint8_t first[HASH_LEN], other[HASH_LEN];

	sample_sale(&event, 1);
	OK(event_content_hash(crypto, &event, first));
	event.seq = 99;
	event.epoch.number = 7;
	event.wall_ms += 5000;
	event.mono_ms += 5000;
	event.points[EARNER_STORE] = 3;
	event.blob = bytes_of_text("sealed again");
	OK(event_content_hash(crypto, &event, other));
	assert_memory_equal(first, other, HASH_LEN);
	event.line[0].amount_cents++;
	event.amount_cents++;
	OK(event_content_hash(crypto, &event, other));
	assert_memory_not_equal(first, other, HASH_LEN);
	event.line[0].amount_cents--;
	event.amount_cents--;
	event.clerk[2] = '2';
	OK(event_content_hash(crypto, &event, other));
	assert_memory_not_equal(first, other, HASH_LEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(headers_round),
	    cmocka_unit_test(a_changed_bit_is_refused),
	    cmocka_unit_test(another_body_is_told_from_a_bad_signature),
	    cmocka_unit_test(another_type_is_no_batch),
	    cmocka_unit_test(headers_out_of_range_are_not_made),
	    cmocka_unit_test(a_file_over_its_limit_is_refused),
	    cmocka_unit_test(bodies_round_at_their_limits),
	    cmocka_unit_test(cut_bodies_are_refused),
	    cmocka_unit_test(bodies_pack_and_unpack),
	    cmocka_unit_test(a_bad_event_blocks_nothing),
	    cmocka_unit_test(a_lying_frame_is_refused),
	    cmocka_unit_test(the_chain_depends_on_everything),
	    cmocka_unit_test(erasing_leaves_the_chain_proving),
	    cmocka_unit_test(content_is_what_a_repeat_must_agree_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
