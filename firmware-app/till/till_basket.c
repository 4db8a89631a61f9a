/* SPDX-License-Identifier: MIT */
#include "till/till_internal.h"

#include "base/banned.h"

#include "till/gtin.h"

int64_t basket_total(const struct basket *basket)
{
	int64_t cents = 0;
	for (size_t i = 0; i < basket->count; i++)
		cents += basket->line[i].amount_cents;
	return cents;
}

void basket_changed(struct till *t)
{
	if (!t->basket.recorded)
		t->intent_dirty = t->basket.count > 0 || t->intent_len > 0;
	points_again(t);
}

/* Half a cent goes up: what a customer expects of a price tag. */
static int64_t line_cents(int64_t price_cents, uint32_t quantity_milli)
{
	return (price_cents * quantity_milli + 500) / 1000;
}

static bool line_fits(const struct basket_line *line)
{
	return line->quantity_milli > 0 && line->quantity_milli <= LINE_MILLI_MAX &&
	       line->amount_cents > 0 && line->amount_cents <= LINE_CENTS_MAX;
}

static struct basket_line *same_line(
    struct basket *basket, const struct basket_line *line)
{
	for (size_t i = 0; i < basket->count; i++) {
		struct basket_line *old = &basket->line[i];
		if (!old->labelled && !line->labelled && !line->by_weight &&
		    old->price_cents == line->price_cents &&
		    strcmp(old->product, line->product) == 0)
			return old;
	}
	return NULL;
}

static const char *line_name(const struct basket_line *line)
{
	return line->name[0] != '\0' ? line->name : line->product;
}

/* One more line, or more of one that is there already. */
static void basket_put(struct till *t, const struct basket_line *line, struct effects *fx)
{
	struct basket *basket = &t->basket;
	struct basket_line *old = same_line(basket, line);
	struct basket_line sum = *line;
	if (old != NULL) {
		sum = *old;
		sum.quantity_milli += line->quantity_milli;
		sum.amount_cents = line_cents(sum.price_cents, sum.quantity_milli);
	}
	int64_t total = basket_total(basket) + line->amount_cents;
	if (!line_fits(&sum) || total > AMOUNT_CENTS_MAX) {
		till_say(t, fx, TONE_ALERT, W_SALE_TOO_MUCH);
		return;
	}
	if (old == NULL && basket->count == EVENT_LINES_MAX) {
		till_say(t, fx, TONE_ALERT, W_SALE_TOO_LARGE);
		return;
	}
	if (basket->count == 0)
		memcpy(basket->id, t->now->random, EVENT_ID_LEN);
	if (old == NULL)
		old = &basket->line[basket->count++];
	*old = sum;
	basket->chosen = (size_t)(old - basket->line);
	enter(t, STATE_SALE);
	basket_changed(t);
	till_say_of(t, fx, TONE_GOOD,
	    line->name[0] != '\0' ? W_READ_PRODUCT : W_READ_PRODUCT_NEW, line_name(line));
}

/* Asks for what the line lacks, else puts it into the sale. */
static void basket_offer(struct till *t, struct basket_line *line, struct effects *fx)
{
	if (line->by_weight && line->quantity_milli == 0) {
		t->asked = *line;
		enter(t, STATE_QUANTITY);
		till_say_of(t, fx, TONE_GOOD, W_READ_PRODUCT, line_name(line));
	} else if (!line->labelled && line->price_cents <= 0) {
		t->asked = *line;
		enter(t, STATE_PRICE);
		till_say_of(t, fx, line->name[0] != '\0' ? TONE_GOOD : TONE_WARN,
		    line->name[0] != '\0' ? W_READ_PRODUCT : W_NOTE_NO_NAME,
		    line_name(line));
	} else {
		if (!line->labelled)
			line->amount_cents =
			    line_cents(line->price_cents, line->quantity_milli);
		basket_put(t, line, fx);
	}
}

void basket_put_asked(struct till *t, struct effects *fx)
{
	struct basket_line line = t->asked;
	t->asked.product[0] = '\0';
	enter(t, t->basket.count > 0 ? STATE_SALE : STATE_IDLE);
	basket_offer(t, &line, fx);
}

static struct basket_line line_of(struct till *t, const char *code)
{
	struct basket_line line = {.price_cents = -1};
	struct product product;
	show_text(line.product, sizeof(line.product), code);
	if (t->config.programme != NULL &&
	    programme_product(t->config.programme, code, &product) == ERR_NONE) {
		show_text(line.name, sizeof(line.name), product.name);
		line.price_cents = product.price_cents;
		line.by_weight = product.by_weight;
	}
	line.quantity_milli = t->times_milli != 0 ? t->times_milli
			      : line.by_weight    ? 0
						  : 1000;
	t->times_milli = 0;
	return line;
}

/* What a GS1 symbol or a scale's label says beyond the item. The label wins over
 * the programme's price; the quantity is worked back from it. */
static void line_label(struct basket_line *line, const struct meaning *meaning)
{
	if (meaning->count > 0 && meaning->count <= LINE_MILLI_MAX / 1000)
		line->quantity_milli = meaning->count * 1000;
	if (meaning->has_grams && meaning->grams > 0 &&
	    meaning->grams <= LINE_MILLI_MAX && line->by_weight) {
		line->quantity_milli = (uint32_t)meaning->grams;
		line->labelled = line->price_cents > 0; /* else the price is asked */
		if (line->labelled)
			line->amount_cents = scale_total_cents(
			    meaning->grams, line->price_cents, SCALE_HALF_UP);
	}
	if (meaning->has_price && meaning->price_cents > 0) {
		int64_t milli =
		    scale_quantity_milli(meaning->price_cents, line->price_cents);
		bool fits = milli > 0 && milli <= LINE_MILLI_MAX;
		if (!meaning->has_grams && line->by_weight)
			line->quantity_milli = fits ? (uint32_t)milli : 1000;
		line->amount_cents = meaning->price_cents;
		line->labelled = true;
	}
}

/* A scale's item may stand in the programme with or without its zeros. */
static const char *item_code(const struct till *t, const char *item)
{
	struct product product;
	const char *bare = item;
	while (bare[0] == '0' && bare[1] != '\0')
		bare++;
	if (programme_product(t->config.programme, item, &product) == ERR_NONE)
		return item;
	return programme_product(t->config.programme, bare, &product) == ERR_NONE ? bare
										  : item;
}

void basket_heard(struct till *t, const struct meaning *meaning, struct effects *fx)
{
	const char *code = meaning->value;
	if (meaning->kind == MEANING_IN_STORE && meaning->item[0] != '\0')
		code = item_code(t, meaning->item);
	struct basket_line line = line_of(t, code);
	line_label(&line, meaning);
	basket_offer(t, &line, fx);
	uint32_t today = day_of(t->now->wall_ms, t->now->utc_offset_min);
	if (meaning->expiry_day == 0 || meaning->expiry_day >= today)
		return;
	char day[VIEW_TEXT_MAX];
	show_day(day, sizeof(day), meaning->expiry_day);
	till_say_of(t, fx, TONE_WARN, W_SALE_EXPIRED_GOODS, day);
}

bool basket_own_code(struct till *t, const char *code, struct effects *fx)
{
	struct product product;
	if (code[0] == '\0' || strlen(code) > PRODUCT_LEN_MAX ||
	    t->config.programme == NULL ||
	    programme_product(t->config.programme, code, &product) != ERR_NONE)
		return false;
	struct basket_line line = line_of(t, code);
	basket_offer(t, &line, fx);
	return true;
}

void basket_remove(struct till *t, struct effects *fx)
{
	struct basket *basket = &t->basket;
	if (basket->chosen >= basket->count)
		return;
	char name[VIEW_TEXT_MAX];
	show_text(name, sizeof(name), line_name(&basket->line[basket->chosen]));
	size_t after = basket->count - basket->chosen - 1;
	memmove(&basket->line[basket->chosen], &basket->line[basket->chosen + 1],
	    after * sizeof(basket->line[0]));
	basket->count--;
	if (basket->chosen >= basket->count && basket->chosen > 0)
		basket->chosen--;
	enter(t, basket->count > 0 ? STATE_SALE : STATE_IDLE);
	basket_changed(t);
	till_say_of(t, fx, TONE_PLAIN, W_SALE_REMOVED, name);
}

void basket_set_quantity(struct till *t, uint32_t milli, struct effects *fx)
{
	struct basket_line *line = &t->basket.line[t->basket.chosen];
	struct basket_line changed = *line;
	changed.quantity_milli = milli;
	changed.amount_cents = line_cents(line->price_cents, milli);
	int64_t total =
	    basket_total(&t->basket) - line->amount_cents + changed.amount_cents;
	if (!line_fits(&changed) || total > AMOUNT_CENTS_MAX) {
		till_say(t, fx, TONE_ALERT, W_ERR_QTY);
		return;
	}
	*line = changed;
	enter(t, STATE_SALE);
	basket_changed(t);
	till_say_of(t, fx, TONE_GOOD, W_READ_PRODUCT, line_name(line));
}
