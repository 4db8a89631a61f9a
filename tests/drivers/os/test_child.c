/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"
#include "os/child.h"

struct outcome {
	struct loop *loop;
	struct child *child;
	unsigned calls;
	enum err error;
	size_t len;
	uint8_t answer[CHILD_ANSWER_MAX];
	const uint8_t *seen_at;
	bool free_inside;
};

static void done(void *self, enum err error, struct bytes answer)
{
	struct outcome *outcome = self;

	outcome->calls++;
	outcome->error = error;
	outcome->len = answer.len;
	outcome->seen_at = answer.at;
	memcpy(outcome->answer, answer.at, answer.len);
	if (outcome->free_inside)
		child_free(&outcome->child);
	loop_stop(outcome->loop);
}

static enum err reverse(
    struct bytes request, uint8_t ret[CHILD_ANSWER_MAX], size_t *ret_len)
{
	for (size_t i = 0; i < request.len; i++)
		ret[i] = request.at[request.len - 1 - i];
	*ret_len = request.len;
	return ERR_NONE;
}

static enum err all_of_it(
    struct bytes request, uint8_t ret[CHILD_ANSWER_MAX], size_t *ret_len)
{
	(void)request;
	memset(ret, 0xA5, CHILD_ANSWER_MAX);
	*ret_len = CHILD_ANSWER_MAX;
	return ERR_NONE;
}

static enum err refuse(
    struct bytes request, uint8_t ret[CHILD_ANSWER_MAX], size_t *ret_len)
{
	(void)request;
	ret[0] = 1;
	*ret_len = 1;
	return ERR_DENIED;
}

static enum err die(struct bytes request, uint8_t ret[CHILD_ANSWER_MAX], size_t *ret_len)
{
	(void)request;
	(void)ret;
	(void)ret_len;
	(void)kill(getpid(), SIGKILL);
	return ERR_NONE;
}

static enum err sleep_long(
    struct bytes request, uint8_t ret[CHILD_ANSWER_MAX], size_t *ret_len)
{
	(void)request;
	(void)ret;
	*ret_len = 0;
	(void)sleep(60);
	return ERR_NONE;
}

/* Says which of our descriptors the child still has. */
static enum err count_descriptors(
    struct bytes request, uint8_t ret[CHILD_ANSWER_MAX], size_t *ret_len)
{
	(void)request;
	ret[0] = 0;
	for (int fd = 0; fd < 256; fd++)
		ret[0] = (uint8_t)(ret[0] + (fcntl(fd, F_GETFD) >= 0));
	*ret_len = 1;
	return ERR_NONE;
}

static int setup(void **state)
{
	struct outcome *outcome = calloc(1, sizeof *outcome);

	assert_non_null(outcome);
	assert_int_equal(loop_new(&outcome->loop), ERR_NONE);
	*state = outcome;
	return 0;
}

static int teardown(void **state)
{
	struct outcome *outcome = *state;

	child_free(&outcome->child);
	loop_free(&outcome->loop);
	/* No zombie is left behind, whatever the test did. */
	assert_true(waitpid(-1, NULL, WNOHANG) < 0);
	assert_int_equal(errno, ECHILD);
	free(outcome);
	return 0;
}

static void start(struct outcome *outcome, child_work_fn *work, int64_t timeout_ms)
{
	struct child_job job = {
	    work, bytes_of_text("segredo"), timeout_ms, done, outcome};

	assert_int_equal(child_start(outcome->loop, &job, &outcome->child), ERR_NONE);
}

static void run(struct outcome *outcome, child_work_fn *work, int64_t timeout_ms)
{
	start(outcome, work, timeout_ms);
	assert_int_equal(loop_run(outcome->loop), ERR_NONE);
	assert_int_equal(outcome->calls, 1);
}

static void answer_comes_back(void **state)
{
	struct outcome *outcome = *state;

	run(outcome, reverse, 60000);
	assert_int_equal(outcome->error, ERR_NONE);
	assert_int_equal(outcome->len, 7);
	assert_memory_equal(outcome->answer, "oderges", 7);
}

static void longest_answer_is_whole(void **state)
{
	struct outcome *outcome = *state;

	run(outcome, all_of_it, 60000);
	assert_int_equal(outcome->error, ERR_NONE);
	assert_int_equal(outcome->len, CHILD_ANSWER_MAX);
	assert_int_equal(outcome->answer[CHILD_ANSWER_MAX - 1], 0xA5);
}

static void error_has_no_answer(void **state)
{
	struct outcome *outcome = *state;

	run(outcome, refuse, 60000);
	assert_int_equal(outcome->error, ERR_DENIED);
	assert_int_equal(outcome->len, 0);
}

static void dead_child_is_an_io_error(void **state)
{
	struct outcome *outcome = *state;

	run(outcome, die, 60000);
	assert_int_equal(outcome->error, ERR_IO);
}

static void slow_child_is_killed(void **state)
{
	struct outcome *outcome = *state;

	run(outcome, sleep_long, 5);
	assert_int_equal(outcome->error, ERR_TIMEOUT);
}

static void done_may_free(void **state)
{
	struct outcome *outcome = *state;

	outcome->free_inside = true;
	run(outcome, reverse, 60000);
	assert_null(outcome->child);
	assert_memory_equal(outcome->answer, "oderges", 7);
}

static void freeing_early_means_no_answer(void **state)
{
	struct outcome *outcome = *state;

	start(outcome, sleep_long, 60000);
	child_free(&outcome->child);
	assert_int_equal(loop_turn(outcome->loop, 0), ERR_NONE);
	assert_int_equal(outcome->calls, 0);
}

static void child_keeps_only_its_pipe(void **state)
{
	struct outcome *outcome = *state;

	run(outcome, count_descriptors, 60000);
	assert_int_equal(outcome->answer[0], 1);
}

#define CHILD_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CHILD_TEST(answer_comes_back),
	    CHILD_TEST(longest_answer_is_whole),
	    CHILD_TEST(error_has_no_answer),
	    CHILD_TEST(dead_child_is_an_io_error),
	    CHILD_TEST(slow_child_is_killed),
	    CHILD_TEST(done_may_free),
	    CHILD_TEST(freeing_early_means_no_answer),
	    CHILD_TEST(child_keeps_only_its_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
