/* SPDX-License-Identifier: MIT */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/banned.h"
#include "base/bytes.h"

#include "ui/format.h"
#include "ui/grid.h"

enum { TEXT_MAX = 1024, NAMES_MAX = 8, NAME_MAX = 16, REPLACEMENT = 0xFFFD };

enum word_place { PLACE_LABEL = 0, PLACE_HINT, PLACE_STATUS, PLACE_LINE, PLACE_HELP };

static const int columns[] = {
    [PLACE_LABEL] = 20, [PLACE_HINT] = 14, [PLACE_STATUS] = 40, [PLACE_LINE] = 74};

static const enum word_place places[W_COUNT] = {[W_NONE] = PLACE_LABEL,

#define X(id, place) [W_##id] = (place),
    WORDS(X)
#undef X
};

/* The widest that each placeholder is filled with at a counter. */
static const struct {
	const char *name;
	const char *widest;
} fillings[] = {
    {"n", "12.345"},
    {"room", "123.456"},
    {"value", "R$ 1.234,56"},
    {"number", "(11) 96123-4567"},
    {"name", "Maria Aparecida"},
    {"date", "30 Sep 2026"},
    {"time", "23:59"},
    {"age", "1.234 days"},
    {"code", "07891000315507"},
};

struct names {
	size_t count;
	char name[NAMES_MAX][NAME_MAX];
};

static void names_add(struct names *names, const char *name, size_t len)
{
	for (size_t i = 0; i < names->count; i++)
		if (strlen(names->name[i]) == len &&
		    memcmp(names->name[i], name, len) == 0)
			return;
	assert_true(names->count < NAMES_MAX && len > 0 && len < NAME_MAX);
	memcpy(names->name[names->count], name, len);
	names->name[names->count++][len] = '\0';
}

/* Also proves that every brace closes and every choice has two forms. */
static struct names names_of(const char *text)
{
	struct names names = {0};
	for (const char *at = text; *at != '\0'; at++) {
		assert_int_not_equal(*at, '}');
		if (*at != '{')
			continue;
		const char *end = strchr(at, '}');
		assert_non_null(end);
		size_t len = strcspn(at + 1, ":}");
		names_add(&names, at + 1, len);
		const char *colon = at + 1 + len;
		if (*colon == ':') {
			const char *second =
			    memchr(colon + 1, ':', (size_t)(end - colon - 1));
			assert_non_null(second);
			assert_true(second > colon + 1 && end > second + 1);
		}
		at = end;
	}
	return names;
}

static const char *widest_of(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(fillings); i++)
		if (strcmp(fillings[i].name, name) == 0)
			return fillings[i].widest;
	print_error("no widest filling is known for {%s}\n", name);
	fail();
	return "";
}

static const char *sample(enum language language, enum word word, char out[TEXT_MAX])
{
	struct names names = names_of(word_text(LANG_PT_BR, word));
	struct sentence sentence = {.word = word};
	for (size_t i = 0; i < names.count; i++)
		assert_int_equal(
		    text_copy(sentence.arg[i], VIEW_TEXT_MAX, widest_of(names.name[i])),
		    ERR_NONE);
	format_sentence(language, &sentence, out, TEXT_MAX);
	return out;
}

static void every_text_is_there_and_is_utf8(void **state)
{
	(void)state;
	for (int language = 0; language < LANG_COUNT; language++)
		for (int word = W_NONE + 1; word < W_COUNT; word++) {
			const char *text =
			    word_text((enum language)language, (enum word)word);
			if (text == NULL || text[0] == '\0')
				fail_msg("language %d, word %d (after \"%s\") is empty",
				    language, word,
				    word_text(LANG_PT_BR, (enum word)(word - 1)));
			for (uint32_t ch; (ch = utf8_next(&text)) != 0;)
				assert_int_not_equal(ch, REPLACEMENT);
		}
	for (int language = 0; language < LANG_COUNT; language++)
		assert_string_equal(word_text((enum language)language, W_NONE), "");
}

static void every_text_fits_its_place(void **state)
{
	(void)state;
	char text[TEXT_MAX];
	int faults = 0;
	for (int language = 0; language < LANG_COUNT; language++)
		for (int word = W_NONE + 1; word < W_COUNT; word++) {
			enum word_place place = places[word];
			if (place == PLACE_HELP)
				continue;
			(void)sample((enum language)language, (enum word)word, text);
			int width = text_width(text);
			if (width > columns[place])
				print_error("%d columns, %d allowed: \"%s\"\n", width,
				    columns[place], text);
			faults += width > columns[place];
		}
	assert_int_equal(faults, 0);
}

static void languages_ask_for_the_same(void **state)
{
	(void)state;
	for (int word = W_NONE + 1; word < W_COUNT; word++) {
		struct names first = names_of(word_text(LANG_PT_BR, (enum word)word));
		assert_true(first.count <= VIEW_ARGS_MAX);
		for (int language = 1; language < LANG_COUNT; language++) {
			const char *text =
			    word_text((enum language)language, (enum word)word);
			struct names other = names_of(text);
			if (other.count != first.count)
				fail_msg("placeholders differ: \"%s\"", text);
			for (size_t i = 0; i < first.count; i++)
				names_add(&other, first.name[i], strlen(first.name[i]));
			if (other.count != first.count)
				fail_msg("placeholders differ: \"%s\"", text);
		}
	}
}

/* In the smallest window: sixteen rows less head, keys and status. */
static void every_help_fits_the_smallest_screen(void **state)
{
	(void)state;

	enum { ROWS = 16 - 2 - 3, COLS = 40 - 2 };

	int faults = 0;
	for (int language = 0; language < LANG_COUNT; language++)
		for (int word = W_NONE + 1; word < W_COUNT; word++) {
			if (places[word] != PLACE_HELP)
				continue;
			const char *text =
			    word_text((enum language)language, (enum word)word);
			int rows = 0;
			for (const char *at = text; *at != '\0'; rows++)
				(void)text_line(at, COLS, &at);
			if (rows > ROWS)
				print_error("%d rows, %d allowed: \"%.40s...\"\n", rows,
				    ROWS, text);
			faults += rows > ROWS;
		}
	assert_int_equal(faults, 0);
}

static void languages_have_codes(void **state)
{
	(void)state;
	assert_int_equal(language_from_code("pt_BR"), LANG_PT_BR);
	assert_int_equal(language_from_code("en"), LANG_EN);
	assert_int_equal(language_from_code("es"), LANG_ES);
	assert_int_equal(language_from_code("pt"), LANG_COUNT);
	assert_int_equal(language_from_code(""), LANG_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_text_is_there_and_is_utf8),
	    cmocka_unit_test(every_text_fits_its_place),
	    cmocka_unit_test(languages_ask_for_the_same),
	    cmocka_unit_test(every_help_fits_the_smallest_screen),
	    cmocka_unit_test(languages_have_codes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
