/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/banned.h"
#include "os/loop.h"

struct seen {
	struct loop *loop;
	int pipe[2];
	unsigned fds;
	unsigned timers;
	char order[8];
	int signo;
	int victim; /* descriptor that a callback removes */
};

static int setup(void **state)
{
	struct seen *seen = calloc(1, sizeof *seen);

	assert_non_null(seen);
	assert_int_equal(loop_new(&seen->loop), ERR_NONE);
	assert_int_equal(pipe(seen->pipe), 0);
	*state = seen;
	return 0;
}

static int teardown(void **state)
{
	struct seen *seen = *state;

	loop_free(&seen->loop);
	assert_null(seen->loop);
	(void)close(seen->pipe[0]);
	(void)close(seen->pipe[1]);
	free(seen);
	return 0;
}

static void read_one(void *self, int fd, short revents)
{
	struct seen *seen = self;
	char byte;

	assert_true(revents & POLLIN);
	assert_int_equal(read(fd, &byte, 1), 1);
	seen->fds++;
}

static void fd_is_served_until_removed(void **state)
{
	struct seen *seen = *state;

	assert_int_equal(
	    loop_fd_set(seen->loop, seen->pipe[0], POLLIN, read_one, seen), ERR_NONE);
	assert_int_equal(loop_turn(seen->loop, 0), ERR_NONE);
	assert_int_equal(seen->fds, 0);
	assert_int_equal(write(seen->pipe[1], "ab", 2), 2);
	assert_int_equal(loop_turn(seen->loop, 0), ERR_NONE);
	assert_int_equal(seen->fds, 1);
	loop_fd_remove(seen->loop, seen->pipe[0]);
	assert_int_equal(loop_turn(seen->loop, 0), ERR_NONE);
	assert_int_equal(seen->fds, 1);
}

static void same_fd_replaces_and_limit_holds(void **state)
{
	struct seen *seen = *state;

	/* One slot is the loop's own; watching one fd again takes no other. */
	for (int i = 0; i < LOOP_FDS_MAX * 2; i++)
		assert_int_equal(
		    loop_fd_set(seen->loop, seen->pipe[0], POLLIN, read_one, seen),
		    ERR_NONE);
	/* Numbers far above the open ones are never polled here. */
	for (int i = 0; i < LOOP_FDS_MAX - 2; i++)
		assert_int_equal(
		    loop_fd_set(seen->loop, 1000 + i, POLLIN, read_one, seen), ERR_NONE);
	assert_int_equal(
	    loop_fd_set(seen->loop, 5000, POLLIN, read_one, seen), ERR_LIMIT);
}

static void remove_victim(void *self, int fd, short revents)
{
	struct seen *seen = self;

	read_one(self, fd, revents);
	loop_fd_remove(seen->loop, seen->victim);
}

/* A descriptor removed by an earlier callback of the same turn is not served,
 * even when its slot has a new user. */
static void removed_in_same_turn_is_not_served(void **state)
{
	struct seen *seen = *state;
	int other[2];

	assert_int_equal(pipe(other), 0);
	seen->victim = other[0];
	assert_int_equal(
	    loop_fd_set(seen->loop, seen->pipe[0], POLLIN, remove_victim, seen),
	    ERR_NONE);
	assert_int_equal(
	    loop_fd_set(seen->loop, other[0], POLLIN, read_one, seen), ERR_NONE);
	assert_int_equal(write(seen->pipe[1], "a", 1), 1);
	assert_int_equal(write(other[1], "b", 1), 1);
	assert_int_equal(loop_turn(seen->loop, 0), ERR_NONE);
	assert_int_equal(seen->fds, 1);
	(void)close(other[0]);
	(void)close(other[1]);
}

static void closed_fd_is_dropped_not_spun_on(void **state)
{
	struct seen *seen = *state;
	int lost = dup(seen->pipe[0]);

	assert_int_equal(loop_fd_set(seen->loop, lost, POLLIN, read_one, seen), ERR_NONE);
	(void)close(lost);
	assert_int_equal(loop_turn(seen->loop, 0), ERR_NONE);
	assert_int_equal(seen->fds, 0);
	/* Gone from the table: this turn would return at once otherwise. */
	assert_int_equal(loop_fd_set(seen->loop, lost, 0, read_one, seen), ERR_NONE);
	loop_fd_remove(seen->loop, lost);
}

static void note(struct seen *seen, char what)
{
	seen->order[seen->timers++] = what;
}

static void timer_a(void *self)
{
	note(self, 'a');
}

static void timer_b(void *self)
{
	note(self, 'b');
}

static void timer_again(void *self)
{
	struct seen *seen = self;

	note(seen, 'r');
	assert_true(loop_timer_start(seen->loop, 0, timer_again, seen) > 0);
}

static void timers_fire_once_by_due_then_id(void **state)
{
	struct seen *seen = *state;

	assert_true(loop_timer_start(seen->loop, 2, timer_b, seen) > 0);
	assert_true(loop_timer_start(seen->loop, 0, timer_a, seen) > 0);
	assert_true(loop_timer_start(seen->loop, 0, timer_b, seen) > 0);
	uint64_t stopped = loop_timer_start(seen->loop, 1, timer_a, seen);

	loop_timer_stop(seen->loop, stopped);
	loop_timer_stop(seen->loop, 0);
	loop_timer_stop(seen->loop, 999);
	while (seen->timers < 3)
		assert_int_equal(loop_turn(seen->loop, -1), ERR_NONE);
	assert_string_equal(seen->order, "abb");
	assert_int_equal(loop_turn(seen->loop, 3), ERR_NONE);
	assert_int_equal(seen->timers, 3);
}

static void timer_started_by_timer_waits_a_turn(void **state)
{
	struct seen *seen = *state;

	assert_true(loop_timer_start(seen->loop, 0, timer_again, seen) > 0);
	assert_int_equal(loop_turn(seen->loop, 0), ERR_NONE);
	assert_int_equal(seen->timers, 1);
	assert_int_equal(loop_turn(seen->loop, 0), ERR_NONE);
	assert_int_equal(seen->timers, 2);
}

static void timer_table_has_a_limit(void **state)
{
	struct seen *seen = *state;

	for (int i = 0; i < LOOP_TIMERS_MAX; i++)
		assert_true(loop_timer_start(seen->loop, 60000, timer_a, seen) > 0);
	assert_true(loop_timer_start(seen->loop, 60000, timer_a, seen) == 0);
}

static void on_usr1(void *self, int signo)
{
	struct seen *seen = self;

	seen->signo = signo;
	loop_stop(seen->loop);
}

static void signal_comes_through_the_loop(void **state)
{
	struct seen *seen = *state;

	assert_int_equal(loop_signal(seen->loop, SIGUSR1, on_usr1, seen), ERR_NONE);
	assert_int_equal(loop_signal(seen->loop, 0, on_usr1, seen), ERR_RANGE);
	assert_int_equal(loop_signal(seen->loop, SIGKILL, on_usr1, seen), ERR_IO);
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(seen->signo, 0); /* not in the handler */
	assert_int_equal(loop_run(seen->loop), ERR_NONE);
	assert_int_equal(seen->signo, SIGUSR1);
}

static void free_gives_signals_back(void **state)
{
	struct seen *seen = *state;
	struct sigaction action;

	assert_int_equal(loop_signal(seen->loop, SIGUSR1, on_usr1, seen), ERR_NONE);
	loop_free(&seen->loop);
	assert_int_equal(sigaction(SIGUSR1, NULL, &action), 0);
	assert_ptr_equal(action.sa_handler, SIG_DFL);
}

#define LOOP_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    LOOP_TEST(fd_is_served_until_removed),
	    LOOP_TEST(same_fd_replaces_and_limit_holds),
	    LOOP_TEST(removed_in_same_turn_is_not_served),
	    LOOP_TEST(closed_fd_is_dropped_not_spun_on),
	    LOOP_TEST(timers_fire_once_by_due_then_id),
	    LOOP_TEST(timer_started_by_timer_waits_a_turn),
	    LOOP_TEST(timer_table_has_a_limit),
	    LOOP_TEST(signal_comes_through_the_loop),
	    LOOP_TEST(free_gives_signals_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
