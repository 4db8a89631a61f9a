/* SPDX-License-Identifier: MIT */
#include "os/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/banned.h"
#include "os/log.h"

enum { LOOP_SIGNALS_MAX = 65 };

struct watch {
	int fd; /* -1: free */
	short events;
	uint64_t age; /* tells a slot's present user from an earlier one */
	loop_fd_fn *fn;
	void *self;
};

struct timer {
	uint64_t id; /* 0: free */
	int64_t due_ms;
	loop_timer_fn *fn;
	void *self;
};

struct signal_watch {
	loop_signal_fn *fn;
	void *self;
};

struct loop {
	struct watch watch[LOOP_FDS_MAX];
	struct timer timer[LOOP_TIMERS_MAX];
	struct signal_watch signal[LOOP_SIGNALS_MAX];
	uint64_t last_age;
	uint64_t last_timer_id;
	int wake_read_fd;
	bool stopped;
};

/* A handler has no argument of ours: the one loop's pipe stands here. */
static volatile sig_atomic_t wake_write_fd = -1;

static int64_t now_ms(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void on_signal(int signo)
{
	int saved = errno;
	unsigned char byte = (unsigned char)signo;

	/* A full pipe already wakes the loop; a signal repeated is one signal. */
	if (write((int)wake_write_fd, &byte, 1) < 0)
		errno = saved;
	errno = saved;
}

static void wake_ready(void *self, int fd, short revents)
{
	struct loop *loop = self;
	unsigned char byte;

	(void)revents;
	while (read(fd, &byte, 1) == 1) {
		struct signal_watch *signal =
		    byte < LOOP_SIGNALS_MAX ? &loop->signal[byte] : NULL;

		if (signal && signal->fn)
			signal->fn(signal->self, byte);
	}
}

static enum err set_flags(int fd)
{
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) || fcntl(fd, F_SETFL, O_NONBLOCK))
		return ERR_IO;
	return ERR_NONE;
}

static enum err open_wake_pipe(struct loop *loop)
{
	int ends[2];

	if (pipe(ends))
		return ERR_IO;
	enum err error = set_flags(ends[0]);

	if (!error)
		error = set_flags(ends[1]);
	if (!error)
		error = loop_fd_set(loop, ends[0], POLLIN, wake_ready, loop);
	if (error) {
		(void)close(ends[0]);
		(void)close(ends[1]);
		return error;
	}
	loop->wake_read_fd = ends[0];
	wake_write_fd = ends[1];
	return ERR_NONE;
}

enum err loop_new(struct loop **ret_loop)
{
	struct loop *loop = calloc(1, sizeof *loop);

	if (!loop)
		return ERR_MEMORY;
	for (size_t i = 0; i < LOOP_FDS_MAX; i++)
		loop->watch[i].fd = -1;
	enum err error = open_wake_pipe(loop);

	if (error) {
		free(loop);
		return error;
	}
	*ret_loop = loop;
	return ERR_NONE;
}

void loop_free(struct loop **loop)
{
	struct sigaction action = {.sa_handler = SIG_DFL};

	if (!*loop)
		return;
	for (int signo = 1; signo < LOOP_SIGNALS_MAX; signo++) {
		if ((*loop)->signal[signo].fn)
			(void)sigaction(signo, &action, NULL);
	}
	(void)close((int)wake_write_fd);
	wake_write_fd = -1;
	(void)close((*loop)->wake_read_fd);
	free(*loop);
	*loop = NULL;
}

static struct watch *watch_of(struct loop *loop, int fd)
{
	for (size_t i = 0; i < LOOP_FDS_MAX; i++) {
		if (loop->watch[i].fd == fd)
			return &loop->watch[i];
	}
	return NULL;
}

enum err loop_fd_set(struct loop *loop, int fd, short events, loop_fd_fn *fn, void *self)
{
	struct watch *watch = watch_of(loop, fd);

	if (!watch)
		watch = watch_of(loop, -1);
	if (!watch)
		return ERR_LIMIT;
	*watch = (struct watch){fd, events, ++loop->last_age, fn, self};
	return ERR_NONE;
}

void loop_fd_remove(struct loop *loop, int fd)
{
	struct watch *watch = fd < 0 ? NULL : watch_of(loop, fd);

	if (watch)
		watch->fd = -1;
}

uint64_t loop_timer_start(
    struct loop *loop, int64_t delay_ms, loop_timer_fn *fn, void *self)
{
	for (size_t i = 0; i < LOOP_TIMERS_MAX; i++) {
		if (loop->timer[i].id)
			continue;
		loop->timer[i] =
		    (struct timer){++loop->last_timer_id, now_ms() + delay_ms, fn, self};
		return loop->last_timer_id;
	}
	return 0;
}

void loop_timer_stop(struct loop *loop, uint64_t id)
{
	for (size_t i = 0; id && i < LOOP_TIMERS_MAX; i++) {
		if (loop->timer[i].id == id)
			loop->timer[i].id = 0;
	}
}

enum err loop_signal(struct loop *loop, int signo, loop_signal_fn *fn, void *self)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

	if (signo <= 0 || signo >= LOOP_SIGNALS_MAX)
		return ERR_RANGE;
	loop->signal[signo] = (struct signal_watch){fn, self};
	(void)sigemptyset(&action.sa_mask);
	return sigaction(signo, &action, NULL) ? ERR_IO : ERR_NONE;
}

/* The next one due with an id of at most `id_max`, or NULL: a timer that is
 * started in a callback waits for the next turn, so no turn is endless. */
static struct timer *first_timer(struct loop *loop, uint64_t id_max)
{
	struct timer *first = NULL;

	for (size_t i = 0; i < LOOP_TIMERS_MAX; i++) {
		struct timer *timer = &loop->timer[i];

		if (!timer->id || timer->id > id_max)
			continue;
		if (!first || timer->due_ms < first->due_ms ||
		    (timer->due_ms == first->due_ms && timer->id < first->id))
			first = timer;
	}
	return first;
}

static void fire_timers(struct loop *loop)
{
	uint64_t id_max = loop->last_timer_id;
	int64_t now = now_ms();

	for (size_t i = 0; i < LOOP_TIMERS_MAX; i++) {
		struct timer *timer = first_timer(loop, id_max);

		if (!timer || timer->due_ms > now)
			return;
		struct timer fired = *timer;

		timer->id = 0;
		fired.fn(fired.self);
	}
}

static int wait_of(struct loop *loop, int wait_ms)
{
	struct timer *timer = first_timer(loop, UINT64_MAX);

	if (!timer)
		return wait_ms;
	int64_t left = timer->due_ms - now_ms();

	if (left < 0)
		left = 0;
	if (left > INT_MAX)
		left = INT_MAX;
	return wait_ms >= 0 && wait_ms < left ? wait_ms : (int)left;
}

/* One descriptor that poll reported, if its user is still the one polled for. */
static void serve(struct loop *loop, size_t slot, uint64_t age, short revents)
{
	struct watch *watch = &loop->watch[slot];

	if (watch->fd < 0 || watch->age != age)
		return;
	if (revents & POLLNVAL) {
		log_error("descriptor closed while watched, fd=%d", watch->fd);
		watch->fd = -1;
		return;
	}
	watch->fn(watch->self, watch->fd, revents);
}

enum err loop_turn(struct loop *loop, int wait_ms)
{
	struct pollfd polled[LOOP_FDS_MAX];
	size_t slot[LOOP_FDS_MAX];
	uint64_t age[LOOP_FDS_MAX];
	nfds_t count = 0;

	for (size_t i = 0; i < LOOP_FDS_MAX; i++) {
		if (loop->watch[i].fd < 0)
			continue;
		slot[count] = i;
		age[count] = loop->watch[i].age;
		polled[count++] =
		    (struct pollfd){loop->watch[i].fd, loop->watch[i].events, 0};
	}
	int ready = poll(polled, count, wait_of(loop, wait_ms));

	if (ready < 0 && errno != EINTR)
		return ERR_IO;
	for (nfds_t i = 0; ready > 0 && i < count; i++) {
		if (polled[i].revents)
			serve(loop, slot[i], age[i], polled[i].revents);
	}
	fire_timers(loop);
	return ERR_NONE;
}

enum err loop_run(struct loop *loop)
{
	loop->stopped = false;
	while (!loop->stopped) {
		enum err error = loop_turn(loop, -1);

		if (error)
			return error;
	}
	return ERR_NONE;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}
