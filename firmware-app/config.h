/* SPDX-License-Identifier: MIT */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/limits.h"
#include "till/try_code.h"
#include "ui/words.h"

/* What the technician set: STATE/terminal.yaml (libcyaml). A missing file is all
 * defaults; an unknown key or a wrong type is an error with line and column. */
enum { READER_RULES_MAX = 16, READER_PORT_LEN_MAX = 31 };

enum keyboard_layout {
	LAYOUT_US = 0,
	LAYOUT_ABNT2,
};

struct reader_rule {                        /* one line assigns a keyboard scanner */
	char port[READER_PORT_LEN_MAX + 1]; /* "1-1.2", or empty */
	uint16_t vendor;                    /* 0: any */
	uint16_t product;
	enum keyboard_layout layout;
};

struct config {
	enum language language;
	char zone[ZONE_LEN_MAX + 1]; /* America/Sao_Paulo */
	char store_name[NAME_LEN_MAX + 1];
	uint16_t day_starts_minute; /* 180 */
	bool training;
	uint16_t stick_after_days; /* offline days before the stick is offered; 3 */
	size_t try_count;          /* shown on the help page */
	struct try_code try_code[TRY_CODES_MAX];
	unsigned reader_count;
	struct reader_rule reader[READER_RULES_MAX];
};

/* Prints the fault to stderr; ERR_NOT_READY: the file must be put right first
 * (exit 78). */
MUST_CHECK enum err config_load(int state_fd, struct config *ret_config);

#endif
