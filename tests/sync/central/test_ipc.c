/* SPDX-License-Identifier: MIT */
#include "central/ipc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* Frames between web, intake and commands: whole, in order, bounded. */
#define OK(call) assert_int_equal((call), ERR_NONE)

enum { FRAME_MAX = 100000 };

struct line {
	struct ipc *one;
	struct ipc *two;
	int raw_fd; /* of the first test: bytes that no ipc would send */
};

static int setup(void **state)
{
	int pair[2];
	struct line *line = calloc(1, sizeof *line);
	if (line == NULL || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		return -1;
	OK(ipc_open(pair[0], FRAME_MAX, &line->one));
	OK(ipc_open(pair[1], FRAME_MAX, &line->two));
	line->raw_fd = ipc_fd(line->one);
	*state = line;
	return 0;
}

static int teardown(void **state)
{
	struct line *line = *state;
	ipc_close(&line->one);
	ipc_close(&line->two);
	free(line);
	return 0;
}

static void frames_arrive_whole_and_in_order(void **state)
{
	static struct ipc_frame sent;
	static struct ipc_frame got;
	static uint8_t big[60000];
	struct line *line = *state;
	uint64_t seen = 0;
	for (uint64_t id = 1; id <= 40; id++) {
		memset(big, (int)id, sizeof big);
		sent = (struct ipc_frame){.id = id, .verb = IPC_BATCH, .status = 409};
		ipc_add(&sent, bytes_of_text("one"));
		ipc_add(&sent, (struct bytes){0});
		ipc_add(&sent, bytes_of(big, (size_t)id * 1500));
		OK(ipc_queue(line->one, &sent));
	}
	/* More than a socket holds: the two sides take turns. */
	enum err flushed = ERR_BUSY;
	while (seen < 40) {
		if (flushed == ERR_BUSY)
			flushed = ipc_flush(line->one);
		assert_true(flushed == ERR_NONE || flushed == ERR_BUSY);
		enum err filled = ipc_fill(line->two);
		assert_true(filled == ERR_NONE || filled == ERR_BUSY);
		while (ipc_next(line->two, &got) == ERR_NONE) {
			assert_int_equal(got.id, ++seen);
			assert_int_equal(got.verb, IPC_BATCH);
			assert_int_equal(got.status, 409);
			assert_int_equal(got.count, 3);
			assert_true(bytes_equal(got.part[0], bytes_of_text("one")));
			assert_int_equal(got.part[1].len, 0);
			assert_int_equal(got.part[2].len, seen * 1500);
			assert_int_equal(got.part[2].at[seen * 1500 - 1], seen);
			assert_int_equal(ipc_part(&got, 3).len, 0);
		}
	}
	OK(flushed);
}

static void what_was_taken_back_never_leaves(void **state)
{
	static struct ipc_frame frame;
	struct line *line = *state;
	frame = (struct ipc_frame){.id = 1};
	OK(ipc_queue(line->one, &frame));
	size_t mark = ipc_mark(line->one);
	frame.id = 2;
	OK(ipc_queue(line->one, &frame));
	ipc_rewind(line->one, mark);
	frame.id = 3;
	OK(ipc_queue(line->one, &frame));
	OK(ipc_flush(line->one));
	OK(ipc_fill(line->two));
	OK(ipc_next(line->two, &frame));
	assert_int_equal(frame.id, 1);
	OK(ipc_next(line->two, &frame));
	assert_int_equal(frame.id, 3);
	assert_int_equal(ipc_next(line->two, &frame), ERR_BUSY);
}

static void nonsense_is_not_a_frame(void **state)
{
	static struct ipc_frame frame;
	struct line *line = *state;
	/* Length 18, a part count of 1, and no part. */
	uint8_t raw[22] = {0, 0, 0, 18};
	raw[21] = 1;
	assert_int_equal(write(line->raw_fd, raw, 21), 21);
	OK(ipc_fill(line->two));
	assert_int_equal(ipc_next(line->two, &frame), ERR_BUSY); /* one byte short */
	assert_int_equal(write(line->raw_fd, raw + 21, 1), 1);
	OK(ipc_fill(line->two));
	assert_int_equal(ipc_next(line->two, &frame), ERR_FORMAT);
}

static void a_length_beyond_the_limit_is_refused_at_once(void **state)
{
	static struct ipc_frame frame;
	struct line *line = *state;
	const uint8_t raw[4] = {0x7f, 0xff, 0xff, 0xff};
	assert_int_equal(write(line->raw_fd, raw, sizeof raw), sizeof raw);
	OK(ipc_fill(line->two));
	assert_int_equal(ipc_next(line->two, &frame), ERR_LIMIT);
}

static void an_end_is_told(void **state)
{
	static struct ipc_frame frame;
	struct line *line = *state;
	frame = (struct ipc_frame){.id = 9};
	OK(ipc_queue(line->one, &frame));
	OK(ipc_flush(line->one));
	ipc_close(&line->one);
	OK(ipc_fill(line->two));
	OK(ipc_next(line->two, &frame)); /* what was sent before still counts */
	assert_int_equal(frame.id, 9);
	assert_int_equal(ipc_fill(line->two), ERR_GONE);
	OK(ipc_queue(line->two, &frame));
	assert_int_equal(ipc_flush(line->two), ERR_GONE);
	assert_int_equal(ipc_call(line->two, &frame, 1000, &frame), ERR_GONE);
}

static void a_copy_lives_on(void **state)
{
	(void)state;
	static struct ipc_frame frame;
	struct ipc_frame *copy = NULL;
	char text[] = "abc";
	frame = (struct ipc_frame){.id = 5};
	ipc_add(&frame, bytes_of(text, 3));
	ipc_add(&frame, (struct bytes){0});
	OK(ipc_frame_copy(&frame, &copy));
	memset(text, 'x', 3);
	assert_int_equal(copy->id, 5);
	assert_int_equal(copy->count, 2);
	assert_true(bytes_equal(copy->part[0], bytes_of_text("abc")));
	ipc_frame_free(&copy);
	assert_null(copy);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(frames_arrive_whole_and_in_order),
	    CASE(what_was_taken_back_never_leaves),
	    CASE(nonsense_is_not_a_frame),
	    CASE(a_length_beyond_the_limit_is_refused_at_once),
	    CASE(an_end_is_told),
	    cmocka_unit_test(a_copy_lives_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
