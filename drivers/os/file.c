/* SPDX-License-Identifier: MIT */
/* F_OFD_SETLK and renameat2 stand behind this name. */
#define _GNU_SOURCE

#include "os/file.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/banned.h"

#define TEMPORARY_PREFIX ".tmp-"

enum {
	TEMPORARY_NAME_MAX = 64,
	LOCK_LINE_MAX = 128,
	LOCK_POLL_MS = 20,
	SWEEP_MAX = 4096, /* temporaries a sweep looks at */
};

enum err err_from_errno(int errnum)
{
	switch (errnum) {
	case ENOSPC:
	case EDQUOT: return ERR_FULL;
	case EACCES:
	case EPERM:
	case EROFS: return ERR_DENIED;
	case ENOENT: return ERR_NOT_FOUND;
	case EEXIST: return ERR_EXISTS;
	case EAGAIN:
	case EBUSY: return ERR_BUSY;
	case ENOMEM: return ERR_MEMORY;
	default: return ERR_IO;
	}
}

static enum err dir_sync(int dir_fd)
{
	return fsync(dir_fd) == 0 ? ERR_NONE : err_from_errno(errno);
}

/* One level below `at_fd`; a directory made here is durable in its parent. */
static enum err dir_step(int at_fd, const char *name, mode_t mode, int *ret_fd)
{
	bool made = mkdirat(at_fd, name, mode) == 0;
	if (!made && errno != EEXIST)
		return err_from_errno(errno);
	if (made) {
		/* An O_PATH descriptor cannot be synced: open the parent itself. */
		int parent = openat(at_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		enum err error = parent < 0 ? err_from_errno(errno) : dir_sync(parent);
		if (parent >= 0)
			(void)close(parent);
		if (error != ERR_NONE)
			return error;
	}
	int fd = openat(at_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOTDIR ? ERR_EXISTS : err_from_errno(errno);
	*ret_fd = fd;
	return ERR_NONE;
}

enum err dir_make(const char *path, mode_t mode)
{
	char copy[PATH_MAX];
	enum err error = text_copy(copy, sizeof(copy), path);
	if (error != ERR_NONE)
		return error;
	int fd = open(path[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_from_errno(errno);
	char *rest = copy;
	for (char *name; (name = strtok_r(rest, "/", &rest)) != NULL;) {
		int next = -1;
		error = dir_step(fd, name, mode, &next);
		(void)close(fd);
		if (error != ERR_NONE)
			return error;
		fd = next;
	}
	(void)close(fd);
	return ERR_NONE;
}

enum err dir_open(const char *path, int *ret_fd)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_from_errno(errno);
	*ret_fd = fd;
	return ERR_NONE;
}

static enum err lock_fd(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	return fcntl(fd, F_OFD_SETLK, &lock) == 0 ? ERR_NONE : err_from_errno(errno);
}

static enum err write_all(int fd, struct bytes content)
{
	while (content.len > 0) {
		ssize_t n = write(fd, content.at, content.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? err_from_errno(errno) : ERR_IO;
		content.at += n;
		content.len -= (size_t)n;
	}
	return ERR_NONE;
}

/* Locked for as long as it is written, so that a sweep by another process
 * takes only what nobody writes any more. */
static enum err temporary_make(
    int dir_fd, mode_t mode, char name[TEMPORARY_NAME_MAX], int *ret_fd)
{
	static atomic_uint counter;
	for (int attempt = 0; attempt < 16; attempt++) {
		(void)snprintf(name, TEMPORARY_NAME_MAX, TEMPORARY_PREFIX "%ld-%u",
		    (long)getpid(), atomic_fetch_add(&counter, 1));
		int fd =
		    openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
		if (fd >= 0) {
			(void)lock_fd(
			    fd); /* a file system without locks: no sweep race */
			*ret_fd = fd;
			return ERR_NONE;
		}
		if (errno != EEXIST)
			return err_from_errno(errno);
	}
	return ERR_EXISTS;
}

static enum err temporary_fill(int fd, struct bytes content)
{
	enum err error = write_all(fd, content);
	if (error != ERR_NONE)
		return error;
	return fsync(fd) == 0 ? ERR_NONE : err_from_errno(errno);
}

static enum err rename_new(int dir_fd, const char *from, const char *to)
{
	if (renameat2(dir_fd, from, dir_fd, to, RENAME_NOREPLACE) == 0)
		return ERR_NONE;
	if (errno != EINVAL && errno != ENOSYS)
		return err_from_errno(errno);
	if (linkat(dir_fd, from, dir_fd, to, 0) != 0)
		return err_from_errno(errno);
	(void)unlinkat(dir_fd, from, 0); /* a sweep takes it if this fails */
	return ERR_NONE;
}

static enum err rename_over(int dir_fd, const char *from, const char *to)
{
	return renameat(dir_fd, from, dir_fd, to) == 0 ? ERR_NONE : err_from_errno(errno);
}

static enum err file_put(
    int dir_fd, const char *name, mode_t mode, struct bytes content, bool replace)
{
	char temporary[TEMPORARY_NAME_MAX];
	int fd = -1;
	enum err error = temporary_make(dir_fd, mode, temporary, &fd);
	if (error != ERR_NONE)
		return error;
	error = temporary_fill(fd, content);
	if (error == ERR_NONE)
		error = replace ? rename_over(dir_fd, temporary, name)
				: rename_new(dir_fd, temporary, name);
	if (error != ERR_NONE)
		(void)unlinkat(dir_fd, temporary, 0);
	/* Closed after the rename, for the lock; fsync has told what close could. */
	(void)close(fd);
	return error == ERR_NONE ? dir_sync(dir_fd) : error;
}

enum err file_write(int dir_fd, const char *name, mode_t mode, struct bytes content)
{
	return file_put(dir_fd, name, mode, content, true);
}

enum err file_create(int dir_fd, const char *name, mode_t mode, struct bytes content)
{
	/* A look first spares the flush of a file that cannot be placed. */
	if (faccessat(dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return ERR_EXISTS;
	return file_put(dir_fd, name, mode, content, false);
}

static enum err read_all(int fd, void *buf, size_t cap, size_t *ret_len)
{
	size_t len = 0;
	uint8_t beyond;
	for (;;) {
		bool full = len == cap;
		ssize_t n = full ? read(fd, &beyond, 1)
				 : read(fd, (uint8_t *)buf + len, cap - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_from_errno(errno);
		if (n == 0)
			break;
		if (full)
			return ERR_LIMIT;
		len += (size_t)n;
	}
	*ret_len = len;
	return ERR_NONE;
}

enum err file_read(int dir_fd, const char *name, void *buf, size_t cap, size_t *ret_len)
{
	/* O_NONBLOCK: a FIFO put in the way must not stop the counter. */
	int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_from_errno(errno);
	struct stat st;
	enum err error = fstat(fd, &st) == 0 ? ERR_NONE : err_from_errno(errno);
	if (error == ERR_NONE && !S_ISREG(st.st_mode))
		error = ERR_FORMAT;
	if (error == ERR_NONE)
		error = read_all(fd, buf, cap, ret_len);
	(void)close(fd);
	return error;
}

enum err file_remove(int dir_fd, const char *name)
{
	if (unlinkat(dir_fd, name, 0) != 0)
		return errno == ENOENT ? ERR_NONE : err_from_errno(errno);
	return dir_sync(dir_fd);
}

/* A second description of the directory: reading it moves nobody's offset. */
static DIR *dir_reader(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	DIR *dir = fdopendir(fd);
	if (dir == NULL) {
		int why = errno;
		(void)close(fd);
		errno = why;
	}
	return dir;
}

static void sweep_one(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return;
	if (lock_fd(fd) != ERR_BUSY)
		(void)unlinkat(dir_fd, name, 0);
	(void)close(fd);
}

enum err file_sweep(int dir_fd)
{
	DIR *dir = dir_reader(dir_fd);
	if (dir == NULL)
		return err_from_errno(errno);
	const struct dirent *entry;
	for (int i = 0; i < SWEEP_MAX && (entry = readdir(dir)) != NULL;)
		if (strncmp(entry->d_name, TEMPORARY_PREFIX, strlen(TEMPORARY_PREFIX)) ==
		    0) {
			sweep_one(dir_fd, entry->d_name);
			i++;
		}
	(void)closedir(dir);
	return ERR_NONE;
}

static bool is_regular(int dir_fd, const struct dirent *entry)
{
	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_REG;
	struct stat st;
	return fstatat(dir_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode);
}

static int name_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names as they are found: one after the other, each with its NUL. */
struct listing {
	char *text;
	size_t len;
	size_t cap;
	size_t count;
};

static enum err listing_add(struct listing *listing, const char *name)
{
	size_t len = strlen(name) + 1;
	if (listing->cap - listing->len < len) {
		size_t cap = 2 * listing->cap + 4096 + len;
		char *text = realloc(listing->text, cap);
		if (text == NULL)
			return ERR_MEMORY;
		listing->text = text;
		listing->cap = cap;
	}
	memcpy(listing->text + listing->len, name, len);
	listing->len += len;
	listing->count++;
	return ERR_NONE;
}

static enum err listing_read(int dir_fd, DIR *dir, size_t max, struct listing *listing)
{
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(dir);
		if (entry == NULL)
			return errno == 0 ? ERR_NONE : err_from_errno(errno);
		if (entry->d_name[0] == '.' || !is_regular(dir_fd, entry))
			continue;
		if (listing->count == max)
			return ERR_LIMIT;
		enum err error = listing_add(listing, entry->d_name);
		if (error != ERR_NONE)
			return error;
	}
}

/* Takes the listing's text over. */
static enum err listing_names(const struct listing *listing, struct names *ret_names)
{
	struct names names = {.count = listing->count, .text = listing->text};
	if (listing->count > 0) {
		char *at = listing->text;
		names.name = calloc(listing->count, sizeof(*names.name));
		if (names.name == NULL)
			return ERR_MEMORY;
		for (size_t i = 0; i < names.count; i++, at += strlen(at) + 1)
			names.name[i] = at;
		qsort(names.name, names.count, sizeof(*names.name), name_order);
	}
	*ret_names = names;
	return ERR_NONE;
}

enum err dir_list(int dir_fd, size_t max, struct names *ret_names)
{
	struct listing listing = {0};
	DIR *dir = dir_reader(dir_fd);
	if (dir == NULL)
		return err_from_errno(errno);
	enum err error = listing_read(dir_fd, dir, max, &listing);
	(void)closedir(dir);
	if (error == ERR_NONE)
		error = listing_names(&listing, ret_names);
	if (error != ERR_NONE)
		free(listing.text);
	return error;
}

void names_free(struct names *names)
{
	free(names->name);
	free(names->text);
	*names = (struct names){0};
}

static int64_t monotonic_ms(void)
{
	struct timespec now = {0};
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum err lock_wait(int fd, int64_t wait_ms)
{
	int64_t until_ms = monotonic_ms() + wait_ms;
	for (;;) {
		enum err error = lock_fd(fd);
		if (error != ERR_BUSY || monotonic_ms() >= until_ms)
			return error;
		struct timespec pause = {.tv_nsec = LOCK_POLL_MS * 1000000L};
		(void)nanosleep(&pause, NULL);
	}
}

/* The line is a courtesy; the lock itself is what holds. */
static void holder_read(int fd, char *holder, size_t cap)
{
	if (holder == NULL || cap == 0)
		return;
	ssize_t n = pread(fd, holder, cap - 1, 0);
	holder[n > 0 ? n : 0] = '\0';
	holder[strcspn(holder, "\n")] = '\0';
}

static enum err holder_write(int fd, const char *command)
{
	char line[LOCK_LINE_MAX];
	int len = snprintf(line, sizeof(line), "%ld %.80s\n", (long)getpid(), command);
	assert(len > 0 && (size_t)len < sizeof(line));
	if (ftruncate(fd, 0) != 0)
		return err_from_errno(errno);
	if (pwrite(fd, line, (size_t)len, 0) == (ssize_t)len)
		return ERR_NONE;
	/* A full disk must not stop the one writer from telling so. */
	return errno == ENOSPC ? ERR_NONE : err_from_errno(errno);
}

/* NOLINTNEXTLINE(readability-function-size): taking and telling are one call */
enum err lock_take(int dir_fd, const char *name, const char *command, int64_t wait_ms,
    char *holder, size_t holder_cap, int *ret_fd)
{
	int fd = openat(dir_fd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return err_from_errno(errno);
	enum err error = lock_wait(fd, wait_ms);
	if (error == ERR_BUSY)
		holder_read(fd, holder, holder_cap);
	if (error == ERR_NONE)
		error = holder_write(fd, command);
	if (error != ERR_NONE) {
		(void)close(fd);
		return error;
	}
	*ret_fd = fd;
	return ERR_NONE;
}

void lock_release(int *fd)
{
	if (*fd < 0)
		return;
	if (ftruncate(*fd, 0) != 0)
		errno = 0; /* only the courtesy line stays behind */
	(void)close(*fd);
	*fd = -1;
}
