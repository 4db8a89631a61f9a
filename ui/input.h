/* SPDX-License-Identifier: MIT */
#ifndef UI_INPUT_H
#define UI_INPUT_H

#include <stdint.h>

/* What the till can hear from a person: one key. */
enum key {
	KEY_NONE_ = 0,
	KEY_CHAR_, /* `ch` is a Unicode code point: digits, letters, signs */
	KEY_ENTER_,
	KEY_BACKSPACE_,
	KEY_ESC_, /* alone; Esc then a digit arrives as the F-key */
	KEY_UP_,
	KEY_DOWN_,
	KEY_LEFT_,
	KEY_RIGHT_,
	KEY_PAGE_UP_,
	KEY_PAGE_DOWN_,
	KEY_DELETE_,
	KEY_TAB_,
	KEY_F1_,
	KEY_F2_,
	KEY_F3_,
	KEY_F4_,
	KEY_F5_,
	KEY_F6_,
	KEY_F7_,
	KEY_F8_,
	KEY_F9_,
	KEY_F10_,
	KEY_COUNT_
};

struct key_press {
	enum key key;
	uint32_t ch;
};

#endif
