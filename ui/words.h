/* SPDX-License-Identifier: MIT */
#ifndef UI_WORDS_H
#define UI_WORDS_H

#include "ui/words_list.h"

/*
 * Every string a person reads on the screen, one table a language; entries are
 * made from WORDS(X) in words_list.h. Placeholders are named in braces and
 * filled in order of their first appearance in Portuguese; {n:ponto:pontos}
 * stands for the first word when argument n is "1", else for the second.
 */
enum word {
	W_NONE = 0,

#define X(id, place) W_##id,
	WORDS(X)
#undef X
	    W_COUNT
};

enum language { LANG_PT_BR = 0, LANG_EN, LANG_ES, LANG_COUNT };

const char *word_text(enum language language, enum word word);
/* "pt_BR", "en", "es"; LANG_COUNT when it is none of them. */
enum language language_from_code(const char *code);

#endif
