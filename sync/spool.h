/* SPDX-License-Identifier: MIT */
#ifndef SYNC_SPOOL_H
#define SYNC_SPOOL_H

#include "base/bytes.h"
#include "contract/event.h"
#include "os/file.h"

/*
 * Two directories of immutable files: the only place where the till and the
 * carrier meet. A name sorts in sending order and says what the file is:
 *     outbox/  a-ID.ask               asks, first
 *              b-EPOCH-MARK-NUMBER.batch   (10 decimal, 16 hex, 12 decimal digits)
 *              floor                  time floor, decimal ms (replaced, not spooled)
 *              letters                "name version\n" of each letter in force
 *     inbox/   NAME.answer            the answer to outbox NAME
 *              letter-KIND            a newer letter
 *              link                   what the carrier knows of the line
 */
enum {
	SPOOL_NAME_MAX = 80,
	SPOOL_FILES_MAX = 4096,
};

struct spool {
	int outbox_fd;
	int inbox_fd;
};

MUST_CHECK enum err spool_open(int state_fd, struct spool *ret_spool); /* makes both */
void spool_close(struct spool *spool);

void spool_batch_name(
    const struct epoch_id *epoch, uint64_t number, char out[SPOOL_NAME_MAX]);
/* ERR_FORMAT when it is not a batch's name. */
MUST_CHECK enum err spool_batch_parse(
    const char *name, struct epoch_id *ret_epoch, uint64_t *ret_number);
/* NAME.answer of an outbox name. */
void spool_answer_name(const char *outbox_name, char out[SPOOL_NAME_MAX]);

/* What the carrier knows of the line, for the status line; `link` file as
 * "state unix_ms sent total last_ok_ms\n". */
enum link_state {
	LINK_NONE = 0, /* the carrier has not run */
	LINK_ON,
	LINK_OFF,     /* no route, refused, timed out */
	LINK_TLS,     /* certificate or pin wrong */
	LINK_REFUSED, /* the central answers errors */
	LINK_STATE_COUNT_
};

struct link {
	enum link_state state;
	int64_t at_ms; /* wall time of this line */
	uint64_t sent; /* of the present run */
	uint64_t total;
	int64_t last_ok_ms; /* when the central last answered; 0: never */
};

/* The carrier writes it, the till reads it. ERR_NOT_FOUND: it has not run;
 * ERR_FORMAT: not such a line. */
MUST_CHECK enum err spool_link_write(const struct spool *spool, const struct link *link);
MUST_CHECK enum err spool_link_read(const struct spool *spool, struct link *ret_link);

#endif
