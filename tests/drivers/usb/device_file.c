/* SPDX-License-Identifier: MIT */
#include "device_file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

enum part { PART_KEYS, PART_HEX, PART_REPORTS, PART_ROWS };

static int nibble(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : toupper((unsigned char)c) - 'A' + 10;
}

/* Appends the hex bytes of a line to a report. */
static bool add_hex(const char *line, uint8_t *out, size_t *len)
{
	for (; *line != '\0'; line++) {
		if (isspace((unsigned char)*line))
			continue;
		if (!isxdigit((unsigned char)line[0]) ||
		    !isxdigit((unsigned char)line[1]) || *len == DEVICE_REPORT_MAX)
			return false;
		out[(*len)++] = (uint8_t)(nibble(line[0]) << 4 | nibble(line[1]));
		line++;
	}
	return true;
}

static bool add_key(struct device_block *block, const char *line)
{
	const char *colon = strstr(line, ": ");
	if (colon == NULL || block->key_count == DEVICE_KEYS_MAX)
		return colon == NULL ? false : true; /* notes beyond the room are left */
	struct device_key *key = &block->key[block->key_count++];
	return text_from_bytes(key->key, sizeof(key->key),
		   bytes_of(line, (size_t)(colon - line))) == ERR_NONE &&
	       text_copy(key->value, sizeof(key->value), colon + 2) == ERR_NONE;
}

static bool take_line(struct device_block *block, enum part *part, const char *line)
{
	if (*part == PART_KEYS && strcmp(line, "hex:") == 0) {
		*part = PART_HEX;
		block->report_count = 1;
	} else if (*part == PART_KEYS && strcmp(line, "reports:") == 0) {
		*part = PART_REPORTS;
	} else if (*part == PART_KEYS && strcmp(line, "rows:") == 0) {
		*part = PART_ROWS;
	} else if (*part == PART_KEYS) {
		return add_key(block, line);
	} else if (*part == PART_HEX) {
		return add_hex(line, block->report[0].data, &block->report[0].len);
	} else if (*part == PART_REPORTS) {
		if (block->report_count == DEVICE_REPORTS_MAX)
			return false;
		size_t i = block->report_count++;
		return add_hex(line, block->report[i].data, &block->report[i].len);
	}
	return true;
}

static bool read_lines(FILE *in, struct device_file *file)
{
	static char line[8192];
	struct device_block *block = &file->header;
	enum part part = PART_KEYS;
	while (fgets(line, sizeof(line), in) != NULL) {
		line[strcspn(line, "\r\n")] = '\0';
		if (strncmp(line, "block: ", 7) == 0) {
			if (file->block_count == DEVICE_BLOCKS_MAX)
				return false;
			block = &file->block[file->block_count++];
			if (text_copy(block->type, sizeof(block->type), line + 7) !=
			    ERR_NONE)
				return false;
			part = PART_KEYS;
		} else if (strcmp(line, "end") == 0) {
			block = NULL;
		} else if (line[0] != '\0' &&
			   (block == NULL || !take_line(block, &part, line))) {
			return false;
		}
	}
	return true;
}

bool device_file_read(const char *path, struct device_file *ret_file)
{
	FILE *in = fopen(path, "r");
	memset(ret_file, 0, sizeof(*ret_file));
	bool good = in != NULL && read_lines(in, ret_file);
	if (!good)
		(void)fprintf(stderr, "%s: not a device file\n", path);
	if (in != NULL)
		(void)fclose(in);
	return good;
}

const char *device_value(const struct device_block *block, const char *key)
{
	for (size_t i = 0; i < block->key_count; i++)
		if (strcmp(block->key[i].key, key) == 0)
			return block->key[i].value;
	return NULL;
}

const struct device_block *device_block_of(
    const struct device_file *file, const char *type)
{
	for (size_t i = 0; i < file->block_count; i++)
		if (strcmp(file->block[i].type, type) == 0)
			return &file->block[i];
	return NULL;
}

size_t device_unescape(const char *text, uint8_t *out, size_t cap)
{
	size_t len = 0;
	for (; *text != '\0' && len < cap; text++) {
		if (*text != '\\') {
			out[len++] = (uint8_t)*text;
			continue;
		}
		text++;
		if (*text == 'x') {
			out[len++] = (uint8_t)(nibble(text[1]) << 4 | nibble(text[2]));
			text += 2;
		} else {
			out[len++] = *text == 'r'   ? '\r'
				     : *text == 'n' ? '\n'
						    : (uint8_t)*text;
		}
	}
	return len;
}
