/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <string.h>

#include "base/banned.h"

#include "os/log.h"
#include "sync/letterbox.h"
#include "sync/stretch.h"

/*
 * A PIN is checked and a CPF or phone is stretched in a child (Argon2id, tens of
 * milliseconds by design); the loop goes on meanwhile and the answer comes back
 * as an input with its ticket.
 */

/* --- PINs ------------------------------------------------------------------------- */

/* Request: the PIN, NUL, its encoded hash, NUL. Answer: one byte, 1 when right. */
static enum err pin_work(
    struct bytes request, uint8_t ret[CHILD_ANSWER_MAX], size_t *ret_len)
{
	const char *pin = (const char *)request.at;
	const char *encoded = pin + strlen(pin) + 1;
	enum err error = pin_check(pin, encoded);
	if (error != ERR_NONE && error != ERR_DENIED)
		return error;
	ret[0] = error == ERR_NONE;
	*ret_len = 1;
	return ERR_NONE;
}

static void pin_done(void *self, enum err error, struct bytes answer)
{
	struct run *run = self;
	bool right = error == ERR_NONE && answer.len == 1 && answer.at[0] == 1;
	child_free(&run->pin_child);
	counter_pin(run->counter, run->pin_ticket, error, right);
}

static void pin_failed(void *self)
{
	struct run *run = self;
	run->pin_timer = 0;
	counter_pin(run->counter, run->pin_ticket, ERR_MEMORY, false);
}

void run_check_pin(void *self, const char *clerk, const char *pin, uint32_t ticket)
{
	struct run *run = self;
	char request[64 + PIN_HASH_LEN_MAX + 2];
	struct sink out = sink_of(request, sizeof(request));
	const struct till_config config = run_till_config(run);
	const struct clerk *entry =
	    config.programme == NULL
		? NULL
		: programme_clerk(config.programme, clerk, config.store);
	/* A clerk who left meanwhile gets a hash that nothing fits. */
	const char *hash = entry != NULL ? entry->pin_hash : "";
	sink_put(&out, bytes_of(pin, strlen(pin) + 1));
	sink_put(&out, bytes_of(hash, strlen(hash) + 1));
	run->pin_ticket = ticket;
	const struct child_job job = {.work = pin_work,
	    .request = sink_bytes(&out),
	    .timeout_ms = RUN_PIN_TIMEOUT_MS,
	    .done = pin_done,
	    .self = run};
	enum err error = child_start(run->loop, &job, &run->pin_child);
	explicit_bzero(request, sizeof(request));
	if (error != ERR_NONE) {
		log_error("no child for a PIN, error=%s", err_name(error));
		run->pin_timer = loop_timer_start(run->loop, 0, pin_failed, run);
	}
}

/* --- members ----------------------------------------------------------------------- */

static void look_answer(
    struct run *run, enum err error, const struct directory_entry *entry)
{
	person_wipe(&run->look_person);
	counter_member(run->counter, run->look_ticket, error, entry);
}

static void look_open(struct run *run, struct bytes secret)
{
	struct directory directory;
	struct directory_key key = {0};
	struct directory_entry entry = {0};
	struct letterbox *letterbox = run->terminal.letterbox;
	enum err error = letterbox_directory(letterbox, &directory);
	if (error == ERR_NONE)
		error = directory_key_from(
		    run->terminal.crypto, directory.salt, secret, &key);
	if (error == ERR_NONE)
		error = letterbox_lookup(letterbox, &key, &entry);
	look_answer(run, error, &entry);
	explicit_bzero(&key, sizeof(key));
	explicit_bzero(&entry, sizeof(entry));
}

struct stretch_request {
	uint8_t salt[DIRECTORY_SALT_LEN];
	uint32_t memory_kib;
	uint32_t passes;
	uint32_t lanes;
	char identifier[MEMBER_TEXT_LEN_MAX + 1];
};

static enum err stretch_work(
    struct bytes request, uint8_t ret[CHILD_ANSWER_MAX], size_t *ret_len)
{
	struct stretch_request asked;
	if (request.len != sizeof(asked))
		return ERR_FORMAT;
	memcpy(&asked, request.at, sizeof(asked));
	enum err error = stretch_identifier(bytes_of_text(asked.identifier),
	    bytes_of(asked.salt, sizeof(asked.salt)), asked.memory_kib, asked.passes,
	    asked.lanes, ret);
	if (error == ERR_NONE)
		*ret_len = STRETCH_LEN;
	explicit_bzero(&asked, sizeof(asked));
	return error;
}

static void stretch_done(void *self, enum err error, struct bytes answer)
{
	struct run *run = self;
	child_free(&run->look_child);
	if (error == ERR_NONE && answer.len == STRETCH_LEN)
		look_open(run, answer);
	else
		look_answer(run, error == ERR_NONE ? ERR_FORMAT : error, NULL);
}

static enum err stretch_start(struct run *run)
{
	struct directory directory;
	struct stretch_request request = {0};
	enum err error = letterbox_directory(run->terminal.letterbox, &directory);
	if (error != ERR_NONE)
		return error;
	memcpy(request.salt, directory.salt, sizeof(request.salt));
	request.memory_kib = directory.argon_memory_kib;
	request.passes = directory.argon_passes;
	request.lanes = directory.argon_lanes;
	person_format(&run->look_person, request.identifier);
	const struct child_job job = {.work = stretch_work,
	    .request = bytes_of(&request, sizeof(request)),
	    .timeout_ms = RUN_LOOK_TIMEOUT_MS,
	    .done = stretch_done,
	    .self = run};
	error = child_start(run->loop, &job, &run->look_child);
	explicit_bzero(&request, sizeof(request));
	return error;
}

/* The next turn of the loop: an answer may not come inside its own question. */
static void look_turn(void *self)
{
	struct run *run = self;
	char identifier[MEMBER_TEXT_LEN_MAX + 1];
	run->look_timer = 0;
	if (run->terminal.letterbox == NULL) {
		look_answer(run, ERR_NOT_READY, NULL);
		return;
	}
	if (run->look_person.kind == MEMBER_CARD) {
		person_format(&run->look_person, identifier);
		look_open(run, bytes_of_text(identifier));
		explicit_bzero(identifier, sizeof(identifier));
		return;
	}
	enum err error = stretch_start(run);
	if (error != ERR_NONE)
		look_answer(run, error, NULL);
}

void run_look_up(void *self, const struct person *person, uint32_t ticket)
{
	struct run *run = self;
	child_free(&run->look_child); /* the one before is not asked for any more */
	if (run->look_timer != 0)
		loop_timer_stop(run->loop, run->look_timer);
	run->look_person = *person;
	run->look_ticket = ticket;
	run->look_timer = loop_timer_start(run->loop, 0, look_turn, run);
}

/* --- both -------------------------------------------------------------------------- */

bool run_slow_waits(const struct run *run)
{
	return run->pin_child != NULL || run->pin_timer != 0 || run->look_child != NULL ||
	       run->look_timer != 0;
}

void run_slow_stop(struct run *run)
{
	child_free(&run->pin_child);
	child_free(&run->look_child);
	if (run->look_timer != 0)
		loop_timer_stop(run->loop, run->look_timer);
	if (run->pin_timer != 0)
		loop_timer_stop(run->loop, run->pin_timer);
	run->look_timer = 0;
	run->pin_timer = 0;
	person_wipe(&run->look_person);
}
