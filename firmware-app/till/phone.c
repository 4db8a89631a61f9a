/* SPDX-License-Identifier: MIT */
#include "till/phone.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

#include "till/digits.h"

/* The 67 area codes, by Anatel's numbering plan. */
static const char states[100][3] = {
    [11] = "SP",
    [12] = "SP",
    [13] = "SP",
    [14] = "SP",
    [15] = "SP",
    [16] = "SP",
    [17] = "SP",
    [18] = "SP",
    [19] = "SP",
    [21] = "RJ",
    [22] = "RJ",
    [24] = "RJ",
    [27] = "ES",
    [28] = "ES",
    [31] = "MG",
    [32] = "MG",
    [33] = "MG",
    [34] = "MG",
    [35] = "MG",
    [37] = "MG",
    [38] = "MG",
    [41] = "PR",
    [42] = "PR",
    [43] = "PR",
    [44] = "PR",
    [45] = "PR",
    [46] = "PR",
    [47] = "SC",
    [48] = "SC",
    [49] = "SC",
    [51] = "RS",
    [53] = "RS",
    [54] = "RS",
    [55] = "RS",
    [61] = "DF",
    [62] = "GO",
    [63] = "TO",
    [64] = "GO",
    [65] = "MT",
    [66] = "MT",
    [67] = "MS",
    [68] = "AC",
    [69] = "RO",
    [71] = "BA",
    [73] = "BA",
    [74] = "BA",
    [75] = "BA",
    [77] = "BA",
    [79] = "SE",
    [81] = "PE",
    [82] = "AL",
    [83] = "PB",
    [84] = "RN",
    [85] = "CE",
    [86] = "PI",
    [87] = "PE",
    [88] = "CE",
    [89] = "PI",
    [91] = "PA",
    [92] = "AM",
    [93] = "PA",
    [94] = "PA",
    [95] = "RR",
    [96] = "AP",
    [97] = "AM",
    [98] = "MA",
    [99] = "MA",
};

const char *ddd_state(unsigned ddd)
{
	return ddd < COUNT_OF(states) && states[ddd][0] != '\0' ? states[ddd] : NULL;
}

/* Area code and number, without country and trunk prefix. */
static enum verdict national_part(struct bytes *digits, bool international)
{
	enum { BARE_MIN = 10, BARE_MAX = 11 };

	bool has_country = digits->len >= 2 && memcmp(digits->at, "55", 2) == 0;
	if (international && !has_country)
		return BAD_COUNTRY;
	if (international || (has_country && digits->len > BARE_MAX))
		*digits = text_part(*digits, 2, digits->len);
	if (digits->len > 0 && digits->at[0] == '0')
		*digits = text_part(*digits, 1, digits->len);
	return digits->len < BARE_MIN || digits->len > BARE_MAX ? BAD_LENGTH : VERDICT_OK;
}

/* Why a ten-digit number is no mobile, by the first digit of the subscriber. */
static enum verdict old_form(uint8_t first)
{
	if (first == '6' || first == '8' || first == '9')
		return BAD_NINTH;
	return first == '7' ? BAD_TRUNK : BAD_LANDLINE;
}

/* Digits alone, as one dials them, to E.164. */
static enum verdict mobile_digits(
    struct bytes digits, bool international, char ret_e164[MOBILE_LEN + 1])
{
	if (!digits_only(digits))
		return BAD_CHARSET;
	enum verdict verdict = national_part(&digits, international);
	if (verdict != VERDICT_OK)
		return verdict;
	if (ddd_state((unsigned)digits_value(text_part(digits, 0, 2))) == NULL)
		return BAD_DDD;
	if (digits.len == 10)
		return old_form(digits.at[2]);
	if (digits.at[2] != '9')
		return BAD_NINTH;
	memcpy(ret_e164, "+55", 3);
	memcpy(ret_e164 + 3, digits.at, digits.len);
	ret_e164[MOBILE_LEN] = '\0';
	return VERDICT_OK;
}

enum verdict mobile_parse(struct bytes text, char ret_e164[MOBILE_LEN + 1])
{
	char squeezed[24];
	text = text_trim(text);
	bool international = text.len > 0 && text.at[0] == '+';
	if (international)
		text = text_part(text, 1, text.len);
	if (!text_squeeze(squeezed, sizeof(squeezed), text, " ()-."))
		return BAD_LENGTH;
	enum verdict verdict =
	    mobile_digits(bytes_of_text(squeezed), international, ret_e164);
	explicit_bzero(squeezed, sizeof(squeezed)); /* typed: may be anything */
	return verdict;
}

void mobile_format(const char *e164, char ret_text[MOBILE_TEXT_LEN + 1])
{
	assert(strlen(e164) == MOBILE_LEN);
	text_mask(ret_text, e164 + 3, "(##) #####-####");
}

void mobile_mask(const char *e164, char ret_text[MOBILE_TEXT_LEN + 1])
{
	assert(strlen(e164) == MOBILE_LEN);
	text_mask(ret_text, e164 + 3, "(##) *****-####");
}
