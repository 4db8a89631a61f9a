/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#include "carry.h"
#include "os/lines.h"
#include "os/log.h"
#include "os/socket.h"
#include "record.h"
#include "sync_pass.h"

/*
 * STATE/run.sock: the commands that need the journal ask us, who hold it. The
 * first line is a verb, then the verb's own protocol follows:
 *     sync           one pass of synchronisation; answers sync_pass_line's line
 *     record         then JSON lines, each answered by record_line's line
 *     carry-out DIR, carry-in DIR     answer carry_line's line
 * Sessions are few and short; the counter's own work comes between two lines.
 */
enum {
	SESSIONS_MAX = 8,
	ANSWER_WAIT_MS = 5000,
};

struct session_of {
	struct run_server *server; /* NULL: free */
	int fd;
	const struct verb *verb;
	uint64_t timer; /* lines are left in the buffer */
	struct lines lines;
	char buf[RECORD_LINE_MAX + 1];
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
	/* A further line, NULL for one that is too long; no function: none is taken. */
	bool (*line)(struct session_of *session, const char *text);
};

static const char socket_name[] = "run.sock";

static bool answer(struct session_of *session, struct bytes bytes)
{
	return socket_send(session->fd, bytes, ANSWER_WAIT_MS) == ERR_NONE;
}

/* --- verbs ------------------------------------------------------------------------- */

/* Letters may have come in, and the till borrows the programme. */
static void letters_taken(struct run *run)
{
	const struct till_config config = run_till_config(run);
	counter_configure(run->counter, &config);
	run_status_soon(run);
}

static bool sync_begin(struct session_of *session, const char *argument)
{
	struct run *run = session->server->run;
	struct sync_pass pass = {0};
	char line[SYNC_LINE_MAX];
	(void)argument;
	enum err error = run->terminal.letterbox != NULL
			     ? sync_pass(&run->terminal, true, &pass)
			     : ERR_NOT_READY;
	letters_taken(run);
	sync_pass_line(error, &pass, line);
	(void)answer(session, bytes_of_text(line));
	return false;
}

typedef enum err carry_fn(
    struct terminal *terminal, const char *stick_dir, struct stick_report *ret_report);

static bool carry_begin(
    struct session_of *session, const char *stick_dir, carry_fn *carry)
{
	struct run *run = session->server->run;
	struct stick_report report = {0};
	char line[CARRY_LINE_MAX];
	enum err error = run->terminal.letterbox != NULL
			     ? carry(&run->terminal, stick_dir, &report)
			     : ERR_NOT_READY;
	letters_taken(run);
	carry_line(error, &report, line);
	(void)answer(session, bytes_of_text(line));
	return false;
}

static bool carry_out_begin(struct session_of *session, const char *argument)
{
	return carry_begin(session, argument, carry_out);
}

static bool carry_in_begin(struct session_of *session, const char *argument)
{
	return carry_begin(session, argument, carry_in);
}

static bool record_take(struct session_of *session, const char *text)
{
	struct run *run = session->server->run;
	char buf[RECORD_ANSWER_MAX];
	struct sink out = sink_of(buf, sizeof(buf));
	if (text == NULL)
		record_too_long(&out);
	else
		record_line(&run->terminal, text, strlen(text), &out);
	counter_recorded_beside(run->counter);
	run_status_soon(run);
	run_exchange_soon(run);
	return answer(session, sink_bytes(&out));
}

static const struct verb verbs[] = {
    {"sync", sync_begin, NULL},
    {"record", NULL, record_take},
    {"carry-out", carry_out_begin, NULL},
    {"carry-in", carry_in_begin, NULL},
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
	(void)answer(session, bytes_of_text("error unsupported\n"));
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
		else if ((error == ERR_NONE || error == ERR_LIMIT) &&
			 session->verb != NULL && session->verb->line != NULL)
			on =
			    session->verb->line(session, error == ERR_NONE ? text : NULL);
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
