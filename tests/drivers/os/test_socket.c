/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"
#include "os/lines.h"
#include "os/log.h"
#include "os/socket.h"

struct place {
	char dir[64];
	int dir_fd;
};

static int setup(void **state)
{
	struct place *place = calloc(1, sizeof *place);

	assert_non_null(place);
	(void)snprintf(place->dir, sizeof place->dir, "/tmp/balcao-socket.XXXXXX");
	assert_non_null(mkdtemp(place->dir));
	place->dir_fd = open(place->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(place->dir_fd >= 0);
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;

	(void)unlinkat(place->dir_fd, "run.sock", 0);
	(void)close(place->dir_fd);
	(void)rmdir(place->dir);
	free(place);
	return 0;
}

static void two_sides_talk(void **state)
{
	struct place *place = *state;
	struct stat info;
	int listener = -1;
	int client = -1;
	int server = -1;
	char buf[16];
	char *line;

	assert_int_equal(socket_listen(place->dir_fd, "run.sock", &listener), ERR_NONE);
	assert_int_equal(fstatat(place->dir_fd, "run.sock", &info, 0), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_int_equal(socket_accept(listener, &server), ERR_BUSY);
	assert_int_equal(socket_connect(place->dir_fd, "run.sock", &client), ERR_NONE);
	assert_int_equal(socket_accept(listener, &server), ERR_NONE);
	assert_int_equal(
	    socket_send(client, bytes_of_text("sync\r\npart"), 1000), ERR_NONE);

	struct lines lines = lines_of(server, buf, sizeof buf);

	assert_int_equal(lines_next(&lines, &line), ERR_NONE);
	assert_string_equal(line, "sync");
	assert_int_equal(lines_next(&lines, &line), ERR_BUSY);
	(void)close(client);
	assert_int_equal(lines_next(&lines, &line), ERR_NONE);
	assert_string_equal(line, "part");
	assert_int_equal(lines_next(&lines, &line), ERR_NOT_FOUND);
	assert_int_equal(socket_send(server, bytes_of_text("late"), 1000), ERR_GONE);
	(void)close(server);
	socket_unlisten(place->dir_fd, "run.sock", &listener);
	assert_int_equal(listener, -1);
	assert_int_equal(
	    socket_connect(place->dir_fd, "run.sock", &client), ERR_NOT_FOUND);
}

static void stale_socket_is_replaced(void **state)
{
	struct place *place = *state;
	int listener = -1;
	int client = -1;

	assert_int_equal(socket_listen(place->dir_fd, "run.sock", &listener), ERR_NONE);
	(void)close(listener); /* as a crash leaves it */
	assert_int_equal(
	    socket_connect(place->dir_fd, "run.sock", &client), ERR_NOT_FOUND);
	assert_int_equal(socket_listen(place->dir_fd, "run.sock", &listener), ERR_NONE);
	assert_int_equal(socket_connect(place->dir_fd, "run.sock", &client), ERR_NONE);
	(void)close(client);
	socket_unlisten(place->dir_fd, "run.sock", &listener);
}

static void full_peer_times_out(void **state)
{
	struct place *place = *state;
	static uint8_t much[4 * 1024 * 1024];
	int listener = -1;
	int client = -1;

	assert_int_equal(socket_listen(place->dir_fd, "run.sock", &listener), ERR_NONE);
	assert_int_equal(socket_connect(place->dir_fd, "run.sock", &client), ERR_NONE);
	assert_int_equal(
	    socket_send(client, bytes_of(much, sizeof much), 5), ERR_TIMEOUT);
	(void)close(client);
	socket_unlisten(place->dir_fd, "run.sock", &listener);
}

static void lines_are_bounded(void **state)
{
	int ends[2];
	char buf[9];
	char *line;
	static const char text[] =
	    "12345678\n123456789012345678901234567890\n\na\0b\nlast";

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], text, sizeof text - 1), sizeof text - 1);
	(void)close(ends[1]);

	struct lines lines = lines_of(ends[0], buf, sizeof buf);

	/* Eight characters fill the buffer before their newline is seen. */
	assert_int_equal(lines_next(&lines, &line), ERR_LIMIT);
	assert_int_equal(lines_next(&lines, &line), ERR_LIMIT);
	assert_int_equal(lines_next(&lines, &line), ERR_NONE);
	assert_string_equal(line, "");
	assert_int_equal(lines_next(&lines, &line), ERR_NONE);
	assert_string_equal(line, "a b");
	assert_int_equal(lines_next(&lines, &line), ERR_NONE);
	assert_string_equal(line, "last");
	assert_int_equal(lines_next(&lines, &line), ERR_NOT_FOUND);
	(void)close(ends[0]);
}

static void long_last_line_is_refused_once(void **state)
{
	int ends[2];
	char buf[5];
	char *line;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "1234567", 7), 7);
	(void)close(ends[1]);

	struct lines lines = lines_of(ends[0], buf, sizeof buf);

	assert_int_equal(lines_next(&lines, &line), ERR_LIMIT);
	assert_int_equal(lines_next(&lines, &line), ERR_NOT_FOUND);
	(void)close(ends[0]);
}

static void what_was_read_is_wiped(void **state)
{
	int ends[2];
	char buf[32];
	char *line;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "secret\nx\n", 9), 9);
	(void)close(ends[1]);

	struct lines lines = lines_of(ends[0], buf, sizeof buf);

	memset(buf, 0, sizeof buf);
	assert_int_equal(lines_next(&lines, &line), ERR_NONE);
	assert_string_equal(line, "secret");
	assert_int_equal(lines_next(&lines, &line), ERR_NONE);
	for (size_t i = 0; i + 2 < sizeof buf; i++)
		assert_memory_not_equal(buf + i, "ret", 3);
	lines_wipe(&lines);
	for (size_t i = 0; i < sizeof buf; i++)
		assert_int_equal(buf[i], 0);
	(void)close(ends[0]);
}

static void log_is_one_line_and_one_level(void **state)
{
	int ends[2];
	char got[256] = {0};

	(void)state;
	assert_int_equal(pipe(ends), 0);
	log_to(ends[1], LOG_INFO_);
	log_debug("not this, n=%d", 1);
	log_info("a%cb, n=%d", '\n', 2);
	log_to(-1, LOG_INFO_);
	log_error("nor this");
	(void)close(ends[1]);
	assert_true(read(ends[0], got, sizeof got - 1) > 0);
	assert_string_equal(got, "log_is_one_line_and_one_level: a b, n=2\n");
	(void)close(ends[0]);
}

static void escape_is_printable_and_bounded(void **state)
{
	char out[12];

	(void)state;
	assert_string_equal(
	    log_escape(out, sizeof out, bytes_of_text("a\x01\\")), "a\\x01\\x5c");
	assert_string_equal(
	    log_escape(out, sizeof out, bytes_of_text("0123456789A")), "0123456789A");
	assert_string_equal(
	    log_escape(out, sizeof out, bytes_of_text("0123456789AB")), "01234567...");
	assert_string_equal(
	    log_escape(out, sizeof out, bytes_of_text("\x80\x81\x82")), "\\x80\\x81...");
	assert_string_equal(log_escape(out, 1, bytes_of_text("abc")), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(two_sides_talk, setup, teardown),
	    cmocka_unit_test_setup_teardown(stale_socket_is_replaced, setup, teardown),
	    cmocka_unit_test_setup_teardown(full_peer_times_out, setup, teardown),
	    cmocka_unit_test(lines_are_bounded),
	    cmocka_unit_test(long_last_line_is_refused_once),
	    cmocka_unit_test(what_was_read_is_wiped),
	    cmocka_unit_test(log_is_one_line_and_one_level),
	    cmocka_unit_test(escape_is_printable_and_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
