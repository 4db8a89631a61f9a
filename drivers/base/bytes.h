/* SPDX-License-Identifier: MIT */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

/* A borrowed view of bytes: whoever made the bytes keeps them alive. */
struct bytes {
	const uint8_t *at;
	size_t len;
};

/* Reads forward through bytes, never past their end. */
struct cursor {
	const uint8_t *at;
	size_t left;
};

/*
 * Writes forward into a buffer of the caller's. The first write that does not
 * fit sets `over`; from then on nothing is written, so an encoder checks once,
 * at its end.
 */
struct sink {
	uint8_t *buf;
	size_t cap;
	size_t len;
	bool over;
};

struct bytes bytes_of(const void *at, size_t len);
struct bytes bytes_of_text(const char *text); /* without the NUL */
bool bytes_equal(struct bytes a, struct bytes b);
bool bytes_equal_secret(struct bytes a, struct bytes b); /* time does not tell */

struct cursor cursor_of(struct bytes bytes);
/* ERR_FORMAT when fewer than `len` bytes are left; nothing is consumed then. */
MUST_CHECK enum err cursor_take(
    struct cursor *cursor, size_t len, struct bytes *ret_bytes);
MUST_CHECK enum err cursor_u8(struct cursor *cursor, uint8_t *ret_value);
/* Big-endian, `width` 1 to 8. */
MUST_CHECK enum err cursor_be(struct cursor *cursor, size_t width, uint64_t *ret_value);
MUST_CHECK enum err cursor_le(struct cursor *cursor, size_t width, uint64_t *ret_value);

struct sink sink_of(void *buf, size_t cap);
void sink_put(struct sink *sink, struct bytes bytes);
void sink_u8(struct sink *sink, uint8_t value);
void sink_be(struct sink *sink, size_t width, uint64_t value);
struct bytes sink_bytes(const struct sink *sink); /* what was written */

/* Copies `text` with its NUL; ERR_LIMIT when it does not fit, `out` untouched. */
MUST_CHECK enum err text_copy(char *out, size_t cap, const char *text);
/* The same from a view; ERR_FORMAT when the view holds a NUL. */
MUST_CHECK enum err text_from_bytes(char *out, size_t cap, struct bytes bytes);
/* 1 to `len_max` characters of [A-Za-z0-9._-]: terminal, store, clerk names. */
bool text_is_name(const char *text, size_t len_max);

/* Lower-case hexadecimal; `out` holds 2*len+1. */
void hex_encode(char *out, struct bytes bytes);
/* Either case; ERR_FORMAT unless exactly 2*len digits. */
MUST_CHECK enum err hex_decode(uint8_t *out, size_t len, const char *text);
/* Standard alphabet with padding (RFC 4648 4); ERR_LIMIT when `cap` is short. */
MUST_CHECK enum err base64_encode(char *out, size_t cap, struct bytes bytes);
/* White space is skipped; ERR_FORMAT on anything else outside the alphabet. */
MUST_CHECK enum err base64_decode(
    uint8_t *out, size_t cap, const char *text, size_t *ret_len);
/* Whole text, no sign for the unsigned one, no blanks; ERR_FORMAT or ERR_RANGE. */
MUST_CHECK enum err decimal_u64(const char *text, uint64_t max, uint64_t *ret_value);

#endif
