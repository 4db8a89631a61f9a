/* SPDX-License-Identifier: MIT */
#ifndef USB_USB_H
#define USB_USB_H

#include "base/bytes.h"
#include "drivers/reader.h"

/*
 * libusb in the loop: finds HID interfaces by class, detaches the kernel's
 * driver, reads, and gives them back. Nothing blocks: descriptors, strings and
 * reports come as asynchronous transfers. A device may come, go or fail at any
 * moment. The only room that knows libusb is usb.c.
 */
enum {
	USB_PORT_LEN_MAX = 24,    /* "1-1.4.2" */
	USB_PRODUCT_LEN_MAX = 64, /* of the product string, ASCII */
	USB_INTERFACES_MAX = 32,  /* in use at once */
	USB_STALLS_MAX = 8,       /* in a row, then the interface is given up */
	USB_RETRY_MS = 1000,      /* after an error or while another program holds it */
	USB_RETRIES_MAX = 30,
};

/* An interface that might be a reader, as its descriptors say. */
struct usb_interface {
	char port[USB_PORT_LEN_MAX + 1];
	uint16_t vendor;
	uint16_t product;
	char product_name[USB_PRODUCT_LEN_MAX + 1]; /* empty: none or not ASCII */
	uint8_t number;
	bool boot_keyboard; /* subclass 01, protocol 01 (HID 1.11, 4.2 and 4.3) */
	bool boot_mouse;    /* subclass 01, protocol 02 */
};

struct usb_reader; /* what a family keeps for one interface */

/*
 * A family of readers. `wants` decides by the descriptors alone, before the
 * interface is taken from the kernel; `bind` by the report descriptor: any error
 * gives the interface back untouched.
 */
struct usb_family {
	const char *name;
	bool (*wants)(void *self, const struct usb_interface *interface);
	enum err (*bind)(void *self, const struct usb_interface *interface,
	    struct bytes report_descriptor, struct usb_reader **ret_reader,
	    size_t *ret_report_len);
	/* One report, or a short one. */
	void (*report)(void *self, struct usb_reader *reader, struct bytes report);
	/* The device has left: forget a part of a read; frees. */
	void (*unbind)(void *self, struct usb_reader **reader);
};

struct usb;

/* `families` in order of preference; they and `self` live longer than the
 * result. ERR_UNSUPPORTED: no USB here. */
MUST_CHECK enum err usb_open(struct loop *loop, const struct usb_family *families,
    size_t family_count, void *self, struct usb **ret_usb);
/* Cancels, waits for what is under way, gives every interface back. */
void usb_close(struct usb **usb);

#endif
