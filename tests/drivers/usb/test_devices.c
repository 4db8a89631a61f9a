/* SPDX-License-Identifier: MIT */
/* Feeds the recordings of tests/devices to the decoders and compares with their
 * expect lines. A new file of these classes is a new test without code. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "device_file.h"
#include "usb/hidpos.h"
#include "usb/stripe.h"
#include "usb/wedge.h"

#define FOLDER "tests/devices"
#define COUNTED FOLDER "/scanner-hidpos-generic-counted.txt"

static struct device_file file;
static const char *path;
static size_t block_number;

static struct bytes report_of(const struct device_block *block, size_t i)
{
	return bytes_of(block->report[i].data, block->report[i].len);
}

static void expect_bytes(
    const char *key, const struct device_block *block, struct bytes got)
{
	uint8_t want[DEVICE_VALUE_MAX];
	const char *value = device_value(block, key);
	assert_non_null(value);
	size_t len =
	    strcmp(value, "none") == 0 ? 0 : device_unescape(value, want, sizeof(want));
	if (len != got.len || (len > 0 && memcmp(want, got.at, len) != 0))
		fail_msg("%s block %zu: %s is '%.*s', wanted '%s'", path, block_number,
		    key, (int)got.len, (const char *)got.at, value);
}

/* --- HID POS ------------------------------------------------------------------- */

static void hidpos_block(struct hidpos *hidpos, const struct device_block *block)
{
	bool error_wanted = device_value(block, "expect-error") != NULL;
	bool error_seen = false;
	size_t scans = 0;
	for (size_t i = 0; i < block->report_count; i++) {
		enum hidpos_news news = hidpos_report(hidpos, report_of(block, i));
		error_seen |= news == HIDPOS_DROPPED_SCAN;
		if (news == HIDPOS_NOTHING)
			continue;
		scans++;
		assert_int_equal(hidpos->scan.fault, SCAN_FAULT_NONE);
		expect_bytes(
		    "expect-text", block, bytes_of(hidpos->scan.data, hidpos->scan.len));
		if (device_value(block, "expect-aim") != NULL)
			expect_bytes(
			    "expect-aim", block, bytes_of_text(hidpos->scan.aim));
	}
	assert_int_equal(scans, 1);
	assert_true(error_seen == error_wanted);
	assert_false(hidpos_reset(hidpos));
}

static size_t hidpos_file(void)
{
	static struct device_file counted;
	static struct hidpos hidpos;
	const struct device_block *descriptor =
	    device_block_of(&file, "report-descriptor");
	if (descriptor == NULL) { /* the file's layout note says: the counted layout */
		assert_true(device_file_read(COUNTED, &counted));
		descriptor = device_block_of(&counted, "report-descriptor");
	}
	assert_int_equal(hidpos_init(&hidpos, report_of(descriptor, 0)), ERR_NONE);
	size_t done = 0;
	for (size_t i = 0; i < file.block_count; i++)
		if (strcmp(file.block[i].type, "input-reports") == 0) {
			block_number = i + 1;
			hidpos_block(&hidpos, &file.block[i]);
			done++;
		}
	return done;
}

/* --- scanners that type --------------------------------------------------------- */

static const char *layout_of(const struct device_block *block)
{
	const char *own = device_value(block, "layout");
	const char *whole = device_value(&file.header, "layout");
	return own != NULL ? own : whole != NULL ? whole : "us";
}

/* The label without the terminator that ended it; more labels follow as "\r". */
static void wedge_block(const struct device_block *block)
{
	static struct wedge wedge;
	uint8_t got[DEVICE_VALUE_MAX];
	struct sink out = sink_of(got, sizeof(got));
	enum keymap_layout layout =
	    strcmp(layout_of(block), "abnt2") == 0 ? KEYMAP_ABNT2 : KEYMAP_US;
	assert_int_equal(wedge_init(&wedge, (struct bytes){0}, layout), ERR_NONE);
	for (size_t i = 0; i < block->report_count; i++)
		if (wedge_report(&wedge, report_of(block, i))) {
			assert_int_equal(wedge.scan.fault, SCAN_FAULT_NONE);
			sink_put(&out, bytes_of(wedge.scan.data, wedge.scan.len));
			sink_u8(&out, '\r');
		}
	if (device_value(block, "expect-error") != NULL) {
		assert_int_equal(out.len, 0);
		assert_true(wedge_reset(&wedge)); /* there was a part, and it is told */
		return;
	}
	const char *want = device_value(block, "expect-text");
	bool ended = strlen(want) >= 2 && strcmp(want + strlen(want) - 2, "\\r") == 0;
	if (!ended) /* no terminator in the recording: what is typed so far */
		sink_put(&out, bytes_of(wedge.scan.data, wedge.scan.len));
	/* An end without a label before it is nothing. */
	if (strcmp(want, "\\r") == 0)
		assert_int_equal(out.len, 0);
	else
		expect_bytes("expect-text", block, sink_bytes(&out));
}

static size_t wedge_file(void)
{
	size_t done = 0;
	for (size_t i = 0; i < file.block_count; i++) {
		const struct device_block *block = &file.block[i];
		if (strcmp(block->type, "input-reports") != 0)
			continue;
		block_number = i + 1;
		wedge_block(block);
		done++;
	}
	return done;
}

/* --- stripes -------------------------------------------------------------------- */

static void stripe_block(const struct stripe *stripe, const struct device_block *block)
{
	static struct scan scan;
	uint8_t want[DEVICE_VALUE_MAX];
	struct sink tracks = sink_of(want, sizeof(want));
	static const char *const keys[] = {
	    "expect-track1", "expect-track2", "expect-track3"};
	assert_int_equal(block->report_count, 1);
	stripe_report(stripe, report_of(block, 0), &scan);
	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (device_value(block, keys[i]) != NULL)
			sink_put(&tracks, bytes_of_text(device_value(block, keys[i])));
	const char *error = device_value(block, "expect-error");
	if (error != NULL && strstr(error, "payment card") != NULL) {
		assert_true(scan.len > 0); /* a good read: the till refuses it */
	} else if (error != NULL) {
		assert_int_equal(scan.len, 0);
		assert_int_equal(scan.fault, strstr(error, "blank") != NULL
						 ? SCAN_FAULT_BLANK
						 : SCAN_FAULT_MISREAD);
	} else {
		assert_int_equal(scan.fault, SCAN_FAULT_NONE);
		assert_int_equal(scan.len, tracks.len);
		assert_memory_equal(scan.data, want, tracks.len);
	}
	scan_wipe(&scan);
}

static size_t stripe_file(void)
{
	static struct stripe stripe;
	const struct device_block *descriptor =
	    device_block_of(&file, "report-descriptor");
	assert_non_null(descriptor);
	assert_int_equal(stripe_init(&stripe, report_of(descriptor, 0)), ERR_NONE);
	size_t done = 0;
	for (size_t i = 0; i < file.block_count; i++)
		if (strcmp(file.block[i].type, "input-reports") == 0) {
			block_number = i + 1;
			stripe_block(&stripe, &file.block[i]);
			done++;
		}
	return done;
}

static const struct {
	const char *class_name;
	size_t (*run)(void);
} classes[] = {
    {"hid-pos", hidpos_file},
    {"wedge", wedge_file},
    {"hid-msr", stripe_file},
};

static size_t run_file(const char *name)
{
	static char full[512];
	(void)snprintf(full, sizeof(full), "%s/%s", FOLDER, name);
	path = full;
	assert_true(device_file_read(full, &file));
	const char *class_name = device_value(&file.header, "class");
	bool keyboard_table = strncmp(name, "keyboard-", 9) == 0;
	for (size_t i = 0; i < COUNT_OF(classes); i++)
		if (keyboard_table || strcmp(class_name, classes[i].class_name) == 0)
			return keyboard_table ? wedge_file() : classes[i].run();
	return 0;
}

static void every_recording_decodes_as_it_says(void **state)
{
	(void)state;
	struct dirent **names;
	int count = scandir(FOLDER, &names, NULL, alphasort);
	size_t blocks = 0;
	assert_true(count > 0);
	for (int i = 0; i < count; i++) {
		const char *dot = strrchr(names[i]->d_name, '.');
		if (dot != NULL && strcmp(dot, ".txt") == 0)
			blocks += run_file(names[i]->d_name);
		free(names[i]);
	}
	free(names);
	print_message("%zu blocks decoded\n", blocks);
	assert_true(blocks >= 25);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_recording_decodes_as_it_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
