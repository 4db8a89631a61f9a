/* SPDX-License-Identifier: MIT */
#include "till/code.h"

#include <string.h>

#include "base/banned.h"

#include "till/digits.h"
#include "till/fiscal.h"
#include "till/gs1.h"
#include "till/gtin.h"
#include "till/ids.h"
#include "till/phone.h"

/* One read on its way through the questions below, each of which either answers
 * or passes it on. */
struct read {
	const struct code_config *config;
	enum scan_source source;
	char aim[4];
	struct bytes text;
};

struct code_config code_config_of(const struct programme *programme, uint32_t today)
{
	struct code_config config = {.today = today};
	if (programme != NULL) {
		config.identity = programme->identity;
		config.identity_count = programme->identity_count;
		config.scale = programme->scale;
	}
	return config;
}

static bool begins(struct bytes text, const char *prefix)
{
	size_t len = strlen(prefix);
	return text.len >= len && memcmp(text.at, prefix, len) == 0;
}

static bool answer(
    struct meaning *meaning, enum meaning_kind kind, const void *value, size_t len)
{
	meaning->kind = kind;
	memcpy(meaning->value, value, len);
	meaning->value[len] = '\0';
	return true;
}

static bool refuse(struct meaning *meaning, enum refuse_class class)
{
	meaning->kind = MEANING_REFUSE;
	meaning->refuse = class;
	return true;
}

/* --- members' cards ------------------------------------------------------ */

static const struct identity *next_identity(
    const struct code_config *config, enum identity_kind kind, size_t *i)
{
	while (*i < config->identity_count) {
		const struct identity *identity = &config->identity[(*i)++];
		if (identity->kind == kind)
			return identity;
	}
	return NULL;
}

/* Whether `number` has the prefix and length of a card of ours, Luhn aside. */
static bool card_shape(const struct code_config *config, struct bytes number)
{
	const struct identity *identity;
	for (size_t i = 0;
	     (identity = next_identity(config, IDENTITY_STRIPE, &i)) != NULL;)
		if (number.len == identity->length && number.len <= MEMBER_LEN_MAX &&
		    digits_only(number) && begins(number, identity->prefix))
			return true;
	return false;
}

static bool card_of_ours(const struct code_config *config, struct bytes number)
{
	return card_shape(config, number) && digits_luhn_holds(number);
}

static bool member_number(const struct read *read, struct meaning *meaning)
{
	char number[MEMBER_LEN_MAX + 1];
	if (!text_squeeze(number, sizeof(number), read->text,
		read->source == SCAN_KEYPAD ? " -" : ""))
		return false;
	bool ours = card_of_ours(read->config, bytes_of_text(number)) &&
		    answer(meaning, MEANING_MEMBER, number, strlen(number));
	explicit_bzero(number, sizeof(number)); /* it may have been another's card */
	return ours;
}

static bool member_qr(const struct read *read, struct meaning *meaning)
{
	const struct identity *identity;
	for (size_t i = 0;
	     (identity = next_identity(read->config, IDENTITY_QR, &i)) != NULL;) {
		if (!begins(read->text, identity->prefix))
			continue;
		struct bytes number =
		    text_part(read->text, strlen(identity->prefix), read->text.len);
		if (card_of_ours(read->config, number))
			return answer(meaning, MEANING_MEMBER, number.at, number.len);
	}
	return false;
}

static bool member_bar_code(
    const struct code_config *config, struct bytes ean13, struct meaning *meaning)
{
	const struct identity *identity;
	for (size_t i = 0;
	     (identity = next_identity(config, IDENTITY_EAN13, &i)) != NULL;)
		if (begins(ean13, identity->prefix))
			return answer(meaning, MEANING_MEMBER, ean13.at, ean13.len);
	return false;
}

/* --- the stripe: an allow-list ------------------------------------------- */

enum track_says { TRACK_NOTHING = 0, TRACK_OURS, TRACK_DAMAGED, TRACK_PAYMENT };

static enum track_says track_meaning(
    const struct code_config *config, const struct track *track)
{
	const char *brand;
	if (card_shape(config, track->pan))
		return digits_luhn_holds(track->pan) ? TRACK_OURS : TRACK_DAMAGED;
	if (track_payment_form(track) || card_check(track->pan, &brand) == VERDICT_OK)
		return TRACK_PAYMENT;
	return TRACK_NOTHING;
}

/* One payment track spoils all; two tracks of ours must name the same card. */
static bool stripe(const struct read *read, struct meaning *meaning)
{
	struct bytes rest = read->text;
	struct bytes ours = {0};
	bool damaged = false;
	struct track track;
	while (track_next(&rest, &track)) {
		enum track_says says = track_meaning(read->config, &track);
		if (says == TRACK_PAYMENT)
			return refuse(meaning, REFUSE_PAYMENT_CARD);
		if (says == TRACK_OURS && ours.len > 0 && !bytes_equal(ours, track.pan))
			damaged = true;
		if (says == TRACK_OURS)
			ours = track.pan;
		damaged = damaged || says == TRACK_DAMAGED;
	}
	if (ours.len > 0 && !damaged)
		return answer(meaning, MEANING_MEMBER, ours.at, ours.len);
	return false;
}

/* Stripe readers that type, and scanners fed from one. */
static bool looks_like_stripe(struct bytes text)
{
	bool track_1 =
	    text.len > 1 && text.at[0] == '%' && is_upper(to_upper(text.at[1]));
	bool track_2 = text.len > 1 && text.at[0] == ';' && is_digit(text.at[1]);
	return track_1 || track_2;
}

/* --- goods ---------------------------------------------------------------- */

static bool in_store(
    const struct code_config *config, const char *ean13, struct meaning *meaning)
{
	struct scale_label label;
	struct bytes text = bytes_of(ean13, EAN13_LEN);
	(void)answer(meaning, MEANING_IN_STORE, ean13, EAN13_LEN);
	if (config->scale.kind == SCALE_NONE ||
	    !scale_layout_valid(config->scale.layout) ||
	    scale_parse(&config->scale, text, &label) != VERDICT_OK)
		return true;
	memcpy(meaning->item, label.item, sizeof(meaning->item));
	meaning->has_grams = config->scale.kind == SCALE_WEIGHT;
	meaning->has_price = config->scale.kind == SCALE_PRICE;
	if (meaning->has_grams)
		meaning->grams = label.value;
	else
		meaning->price_cents = label.value;
	return true;
}

/* A whole GTIN, zero-filled to 14. Prefixes say something of units only: a case
 * (first digit not 0) is a product whatever it holds. */
static bool gtin_meaning(
    const struct code_config *config, const char *gtin, struct meaning *meaning)
{
	const char *ean13 = gtin + 1;
	enum gtin_class class = gtin[0] == '0' ? gtin_class(gtin) : GTIN_OTHER;
	if (gtin[0] == '0' &&
	    member_bar_code(config, bytes_of(ean13, EAN13_LEN), meaning))
		return true;
	switch (class) {
	case GTIN_RESTRICTED: return in_store(config, ean13, meaning);
	case GTIN_COUPON: return answer(meaning, MEANING_COUPON, ean13, EAN13_LEN);
	case GTIN_REFUND_RECEIPT: return false; /* a slip, no goods */
	case GTIN_OTHER:
	case GTIN_GS1_BRASIL:
	case GTIN_ISSN:
	case GTIN_ISBN: break;
	case GTIN_CLASS_COUNT_: return false;
	}
	return answer(meaning, MEANING_PRODUCT, gtin, GTIN_LEN);
}

/* What the other elements add. Damaged ones were refused with the whole code. */
static void gs1_details(
    const struct code_config *config, const struct gs1 *gs1, struct meaning *meaning)
{
	unsigned year = config->today / 10000;
	struct bytes count = gs1_value(gs1, 37);
	if (count.len == 0)
		count = gs1_value(gs1, 30);
	if (count.len > 0)
		meaning->count = (uint32_t)digits_value(count);
	uint32_t day;
	if (gs1_date(gs1_value(gs1, 17), year, &day) == VERDICT_OK)
		meaning->expiry_day = day;
	for (size_t i = 0; i < gs1->count; i++) {
		struct bytes value = gs1_element_value(gs1, i);
		uint16_t code = gs1->element[i].code;
		if (gs1_grams(code, value, &meaning->grams) == VERDICT_OK)
			meaning->has_grams = true;
		if (gs1_cents(code, value, &meaning->price_cents) == VERDICT_OK)
			meaning->has_price = true;
	}
}

static bool gs1_meaning(
    const struct code_config *config, const struct gs1 *gs1, struct meaning *meaning)
{
	struct bytes item = gs1_value(gs1, 1);
	char gtin[GTIN_LEN + 1];
	if (gtin_parse(item, gtin) != VERDICT_OK || !gtin_meaning(config, gtin, meaning))
		return false;
	gs1_details(config, gs1, meaning);
	return true;
}

static bool gs1_symbol(const struct read *read, struct meaning *meaning)
{
	struct gs1 gs1;
	return gs1_carries_elements(read->aim) &&
	       gs1_scan(read->aim, read->text, &gs1) == VERDICT_OK &&
	       gs1_meaning(read->config, &gs1, meaning);
}

/* A reader that gives no identifiers: whatever parses whole from a GTIN on. */
static bool gs1_unannounced(const struct read *read, struct meaning *meaning)
{
	enum { ITEM_LEN = 2 + GTIN_LEN, GS = 0x1d };

	struct bytes text = read->text;
	if (text.len > 0 && text.at[0] == GS)
		text = text_part(text, 1, text.len);
	struct gs1 gs1;
	return read->aim[0] == '\0' && text.len >= ITEM_LEN && begins(text, "01") &&
	       gs1_scan("]C1", text, &gs1) == VERDICT_OK &&
	       gs1_meaning(read->config, &gs1, meaning);
}

static bool digital_link(const struct read *read, struct meaning *meaning)
{
	struct gs1 gs1;
	return gs1_digital_link(read->text, &gs1) == VERDICT_OK &&
	       gs1_meaning(read->config, &gs1, meaning);
}

/* UPC-E where the symbol may be one: a bar code of eight digits that is no
 * EAN-8. */
static bool upce(const struct read *read, struct meaning *meaning)
{
	char upca[UPCA_LEN + 1];
	char gtin[GTIN_LEN + 1];
	return strcmp(read->aim, "]E4") != 0 &&
	       upce_expand(read->text, upca) == VERDICT_OK &&
	       gtin_parse(bytes_of_text(upca), gtin) == VERDICT_OK &&
	       gtin_meaning(read->config, gtin, meaning);
}

static bool goods(const struct read *read, struct meaning *meaning)
{
	char gtin[GTIN_LEN + 1];
	if (gtin_parse(read->text, gtin) == VERDICT_OK)
		return gtin_meaning(read->config, gtin, meaning);
	return upce(read, meaning);
}

/* --- papers ---------------------------------------------------------------- */

static bool fiscal(struct meaning *meaning, const char *key)
{
	return answer(meaning, MEANING_FISCAL, key, FISCAL_KEY_LEN);
}

static bool fiscal_qr(const struct read *read, struct meaning *meaning)
{
	struct nfce nfce;
	struct sat sat;
	if (nfce_parse(read->text, &nfce) == VERDICT_OK)
		return fiscal(meaning, nfce.key);
	return sat_parse(read->text, &sat) == VERDICT_OK && fiscal(meaning, sat.key);
}

static bool fiscal_key(const struct read *read, struct meaning *meaning)
{
	char key[FISCAL_KEY_LEN + 1];
	return fiscal_key_parse(read->text, key) == VERDICT_OK && fiscal(meaning, key);
}

static bool payment_qr(const struct read *read, struct meaning *meaning)
{
	enum refuse_class class = emv_class(read->text);
	return class != REFUSE_NONE && refuse(meaning, class);
}

static bool bill(const struct read *read, struct meaning *meaning)
{
	enum refuse_class class = bill_class(read->text);
	return class != REFUSE_NONE && refuse(meaning, class);
}

/*
 * A payment card's number. The same thirteen digits can be a product of another
 * country and an old card: a scanner is believed, and on the key pad a holding
 * GTIN of a unit. Cases of fourteen digits are not typed at a counter.
 */
static bool payment_number(const struct read *read, struct meaning *meaning)
{
	const char *brand;
	char gtin[GTIN_LEN + 1];
	bool unit_typed = read->source == SCAN_KEYPAD && read->text.len < GTIN_LEN;
	if ((read->source != SCAN_KEYPAD || unit_typed) &&
	    gtin_parse(read->text, gtin) == VERDICT_OK)
		return false;
	return card_check(read->text, &brand) == VERDICT_OK &&
	       refuse(meaning, REFUSE_PAYMENT_CARD);
}

/* --- people, as typed ------------------------------------------------------ */

static bool accepts(const struct code_config *config, enum identity_kind kind)
{
	size_t i = 0;
	return next_identity(config, kind, &i) != NULL;
}

static bool person(const struct read *read, struct meaning *meaning)
{
	if (read->source != SCAN_KEYPAD)
		return false;
	char cpf[CPF_LEN + 1];
	char phone[MOBILE_LEN + 1];
	bool is_cpf = accepts(read->config, IDENTITY_CPF) &&
		      cpf_parse(read->text, cpf) == VERDICT_OK;
	bool cpf_mask_typed = is_cpf && read->text.len == CPF_TEXT_LEN;
	bool is_phone = accepts(read->config, IDENTITY_PHONE) && !cpf_mask_typed &&
			mobile_parse(read->text, phone) == VERDICT_OK;
	if (is_cpf && is_phone)
		memcpy(meaning->phone, phone, sizeof(phone));
	if (is_cpf)
		return answer(
		    meaning, is_phone ? MEANING_ASK : MEANING_CPF, cpf, CPF_LEN);
	return is_phone && answer(meaning, MEANING_PHONE, phone, MOBILE_LEN);
}

/* --- nobody's -------------------------------------------------------------- */

/* Whether an unknown text may be shown and looked up: short, printable, and
 * neither a payment card's number nor a mistyped one. */
static bool presentable(const struct read *read)
{
	enum { DIGITS_SAFE_MAX = 11 };

	if (read->source == SCAN_STRIPE || read->text.len > PRODUCT_LEN_MAX)
		return false;
	char number[PRODUCT_LEN_MAX + 1];
	size_t digits = 0;
	for (size_t i = 0; i < read->text.len; i++) {
		uint8_t c = read->text.at[i];
		if (c < ' ' || c > '~')
			return false;
		if (is_digit(c))
			number[digits++] = (char)c;
	}
	bool shown = digits <= DIGITS_SAFE_MAX ||
		     (read->source == SCAN_SCANNER &&
			 !digits_luhn_holds(bytes_of(number, digits)));
	explicit_bzero(number, sizeof(number));
	return shown;
}

static void unknown(const struct read *read, struct meaning *meaning)
{
	size_t len = presentable(read) ? read->text.len : 0;
	*meaning = (struct meaning){0};
	(void)answer(
	    meaning, MEANING_UNKNOWN, len > 0 ? (const void *)read->text.at : "", len);
}

/* --- the order of the questions -------------------------------------------- */

/* Readers that are not asked for it may still put the identifier before the
 * text (AIM: ']', a letter, a digit or letter). */
static void take_aim(struct read *read)
{
	struct bytes head = text_part(read->text, 0, 3);
	if (read->aim[0] != '\0' || head.len < 3 || head.at[0] != ']' ||
	    !is_upper(to_upper(head.at[1])) ||
	    !(is_digit(head.at[2]) || is_upper(to_upper(head.at[2]))))
		return;
	memcpy(read->aim, head.at, 3);
	read->aim[3] = '\0';
	read->text = text_part(read->text, 3, read->text.len);
}

typedef bool question(const struct read *read, struct meaning *meaning);

/* What cannot be mistaken comes first; numbers, which can, come after. */
static question *const questions[] = {
    payment_qr,
    member_qr,
    fiscal_qr,
    digital_link,
    gs1_symbol,
    fiscal_key,
    bill,
    member_number,
    payment_number,
    goods,
    person,
    gs1_unannounced,
};

void code_classify(const struct code_config *config, const struct scan *scan,
    struct meaning *ret_meaning)
{
	struct read read = {.config = config, .source = scan->source};
	*ret_meaning = (struct meaning){0};
	if (scan->fault != SCAN_FAULT_NONE)
		return;
	read.text = text_trim(bytes_of(scan->data, scan->len));
	memcpy(read.aim, scan->aim, sizeof(read.aim));
	take_aim(&read);
	if (read.text.len == 0)
		return;
	if (scan->source == SCAN_STRIPE || looks_like_stripe(read.text)) {
		read.source = SCAN_STRIPE;
		if (!stripe(&read, ret_meaning))
			unknown(&read, ret_meaning);
		return;
	}
	for (size_t i = 0; i < COUNT_OF(questions); i++)
		if (questions[i](&read, ret_meaning))
			return;
	unknown(&read, ret_meaning);
}
