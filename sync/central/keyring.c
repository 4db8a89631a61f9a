/* SPDX-License-Identifier: MIT */
#include "central/keyring.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/banned.h"
#include "os/file.h"

enum err key_create(int keys_fd, const char *name, struct key_pair *ret_pair)
{
	struct key_pair pair;
	enum err err = key_generate(pair.scalar, pair.key);
	if (err == ERR_NONE)
		err = file_create(
		    keys_fd, name, 0600, bytes_of(pair.scalar, sizeof pair.scalar));
	if (err == ERR_NONE)
		*ret_pair = pair;
	key_wipe(&pair);
	return err;
}

/* A private key that others can read is no longer private. */
static enum err check_private(int keys_fd, const char *name)
{
	struct stat status;
	if (fstatat(keys_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return ERR_NOT_FOUND;
	return (status.st_mode & 077) == 0 ? ERR_NONE : ERR_DENIED;
}

enum err key_load(int keys_fd, const char *name, struct key_pair *ret_pair)
{
	struct key_pair pair;
	size_t len = 0;
	enum err err = check_private(keys_fd, name);
	if (err == ERR_NONE)
		err = file_read(keys_fd, name, pair.scalar, sizeof pair.scalar, &len);
	if (err == ERR_LIMIT || (err == ERR_NONE && len != sizeof pair.scalar))
		err = ERR_CORRUPT;
	if (err == ERR_NONE)
		err = key_public(pair.scalar, pair.key);
	if (err == ERR_NONE)
		*ret_pair = pair;
	key_wipe(&pair);
	return err;
}

void key_wipe(struct key_pair *pair)
{
	explicit_bzero(pair, sizeof *pair);
}
