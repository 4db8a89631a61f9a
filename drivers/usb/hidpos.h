/* SPDX-License-Identifier: MIT */
#ifndef USB_HIDPOS_H
#define USB_HIDPOS_H

#include "drivers/scan.h"
#include "usb/report.h"

/*
 * Bar code scanners of usage page 8C (HID Point of Sale Usage Tables 1.02),
 * driven by the device's own report descriptor: where the data are, whether a
 * byte count, a symbology identifier (three usages, or in the data) and a
 * continued bit are sent. Pure; one for each interface.
 */
#define HIDPOS_PAGE 0x8C

struct hidpos {
	struct hid_map map;
	const struct hid_field *data;      /* usage FE */
	const struct hid_field *count;     /* page 01 usage 3B; NULL: none */
	const struct hid_field *aim[3];    /* usages FB FC FD; NULL: none */
	const struct hid_field *continued; /* usage FF; NULL: none */
	bool joining;                      /* a part of a longer label is in `scan` */
	bool too_long;
	struct scan scan;
};

/* What one report led to. */
enum hidpos_news {
	HIDPOS_NOTHING = 0,  /* empty, another report, or a part: wait */
	HIDPOS_SCAN,         /* `scan` is whole, or carries a fault */
	HIDPOS_DROPPED_SCAN, /* as SCAN, and an unfinished label before it was dropped */
};

/* ERR_UNSUPPORTED: the descriptor has no bar code data. */
MUST_CHECK enum err hidpos_init(struct hidpos *hidpos, struct bytes descriptor);
/* `hidpos->scan` is the caller's to read and wipe until the next call. */
enum hidpos_news hidpos_report(struct hidpos *hidpos, struct bytes report);
/* Unplugged, suspended or silent for too long: throws a part away. True when
 * there was one. */
bool hidpos_reset(struct hidpos *hidpos);

#endif
