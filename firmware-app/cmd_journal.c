/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app_options.h"
#include "base/banned.h"
#include "commands.h"
#include "options.h"
#include "os/log.h"
#include "terminal.h"

/* `balcao journal`: a look at the journal, beside whoever writes it. */

/* --- verify --------------------------------------------------------------- */

static void put_proved(struct journal *journal, bool json)
{
	struct journal_status status;
	char head[2 * HASH_LEN + 1];
	if (journal_status(journal, &status) != ERR_NONE)
		return;
	hex_encode(head, bytes_of(status.head, HASH_LEN));
	if (json)
		(void)printf("{\"ok\":true,\"recorded\":%" PRIu64 ",\"epoch\":%" PRIu32
			     ",\"last_seq\":%" PRIu64 ",\"head\":\"%s\"}\n",
		    status.recorded, status.epoch.number, status.last_seq, head);
	else
		(void)printf(
		    "%" PRIu64 " events prove, head %s\n", status.recorded, head);
}

static int verify(struct terminal *terminal, bool json)
{
	char reason[JOURNAL_REASON_LEN_MAX] = "";
	uint64_t bad_seq = 0;
	enum err error = journal_verify(terminal->journal, 0, &bad_seq, reason);
	if (error == ERR_NONE) {
		put_proved(terminal->journal, json);
		return 0;
	}
	if (reason[0] == '\0')
		(void)snprintf(reason, sizeof(reason), "the journal cannot be read (%s)",
		    err_name(error));
	if (json)
		(void)printf("{\"ok\":false,\"seq\":%" PRIu64 ",\"reason\":\"%s\"}\n",
		    bad_seq, reason);
	else
		(void)printf("event %" PRIu64 ": %s\n", bad_seq, reason);
	(void)fputs("balcao: the journal does not prove; keep the disk as it is and call "
		    "support.\n",
	    stderr);
	return err_exit_code(error);
}

/* --- list ----------------------------------------------------------------- */

static bool list_json(void *self, const struct journal_row *row)
{
	const struct event *event = row->event;
	const char *type = event_type_word(event->type);
	char id[2 * EVENT_ID_LEN + 1];
	(void)self;
	hex_encode(id, bytes_of(event->id, EVENT_ID_LEN));
	(void)printf("{\"epoch\":%" PRIu32 ",\"seq\":%" PRIu64
		     ",\"id\":\"%s\",\"type\":\"%s\",\"clerk\":",
	    event->epoch.number, event->seq, id, type == NULL ? "unknown" : type);
	if (event->clerk[0] == '\0')
		(void)fputs("null", stdout);
	else
		(void)printf("\"%s\"", event->clerk);
	/* What an event does not carry is null; an amount is never nought. */
	if (event->amount_cents == 0)
		(void)fputs(",\"amount_cents\":null", stdout);
	else
		(void)printf(",\"amount_cents\":%" PRId64, event->amount_cents);
	return printf(",\"points\":%" PRId64 ",\"receipted\":%s}\n",
		   event->points[EARNER_MEMBER], row->receipted ? "true" : "false") > 0;
}

static bool list_text(void *self, const struct journal_row *row)
{
	const struct event *event = row->event;
	const char *type = event_type_word(event->type);
	char id[2 * EVENT_ID_LEN + 1];
	(void)self;
	hex_encode(id, bytes_of(event->id, EVENT_ID_LEN));
	const char *state = row->refused != REFUSAL_NONE ? refusal_word(row->refused)
			    : row->receipted             ? "receipted"
							 : "waiting";
	return printf("%" PRIu32 " %8" PRIu64 " %s %-18s %-16s %12" PRId64 " %8" PRId64
		      " %s%s\n",
		   event->epoch.number, event->seq, id, type == NULL ? "unknown" : type,
		   event->clerk[0] == '\0' ? "-" : event->clerk, event->amount_cents,
		   event->points[EARNER_MEMBER],
		   row->refused != REFUSAL_NONE ? "refused: " : "", state) > 0;
}

/* --- export --------------------------------------------------------------- */

/* A CBOR sequence (RFC 8742) of the events as they are signed for. */
static bool export_bytes(void *self, const struct journal_row *row)
{
	(void)self;
	return fwrite(row->bytes.at, 1, row->bytes.len, stdout) == row->bytes.len;
}

static bool export_json(void *self, const struct journal_row *row)
{
	static char hex[2 * EVENT_BYTES_MAX + 1];
	char mark[2 * EPOCH_MARK_LEN + 1];
	(void)self;
	if (row->bytes.len > EVENT_BYTES_MAX)
		return false;
	hex_encode(hex, row->bytes);
	hex_encode(mark, bytes_of(row->event->epoch.mark, EPOCH_MARK_LEN));
	return printf("{\"epoch\":%" PRIu32 ",\"epoch_mark\":\"%s\",\"seq\":%" PRIu64
		      ",\"receipted\":%s,\"event\":\"%s\"}\n",
		   row->event->epoch.number, mark, row->event->seq,
		   row->receipted ? "true" : "false", hex) > 0;
}

static int walk(struct terminal *terminal, journal_row_fn *fn)
{
	enum err error = journal_walk(terminal->journal, 0, 0, fn, NULL);
	if (fflush(stdout) != 0 || ferror(stdout) != 0)
		return err_exit_code(ERR_IO);
	if (error == ERR_NONE)
		return 0;
	(void)fprintf(stderr,
	    "balcao: the journal cannot be read (%s); try 'balcao journal verify'.\n",
	    err_name(error));
	return err_exit_code(error);
}

static int list(struct terminal *terminal, bool json)
{
	return walk(terminal, json ? list_json : list_text);
}

static int export_all(struct terminal *terminal, bool json)
{
	return walk(terminal, json ? export_json : export_bytes);
}

static const struct action {
	const char *word;
	int (*fn)(struct terminal *terminal, bool json);
} actions[] = {
    {"verify", verify},
    {"list", list},
    {"export", export_all},
};

static const struct action *action_of(const char *word)
{
	for (size_t i = 0; i < COUNT_OF(actions); i++)
		if (strcmp(actions[i].word, word) == 0)
			return &actions[i];
	return NULL;
}

int cmd_journal(int argc, char **argv)
{
	static struct terminal terminal;
	bool json = false;
	struct option_words words;
	const struct option_row rows[] = {{"json", NULL, &json}};
	(void)argc;
	int usage = options_read(argv, rows, COUNT_OF(rows), &words);
	if (usage != 0)
		return usage;
	const struct action *action = words.count == 1 ? action_of(words.word[0]) : NULL;
	if (action == NULL)
		return usage_fault(argv[0], "needs one of verify, list, export");
	enum err error = terminal_open_read(app_options.state_dir, &terminal);
	if (error != ERR_NONE)
		return err_exit_code(error);
	int code = err_exit_code(ERR_NOT_READY);
	if (terminal.journal == NULL)
		(void)fputs(
		    "balcao: there is no journal yet: run 'balcao enrol' first.\n",
		    stderr);
	else
		code = action->fn(&terminal, json);
	terminal_close(&terminal);
	return code;
}
