/* SPDX-License-Identifier: MIT */
#ifndef TILL_FISCAL_H
#define TILL_FISCAL_H

#include "base/bytes.h"
#include "drivers/scan.h"
#include "till/verdict.h"

/*
 * Fiscal documents: form only. Whether an NFC-e hash is true is the central's to
 * find out (its secret is the store's), and so is whether a key was used before.
 */
enum {
	FISCAL_KEY_LEN = 44,
	MODEL_NFE = 55,
	MODEL_CTE = 57,
	MODEL_MDFE = 58,
	MODEL_SAT = 59,
	MODEL_NFCE = 65,
};

/* Bare or in groups of four as printed; letters are folded to upper case. */
enum verdict fiscal_key_parse(struct bytes text, char ret_key[FISCAL_KEY_LEN + 1]);
/* Check digit of the first 43 characters. */
unsigned fiscal_key_check_digit(struct bytes body);
unsigned fiscal_key_model(const char *key);

/* What the QR code of an NFC-e says; the fields a form lacks are empty. */
struct nfce {
	unsigned version; /* 1, 2, 3 */
	bool offline;
	unsigned environment; /* 1 production, 2 test: never earns */
	char key[FISCAL_KEY_LEN + 1];
	bool has_total;
	int64_t total_cents;
	struct bytes day; /* of the month */
	struct bytes digest;
	struct bytes csc_id;
	struct bytes hash;
	struct bytes recipient_type; /* 1 CNPJ, 2 CPF, 3 foreign */
	struct bytes recipient;
	struct bytes signature;
	char text[SCAN_LEN_MAX + 1]; /* what they point into */
};

/* VERDICT_NO: another URL, or none. `ret_nfce` points into itself: not to be
 * copied. */
enum verdict nfce_parse(struct bytes url, struct nfce *ret_nfce);

/* The QR code of a CF-e SAT. */
struct sat {
	char key[FISCAL_KEY_LEN + 1];
	struct bytes time; /* YYYYMMDDhhmmss */
	int64_t total_cents;
	struct bytes consumer; /* CPF, CNPJ or empty */
};

enum verdict sat_parse(struct bytes text, struct sat *ret_sat);

#endif
