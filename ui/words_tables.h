/* SPDX-License-Identifier: MIT */
#ifndef UI_WORDS_TABLES_H
#define UI_WORDS_TABLES_H

#include "ui/words.h"

/* The tables behind word_text, for words.c alone. */
extern const char *const words_pt_br[W_COUNT];
extern const char *const words_en[W_COUNT];
extern const char *const words_es[W_COUNT];

#endif
