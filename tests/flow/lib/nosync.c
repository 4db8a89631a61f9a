/* SPDX-License-Identifier: MIT */
/* A disk that says "written" and has not: preloaded, it makes every sync call
 * succeed without doing anything. The power-cut test must catch it. */
int fsync(int fd);
int fdatasync(int fd);

int fsync(int fd)
{
	(void)fd;
	return 0;
}

int fdatasync(int fd)
{
	(void)fd;
	return 0;
}
