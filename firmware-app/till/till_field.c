/* SPDX-License-Identifier: MIT */
#include "till/till_internal.h"

#include "base/banned.h"

#include "till/digits.h"
#include "till/money.h"

/* What each field takes. Any code may be as long as a label; the rest is short. */
static const struct field_rule {
	enum word label;
	size_t len_max;
	bool digits;
	bool masked;
} rules[FIELD_COUNT_] = {
    [FIELD_NONE] = {.len_max = 0},
    [FIELD_ANY] = {W_FIELD_ANY, SCAN_LEN_MAX, false, false},
    [FIELD_PIN] = {W_CLERK_PIN, PIN_LEN_MAX, true, true},
    [FIELD_CLERK] = {W_CLERK_CODE, CLERK_LEN_MAX, false, false},
    [FIELD_CENTS] = {W_SALE_PRICE, PRICE_DIGITS_MAX, true, false},
    [FIELD_QUANTITY] = {W_SALE_QTY_FIELD, 6, true, false},
    [FIELD_MOBILE] = {W_TOPUP_NUMBER, MOBILE_DIGITS, true, false},
    [FIELD_AGAIN] = {W_TOPUP_AGAIN, AGAIN_DIGITS, true, false},
    [FIELD_MEMBER] = {W_FIELD_MEMBER, MOBILE_DIGITS, true, false},
};

enum field field_now(const struct till *t)
{
	enum field field = desk_of(t->state)->field;
	return field == FIELD_PIN && t->clerk_typing ? FIELD_CLERK : field;
}

void field_clear(struct till *t)
{
	explicit_bzero(t->typed, sizeof(t->typed));
	explicit_bzero(&t->view.field, sizeof(t->view.field));
	t->typed_len = 0;
}

enum err quantity_parse(const char *text, uint32_t *ret_milli)
{
	uint32_t milli = 0;
	size_t i = 0;
	for (; is_digit((uint8_t)text[i]); i++) {
		if (i >= 4)
			return ERR_RANGE;
		milli = milli * 10 + (uint32_t)(text[i] - '0') * 1000;
	}
	if (i == 0)
		return ERR_FORMAT;
	if (text[i] == ',' || text[i] == '.') {
		i++;
		for (uint32_t place = 100; is_digit((uint8_t)text[i]); place /= 10)
			milli += place * (uint32_t)(text[i++] - '0');
	}
	if (text[i] != '\0')
		return ERR_FORMAT;
	if (milli == 0)
		return ERR_RANGE;
	*ret_milli = milli;
	return ERR_NONE;
}

/* "3" then a times sign: so many of what comes next. */
static bool times_taken(struct till *t, uint32_t ch)
{
	uint32_t milli = 0;
	if (ch != '*' && ch != 'x' && ch != 'X')
		return false;
	if (quantity_parse(t->typed, &milli) != ERR_NONE)
		return false;
	t->times_milli = milli;
	field_clear(t);
	return true;
}

/* Bar codes and QR texts are ASCII here; an accent is no part of a code. */
static bool char_fits(enum field field, const struct till *t, uint32_t ch)
{
	const struct field_rule *rule = &rules[field];
	if (t->typed_len >= rule->len_max || ch < ' ' || ch > '~')
		return false;
	return !rule->digits || is_digit((uint8_t)ch);
}

bool field_key(struct till *t, const struct key_press *press)
{
	enum field field = field_now(t);
	if (field == FIELD_NONE)
		return false;
	if (press->key == KEY_BACKSPACE_ && t->typed_len > 0) {
		t->typed[--t->typed_len] = '\0';
		return true;
	}
	if (press->key != KEY_CHAR_)
		return false;
	if (field == FIELD_ANY && times_taken(t, press->ch))
		return true;
	if (!char_fits(field, t, press->ch))
		return false;
	t->typed[t->typed_len++] = (char)press->ch;
	return true;
}

int64_t typed_cents(const struct till *t)
{
	int64_t cents = 0;
	for (size_t i = 0; i < t->typed_len; i++)
		(void)keypad_digit(&cents, (uint8_t)t->typed[i], PRICE_TYPED_MAX);
	return cents;
}

/* Twelve digits or more that could be a payment card: what is shown keeps the
 * last four only, so that no run of them reaches the screen's buffers. */
static bool could_be_card(const char *text, size_t len)
{
	if (len <= MOBILE_DIGITS || text[0] < '2' || text[0] > '6')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_digit((uint8_t)text[i]))
			return false;
	return true;
}

static void show_any(const struct till *t, char out[VIEW_FIELD_MAX + 1])
{
	size_t skip = t->typed_len > VIEW_FIELD_MAX ? t->typed_len - VIEW_FIELD_MAX : 0;
	size_t len = t->typed_len - skip;
	memcpy(out, t->typed + skip, len);
	out[len] = '\0';
	if (could_be_card(t->typed, t->typed_len) && len > 4)
		memset(out, '*', len - 4);
}

/* Grams as the kilograms they are, so that a comma typed by habit is seen to
 * have had no effect. */
static void show_weight(const struct till *t, char *out, size_t cap)
{
	int64_t grams = typed_cents(t);
	char part[] = {',', (char)('0' + grams / 100 % 10), (char)('0' + grams / 10 % 10),
	    (char)('0' + grams % 10), ' ', 'k', 'g', '\0'};
	show_number(out, cap, grams / 1000);
	show_more(out, cap, part);
}

static bool weighs(const struct till *t)
{
	bool pending = t->asked.product[0] != '\0';
	return pending ? t->asked.by_weight : t->basket.line[t->basket.chosen].by_weight;
}

void field_show(const struct till *t, struct view_field *ret_field)
{
	enum field field = field_now(t);
	explicit_bzero(ret_field, sizeof(*ret_field));
	ret_field->label = rules[field].label;
	ret_field->masked = rules[field].masked;
	if (field == FIELD_CENTS)
		show_cents(ret_field->text, sizeof(ret_field->text), typed_cents(t));
	else if (field == FIELD_QUANTITY && weighs(t))
		show_weight(t, ret_field->text, sizeof(ret_field->text));
	else if (field == FIELD_PIN)
		memset(ret_field->text, '*', t->typed_len);
	else if (field != FIELD_NONE)
		show_any(t, ret_field->text);
}
