/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "stall.h"
#include "sync/spool.h"
#include "sync/stick.h"

static void test_names_sort_in_sending_order(void **state)
{
	(void)state;
	const struct epoch_id first = {9, {0xff, 1, 2, 3, 4, 5, 6, 7}};
	const struct epoch_id second = {10, {0, 1, 2, 3, 4, 5, 6, 7}};
	char a[SPOOL_NAME_MAX];
	char b[SPOOL_NAME_MAX];
	char c[SPOOL_NAME_MAX];
	spool_batch_name(&first, 9, a);
	spool_batch_name(&first, 10, b);
	spool_batch_name(&second, 1, c);
	assert_string_equal(a, "b-0000000009-ff01020304050607-000000000009.batch");
	assert_true(strcmp(a, b) < 0 && strcmp(b, c) < 0);
	assert_true(strcmp("a-0102030405060708.ask", a) < 0);
	struct epoch_id epoch;
	uint64_t number = 0;
	MUST(spool_batch_parse(b, &epoch, &number));
	assert_int_equal(epoch.number, 9);
	assert_memory_equal(epoch.mark, first.mark, EPOCH_MARK_LEN);
	assert_int_equal(number, 10);
}

static void test_other_names_are_no_batches(void **state)
{
	(void)state;
	static const char *const names[] = {
	    "",
	    "floor",
	    "b-0000000009-ff01020304050607-000000000009.batch.answer",
	    "b-0000000009-ff01020304050607-000000000009.batcX",
	    "b-0000000009-FF01020304050607-000000000009.batch",
	    "b-00000000-9-ff01020304050607-000000000009.batch",
	    "b-9999999999-ff01020304050607-000000000009.batch",
	    "b-0000000009-ff0102030405060g-000000000009.batch",
	    "x-0000000009-ff01020304050607-000000000009.batch",
	};
	struct epoch_id epoch;
	uint64_t number = 0;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		EXPECT(ERR_FORMAT, spool_batch_parse(names[i], &epoch, &number));
}

static void test_link_line(void **state)
{
	struct stall *stall = *state;
	struct spool spool;
	struct link link;
	MUST(spool_open(stall->dir_fd, &spool));
	EXPECT(ERR_NOT_FOUND, spool_link_read(&spool, &link));
	for (int kind = 0; kind < LINK_STATE_COUNT_; kind++) {
		const struct link said = {(enum link_state)kind, 1795000000000, 3, 9, 5};
		MUST(spool_link_write(&spool, &said));
		MUST(spool_link_read(&spool, &link));
		assert_int_equal(link.state, said.state);
		assert_int_equal(link.at_ms, said.at_ms);
		assert_int_equal(link.sent, said.sent);
		assert_int_equal(link.total, said.total);
		assert_int_equal(link.last_ok_ms, said.last_ok_ms);
	}
	static const char *const bad[] = {"", "on\n", "on 1 2 3\n", "up 1 2 3 4\n",
	    "on -1 2 3 4\n", "on 1 2 3 99999999999999999999\n"};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		MUST(file_write(spool.inbox_fd, "link", 0640, bytes_of_text(bad[i])));
		EXPECT(ERR_FORMAT, spool_link_read(&spool, &link));
	}
	spool_close(&spool);
	assert_int_equal(spool.inbox_fd, -1);
}

static void test_directories_keep_their_modes(void **state)
{
	struct stall *stall = *state;
	struct spool spool;
	struct stat st;
	mode_t old = umask(077);
	MUST(spool_open(stall->dir_fd, &spool));
	(void)umask(old);
	assert_int_equal(fstat(spool.outbox_fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0750);
	assert_int_equal(fstat(spool.inbox_fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0770);
	spool_close(&spool);
}

/* --- the stick ------------------------------------------------------------ */

static void put_batch(struct stall *stall, const struct spool *spool, uint64_t number)
{
	char name[SPOOL_NAME_MAX];
	struct epoch_id epoch = journal_epoch(stall->journal);
	struct stall_batch *batch = stall_batch(stall, number);
	spool_batch_name(&epoch, number, name);
	MUST(file_create(
	    spool->outbox_fd, name, 0640, bytes_of(batch->bytes, batch->len)));
	free(batch);
}

static void test_the_stick_carries_whole_files(void **state)
{
	struct stall *stall = *state;
	struct spool spool;
	struct stick_report report;
	char stick[96];
	char out[192];
	int fd = -1;
	struct names names = {0};
	MUST(spool_open(stall->dir_fd, &spool));
	(void)snprintf(stick, sizeof(stick), "%s/stick", stall->path);
	EXPECT(ERR_NOT_FOUND, stick_out(&spool, stick, "caixa-1", &report));
	MUST(dir_make(stick, 0755));
	EXPECT(ERR_NOT_FOUND, stick_in(&spool, stick, "caixa-1", &report));
	stall_sell(stall);
	stall_cut(stall);
	stall_sell(stall);
	stall_cut(stall);
	put_batch(stall, &spool, 1);
	put_batch(stall, &spool, 2);
	MUST(file_write(spool.outbox_fd, "floor", 0640, bytes_of_text("1\n")));
	MUST(stick_out(&spool, stick, "caixa-1", &report));
	assert_int_equal(report.copied, 2);
	/* Pulled while copying: one file cut short, one temporary left. */
	(void)snprintf(out, sizeof(out), "%s/balcao/caixa-1/out", stick);
	MUST(dir_open(out, &fd));
	MUST(dir_list(fd, 10, &names));
	assert_int_equal(names.count, 2);
	MUST(file_write(fd, names.name[1], 0644, bytes_of_text("torn")));
	MUST(file_write(fd, ".tmp-1-1", 0644, bytes_of_text("half")));
	MUST(stick_out(&spool, stick, "caixa-1", &report));
	assert_int_equal(report.copied, 1);
	assert_int_equal(report.there, 1);
	assert_int_not_equal(faccessat(fd, ".tmp-1-1", F_OK, 0), 0);
	struct stall_batch *batch = stall_batch(stall, 2);
	static uint8_t copy[BATCH_FILE_MAX];
	size_t len = 0;
	MUST(file_read(fd, names.name[1], copy, sizeof(copy), &len));
	assert_int_equal(len, batch->len);
	assert_memory_equal(copy, batch->bytes, len);
	free(batch);
	names_free(&names);
	(void)close(fd);
	spool_close(&spool);
}

static void test_the_stick_brings_whole_answers_of_ours_only(void **state)
{
	struct stall *stall = *state;
	struct spool spool;
	struct stick_report report;
	struct answer answer;
	struct stall_answer *made = calloc(1, sizeof(*made));
	struct names names = {0};
	char path[192];
	int fd = -1;
	int other = -1;
	assert_non_null(made);
	MUST(spool_open(stall->dir_fd, &spool));
	stall_sell(stall);
	stall_cut(stall);
	answer = stall_receipt(stall, 1);
	MUST(stall_sign(stall, &answer, NULL, made));
	(void)snprintf(path, sizeof(path), "%s/stick/balcao/caixa-1/in", stall->path);
	MUST(dir_make(path, 0755));
	MUST(dir_open(path, &fd));
	(void)snprintf(path, sizeof(path), "%s/stick/balcao/caixa-2/in", stall->path);
	MUST(dir_make(path, 0755));
	MUST(dir_open(path, &other));
	MUST(file_write(fd, "one.answer", 0644, bytes_of(made->bytes, made->len)));
	MUST(file_write(fd, "torn.answer", 0644, bytes_of(made->bytes, made->len - 1)));
	memset(made->bytes + made->len - 32, 0, 32); /* blocks that never arrived */
	MUST(file_write(fd, "letter-trust", 0644, bytes_of(made->bytes, 80)));
	MUST(file_write(fd, "autorun.inf", 0644, bytes_of_text("x")));
	MUST(file_write(other, "two.answer", 0644, bytes_of(made->bytes, made->len)));
	(void)snprintf(path, sizeof(path), "%s/stick", stall->path);
	MUST(stick_in(&spool, path, "caixa-1", &report));
	assert_int_equal(report.copied, 1);
	assert_int_equal(report.torn, 2);
	MUST(dir_list(spool.inbox_fd, 10, &names));
	assert_int_equal(names.count, 1);
	assert_string_equal(names.name[0], "one.answer");
	names_free(&names);
	(void)close(fd);
	(void)close(other);
	free(made);
	spool_close(&spool);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stall_set_up, stall_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names_sort_in_sending_order),
	    cmocka_unit_test(test_other_names_are_no_batches),
	    TEST(test_link_line),
	    TEST(test_directories_keep_their_modes),
	    TEST(test_the_stick_carries_whole_files),
	    TEST(test_the_stick_brings_whole_answers_of_ours_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
