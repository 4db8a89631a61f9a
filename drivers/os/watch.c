/* SPDX-License-Identifier: MIT */
#include "os/watch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/banned.h"

enum { NOTICES_LEN = 4096 };

enum err watch_open(int dir_fd, int *ret_fd)
{
	char path[64];
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0)
		return errno == EMFILE || errno == ENFILE ? ERR_LIMIT : ERR_IO;
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d/.", dir_fd);
	if (inotify_add_watch(fd, path, IN_MOVED_TO | IN_CREATE) < 0) {
		enum err error = errno == ENOSPC ? ERR_LIMIT : ERR_IO;

		(void)close(fd);
		return error;
	}
	*ret_fd = fd;
	return ERR_NONE;
}

static bool any_file(const char *at, size_t left)
{
	struct inotify_event event;

	while (left >= sizeof event) {
		memcpy(&event, at, sizeof event);
		size_t size = sizeof event + event.len;

		if (size > left)
			return true; /* cannot be; scanning is never wrong */
		if (event.mask & IN_Q_OVERFLOW)
			return true;
		if (event.len > 0 && at[sizeof event] != '.')
			return true;
		at += size;
		left -= size;
	}
	return false;
}

bool watch_drain(int fd)
{
	char notices[NOTICES_LEN];
	bool seen = false;

	for (;;) {
		ssize_t len = read(fd, notices, sizeof notices);

		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			return seen;
		seen = any_file(notices, (size_t)len) || seen;
	}
}
