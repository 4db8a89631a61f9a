/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>

#include "letters.h"
#include "sync/exchange.h"

/* The n-th rename to a new name from now fails: a crash of the disk between any
 * two steps. */
static int rename_fails_at;
int __real_renameat2(int a, const char *from, int b, const char *to, unsigned flags);
int __wrap_renameat2(int a, const char *from, int b, const char *to, unsigned flags);

int __wrap_renameat2(int a, const char *from, int b, const char *to, unsigned flags)
{
	if (rename_fails_at > 0 && --rename_fails_at == 0) {
		errno = EIO;
		return -1;
	}
	return __real_renameat2(a, from, b, to, flags);
}

struct till {
	struct stall *stall;
	struct letters *letters;
	struct letterbox *letterbox;
	struct spool spool;
	struct exchange exchange;
	struct exchange_news news;
};

static int set_up(void **state)
{
	struct till *till = calloc(1, sizeof(*till));
	void *stall = NULL;
	enum cose_type kind = COSE_NONE;
	rename_fails_at = 0;
	assert_non_null(till);
	assert_int_equal(stall_set_up(&stall), 0);
	till->stall = stall;
	till->letters = letters_new(till->stall);
	MUST(letterbox_open(till->stall->dir_fd, &crypto_psa, till->letters->ca.key,
	    "loja-1", &till->letterbox));
	MUST(letterbox_adopt(till->letterbox, letters_trust(till->letters, 7), &kind));
	MUST(spool_open(till->stall->dir_fd, &till->spool));
	till->exchange = (struct exchange){
	    .journal = till->stall->journal,
	    .letterbox = till->letterbox,
	    .spool = &till->spool,
	    .crypto = &crypto_psa,
	    .clock = &till->stall->clock,
	};
	*state = till;
	return 0;
}

static int tear_down(void **state)
{
	struct till *till = *state;
	void *stall = till->stall;
	spool_close(&till->spool);
	letterbox_close(&till->letterbox);
	letters_free(till->letters);
	free(till);
	return stall_tear_down(&stall);
}

static bool step(struct till *till, bool everything)
{
	bool more = true;
	till->exchange.journal = till->stall->journal;
	MUST(exchange_step(&till->exchange, everything, &till->news, &more));
	return more;
}

static void sell_and_step(struct till *till, unsigned batches)
{
	for (unsigned i = 0; i < batches; i++) {
		stall_sell(till->stall);
		(void)step(till, true);
	}
}

static const char *batch_name(struct till *till, uint64_t number)
{
	static char name[SPOOL_NAME_MAX];
	struct epoch_id epoch = journal_epoch(till->stall->journal);
	spool_batch_name(&epoch, number, name);
	return name;
}

static bool in_outbox(struct till *till, uint64_t number)
{
	return faccessat(till->spool.outbox_fd, batch_name(till, number), F_OK, 0) == 0;
}

static void expect_text(int dir_fd, const char *name, const char *text)
{
	char buf[256];
	size_t len = 0;
	MUST(file_read(dir_fd, name, buf, sizeof(buf) - 1, &len));
	buf[len] = '\0';
	assert_string_equal(buf, text);
}

static size_t inbox_count(struct till *till)
{
	struct names names = {0};
	MUST(dir_list(till->spool.inbox_fd, 100, &names));
	size_t count = names.count;
	names_free(&names);
	return count;
}

/* As the carrier leaves it: named after the outbox file. */
static void bring(struct till *till, uint64_t number, struct bytes file)
{
	char name[SPOOL_NAME_MAX];
	spool_answer_name(batch_name(till, number), name);
	MUST(file_create(till->spool.inbox_fd, name, 0640, file));
}

static void bring_answer(struct till *till, const struct answer *answer)
{
	struct stall_answer *made = calloc(1, sizeof(*made));
	assert_non_null(made);
	MUST(stall_sign(till->stall, answer, NULL, made));
	bring(till, answer->batch_number, bytes_of(made->bytes, made->len));
	if (answer->kind == ANSWER_RECEIPT &&
	    answer->receipt_number == till->stall->receipts + 1) {
		till->stall->receipts++;
		memcpy(till->stall->last_receipt, made->hash, HASH_LEN);
	}
	free(made);
}

static void bring_receipt(struct till *till, uint64_t number)
{
	struct answer answer = stall_receipt(till->stall, number);
	bring_answer(till, &answer);
}

static void expect_the_row_s_bytes(struct till *till, uint64_t number)
{
	static uint8_t file[BATCH_FILE_MAX];
	size_t len = 0;
	struct stall_batch *batch = stall_batch(till->stall, number);
	MUST(file_read(
	    till->spool.outbox_fd, batch_name(till, number), file, sizeof(file), &len));
	assert_int_equal(len, batch->len);
	assert_memory_equal(file, batch->bytes, len);
	free(batch);
}

static void test_out_and_back(void **state)
{
	struct till *till = *state;
	sell_and_step(till, 2);
	assert_int_equal(till->news.batches_cut, 1);
	expect_the_row_s_bytes(till, 1);
	expect_the_row_s_bytes(till, 2);
	expect_text(till->spool.outbox_fd, "letters", "trust 7\n");
	expect_text(till->spool.outbox_fd, "floor", "1735689600000\n");
	bring_receipt(till, 1);
	bring_receipt(till, 2);
	assert_false(step(till, false));
	assert_int_equal(till->news.receipts, 2);
	assert_int_equal(stall_status(till->stall).waiting, 0);
	assert_false(in_outbox(till, 1) || in_outbox(till, 2));
	assert_int_equal(inbox_count(till), 0);
	expect_text(till->spool.outbox_fd, "floor", "1795000000000\n");
	(void)step(till, true);
	assert_int_equal(till->news.files_written + till->news.receipts, 0);
	stall_verify(till->stall);
}

static void test_a_missing_file_is_written_again_the_same(void **state)
{
	struct till *till = *state;
	sell_and_step(till, 1);
	MUST(file_remove(till->spool.outbox_fd, batch_name(till, 1)));
	(void)step(till, false);
	expect_the_row_s_bytes(till, 1);
}

/* Committed, and then the power went: once before the outbox file was removed,
 * once before the inbox file was. */
static void test_a_crash_after_the_commit_is_repaired(void **state)
{
	struct till *till = *state;
	sell_and_step(till, 2);
	struct answer answer = stall_receipt(till->stall, 1);
	MUST(stall_accept(till->stall, &answer, NULL));
	stall_reopen(till->stall);
	(void)step(till, false);
	assert_false(in_outbox(till, 1));
	assert_true(in_outbox(till, 2));
	till->stall->receipts = 0;
	memset(till->stall->last_receipt, 0, HASH_LEN);
	bring_answer(till, &answer);
	(void)step(till, false);
	assert_int_equal(inbox_count(till), 0);
	assert_int_equal(stall_status(till->stall).receipted, 2);
	stall_verify(till->stall);
}

static void test_a_disk_that_fails_between_is_repaired(void **state)
{
	struct till *till = *state;
	bool more = false;
	stall_sell(till->stall);
	rename_fails_at = 1;
	EXPECT(ERR_IO, exchange_step(&till->exchange, true, &till->news, &more));
	assert_false(in_outbox(till, 1));
	(void)step(till, true);
	expect_the_row_s_bytes(till, 1);
	assert_int_equal(stall_status(till->stall).open_batches, 1);
}

static void test_answers_that_do_not_verify_are_removed(void **state)
{
	struct till *till = *state;
	struct stall_answer *made = calloc(1, sizeof(*made));
	assert_non_null(made);
	sell_and_step(till, 1);
	struct answer answer = stall_receipt(till->stall, 1);
	MUST(stall_sign(till->stall, &answer, NULL, made));
	static uint8_t large[ANSWER_FILE_MAX + 1];
	made->bytes[made->len - 1] ^= 1;
	const struct bytes bad[] = {
	    bytes_of_text("garbage"),
	    bytes_of(made->bytes, made->len - 3), /* cut short */
	    bytes_of(made->bytes, made->len),     /* signature */
	    bytes_of(large, sizeof(large)),
	    bytes_of_text(""),
	};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		bring(till, 1, bad[i]);
		(void)step(till, false);
		assert_int_equal(till->news.refused_files, 1);
		assert_int_equal(inbox_count(till), 0);
		assert_true(in_outbox(till, 1)); /* it is sent again */
	}
	assert_false(till->news.trust_wanted);
	MUST(file_write(till->spool.inbox_fd, "noise", 0640, bytes_of_text("x")));
	(void)step(till, false);
	assert_int_equal(inbox_count(till), 0);
	assert_int_equal(stall_status(till->stall).receipted, 0);
	free(made);
}

static void test_an_unknown_key_asks_for_trust(void **state)
{
	struct till *till = *state;
	struct stall_answer *made = calloc(1, sizeof(*made));
	assert_non_null(made);
	sell_and_step(till, 1);
	struct answer answer = stall_receipt(till->stall, 1);
	struct signer known = till->stall->central;
	till->stall->central = till->stall->signer; /* rotated, we do not know yet */
	MUST(stall_sign(till->stall, &answer, NULL, made));
	till->stall->central = known;
	bring(till, 1, bytes_of(made->bytes, made->len));
	(void)step(till, false);
	assert_true(till->news.trust_wanted);
	assert_true(in_outbox(till, 1));
	assert_int_equal(inbox_count(till), 0);
	expect_text(till->spool.outbox_fd, "letters", "");
	/* The new manifest, and the same answer once more. */
	struct trust_key *key = &till->letters->trust.key[2];
	till->letters->trust.key_count = 3;
	key->use = TRUST_SIGN;
	memcpy(key->key, till->stall->signer.key, PUBLIC_KEY_LEN);
	MUST(key_id_of(&crypto_psa, key->key, key->key_id, NULL));
	bring(till, 1, bytes_of(made->bytes, made->len));
	MUST(file_write(
	    till->spool.inbox_fd, "letter-trust", 0640, letters_trust(till->letters, 8)));
	(void)step(till, false);
	assert_true(till->news.letters[COSE_TRUST]);
	assert_int_equal(till->news.receipts, 1);
	assert_false(till->news.trust_wanted);
	expect_text(till->spool.outbox_fd, "letters", "trust 8\n");
	free(made);
}

static void test_letters_come_in(void **state)
{
	struct till *till = *state;
	MUST(file_write(till->spool.inbox_fd, "letter-programme", 0640,
	    letters_programme(till->letters, &till->stall->central, 5)));
	(void)step(till, false);
	assert_true(till->news.letters[COSE_PROGRAMME]);
	expect_text(till->spool.outbox_fd, "letters", "trust 7\nprogramme 5\n");
	MUST(file_write(till->spool.inbox_fd, "letter-programme", 0640,
	    letters_programme(till->letters, &till->stall->central, 4)));
	(void)step(till, false);
	assert_false(till->news.letters[COSE_PROGRAMME]);
	assert_int_equal(till->news.refused_files, 1);
	assert_int_equal(inbox_count(till), 0);
	assert_int_equal(letterbox_version(till->letterbox, COSE_PROGRAMME, NULL), 5);
}

static void test_held_comes_back_hourly(void **state)
{
	struct till *till = *state;
	sell_and_step(till, 1);
	struct answer answer = stall_receipt(till->stall, 1);
	answer.kind = ANSWER_HELD;
	answer.reason = HELD_QUARANTINE;
	bring_answer(till, &answer);
	(void)step(till, false);
	assert_int_equal(till->news.held, 1);
	assert_false(in_outbox(till, 1));
	stall_wait(till->stall, HELD_AGAIN_MS - 1);
	(void)step(till, false);
	assert_false(in_outbox(till, 1));
	stall_wait(till->stall, 1);
	(void)step(till, false);
	expect_the_row_s_bytes(till, 1);
	bring_receipt(till, 1);
	(void)step(till, false);
	assert_int_equal(stall_status(till->stall).held, 0);
	assert_int_equal(stall_status(till->stall).waiting, 0);
}

static void test_a_gap_offers_rows_again(void **state)
{
	struct till *till = *state;
	sell_and_step(till, 3);
	bring_receipt(till, 1);
	bring_receipt(till, 2);
	(void)step(till, false);
	struct answer gap = stall_receipt(till->stall, 3);
	gap.kind = ANSWER_GAP;
	gap.expected_seq = 1;
	bring_answer(till, &gap);
	(void)step(till, false);
	assert_int_equal(till->news.gaps, 1);
	for (uint64_t number = 1; number <= 3; number++)
		expect_the_row_s_bytes(till, number);
	assert_int_equal(stall_status(till->stall).receipted, 3);
}

static void test_what_no_row_explains_wants_a_new_epoch(void **state)
{
	struct till *till = *state;
	sell_and_step(till, 1);
	/* A restored backup: the outbox is newer than the journal. */
	MUST(file_write(till->spool.outbox_fd, batch_name(till, 9), 0640,
	    bytes_of_text("a batch of before")));
	stall_sell(till->stall);
	(void)step(till, true);
	assert_true(till->news.epoch_wanted);
	assert_int_equal(till->news.batches_cut, 0); /* not under a number in use */
	assert_true(in_outbox(till, 9));             /* its events may be nowhere else */
	MUST(file_remove(till->spool.outbox_fd, batch_name(till, 9)));
	(void)step(till, false);
	assert_false(till->news.epoch_wanted);
	struct answer answer = stall_receipt(till->stall, 1);
	answer.batch_number = 4;
	bring_answer(till, &answer);
	(void)step(till, false);
	assert_true(till->news.epoch_wanted);
	assert_int_equal(inbox_count(till), 0);
}

static void test_one_call_is_bounded(void **state)
{
	struct till *till = *state;
	for (int i = 0; i < 70; i++) {
		stall_sell(till->stall);
		stall_cut(till->stall);
	}
	assert_true(step(till, false));
	assert_int_equal(till->news.files_written, EXCHANGE_FILES_MAX);
	assert_false(step(till, false));
	assert_int_equal(till->news.files_written, 70 - EXCHANGE_FILES_MAX);
	assert_false(step(till, false));
	assert_int_equal(till->news.files_written, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_out_and_back),
	    TEST(test_a_missing_file_is_written_again_the_same),
	    TEST(test_a_crash_after_the_commit_is_repaired),
	    TEST(test_a_disk_that_fails_between_is_repaired),
	    TEST(test_answers_that_do_not_verify_are_removed),
	    TEST(test_an_unknown_key_asks_for_trust),
	    TEST(test_letters_come_in),
	    TEST(test_held_comes_back_hourly),
	    TEST(test_a_gap_offers_rows_again),
	    TEST(test_what_no_row_explains_wants_a_new_epoch),
	    TEST(test_one_call_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
