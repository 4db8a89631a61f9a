/* SPDX-License-Identifier: MIT */
#ifndef DRIVERS_SCAN_H
#define DRIVERS_SCAN_H

#include <stddef.h>
#include <stdint.h>

enum {
	SCAN_LEN_MAX = 2048,      /* bytes of one label, all its reports joined */
	SCAN_TRACK_LEN_MAX = 110, /* ISO/IEC 7811 track 3 has 107 characters */
	SCAN_READER_LEN_MAX = 32,
};

enum scan_source {
	SCAN_NONE = 0,
	SCAN_SCANNER,     /* a bar code or a QR code */
	SCAN_STRIPE,      /* a magnetic stripe */
	SCAN_CONTACTLESS, /* a chip or tag */
	SCAN_KEYPAD,      /* typed by the clerk and ended with Enter */
};

/* What went wrong with a read that is shown and handed on as no data. */
enum scan_fault {
	SCAN_FAULT_NONE = 0,
	SCAN_FAULT_MISREAD,   /* parity, LRC, sentinel or length wrong: read again */
	SCAN_FAULT_BLANK,     /* a stripe without flux, an empty tag */
	SCAN_FAULT_TOO_LONG,  /* more than SCAN_LEN_MAX */
	SCAN_FAULT_ENCRYPTED, /* an encrypted reader: we hold no key, by choice */
};

/*
 * What a reader hands over, once a read is whole. A stripe read gives its
 * tracks one after the other in `data`, each with its sentinels ("%...?",
 * ";...?", "+...?") as ISO/IEC 7811 writes them; a bad track is left out.
 * `aim` is the AIM symbology identifier with its bracket ("]E0"), or empty.
 * Payment data may pass through here: whoever is done with a scan wipes it.
 */
struct scan {
	enum scan_source source;
	enum scan_fault fault;
	char aim[4];
	char reader[SCAN_READER_LEN_MAX + 1]; /* which one, for the message */
	size_t len;
	uint8_t data[SCAN_LEN_MAX + 1]; /* a NUL follows, not counted */
};

/* Overwrites every byte (explicit_bzero). */
void scan_wipe(struct scan *scan);

#endif
