/* SPDX-License-Identifier: MIT */
#ifndef USB_TRACK_H
#define USB_TRACK_H

#include "base/bytes.h"

/*
 * True when `text` is one track as ISO/IEC 7811 writes it: its start sentinel
 * ('%' for track 1, ';' for 2, ';' or '+' for 3), characters of its set, one end
 * sentinel '?' at the end, and no longer than the standard allows with the LRC
 * that readers leave out (79, 40, 107).
 */
bool track_valid(struct bytes text, unsigned track);

#endif
