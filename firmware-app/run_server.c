/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#include "os/lines.h"
#include "os/log.h"
#include "os/socket.h"
#include "sync_pass.h"

/*
 * STATE/run.sock: the commands that need the journal ask us, who hold it. The
 * first line is a verb, then the verb's own protocol follows:
 *     sync      one pass of synchronisation; answers sync_pass_line's line
 * Sessions are few and short; the counter's own work comes between two lines.
 */
enum {
	SESSIONS_MAX = 8,
	LINE_MAX_ = 64 * 1024,
	ANSWER_WAIT_MS = 5000,
};

struct session_of {
	struct run_server *server; /* NULL: free */
	int fd;
	const struct verb *verb;
	uint64_t timer; /* lines are left in the buffer */
	struct lines lines;
	char buf[LINE_MAX_];
};

struct run_server {
	struct run *run;
	int listen_fd;
	struct session_of session[SESSIONS_MAX];
};

struct verb {
	const char *name;
	/* The verb's line itself, with what follows the name; false ends it. */
	bool (*begin)(struct session_of *session, const char *argument);
	/* A further line; NULL: none is taken. */
	bool (*line)(struct session_of *session, char *text);
};

static const char socket_name[] = "run.sock";

static bool answer(struct session_of *session, const char *text)
{
	return socket_send(session->fd, bytes_of_text(text), ANSWER_WAIT_MS) == ERR_NONE;
}

/* --- verbs ------------------------------------------------------------------------- */

static bool sync_begin(struct session_of *session, const char *argument)
{
	struct run *run = session->server->run;
	struct sync_pass pass = {0};
	char line[SYNC_LINE_MAX];
	(void)argument;
	enum err error = run->terminal.letterbox != NULL
			     ? sync_pass(&run->terminal, true, &pass)
			     : ERR_NOT_READY;
	const struct till_config config = run_till_config(run);
	counter_configure(run->counter, &config); /* letters may have come in */
	run_status_tell(run);
	sync_pass_line(error, &pass, line);
	(void)answer(session, line);
	return false;
}

static const struct verb verbs[] = {
    {"sync", sync_begin, NULL},
};

static bool verb_take(struct session_of *session, char *text)
{
	size_t len = strcspn(text, " ");
	const char *argument = text[len] != '\0' ? text + len + 1 : text + len;
	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		if (strlen(verbs[i].name) != len ||
		    strncmp(text, verbs[i].name, len) != 0)
			continue;
		session->verb = &verbs[i];
		return verbs[i].begin == NULL || verbs[i].begin(session, argument);
	}
	(void)answer(session, "error unsupported\n");
	return false;
}

/* --- sessions ---------------------------------------------------------------------- */

static void session_end(struct session_of *session)
{
	struct loop *loop = session->server->run->loop;
	loop_fd_remove(loop, session->fd);
	if (session->timer != 0)
		loop_timer_stop(loop, session->timer);
	session->timer = 0;
	(void)close(session->fd);
	lines_wipe(&session->lines);
	session->server = NULL;
	session->verb = NULL;
}

static void session_more(void *self);

/* A bounded number of lines; then the counter has a turn. */
static void session_serve(struct session_of *session)
{
	enum { LINES_A_TURN = 16 };

	for (int i = 0; i < LINES_A_TURN; i++) {
		char *text = NULL;
		bool on = false;
		enum err error = lines_next(&session->lines, &text);
		if (error == ERR_BUSY)
			return;
		if (error == ERR_NONE && session->verb == NULL)
			on = verb_take(session, text);
		else if (error == ERR_NONE && session->verb->line != NULL)
			on = session->verb->line(session, text);
		if (!on) {
			session_end(session);
			return;
		}
	}
	if (session->timer == 0)
		session->timer = loop_timer_start(
		    session->server->run->loop, 0, session_more, session);
}

static void session_more(void *self)
{
	struct session_of *session = self;
	session->timer = 0;
	session_serve(session);
}

static void session_woke(void *self, int fd, short revents)
{
	(void)fd;
	(void)revents;
	session_serve(self);
}

static void server_woke(void *self, int fd, short revents)
{
	struct run_server *server = self;
	int session_fd = -1;
	(void)revents;
	if (socket_accept(fd, &session_fd) != ERR_NONE)
		return;
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct session_of *session = &server->session[i];
		if (session->server != NULL)
			continue;
		session->server = server;
		session->fd = session_fd;
		session->lines = lines_of(session_fd, session->buf, sizeof(session->buf));
		if (loop_fd_set(server->run->loop, session_fd, POLLIN, session_woke,
			session) != ERR_NONE)
			session_end(session);
		return;
	}
	(void)close(session_fd); /* too many at once: the command tries again */
}

/* --- start and stop ---------------------------------------------------------------- */

enum err run_server_start(struct run *run)
{
	struct run_server *server = calloc(1, sizeof(*server));
	if (server == NULL)
		return ERR_MEMORY;
	server->run = run;
	enum err error =
	    socket_listen(run->terminal.state_fd, socket_name, &server->listen_fd);
	if (error != ERR_NONE) {
		log_error("no local socket, error=%s", err_name(error));
		free(server);
		return error;
	}
	run->server = server;
	return loop_fd_set(run->loop, server->listen_fd, POLLIN, server_woke, server);
}

void run_server_stop(struct run *run)
{
	struct run_server *server = run->server;
	if (server == NULL)
		return;
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (server->session[i].server != NULL)
			session_end(&server->session[i]);
	loop_fd_remove(run->loop, server->listen_fd);
	socket_unlisten(run->terminal.state_fd, socket_name, &server->listen_fd);
	explicit_bzero(server, sizeof(*server));
	free(server);
	run->server = NULL;
}
