/* SPDX-License-Identifier: MIT */
#include "carrier/carry.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/banned.h"
#include "os/log.h"

enum {
	LINK_EVERY_MS = 1000, /* progress is told at most so often */
	LETTERS_FILE_MAX = 1024,
	PATH_MAX_ = 64,
};

/* What an outbox name ends with says where it goes; asks sort first. */
static const struct kind {
	const char *suffix;
	const char *path;
	bool before_letters;
} kinds[] = {
    {".ask", "/v1/asks", true},
    {".batch", "/v1/batches", false},
};

/* Trust first: it is what the others are verified with. */
static const char *const letters[] = {"trust", "programme", "directory"};

static struct instant now_of(const struct carry *carry)
{
	struct instant now;

	carry->clock->now(carry->clock->self, &now);
	return now;
}

static uint32_t draw(void)
{
	uint32_t value = 0;

	/* Only spreads retries; a failure here may give 0. */
	if (getrandom(&value, sizeof value, GRND_NONBLOCK) != sizeof value)
		value = 0;
	return value;
}

/* --- the line's state, as the till shows it -------------------------------- */

static void write_link(struct carry *carry, const struct instant *now)
{
	carry->link.at_ms = now->wall_ms;
	carry->link.sent = carry->carried;
	carry->link.total = carry->carried + carry_waiting(carry);
	carry->link_written_ms = now->mono_ms;
	if (spool_link_write(carry->spool, &carry->link))
		log_warn("link state cannot be written");
}

static void line_is(struct carry *carry, enum link_state state)
{
	struct instant now = now_of(carry);
	bool changed = carry->link.state != state;

	carry->link.state = state;
	if (state == LINK_ON)
		carry->link.last_ok_ms = now.wall_ms;
	if (changed && state != LINK_ON)
		log_warn("line is down, why=%s", carry->why);
	if (changed || now.mono_ms - carry->link_written_ms >= LINK_EVERY_MS)
		write_link(carry, &now);
}

static enum link_state state_of(enum err error)
{
	switch ((int)error) {
	case ERR_SIGNATURE:
	case ERR_KEY: return LINK_TLS;
	case ERR_OFFLINE:
	case ERR_TIMEOUT:
	case ERR_GONE: return LINK_OFF;
	default: return LINK_REFUSED;
	}
}

static void line_failed(struct carry *carry, enum link_state state, int64_t retry_after_s)
{
	plan_line_failed(&carry->plan, now_of(carry).mono_ms, retry_after_s, draw());
	line_is(carry, state);
}

static void line_ok(struct carry *carry)
{
	plan_line_ok(&carry->plan);
	line_is(carry, LINK_ON);
}

/* --- one request ----------------------------------------------------------- */

static void read_floor(struct carry *carry)
{
	char text[24];
	size_t len;
	uint64_t floor_ms;

	if (file_read(carry->spool->outbox_fd, "floor", text, sizeof text - 1, &len))
		return;
	text[len] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (!decimal_u64(text, INT64_MAX, &floor_ms) &&
	    (int64_t)floor_ms > carry->time->floor_ms)
		carry->time->floor_ms = (int64_t)floor_ms;
}

static enum err send_one(struct carry *carry, const struct post_request *request,
    struct sink *body, struct post_answer *answer)
{
	read_floor(carry);
	enum err error = carry->post->send(carry->post->self, request, body, answer);

	if (error) {
		(void)snprintf(carry->why, sizeof carry->why, "%s (%s)",
		    carry->post->why(carry->post->self), err_name(error));
		line_failed(carry, state_of(error), -1);
	}
	return error;
}

static void refused(
    struct carry *carry, const char *what, const struct post_answer *answer)
{
	(void)snprintf(carry->why, sizeof carry->why, "the central answers %u to %s%s",
	    answer->status, what,
	    answer->status == 200 ? ", and not in the form of an answer" : "");
}

/* --- letters --------------------------------------------------------------- */

/* The version of letter `name` that the till has in force; 0: none. */
static uint64_t version_in_force(const struct carry *carry, const char *name)
{
	char text[LETTERS_FILE_MAX];
	size_t len;
	size_t name_len = strlen(name);
	uint64_t version = 0;
	char *at = text;

	if (file_read(carry->spool->outbox_fd, "letters", text, sizeof text - 1, &len))
		return 0;
	text[len] = '\0';
	while (at < text + len) {
		size_t line_len = strcspn(at, "\n");

		at[line_len] = '\0';
		if (line_len > name_len && at[name_len] == ' ' &&
		    memcmp(at, name, name_len) == 0 &&
		    !decimal_u64(at + name_len + 1, UINT64_MAX, &version))
			return version;
		at += line_len + 1;
	}
	return 0;
}

/* A letter that waits in the inbox for the till is not fetched again. */
static uint64_t version_here(const struct carry *carry, size_t i, const char *file)
{
	uint64_t version = version_in_force(carry, letters[i]);

	if (carry->fetched[i] > version &&
	    faccessat(carry->spool->inbox_fd, file, F_OK, 0) == 0)
		return carry->fetched[i];
	return version;
}

/* A full or read-only disk is no fault of the line: back off, keep its state. */
static void keep_failed(struct carry *carry, const char *name, enum err error)
{
	(void)snprintf(carry->why, sizeof carry->why, "inbox/%s cannot be written (%s)",
	    name, err_name(error));
	log_error("%s", carry->why);
	line_failed(carry, carry->link.state, -1);
}

static void letter_failed(struct carry *carry)
{
	carry->letter_next = 0;
	plan_letters_failed(&carry->plan, now_of(carry).mono_ms);
}

static void next_letter(struct carry *carry)
{
	carry->letter_next++;
	if (carry->letter_next < CARRY_LETTERS)
		return;
	carry->letter_next = 0;
	carry->letters_done = true;
	plan_letters_done(&carry->plan, now_of(carry).mono_ms);
}

static void take_letter(struct carry *carry, const char *file, struct bytes content,
    const struct post_answer *answer)
{
	size_t i = carry->letter_next;

	if (answer->status == 200 && answer->type == POST_TYPE_COSE) {
		enum err error =
		    file_write(carry->spool->inbox_fd, file, CARRY_FILE_MODE, content);

		if (error) {
			keep_failed(carry, file, error);
			letter_failed(carry);
			return;
		}
		carry->fetched[i] = answer->version;
		log_info("letter fetched, name=%s, bytes=%zu", letters[i], content.len);
	} else if (answer->status != 304 && answer->status != 404) {
		refused(carry, letters[i], answer);
		line_failed(carry, LINK_REFUSED, answer->retry_after_s);
		letter_failed(carry);
		return;
	}
	line_ok(carry);
	next_letter(carry);
}

static void fetch_letter(struct carry *carry)
{
	size_t i = carry->letter_next;
	char path[PATH_MAX_];
	char file[PATH_MAX_];
	struct post_answer answer;
	struct sink body = sink_of(carry->answer, LETTER_FILE_MAX);

	(void)snprintf(path, sizeof path, "/v1/letters/%s", letters[i]);
	(void)snprintf(file, sizeof file, "letter-%s", letters[i]);
	struct post_request request = {
	    .path = path,
	    .have_version = version_here(carry, i, file),
	    .answer_max = LETTER_FILE_MAX,
	};

	if (send_one(carry, &request, &body, &answer))
		letter_failed(carry);
	else
		take_letter(carry, file, sink_bytes(&body), &answer);
}

/* --- outbox ---------------------------------------------------------------- */

static const struct kind *kind_of(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		size_t suffix_len = strlen(kinds[i].suffix);

		if (len > suffix_len && len < SPOOL_NAME_MAX - sizeof ".answer" &&
		    strcmp(name + len - suffix_len, kinds[i].suffix) == 0)
			return &kinds[i];
	}
	return NULL;
}

static bool is_answered(const struct carry *carry, const char *name)
{
	char answer[SPOOL_NAME_MAX];

	spool_answer_name(name, answer);
	return faccessat(carry->spool->inbox_fd, answer, F_OK, 0) == 0;
}

static enum err scan(struct carry *carry)
{
	struct names found = {0};
	enum err error = dir_list(carry->spool->outbox_fd, SPOOL_FILES_MAX, &found);

	if (error)
		return error;
	names_free(&carry->queue);
	carry->queue = found;
	carry->queue_next = 0;
	carry->scan_due = false;
	carry->sent_since_scan = false;
	plan_scan_start(&carry->plan);
	for (size_t i = 0; i < found.count; i++)
		plan_scan_saw(&carry->plan, found.name[i]);
	plan_scan_end(&carry->plan);
	return ERR_NONE;
}

size_t carry_waiting(const struct carry *carry)
{
	size_t waiting = 0;

	for (size_t i = carry->queue_next; i < carry->queue.count; i++) {
		const char *name = carry->queue.name[i];

		waiting += kind_of(name) && !is_answered(carry, name);
	}
	return waiting;
}

/* The first file that may go now, or NULL and when the next one may. */
static const char *next_file(struct carry *carry, int64_t now_ms, int64_t *wait_ms)
{
	for (; carry->queue_next < carry->queue.count; carry->queue_next++) {
		const char *name = carry->queue.name[carry->queue_next];

		if (!kind_of(name) || is_answered(carry, name))
			continue;
		int64_t file_ms = plan_file_wait_ms(&carry->plan, name, now_ms);

		if (file_ms == 0)
			return name;
		if (*wait_ms < 0 || file_ms < *wait_ms)
			*wait_ms = file_ms;
	}
	return NULL;
}

static void take_answer(struct carry *carry, const char *name, struct bytes content,
    const struct post_answer *answer)
{
	char file[SPOOL_NAME_MAX];
	bool whole = answer->status == 200 || answer->status == 409;
	bool alone = answer->status == 400 || answer->status == 413;

	spool_answer_name(name, file);
	if (whole && answer->type == POST_TYPE_COSE) {
		enum err error =
		    file_create(carry->spool->inbox_fd, file, CARRY_FILE_MODE, content);

		/* Another carrier was as quick: its answer is as good. */
		if (error && error != ERR_EXISTS) {
			keep_failed(carry, file, error);
			return;
		}
		carry->carried++;
		line_ok(carry);
	} else {
		refused(carry, name, answer);
		if (!alone) {
			line_failed(carry, LINK_REFUSED, answer->retry_after_s);
			return;
		}
		/* The line is good, this file is not: it waits, others go. */
		log_warn("%s", carry->why);
		carry->refused_files++;
		plan_line_ok(&carry->plan);
		line_is(carry, LINK_REFUSED);
	}
	plan_file_tried(&carry->plan, name, now_of(carry).mono_ms, draw());
	carry->queue_next++;
}

static void send_file(struct carry *carry, const char *name, size_t len)
{
	struct post_answer answer;
	struct sink body = sink_of(carry->answer, ANSWER_FILE_MAX);
	struct post_request request = {
	    .path = kind_of(name)->path,
	    .content_type = "application/cose",
	    .body = bytes_of(carry->file, len),
	    .answer_max = ANSWER_FILE_MAX,
	};

	carry->sent_since_scan = true;
	if (!send_one(carry, &request, &body, &answer))
		take_answer(carry, name, sink_bytes(&body), &answer);
}

/* Reads what next_file chose. One that is gone was done meanwhile; one that no
 * batch can be is left for a person to look at. */
static bool read_file(
    struct carry *carry, const char *name, int64_t now_ms, size_t *ret_len)
{
	enum err error = file_read(
	    carry->spool->outbox_fd, name, carry->file, BATCH_FILE_MAX, ret_len);

	if (!error)
		return true;
	if (error != ERR_NOT_FOUND) {
		log_warn("outbox file cannot be read, name=%s, error=%s", name,
		    err_name(error));
		plan_file_tried(&carry->plan, name, now_ms, draw());
	}
	carry->queue_next++;
	return false;
}

static enum err idle(struct carry *carry, int64_t wait_ms, int64_t *ret_wait_ms)
{
	struct instant now = now_of(carry);
	int64_t letters_ms = plan_letters_wait_ms(&carry->plan, now.mono_ms);

	carry->scan_due = true;
	if (carry->sent_since_scan) {
		carry->sent_since_scan = false;
		return ERR_NONE;
	}
	if (carry->link.state != LINK_NONE && carry->link.sent != carry->carried)
		write_link(carry, &now);
	*ret_wait_ms = wait_ms >= 0 && wait_ms < letters_ms ? wait_ms : letters_ms;
	return ERR_NOT_FOUND;
}

enum err carry_step(struct carry *carry, int64_t *ret_wait_ms)
{
	int64_t now_ms = now_of(carry).mono_ms;
	int64_t wait_ms = plan_line_wait_ms(&carry->plan, now_ms);
	size_t len = 0;

	if (wait_ms > 0) {
		*ret_wait_ms = wait_ms;
		return ERR_BUSY;
	}
	if (carry->scan_due) {
		enum err error = scan(carry);

		if (error) {
			(void)snprintf(carry->why, sizeof carry->why,
			    "outbox/ cannot be read (%s)", err_name(error));
			return error;
		}
	}
	wait_ms = -1;
	const char *name = next_file(carry, now_ms, &wait_ms);

	while (name && !read_file(carry, name, now_ms, &len))
		name = next_file(carry, now_ms, &wait_ms);
	if (name && plan_file_doubted(&carry->plan, name))
		plan_letters_due(&carry->plan);
	bool letter = plan_letters_wait_ms(&carry->plan, now_ms) == 0;

	if (!name && !letter)
		return idle(carry, wait_ms, ret_wait_ms);
	const struct kind *kind = name ? kind_of(name) : NULL;

	if (letter && !(kind && kind->before_letters))
		fetch_letter(carry);
	else
		send_file(carry, name, len);
	return ERR_NONE;
}

void carry_notice(struct carry *carry)
{
	carry->scan_due = true;
}

enum err carry_open(const struct spool *spool, const struct post *post,
    const struct clock *clock, struct verify_time *time, struct carry *ret_carry)
{
	struct carry carry = {
	    .spool = spool,
	    .post = post,
	    .clock = clock,
	    .time = time,
	    .scan_due = true,
	    .file = malloc(BATCH_FILE_MAX),
	    .answer = malloc(LETTER_FILE_MAX),
	};

	if (!carry.file || !carry.answer) {
		free(carry.file);
		free(carry.answer);
		return ERR_MEMORY;
	}
	/* When the line last worked outlives the process. */
	if (spool_link_read(spool, &carry.link))
		carry.link = (struct link){0};
	carry.link.state = LINK_NONE;
	*ret_carry = carry;
	return ERR_NONE;
}

void carry_close(struct carry *carry)
{
	names_free(&carry->queue);
	free(carry->file);
	free(carry->answer);
	*carry = (struct carry){0};
}
