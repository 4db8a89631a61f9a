/* SPDX-License-Identifier: MIT */
#ifndef USB_STRIPE_H
#define USB_STRIPE_H

#include "drivers/scan.h"
#include "usb/report.h"

/*
 * Stripe readers that send whole tracks in one HID report, found by the usages of
 * their own descriptor: MagTek (page FF00: status 20-22, lengths 28-2A, encode
 * type 38, tracks 30-32; manual 99875191, section 4) and the standard page 8E
 * (lengths 11-13, tracks 21-23; HID Point of Sale Usage Tables 1.02). Pure.
 */
enum { STRIPE_TRACKS = 3 };

struct stripe {
	struct hid_map map;
	const struct hid_field *status[STRIPE_TRACKS]; /* NULL: the page has none */
	const struct hid_field *length[STRIPE_TRACKS];
	const struct hid_field *data[STRIPE_TRACKS];
};

/* ERR_UNSUPPORTED: not this family, or an encrypting model (its descriptor lacks
 * the clear tracks). */
MUST_CHECK enum err stripe_init(struct stripe *stripe, struct bytes descriptor);
size_t stripe_report_len(const struct stripe *stripe);
/*
 * Decodes one whole report. Good tracks go into `ret_scan` one after the other,
 * bad ones are left out; with no good track, `fault` says MISREAD or BLANK.
 * Bytes past a track's length are never looked at. Always fills `ret_scan`.
 */
void stripe_report(
    const struct stripe *stripe, struct bytes report, struct scan *ret_scan);

#endif
