/* SPDX-License-Identifier: MIT */
#include "carrier_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app_options.h"
#include "base/banned.h"
#include "owner.h"

#define CARRIER_NAME "balcao-sync"

enum {
	EXIT_NO_PROGRAM = 69,
	EXIT_NO_RIGHTS = 77,
	ARGS_MAX = 8,
};

/* Where it stands if it was installed or built together with us. */
static bool beside_us(char path[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - sizeof CARRIER_NAME);

	if (len <= 0)
		return false;
	path[len] = '\0';
	char *slash = strrchr(path, '/');

	if (!slash)
		return false;
	memcpy(slash + 1, CARRIER_NAME, sizeof CARRIER_NAME);
	return access(path, X_OK) == 0;
}

/* What the child's standard input or output becomes. */
static void take_place(int fd, int place, int fallback_flags)
{
	if (fd < 0)
		fd = fallback_flags < 0 ? -1 : open("/dev/null", fallback_flags);
	if (fd >= 0 && fd != place)
		(void)dup2(fd, place);
}

/* The carrier works as the owner of its keys: another user than the till's where
 * the services are installed. */
static void become_its_owner(void)
{
	char dir[PATH_MAX];
	struct stat info;

	owner_return();
	(void)snprintf(dir, sizeof dir, "%s/keys/carrier", app_options.state_dir);
	if (owner_become(stat(dir, &info) ? app_options.state_dir : dir, true))
		_exit(EXIT_NO_RIGHTS);
}

static void become_carrier(
    const char *const *args, const int to[2], const int from[2], pid_t parent)
{
	char path[PATH_MAX];
	char *argv[ARGS_MAX + 4];

	/* execv takes char *const *, and changes nothing. */
	union {
		const char *in;
		char *out;
	} text;

	size_t n = 0;

	(void)signal(SIGPIPE, SIG_DFL);
	become_its_owner();
	/* After the change of user, which would clear it. */
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(CARRIER_KILLED);
	take_place(to[0], STDIN_FILENO, O_RDONLY);
	take_place(from[1], STDOUT_FILENO, -1);
	bool found = beside_us(path);

	text.in = CARRIER_NAME;
	argv[n++] = text.out;
	text.in = "--state";
	argv[n++] = text.out;
	text.in = app_options.state_dir;
	argv[n++] = text.out;
	for (size_t i = 0; args[i] && i < ARGS_MAX; i++) {
		text.in = args[i];
		argv[n++] = text.out;
	}
	argv[n] = NULL;
	if (found)
		(void)execv(path, argv);
	else
		(void)execvp(CARRIER_NAME, argv);
	(void)fputs("balcao: the program " CARRIER_NAME
		    " is neither beside balcao nor in "
		    "PATH; install it.\n",
	    stderr);
	_exit(EXIT_NO_PROGRAM);
}

static void close_pair(int pair[2])
{
	for (int i = 0; i < 2; i++) {
		if (pair[i] >= 0)
			(void)close(pair[i]);
		pair[i] = -1;
	}
}

static enum err open_pair(int pair[2])
{
	if (pipe(pair))
		return ERR_LIMIT;
	(void)fcntl(pair[0], F_SETFD, FD_CLOEXEC);
	(void)fcntl(pair[1], F_SETFD, FD_CLOEXEC);
	return ERR_NONE;
}

enum err carrier_start(
    const char *const *args, bool talk, struct carrier_process *ret_process)
{
	int to[2] = {-1, -1};
	int from[2] = {-1, -1};
	pid_t parent = getpid();
	enum err error = talk ? open_pair(to) : ERR_NONE;

	if (talk && !error)
		error = open_pair(from);
	pid_t pid = error ? -1 : fork();

	if (pid == 0)
		become_carrier(args, to, from, parent);
	if (pid < 0) {
		close_pair(to);
		close_pair(from);
		return error ? error : ERR_MEMORY;
	}
	if (talk) {
		(void)close(to[0]);
		(void)close(from[1]);
	}
	*ret_process = (struct carrier_process){pid, to[1], from[0]};
	return ERR_NONE;
}

int carrier_wait(struct carrier_process *process)
{
	int status = 0;

	if (process->pid <= 0)
		return CARRIER_KILLED;
	if (process->to_fd >= 0)
		(void)close(process->to_fd);
	process->to_fd = -1;
	while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (process->from_fd >= 0)
		(void)close(process->from_fd);
	*process = (struct carrier_process){0, -1, -1};
	return WIFEXITED(status) ? WEXITSTATUS(status) : CARRIER_KILLED;
}

bool carrier_has_ended(const struct carrier_process *process)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
		   0 &&
	       info.si_pid != 0;
}
