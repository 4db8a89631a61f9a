/* SPDX-License-Identifier: MIT */
#ifndef UI_FORMAT_H
#define UI_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/view.h"
#include "ui/words.h"

/*
 * Figures as the shop writes them: the same in every language, because they
 * must look like the price tag beside the screen. Only dates follow the
 * language.
 */
enum {
	FORMAT_FIGURE_MAX = 40,    /* with its NUL */
	FORMAT_SENTENCE_MAX = 320, /* an entry with three full arguments */
};

void format_count(int64_t n, char out[FORMAT_FIGURE_MAX]);      /* 12.345 */
void format_signed(int64_t n, char out[FORMAT_FIGURE_MAX]);     /* +12.345 */
void format_amount(int64_t cents, char out[FORMAT_FIGURE_MAX]); /* 1.234,56 */
void format_money(int64_t cents, char out[FORMAT_FIGURE_MAX]);  /* R$ 1.234,56 */
/* 3 × for pieces, 0,350 kg by weight, 1,5 × for parts of a piece. */
void format_quantity(uint32_t milli, bool by_weight, char out[FORMAT_FIGURE_MAX]);
void format_time(int hour, int minute, char out[FORMAT_FIGURE_MAX]); /* 09:05 */
/* `day` is yyyymmdd: 21/11/2026, in English 21 Nov 2026. */
void format_date(enum language language, uint32_t day, char out[FORMAT_FIGURE_MAX]);
/* Whole seconds, minutes, hours or days: "12 min". */
void format_age(enum language language, int64_t seconds, char out[FORMAT_FIGURE_MAX]);

/* The entry with its placeholders filled; what does not fit is left out at a
 * character's edge. Blanks inside a figure become no-break spaces, so that a line
 * is not broken there. W_NONE gives "". */
void format_sentence(
    enum language language, const struct sentence *sentence, char *out, size_t cap);
/* One word with one argument ("" when it has none). */
void format_word(
    enum language language, enum word word, const char *arg, char *out, size_t cap);

#endif
