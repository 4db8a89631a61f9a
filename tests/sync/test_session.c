/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* memmem */
#include "tests/sync/signers.h"

#include "base/banned.h"
#include "contract/session.h"
#include "tests/sync/sample.h"

static const struct crypto *const crypto = &crypto_psa;

static struct event event;
static struct session session, opened;
static struct opener opener, stranger;
static uint8_t central[PUBLIC_KEY_LEN];
static uint8_t blob_buf[BLOB_LEN_MAX];

static void opener_of(uint8_t fill, struct opener *ret_opener, uint8_t *ret_key)
{
	uint8_t scalar[SCALAR_LEN];

	memset(scalar, fill, sizeof(scalar));
	OK(opener_from_scalar(scalar, ret_opener));
	OK(key_public(scalar, ret_key));
}

static int set_up(void **state)
{
	uint8_t other[PUBLIC_KEY_LEN];

	(void)state;
	opener_of(3, &opener, central);
	opener_of(4, &stranger, other);
	OK(session_new(crypto, central, opener.key_id, &session));
	OK(session_open(crypto, bytes_of(session.recipient, session.recipient_len),
	    &opener, 1, &opened));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	opener_free(&opener);
	opener_free(&stranger);
	session_wipe(&session);
	session_wipe(&opened);
	return 0;
}

static struct person somebody(void)
{
	struct person person;

	OK(person_parse("cpf:52998224725", &person));
	memcpy(person.phone, "+5511961234567", 15);
	return person;
}

static void seal(void)
{
	const struct person person = somebody();
	struct sink out = sink_of(blob_buf, sizeof(blob_buf));

	sample_topup(&event, 5);
	event.member = MEMBER_CPF;
	OK(blob_seal(crypto, &session, &event, &person, &out));
	event.blob = sink_bytes(&out);
}

static void the_central_opens_what_was_sealed(void **state)
{
	(void)state;
	struct person person;
	uint8_t id[SESSION_ID_LEN], key_id[KEY_ID_LEN];
	const struct bytes recipient = bytes_of(session.recipient, session.recipient_len);

	assert_memory_equal(session.id, opened.id, SESSION_ID_LEN);
	assert_memory_equal(session.up, opened.up, AEAD_KEY_LEN);
	assert_memory_equal(session.down, opened.down, AEAD_KEY_LEN);
	assert_memory_not_equal(session.up, session.down, AEAD_KEY_LEN);
	OK(session_name(recipient, id, key_id));
	assert_memory_equal(id, session.id, SESSION_ID_LEN);
	assert_memory_equal(key_id, opener.key_id, KEY_ID_LEN);
	seal();
	OK(blob_session(event.blob, id));
	assert_memory_equal(id, session.id, SESSION_ID_LEN);
	OK(blob_open(crypto, &opened, &event, &person));
	assert_int_equal(person.kind, MEMBER_CPF);
	assert_string_equal(person.member, "52998224725");
	assert_string_equal(person.phone, "+5511961234567");
}

static void nobody_else_opens_it(void **state)
{
	(void)state;
	struct session other;
	const struct opener both[] = {stranger, opener};
	struct opener liar = stranger;
	const struct bytes recipient = bytes_of(session.recipient, session.recipient_len);

	assert_int_equal(session_open(crypto, recipient, &stranger, 1, &other), ERR_KEY);
	assert_int_equal(session_open(crypto, recipient, NULL, 0, &other), ERR_KEY);
	OK(session_open(crypto, recipient, both, 2, &other));
	memcpy(liar.key_id, opener.key_id, KEY_ID_LEN);
	assert_int_equal(
	    session_open(crypto, recipient, &liar, 1, &other), ERR_SIGNATURE);
}

/* The session id stands in the header, and every key depends on it. */
static void a_changed_bit_in_the_recipient_is_refused(void **state)
{
	(void)state;
	uint8_t changed[SESSION_RECIPIENT_MAX];
	const size_t len = session.recipient_len;
	struct session other;

	for (size_t i = 0; i < len; i++) {
		memcpy(changed, session.recipient, len);
		changed[i] ^= (uint8_t)(1u << i % 8);
		assert_int_not_equal(
		    session_open(crypto, bytes_of(changed, len), &opener, 1, &other),
		    ERR_NONE);
		assert_int_not_equal(
		    session_open(crypto, bytes_of(changed, i), &opener, 1, &other),
		    ERR_NONE);
	}
}

static void a_blob_belongs_to_its_event(void **state)
{
	(void)state;
	struct person person;

	seal();
	event.id[0] ^= 1;
	assert_int_equal(blob_open(crypto, &opened, &event, &person), ERR_SIGNATURE);
	event.id[0] ^= 1;
	event.type = EVENT_SALE;
	assert_int_equal(blob_open(crypto, &opened, &event, &person), ERR_SIGNATURE);
	event.type = EVENT_TOPUP;
	event.terminal[0] = 'u';
	assert_int_equal(blob_open(crypto, &opened, &event, &person), ERR_SIGNATURE);
	event.terminal[0] = 't';
	/* never of epoch or seq: it survives a new epoch */
	event.epoch.number = 9;
	event.epoch.mark[0] ^= 1;
	event.seq = 4711;
	OK(blob_open(crypto, &opened, &event, &person));
}

static void a_changed_bit_in_the_blob_is_refused(void **state)
{
	(void)state;
	struct person person;

	seal();
	for (size_t i = 0; i < event.blob.len; i++) {
		blob_buf[i] ^= (uint8_t)(1u << i % 8);
		assert_int_not_equal(
		    blob_open(crypto, &opened, &event, &person), ERR_NONE);
		blob_buf[i] ^= (uint8_t)(1u << i % 8);
	}
	const struct bytes whole = event.blob;
	for (size_t len = 0; len < whole.len; len++) {
		event.blob = bytes_of(blob_buf, len);
		assert_int_not_equal(
		    blob_open(crypto, &opened, &event, &person), ERR_NONE);
	}
}

static void another_session_does_not_open_it(void **state)
{
	(void)state;
	struct session other;
	struct person person;

	seal();
	OK(session_new(crypto, central, opener.key_id, &other));
	assert_memory_not_equal(other.id, session.id, SESSION_ID_LEN);
	assert_memory_not_equal(other.up, session.up, AEAD_KEY_LEN);
	assert_int_equal(blob_open(crypto, &other, &event, &person), ERR_KEY);
	memcpy(other.id, session.id, SESSION_ID_LEN);
	assert_int_equal(blob_open(crypto, &other, &event, &person), ERR_SIGNATURE);
}

/* --- nonces --- */

enum { SEALS = 300 };

static uint8_t nonces[SEALS][AEAD_NONCE_LEN];
static size_t nonce_count;
static bool fail_next;

static enum err noting_seal(const uint8_t key[AEAD_KEY_LEN],
    const uint8_t nonce[AEAD_NONCE_LEN], struct bytes aad, struct bytes plain,
    uint8_t *ret)
{
	memcpy(nonces[nonce_count++], nonce, AEAD_NONCE_LEN);
	if (fail_next)
		return ERR_IO;
	return crypto->seal(key, nonce, aad, plain, ret);
}

static void no_nonce_is_used_twice(void **state)
{
	(void)state;
	struct crypto noting = *crypto;
	const struct person person = somebody();
	const struct person nobody = {0};

	noting.seal = noting_seal;
	sample_topup(&event, 5);
	for (size_t i = 0; i < SEALS; i++) {
		struct sink out = sink_of(blob_buf, i % 5 == 4 ? 10 : sizeof(blob_buf));
		const uint64_t before = session.counter;
		fail_next = i % 3 == 2;
		const enum err err = blob_seal(
		    &noting, &session, &event, i % 7 == 6 ? &nobody : &person, &out);
		assert_int_equal(session.counter, before + 1); /* burned, whatever came */
		assert_int_equal(err == ERR_NONE, i % 3 != 2 && i % 5 != 4 && i % 7 != 6);
	}
	for (size_t i = 0; i < nonce_count; i++)
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(nonces[i], nonces[k], AEAD_NONCE_LEN);
	session.counter = UINT64_MAX;
	struct sink out = sink_of(blob_buf, sizeof(blob_buf));
	assert_int_equal(blob_seal(crypto, &session, &event, &person, &out), ERR_LIMIT);
}

static void nothing_secret_is_in_the_clear(void **state)
{
	(void)state;
	static uint8_t bytes[EVENT_BYTES_MAX];
	struct sink out = sink_of(bytes, sizeof(bytes));

	seal();
	OK(event_encode(&event, &out));
	assert_null(memmem(bytes, out.len, "52998224725", 11));
	assert_null(memmem(bytes, out.len, "11961234567", 11));
	assert_null(
	    memmem(session.recipient, session.recipient_len, session.up, AEAD_KEY_LEN));
	session_wipe(&session);
	for (size_t i = 0; i < AEAD_KEY_LEN; i++)
		assert_int_equal(session.up[i] | session.down[i], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		the_central_opens_what_was_sealed, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(nobody_else_opens_it, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		a_changed_bit_in_the_recipient_is_refused, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		a_blob_belongs_to_its_event, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		a_changed_bit_in_the_blob_is_refused, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		another_session_does_not_open_it, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(no_nonce_is_used_twice, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		nothing_secret_is_in_the_clear, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
