/* SPDX-License-Identifier: MIT */
#include "carrier/uplink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"
#include "os/file.h"

static enum err make_dir_at(int dir_fd, const char *name, mode_t mode)
{
	if (mkdirat(dir_fd, name, mode) && errno != EEXIST)
		return err_from_errno(errno);
	return ERR_NONE;
}

enum err uplink_dir(int state_fd, bool make, int *ret_fd)
{
	enum err error = ERR_NONE;

	if (make)
		error = make_dir_at(state_fd, "keys", 0755);
	if (make && !error)
		error = make_dir_at(state_fd, "keys/carrier", 0700);
	if (error)
		return error;
	int fd = openat(state_fd, "keys/carrier", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_READY : err_from_errno(errno);
	*ret_fd = fd;
	return ERR_NONE;
}

/* Takes "WORD VALUE\n" from the front of `text`. */
static enum err take_line(
    struct bytes *text, const char *word, char *value, size_t value_cap)
{
	size_t word_len = strlen(word);
	const uint8_t *end = text->len > 0 ? memchr(text->at, '\n', text->len) : NULL;

	if (!end || text->len < word_len + 2 || memcmp(text->at, word, word_len) != 0 ||
	    text->at[word_len] != ' ')
		return ERR_FORMAT;
	size_t line_len = (size_t)(end - text->at);

	if (line_len <= word_len)
		return ERR_FORMAT;
	struct bytes inside = bytes_of(text->at + word_len + 1, line_len - word_len - 1);

	*text = bytes_of(end + 1, text->len - line_len - 1);
	return text_from_bytes(value, value_cap, inside);
}

static enum err read_uplink(int dir_fd, struct uplink *uplink)
{
	char buf[URL_LEN_MAX + TERMINAL_LEN_MAX + 32];
	char url[URL_LEN_MAX + 1];
	size_t len;
	enum err error = file_read(dir_fd, "uplink", buf, sizeof buf, &len);

	if (error)
		return error;
	struct bytes text = bytes_of(buf, len);

	error = take_line(&text, "url", url, sizeof url);
	if (!error)
		error = take_line(
		    &text, "terminal", uplink->terminal, sizeof uplink->terminal);
	if (!error)
		error = url_normal(url, uplink->url);
	if (!error && !text_is_name(uplink->terminal, TERMINAL_LEN_MAX))
		error = ERR_FORMAT;
	return error;
}

static enum err check_private(int dir_fd, const char *name)
{
	struct stat info;

	if (fstatat(dir_fd, name, &info, AT_SYMLINK_NOFOLLOW))
		return err_from_errno(errno);
	return info.st_mode & 077 ? ERR_DENIED : ERR_NONE;
}

static enum err load_all(int dir_fd, struct uplink *uplink)
{
	enum err error = read_uplink(dir_fd, uplink);

	if (!error)
		error = check_private(dir_fd, "tls.key");
	if (!error)
		error = file_read(
		    dir_fd, "tls.key", uplink->key, sizeof uplink->key, &uplink->key_len);
	if (!error)
		error = file_read(dir_fd, "tls.crt", uplink->certificate,
		    sizeof uplink->certificate, &uplink->certificate_len);
	if (!error)
		error = file_read(
		    dir_fd, "ca.pem", uplink->ca, sizeof uplink->ca, &uplink->ca_len);
	/* An empty CA file would switch verification off. */
	if (!error && (uplink->ca_len == 0 || uplink->key_len == 0))
		error = ERR_FORMAT;
	return error == ERR_NOT_FOUND ? ERR_NOT_READY : error;
}

enum err uplink_load(int state_fd, struct uplink *ret_uplink)
{
	int dir_fd = -1;
	enum err error = uplink_dir(state_fd, false, &dir_fd);

	if (error)
		return error;
	error = load_all(dir_fd, ret_uplink);
	(void)close(dir_fd);
	if (error)
		uplink_wipe(ret_uplink);
	return error;
}

enum err uplink_store(int dir_fd, const char *url, const char *terminal)
{
	char text[URL_LEN_MAX + TERMINAL_LEN_MAX + 32];
	int len = snprintf(text, sizeof text, "url %s\nterminal %s\n", url, terminal);

	if (len < 0 || (size_t)len >= sizeof text)
		return ERR_LIMIT;
	return file_write(dir_fd, "uplink", 0600, bytes_of(text, (size_t)len));
}

void uplink_wipe(struct uplink *uplink)
{
	explicit_bzero(uplink, sizeof *uplink);
}
