/* SPDX-License-Identifier: MIT */
#ifndef CARRIER_CARRY_H
#define CARRIER_CARRY_H

#include "carrier/plan.h"
#include "carrier/post.h"
#include "carrier/verify_time.h"
#include "os/clock.h"
#include "os/file.h"
#include "spool.h"

/*
 * The carrier's work, one request a step: an outbox file goes up, its answer
 * comes into the inbox under its name; letters come down when they are due. The
 * files themselves are never opened: signatures decide at both ends.
 */
enum {
	CARRY_WHY_MAX = 320,
	CARRY_LETTERS = 3,      /* kinds that are fetched */
	CARRY_FILE_MODE = 0640, /* inbox files: the till's group reads */
};

struct carry {
	const struct spool *spool;
	const struct post *post;
	const struct clock *clock;
	struct verify_time *time; /* its floor is kept current from outbox/floor */
	struct plan plan;
	struct link link;
	int64_t link_written_ms;
	char why[CARRY_WHY_MAX]; /* the last failure, one sentence */
	struct names queue;      /* outbox as last scanned */
	size_t queue_next;
	bool scan_due;
	bool sent_since_scan; /* so the till may have put more there */
	size_t letter_next;
	bool letters_done;               /* all were asked for since the start */
	uint64_t fetched[CARRY_LETTERS]; /* version in the inbox */
	uint64_t refused_files;          /* by themselves, since the start */
	uint64_t carried;                /* answers kept since the start */
	uint8_t *file;                   /* BATCH_FILE_MAX */
	uint8_t *answer; /* LETTER_FILE_MAX, touched only as far as needed */
};

MUST_CHECK enum err carry_open(const struct spool *spool, const struct post *post,
    const struct clock *clock, struct verify_time *time, struct carry *ret_carry);
void carry_close(struct carry *carry);

/* A file has appeared: look again. */
void carry_notice(struct carry *carry);

/* One request if one may be made now. ERR_NONE: made, call again. ERR_NOT_FOUND:
 * nothing to carry until carry_notice or `ret_wait_ms` (-1: nothing is
 * planned). ERR_BUSY: backing off for `ret_wait_ms`. */
MUST_CHECK enum err carry_step(struct carry *carry, int64_t *ret_wait_ms);

/* Files of the last scan that have no answer in the inbox. */
size_t carry_waiting(const struct carry *carry);

#endif
