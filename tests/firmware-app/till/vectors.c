/* SPDX-License-Identifier: MIT */
/*
 * Runs files of test vectors: `kind TAB input TAB expected ...`, a header line
 * first. Each mismatch is printed; an unknown kind is one. The pure core has
 * neither SHA-1 nor zone data: those two kinds go through the edge.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <psa/crypto.h>

#include "base/banned.h"

#include "contract/points.h"
#include "os/clock.h"
#include "till/code.h"
#include "till/day.h"
#include "till/digits.h"
#include "till/fiscal.h"
#include "till/gs1.h"
#include "till/gtin.h"
#include "till/ids.h"
#include "till/money.h"
#include "till/phone.h"

#include "tests/firmware-app/till/verdict_word.h"

enum {
	FIELD_MAX = 4096,
	PARTS_MAX = 4,
	YEAR_OF_VECTORS = 2026,
};

static struct operator_entry catalogue[OPERATORS_MAX];
static size_t catalogue_count;

/* --- saying what came out ------------------------------------------------- */

struct out {
	char text[FIELD_MAX];
	size_t len;
};

PRINTF_LIKE(2, 3) static void say(struct out *out, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n =
	    vsnprintf(out->text + out->len, sizeof(out->text) - out->len, format, args);
	va_end(args);
	if (n > 0)
		out->len += (size_t)n;
}

static void say_bytes(struct out *out, struct bytes bytes)
{
	say(out, "%.*s", (int)bytes.len, (const char *)bytes.at);
}

static void say_verdict(struct out *out, enum verdict verdict, const char *value)
{
	say(out, "%s", verdict_word(verdict));
	if (verdict == VERDICT_OK && value != NULL)
		say(out, ":%s", value);
}

static void say_day(struct out *out, uint32_t day)
{
	say(out, "%04u-%02u-%02u", day / 10000, day / 100 % 100, day % 100);
}

/* Cuts `text` in place at `separator`, at most `max` pieces; the last keeps the
 * rest. Missing ones are empty. */
static void cut(char *text, char separator, char *ret_parts[], size_t max)
{
	static char empty[1];
	for (size_t i = 0; i < max; i++) {
		ret_parts[i] = text != NULL ? text : empty;
		char *end = text != NULL && i + 1 < max ? strchr(text, separator) : NULL;
		if (end != NULL)
			*end++ = '\0';
		text = end;
	}
}

static int64_t number(const char *text)
{
	return strtoll(text, NULL, 10);
}

/* --- ids, phones ----------------------------------------------------------- */

static void run_cpf(char *input, struct out *out)
{
	char cpf[CPF_LEN + 1];
	say_verdict(out, cpf_parse(bytes_of_text(input), cpf), cpf);
}

static void run_cpf_dv(char *input, struct out *out)
{
	char digits[3];
	cpf_check_digits(input, digits);
	say(out, "%s", digits);
}

static void run_cpf_format(char *input, struct out *out)
{
	char text[CPF_TEXT_LEN + 1];
	cpf_format(input, text);
	say(out, "%s", text);
}

static void run_cpf_mask(char *input, struct out *out)
{
	char text[CPF_TEXT_LEN + 1];
	cpf_mask(input, text);
	say(out, "%s", text);
}

static void run_cnpj(char *input, struct out *out)
{
	char cnpj[CNPJ_LEN + 1];
	say_verdict(out, cnpj_parse(bytes_of_text(input), cnpj), cnpj);
}

static void run_cnpj_dv(char *input, struct out *out)
{
	char digits[3];
	cnpj_check_digits(input, digits);
	say(out, "%s", digits);
}

static void run_cnpj_format(char *input, struct out *out)
{
	char text[CNPJ_TEXT_LEN + 1];
	cnpj_format(input, text);
	say(out, "%s", text);
}

static void run_mobile(char *input, struct out *out)
{
	char e164[MOBILE_LEN + 1];
	say_verdict(out, mobile_parse(bytes_of_text(input), e164), e164);
}

static void run_ddd(char *input, struct out *out)
{
	const char *state = ddd_state((unsigned)number(input));
	say(out, "%s", state != NULL ? state : "none");
}

static void run_mobile_format(char *input, struct out *out)
{
	char text[MOBILE_TEXT_LEN + 1];
	mobile_format(input, text);
	say(out, "%s", text);
}

static void run_mobile_mask(char *input, struct out *out)
{
	char text[MOBILE_TEXT_LEN + 1];
	mobile_mask(input, text);
	say(out, "%s", text);
}

static const struct operator_entry *find_operator(
    const struct operator_entry *operators, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(operators[i].id, id) == 0)
			return &operators[i];
	return NULL;
}

static void run_topup(char *input, struct out *out)
{
	char *part[3];
	char e164[MOBILE_LEN + 1];
	cut(input, ';', part, 3);
	const struct operator_entry *entry =
	    find_operator(catalogue, catalogue_count, part[0]);
	enum verdict verdict = mobile_parse(bytes_of_text(part[1]), e164);
	if (entry == NULL)
		say(out, "bad:operator");
	else if (verdict != VERDICT_OK)
		say(out, "%s", verdict_word(verdict));
	else if (operator_value(entry, number(part[2])) == NULL)
		say(out, "bad:value");
	else
		say(out, "ok:%s|%s|%s", part[0], e164, part[2]);
}

/* --- goods ------------------------------------------------------------------ */

static void run_gtin(char *input, struct out *out)
{
	char gtin[GTIN_LEN + 1];
	say_verdict(out, gtin_parse(bytes_of_text(input), gtin), gtin);
}

static void run_gtin_check(char *input, struct out *out)
{
	say(out, "%u", digits_check_gs1(bytes_of_text(input)));
}

static const char *gtin_class_word(enum gtin_class gtin_class)
{
	static const char *const words[GTIN_CLASS_COUNT_] = {
	    [GTIN_OTHER] = "other",
	    [GTIN_GS1_BRASIL] = "gs1-brasil",
	    [GTIN_RESTRICTED] = "restricted",
	    [GTIN_ISSN] = "issn",
	    [GTIN_ISBN] = "isbn",
	    [GTIN_REFUND_RECEIPT] = "refund-receipt",
	    [GTIN_COUPON] = "coupon",
	};
	assert((unsigned)gtin_class < GTIN_CLASS_COUNT_);
	return words[gtin_class];
}

static void run_gtin_class(char *input, struct out *out)
{
	char gtin[GTIN_LEN + 1];
	enum verdict verdict = gtin_parse(bytes_of_text(input), gtin);
	if (verdict != VERDICT_OK)
		say_verdict(out, verdict, NULL);
	else
		say(out, "%s", gtin_class_word(gtin_class(gtin)));
}

static void run_upce(char *input, struct out *out)
{
	char upca[UPCA_LEN + 1];
	say_verdict(out, upce_expand(bytes_of_text(input), upca), upca);
}

static void run_itf14_unit(char *input, struct out *out)
{
	char unit[EAN13_LEN + 1];
	enum verdict verdict = itf14_unit(bytes_of_text(input), unit);
	if (verdict == VERDICT_NO)
		say(out, "variable");
	else
		say_verdict(out, verdict, unit);
}

static void run_scale(char *input, struct out *out)
{
	static const char *const layouts[][2] = {
	    {"A4", "2CCCCVVVVVVVK"}, {"A5", "20CCCCCVVVVVK"}, {"A6", "2CCCCCCVVVVVK"}};
	char *part[3];
	struct scale scale = {0};
	struct scale_label label;
	cut(input, ';', part, 3);
	for (size_t i = 0; i < COUNT_OF(layouts); i++)
		if (strcmp(part[0], layouts[i][0]) == 0)
			memcpy(scale.layout, layouts[i][1], EAN13_LEN + 1);
	if (!scale_layout_valid(scale.layout)) {
		say(out, "no layout %s", part[0]);
		return;
	}
	enum verdict verdict = scale_parse(&scale, bytes_of_text(part[2]), &label);
	say(out, "%s", verdict_word(verdict));
	if (verdict == VERDICT_OK)
		say(out, ":item=%s;%s=%" PRId64, label.item,
		    strcmp(part[1], "weight") == 0 ? "grams" : "cents", label.value);
}

static void run_scale_total(char *input, struct out *out)
{
	char *part[3];
	cut(input, ';', part, 3);
	enum scale_rounding rounding =
	    strcmp(part[2], "half_up") == 0 ? SCALE_HALF_UP : SCALE_TRUNCATE;
	say(out, "%" PRId64,
	    scale_total_cents(number(part[0]), number(part[1]), rounding));
}

static void say_gs1(struct out *out, enum verdict verdict, const struct gs1 *gs1)
{
	say(out, "%s", verdict_word(verdict));
	if (verdict != VERDICT_OK)
		return;
	say(out, ":");
	for (size_t i = 0; i < gs1->count; i++) {
		say(out, "(%0*u)", gs1->element[i].ai_digits, gs1->element[i].code);
		say_bytes(out, gs1_element_value(gs1, i));
	}
}

static void run_gs1_scan(char *input, struct out *out)
{
	struct gs1 gs1;
	char aim[4] = {0};
	size_t len = strnlen(input, 3);
	memcpy(aim, input, len);
	say_gs1(out, gs1_scan(aim, bytes_of_text(input + len), &gs1), &gs1);
}

static void run_gs1_dl(char *input, struct out *out)
{
	struct gs1 gs1;
	say_gs1(out, gs1_digital_link(bytes_of_text(input), &gs1), &gs1);
}

static void run_gs1_date(char *input, struct out *out)
{
	uint32_t day;
	enum verdict verdict = gs1_date(bytes_of_text(input), YEAR_OF_VECTORS, &day);
	say(out, "%s", verdict_word(verdict));
	if (verdict == VERDICT_OK) {
		say(out, ":");
		say_day(out, day);
	}
}

typedef enum verdict measure(uint16_t code, struct bytes value, int64_t *ret_value);

/* "(3103)012345" */
static void run_measure(char *input, struct out *out, measure *read)
{
	char *part[2];
	cut(input, ')', part, 2);
	uint16_t code = part[0][0] == '(' ? (uint16_t)number(part[0] + 1) : 0;
	int64_t value;
	enum verdict verdict = read(code, bytes_of_text(part[1]), &value);
	say(out, "%s", verdict_word(verdict));
	if (verdict == VERDICT_OK)
		say(out, ":%" PRId64, value);
}

static void run_gs1_grams(char *input, struct out *out)
{
	run_measure(input, out, gs1_grams);
}

static void run_gs1_cents(char *input, struct out *out)
{
	run_measure(input, out, gs1_cents);
}

/* --- papers ------------------------------------------------------------------ */

enum { FISCAL_FIELDS = 9 }; /* of a key; a SAT key has 8 */

/* The parts of a valid key, in order: state, year-month, issuer, model, series,
 * number, emission type, code, check; of SAT: equipment, coupon and random
 * instead of series to code. Returns how many. */
static size_t fiscal_key_fields(const char *key, struct bytes ret_fields[FISCAL_FIELDS])
{
	static const uint8_t lengths[] = {2, 4, 14, 2, 3, 9, 1, 8, 1, 0};
	static const uint8_t sat_lengths[] = {2, 4, 14, 2, 9, 6, 6, 1, 0};
	const uint8_t *length =
	    fiscal_key_model(key) == MODEL_SAT ? sat_lengths : lengths;
	size_t at = 0;
	size_t count = 0;
	for (; length[count] != 0; count++) {
		ret_fields[count] = bytes_of(key + at, length[count]);
		at += length[count];
	}
	assert(at == FISCAL_KEY_LEN);
	return count;
}

static void run_access_key(char *input, struct out *out)
{
	char key[FISCAL_KEY_LEN + 1];
	struct bytes field[FISCAL_FIELDS];
	enum verdict verdict = fiscal_key_parse(bytes_of_text(input), key);
	say(out, "%s", verdict_word(verdict));
	size_t count = verdict == VERDICT_OK ? fiscal_key_fields(key, field) : 0;
	for (size_t i = 0; i < count; i++) {
		say(out, i == 0 ? ":" : "|");
		say_bytes(out, field[i]);
	}
}

static void run_access_key_dv(char *input, struct out *out)
{
	say(out, "%u", fiscal_key_check_digit(bytes_of_text(input)));
}

static void say_field(struct out *out, struct bytes field)
{
	say(out, "|");
	say_bytes(out, field);
}

static void run_nfce_qr(char *input, struct out *out)
{
	struct nfce nfce;
	enum verdict verdict = nfce_parse(bytes_of_text(input), &nfce);
	say(out, "%s", verdict_word(verdict));
	if (verdict != VERDICT_OK)
		return;
	say(out, ":v%u", nfce.version);
	if (nfce.version > 1)
		say(out, "|%s", nfce.offline ? "offline" : "online");
	say(out, "|%s|%u", nfce.key, nfce.environment);
	if (nfce.version == 1) {
		say(out, "|%" PRId64, nfce.total_cents);
		return;
	}
	if (nfce.offline) {
		say_field(out, nfce.day);
		say(out, "|%" PRId64, nfce.total_cents);
	}
	if (nfce.version == 2) {
		if (nfce.offline)
			say_field(out, nfce.digest);
		say_field(out, nfce.csc_id);
		say_field(out, nfce.hash);
	} else if (nfce.offline) {
		say_field(out, nfce.recipient_type);
		say_field(out, nfce.recipient);
		say_field(out, nfce.signature);
	}
}

/* SHA-1 of the fields joined, the secret CSC after them, in upper-case hex. */
static void run_nfce_csc_hash(char *input, struct out *out)
{
	enum { SHA1_LEN = 20 };

	char *part[2];
	char joined[FIELD_MAX];
	uint8_t digest[SHA1_LEN];
	size_t len = 0;
	cut(input, ';', part, 2);
	int n = snprintf(joined, sizeof(joined), "%s%s", part[0], part[1]);
	psa_status_t status = psa_hash_compute(PSA_ALG_SHA_1, (const uint8_t *)joined,
	    (size_t)n, digest, sizeof(digest), &len);
	if (status != PSA_SUCCESS) {
		say(out, "psa error %d", (int)status);
		return;
	}
	for (size_t i = 0; i < len; i++)
		say(out, "%02X", digest[i]);
}

static void run_sat_qr(char *input, struct out *out)
{
	struct sat sat;
	enum verdict verdict = sat_parse(bytes_of_text(input), &sat);
	say(out, "%s", verdict_word(verdict));
	if (verdict != VERDICT_OK)
		return;
	say(out, ":%s", sat.key);
	say_field(out, sat.time);
	say(out, "|%" PRId64, sat.total_cents);
	say_field(out, sat.consumer);
}

static void say_refusal(struct out *out, enum refuse_class refuse)
{
	if (refuse == REFUSE_NONE)
		say(out, "no");
	else
		say(out, "refuse:%s", refuse_word(refuse));
}

static void run_bill(char *input, struct out *out)
{
	say_refusal(out, bill_class(bytes_of_text(input)));
}

static void run_emv_qr(char *input, struct out *out)
{
	say_refusal(out, emv_class(bytes_of_text(input)));
}

static void run_crc16(char *input, struct out *out)
{
	say(out, "%04X", crc16(bytes_of_text(input)));
}

static void run_card(char *input, struct out *out)
{
	const char *brand = NULL;
	enum verdict verdict = card_check(bytes_of_text(input), &brand);
	if (verdict == VERDICT_OK)
		say(out, "refuse:%s", brand);
	else
		say(out, "%s", verdict == VERDICT_NO ? "other" : verdict_word(verdict));
}

static void run_luhn_check(char *input, struct out *out)
{
	say(out, "%u", digits_check_luhn(bytes_of_text(input)));
}

/* --- the classifier ----------------------------------------------------------- */

static const struct identity example[] = {
    {.kind = IDENTITY_EAN13, .prefix = "29"},
    {.kind = IDENTITY_STRIPE, .prefix = "90765555", .length = 16},
    {.kind = IDENTITY_QR, .prefix = "BLC1:"},
    {.kind = IDENTITY_CPF},
    {.kind = IDENTITY_PHONE},
};

static const char *meaning_word(const struct meaning *meaning)
{
	static const char *const words[MEANING_KIND_COUNT_] = {
	    [MEANING_NONE] = "unknown",
	    [MEANING_UNKNOWN] = "unknown",
	    [MEANING_MEMBER] = "member:",
	    [MEANING_CPF] = "cpf:",
	    [MEANING_PHONE] = "phone:",
	    [MEANING_ASK] = "ask:cpf_or_phone",
	    [MEANING_PRODUCT] = "product:",
	    [MEANING_IN_STORE] = "in_store:",
	    [MEANING_COUPON] = "coupon:",
	    [MEANING_FISCAL] = "fiscal:",
	    [MEANING_REFUSE] = "refuse:",
	};
	return words[meaning->kind];
}

static void classify(enum scan_source source, const char *data, struct out *out)
{
	const struct code_config config = {.identity = example,
	    .identity_count = COUNT_OF(example),
	    .today = YEAR_OF_VECTORS * 10000 + 101};
	struct scan scan = {.source = source, .len = strnlen(data, SCAN_LEN_MAX)};
	struct meaning meaning;
	memcpy(scan.data, data, scan.len);
	code_classify(&config, &scan, &meaning);
	const char *word = meaning_word(&meaning);
	say(out, "%s", word);
	if (word[strlen(word) - 1] == ':')
		say(out, "%s",
		    meaning.kind == MEANING_REFUSE ? refuse_word(meaning.refuse)
						   : meaning.value);
}

static void run_msr(char *input, struct out *out)
{
	classify(SCAN_STRIPE, input, out);
}

static void run_classify(char *input, struct out *out)
{
	char *part[2];
	cut(input, '|', part, 2);
	if (strcmp(part[0], "msr") == 0)
		classify(SCAN_STRIPE, part[1], out);
	else if (strcmp(part[0], "key") == 0)
		classify(SCAN_KEYPAD, part[1], out);
	else if (strcmp(part[0], "scan") == 0)
		classify(SCAN_SCANNER, part[1], out);
	else
		say(out, "no source %s", part[0]);
}

/* --- money, points, time -------------------------------------------------------- */

static void say_brl(struct out *out, int64_t cents)
{
	char text[BRL_LEN_MAX + 1];
	brl_format(cents, text);
	say(out, "%s", text);
}

static void run_brl(char *input, struct out *out)
{
	say_brl(out, number(input));
}

static void run_brl_parse(char *input, struct out *out)
{
	int64_t cents;
	enum verdict verdict = brl_parse(bytes_of_text(input), &cents);
	say(out, "%s", verdict_word(verdict));
	if (verdict == VERDICT_OK)
		say(out, ":%" PRId64, cents);
}

static void run_keypad(char *input, struct out *out)
{
	int64_t cents = 0;
	for (const char *key = input; *key != '\0'; key++) {
		if (!keypad_digit(&cents, (uint32_t)*key, 99999999999)) {
			say(out, "bad:format");
			return;
		}
	}
	say_brl(out, cents);
}

struct rate {
	uint64_t numerator;
	uint64_t denominator;
	uint32_t multiplier;
	const char *mode;
};

static struct rate rate_of(const char *fraction, const char *mode)
{
	char *end;
	uint64_t numerator = strtoull(fraction, &end, 10);
	uint64_t denominator = *end == '/' ? strtoull(end + 1, NULL, 10) : 1;
	return (struct rate){numerator, denominator, MULTIPLIER_ONE, mode};
}

/* The programme's rules know floor and half_even. Half up is a floor of the
 * amount and a half: (2 x + d) / 2 d, still by points_round. */
static int64_t points_by(const struct rate *rate, int64_t cents)
{
	int64_t points = INT64_MIN;
	enum err error;
	if (strcmp(rate->mode, "half_up") == 0) {
		int64_t d = (int64_t)rate->denominator * MULTIPLIER_ONE;
		int64_t x = 2 * cents * (int64_t)rate->numerator * rate->multiplier;
		error = points_round(cents < 0 ? x - d : x + d, 1, (uint64_t)(2 * d),
		    MULTIPLIER_ONE, ROUND_FLOOR, &points);
	} else {
		error = points_round(cents, rate->numerator, rate->denominator,
		    rate->multiplier,
		    strcmp(rate->mode, "half_even") == 0 ? ROUND_HALF_EVEN : ROUND_FLOOR,
		    &points);
	}
	return error == ERR_NONE ? points : INT64_MIN;
}

static void run_points(char *input, struct out *out)
{
	char *part[3];
	cut(input, ';', part, 3);
	struct rate rate = rate_of(part[1], part[2]);
	say(out, "%" PRId64, points_by(&rate, number(part[0])));
}

static void run_points_return(char *input, struct out *out)
{
	char *part[4];
	cut(input, ';', part, 4);
	struct rate rate = rate_of(part[2], part[3]);
	int64_t sold = number(part[0]);
	int64_t kept = sold - number(part[1]);
	say(out, "%" PRId64, points_by(&rate, kept) - points_by(&rate, sold));
}

static void run_points_receipt(char *input, struct out *out)
{
	char *part[3];
	cut(input, ';', part, 3);
	struct rate rate = rate_of(part[1], part[2]);
	int64_t total = 0;
	for (char *line = part[0]; line != NULL; line = strchr(line, ',')) {
		if (*line == ',')
			line++;
		total += number(line);
	}
	say(out, "%" PRId64, points_by(&rate, total));
}

static void run_points_campaign(char *input, struct out *out)
{
	char *part[4];
	cut(input, ';', part, 4);
	struct rate rate = rate_of(part[1], part[3]);
	rate.multiplier = (uint32_t)number(part[2]);
	say(out, "%" PRId64, points_by(&rate, number(part[0])));
}

/* "2026-08-16T18:11:00" followed by "Z" or "-03:00". */
static bool read_moment(const char *text, int64_t *ret_wall_ms, int *ret_offset_min)
{
	unsigned year, month, day, hour, minute, second, off_hour = 0, off_minute = 0;
	char sign = 'Z';
	int n = sscanf(text, "%4u-%2u-%2uT%2u:%2u:%2u%c%2u:%2u", &year, &month, &day,
	    &hour, &minute, &second, &sign, &off_hour, &off_minute);
	uint32_t date = n >= 7 ? year * 10000 + month * 100 + day : 0;
	if (!day_valid(date) || (sign != 'Z' && n != 9))
		return false;
	int offset = (int)(off_hour * 60 + off_minute) * (sign == '-' ? -1 : 1);
	int64_t local_s = day_number(date) * 86400 + hour * 3600 + minute * 60 + second;
	*ret_wall_ms = (local_s - offset * 60) * 1000;
	*ret_offset_min = offset;
	return true;
}

static void run_tz(char *input, struct out *out)
{
	char *part[2];
	int64_t wall_ms;
	int offset;
	cut(input, ';', part, 2);
	if (!read_moment(part[0], &wall_ms, &offset) ||
	    clock_offset_min(part[1], wall_ms, &offset) != ERR_NONE) {
		say(out, "no such moment or zone");
		return;
	}
	int64_t local_s = wall_ms / 1000 + (int64_t)offset * 60;
	int64_t of_day = local_s % 86400;
	unsigned away = (unsigned)(offset < 0 ? -offset : offset);
	say_day(out, day_from_number(local_s / 86400));
	say(out, "T%02" PRId64 ":%02" PRId64 ":%02" PRId64 "%c%02u:%02u", of_day / 3600,
	    of_day / 60 % 60, of_day % 60, offset < 0 ? '-' : '+', away / 60, away % 60);
}

static void run_business_day(char *input, struct out *out)
{
	char *part[2];
	int64_t wall_ms;
	int offset;
	unsigned hour, minute;
	cut(input, ';', part, 2);
	if (!read_moment(part[0], &wall_ms, &offset) ||
	    sscanf(part[1], "%2u:%2u", &hour, &minute) != 2) {
		say(out, "no such moment");
		return;
	}
	say_day(out, business_day(wall_ms, offset, hour * 60 + minute));
}

/* --- files ------------------------------------------------------------------------ */

struct kind {
	const char *name;
	void (*run)(char *input, struct out *out);
};

static const struct kind kinds[] = {
    {"access_key", run_access_key},
    {"access_key_dv", run_access_key_dv},
    {"bill", run_bill},
    {"brl", run_brl},
    {"brl_parse", run_brl_parse},
    {"business_day", run_business_day},
    {"card", run_card},
    {"classify", run_classify},
    {"cnpj", run_cnpj},
    {"cnpj_dv", run_cnpj_dv},
    {"cnpj_format", run_cnpj_format},
    {"cpf", run_cpf},
    {"cpf_dv", run_cpf_dv},
    {"cpf_format", run_cpf_format},
    {"cpf_mask", run_cpf_mask},
    {"crc16", run_crc16},
    {"ddd", run_ddd},
    {"emv_qr", run_emv_qr},
    {"gs1_cents", run_gs1_cents},
    {"gs1_date", run_gs1_date},
    {"gs1_dl", run_gs1_dl},
    {"gs1_grams", run_gs1_grams},
    {"gs1_scan", run_gs1_scan},
    {"gtin", run_gtin},
    {"gtin_check", run_gtin_check},
    {"gtin_class", run_gtin_class},
    {"itf14_unit", run_itf14_unit},
    {"keypad", run_keypad},
    {"luhn_check", run_luhn_check},
    {"mobile", run_mobile},
    {"mobile_format", run_mobile_format},
    {"mobile_mask", run_mobile_mask},
    {"msr", run_msr},
    {"nfce_csc_hash", run_nfce_csc_hash},
    {"nfce_qr", run_nfce_qr},
    {"points", run_points},
    {"points_campaign", run_points_campaign},
    {"points_receipt", run_points_receipt},
    {"points_return", run_points_return},
    {"sat_qr", run_sat_qr},
    {"scale", run_scale},
    {"scale_total", run_scale_total},
    {"topup", run_topup},
    {"tz", run_tz},
    {"upce", run_upce},
};

/* \t \r \n \\ as in C, \xHH a byte; \xA0 is the no-break space, in UTF-8. */
static void unescape(char *text)
{
	char *to = text;
	for (const char *from = text; *from != '\0'; from++) {
		if (from[0] != '\\' || from[1] == '\0') {
			*to++ = *from;
			continue;
		}
		from++;
		if (*from == 'x' && hex_digit_value((uint8_t)from[1]) >= 0 &&
		    hex_digit_value((uint8_t)from[2]) >= 0) {
			int byte = hex_digit_value((uint8_t)from[1]) * 16 +
				   hex_digit_value((uint8_t)from[2]);
			if (byte == 0xa0)
				*to++ = (char)0xc2;
			*to++ = (char)byte;
			from += 2;
			continue;
		}
		*to++ = *from == 't'   ? '\t'
			: *from == 'r' ? '\r'
			: *from == 'n' ? '\n'
				       : *from;
	}
	*to = '\0';
}

/* "vivo TAB 1500,2000 ..." */
static void add_operator(char *line)
{
	char *part[3];
	cut(line, '\t', part, 3);
	if (catalogue_count == COUNT_OF(catalogue))
		return;
	struct operator_entry *entry = &catalogue[catalogue_count++];
	*entry = (struct operator_entry){0};
	if (text_copy(entry->id, sizeof(entry->id), part[0]) != ERR_NONE)
		catalogue_count--;
	char *value = part[1];
	while (*value != '\0' && entry->value_count < OPERATOR_VALUES_MAX) {
		entry->value[entry->value_count++].cents = strtoll(value, &value, 10);
		if (*value == ',')
			value++;
	}
}

struct counts {
	unsigned passed;
	unsigned failed;
};

static void run_line(
    const char *path, unsigned line_number, char *line, struct counts *counts)
{
	char *part[PARTS_MAX];
	struct out out = {0};
	cut(line, '\t', part, PARTS_MAX);
	char *shown = strdup(part[1]);
	unescape(part[1]);
	unescape(part[2]);
	say(&out, "%s", "");
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		if (strcmp(kinds[i].name, part[0]) != 0)
			continue;
		kinds[i].run(part[1], &out);
		if (strcmp(out.text, part[2]) == 0)
			counts->passed++;
		else
			counts->failed++;
		if (strcmp(out.text, part[2]) != 0)
			printf("%s:%u: %s: input %s: expected %s, got %s\n", path,
			    line_number, part[0], shown, part[2], out.text);
		free(shown);
		return;
	}
	counts->failed++;
	printf("%s:%u: %s: unknown kind, input %s, expected %s, got nothing\n", path,
	    line_number, part[0], shown, part[2]);
	free(shown);
}

static bool is_header(const char *line, const char *first_column)
{
	size_t len = strlen(first_column);
	return strncmp(line, first_column, len) == 0 && line[len] == '\t';
}

/* A vector file, or the catalogue that the top-up vectors are held against. */
static bool run_file(const char *path, struct counts *counts)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t cap = 0;
	bool is_catalogue = false;
	if (file == NULL)
		return false;
	for (unsigned number = 1; getline(&line, &cap, file) >= 0; number++) {
		line[strcspn(line, "\r\n")] = '\0';
		if (number == 1 && is_header(line, "operator")) {
			is_catalogue = true;
			catalogue_count = 0;
		} else if (is_catalogue) {
			add_operator(line);
		} else if (line[0] != '\0' && !(number == 1 && is_header(line, "kind"))) {
			run_line(path, number, line, counts);
		}
	}
	free(line);
	bool read_whole = ferror(file) == 0;
	return fclose(file) == 0 && read_whole;
}

/* The catalogue lies beside the vectors, or where this project keeps it. */
static void load_catalogue(const char *beside)
{
	static const char name[] = "topup_catalogue.tsv";
	char path[FIELD_MAX] = "";
	struct counts none = {0};
	const char *slash = strrchr(beside, '/');
	size_t folder = slash != NULL ? (size_t)(slash - beside) + 1 : 0;
	if (folder + sizeof(name) > sizeof(path))
		return;
	memcpy(path, beside, folder);
	memcpy(path + folder, name, sizeof(name));
	if (!run_file(path, &none))
		(void)run_file("tests/vectors/topup_catalogue.tsv", &none);
}

int main(int argc, char **argv)
{
	struct counts counts = {0};
	if (argc < 2) {
		fprintf(stderr, "usage: vectors FILE.tsv...\n");
		return 64;
	}
	if (psa_crypto_init() != PSA_SUCCESS)
		return 70;
	for (int i = 1; i < argc; i++) {
		load_catalogue(argv[i]);
		if (!run_file(argv[i], &counts)) {
			fprintf(stderr, "vectors: cannot read %s\n", argv[i]);
			counts.failed++;
		}
	}
	printf("%u passed, %u failed\n", counts.passed, counts.failed);
	return counts.failed == 0 ? 0 : 1;
}
