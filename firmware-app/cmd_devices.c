/* SPDX-License-Identifier: MIT */
#include "commands.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/banned.h"

#include "options.h"
#include "usb/list.h"

enum { WATCH_MS = 1000 };

static const char help[] =
    "Usage: balcao devices [--json] [--watch]\n"
    "Lists the USB interfaces that readers may be, and who holds each.\n"
    "  --json   one JSON line an interface: port, interface, vendor, product, name,\n"
    "           role, state\n"
    "  --watch  again every second until interrupted\n";

static const char *const roles[USB_ROLE_COUNT_] = {
    [USB_ROLE_UNKNOWN] = "unknown",
    [USB_ROLE_SCANNER] = "scanner",
    [USB_ROLE_STRIPE] = "stripe",
    [USB_ROLE_TYPING_SCANNER] = "typing-scanner",
    [USB_ROLE_KEYBOARD] = "keyboard",
    [USB_ROLE_OTHER] = "other",
};

static const struct {
	const char *word;
	const char *sentence;
} states[USB_ACCESS_COUNT_] = {
    [USB_ACCESS_FREE] = {"free", "free"},
    [USB_ACCESS_KERNEL] = {"kernel", "held by the kernel; balcao run takes readers over"},
    [USB_ACCESS_BUSY] = {"busy", "held by another program (balcao run, perhaps)"},
    [USB_ACCESS_DENIED] = {"denied",
	"no permission: install the udev rule (make install)"},
};

struct output {
	bool json;
	size_t count;
};

static void print_json(const struct usb_listed *listed)
{
	const struct usb_interface *interface = &listed->interface;
	char vendor[5];
	char product[5];
	(void)snprintf(vendor, sizeof(vendor), "%04x", interface->vendor);
	(void)snprintf(product, sizeof(product), "%04x", interface->product);
	json_t *line = json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s}", "port",
	    interface->port, "interface", interface->number, "vendor", vendor, "product",
	    product, "name", interface->product_name, "role", roles[listed->role],
	    "state", states[listed->access].word);
	char *text = line == NULL ? NULL : json_dumps(line, JSON_COMPACT);
	if (text != NULL)
		(void)puts(text);
	free(text);
	json_decref(line);
}

static void print(void *self, const struct usb_listed *listed)
{
	struct output *output = self;
	const struct usb_interface *interface = &listed->interface;
	if (output->json) {
		print_json(listed);
	} else {
		if (output->count == 0)
			(void)printf("%-10s %-9s %-14s %-28s %s\n", "PORT", "IDS", "ROLE",
			    "NAME", "STATE");
		(void)printf("%-10s %04x:%04x %-14s %-28s %s\n", interface->port,
		    interface->vendor, interface->product, roles[listed->role],
		    interface->product_name, states[listed->access].sentence);
	}
	output->count++;
}

static enum err print_all(struct output *output)
{
	output->count = 0;
	enum err error = usb_list(print, output);
	if (error != ERR_NONE)
		(void)fprintf(stderr, "balcao devices: this machine shows no USB (is "
				      "/dev/bus/usb there?)\n");
	else if (output->count == 0 && !output->json)
		(void)printf("No USB reader is plugged in.\n");
	(void)fflush(stdout);
	return error;
}

int cmd_devices(int argc, char **argv)
{
	(void)argc;
	struct output output = {0};
	bool watch = false;
	bool wants_help = false;
	const struct option_row rows[] = {{.name = "json", .flag = &output.json},
	    {.name = "watch", .flag = &watch}, {.name = "help", .flag = &wants_help}};
	int fault = options_read(argv, rows, COUNT_OF(rows), NULL);
	if (fault != 0)
		return fault;
	if (wants_help)
		return fputs(help, stdout) < 0;
	enum err error = print_all(&output);
	while (watch && error == ERR_NONE) {
		const struct timespec pause = {.tv_sec = WATCH_MS / 1000};
		(void)nanosleep(&pause, NULL);
		error = print_all(&output);
	}
	return err_exit_code(error);
}
