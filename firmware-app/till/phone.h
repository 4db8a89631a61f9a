/* SPDX-License-Identifier: MIT */
#ifndef TILL_PHONE_H
#define TILL_PHONE_H

#include "base/bytes.h"
#include "till/verdict.h"

enum {
	MOBILE_LEN = 14, /* "+55DD9NNNNNNNN" */
	MOBILE_TEXT_LEN = 15,
};

/* State of an area code ("SP"), NULL when it is not assigned. A hint, not an
 * address: some codes spill over a border. */
const char *ddd_state(unsigned ddd);

/*
 * A Brazilian mobile as a person writes it: bare, masked, with 55 or +55, with
 * the trunk zero. Gives E.164. The ninth digit is never added: BAD_NINTH says to
 * ask for it.
 */
enum verdict mobile_parse(struct bytes text, char ret_e164[MOBILE_LEN + 1]);
/* "(11) 96123-4567" on a screen, "(11) *****-4567" on a receipt. */
void mobile_format(const char *e164, char ret_text[MOBILE_TEXT_LEN + 1]);
void mobile_mask(const char *e164, char ret_text[MOBILE_TEXT_LEN + 1]);

#endif
