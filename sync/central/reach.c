/* SPDX-License-Identifier: MIT */
#include "central/reach.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/banned.h"
#include "central/command.h"
#include "os/file.h"
#include "os/socket.h"

enum {
	LOCK_WAIT_MS = 5000,
	CALL_WAIT_MS = 60 * 1000,
	TRIES = 3, /* between "nobody listens" and "somebody holds the lock" */
};

struct reach {
	struct ipc *ipc;       /* to the running intake, or NULL */
	struct intake *intake; /* our own, or NULL */
	int lock_fd;
	uint64_t last_id;
};

static enum err connect_running(struct reach *reach, int dir_fd)
{
	int fd = -1;
	enum err err = socket_connect(dir_fd, INTAKE_SOCKET, &fd);
	if (err != ERR_NONE)
		return err;
	err = ipc_open(fd, IPC_REPLY_FRAME_MAX, &reach->ipc);
	if (err != ERR_NONE)
		(void)close(fd);
	return err;
}

/* A `serve` may be starting or stopping at this very moment. */
static enum err find(
    struct reach *reach, int dir_fd, const char *command, char *holder, size_t holder_cap)
{
	enum err err = ERR_NOT_FOUND;
	for (int i = 0; i < TRIES; i++) {
		err = connect_running(reach, dir_fd);
		if (err != ERR_NOT_FOUND)
			return err;
		err = lock_take(dir_fd, INTAKE_LOCK, command, LOCK_WAIT_MS / TRIES,
		    holder, holder_cap, &reach->lock_fd);
		if (err != ERR_BUSY)
			return err;
	}
	return err;
}

enum err reach_open(
    const char *dir, int dir_fd, const char *command, struct reach **ret_reach)
{
	char holder[64] = "";
	struct reach *reach = calloc(1, sizeof *reach);
	if (reach == NULL)
		return ERR_MEMORY;
	reach->lock_fd = -1;
	enum err err = find(reach, dir_fd, command, holder, sizeof holder);
	if (err == ERR_BUSY)
		(void)complain(
		    0, "%s is in use by process %s; try again later", dir, holder);
	else if (err == ERR_NONE && reach->ipc == NULL)
		err = intake_open(dir, dir_fd, clock_system(), &reach->intake);
	if (err != ERR_NONE && err != ERR_BUSY)
		(void)complain_of(err, "cannot open the ledger and keys of %s", dir);
	if (err == ERR_NONE)
		*ret_reach = reach;
	else
		reach_close(&reach);
	return err;
}

void reach_close(struct reach **reach)
{
	if (*reach == NULL)
		return;
	ipc_close(&(*reach)->ipc);
	intake_close(&(*reach)->intake);
	lock_release(&(*reach)->lock_fd);
	free(*reach);
	*reach = NULL;
}

enum err reach_call(
    struct reach *reach, struct ipc_frame *request, struct ipc_frame *ret_reply)
{
	request->id = ++reach->last_id;
	if (reach->ipc != NULL)
		return ipc_call(reach->ipc, request, CALL_WAIT_MS, ret_reply);
	enum err err = intake_begin(reach->intake);
	if (err != ERR_NONE)
		return err;
	intake_handle(reach->intake, ORIGIN_COMMAND, request, ret_reply);
	return intake_commit(reach->intake);
}
