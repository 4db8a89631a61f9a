/* SPDX-License-Identifier: MIT */
#ifndef USB_LIST_H
#define USB_LIST_H

#include "usb/usb.h"

/* What a technician sees of the HID interfaces that are plugged in. Looks only:
 * nothing is detached from the kernel and nothing is kept open. */
enum usb_role {
	USB_ROLE_UNKNOWN = 0,    /* a HID interface whose descriptor cannot be read now */
	USB_ROLE_SCANNER,        /* usage page 8C */
	USB_ROLE_STRIPE,         /* page FF00 of MagTek's family, or 8E */
	USB_ROLE_TYPING_SCANNER, /* a keyboard that calls itself a scanner */
	USB_ROLE_KEYBOARD,
	USB_ROLE_OTHER, /* a HID device that is no reader */
	USB_ROLE_COUNT_
};

enum usb_access {
	USB_ACCESS_FREE = 0,
	USB_ACCESS_KERNEL, /* a kernel driver holds it: Balcão will take it over */
	USB_ACCESS_BUSY,   /* another program holds it */
	USB_ACCESS_DENIED, /* no permission: the udev rule is missing */
	USB_ACCESS_COUNT_
};

struct usb_listed {
	struct usb_interface interface;
	enum usb_role role;
	enum usb_access access;
};

typedef void usb_listed_fn(void *self, const struct usb_listed *listed);

/* Calls `fn` for each HID interface, in order of port. ERR_UNSUPPORTED: no USB. */
MUST_CHECK enum err usb_list(usb_listed_fn *fn, void *self);

/* True when a product string says that the device is a scanner. */
bool usb_calls_itself_scanner(const char *product_name);

#endif
