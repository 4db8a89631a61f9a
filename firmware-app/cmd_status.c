/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "app_options.h"
#include "base/banned.h"
#include "commands.h"
#include "options.h"
#include "os/file.h"
#include "os/log.h"
#include "terminal.h"

/* `balcao status`: a look beside whoever holds the state, and in words what is
 * wrong with a terminal and what to do. */

enum {
	DAY_S = 24 * 3600,
	CERTIFICATE_WARN_S = 30 * DAY_S,
	DISK_LOW_BYTES = 64 * 1024 * 1024,
	HOLDER_LEN_MAX = 128,
};

struct status {
	struct terminal terminal;
	struct journal_status journal; /* zeros: no journal */
	bool has_journal;
	unsigned outbox; /* batch files */
	struct link link;
	bool has_link;
	int64_t now_ms;
	uint64_t disk_free;
	char holder[HOLDER_LEN_MAX]; /* who has the lock, or had it last */
};

/* --- looking -------------------------------------------------------------- */

static void count_outbox(struct status *status)
{
	struct names names = {0};
	if (status->terminal.spool.outbox_fd < 0 ||
	    dir_list(status->terminal.spool.outbox_fd, SPOOL_FILES_MAX, &names) !=
		ERR_NONE)
		return;
	for (size_t i = 0; i < names.count; i++) {
		struct epoch_id epoch;
		uint64_t number = 0;
		status->outbox +=
		    spool_batch_parse(names.name[i], &epoch, &number) == ERR_NONE;
	}
	names_free(&names);
}

static void look_around(struct status *status)
{
	struct terminal *terminal = &status->terminal;
	struct statvfs disk;
	struct instant now;
	size_t len = 0;
	terminal->clock->now(terminal->clock->self, &now);
	status->now_ms = now.wall_ms;
	count_outbox(status);
	status->has_link = terminal->spool.inbox_fd >= 0 &&
			   spool_link_read(&terminal->spool, &status->link) == ERR_NONE;
	if (fstatvfs(terminal->state_fd, &disk) == 0)
		status->disk_free = (uint64_t)disk.f_bavail * disk.f_frsize;
	if (file_read(terminal->state_fd, "lock", status->holder, HOLDER_LEN_MAX - 1,
		&len) != ERR_NONE)
		len = 0;
	status->holder[len] = '\0';
	status->holder[strcspn(status->holder, "\n")] = '\0';
}

/* A state directory that is not there is a terminal that is not enrolled. */
static enum err look(struct status *status)
{
	struct stat st;
	struct terminal *terminal = &status->terminal;
	*terminal = (struct terminal){.state_fd = -1,
	    .lock_fd = -1,
	    .clock = clock_system(),
	    .spool = {.outbox_fd = -1, .inbox_fd = -1}};
	enum err error = ERR_NONE;
	if (stat(app_options.state_dir, &st) == 0)
		error = terminal_open_read(app_options.state_dir, terminal);
	if (error != ERR_NONE)
		return error;
	if (terminal->journal != NULL) {
		error = journal_status(terminal->journal, &status->journal);
		status->has_journal = error == ERR_NONE;
	}
	look_around(status);
	return error;
}

static int64_t oldest_s(const struct status *status)
{
	int64_t ms = status->now_ms - status->journal.oldest_waiting_ms;
	return ms < 0 ? 0 : ms / 1000;
}

static const char *name_of(const struct status *status)
{
	if (status->terminal.identity != NULL)
		return identity_terminal(status->terminal.identity);
	return status->has_journal ? journal_terminal(status->terminal.journal) : NULL;
}

static uint64_t version_of(
    const struct status *status, enum cose_type kind, int64_t *ret_expires_ms)
{
	return status->terminal.letterbox == NULL
		   ? 0
		   : letterbox_version(status->terminal.letterbox, kind, ret_expires_ms);
}

static bool clock_is_sure(const struct status *status)
{
	return terminal_clock(&status->terminal, status->now_ms) == CLOCK_SURE;
}

/* --- for programs --------------------------------------------------------- */

static void put_text(const char *key, const char *value)
{
	if (value == NULL)
		(void)printf("\"%s\":null,", key);
	else
		(void)printf("\"%s\":\"%s\",", key, value);
}

static void put_json(const struct status *status)
{
	const struct journal_status *journal = &status->journal;
	char mark[2 * EPOCH_MARK_LEN + 1];
	char head[2 * HASH_LEN + 1];
	uint64_t programme = version_of(status, COSE_PROGRAMME, NULL);
	bool begun = journal->epoch.number != 0;
	hex_encode(mark, bytes_of(journal->epoch.mark, EPOCH_MARK_LEN));
	hex_encode(head, bytes_of(journal->head, HASH_LEN));
	(void)putchar('{');
	put_text("terminal", name_of(status));
	(void)printf("\"epoch\":%" PRIu32 ",", journal->epoch.number);
	put_text("epoch_mark", begun ? mark : NULL);
	(void)printf("\"recorded\":%" PRIu64 ",\"receipted\":%" PRIu64
		     ",\"waiting\":%" PRIu64 ",",
	    journal->recorded, journal->receipted, journal->waiting);
	if (journal->waiting == 0 || journal->oldest_waiting_ms < 0)
		(void)fputs("\"oldest_waiting_s\":null,", stdout);
	else
		(void)printf("\"oldest_waiting_s\":%" PRId64 ",", oldest_s(status));
	put_text("head", begun ? head : NULL);
	(void)printf("\"outbox\":%u,\"held\":%" PRIu64 ",\"clock\":\"%s\",",
	    status->outbox, journal->held, clock_is_sure(status) ? "sure" : "unsure");
	if (programme == 0)
		(void)fputs("\"programme\":null,", stdout);
	else
		(void)printf("\"programme\":%" PRIu64 ",", programme);
	(void)printf(
	    "\"training\":%s}\n", status->terminal.config.training ? "true" : "false");
}

/* --- for people ----------------------------------------------------------- */

/* "35 s", "12 min", "3 h", "9 days". */
static const char *age(int64_t seconds, char out[32])
{
	static const struct {
		int64_t from_s, unit_s;
		const char *unit;
	} units[] = {
	    {2 * (int64_t)DAY_S, DAY_S, "days"},
	    {7200, 3600, "h"},
	    {120, 60, "min"},
	    {INT64_MIN, 1, "s"},
	};

	for (size_t i = 0; i < COUNT_OF(units); i++)
		if (seconds >= units[i].from_s) {
			(void)snprintf(out, 32, "%" PRId64 " %s",
			    seconds / units[i].unit_s, units[i].unit);
			break;
		}
	return out;
}

/* A clock that was set back makes the contact lie ahead of it. */
static void print_contact(const struct status *status)
{
	char text[32];
	int64_t last_ms = status->has_link ? status->link.last_ok_ms : 0;
	if (last_ms <= 0)
		(void)puts("contact    never");
	else if (last_ms > status->now_ms)
		(void)puts("contact    later than this clock says it is now");
	else
		(void)printf(
		    "contact    %s ago\n", age((status->now_ms - last_ms) / 1000, text));
}

static void put_facts(const struct status *status)
{
	const struct journal_status *journal = &status->journal;
	char text[32];
	(void)printf("terminal   %s, store %s\n", name_of(status),
	    status->terminal.identity == NULL ? "?" : terminal_store(&status->terminal));
	(void)printf("recorded   %" PRIu64 " events (epoch %" PRIu32 "), %" PRIu64
		     " receipted, %" PRIu64 " waiting",
	    journal->recorded, journal->epoch.number, journal->receipted,
	    journal->waiting);
	if (journal->waiting > 0 && journal->oldest_waiting_ms >= 0)
		(void)printf(", the oldest for %s", age(oldest_s(status), text));
	(void)printf("\noutbox     %u batches to carry\n", status->outbox);
	print_contact(status);
	(void)printf("programme  %" PRIu64 ", directory %" PRIu64 "\n",
	    version_of(status, COSE_PROGRAMME, NULL),
	    version_of(status, COSE_DIRECTORY, NULL));
	(void)printf("clock      %s\n", clock_is_sure(status) ? "sure" : "unsure");
	if (status->terminal.config.training)
		(void)puts("TRAINING: nothing sold here counts");
	if (status->holder[0] != '\0') {
		char shown[2 * HOLDER_LEN_MAX];
		(void)printf("in use by  process %s\n",
		    log_escape(shown, sizeof(shown), bytes_of_text(status->holder)));
	}
}

/* Each looks at one thing and says a sentence if it is wrong: what it is, then
 * what to do. True when it spoke. */
typedef bool trouble_fn(const struct status *status);

static bool say(const char *what, const char *what_to_do)
{
	(void)printf("! %s\n    %s\n", what, what_to_do);
	return true;
}

static bool not_enrolled(const struct status *status)
{
	return status->terminal.identity == NULL &&
	       say("This terminal is not enrolled.",
		   "Get a token from the central (balcao-central token) and run "
		   "'balcao enrol'.");
}

static bool no_programme(const struct status *status)
{
	return status->terminal.identity != NULL &&
	       version_of(status, COSE_PROGRAMME, NULL) == 0 &&
	       say("No programme is adopted: nothing can be sold.",
		   "Publish one at the central (balcao-central publish), then run "
		   "'balcao sync --once'.");
}

static bool letter_expired(const struct status *status)
{
	static const enum cose_type kinds[] = {
	    COSE_PROGRAMME, COSE_DIRECTORY, COSE_TRUST};

	bool spoke = false;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		char text[96];
		int64_t expires_ms = 0;
		if (version_of(status, kinds[i], &expires_ms) == 0 ||
		    expires_ms >= status->now_ms)
			continue;
		(void)snprintf(text, sizeof(text),
		    "The %s has expired; selling goes on, redemption stops.",
		    letter_name(kinds[i]));
		spoke = say(text, "Publish a new one at the central and synchronise "
				  "('balcao sync --once').");
	}
	return spoke;
}

static bool clock_unsure(const struct status *status)
{
	return !clock_is_sure(status) &&
	       say("The clock is earlier than the last contact with the central.",
		   "Set date and time of this machine (timedatectl); sales go on and "
		   "are marked.");
}

static bool line_down(const struct status *status)
{
	static const char *const sentence[LINK_STATE_COUNT_][2] = {
	    [LINK_NONE] = {"The carrier has not reached the central yet.",
		"Start balcao-sync (systemctl start balcao-sync) or run 'balcao sync "
		"--once'."},
	    [LINK_OFF] = {"The central cannot be reached.",
		"Check cable, router and the address given at enrolment; sales go on."},
	    [LINK_TLS] = {"The central's certificate is not the expected one.",
		"Do not enrol again before asking the central's operator: somebody may "
		"stand between."},
	    [LINK_REFUSED] = {"The central answers with errors.",
		"Ask the central's operator; nothing is lost, it is tried again."},
	};
	if (status->terminal.identity == NULL)
		return false;
	enum link_state state = status->has_link ? status->link.state : LINK_NONE;
	return sentence[state][0] != NULL && say(sentence[state][0], sentence[state][1]);
}

static bool long_offline(const struct status *status)
{
	char text[96];
	int64_t days = oldest_s(status) / DAY_S;
	if (status->journal.waiting == 0 ||
	    days < status->terminal.config.stick_after_days)
		return false;
	(void)snprintf(
	    text, sizeof(text), "Records have waited for %" PRId64 " days.", days);
	return say(text, "Carry them with a USB stick: 'balcao carry out DIR', and "
			 "'balcao carry in DIR' when it comes back.");
}

static bool add_reason(void *self, const struct journal_batch *batch)
{
	bool *seen = self;
	if (batch->held > HELD_NONE && batch->held < HELD_REASON_COUNT_)
		seen[batch->held] = true;
	return true;
}

static bool batches_held(const struct status *status)
{
	char text[160];
	bool seen[HELD_REASON_COUNT_] = {false};
	if (status->journal.held == 0 ||
	    journal_walk_open_batches(status->terminal.journal, add_reason, seen) !=
		ERR_NONE)
		return false;
	int len = snprintf(
	    text, sizeof(text), "%" PRIu64 " batches are held:", status->journal.held);
	for (int i = HELD_NONE + 1; i < HELD_REASON_COUNT_; i++)
		if (seen[i])
			len += snprintf(text + len, sizeof(text) - (size_t)len, " %s",
			    held_reason_word((enum held_reason)i));
	return say(text, "The central keeps them until a person decides; nothing is "
			 "lost. Tell its operator.");
}

static bool events_refused(const struct status *status)
{
	char text[64];
	if (status->journal.refused == 0)
		return false;
	(void)snprintf(text, sizeof(text), "The central refused %" PRIu64 " events.",
	    status->journal.refused);
	return say(
	    text, "'balcao journal list' names them with the reason; tell a supervisor.");
}

static bool certificate_ends(const struct status *status)
{
	if (status->terminal.identity == NULL)
		return false;
	int64_t left_s =
	    (identity_not_after_ms(status->terminal.identity) - status->now_ms) / 1000;
	return left_s < CERTIFICATE_WARN_S &&
	       say(left_s < 0 ? "The signing certificate has expired."
			      : "The signing certificate ends within 30 days.",
		   "Enrol this terminal again with a new token; batches are taken "
		   "meanwhile.");
}

static bool disk_low(const struct status *status)
{
	return status->terminal.state_fd >= 0 && status->disk_free < DISK_LOW_BYTES &&
	       say("The disk is nearly full; a full disk refuses sales.",
		   "Make room on the disk that holds the state directory.");
}

static trouble_fn *const troubles[] = {
    not_enrolled,
    no_programme,
    letter_expired,
    clock_unsure,
    line_down,
    long_offline,
    batches_held,
    events_refused,
    certificate_ends,
    disk_low,
};

static void put_words(const struct status *status)
{
	bool spoke = false;
	if (name_of(status) != NULL)
		put_facts(status);
	for (size_t i = 0; i < COUNT_OF(troubles); i++)
		spoke |= troubles[i](status);
	if (!spoke)
		(void)puts("all is well");
}

int cmd_status(int argc, char **argv)
{
	static struct status status;
	bool json = false;
	const struct option_row rows[] = {{"json", NULL, &json}};
	(void)argc;
	int usage = options_read(argv, rows, COUNT_OF(rows), NULL);
	if (usage != 0)
		return usage;
	enum err error = look(&status);
	if (error != ERR_NONE)
		return err_exit_code(error);
	if (json)
		put_json(&status);
	else
		put_words(&status);
	terminal_close(&status.terminal);
	return fflush(stdout) == 0 ? 0 : err_exit_code(ERR_IO);
}
