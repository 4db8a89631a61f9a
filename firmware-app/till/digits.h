/* SPDX-License-Identifier: MIT */
#ifndef TILL_DIGITS_H
#define TILL_DIGITS_H

#include "base/bytes.h"

/* The arithmetic of numbers that people and labels carry: shapes and check
 * digits. Check digits are numbers 0 to 9, not characters. */

bool is_digit(uint8_t c);
bool is_upper(uint8_t c);
uint8_t to_upper(uint8_t c);    /* ASCII only */
int hex_digit_value(uint8_t c); /* -1: none */

/* How many digits `text` starts with. */
size_t digit_run(struct bytes text);
/* At least one byte, and digits only. */
bool digits_only(struct bytes text);
/* Outer blanks away: space, tab, line ends, and the no-break space. */
struct bytes text_trim(struct bytes text);
/* The part from `from`, at most `len` long, clipped to what there is. */
struct bytes text_part(struct bytes text, size_t from, size_t len);
/* Digits only, given by the caller; at most 18 of them. */
uint64_t digits_value(struct bytes digits);
/* Copies what is not in `skipped`; false, and nothing left behind, when `cap`
 * (with NUL) is short. */
bool text_squeeze(char *out, size_t cap, struct bytes text, const char *skipped);
/* `text` fits `pattern`, where '#' is a digit, '@' a digit or upper-case letter,
 * and all else itself; the '#' and '@' places are copied out with a NUL. */
bool text_unmask(char *out, struct bytes text, const char *pattern);
/* The other way: fills the places of `pattern` from `value`; '*' stays hidden and
 * consumes a character. */
void text_mask(char *out, const char *value, const char *pattern);

/* Sum of (character - 48) times the weight, from the right: weights 2, 3, ...
 * `weight_max`, then 2 again; modulo 11. Letters count too (A is 17). */
unsigned digits_mod11(struct bytes text, unsigned weight_max);
/* The ending shared by CPF, CNPJ and access key: 11 less the remainder, and 0
 * for remainders 0 and 1. */
unsigned digits_check11(struct bytes text, unsigned weight_max);
/* GS1: weights 3, 1, 3 ... from the right of the body. */
unsigned digits_check_gs1(struct bytes body);
/* Luhn (ISO/IEC 7812-1 annex B), of a body without its check digit. */
unsigned digits_check_luhn(struct bytes body);
bool digits_luhn_holds(struct bytes number);

#endif
