/* SPDX-License-Identifier: MIT */
#ifndef USB_WEDGE_H
#define USB_WEDGE_H

#include "drivers/scan.h"
#include "usb/keymap.h"
#include "usb/report.h"

/*
 * Scanners that type (HID keyboard, page 07): reports in, labels out. Keys are
 * edges between reports; Shift may come as a report of its own; a label ends with
 * Enter, Tab, LF or CR, also as Ctrl combinations. Control characters and chords
 * are data or nothing, never commands. Pure; one for each interface.
 */
enum {
	WEDGE_KEYS_MAX = 16,
	WEDGE_IDLE_MS = 200, /* no key for so long inside a label: it is thrown away */
};

struct wedge {
	struct hid_map map;
	enum keymap_layout layout;
	const struct hid_field *keys;
	const struct hid_field *modifier[8]; /* E0 to E7; NULL: none */
	uint8_t held[WEDGE_KEYS_MAX];
	size_t held_count;
	bool caps;
	bool alt_held;
	bool alt_typed;        /* keypad digits came under Alt */
	bool alt_leading_zero; /* code page 1252, otherwise 850 */
	unsigned alt_digits;
	uint32_t alt_code;
	uint32_t dead; /* waits for its letter; 0: none */
	bool too_long;
	bool done; /* `scan` was handed out: the next character begins anew */
	struct scan scan;
};

/* `descriptor` empty: the boot keyboard's (HID 1.11, B.1). ERR_UNSUPPORTED when
 * it has no key array. */
MUST_CHECK enum err wedge_init(
    struct wedge *wedge, struct bytes descriptor, enum keymap_layout layout);
/* True: `wedge->scan` is one whole label, or carries a fault; the caller reads
 * and wipes it. At most one label ends in a report. */
bool wedge_report(struct wedge *wedge, struct bytes report);
/* Unplugged, or WEDGE_IDLE_MS without a key: forgets keys and a part. True when
 * there was a part; it is never glued to the next label. */
bool wedge_reset(struct wedge *wedge);
bool wedge_has_part(const struct wedge *wedge);

#endif
