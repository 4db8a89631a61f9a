/* SPDX-License-Identifier: MIT */
#ifndef APP_TAPE_H
#define APP_TAPE_H

#include <stdbool.h>

#include "drivers/scan.h"
#include "os/loop.h"
#include "ui/input.h"

/*
 * A recording of a counter, played back: JSON lines, each with its time and one
 * thing that happened.
 *     {"at_ms":0,"scan":{"source":"scanner"|"stripe"|"contactless",
 *                        "aim":"]E0","data":"...","fault":"misread"}}
 *     {"at_ms":40,"key":"F2"}      F1..F10, Enter, Esc, Backspace, Up, Down, Left,
 *                                  Right, PageUp, PageDown, Delete, Tab, or a character
 *     {"at_ms":80,"text":"1234"}   characters one after the other
 * `aim`, `data` and `fault` ("misread", "blank", "too_long", "encrypted") may be
 * left out. Times count from the start and never fall. While the counter is busy
 * with something slow the tape stands still, as a person would wait; its clock
 * does too.
 */
struct tape;

struct tape_sink {
	void *self;
	void (*scan)(void *self, struct scan *scan); /* to be wiped by the callee */
	void (*key)(void *self, struct key_press press);
	bool (*busy)(void *self);
	void (*ended)(void *self); /* after the last line; may close the tape */
};

/* The whole tape is read once beforehand: a fault is told on stderr with its line
 * (ERR_FORMAT), and nothing is played. `sink` is copied. */
MUST_CHECK enum err tape_open(struct loop *loop, const char *path,
    const struct tape_sink *sink, struct tape **ret_tape);
void tape_close(struct tape **tape);

#endif
