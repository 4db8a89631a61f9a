/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAKE_DEVICE_H
#define TESTS_FAKE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A USB HID device that the real libusb talks to: umockdev stands for sysfs, udev
 * and the kernel's ioctls, and a pseudo-terminal for the device node, so that
 * poll() tells the truth. Everything a device can do wrong is a call here.
 */
struct fake_device;

struct fake_description {
	uint16_t vendor;
	uint16_t product;
	const char *name; /* product string; NULL: none */
	uint8_t subclass;
	uint8_t protocol;
	uint16_t packet_len;
	const uint8_t *report_descriptor;
	size_t report_descriptor_len;
	const char *kernel_driver; /* bound at the start; NULL: none */
};

struct fake_device *fake_device_new(const struct fake_description *description);
void fake_device_free(struct fake_device **device);

void fake_plug(struct fake_device *device);
/* `as_error`: what waits ends as ERROR, as some controllers say, and the notice
 * that the device left comes only with fake_leave. */
void fake_unplug(struct fake_device *device, bool as_error);
void fake_leave(struct fake_device *device);

/* One transfer of the interrupt endpoint, as packets would end it. */
void fake_send(struct fake_device *device, const uint8_t *data, size_t len);
void fake_stall(struct fake_device *device); /* the next read */
/* Claims answer EBUSY while set: another program holds it. */
void fake_hold(struct fake_device *device, bool held);
/* The report descriptor is refused (stall). */
void fake_hide_descriptor(struct fake_device *device, bool hidden);

struct fake_counts {
	unsigned claims;
	unsigned releases;
	unsigned detached; /* kernel driver taken off */
	unsigned attached; /* and given back */
	unsigned halts_cleared;
	unsigned reads_waiting;
	unsigned ioctls;
};

struct fake_counts fake_counts(struct fake_device *device);

#endif
