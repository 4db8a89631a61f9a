/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/banned.h"

#include "sync/letterbox.h"

/* What the status line is told: facts from the journal, the carrier's link file,
 * the letters and the disk, put into words ids. */
enum {
	LINK_STALE_MS = 20 * 60 * 1000, /* the carrier tries every 15 minutes at least */
	CERTIFICATE_SOON_DAYS = 30,
};

static const int64_t day_ms = INT64_C(24) * 3600 * 1000;
static const uint64_t disk_low_bytes = UINT64_C(64) * 1024 * 1024;
static const uint64_t event_bytes = 600; /* of the disk, for one sale */

struct facts {
	int64_t now_ms;
	struct journal_status journal;
	struct link link;
	uint64_t free_bytes;
	int64_t programme_until_ms; /* 0: none */
};

static struct sentence say_n(enum word word, int64_t n)
{
	struct sentence sentence = {.word = word};
	(void)snprintf(sentence.arg[0], sizeof(sentence.arg[0]), "%lld", (long long)n);
	return sentence;
}

static void facts_collect(const struct run *run, struct facts *facts)
{
	const struct terminal *terminal = &run->terminal;
	struct instant now;
	struct statvfs disk;
	terminal->clock->now(terminal->clock->self, &now);
	memset(facts, 0, sizeof(*facts));
	facts->now_ms = now.wall_ms;
	facts->journal.oldest_waiting_ms = -1;
	facts->free_bytes = UINT64_MAX;
	if (terminal->journal != NULL &&
	    journal_status(terminal->journal, &facts->journal) != ERR_NONE)
		facts->journal.oldest_waiting_ms = -1;
	if (terminal->letterbox == NULL)
		return;
	if (spool_link_read(&terminal->spool, &facts->link) != ERR_NONE)
		facts->link = (struct link){0};
	if (fstatvfs(terminal->state_fd, &disk) == 0)
		facts->free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
	(void)letterbox_version(
	    terminal->letterbox, COSE_PROGRAMME, &facts->programme_until_ms);
}

/* --- the line ------------------------------------------------------------------------
 */

static void link_tell(const struct facts *facts, struct view_status *shown)
{
	static const struct {
		enum word word;
		enum tone tone;
	} lines[LINK_STATE_COUNT_] = {
	    [LINK_NONE] = {W_LINK_NEVER, TONE_WARN},
	    [LINK_ON] = {W_LINK_ON, TONE_GOOD},
	    [LINK_OFF] = {W_LINK_OFF, TONE_WARN},
	    [LINK_TLS] = {W_LINK_REFUSED, TONE_ALERT},
	    [LINK_REFUSED] = {W_LINK_REFUSED, TONE_ALERT},
	};

	bool stale = facts->link.state == LINK_ON && facts->journal.waiting > 0 &&
		     facts->now_ms - facts->link.at_ms > LINK_STALE_MS;
	shown->link.word = stale ? W_LINK_STOPPED : lines[facts->link.state].word;
	shown->link_tone = stale ? TONE_WARN : lines[facts->link.state].tone;
}

static int64_t days_offline(const struct facts *facts)
{
	int64_t since_ms = facts->link.last_ok_ms;
	if (since_ms < facts->journal.last_central_ms)
		since_ms = facts->journal.last_central_ms;
	if (since_ms == 0)
		since_ms = facts->journal.oldest_waiting_ms;
	if (facts->journal.waiting == 0 || since_ms < 0 || since_ms > facts->now_ms)
		return 0;
	return (facts->now_ms - since_ms) / day_ms;
}

static struct sentence stick_warn(const struct facts *facts, int64_t days)
{
	struct sentence sentence = say_n(W_WARN_STICK, days);
	uint64_t room = facts->free_bytes / event_bytes;
	if (room > 999999)
		room = 999999;
	(void)snprintf(
	    sentence.arg[1], sizeof(sentence.arg[1]), "%llu", (unsigned long long)room);
	return sentence;
}

static struct sentence certificate_warn(const struct run *run, const struct facts *facts)
{
	if (run->terminal.identity == NULL)
		return (struct sentence){0};
	int64_t left_ms = identity_not_after_ms(run->terminal.identity) - facts->now_ms;
	if (left_ms <= 0)
		return (struct sentence){.word = W_WARN_CERT_OVER};
	if (left_ms < CERTIFICATE_SOON_DAYS * day_ms)
		return say_n(W_WARN_CERT, left_ms / day_ms);
	return (struct sentence){0};
}

/* The most urgent one: there is one place for it. */
static struct sentence warn_choose(const struct run *run, const struct facts *facts)
{
	int64_t days = days_offline(facts);
	if (run->terminal.journal_bad)
		return (struct sentence){.word = W_JOURNAL_BROKEN};
	if (facts->free_bytes < JOURNAL_RESERVE_BYTES)
		return (struct sentence){.word = W_DISK_FULL};
	if (facts->free_bytes < disk_low_bytes)
		return (struct sentence){.word = W_DISK_LOW};
	if (facts->journal.held > 0)
		return say_n(W_WARN_HELD, (int64_t)facts->journal.held);
	if (days >= run->terminal.config.stick_after_days)
		return stick_warn(facts, days);
	return certificate_warn(run, facts);
}

/* --- refused events, for the supervisor ------------------------------------------------
 */

static bool refused_row(void *self, const struct journal_row *row)
{
	enum refusal *reason = self;
	if (row->refused == REFUSAL_NONE)
		return true;
	*reason = row->refused;
	return false;
}

/* The reason of the newest one; looked for when there is one more, not each second. */
static struct sentence supervisor_warn(struct run *run, const struct facts *facts)
{
	enum { ROWS_MAX = 2000 };

	if (facts->journal.refused == 0)
		return (struct sentence){0};
	if (facts->journal.refused != run->refused_count &&
	    journal_walk_back(run->terminal.journal, ROWS_MAX, refused_row,
		&run->refused_reason) == ERR_NONE)
		run->refused_count = facts->journal.refused;
	struct sentence sentence = say_n(W_WARN_REFUSED, (int64_t)facts->journal.refused);
	(void)snprintf(sentence.arg[1], sizeof(sentence.arg[1]), "%s",
	    refusal_word(run->refused_reason));
	return sentence;
}

void run_status_tell(struct run *run)
{
	struct facts facts;
	struct till_status status;
	facts_collect(run, &facts);
	memset(&status, 0, sizeof(status)); /* padding too: it is compared below */
	struct view_status *shown = &status.shown;
	status.enrolled = run->terminal.identity != NULL;
	link_tell(&facts, shown);
	shown->waiting = facts.journal.waiting;
	shown->oldest_s = -1;
	if (facts.journal.oldest_waiting_ms >= 0)
		shown->oldest_s =
		    facts.now_ms > facts.journal.oldest_waiting_ms
			? (facts.now_ms - facts.journal.oldest_waiting_ms) / 1000
			: 0;
	shown->clock_unsure = facts.now_ms < facts.journal.last_central_ms;
	shown->programme_expired =
	    facts.programme_until_ms != 0 && facts.now_ms > facts.programme_until_ms;
	shown->warn = warn_choose(run, &facts);
	status.supervisor = supervisor_warn(run, &facts);
	/* A difference that only padding makes costs one repaint, no more. */
	// NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-exp42-c,cert-flp37-c)
	if (memcmp(&status, &run->status, sizeof(status)) == 0)
		return;
	run->status = status;
	counter_status(run->counter, &status);
}

static void status_turn(void *self)
{
	struct run *run = self;
	run->status_timer = 0;
	run_status_tell(run);
}

void run_status_soon(struct run *run)
{
	if (run->status_timer == 0)
		run->status_timer = loop_timer_start(run->loop, 0, status_turn, run);
}

void run_status_stop(struct run *run)
{
	if (run->status_timer != 0)
		loop_timer_stop(run->loop, run->status_timer);
	run->status_timer = 0;
}
