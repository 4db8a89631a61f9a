/* SPDX-License-Identifier: MIT */
#include "terminal.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"
#include "os/file.h"
#include "os/log.h"
#include "till/day.h"

enum {
	HOLDER_LEN_MAX = 128,
	VERIFY_SLICE = 200, /* rows proved in one idle turn */
	PRUNE_SLICE = 4000,
	PRUNE_EVERY_MS = 3600 * 1000,
};

/* --- opening -------------------------------------------------------------- */

static enum err told(enum err error, const char *state_dir, const char *sentence)
{
	(void)fprintf(stderr, "balcao: %s: %s\n", state_dir, sentence);
	return error;
}

struct sentence {
	enum err error;
	const char *text;
};

/* The last row stands for all other errors. */
static enum err told_by(
    enum err error, const char *state_dir, const struct sentence *sentences, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (sentences[i].error == error || i + 1 == count)
			return told(error, state_dir, sentences[i].text);
	return error;
}

static enum err open_dir(const char *state_dir, struct terminal *terminal)
{
	static const struct sentence sentences[] = {
	    {ERR_NOT_FOUND,
		"no such state directory; enrol this terminal with 'balcao enrol'"},
	    {ERR_DENIED,
		"this user may not read the state directory; run as user balcao"},
	    {ERR_IO, "the state directory cannot be opened"},
	};
	enum err error = dir_open(state_dir, &terminal->state_fd);
	return error == ERR_NONE
		   ? error
		   : told_by(error, state_dir, sentences, COUNT_OF(sentences));
}

static enum err take_lock(const char *state_dir, const char *command, int64_t wait_ms,
    struct terminal *terminal)
{
	char holder[HOLDER_LEN_MAX] = "";
	char shown[2 * HOLDER_LEN_MAX];
	enum err error = lock_take(terminal->state_fd, "lock", command, wait_ms, holder,
	    sizeof(holder), &terminal->lock_fd);
	if (error == ERR_BUSY)
		(void)fprintf(stderr,
		    "balcao: %s: in use by process %s; close it or use it, then try "
		    "again\n",
		    state_dir, log_escape(shown, sizeof(shown), bytes_of_text(holder)));
	else if (error != ERR_NONE)
		return told(error, state_dir, "the lock file cannot be written");
	return error;
}

static enum err open_identity(const char *state_dir, struct terminal *terminal)
{
	static const struct sentence sentences[] = {
	    {ERR_DENIED, "the signing key cannot be read, or others can read it; make "
			 "keys/till mode 0700 and its files 0600, owned by the till's "
			 "user"},
	    {ERR_CORRUPT,
		"signing key and certificate do not belong together; enrol again"},
	    {ERR_IO, "the signing key cannot be opened"},
	};
	enum err error =
	    identity_open(terminal->state_fd, terminal->crypto, &terminal->identity);
	if (error == ERR_NOT_READY)
		return ERR_NONE;
	if (error != ERR_NONE)
		return told_by(error, state_dir, sentences, COUNT_OF(sentences));
	error = letterbox_open(terminal->state_fd, terminal->crypto,
	    identity_ca_key(terminal->identity), identity_store(terminal->identity),
	    &terminal->letterbox);
	return error == ERR_NONE
		   ? error
		   : told(error, state_dir, "the central's letters cannot be read");
}

static struct journal_owner owner_of(const struct terminal *terminal)
{
	struct journal_owner owner = {
	    .crypto = terminal->crypto,
	    .clock = terminal->clock,
	    .software = BALCAO_VERSION,
	};
	if (terminal->identity != NULL) {
		owner.terminal = identity_terminal(terminal->identity);
		owner.signer = identity_signer(terminal->identity);
	}
	return owner;
}

static enum err journal_told(enum err error, const char *state_dir, uint64_t bad_seq)
{
	static const struct sentence sentences[] = {
	    {ERR_CONFLICT, "the journal is another terminal's; it must not be used here"},
	    {ERR_UNSUPPORTED, "the journal was made by a newer program; update this one"},
	    {ERR_FULL, "the disk is full; make room on it"},
	    {ERR_IO, "the journal cannot be opened"},
	};
	if (error != ERR_CORRUPT)
		return told_by(error, state_dir, sentences, COUNT_OF(sentences));
	(void)fprintf(stderr,
	    "balcao: %s: the journal does not prove at event %" PRIu64
	    "; keep the disk as it is and call support\n",
	    state_dir, bad_seq);
	return error;
}

/* Without an identity there is a journal only when there was one before. */
static enum err open_journal(const char *state_dir, struct terminal *terminal, bool read)
{
	struct journal_owner owner = owner_of(terminal);
	uint64_t bad_seq = 0;
	enum err error =
	    read ? journal_open_read(terminal->state_fd, &owner, &terminal->journal)
		 : journal_open(terminal->state_fd, &owner, &terminal->journal, &bad_seq);
	if (error == ERR_NOT_FOUND && (read || terminal->identity == NULL))
		return ERR_NONE;
	return error == ERR_NONE ? ERR_NONE : journal_told(error, state_dir, bad_seq);
}

/* --- events of the shell's own -------------------------------------------- */

static enum err own_event(
    struct terminal *terminal, enum event_type type, struct event *event)
{
	*event = (struct event){.type = type};
	enum err error = terminal->crypto->random(event->id, EVENT_ID_LEN);
	return error == ERR_NONE ? terminal_prepare(terminal, event) : error;
}

static enum err open_epoch(struct terminal *terminal)
{
	struct event event;
	enum err error = own_event(terminal, EVENT_EPOCH_OPENED, &event);
	if (error == ERR_NONE)
		error = journal_epoch_open(terminal->journal, &event);
	if (error == ERR_NONE)
		log_info("opened, epoch=%" PRIu32, event.epoch.number);
	return error;
}

static bool newest_version(void *self, const struct journal_row *row)
{
	*(uint64_t *)self = row->event->programme_version;
	return false;
}

/* Every event names the programme it was made under; the first one under a new
 * version is the record of its adoption. */
static enum err note_programme(struct terminal *terminal)
{
	struct event event;
	uint64_t recorded = 0;
	if (letterbox_programme(terminal->letterbox) == NULL)
		return ERR_NONE;
	uint64_t version = letterbox_version(terminal->letterbox, COSE_PROGRAMME, NULL);
	enum err error =
	    journal_walk_back(terminal->journal, 1, newest_version, &recorded);
	if (error != ERR_NONE || recorded == version)
		return error;
	error = own_event(terminal, EVENT_PROGRAMME_ADOPTED, &event);
	return error == ERR_NONE ? journal_append(terminal->journal, &event, NULL, NULL)
				 : error;
}

static void exchange_wire(struct terminal *terminal)
{
	terminal->exchange = (struct exchange){
	    .journal = terminal->journal,
	    .letterbox = terminal->letterbox,
	    .spool = &terminal->spool,
	    .crypto = terminal->crypto,
	    .clock = terminal->clock,
	};
}

static enum err start(const char *state_dir, struct terminal *terminal)
{
	enum err error = spool_open(terminal->state_fd, &terminal->spool);
	if (error != ERR_NONE)
		return told(error, state_dir, "outbox and inbox cannot be made");
	/* Both are ours to sweep: the lock is held, and the carrier's own
	 * temporaries are locked while it writes them. */
	(void)!file_sweep(terminal->spool.outbox_fd);
	exchange_wire(terminal);
	if (journal_epoch(terminal->journal).number == 0)
		error = open_epoch(terminal);
	if (error == ERR_NONE)
		error = note_programme(terminal);
	return error == ERR_NONE ? ERR_NONE : journal_told(error, state_dir, 0);
}

/* Found now rather than at the first sale. */
static enum err check_zone(const char *state_dir, const struct terminal *terminal)
{
	struct instant now;
	int offset_min = 0;
	terminal->clock->now(terminal->clock->self, &now);
	enum err error =
	    clock_offset_min(terminal->config.zone, now.wall_ms, &offset_min);
	return error == ERR_NONE
		   ? error
		   : told(ERR_FORMAT, state_dir,
			 "this machine has no data for the time zone of terminal.yaml; "
			 "install tzdata or name another zone");
}

static void terminal_empty(struct terminal *terminal)
{
	*terminal = (struct terminal){
	    .state_fd = -1,
	    .lock_fd = -1,
	    .crypto = &crypto_psa,
	    .clock = clock_system(),
	    .spool = {.outbox_fd = -1, .inbox_fd = -1},
	};
}

enum err terminal_open(const char *state_dir, const char *command, int64_t wait_ms,
    struct terminal *terminal)
{
	terminal_empty(terminal);
	enum err error = open_dir(state_dir, terminal);
	if (error == ERR_NONE)
		error = take_lock(state_dir, command, wait_ms, terminal);
	if (error == ERR_NONE)
		error = config_load(terminal->state_fd, &terminal->config);
	if (error == ERR_NONE)
		error = check_zone(state_dir, terminal);
	if (error == ERR_NONE)
		error = open_identity(state_dir, terminal);
	if (error == ERR_NONE)
		error = open_journal(state_dir, terminal, false);
	if (error == ERR_NONE && terminal->identity != NULL)
		error = start(state_dir, terminal);
	if (error != ERR_NONE)
		terminal_close(terminal);
	return error;
}

enum err terminal_open_read(const char *state_dir, struct terminal *terminal)
{
	terminal_empty(terminal);
	enum err error = open_dir(state_dir, terminal);
	if (error == ERR_NONE)
		error = config_load(terminal->state_fd, &terminal->config);
	if (error == ERR_NONE)
		error = open_identity(state_dir, terminal);
	if (error == ERR_NONE)
		error = open_journal(state_dir, terminal, true);
	if (error == ERR_NONE && terminal->identity != NULL) {
		error = spool_open(terminal->state_fd, &terminal->spool);
		if (error != ERR_NONE)
			(void)told(error, state_dir, "outbox and inbox cannot be read");
	}
	if (error != ERR_NONE)
		terminal_close(terminal);
	return error;
}

void terminal_close(struct terminal *terminal)
{
	session_wipe(&terminal->session);
	journal_close(&terminal->journal);
	letterbox_close(&terminal->letterbox);
	identity_close(&terminal->identity);
	spool_close(&terminal->spool);
	lock_release(&terminal->lock_fd);
	if (terminal->state_fd >= 0)
		(void)close(terminal->state_fd);
	terminal_empty(terminal);
}

/* --- recording ------------------------------------------------------------ */

const char *terminal_store(const struct terminal *terminal)
{
	return terminal->identity == NULL ? "" : identity_store(terminal->identity);
}

enum clock_state terminal_clock(const struct terminal *terminal, int64_t wall_ms)
{
	int64_t floor_ms = terminal->journal == NULL
			       ? JOURNAL_RELEASE_MS
			       : journal_floor_ms(terminal->journal);
	return wall_ms < floor_ms ? CLOCK_UNSURE : CLOCK_SURE;
}

enum err terminal_prepare(struct terminal *terminal, struct event *event)
{
	const struct config *config = &terminal->config;
	struct instant now;
	terminal->clock->now(terminal->clock->self, &now);
	if (event->wall_ms == 0) {
		event->wall_ms = now.wall_ms;
		event->mono_ms = now.mono_ms;
	}
	memcpy(event->boot_id, now.boot_id, BOOT_ID_LEN);
	event->training = config->training;
	event->clock = terminal_clock(terminal, event->wall_ms);
	enum err error = text_copy(event->zone, sizeof(event->zone), config->zone);
	if (error == ERR_NONE)
		error = clock_offset_min(
		    config->zone, event->wall_ms, &event->utc_offset_min);
	if (error != ERR_NONE)
		return error;
	event->business_day = business_day(
	    event->wall_ms, event->utc_offset_min, config->day_starts_minute);
	if (terminal->letterbox != NULL) {
		event->programme_version =
		    letterbox_version(terminal->letterbox, COSE_PROGRAMME, NULL);
		event->directory_version =
		    letterbox_version(terminal->letterbox, COSE_DIRECTORY, NULL);
	}
	return ERR_NONE;
}

static bool session_due(const struct terminal *terminal, int64_t mono_ms)
{
	return !terminal->session_live ||
	       terminal->session.counter >= SESSION_EVENTS_MAX ||
	       mono_ms - terminal->session_mono_ms >= (int64_t)SESSION_AGE_MAX_S * 1000;
}

static enum err session_renew(struct terminal *terminal)
{
	struct instant now;
	const struct trust *trust = letterbox_trust(terminal->letterbox);
	const struct trust_key *key =
	    trust == NULL ? NULL : trust_current(trust, TRUST_SEAL);
	if (key == NULL)
		return ERR_NOT_READY;
	terminal->clock->now(terminal->clock->self, &now);
	if (!session_due(terminal, now.mono_ms))
		return ERR_NONE;
	session_wipe(&terminal->session);
	terminal->session_live = false;
	enum err error =
	    session_new(terminal->crypto, key->key, key->key_id, &terminal->session);
	if (error != ERR_NONE)
		return error;
	terminal->session_mono_ms = now.mono_ms;
	terminal->session_live = true;
	return ERR_NONE;
}

enum err terminal_record(
    struct terminal *terminal, struct event *event, const struct person *person)
{
	if (terminal->journal == NULL || terminal->letterbox == NULL ||
	    letterbox_programme(terminal->letterbox) == NULL)
		return ERR_NOT_READY;
	enum err error = session_renew(terminal);
	if (error == ERR_NONE)
		error = terminal_prepare(terminal, event);
	if (error == ERR_NONE)
		error =
		    journal_append(terminal->journal, event, person, &terminal->session);
	return error;
}

/* --- looking up ----------------------------------------------------------- */

struct taking {
	const struct terminal *terminal;
	struct found_sale *found;
	enum err error;
};

/* Another terminal may have an event with the same id: then it is not ours. */
static bool take_reference(void *self, const struct journal_row *row)
{
	struct taking *taking = self;
	const struct event *event = row->event;
	struct found_sale *found = taking->found;
	const char *ours = journal_terminal(taking->terminal->journal);
	if (strcmp(event->reference.terminal, ours) != 0)
		return true;
	if (event->type == EVENT_VOID)
		found->voided = true;
	if (event->type != EVENT_RETURN)
		return true;
	taking->error = points_keep(&found->kept, event);
	for (size_t i = 0; i < EARNER_COUNT; i++)
		found->taken[i] += event->points[i];
	return taking->error == ERR_NONE;
}

enum err terminal_find(
    struct terminal *terminal, const uint8_t id[EVENT_ID_LEN], struct found_sale *ret)
{
	struct taking taking = {.terminal = terminal, .found = ret};
	memset(ret->taken, 0, sizeof(ret->taken));
	ret->voided = false;
	if (terminal->journal == NULL)
		return ERR_NOT_FOUND;
	enum err error = journal_find(terminal->journal, id, ret->buf, &ret->event);
	if (error != ERR_NONE)
		return error;
	/* Exercises undo exercises, sales undo sales: else a figure that counts
	 * nowhere would be taken from one that does. */
	if (ret->event.training != terminal->config.training)
		return ERR_NOT_FOUND;
	ret->kept = ret->event;
	error = journal_walk_references(terminal->journal, id, take_reference, &taking);
	return error == ERR_NONE ? taking.error : error;
}

/* --- exchange and idle work ----------------------------------------------- */

static void sealing_key_changed(struct terminal *terminal)
{
	uint8_t session_id[SESSION_ID_LEN];
	uint8_t key_id[KEY_ID_LEN];
	const struct trust *trust = letterbox_trust(terminal->letterbox);
	const struct trust_key *key =
	    trust == NULL ? NULL : trust_current(trust, TRUST_SEAL);
	struct bytes recipient =
	    bytes_of(terminal->session.recipient, terminal->session.recipient_len);
	if (!terminal->session_live)
		return;
	if (key == NULL || session_name(recipient, session_id, key_id) != ERR_NONE ||
	    memcmp(key_id, key->key_id, KEY_ID_LEN) != 0)
		terminal->session_live = false;
}

enum err terminal_exchange(struct terminal *terminal, bool cut_everything,
    struct exchange_news *ret_news, bool *ret_more)
{
	if (terminal->identity == NULL || terminal->journal == NULL)
		return ERR_NOT_READY;
	enum err error =
	    exchange_step(&terminal->exchange, cut_everything, ret_news, ret_more);
	if (ret_news->letters[COSE_TRUST])
		sealing_key_changed(terminal);
	if (ret_news->letters[COSE_PROGRAMME] && error == ERR_NONE)
		error = note_programme(terminal);
	if (ret_news->epoch_wanted && error == ERR_NONE) {
		error = open_epoch(terminal);
		*ret_more = true; /* nothing was cut yet */
	}
	return error;
}

static bool verify_some(struct terminal *terminal)
{
	char reason[JOURNAL_REASON_LEN_MAX] = "";
	enum err error =
	    journal_verify(terminal->journal, VERIFY_SLICE, &terminal->bad_seq, reason);
	if (error == ERR_BUSY)
		return true;
	terminal->verified = true;
	if (error == ERR_CORRUPT) {
		terminal->journal_bad = true;
		log_error("%s", reason);
	}
	return false;
}

bool terminal_tend(struct terminal *terminal)
{
	struct instant now;
	uint64_t pruned = 0;
	if (terminal->journal == NULL)
		return false;
	if (!terminal->verified)
		return verify_some(terminal);
	terminal->clock->now(terminal->clock->self, &now);
	if (terminal->journal_bad ||
	    (terminal->pruned_mono_ms != 0 &&
		now.mono_ms - terminal->pruned_mono_ms < PRUNE_EVERY_MS))
		return false;
	enum err error = journal_prune(terminal->journal, PRUNE_SLICE, &pruned);
	if (error != ERR_NONE)
		log_warn("not pruned, error=%s", err_name(error));
	if (error != ERR_NONE || pruned == 0)
		terminal->pruned_mono_ms = now.mono_ms;
	return error == ERR_NONE && pruned > 0;
}
