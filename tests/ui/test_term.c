/* SPDX-License-Identifier: MIT */
#include "ui/term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/banned.h"

/*
 * The port on a real terminal: a child whose terminal is a pty, and this
 * process as the person in front of it. What the child finds out it says with
 * its exit code, because its standard output is the screen.
 */
enum {
	DIGITS = 16,
	RUN = 6,                  /* so many digits in a row are a find */
	STRIDE_MAX = 40,          /* bytes from one to the next, in any kind of cell */
	MAP_BYTES_MAX = 64 << 20, /* a sanitizer's shadow is none of ours */
	WAIT_MS = 10000,
};

enum answer {
	ANSWER_FINE = 0,
	ANSWER_NO_START = 10,
	ANSWER_NOT_SEEN, /* the search is blind: digits on the screen not found */
	ANSWER_LEFT,     /* digits are still in memory */
	ANSWER_LEFT_AT_STOP,
	ANSWER_NO_KEY,
	ANSWER_WRONG_KEY,
	ANSWER_NOT_PAINTED,
	ANSWER_STARTED, /* where it must not */
};

static struct view view;

/* The number is only ever made where it is typed: a constant would be found. */
static char digit(int i)
{
	return (char)('0' + (i + 3) * (i + 11) * 37 / 5 % 10);
}

/* --- searching one's own memory --- */

static bool run_at(const uint8_t *at, const uint8_t *end, int stride, int from)
{
	for (int i = 0; i < RUN; i++)
		if (at + i * stride >= end || at[i * stride] != (uint8_t)digit(from + i))
			return false;
	return true;
}

/* Six digits in a row of the number, as text or as any kind of cell. */
static long runs_in(const uint8_t *begin, const uint8_t *end)
{
	long found = 0;
	for (int from = 0; from + RUN <= DIGITS; from++)
		for (const uint8_t *at = begin;
		     (at = memchr(at, digit(from), (size_t)(end - at))) != NULL; at++)
			for (int stride = 1; stride <= STRIDE_MAX; stride++)
				found += run_at(at, end, stride, from);
	return found;
}

static uint8_t page_copy[1 << 16];

/* Reads through /proc, in pieces that overlap by a whole run. */
static long runs_in_map(int mem, off_t begin, off_t end)
{
	long found = 0;
	const off_t overlap = (RUN - 1) * STRIDE_MAX;
	for (off_t at = begin; at < end; at += (off_t)sizeof page_copy - overlap) {
		bool own = at < (off_t)(uintptr_t)(page_copy + sizeof page_copy) &&
			   at + (off_t)sizeof page_copy > (off_t)(uintptr_t)page_copy;
		off_t left = end - at;
		size_t len =
		    left < (off_t)sizeof page_copy ? (size_t)left : sizeof page_copy;
		ssize_t got = own ? 0 : pread(mem, page_copy, len, at);
		if (got > 0)
			found += runs_in(page_copy, page_copy + got);
	}
	memset(page_copy, 0, sizeof page_copy);
	return found;
}

/* All that this process may write: data, heap, stacks, what libraries mapped. */
static long runs_in_memory(void)
{
	long found = 0;
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "r");
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
		char *at;
		off_t begin = (off_t)strtoull(line, &at, 16);
		off_t end = (off_t)strtoull(at + 1, &at, 16);
		if (at[1] == 'r' && at[2] == 'w' && end - begin <= MAP_BYTES_MAX)
			found += runs_in_map(mem, begin, end);
	}
	if (maps != NULL)
		(void)fclose(maps);
	(void)close(mem);
	return found;
}

/* --- the child: a till of one field --- */

static void make_view(void)
{
	memset(&view, 0, sizeof view);
	view.screen = VIEW_SALE;
	view.status.link.word = W_LINK_ON;
	view.status.oldest_s = -1;
	view.field.label = W_FIELD_ANY;
	view.prompt.word = W_SALE_PROMPT;
}

static void refuse(void)
{
	explicit_bzero(view.field.text, sizeof view.field.text);
	view.read.word = W_CARD_PAYMENT;
	view.read_tone = TONE_ALERT;
}

/* Keys until `count` characters stand in the field; `each`: shown one by one. */
static bool take(const struct term *term, size_t count, bool each)
{
	size_t have = 0;
	while (have < count) {
		struct pollfd wait = {.fd = term->fd(term->self), .events = POLLIN};
		struct key_press press;
		if (poll(&wait, 1, WAIT_MS) <= 0)
			return false;
		while (have < count && term->key(term->self, &press) == ERR_NONE) {
			if (press.key != KEY_CHAR_)
				return false;
			view.field.text[have++] = (char)press.ch;
			if (each)
				term->show(term->self, &view);
		}
	}
	term->show(term->self, &view);
	return true;
}

/* The first time a message says why, and overwrites what curses had sent; the
 * second time it stands there already, and hardly anything is sent. */
static enum answer typed_digits_vanish(const struct term *term, bool each)
{
	make_view();
	term->show(term->self, &view);
	for (int times = 0; times < 2; times++) {
		if (!take(term, DIGITS, each))
			return ANSWER_NO_KEY;
		if (runs_in_memory() == 0)
			return ANSWER_NOT_SEEN;
		refuse();
		term->show(term->self, &view);
		if (runs_in_memory() != 0)
			return ANSWER_LEFT;
		view.status.training = times > 0; /* tells the person to go on */
		term->show(term->self, &view);
	}
	if (!take(term, DIGITS, each))
		return ANSWER_NO_KEY;
	explicit_bzero(&view, sizeof view);
	term->stop(term->self);
	return runs_in_memory() != 0 ? ANSWER_LEFT_AT_STOP : ANSWER_FINE;
}

static enum answer child_types_one_by_one(const struct term *term)
{
	return typed_digits_vanish(term, true);
}

static enum answer child_types_in_a_burst(const struct term *term)
{
	return typed_digits_vanish(term, false);
}

static bool next_key(const struct term *term, struct key_press *ret)
{
	for (int tries = 0; tries < 10; tries++) {
		if (term->key(term->self, ret) == ERR_NONE)
			return true;
		struct pollfd wait = {.fd = term->fd(term->self), .events = POLLIN};
		if (poll(&wait, 1, WAIT_MS) <= 0)
			return false;
	}
	return false;
}

static enum answer child_hears_keys(const struct term *term)
{
	static const enum key wanted[] = {
	    KEY_F5_, KEY_F2_, KEY_ESC_, KEY_UP_, KEY_ENTER_};

	make_view();
	term->show(term->self, &view);
	for (size_t i = 0; i < COUNT_OF(wanted); i++) {
		struct key_press press;
		if (!next_key(term, &press))
			return ANSWER_NO_KEY;
		if (press.key != wanted[i])
			return ANSWER_WRONG_KEY;
	}
	term->stop(term->self);
	return ANSWER_FINE;
}

/* A resize wakes the descriptor and paints again by itself; what is typed is in
 * the view, and stays. */
static enum answer child_is_resized(const struct term *term)
{
	struct key_press press;
	make_view();
	memcpy(view.field.text, "FICA", 5);
	term->show(term->self, &view);
	explicit_bzero(&view, sizeof view);
	if (!next_key(term, &press)) /* ends with the key that follows the resize */
		return ANSWER_NO_KEY;
	term->stop(term->self);
	return press.key == KEY_ENTER_ ? ANSWER_FINE : ANSWER_WRONG_KEY;
}

typedef enum answer child_fn(const struct term *term);

static int run_child(child_fn *body, const char *terminal)
{
	const struct term *term = term_ncurses();
	struct term_options options = {.language = LANG_PT_BR};
	(void)setenv("TERM", terminal, 1);
	(void)setenv("LC_ALL", "C.UTF-8", 1);
	if (term->start(term->self, &options) != ERR_NONE)
		return ANSWER_NO_START;
	return (int)body(term);
}

/* --- the person --- */

struct person_at {
	pid_t child;
	int pty;
	size_t seen;
	char screen[1 << 20]; /* every byte the terminal was sent */
};

static struct person_at person;

static void sit_down(child_fn *body, const char *terminal)
{
	struct winsize size = {.ws_row = 24, .ws_col = 80};
	person.seen = 0;
	person.child = forkpty(&person.pty, NULL, NULL, &size);
	assert_true(person.child >= 0);
	if (person.child == 0) {
		explicit_bzero(person.screen, sizeof person.screen); /* the last one's */
		_exit(run_child(body, terminal));
	}
}

/* Reads until `wanted` has come, or the child ends. */
static bool see(const char *wanted)
{
	struct pollfd wait = {.fd = person.pty, .events = POLLIN};
	size_t from = person.seen;
	while (poll(&wait, 1, WAIT_MS) > 0) {
		size_t room = sizeof person.screen - person.seen - 1;
		ssize_t got = read(person.pty, person.screen + person.seen, room);
		if (got <= 0)
			return false;
		char *at = person.screen + person.seen;
		for (ssize_t i = 0; i < got; i++) /* a terminal passes over NUL */
			if (at[i] != '\0')
				person.screen[person.seen++] = at[i];
		person.screen[person.seen] = '\0';
		if (wanted != NULL && strstr(person.screen + from, wanted) != NULL)
			return true;
	}
	return false;
}

static void hit(const char *bytes, size_t len)
{
	assert_int_equal(write(person.pty, bytes, len), (ssize_t)len);
}

static void stand_up(void)
{
	int status = 0;
	(void)see(NULL);
	assert_int_equal(waitpid(person.child, &status, 0), person.child);
	(void)close(person.pty);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), ANSWER_FINE);
}

static void type_number(bool each)
{
	char number[DIGITS];
	for (int i = 0; i < DIGITS; i++)
		number[i] = digit(i);
	for (int i = 0; i < DIGITS; i += each ? 1 : DIGITS)
		hit(number + i, each ? 1 : DIGITS);
	explicit_bzero(number, sizeof number); /* the next child is a copy of us */
}

static void digits_leave_no_trace(bool each, const char *terminal)
{
	sit_down(each ? child_types_one_by_one : child_types_in_a_burst, terminal);
	assert_true(see("conclua"));
	type_number(each);
	assert_true(see("recusado"));
	type_number(each);
	assert_true(see("TREINAMENTO"));
	type_number(each);
	stand_up();
}

static void typed_digits_leave_no_trace(void **state)
{
	(void)state;
	digits_leave_no_trace(true, "xterm-256color");
	digits_leave_no_trace(true, "linux");
}

static void digits_of_a_wedge_scanner_leave_no_trace(void **state)
{
	(void)state;
	digits_leave_no_trace(false, "xterm-256color");
	digits_leave_no_trace(false, "linux");
}

static void keys_come_through(void **state)
{
	(void)state;
	sit_down(child_hears_keys, "xterm-256color");
	assert_true(see("conclua"));
	hit("\033[15~\0332\033", 8);
	struct timespec pause = {.tv_sec = 1}; /* then the Esc stands alone */
	(void)nanosleep(&pause, NULL);
	hit("\033OA\r", 4);
	stand_up();
}

static void a_resize_paints_again(void **state)
{
	(void)state;
	struct winsize small = {.ws_row = 16, .ws_col = 40};
	struct winsize tiny = {.ws_row = 10, .ws_col = 30};
	sit_down(child_is_resized, "xterm-256color");
	assert_true(see("FICA"));
	assert_int_equal(ioctl(person.pty, TIOCSWINSZ, &small), 0);
	assert_true(see("FICA"));
	assert_int_equal(ioctl(person.pty, TIOCSWINSZ, &tiny), 0);
	assert_true(see("precisa"));
	hit("\r", 1);
	stand_up();
}

static void where_there_is_no_terminal_it_says_so(void **state)
{
	(void)state;
	const struct term *term = term_ncurses();
	struct term_options options = {.language = LANG_EN};
	int saved = dup(STDIN_FILENO);
	int null = open("/dev/null", O_RDONLY);
	assert_true(saved >= 0 && null >= 0 && dup2(null, STDIN_FILENO) >= 0);
	assert_int_equal(term->start(term->self, &options), ERR_UNSUPPORTED);
	(void)dup2(saved, STDIN_FILENO);
	(void)close(saved);
	(void)close(null);
	static const char *const poor[] = {"dumb", "no-such-terminal", ""};
	for (size_t i = 0; i < COUNT_OF(poor); i++) {
		int status = 0;
		sit_down(child_hears_keys, poor[i]);
		(void)see(NULL);
		assert_int_equal(waitpid(person.child, &status, 0), person.child);
		(void)close(person.pty);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), ANSWER_NO_START);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(typed_digits_leave_no_trace),
	    cmocka_unit_test(digits_of_a_wedge_scanner_leave_no_trace),
	    cmocka_unit_test(keys_come_through),
	    cmocka_unit_test(a_resize_paints_again),
	    cmocka_unit_test(where_there_is_no_terminal_it_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
