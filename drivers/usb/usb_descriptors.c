/* SPDX-License-Identifier: MIT */
#include "usb/usb_descriptors.h"

#include <stdio.h>

#include "base/banned.h"

enum {
	HID_SUBCLASS_BOOT = 1, /* HID 1.11, 4.2 and 4.3 */
	HID_PROTOCOL_KEYBOARD = 1,
	HID_PROTOCOL_MOUSE = 2,
	PORT_DEPTH_MAX = 7, /* USB 3.0, 8.9 */
};

void usb_port_name(libusb_device *device, char out[USB_PORT_LEN_MAX + 1])
{
	uint8_t ports[PORT_DEPTH_MAX];
	int depth = libusb_get_port_numbers(device, ports, PORT_DEPTH_MAX);
	struct sink sink = sink_of(out, USB_PORT_LEN_MAX);
	for (int i = -1; i < depth; i++) {
		char number[8];
		const char *separator = i < 0 ? "" : i == 0 ? "-" : ".";
		unsigned value = i < 0 ? libusb_get_bus_number(device) : ports[i];
		int len = snprintf(number, sizeof(number), "%s%u", separator, value);
		sink_put(&sink, bytes_of(number, (size_t)len));
	}
	out[sink.len] = '\0';
}

uint16_t usb_report_descriptor_len(const struct libusb_interface_descriptor *alt)
{
	enum { HID_LEN = 9, AT_TYPE = 6, AT_LEN = 7 };
	struct cursor in = {.at = alt->extra,
	    .left = alt->extra_length > 0 ? (size_t)alt->extra_length : 0};
	while (in.left >= HID_LEN) {
		size_t len = in.at[0];
		struct bytes descriptor;
		if (len < 2 || cursor_take(&in, len, &descriptor) != ERR_NONE)
			return 0;
		if (descriptor.at[1] == USB_DT_HID && len >= HID_LEN &&
		    descriptor.at[AT_TYPE] == USB_DT_HID_REPORT)
			return (uint16_t)(descriptor.at[AT_LEN] |
					  descriptor.at[AT_LEN + 1] << 8);
	}
	return 0;
}

void usb_describe(
    const struct libusb_interface_descriptor *alt, struct usb_interface *interface)
{
	bool boot = alt->bInterfaceSubClass == HID_SUBCLASS_BOOT;
	interface->number = alt->bInterfaceNumber;
	interface->boot_keyboard =
	    boot && alt->bInterfaceProtocol == HID_PROTOCOL_KEYBOARD;
	interface->boot_mouse = boot && alt->bInterfaceProtocol == HID_PROTOCOL_MOUSE;
}
