/* SPDX-License-Identifier: MIT */
#include "till/ids.h"

#include <string.h>

#include "base/banned.h"

#include "till/digits.h"

static const char cpf_shape[] = "###.###.###-##";
static const char cnpj_shape[] = "@@.@@@.@@@/@@@@-##";

/* Two digits, the second over the body and the first. */
static void two_check_digits(
    const char *body, size_t len, unsigned weight_max, char ret_digits[3])
{
	char all[CNPJ_LEN];
	memcpy(all, body, len);
	all[len] = (char)('0' + digits_check11(bytes_of(all, len), weight_max));
	all[len + 1] = (char)('0' + digits_check11(bytes_of(all, len + 1), weight_max));
	ret_digits[0] = all[len];
	ret_digits[1] = all[len + 1];
	ret_digits[2] = '\0';
}

static bool one_digit_all_along(struct bytes text)
{
	for (size_t i = 1; i < text.len; i++)
		if (text.at[i] != text.at[0])
			return false;
	return true;
}

void cpf_check_digits(const char body[CPF_LEN - 2], char ret_digits[3])
{
	two_check_digits(body, CPF_LEN - 2, 11, ret_digits);
}

void cnpj_check_digits(const char body[CNPJ_LEN - 2], char ret_digits[3])
{
	two_check_digits(body, CNPJ_LEN - 2, 9, ret_digits);
}

enum verdict cpf_parse(struct bytes text, char ret_cpf[CPF_LEN + 1])
{
	char bare[CPF_LEN + 1];
	text = text_trim(text);
	if (text_unmask(bare, text, cpf_shape))
		text = bytes_of(bare, CPF_LEN);
	if (text.len == 0)
		return BAD_LENGTH;
	if (!digits_only(text))
		return BAD_CHARSET;
	if (text.len != CPF_LEN)
		return BAD_LENGTH;
	if (one_digit_all_along(text))
		return BAD_REPEATED;
	memmove(bare, text.at, CPF_LEN);
	bare[CPF_LEN] = '\0';
	char check[3];
	cpf_check_digits(bare, check);
	if (memcmp(check, bare + CPF_LEN - 2, 2) != 0)
		return BAD_CHECK;
	memcpy(ret_cpf, bare, sizeof(bare));
	return VERDICT_OK;
}

static bool letters_and_digits(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_digit(text.at[i]) && !is_upper(text.at[i]))
			return false;
	return true;
}

enum verdict cnpj_parse(struct bytes text, char ret_cnpj[CNPJ_LEN + 1])
{
	char upper[CNPJ_TEXT_LEN];
	char bare[CNPJ_LEN + 1];
	text = text_trim(text);
	if (text.len > sizeof(upper))
		return BAD_LENGTH;
	for (size_t i = 0; i < text.len; i++)
		upper[i] = (char)to_upper(text.at[i]);
	text = bytes_of(upper, text.len);
	if (text_unmask(bare, text, cnpj_shape))
		text = bytes_of(bare, CNPJ_LEN);
	if (!letters_and_digits(text))
		return BAD_CHARSET;
	if (text.len != CNPJ_LEN)
		return BAD_LENGTH;
	if (!digits_only(text_part(text, CNPJ_LEN - 2, 2)))
		return BAD_CHARSET;
	if (one_digit_all_along(text))
		return BAD_REPEATED;
	memmove(bare, text.at, CNPJ_LEN);
	bare[CNPJ_LEN] = '\0';
	char check[3];
	cnpj_check_digits(bare, check);
	if (memcmp(check, bare + CNPJ_LEN - 2, 2) != 0)
		return BAD_CHECK;
	memcpy(ret_cnpj, bare, sizeof(bare));
	return VERDICT_OK;
}

void cpf_format(const char *cpf, char ret_text[CPF_TEXT_LEN + 1])
{
	text_mask(ret_text, cpf, cpf_shape);
}

void cpf_mask(const char *cpf, char ret_text[CPF_TEXT_LEN + 1])
{
	text_mask(ret_text, cpf, "***.###.###-**");
}

void cnpj_format(const char *cnpj, char ret_text[CNPJ_TEXT_LEN + 1])
{
	text_mask(ret_text, cnpj, cnpj_shape);
}
