/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "till/digits.h"
#include "till/fiscal.h"
#include "till/pay.h"

#include "tests/firmware-app/till/verdict_word.h"

static uint32_t seed = 44;

static unsigned below(unsigned limit)
{
	seed = seed * 1664525U + 1013904223U;
	return (unsigned)(((uint64_t)seed * limit) >> 32);
}

static char other_digit(char digit)
{
	return (char)('0' + ((unsigned)(digit - '0') + 1 + below(9)) % 10);
}

static void random_digits(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		text[i] = (char)('0' + below(10));
	text[len] = '\0';
}

/* FEBRABAN's two moduli, as the manual words them: multiply from the right, for
 * mod 10 add the digits of each product. */
static unsigned by_mod_10(const char *text, size_t len)
{
	unsigned sum = 0;
	unsigned times = 2;
	for (size_t i = len; i > 0; i--, times = 3 - times) {
		unsigned product = (unsigned)(text[i - 1] - '0') * times;
		sum += product / 10 + product % 10;
	}
	return sum % 10 == 0 ? 0 : 10 - sum % 10;
}

static unsigned by_mod_11(const char *text, size_t len)
{
	unsigned sum = 0;
	for (size_t i = 0; i < len; i++)
		sum += (unsigned)(text[len - 1 - i] - '0') * (unsigned)(2 + i % 8);
	return 11 - sum % 11;
}

/* 3 bank, 9, check, 4 factor, 10 value, 25 free. */
static void random_bank_slip(char slip[45])
{
	char rest[44];
	random_digits(rest, 43);
	rest[0] = (char)('0' + below(8)); /* 8 begins collection slips */
	rest[3] = '9';
	unsigned check = by_mod_11(rest, 43);
	(void)snprintf(slip, 45, "%.4s%u%s", rest, check > 9 ? 1 : check, rest + 4);
}

static void a_bank_slip_in_both_forms(void **state)
{
	(void)state;
	for (int n = 0; n < 3000; n++) {
		char slip[45];
		char line[120];
		char first[11];
		random_bank_slip(slip);
		assert_int_equal(bill_class(bytes_of_text(slip)), REFUSE_BOLETO);
		(void)snprintf(first, sizeof(first), "%.4s%.5s", slip, slip + 19);
		(void)snprintf(line, sizeof(line),
		    "%.5s.%.4s%u %.5s.%.5s%u %.5s.%.5s%u %c %.14s", first, first + 5,
		    by_mod_10(first, 9), slip + 24, slip + 29, by_mod_10(slip + 24, 10),
		    slip + 34, slip + 39, by_mod_10(slip + 34, 10), slip[4], slip + 5);
		assert_int_equal(bill_class(bytes_of_text(line)), REFUSE_BOLETO);
		size_t at = below(30); /* inside the three fields: never missed */
		if (line[at] < '0' || line[at] > '9')
			continue;
		line[at] = other_digit(line[at]);
		assert_int_equal(bill_class(bytes_of_text(line)), REFUSE_NONE);
	}
}

static void a_collection_slip_in_both_forms(void **state)
{
	(void)state;
	for (int n = 0; n < 3000; n++) {
		char rest[44];
		char slip[45];
		char line[120] = "";
		random_digits(rest, 43);
		rest[0] = '8';
		rest[1] = (char)('1' + below(9));
		rest[2] = (char)('6' + n % 4);
		bool mod_10 = rest[2] <= '7';
		unsigned check = mod_10 ? by_mod_10(rest, 43) : by_mod_11(rest, 43);
		(void)snprintf(slip, sizeof(slip), "%.3s%u%s", rest,
		    check > 9 ? 0 : check % 10, rest + 3);
		assert_int_equal(bill_class(bytes_of_text(slip)), REFUSE_ARRECADACAO);
		for (int block = 0; block < 4; block++) {
			const char *eleven = slip + block * 11;
			check = mod_10 ? by_mod_10(eleven, 11) : by_mod_11(eleven, 11);
			(void)snprintf(line + strlen(line), 15, "%.11s-%u ", eleven,
			    check > 9 ? 0 : check % 10);
		}
		assert_int_equal(bill_class(bytes_of_text(line)), REFUSE_ARRECADACAO);
		line[12] = other_digit(line[12]); /* the first block's check */
		assert_int_equal(bill_class(bytes_of_text(line)), REFUSE_NONE);
	}
}

/* --- EMV -------------------------------------------------------------------- */

struct emv_case {
	const char *body; /* up to and with 6304; the CRC follows */
	enum refuse_class class;
};

static void emv_codes(void **state)
{
	(void)state;
	static const struct emv_case cases[] = {
	    {"00020126180014br.gov.bcb.pix6304", REFUSE_PIX},
	    {"00020126180014BR.GOV.BCB.PIX6304", REFUSE_PIX},
	    {"00020126180014Br.Gov.Bcb.Pix6304", REFUSE_PIX},
	    {"00020151180014br.gov.bcb.pix6304", REFUSE_PIX},
	    {"00020180180014br.gov.bcb.pix6304", REFUSE_PIX},
	    {"00020152180014br.gov.bcb.pix6304", REFUSE_EMV}, /* no account template */
	    {"00020126180114br.gov.bcb.pix6304", REFUSE_EMV}, /* not its sub-field 00 */
	    {"00020126190015br.gov.bcb.pix26304", REFUSE_EMV},
	    {"0002016304", REFUSE_EMV},
	    {"000201263300", REFUSE_EMV_DAMAGED},
	    {"000201", REFUSE_EMV_DAMAGED},
	    {"0002016304000054041.006304", REFUSE_EMV_DAMAGED}, /* 63 is not last */
	    {"000202"
	     "6304",
		REFUSE_NONE},
	    {"00020A", REFUSE_NONE},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[120];
		(void)snprintf(text, sizeof(text), "%s%04X", cases[i].body,
		    crc16(bytes_of_text(cases[i].body)));
		assert_int_equal(emv_class(bytes_of_text(text)), cases[i].class);
	}
	char text[] = "00020126180014br.gov.bcb.pix6304ffff";
	assert_int_equal(emv_class(bytes_of_text(text)), REFUSE_EMV_DAMAGED);
}

/* --- fiscal ------------------------------------------------------------------ */

static const char company[] = "12ABC34501DE35";

/* State 35, month 2603; the rest from the parts given. */
static void make_key(char key[45], const char *issuer, const char *model,
    const char *series, char emission)
{
	char body[44];
	(void)snprintf(body, sizeof(body), "352603%s%s%s123456789%c87654321", issuer,
	    model, series, emission);
	assert_int_equal(strlen(body), 43);
	unsigned sum = 0;
	for (unsigned i = 0; i < 43; i++)
		sum += (unsigned)(body[42 - i] - 48) * (2 + i % 8);
	unsigned rest = sum % 11;
	(void)snprintf(key, 45, "%s%u", body, rest < 2 ? 0 : 11 - rest);
}

struct key_case {
	const char *issuer;
	const char *model;
	const char *series;
	enum verdict verdict;
};

static void who_may_issue(void **state)
{
	(void)state;
	static const struct key_case cases[] = {
	    {company, "65", "001", VERDICT_OK},
	    {"11222333000181", "65", "001", VERDICT_OK},
	    {"11222333000182", "65", "001", BAD_ISSUER},
	    {"00011144477735", "55", "920", VERDICT_OK}, /* a CPF */
	    {"00011144477735", "65", "969", VERDICT_OK},
	    {"00011144477735", "65", "919", BAD_ISSUER},
	    {"00011144477735", "65", "970", BAD_ISSUER},
	    {"00011144477736", "65", "920", BAD_ISSUER},
	    {company, "57", "001", VERDICT_OK},
	    {company, "58", "001", VERDICT_OK},
	    {company, "67", "001", BAD_MODEL},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char key[45];
		char back[FISCAL_KEY_LEN + 1];
		make_key(key, cases[i].issuer, cases[i].model, cases[i].series, '1');
		assert_int_equal(
		    fiscal_key_parse(bytes_of_text(key), back), cases[i].verdict);
	}
}

static void keys_as_printed_and_typed(void **state)
{
	(void)state;
	char key[45];
	char text[80] = " ";
	char back[FISCAL_KEY_LEN + 1];
	make_key(key, company, "65", "001", '1');
	for (int i = 0; i < 44; i += 4)
		(void)snprintf(text + strlen(text), 6, "%.4s ", key + i);
	for (size_t i = 0; text[i] != '\0'; i++)
		if (text[i] >= 'A' && text[i] <= 'Z')
			text[i] = (char)(text[i] + 32);
	assert_int_equal(fiscal_key_parse(bytes_of_text(text), back), VERDICT_OK);
	assert_string_equal(back, key);
	key[30] = 'A'; /* letters only in the issuer's places */
	assert_int_equal(fiscal_key_parse(bytes_of_text(key), back), BAD_CHARSET);
	(void)snprintf(text, sizeof(text), "%s0", key);
	assert_int_equal(fiscal_key_parse(bytes_of_text(text), back), BAD_LENGTH);
}

struct qr_case {
	char emission;
	const char *fields; /* after the key */
	enum verdict verdict;
};

#define SHA "7EAD76FA2CFA4A89ECBF1E4D39A3C2E552F68D74"
#define DIGEST "4667544e2b4d74414e5250746f516734596c695a616459385648773d"

static void nfce_codes(void **state)
{
	(void)state;
	static const struct qr_case cases[] = {
	    {'1', "|2|1|98|" SHA, VERDICT_OK},
	    {'1', "|2|1|098|" SHA, BAD_CSC},
	    {'1', "|2|1||" SHA, BAD_CSC},
	    {'1', "|2|1|98|" SHA "0", BAD_HASH},
	    {'1', "|2|0|98|" SHA, BAD_ENV},
	    {'1', "|2|1|98", BAD_FIELDS},
	    {'1', "|2", BAD_FIELDS},
	    {'1', "", BAD_FIELDS},
	    {'1', "||1|98|" SHA, BAD_VERSION},
	    {'9', "|2|1|98|" SHA, BAD_MODE},
	    {'9', "|2|1|31|10.00|" DIGEST "|1|" SHA, VERDICT_OK},
	    {'9', "|2|1|32|10.00|" DIGEST "|1|" SHA, BAD_DAY},
	    {'9', "|2|1|00|10.00|" DIGEST "|1|" SHA, BAD_DAY},
	    {'9', "|2|1|31|10,00|" DIGEST "|1|" SHA, BAD_TOTAL},
	    {'9', "|2|1|31|-10.00|" DIGEST "|1|" SHA, BAD_TOTAL},
	    {'9', "|2|1|31|10.|" DIGEST "|1|" SHA, BAD_TOTAL},
	    {'9', "|2|1|31|10.00|" DIGEST "0|1|" SHA, BAD_DIGEST},
	    {'1', "|2|1|31|10.00|" DIGEST "|1|" SHA, BAD_MODE},
	    {'1', "|3|1", VERDICT_OK},
	    {'9', "|3|1", BAD_MODE},
	    {'9', "|3|1|31|10.00|1|12ABC34501DE35|QUJD", VERDICT_OK},
	    {'9', "|3|1|31|10.00|1|12ABC34501DE36|QUJD", BAD_RECIPIENT},
	    {'9', "|3|1|31|10.00|2|11144477735|QUJD", VERDICT_OK},
	    {'9', "|3|1|31|10.00||11144477735|QUJD", BAD_RECIPIENT},
	    {'9', "|3|1|31|10.00|4||QUJD", BAD_RECIPIENT},
	    {'9', "|3|1|31|10.00|12|1|QUJD", BAD_RECIPIENT},
	    {'9', "|3|1|x|10.00|||QUJD", BAD_DAY},
	    {'9', "|2|1|31|10.00|x" DIGEST "|1|" SHA, BAD_DIGEST},
	    {'1', "|3|1|98|" SHA, BAD_FIELDS},
	    {'9', "|3|1|31|10.00|3|AB123|QUJD", VERDICT_OK},
	    {'9', "|3|1|31|10.00|||QUJ", BAD_SIGNATURE},
	    {'9', "|3|1|31|10.00|||", BAD_SIGNATURE},
	    {'9', "|3|1|31|10.00|||QUI%3D", VERDICT_OK}, /* decoded */
	    {'9', "|3|1|31|10.00|||QUJD|x", BAD_FIELDS},
	};
	char key[45];
	static struct nfce nfce;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char url[400];
		make_key(key, company, "65", "001", cases[i].emission);
		(void)snprintf(url, sizeof(url), "Https://nfce.example/qr?x=1&p=%s%s",
		    key, cases[i].fields);
		enum verdict verdict = nfce_parse(bytes_of_text(url), &nfce);
		if (verdict != cases[i].verdict)
			print_error("%s: %s\n", cases[i].fields, verdict_word(verdict));
		assert_int_equal(verdict, cases[i].verdict);
	}
	assert_int_equal(
	    nfce_parse(bytes_of_text("https://x/qr?q=1"), &nfce), VERDICT_NO);
	assert_int_equal(nfce_parse(bytes_of_text("ftp://x/qr?p=1"), &nfce), VERDICT_NO);
	assert_int_equal(nfce_parse(bytes_of_text("https://x/qr?p="), &nfce), BAD_KEY);
	make_key(key, company, "55", "001", '1'); /* an NF-e has no such code */
	char url[120];
	(void)snprintf(url, sizeof(url), "https://x/qr?p=%s|3|1", key);
	assert_int_equal(nfce_parse(bytes_of_text(url), &nfce), BAD_KEY);
}

/* The first version: named parameters, still on old paper. */
static void nfce_codes_of_old(void **state)
{
	(void)state;
	static const struct qr_case cases[] = {
	    {'1', "&nVersao=100&tpAmb=1&vNF=15.5&cHashQRCode=" SHA, VERDICT_OK},
	    {'1', "&nVersao=100&tpAmb=1&vNF=15.5&cHashQRCode=" SHA "0", BAD_HASH},
	    {'1', "&nVersao=100&tpAmb=1&vNF=15.5", BAD_HASH},
	    {'1', "&nVersao=100&tpAmb=1&cHashQRCode=" SHA, BAD_TOTAL},
	    {'1', "&nVersao=100&tpAmb=3&vNF=15.5&cHashQRCode=" SHA, BAD_ENV},
	    {'1', "&nVersao=200&tpAmb=1&vNF=15.5&cHashQRCode=" SHA, BAD_VERSION},
	    {'1', "&tpAmb=1&vNF=15.5&cHashQRCode=" SHA, BAD_VERSION},
	    {'1', "0&nVersao=100&tpAmb=1&vNF=15.5&cHashQRCode=" SHA, BAD_KEY},
	};
	char key[45];
	static struct nfce nfce;
	make_key(key, company, "65", "001", '1');
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char url[300];
		(void)snprintf(url, sizeof(url), "http://www.example/consulta?chNFe=%s%s",
		    key, cases[i].fields);
		assert_int_equal(nfce_parse(bytes_of_text(url), &nfce), cases[i].verdict);
		if (cases[i].verdict == VERDICT_OK)
			assert_int_equal(nfce.total_cents, 1550);
	}
}

static void sat_codes(void **state)
{
	(void)state;
	static const struct qr_case cases[] = {
	    {'1', "|20260228235959|10.00||QUJD", VERDICT_OK},
	    {'1', "|20260228235959|10.00|11144477735|QUJD", VERDICT_OK},
	    {'1', "|20260228240000|10.00||QUJD", BAD_TIME},
	    {'1', "|2026022823595|10.00||QUJD", BAD_TIME},
	    {'1', "|20260228235959|10.00|11144477736|QUJD", BAD_RECIPIENT},
	    {'1', "|20260228235959|ten||QUJD", BAD_TOTAL},
	    {'1', "|20260228235959|10.00||*", BAD_SIGNATURE},
	    {'1', "|20260228235959|10.00|", VERDICT_NO},
	    {'1', "|20260228235959|10.00||QUJD|x", VERDICT_NO},
	};
	char key[45];
	make_key(key, company, "59", "001", '1');
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[200];
		struct sat sat;
		(void)snprintf(text, sizeof(text), "%s%s", key, cases[i].fields);
		assert_int_equal(sat_parse(bytes_of_text(text), &sat), cases[i].verdict);
		if (cases[i].verdict == VERDICT_OK)
			assert_int_equal(sat.total_cents, 1000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_bank_slip_in_both_forms),
	    cmocka_unit_test(a_collection_slip_in_both_forms),
	    cmocka_unit_test(emv_codes),
	    cmocka_unit_test(who_may_issue),
	    cmocka_unit_test(keys_as_printed_and_typed),
	    cmocka_unit_test(nfce_codes),
	    cmocka_unit_test(nfce_codes_of_old),
	    cmocka_unit_test(sat_codes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
