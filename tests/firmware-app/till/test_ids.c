/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "till/ids.h"
#include "till/phone.h"

/* A small generator, so that a failure can be repeated. */
static uint32_t seed = 20261122;

static unsigned below(unsigned limit)
{
	seed = seed * 1664525U + 1013904223U;
	return (unsigned)(((uint64_t)seed * limit) >> 32);
}

/* Any digit but this one. */
static char other_digit(char digit)
{
	return (char)('0' + ((unsigned)(digit - '0') + 1 + below(9)) % 10);
}

/* The Receita's text, word for word: weights written out, nothing shared with
 * the code under test. */
static char cpf_digit(const char *digits, int first_weight)
{
	int sum = 0;
	for (int i = 0; first_weight - i >= 2; i++)
		sum += (digits[i] - '0') * (first_weight - i);
	int rest = sum % 11;
	return (char)(rest < 2 ? '0' : '0' + 11 - rest);
}

static char cnpj_digit(const char *text, size_t len)
{
	static const int weights[] = {6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2};
	int sum = 0;
	for (size_t i = 0; i < len; i++)
		sum += (text[i] - 48) * weights[13 - len + i];
	int rest = sum % 11;
	return (char)(rest < 2 ? '0' : '0' + 11 - rest);
}

static void every_cpf_follows_the_written_rule(void **state)
{
	(void)state;
	for (int n = 0; n < 20000; n++) {
		char text[12] = {0};
		char back[CPF_LEN + 1];
		for (int i = 0; i < 9; i++)
			text[i] = (char)('0' + below(10));
		text[9] = cpf_digit(text, 10);
		text[10] = cpf_digit(text, 11);
		assert_int_equal(cpf_parse(bytes_of_text(text), back), VERDICT_OK);
		assert_string_equal(back, text);
		text[9 + n % 2] = other_digit(text[9 + n % 2]);
		assert_int_equal(cpf_parse(bytes_of_text(text), back), BAD_CHECK);
	}
}

static void every_cnpj_follows_the_written_rule(void **state)
{
	(void)state;
	static const char places[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	for (int n = 0; n < 20000; n++) {
		char text[15] = {0};
		char masked[CNPJ_TEXT_LEN + 1];
		char back[CNPJ_LEN + 1];
		for (int i = 0; i < 12; i++)
			text[i] = places[below(n % 2 == 0 ? 36 : 10)];
		text[12] = cnpj_digit(text, 12);
		text[13] = cnpj_digit(text, 13);
		assert_int_equal(cnpj_parse(bytes_of_text(text), back), VERDICT_OK);
		cnpj_format(text, masked);
		assert_int_equal(cnpj_parse(bytes_of_text(masked), back), VERDICT_OK);
		assert_string_equal(back, text);
		text[13] = other_digit(text[13]);
		assert_int_equal(cnpj_parse(bytes_of_text(text), back), BAD_CHECK);
	}
}

struct shape {
	const char *text;
	enum verdict verdict;
};

static void shapes_of_a_cpf(void **state)
{
	(void)state;
	static const struct shape shapes[] = {
	    {" 111.444.777-35\r\n", VERDICT_OK},
	    {"\t11144477735 ", VERDICT_OK},
	    {"\xc2\xa0"
	     "11144477735\xc2\xa0",
		VERDICT_OK},
	    {"111.444.77735", BAD_CHARSET},
	    {"111 444 777 35", BAD_CHARSET},
	    {"111.444.777.35", BAD_CHARSET},
	    {"1114447773", BAD_LENGTH},
	    {"111444777350", BAD_LENGTH},
	    {"", BAD_LENGTH},
	    {"\xc2", BAD_CHARSET},
	};
	for (size_t i = 0; i < COUNT_OF(shapes); i++) {
		char cpf[CPF_LEN + 1] = "untouched";
		assert_int_equal(
		    cpf_parse(bytes_of_text(shapes[i].text), cpf), shapes[i].verdict);
		assert_string_equal(
		    cpf, shapes[i].verdict == VERDICT_OK ? "11144477735" : "untouched");
	}
}

static void a_mask_hides_what_it_says(void **state)
{
	(void)state;
	char cpf[CPF_TEXT_LEN + 1];
	char phone[MOBILE_TEXT_LEN + 1];
	cpf_mask("11144477735", cpf);
	assert_string_equal(cpf, "***.444.777-**");
	mobile_mask("+5511961234567", phone);
	assert_string_equal(phone, "(11) *****-4567");
}

static void there_are_67_area_codes(void **state)
{
	(void)state;
	unsigned count = 0;
	for (unsigned ddd = 0; ddd < 200; ddd++)
		count += ddd_state(ddd) != NULL ? 1U : 0U;
	assert_int_equal(count, 67);
}

static void a_mobile_in_every_writing(void **state)
{
	(void)state;
	static const char *const writings[] = {"11961234567", "(11) 96123-4567",
	    "11 96123-4567", "+55 (11) 96123-4567", "+5511961234567", "5511961234567",
	    "011961234567", "(011) 96123-4567", " 11.96123.4567 "};
	for (size_t i = 0; i < COUNT_OF(writings); i++) {
		char e164[MOBILE_LEN + 1];
		assert_int_equal(
		    mobile_parse(bytes_of_text(writings[i]), e164), VERDICT_OK);
		assert_string_equal(e164, "+5511961234567");
	}
	/* 55 is an area code too: eleven digits are a whole number. */
	char e164[MOBILE_LEN + 1];
	assert_int_equal(mobile_parse(bytes_of_text("55961234567"), e164), VERDICT_OK);
	assert_string_equal(e164, "+5555961234567");
}

static void what_is_no_mobile(void **state)
{
	(void)state;
	static const struct shape shapes[] = {
	    {"+54 11 96123-4567", BAD_COUNTRY},
	    {"+", BAD_CHARSET},
	    {"11 9612a-4567", BAD_CHARSET},
	    {"1196123456789", BAD_LENGTH},
	    {"11111111111111111111111111111111111111", BAD_LENGTH},
	    {"551133334444", BAD_LANDLINE},
	    {"10961234567", BAD_DDD},
	    {"11861234567", BAD_NINTH},
	};
	for (size_t i = 0; i < COUNT_OF(shapes); i++) {
		char e164[MOBILE_LEN + 1] = "untouched";
		assert_int_equal(
		    mobile_parse(bytes_of_text(shapes[i].text), e164), shapes[i].verdict);
		assert_string_equal(e164, "untouched");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_cpf_follows_the_written_rule),
	    cmocka_unit_test(every_cnpj_follows_the_written_rule),
	    cmocka_unit_test(shapes_of_a_cpf),
	    cmocka_unit_test(a_mask_hides_what_it_says),
	    cmocka_unit_test(there_are_67_area_codes),
	    cmocka_unit_test(a_mobile_in_every_writing),
	    cmocka_unit_test(what_is_no_mobile),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
