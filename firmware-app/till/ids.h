/* SPDX-License-Identifier: MIT */
#ifndef TILL_IDS_H
#define TILL_IDS_H

#include "base/bytes.h"
#include "till/verdict.h"

/* CPF (a person) and CNPJ (a company; text since its twelve first places may be
 * letters, IN RFB 2.229/2024). A full CPF never goes to a log. */
enum {
	CPF_LEN = 11,
	CPF_TEXT_LEN = 14, /* with its mask */
	CNPJ_LEN = 14,
	CNPJ_TEXT_LEN = 18,
};

/* Bare or exactly masked, outer blanks allowed. Gives the bare form. */
enum verdict cpf_parse(struct bytes text, char ret_cpf[CPF_LEN + 1]);
void cpf_check_digits(const char body[CPF_LEN - 2], char ret_digits[3]);
void cpf_format(const char *cpf, char ret_text[CPF_TEXT_LEN + 1]);
/* What a screen or a receipt may show: "***.456.789-**". */
void cpf_mask(const char *cpf, char ret_text[CPF_TEXT_LEN + 1]);

/* The same; lower case is folded to upper. */
enum verdict cnpj_parse(struct bytes text, char ret_cnpj[CNPJ_LEN + 1]);
void cnpj_check_digits(const char body[CNPJ_LEN - 2], char ret_digits[3]);
void cnpj_format(const char *cnpj, char ret_text[CNPJ_TEXT_LEN + 1]);

#endif
