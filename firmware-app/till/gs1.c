/* SPDX-License-Identifier: MIT */
#include "till/gs1.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

#include "till/day.h"
#include "till/digits.h"
#include "till/gs1_table.h"

enum {
	GS = 0x1d, /* how FNC1 inside the data arrives */
	AI_DIGITS_MIN = 2,
	AI_DIGITS_MAX = 4,
};

/* --- values ------------------------------------------------------------- */

static bool in_set(enum gs1_set set, uint8_t c)
{
	static const char punctuation_82[] = "!\"%&'()*+,-./_:;<=>?";
	if (c == '\0')
		return false;
	if (is_digit(c))
		return true;
	switch (set) {
	case SET_END:
	case SET_NUMERIC: return false;
	case SET_39: return is_upper(c) || strchr("#-/", c) != NULL;
	case SET_64: return is_upper(to_upper(c)) || strchr("-_=", c) != NULL;
	case SET_82: break;
	}
	return is_upper(to_upper(c)) || strchr(punctuation_82, c) != NULL;
}

/*
 * General Specifications 7.9.5: the check character pair of the global model
 * number. Positions weigh primes from the right, characters count by their place
 * in the 82-character set, and the sum modulo 1021 is written in base 32.
 */
static bool pair_holds(struct bytes value)
{
	static const char set_82[] = "!\"%&'()*+,-./0123456789:;<=>?"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
				     "abcdefghijklmnopqrstuvwxyz";
	static const char base_32[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
	static const uint8_t primes[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41,
	    43, 47, 53, 59, 61, 67, 71, 73, 79, 83};
	if (value.len < 3 || value.len - 2 > COUNT_OF(primes))
		return false;
	unsigned sum = 0;
	for (size_t i = 0; i < value.len - 2; i++) {
		const char *place = strchr(set_82, value.at[value.len - 3 - i]);
		if (place == NULL)
			return false;
		sum += (unsigned)(place - set_82) * primes[i];
	}
	sum %= 1021;
	return value.at[value.len - 2] == (uint8_t)base_32[sum >> 5] &&
	       value.at[value.len - 1] == (uint8_t)base_32[sum & 31];
}

static enum verdict date_check(struct bytes text, bool day_may_be_zero)
{
	unsigned year = (unsigned)digits_value(text_part(text, 0, 2));
	unsigned month = (unsigned)digits_value(text_part(text, 2, 2));
	unsigned day = (unsigned)digits_value(text_part(text, 4, 2));
	if (month < 1 || month > 12 || (day == 0 && !day_may_be_zero))
		return BAD_DATE;
	/* 1900 is the one year where two digits do not settle the leap day;
	 * read as 2000, like every year within fifty of now. */
	return day <= month_length(2000 + year, month) ? VERDICT_OK : BAD_DATE;
}

static bool number_below(struct bytes text, size_t from, unsigned limit)
{
	return digits_value(text_part(text, from, 2)) < limit;
}

static enum verdict part_check(enum gs1_check check, struct bytes text)
{
	bool holds = true;
	switch (check) {
	case CHECK_NONE: break;
	case CHECK_MOD10:
		holds = digits_check_gs1(text_part(text, 0, text.len - 1)) ==
			(unsigned)(text.at[text.len - 1] - '0');
		break;
	case CHECK_PAIR: holds = pair_holds(text); break;
	case CHECK_DATE: return date_check(text, false);
	case CHECK_DATE0: return date_check(text, true);
	case CHECK_DATE8: return day_text_valid(text) ? VERDICT_OK : BAD_DATE;
	case CHECK_HOUR: return number_below(text, 0, 24) ? VERDICT_OK : BAD_TIME;
	case CHECK_MINUTE: return number_below(text, 0, 60) ? VERDICT_OK : BAD_TIME;
	case CHECK_TIME:
		return number_below(text, 0, 24) && number_below(text, 2, 60) ? VERDICT_OK
									      : BAD_TIME;
	case CHECK_ZERO: return text.at[0] == '0' ? VERDICT_OK : BAD_VALUE;
	case CHECK_COUNTRIES: return text.len % 3 == 0 ? VERDICT_OK : BAD_LENGTH;
	case CHECK_FLAG: return text.at[0] <= '1' ? VERDICT_OK : BAD_VALUE;
	}
	return holds ? VERDICT_OK : BAD_CHECK;
}

/* Cuts the next part off `rest`; BAD_LENGTH when it is short. */
static enum verdict take_part(
    const struct gs1_part *part, struct bytes *rest, struct bytes *ret_text)
{
	*ret_text = text_part(*rest, 0, part->max);
	*rest = text_part(*rest, ret_text->len, rest->len);
	bool left_out = ret_text->len == 0 && part->optional;
	return ret_text->len < part->min && !left_out ? BAD_LENGTH : VERDICT_OK;
}

static enum verdict length_check(const struct gs1_ai *ai, struct bytes value)
{
	for (size_t i = 0; i < GS1_PARTS_MAX && ai->part[i].set != SET_END; i++) {
		struct bytes text;
		if (take_part(&ai->part[i], &value, &text) != VERDICT_OK)
			return BAD_LENGTH;
	}
	return value.len == 0 ? VERDICT_OK : BAD_LENGTH;
}

static bool set_check(enum gs1_set set, struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!in_set(set, text.at[i]))
			return false;
	return true;
}

static enum verdict value_check(const struct gs1_ai *ai, struct bytes value)
{
	enum verdict verdict = length_check(ai, value);
	for (size_t i = 0; i < GS1_PARTS_MAX && ai->part[i].set != SET_END; i++) {
		struct bytes text = {0};
		if (verdict == VERDICT_OK)
			verdict = take_part(&ai->part[i], &value, &text);
		if (verdict != VERDICT_OK)
			return verdict;
		if (!set_check(ai->part[i].set, text))
			return BAD_CHARSET;
		if (text.len > 0)
			verdict = part_check(ai->part[i].check, text);
	}
	return verdict;
}

/* --- the list of elements ----------------------------------------------- */

struct bytes gs1_element_value(const struct gs1 *gs1, size_t i)
{
	assert(i < gs1->count);
	return bytes_of(gs1->text + gs1->element[i].at, gs1->element[i].len);
}

struct bytes gs1_value(const struct gs1 *gs1, uint16_t code)
{
	for (size_t i = 0; i < gs1->count; i++)
		if (gs1->element[i].code == code)
			return gs1_element_value(gs1, i);
	return bytes_of(NULL, 0);
}

/* The value is the last `len` bytes of `text`. The same AI twice is fine with
 * the same value, and means nothing with two. */
static enum verdict add_element(
    struct gs1 *gs1, const struct gs1_ai *ai, uint16_t code, size_t len)
{
	struct gs1_element element = {.code = code,
	    .ai_digits = ai->digits,
	    .at = (uint16_t)(gs1->text_len - len),
	    .len = (uint16_t)len};
	struct bytes value = bytes_of(gs1->text + element.at, len);
	enum verdict verdict = value_check(ai, value);
	if (verdict != VERDICT_OK)
		return verdict;
	for (size_t i = 0; i < gs1->count; i++)
		if (gs1->element[i].code == code &&
		    !bytes_equal(gs1_element_value(gs1, i), value))
			return BAD_REPEATED;
	if (gs1->count == GS1_ELEMENTS_MAX)
		return BAD_RANGE;
	gs1->element[gs1->count++] = element;
	return VERDICT_OK;
}

/* --- element strings ---------------------------------------------------- */

/* Which AI `data` begins with; the assignment leaves no two that both fit. */
static const struct gs1_ai *leading_ai(struct bytes data, uint16_t *ret_code)
{
	for (unsigned digits = AI_DIGITS_MIN; digits <= AI_DIGITS_MAX; digits++) {
		struct bytes text = text_part(data, 0, digits);
		if (text.len != digits || !digits_only(text))
			return NULL;
		*ret_code = (uint16_t)digits_value(text);
		const struct gs1_ai *ai = gs1_ai_find(*ret_code, digits);
		if (ai != NULL)
			return ai;
	}
	return NULL;
}

static size_t run_to_separator(struct bytes data)
{
	const uint8_t *end = data.len > 0 ? memchr(data.at, GS, data.len) : NULL;
	return end == NULL ? data.len : (size_t)(end - data.at);
}

static enum verdict scan_element(struct gs1 *gs1, struct bytes *data)
{
	uint16_t code;
	const struct gs1_ai *ai = leading_ai(*data, &code);
	if (ai == NULL)
		return BAD_AI;
	*data = text_part(*data, ai->digits, data->len);
	size_t len = run_to_separator(*data);
	if ((ai->flags & AI_PREDEFINED) != 0 && len > ai->part[0].max)
		len = ai->part[0].max;
	if (len > 0)
		memcpy(gs1->text + gs1->text_len, data->at, len);
	gs1->text_len += len;
	*data = text_part(*data, len, data->len);
	if (data->len > 0 && data->at[0] == GS)
		*data = text_part(*data, 1, data->len);
	return add_element(gs1, ai, code, len);
}

/* A retail bar code is a GTIN too. */
static enum verdict retail_element(struct gs1 *gs1, struct bytes data, size_t len)
{
	if (data.len == 0)
		return BAD_EMPTY;
	if (data.len != len)
		return BAD_LENGTH;
	memset(gs1->text, '0', 14);
	memcpy(gs1->text + 14 - len, data.at, len);
	gs1->text_len = 14;
	return add_element(gs1, gs1_ai_find(1, 2), 1, 14);
}

static bool one_of(const char *aim, const char *const *carriers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(aim, carriers[i]) == 0)
			return true;
	return false;
}

bool gs1_carries_elements(const char *aim)
{
	static const char *const carriers[] = {"]C1", "]e0", "]d2", "]Q3", "]J1"};
	return one_of(aim, carriers, COUNT_OF(carriers));
}

/* The same matrix codes without FNC1 may hold a Digital Link. */
static bool carries_text(const char *aim)
{
	static const char *const carriers[] = {"]Q1", "]d1", "]J0"};
	return one_of(aim, carriers, COUNT_OF(carriers));
}

enum verdict gs1_scan(const char *aim, struct bytes data, struct gs1 *ret_gs1)
{
	ret_gs1->count = 0;
	ret_gs1->text_len = 0;
	if (strcmp(aim, "]E0") == 0)
		return retail_element(ret_gs1, data, 13);
	if (strcmp(aim, "]E4") == 0)
		return retail_element(ret_gs1, data, 8);
	if (carries_text(aim)) {
		enum verdict verdict = gs1_digital_link(data, ret_gs1);
		return verdict == VERDICT_NO ? BAD_SYMID : verdict;
	}
	if (!gs1_carries_elements(aim))
		return BAD_SYMID;
	if (data.len == 0)
		return BAD_EMPTY;
	if (data.len > GS1_TEXT_MAX)
		return BAD_LENGTH;
	enum verdict verdict = VERDICT_OK;
	while (verdict == VERDICT_OK && data.len > 0)
		verdict = scan_element(ret_gs1, &data);
	return verdict;
}

/* --- Digital Link ------------------------------------------------------- */

static bool begins(struct bytes text, const char *prefix)
{
	size_t len = strlen(prefix);
	return text.len >= len && memcmp(text.at, prefix, len) == 0;
}

static size_t find(struct bytes text, uint8_t c)
{
	const uint8_t *at = text.len > 0 ? memchr(text.at, c, text.len) : NULL;
	return at == NULL ? text.len : (size_t)(at - text.at);
}

/* RFC 3986 characters; those that a URI must escape end the matter. */
static bool uri_characters(struct bytes uri)
{
	static const char punctuation[] = "-._~:/?#[]@!$&'()*+,;=%";
	for (size_t i = 0; i < uri.len; i++) {
		uint8_t c = uri.at[i];
		if (c == '\0' || (!is_digit(c) && !is_upper(to_upper(c)) &&
				     strchr(punctuation, c) == NULL))
			return false;
	}
	return true;
}

static bool domain_characters(struct bytes domain)
{
	static const char refused[] = "_~?#@!$&'()*+,;=%";
	for (size_t i = 0; i < domain.len; i++)
		if (strchr(refused, domain.at[i]) != NULL)
			return false;
	return domain.len > 0;
}

/* A URI cut up; the fragment is dropped. False when it has no path. */
struct link {
	struct bytes path; /* from its first slash */
	struct bytes query;
};

static bool split_uri(struct bytes uri, struct link *ret_link)
{
	static const char *const schemes[] = {
	    "https://", "http://", "HTTPS://", "HTTP://"};
	if (!uri_characters(uri))
		return false;
	size_t scheme = 0;
	for (size_t i = 0; i < COUNT_OF(schemes) && scheme == 0; i++)
		if (begins(uri, schemes[i]))
			scheme = strlen(schemes[i]);
	if (scheme == 0)
		return false;
	struct bytes rest = text_part(uri, scheme, uri.len);
	size_t slash = find(rest, '/');
	if (slash == rest.len || !domain_characters(text_part(rest, 0, slash)))
		return false;
	rest = text_part(rest, slash, rest.len);
	rest = text_part(rest, 0, find(rest, '#'));
	size_t mark = find(rest, '?');
	ret_link->path = text_part(rest, 0, mark);
	ret_link->query = text_part(rest, mark + 1, rest.len);
	return true;
}

/* The AI that `text` is, whole. */
static const struct gs1_ai *exact_ai(struct bytes text, uint16_t *ret_code)
{
	if (text.len < AI_DIGITS_MIN || text.len > AI_DIGITS_MAX || !digits_only(text))
		return NULL;
	*ret_code = (uint16_t)digits_value(text);
	return gs1_ai_find(*ret_code, (unsigned)text.len);
}

/* Cuts the last "/..." off `path` and gives what follows the slash. */
static bool last_segment(struct bytes *path, struct bytes *ret_segment)
{
	size_t at = path->len;
	while (at > 0 && path->at[at - 1] != '/')
		at--;
	if (at == 0)
		return false;
	*ret_segment = text_part(*path, at, path->len);
	*path = text_part(*path, 0, at - 1);
	return true;
}

enum { PATH_PAIRS_MAX = 1 + GS1_QUALIFIERS_MAX };

struct pair {
	const struct gs1_ai *ai;
	uint16_t code;
	struct bytes value;
};

/* Walks the path from its end to the rightmost primary key; pairs come out in
 * path order. 0: there is none. */
static size_t path_pairs(struct bytes path, struct pair pairs[PATH_PAIRS_MAX])
{
	for (size_t count = 0; count < PATH_PAIRS_MAX; count++) {
		struct pair *pair = &pairs[PATH_PAIRS_MAX - 1 - count];
		struct bytes name;
		if (!last_segment(&path, &pair->value) || !last_segment(&path, &name))
			return 0;
		pair->ai = exact_ai(name, &pair->code);
		if (pair->ai == NULL)
			return 0;
		if ((pair->ai->flags & AI_KEY) != 0) {
			memmove(pairs, pair, (count + 1) * sizeof(*pair));
			return count + 1;
		}
	}
	return 0;
}

/* Whether the qualifiers are the key's own, in its order. */
static bool qualifiers_fit(const struct pair *pairs, size_t count)
{
	const struct gs1_ai *key = pairs[0].ai;
	if (count == 2 && key->qualifier_else != 0 &&
	    pairs[1].code == key->qualifier_else)
		return true;
	size_t next = 0;
	for (size_t i = 1; i < count; i++) {
		while (next < GS1_QUALIFIERS_MAX && key->qualifier[next] != pairs[i].code)
			next++;
		if (next++ == GS1_QUALIFIERS_MAX)
			return false;
	}
	return true;
}

/* Percent-decodes onto the end of `text`; `plus` reads + as a blank. */
static size_t decode(struct gs1 *gs1, struct bytes text, bool plus)
{
	size_t before = gs1->text_len;
	for (size_t i = 0; i < text.len; i++) {
		int value = text.at[i];
		if (value == '%' && text.len - i > 2 &&
		    hex_digit_value(text.at[i + 1]) >= 0 &&
		    hex_digit_value(text.at[i + 2]) >= 0) {
			value = hex_digit_value(text.at[i + 1]) * 16 +
				hex_digit_value(text.at[i + 2]);
			i += 2;
		} else if (value == '+' && plus) {
			value = ' ';
		}
		gs1->text[gs1->text_len++] = (uint8_t)value;
	}
	return gs1->text_len - before;
}

/* An AI that the path could still hold has no place in the query. The qualifier
 * that stands alone leaves no room for the others. */
static bool belongs_in_path(const struct pair *pairs, size_t count, uint16_t code)
{
	const struct gs1_ai *key = pairs[0].ai;
	if (count > 1 && pairs[1].code == key->qualifier_else)
		return false;
	for (size_t i = 0; i < GS1_QUALIFIERS_MAX; i++)
		if (key->qualifier[i] == code && code != 0)
			return true;
	return false;
}

static bool present(const struct gs1 *gs1, uint16_t code)
{
	for (size_t i = 0; i < gs1->count; i++)
		if (gs1->element[i].code == code)
			return true;
	return false;
}

/* One "name=value" of the query; names that are no numbers are others' business. */
static enum verdict query_element(
    struct gs1 *gs1, const struct pair *pairs, size_t count, struct bytes text)
{
	size_t equals = find(text, '=');
	struct bytes name = text_part(text, 0, equals);
	if (equals == text.len || !digits_only(name))
		return VERDICT_OK;
	uint16_t code;
	const struct gs1_ai *ai = exact_ai(name, &code);
	if (ai == NULL || (ai->flags & AI_ATTRIBUTE) == 0 ||
	    belongs_in_path(pairs, count, code))
		return BAD_AI;
	if (present(gs1, code))
		return BAD_REPEATED;
	size_t len = decode(gs1, text_part(text, equals + 1, text.len), true);
	return add_element(gs1, ai, code, len);
}

enum verdict gs1_digital_link(struct bytes uri, struct gs1 *ret_gs1)
{
	struct link link;
	struct pair pairs[PATH_PAIRS_MAX];
	ret_gs1->count = 0;
	ret_gs1->text_len = 0;
	if (uri.len > GS1_TEXT_MAX || !split_uri(uri, &link))
		return VERDICT_NO;
	size_t count = path_pairs(link.path, pairs);
	if (count == 0 || !qualifiers_fit(pairs, count))
		return VERDICT_NO;
	enum verdict verdict = VERDICT_OK;
	for (size_t i = 0; i < count && verdict == VERDICT_OK; i++) {
		size_t len = decode(ret_gs1, pairs[i].value, false);
		verdict = add_element(ret_gs1, pairs[i].ai, pairs[i].code, len);
	}
	while (verdict == VERDICT_OK && link.query.len > 0) {
		size_t len = find(link.query, '&');
		verdict =
		    query_element(ret_gs1, pairs, count, text_part(link.query, 0, len));
		link.query = text_part(link.query, len + 1, link.query.len);
	}
	return verdict;
}

/* --- what the values say ------------------------------------------------ */

enum verdict gs1_date(struct bytes yymmdd, unsigned year_now, uint32_t *ret_day)
{
	if (yymmdd.len != 6)
		return BAD_LENGTH;
	if (!digits_only(yymmdd))
		return BAD_CHARSET;
	int ahead = (int)digits_value(text_part(yymmdd, 0, 2)) - (int)(year_now % 100);
	int year = (int)year_now + ahead;
	if (ahead >= 51)
		year -= 100;
	else if (ahead <= -50)
		year += 100;
	unsigned month = (unsigned)digits_value(text_part(yymmdd, 2, 2));
	unsigned day = (unsigned)digits_value(text_part(yymmdd, 4, 2));
	if (year < 1 || year > 9999 || month < 1 || month > 12)
		return BAD_DATE;
	unsigned last = month_length((unsigned)year, month);
	if (day > last)
		return BAD_DATE;
	*ret_day = (uint32_t)year * 10000 + month * 100 + (day == 0 ? last : day);
	return VERDICT_OK;
}

/* `digits` with `places` after the point, in units of ten to the minus `unit`:
 * what is finer than the unit is refused, never rounded. */
static enum verdict scaled(
    struct bytes digits, unsigned places, unsigned unit, int64_t *ret_value)
{
	if (!digits_only(digits))
		return BAD_CHARSET;
	if (digits.len > 15)
		return BAD_LENGTH;
	int64_t value = (int64_t)digits_value(digits);
	for (; places > unit; places--) {
		if (value % 10 != 0)
			return BAD_PRECISION;
		value /= 10;
	}
	for (; places < unit; places++) /* at most 10^15 times 10^3 */
		value *= 10;
	*ret_value = value;
	return VERDICT_OK;
}

enum verdict gs1_grams(uint16_t code, struct bytes value, int64_t *ret_grams)
{
	if (code < 3100 || code > 3105)
		return VERDICT_NO;
	return value.len == 6 ? scaled(value, code % 10U, 3, ret_grams) : BAD_LENGTH;
}

enum verdict gs1_cents(uint16_t code, struct bytes value, int64_t *ret_cents)
{
	if (code >= 3930 && code <= 3939) {
		if (!bytes_equal(text_part(value, 0, 3), bytes_of_text("986")))
			return BAD_CURRENCY;
		value = text_part(value, 3, value.len);
	} else if (code < 3920 || code > 3929) {
		return VERDICT_NO;
	}
	return scaled(value, code % 10U, 2, ret_cents);
}
