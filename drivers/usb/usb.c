/* SPDX-License-Identifier: MIT */
#include "usb/usb.h"

#include <assert.h>
#include <libusb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#include "os/log.h"
#include "os/loop.h"
#include "usb/report.h"
#include "usb/usb_descriptors.h"

enum {
	CONTROL_TIMEOUT_MS = 1000,
	STRING_LEN_MAX = 255,
	LANGUAGE_ENGLISH = 0x0409,
	CLOSE_TURNS_MAX = 100,
	CLOSE_TURN_US = 20 * 1000,
	HUB_REPORT_LEN = 64,
};

/* Where an interface stands. Every step but READING has one transfer under way
 * or a timer; FREE slots have neither. */
enum state {
	STATE_FREE = 0,
	STATE_NAMING,     /* the product string is asked for */
	STATE_CLAIMING,   /* another program holds it: tried again by timer */
	STATE_DESCRIBING, /* the report descriptor is asked for */
	STATE_READING,
	STATE_PAUSED,  /* after an error: tried again by timer */
	STATE_CLOSING, /* waits for its transfer to come back */
};

struct slot {
	struct usb *usb;
	enum state state;
	struct usb_interface interface;
	libusb_device *device; /* referenced while not FREE */
	libusb_device_handle *handle;
	uint8_t endpoint;
	uint16_t packet_len;
	uint16_t descriptor_len;
	uint8_t name_index;
	bool claimed;
	const struct usb_family *family;
	struct usb_reader *reader;
	struct libusb_transfer *transfer;
	bool pending;
	uint64_t timer;
	unsigned stalls;
	unsigned retries;
	size_t report_len;
	size_t have; /* bytes of a report that comes in several packets */
	uint8_t buf[HID_REPORT_BYTES_MAX + LIBUSB_CONTROL_SETUP_SIZE];
	uint8_t report[HID_REPORT_BYTES_MAX];
};

struct usb {
	struct loop *loop;
	libusb_context *context;
	libusb_hotplug_callback_handle hotplug;
	bool has_hotplug;
	const struct usb_family *families;
	size_t family_count;
	void *self;
	struct slot slot[USB_INTERFACES_MAX];
};

static void sweep(struct usb *usb);
static void slot_claim(struct slot *slot);
static void slot_read(struct slot *slot);

/* --- libusb's descriptors in our loop -------------------------------------- */

static void handle_events(struct usb *usb)
{
	struct timeval now = {0};
	int result = libusb_handle_events_timeout_completed(usb->context, &now, NULL);
	if (result != 0)
		log_warn(
		    "libusb cannot handle events, error=%s", libusb_error_name(result));
	sweep(usb);
}

static void on_fd(void *self, int fd, short revents)
{
	(void)fd;
	(void)revents;
	handle_events(self);
}

static void pollfd_added(int fd, short events, void *self)
{
	struct usb *usb = self;
	if (loop_fd_set(usb->loop, fd, events, on_fd, usb) != ERR_NONE)
		log_error("no room in the loop for a USB descriptor, fd=%d", fd);
}

static void pollfd_removed(int fd, void *self)
{
	struct usb *usb = self;
	loop_fd_remove(usb->loop, fd);
}

/* --- slots ------------------------------------------------------------------ */

static struct slot *slot_new(struct usb *usb)
{
	for (size_t i = 0; i < USB_INTERFACES_MAX; i++)
		if (usb->slot[i].state == STATE_FREE)
			return &usb->slot[i];
	return NULL;
}

static void stop_timer(struct slot *slot)
{
	if (slot->timer != 0)
		loop_timer_stop(slot->usb->loop, slot->timer);
	slot->timer = 0;
}

/* Gives everything back. Only without a transfer under way. */
static void slot_free(struct slot *slot)
{
	assert(!slot->pending);
	stop_timer(slot);
	if (slot->reader != NULL)
		slot->family->unbind(slot->usb->self, &slot->reader);
	/* libusb hands the interface back to the kernel's driver on release. */
	if (slot->claimed)
		libusb_release_interface(slot->handle, slot->interface.number);
	if (slot->handle != NULL)
		libusb_close(slot->handle);
	libusb_free_transfer(slot->transfer);
	libusb_unref_device(slot->device);
	explicit_bzero(slot, sizeof(*slot));
}

/* libusb holds a lock of its own while it calls us, which libusb_close wants too:
 * so nothing is closed inside a callback, only here, between them. */
static void sweep(struct usb *usb)
{
	for (size_t i = 0; i < USB_INTERFACES_MAX; i++)
		if (usb->slot[i].state == STATE_CLOSING && !usb->slot[i].pending)
			slot_free(&usb->slot[i]);
}

static void slot_end(struct slot *slot)
{
	stop_timer(slot);
	slot->state = STATE_CLOSING;
	if (slot->pending)
		libusb_cancel_transfer(slot->transfer);
}

static void on_retry(void *self)
{
	struct slot *slot = self;
	struct usb *usb = slot->usb;
	slot->timer = 0;
	if (slot->state == STATE_CLAIMING)
		slot_claim(slot);
	else if (slot->state == STATE_PAUSED)
		slot_read(slot);
	sweep(usb);
}

/* Tries again in a while; gives up after USB_RETRIES_MAX. */
static void slot_retry(struct slot *slot, enum state state)
{
	slot->state = state;
	if (slot->retries++ < USB_RETRIES_MAX)
		slot->timer =
		    loop_timer_start(slot->usb->loop, USB_RETRY_MS, on_retry, slot);
	if (slot->timer == 0) {
		log_warn("reader given up, port=%s interface=%u", slot->interface.port,
		    slot->interface.number);
		slot_end(slot);
	}
}

static bool submit(struct slot *slot)
{
	int result = libusb_submit_transfer(slot->transfer);
	slot->pending = result == 0;
	if (result != 0)
		log_debug("transfer refused, port=%s error=%s", slot->interface.port,
		    libusb_error_name(result));
	return slot->pending;
}

/* --- reading reports -------------------------------------------------------- */

/* A report ends at its known length or at a packet that is not full. */
static void take_packet(struct slot *slot, size_t len)
{
	size_t room = sizeof(slot->report) - slot->have;
	size_t taken = len < room ? len : room;
	memcpy(slot->report + slot->have, slot->buf, taken);
	slot->have += taken;
	bool is_short = slot->packet_len == 0 || len % slot->packet_len != 0 || len == 0;
	if (slot->have == 0 || (slot->have < slot->report_len && !is_short))
		return;
	struct bytes report = {.at = slot->report, .len = slot->have};
	slot->have = 0;
	slot->family->report(slot->usb->self, slot->reader, report);
	explicit_bzero(slot->report, report.len);
}

static void on_stall(struct slot *slot)
{
	if (++slot->stalls > USB_STALLS_MAX ||
	    libusb_clear_halt(slot->handle, slot->endpoint) != 0) {
		slot_retry(slot, STATE_PAUSED);
		return;
	}
	slot_read(slot);
}

static void on_read(struct libusb_transfer *transfer)
{
	struct slot *slot = transfer->user_data;
	slot->pending = false;
	if (slot->state == STATE_CLOSING)
		return;
	switch (transfer->status) {
	case LIBUSB_TRANSFER_COMPLETED:
		slot->stalls = 0;
		slot->retries = 0;
		take_packet(slot, (size_t)transfer->actual_length);
		explicit_bzero(slot->buf, (size_t)transfer->actual_length);
		slot_read(slot);
		return;
	case LIBUSB_TRANSFER_TIMED_OUT: slot_read(slot); return;
	case LIBUSB_TRANSFER_STALL: on_stall(slot); return;
	case LIBUSB_TRANSFER_NO_DEVICE: slot_end(slot); return;
	case LIBUSB_TRANSFER_CANCELLED:
	case LIBUSB_TRANSFER_ERROR:
	case LIBUSB_TRANSFER_OVERFLOW:
		/* Some controllers say ERROR on an unplug: LEFT follows, or it was a
		 * fault of the moment. Half a read never joins the next one. */
		slot->have = 0;
		slot_retry(slot, STATE_PAUSED);
		return;
	default: slot_end(slot); return;
	}
}

static void slot_read(struct slot *slot)
{
	size_t packets = (slot->report_len + slot->packet_len - 1U) /
			 (slot->packet_len > 0 ? slot->packet_len : 1U);
	size_t len = packets * slot->packet_len;
	if (len == 0 || len > HID_REPORT_BYTES_MAX)
		len = HUB_REPORT_LEN;
	slot->state = STATE_READING;
	libusb_fill_interrupt_transfer(slot->transfer, slot->handle, slot->endpoint,
	    slot->buf, (int)len, on_read, slot, 0);
	if (!submit(slot))
		slot_retry(slot, STATE_PAUSED);
}

/* --- claiming and describing ------------------------------------------------ */

static void bind_family(struct slot *slot, struct bytes descriptor)
{
	struct usb *usb = slot->usb;
	for (size_t i = 0; i < usb->family_count; i++) {
		const struct usb_family *family = &usb->families[i];
		size_t report_len = 0;
		if (!family->wants(usb->self, &slot->interface))
			continue;
		slot->family = family;
		if (family->bind(usb->self, &slot->interface, descriptor, &slot->reader,
			&report_len) == ERR_NONE) {
			slot->report_len = report_len;
			slot->retries = 0;
			log_info("reader found, family=%s port=%s interface=%u",
			    family->name, slot->interface.port, slot->interface.number);
			slot_read(slot);
			return;
		}
		slot->reader = NULL;
	}
	slot_end(slot); /* not one of ours: back to the kernel */
}

static void on_described(struct libusb_transfer *transfer)
{
	struct slot *slot = transfer->user_data;
	slot->pending = false;
	if (slot->state == STATE_CLOSING)
		return;
	if (transfer->status == LIBUSB_TRANSFER_NO_DEVICE) {
		slot_end(slot);
		return;
	}
	size_t len = transfer->status == LIBUSB_TRANSFER_COMPLETED
			 ? (size_t)transfer->actual_length
			 : 0;
	bind_family(slot, bytes_of(libusb_control_transfer_get_data(transfer), len));
}

static void slot_describe(struct slot *slot)
{
	slot->state = STATE_DESCRIBING;
	libusb_fill_control_setup(slot->buf,
	    LIBUSB_ENDPOINT_IN | LIBUSB_REQUEST_TYPE_STANDARD |
		LIBUSB_RECIPIENT_INTERFACE,
	    LIBUSB_REQUEST_GET_DESCRIPTOR, USB_DT_HID_REPORT << 8, slot->interface.number,
	    slot->descriptor_len);
	libusb_fill_control_transfer(slot->transfer, slot->handle, slot->buf,
	    on_described, slot, CONTROL_TIMEOUT_MS);
	if (!submit(slot))
		slot_end(slot);
}

static void slot_claim(struct slot *slot)
{
	int result = libusb_claim_interface(slot->handle, slot->interface.number);
	if (result == LIBUSB_ERROR_BUSY) {
		log_warn("reader is held by another program, port=%s interface=%u",
		    slot->interface.port, slot->interface.number);
		slot_retry(slot, STATE_CLAIMING);
		return;
	}
	slot->claimed = result == 0;
	if (slot->claimed)
		slot_describe(slot);
	else
		slot_end(slot);
}

static bool is_wanted(const struct slot *slot)
{
	const struct usb *usb = slot->usb;
	for (size_t i = 0; i < usb->family_count; i++)
		if (usb->families[i].wants(usb->self, &slot->interface))
			return true;
	return false;
}

static void slot_decide(struct slot *slot)
{
	if (is_wanted(slot))
		slot_claim(slot);
	else
		slot_end(slot);
}

/* UTF-16 of a string descriptor (USB 2.0, 9.6.7); what is not ASCII becomes '?'. */
static void take_name(struct slot *slot, const uint8_t *at, size_t len)
{
	size_t out = 0;
	for (size_t i = 2; i + 1 < len && out < USB_PRODUCT_LEN_MAX; i += 2) {
		bool ascii = at[i + 1] == 0 && at[i] >= ' ' && at[i] <= '~';
		slot->interface.product_name[out++] = ascii ? (char)at[i] : '?';
	}
	slot->interface.product_name[out] = '\0';
}

static void on_named(struct libusb_transfer *transfer)
{
	struct slot *slot = transfer->user_data;
	slot->pending = false;
	if (slot->state == STATE_CLOSING)
		return;
	if (transfer->status == LIBUSB_TRANSFER_COMPLETED)
		take_name(slot, libusb_control_transfer_get_data(transfer),
		    (size_t)transfer->actual_length);
	slot_decide(slot);
}

static void slot_name(struct slot *slot)
{
	slot->state = STATE_NAMING;
	libusb_fill_control_setup(slot->buf,
	    LIBUSB_ENDPOINT_IN | LIBUSB_REQUEST_TYPE_STANDARD | LIBUSB_RECIPIENT_DEVICE,
	    LIBUSB_REQUEST_GET_DESCRIPTOR,
	    (uint16_t)(LIBUSB_DT_STRING << 8 | slot->name_index), LANGUAGE_ENGLISH,
	    STRING_LEN_MAX);
	libusb_fill_control_transfer(
	    slot->transfer, slot->handle, slot->buf, on_named, slot, CONTROL_TIMEOUT_MS);
	if (!submit(slot))
		slot_decide(slot);
}

/* --- arrival and departure -------------------------------------------------- */

static const struct libusb_endpoint_descriptor *interrupt_in(
    const struct libusb_interface_descriptor *alt)
{
	for (uint8_t i = 0; i < alt->bNumEndpoints; i++) {
		const struct libusb_endpoint_descriptor *endpoint = &alt->endpoint[i];
		if ((endpoint->bEndpointAddress & LIBUSB_ENDPOINT_IN) != 0 &&
		    (endpoint->bmAttributes & LIBUSB_TRANSFER_TYPE_MASK) ==
			LIBUSB_TRANSFER_TYPE_INTERRUPT)
			return endpoint;
	}
	return NULL;
}

static void slot_start(struct usb *usb, libusb_device *device,
    const struct libusb_device_descriptor *descriptor,
    const struct libusb_interface_descriptor *alt)
{
	enum { PACKET_LEN_MASK = 0x7FF };
	const struct libusb_endpoint_descriptor *endpoint = interrupt_in(alt);
	uint16_t len = usb_report_descriptor_len(alt);
	if (endpoint == NULL || len == 0 || len > HID_DESCRIPTOR_MAX)
		return;
	struct slot *slot = slot_new(usb);
	if (slot == NULL) {
		log_warn("more readers than can be used, limit=%d", USB_INTERFACES_MAX);
		return;
	}
	slot->usb = usb;
	slot->state = STATE_CLOSING;
	slot->device = libusb_ref_device(device);
	slot->endpoint = endpoint->bEndpointAddress;
	slot->packet_len = endpoint->wMaxPacketSize & PACKET_LEN_MASK;
	slot->descriptor_len = len;
	slot->name_index = descriptor->iProduct;
	slot->interface.vendor = descriptor->idVendor;
	slot->interface.product = descriptor->idProduct;
	usb_describe(alt, &slot->interface);
	usb_port_name(device, slot->interface.port);
	slot->transfer = libusb_alloc_transfer(0);
	int result = slot->transfer == NULL ? LIBUSB_ERROR_NO_MEM
					    : libusb_open(device, &slot->handle);
	if (result != 0) {
		slot->handle = NULL;
		log_warn("reader cannot be opened, port=%s error=%s",
		    slot->interface.port, libusb_error_name(result));
		return; /* swept, being in STATE_CLOSING */
	}
	libusb_set_auto_detach_kernel_driver(slot->handle, 1);
	if (slot->name_index != 0)
		slot_name(slot);
	else
		slot_decide(slot);
}

static void device_arrived(struct usb *usb, libusb_device *device)
{
	struct libusb_device_descriptor descriptor;
	struct libusb_config_descriptor *config;
	if (libusb_get_device_descriptor(device, &descriptor) != 0 ||
	    libusb_get_active_config_descriptor(device, &config) != 0)
		return;
	for (uint8_t i = 0; i < config->bNumInterfaces; i++) {
		if (config->interface[i].num_altsetting < 1)
			continue;
		const struct libusb_interface_descriptor *alt =
		    &config->interface[i].altsetting[0];
		if (alt->bInterfaceClass == LIBUSB_CLASS_HID)
			slot_start(usb, device, &descriptor, alt);
	}
	libusb_free_config_descriptor(config);
}

static void device_left(struct usb *usb, const libusb_device *device)
{
	for (size_t i = 0; i < USB_INTERFACES_MAX; i++) {
		struct slot *slot = &usb->slot[i];
		if (slot->state != STATE_FREE && slot->device == device)
			slot_end(slot);
	}
}

static int on_hotplug(libusb_context *context, libusb_device *device,
    libusb_hotplug_event event, void *self)
{
	(void)context;
	if (event == LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED)
		device_arrived(self, device);
	else
		device_left(self, device);
	return 0;
}

static enum err watch_fds(struct usb *usb)
{
	const struct libusb_pollfd **fds = libusb_get_pollfds(usb->context);
	if (fds == NULL)
		return ERR_UNSUPPORTED;
	for (size_t i = 0; fds[i] != NULL; i++)
		pollfd_added(fds[i]->fd, fds[i]->events, usb);
	libusb_free_pollfds(fds);
	libusb_set_pollfd_notifiers(usb->context, pollfd_added, pollfd_removed, usb);
	return ERR_NONE;
}

enum err usb_open(struct loop *loop, const struct usb_family *families,
    size_t family_count, void *self, struct usb **ret_usb)
{
	struct usb *usb = calloc(1, sizeof(*usb));
	if (usb == NULL)
		return ERR_MEMORY;
	usb->loop = loop;
	usb->families = families;
	usb->family_count = family_count;
	usb->self = self;
	if (libusb_init(&usb->context) != 0) {
		free(usb);
		return ERR_UNSUPPORTED;
	}
	enum err error = watch_fds(usb);
	if (error == ERR_NONE) {
		int result = libusb_hotplug_register_callback(usb->context,
		    LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED |
			LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT,
		    LIBUSB_HOTPLUG_ENUMERATE, LIBUSB_HOTPLUG_MATCH_ANY,
		    LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY, on_hotplug, usb,
		    &usb->hotplug);
		usb->has_hotplug = result == 0;
		error = result == 0 ? ERR_NONE : ERR_UNSUPPORTED;
		sweep(usb);
	}
	if (error != ERR_NONE) {
		usb_close(&usb);
		return error;
	}
	*ret_usb = usb;
	return ERR_NONE;
}

static bool any_in_use(const struct usb *usb)
{
	for (size_t i = 0; i < USB_INTERFACES_MAX; i++)
		if (usb->slot[i].state != STATE_FREE)
			return true;
	return false;
}

void usb_close(struct usb **usb_address)
{
	struct usb *usb = *usb_address;
	if (usb == NULL)
		return;
	if (usb->has_hotplug)
		libusb_hotplug_deregister_callback(usb->context, usb->hotplug);
	for (size_t i = 0; i < USB_INTERFACES_MAX; i++)
		if (usb->slot[i].state != STATE_FREE)
			slot_end(&usb->slot[i]);
	sweep(usb);
	for (int turn = 0; any_in_use(usb) && turn < CLOSE_TURNS_MAX; turn++) {
		struct timeval wait = {.tv_usec = CLOSE_TURN_US};
		int result =
		    libusb_handle_events_timeout_completed(usb->context, &wait, NULL);
		if (result != 0)
			break;
		sweep(usb);
	}
	const struct libusb_pollfd **fds = libusb_get_pollfds(usb->context);
	for (size_t i = 0; fds != NULL && fds[i] != NULL; i++)
		loop_fd_remove(usb->loop, fds[i]->fd);
	libusb_free_pollfds(fds);
	libusb_set_pollfd_notifiers(usb->context, NULL, NULL, NULL);
	/* A transfer that never came back is the kernel's: leaking it at the end of
	 * the process is safer than freeing it under the kernel's hands. */
	if (!any_in_use(usb)) {
		libusb_exit(usb->context);
		free(usb);
	}
	*usb_address = NULL;
}
