/* SPDX-License-Identifier: MIT */
#ifndef TESTS_DEVICE_FILE_H
#define TESTS_DEVICE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the recordings of tests/devices: a header, then blocks of bytes with
 * what a right decoder gives. See tests/README.md for the format. */
enum {
	DEVICE_VALUE_MAX = 1024,
	DEVICE_KEYS_MAX = 16,
	DEVICE_REPORTS_MAX = 400,
	DEVICE_REPORT_MAX = 400,
	DEVICE_BLOCKS_MAX = 64,
};

struct device_key {
	char key[40];
	char value[DEVICE_VALUE_MAX];
};

struct device_block {
	char type[32];
	size_t key_count;
	struct device_key key[DEVICE_KEYS_MAX];
	size_t report_count; /* a hex: part is one report */

	struct {
		size_t len;
		uint8_t data[DEVICE_REPORT_MAX];
	} report[DEVICE_REPORTS_MAX];
};

struct device_file {
	struct device_block header;
	size_t block_count;
	struct device_block block[DEVICE_BLOCKS_MAX];
};

/* False with a message on stderr when the file is not of the format. */
bool device_file_read(const char *path, struct device_file *ret_file);
/* Value of a key; NULL: the block has none. */
const char *device_value(const struct device_block *block, const char *key);
/* First block of a type; NULL: none. */
const struct device_block *device_block_of(
    const struct device_file *file, const char *type);
/* `\r`, `\n`, `\xNN` and `\\` become bytes; returns their number. */
size_t device_unescape(const char *text, uint8_t *out, size_t cap);

#endif
