/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <unistd.h>

#include "base/banned.h"
#include "central/command.h"
#include "central/reach.h"

static const char help[] =
    "Lists every event once, a JSON object a line, in order of terminal, epoch\n"
    "and seq: terminal, epoch, seq, id, type, clerk, amount_cents, member, points,\n"
    "points_claimed, refused. What is absent is null.\n";

/* One page to stdout; `ret_cursor` empty at the end of the list. */
static enum err print_page(const struct ipc_frame *reply, struct sink *ret_cursor)
{
	struct bytes lines = ipc_part(reply, 1);
	if (reply->status != 200)
		return ERR_CORRUPT;
	if (lines.len > 0 && fwrite(lines.at, 1, lines.len, stdout) != lines.len)
		return ERR_IO;
	ret_cursor->len = 0;
	sink_put(ret_cursor, ipc_part(reply, 0));
	return ret_cursor->over ? ERR_LIMIT : ERR_NONE;
}

static enum err print_all(struct reach *reach)
{
	static struct ipc_frame reply;
	uint8_t buf[64];
	struct sink cursor = sink_of(buf, sizeof buf);
	enum err err;
	do {
		struct ipc_frame request = {.verb = IPC_EVENTS};
		ipc_add(&request, sink_bytes(&cursor));
		err = reach_call(reach, &request, &reply);
		if (err == ERR_NONE)
			err = print_page(&reply, &cursor);
	} while (err == ERR_NONE && cursor.len > 0);
	return err;
}

int cmd_events(int argc, char **argv)
{
	const char *dir = NULL;
	bool json = false;
	const struct command_option options[] = {{.name = "json", .flag = &json}, {0}};
	const struct command_line line = {.usage = "events DIR --json",
	    .help = help,
	    .options = options,
	    .arguments = &dir,
	    .argument_count = 1};
	int code = 0;
	int dir_fd = -1;
	struct reach *reach = NULL;
	if (!command_parse(&line, argc, argv, &code))
		return code;
	if (!json)
		return complain(EXIT_USAGE_, "usage: balcao-central %s", line.usage);
	code = central_open(dir, &dir_fd);
	if (code != 0)
		return code;
	enum err err = reach_open(dir, dir_fd, "events", &reach);
	if (err == ERR_NONE) {
		err = print_all(reach);
		if (err != ERR_NONE)
			(void)complain_of(err, "the events of %s cannot be listed", dir);
	}
	reach_close(&reach);
	(void)close(dir_fd);
	return err == ERR_NONE ? finish_output() : err_exit_code(err);
}
