/* SPDX-License-Identifier: MIT */
#ifndef TILL_MONEY_H
#define TILL_MONEY_H

#include "base/bytes.h"
#include "till/verdict.h"

/* Money is integer cents; these are its only two written forms. */
enum {
	BRL_LEN_MAX = 32, /* "-R$ 92.233.720.368.547.758,08" and to spare */
};

/* "R$ 1.234,56", negative "-R$ 1.234,56". */
void brl_format(int64_t cents, char ret_text[BRL_LEN_MAX + 1]);
/* Reads what brl_format writes and what people type: with or without R$, a dot
 * only between groups of three, a comma before one or two decimals. */
enum verdict brl_parse(struct bytes text, int64_t *ret_cents);

/* One key on an amount field: digits shift in from the right. False when it is
 * no digit or `max` cents would be passed; the amount stays then. */
bool keypad_digit(int64_t *cents, uint32_t key, int64_t max);

#endif
