/* SPDX-License-Identifier: MIT */
/* The carrier's work on a clock of its own, against a central that is a script. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/banned.h"
#include "carrier/carry.h"

enum { S = 1000, ASKED_MAX = 64 };

/* What the central answers to every request until told otherwise. */
struct script {
	enum err error;
	struct post_answer answer;
	size_t len; /* of the answer's body */
	bool letters_are_there;
	unsigned asked;
	char path[ASKED_MAX][64];
	char body[ASKED_MAX][16];
	uint64_t have_version[ASKED_MAX];
};

struct bench {
	char dir[64];
	int dir_fd;
	struct spool spool;
	struct instant instant;
	struct clock clock;
	struct script script;
	struct post post;
	struct verify_time time;
	struct carry carry;
};

static bool disk_full;

int __real_fsync(int fd);
int __wrap_fsync(int fd);

int __wrap_fsync(int fd)
{
	if (!disk_full)
		return __real_fsync(fd);
	errno = ENOSPC;
	return -1;
}

static enum err script_send(void *self, const struct post_request *request,
    struct sink *body, struct post_answer *ret_answer)
{
	struct script *script = self;
	unsigned i = script->asked++ % ASKED_MAX;
	bool letter = strncmp(request->path, "/v1/letters/", 12) == 0;
	size_t shown = request->body.len < 15 ? request->body.len : 15;

	(void)snprintf(script->path[i], sizeof script->path[i], "%s", request->path);
	if (shown > 0)
		memcpy(script->body[i], request->body.at, shown);
	script->body[i][shown] = '\0';
	script->have_version[i] = request->have_version;
	body->len = 0;
	if (script->error)
		return script->error;
	*ret_answer = script->answer;
	if (letter && !script->letters_are_there && script->answer.status == 200)
		ret_answer->status = 404;
	for (size_t n = 0; n < script->len; n++)
		sink_u8(body, 0x5A);
	return ERR_NONE;
}

static const char *script_why(void *self)
{
	(void)self;
	return "because the script says so";
}

static int setup(void **state)
{
	struct bench *bench = calloc(1, sizeof *bench);

	assert_non_null(bench);
	(void)snprintf(bench->dir, sizeof bench->dir, "/tmp/balcao-carry.XXXXXX");
	assert_non_null(mkdtemp(bench->dir));
	assert_int_equal(dir_open(bench->dir, &bench->dir_fd), ERR_NONE);
	assert_int_equal(spool_open(bench->dir_fd, &bench->spool), ERR_NONE);
	bench->instant = (struct instant){.wall_ms = 1790000000000, .mono_ms = 50000};
	bench->clock = clock_fake(&bench->instant);
	bench->post = (struct post){&bench->script, script_send, script_why};
	bench->script.answer = (struct post_answer){
	    .status = 200, .type = POST_TYPE_COSE, .retry_after_s = -1};
	bench->script.len = 10;
	bench->time.floor_ms = 5;
	assert_int_equal(carry_open(&bench->spool, &bench->post, &bench->clock,
			     &bench->time, &bench->carry),
	    ERR_NONE);
	*state = bench;
	return 0;
}

static void remove_files(int dir_fd)
{
	struct names names = {0};

	assert_int_equal(file_sweep(dir_fd), ERR_NONE);
	assert_int_equal(dir_list(dir_fd, 100, &names), ERR_NONE);
	for (size_t i = 0; i < names.count; i++)
		(void)unlinkat(dir_fd, names.name[i], 0);
	names_free(&names);
}

static int teardown(void **state)
{
	struct bench *bench = *state;

	disk_full = false;
	carry_close(&bench->carry);
	remove_files(bench->spool.outbox_fd);
	remove_files(bench->spool.inbox_fd);
	spool_close(&bench->spool);
	(void)unlinkat(bench->dir_fd, "outbox", AT_REMOVEDIR);
	(void)unlinkat(bench->dir_fd, "inbox", AT_REMOVEDIR);
	(void)close(bench->dir_fd);
	assert_int_equal(rmdir(bench->dir), 0);
	free(bench);
	return 0;
}

static void put(struct bench *bench, const char *name)
{
	assert_int_equal(
	    file_create(bench->spool.outbox_fd, name, 0640, bytes_of_text(name)),
	    ERR_NONE);
	carry_notice(&bench->carry);
}

static bool in_inbox(const struct bench *bench, const char *name)
{
	return faccessat(bench->spool.inbox_fd, name, F_OK, 0) == 0;
}

/* Steps until nothing can be done now; what was answered last, and the wait. */
static enum err settle(struct bench *bench, int64_t *ret_wait_ms)
{
	enum err error = ERR_NONE;

	for (int i = 0; i < 100 && !error; i++)
		error = carry_step(&bench->carry, ret_wait_ms);
	return error;
}

static void pass_ms(struct bench *bench, int64_t ms)
{
	bench->instant.mono_ms += ms;
	bench->instant.wall_ms += ms;
}

static enum link_state link_of(const struct bench *bench)
{
	struct link link = {0};

	assert_int_equal(spool_link_read(&bench->spool, &link), ERR_NONE);
	return link.state;
}

/* --- what is asked for, and when -------------------------------------------- */

static void letters_first_then_every_five_minutes(void **state)
{
	struct bench *bench = *state;
	int64_t wait_ms = 0;

	assert_int_equal(settle(bench, &wait_ms), ERR_NOT_FOUND);
	assert_int_equal(bench->script.asked, 3);
	assert_string_equal(bench->script.path[0], "/v1/letters/trust");
	assert_string_equal(bench->script.path[1], "/v1/letters/programme");
	assert_string_equal(bench->script.path[2], "/v1/letters/directory");
	assert_int_equal(wait_ms, 300 * S);
	pass_ms(bench, 299 * S);
	assert_int_equal(settle(bench, &wait_ms), ERR_NOT_FOUND);
	assert_int_equal(bench->script.asked, 3);
	assert_int_equal(wait_ms, 1 * S);
	pass_ms(bench, 1 * S);
	assert_int_equal(settle(bench, &wait_ms), ERR_NOT_FOUND);
	assert_int_equal(bench->script.asked, 6);
}

static void asks_go_before_letters_and_batches(void **state)
{
	struct bench *bench = *state;
	int64_t wait_ms = 0;

	put(bench, "b-1.batch");
	put(bench, "a-1.ask");
	put(bench, "other.thing");
	assert_int_equal(settle(bench, &wait_ms), ERR_NOT_FOUND);
	assert_int_equal(bench->script.asked, 5);
	assert_string_equal(bench->script.path[0], "/v1/asks");
	assert_string_equal(bench->script.path[1], "/v1/letters/trust");
	assert_string_equal(bench->script.path[4], "/v1/batches");
	assert_string_equal(bench->script.body[4], "b-1.batch");
	assert_true(in_inbox(bench, "a-1.ask.answer"));
	assert_true(in_inbox(bench, "b-1.batch.answer"));
	assert_int_equal(link_of(bench), LINK_ON);
}

static void versions_in_force_are_told(void **state)
{
	struct bench *bench = *state;
	int64_t wait_ms = 0;
	const char *text = "trust 7\nprogramme 1790000000123\ndirectory x\n";

	assert_int_equal(
	    file_write(bench->spool.outbox_fd, "letters", 0640, bytes_of_text(text)),
	    ERR_NONE);
	assert_int_equal(settle(bench, &wait_ms), ERR_NOT_FOUND);
	assert_int_equal(bench->script.have_version[0], 7);
	assert_int_equal(bench->script.have_version[1], UINT64_C(1790000000123));
	assert_int_equal(bench->script.have_version[2], 0);
}

static void letter_that_waits_in_the_inbox_is_not_fetched_again(void **state)
{
	struct bench *bench = *state;
	int64_t wait_ms = 0;

	bench->script.letters_are_there = true;
	bench->script.answer.version = 9;
	assert_int_equal(settle(bench, &wait_ms), ERR_NOT_FOUND);
	assert_true(in_inbox(bench, "letter-directory"));
	pass_ms(bench, 300 * S);
	assert_int_equal(settle(bench, &wait_ms), ERR_NOT_FOUND);
	assert_int_equal(bench->script.have_version[3], 9);
	/* The till refused and removed it: it is asked for as before. */
	assert_int_equal(file_remove(bench->spool.inbox_fd, "letter-trust"), ERR_NONE);
	pass_ms(bench, 300 * S);
	assert_int_equal(settle(bench, &wait_ms), ERR_NOT_FOUND);
	assert_int_equal(bench->script.have_version[6], 0);
	assert_int_equal(bench->script.have_version[7], 9);
}

static void floor_only_rises(void **state)
{
	struct bench *bench = *state;

	static const struct {
		const char *text;
		int64_t floor_ms;
	} steps[] = {{"1000\n", 1000}, {"900\n", 1000}, {"junk", 1000}, {"2000", 2000}};

	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		int64_t wait_ms = 0;

		assert_int_equal(file_write(bench->spool.outbox_fd, "floor", 0640,
				     bytes_of_text(steps[i].text)),
		    ERR_NONE);
		pass_ms(bench, 300 * S);
		assert_int_equal(settle(bench, &wait_ms), ERR_NOT_FOUND);
		assert_int_equal(bench->time.floor_ms, steps[i].floor_ms);
	}
}

/* --- failures --------------------------------------------------------------- */

static void line_backs_off_to_a_quarter_of_an_hour(void **state)
{
	struct bench *bench = *state;
	int64_t most_ms = 0;
	unsigned asked = 0;

	put(bench, "b-1.batch");
	bench->script.error = ERR_OFFLINE;
	for (int i = 0; i < 20; i++) {
		int64_t wait_ms = 0;

		assert_int_equal(settle(bench, &wait_ms), ERR_BUSY);
		assert_int_equal(bench->script.asked, ++asked); /* one try a turn */
		assert_in_range(wait_ms, 1 * S, 900 * S);
		assert_int_equal(link_of(bench), LINK_OFF);
		most_ms = wait_ms > most_ms ? wait_ms : most_ms;
		/* Not a moment sooner. */
		pass_ms(bench, wait_ms - 1);
		assert_int_equal(settle(bench, &wait_ms), ERR_BUSY);
		assert_int_equal(bench->script.asked, asked);
		assert_int_equal(wait_ms, 1);
		pass_ms(bench, 1);
	}
	assert_true(most_ms >= 450 * S);
	bench->script.error = ERR_NONE;
	int64_t wait_ms = 0;

	assert_int_equal(settle(bench, &wait_ms), ERR_NOT_FOUND);
	assert_true(in_inbox(bench, "b-1.batch.answer"));
	assert_int_equal(link_of(bench), LINK_ON);
}

static void retry_after_is_kept_to(void **state)
{
	struct bench *bench = *state;
	int64_t wait_ms = 0;

	bench->script.answer.status = 503;
	bench->script.answer.retry_after_s = 7200;
	assert_int_equal(settle(bench, &wait_ms), ERR_BUSY);
	assert_int_equal(wait_ms, 3600 * S); /* at most an hour */
	assert_int_equal(link_of(bench), LINK_REFUSED);
	pass_ms(bench, 3600 * S);
	bench->script.answer.status = 200;
	assert_int_equal(settle(bench, &wait_ms), ERR_NOT_FOUND);
	assert_int_equal(link_of(bench), LINK_ON);
}

static void each_error_has_its_link_state(void **state)
{
	static const struct {
		enum err error;
		enum link_state state;
	} cases[] = {{ERR_OFFLINE, LINK_OFF}, {ERR_TIMEOUT, LINK_OFF},
	    {ERR_GONE, LINK_OFF}, {ERR_SIGNATURE, LINK_TLS}, {ERR_KEY, LINK_TLS},
	    {ERR_LIMIT, LINK_REFUSED}, {ERR_FORMAT, LINK_REFUSED}};
	struct bench *bench = *state;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t wait_ms = 0;

		bench->script.error = cases[i].error;
		assert_int_equal(settle(bench, &wait_ms), ERR_BUSY);
		assert_int_equal(link_of(bench), cases[i].state);
		pass_ms(bench, 3600 * S);
	}
}

static void last_contact_outlives_failures_and_restarts(void **state)
{
	struct bench *bench = *state;
	struct link link = {0};
	int64_t wait_ms = 0;
	int64_t contact_ms = bench->instant.wall_ms;

	assert_int_equal(settle(bench, &wait_ms), ERR_NOT_FOUND);
	pass_ms(bench, 300 * S);
	bench->script.error = ERR_OFFLINE;
	assert_int_equal(settle(bench, &wait_ms), ERR_BUSY);
	carry_close(&bench->carry);
	assert_int_equal(carry_open(&bench->spool, &bench->post, &bench->clock,
			     &bench->time, &bench->carry),
	    ERR_NONE);
	assert_int_equal(settle(bench, &wait_ms), ERR_BUSY);
	assert_int_equal(spool_link_read(&bench->spool, &link), ERR_NONE);
	assert_int_equal(link.state, LINK_OFF);
	assert_int_equal(link.last_ok_ms, contact_ms);
}

/* Sent and answered, and still there without an answer: it did not verify. */
static void doubted_answer_asks_for_trust_and_waits(void **state)
{
	struct bench *bench = *state;
	int64_t wait_ms = 0;

	put(bench, "b-1.batch");
	assert_int_equal(settle(bench, &wait_ms), ERR_NOT_FOUND);
	assert_int_equal(bench->script.asked, 4);
	assert_int_equal(
	    file_remove(bench->spool.inbox_fd, "b-1.batch.answer"), ERR_NONE);
	carry_notice(&bench->carry);
	assert_int_equal(settle(bench, &wait_ms), ERR_NOT_FOUND);
	assert_int_equal(bench->script.asked, 4);
	assert_in_range(wait_ms, 1, 2 * S);
	pass_ms(bench, wait_ms);
	assert_int_equal(settle(bench, &wait_ms), ERR_NOT_FOUND);
	assert_int_equal(bench->script.asked, 8);
	assert_string_equal(bench->script.path[4], "/v1/letters/trust");
	assert_string_equal(bench->script.path[7], "/v1/batches");
	assert_true(in_inbox(bench, "b-1.batch.answer"));
}

static void full_disk_backs_off_and_loses_nothing(void **state)
{
	struct bench *bench = *state;
	int64_t wait_ms = 0;

	assert_int_equal(settle(bench, &wait_ms), ERR_NOT_FOUND);
	put(bench, "b-1.batch");
	disk_full = true;
	assert_int_equal(settle(bench, &wait_ms), ERR_BUSY);
	assert_int_equal(bench->script.asked, 4);
	assert_false(in_inbox(bench, "b-1.batch.answer"));
	assert_string_equal(
	    bench->carry.why, "inbox/b-1.batch.answer cannot be written (full)");
	disk_full = false;
	pass_ms(bench, wait_ms);
	assert_int_equal(settle(bench, &wait_ms), ERR_NOT_FOUND);
	assert_true(in_inbox(bench, "b-1.batch.answer"));
}

static void answer_of_another_carrier_is_as_good(void **state)
{
	struct bench *bench = *state;
	int64_t wait_ms = 0;

	put(bench, "b-1.batch");
	put(bench, "b-2.batch");
	assert_int_equal(file_create(bench->spool.inbox_fd, "b-1.batch.answer", 0640,
			     bytes_of_text("theirs")),
	    ERR_NONE);
	assert_int_equal(settle(bench, &wait_ms), ERR_NOT_FOUND);
	assert_int_equal(bench->script.asked, 4);
	assert_string_equal(bench->script.body[3], "b-2.batch");
}

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BENCH_TEST(letters_first_then_every_five_minutes),
	    BENCH_TEST(asks_go_before_letters_and_batches),
	    BENCH_TEST(versions_in_force_are_told),
	    BENCH_TEST(letter_that_waits_in_the_inbox_is_not_fetched_again),
	    BENCH_TEST(floor_only_rises),
	    BENCH_TEST(line_backs_off_to_a_quarter_of_an_hour),
	    BENCH_TEST(retry_after_is_kept_to),
	    BENCH_TEST(each_error_has_its_link_state),
	    BENCH_TEST(last_contact_outlives_failures_and_restarts),
	    BENCH_TEST(doubted_answer_asks_for_trust_and_waits),
	    BENCH_TEST(full_disk_backs_off_and_loses_nothing),
	    BENCH_TEST(answer_of_another_carrier_is_as_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
