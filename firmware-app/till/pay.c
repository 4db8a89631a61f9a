/* SPDX-License-Identifier: MIT */
#include "till/pay.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

#include "contract/payment_ranges.h"
#include "till/digits.h"
#include "till/fiscal.h"

const char *refuse_word(enum refuse_class refuse)
{
	static const char *const words[REFUSE_COUNT_] = {
	    [REFUSE_NONE] = "",
	    [REFUSE_PAYMENT_CARD] = "payment_card",
	    [REFUSE_BOLETO] = "boleto",
	    [REFUSE_ARRECADACAO] = "arrecadacao",
	    [REFUSE_PIX] = "pix",
	    [REFUSE_EMV] = "emv",
	    [REFUSE_EMV_DAMAGED] = "emv-damaged",
	};
	assert((unsigned)refuse < REFUSE_COUNT_);
	return words[refuse];
}

/* --- slips --------------------------------------------------------------- */

enum {
	SLIP_LEN = 44,
	BANK_LINE_LEN = 47,
	COLLECTION_LINE_LEN = 48,
};

static unsigned digit_at(struct bytes text, size_t i)
{
	return (unsigned)(text.at[i] - '0');
}

/* Bank slips never have check digit 0 (FEBRABAN): 0, 10 and 11 become 1. */
static bool bank_slip(struct bytes slip)
{
	char rest[SLIP_LEN];
	memcpy(rest, slip.at, 4);
	memcpy(rest + 4, slip.at + 5, SLIP_LEN - 5);
	unsigned check = 11 - digits_mod11(bytes_of(rest, SLIP_LEN - 1), 9);
	if (check > 9)
		check = 1;
	return slip.at[3] == '9' && digit_at(slip, 4) == check;
}

/* The typed line shuffles the bar code into fields that each have a mod-10
 * check digit. */
static bool bank_line(struct bytes line)
{
	static const uint8_t field_at[] = {0, 10, 21};
	static const uint8_t field_len[] = {9, 10, 10};
	for (size_t i = 0; i < COUNT_OF(field_at); i++)
		if (!digits_luhn_holds(text_part(line, field_at[i], field_len[i] + 1U)))
			return false;
	char slip[SLIP_LEN];
	memcpy(slip, line.at, 4);
	memcpy(slip + 4, line.at + 32, 15);
	memcpy(slip + 19, line.at + 4, 5);
	memcpy(slip + 24, line.at + 10, 10);
	memcpy(slip + 34, line.at + 21, 10);
	bool holds = bank_slip(bytes_of(slip, sizeof(slip)));
	explicit_bzero(slip, sizeof(slip));
	return holds;
}

/* FEBRABAN's modulo 11 for collection: remainders 0 and 1 give 0, 10 gives 1. */
static unsigned collection_check(struct bytes body, bool mod_10)
{
	return mod_10 ? digits_check_luhn(body) : digits_check11(body, 9);
}

/* Whether a collection slip's value kind says mod 10; false when it is none. */
static bool collection_kind(struct bytes text, bool *ret_mod_10)
{
	if (text.at[0] != '8' || text.at[1] == '0' || text.at[2] < '6')
		return false;
	*ret_mod_10 = text.at[2] <= '7';
	return true;
}

static bool collection_slip(struct bytes slip)
{
	bool mod_10;
	if (!collection_kind(slip, &mod_10))
		return false;
	char rest[SLIP_LEN];
	memcpy(rest, slip.at, 3);
	memcpy(rest + 3, slip.at + 4, SLIP_LEN - 4);
	return digit_at(slip, 3) ==
	       collection_check(bytes_of(rest, SLIP_LEN - 1), mod_10);
}

static bool collection_line(struct bytes line)
{
	enum { BLOCK_LEN = 11 };

	bool mod_10;
	char slip[SLIP_LEN];
	if (!collection_kind(line, &mod_10))
		return false;
	for (size_t i = 0; i < SLIP_LEN / BLOCK_LEN; i++) {
		struct bytes block = text_part(line, i * (BLOCK_LEN + 1), BLOCK_LEN);
		if (collection_check(block, mod_10) !=
		    digit_at(line, i * (BLOCK_LEN + 1) + BLOCK_LEN))
			return false;
		memcpy(slip + i * BLOCK_LEN, block.at, BLOCK_LEN);
	}
	bool holds = collection_slip(bytes_of(slip, sizeof(slip)));
	explicit_bzero(slip, sizeof(slip));
	return holds;
}

static enum refuse_class slip_class(struct bytes digits)
{
	switch (digits.len) {
	case SLIP_LEN:
		if (collection_slip(digits))
			return REFUSE_ARRECADACAO;
		return bank_slip(digits) ? REFUSE_BOLETO : REFUSE_NONE;
	case BANK_LINE_LEN: return bank_line(digits) ? REFUSE_BOLETO : REFUSE_NONE;
	case COLLECTION_LINE_LEN:
		return collection_line(digits) ? REFUSE_ARRECADACAO : REFUSE_NONE;
	default: return REFUSE_NONE;
	}
}

enum refuse_class bill_class(struct bytes text)
{
	char digits[COLLECTION_LINE_LEN + 2];
	char key[FISCAL_KEY_LEN + 1];
	if (!text_squeeze(digits, sizeof(digits), text_trim(text), " .-"))
		return REFUSE_NONE;
	struct bytes squeezed = bytes_of_text(digits);
	enum refuse_class refuse = REFUSE_NONE;
	/* A fiscal key has 44 digits too, and fits in more places. */
	if (digits_only(squeezed) && fiscal_key_parse(squeezed, key) != VERDICT_OK)
		refuse = slip_class(squeezed);
	explicit_bzero(digits, sizeof(digits));
	return refuse;
}

/* --- EMV QR codes -------------------------------------------------------- */

uint16_t crc16(struct bytes bytes)
{
	uint32_t crc = 0xffff;
	for (size_t i = 0; i < bytes.len; i++) {
		crc ^= (uint32_t)bytes.at[i] << 8;
		for (unsigned bit = 0; bit < 8; bit++) {
			crc <<= 1;
			if ((crc & 0x10000) != 0)
				crc ^= 0x11021;
		}
	}
	return (uint16_t)crc;
}

/* Two-digit id, two-digit length, value. */
static bool emv_field(struct bytes *text, unsigned *ret_id, struct bytes *ret_value)
{
	struct bytes head = text_part(*text, 0, 4);
	if (head.len < 4 || !digits_only(head))
		return false;
	size_t len = (size_t)digits_value(text_part(head, 2, 2));
	*ret_id = (unsigned)digits_value(text_part(head, 0, 2));
	*ret_value = text_part(*text, 4, len);
	*text = text_part(*text, 4 + len, text->len);
	return ret_value->len == len;
}

static bool equal_fold(struct bytes text, const char *upper)
{
	if (text.len != strlen(upper))
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (to_upper(text.at[i]) != (uint8_t)upper[i])
			return false;
	return true;
}

/* Merchant account templates, and the one that PIX uses for recurring codes. */
static bool pix_template(unsigned id, struct bytes value)
{
	if ((id < 26 || id > 51) && id != 80)
		return false;
	unsigned sub_id;
	struct bytes sub_value;
	return emv_field(&value, &sub_id, &sub_value) && sub_id == 0 &&
	       equal_fold(sub_value, "BR.GOV.BCB.PIX");
}

static bool crc_holds(struct bytes text)
{
	enum { CRC_LEN = 4 };

	struct bytes written = text_part(text, text.len - CRC_LEN, CRC_LEN);
	uint32_t value = 0;
	for (size_t i = 0; i < CRC_LEN; i++) {
		int digit = hex_digit_value(written.at[i]);
		if (digit < 0)
			return false;
		value = value << 4 | (uint32_t)digit;
	}
	return value == crc16(text_part(text, 0, text.len - CRC_LEN));
}

enum refuse_class emv_class(struct bytes text)
{
	enum { ID_CRC = 63 };

	text = text_trim(text);
	if (text.len < 6 || memcmp(text.at, "000201", 6) != 0)
		return REFUSE_NONE;
	enum refuse_class refuse = REFUSE_EMV;
	struct bytes rest = text;
	unsigned id = 0;
	while (rest.len > 0) {
		struct bytes value;
		if (!emv_field(&rest, &id, &value))
			return REFUSE_EMV_DAMAGED;
		if (pix_template(id, value))
			refuse = REFUSE_PIX;
		if (id == ID_CRC && (rest.len > 0 || value.len != 4))
			return REFUSE_EMV_DAMAGED;
	}
	return id == ID_CRC && crc_holds(text) ? refuse : REFUSE_EMV_DAMAGED;
}

/* --- cards ---------------------------------------------------------------- */

enum verdict card_check(struct bytes text, const char **ret_brand)
{
	char number[PAYMENT_DIGITS_MAX + 2];
	if (!text_squeeze(number, sizeof(number), text_trim(text), " -"))
		return BAD_LENGTH;
	struct bytes digits = bytes_of_text(number);
	enum verdict verdict = VERDICT_OK;
	if (!digits_only(digits))
		verdict = BAD_CHARSET;
	else if (digits.len < PAYMENT_DIGITS_MIN || digits.len > PAYMENT_DIGITS_MAX)
		verdict = BAD_LENGTH;
	else if (!digits_luhn_holds(digits))
		verdict = BAD_LUHN;
	else if (payment_brand(number, digits.len) == NULL)
		verdict = VERDICT_NO;
	else
		*ret_brand = payment_brand(number, digits.len);
	explicit_bzero(number, sizeof(number));
	return verdict;
}

static bool is_sentinel(uint8_t c)
{
	return c == '%' || c == ';' || c == '+';
}

bool track_next(struct bytes *text, struct track *ret_track)
{
	while (text->len > 0 && !is_sentinel(text->at[0]) && !is_digit(text->at[0]))
		*text = text_part(*text, 1, text->len);
	if (text->len == 0)
		return false;
	char sentinel = is_sentinel(text->at[0]) ? (char)text->at[0] : '\0';
	*text = text_part(*text, sentinel == '\0' ? 0 : 1, text->len);
	const uint8_t *end = text->len > 0 ? memchr(text->at, '?', text->len) : NULL;
	size_t len = end == NULL ? text->len : (size_t)(end - text->at);
	struct bytes track = text_part(*text, 0, len);
	*text = text_part(*text, len + 1, text->len);

	bool format_b = sentinel == '%' && track.len > 0 && to_upper(track.at[0]) == 'B';
	if (format_b)
		track = text_part(track, 1, track.len);
	size_t digits = digit_run(track);
	*ret_track = (struct track){.sentinel = sentinel,
	    .pan = text_part(track, 0, digits),
	    .format_b = format_b,
	    .separated = digits < track.len &&
			 (track.at[digits] == '=' || track.at[digits] == '^')};
	return true;
}

bool track_payment_form(const struct track *track)
{
	/* Track 3 puts a two-digit format before the number (ISO/IEC 4909). */
	size_t digits_max = PAYMENT_DIGITS_MAX + (track->sentinel == '+' ? 2 : 0);
	return track->format_b ||
	       (track->separated && track->pan.len >= PAYMENT_DIGITS_MIN &&
		   track->pan.len <= digits_max);
}
