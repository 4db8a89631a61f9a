/* SPDX-License-Identifier: MIT */
#include "contract/check.h"

#include <string.h>

#include "base/banned.h"

enum { SENTENCE_LEN_MAX = 240 };

/* --- places and sentences --------------------------------------------------- */

void check_put(struct sink *out, const char *text)
{
	sink_put(out, bytes_of_text(text));
}

void check_put_number(struct sink *out, size_t number)
{
	char digits[20];
	size_t at = sizeof digits;
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	sink_put(out, bytes_of(digits + at, sizeof digits - at));
}

void check_fault_at(
    struct check *check, const char *place, const char *sentence, const char *name)
{
	char text[SENTENCE_LEN_MAX + 1];
	struct sink out = sink_of(text, SENTENCE_LEN_MAX);
	const char *mark = strchr(sentence, '%');
	if (mark == NULL) {
		check_put(&out, sentence);
	} else {
		sink_put(&out, bytes_of(sentence, (size_t)(mark - sentence)));
		check_put(&out, "'");
		check_put(&out, name);
		check_put(&out, "'");
		check_put(&out, mark + 1);
	}
	text[out.len] = '\0';
	check->faults++;
	check->report(check->self, place, text);
}

void check_fault_named(struct check *check, const char *table, size_t i,
    const char *field, const char *sentence, const char *name)
{
	char place[CHECK_PLACE_LEN_MAX + 1];
	struct sink out = sink_of(place, CHECK_PLACE_LEN_MAX);
	check_put(&out, table);
	check_put(&out, "[");
	check_put_number(&out, i);
	check_put(&out, "]");
	check_put(&out, field);
	place[out.len] = '\0';
	check_fault_at(check, place, sentence, name);
}

void check_fault(struct check *check, const char *table, size_t i, const char *field,
    const char *sentence)
{
	check_fault_named(check, table, i, field, sentence, "");
}

/* --- small questions -------------------------------------------------------- */

bool check_digits(const char *text)
{
	return text[0] != '\0' && strspn(text, "0123456789") == strlen(text);
}

bool check_starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool check_heads_meet(const char *a, const char *b)
{
	return check_starts_with(a, b) || check_starts_with(b, a);
}

bool check_has_control(const char *text, bool lines_allowed)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if ((c < ' ' && !(lines_allowed && c == '\n')) || c == 0x7F)
			return true;
	}
	return false;
}

bool programme_day_exists(uint32_t day)
{
	static const uint8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	uint32_t year = day / 10000;
	uint32_t month = day / 100 % 100;
	uint32_t of_month = day % 100;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	if (year < 1970 || month < 1 || month > 12 || of_month < 1)
		return false;
	return of_month <= days[month - 1] && (leap || month != 2 || of_month <= 28);
}

bool check_gtin14(const char *digits)
{
	unsigned sum = 0;
	for (size_t i = 0; i < 14; i++)
		sum += (unsigned)(digits[i] - '0') * (i % 2 == 0 ? 3 : 1);
	return sum % 10 == 0;
}

bool check_knows_category(const struct programme *programme, const char *id)
{
	for (size_t i = 0; i < programme->category_count; i++)
		if (strcmp(programme->category[i].id, id) == 0)
			return true;
	return false;
}

bool check_knows_product(const struct check *check, const char *code)
{
	for (size_t i = 0; i < check->programme->product_count; i++)
		if (strcmp(check->products[i].code, code) == 0)
			return true;
	return false;
}
