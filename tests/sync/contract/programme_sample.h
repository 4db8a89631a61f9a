/* SPDX-License-Identifier: MIT */
#ifndef TESTS_PROGRAMME_SAMPLE_H
#define TESTS_PROGRAMME_SAMPLE_H

#include <stdio.h>
#include <string.h>

#include "contract/programme.h"

/* A small programme with something in every table; static, for it is large. */
enum { SAMPLE_PRODUCTS = 5, SAMPLE_BYTES = 64 * 1024 };

static struct product sample_products[SAMPLE_PRODUCTS] = {
    {"00101", "Banana", "fruit", 599, true},
    {"07891000315507", "Coffee", "food", 1299, false},
    {"07894900011517", "Cola", "drink", 999, false},
    {"CHIP-VIVO", "Chip", "chip", 1000, false},
    {"LOOSE", "No category, no price", "", -1, false},
};

static struct rule sample_rule(const char *id, enum rule_about about, enum earner earner)
{
	struct rule rule = {
	    .about = about, .earner = earner, .multiplier = MULTIPLIER_ONE};
	(void)snprintf(rule.id, sizeof rule.id, "%s", id);
	return rule;
}

static void sample_fill(struct programme *out)
{
	memset(out, 0, sizeof *out);
	(void)snprintf(out->id, sizeof out->id, "sample");
	(void)snprintf(out->name, sizeof out->name, "Programa de exemplo");
	(void)snprintf(out->consent_version, sizeof out->consent_version, "1");
	(void)snprintf(out->consent_text, sizeof out->consent_text, "Aceito.\nSim.");
	(void)snprintf(out->receipt_text, sizeof out->receipt_text, "Obrigado.");
	out->identity_count = 5;
	out->identity[0] = (struct identity){IDENTITY_EAN13, "29", 0};
	out->identity[1] = (struct identity){IDENTITY_STRIPE, "90765555", 16};
	out->identity[2] = (struct identity){IDENTITY_QR, "BLC1:", 0};
	out->identity[3] = (struct identity){IDENTITY_CPF, "", 0};
	out->identity[4] = (struct identity){IDENTITY_PHONE, "", 0};
	out->scale = (struct scale){"20CCCCCVVVVVK", SCALE_WEIGHT};
	out->category_count = 4;
	out->category[0] = (struct category){"food", "Mercearia"};
	out->category[1] = (struct category){"drink", "Bebidas"};
	out->category[2] = (struct category){"chip", "Chips"};
	out->category[3] = (struct category){"fruit", "Frutas"};
	out->operator_count = 2;
	out->operator_entry[0] =
	    (struct operator_entry){"vivo", "Vivo", 2, {{1500, 30}, {2000, 30}}};
	out->operator_entry[1] = (struct operator_entry){"tim", "TIM", 1, {{1000, 30}}};
	out->clerk_count = 2;
	out->clerk[0] = (struct clerk){"c01", "Ana", "", ROLE_CLERK, "$argon2id$x"};
	out->clerk[1] =
	    (struct clerk){"s01", "Sandra", "loja-1", ROLE_SUPERVISOR, "$argon2id$y"};
	out->segment_count = 2;
	out->segment[0] = (struct segment_entry){'A', "Especial"};
	out->segment[1] = (struct segment_entry){'B', "Crescendo"};
	out->rule_count = 2;
	out->rule[0] = sample_rule("buy", ABOUT_SALE, EARNER_MEMBER);
	out->rule[0].rate_numerator = 1;
	out->rule[0].rate_denominator = 100;
	out->rule[1] = sample_rule("welcome", ABOUT_ENROLMENT, EARNER_CLERK);
	out->rule[1].fixed_points = 50;
	out->product_count = SAMPLE_PRODUCTS;
}

/* Encodes `from` and decodes it into `to`: what a terminal would hold. */
static inline enum err sample_adopt(
    const struct programme *from, const struct product *products, struct programme *to)
{
	static uint8_t body[SAMPLE_BYTES];
	struct sink out = sink_of(body, sizeof body);
	enum err err = programme_encode(from, products, &out);
	return err == ERR_NONE ? programme_decode(sink_bytes(&out), 7, to) : err;
}

#endif
