/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"
#include "os/file.h"

/* The n-th call from now fails with `errnum`; 0: none. Write fails short
 * first, as a disk that fills up does. */
static struct {
	int write_at, fsync_at, rename_at, errnum;
} fault;

ssize_t __real_write(int fd, const void *buf, size_t len);
int __real_fsync(int fd);
int __real_renameat(int a, const char *from, int b, const char *to);
ssize_t __wrap_write(int fd, const void *buf, size_t len);
int __wrap_fsync(int fd);
int __wrap_renameat(int a, const char *from, int b, const char *to);

static bool fails(int *at)
{
	if (*at == 0 || --*at > 0)
		return false;
	errno = fault.errnum;
	return true;
}

ssize_t __wrap_write(int fd, const void *buf, size_t len)
{
	if (fault.write_at == 2 && len > 1)
		len = len / 2;
	return fails(&fault.write_at) ? -1 : __real_write(fd, buf, len);
}

int __wrap_fsync(int fd)
{
	return fails(&fault.fsync_at) ? -1 : __real_fsync(fd);
}

int __wrap_renameat(int a, const char *from, int b, const char *to)
{
	return fails(&fault.rename_at) ? -1 : __real_renameat(a, from, b, to);
}

static char dir_path[64];
static int dir_fd = -1;

static int set_up(void **state)
{
	(void)state;
	memset(&fault, 0, sizeof(fault));
	(void)snprintf(dir_path, sizeof(dir_path), "/tmp/balcao-file-XXXXXX");
	return mkdtemp(dir_path) != NULL && dir_open(dir_path, &dir_fd) == ERR_NONE ? 0
										    : -1;
}

static int tear_down(void **state)
{
	(void)state;
	char command[96];
	(void)close(dir_fd);
	(void)snprintf(command, sizeof(command), "%s", dir_path);
	pid_t pid = fork();
	if (pid == 0) {
		(void)execlp("rm", "rm", "-rf", command, (char *)NULL);
		_exit(127);
	}
	return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

static size_t entries(void)
{
	/* dir_list hides dot-names, so count with a glob-free walk of ls -A. */
	char command[96];
	(void)snprintf(command, sizeof(command), "ls -A %s | wc -l", dir_path);
	FILE *in = popen(command, "r");
	assert_non_null(in);
	size_t n = 0;
	assert_int_equal(fscanf(in, "%zu", &n), 1);
	assert_int_equal(pclose(in), 0);
	return n;
}

static void expect_content(const char *name, const char *text)
{
	char buf[64];
	size_t len = 0;
	assert_int_equal(file_read(dir_fd, name, buf, sizeof(buf), &len), ERR_NONE);
	assert_int_equal(len, strlen(text));
	assert_memory_equal(buf, text, len);
}

static void test_write_replaces_whole(void **state)
{
	(void)state;
	assert_int_equal(file_write(dir_fd, "a", 0640, bytes_of_text("one")), ERR_NONE);
	assert_int_equal(file_write(dir_fd, "a", 0600, bytes_of_text("two!")), ERR_NONE);
	expect_content("a", "two!");
	struct stat st;
	assert_int_equal(fstatat(dir_fd, "a", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(entries(), 1);
}

static void test_create_refuses_existing(void **state)
{
	(void)state;
	assert_int_equal(file_create(dir_fd, "a", 0600, bytes_of_text("one")), ERR_NONE);
	assert_int_equal(
	    file_create(dir_fd, "a", 0600, bytes_of_text("two")), ERR_EXISTS);
	expect_content("a", "one");
	assert_int_equal(entries(), 1);
}

/* Each step failing leaves the old content and no temporary. */
static void test_faults_leave_the_old_file(void **state)
{
	(void)state;
	assert_int_equal(file_write(dir_fd, "a", 0600, bytes_of_text("old")), ERR_NONE);
	fault.errnum = ENOSPC;
	fault.write_at = 2; /* half of it goes through first */
	assert_int_equal(file_write(dir_fd, "a", 0600, bytes_of_text("newer")), ERR_FULL);
	fault.errnum = EIO;
	fault.fsync_at = 1;
	assert_int_equal(file_write(dir_fd, "a", 0600, bytes_of_text("newer")), ERR_IO);
	fault.rename_at = 1;
	assert_int_equal(file_write(dir_fd, "a", 0600, bytes_of_text("newer")), ERR_IO);
	expect_content("a", "old");
	assert_int_equal(entries(), 1);
	/* The directory's own flush failing is told, though the file is there. */
	fault.fsync_at = 2;
	assert_int_equal(file_write(dir_fd, "a", 0600, bytes_of_text("newer")), ERR_IO);
}

static void test_read_limits(void **state)
{
	(void)state;
	char buf[4] = {0};
	size_t len = 99;
	assert_int_equal(file_read(dir_fd, "none", buf, 4, &len), ERR_NOT_FOUND);
	assert_int_equal(file_write(dir_fd, "a", 0600, bytes_of_text("12345")), ERR_NONE);
	assert_int_equal(file_read(dir_fd, "a", buf, 4, &len), ERR_LIMIT);
	assert_int_equal(len, 99);
	assert_int_equal(file_write(dir_fd, "a", 0600, bytes_of_text("1234")), ERR_NONE);
	assert_int_equal(file_read(dir_fd, "a", buf, 4, &len), ERR_NONE);
	assert_int_equal(len, 4);
	assert_int_equal(mkfifoat(dir_fd, "fifo", 0600), 0);
	assert_int_equal(file_read(dir_fd, "fifo", buf, 4, &len), ERR_FORMAT);
}

static void test_remove(void **state)
{
	(void)state;
	assert_int_equal(file_write(dir_fd, "a", 0600, bytes_of_text("1")), ERR_NONE);
	assert_int_equal(file_remove(dir_fd, "a"), ERR_NONE);
	assert_int_equal(file_remove(dir_fd, "a"), ERR_NONE);
	assert_int_equal(entries(), 0);
}

static void test_list_sorts_and_bounds(void **state)
{
	(void)state;
	const char *const made[] = {"b", "a-2", "c", "a-10"};
	for (size_t i = 0; i < COUNT_OF(made); i++)
		assert_int_equal(
		    file_write(dir_fd, made[i], 0600, bytes_of_text("")), ERR_NONE);
	assert_int_equal(
	    file_write(dir_fd, ".hidden", 0600, bytes_of_text("")), ERR_NONE);
	assert_int_equal(mkdirat(dir_fd, "directory", 0700), 0);
	struct names names = {0};
	assert_int_equal(dir_list(dir_fd, 3, &names), ERR_LIMIT);
	assert_int_equal(dir_list(dir_fd, 4, &names), ERR_NONE);
	const char *const sorted[] = {"a-10", "a-2", "b", "c"};
	assert_int_equal(names.count, 4);
	for (size_t i = 0; i < names.count; i++)
		assert_string_equal(names.name[i], sorted[i]);
	names_free(&names);
	assert_null(names.name);
}

static void test_sweep_spares_what_is_being_written(void **state)
{
	(void)state;
	int stale = openat(dir_fd, ".tmp-1-0", O_CREAT | O_WRONLY, 0600);
	assert_true(stale >= 0);
	(void)close(stale);
	int lock = -1;
	assert_int_equal(
	    lock_take(dir_fd, ".tmp-2-0", "writer", 0, NULL, 0, &lock), ERR_NONE);
	assert_int_equal(file_write(dir_fd, "a", 0600, bytes_of_text("")), ERR_NONE);
	assert_int_equal(file_sweep(dir_fd), ERR_NONE);
	assert_int_equal(faccessat(dir_fd, ".tmp-1-0", F_OK, 0), -1);
	assert_int_equal(faccessat(dir_fd, ".tmp-2-0", F_OK, 0), 0);
	assert_int_equal(faccessat(dir_fd, "a", F_OK, 0), 0);
	lock_release(&lock);
	assert_int_equal(lock, -1);
}

static void test_make_parents(void **state)
{
	(void)state;
	char path[128];
	(void)snprintf(path, sizeof(path), "%s/x//y/z/", dir_path);
	assert_int_equal(dir_make(path, 0750), ERR_NONE);
	assert_int_equal(dir_make(path, 0750), ERR_NONE);
	int fd = -1;
	assert_int_equal(dir_open(path, &fd), ERR_NONE);
	(void)close(fd);
	assert_int_equal(file_write(dir_fd, "file", 0600, bytes_of_text("")), ERR_NONE);
	(void)snprintf(path, sizeof(path), "%s/file/y", dir_path);
	assert_int_equal(dir_make(path, 0750), ERR_EXISTS);
}

static void test_lock_tells_the_holder(void **state)
{
	(void)state;
	int ready[2];
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		int mine = -1;
		bool held = lock_take(dir_fd, "lock", "balcao run", 0, NULL, 0, &mine) ==
			    ERR_NONE;
		(void)!write(ready[1], held ? "y" : "n", 1);
		(void)pause();
		_exit(0);
	}
	char answer = 0;
	assert_int_equal(read(ready[0], &answer, 1), 1);
	assert_int_equal(answer, 'y');
	char holder[64] = "";
	char expected[64];
	int fd = -1;
	assert_int_equal(
	    lock_take(dir_fd, "lock", "balcao record", 30, holder, sizeof(holder), &fd),
	    ERR_BUSY);
	(void)snprintf(expected, sizeof(expected), "%ld balcao run", (long)pid);
	assert_string_equal(holder, expected);
	/* The lock dies with its process. */
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(
	    lock_take(dir_fd, "lock", "balcao record", 1000, NULL, 0, &fd), ERR_NONE);
	lock_release(&fd);
	(void)close(ready[0]);
	(void)close(ready[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_write_replaces_whole, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_create_refuses_existing, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_faults_leave_the_old_file, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_read_limits, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_remove, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_list_sorts_and_bounds, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_sweep_spares_what_is_being_written, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_make_parents, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_lock_tells_the_holder, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
