/* SPDX-License-Identifier: MIT */
#include "commands.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app_options.h"
#include "base/banned.h"
#include "options.h"
#include "os/file.h"
#include "os/lines.h"
#include "os/log.h"
#include "os/socket.h"
#include "record.h"

enum {
	LOCK_WAIT_MS = 5000,
	ASK_TIMEOUT_MS = 30000,
	EXCHANGE_IDLE_MS = 300,  /* since the last one, when nothing is asked */
	EXCHANGE_BUSY_MS = 1500, /* and when requests keep coming */
	END_TURNS = 8,
};

/* `balcao record`: JSON lines in, one JSON line out each, after its commit. */
struct recorder {
	struct terminal terminal;
	int run_fd; /* a running `balcao run`, or -1: we record ourselves */
	struct lines from_run;
	char run_buf[RECORD_ANSWER_MAX + 1];
	struct lines requests;
	char buf[RECORD_LINE_MAX + 1];
	int64_t exchanged_ms;
};

static int64_t mono_ms(void)
{
	struct instant now;
	clock_system()->now(clock_system()->self, &now);
	return now.mono_ms;
}

/* Straight to the descriptor: no buffer of the library's keeps a copy, and an
 * answer is out before the next request is read. */
static enum err answer_write(struct bytes answer)
{
	while (answer.len > 0) {
		ssize_t n = write(STDOUT_FILENO, answer.at, answer.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_GONE;
		answer.at += n;
		answer.len -= (size_t)n;
	}
	return ERR_NONE;
}

/* Rows become batches while we hold the lock. Faults here are the next one's to
 * meet again: what is recorded is safe. */
static void exchange(struct recorder *recorder, bool at_end)
{
	struct exchange_news news = {0};
	struct journal_status status;
	bool more = true;
	bool everything = false;
	/* The last events would wait for whoever comes next. */
	if (at_end && journal_status(recorder->terminal.journal, &status) == ERR_NONE)
		everything = status.open_batches < JOURNAL_OPEN_BATCHES_MAX;
	enum err error = ERR_NONE;
	for (int i = 0; more && error == ERR_NONE && i < (at_end ? END_TURNS : 1); i++)
		error = terminal_exchange(&recorder->terminal, everything, &news, &more);
	if (error != ERR_NONE)
		log_warn("not done, error=%s", err_name(error));
	recorder->exchanged_ms = mono_ms();
}

static bool line_is_here(const struct lines *lines)
{
	return memchr(lines->buf + lines->start, '\n', lines->len - lines->start) != NULL;
}

/* Returns when there is something to read. */
static void wait_for_request(struct recorder *recorder)
{
	struct pollfd input = {.fd = recorder->requests.fd, .events = POLLIN};
	for (;;) {
		int64_t since_ms = mono_ms() - recorder->exchanged_ms;
		bool here = line_is_here(&recorder->requests);
		if (since_ms >= EXCHANGE_BUSY_MS)
			exchange(recorder, false);
		if (here)
			return;
		int n = poll(&input, 1, EXCHANGE_IDLE_MS);
		if (n > 0 || (n < 0 && errno != EINTR))
			return;
		exchange(recorder, false);
		(void)terminal_tend(&recorder->terminal);
	}
}

/* --- by a running `run` --------------------------------------------------- */

static enum err run_ask(struct recorder *recorder, const char *line, struct sink *answer)
{
	char *said = NULL;
	enum err error =
	    socket_send(recorder->run_fd, bytes_of_text(line), ASK_TIMEOUT_MS);
	if (error == ERR_NONE)
		error =
		    socket_send(recorder->run_fd, bytes_of_text("\n"), ASK_TIMEOUT_MS);
	if (error == ERR_NONE)
		error = lines_next(&recorder->from_run, &said);
	if (error != ERR_NONE)
		return ERR_GONE;
	sink_put(answer, bytes_of_text(said));
	sink_u8(answer, '\n');
	return ERR_NONE;
}

/* --- requests ------------------------------------------------------------- */

static enum err request_answer(
    struct recorder *recorder, enum err read, const char *line, struct sink *answer)
{
	if (read == ERR_LIMIT) {
		record_too_long(answer);
		return ERR_NONE;
	}
	if (recorder->run_fd >= 0)
		return run_ask(recorder, line, answer);
	record_line(&recorder->terminal, line, strlen(line), answer);
	return ERR_NONE;
}

static enum err serve(struct recorder *recorder)
{
	for (;;) {
		char bytes[RECORD_ANSWER_MAX];
		struct sink answer = sink_of(bytes, sizeof(bytes));
		char *line = NULL;
		if (recorder->run_fd < 0)
			wait_for_request(recorder);
		enum err read = lines_next(&recorder->requests, &line);
		if (read == ERR_NOT_FOUND)
			return ERR_NONE;
		if (read != ERR_NONE && read != ERR_LIMIT)
			return read;
		enum err error = request_answer(recorder, read, line, &answer);
		if (read == ERR_NONE) /* not first when the next one comes */
			explicit_bzero(line, strlen(line));
		if (error == ERR_NONE)
			error = answer_write(sink_bytes(&answer));
		if (error != ERR_NONE)
			return error;
	}
}

/* --- whose journal -------------------------------------------------------- */

/* ERR_NOT_FOUND: no `run` is there to ask. */
static enum err run_connect(struct recorder *recorder)
{
	int state_fd = -1;
	recorder->run_fd = -1;
	enum err error = dir_open(app_options.state_dir, &state_fd);
	if (error != ERR_NONE)
		return ERR_NOT_FOUND; /* terminal_open tells it better */
	error = socket_connect(state_fd, "run.sock", &recorder->run_fd);
	(void)close(state_fd);
	if (error == ERR_NONE)
		error = socket_send(
		    recorder->run_fd, bytes_of_text("record\n"), ASK_TIMEOUT_MS);
	if (error != ERR_NONE) {
		if (recorder->run_fd >= 0)
			(void)close(recorder->run_fd);
		recorder->run_fd = -1;
		return ERR_NOT_FOUND;
	}
	recorder->from_run =
	    lines_of(recorder->run_fd, recorder->run_buf, sizeof(recorder->run_buf));
	return ERR_NONE;
}

static enum err recorder_open(struct recorder *recorder)
{
	enum err error = run_connect(recorder);
	if (error != ERR_NOT_FOUND)
		return error;
	error = terminal_open(
	    app_options.state_dir, "balcao record", LOCK_WAIT_MS, &recorder->terminal);
	if (error != ERR_NONE || recorder->terminal.identity != NULL)
		return error;
	(void)fprintf(
	    stderr, "balcao: this terminal is not enrolled: run 'balcao enrol' first.\n");
	terminal_close(&recorder->terminal);
	return ERR_NOT_READY;
}

static void recorder_close(struct recorder *recorder)
{
	lines_wipe(&recorder->requests);
	if (recorder->run_fd >= 0) {
		lines_wipe(&recorder->from_run);
		(void)close(recorder->run_fd);
		return;
	}
	exchange(recorder, true);
	terminal_close(&recorder->terminal);
}

int cmd_record(int argc, char **argv)
{
	static struct recorder recorder;
	(void)argc;
	int usage = options_read(argv, NULL, 0, NULL);
	if (usage != 0)
		return usage;
	enum err error = recorder_open(&recorder);
	if (error != ERR_NONE)
		return err_exit_code(error);
	recorder.exchanged_ms = mono_ms();
	recorder.requests = lines_of(STDIN_FILENO, recorder.buf, sizeof(recorder.buf));
	error = serve(&recorder);
	if (error == ERR_GONE)
		(void)fputs("balcao: whoever asked or answered has gone; what has no "
			    "answer may be tried again with the same id.\n",
		    stderr);
	else if (error != ERR_NONE)
		(void)fprintf(
		    stderr, "balcao: requests cannot be read (%s).\n", err_name(error));
	recorder_close(&recorder);
	return err_exit_code(error);
}
