/* SPDX-License-Identifier: MIT */
#include "ui/term_text.h"

#include <string.h>

#include "base/banned.h"

#include "ui/paint.h"

static enum err start(void *self, const struct term_options *options)
{
	struct term_text *text = self;
	text->options = *options;
	grid_reset(&text->grid, text->rows, text->cols);
	return ERR_NONE;
}

static void show(void *self, const struct view *view)
{
	struct term_text *text = self;
	struct paint_options options = {.language = text->options.language,
	    .ascii = (text->options.flags & TERM_ASCII) != 0};
	grid_reset(&text->grid, text->rows, text->cols);
	paint_view(view, &options, &text->grid);
}

static enum err key(void *self, struct key_press *ret_key)
{
	(void)self;
	(void)ret_key;
	return ERR_NOT_FOUND;
}

static int fd(void *self)
{
	(void)self;
	return -1;
}

static void beep(void *self, enum tone tone)
{
	struct term_text *text = self;
	text->beeps++;
	text->last_beep = tone;
}

static void stop(void *self)
{
	struct term_text *text = self;
	explicit_bzero(&text->grid, sizeof text->grid);
}

void term_text_init(struct term_text *text, int rows, int cols)
{
	memset(text, 0, sizeof *text);
	text->port = (struct term){.self = text,
	    .start = start,
	    .show = show,
	    .key = key,
	    .fd = fd,
	    .beep = beep,
	    .stop = stop};
	text->rows = rows;
	text->cols = cols;
	grid_reset(&text->grid, rows, cols);
}

/* Cells up to the last one of a row that is not blank. */
static int row_end(const struct grid_cell *row, int cols)
{
	while (cols > 0 && row[cols - 1].ch == ' ' && row[cols - 1].width == 1)
		cols--;
	return cols;
}

static size_t put(char *out, size_t cap, size_t len, uint32_t ch)
{
	char encoded[4];
	size_t more = utf8_put(encoded, ch);
	if (len + more + 1 > cap)
		return len;
	memcpy(out + len, encoded, more);
	return len + more;
}

size_t grid_text(const struct grid *grid, char *out, size_t cap)
{
	size_t len = 0;
	for (int y = 0; y < grid->rows; y++) {
		const struct grid_cell *row = grid->cell + (size_t)y * (size_t)grid->cols;
		int end = row_end(row, grid->cols);
		for (int x = 0; x < end; x++) {
			if (row[x].width > 0)
				len = put(out, cap, len, row[x].ch);
			if (row[x].mark != 0)
				len = put(out, cap, len, row[x].mark);
		}
		len = put(out, cap, len, '\n');
	}
	if (cap > 0)
		out[len] = '\0';
	return len;
}
