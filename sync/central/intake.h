/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_INTAKE_H
#define CENTRAL_INTAKE_H

#include "central/ipc.h"
#include "os/clock.h"

/*
 * The one that holds the CA, receipt and sealing keys and writes the ledger. It
 * answers frames of ipc.h, in its own process (intake_serve) or, when none runs,
 * inside a command that holds DIR/lock (reach.h).
 */
struct intake;

enum intake_origin {
	ORIGIN_NONE = 0,
	ORIGIN_WEB,     /* may ask what the network may ask */
	ORIGIN_COMMAND, /* somebody who can read DIR anyway */
};

/* `dir` is the path by which `dir_fd` was opened. The caller holds DIR/lock. */
MUST_CHECK enum err intake_open(
    const char *dir, int dir_fd, const struct clock *clock, struct intake **ret_intake);
void intake_close(struct intake **intake);

/*
 * Requests are handled between begin and commit, as many as have arrived, so
 * that they share one flush to the disk. A reply may leave only after commit
 * has said ERR_NONE; its parts are valid until the next request.
 */
MUST_CHECK enum err intake_begin(struct intake *intake);
void intake_handle(struct intake *intake, enum intake_origin origin,
    const struct ipc_frame *request, struct ipc_frame *reply);
MUST_CHECK enum err intake_commit(struct intake *intake);
/* What a reply becomes when commit failed. */
void intake_sorry(uint64_t id, struct ipc_frame *reply);

/*
 * The intake process: takes DIR/lock, listens on DIR/intake.sock, serves the
 * web process on `web_fd` until that hangs up. Writes INTAKE_READY to `web_fd`
 * before anything else. Returns the exit code of the process.
 */
enum { INTAKE_READY = 'r' };

int intake_serve(const char *dir, int dir_fd, int web_fd);

#define INTAKE_SOCKET "intake.sock"
#define INTAKE_LOCK "lock"

#endif
