/* SPDX-License-Identifier: MIT */
#include "central/programme_file.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/banned.h"

#include "central/csv.h"
#include "central/programme_yaml.h"
#include "central/yaml_value.h"
#include "contract/cbor.h"
#include "stretch.h"

enum {
	LETTER_DAYS_DEFAULT = 90,
	LETTER_DAYS_MAX = 3650,
	PIN_LEN_MIN = 6,
	PIN_LEN_MAX = 12,
	PIN_SALT_LEN = 16,
	CENTS_A_REAL = 100,
};

/* Stands for the hash until the whole file is known to be right. */
static const char pin_pending[] = "$argon2id$";

struct loading {
	const struct programme_yaml *yaml;
	const struct yaml_places *places;
	struct programme_file *file;
	const char *path;
	programme_report *report;
	void *self;
	char *table_path; /* of `products_file:`; NULL: none */
	uint32_t
	    *product_row; /* of each sorted product: in the file, or its line there */
	struct faults faults;
	struct faults table_faults;
};

/* --- telling ---------------------------------------------------------------------- */

static void fault_at(struct loading *loading, const char *place, const char *sentence)
{
	struct yaml_fault fault = {0};
	(void)snprintf(fault.place, sizeof fault.place, "%s", place);
	(void)snprintf(fault.sentence, sizeof fault.sentence, "%s", sentence);
	yaml_place_find(loading->places, place, &fault.line, &fault.column);
	faults_add(&loading->faults, &fault);
}

/* Where a value stands: "rules[3].from" of table, row and field; no table for
 * the head of the file. */
struct where {
	const char *table;
	size_t row;
	const char *field;
};

static void fault(struct loading *loading, struct where where, const char *sentence)
{
	char place[YAML_PLACE_LEN_MAX + 1];
	if (where.table == NULL)
		(void)snprintf(place, sizeof place, "%s", where.field);
	else
		(void)snprintf(place, sizeof place, "%s[%zu].%s", where.table, where.row,
		    where.field);
	fault_at(loading, place, sentence);
}

/* programme_check counts products in rising order; the manager in the file's. */
static void checked(void *self, const char *place, const char *sentence)
{
	static const char head[] = "products[";
	struct loading *loading = self;
	char own[YAML_PLACE_LEN_MAX + 1];
	char *end;
	if (strncmp(place, head, sizeof head - 1) != 0) {
		fault_at(loading, place, sentence);
		return;
	}
	unsigned long row = strtoul(place + sizeof head - 1, &end, 10);
	assert(row < loading->file->programme.product_count);
	if (loading->table_path != NULL) {
		struct yaml_fault fault = {.line = loading->product_row[row]};
		(void)snprintf(fault.place, sizeof fault.place, "%s", end + 2); /* "]." */
		(void)snprintf(fault.sentence, sizeof fault.sentence, "%s", sentence);
		faults_add(&loading->table_faults, &fault);
		return;
	}
	(void)snprintf(own, sizeof own, "%s%u%s", head, loading->product_row[row], end);
	fault_at(loading, own, sentence);
}

/* --- single values ------------------------------------------------------------------ */

/* NULL gives the empty text. */
static void take_text(
    struct loading *loading, struct where where, const char *text, char *out, size_t cap)
{
	char sentence[64];
	if (text == NULL || text_copy(out, cap, text) == ERR_NONE)
		return;
	(void)snprintf(sentence, sizeof sentence, "is longer than %zu bytes", cap - 1);
	fault(loading, where, sentence);
}

static void take_cents(
    struct loading *loading, struct where where, const char *text, int64_t *ret)
{
	if (text != NULL && value_cents(text, ret) != ERR_NONE)
		fault(loading, where, "must be an amount in reais, such as '12,99'");
}

static void take_day(
    struct loading *loading, struct where where, const char *text, uint32_t *ret)
{
	enum err err = text != NULL ? value_day(text, ret) : ERR_NONE;
	if (err == ERR_RANGE)
		fault(loading, where, "there is no such day");
	else if (err != ERR_NONE)
		fault(loading, where, "must be a day, such as '2026-11-01'");
}

/* One letter, or nothing. */
static void take_letter(
    struct loading *loading, struct where where, const char *text, char *ret)
{
	if (text == NULL)
		return;
	if (strlen(text) == 1 && text[0] >= 'A' && text[0] <= 'Z')
		*ret = text[0];
	else
		fault(loading, where, "must be one letter from A to Z");
}

/* Of a GTIN of 8, 12 or 13 digits whose check digit holds, the fourteen digits
 * it is stored as; all else as it stands. */
static void gtin_widen(char code[PRODUCT_LEN_MAX + 1])
{
	size_t len = strlen(code);
	if ((len != 8 && len != 12 && len != 13) || strspn(code, "0123456789") != len)
		return;
	unsigned sum = 0;
	for (size_t i = 0; i < len; i++)
		sum += (unsigned)(code[len - 1 - i] - '0') * (i % 2 == 0 ? 1 : 3);
	if (sum % 10 != 0)
		return;
	memmove(code + 14 - len, code, len + 1);
	memset(code, '0', 14 - len);
}

static void take_code(
    struct loading *loading, struct where where, const char *text, char *out)
{
	take_text(loading, where, text, out, PRODUCT_LEN_MAX + 1);
	gtin_widen(out);
}

/* --- tables ------------------------------------------------------------------------- */

static void take_head(struct loading *loading)
{
	const struct programme_yaml *yaml = loading->yaml;
	struct programme *out = &loading->file->programme;
	const struct where id = {NULL, 0, "id"};
	const struct where name = {NULL, 0, "name"};
	const struct where version = {NULL, 0, "consent.version"};
	const struct where consent = {NULL, 0, "consent.text"};
	const struct where receipt = {NULL, 0, "receipt.text"};
	const struct where layout = {NULL, 0, "scale.layout"};
	take_text(loading, id, yaml->id, out->id, sizeof out->id);
	take_text(loading, name, yaml->name, out->name, sizeof out->name);
	take_day(
	    loading, (struct where){NULL, 0, "from"}, yaml->from, &out->valid_from_day);
	take_day(loading, (struct where){NULL, 0, "to"}, yaml->to, &out->valid_to_day);
	take_text(loading, version, yaml->consent.version, out->consent_version,
	    sizeof out->consent_version);
	take_text(loading, consent, yaml->consent.text, out->consent_text,
	    sizeof out->consent_text);
	take_text(loading, receipt, yaml->receipt.text, out->receipt_text,
	    sizeof out->receipt_text);
	take_text(loading, layout, yaml->scale.layout, out->scale.layout,
	    sizeof out->scale.layout);
	out->scale.kind = (enum scale_kind)yaml->scale.kind;
	loading->file->letter_days =
	    yaml->letter_days != 0 ? yaml->letter_days : LETTER_DAYS_DEFAULT;
	if (yaml->letter_days > LETTER_DAYS_MAX)
		fault(loading, (struct where){NULL, 0, "letter_days"},
		    "must be at most 3650");
}

static void take_identities(struct loading *loading)
{
	struct programme *out = &loading->file->programme;
	out->identity_count = loading->yaml->identities_count;
	for (size_t i = 0; i < out->identity_count; i++) {
		const struct yaml_identity *row = &loading->yaml->identities[i];
		struct identity *identity = &out->identity[i];
		identity->kind = (enum identity_kind)row->kind;
		identity->length = row->digits;
		take_text(loading, (struct where){"identities", i, "prefix"}, row->prefix,
		    identity->prefix, sizeof identity->prefix);
	}
}

static void take_categories(struct loading *loading)
{
	struct programme *out = &loading->file->programme;
	out->category_count = loading->yaml->categories_count;
	for (size_t i = 0; i < out->category_count; i++) {
		const struct yaml_category *row = &loading->yaml->categories[i];
		struct category *category = &out->category[i];
		take_text(loading, (struct where){"categories", i, "id"}, row->id,
		    category->id, sizeof category->id);
		take_text(loading, (struct where){"categories", i, "name"}, row->name,
		    category->name, sizeof category->name);
	}
}

static void take_segments(struct loading *loading)
{
	struct programme *out = &loading->file->programme;
	out->segment_count = loading->yaml->segments_count;
	for (size_t i = 0; i < out->segment_count; i++) {
		const struct yaml_segment *row = &loading->yaml->segments[i];
		struct segment_entry *segment = &out->segment[i];
		take_letter(loading, (struct where){"segments", i, "letter"}, row->letter,
		    &segment->letter);
		take_text(loading, (struct where){"segments", i, "word"}, row->word,
		    segment->word, sizeof segment->word);
	}
}

static void take_values(struct loading *loading, size_t i)
{
	const struct yaml_operator *row = &loading->yaml->operators[i];
	struct operator_entry *entry = &loading->file->programme.operator_entry[i];
	entry->value_count = row->values_count;
	for (size_t j = 0; j < entry->value_count; j++) {
		char field[40];
		(void)snprintf(field, sizeof field, "values[%zu].amount", j);
		take_cents(loading, (struct where){"operators", i, field},
		    row->values[j].amount, &entry->value[j].cents);
		entry->value[j].validity_days = row->values[j].days;
	}
}

static void take_operators(struct loading *loading)
{
	struct programme *out = &loading->file->programme;
	out->operator_count = loading->yaml->operators_count;
	for (size_t i = 0; i < out->operator_count; i++) {
		const struct yaml_operator *row = &loading->yaml->operators[i];
		struct operator_entry *entry = &out->operator_entry[i];
		take_text(loading, (struct where){"operators", i, "id"}, row->id,
		    entry->id, sizeof entry->id);
		take_text(loading, (struct where){"operators", i, "name"}, row->name,
		    entry->name, sizeof entry->name);
		take_values(loading, i);
	}
}

static void take_pin(struct loading *loading, size_t i)
{
	const struct yaml_clerk *row = &loading->yaml->clerks[i];
	struct clerk *clerk = &loading->file->programme.clerk[i];
	const struct where where = {"clerks", i, "pin"};
	memcpy(clerk->pin_hash, pin_pending, sizeof pin_pending);
	if ((row->pin == NULL) == (row->pin_hash == NULL)) {
		fault(loading, where, "must be said, or pin_hash, and not both");
	} else if (row->pin != NULL) {
		size_t len = strlen(row->pin);
		if (len < PIN_LEN_MIN || len > PIN_LEN_MAX ||
		    strspn(row->pin, "0123456789") != len)
			fault(loading, where, "must be 6 to 12 digits, in quotes");
	} else {
		take_text(loading, (struct where){"clerks", i, "pin_hash"}, row->pin_hash,
		    clerk->pin_hash, sizeof clerk->pin_hash);
	}
}

static void take_clerks(struct loading *loading)
{
	struct programme *out = &loading->file->programme;
	out->clerk_count = loading->yaml->clerks_count;
	for (size_t i = 0; i < out->clerk_count; i++) {
		const struct yaml_clerk *row = &loading->yaml->clerks[i];
		struct clerk *clerk = &out->clerk[i];
		clerk->role = (enum clerk_role)row->role;
		take_text(loading, (struct where){"clerks", i, "id"}, row->id, clerk->id,
		    sizeof clerk->id);
		take_text(loading, (struct where){"clerks", i, "name"}, row->name,
		    clerk->name, sizeof clerk->name);
		take_text(loading, (struct where){"clerks", i, "store"}, row->store,
		    clerk->store, sizeof clerk->store);
		take_pin(loading, i);
	}
}

/* --- products: any order in the file, rising in the letter ----------------- */

struct numbered {
	struct product product;
	uint32_t row;
};

static int numbered_order(const void *a, const void *b)
{
	const struct numbered *left = a;
	const struct numbered *right = b;
	int order = strcmp(left->product.code, right->product.code);
	return order != 0 ? order : (left->row > right->row) - (left->row < right->row);
}

static void take_product(struct loading *loading, size_t i, struct product *product)
{
	const struct yaml_product *row = &loading->yaml->products[i];
	product->price_cents = -1;
	product->by_weight = row->by_weight != 0;
	take_code(
	    loading, (struct where){"products", i, "code"}, row->code, product->code);
	take_text(loading, (struct where){"products", i, "name"}, row->name,
	    product->name, sizeof product->name);
	take_text(loading, (struct where){"products", i, "category"}, row->category,
	    product->category, sizeof product->category);
	take_cents(loading, (struct where){"products", i, "price"}, row->price,
	    &product->price_cents);
}

struct numbered_list {
	size_t count;
	struct numbered *at;
};

static enum err products_from_yaml(struct loading *loading, struct numbered_list *list)
{
	size_t count = loading->yaml->products_count;
	list->at = calloc(count + 1, sizeof *list->at);
	if (list->at == NULL)
		return ERR_MEMORY;
	for (list->count = 0; list->count < count; list->count++) {
		struct numbered *next = &list->at[list->count];
		next->row = (uint32_t)list->count;
		take_product(loading, list->count, &next->product);
	}
	return ERR_NONE;
}

/* A shop's own system writes its products as a table; nobody types twenty
 * thousand of them. */
enum product_column {
	PRODUCT_CODE,
	PRODUCT_NAME,
	PRODUCT_CATEGORY,
	PRODUCT_PRICE,
	PRODUCT_BY_WEIGHT,
	PRODUCT_COLUMNS
};

static const char *const product_column[PRODUCT_COLUMNS] = {
    "code", "name", "category", "price", "by_weight"};

static void cell_text(struct csv *csv, enum product_column column, char *out, size_t cap)
{
	char sentence[64];
	(void)snprintf(
	    sentence, sizeof sentence, "must be text of at most %zu bytes", cap - 1);
	const char *text = csv->value[column];
	if (!utf8_valid(bytes_of_text(text)) || text_copy(out, cap, text) != ERR_NONE)
		csv_fault(csv, column, sentence);
}

static bool cell_flag(struct csv *csv, enum product_column column)
{
	const char *text = csv->value[column];
	bool yes = strcmp(text, "yes") == 0 || strcmp(text, "true") == 0;
	if (!yes && text[0] != '\0' && strcmp(text, "no") != 0 &&
	    strcmp(text, "false") != 0)
		csv_fault(csv, column, "must be yes or no");
	return yes;
}

static void product_from_row(struct csv *csv, struct product *product)
{
	cell_text(csv, PRODUCT_CODE, product->code, sizeof product->code);
	cell_text(csv, PRODUCT_NAME, product->name, sizeof product->name);
	cell_text(csv, PRODUCT_CATEGORY, product->category, sizeof product->category);
	gtin_widen(product->code);
	product->by_weight = cell_flag(csv, PRODUCT_BY_WEIGHT);
	product->price_cents = -1;
	const char *price = csv->value[PRODUCT_PRICE];
	if (price[0] != '\0' && value_cents(price, &product->price_cents) != ERR_NONE)
		csv_fault(
		    csv, PRODUCT_PRICE, "must be an amount in reais, such as 12,99");
}

static enum err products_from_rows(
    struct loading *loading, struct bytes text, struct numbered_list *list)
{
	struct csv csv;
	list->at = calloc(csv_rows_max(text), sizeof *list->at);
	if (list->at == NULL)
		return ERR_MEMORY;
	csv_open(&csv, text, product_column, PRODUCT_COLUMNS, &loading->table_faults);
	if (!csv_has(&csv, PRODUCT_CODE) || !csv_has(&csv, PRODUCT_NAME))
		csv_fault_row(&csv, "lacks the column code or name");
	while (csv_next(&csv)) {
		if (list->count == PRODUCTS_MAX) {
			csv_fault_row(&csv, "is one product more than 20000");
			break;
		}
		struct numbered *next = &list->at[list->count++];
		next->row = csv.line;
		product_from_row(&csv, &next->product);
	}
	csv_close(&csv);
	return ERR_NONE;
}

/* `name` beside the programme's file, unless it says where it is itself. */
static char *path_beside(const char *path, const char *name)
{
	const char *slash = name[0] == '/' ? NULL : strrchr(path, '/');
	size_t folder = slash != NULL ? (size_t)(slash - path) + 1 : 0;
	size_t len = strlen(name);
	char *out = malloc(folder + len + 1);
	if (out == NULL)
		return NULL;
	memcpy(out, path, folder);
	memcpy(out + folder, name, len + 1);
	return out;
}

static enum err products_from_table(struct loading *loading, struct numbered_list *list)
{
	struct bytes text;
	if (loading->yaml->products_count != 0)
		fault(loading, (struct where){NULL, 0, "products_file"},
		    "stands in place of products, not beside them");
	loading->table_path = path_beside(loading->path, loading->yaml->products_file);
	if (loading->table_path == NULL)
		return ERR_MEMORY;
	enum err err = text_load(loading->table_path, YAML_FILE_BYTES_MAX,
	    loading->report, loading->self, &text);
	if (err != ERR_NONE)
		return err;
	err = products_from_rows(loading, text, list);
	text_release(&text);
	return err;
}

static enum err products_sort(struct loading *loading, struct numbered_list *list)
{
	struct programme_file *file = loading->file;
	file->products = calloc(list->count + 1, sizeof *file->products);
	loading->product_row = calloc(list->count + 1, sizeof *loading->product_row);
	if (file->products == NULL || loading->product_row == NULL)
		return ERR_MEMORY;
	qsort(list->at, list->count, sizeof *list->at, numbered_order);
	for (size_t i = 0; i < list->count; i++) {
		file->products[i] = list->at[i].product;
		loading->product_row[i] = list->at[i].row;
	}
	file->programme.product_count = list->count;
	return ERR_NONE;
}

static enum err take_products(struct loading *loading)
{
	struct numbered_list list = {0};
	enum err err = loading->yaml->products_file != NULL
			   ? products_from_table(loading, &list)
			   : products_from_yaml(loading, &list);
	if (err == ERR_NONE)
		err = products_sort(loading, &list);
	free(list.at);
	return err;
}

/* --- rules -------------------------------------------------------------------------- */

static void take_hours(struct loading *loading, size_t i, struct rule *rule)
{
	const char *text = loading->yaml->rules[i].hours;
	const struct where where = {"rules", i, "hours"};
	enum err err = text != NULL
			   ? value_hours(text, &rule->from_minute, &rule->to_minute)
			   : ERR_NONE;
	if (err == ERR_RANGE)
		fault(loading, where,
		    "start and end alike: leave it out for the whole day");
	else if (err != ERR_NONE)
		fault(loading, where, "must be hours of the day, such as '18:00-22:00'");
}

static void take_rate(struct loading *loading, size_t i, struct rule *rule)
{
	const char *text = loading->yaml->rules[i].points_per_real;
	const struct where where = {"rules", i, "points_per_real"};
	if (text == NULL)
		return;
	if (value_fraction(text, &rule->rate_numerator, &rule->rate_denominator) !=
	    ERR_NONE)
		fault(loading, where, "must be a fraction such as '1/2', or a number");
	else if (rule->rate_numerator > RATE_MAX ||
		 rule->rate_denominator > RATE_MAX / CENTS_A_REAL)
		fault(loading, where, "has too large a number");
	else if (rule->rate_denominator == 0)
		fault(loading, where, "divides by zero");
	rule->rate_denominator *= CENTS_A_REAL;
}

static void take_multiplier(struct loading *loading, size_t i, struct rule *rule)
{
	const char *text = loading->yaml->rules[i].multiplier;
	rule->multiplier = MULTIPLIER_ONE;
	if (text != NULL && value_multiplier(text, &rule->multiplier) != ERR_NONE)
		fault(loading, (struct where){"rules", i, "multiplier"},
		    "must be more than 0, at most 100, with at most four decimals, such "
		    "as "
		    "'1,5'");
}

static void take_points(struct loading *loading, size_t i, struct rule *rule)
{
	const struct yaml_rule *row = &loading->yaml->rules[i];
	static const char sentence[] = "must be at most 1000000000";
	if (row->points > RULE_POINTS_MAX)
		fault(loading, (struct where){"rules", i, "points"}, sentence);
	else
		rule->fixed_points = (int64_t)row->points;
	if (row->cap > RULE_POINTS_MAX)
		fault(loading, (struct where){"rules", i, "cap"}, sentence);
	else
		rule->cap_points = (int64_t)row->cap;
}

static void take_filters(struct loading *loading, size_t i, struct rule *rule)
{
	const struct yaml_rule *row = &loading->yaml->rules[i];
	take_code(
	    loading, (struct where){"rules", i, "product"}, row->product, rule->product);
	take_text(loading, (struct where){"rules", i, "category"}, row->category,
	    rule->category, sizeof rule->category);
	take_text(loading, (struct where){"rules", i, "operator"}, row->operator_name,
	    rule->operator_name, sizeof rule->operator_name);
	take_text(loading, (struct where){"rules", i, "store"}, row->store, rule->store,
	    sizeof rule->store);
	take_letter(
	    loading, (struct where){"rules", i, "segment"}, row->segment, &rule->segment);
	rule->member_only = row->member_only != 0;
	take_cents(
	    loading, (struct where){"rules", i, "least"}, row->least, &rule->least_cents);
	for (size_t j = 0; j < row->weekdays_count; j++)
		rule->weekdays |= (uint8_t)(1U << row->weekdays[j]);
	take_hours(loading, i, rule);
	take_day(loading, (struct where){"rules", i, "from"}, row->from, &rule->from_day);
	take_day(loading, (struct where){"rules", i, "to"}, row->to, &rule->to_day);
}

static void take_rules(struct loading *loading)
{
	struct programme *out = &loading->file->programme;
	out->rule_count = loading->yaml->rules_count;
	for (size_t i = 0; i < out->rule_count; i++) {
		const struct yaml_rule *row = &loading->yaml->rules[i];
		struct rule *rule = &out->rule[i];
		rule->about = (enum rule_about)row->about;
		rule->earner = (enum earner)row->earner;
		rule->rounding = (enum rounding)row->rounding;
		take_text(loading, (struct where){"rules", i, "id"}, row->id, rule->id,
		    sizeof rule->id);
		take_text(loading, (struct where){"rules", i, "name"}, row->name,
		    rule->name, sizeof rule->name);
		take_filters(loading, i, rule);
		take_rate(loading, i, rule);
		take_multiplier(loading, i, rule);
		take_points(loading, i, rule);
	}
}

/* --- what is done once the file is right ----------------------------------- */

static enum err pins_hash(struct loading *loading)
{
	struct programme *out = &loading->file->programme;
	for (size_t i = 0; i < out->clerk_count; i++) {
		const char *pin = loading->yaml->clerks[i].pin;
		uint8_t salt[PIN_SALT_LEN];
		if (pin == NULL)
			continue;
		if (getrandom(salt, sizeof salt, 0) != (ssize_t)sizeof salt)
			return ERR_IO;
		enum err err = pin_hash(pin, bytes_of(salt, sizeof salt),
		    out->clerk[i].pin_hash, sizeof out->clerk[i].pin_hash);
		if (err != ERR_NONE)
			return err;
	}
	return ERR_NONE;
}

static enum err members_find(struct loading *loading)
{
	const char *members = loading->yaml->members;
	if (members == NULL || members[0] == '\0')
		return ERR_NONE;
	loading->file->members_path = path_beside(loading->path, members);
	return loading->file->members_path != NULL ? ERR_NONE : ERR_MEMORY;
}

static enum err convert(struct loading *loading)
{
	take_head(loading);
	take_identities(loading);
	take_categories(loading);
	take_segments(loading);
	take_operators(loading);
	take_clerks(loading);
	take_rules(loading);
	enum err err = take_products(loading);
	if (err != ERR_NONE)
		return err;
	(void)programme_check(
	    &loading->file->programme, loading->file->products, checked, loading);
	bool right = loading->faults.count == 0 && loading->table_faults.count == 0;
	return right ? pins_hash(loading) : ERR_FORMAT;
}

/* PINs in clear do not stay in freed memory. */
static void pins_wipe(const struct programme_yaml *yaml)
{
	for (size_t i = 0; i < yaml->clerks_count; i++) {
		char *pin = yaml->clerks[i].pin;
		if (pin != NULL)
			explicit_bzero(pin, strlen(pin));
	}
}

/* Faults of the file itself are left in `loading`, to be told by line. */
static enum err load_text(struct bytes text, struct loading *loading)
{
	void *data = NULL;
	struct yaml_places places;
	struct yaml_fault first = {0};
	enum err err = yaml_load(text, &programme_yaml_schema, &data, &places, &first);
	if (err == ERR_FORMAT)
		faults_add(&loading->faults, &first);
	if (err != ERR_NONE)
		return err;
	loading->yaml = data;
	loading->places = &places;
	err = convert(loading);
	if (err == ERR_NONE)
		err = members_find(loading);
	pins_wipe(data);
	yaml_data_free(&programme_yaml_schema, &data);
	yaml_places_free(&places);
	return err;
}

static void loading_end(struct loading *loading)
{
	(void)faults_tell(
	    &loading->faults, loading->path, loading->report, loading->self);
	if (loading->table_path != NULL)
		(void)faults_tell(&loading->table_faults, loading->table_path,
		    loading->report, loading->self);
	faults_free(&loading->faults);
	faults_free(&loading->table_faults);
	free(loading->table_path);
	free(loading->product_row);
}

enum err programme_file_load(const char *path, programme_report *report, void *self,
    struct programme_file **ret_file)
{
	struct bytes text;
	struct programme_file *file = calloc(1, sizeof *file);
	struct loading loading = {
	    .file = file, .path = path, .report = report, .self = self};
	if (file == NULL)
		return ERR_MEMORY;
	enum err err = text_load(path, YAML_FILE_BYTES_MAX, report, self, &text);
	if (err == ERR_NONE) {
		err = load_text(text, &loading);
		text_release(&text);
	}
	loading_end(&loading);
	if (err != ERR_NONE) {
		programme_file_free(&file);
		return err;
	}
	*ret_file = file;
	return ERR_NONE;
}

void programme_file_free(struct programme_file **file)
{
	if (*file == NULL)
		return;
	free((*file)->products);
	free((*file)->members_path);
	explicit_bzero(*file, sizeof **file);
	free(*file);
	*file = NULL;
}

enum err programme_file_encode(
    const struct programme_file *file, uint8_t **ret_body, size_t *ret_len)
{
	uint8_t *body = malloc(PROGRAMME_BYTES_MAX);
	if (body == NULL)
		return ERR_MEMORY;
	struct sink out = sink_of(body, PROGRAMME_BYTES_MAX);
	enum err err = programme_encode(&file->programme, file->products, &out);
	if (err != ERR_NONE) {
		free(body);
		return err;
	}
	*ret_body = body;
	*ret_len = out.len;
	return ERR_NONE;
}
