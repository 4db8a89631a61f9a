/* SPDX-License-Identifier: MIT */
#include "fake_device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <linux/usbdevice_fs.h>
#include <umockdev.h>

enum {
	URBS_MAX = 8,
	SEND_MAX = 64,
	SEND_LEN_MAX = 1024,
	ENDPOINT_IN = 0x81,
	REQUEST_GET_DESCRIPTOR = 6,
	DT_STRING = 3,
	DT_REPORT = 0x22,
	SETUP_LEN = 8,
};

struct urb {
	UMockdevIoctlData *urb;
	UMockdevIoctlData *buf;
	bool done;
	bool in; /* waits for a report */
};

struct send {
	size_t len;
	bool stall;
	uint8_t data[SEND_LEN_MAX];
};

struct fake_device {
	struct fake_description is;
	UMockdevTestbed *testbed;
	UMockdevIoctlBase *handler;
	char path[128]; /* in sysfs */
	char node[64];
	int number; /* of this connection */
	int master;
	int slave;
	pthread_mutex_t lock;
	bool plugged;
	bool gone;
	bool held;
	bool hidden;
	bool driver_bound;
	size_t urb_count;
	struct urb urb[URBS_MAX];
	size_t send_count;
	struct send send[SEND_MAX];
	struct fake_counts counts;
};

/* --- the kernel's side: an ioctl handler as a GObject -------------------------- */

#define FAKE_TYPE_HANDLER (fake_handler_get_type())
G_DECLARE_FINAL_TYPE(FakeHandler, fake_handler, FAKE, HANDLER, UMockdevIoctlBase)

struct _FakeHandler {
	UMockdevIoctlBase parent;
	struct fake_device *device;
};

G_DEFINE_TYPE(FakeHandler, fake_handler, UMOCKDEV_TYPE_IOCTL_BASE)

static struct usbdevfs_urb *urb_of(const struct urb *urb)
{
	return (struct usbdevfs_urb *)(void *)urb->urb->data;
}

/* Says POLLOUT on the node exactly while something can be reaped. */
static void set_ready(struct fake_device *device)
{
	bool ready = false;
	for (size_t i = 0; i < device->urb_count; i++)
		ready |= device->urb[i].done;
	(void)tcflow(device->slave, ready ? TCOON : TCOOFF);
}

static void finish(struct urb *urb, int status, const uint8_t *data, size_t len)
{
	struct usbdevfs_urb *raw = urb_of(urb);
	size_t offset = raw->type == USBDEVFS_URB_TYPE_CONTROL ? SETUP_LEN : 0;
	size_t room = (size_t)raw->buffer_length - offset;
	size_t taken = len < room ? len : room;
	if (taken > 0)
		memcpy(urb->buf->data + offset, data, taken);
	raw->actual_length = (int)taken;
	raw->status = status;
	urb->done = true;
	urb->in = false;
}

/* Gives queued reports to reads that wait, one each. */
static void serve(struct fake_device *device)
{
	for (size_t i = 0; i < device->urb_count && device->send_count > 0; i++) {
		struct urb *urb = &device->urb[i];
		if (!urb->in)
			continue;
		const struct send *send = &device->send[0];
		finish(urb, send->stall ? -EPIPE : 0, send->data, send->len);
		device->send_count--;
		memmove(
		    device->send, device->send + 1, device->send_count * sizeof(*send));
	}
	set_ready(device);
}

static size_t string_descriptor(const struct fake_device *device, uint8_t out[256])
{
	size_t len = 2;
	for (const char *c = device->is.name; *c != '\0' && len < 254; c++) {
		out[len++] = (uint8_t)*c;
		out[len++] = 0;
	}
	out[0] = (uint8_t)len;
	out[1] = DT_STRING;
	return len;
}

static void answer_control(struct fake_device *device, struct urb *urb)
{
	const uint8_t *setup = urb->buf->data;
	uint8_t string[256];
	uint8_t type = setup[3];
	if (setup[1] == REQUEST_GET_DESCRIPTOR && type == DT_REPORT && !device->hidden)
		finish(urb, 0, device->is.report_descriptor,
		    device->is.report_descriptor_len);
	else if (setup[1] == REQUEST_GET_DESCRIPTOR && type == DT_STRING &&
		 device->is.name != NULL)
		finish(urb, 0, string, string_descriptor(device, string));
	else
		finish(urb, -EPIPE, NULL, 0);
}

static int submit(struct fake_device *device, UMockdevIoctlData *arg)
{
	if (device->gone)
		return -ENODEV;
	if (device->urb_count == URBS_MAX)
		return -ENOMEM;
	struct urb *urb = &device->urb[device->urb_count++];
	*urb = (struct urb){0};
	UMockdevIoctlData *data =
	    umockdev_ioctl_data_resolve(arg, 0, sizeof(struct usbdevfs_urb), NULL);
	urb->urb = g_object_ref(data);
	urb->buf =
	    umockdev_ioctl_data_resolve(data, offsetof(struct usbdevfs_urb, buffer),
		(gsize)urb_of(urb)->buffer_length, NULL);
	if (urb->buf != NULL)
		g_object_ref(urb->buf);
	if (urb_of(urb)->type == USBDEVFS_URB_TYPE_CONTROL)
		answer_control(device, urb);
	else
		urb->in = true;
	serve(device);
	return 0;
}

static void forget(struct fake_device *device, size_t i)
{
	g_object_unref(device->urb[i].urb);
	if (device->urb[i].buf != NULL)
		g_object_unref(device->urb[i].buf);
	device->urb_count--;
	memmove(device->urb + i, device->urb + i + 1,
	    (device->urb_count - i) * sizeof(device->urb[0]));
}

static int reap(struct fake_device *device, UMockdevIoctlData *arg)
{
	for (size_t i = 0; i < device->urb_count; i++)
		if (device->urb[i].done) {
			UMockdevIoctlData *out =
			    umockdev_ioctl_data_resolve(arg, 0, sizeof(void *), NULL);
			umockdev_ioctl_data_set_ptr(out, 0, device->urb[i].urb);
			forget(device, i);
			set_ready(device);
			return 0;
		}
	return device->gone ? -ENODEV : -EAGAIN;
}

static int discard(struct fake_device *device, UMockdevIoctlData *arg)
{
	unsigned long address;
	memcpy(&address, arg->data, sizeof(address));
	for (size_t i = 0; i < device->urb_count; i++)
		if (device->urb[i].in && device->urb[i].urb->client_addr == address) {
			finish(&device->urb[i], -ENOENT, NULL, 0);
			set_ready(device);
			return 0;
		}
	return -EINVAL;
}

static int get_driver(struct fake_device *device, UMockdevIoctlData *arg)
{
	if (!device->driver_bound)
		return -ENODATA;
	UMockdevIoctlData *out =
	    umockdev_ioctl_data_resolve(arg, 0, sizeof(struct usbdevfs_getdriver), NULL);
	struct usbdevfs_getdriver *driver =
	    (struct usbdevfs_getdriver *)(void *)out->data;
	(void)snprintf(
	    driver->driver, sizeof(driver->driver), "%s", device->is.kernel_driver);
	return 0;
}

static int claim(struct fake_device *device)
{
	if (device->held)
		return -EBUSY;
	device->counts.detached += device->driver_bound;
	device->driver_bound = false;
	device->counts.claims++;
	return 0;
}

/* The wrapped ioctl of usbfs: only the kernel's own driver coming back. */
static int ioctl_inside(struct fake_device *device, UMockdevIoctlData *arg)
{
	UMockdevIoctlData *in =
	    umockdev_ioctl_data_resolve(arg, 0, sizeof(struct usbdevfs_ioctl), NULL);
	const struct usbdevfs_ioctl *inside =
	    (const struct usbdevfs_ioctl *)(const void *)in->data;
	if ((unsigned)inside->ioctl_code == USBDEVFS_CONNECT) {
		device->driver_bound = device->is.kernel_driver != NULL;
		device->counts.attached += device->driver_bound;
	}
	return 0;
}

static int capabilities(UMockdevIoctlData *arg)
{
	UMockdevIoctlData *out =
	    umockdev_ioctl_data_resolve(arg, 0, sizeof(guint32), NULL);
	guint32 value = USBDEVFS_CAP_ZERO_PACKET | USBDEVFS_CAP_BULK_CONTINUATION |
			USBDEVFS_CAP_NO_PACKET_SIZE_LIM |
			USBDEVFS_CAP_REAP_AFTER_DISCONNECT;
	memcpy(out->data, &value, sizeof(value));
	return 0;
}

static int answer(
    struct fake_device *device, unsigned long request, UMockdevIoctlData *arg)
{
	device->counts.ioctls++;
	if (request == USBDEVFS_GET_CAPABILITIES)
		return capabilities(arg);
	if (request == USBDEVFS_SUBMITURB)
		return submit(device, arg);
	if (request == USBDEVFS_REAPURBNDELAY)
		return reap(device, arg);
	if (request == USBDEVFS_DISCARDURB)
		return discard(device, arg);
	if (request == USBDEVFS_GETDRIVER)
		return get_driver(device, arg);
	if (device->gone)
		return -ENODEV;
	if (request == USBDEVFS_CLAIMINTERFACE || request == USBDEVFS_DISCONNECT_CLAIM)
		return claim(device);
	if (request == USBDEVFS_IOCTL)
		return ioctl_inside(device, arg);
	device->counts.releases += request == USBDEVFS_RELEASEINTERFACE;
	device->counts.halts_cleared += request == USBDEVFS_CLEAR_HALT;
	return 0;
}

static gboolean handle(UMockdevIoctlBase *base, UMockdevIoctlClient *client)
{
	struct fake_device *device = FAKE_HANDLER(base)->device;
	UMockdevIoctlData *arg = umockdev_ioctl_client_get_arg(client);
	pthread_mutex_lock(&device->lock);
	int result = answer(device, umockdev_ioctl_client_get_request(client), arg);
	pthread_mutex_unlock(&device->lock);
	umockdev_ioctl_client_complete(
	    client, result < 0 ? -1 : 0, result < 0 ? -result : 0);
	return TRUE;
}

static void fake_handler_init(FakeHandler *handler)
{
	handler->device = NULL;
}

static void fake_handler_class_init(FakeHandlerClass *klass)
{
	UMOCKDEV_IOCTL_BASE_CLASS(klass)->handle_ioctl = handle;
}

/* --- the description that sysfs shows ------------------------------------------ */

static void hex(char *out, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		(void)snprintf(out + 2 * i, 3, "%02X", data[i]);
}

/* Device, configuration, interface, HID and endpoint descriptors (USB 2.0, 9.6;
 * HID 1.11, 6.2.1). */
static void descriptors(const struct fake_description *is, char out[256])
{
	const uint8_t bytes[] = {18, 1, 0x00, 0x02, 0, 0, 0, 64, (uint8_t)is->vendor,
	    (uint8_t)(is->vendor >> 8), (uint8_t)is->product, (uint8_t)(is->product >> 8),
	    0, 1, 0, is->name != NULL ? 2 : 0, 0, 1,
	    /* configuration */ 9, 2, 34, 0, 1, 1, 0, 0x80, 50,
	    /* interface */ 9, 4, 0, 0, 1, 3, is->subclass, is->protocol, 0,
	    /* HID */ 9, 0x21, 0x11, 0x01, 0, 1, DT_REPORT,
	    (uint8_t)is->report_descriptor_len, (uint8_t)(is->report_descriptor_len >> 8),
	    /* endpoint */ 7, 5, ENDPOINT_IN, 3, (uint8_t)is->packet_len,
	    (uint8_t)(is->packet_len >> 8), 4};
	hex(out, bytes, sizeof(bytes));
}

/* --- life ---------------------------------------------------------------------- */

struct fake_device *fake_device_new(const struct fake_description *description)
{
	struct fake_device *device = calloc(1, sizeof(*device));
	g_assert(device != NULL);
	device->is = *description;
	device->testbed = umockdev_testbed_new();
	device->number = 1;
	device->master = device->slave = -1;
	device->driver_bound = description->kernel_driver != NULL;
	pthread_mutex_init(&device->lock, NULL);
	FakeHandler *handler = g_object_new(FAKE_TYPE_HANDLER, NULL);
	handler->device = device;
	device->handler = UMOCKDEV_IOCTL_BASE(handler);
	return device;
}

static void open_terminal(struct fake_device *device)
{
	struct termios raw;
	char name[64];
	char node[512];
	device->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	g_assert(device->master >= 0 && grantpt(device->master) == 0 &&
		 unlockpt(device->master) == 0 &&
		 ptsname_r(device->master, name, sizeof(name)) == 0);
	device->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	g_assert(device->slave >= 0 && tcgetattr(device->slave, &raw) == 0);
	cfmakeraw(&raw);
	g_assert(tcsetattr(device->slave, TCSANOW, &raw) == 0);
	char *root = umockdev_testbed_get_root_dir(device->testbed);
	(void)snprintf(node, sizeof(node), "%s%s", root, device->node);
	g_free(root);
	(void)unlink(node);
	g_assert(symlink(name, node) == 0);
	(void)tcflow(device->slave, TCOOFF);
}

void fake_plug(struct fake_device *device)
{
	char text[1024];
	char hexed[256];
	GError *error = NULL;
	g_assert(!device->plugged);
	int number = ++device->number;
	(void)snprintf(
	    device->node, sizeof(device->node), "/dev/bus/usb/001/%03d", number);
	(void)snprintf(device->path, sizeof(device->path),
	    "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-1");
	descriptors(&device->is, hexed);
	(void)snprintf(text, sizeof(text),
	    "P: /devices/pci0000:00/0000:00:14.0/usb1/1-1\nN: bus/usb/001/%03d\n"
	    "E: DEVNAME=/dev/bus/usb/001/%03d\nE: DEVTYPE=usb_device\nE: SUBSYSTEM=usb\n"
	    "E: BUSNUM=001\nE: DEVNUM=%03d\nE: MAJOR=189\nE: MINOR=%d\nA: busnum=1\n"
	    "A: devnum=%d\nA: speed=12\nA: bConfigurationValue=1\nA: idVendor=%04x\n"
	    "A: idProduct=%04x\nA: dev=189:%d\nH: descriptors=%s\n",
	    number, number, number, number - 1, number, device->is.vendor,
	    device->is.product, number - 1, hexed);
	device->gone = false;
	device->send_count = 0;
	device->plugged = true;
	g_assert(umockdev_testbed_attach_ioctl(
	    device->testbed, device->node, device->handler, &error));
	g_assert(umockdev_testbed_add_from_string(device->testbed, text, &error));
	open_terminal(device);
}

static void fail_all(struct fake_device *device, int status)
{
	pthread_mutex_lock(&device->lock);
	device->gone = true;
	for (size_t i = 0; i < device->urb_count; i++)
		if (!device->urb[i].done)
			finish(&device->urb[i], status, NULL, 0);
	set_ready(device);
	pthread_mutex_unlock(&device->lock);
}

void fake_leave(struct fake_device *device)
{
	GError *error = NULL;
	if (!device->plugged)
		return;
	device->plugged = false;
	umockdev_testbed_uevent(device->testbed, device->path, "remove");
	umockdev_testbed_remove_device(device->testbed, device->path);
	umockdev_testbed_detach_ioctl(device->testbed, device->node, &error);
	g_clear_error(&error);
	(void)close(device->slave);
	(void)close(device->master);
	device->slave = device->master = -1;
}

void fake_unplug(struct fake_device *device, bool as_error)
{
	fail_all(device, as_error ? -EPROTO : -ESHUTDOWN);
	if (!as_error)
		fake_leave(device);
}

void fake_device_free(struct fake_device **address)
{
	struct fake_device *device = *address;
	fake_leave(device);
	g_object_unref(device->handler);
	g_object_unref(device->testbed);
	pthread_mutex_destroy(&device->lock);
	free(device);
	*address = NULL;
}

static void push(struct fake_device *device, const uint8_t *data, size_t len, bool stall)
{
	pthread_mutex_lock(&device->lock);
	g_assert(device->send_count < SEND_MAX && len <= SEND_LEN_MAX);
	struct send *send = &device->send[device->send_count++];
	send->len = len;
	send->stall = stall;
	if (len > 0)
		memcpy(send->data, data, len);
	serve(device);
	pthread_mutex_unlock(&device->lock);
}

void fake_send(struct fake_device *device, const uint8_t *data, size_t len)
{
	push(device, data, len, false);
}

void fake_stall(struct fake_device *device)
{
	push(device, NULL, 0, true);
}

void fake_hold(struct fake_device *device, bool held)
{
	pthread_mutex_lock(&device->lock);
	device->held = held;
	pthread_mutex_unlock(&device->lock);
}

void fake_hide_descriptor(struct fake_device *device, bool hidden)
{
	pthread_mutex_lock(&device->lock);
	device->hidden = hidden;
	pthread_mutex_unlock(&device->lock);
}

struct fake_counts fake_counts(struct fake_device *device)
{
	pthread_mutex_lock(&device->lock);
	struct fake_counts counts = device->counts;
	for (size_t i = 0; i < device->urb_count; i++)
		counts.reads_waiting += device->urb[i].in;
	pthread_mutex_unlock(&device->lock);
	return counts;
}
