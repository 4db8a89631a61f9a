/* SPDX-License-Identifier: MIT */
#include "usb/reader_usb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#include "drivers/reader.h"
#include "os/log.h"
#include "os/loop.h"
#include "usb/hidpos.h"
#include "usb/list.h"
#include "usb/stripe.h"
#include "usb/usb.h"
#include "usb/wedge.h"

struct rule {
	char port[USB_PORT_LEN_MAX + 1];
	uint16_t vendor;
	uint16_t product;
	enum keymap_layout layout;
};

struct reader {
	struct loop *loop;
	struct usb *usb;
	reader_sink *sink;
	void *sink_self;
	size_t rule_count;
	struct rule rule[READER_USB_RULES_MAX];
	struct reader_event event; /* one at a time, too large for a stack */
};

struct usb_reader {
	struct reader *owner;
	char name[SCAN_READER_LEN_MAX + 1];
	uint64_t idle_timer; /* wedge: runs while a label is unfinished */

	union {
		struct hidpos hidpos;
		struct wedge wedge;
		struct stripe stripe;
	} u;
};

/* --- telling ----------------------------------------------------------------- */

static void tell(struct usb_reader *reader, enum reader_news news)
{
	struct reader *owner = reader->owner;
	owner->event.news = news;
	memcpy(owner->event.scan.reader, reader->name, sizeof(reader->name));
	owner->sink(owner->sink_self, &owner->event);
	explicit_bzero(&owner->event, sizeof(owner->event));
}

static void hand_on(struct usb_reader *reader, struct scan *scan)
{
	reader->owner->event.scan = *scan;
	scan_wipe(scan);
	tell(reader, READER_NEWS_SCAN);
}

static void hand_on_fault(
    struct usb_reader *reader, enum scan_source source, enum scan_fault fault)
{
	reader->owner->event.scan.source = source;
	reader->owner->event.scan.fault = fault;
	tell(reader, READER_NEWS_SCAN);
}

static enum err reader_make(
    struct reader *owner, const struct usb_interface *interface, struct usb_reader **ret)
{
	struct usb_reader *reader = calloc(1, sizeof(*reader));
	if (reader == NULL)
		return ERR_MEMORY;
	reader->owner = owner;
	(void)snprintf(reader->name, sizeof(reader->name), "%s.%u", interface->port,
	    interface->number);
	*ret = reader;
	return ERR_NONE;
}

static enum err reader_bound(
    struct usb_reader *reader, enum err error, struct usb_reader **ret)
{
	if (error != ERR_NONE) {
		free(reader);
		return error;
	}
	*ret = reader;
	tell(reader, READER_NEWS_FOUND);
	return ERR_NONE;
}

static void unbind(struct usb_reader **address, bool had_part, enum scan_source source)
{
	struct usb_reader *reader = *address;
	if (had_part)
		hand_on_fault(reader, source, SCAN_FAULT_MISREAD);
	tell(reader, READER_NEWS_LOST);
	explicit_bzero(reader, sizeof(*reader));
	free(reader);
	*address = NULL;
}

/* --- HID POS scanners -------------------------------------------------------- */

/* Vendor pages and POS devices are not boot devices; the report descriptor
 * decides which of them is ours. */
static bool wants_no_keyboard(void *self, const struct usb_interface *interface)
{
	(void)self;
	return !interface->boot_keyboard && !interface->boot_mouse;
}

static enum err hidpos_bind(void *self, const struct usb_interface *interface,
    struct bytes descriptor, struct usb_reader **ret_reader, size_t *ret_len)
{
	struct usb_reader *reader;
	enum err error = reader_make(self, interface, &reader);
	if (error != ERR_NONE)
		return error;
	error = hidpos_init(&reader->u.hidpos, descriptor);
	if (error == ERR_NONE)
		*ret_len = hid_report_len(
		    &reader->u.hidpos.map, HID_INPUT, reader->u.hidpos.data->report_id);
	return reader_bound(reader, error, ret_reader);
}

static void hidpos_take(void *self, struct usb_reader *reader, struct bytes report)
{
	(void)self;
	switch (hidpos_report(&reader->u.hidpos, report)) {
	case HIDPOS_NOTHING: return;
	case HIDPOS_DROPPED_SCAN: {
		/* The part that was dropped is told first. */
		hand_on_fault(reader, SCAN_SCANNER, SCAN_FAULT_MISREAD);
		hand_on(reader, &reader->u.hidpos.scan);
		return;
	}
	case HIDPOS_SCAN: hand_on(reader, &reader->u.hidpos.scan); return;
	}
}

static void hidpos_unbind(void *self, struct usb_reader **reader)
{
	(void)self;
	unbind(reader, hidpos_reset(&(*reader)->u.hidpos), SCAN_SCANNER);
}

/* --- stripe readers ---------------------------------------------------------- */

static enum err stripe_bind(void *self, const struct usb_interface *interface,
    struct bytes descriptor, struct usb_reader **ret_reader, size_t *ret_len)
{
	struct usb_reader *reader;
	enum err error = reader_make(self, interface, &reader);
	if (error != ERR_NONE)
		return error;
	error = stripe_init(&reader->u.stripe, descriptor);
	if (error == ERR_NONE)
		*ret_len = stripe_report_len(&reader->u.stripe);
	return reader_bound(reader, error, ret_reader);
}

static void stripe_take(void *self, struct usb_reader *reader, struct bytes report)
{
	(void)self;
	stripe_report(&reader->u.stripe, report, &reader->owner->event.scan);
	tell(reader, READER_NEWS_SCAN);
}

static void stripe_unbind(void *self, struct usb_reader **reader)
{
	(void)self;
	unbind(reader, false, SCAN_STRIPE);
}

/* --- scanners that type ------------------------------------------------------ */

static const struct rule *find_rule(
    const struct reader *owner, const struct usb_interface *interface)
{
	for (size_t i = 0; i < owner->rule_count; i++) {
		const struct rule *rule = &owner->rule[i];
		bool port =
		    rule->port[0] == '\0' || strcmp(rule->port, interface->port) == 0;
		bool vendor = rule->vendor == 0 || rule->vendor == interface->vendor;
		bool product = rule->product == 0 || rule->product == interface->product;
		if (port && vendor && product)
			return rule;
	}
	return NULL;
}

/* The clerk's own keyboard is never swallowed. */
static bool wedge_wants(void *self, const struct usb_interface *interface)
{
	return !interface->boot_mouse &&
	       (find_rule(self, interface) != NULL ||
		   usb_calls_itself_scanner(interface->product_name));
}

static enum err wedge_bind(void *self, const struct usb_interface *interface,
    struct bytes descriptor, struct usb_reader **ret_reader, size_t *ret_len)
{
	struct usb_reader *reader;
	const struct rule *rule = find_rule(self, interface);
	enum err error = reader_make(self, interface, &reader);
	if (error != ERR_NONE)
		return error;
	error = wedge_init(
	    &reader->u.wedge, descriptor, rule == NULL ? KEYMAP_US : rule->layout);
	if (error == ERR_NONE)
		*ret_len = hid_report_len(
		    &reader->u.wedge.map, HID_INPUT, reader->u.wedge.keys->report_id);
	return reader_bound(reader, error, ret_reader);
}

/* A label that stops half-way is told and thrown away, never glued to the next. */
static void on_wedge_idle(void *self)
{
	struct usb_reader *reader = self;
	reader->idle_timer = 0;
	if (wedge_reset(&reader->u.wedge))
		hand_on_fault(reader, SCAN_SCANNER, SCAN_FAULT_MISREAD);
}

static void wedge_watch_idle(struct usb_reader *reader)
{
	struct loop *loop = reader->owner->loop;
	if (reader->idle_timer != 0)
		loop_timer_stop(loop, reader->idle_timer);
	reader->idle_timer =
	    wedge_has_part(&reader->u.wedge)
		? loop_timer_start(loop, WEDGE_IDLE_MS, on_wedge_idle, reader)
		: 0;
}

static void wedge_take(void *self, struct usb_reader *reader, struct bytes report)
{
	(void)self;
	if (wedge_report(&reader->u.wedge, report))
		hand_on(reader, &reader->u.wedge.scan);
	wedge_watch_idle(reader);
}

static void wedge_unbind(void *self, struct usb_reader **reader)
{
	(void)self;
	if ((*reader)->idle_timer != 0)
		loop_timer_stop((*reader)->owner->loop, (*reader)->idle_timer);
	unbind(reader, wedge_reset(&(*reader)->u.wedge), SCAN_SCANNER);
}

static const struct usb_family families[] = {
    {"hidpos", wants_no_keyboard, hidpos_bind, hidpos_take, hidpos_unbind},
    {"stripe", wants_no_keyboard, stripe_bind, stripe_take, stripe_unbind},
    {"wedge", wedge_wants, wedge_bind, wedge_take, wedge_unbind},
};

/* --- the port ---------------------------------------------------------------- */

static enum err parse_layout(const char *text, enum keymap_layout *ret)
{
	static const char *const names[KEYMAP_COUNT_] = {"us", "abnt2"};
	for (size_t i = 0; i < KEYMAP_COUNT_; i++)
		if (strcmp(text, names[i]) == 0) {
			*ret = (enum keymap_layout)i;
			return ERR_NONE;
		}
	return ERR_FORMAT;
}

static enum err parse_hex16(const char *text, uint16_t *ret)
{
	uint8_t bytes[2];
	if (hex_decode(bytes, sizeof(bytes), text) != ERR_NONE)
		return ERR_FORMAT;
	*ret = (uint16_t)(bytes[0] << 8 | bytes[1]);
	return ERR_NONE;
}

/* `text` is changed: its separators become ends. */
static enum err parse_rule(char *text, struct rule *ret)
{
	struct rule rule = {.port = ""};
	char *layout = strchr(text, '=');
	char *at = strchr(text, '@');
	char *ids = at == NULL ? text : at + 1;
	char *colon = strchr(ids, ':');
	if (layout == NULL || colon == NULL || colon > layout)
		return ERR_FORMAT;
	*layout = '\0';
	*colon = '\0';
	if (at != NULL)
		*at = '\0';
	if (at != NULL && text_copy(rule.port, sizeof(rule.port), text) != ERR_NONE)
		return ERR_FORMAT;
	if (parse_hex16(ids, &rule.vendor) != ERR_NONE ||
	    parse_hex16(colon + 1, &rule.product) != ERR_NONE ||
	    parse_layout(layout + 1, &rule.layout) != ERR_NONE)
		return ERR_FORMAT;
	*ret = rule;
	return ERR_NONE;
}

static enum err parse_rules(const char *argument, struct reader *reader)
{
	while (argument != NULL && *argument != '\0') {
		size_t len = strcspn(argument, ";");
		char text[READER_USB_RULE_LEN_MAX + 1];
		if (len > READER_USB_RULE_LEN_MAX ||
		    reader->rule_count == READER_USB_RULES_MAX)
			return ERR_LIMIT;
		memcpy(text, argument, len);
		text[len] = '\0';
		if (len > 0 &&
		    parse_rule(text, &reader->rule[reader->rule_count++]) != ERR_NONE)
			return ERR_FORMAT;
		argument += len + (argument[len] == ';');
	}
	return ERR_NONE;
}

static void reader_usb_close(struct reader **address)
{
	struct reader *reader = *address;
	if (reader == NULL)
		return;
	usb_close(&reader->usb);
	explicit_bzero(reader, sizeof(*reader));
	free(reader);
	*address = NULL;
}

static enum err reader_usb_open(struct loop *loop, const char *argument,
    reader_sink *sink, void *sink_self, struct reader **ret_reader)
{
	struct reader *reader = calloc(1, sizeof(*reader));
	if (reader == NULL)
		return ERR_MEMORY;
	reader->loop = loop;
	reader->sink = sink;
	reader->sink_self = sink_self;
	enum err error = parse_rules(argument, reader);
	if (error == ERR_NONE)
		error =
		    usb_open(loop, families, COUNT_OF(families), reader, &reader->usb);
	if (error != ERR_NONE) {
		reader_usb_close(&reader);
		return error;
	}
	*ret_reader = reader;
	return ERR_NONE;
}

const struct reader_port reader_usb = {
    .name = "usb",
    .open = reader_usb_open,
    .close = reader_usb_close,
};
