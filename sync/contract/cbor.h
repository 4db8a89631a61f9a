/* SPDX-License-Identifier: MIT */
#ifndef CONTRACT_CBOR_H
#define CONTRACT_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/limits.h"

/*
 * Deterministic CBOR (RFC 8949 4.2.1): shortest heads, definite lengths, map
 * keys in bytewise order, no floats. The writer cannot make anything else if
 * keys are written in order; the reader refuses anything else. Nothing is
 * allocated; text and byte strings are views into the input.
 */

/* Writers: append one item, or the head of one. A sink that is full stays so. */
void cbor_put_uint(struct sink *out, uint64_t value);
void cbor_put_int(struct sink *out, int64_t value);
void cbor_put_bytes(struct sink *out, struct bytes value);
void cbor_put_bytes_head(struct sink *out, size_t len);  /* the bytes follow */
void cbor_put_text(struct sink *out, const char *value); /* must be UTF-8 */
void cbor_put_bool(struct sink *out, bool value);
void cbor_put_null(struct sink *out);
void cbor_put_array(struct sink *out, size_t count);
void cbor_put_map(struct sink *out, size_t pairs);
void cbor_put_tag(struct sink *out, uint64_t tag);

/* Readers: consume one item (or head) of the type asked for; ERR_FORMAT on
 * another type or on any encoding that is not deterministic. A count is never
 * believed beyond the bytes left (one byte an item at the least). */
MUST_CHECK enum err cbor_get_uint(struct cursor *in, uint64_t max, uint64_t *ret_value);
MUST_CHECK enum err cbor_get_int(struct cursor *in, int64_t *ret_value);
MUST_CHECK enum err cbor_get_bytes(struct cursor *in, struct bytes *ret_value);
MUST_CHECK enum err cbor_get_text(struct cursor *in, struct bytes *ret_value);
/* Text of at most cap-1 bytes without a NUL inside, as a C string. */
MUST_CHECK enum err cbor_get_text_copy(struct cursor *in, char *out, size_t cap);
/* A byte string of exactly `len` bytes. */
MUST_CHECK enum err cbor_get_fixed(struct cursor *in, uint8_t *out, size_t len);
MUST_CHECK enum err cbor_get_bool(struct cursor *in, bool *ret_value);
MUST_CHECK enum err cbor_get_array(struct cursor *in, size_t max, size_t *ret_count);
MUST_CHECK enum err cbor_get_map(struct cursor *in, size_t max, size_t *ret_pairs);
MUST_CHECK enum err cbor_get_tag(struct cursor *in, uint64_t expected);
/* True and consumed when the next item is null; false and untouched otherwise. */
bool cbor_get_null(struct cursor *in);
/* Consumes one whole item of any type, checked as above, nested at most
 * CBOR_DEPTH_MAX; `ret_item` (may be NULL) gets its bytes. */
MUST_CHECK enum err cbor_skip(struct cursor *in, struct bytes *ret_item);

/*
 * Walks a map with integer keys in rising order:
 *     struct cbor_map map;
 *     err = cbor_map_open(&map, in, MAX);
 *     if (cbor_map_find(&map, KEY)) err = cbor_get_...(in, ...)
 * `cbor_map_find` steps to KEY and is true when it is there. A key that stands
 * before it and was not asked for, a repeated or falling key, or a bad head
 * sets `error` for good: the contract has no unknown keys within a version.
 * cbor_map_close says ERR_FORMAT when anything is left or went wrong.
 */
struct cbor_map {
	struct cursor *in;
	size_t left;
	int64_t key;  /* the last one read */
	bool pending; /* `key` was read, its value was not asked for yet */
	bool first;
	enum err error;
};

MUST_CHECK enum err cbor_map_open(struct cbor_map *map, struct cursor *in, size_t max);
bool cbor_map_find(struct cbor_map *map, int64_t key);
MUST_CHECK enum err cbor_map_close(struct cbor_map *map);

/* Strict UTF-8 (RFC 3629): no surrogates, no overlong forms. */
bool utf8_valid(struct bytes text);

#endif
