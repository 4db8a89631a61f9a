/* SPDX-License-Identifier: MIT */
#ifndef OS_YAML_FILE_H
#define OS_YAML_FILE_H

#include <cyaml/cyaml.h>

#include "base/bytes.h"

/*
 * A file that a person wrote: loaded by libcyaml into a struct, with every
 * fault told by line and column. Places are written as "rules[3].from".
 */
enum {
	YAML_FILE_BYTES_MAX = 16 * 1024 * 1024,
	YAML_DEPTH_MAX = 12,
	YAML_PLACE_LEN_MAX = 160,
	YAML_SENTENCE_LEN_MAX = 320,
};

/* Where each node of a document stands, sorted by its place. */
struct yaml_place {
	size_t offset; /* of its name among the names */
	const char *name;
	uint32_t line; /* from 1 */
	uint32_t column;
};

struct yaml_places {
	size_t count;
	size_t room;
	struct yaml_place *at;
	char *names; /* one after the other, each with its NUL */
	size_t names_len;
	size_t names_room;
};

struct yaml_fault {
	uint32_t line; /* 0: of the file as a whole */
	uint32_t column;
	char place[YAML_PLACE_LEN_MAX + 1];
	char sentence[YAML_SENTENCE_LEN_MAX + 1]; /* with what was expected */
};

/*
 * Loads `text` by `schema`. ERR_FORMAT: `ret_fault` says the first fault of
 * form, others are zero; ERR_MEMORY. On success the caller releases
 * `ret_data` with yaml_data_free and `ret_places` with yaml_places_free.
 * Aliases are refused: they can make a small file endless.
 */
MUST_CHECK enum err yaml_load(struct bytes text, const cyaml_schema_value_t *schema,
    void **ret_data, struct yaml_places *ret_places, struct yaml_fault *ret_fault);
void yaml_data_free(const cyaml_schema_value_t *schema, void **data);
void yaml_places_free(struct yaml_places *places);

/* The node at `place`, or the innermost one around it that is there. */
void yaml_place_find(const struct yaml_places *places, const char *place,
    uint32_t *ret_line, uint32_t *ret_column);

#endif
