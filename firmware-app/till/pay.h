/* SPDX-License-Identifier: MIT */
#ifndef TILL_PAY_H
#define TILL_PAY_H

#include "base/bytes.h"
#include "till/verdict.h"

/* Payment data: recognised so that it can be refused. Nothing here copies any of
 * it out; only the class is ever kept. */
enum refuse_class {
	REFUSE_NONE = 0,
	REFUSE_PAYMENT_CARD,
	REFUSE_BOLETO,      /* bank slip */
	REFUSE_ARRECADACAO, /* collection slip: utilities, taxes */
	REFUSE_PIX,
	REFUSE_EMV, /* payment QR of another scheme */
	REFUSE_EMV_DAMAGED,
	REFUSE_COUNT_
};

/* "boleto", "payment_card": the word of vectors and events; "" for none. */
const char *refuse_word(enum refuse_class refuse);

/* Bank or collection slip: bar code (44) or typed line (47, 48), with blanks,
 * dots and hyphens as printed. REFUSE_NONE for all else, fiscal keys included. */
enum refuse_class bill_class(struct bytes text);

/* The QR codes of EMVCo, PIX among them. REFUSE_NONE: it is not one. */
enum refuse_class emv_class(struct bytes text);
/* CRC-16: polynomial 1021, start FFFF, neither reflected nor inverted. */
uint16_t crc16(struct bytes bytes);

/*
 * A number of 12 to 19 digits, perhaps in groups: VERDICT_OK for a payment
 * card's, with its brand for the message; VERDICT_NO for another's.
 */
enum verdict card_check(struct bytes text, const char **ret_brand);

/* One track of a stripe, its sentinels taken off. */
struct track {
	char sentinel;    /* '%', ';', '+', or NUL where the reader lost it */
	struct bytes pan; /* leading digits; may hold payment data: borrowed */
	bool format_b;    /* track 1 of a bank card */
	bool separated;   /* a field separator follows the digits */
};

/* Cuts the next whole track off `text`; false when there is none. */
bool track_next(struct bytes *text, struct track *ret_track);
/* Payment by its form alone, a misread one too: format B, or 12 to 19 digits
 * before a separator. */
bool track_payment_form(const struct track *track);

#endif
