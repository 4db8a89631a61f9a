/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#include "os/clock.h"
#include "os/file.h"
#include "os/yaml_file.h"

static const char file_name[] = "terminal.yaml";

enum { CONFIG_BYTES_MAX = 64 * 1024 };

/* As the file has it; NULL or zero where the technician said nothing. */
struct yaml_reader {
	char *port;
	char *vendor;
	char *product;
	int layout;
};

struct yaml_try {
	char *code;
	char *what;
};

struct yaml_config {
	int language;
	char *zone;
	char *store_name;
	char *day_starts;
	bool training;
	unsigned *stick_after_days;
	struct yaml_reader *readers;
	unsigned readers_count;
	struct yaml_try *try_codes;
	unsigned try_codes_count;
};

static const cyaml_strval_t languages[] = {
    {"pt_BR", LANG_PT_BR}, {"en", LANG_EN}, {"es", LANG_ES}};
static const cyaml_strval_t layouts[] = {{"us", LAYOUT_US}, {"abnt2", LAYOUT_ABNT2}};
static const cyaml_strval_t yes_no[] = {
    {"true", true}, {"yes", true}, {"false", false}, {"no", false}};

#define MAY (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)
#define WORD_FLAGS (CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL)

static const cyaml_schema_field_t reader_fields[] = {
    CYAML_FIELD_STRING_PTR("port", MAY, struct yaml_reader, port, 0, READER_PORT_LEN_MAX),
    CYAML_FIELD_STRING_PTR("vendor", MAY, struct yaml_reader, vendor, 0, 6),
    CYAML_FIELD_STRING_PTR("product", MAY, struct yaml_reader, product, 0, 6),
    CYAML_FIELD_ENUM("layout", CYAML_FLAG_STRICT, struct yaml_reader, layout, layouts,
	CYAML_ARRAY_LEN(layouts)),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t reader_row = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_reader, reader_fields)};
static const cyaml_schema_field_t try_fields[] = {
    CYAML_FIELD_STRING_PTR(
	"code", CYAML_FLAG_POINTER, struct yaml_try, code, 1, NAME_LEN_MAX),
    CYAML_FIELD_STRING_PTR(
	"what", CYAML_FLAG_POINTER, struct yaml_try, what, 0, NAME_LEN_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t try_row = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_try, try_fields)};
static const cyaml_schema_field_t config_fields[] = {
    CYAML_FIELD_ENUM("language", WORD_FLAGS, struct yaml_config, language, languages,
	CYAML_ARRAY_LEN(languages)),
    CYAML_FIELD_STRING_PTR("zone", MAY, struct yaml_config, zone, 0, ZONE_LEN_MAX),
    CYAML_FIELD_STRING_PTR(
	"store_name", MAY, struct yaml_config, store_name, 0, NAME_LEN_MAX),
    CYAML_FIELD_STRING_PTR("day_starts", MAY, struct yaml_config, day_starts, 0, 5),
    CYAML_FIELD_ENUM("training", WORD_FLAGS, struct yaml_config, training, yes_no,
	CYAML_ARRAY_LEN(yes_no)),
    CYAML_FIELD_UINT_PTR("stick_after_days", MAY, struct yaml_config, stick_after_days),
    CYAML_FIELD_SEQUENCE(
	"readers", MAY, struct yaml_config, readers, &reader_row, 0, READER_RULES_MAX),
    CYAML_FIELD_SEQUENCE(
	"try_codes", MAY, struct yaml_config, try_codes, &try_row, 0, TRY_CODES_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t config_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct yaml_config, config_fields)};

/* --- meaning -------------------------------------------------------------------- */

static enum err fault_print(
    uint32_t line, uint32_t column, const char *place, const char *sentence)
{
	(void)fprintf(stderr, "%s:%u:%u: %s %s\n", file_name, line, column,
	    place[0] != '\0' ? place : "the file", sentence);
	return ERR_NOT_READY;
}

static enum err meaning_fault(
    const struct yaml_places *places, const char *place, const char *sentence)
{
	uint32_t line = 0;
	uint32_t column = 0;
	yaml_place_find(places, place, &line, &column);
	return fault_print(line, column, place, sentence);
}

/* "03:00" */
static bool minute_parse(const char *text, uint16_t *ret_minute)
{
	if (strlen(text) != 5 || text[2] != ':' || strspn(text, "0123456789") != 2 ||
	    strspn(text + 3, "0123456789") != 2)
		return false;
	int hour = (text[0] - '0') * 10 + text[1] - '0';
	int minute = (text[3] - '0') * 10 + text[4] - '0';
	if (hour > 23 || minute > 59)
		return false;
	*ret_minute = (uint16_t)(hour * 60 + minute);
	return true;
}

/* "05e0", "0x05e0"; absent is any. */
static bool usb_id_parse(const char *text, uint16_t *ret_id)
{
	char *end = NULL;
	if (text == NULL)
		return true;
	unsigned long id = strtoul(text, &end, 16);
	if (text[0] == '\0' || text[0] == '-' || text[0] == '+' || *end != '\0' ||
	    id > UINT16_MAX)
		return false;
	*ret_id = (uint16_t)id;
	return true;
}

static enum err readers_take(const struct yaml_config *yaml,
    const struct yaml_places *places, struct config *config)
{
	static const char expected[] = "is wrong; expected four hexadecimal digits";
	for (unsigned i = 0; i < yaml->readers_count; i++) {
		const struct yaml_reader *from = &yaml->readers[i];
		struct reader_rule *rule = &config->reader[i];
		char place[YAML_PLACE_LEN_MAX];
		(void)snprintf(place, sizeof(place), "readers[%u].vendor", i);
		if (!usb_id_parse(from->vendor, &rule->vendor))
			return meaning_fault(places, place, expected);
		(void)snprintf(place, sizeof(place), "readers[%u].product", i);
		if (!usb_id_parse(from->product, &rule->product))
			return meaning_fault(places, place, expected);
		if (from->port != NULL &&
		    text_copy(rule->port, sizeof(rule->port), from->port) != ERR_NONE)
			return ERR_LIMIT;
		rule->layout = (enum keyboard_layout)from->layout;
	}
	config->reader_count = yaml->readers_count;
	return ERR_NONE;
}

static enum err try_codes_take(const struct yaml_config *yaml, struct config *config)
{
	enum err error = ERR_NONE;
	for (unsigned i = 0; i < yaml->try_codes_count && error == ERR_NONE; i++) {
		struct try_code *to = &config->try_code[i];
		error = text_copy(to->code, sizeof(to->code), yaml->try_codes[i].code);
		if (error == ERR_NONE)
			error = text_copy(
			    to->what, sizeof(to->what), yaml->try_codes[i].what);
	}
	config->try_count = yaml->try_codes_count;
	return error;
}

static enum err zone_take(const struct yaml_config *yaml,
    const struct yaml_places *places, struct config *config)
{
	int offset_min = 0;
	if (yaml->zone == NULL)
		return ERR_NONE;
	if (clock_offset_min(yaml->zone, 0, &offset_min) != ERR_NONE)
		return meaning_fault(places, "zone",
		    "is unknown; expected a tz database name like America/Sao_Paulo");
	return text_copy(config->zone, sizeof(config->zone), yaml->zone);
}

static enum err config_take(const struct yaml_config *yaml,
    const struct yaml_places *places, struct config *config)
{
	enum err error = zone_take(yaml, places, config);
	config->language = (enum language)yaml->language;
	config->training = yaml->training;
	if (error == ERR_NONE && yaml->store_name != NULL)
		error = text_copy(
		    config->store_name, sizeof(config->store_name), yaml->store_name);
	if (error == ERR_NONE && yaml->day_starts != NULL &&
	    !minute_parse(yaml->day_starts, &config->day_starts_minute))
		error = meaning_fault(places, "day_starts",
		    "is wrong; expected a time in quotes like \"03:00\"");
	if (error == ERR_NONE && yaml->stick_after_days != NULL) {
		if (*yaml->stick_after_days < 1 || *yaml->stick_after_days > 365)
			return meaning_fault(
			    places, "stick_after_days", "is wrong; expected 1 to 365");
		config->stick_after_days = (uint16_t)*yaml->stick_after_days;
	}
	if (error == ERR_NONE)
		error = try_codes_take(yaml, config);
	return error == ERR_NONE ? readers_take(yaml, places, config) : error;
}

/* --- loading --------------------------------------------------------------------- */

static struct config config_default(void)
{
	return (struct config){
	    .language = LANG_PT_BR,
	    .zone = "America/Sao_Paulo",
	    .day_starts_minute = 180,
	    .stick_after_days = 3,
	};
}

/* A file of comments alone says nothing, which is fine. */
static bool is_blank(struct bytes text)
{
	bool comment = false;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.at[i];
		if (c == '\n')
			comment = false;
		else if (c == '#')
			comment = true;
		else if (!comment && c != ' ' && c != '\t' && c != '\r')
			return false;
	}
	return true;
}

static enum err config_parse(struct bytes text, struct config *config)
{
	struct yaml_places places = {0};
	struct yaml_fault fault = {0};
	void *data = NULL;
	if (is_blank(text))
		return ERR_NONE;
	enum err error = yaml_load(text, &config_schema, &data, &places, &fault);
	if (error == ERR_FORMAT)
		return fault_print(fault.line, fault.column, fault.place, fault.sentence);
	if (error != ERR_NONE)
		return error;
	error = config_take(data, &places, config);
	yaml_data_free(&config_schema, &data);
	yaml_places_free(&places);
	return error;
}

enum err config_load(int state_fd, struct config *ret_config)
{
	struct config config = config_default();
	size_t len = 0;
	uint8_t *buf = malloc(CONFIG_BYTES_MAX);
	if (buf == NULL)
		return ERR_MEMORY;
	enum err error = file_read(state_fd, file_name, buf, CONFIG_BYTES_MAX, &len);
	if (error == ERR_NONE)
		error = config_parse(bytes_of(buf, len), &config);
	else if (error == ERR_NOT_FOUND)
		error = ERR_NONE;
	else
		(void)fprintf(stderr, "%s cannot be read (%s); check its permissions\n",
		    file_name, err_name(error));
	free(buf);
	if (error == ERR_NONE)
		*ret_config = config;
	return error;
}
