/* SPDX-License-Identifier: MIT */
#include "os/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/banned.h"

enum { SOCKET_BACKLOG = 16 };

static enum err socket_err(int errnum)
{
	switch (errnum) {
	case ENOENT:
	case ECONNREFUSED: return ERR_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS: return ERR_DENIED;
	case ENOSPC: return ERR_FULL;
	case EPIPE:
	case ECONNRESET: return ERR_GONE;
	case EAGAIN:
	case ECONNABORTED:
	case EINTR: return ERR_BUSY;
	default: return ERR_IO;
	}
}

/* sun_path holds 108 bytes, a state directory's path may be longer: the kernel
 * finds the directory through our own descriptor. */
static enum err address_of(int dir_fd, const char *name, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	int len = snprintf(
	    ret->sun_path, sizeof ret->sun_path, "/proc/self/fd/%d/%s", dir_fd, name);

	return len > 0 && (size_t)len < sizeof ret->sun_path ? ERR_NONE : ERR_LIMIT;
}

static enum err bind_and_listen(int fd, const struct sockaddr_un *address)
{
	/* The mode before bind is the mode of the file from its first moment. */
	if (fchmod(fd, 0600))
		return socket_err(errno);
	if (bind(fd, (const struct sockaddr *)address, sizeof *address))
		return socket_err(errno);
	return listen(fd, SOCKET_BACKLOG) ? socket_err(errno) : ERR_NONE;
}

enum err socket_listen(int dir_fd, const char *name, int *ret_fd)
{
	struct sockaddr_un address;
	enum err error = address_of(dir_fd, name, &address);

	if (error)
		return error;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return socket_err(errno);
	if (unlinkat(dir_fd, name, 0) && errno != ENOENT)
		error = socket_err(errno);
	if (!error)
		error = bind_and_listen(fd, &address);
	if (error)
		(void)close(fd);
	else
		*ret_fd = fd;
	return error;
}

void socket_unlisten(int dir_fd, const char *name, int *fd)
{
	if (*fd < 0)
		return;
	(void)unlinkat(dir_fd, name, 0);
	(void)close(*fd);
	*fd = -1;
}

enum err socket_accept(int listen_fd, int *ret_fd)
{
	int fd = accept(listen_fd, NULL, NULL);

	if (fd < 0)
		return socket_err(errno);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) || fcntl(fd, F_SETFL, O_NONBLOCK)) {
		(void)close(fd);
		return ERR_IO;
	}
	*ret_fd = fd;
	return ERR_NONE;
}

enum err socket_connect(int dir_fd, const char *name, int *ret_fd)
{
	struct sockaddr_un address;
	enum err error = address_of(dir_fd, name, &address);

	if (error)
		return error;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return socket_err(errno);
	if (connect(fd, (const struct sockaddr *)&address, sizeof address)) {
		error = socket_err(errno);
		(void)close(fd);
		return error;
	}
	*ret_fd = fd;
	return ERR_NONE;
}

static enum err wait_writable(int fd, int64_t timeout_ms)
{
	struct pollfd polled = {fd, POLLOUT, 0};
	int wait = timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms;
	int ready = poll(&polled, 1, wait);

	if (ready < 0 && errno != EINTR)
		return ERR_IO;
	return ready == 0 ? ERR_TIMEOUT : ERR_NONE;
}

enum err socket_send(int fd, struct bytes bytes, int64_t timeout_ms)
{
	while (bytes.len > 0) {
		ssize_t n = send(fd, bytes.at, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0) {
			bytes.at += n;
			bytes.len -= (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return socket_err(errno);
		enum err error = wait_writable(fd, timeout_ms);

		if (error)
			return error;
	}
	return ERR_NONE;
}
