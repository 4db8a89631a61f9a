/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config.h"

#include "os/file.h"

static int dir_fd = -1;
static char dir_path[] = "/tmp/balcao-config-XXXXXX";

static int dir_set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir_path));
	return dir_open(dir_path, &dir_fd) == ERR_NONE ? 0 : -1;
}

static int dir_take_down(void **state)
{
	(void)state;
	assert_int_equal(file_remove(dir_fd, "terminal.yaml"), ERR_NONE);
	(void)close(dir_fd);
	return rmdir(dir_path);
}

/* Loads `text`; what went to stderr comes back in `said`. */
static enum err load(const char *text, struct config *config, char said[512])
{
	char path[sizeof(dir_path) + 8];
	size_t len = 0;
	assert_int_equal(
	    file_write(dir_fd, "terminal.yaml", 0644, bytes_of_text(text)), ERR_NONE);
	(void)snprintf(path, sizeof(path), "%s/said", dir_path);
	(void)fflush(stderr);
	int kept = dup(STDERR_FILENO);
	FILE *file = freopen(path, "w", stderr);
	assert_non_null(file);
	enum err error = config_load(dir_fd, config);
	(void)fflush(stderr);
	(void)dup2(kept, STDERR_FILENO);
	(void)close(kept);
	assert_int_equal(file_read(dir_fd, "said", said, 511, &len), ERR_NONE);
	said[len] = '\0';
	assert_int_equal(file_remove(dir_fd, "said"), ERR_NONE);
	return error;
}

static void test_a_missing_file_is_the_defaults(void **state)
{
	(void)state;
	struct config config;
	assert_int_equal(config_load(dir_fd, &config), ERR_NONE);
	assert_int_equal(config.language, LANG_PT_BR);
	assert_string_equal(config.zone, "America/Sao_Paulo");
	assert_int_equal(config.day_starts_minute, 180);
	assert_int_equal(config.stick_after_days, 3);
	assert_false(config.training);
}

static void test_everything_said_is_taken(void **state)
{
	(void)state;
	struct config config;
	char said[512];
	static const char text[] = "# the shop in the square\n"
				   "language: es\n"
				   "zone: America/Manaus\n"
				   "store_name: Loja da Praça\n"
				   "day_starts: \"04:30\"\n"
				   "training: yes\n"
				   "stick_after_days: 5\n"
				   "readers:\n"
				   "  - port: 1-1.2\n"
				   "    layout: abnt2\n"
				   "  - vendor: 05e0\n"
				   "    product: \"0x1200\"\n"
				   "    layout: us\n";
	assert_int_equal(load(text, &config, said), ERR_NONE);
	assert_string_equal(said, "");
	assert_int_equal(config.language, LANG_ES);
	assert_string_equal(config.zone, "America/Manaus");
	assert_string_equal(config.store_name, "Loja da Praça");
	assert_int_equal(config.day_starts_minute, 270);
	assert_true(config.training);
	assert_int_equal(config.stick_after_days, 5);
	assert_int_equal(config.reader_count, 2);
	assert_string_equal(config.reader[0].port, "1-1.2");
	assert_int_equal(config.reader[0].layout, LAYOUT_ABNT2);
	assert_int_equal(config.reader[1].vendor, 0x05e0);
	assert_int_equal(config.reader[1].product, 0x1200);
}

static void test_a_fault_is_told_with_its_place(void **state)
{
	(void)state;

	static const struct {
		const char *text;
		const char *place; /* file, line, column */
		const char *expected;
	} cases[] = {
	    {"language: pt_BR\ncolour: red\n", "terminal.yaml:2:", "store_name"},
	    {"language: de\n", "terminal.yaml:1:11:", "pt_BR, en or es"},
	    {"training: maybe\n", "terminal.yaml:1:11:", "true"},
	    {"stick_after_days: soon\n", "terminal.yaml:1:19:", "a whole number"},
	    {"stick_after_days: 0\n", "terminal.yaml:1:19:", "1 to 365"},
	    {"zone: America/Atlantis\n", "terminal.yaml:1:7:", "America/Sao_Paulo"},
	    {"\nday_starts: noon!\n", "terminal.yaml:2:13:", "03:00"},
	    {"day_starts: \"+3:00\"\n", "terminal.yaml:1:13:", "03:00"},
	    {"day_starts: \"03: 0\"\n", "terminal.yaml:1:13:", "03:00"},
	    {"readers:\n  - layout: us\n    vendor: xyz\n",
		"terminal.yaml:3:13:", "hexadecimal"},
	    {"language: [pt_BR\n", "terminal.yaml:", "YAML"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config config = {.stick_after_days = 77};
		char said[512];
		assert_int_equal(load(cases[i].text, &config, said), ERR_NOT_READY);
		assert_int_equal(
		    strncmp(said, cases[i].place, strlen(cases[i].place)), 0);
		assert_non_null(strstr(said, cases[i].expected));
		assert_int_equal(config.stick_after_days, 77); /* untouched */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_missing_file_is_the_defaults),
	    cmocka_unit_test(test_everything_said_is_taken),
	    cmocka_unit_test(test_a_fault_is_told_with_its_place),
	};
	return cmocka_run_group_tests(tests, dir_set_up, dir_take_down);
}
