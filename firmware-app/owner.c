/* SPDX-License-Identifier: MIT */
#include "owner.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

enum err owner_become(const char *dir, bool for_good)
{
	struct stat info;

	/* A directory that is not there yet will be whoever's makes it. */
	if (geteuid() != 0 || stat(dir, &info) || info.st_uid == 0)
		return ERR_NONE;
	if (setgroups(1, &info.st_gid) ||
	    (for_good ? setgid(info.st_gid) : setegid(info.st_gid)) ||
	    (for_good ? setuid(info.st_uid) : seteuid(info.st_uid)))
		return ERR_DENIED;
	return ERR_NONE;
}

void owner_return(void)
{
	if (getuid() == 0 && geteuid() != 0) {
		(void)!seteuid(0);
		(void)!setegid(0);
	}
}
