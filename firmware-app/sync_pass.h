/* SPDX-License-Identifier: MIT */
#ifndef APP_SYNC_PASS_H
#define APP_SYNC_PASS_H

#include "terminal.h"

/*
 * The till's side of one synchronisation, by whoever holds the state lock:
 * everything that waits is cut, everything that came in is accepted. A running
 * `balcao run` does it when asked `sync` on its socket, and answers with the
 * line that sync_pass_line makes; the command parses it back.
 */
struct sync_pass {
	uint64_t waiting; /* events without receipt, less those of held batches */
	uint64_t held;    /* events of held batches */
	uint64_t moved;   /* answers taken, letters adopted, files and batches made */
	bool programme;   /* a programme is in force */
};

enum { SYNC_LINE_MAX = 96 };

/* Exchanges until a further step would find nothing, within a bounded number of
 * steps, and counts what waits then. */
MUST_CHECK enum err sync_pass(
    struct terminal *terminal, bool cut_everything, struct sync_pass *ret_pass);

/* "ok WAITING HELD MOVED PROGRAMME\n", or "error NAME\n". */
void sync_pass_line(
    enum err error, const struct sync_pass *pass, char out[SYNC_LINE_MAX]);
/* ERR_FORMAT when it is not such a line (without its newline); the error of an
 * "error" line is ERR_IO. */
MUST_CHECK enum err sync_pass_parse(const char *line, struct sync_pass *ret_pass);

#endif
