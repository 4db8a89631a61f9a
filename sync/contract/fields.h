/* SPDX-License-Identifier: MIT */
#ifndef CONTRACT_FIELDS_H
#define CONTRACT_FIELDS_H

#include "contract/cbor.h"

/*
 * The maps of the contract: small integer keys in rising order, one meaning
 * each. A zero number, an empty text and an empty string are written by leaving
 * the pair out, so that a value has one encoding; the reader refuses the other.
 */

/* A map says its size first: the same code runs twice, counting, then writing. */
struct fields_out {
	struct sink *out; /* NULL: counting */
	size_t count;
};

/* Counts a pair that is present; true when its value is to be written now. */
bool fields_put(struct fields_out *fields, int key, bool present);
void fields_put_uint(struct fields_out *fields, int key, uint64_t value);
void fields_put_int(struct fields_out *fields, int key, int64_t value);
void fields_put_text(struct fields_out *fields, int key, const char *value);
void fields_put_bytes(struct fields_out *fields, int key, struct bytes value);
/* Left out when all its bytes are zero. */
void fields_put_hash(struct fields_out *fields, int key, const uint8_t hash[HASH_LEN]);

/* The first failure stays; what is taken after it is zero. */
struct fields_in {
	struct cursor in;
	struct cbor_map map;
	enum err err;
};

void fields_open(struct fields_in *fields, struct bytes bytes, size_t pairs_max);
/* True when `key` is there: the caller then reads its value from `in`. */
bool fields_find(struct fields_in *fields, int key);
void fields_refuse_if(struct fields_in *fields, bool wrong);
uint64_t fields_uint(struct fields_in *fields, int key, uint64_t max);
int64_t fields_int(struct fields_in *fields, int key);
void fields_text(struct fields_in *fields, int key, char *out, size_t cap);
void fields_hash(struct fields_in *fields, int key, uint8_t hash[HASH_LEN]);
/* True when it was there. */
bool fields_fixed(struct fields_in *fields, int key, uint8_t *out, size_t len);
/* These must be there, and may be zero. */
int64_t fields_must_int(struct fields_in *fields, int key);
void fields_must_fixed(struct fields_in *fields, int key, uint8_t *out, size_t len);
struct bytes fields_must_bytes(struct fields_in *fields, int key);
/* The map was read whole and fills the bytes. */
MUST_CHECK enum err fields_close(struct fields_in *fields);

#endif
