/* SPDX-License-Identifier: MIT */
#include "sync/spool.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

#define LINK_FILE "link"

enum {
	OUTBOX_MODE = 0750, /* the till writes, the group reads */
	INBOX_MODE = 0770,  /* the carrier of the same group writes */
	LINK_MODE = 0640,
	LINK_LEN_MAX = 128,
	EPOCH_DIGITS = 10,
	MARK_DIGITS = 2 * EPOCH_MARK_LEN,
	NUMBER_DIGITS = 12,
};

static enum err directory(int state_fd, const char *name, mode_t mode, int *ret_fd)
{
	bool made = mkdirat(state_fd, name, mode) == 0;
	if (!made && errno != EEXIST)
		return err_from_errno(errno);
	/* The umask of whoever made it must not lock the other side out. */
	if (made && fchmodat(state_fd, name, mode, 0) != 0)
		return err_from_errno(errno);
	int fd = openat(state_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_from_errno(errno);
	*ret_fd = fd;
	return ERR_NONE;
}

enum err spool_open(int state_fd, struct spool *ret_spool)
{
	struct spool spool = {.outbox_fd = -1, .inbox_fd = -1};
	enum err error = directory(state_fd, "outbox", OUTBOX_MODE, &spool.outbox_fd);
	if (error == ERR_NONE)
		error = directory(state_fd, "inbox", INBOX_MODE, &spool.inbox_fd);
	if (error != ERR_NONE) {
		spool_close(&spool);
		return error;
	}
	*ret_spool = spool;
	return ERR_NONE;
}

void spool_close(struct spool *spool)
{
	if (spool->outbox_fd >= 0)
		(void)close(spool->outbox_fd);
	if (spool->inbox_fd >= 0)
		(void)close(spool->inbox_fd);
	*spool = (struct spool){.outbox_fd = -1, .inbox_fd = -1};
}

/* --- names ---------------------------------------------------------------- */

void spool_batch_name(
    const struct epoch_id *epoch, uint64_t number, char out[SPOOL_NAME_MAX])
{
	char mark[MARK_DIGITS + 1];
	hex_encode(mark, bytes_of(epoch->mark, EPOCH_MARK_LEN));
	(void)snprintf(out, SPOOL_NAME_MAX, "b-%010" PRIu32 "-%s-%012" PRIu64 ".batch",
	    epoch->number, mark, number);
}

/* A fixed number of decimal digits, so that no number has two names. */
static enum err digits(const char *at, size_t len, uint64_t max, uint64_t *ret_value)
{
	char text[24];
	assert(len < sizeof(text));
	memcpy(text, at, len);
	text[len] = '\0';
	return decimal_u64(text, max, ret_value);
}

enum err spool_batch_parse(
    const char *name, struct epoch_id *ret_epoch, uint64_t *ret_number)
{
	enum {
		EPOCH_AT = 2,
		MARK_AT = EPOCH_AT + EPOCH_DIGITS + 1,
		NUMBER_AT = MARK_AT + MARK_DIGITS + 1,
		SUFFIX_AT = NUMBER_AT + NUMBER_DIGITS,
	};

	char mark[MARK_DIGITS + 1];
	char again[SPOOL_NAME_MAX];
	struct epoch_id epoch;
	uint64_t epoch_number = 0;
	uint64_t number = 0;
	if (strnlen(name, SPOOL_NAME_MAX) != SUFFIX_AT + strlen(".batch"))
		return ERR_FORMAT;
	memcpy(mark, name + MARK_AT, MARK_DIGITS);
	mark[MARK_DIGITS] = '\0';
	enum err error = hex_decode(epoch.mark, EPOCH_MARK_LEN, mark);
	if (error == ERR_NONE)
		error = digits(name + EPOCH_AT, EPOCH_DIGITS, UINT32_MAX, &epoch_number);
	if (error == ERR_NONE)
		error = digits(name + NUMBER_AT, NUMBER_DIGITS, INT64_MAX, &number);
	if (error != ERR_NONE)
		return ERR_FORMAT;
	epoch.number = (uint32_t)epoch_number;
	spool_batch_name(&epoch, number, again);
	if (strcmp(name, again) != 0)
		return ERR_FORMAT;
	*ret_epoch = epoch;
	*ret_number = number;
	return ERR_NONE;
}

void spool_answer_name(const char *outbox_name, char out[SPOOL_NAME_MAX])
{
	int len = snprintf(out, SPOOL_NAME_MAX, "%s.answer", outbox_name);
	assert(len > 0 && len < SPOOL_NAME_MAX);
}

/* --- the line ------------------------------------------------------------- */

static const char *const link_word[LINK_STATE_COUNT_] = {
    [LINK_NONE] = "none",
    [LINK_ON] = "on",
    [LINK_OFF] = "off",
    [LINK_TLS] = "tls",
    [LINK_REFUSED] = "refused",
};

enum err spool_link_write(const struct spool *spool, const struct link *link)
{
	char line[LINK_LEN_MAX];
	assert(link->state < LINK_STATE_COUNT_);
	int len = snprintf(line, sizeof(line),
	    "%s %" PRId64 " %" PRIu64 " %" PRIu64 " %" PRId64 "\n",
	    link_word[link->state], link->at_ms, link->sent, link->total,
	    link->last_ok_ms);
	return file_write(
	    spool->inbox_fd, LINK_FILE, LINK_MODE, bytes_of(line, (size_t)len));
}

static enum link_state link_state_from(const char *word)
{
	for (size_t i = 0; i < LINK_STATE_COUNT_; i++)
		if (strcmp(link_word[i], word) == 0)
			return (enum link_state)i;
	return LINK_STATE_COUNT_;
}

enum err spool_link_read(const struct spool *spool, struct link *ret_link)
{
	char line[LINK_LEN_MAX];
	char *field[5];
	char *rest = line;
	uint64_t value[5] = {0};
	size_t len = 0;
	enum err error =
	    file_read(spool->inbox_fd, LINK_FILE, line, sizeof(line) - 1, &len);
	if (error != ERR_NONE)
		return error;
	line[len] = '\0';
	for (size_t i = 0; i < COUNT_OF(field); i++) {
		field[i] = strtok_r(rest, " \n", &rest);
		if (field[i] == NULL)
			return ERR_FORMAT;
		if (i > 0 && decimal_u64(field[i], INT64_MAX, &value[i]) != ERR_NONE)
			return ERR_FORMAT;
	}
	enum link_state state = link_state_from(field[0]);
	if (state == LINK_STATE_COUNT_)
		return ERR_FORMAT;
	*ret_link = (struct link){
	    .state = state,
	    .at_ms = (int64_t)value[1],
	    .sent = value[2],
	    .total = value[3],
	    .last_ok_ms = (int64_t)value[4],
	};
	return ERR_NONE;
}
