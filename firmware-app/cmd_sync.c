/* SPDX-License-Identifier: MIT */
#include "cmd_sync.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app_options.h"
#include "base/banned.h"
#include "carrier_process.h"
#include "commands.h"
#include "options.h"
#include "os/lines.h"
#include "os/socket.h"
#include "os/watch.h"
#include "progress.h"

enum {
	LOCK_WAIT_MS = 5000,
	ASK_TIMEOUT_MS = 10000,
	TICK_MS = 1000,
	SETTLE_MS = 1300, /* past the age at which the oldest event is cut */
};

/* The till's half: ours under the lock, or asked of a running `balcao run`. */
struct side {
	int state_fd;
	bool ours;
	struct terminal terminal;
};

static int64_t mono_ms(void)
{
	struct instant now;

	clock_system()->now(clock_system()->self, &now);
	return now.mono_ms;
}

/* --- asking a running `run` ------------------------------------------------ */

/* ERR_NOT_FOUND: none runs. */
static enum err ask_running(int state_fd, struct sync_pass *ret_pass)
{
	char buf[SYNC_LINE_MAX];
	char *line;
	int fd = -1;
	enum err error = socket_connect(state_fd, "run.sock", &fd);

	if (error)
		return error;
	struct lines lines = lines_of(fd, buf, sizeof buf);

	error = socket_send(fd, bytes_of_text("sync\n"), ASK_TIMEOUT_MS);
	if (!error)
		error = lines_next(&lines, &line);
	if (!error)
		error = sync_pass_parse(line, ret_pass);
	(void)close(fd);
	/* It was there and went away: it is for the next try to find out. */
	return error == ERR_NOT_FOUND ? ERR_GONE : error;
}

static enum err side_pass(struct side *side, struct sync_pass *ret_pass)
{
	if (side->ours)
		return sync_pass(&side->terminal, true, ret_pass);
	return ask_running(side->state_fd, ret_pass);
}

/* The side is opened where it stays: a terminal's parts point at each other. */
static enum err side_open_parts(const char *command, struct side *side)
{
	struct sync_pass pass;
	enum err error = ask_running(side->state_fd, &pass);

	if (error == ERR_NOT_FOUND) {
		error = terminal_open(
		    app_options.state_dir, command, LOCK_WAIT_MS, &side->terminal);
		side->ours = !error;
	} else if (error) {
		(void)fprintf(stderr,
		    "balcao: the running `balcao run` does not answer (%s).\n",
		    err_name(error));
	}
	if (!error && side->ours && !side->terminal.identity) {
		(void)fputs("balcao: this terminal is not enrolled: run `balcao enrol` "
			    "first.\n",
		    stderr);
		terminal_close(&side->terminal);
		error = ERR_NOT_READY;
	}
	return error;
}

static enum err side_open(const char *command, struct side *side)
{
	*side = (struct side){.state_fd = -1};
	enum err error = dir_open(app_options.state_dir, &side->state_fd);

	if (error) {
		(void)fprintf(stderr,
		    "balcao: the state directory %s cannot be opened (%s); run `balcao "
		    "enrol` first or name another with --state.\n",
		    app_options.state_dir, err_name(error));
		return error == ERR_NOT_FOUND ? ERR_NOT_READY : error;
	}
	error = side_open_parts(command, side);
	if (error)
		(void)close(side->state_fd);
	return error;
}

static void side_close(struct side *side)
{
	if (side->ours)
		terminal_close(&side->terminal);
	(void)close(side->state_fd);
}

/* --- once ------------------------------------------------------------------ */

/* Carrier and till going hand in hand: it sends what we cut, we take in what it
 * brings, until neither has anything for the other. */
struct both {
	struct side *side;
	struct carrier_process carrier;
	struct lines lines; /* from the carrier */
	char line_buf[64];
	int inbox_fd;
	int watch_fd;
	struct sync_pass pass;
	uint64_t waiting_at_idle; /* at its last "idle" */
	uint64_t moved_since_idle;
	struct progress progress;
};

static enum err both_pass(struct both *both)
{
	enum err error = side_pass(both->side, &both->pass);

	if (error)
		return error;
	both->moved_since_idle += both->pass.moved;
	progress_show(&both->progress, both->pass.waiting, mono_ms());
	return ERR_NONE;
}

/* The carrier has nothing left. More work for it, or the end? */
static enum err on_idle(struct both *both, bool *ret_done)
{
	enum err error = both_pass(both);

	if (error)
		return error;
	*ret_done =
	    both->moved_since_idle == 0 && both->pass.waiting == both->waiting_at_idle;
	both->moved_since_idle = 0;
	both->waiting_at_idle = both->pass.waiting;
	if (*ret_done)
		return ERR_NONE;
	return write(both->carrier.to_fd, "\n", 1) == 1 ? ERR_NONE : ERR_GONE;
}

/* One wake-up. `ret_done` when the carrier ended or has nothing more to do. */
static enum err both_turn(struct both *both, bool *ret_done)
{
	struct pollfd polled[] = {
	    {both->carrier.from_fd, POLLIN, 0}, {both->watch_fd, POLLIN, 0}};
	char *line;

	if (poll(polled, COUNT_OF(polled), -1) < 0)
		return errno == EINTR ? ERR_NONE : ERR_IO;
	if (polled[0].revents) {
		enum err error = lines_next(&both->lines, &line);

		if (error == ERR_NOT_FOUND) {
			*ret_done = true;
			return ERR_NONE;
		}
		return error ? error : on_idle(both, ret_done);
	}
	return watch_drain(both->watch_fd) ? both_pass(both) : ERR_NONE;
}

static enum err both_open(struct both *both)
{
	static const char *const args[] = {"once", "--follow", NULL};
	enum err error = both_pass(both);

	if (error)
		return error;
	both->inbox_fd =
	    openat(both->side->state_fd, "inbox", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (both->inbox_fd < 0)
		return err_from_errno(errno);
	error = watch_open(both->inbox_fd, &both->watch_fd);
	if (!error)
		error = carrier_start(args, true, &both->carrier);
	both->lines =
	    lines_of(both->carrier.from_fd, both->line_buf, sizeof both->line_buf);
	return error;
}

static int both_run(struct both *both)
{
	bool done = false;
	enum err error = both_open(both);

	while (!error && !done)
		error = both_turn(both, &done);
	int code = both->carrier.pid > 0 ? carrier_wait(&both->carrier) : 0;

	if (!error)
		error = both_pass(both);
	progress_end(&both->progress);
	if (code == CARRIER_KILLED) {
		(void)fputs("balcao: the carrier was killed; nothing is lost, run it "
			    "again.\n",
		    stderr);
		code = err_exit_code(ERR_OFFLINE);
	}
	if (both->watch_fd >= 0)
		(void)close(both->watch_fd);
	if (both->inbox_fd >= 0)
		(void)close(both->inbox_fd);
	if (!error)
		return code;
	(void)fprintf(stderr, "balcao: what came in could not be taken in (%s).\n",
	    err_name(error));
	return err_exit_code(error);
}

int sync_once(const char *command, struct sync_pass *ret_pass)
{
	struct side side;
	enum err error = side_open(command, &side);

	if (error)
		return err_exit_code(error);
	struct both both = {.side = &side,
	    .carrier = {0, -1, -1},
	    .inbox_fd = -1,
	    .watch_fd = -1,
	    .progress = progress_start(STDERR_FILENO, mono_ms())};

	(void)signal(SIGPIPE, SIG_IGN);
	int code = both_run(&both);

	side_close(&side);
	if (code == 0 && both.pass.waiting > 0) {
		(void)fprintf(stderr,
		    "balcao: %" PRIu64 " events still wait for the central.\n",
		    both.pass.waiting);
		code = err_exit_code(ERR_OFFLINE);
	}
	if (both.pass.held > 0)
		(void)fprintf(stderr,
		    "balcao: the central holds back %" PRIu64
		    " events until a person decides; `balcao status` says more.\n",
		    both.pass.held);
	if (ret_pass)
		*ret_pass = both.pass;
	return code;
}

/* --- in the foreground ----------------------------------------------------- */

/* When the journal's files last changed: another process has recorded. */
struct seen {
	struct timespec db;
	struct timespec wal;
};

static struct seen seen_now(int state_fd)
{
	struct stat info;
	struct seen seen = {0};

	if (fstatat(state_fd, "journal.db", &info, 0) == 0)
		seen.db = info.st_mtim;
	if (fstatat(state_fd, "journal.db-wal", &info, 0) == 0)
		seen.wal = info.st_mtim;
	return seen;
}

static bool time_equal(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/*
 * The lock is held for the length of a pass only, so that `record`, `carry` and
 * `run` find it free. Whoever else holds it does this work himself.
 */
static void try_pass(int state_fd, struct seen *seen, int64_t *due_ms)
{
	struct terminal terminal;
	struct sync_pass pass;
	int lock_fd = -1;

	if (lock_take(state_fd, "lock", "sync", 0, NULL, 0, &lock_fd))
		return;
	lock_release(&lock_fd);
	if (terminal_open(app_options.state_dir, "sync", TICK_MS, &terminal))
		return;
	if (sync_pass(&terminal, false, &pass))
		(void)fputs("balcao: the journal could not be brought up to date; it is "
			    "tried again.\n",
		    stderr);
	else
		*due_ms = pass.moved > 0 ? mono_ms() + SETTLE_MS : -1;
	terminal_close(&terminal);
	*seen = seen_now(state_fd);
}

static void foreground_loop(
    int state_fd, int watch_fd, const struct carrier_process *carrier)
{
	struct seen seen = {0};
	int64_t due_ms = 0;

	while (!carrier_has_ended(carrier)) {
		struct pollfd polled = {watch_fd, POLLIN, 0};
		struct seen now = seen_now(state_fd);

		if (!time_equal(&now.db, &seen.db) || !time_equal(&now.wal, &seen.wal)) {
			seen = now;
			/* Now for what is old enough, and again for the rest. */
			due_ms = mono_ms();
			try_pass(state_fd, &seen, &due_ms);
			due_ms = mono_ms() + SETTLE_MS;
		} else if (due_ms >= 0 && mono_ms() >= due_ms) {
			try_pass(state_fd, &seen, &due_ms);
		}
		if (poll(&polled, 1, TICK_MS) > 0 && watch_drain(watch_fd))
			due_ms = mono_ms();
	}
}

/* A carrier that was killed is started again; one that gave up has said why. */
static int carry_on(int state_fd, int watch_fd)
{
	static const char *const args[] = {"run", NULL};
	struct carrier_process carrier = {0, -1, -1};
	int code = CARRIER_KILLED;

	while (code == CARRIER_KILLED) {
		enum err error = carrier_start(args, false, &carrier);

		if (error) {
			(void)fprintf(stderr,
			    "balcao: the carrier cannot be started (%s).\n",
			    err_name(error));
			return err_exit_code(error);
		}
		foreground_loop(state_fd, watch_fd, &carrier);
		code = carrier_wait(&carrier);
		if (code == CARRIER_KILLED)
			(void)poll(NULL, 0, TICK_MS);
	}
	return code;
}

static int foreground(void)
{
	struct side side;
	int inbox_fd = -1;
	int watch_fd = -1;
	enum err error = side_open("sync", &side);

	if (error)
		return err_exit_code(error);
	if (side.ours)
		terminal_close(&side.terminal);
	inbox_fd = openat(side.state_fd, "inbox", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	error = inbox_fd < 0 ? err_from_errno(errno) : watch_open(inbox_fd, &watch_fd);
	int code = error ? err_exit_code(error) : carry_on(side.state_fd, watch_fd);

	if (watch_fd >= 0)
		(void)close(watch_fd);
	if (inbox_fd >= 0)
		(void)close(inbox_fd);
	(void)close(side.state_fd);
	return code;
}

int cmd_sync(int argc, char **argv)
{
	bool once = false;
	const struct option_row rows[] = {{"once", NULL, &once}};
	int code = options_read(argv, rows, COUNT_OF(rows), NULL);

	(void)argc;
	if (code)
		return code;
	return once ? sync_once("sync --once", NULL) : foreground();
}
