/* SPDX-License-Identifier: MIT */
/*
 * A program with a screen, seen from its terminal (a pty of 24 lines and 80
 * columns):
 *     screen TYPED KEYS EVERY_MS PROGRAM [ARGUMENT...]
 * starts it, waits for its first whole screen, sends TYPED (what opens the shift,
 * say; "\r" as itself), then KEYS times a digit or the key that takes it back,
 * one each EVERY_MS and the time until the answer is whole on the screen. A
 * screen is whole when nothing follows for a while; the time is that of its
 * last byte. Prints one JSON line: start, p50, p99 and most of the keys in us; RSS, PSS
 * and private memory in KiB after them. The program is asked to end, and killed.
 */
#define _GNU_SOURCE /* forkpty, ppoll */
#include "bench.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

enum {
	SCREEN_QUIET_US = 150000, /* after what was typed, and before the keys */
	FIRST_QUIET_US = 4000,    /* after the bytes of the first screen */
	FIRST_LEN_MIN = 1000,     /* any screen is longer than what prepares it */
	KEY_QUIET_US = 2000,      /* after the bytes of one answer */
	ANSWER_MAX_US = 5000000,
	START_MAX_US = 20000000,
	BACKSPACE = 0x7f,
	KEYS_MAX = 100000,
};

static int tty;
static pid_t child;
static char last_screen[1 << 16];
static size_t last_len;

static int waits_us(double us)
{
	struct pollfd in = {.fd = tty, .events = POLLIN};
	struct timespec limit = {
	    .tv_sec = (time_t)(us / 1e6), .tv_nsec = (long)us % 1000000 * 1000};
	return ppoll(&in, 1, &limit, NULL) > 0;
}

/* Takes what comes until it is quiet; gives when the last byte came, or 0 when
 * nothing did within `max_us`. */
static double drain(double max_us, double quiet_us)
{
	double last = 0;
	last_len = 0;
	while (waits_us(last > 0 ? quiet_us : max_us)) {
		char *at = last_screen + last_len % (sizeof(last_screen) / 2);
		ssize_t got = read(tty, at, sizeof(last_screen) / 2);
		if (got <= 0)
			break;
		last_len += (size_t)got;
		last = now_us();
	}
	return last;
}

static double start(char **argv)
{
	const struct winsize size = {.ws_row = 24, .ws_col = 80};
	double began = now_us();
	child = forkpty(&tty, NULL, NULL, &size);
	if (child == 0) {
		(void)setenv("TERM", "xterm-256color", 1);
		(void)execv(argv[0], argv);
		_exit(127);
	}
	must_be(child > 0, "pty");
	double whole = 0;
	size_t len = 0;
	while (len < FIRST_LEN_MIN) {
		whole = drain(START_MAX_US, FIRST_QUIET_US);
		must_be(whole > 0, "no first screen");
		len += last_len;
	}
	(void)drain(SCREEN_QUIET_US, SCREEN_QUIET_US);
	return whole - began;
}

static void type_text(const char *text)
{
	for (; *text != '\0'; text++) {
		must_be(write(tty, text, 1) == 1, "key");
		(void)drain(ANSWER_MAX_US, KEY_QUIET_US * 20);
	}
	(void)drain(SCREEN_QUIET_US * 4, SCREEN_QUIET_US * 2);
}

/* What the clock or the status line changes by itself between two keys is taken
 * before the key. */
static void press(double *us, long keys, long every_ms)
{
	for (long i = 0; i < keys; i++) {
		char key = i % 2 == 0 ? (char)('1' + i / 2 % 9) : BACKSPACE;
		(void)usleep((useconds_t)every_ms * 1000);
		(void)drain(0, 0);
		double began = now_us();
		must_be(write(tty, &key, 1) == 1, "key");
		double last = drain(ANSWER_MAX_US, KEY_QUIET_US);
		must_be(last > 0, "a key without an answer");
		us[i] = last - began;
	}
}

static long memory_kib(const char *what)
{
	char path[64];
	char line[128];
	long sum = 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)child);
	FILE *rollup = fopen(path, "r");
	must_be(rollup != NULL, path);
	while (fgets(line, sizeof(line), rollup) != NULL)
		if (strncmp(line, what, strlen(what)) == 0)
			sum += strtol(strchr(line, ':') + 1, NULL, 10);
	(void)fclose(rollup);
	return sum;
}

static void stop(void)
{
	(void)kill(child, SIGTERM);
	for (int i = 0; i < 200; i++) {
		if (waitpid(child, NULL, WNOHANG) == child)
			return;
		(void)drain(10000, 0);
	}
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
}

int main(int argc, char **argv)
{
	must_be(argc > 4, "usage: screen TYPED KEYS EVERY_MS PROGRAM ...");
	long keys = strtol(argv[2], NULL, 10);
	long every_ms = strtol(argv[3], NULL, 10);
	static double us[KEYS_MAX];
	must_be(keys >= 0 && keys <= KEYS_MAX, "keys");
	double started_us = start(argv + 4);
	type_text(argv[1]);
	press(us, keys, every_ms);
	printf("{\"start_us\": %.0f, \"keys\": %ld", started_us, keys);
	if (keys > 0) {
		const double p99_us = quantile(us, (size_t)keys, 0.99); /* sorts */
		printf(", \"p50_us\": %.1f, \"p99_us\": %.1f, \"most_us\": %.1f",
		    us[keys / 2], p99_us, us[keys - 1]);
	}
	printf(", \"rss_kib\": %ld, \"pss_kib\": %ld, \"private_kib\": %ld}\n",
	    memory_kib("Rss:"), memory_kib("Pss:"), memory_kib("Private_"));
	stop();
	return EXIT_SUCCESS;
}
