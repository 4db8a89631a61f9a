/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* O_PATH */

#include "sync/stick.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"
#include "contract/answer.h"
#include "contract/letter.h"
#include "os/log.h"

enum {
	STICK_DIR_MODE = 0755,
	STICK_FILE_MODE = 0644,
	INBOX_FILE_MODE = 0640,
	STICK_FILES_MAX = 65536,
};

/* Is it, as far as its form goes, one whole message? A torn one is cut short or
 * has zeros for its end, and is none. */
typedef bool whole_fn(const char *name, struct bytes file);

static bool has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name);
	return len > strlen(suffix) && strcmp(name + len - strlen(suffix), suffix) == 0;
}

static bool batch_is_whole(const char *name, struct bytes file)
{
	struct batch_file batch;
	(void)name;
	return batch_parse(file, &batch) == ERR_NONE;
}

static bool incoming_is_whole(const char *name, struct bytes file)
{
	struct cose_sign1 message;
	struct answer answer;
	struct letter letter;
	if (has_suffix(name, ".answer"))
		return answer_parse(file, &message, &answer) == ERR_NONE;
	return letter_parse(file, &message, &letter) == ERR_NONE;
}

static bool is_batch(const char *name)
{
	struct epoch_id epoch;
	uint64_t number = 0;
	return spool_batch_parse(name, &epoch, &number) == ERR_NONE;
}

static bool is_incoming(const char *name)
{
	return has_suffix(name, ".answer") || strncmp(name, "letter-", 7) == 0;
}

struct copying {
	int from_fd;
	int to_fd;
	mode_t mode;
	whole_fn *whole;
	uint8_t *buf; /* LETTER_FILE_MAX */
	uint8_t *check;
	struct stick_report report;
};

static bool same_there(const struct copying *copying, const char *name, size_t len)
{
	size_t there_len = 0;
	return file_read(copying->to_fd, name, copying->check, LETTER_FILE_MAX,
		   &there_len) == ERR_NONE &&
	       there_len == len && memcmp(copying->buf, copying->check, len) == 0;
}

/* What the medium itself holds, not what memory remembers of it. */
static void forget_pages(const struct copying *copying, const char *name)
{
	int fd = openat(copying->to_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return;
	(void)!posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	(void)close(fd);
}

static enum err copy_one(struct copying *copying, const char *name)
{
	size_t len = 0;
	enum err error =
	    file_read(copying->from_fd, name, copying->buf, LETTER_FILE_MAX, &len);
	if (error == ERR_NOT_FOUND)
		return ERR_NONE; /* answered meanwhile */
	bool torn =
	    error == ERR_LIMIT || error == ERR_IO ||
	    (error == ERR_NONE && !copying->whole(name, bytes_of(copying->buf, len)));
	if (torn) {
		char shown[SPOOL_NAME_MAX];
		copying->report.torn++;
		log_warn("torn file refused, name=%s",
		    log_escape(shown, sizeof(shown), bytes_of_text(name)));
		return ERR_NONE;
	}
	if (error != ERR_NONE)
		return error;
	if (same_there(copying, name, len)) {
		copying->report.there++;
		return ERR_NONE;
	}
	/* A file of this name with other content can only be a torn one. */
	error =
	    file_write(copying->to_fd, name, copying->mode, bytes_of(copying->buf, len));
	if (error != ERR_NONE)
		return error;
	forget_pages(copying, name);
	if (!same_there(copying, name, len)) {
		(void)!file_remove(copying->to_fd, name);
		return ERR_IO;
	}
	copying->report.copied++;
	return ERR_NONE;
}

static enum err copy_all(struct copying *copying, bool (*wanted)(const char *name))
{
	struct names names = {0};
	enum err error = dir_list(copying->from_fd, STICK_FILES_MAX, &names);
	copying->buf = malloc(LETTER_FILE_MAX);
	copying->check = malloc(LETTER_FILE_MAX);
	if (error == ERR_NONE && (copying->buf == NULL || copying->check == NULL))
		error = ERR_MEMORY;
	for (size_t i = 0; i < names.count && error == ERR_NONE; i++)
		if (wanted(names.name[i]))
			error = copy_one(copying, names.name[i]);
	free(copying->buf);
	free(copying->check);
	names_free(&names);
	return error;
}

static enum err stick_path(const char *stick_dir, const char *terminal,
    const char *direction, char out[PATH_MAX])
{
	int len =
	    snprintf(out, PATH_MAX, "%s/balcao/%s/%s", stick_dir, terminal, direction);
	return len < 0 || len >= PATH_MAX ? ERR_LIMIT : ERR_NONE;
}

enum err stick_out(const struct spool *spool, const char *stick_dir, const char *terminal,
    struct stick_report *ret_report)
{
	char path[PATH_MAX];
	struct stat st;
	struct copying copying = {
	    .from_fd = spool->outbox_fd,
	    .mode = STICK_FILE_MODE,
	    .whole = batch_is_whole,
	};
	/* A stick that is not mounted must not become a directory on our disk. */
	if (stat(stick_dir, &st) != 0 || !S_ISDIR(st.st_mode))
		return ERR_NOT_FOUND;
	enum err error = stick_path(stick_dir, terminal, "out", path);
	if (error == ERR_NONE)
		error = dir_make(path, STICK_DIR_MODE);
	if (error == ERR_NONE)
		error = dir_open(path, &copying.to_fd);
	if (error != ERR_NONE)
		return error;
	error = file_sweep(copying.to_fd); /* what a pulled stick left */
	if (error == ERR_NONE)
		error = copy_all(&copying, is_batch);
	(void)close(copying.to_fd);
	*ret_report = copying.report;
	return error;
}

enum err stick_in(const struct spool *spool, const char *stick_dir, const char *terminal,
    struct stick_report *ret_report)
{
	char path[PATH_MAX];
	struct copying copying = {
	    .to_fd = spool->inbox_fd,
	    .mode = INBOX_FILE_MODE,
	    .whole = incoming_is_whole,
	};
	enum err error = stick_path(stick_dir, terminal, "in", path);
	if (error == ERR_NONE)
		error = dir_open(path, &copying.from_fd);
	if (error != ERR_NONE)
		return error;
	error = copy_all(&copying, is_incoming);
	(void)close(copying.from_fd);
	*ret_report = copying.report;
	return error;
}
