/* SPDX-License-Identifier: MIT */
#ifndef CONTRACT_CHECK_H
#define CONTRACT_CHECK_H

#include "contract/programme.h"

enum { CHECK_PLACE_LEN_MAX = 64 };

/*
 * What is well formed and still makes no sense. One function a section of the
 * file; each looks at everything and reports all it finds. For
 * programme_check.c and check_rules.c only.
 */
struct check {
	const struct programme *programme;
	const struct product *products;
	programme_report *report;
	void *self;
	size_t faults;
};

/* Pieces of a place. */
void check_put(struct sink *out, const char *text);
void check_put_number(struct sink *out, size_t number);
/* `%` in `sentence` stands for `name` in quotes. */
void check_fault_at(
    struct check *check, const char *place, const char *sentence, const char *name);
void check_fault_named(struct check *check, const char *table, size_t i,
    const char *field, const char *sentence, const char *name);
void check_fault(struct check *check, const char *table, size_t i, const char *field,
    const char *sentence);
bool check_digits(const char *text);
bool check_starts_with(const char *text, const char *prefix);
/* One begins with the other: some text begins with both. */
bool check_heads_meet(const char *a, const char *b);
/* What a screen or a printer would take as a command. */
bool check_has_control(const char *text, bool lines_allowed);
/* GS1 General Specifications 7.9.1 over fourteen digits. */
bool check_gtin14(const char *digits);
bool check_knows_category(const struct programme *programme, const char *id);
bool check_knows_product(const struct check *check, const char *code);

void check_rules(struct check *check);

#endif
