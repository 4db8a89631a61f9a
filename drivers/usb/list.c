/* SPDX-License-Identifier: MIT */
#include "usb/list.h"

#include <libusb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

#include "usb/hidpos.h"
#include "usb/stripe.h"
#include "usb/usb_descriptors.h"
#include "usb/wedge.h"

enum { CONTROL_TIMEOUT_MS = 500, LISTED_MAX = 64 };

struct listing {
	size_t count;
	struct usb_listed listed[LISTED_MAX];
};

bool usb_calls_itself_scanner(const char *product_name)
{
	static const char *const words[] = {"scanner", "barcode", "bar code", "imager"};
	for (size_t i = 0; i < COUNT_OF(words); i++)
		for (const char *at = product_name; *at != '\0'; at++)
			if (strncasecmp(at, words[i], strlen(words[i])) == 0)
				return true;
	return false;
}

/* The families as the running program would try them. */
static enum usb_role role_from(
    struct bytes descriptor, const struct usb_interface *interface)
{
	static union {
		struct hidpos hidpos;
		struct stripe stripe;
		struct wedge wedge;
	} probe;

	if (hidpos_init(&probe.hidpos, descriptor) == ERR_NONE)
		return USB_ROLE_SCANNER;
	if (stripe_init(&probe.stripe, descriptor) == ERR_NONE)
		return USB_ROLE_STRIPE;
	if (wedge_init(&probe.wedge, descriptor, KEYMAP_US) != ERR_NONE)
		return USB_ROLE_OTHER;
	return usb_calls_itself_scanner(interface->product_name) ? USB_ROLE_TYPING_SCANNER
								 : USB_ROLE_KEYBOARD;
}

/* What can be said while the kernel holds the interface. */
static enum usb_role role_without_descriptor(const struct usb_interface *interface)
{
	if (!interface->boot_keyboard)
		return interface->boot_mouse ? USB_ROLE_OTHER : USB_ROLE_UNKNOWN;
	return usb_calls_itself_scanner(interface->product_name) ? USB_ROLE_TYPING_SCANNER
								 : USB_ROLE_KEYBOARD;
}

static void probe(
    libusb_device_handle *handle, uint16_t descriptor_len, struct usb_listed *listed)
{
	uint8_t descriptor[HID_DESCRIPTOR_MAX];
	uint8_t number = listed->interface.number;
	listed->role = role_without_descriptor(&listed->interface);
	if (libusb_kernel_driver_active(handle, number) == 1) {
		listed->access = USB_ACCESS_KERNEL;
		return;
	}
	if (libusb_claim_interface(handle, number) != 0) {
		listed->access = USB_ACCESS_BUSY;
		return;
	}
	int len = libusb_control_transfer(handle,
	    LIBUSB_ENDPOINT_IN | LIBUSB_REQUEST_TYPE_STANDARD |
		LIBUSB_RECIPIENT_INTERFACE,
	    LIBUSB_REQUEST_GET_DESCRIPTOR, USB_DT_HID_REPORT << 8, number, descriptor,
	    descriptor_len, CONTROL_TIMEOUT_MS);
	if (len > 0)
		listed->role =
		    role_from(bytes_of(descriptor, (size_t)len), &listed->interface);
	libusb_release_interface(handle, number);
}

static void list_interface(libusb_device_handle *handle, int open_result,
    const struct libusb_interface_descriptor *alt, struct usb_listed *listed)
{
	uint16_t len = usb_report_descriptor_len(alt);
	usb_describe(alt, &listed->interface);
	listed->role = role_without_descriptor(&listed->interface);
	if (open_result != 0)
		listed->access = open_result == LIBUSB_ERROR_ACCESS ? USB_ACCESS_DENIED
								    : USB_ACCESS_BUSY;
	else if (len > 0 && len <= HID_DESCRIPTOR_MAX)
		probe(handle, len, listed);
}

static void list_device(libusb_device *device, struct listing *listing)
{
	struct libusb_device_descriptor descriptor;
	struct libusb_config_descriptor *config;
	libusb_device_handle *handle = NULL;
	struct usb_listed common = {.role = USB_ROLE_UNKNOWN};
	if (libusb_get_device_descriptor(device, &descriptor) != 0 ||
	    libusb_get_active_config_descriptor(device, &config) != 0)
		return;
	int result = libusb_open(device, &handle);
	common.interface.vendor = descriptor.idVendor;
	common.interface.product = descriptor.idProduct;
	usb_port_name(device, common.interface.port);
	if (result == 0 && descriptor.iProduct != 0)
		(void)libusb_get_string_descriptor_ascii(handle, descriptor.iProduct,
		    (unsigned char *)common.interface.product_name, USB_PRODUCT_LEN_MAX);
	for (uint8_t i = 0; i < config->bNumInterfaces && listing->count < LISTED_MAX;
	     i++) {
		if (config->interface[i].num_altsetting < 1 ||
		    config->interface[i].altsetting[0].bInterfaceClass !=
			LIBUSB_CLASS_HID)
			continue;
		struct usb_listed *listed = &listing->listed[listing->count++];
		*listed = common;
		list_interface(
		    handle, result, &config->interface[i].altsetting[0], listed);
	}
	if (handle != NULL)
		libusb_close(handle);
	libusb_free_config_descriptor(config);
}

static int by_port(const void *a, const void *b)
{
	const struct usb_listed *left = a;
	const struct usb_listed *right = b;
	int order = strcmp(left->interface.port, right->interface.port);
	return order != 0 ? order : left->interface.number - right->interface.number;
}

enum err usb_list(usb_listed_fn *fn, void *self)
{
	static struct listing listing;
	libusb_context *context;
	libusb_device **devices;
	if (libusb_init(&context) != 0)
		return ERR_UNSUPPORTED;
	ssize_t count = libusb_get_device_list(context, &devices);
	listing.count = 0;
	for (ssize_t i = 0; i < count; i++)
		list_device(devices[i], &listing);
	if (count >= 0)
		libusb_free_device_list(devices, 1);
	libusb_exit(context);
	if (count < 0)
		return ERR_UNSUPPORTED;
	qsort(listing.listed, listing.count, sizeof(listing.listed[0]), by_port);
	for (size_t i = 0; i < listing.count; i++)
		fn(self, &listing.listed[i]);
	return ERR_NONE;
}
