/* SPDX-License-Identifier: MIT */
#include "sync_pass.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum {
	PASS_STEPS_MAX = 4096
}; /* each takes up to 64 files: an endless pass is a fault */

static uint64_t moved_by(const struct exchange_news *news)
{
	uint64_t moved = (uint64_t)news->receipts + news->gaps + news->held +
			 news->batches_cut + news->files_written;

	for (size_t i = 0; i < COSE_TYPE_COUNT_; i++)
		moved += news->letters[i];
	return moved;
}

static bool add_held(void *self, const struct journal_batch *batch)
{
	uint64_t *held = self;

	if (batch->held != HELD_NONE)
		*held += batch->count;
	return true;
}

enum err sync_pass(
    struct terminal *terminal, bool cut_everything, struct sync_pass *ret_pass)
{
	struct sync_pass pass = {0};
	struct journal_status status;
	bool more = true;

	for (unsigned i = 0; more && i < PASS_STEPS_MAX; i++) {
		struct exchange_news news = {0};
		enum err error =
		    terminal_exchange(terminal, cut_everything, &news, &more);

		if (error)
			return error;
		pass.moved += moved_by(&news);
	}
	enum err error = journal_status(terminal->journal, &status);

	if (!error)
		error =
		    journal_walk_open_batches(terminal->journal, add_held, &pass.held);
	if (error)
		return error;
	pass.waiting = status.waiting > pass.held ? status.waiting - pass.held : 0;
	pass.programme = terminal->letterbox && letterbox_programme(terminal->letterbox);
	*ret_pass = pass;
	return ERR_NONE;
}

void sync_pass_line(enum err error, const struct sync_pass *pass, char out[SYNC_LINE_MAX])
{
	if (error)
		(void)snprintf(out, SYNC_LINE_MAX, "error %s\n", err_name(error));
	else
		(void)snprintf(out, SYNC_LINE_MAX,
		    "ok %" PRIu64 " %" PRIu64 " %" PRIu64 " %d\n", pass->waiting,
		    pass->held, pass->moved, pass->programme);
}

/* The next word of `line` as a number; the line moves on. */
static enum err take_number(const char **line, uint64_t *ret_value)
{
	char word[24];
	size_t len = strcspn(*line, " ");
	enum err error = text_from_bytes(word, sizeof word, bytes_of(*line, len));

	if (error)
		return ERR_FORMAT;
	*line += len + ((*line)[len] == ' ');
	return decimal_u64(word, UINT64_MAX, ret_value);
}

enum err sync_pass_parse(const char *line, struct sync_pass *ret_pass)
{
	struct sync_pass pass = {0};
	uint64_t programme = 0;

	if (strncmp(line, "error ", 6) == 0)
		return ERR_IO;
	if (strncmp(line, "ok ", 3) != 0)
		return ERR_FORMAT;
	line += 3;
	enum err error = take_number(&line, &pass.waiting);

	if (!error)
		error = take_number(&line, &pass.held);
	if (!error)
		error = take_number(&line, &pass.moved);
	if (!error)
		error = take_number(&line, &programme);
	if (error || *line)
		return ERR_FORMAT;
	pass.programme = programme != 0;
	*ret_pass = pass;
	return ERR_NONE;
}
