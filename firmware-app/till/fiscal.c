/* SPDX-License-Identifier: MIT */
#include "till/fiscal.h"

#include <string.h>

#include "base/banned.h"

#include "till/day.h"
#include "till/digits.h"
#include "till/ids.h"

/* --- access key --------------------------------------------------------- */

/* IBGE state codes. */
static bool state_exists(uint64_t code)
{
	static const uint8_t states[] = {11, 12, 13, 14, 15, 16, 17, 21, 22, 23, 24, 25,
	    26, 27, 28, 29, 31, 32, 33, 35, 41, 42, 43, 50, 51, 52, 53};
	for (size_t i = 0; i < COUNT_OF(states); i++)
		if (states[i] == code)
			return true;
	return false;
}

static bool model_exists(uint64_t model)
{
	return model == MODEL_NFE || model == MODEL_CTE || model == MODEL_MDFE ||
	       model == MODEL_SAT || model == MODEL_NFCE;
}

/* A company, or a natural person: a CPF zero-filled to 14 places, in the series
 * kept for them (NT 2018.001). */
static bool issuer_holds(struct bytes key)
{
	char id[CNPJ_LEN + 1];
	struct bytes issuer = text_part(key, 6, 14);
	if (cnpj_parse(issuer, id) == VERDICT_OK)
		return true;
	uint64_t series = digits_value(text_part(key, 22, 3));
	return series >= 920 && series <= 969 && memcmp(issuer.at, "000", 3) == 0 &&
	       cpf_parse(text_part(issuer, 3, CPF_LEN), id) == VERDICT_OK;
}

unsigned fiscal_key_check_digit(struct bytes body)
{
	return digits_check11(body, 9);
}

static bool key_characters(struct bytes key)
{
	for (size_t i = 0; i < key.len; i++) {
		bool letter_place = i >= 6 && i < 18;
		if (!is_digit(key.at[i]) && !(letter_place && is_upper(key.at[i])))
			return false;
	}
	return true;
}

static enum verdict key_check(struct bytes key)
{
	if (key.len != FISCAL_KEY_LEN)
		return BAD_LENGTH;
	if (!key_characters(key))
		return BAD_CHARSET;
	if (fiscal_key_check_digit(text_part(key, 0, 43)) != (unsigned)(key.at[43] - '0'))
		return BAD_CHECK;
	if (!state_exists(digits_value(text_part(key, 0, 2))))
		return BAD_UF;
	uint64_t month = digits_value(text_part(key, 4, 2));
	if (month < 1 || month > 12)
		return BAD_MONTH;
	if (!model_exists(digits_value(text_part(key, 20, 2))))
		return BAD_MODEL;
	return issuer_holds(key) ? VERDICT_OK : BAD_ISSUER;
}

enum verdict fiscal_key_parse(struct bytes text, char ret_key[FISCAL_KEY_LEN + 1])
{
	char key[FISCAL_KEY_LEN + 2]; /* one more, to see a longer one */
	text = text_trim(text);
	if (!text_squeeze(key, sizeof(key), text, " "))
		return BAD_LENGTH;
	size_t len = strlen(key);
	for (size_t i = 0; i < len; i++)
		key[i] = (char)to_upper((uint8_t)key[i]);
	enum verdict verdict = key_check(bytes_of(key, len));
	if (verdict == VERDICT_OK)
		memcpy(ret_key, key, FISCAL_KEY_LEN + 1);
	explicit_bzero(key, sizeof(key)); /* it may have been a card's number */
	return verdict;
}

unsigned fiscal_key_model(const char *key)
{
	return (unsigned)digits_value(bytes_of(key + 20, 2));
}

/* --- fields of the QR codes --------------------------------------------- */

/* "12.34" or "12": a dot, as the schemas of the tax offices write amounts. */
static bool parse_total(struct bytes text, int64_t *ret_cents)
{
	enum { WHOLE_MAX = 13 };

	const uint8_t *dot = text.len > 0 ? memchr(text.at, '.', text.len) : NULL;
	size_t whole = dot == NULL ? text.len : (size_t)(dot - text.at);
	struct bytes cents = text_part(text, whole + 1, text.len);
	if (whole > WHOLE_MAX || !digits_only(text_part(text, 0, whole)))
		return false;
	if (dot != NULL && (cents.len > 2 || !digits_only(cents)))
		return false;
	int64_t value = (int64_t)digits_value(text_part(text, 0, whole)) * 100;
	value += (int64_t)digits_value(cents) * (cents.len == 1 ? 10 : 1);
	*ret_cents = value;
	return true;
}

static bool hex_only(struct bytes text, size_t len)
{
	for (size_t i = 0; i < text.len; i++)
		if (hex_digit_value(text.at[i]) < 0)
			return false;
	return text.len == len;
}

static bool base64_only(struct bytes text)
{
	size_t end = text.len;
	while (end > 0 && text.len - end < 2 && text.at[end - 1] == '=')
		end--;
	for (size_t i = 0; i < end; i++) {
		uint8_t c = text.at[i];
		if (!is_digit(c) && !is_upper(to_upper(c)) && c != '+' && c != '/')
			return false;
	}
	return end > 0 && text.len % 4 == 0;
}

/* The month is in the key: a day that it does not have is no day. */
static bool day_of_month(struct bytes text, const char *key)
{
	if (text.len < 1 || text.len > 2 || !digits_only(text))
		return false;
	unsigned year = 2000 + (unsigned)digits_value(bytes_of(key + 2, 2));
	unsigned month = (unsigned)digits_value(bytes_of(key + 4, 2));
	uint64_t day = digits_value(text);
	return day >= 1 && day <= month_length(year, month);
}

/* Splits at each `separator`; more than `max` fields give max + 1. */
static size_t split(
    struct bytes text, uint8_t separator, struct bytes *ret_fields, size_t max)
{
	for (size_t count = 0; count < max; count++) {
		const uint8_t *end =
		    text.len > 0 ? memchr(text.at, separator, text.len) : NULL;
		size_t len = end == NULL ? text.len : (size_t)(end - text.at);
		ret_fields[count] = text_part(text, 0, len);
		if (end == NULL)
			return count + 1;
		text = text_part(text, len + 1, text.len);
	}
	return max + 1;
}

static enum verdict nfce_key(struct bytes text, struct nfce *nfce)
{
	if (fiscal_key_parse(text, nfce->key) != VERDICT_OK)
		return BAD_KEY;
	return fiscal_key_model(nfce->key) == MODEL_NFCE ? VERDICT_OK : BAD_KEY;
}

static bool offline_key(const char *key)
{
	return key[34] == '9'; /* emission type: contingency without network */
}

static enum verdict environment(struct bytes text, struct nfce *nfce)
{
	if (text.len != 1 || (text.at[0] != '1' && text.at[0] != '2'))
		return BAD_ENV;
	nfce->environment = (unsigned)(text.at[0] - '0');
	return VERDICT_OK;
}

/* --- versions 2 and 3 --------------------------------------------------- */

enum { NFCE_FIELDS_MAX = 8 };

static enum verdict offline_part(struct nfce *nfce, const struct bytes *field)
{
	nfce->day = field[3];
	if (!day_of_month(field[3], nfce->key))
		return BAD_DAY;
	nfce->has_total = parse_total(field[4], &nfce->total_cents);
	return nfce->has_total ? VERDICT_OK : BAD_TOTAL;
}

static enum verdict csc_part(struct nfce *nfce, struct bytes id, struct bytes hash)
{
	enum { CSC_ID_LEN_MAX = 6, SHA1_HEX_LEN = 40 };

	if (id.len > CSC_ID_LEN_MAX || !digits_only(id) || id.at[0] == '0')
		return BAD_CSC;
	if (!hex_only(hash, SHA1_HEX_LEN))
		return BAD_HASH;
	nfce->csc_id = id;
	nfce->hash = hash;
	return VERDICT_OK;
}

static enum verdict version_2(struct nfce *nfce, const struct bytes *field, size_t count)
{
	enum { ONLINE_FIELDS = 5, OFFLINE_FIELDS = 8, DIGEST_HEX_LEN = 56 };

	if (count != ONLINE_FIELDS && count != OFFLINE_FIELDS)
		return BAD_FIELDS;
	nfce->offline = count == OFFLINE_FIELDS;
	if (nfce->offline != offline_key(nfce->key))
		return BAD_MODE;
	if (!nfce->offline)
		return csc_part(nfce, field[3], field[4]);
	enum verdict verdict = offline_part(nfce, field);
	if (verdict != VERDICT_OK)
		return verdict;
	if (!hex_only(field[5], DIGEST_HEX_LEN))
		return BAD_DIGEST;
	nfce->digest = field[5];
	return csc_part(nfce, field[6], field[7]);
}

static bool recipient_holds(struct bytes type, struct bytes id)
{
	char text[CNPJ_LEN + 1];
	if (type.len == 0)
		return id.len == 0;
	if (type.len != 1)
		return false;
	switch (type.at[0]) {
	case '1': return cnpj_parse(id, text) == VERDICT_OK;
	case '2': return cpf_parse(id, text) == VERDICT_OK;
	case '3': return true;
	default: return false;
	}
}

static enum verdict version_3(struct nfce *nfce, const struct bytes *field, size_t count)
{
	enum { ONLINE_FIELDS = 3, OFFLINE_FIELDS = 8 };

	if (count != ONLINE_FIELDS && count != OFFLINE_FIELDS)
		return BAD_FIELDS;
	nfce->offline = count == OFFLINE_FIELDS;
	if (nfce->offline != offline_key(nfce->key))
		return BAD_MODE;
	if (!nfce->offline)
		return VERDICT_OK;
	enum verdict verdict = offline_part(nfce, field);
	if (verdict != VERDICT_OK)
		return verdict;
	if (!recipient_holds(field[5], field[6]))
		return BAD_RECIPIENT;
	if (!base64_only(field[7]))
		return BAD_SIGNATURE;
	nfce->recipient_type = field[5];
	nfce->recipient = field[6];
	nfce->signature = field[7];
	return VERDICT_OK;
}

static enum verdict piped_form(struct nfce *nfce, struct bytes parameter)
{
	struct bytes field[NFCE_FIELDS_MAX];
	size_t count = split(parameter, '|', field, NFCE_FIELDS_MAX);
	enum verdict verdict = nfce_key(field[0], nfce);
	if (verdict != VERDICT_OK)
		return verdict;
	if (count < 3 || count > NFCE_FIELDS_MAX)
		return BAD_FIELDS;
	if (field[1].len != 1 || (field[1].at[0] != '2' && field[1].at[0] != '3'))
		return BAD_VERSION;
	nfce->version = (unsigned)(field[1].at[0] - '0');
	verdict = environment(field[2], nfce);
	if (verdict != VERDICT_OK)
		return verdict;
	return nfce->version == 2 ? version_2(nfce, field, count)
				  : version_3(nfce, field, count);
}

/* --- version 1, and the URL around all of them --------------------------- */

static bool begins(struct bytes text, const char *prefix)
{
	size_t len = strlen(prefix);
	return text.len >= len && memcmp(text.at, prefix, len) == 0;
}

/* The value of `name` in a query; false when it is not there. */
static bool query_value(struct bytes query, const char *name, struct bytes *ret_value)
{
	size_t name_len = strlen(name);
	while (query.len > 0) {
		const uint8_t *end = memchr(query.at, '&', query.len);
		size_t len = end == NULL ? query.len : (size_t)(end - query.at);
		struct bytes one = text_part(query, 0, len);
		if (begins(one, name) && one.len > name_len && one.at[name_len] == '=') {
			*ret_value = text_part(one, name_len + 1, one.len);
			return true;
		}
		query = text_part(query, len + 1, query.len);
	}
	return false;
}

static enum verdict version_1(struct nfce *nfce, struct bytes key, struct bytes query)
{
	struct bytes value;
	enum verdict verdict = nfce_key(key, nfce);
	if (verdict != VERDICT_OK)
		return verdict;
	if (!query_value(query, "nVersao", &value) ||
	    !bytes_equal(value, bytes_of_text("100")))
		return BAD_VERSION;
	nfce->version = 1;
	nfce->offline = offline_key(nfce->key);
	if (!query_value(query, "tpAmb", &value) ||
	    environment(value, nfce) != VERDICT_OK)
		return BAD_ENV;
	if (!query_value(query, "vNF", &value) || !parse_total(value, &nfce->total_cents))
		return BAD_TOTAL;
	nfce->has_total = true;
	if (!query_value(query, "cHashQRCode", &value) || !hex_only(value, 40))
		return BAD_HASH;
	nfce->hash = value;
	return VERDICT_OK;
}

static bool web_address(struct bytes url)
{
	static const char *const schemes[] = {"HTTP://", "HTTPS://"};
	for (size_t s = 0; s < COUNT_OF(schemes); s++) {
		size_t i = 0;
		while (i < url.len && schemes[s][i] != '\0' &&
		       to_upper(url.at[i]) == (uint8_t)schemes[s][i])
			i++;
		if (schemes[s][i] == '\0')
			return true;
	}
	return false;
}

/* Percent-decodes into `text`; a URL never grows by it. */
static struct bytes decode(struct bytes url, char text[SCAN_LEN_MAX + 1])
{
	size_t len = 0;
	for (size_t i = 0; i < url.len; i++) {
		int value = url.at[i];
		if (value == '%' && url.len - i > 2 &&
		    hex_digit_value(url.at[i + 1]) >= 0 &&
		    hex_digit_value(url.at[i + 2]) >= 0) {
			value = hex_digit_value(url.at[i + 1]) * 16 +
				hex_digit_value(url.at[i + 2]);
			i += 2;
		}
		text[len++] = (char)value;
	}
	text[len] = '\0';
	return bytes_of(text, len);
}

enum verdict nfce_parse(struct bytes url, struct nfce *ret_nfce)
{
	url = text_trim(url);
	if (url.len > SCAN_LEN_MAX || !web_address(url))
		return VERDICT_NO;
	const uint8_t *mark = memchr(url.at, '?', url.len);
	if (mark == NULL)
		return VERDICT_NO;
	*ret_nfce = (struct nfce){0};
	struct bytes query = text_part(url, (size_t)(mark - url.at) + 1, url.len);
	struct bytes value;
	if (query_value(query, "p", &value))
		return piped_form(ret_nfce, decode(value, ret_nfce->text));
	query = decode(query, ret_nfce->text);
	if (query_value(query, "chNFe", &value))
		return version_1(ret_nfce, value, query);
	return VERDICT_NO;
}

/* --- SAT ----------------------------------------------------------------- */

static bool consumer_holds(struct bytes id)
{
	char text[CNPJ_LEN + 1];
	return id.len == 0 || cpf_parse(id, text) == VERDICT_OK ||
	       cnpj_parse(id, text) == VERDICT_OK;
}

enum verdict sat_parse(struct bytes text, struct sat *ret_sat)
{
	enum { SAT_FIELDS = 5 };

	struct bytes field[SAT_FIELDS];
	text = text_trim(text);
	if (split(text, '|', field, SAT_FIELDS) != SAT_FIELDS)
		return VERDICT_NO;
	struct sat sat = {.time = field[1], .consumer = field[3]};
	if (fiscal_key_parse(field[0], sat.key) != VERDICT_OK ||
	    fiscal_key_model(sat.key) != MODEL_SAT)
		return BAD_KEY;
	if (!day_text_valid(text_part(field[1], 0, 8)) ||
	    !time_text_valid(text_part(field[1], 8, field[1].len)))
		return BAD_TIME;
	if (!parse_total(field[2], &sat.total_cents))
		return BAD_TOTAL;
	if (!consumer_holds(field[3]))
		return BAD_RECIPIENT;
	if (!base64_only(field[4]))
		return BAD_SIGNATURE;
	*ret_sat = sat;
	return VERDICT_OK;
}
