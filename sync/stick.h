/* SPDX-License-Identifier: MIT */
#ifndef SYNC_STICK_H
#define SYNC_STICK_H

#include "sync/spool.h"

/*
 * A USB stick carries the spool's own files, in STICK/balcao/TERMINAL/out (to
 * the central) and in/ (its answers and letters). Each file arrives whole or
 * not at all: copied under another name, flushed, renamed; what is torn on the
 * stick is refused and counted. Signatures decide what a file is worth, never
 * the stick.
 */
struct stick_report {
	unsigned copied;
	unsigned there; /* already there with the same content */
	unsigned torn;  /* refused: not whole */
};

/* Copies every batch of the outbox. ERR_FULL, ERR_DENIED, ERR_IO: the stick;
 * what was copied before is whole. ERR_NOT_FOUND: `stick_dir` is no directory. */
MUST_CHECK enum err stick_out(const struct spool *spool, const char *stick_dir,
    const char *terminal, struct stick_report *ret_report);
/* Copies this terminal's answers and letters into the inbox. ERR_NOT_FOUND: the
 * stick holds nothing for it. */
MUST_CHECK enum err stick_in(const struct spool *spool, const char *stick_dir,
    const char *terminal, struct stick_report *ret_report);

#endif
