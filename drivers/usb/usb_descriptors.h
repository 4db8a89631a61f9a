/* SPDX-License-Identifier: MIT */
#ifndef USB_USB_DESCRIPTORS_H
#define USB_USB_DESCRIPTORS_H

#include <libusb.h>

#include "usb/usb.h"

/* What libusb's descriptors say, in our words; shared by reading and listing. */
enum {
	USB_DT_HID = 0x21, /* HID 1.11, 7.1 */
	USB_DT_HID_REPORT = 0x22,
};

/* "BUS-PORT.PORT": where it is plugged, the same over replugs and reboots. */
void usb_port_name(libusb_device *device, char out[USB_PORT_LEN_MAX + 1]);
/* Number and boot flags of an interface. */
void usb_describe(
    const struct libusb_interface_descriptor *alt, struct usb_interface *interface);
/* The length that the HID descriptor promises for the report descriptor
 * (HID 1.11, 6.2.1); 0: there is none to trust. */
uint16_t usb_report_descriptor_len(const struct libusb_interface_descriptor *alt);

#endif
