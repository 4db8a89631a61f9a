/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_PROGRAMME_YAML_H
#define CENTRAL_PROGRAMME_YAML_H

#include <cyaml/cyaml.h>

/*
 * The manager's YAML as libcyaml loads it: the names of the members are the
 * keys of the file. Days, amounts, hours and fractions are still text here;
 * NULL and 0 mean that the key was left out.
 */
struct yaml_consent {
	char *version;
	char *text;
};

struct yaml_receipt {
	char *text;
};

struct yaml_identity {
	int kind; /* enum identity_kind */
	char *prefix;
	uint8_t digits;
};

struct yaml_scale {
	char *layout;
	int kind; /* enum scale_kind */
};

struct yaml_category {
	char *id;
	char *name;
};

struct yaml_segment {
	char *letter;
	char *word;
};

struct yaml_value {
	char *amount;
	uint16_t days;
};

struct yaml_operator {
	char *id;
	char *name;
	struct yaml_value *values;
	uint32_t values_count;
};

struct yaml_clerk {
	char *id;
	char *name;
	char *store;
	int role; /* enum clerk_role */
	char *pin;
	char *pin_hash;
};

struct yaml_product {
	char *code;
	char *name;
	char *category;
	char *price;
	int by_weight;
};

struct yaml_rule {
	char *id;
	char *name;
	int about;  /* enum rule_about */
	int earner; /* enum earner */
	char *product;
	char *category;
	char *operator_name;
	char *store;
	char *segment;
	int member_only;
	char *least;
	int *weekdays; /* 0 Sunday */
	uint32_t weekdays_count;
	char *hours;
	char *from;
	char *to;
	uint64_t points;
	char *points_per_real;
	char *multiplier;
	int rounding; /* enum rounding */
	uint64_t cap;
};

struct programme_yaml {
	char *id;
	char *name;
	char *from;
	char *to;
	char *members;
	char *products_file;
	struct yaml_consent consent;
	struct yaml_receipt receipt;
	struct yaml_scale scale;
	struct yaml_identity *identities;
	struct yaml_category *categories;
	struct yaml_segment *segments;
	struct yaml_operator *operators;
	struct yaml_clerk *clerks;
	struct yaml_product *products;
	struct yaml_rule *rules;
	uint32_t identities_count;
	uint32_t categories_count;
	uint32_t segments_count;
	uint32_t operators_count;
	uint32_t clerks_count;
	uint32_t products_count;
	uint32_t rules_count;
	uint32_t letter_days;
};

extern const cyaml_schema_value_t programme_yaml_schema;

#endif
