/* SPDX-License-Identifier: MIT */
#include "till/till_internal.h"

#include "base/banned.h"

/*
 * The open sale between a crash and the next start: its id and lines, and
 * whether somebody was identified, never who. Names come from the programme.
 *     "BLI1" id(8) had_member(1) count(1) lines, each:
 *     code_len(1) code quantity(4) price+1(8) amount(8) flags(1)
 */
static const char magic[] = "BLI1";

enum { MAGIC_LEN = 4, FLAG_WEIGHT = 1, FLAG_LABELLED = 2 };

_Static_assert(EVENT_LINES_MAX <= 255, "the count is one byte");
_Static_assert(INTENT_BYTES_MAX >= 14 + EVENT_LINES_MAX * (PRODUCT_LEN_MAX + 22),
    "a full basket fits");

static void line_write(struct sink *out, const struct basket_line *line)
{
	size_t len = strlen(line->product);
	sink_u8(out, (uint8_t)len);
	sink_put(out, bytes_of(line->product, len));
	sink_be(out, 4, line->quantity_milli);
	sink_be(out, 8, (uint64_t)(line->price_cents + 1));
	sink_be(out, 8, (uint64_t)line->amount_cents);
	sink_u8(out, (uint8_t)((line->by_weight ? FLAG_WEIGHT : 0) |
			       (line->labelled ? FLAG_LABELLED : 0)));
}

void intent_write(struct till *t)
{
	struct sink out = sink_of(t->intent, sizeof(t->intent));
	t->intent_len = 0;
	if (t->basket.count == 0 || t->basket.recorded)
		return;
	sink_put(&out, bytes_of(magic, MAGIC_LEN));
	sink_put(&out, bytes_of(t->basket.id, EVENT_ID_LEN));
	sink_u8(&out, member_known(t) || t->basket.had_member ? 1 : 0);
	sink_u8(&out, (uint8_t)t->basket.count);
	for (size_t i = 0; i < t->basket.count; i++)
		line_write(&out, &t->basket.line[i]);
	assert(!out.over);
	t->intent_len = out.len;
}

static enum err line_read(
    const struct till *t, struct cursor *in, struct basket_line *ret_line)
{
	struct basket_line line = {0};
	struct product product;
	struct bytes code;
	uint64_t quantity = 0;
	uint64_t price = 0;
	uint64_t amount = 0;
	uint8_t len = 0;
	uint8_t flags = 0;
	if (cursor_u8(in, &len) != ERR_NONE || cursor_take(in, len, &code) != ERR_NONE ||
	    text_from_bytes(line.product, sizeof(line.product), code) != ERR_NONE ||
	    cursor_be(in, 4, &quantity) != ERR_NONE ||
	    cursor_be(in, 8, &price) != ERR_NONE ||
	    cursor_be(in, 8, &amount) != ERR_NONE || cursor_u8(in, &flags) != ERR_NONE)
		return ERR_FORMAT;
	if (len == 0 || quantity == 0 || quantity > LINE_MILLI_MAX || amount == 0 ||
	    amount > LINE_CENTS_MAX || price > LINE_CENTS_MAX + 1)
		return ERR_RANGE;
	line.quantity_milli = (uint32_t)quantity;
	line.price_cents = (int64_t)price - 1;
	line.amount_cents = (int64_t)amount;
	line.by_weight = (flags & FLAG_WEIGHT) != 0;
	line.labelled = (flags & FLAG_LABELLED) != 0;
	if (t->config.programme != NULL &&
	    programme_product(t->config.programme, line.product, &product) == ERR_NONE)
		show_text(line.name, sizeof(line.name), product.name);
	*ret_line = line;
	return ERR_NONE;
}

static enum err basket_read(
    const struct till *t, struct bytes intent, struct basket *basket)
{
	struct cursor in = cursor_of(intent);
	struct bytes start;
	struct bytes id;
	uint8_t had_member = 0;
	uint8_t count = 0;
	if (cursor_take(&in, MAGIC_LEN, &start) != ERR_NONE ||
	    !bytes_equal(start, bytes_of(magic, MAGIC_LEN)) ||
	    cursor_take(&in, EVENT_ID_LEN, &id) != ERR_NONE ||
	    cursor_u8(&in, &had_member) != ERR_NONE ||
	    cursor_u8(&in, &count) != ERR_NONE || count > EVENT_LINES_MAX)
		return ERR_FORMAT;
	memcpy(basket->id, id.at, EVENT_ID_LEN);
	basket->had_member = had_member != 0;
	for (size_t i = 0; i < count; i++) {
		enum err error = line_read(t, &in, &basket->line[i]);
		if (error != ERR_NONE)
			return error;
	}
	basket->count = count;
	return in.left == 0 ? ERR_NONE : ERR_FORMAT;
}

void till_intent_restore(struct till *till, struct bytes intent)
{
	struct basket *basket = &till->basket;
	if (intent.len == 0 || intent.len > sizeof(till->intent))
		return;
	memset(basket, 0, sizeof(*basket));
	if (basket_read(till, intent, basket) != ERR_NONE) {
		memset(basket, 0, sizeof(*basket));
		return;
	}
	basket->restored = true;
	memcpy(till->intent, intent.at, intent.len);
	till->intent_len = intent.len;
}
