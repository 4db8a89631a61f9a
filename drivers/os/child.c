/* SPDX-License-Identifier: MIT */
#include "os/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

/* One byte of enum err, then the answer: below PIPE_BUF, so written whole. */
enum { CHILD_MESSAGE_MAX = 1 + CHILD_ANSWER_MAX };

struct child {
	struct loop *loop;
	pid_t pid; /* 0: reaped */
	int fd;    /* -1: closed */
	uint64_t timer;
	child_done_fn *done;
	void *self;
	size_t len;
	uint8_t message[CHILD_MESSAGE_MAX];
};

/* Everything but the pipe goes: above all the state's lock, which an inherited
 * descriptor would keep held after our parent's death. */
static void keep_only(int fd)
{
	unsigned keep = (unsigned)fd;

	if (keep > 0)
		(void)syscall(SYS_close_range, 0U, keep - 1, 0U);
	(void)syscall(SYS_close_range, keep + 1, ~0U, 0U);
}

static void become_child(int fd, pid_t parent)
{
	struct sigaction action = {.sa_handler = SIG_DFL};

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	for (int signo = 1; signo < NSIG; signo++)
		(void)sigaction(signo, &action, NULL);
	keep_only(fd);
}

static void child_main(const struct child_job *job, int fd, pid_t parent)
{
	uint8_t message[CHILD_MESSAGE_MAX] = {0};
	size_t len = 0;

	become_child(fd, parent);
	enum err error = job->work(job->request, message + 1, &len);

	if (error)
		len = 0;
	message[0] = (uint8_t)error;
	ssize_t done = write(fd, message, 1 + len);

	explicit_bzero(message, sizeof message);
	_exit(done < 0);
}

/* Stops watching and leaves no zombie; the child may be reaped only once. */
static void settle(struct child *child)
{
	if (child->timer)
		loop_timer_stop(child->loop, child->timer);
	child->timer = 0;
	if (child->fd >= 0) {
		loop_fd_remove(child->loop, child->fd);
		(void)close(child->fd);
		child->fd = -1;
	}
	if (child->pid > 0) {
		(void)kill(child->pid, SIGKILL);
		while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
			;
		child->pid = 0;
	}
}

/* Last thing a callback of ours does: `done` may free the child. */
static void finish(struct child *child, enum err error)
{
	uint8_t answer[CHILD_ANSWER_MAX];
	size_t len = error || child->len == 0 ? 0 : child->len - 1;

	settle(child);
	memcpy(answer, child->message + 1, len);
	explicit_bzero(child->message, sizeof child->message);
	child->done(child->self, error, bytes_of(answer, len));
	explicit_bzero(answer, sizeof answer);
}

static enum err outcome(const struct child *child)
{
	if (child->len == 0 || child->message[0] >= ERR_COUNT_)
		return ERR_IO;
	return (enum err)child->message[0];
}

static void pipe_ready(void *self, int fd, short revents)
{
	struct child *child = self;
	size_t room = sizeof child->message - child->len;
	uint8_t excess;

	(void)revents;
	ssize_t n =
	    room > 0 ? read(fd, child->message + child->len, room) : read(fd, &excess, 1);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0 && room > 0) {
		child->len += (size_t)n;
		return; /* the end of the pipe says that this was all */
	}
	finish(child, n == 0 ? outcome(child) : ERR_IO);
}

static void timed_out(void *self)
{
	struct child *child = self;

	child->timer = 0;
	finish(child, ERR_TIMEOUT);
}

static enum err child_watch(
    struct loop *loop, const struct child_job *job, struct child *child)
{
	enum err error = loop_fd_set(loop, child->fd, POLLIN, pipe_ready, child);

	if (error)
		return error;
	child->timer = loop_timer_start(loop, job->timeout_ms, timed_out, child);
	return child->timer ? ERR_NONE : ERR_LIMIT;
}

static enum err child_fork(const struct child_job *job, struct child *child)
{
	int ends[2];
	pid_t parent = getpid();

	if (pipe(ends))
		return ERR_IO;
	(void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	pid_t pid = fork();

	if (pid == 0)
		child_main(job, ends[1], parent);
	(void)close(ends[1]);
	if (pid < 0) {
		(void)close(ends[0]);
		return ERR_MEMORY;
	}
	child->fd = ends[0];
	child->pid = pid;
	return ERR_NONE;
}

enum err child_start(
    struct loop *loop, const struct child_job *job, struct child **ret_child)
{
	struct child *child = calloc(1, sizeof *child);

	if (!child)
		return ERR_MEMORY;
	child->loop = loop;
	child->fd = -1;
	child->done = job->done;
	child->self = job->self;
	enum err error = child_fork(job, child);

	if (!error)
		error = child_watch(loop, job, child);
	if (error)
		child_free(&child);
	else
		*ret_child = child;
	return error;
}

void child_free(struct child **child)
{
	if (!*child)
		return;
	settle(*child);
	explicit_bzero(*child, sizeof **child);
	free(*child);
	*child = NULL;
}
