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

const char *word_text(enum language language, enum word word)
{
	assert(language < LANG_COUNT && word < W_COUNT);
	return tables[language][word];
}

enum language language_from_code(const char *code)
{
	for (unsigned i = 0; i < LANG_COUNT; i++)
		if (strcmp(code, codes[i]) == 0)
			return (enum language)i;
	return LANG_COUNT;
}
