/* SPDX-License-Identifier: MIT */
/* Text from outside (a product's name, a clerk's, a message's argument) on a
 * screen of any size: no control character and no broken cell comes through. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "ui/paint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct view view;
static struct grid grid;

static void take(char *out, size_t cap, const uint8_t *data, size_t size)
{
	size_t len = size < cap - 1 ? size : cap - 1;
	memcpy(out, data, len);
	out[len] = '\0';
}

static void make_view(const uint8_t *data, size_t size)
{
	memset(&view, 0, sizeof(view));
	view.screen = (enum view_screen)(data[0] % VIEW_SCREEN_COUNT_);
	view.item_count = view.item_total = data[1] % VIEW_ITEMS_MAX;
	view.has_chosen = data[2] % 2 != 0 && view.item_count > 0;
	view.chosen = view.has_chosen ? data[2] % view.item_count : 0;
	view.has_total = view.has_points = view.member.known = view.member.found = true;
	take(view.store, sizeof(view.store), data, size);
	take(view.member.first_name, sizeof(view.member.first_name), data, size);
	take(view.item[0].name, sizeof(view.item[0].name), data, size);
	take(view.text, sizeof(view.text), data, size);
	take(view.field.text, sizeof(view.field.text), data, size);
	take(view.read.arg[0], sizeof(view.read.arg[0]), data, size);
	take(view.status.clerk, sizeof(view.status.clerk), data, size);
	view.read.word = W_SALE_PRICE_ASK;
	view.field.label = W_FIELD_ANY;
	view.status.training = data[3] % 2 != 0;
}

static void check_cells(void)
{
	for (int i = 0; i < grid.rows * grid.cols; i++) {
		const struct grid_cell *cell = &grid.cell[i];
		assert(cell->ch >= 0x20 && (cell->ch < 0x7F || cell->ch >= 0xA0));
		assert(cell->ch <= 0x10FFFF && char_width(cell->ch) != 0);
		assert(cell->style < STYLE_COUNT_);
		bool covered = i > 0 && grid.cell[i - 1].width == 2;
		assert((cell->width == 0) == covered);
		assert(cell->width != 2 || (i + 1) % grid.cols != 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 8)
		return 0;
	struct paint_options options = {
	    .language = (enum language)(data[4] % LANG_COUNT), .ascii = data[5] % 4 == 0};
	make_view(data, size);
	grid_reset(&grid, data[6] % 64, data[7] % 160);
	paint_view(&view, &options, &grid);
	check_cells();
	return 0;
}
