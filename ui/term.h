/* SPDX-License-Identifier: MIT */
#ifndef UI_TERM_H
#define UI_TERM_H

#include "base/err.h"
#include "ui/input.h"
#include "ui/view.h"

enum term_style_flags {
	TERM_DEFAULT = 0,
	TERM_MONO = 1,  /* NO_COLOR */
	TERM_ASCII = 2, /* no UTF-8: boxes and accents fall back */
};

struct term_options {
	enum language language;
	unsigned flags;
};

/* The port: ncurses, or a text grid for tests. */
struct term {
	void *self;
	/* ERR_UNSUPPORTED: no terminal on stdin/stdout, or one without cursor. */
	enum err (*start)(void *self, const struct term_options *options);
	void (*show)(void *self, const struct view *view);
	/* The next key that is waiting; ERR_NOT_FOUND when none is. A resize is
	 * handled inside and shown again. */
	enum err (*key)(void *self, struct key_press *ret_key);
	int (*fd)(void *self); /* to poll; -1: none */
	void (*beep)(void *self, enum tone tone);
	/* Restores the terminal and overwrites every buffer that held a screen. */
	void (*stop)(void *self);
};

const struct term *term_ncurses(void);

#endif
