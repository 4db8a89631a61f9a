/* SPDX-License-Identifier: MIT */
#ifndef USB_KEYMAP_H
#define USB_KEYMAP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What a key of the HID keyboard page (07) means on a layout. The layout is the
 * scanner's, set by the technician, never the host's. Pure tables.
 */
enum keymap_layout { KEYMAP_US = 0, KEYMAP_ABNT2, KEYMAP_COUNT_ };

/* Not characters: they join with the next one (keymap_compose). */
enum keymap_dead {
	KEYMAP_DEAD_ACUTE = 0x110001,
	KEYMAP_DEAD_GRAVE,
	KEYMAP_DEAD_TILDE,
	KEYMAP_DEAD_CIRCUMFLEX,
	KEYMAP_DEAD_DIAERESIS,
};

/* Code point or dead key; 0: the key writes nothing. */
uint32_t keymap_char(enum keymap_layout layout, uint8_t usage, bool shift, bool altgr);
/* Dead key and character; with a space the accent itself; 0: they do not join. */
uint32_t keymap_compose(uint32_t dead, uint32_t base);
bool keymap_is_dead(uint32_t code_point);
/* The digit of a keypad key, or -1. */
int keymap_keypad_digit(uint8_t usage);
/* A byte of code page 850 or 1252 as a code point; 0: undefined there. */
uint32_t keymap_cp850(uint8_t byte);
uint32_t keymap_cp1252(uint8_t byte);

#endif
