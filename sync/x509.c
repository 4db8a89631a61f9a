/* SPDX-License-Identifier: MIT */
#include "sync/x509.h"

#include <string.h>

#include "base/banned.h"
#include "sync/der.h"

enum {
	NAME_PARTS_MAX = 16,
	REQUEST_NAME_MAX = 64,
	REQUEST_INFO_MAX = 256,
};

/* 1.2.840.10045.4.3.2 with its head: the whole AlgorithmIdentifier. */
static const uint8_t ecdsa_sha256[] = {
    0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02};
static const uint8_t oid_cn[] = {0x55, 0x04, 0x03};
static const uint8_t oid_ou[] = {0x55, 0x04, 0x0B};

static enum err get_algorithm(struct cursor *in)
{
	struct bytes algorithm;
	enum err error = der_get(in, DER_SEQUENCE, &algorithm);

	if (error)
		return error;
	return bytes_equal(algorithm, bytes_of(ecdsa_sha256, sizeof ecdsa_sha256))
		   ? ERR_NONE
		   : ERR_FORMAT;
}

/* --- names ----------------------------------------------------------------- */

/* One attribute of a name into its place; a text that does not fit there is not
 * one of ours and leaves it empty. */
static enum err get_attribute(struct bytes set, struct x509 *ret)
{
	struct cursor in = cursor_of(set);
	struct bytes pair;
	struct bytes oid;
	struct bytes text = {0};
	uint8_t tag = 0;
	enum err error = der_get(&in, DER_SEQUENCE, &pair);

	if (error)
		return error;
	in = cursor_of(pair);
	error = der_get(&in, DER_OBJECT, &oid);
	if (!error)
		error = der_next(&in, &tag, &text, NULL);
	if (error || in.left > 0)
		return ERR_FORMAT;
	if (tag != DER_UTF8 && tag != DER_PRINTABLE)
		return ERR_NONE;
	if (bytes_equal(oid, bytes_of(oid_cn, sizeof oid_cn)) &&
	    text_from_bytes(ret->cn, sizeof ret->cn, text))
		ret->cn[0] = '\0';
	if (bytes_equal(oid, bytes_of(oid_ou, sizeof oid_ou)) &&
	    text_from_bytes(ret->ou, sizeof ret->ou, text))
		ret->ou[0] = '\0';
	return ERR_NONE;
}

static enum err get_subject(struct cursor *in, struct x509 *ret)
{
	enum err error = der_get(in, DER_SEQUENCE, &ret->subject);
	struct cursor parts = cursor_of(ret->subject);

	for (size_t i = 0; !error && parts.left > 0; i++) {
		struct bytes set = {0};

		error = i < NAME_PARTS_MAX ? der_get(&parts, DER_SET, &set) : ERR_FORMAT;
		if (!error)
			error = get_attribute(set, ret);
	}
	return error;
}

/* --- dates ----------------------------------------------------------------- */

static enum err get_digits(struct cursor *in, size_t count, int *ret_value)
{
	struct bytes digits;
	int value = 0;
	enum err error = cursor_take(in, count, &digits);

	if (error)
		return error;
	for (size_t i = 0; i < count; i++) {
		if (digits.at[i] < '0' || digits.at[i] > '9')
			return ERR_FORMAT;
		value = value * 10 + (digits.at[i] - '0');
	}
	*ret_value = value;
	return ERR_NONE;
}

static bool in_range(int value, int least, int most)
{
	return value >= least && value <= most;
}

/* Days from 1970-01-01 in the Gregorian calendar, counted in years that begin
 * with March, so that the leap day is the last. */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t m = month > 2 ? month - 3 : month + 9;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

/* YY or YYYY, then MMDDHHMMSSZ: the only form RFC 5280 4.1.2.5 allows. */
static enum err get_time(struct cursor *in, int64_t *ret_ms)
{
	struct bytes text;
	uint8_t tag = 0;
	uint8_t zulu = 0;
	int part[6] = {0}; /* year, month, day, hour, minute, second */
	enum err error = der_next(in, &tag, &text, NULL);

	if (error)
		return error;
	if (tag != DER_UTC_TIME && tag != DER_GENERAL_TIME)
		return ERR_FORMAT;
	struct cursor at = cursor_of(text);

	error = get_digits(&at, tag == DER_UTC_TIME ? 2 : 4, &part[0]);
	if (!error && tag == DER_UTC_TIME)
		part[0] += part[0] >= 50 ? 1900 : 2000;
	for (size_t i = 1; !error && i < COUNT_OF(part); i++)
		error = get_digits(&at, 2, &part[i]);
	if (!error)
		error = cursor_u8(&at, &zulu);
	if (error || zulu != 'Z' || at.left > 0 || !in_range(part[1], 1, 12) ||
	    !in_range(part[2], 1, 31) || !in_range(part[3], 0, 23) ||
	    !in_range(part[4], 0, 59) || !in_range(part[5], 0, 60))
		return ERR_FORMAT;
	int64_t minutes =
	    (days_of(part[0], part[1], part[2]) * 24 + part[3]) * 60 + part[4];

	*ret_ms = (minutes * 60 + part[5]) * 1000;
	return ERR_NONE;
}

static enum err get_validity(struct cursor *in, struct x509 *ret)
{
	struct bytes pair;
	enum err error = der_get(in, DER_SEQUENCE, &pair);

	if (error)
		return error;
	struct cursor at = cursor_of(pair);

	error = get_time(&at, &ret->not_before_ms);
	if (!error)
		error = get_time(&at, &ret->not_after_ms);
	return !error && at.left > 0 ? ERR_FORMAT : error;
}

/* --- the certificate ------------------------------------------------------- */

static enum err get_key(struct cursor *in, struct x509 *ret)
{
	uint8_t spki[SPKI_P256_LEN];
	uint8_t tag = 0;
	struct bytes content;
	struct bytes whole;
	enum err error = der_next(in, &tag, &content, &whole);

	if (error)
		return error;
	if (whole.len != SPKI_P256_LEN)
		return ERR_FORMAT;
	memcpy(ret->key, whole.at + SPKI_P256_LEN - PUBLIC_KEY_LEN, PUBLIC_KEY_LEN);
	/* Our own encoding of that point must be the very same bytes. */
	spki_p256(ret->key, spki);
	return bytes_equal(whole, bytes_of(spki, sizeof spki)) ? ERR_NONE : ERR_FORMAT;
}

static enum err parse_tbs(struct bytes tbs, struct x509 *ret)
{
	struct cursor in = cursor_of(tbs);
	struct bytes version;
	struct bytes serial;
	enum err error = der_get(&in, DER_CONTEXT_0, &version);

	if (!error)
		error = der_get(&in, DER_INTEGER, &serial);
	if (!error)
		error = get_algorithm(&in);
	if (!error)
		error = der_get(&in, DER_SEQUENCE, &ret->issuer);
	if (!error)
		error = get_validity(&in, ret);
	if (!error)
		error = get_subject(&in, ret);
	if (!error)
		error = get_key(&in, ret);
	return error;
}

enum err x509_parse(struct bytes der, struct x509 *ret_certificate)
{
	struct x509 certificate = {0};
	struct cursor in = cursor_of(der);
	struct bytes content;
	struct bytes bits;
	uint8_t tag = 0;
	enum err error = der_get(&in, DER_SEQUENCE, &content);

	if (error || in.left > 0)
		return ERR_FORMAT;
	in = cursor_of(content);
	error = der_next(&in, &tag, &content, &certificate.tbs);
	if (!error && tag != DER_SEQUENCE)
		error = ERR_FORMAT;
	if (!error)
		error = parse_tbs(content, &certificate);
	if (!error)
		error = get_algorithm(&in);
	if (!error)
		error = der_get(&in, DER_BIT_STRING, &bits);
	if (error || in.left > 0 || bits.len < 1 || bits.at[0] != 0)
		return ERR_FORMAT;
	error =
	    der_get_signature(bytes_of(bits.at + 1, bits.len - 1), certificate.signature);
	if (!error)
		*ret_certificate = certificate;
	return error;
}

enum err x509_verify(const struct crypto *crypto, const struct x509 *certificate,
    const struct x509 *issuer)
{
	uint8_t digest[HASH_LEN];
	enum err error = ERR_SIGNATURE;

	if (!bytes_equal(certificate->issuer, issuer->subject))
		return ERR_SIGNATURE;
	error = crypto->sha256(&certificate->tbs, 1, digest);
	return error ? error
		     : crypto->verify(issuer->key, digest, certificate->signature);
}

/* --- the request ----------------------------------------------------------- */

/* SEQUENCE { SET { SEQUENCE { CN, UTF8String } } } */
static void put_name(struct sink *out, const char *name)
{
	uint8_t buf[3][REQUEST_NAME_MAX];
	struct sink pair = sink_of(buf[0], sizeof buf[0]);
	struct sink set = sink_of(buf[1], sizeof buf[1]);
	struct sink names = sink_of(buf[2], sizeof buf[2]);

	der_put(&pair, DER_OBJECT, bytes_of(oid_cn, sizeof oid_cn));
	der_put(&pair, DER_UTF8, bytes_of_text(name));
	der_put(&set, DER_SEQUENCE, sink_bytes(&pair));
	der_put(&names, DER_SET, sink_bytes(&set));
	der_put(out, DER_SEQUENCE, sink_bytes(&names));
	out->over = out->over || pair.over || set.over || names.over;
}

/* CertificationRequestInfo: version 0, name, key, no attributes. */
static void put_info(struct sink *out, const struct signer *signer, const char *name)
{
	static const uint8_t zero[] = {0};
	uint8_t buf[REQUEST_INFO_MAX];
	uint8_t spki[SPKI_P256_LEN];
	struct sink info = sink_of(buf, sizeof buf);

	spki_p256(signer->key, spki);
	der_put(&info, DER_INTEGER, bytes_of(zero, sizeof zero));
	put_name(&info, name);
	sink_put(&info, bytes_of(spki, sizeof spki));
	der_put(&info, DER_CONTEXT_0, (struct bytes){0});
	der_put(out, DER_SEQUENCE, sink_bytes(&info));
	out->over = out->over || info.over;
}

enum err x509_request(const struct crypto *crypto, const struct signer *signer,
    const char *name, struct sink *out)
{
	uint8_t buf[2 * REQUEST_INFO_MAX];
	uint8_t signature_der[SIGNATURE_LEN + 16];
	uint8_t digest[HASH_LEN];
	uint8_t signature[SIGNATURE_LEN];
	struct sink request = sink_of(buf, sizeof buf);
	struct sink bits = sink_of(signature_der, sizeof signature_der);

	put_info(&request, signer, name);
	struct bytes info = sink_bytes(&request);
	enum err error = request.over ? ERR_LIMIT : crypto->sha256(&info, 1, digest);

	if (!error)
		error = signer->sign(signer->self, digest, signature);
	if (error)
		return error;
	der_put(&request, DER_SEQUENCE, bytes_of(ecdsa_sha256, sizeof ecdsa_sha256));
	der_put_signature(&bits, signature);
	der_put_bits(&request, sink_bytes(&bits));
	der_put(out, DER_SEQUENCE, sink_bytes(&request));
	return request.over || bits.over || out->over ? ERR_LIMIT : ERR_NONE;
}
