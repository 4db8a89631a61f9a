/* SPDX-License-Identifier: MIT */
#ifndef UI_KEYS_H
#define UI_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/input.h"

/*
 * Bytes of a terminal to keys. We read the terminal ourselves and not through
 * curses, which keeps the last typed characters in a queue of its own: here a
 * byte is wiped as soon as it is understood.
 */
enum {
	KEYS_BUF_MAX = 64,
	KEYS_ESC_WAIT_MS = 400, /* after Esc: a digit may follow, for an F-key */
};

struct keys {
	size_t len;
	uint8_t buf[KEYS_BUF_MAX];
};

enum keys_found {
	KEYS_NOTHING = 0,
	KEYS_PRESS,
	KEYS_WAIT, /* what is there may be the start of more: try again with more
		    * bytes, or after KEYS_ESC_WAIT_MS with `waited` */
};

/* Takes what fits; returns the bytes taken. */
size_t keys_feed(struct keys *keys, const uint8_t *bytes, size_t len);
/* The next key, if there is one; its bytes are wiped. `waited`: nothing more
 * came in time, so an Esc stands alone. */
enum keys_found keys_next(struct keys *keys, bool waited, struct key_press *ret_press);

#endif
