/* SPDX-License-Identifier: MIT */
#include "till/till_internal.h"

#include "base/banned.h"

void show_text(char *out, size_t cap, const char *text)
{
	size_t len = strlen(text);
	if (len >= cap) {
		len = cap - 1;
		while (len > 0 && ((uint8_t)text[len] & 0xC0) == 0x80)
			len--; /* never half a character */
	}
	memmove(out, text, len);
	out[len] = '\0';
}

void show_more(char *out, size_t cap, const char *more)
{
	size_t len = strlen(out);
	assert(len < cap);
	show_text(out + len, cap - len, more);
}

void show_number(char *out, size_t cap, int64_t n)
{
	char digits[24];
	size_t at = sizeof(digits) - 1;
	uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (n < 0)
		digits[--at] = '-';
	show_text(out, cap, digits + at);
}

static void two_digits(char out[3], unsigned n)
{
	out[0] = (char)('0' + n / 10 % 10);
	out[1] = (char)('0' + n % 10);
	out[2] = '\0';
}

void show_quantity(char *out, size_t cap, uint32_t milli)
{
	show_number(out, cap, milli / 1000);
	if (milli % 1000 == 0)
		return;
	char part[5] = {',', (char)('0' + milli / 100 % 10),
	    (char)('0' + milli / 10 % 10), (char)('0' + milli % 10), '\0'};
	show_more(out, cap, part);
}

void show_time(char *out, size_t cap, int64_t ms, int offset_min)
{
	int64_t minutes = ms / 60000 + offset_min;
	unsigned of_day = (unsigned)(((minutes % 1440) + 1440) % 1440);
	char part[3];
	two_digits(part, of_day / 60);
	show_text(out, cap, part);
	show_more(out, cap, ":");
	two_digits(part, of_day % 60);
	show_more(out, cap, part);
}

void show_day(char *out, size_t cap, uint32_t yyyymmdd)
{
	char part[3];
	char year[8];
	two_digits(part, yyyymmdd % 100);
	show_text(out, cap, part);
	show_more(out, cap, "/");
	two_digits(part, yyyymmdd / 100 % 100);
	show_more(out, cap, part);
	show_more(out, cap, "/");
	show_number(year, sizeof(year), yyyymmdd / 10000);
	show_more(out, cap, year);
}

void show_receipt(char *out, size_t cap, const uint8_t id[EVENT_ID_LEN])
{
	char hex[2 * EVENT_ID_LEN + 1];
	hex_encode(hex, bytes_of(id, EVENT_ID_LEN));
	show_text(out, cap, "BLCV:");
	show_more(out, cap, hex);
}
