/* SPDX-License-Identifier: MIT */
#include "ui/words.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

#include "ui/words_tables.h"

static const char *const *const tables[LANG_COUNT] = {
    [LANG_PT_BR] = words_pt_br,
    [LANG_EN] = words_en,
    [LANG_ES] = words_es,
};

static const char *const codes[LANG_COUNT] = {
    [LANG_PT_BR] = "pt_BR",
    [LANG_EN] = "en",
    [LANG_ES] = "es",
};

static const enum word_place places[W_COUNT] = {[W_NONE] = PLACE_LABEL,

#define X(id, place) [W_##id] = (place),
    WORDS(X)
#undef X
};

const char *word_text(enum language language, enum word word)
{
	assert(language < LANG_COUNT && word < W_COUNT);
	return tables[language][word];
}

enum word_place word_place(enum word word)
{
	assert(word < W_COUNT);
	return places[word];
}

enum language language_from_code(const char *code)
{
	for (unsigned i = 0; i < LANG_COUNT; i++)
		if (strcmp(code, codes[i]) == 0)
			return (enum language)i;
	return LANG_COUNT;
}
