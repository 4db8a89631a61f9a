/* SPDX-License-Identifier: MIT */
#include "central/intake.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"
#include "central/command.h"
#include "os/file.h"
#include "os/log.h"
#include "os/loop.h"
#include "os/socket.h"

enum {
	CLIENTS_MAX = 32,
	GROUP_MAX = 64, /* requests that share one flush */
	LOCK_WAIT_MS = 5000,
	RETRY_MS = 1000,
};

/* Somebody who asks: the web process (the first) or a command. */
struct client {
	struct server *server;
	struct ipc *ipc; /* NULL: free */
	enum intake_origin origin;
	bool gone;   /* its last requests are still to be handled */
	size_t mark; /* what waited before this group's replies */
};

struct server {
	struct loop *loop;
	struct intake *intake;
	int listen_fd;
	bool turn_due;
	struct client client[CLIENTS_MAX];
	/* ids of the group's requests, for when its commit fails */
	size_t group_count;
	struct client *group_client[GROUP_MAX];
	uint64_t group_id[GROUP_MAX];
};

static void on_client(void *self, int fd, short revents);

static void drop(struct client *client)
{
	loop_fd_remove(client->server->loop, ipc_fd(client->ipc));
	ipc_close(&client->ipc);
	client->gone = false;
	if (client->origin == ORIGIN_WEB)
		loop_stop(client->server->loop);
}

static void watch(struct client *client, short events)
{
	if (loop_fd_set(client->server->loop, ipc_fd(client->ipc), events, on_client,
		client) != ERR_NONE)
		drop(client);
}

static void flush(struct client *client)
{
	enum err err = ipc_flush(client->ipc);
	if (err == ERR_NONE || err == ERR_BUSY)
		watch(client, err == ERR_BUSY ? POLLIN | POLLOUT : POLLIN);
	else
		drop(client);
}

/* --- one group ------------------------------------------------------------- */

/* Handles one request of `client`; false when it has none. */
static bool handle_one(struct server *server, struct client *client)
{
	static struct ipc_frame request;
	static struct ipc_frame reply;
	enum err err = ipc_next(client->ipc, &request);
	if (err == ERR_BUSY)
		return false;
	if (err != ERR_NONE) {
		client->gone = true; /* nonsense: hang up after this group */
		return false;
	}
	reply = (struct ipc_frame){0};
	intake_handle(server->intake, client->origin, &request, &reply);
	reply.id = request.id;
	if (ipc_queue(client->ipc, &reply) != ERR_NONE) {
		client->gone = true;
		return false;
	}
	server->group_client[server->group_count] = client;
	server->group_id[server->group_count] = request.id;
	server->group_count++;
	return true;
}

/* One request of each client in turn, so that none starves. True when some may
 * be left. */
static bool handle_group(struct server *server)
{
	bool any = true;
	server->group_count = 0;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (server->client[i].ipc != NULL)
			server->client[i].mark = ipc_mark(server->client[i].ipc);
	while (any && server->group_count < GROUP_MAX) {
		any = false;
		for (size_t i = 0; i < CLIENTS_MAX && server->group_count < GROUP_MAX;
		     i++)
			if (server->client[i].ipc != NULL && !server->client[i].gone)
				any |= handle_one(server, &server->client[i]);
	}
	return any;
}

/* Nothing was kept: no reply that says so may leave. */
static void take_back(struct server *server)
{
	static struct ipc_frame reply;
	for (size_t i = 0; i < server->group_count; i++) {
		struct client *client = server->group_client[i];
		ipc_rewind(client->ipc, client->mark);
	}
	for (size_t i = 0; i < server->group_count; i++) {
		reply = (struct ipc_frame){0};
		intake_sorry(server->group_id[i], &reply);
		if (ipc_queue(server->group_client[i]->ipc, &reply) != ERR_NONE)
			server->group_client[i]->gone = true;
	}
}

static void turn_later(struct server *server, int64_t delay_ms);

static void turn(void *self)
{
	struct server *server = self;
	server->turn_due = false;
	bool more = false;
	enum err err = intake_begin(server->intake);
	if (err == ERR_NONE) {
		more = handle_group(server);
		err = intake_commit(server->intake);
		if (err != ERR_NONE)
			take_back(server);
	}
	if (err != ERR_NONE) {
		log_error("the ledger does not take writes, error=%s", err_name(err));
		turn_later(server, RETRY_MS); /* those not handled yet */
	}
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &server->client[i];
		if (client->ipc != NULL)
			flush(client);
		if (client->ipc != NULL && client->gone)
			drop(client);
	}
	if (more)
		turn_later(server, 0);
}

static void turn_later(struct server *server, int64_t delay_ms)
{
	if (!server->turn_due)
		server->turn_due =
		    loop_timer_start(server->loop, delay_ms, turn, server) != 0;
}

/* --- clients --------------------------------------------------------------- */

static void on_client(void *self, int fd, short revents)
{
	(void)fd;
	struct client *client = self;
	enum err err = ERR_BUSY;
	if ((revents & (POLLIN | POLLHUP | POLLERR)) != 0)
		err = ipc_fill(client->ipc);
	if (err == ERR_BUSY) {
		flush(client);
		return;
	}
	client->gone = err != ERR_NONE;
	if (client->gone)
		loop_fd_remove(client->server->loop, ipc_fd(client->ipc));
	turn_later(client->server, 0);
}

static enum err add_client(
    struct server *server, int fd, enum intake_origin origin, size_t frame_max)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &server->client[i];
		if (client->ipc != NULL)
			continue;
		enum err err = ipc_open(fd, frame_max, &client->ipc);
		if (err != ERR_NONE)
			return err;
		client->server = server;
		client->origin = origin;
		watch(client, POLLIN);
		return ERR_NONE;
	}
	return ERR_LIMIT;
}

static void on_listen(void *self, int fd, short revents)
{
	(void)revents;
	struct server *server = self;
	int client_fd = -1;
	if (socket_accept(fd, &client_fd) != ERR_NONE)
		return;
	if (add_client(server, client_fd, ORIGIN_COMMAND, IPC_COMMAND_FRAME_MAX) !=
	    ERR_NONE)
		(void)close(client_fd);
}

/* --- the process ----------------------------------------------------------- */

static enum err start(struct server *server, const char *dir, int dir_fd, int web_fd)
{
	static const uint8_t ready = INTAKE_READY;
	enum err err = intake_open(dir, dir_fd, clock_system(), &server->intake);
	if (err == ERR_NONE)
		err = loop_new(&server->loop);
	if (err == ERR_NONE)
		err = socket_listen(dir_fd, INTAKE_SOCKET, &server->listen_fd);
	if (err == ERR_NONE)
		err = loop_fd_set(
		    server->loop, server->listen_fd, POLLIN, on_listen, server);
	if (err == ERR_NONE)
		err = socket_send(web_fd, bytes_of(&ready, 1), LOCK_WAIT_MS);
	if (err == ERR_NONE)
		err = add_client(server, web_fd, ORIGIN_WEB, IPC_WEB_FRAME_MAX);
	return err;
}

static void stop(struct server *server, int dir_fd)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		ipc_close(&server->client[i].ipc);
	if (server->listen_fd >= 0)
		socket_unlisten(dir_fd, INTAKE_SOCKET, &server->listen_fd);
	intake_close(&server->intake);
	if (server->loop != NULL)
		loop_free(&server->loop);
}

int intake_serve(const char *dir, int dir_fd, int web_fd)
{
	static struct server server = {.listen_fd = -1};
	char holder[64];
	int lock_fd = -1;
	/* The end comes from the web process, which got the same signal: what it
	 * has handed over is finished first. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	enum err err = lock_take(
	    dir_fd, INTAKE_LOCK, "serve", LOCK_WAIT_MS, holder, sizeof holder, &lock_fd);
	if (err == ERR_BUSY)
		return complain(
		    err_exit_code(err), "%s is in use by process %s", dir, holder);
	if (err == ERR_NONE)
		err = start(&server, dir, dir_fd, web_fd);
	if (err == ERR_NONE)
		err = loop_run(server.loop);
	int code =
	    err == ERR_NONE ? 0 : complain_of(err, "the intake of %s stopped", dir);
	stop(&server, dir_fd);
	lock_release(&lock_fd);
	return code;
}
