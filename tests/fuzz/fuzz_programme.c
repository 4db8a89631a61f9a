/* SPDX-License-Identifier: MIT */
/* The body of a programme letter: what is taken comes back byte for byte, can be
 * searched, checked, and used for points. */
#include <assert.h>
#include <string.h>

#include "base/banned.h"

#include "contract/points.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct programme programme;
static struct product products[PRODUCTS_MAX];
static uint8_t again[PROGRAMME_BYTES_MAX];

static void hear(void *self, const char *place, const char *sentence)
{
	size_t *heard = self;
	assert(strlen(place) < 200 && strlen(sentence) > 0);
	(*heard)++;
}

static void use(void)
{
	static struct points points;
	struct event event = {.type = EVENT_SALE,
	    .member = MEMBER_CARD,
	    .clerk = "c01",
	    .business_day = 20261122,
	    .segment = 'B',
	    .operator_name = "vivo",
	    .amount_cents = 123456,
	    .line_count = 2,
	    .line = {{"07891000315507", 1000, 1299}, {"CHIP-VIVO", 2000, 122157}}};
	for (int type = EVENT_SALE; type < EVENT_TYPE_COUNT_; type++) {
		event.type = (enum event_type)type;
		if (points_of(&programme, "loja-1", &event, &points) != ERR_NONE)
			continue;
		assert(points.why_count <= programme.rule_count);
		for (size_t i = 0; i < points.why_count; i++)
			assert(points.why[i].points > 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t heard = 0;
	if (programme_decode(bytes_of(data, size), 1, &programme) != ERR_NONE) {
		assert(programme.product_count == 0 && programme.rule_count == 0);
		return 0;
	}
	use();
	for (size_t i = 0; i < programme.product_count; i++)
		if (programme_product_at(&programme, i, &products[i]) != ERR_NONE)
			assert(false);
	for (size_t i = 0; i < programme.product_count; i++) {
		struct product found;
		enum err err = programme_product(&programme, products[i].code, &found);
		assert(err == ERR_NONE);
		assert(strcmp(found.name, products[i].name) == 0);
	}
	size_t faults = programme_check(&programme, products, hear, &heard);
	assert(faults == heard);
	struct sink out = sink_of(again, sizeof again);
	enum err err = programme_encode(&programme, products, &out);
	/* A category listed twice cannot say which of the two a product meant. */
	assert(err == ERR_NONE || faults > 0);
	assert(faults > 0 || bytes_equal(sink_bytes(&out), bytes_of(data, size)));
	return 0;
}
