/* SPDX-License-Identifier: MIT */
/* The USB readers with the real libusb and a device that umockdev plays. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "drivers/reader.h"
#include "fake_device.h"
#include "os/log.h"
#include "os/loop.h"
#include "usb/wedge.h"

enum { TURN_MS = 20, TURNS_MAX = 400, HEARD_MAX = 64 };

/* The counted layout of tests/devices/scanner-hidpos-generic-counted.txt. */
static const uint8_t hidpos_descriptor[] = {0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x85,
    0x02, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x01, 0x05, 0x01, 0x09, 0x3B,
    0x81, 0x02, 0x95, 0x03, 0x05, 0x8C, 0x09, 0xFB, 0x09, 0xFC, 0x09, 0xFD, 0x81, 0x02,
    0x95, 0x38, 0x09, 0xFE, 0x82, 0x02, 0x01, 0x06, 0x00, 0xFF, 0x09, 0x01, 0x95, 0x01,
    0x81, 0x02, 0x09, 0x02, 0x95, 0x01, 0x81, 0x02, 0x05, 0x8C, 0x25, 0x01, 0x75, 0x01,
    0x95, 0x01, 0x09, 0xFF, 0x81, 0x02, 0x75, 0x07, 0x95, 0x01, 0x81, 0x03, 0xC0};

/* MagTek's, as printed in its manual. */
static const uint8_t stripe_descriptor[] = {0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01,
    0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x09, 0x20, 0x09, 0x21, 0x09, 0x22, 0x09,
    0x28, 0x09, 0x29, 0x09, 0x2A, 0x09, 0x38, 0x95, 0x07, 0x81, 0x02, 0x09, 0x30, 0x95,
    0x6E, 0x82, 0x02, 0x01, 0x09, 0x31, 0x95, 0x6E, 0x82, 0x02, 0x01, 0x09, 0x32, 0x95,
    0x6E, 0x82, 0x02, 0x01, 0x09, 0x20, 0x95, 0x18, 0xB2, 0x02, 0x01, 0xC0};

static const uint8_t keyboard_descriptor[] = {0x05, 0x01, 0x09, 0x06, 0xA1, 0x01, 0x05,
    0x07, 0x19, 0xE0, 0x29, 0xE7, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x08, 0x81,
    0x02, 0x95, 0x01, 0x75, 0x08, 0x81, 0x01, 0x26, 0xFF, 0x00, 0x19, 0x00, 0x29, 0xFF,
    0x95, 0x06, 0x75, 0x08, 0x81, 0x00, 0xC0};

enum { HIDPOS_LEN = 64, STRIPE_LEN = 337, STRIPE_PACKET = 8 };

static const struct fake_description scanner = {.vendor = 0x0C2E,
    .product = 0x2007,
    .name = "Any Product",
    .packet_len = 64,
    .report_descriptor = hidpos_descriptor,
    .report_descriptor_len = sizeof(hidpos_descriptor),
    .kernel_driver = "usbhid"};

static const struct fake_description stripe_reader = {.vendor = 0x0801,
    .product = 0x0002,
    .packet_len = STRIPE_PACKET,
    .report_descriptor = stripe_descriptor,
    .report_descriptor_len = sizeof(stripe_descriptor)};

static struct fake_description keyboard(const char *name)
{
	return (struct fake_description){.vendor = 0x05E0,
	    .product = 0x1200,
	    .name = name,
	    .subclass = 1,
	    .protocol = 1,
	    .packet_len = 8,
	    .report_descriptor = keyboard_descriptor,
	    .report_descriptor_len = sizeof(keyboard_descriptor),
	    .kernel_driver = "usbhid"};
}

/* What the reader told, in order. */
struct world {
	struct loop *loop;
	struct reader *reader;
	struct fake_device *device;
	size_t heard;

	struct {
		enum reader_news news;
		enum scan_fault fault;
		char aim[4];
		char text[400];
	} news[HEARD_MAX];
};

static void hear(void *self, struct reader_event *event)
{
	struct world *world = self;
	assert_true(world->heard < HEARD_MAX);
	size_t i = world->heard++;
	world->news[i].news = event->news;
	world->news[i].fault = event->scan.fault;
	memcpy(world->news[i].aim, event->scan.aim, sizeof(event->scan.aim));
	(void)snprintf(world->news[i].text, sizeof(world->news[i].text), "%.399s",
	    (const char *)event->scan.data);
	scan_wipe(&event->scan);
}

static void turn(struct world *world)
{
	assert_int_equal(loop_turn(world->loop, TURN_MS), ERR_NONE);
}

/* Turns until `count` things were heard; bounded. */
static void until_heard(struct world *world, size_t count)
{
	for (int i = 0; world->heard < count && i < TURNS_MAX; i++)
		turn(world);
	assert_int_equal(world->heard, count);
}

static void until_reading(struct world *world)
{
	for (int i = 0; fake_counts(world->device).reads_waiting == 0 && i < TURNS_MAX;
	     i++)
		turn(world);
	assert_int_equal(fake_counts(world->device).reads_waiting, 1);
}

static void settle(struct world *world)
{
	for (int i = 0; i < 5; i++)
		turn(world);
}

static struct world *start(const struct fake_description *description, const char *rules)
{
	struct world *world = calloc(1, sizeof(*world));
	assert_non_null(world);
	assert_int_equal(loop_new(&world->loop), ERR_NONE);
	world->device = fake_device_new(description);
	assert_int_equal(
	    reader_usb.open(world->loop, rules, hear, world, &world->reader), ERR_NONE);
	return world;
}

static void stop(struct world *world)
{
	reader_usb.close(&world->reader);
	assert_null(world->reader);
	fake_device_free(&world->device);
	loop_free(&world->loop);
	free(world);
}

static void expect_scan(
    const struct world *world, size_t i, const char *aim, const char *text)
{
	assert_int_equal(world->news[i].news, READER_NEWS_SCAN);
	assert_int_equal(world->news[i].fault, SCAN_FAULT_NONE);
	assert_string_equal(world->news[i].aim, aim);
	assert_string_equal(world->news[i].text, text);
}

static void label(
    uint8_t report[HIDPOS_LEN], const char *aim, const char *text, bool more)
{
	memset(report, 0, HIDPOS_LEN);
	report[0] = 2;
	report[1] = (uint8_t)strlen(text);
	memcpy(report + 2, aim, 3);
	memcpy(report + 5, text, strlen(text));
	report[63] = more;
}

static void scan_label(struct world *world, const char *text)
{
	uint8_t report[HIDPOS_LEN];
	label(report, "]E0", text, false);
	fake_send(world->device, report, sizeof(report));
}

/* --- the cases ------------------------------------------------------------------ */

static void scanner_is_found_read_and_given_back(void **state)
{
	(void)state;
	struct world *world = start(&scanner, NULL);
	settle(world);
	assert_int_equal(world->heard, 0); /* opening succeeds without a device */
	fake_plug(world->device);
	until_heard(world, 1);
	assert_int_equal(world->news[0].news, READER_NEWS_FOUND);
	assert_int_equal(fake_counts(world->device).detached, 1);
	scan_label(world, "7891000315507");
	until_heard(world, 2);
	expect_scan(world, 1, "]E0", "7891000315507");
	reader_usb.close(&world->reader);
	assert_int_equal(fake_counts(world->device).releases, 1);
	assert_int_equal(fake_counts(world->device).attached, 1);
	stop(world);
}

static void unplug_in_mid_label_and_replug(void **state)
{
	(void)state;
	uint8_t part[HIDPOS_LEN];
	struct world *world = start(&scanner, NULL);
	label(part, "]Q1", "https://exemplo.invalid/", true);
	for (size_t round = 0; round < 3; round++) {
		size_t base = round * 4;
		fake_plug(world->device);
		until_heard(world, base + 1);
		until_reading(world);
		fake_send(world->device, part, sizeof(part));
		settle(world);
		assert_int_equal(world->heard, base + 1); /* a part is not handed on */
		fake_unplug(world->device, false);
		until_heard(world, base + 3);
		assert_int_equal(world->news[base + 1].news, READER_NEWS_SCAN);
		assert_int_equal(world->news[base + 1].fault, SCAN_FAULT_MISREAD);
		assert_string_equal(world->news[base + 1].text, "");
		assert_int_equal(world->news[base + 2].news, READER_NEWS_LOST);
		/* What comes next is whole, never glued to what was lost. */
		fake_plug(world->device);
		until_heard(world, base + 4);
		until_reading(world);
		scan_label(world, "7891000315507");
		until_heard(world, base + 5);
		expect_scan(world, base + 4, "]E0", "7891000315507");
		fake_unplug(world->device, false);
		until_heard(world, base + 6);
		world->heard = base + 4; /* the next round begins here */
	}
	stop(world);
}

static void an_error_status_then_the_device_leaves(void **state)
{
	(void)state;
	struct world *world = start(&scanner, NULL);
	fake_plug(world->device);
	until_heard(world, 1);
	until_reading(world);
	fake_unplug(world->device, true); /* ERROR first, LEFT later */
	settle(world);
	assert_int_equal(world->heard, 1);
	fake_leave(world->device);
	until_heard(world, 2);
	assert_int_equal(world->news[1].news, READER_NEWS_LOST);
	fake_plug(world->device);
	until_heard(world, 3);
	until_reading(world);
	scan_label(world, "7891000315507");
	until_heard(world, 4);
	expect_scan(world, 3, "]E0", "7891000315507");
	stop(world);
}

static void empty_reports_and_foreign_ids_are_nothing(void **state)
{
	(void)state;
	uint8_t other[HIDPOS_LEN] = {0x07, 1, 2, 3};
	struct world *world = start(&scanner, NULL);
	fake_plug(world->device);
	until_heard(world, 1);
	fake_send(world->device, NULL, 0);
	fake_send(world->device, other, sizeof(other));
	fake_send(world->device, NULL, 0);
	scan_label(world, "7891000315507");
	fake_send(world->device, NULL, 0);
	until_heard(world, 2);
	settle(world);
	assert_int_equal(world->heard, 2);
	expect_scan(world, 1, "]E0", "7891000315507");
	stop(world);
}

static void a_lying_length_is_told_and_the_next_read_works(void **state)
{
	(void)state;
	uint8_t report[HIDPOS_LEN];
	struct world *world = start(&scanner, NULL);
	fake_plug(world->device);
	until_heard(world, 1);
	label(report, "]E0", "7891000315507", false);
	report[1] = 200;
	fake_send(world->device, report, sizeof(report));
	until_heard(world, 2);
	assert_int_equal(world->news[1].fault, SCAN_FAULT_MISREAD);
	assert_string_equal(world->news[1].text, "");
	scan_label(world, "7891000315507");
	until_heard(world, 3);
	expect_scan(world, 2, "]E0", "7891000315507");
	stop(world);
}

static void a_stalled_endpoint_is_cleared(void **state)
{
	(void)state;
	struct world *world = start(&scanner, NULL);
	fake_plug(world->device);
	until_heard(world, 1);
	for (int i = 0; i < 3; i++)
		fake_stall(world->device);
	scan_label(world, "7891000315507");
	until_heard(world, 2);
	expect_scan(world, 1, "]E0", "7891000315507");
	assert_int_equal(fake_counts(world->device).halts_cleared, 3);
	stop(world);
}

static void a_long_label_comes_in_parts(void **state)
{
	(void)state;
	uint8_t report[HIDPOS_LEN];
	struct world *world = start(&scanner, NULL);
	fake_plug(world->device);
	until_heard(world, 1);
	label(report, "]Q1", "https://exemplo.invalid/", true);
	fake_send(world->device, report, sizeof(report));
	label(report, "]Q1", "fidelidade", false);
	fake_send(world->device, report, sizeof(report));
	until_heard(world, 2);
	expect_scan(world, 1, "]Q1", "https://exemplo.invalid/fidelidade");
	stop(world);
}

static void held_by_another_program_then_free(void **state)
{
	(void)state;
	struct world *world = start(&scanner, NULL);
	fake_hold(world->device, true);
	fake_plug(world->device);
	settle(world);
	assert_int_equal(world->heard, 0);
	fake_hold(world->device, false);
	until_heard(world, 1); /* tried again by timer */
	assert_int_equal(world->news[0].news, READER_NEWS_FOUND);
	stop(world);
}

static void a_device_without_a_descriptor_goes_back(void **state)
{
	(void)state;
	struct world *world = start(&scanner, NULL);
	fake_hide_descriptor(world->device, true);
	fake_plug(world->device);
	for (int i = 0; fake_counts(world->device).releases == 0 && i < TURNS_MAX; i++)
		turn(world);
	assert_int_equal(world->heard, 0);
	assert_int_equal(fake_counts(world->device).releases, 1);
	assert_int_equal(fake_counts(world->device).attached, 1);
	stop(world);
}

static const char track2[] = ";9076000123456782=30121010000000000?";

static void swipe(uint8_t report[STRIPE_LEN])
{
	memset(report, 0xEE, STRIPE_LEN); /* undefined past the length */
	memset(report, 0, 7);
	report[0] = 1; /* track 1 failed, track 2 is good */
	report[4] = (uint8_t)strlen(track2);
	memcpy(report + 117, track2, strlen(track2));
}

static void a_swipe_comes_in_small_packets(void **state)
{
	(void)state;
	uint8_t report[STRIPE_LEN];
	struct world *world = start(&stripe_reader, NULL);
	fake_plug(world->device);
	until_heard(world, 1);
	swipe(report);
	fake_send(world->device, report, sizeof(report));
	until_heard(world, 2);
	expect_scan(world, 1, "", track2);
	/* One packet a transfer, as slow controllers give them. */
	for (size_t at = 0; at < sizeof(report); at += STRIPE_PACKET) {
		size_t left = sizeof(report) - at;
		fake_send(world->device, report + at,
		    left < STRIPE_PACKET ? left : STRIPE_PACKET);
	}
	until_heard(world, 3);
	expect_scan(world, 2, "", track2);
	stop(world);
}

static void a_swipe_cut_short_is_a_misread(void **state)
{
	(void)state;
	uint8_t report[STRIPE_LEN];
	struct world *world = start(&stripe_reader, NULL);
	fake_plug(world->device);
	until_heard(world, 1);
	swipe(report);
	fake_send(world->device, report, 300 - 300 % STRIPE_PACKET + 3);
	until_heard(world, 2);
	assert_int_equal(world->news[1].fault, SCAN_FAULT_MISREAD);
	fake_send(world->device, report, sizeof(report));
	until_heard(world, 3);
	expect_scan(world, 2, "", track2);
	stop(world);
}

static void type_key(struct world *world, uint8_t usage)
{
	uint8_t down[8] = {0, 0, usage};
	uint8_t up[8] = {0};
	fake_send(world->device, down, sizeof(down));
	fake_send(world->device, up, sizeof(up));
}

static void a_keyboard_that_calls_itself_scanner(void **state)
{
	(void)state;
	struct fake_description description = keyboard("Symbol Bar Code Scanner");
	struct world *world = start(&description, NULL);
	fake_plug(world->device);
	until_heard(world, 1);
	static const uint8_t keys[] = {0x24, 0x25, 0x26, 0x1E, 0x28}; /* 7891 Enter */
	for (size_t i = 0; i < sizeof(keys); i++)
		type_key(world, keys[i]);
	until_heard(world, 2);
	expect_scan(world, 1, "", "7891");
	stop(world);
}

static void half_a_typed_label_is_thrown_away(void **state)
{
	(void)state;
	struct fake_description description = keyboard("Symbol Bar Code Scanner");
	struct world *world = start(&description, NULL);
	fake_plug(world->device);
	until_heard(world, 1);
	type_key(world, 0x24);
	type_key(world, 0x25);
	until_heard(world, 2); /* after WEDGE_IDLE_MS */
	assert_int_equal(world->news[1].fault, SCAN_FAULT_MISREAD);
	type_key(world, 0x26);
	type_key(world, 0x28);
	until_heard(world, 3);
	expect_scan(world, 2, "", "9");
	stop(world);
}

static void the_clerks_keyboard_is_left_alone(void **state)
{
	(void)state;
	struct fake_description description = keyboard("USB Keyboard");
	struct world *world = start(&description, NULL);
	fake_plug(world->device);
	settle(world);
	settle(world);
	assert_int_equal(world->heard, 0);
	assert_int_equal(fake_counts(world->device).claims, 0);
	assert_int_equal(fake_counts(world->device).detached, 0);
	stop(world);
}

static void an_assigned_keyboard_is_taken_with_its_layout(void **state)
{
	(void)state;
	struct fake_description description = keyboard("USB Keyboard");
	struct world *world = start(&description, "1-9@05e0:1200=us;1-1@05e0:1200=abnt2");
	fake_plug(world->device);
	until_heard(world, 1);
	type_key(world, 0x38); /* '/' on US, ';' on ABNT2 */
	type_key(world, 0x28);
	until_heard(world, 2);
	expect_scan(world, 1, "", ";");
	stop(world);
}

static void bad_rules_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"05e0:1200", "05e0=us", "05e0:12=us",
	    "05e0:1200=fr", "1-1@=us", "xyz1:1200=us"};
	struct loop *loop;
	assert_int_equal(loop_new(&loop), ERR_NONE);
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct reader *reader = NULL;
		assert_int_equal(
		    reader_usb.open(loop, bad[i], hear, NULL, &reader), ERR_FORMAT);
		assert_null(reader);
	}
	loop_free(&loop);
}

/* Whether the loop sleeps while nothing happens. */
static void an_idle_reader_costs_nothing(void **state)
{
	(void)state;
	struct world *world = start(&scanner, NULL);
	fake_plug(world->device);
	until_heard(world, 1);
	until_reading(world);
	unsigned before = fake_counts(world->device).ioctls;
	for (int i = 0; i < 25; i++)
		turn(world);
	assert_true(fake_counts(world->device).ioctls - before <= 2);
	stop(world);
}

/* umockdev works by preloading; under the address sanitizer its runtime must
 * come first. */
static void preload(char **argv)
{
	static char preloads[600];
	char line[512];
	char asan[256] = "";
	FILE *maps = fopen("/proc/self/maps", "r");
	while (maps != NULL && fgets(line, sizeof(line), maps) != NULL) {
		const char *path = strchr(line, '/');
		if (path != NULL && strstr(path, "libasan.so") != NULL) {
			line[strcspn(line, "\n")] = '\0';
			(void)snprintf(asan, sizeof(asan), "%.250s:", path);
			break;
		}
	}
	if (maps != NULL)
		(void)fclose(maps);
	(void)snprintf(preloads, sizeof(preloads), "%slibumockdev-preload.so.0", asan);
	(void)setenv("LD_PRELOAD", preloads, 1);
	/* glib keeps what it allocates; leaks of ours are looked for elsewhere. */
	if (asan[0] != '\0')
		(void)setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	(void)execv(argv[0], argv);
	(void)fprintf(stderr, "cannot run myself with umockdev preloaded\n");
	_exit(1);
}

int main(int argc, char **argv)
{
	(void)argc;
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(scanner_is_found_read_and_given_back),
	    cmocka_unit_test(unplug_in_mid_label_and_replug),
	    cmocka_unit_test(an_error_status_then_the_device_leaves),
	    cmocka_unit_test(empty_reports_and_foreign_ids_are_nothing),
	    cmocka_unit_test(a_lying_length_is_told_and_the_next_read_works),
	    cmocka_unit_test(a_stalled_endpoint_is_cleared),
	    cmocka_unit_test(a_long_label_comes_in_parts),
	    cmocka_unit_test(held_by_another_program_then_free),
	    cmocka_unit_test(a_device_without_a_descriptor_goes_back),
	    cmocka_unit_test(a_swipe_comes_in_small_packets),
	    cmocka_unit_test(a_swipe_cut_short_is_a_misread),
	    cmocka_unit_test(a_keyboard_that_calls_itself_scanner),
	    cmocka_unit_test(half_a_typed_label_is_thrown_away),
	    cmocka_unit_test(the_clerks_keyboard_is_left_alone),
	    cmocka_unit_test(an_assigned_keyboard_is_taken_with_its_layout),
	    cmocka_unit_test(bad_rules_are_refused),
	    cmocka_unit_test(an_idle_reader_costs_nothing),
	};
	const char *preloaded = getenv("LD_PRELOAD");
	if (preloaded == NULL || strstr(preloaded, "umockdev") == NULL)
		preload(argv);
	(void)signal(SIGHUP, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
