/* SPDX-License-Identifier: MIT */
#include "usb/wedge.h"

#include <string.h>

#include "base/banned.h"

enum {
	PAGE_KEYBOARD = 0x07,
	USAGE_MODIFIER_FIRST = 0xE0,
	MODIFIERS = 8,
	MODIFIER_CTRL = 1 << 0 | 1 << 4,
	MODIFIER_SHIFT = 1 << 1 | 1 << 5,
	MODIFIER_LEFT_ALT = 1 << 2,
	MODIFIER_RIGHT_ALT = 1 << 6,
	MODIFIER_GUI = 1 << 3 | 1 << 7,
	USAGE_ROLL_OVER = 0x01, /* 01 to 03 are errors, not keys */
	USAGE_ERRORS_END = 0x04,
	USAGE_CAPS_LOCK = 0x39,
	ALT_CODE_MAX = 255,
};

/* Boot keyboard: eight modifier bits, a reserved byte, six keys (HID 1.11, B.1),
 * with keys up to FF because ABNT2 has usages above the 101-key set. */
static const uint8_t boot_descriptor[] = {0x05, 0x01, 0x09, 0x06, 0xA1, 0x01, 0x05, 0x07,
    0x19, 0xE0, 0x29, 0xE7, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x08, 0x81, 0x02,
    0x95, 0x01, 0x75, 0x08, 0x81, 0x01, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x19, 0x00, 0x29,
    0xFF, 0x95, 0x06, 0x75, 0x08, 0x81, 0x00, 0xC0};

static const struct hid_field *find_keys(const struct hid_map *map)
{
	for (size_t i = 0; i < map->field_count; i++) {
		const struct hid_field *field = &map->field[i];
		if (field->kind == HID_INPUT && field->array && !field->constant &&
		    field->usage_min >> 16 == PAGE_KEYBOARD)
			return field;
	}
	return NULL;
}

enum err wedge_init(
    struct wedge *wedge, struct bytes descriptor, enum keymap_layout layout)
{
	struct wedge made = {.layout = layout};
	if (descriptor.len == 0)
		descriptor = bytes_of(boot_descriptor, sizeof(boot_descriptor));
	enum err error = hid_parse(descriptor, &made.map);
	if (error != ERR_NONE)
		return error;
	if (find_keys(&made.map) == NULL)
		return ERR_UNSUPPORTED;
	*wedge = made;
	wedge->keys = find_keys(&wedge->map);
	for (uint32_t i = 0; i < MODIFIERS; i++)
		wedge->modifier[i] = hid_find(&wedge->map, HID_INPUT,
		    HID_USAGE(PAGE_KEYBOARD, USAGE_MODIFIER_FIRST + i));
	return ERR_NONE;
}

static unsigned read_modifiers(const struct wedge *wedge, struct bytes report)
{
	unsigned modifiers = 0;
	for (unsigned i = 0; i < MODIFIERS; i++) {
		uint32_t value;
		if (wedge->modifier[i] != NULL &&
		    hid_get(&wedge->map, wedge->modifier[i], report, 0, &value) ==
			ERR_NONE &&
		    value != 0)
			modifiers |= 1U << i;
	}
	return modifiers;
}

/* Keys that are down in this report. ERR_FORMAT: the report is not a whole one;
 * ERR_RANGE: it says roll-over, or names what is no key. */
static enum err read_keys(const struct wedge *wedge, struct bytes report,
    uint8_t ret[WEDGE_KEYS_MAX], size_t *ret_count)
{
	size_t count = 0;
	for (uint32_t i = 0; i < wedge->keys->count && i < WEDGE_KEYS_MAX; i++) {
		uint32_t value;
		if (hid_get(&wedge->map, wedge->keys, report, i, &value) != ERR_NONE)
			return ERR_FORMAT;
		uint32_t usage = (wedge->keys->usage_min & UINT16_MAX) + value -
				 (uint32_t)wedge->keys->logical_min;
		if (usage >= USAGE_ROLL_OVER && usage < USAGE_ERRORS_END)
			return ERR_RANGE;
		if (usage >= USAGE_ERRORS_END && usage <= UINT8_MAX)
			ret[count++] = (uint8_t)usage;
	}
	*ret_count = count;
	return ERR_NONE;
}

static void put_byte(struct wedge *wedge, uint32_t byte)
{
	if (wedge->scan.len == SCAN_LEN_MAX)
		wedge->too_long = true;
	else
		wedge->scan.data[wedge->scan.len++] = (uint8_t)byte;
}

static void put_utf8(struct wedge *wedge, uint32_t c)
{
	if (c < 0x80) {
		put_byte(wedge, c);
	} else if (c < 0x800) {
		put_byte(wedge, 0xC0 | c >> 6);
		put_byte(wedge, 0x80 | (c & 0x3F));
	} else {
		put_byte(wedge, 0xE0 | c >> 12);
		put_byte(wedge, 0x80 | (c >> 6 & 0x3F));
		put_byte(wedge, 0x80 | (c & 0x3F));
	}
}

/* Ends the label. An end with nothing before it is a suffix of the last one
 * (Enter followed by Ctrl+Shift+J) and means nothing. */
static bool end_label(struct wedge *wedge)
{
	wedge->dead = 0;
	if (wedge->scan.len == 0 && !wedge->too_long)
		return false;
	if (wedge->too_long) {
		scan_wipe(&wedge->scan);
		wedge->scan.fault = SCAN_FAULT_TOO_LONG;
	}
	wedge->scan.source = SCAN_SCANNER;
	wedge->scan.data[wedge->scan.len] = '\0';
	wedge->too_long = false;
	wedge->done = true;
	return true;
}

static bool take_char(struct wedge *wedge, uint32_t c)
{
	if (c == '\r' || c == '\n' || c == '\t')
		return end_label(wedge);
	if (keymap_is_dead(c)) {
		wedge->dead = c;
		return false;
	}
	if (wedge->dead != 0) {
		uint32_t joined = keymap_compose(wedge->dead, c);
		uint32_t accent = keymap_compose(wedge->dead, ' ');
		wedge->dead = 0;
		if (joined != 0)
			c = joined;
		else
			put_utf8(wedge, accent);
	}
	put_utf8(wedge, c);
	return false;
}

/* Ctrl makes the control character of '@' to '_' and of the letters. */
static uint32_t with_ctrl(uint32_t c)
{
	if (c >= 'a' && c <= 'z')
		c = c - 'a' + 'A';
	return c > '@' && c <= '_' ? c - '@' : 0;
}

static void alt_digit(struct wedge *wedge, int digit)
{
	if (!wedge->alt_typed)
		wedge->alt_leading_zero = digit == 0;
	wedge->alt_typed = true;
	wedge->alt_digits++;
	if (wedge->alt_code <= ALT_CODE_MAX)
		wedge->alt_code = wedge->alt_code * 10 + (uint32_t)digit;
}

static bool press(struct wedge *wedge, uint8_t usage, unsigned modifiers)
{
	if (usage == USAGE_CAPS_LOCK) {
		wedge->caps = !wedge->caps;
		return false;
	}
	if ((modifiers & MODIFIER_GUI) != 0)
		return false; /* a command of a desktop: never one of ours */
	int digit = keymap_keypad_digit(usage);
	if ((modifiers & MODIFIER_LEFT_ALT) != 0) {
		if (digit >= 0)
			alt_digit(wedge, digit);
		return false;
	}
	bool shift = (modifiers & MODIFIER_SHIFT) != 0;
	bool altgr = (modifiers & MODIFIER_RIGHT_ALT) != 0;
	uint32_t c = keymap_char(wedge->layout, usage, shift, altgr);
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
	if (wedge->caps && letter)
		c ^= 'a' ^ 'A';
	if ((modifiers & MODIFIER_CTRL) != 0)
		c = with_ctrl(c);
	return c != 0 && take_char(wedge, c);
}

/* Alt was let go: its digits are one character. */
static bool release_alt(struct wedge *wedge)
{
	bool zero_page = wedge->alt_leading_zero && wedge->alt_digits > 3;
	uint32_t c = 0;
	if (wedge->alt_typed && wedge->alt_code <= ALT_CODE_MAX)
		c = zero_page ? keymap_cp1252((uint8_t)wedge->alt_code)
			      : keymap_cp850((uint8_t)wedge->alt_code);
	wedge->alt_typed = false;
	wedge->alt_leading_zero = false;
	wedge->alt_digits = 0;
	wedge->alt_code = 0;
	return c != 0 && take_char(wedge, c);
}

static bool was_held(const struct wedge *wedge, uint8_t usage)
{
	return wedge->held_count > 0 &&
	       memchr(wedge->held, usage, wedge->held_count) != NULL;
}

bool wedge_report(struct wedge *wedge, struct bytes report)
{
	uint8_t down[WEDGE_KEYS_MAX];
	size_t count;
	if (report.len == 0 || read_keys(wedge, report, down, &count) != ERR_NONE)
		return false;
	if (wedge->done) {
		scan_wipe(&wedge->scan);
		wedge->done = false;
	}
	unsigned modifiers = read_modifiers(wedge, report);
	bool alt = (modifiers & MODIFIER_LEFT_ALT) != 0;
	bool ended = wedge->alt_held && !alt && release_alt(wedge);
	wedge->alt_held = alt;
	for (size_t i = 0; i < count && !ended; i++)
		if (!was_held(wedge, down[i]))
			ended = press(wedge, down[i], modifiers);
	memcpy(wedge->held, down, count);
	wedge->held_count = count;
	return ended;
}

bool wedge_has_part(const struct wedge *wedge)
{
	return !wedge->done && (wedge->scan.len > 0 || wedge->too_long);
}

bool wedge_reset(struct wedge *wedge)
{
	bool had_part = wedge_has_part(wedge);
	scan_wipe(&wedge->scan);
	wedge->held_count = 0;
	wedge->alt_held = false;
	wedge->dead = 0;
	wedge->too_long = false;
	wedge->done = false;
	(void)release_alt(wedge);
	scan_wipe(&wedge->scan);
	return had_part;
}
