/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app_options.h"
#include "base/banned.h"
#include "carry.h"
#include "commands.h"
#include "options.h"
#include "os/file.h"
#include "os/lines.h"
#include "os/socket.h"

enum {
	LOCK_WAIT_MS = 5000,
	ASK_TIMEOUT_MS = 120 * 1000, /* a slow stick */
};

typedef enum err carry_fn(
    struct terminal *terminal, const char *stick_dir, struct stick_report *ret_report);

static const struct direction {
	const char *word;
	const char *verb; /* on the socket of a running `run` */
	carry_fn *carry;
	const char *done;
	const char *nothing;
} directions[] = {
    {"out", "carry-out", carry_out, "copied to the stick",
	"nothing waits for the central"},
    {"in", "carry-in", carry_in, "taken from the stick",
	"the stick holds nothing for this terminal"},
};

static const struct direction *direction_of(const char *word)
{
	for (size_t i = 0; i < COUNT_OF(directions); i++)
		if (strcmp(directions[i].word, word) == 0)
			return &directions[i];
	return NULL;
}

/* ERR_NOT_READY: no `run` is there to ask. */
static enum err ask_running(const struct direction *direction, const char *stick_dir,
    struct stick_report *ret_report)
{
	char request[PATH_MAX + 16];
	char buf[CARRY_LINE_MAX];
	char *line = NULL;
	int state_fd = -1;
	int fd = -1;
	if (dir_open(app_options.state_dir, &state_fd) != ERR_NONE)
		return ERR_NOT_READY;
	enum err error = socket_connect(state_fd, "run.sock", &fd);
	(void)close(state_fd);
	if (error != ERR_NONE)
		return ERR_NOT_READY;
	struct lines lines = lines_of(fd, buf, sizeof(buf));
	(void)snprintf(request, sizeof(request), "%s %s\n", direction->verb, stick_dir);
	error = socket_send(fd, bytes_of_text(request), ASK_TIMEOUT_MS);
	if (error == ERR_NONE)
		error = lines_next(&lines, &line);
	error = error == ERR_NONE ? carry_parse(line, ret_report) : ERR_GONE;
	(void)close(fd);
	return error;
}

/* `ret_opened` false: why not was told there. */
static enum err carry_ourselves(const struct direction *direction, const char *stick_dir,
    struct stick_report *ret_report, bool *ret_opened)
{
	static struct terminal terminal;
	char command[32];
	(void)snprintf(command, sizeof(command), "balcao carry %s", direction->word);
	enum err error =
	    terminal_open(app_options.state_dir, command, LOCK_WAIT_MS, &terminal);
	*ret_opened = error == ERR_NONE && terminal.identity != NULL;
	if (error != ERR_NONE)
		return error;
	if (terminal.identity == NULL) {
		(void)fputs("balcao: this terminal is not enrolled: run 'balcao enrol' "
			    "first.\n",
		    stderr);
		error = ERR_NOT_READY;
	} else {
		error = direction->carry(&terminal, stick_dir, ret_report);
	}
	terminal_close(&terminal);
	return error;
}

static const char *sentence_of(const struct direction *direction, enum err error)
{
	if (error == ERR_NOT_FOUND)
		return strcmp(direction->word, "in") == 0
			   ? direction->nothing
			   : "there is no such directory; is the stick mounted?";
	if (error == ERR_FULL)
		return "it is full; make room and carry again";
	if (error == ERR_DENIED)
		return "it cannot be written by this user";
	return "it failed while copying; what was copied before is whole, carry again";
}

static int tell(const struct direction *direction, const struct stick_report *report)
{
	if (report->copied + report->there + report->torn == 0)
		(void)printf("%s\n", direction->nothing);
	else
		(void)printf("%u files %s, %u were there already\n", report->copied,
		    direction->done, report->there);
	if (report->torn == 0)
		return 0;
	(void)fprintf(stderr,
	    "balcao: %u files were not whole and were left out; copy them to the stick "
	    "again.\n",
	    report->torn);
	return err_exit_code(ERR_FORMAT);
}

int cmd_carry(int argc, char **argv)
{
	char stick_dir[PATH_MAX];
	struct option_words words;
	struct stick_report report = {0};
	(void)argc;
	int usage = options_read(argv, NULL, 0, &words);
	if (usage != 0)
		return usage;
	const struct direction *direction =
	    words.count == 2 ? direction_of(words.word[0]) : NULL;
	if (direction == NULL)
		return usage_fault(argv[0], "needs 'out DIR' or 'in DIR'");
	if (realpath(words.word[1], stick_dir) == NULL ||
	    strchr(stick_dir, '\n') != NULL) {
		(void)fprintf(stderr, "balcao: %s: no such directory.\n", words.word[1]);
		return err_exit_code(ERR_NOT_FOUND);
	}
	bool opened = true;
	enum err error = ask_running(direction, stick_dir, &report);
	if (error == ERR_NOT_READY)
		error = carry_ourselves(direction, stick_dir, &report, &opened);
	if (error == ERR_NONE)
		return tell(direction, &report);
	if (opened)
		(void)fprintf(stderr, "balcao: %s: %s.\n", stick_dir,
		    sentence_of(direction, error));
	return err_exit_code(error);
}
