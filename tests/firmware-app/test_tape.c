/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "json_wipe.h"
#include "tape.h"

/* What a tape played, as text: "k7 " a key, "c65 " a character, "s1:]E0:789 " a
 * scan with its source, "! " its end. */
struct played {
	struct loop *loop;
	struct tape *tape;
	char text[1024];
	int busy; /* so many looks the counter is busy */
	int64_t ended_ms;
};

static void note(struct played *played, const char *text)
{
	size_t len = strlen(played->text);
	(void)snprintf(played->text + len, sizeof(played->text) - len, "%s ", text);
}

static void on_scan(void *self, struct scan *scan)
{
	char text[SCAN_LEN_MAX + 64];
	(void)snprintf(text, sizeof(text), "s%d%s%s:%s", (int)scan->source,
	    scan->fault != SCAN_FAULT_NONE ? "!" : ":", scan->aim,
	    (const char *)scan->data);
	note(self, text);
	scan_wipe(scan);
}

static void on_key(void *self, struct key_press press)
{
	char text[32];
	if (press.key == KEY_CHAR_)
		(void)snprintf(text, sizeof(text), "c%x", (unsigned)press.ch);
	else
		(void)snprintf(text, sizeof(text), "k%d", (int)press.key);
	note(self, text);
}

static bool on_busy(void *self)
{
	struct played *played = self;
	return played->busy > 0 && played->busy-- > 0;
}

static void on_end(void *self)
{
	struct played *played = self;
	note(played, "!");
	tape_close(&played->tape); /* allowed here */
	loop_stop(played->loop);
}

static enum err play(const char *text, struct played *played)
{
	char path[] = "/tmp/balcao-tape-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	(void)close(fd);
	const struct tape_sink sink = {played, on_scan, on_key, on_busy, on_end};
	assert_int_equal(loop_new(&played->loop), ERR_NONE);
	enum err error = tape_open(played->loop, path, &sink, &played->tape);
	if (error == ERR_NONE)
		assert_int_equal(loop_run(played->loop), ERR_NONE);
	loop_free(&played->loop);
	(void)unlink(path);
	return error;
}

static void test_a_tape_plays_in_order(void **state)
{
	(void)state;
	struct played played = {0};
	static const char tape[] =
	    "{\"at_ms\":0,\"text\":\"1é\"}\n"
	    "\n"
	    "{\"at_ms\":0,\"key\":\"Enter\"}\n"
	    "{\"at_ms\":3,\"scan\":{\"source\":\"scanner\",\"aim\":\"]E0\",\"data\":"
	    "\"789\"}}\n"
	    "{\"at_ms\":3,\"scan\":{\"source\":\"stripe\",\"fault\":\"misread\"}}\n"
	    "{\"at_ms\":4,\"scan\":{\"source\":\"contactless\",\"data\":\"a\\u001db\"}}\n"
	    "{\"at_ms\":5,\"key\":\"x\"}\n"
	    "{\"at_ms\":5,\"key\":\"F10\"}";
	char expected[256];
	(void)snprintf(expected, sizeof(expected),
	    "c31 ce9 k%d s%d:]E0:789 s%d!: s%d::a\x1d"
	    "b c78 k%d ! ",
	    (int)KEY_ENTER_, (int)SCAN_SCANNER, (int)SCAN_STRIPE, (int)SCAN_CONTACTLESS,
	    (int)KEY_F10_);
	assert_int_equal(play(tape, &played), ERR_NONE);
	assert_string_equal(played.text, expected);
}

static void test_a_tape_waits_while_the_counter_is_busy(void **state)
{
	(void)state;
	struct played played = {.busy = 5};
	assert_int_equal(play("{\"at_ms\":0,\"key\":\"F2\"}\n", &played), ERR_NONE);
	assert_int_equal(played.busy, 0);
	assert_non_null(strstr(played.text, "!"));
	struct played empty = {0};
	assert_int_equal(play("", &empty), ERR_NONE);
	assert_string_equal(empty.text, "! ");
}

static void test_a_fault_plays_nothing(void **state)
{
	(void)state;
	static const char *const bad[] = {
	    "x",
	    "[]",
	    "{}",
	    "{\"at_ms\":0}",
	    "{\"at_ms\":-1,\"key\":\"F2\"}",
	    "{\"at_ms\":0.5,\"key\":\"F2\"}",
	    "{\"at_ms\":\"0\",\"key\":\"F2\"}",
	    "{\"at_ms\":99999999999,\"key\":\"F2\"}",
	    "{\"at_ms\":0,\"key\":\"F11\"}",
	    "{\"at_ms\":0,\"key\":\"\"}",
	    "{\"at_ms\":0,\"text\":\"\"}",
	    "{\"at_ms\":0,\"text\":1}",
	    "{\"at_ms\":0,\"key\":\"F2\",\"text\":\"1\"}",
	    "{\"at_ms\":0,\"key\":\"F2\",\"more\":1}",
	    "{\"at_ms\":0,\"at_ms\":1,\"key\":\"F2\"}",
	    "{\"at_ms\":0,\"scan\":{}}",
	    "{\"at_ms\":0,\"scan\":{\"source\":\"nose\"}}",
	    "{\"at_ms\":0,\"scan\":{\"source\":\"scanner\",\"aim\":\"]E00\"}}",
	    "{\"at_ms\":0,\"scan\":{\"source\":\"scanner\",\"fault\":\"odd\"}}",
	    "{\"at_ms\":5,\"key\":\"F2\"}\n{\"at_ms\":4,\"key\":\"F2\"}",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct played played = {0};
		char tape[512];
		/* after a good line, which must not be played either */
		(void)snprintf(
		    tape, sizeof(tape), "{\"at_ms\":0,\"key\":\"F3\"}\n%s\n", bad[i]);
		assert_int_equal(play(tape, &played), ERR_FORMAT);
		assert_string_equal(played.text, "");
	}
	struct played played = {0};
	const struct tape_sink sink = {&played, on_scan, on_key, on_busy, on_end};
	assert_int_equal(loop_new(&played.loop), ERR_NONE);
	assert_int_equal(tape_open(played.loop, "/nonexistent/tape", &sink, &played.tape),
	    ERR_NOT_FOUND);
	loop_free(&played.loop);
}

static int set_up(void **state)
{
	(void)state;
	json_wipe_on_free();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_tape_plays_in_order),
	    cmocka_unit_test(test_a_tape_waits_while_the_counter_is_busy),
	    cmocka_unit_test(test_a_fault_plays_nothing),
	};
	return cmocka_run_group_tests(tests, set_up, NULL);
}
