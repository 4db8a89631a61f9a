/* SPDX-License-Identifier: MIT */
#ifndef CARRIER_PLAN_H
#define CARRIER_PLAN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * When to try again, and what. Pure: time (monotonic milliseconds) and
 * randomness come in as arguments.
 *
 * The line as a whole backs off when nothing gets through; a single file backs
 * off when it was carried and is still waiting (its answer did not verify) or
 * when the central refuses it by itself, so that it never blocks the others.
 */
enum {
	PLAN_BACK_OFF_MIN_S = 1,
	PLAN_BACK_OFF_MAX_S = 15 * 60,
	PLAN_RETRY_AFTER_MAX_S = 3600,
	PLAN_LETTERS_EVERY_S = 5 * 60,
	PLAN_LETTERS_RETRY_S = 30,
	PLAN_FILES_MAX = 64,     /* files with a history; the oldest is forgotten */
	PLAN_FILE_NAME_MAX = 80, /* a spool name with its NUL */
	PLAN_ONCE_TRIES = 3,     /* --once: failures in a row */
	PLAN_ONCE_WAIT_MAX_S = 10,
};

struct plan_file {
	char name[PLAN_FILE_NAME_MAX]; /* empty: free */
	unsigned tries;
	int64_t next_ms;
	bool present; /* seen by the scan that is going on */
	bool doubted; /* plan_file_doubted said so since the last try */
};

struct plan {
	unsigned failures;  /* of the line, in a row */
	int64_t next_ms;    /* not before this; 0: now */
	int64_t letters_ms; /* when letters are due; 0: now */
	struct plan_file file[PLAN_FILES_MAX];
};

/* Back-off before try number `tries` + 1: doubling from 1 s to 15 min, its upper
 * half drawn by `random`, so that a thousand terminals do not return at once. */
int64_t plan_back_off_ms(unsigned tries, uint32_t random);

/* Something got through. */
void plan_line_ok(struct plan *plan);
/* Nothing did; `retry_after_s` is the central's wish (-1: none), honoured up to
 * an hour. */
void plan_line_failed(
    struct plan *plan, int64_t now_ms, int64_t retry_after_s, uint32_t random);
/* 0: go now. */
int64_t plan_line_wait_ms(const struct plan *plan, int64_t now_ms);

/* `name` was answered or refused by itself: if it still waits, later. */
void plan_file_tried(
    struct plan *plan, const char *name, int64_t now_ms, uint32_t random);
/* 0: go now. */
int64_t plan_file_wait_ms(const struct plan *plan, const char *name, int64_t now_ms);
/* True once after each try: it waits still, so its answer did not verify, and
 * newer keys are the first thing to ask for. */
bool plan_file_doubted(struct plan *plan, const char *name);
/* Around a scan of the outbox: what is not there any more is forgotten. */
void plan_scan_start(struct plan *plan);
void plan_scan_saw(struct plan *plan, const char *name);
void plan_scan_end(struct plan *plan);

void plan_letters_due(struct plan *plan);
void plan_letters_done(struct plan *plan, int64_t now_ms);
/* A letter that does not come must not keep batches from going. */
void plan_letters_failed(struct plan *plan, int64_t now_ms);
int64_t plan_letters_wait_ms(const struct plan *plan, int64_t now_ms);

/* Whether `--once` should stop trying: the failures, or the next wait, are too
 * many for someone who waits for the command to end. */
bool plan_once_gives_up(const struct plan *plan, int64_t now_ms);

/* How long one request may take in all: 120 s and a second for each KiB. */
int64_t plan_request_ms(uint64_t bytes);

#endif
