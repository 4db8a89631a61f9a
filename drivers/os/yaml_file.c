/* SPDX-License-Identifier: MIT */
#include "os/yaml_file.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/banned.h"
#include "os/text_buf.h"

/*
 * libcyaml fills the struct and says what is wrong, but its position is that of
 * the last value it took, its list entries count from one, and it does not say
 * what it would have accepted. So the document is walked once with libyaml for
 * the position of every node, and the schema is asked for what it expects.
 */

/* --- the walk: a place for every node ------------------------------------------ */

struct level {
	bool mapping;
	bool key_next;    /* mapping: the next scalar is a key */
	size_t index;     /* sequence: of the next entry */
	size_t place_len; /* of the place of the mapping or sequence itself */
};

struct walk {
	struct yaml_places *places;
	struct yaml_fault *fault;
	size_t depth;
	struct level level[YAML_DEPTH_MAX];
	char place[YAML_PLACE_LEN_MAX + 1];
};

static enum err fault_set(
    struct yaml_fault *fault, yaml_mark_t mark, const char *place, const char *sentence)
{
	fault->line = (uint32_t)mark.line + 1;
	fault->column = (uint32_t)mark.column + 1;
	(void)snprintf(fault->place, sizeof fault->place, "%s", place);
	(void)snprintf(fault->sentence, sizeof fault->sentence, "%s", sentence);
	return ERR_FORMAT;
}

/* Room for one more of `size`, doubling; ERR_MEMORY leaves what there was. */
static enum err grow(void **at, size_t *room, size_t needed, size_t size)
{
	size_t more = *room == 0 ? 256 : *room;
	while (more < needed)
		more *= 2;
	if (more == *room && *at != NULL)
		return ERR_NONE;
	void *grown = realloc(*at, more * size);
	if (grown == NULL)
		return ERR_MEMORY;
	*at = grown;
	*room = more;
	return ERR_NONE;
}

static enum err places_add(
    struct yaml_places *places, const char *place, yaml_mark_t mark)
{
	size_t len = strlen(place) + 1;
	void *at = places->at;
	void *names = places->names;
	enum err err = grow(&at, &places->room, places->count + 1, sizeof *places->at);
	places->at = at;
	if (err == ERR_NONE)
		err = grow(&names, &places->names_room, places->names_len + len, 1);
	places->names = names;
	if (err != ERR_NONE)
		return err;
	memcpy(places->names + places->names_len, place, len);
	places->at[places->count++] = (struct yaml_place){
	    .offset = places->names_len,
	    .line = (uint32_t)mark.line + 1,
	    .column = (uint32_t)mark.column + 1,
	};
	places->names_len += len;
	return ERR_NONE;
}

static int place_order(const void *a, const void *b)
{
	const struct yaml_place *left = a;
	const struct yaml_place *right = b;
	int order = strcmp(left->name, right->name);
	return order != 0 ? order
			  : (left->line > right->line) - (left->line < right->line);
}

/* Once the names stay where they are. */
static void places_sort(struct yaml_places *places)
{
	for (size_t i = 0; i < places->count; i++)
		places->at[i].name = places->names + places->at[i].offset;
	qsort(places->at, places->count, sizeof places->at[0], place_order);
}

/* Writes the place of the node that comes next inside the innermost level. */
static enum err place_enter(struct walk *walk, const char *key, yaml_mark_t mark)
{
	struct level *level = &walk->level[walk->depth - 1];
	size_t room = sizeof walk->place - level->place_len;
	char *end = walk->place + level->place_len;
	int len = level->mapping
		      ? snprintf(end, room, "%s%s", level->place_len > 0 ? "." : "", key)
		      : snprintf(end, room, "[%zu]", level->index++);
	if (len < 0 || (size_t)len >= room) {
		*end = '\0';
		return fault_set(walk->fault, mark, walk->place, "has too long a key");
	}
	return ERR_NONE;
}

static enum err level_open(struct walk *walk, bool mapping, yaml_mark_t mark)
{
	if (walk->depth == YAML_DEPTH_MAX)
		return fault_set(walk->fault, mark, walk->place, "is nested too deeply");
	walk->level[walk->depth++] = (struct level){
	    .mapping = mapping, .key_next = mapping, .place_len = strlen(walk->place)};
	return ERR_NONE;
}

static void level_close(struct walk *walk)
{
	assert(walk->depth > 0);
	walk->depth--;
	walk->place[walk->level[walk->depth].place_len] = '\0';
}

/* A node begins: a value of a mapping (its place is set), or a list entry. */
static enum err node_begin(struct walk *walk, const yaml_event_t *event)
{
	enum err err = ERR_NONE;
	struct level *level = walk->depth > 0 ? &walk->level[walk->depth - 1] : NULL;
	if (level != NULL && level->mapping && level->key_next)
		return fault_set(walk->fault, event->start_mark, walk->place,
		    "has a key that is not a word");
	if (level != NULL && !level->mapping)
		err = place_enter(walk, NULL, event->start_mark);
	if (level != NULL && level->mapping)
		level->key_next = true;
	return err == ERR_NONE ? places_add(walk->places, walk->place, event->start_mark)
			       : err;
}

static enum err scalar_seen(struct walk *walk, const yaml_event_t *event)
{
	struct level *level = walk->depth > 0 ? &walk->level[walk->depth - 1] : NULL;
	if (level == NULL || !level->mapping || !level->key_next)
		return node_begin(walk, event);
	level->key_next = false;
	return place_enter(
	    walk, (const char *)event->data.scalar.value, event->start_mark);
}

static enum err event_seen(struct walk *walk, const yaml_event_t *event)
{
	enum err err;
	switch ((int)event->type) {
	case YAML_SCALAR_EVENT: return scalar_seen(walk, event);
	case YAML_ALIAS_EVENT:
		return fault_set(walk->fault, event->start_mark, walk->place,
		    "is an alias: write the value out");
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		err = node_begin(walk, event);
		if (err == ERR_NONE)
			err = level_open(walk, event->type == YAML_MAPPING_START_EVENT,
			    event->start_mark);
		return err;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT: level_close(walk); return ERR_NONE;
	default: return ERR_NONE;
	}
}

static enum err syntax_fault(const yaml_parser_t *parser, struct yaml_fault *fault)
{
	char sentence[YAML_SENTENCE_LEN_MAX + 1];
	(void)snprintf(sentence, sizeof sentence, "is not YAML: %s%s%s",
	    parser->problem != NULL ? parser->problem : "it cannot be read",
	    parser->context != NULL ? " " : "",
	    parser->context != NULL ? parser->context : "");
	return fault_set(fault, parser->problem_mark, "", sentence);
}

static enum err walk_all(yaml_parser_t *parser, struct walk *walk)
{
	enum err err = ERR_NONE;
	bool done = false;
	while (err == ERR_NONE && !done) {
		yaml_event_t event;
		if (yaml_parser_parse(parser, &event) == 0)
			return syntax_fault(parser, walk->fault);
		err = event_seen(walk, &event);
		done = event.type == YAML_DOCUMENT_END_EVENT ||
		       event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	return err;
}

static enum err find_twice(const struct yaml_places *places, struct yaml_fault *fault)
{
	for (size_t i = 1; i < places->count; i++) {
		const struct yaml_place *place = &places->at[i];
		if (strcmp(place->name, places->at[i - 1].name) != 0)
			continue;
		char sentence[YAML_SENTENCE_LEN_MAX + 1];
		(void)snprintf(sentence, sizeof sentence,
		    "is said twice, first on line %u", places->at[i - 1].line);
		yaml_mark_t mark = {.line = place->line - 1, .column = place->column - 1};
		return fault_set(fault, mark, place->name, sentence);
	}
	return ERR_NONE;
}

static enum err places_load(
    struct bytes text, struct yaml_places *places, struct yaml_fault *fault)
{
	yaml_parser_t parser;
	if (yaml_parser_initialize(&parser) == 0)
		return ERR_MEMORY;
	yaml_parser_set_input_string(&parser, text.at, text.len);
	struct walk walk = {.places = places, .fault = fault};
	enum err err = walk_all(&parser, &walk);
	yaml_parser_delete(&parser);
	if (err != ERR_NONE)
		return err;
	if (places->count == 0)
		return fault_set(fault, (yaml_mark_t){0}, "", "is empty");
	places_sort(places);
	return find_twice(places, fault);
}

void yaml_places_free(struct yaml_places *places)
{
	free(places->at);
	free(places->names);
	*places = (struct yaml_places){0};
}

static const struct yaml_place *place_exact(
    const struct yaml_places *places, const char *place)
{
	size_t low = 0;
	size_t high = places->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(places->at[middle].name, place);
		if (order == 0)
			return &places->at[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* Cuts the last ".key" or "[index]"; false when nothing is left to cut. */
static bool place_leave(char *place)
{
	size_t len = strlen(place);
	if (len == 0)
		return false;
	do
		len--;
	while (len > 0 && place[len] != '.' && place[len] != '[');
	place[len] = '\0';
	return true;
}

void yaml_place_find(const struct yaml_places *places, const char *place,
    uint32_t *ret_line, uint32_t *ret_column)
{
	char outer[YAML_PLACE_LEN_MAX + 1];
	(void)snprintf(outer, sizeof outer, "%s", place);
	const struct yaml_place *found = place_exact(places, outer);
	while (found == NULL && place_leave(outer))
		found = place_exact(places, outer);
	*ret_line = found != NULL ? found->line : 0;
	*ret_column = found != NULL ? found->column : 0;
}

/* --- what libcyaml says ---------------------------------------------------------- */

enum { STEPS_MAX = YAML_DEPTH_MAX, STEP_LEN_MAX = 64 };

/* Its first complaint, and the way there from the inside out. */
struct complaint {
	bool backtrace;
	char text[YAML_SENTENCE_LEN_MAX + 1];
	size_t step_count;
	char step[STEPS_MAX][STEP_LEN_MAX + 1]; /* "key" or "[0]" */
};

static bool after(const char **text, const char *head)
{
	size_t len = strlen(head);
	if (strncmp(*text, head, len) != 0)
		return false;
	*text += len;
	return true;
}

static void step_add(struct complaint *complaint, const char *line)
{
	char *step = complaint->step[complaint->step_count];
	if (complaint->step_count == STEPS_MAX)
		return;
	if (after(&line, "  in mapping field '")) {
		(void)snprintf(step, STEP_LEN_MAX + 1, "%s", line);
		char *quote = strrchr(step, '\'');
		if (quote != NULL)
			*quote = '\0';
	} else if (after(&line, "  in sequence entry '")) {
		unsigned long entry = strtoul(line, NULL, 10);
		(void)snprintf(
		    step, STEP_LEN_MAX + 1, "[%lu]", entry > 0 ? entry - 1 : 0);
	} else {
		return;
	}
	complaint->step_count++;
}

PRINTF_LIKE(3, 0)

static void complain(cyaml_log_t level, void *self, const char *format, va_list arguments)
{
	struct complaint *complaint = self;
	char buf[YAML_SENTENCE_LEN_MAX + 1];
	const char *line = buf;
	if (level < CYAML_LOG_ERROR)
		return;
	(void)vsnprintf(buf, sizeof buf, format, arguments);
	buf[strcspn(buf, "\n")] = '\0';
	(void)after(&line, "Load: ");
	if (strncmp(line, "Backtrace", 9) == 0)
		complaint->backtrace = true;
	else if (complaint->backtrace)
		step_add(complaint, line);
	else if (complaint->text[0] == '\0')
		(void)snprintf(complaint->text, sizeof complaint->text, "%s", line);
}

/* --- what the schema expects ------------------------------------------------------- */

static const cyaml_schema_value_t *schema_step(
    const cyaml_schema_value_t *schema, const char *step)
{
	if (step[0] == '[')
		return schema->type == CYAML_SEQUENCE ? schema->sequence.entry : NULL;
	if (schema->type != CYAML_MAPPING)
		return NULL;
	for (const cyaml_schema_field_t *field = schema->mapping.fields;
	     field->key != NULL; field++)
		if (strcmp(field->key, step) == 0)
			return &field->value;
	return NULL;
}

static void expect_words(struct text_buf *out, const cyaml_schema_value_t *schema)
{
	uint32_t count = schema->enumeration.count;
	for (uint32_t i = 0; i < count; i++)
		text_buf_add(out, "%s%s",
		    i == 0           ? ""
		    : i + 1 == count ? " or "
				     : ", ",
		    schema->enumeration.strings[i].str);
}

static void expect_keys(struct text_buf *out, const cyaml_schema_value_t *schema)
{
	text_buf_add(out, "one of the keys ");
	const cyaml_schema_field_t *field = schema->mapping.fields;
	for (size_t i = 0; field[i].key != NULL; i++)
		text_buf_add(out, "%s%s", i == 0 ? "" : ", ", field[i].key);
}

static void expect(struct text_buf *out, const cyaml_schema_value_t *schema)
{
	switch ((int)schema->type) {
	case CYAML_UINT: text_buf_add(out, "a whole number"); break;
	case CYAML_ENUM: expect_words(out, schema); break;
	case CYAML_STRING: text_buf_add(out, "a single value"); break;
	case CYAML_MAPPING: expect_keys(out, schema); break;
	case CYAML_SEQUENCE:
		text_buf_add(out, "a list of at most %u", schema->sequence.max);
		break;
	default: text_buf_add(out, "something else"); break;
	}
}

/* The place and the schema where libcyaml stopped. */
static const cyaml_schema_value_t *complaint_place(const struct complaint *complaint,
    const cyaml_schema_value_t *schema, struct text_buf *place)
{
	for (size_t i = complaint->step_count; i > 0; i--) {
		const char *step = complaint->step[i - 1];
		const cyaml_schema_value_t *inner = schema_step(schema, step);
		if (inner == NULL)
			break;
		schema = inner;
		text_buf_add(
		    place, "%s%s", place->len > 0 && step[0] != '[' ? "." : "", step);
	}
	return schema;
}

static enum err complaint_to_fault(const struct complaint *complaint,
    const cyaml_schema_value_t *schema, const struct yaml_places *places,
    struct yaml_fault *fault)
{
	*fault = (struct yaml_fault){0};
	struct text_buf place = {fault->place, sizeof fault->place, 0};
	struct text_buf sentence = {fault->sentence, sizeof fault->sentence, 0};
	const cyaml_schema_value_t *inner = complaint_place(complaint, schema, &place);
	const char *text = complaint->text;
	if (after(&text, "Unexpected key: ")) {
		text_buf_add(&place, "%s%s", place.len > 0 ? "." : "", text);
		text_buf_add(&sentence, "is unknown; expected ");
		expect(&sentence, inner);
	} else if (after(&text, "Missing required mapping field: ")) {
		/* libcyaml is still at the last field of the mapping that lacks one. */
		if (schema_step(inner, text) == NULL)
			(void)place_leave(fault->place);
		text_buf_add(&sentence, "lacks the key %s", text);
	} else {
		text_buf_add(&sentence, "expected ");
		expect(&sentence, inner);
		const char *value = strstr(text, " value: ");
		if (value != NULL)
			text_buf_add(&sentence, ", not %s", value + strlen(" value: "));
	}
	yaml_place_find(places, fault->place, &fault->line, &fault->column);
	return ERR_FORMAT;
}

/* --- loading -------------------------------------------------------------------------
 */

static cyaml_config_t config_for(struct complaint *complaint)
{
	return (cyaml_config_t){
	    .log_fn = complaint != NULL ? complain : NULL,
	    .log_ctx = complaint,
	    .mem_fn = cyaml_mem,
	    .log_level = CYAML_LOG_ERROR,
	    .flags = CYAML_CFG_NO_ALIAS,
	};
}

static enum err data_load(struct bytes text, const cyaml_schema_value_t *schema,
    const struct yaml_places *places, void **ret_data, struct yaml_fault *fault)
{
	struct complaint complaint = {0};
	cyaml_config_t config = config_for(&complaint);
	void *data = NULL;
	cyaml_err_t result =
	    cyaml_load_data(text.at, text.len, &config, schema, &data, NULL);
	if (result == CYAML_ERR_OOM)
		return ERR_MEMORY;
	if (result != CYAML_OK) {
		if (complaint.text[0] == '\0')
			(void)snprintf(complaint.text, sizeof complaint.text, "%s",
			    cyaml_strerror(result));
		return complaint_to_fault(&complaint, schema, places, fault);
	}
	assert(data != NULL);
	*ret_data = data;
	return ERR_NONE;
}

enum err yaml_load(struct bytes text, const cyaml_schema_value_t *schema, void **ret_data,
    struct yaml_places *ret_places, struct yaml_fault *ret_fault)
{
	struct yaml_places places = {0};
	enum err err = places_load(text, &places, ret_fault);
	if (err == ERR_NONE)
		err = data_load(text, schema, &places, ret_data, ret_fault);
	if (err != ERR_NONE) {
		yaml_places_free(&places);
		return err;
	}
	*ret_places = places;
	return ERR_NONE;
}

void yaml_data_free(const cyaml_schema_value_t *schema, void **data)
{
	cyaml_config_t config = config_for(NULL);
	(void)cyaml_free(&config, schema, *data, 0);
	*data = NULL;
}
