/* SPDX-License-Identifier: MIT */
#include "usb/keymap.h"

#include <stddef.h>

#include "base/attr.h"
#include "base/banned.h"

/* HID Usage Tables, page 07. ABNT2 after the xkb tables "br" (abnt2). */
enum { USAGE_A = 0x04, USAGE_Z = 0x1D, KEYPAD_1 = 0x59, KEYPAD_0 = 0x62 };

struct key {
	uint8_t usage;
	uint32_t plain;
	uint32_t shifted;
};

/* Alike on both layouts. */
static const struct key common[] = {
    {0x1E, '1', '!'},
    {0x1F, '2', '@'},
    {0x20, '3', '#'},
    {0x21, '4', '$'},
    {0x22, '5', '%'},
    {0x24, '7', '&'},
    {0x25, '8', '*'},
    {0x26, '9', '('},
    {0x27, '0', ')'},
    {0x28, '\r', '\r'},
    {0x2B, '\t', '\t'},
    {0x2C, ' ', ' '},
    {0x2D, '-', '_'},
    {0x2E, '=', '+'},
    {0x36, ',', '<'},
    {0x37, '.', '>'},
    {0x54, '/', '/'},
    {0x55, '*', '*'},
    {0x56, '-', '-'},
    {0x57, '+', '+'},
    {0x58, '\r', '\r'},
};

static const struct key us[] = {
    {0x23, '6', '^'},
    {0x2F, '[', '{'},
    {0x30, ']', '}'},
    {0x31, '\\', '|'},
    {0x32, '\\', '|'},
    {0x33, ';', ':'},
    {0x34, '\'', '"'},
    {0x35, '`', '~'},
    {0x38, '/', '?'},
    {0x63, '.', '.'},
    {0x64, '\\', '|'},
};

static const struct key abnt2[] = {
    {0x23, '6', KEYMAP_DEAD_DIAERESIS},
    {0x2F, KEYMAP_DEAD_ACUTE, KEYMAP_DEAD_GRAVE},
    {0x30, '[', '{'},
    {0x31, ']', '}'},
    {0x32, ']', '}'},
    {0x33, 0xE7, 0xC7},
    {0x34, KEYMAP_DEAD_TILDE, KEYMAP_DEAD_CIRCUMFLEX},
    {0x35, '\'', '"'},
    {0x38, ';', ':'},
    {0x63, ',', ','},
    {0x64, '\\', '|'},
    {0x85, '.', '.'},
    {0x87, '/', '?'},
};

/* RightAlt on ABNT2; 14 and 1A stand in for key 87 on notebooks. */
static const struct key abnt2_altgr[] = {
    {0x14, '/', '/'},
    {0x1A, '?', '?'},
    {0x08, 0xB0, 0xB0},
    {0x2E, 0xA7, 0xA7},
    {0x30, 0xAA, 0xAA},
    {0x31, 0xBA, 0xBA},
    {0x32, 0xBA, 0xBA},
};

static uint32_t look_up(const struct key *keys, size_t count, uint8_t usage, bool shift)
{
	for (size_t i = 0; i < count; i++)
		if (keys[i].usage == usage)
			return shift ? keys[i].shifted : keys[i].plain;
	return 0;
}

uint32_t keymap_char(enum keymap_layout layout, uint8_t usage, bool shift, bool altgr)
{
	if (altgr && layout == KEYMAP_ABNT2)
		return look_up(abnt2_altgr, COUNT_OF(abnt2_altgr), usage, shift);
	if (usage >= USAGE_A && usage <= USAGE_Z)
		return (uint32_t)((shift ? 'A' : 'a') + usage - USAGE_A);
	int digit = keymap_keypad_digit(usage);
	if (digit >= 0)
		return (uint32_t)('0' + digit);
	uint32_t found = look_up(common, COUNT_OF(common), usage, shift);
	if (found != 0)
		return found;
	return layout == KEYMAP_ABNT2 ? look_up(abnt2, COUNT_OF(abnt2), usage, shift)
				      : look_up(us, COUNT_OF(us), usage, shift);
}

int keymap_keypad_digit(uint8_t usage)
{
	if (usage == KEYPAD_0)
		return 0;
	return usage >= KEYPAD_1 && usage < KEYPAD_0 ? usage - KEYPAD_1 + 1 : -1;
}

bool keymap_is_dead(uint32_t code_point)
{
	return code_point >= KEYMAP_DEAD_ACUTE && code_point <= KEYMAP_DEAD_DIAERESIS;
}

/* The letters that Portuguese and Spanish use, and the accent on a space. */
static const struct {
	uint32_t dead;
	uint32_t base;
	uint32_t joined;
} joins[] = {
    {KEYMAP_DEAD_ACUTE, 'a', 0xE1},
    {KEYMAP_DEAD_ACUTE, 'e', 0xE9},
    {KEYMAP_DEAD_ACUTE, 'i', 0xED},
    {KEYMAP_DEAD_ACUTE, 'o', 0xF3},
    {KEYMAP_DEAD_ACUTE, 'u', 0xFA},
    {KEYMAP_DEAD_ACUTE, 'A', 0xC1},
    {KEYMAP_DEAD_ACUTE, 'E', 0xC9},
    {KEYMAP_DEAD_ACUTE, 'I', 0xCD},
    {KEYMAP_DEAD_ACUTE, 'O', 0xD3},
    {KEYMAP_DEAD_ACUTE, 'U', 0xDA},
    {KEYMAP_DEAD_ACUTE, ' ', 0xB4},
    {KEYMAP_DEAD_GRAVE, 'a', 0xE0},
    {KEYMAP_DEAD_GRAVE, 'A', 0xC0},
    {KEYMAP_DEAD_GRAVE, ' ', '`'},
    {KEYMAP_DEAD_TILDE, 'a', 0xE3},
    {KEYMAP_DEAD_TILDE, 'o', 0xF5},
    {KEYMAP_DEAD_TILDE, 'n', 0xF1},
    {KEYMAP_DEAD_TILDE, 'A', 0xC3},
    {KEYMAP_DEAD_TILDE, 'O', 0xD5},
    {KEYMAP_DEAD_TILDE, 'N', 0xD1},
    {KEYMAP_DEAD_TILDE, ' ', '~'},
    {KEYMAP_DEAD_CIRCUMFLEX, 'a', 0xE2},
    {KEYMAP_DEAD_CIRCUMFLEX, 'e', 0xEA},
    {KEYMAP_DEAD_CIRCUMFLEX, 'o', 0xF4},
    {KEYMAP_DEAD_CIRCUMFLEX, 'A', 0xC2},
    {KEYMAP_DEAD_CIRCUMFLEX, 'E', 0xCA},
    {KEYMAP_DEAD_CIRCUMFLEX, 'O', 0xD4},
    {KEYMAP_DEAD_CIRCUMFLEX, ' ', '^'},
    {KEYMAP_DEAD_DIAERESIS, 'u', 0xFC},
    {KEYMAP_DEAD_DIAERESIS, 'U', 0xDC},
    {KEYMAP_DEAD_DIAERESIS, ' ', 0xA8},
};

uint32_t keymap_compose(uint32_t dead, uint32_t base)
{
	for (size_t i = 0; i < COUNT_OF(joins); i++)
		if (joins[i].dead == dead && joins[i].base == base)
			return joins[i].joined;
	return 0;
}

enum { UPPER_HALF = 0x80, C1_END = 0xA0 };

static const uint16_t cp850_upper[] = {
    0x00C7,
    0x00FC,
    0x00E9,
    0x00E2,
    0x00E4,
    0x00E0,
    0x00E5,
    0x00E7,
    0x00EA,
    0x00EB,
    0x00E8,
    0x00EF,
    0x00EE,
    0x00EC,
    0x00C4,
    0x00C5,
    0x00C9,
    0x00E6,
    0x00C6,
    0x00F4,
    0x00F6,
    0x00F2,
    0x00FB,
    0x00F9,
    0x00FF,
    0x00D6,
    0x00DC,
    0x00F8,
    0x00A3,
    0x00D8,
    0x00D7,
    0x0192,
    0x00E1,
    0x00ED,
    0x00F3,
    0x00FA,
    0x00F1,
    0x00D1,
    0x00AA,
    0x00BA,
    0x00BF,
    0x00AE,
    0x00AC,
    0x00BD,
    0x00BC,
    0x00A1,
    0x00AB,
    0x00BB,
    0x2591,
    0x2592,
    0x2593,
    0x2502,
    0x2524,
    0x00C1,
    0x00C2,
    0x00C0,
    0x00A9,
    0x2563,
    0x2551,
    0x2557,
    0x255D,
    0x00A2,
    0x00A5,
    0x2510,
    0x2514,
    0x2534,
    0x252C,
    0x251C,
    0x2500,
    0x253C,
    0x00E3,
    0x00C3,
    0x255A,
    0x2554,
    0x2569,
    0x2566,
    0x2560,
    0x2550,
    0x256C,
    0x00A4,
    0x00F0,
    0x00D0,
    0x00CA,
    0x00CB,
    0x00C8,
    0x0131,
    0x00CD,
    0x00CE,
    0x00CF,
    0x2518,
    0x250C,
    0x2588,
    0x2584,
    0x00A6,
    0x00CC,
    0x2580,
    0x00D3,
    0x00DF,
    0x00D4,
    0x00D2,
    0x00F5,
    0x00D5,
    0x00B5,
    0x00FE,
    0x00DE,
    0x00DA,
    0x00DB,
    0x00D9,
    0x00FD,
    0x00DD,
    0x00AF,
    0x00B4,
    0x00AD,
    0x00B1,
    0x2017,
    0x00BE,
    0x00B6,
    0x00A7,
    0x00F7,
    0x00B8,
    0x00B0,
    0x00A8,
    0x00B7,
    0x00B9,
    0x00B3,
    0x00B2,
    0x25A0,
    0x00A0,
};

/* 0x80 to 0x9F; from 0xA0 on the page is Latin-1. */
static const uint16_t cp1252_c1[] = {
    0x20AC,
    0,
    0x201A,
    0x0192,
    0x201E,
    0x2026,
    0x2020,
    0x2021,
    0x02C6,
    0x2030,
    0x0160,
    0x2039,
    0x0152,
    0,
    0x017D,
    0,
    0,
    0x2018,
    0x2019,
    0x201C,
    0x201D,
    0x2022,
    0x2013,
    0x2014,
    0x02DC,
    0x2122,
    0x0161,
    0x203A,
    0x0153,
    0,
    0x017E,
    0x0178,
};

_Static_assert(COUNT_OF(cp850_upper) == UPPER_HALF, "half a page");
_Static_assert(COUNT_OF(cp1252_c1) == C1_END - UPPER_HALF, "the C1 range");

uint32_t keymap_cp850(uint8_t byte)
{
	return byte < UPPER_HALF ? byte : cp850_upper[byte - UPPER_HALF];
}

uint32_t keymap_cp1252(uint8_t byte)
{
	return byte < UPPER_HALF || byte >= C1_END ? byte : cp1252_c1[byte - UPPER_HALF];
}
