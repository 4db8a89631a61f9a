/* SPDX-License-Identifier: MIT */
#include "ui/format.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"
#include "base/bytes.h"

#include "ui/grid.h"

enum { DIGITS_MAX = 20, NAME_OF_PLACEHOLDER_MAX = 16, NO_BREAK_SPACE = 0xA0 };

/* Text that grows to its cap and stays NUL-terminated and whole UTF-8. */
struct text_out {
	char *buf;
	size_t cap;
	size_t len;
};

static struct text_out text_start(char *buf, size_t cap)
{
	assert(cap > 0);
	buf[0] = '\0';
	return (struct text_out){.buf = buf, .cap = cap};
}

static void text_char(struct text_out *out, uint32_t ch)
{
	char encoded[4];
	size_t len = utf8_put(encoded, ch);
	if (out->len + len + 1 > out->cap) {
		out->cap = out->len + 1; /* nothing shorter slips in behind it */
		return;
	}
	memcpy(out->buf + out->len, encoded, len);
	out->len += len;
	out->buf[out->len] = '\0';
}

static void text_add(struct text_out *out, const char *text)
{
	for (uint32_t ch; (ch = utf8_next(&text)) != 0;)
		text_char(out, ch);
}

/* Decimal, at least `least` digits, a dot every three when `dots`. */
static void text_number(struct text_out *out, uint64_t n, int least, bool dots)
{
	char digits[DIGITS_MAX];
	int count = 0;
	for (; n > 0 || count < least; n /= 10)
		digits[count++] = (char)('0' + (char)(n % 10));
	while (count > 0) {
		text_char(out, (unsigned char)digits[--count]);
		if (dots && count > 0 && count % 3 == 0)
			text_char(out, '.');
	}
}

static uint64_t magnitude(int64_t n)
{
	return n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
}

void format_count(int64_t n, char out[FORMAT_FIGURE_MAX])
{
	struct text_out text = text_start(out, FORMAT_FIGURE_MAX);
	if (n < 0)
		text_char(&text, '-');
	text_number(&text, magnitude(n), 1, true);
}

void format_signed(int64_t n, char out[FORMAT_FIGURE_MAX])
{
	struct text_out text = text_start(out, FORMAT_FIGURE_MAX);
	if (n != 0)
		text_char(&text, n < 0 ? '-' : '+');
	text_number(&text, magnitude(n), 1, true);
}

static void text_cents(struct text_out *out, int64_t cents)
{
	text_number(out, magnitude(cents) / 100, 1, true);
	text_char(out, ',');
	text_number(out, magnitude(cents) % 100, 2, false);
}

void format_amount(int64_t cents, char out[FORMAT_FIGURE_MAX])
{
	struct text_out text = text_start(out, FORMAT_FIGURE_MAX);
	if (cents < 0)
		text_char(&text, '-');
	text_cents(&text, cents);
}

void format_money(int64_t cents, char out[FORMAT_FIGURE_MAX])
{
	struct text_out text = text_start(out, FORMAT_FIGURE_MAX);
	text_add(&text, cents < 0 ? "-R$ " : "R$ ");
	text_cents(&text, cents);
}

void format_quantity(uint32_t milli, bool by_weight, char out[FORMAT_FIGURE_MAX])
{
	struct text_out text = text_start(out, FORMAT_FIGURE_MAX);
	uint32_t part = milli % 1000;
	text_number(&text, milli / 1000, 1, true);
	if (by_weight || part != 0) {
		text_char(&text, ',');
		text_number(&text, part, 3, false);
	}
	text_add(&text, by_weight ? " kg" : " ×");
}

void format_time(int hour, int minute, char out[FORMAT_FIGURE_MAX])
{
	struct text_out text = text_start(out, FORMAT_FIGURE_MAX);
	text_number(&text, magnitude(hour), 2, false);
	text_char(&text, ':');
	text_number(&text, magnitude(minute), 2, false);
}

void format_date(enum language language, uint32_t day, char out[FORMAT_FIGURE_MAX])
{
	static const char *const months[] = {"?", "Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct text_out text = text_start(out, FORMAT_FIGURE_MAX);
	uint32_t month = day / 100 % 100;
	text_number(&text, day % 100, 2, false);
	if (language == LANG_EN) {
		text_char(&text, ' ');
		text_add(&text, months[month <= 12 ? month : 0]);
		text_char(&text, ' ');
	} else {
		text_char(&text, '/');
		text_number(&text, month, 2, false);
		text_char(&text, '/');
	}
	text_number(&text, day / 10000, 4, false);
}

void format_age(enum language language, int64_t seconds, char out[FORMAT_FIGURE_MAX])
{
	static const struct {
		int64_t unit_s;
		enum word word;
	} ages[] = {{86400, W_AGE_DAYS}, {3600, W_AGE_HOURS}, {60, W_AGE_MINUTES},
	    {1, W_AGE_SECONDS}};

	size_t i = 0;
	while (ages[i].unit_s > 1 && seconds < ages[i].unit_s)
		i++;
	char count[FORMAT_FIGURE_MAX];
	format_count(seconds < 0 ? 0 : seconds / ages[i].unit_s, count);
	format_word(language, ages[i].word, count, out, FORMAT_FIGURE_MAX);
}

/* --- sentences --- */

/* One {name} or {name:one:many}; `at` is behind the opening brace. */
struct placeholder {
	struct bytes name;
	struct bytes one; /* empty both: the argument itself */
	struct bytes many;
	bool choice;
};

static struct bytes until(const char **at, const char *stops)
{
	const char *start = *at;
	while (**at != '\0' && strchr(stops, **at) == NULL)
		(*at)++;
	return bytes_of(start, (size_t)(*at - start));
}

static struct placeholder placeholder_read(const char **at)
{
	struct placeholder hole = {.name = until(at, ":}")};
	hole.choice = **at == ':';
	if (hole.choice) {
		(*at)++;
		hole.one = until(at, ":}");
		*at += **at == ':';
		hole.many = until(at, "}");
	}
	*at += **at == '}';
	return hole;
}

/* Names of a text's placeholders, in order of first appearance. */
struct names {
	size_t count;
	struct bytes name[VIEW_ARGS_MAX];
};

static size_t name_index(const struct names *names, struct bytes name)
{
	size_t i = 0;
	assert(names->count <= VIEW_ARGS_MAX);
	while (i < names->count && !bytes_equal(names->name[i], name))
		i++;
	return i;
}

static void names_of(const char *text, struct names *names)
{
	names->count = 0;
	for (const char *at = text; (at = strchr(at, '{')) != NULL;) {
		at++;
		struct placeholder hole = placeholder_read(&at);
		if (name_index(names, hole.name) == names->count &&
		    names->count < VIEW_ARGS_MAX)
			names->name[names->count++] = hole.name;
	}
}

static void text_bytes(struct text_out *out, struct bytes bytes)
{
	char piece[NAME_OF_PLACEHOLDER_MAX * 4];
	if (text_from_bytes(piece, sizeof piece, bytes) == ERR_NONE)
		text_add(out, piece);
}

static bool has_digit(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text >= '0' && *text <= '9')
			return true;
	return false;
}

/* A figure is not broken over two lines: its blanks do not break. */
static void text_argument(struct text_out *out, const char *arg)
{
	bool figure = has_digit(arg);
	for (uint32_t ch; (ch = utf8_next(&arg)) != 0;)
		text_char(out, ch == ' ' && figure ? NO_BREAK_SPACE : ch);
}

static void text_fill(struct text_out *out, const char *text, const struct names *names,
    const char *const *args)
{
	while (*text != '\0') {
		if (*text != '{') {
			text_char(out, utf8_next(&text));
			continue;
		}
		text++;
		struct placeholder hole = placeholder_read(&text);
		size_t i = name_index(names, hole.name);
		const char *arg = i < names->count ? args[i] : "";
		if (hole.choice)
			text_bytes(out, strcmp(arg, "1") == 0 ? hole.one : hole.many);
		else
			text_argument(out, arg);
	}
}

/* Arguments are counted in the Portuguese text, so that another language may
 * put them in another order. */
static void fill(
    enum language language, enum word word, const char *const *args, struct text_out *out)
{
	struct names names;
	names_of(word_text(LANG_PT_BR, word), &names);
	text_fill(out, word_text(language, word), &names, args);
}

void format_sentence(
    enum language language, const struct sentence *sentence, char *out, size_t cap)
{
	struct text_out text = text_start(out, cap);
	const char *const args[VIEW_ARGS_MAX] = {
	    sentence->arg[0], sentence->arg[1], sentence->arg[2]};
	fill(language, sentence->word, args, &text);
}

void format_word(
    enum language language, enum word word, const char *arg, char *out, size_t cap)
{
	struct text_out text = text_start(out, cap);
	const char *const args[VIEW_ARGS_MAX] = {arg, "", ""};
	fill(language, word, args, &text);
}
