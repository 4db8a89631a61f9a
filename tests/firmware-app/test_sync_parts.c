/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

#include "app_options.h"
#include "base/banned.h"
#include "options.h"
#include "progress.h"
#include "sync/url.h"
#include "sync_pass.h"

struct app_options app_options = {"/nowhere"};

/* Faults go to stderr, as they should; here they would only be noise. */
static int quiet(void **state)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)state;
	return dup2(fd, STDERR_FILENO) < 0;
}

/* --- options --------------------------------------------------------------- */

struct seen {
	const char *url;
	const char *pin;
	bool once;
	struct option_words words;
};

static int read_all(char *const *argv, struct seen *seen, bool words)
{
	const struct option_row rows[] = {{"url", &seen->url, NULL},
	    {"pin", &seen->pin, NULL}, {"once", NULL, &seen->once}};

	return options_read(argv, rows, COUNT_OF(rows), words ? &seen->words : NULL);
}

#define ARGV(...) ((char *[]){(char[]){"verb"}, __VA_ARGS__, NULL})
#define ARG(text) ((char[]){text})

static void options_are_taken(void **state)
{
	struct seen seen = {0};

	(void)state;
	assert_int_equal(
	    read_all(ARGV(ARG("--url"), ARG("u"), ARG("out"), ARG("--pin=a=b"),
			 ARG("--once"), ARG("--"), ARG("--dir")),
		&seen, true),
	    0);
	assert_string_equal(seen.url, "u");
	assert_string_equal(seen.pin, "a=b");
	assert_true(seen.once);
	assert_int_equal(seen.words.count, 2);
	assert_string_equal(seen.words.word[0], "out");
	assert_string_equal(seen.words.word[1], "--dir");
}

static void wrong_options_are_usage(void **state)
{
	struct seen seen = {0};

	(void)state;
	assert_int_equal(read_all(ARGV(ARG("--ur")), &seen, true), EXIT_USAGE);
	assert_int_equal(read_all(ARGV(ARG("--urls")), &seen, true), EXIT_USAGE);
	assert_int_equal(read_all(ARGV(ARG("--url")), &seen, true), EXIT_USAGE);
	assert_int_equal(read_all(ARGV(ARG("--once=1")), &seen, true), EXIT_USAGE);
	assert_int_equal(read_all(ARGV(ARG("word")), &seen, false), EXIT_USAGE);
	assert_int_equal(read_all(ARGV(ARG("1"), ARG("2"), ARG("3"), ARG("4"), ARG("5"),
				      ARG("6"), ARG("7"), ARG("8"), ARG("9")),
			     &seen, true),
	    EXIT_USAGE);
}

/* --- the line between `sync` and a running counter -------------------------- */

static void pass_line_reads_back(void **state)
{
	struct sync_pass pass = {1000000, 17, UINT64_MAX, true};
	struct sync_pass again = {0};
	char line[SYNC_LINE_MAX];

	(void)state;
	sync_pass_line(ERR_NONE, &pass, line);
	assert_string_equal(line, "ok 1000000 17 18446744073709551615 1\n");
	line[strlen(line) - 1] = '\0';
	assert_int_equal(sync_pass_parse(line, &again), ERR_NONE);
	assert_int_equal(again.waiting, pass.waiting);
	assert_int_equal(again.held, pass.held);
	assert_int_equal(again.moved, pass.moved);
	assert_true(again.programme);
	sync_pass_line(ERR_FULL, &pass, line);
	assert_string_equal(line, "error full\n");
	assert_int_equal(sync_pass_parse("error full", &again), ERR_IO);
}

static void other_lines_are_no_pass(void **state)
{
	static const char *const lines[] = {"", "ok", "ok ", "ok 1", "ok 1 2 3",
	    "ok 1 2 3 4 5", "ok 1 2 3 x", "ok -1 2 3 4", "no 1 2 3 4", "ok 1  2 3 4",
	    "ok 99999999999999999999999999 2 3 4"};
	struct sync_pass pass;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lines); i++)
		assert_int_not_equal(sync_pass_parse(lines[i], &pass), ERR_NONE);
}

/* --- progress -------------------------------------------------------------- */

static void progress_says_rate_and_time_left(void **state)
{
	char line[PROGRESS_LINE_MAX];

	(void)state;
	progress_line(1000, 2000, 2000, line);
	assert_string_equal(
	    line, "[###############---------------]  50 %  1000/2000  500/s  2 s left");
	progress_line(0, 2000, 0, line);
	assert_string_equal(
	    line, "[------------------------------]   0 %  0/2000  0/s  ");
	progress_line(100, 1000000, 1000, line);
	assert_non_null(strstr(line, "100/s  2 h 46 min left"));
	progress_line(1000, 1000000, 1000, line);
	assert_non_null(strstr(line, "1000/s  16 min left"));
	progress_line(0, 0, 0, line);
	assert_non_null(strstr(line, "100 %"));
	progress_line(UINT32_MAX, UINT64_C(1) << 40, INT64_MAX, line);
	assert_true(strlen(line) < PROGRESS_LINE_MAX - 1);
}

static void progress_is_for_terminals(void **state)
{
	int ends[2];
	char byte;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	struct progress progress = progress_start(ends[1], 0);

	progress_show(&progress, 1000000, 0);
	progress_show(&progress, 10, 5000);
	progress_end(&progress);
	assert_true(read(ends[0], &byte, 1) < 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void short_backlogs_have_no_bar(void **state)
{
	int ends[2];
	char buf[256] = {0};

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	/* As if the pipe were a terminal. */
	struct progress progress = {.fd = ends[1]};

	progress_show(&progress, PROGRESS_LEAST - 1, 0);
	progress_show(&progress, 0, 1000);
	assert_true(read(ends[0], buf, sizeof buf) < 0);
	progress_show(&progress, PROGRESS_LEAST, 1000);
	assert_true(read(ends[0], buf, sizeof buf - 1) > 0);
	assert_int_equal(buf[0], '\r');
	/* Too soon for another, unless it is the last. */
	progress_show(&progress, PROGRESS_LEAST - 1, 1001);
	assert_true(read(ends[0], buf, sizeof buf) < 0);
	progress_show(&progress, 0, 1002);
	assert_true(read(ends[0], buf, sizeof buf) > 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

/* --- addresses ------------------------------------------------------------- */

static void addresses_are_https_and_a_host(void **state)
{
	static const char *const bad[] = {"", "https://", "http://central:1",
	    "central:8443", "https://a/b", "https://a?b", "https://user@host",
	    "https://a b", "https://a\n", "HTTPS://a", "https://a//", "https:///"};
	static const char *const good[] = {
	    "https://central.example:8443", "https://10.0.0.1", "https://[::1]:8443"};
	char url[URL_LEN_MAX + 1] = "untouched";
	char longest[URL_LEN_MAX + 3];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(url_normal(bad[i], url), ERR_FORMAT);
	assert_string_equal(url, "untouched");
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		assert_int_equal(url_normal(good[i], url), ERR_NONE);
		assert_string_equal(url, good[i]);
	}
	assert_int_equal(url_normal("https://h:1/", url), ERR_NONE);
	assert_string_equal(url, "https://h:1");
	memset(longest, 'a', sizeof longest);
	memcpy(longest, "https://", 8);
	longest[URL_LEN_MAX + 1] = '\0';
	assert_int_equal(url_normal(longest, url), ERR_FORMAT);
	longest[URL_LEN_MAX] = '\0';
	assert_int_equal(url_normal(longest, url), ERR_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(options_are_taken),
	    cmocka_unit_test(wrong_options_are_usage),
	    cmocka_unit_test(pass_line_reads_back),
	    cmocka_unit_test(other_lines_are_no_pass),
	    cmocka_unit_test(progress_says_rate_and_time_left),
	    cmocka_unit_test(progress_is_for_terminals),
	    cmocka_unit_test(short_backlogs_have_no_bar),
	    cmocka_unit_test(addresses_are_https_and_a_host),
	};

	return cmocka_run_group_tests(tests, quiet, NULL);
}
