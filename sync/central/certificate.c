/* SPDX-License-Identifier: MIT */
#include "central/certificate.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/pkcs7.h>
#include <gnutls/x509.h>

#include "base/banned.h"
#include "central/crypto_gnutls.h"

enum {
	SERIAL_LEN = 16,
	BACKDATE_S = 3600, /* what a neighbour's slow clock may lack */
	DAY_S = 86400,
};

static const char *const always_hosts[] = {"localhost", "127.0.0.1", "::1"};

const char *purpose_word(enum purpose purpose)
{
	switch (purpose) {
	case PURPOSE_NONE: return "none";
	case PURPOSE_TLS: return "tls";
	case PURPOSE_SIGNING: return "signing";
	}
	return "none";
}

enum purpose purpose_from(struct bytes word)
{
	if (bytes_equal(word, bytes_of_text("tls")))
		return PURPOSE_TLS;
	if (bytes_equal(word, bytes_of_text("signing")))
		return PURPOSE_SIGNING;
	return PURPOSE_NONE;
}

/* GnuTLS reads through pointers that are not const. */
static gnutls_datum_t datum(const void *at, size_t len)
{
	union {
		const void *from;
		unsigned char *to;
	} view = {.from = at};

	return (gnutls_datum_t){.data = view.to, .size = (unsigned)len};
}

static enum err import_private(
    const struct key_pair *pair, gnutls_x509_privkey_t *ret_key)
{
	gnutls_x509_privkey_t key;
	if (gnutls_x509_privkey_init(&key) != 0)
		return ERR_MEMORY;
	gnutls_datum_t x = datum(pair->key + 1, 32);
	gnutls_datum_t y = datum(pair->key + 33, 32);
	gnutls_datum_t k = datum(pair->scalar, SCALAR_LEN);
	if (gnutls_x509_privkey_import_ecc_raw(
		key, GNUTLS_ECC_CURVE_SECP256R1, &x, &y, &k) != 0) {
		gnutls_x509_privkey_deinit(key);
		return ERR_KEY;
	}
	*ret_key = key;
	return ERR_NONE;
}

static enum err import_certificate(struct bytes der, gnutls_x509_crt_t *ret_crt)
{
	gnutls_x509_crt_t crt;
	if (gnutls_x509_crt_init(&crt) != 0)
		return ERR_MEMORY;
	gnutls_datum_t from = datum(der.at, der.len);
	if (gnutls_x509_crt_import(crt, &from, GNUTLS_X509_FMT_DER) != 0) {
		gnutls_x509_crt_deinit(crt);
		return ERR_FORMAT;
	}
	*ret_crt = crt;
	return ERR_NONE;
}

/* --- making ---------------------------------------------------------------- */

static int set_public(gnutls_x509_crt_t crt, const uint8_t point[PUBLIC_KEY_LEN])
{
	gnutls_pubkey_t key;
	int code = gnutls_pubkey_init(&key);
	if (code != 0)
		return code;
	gnutls_datum_t x = datum(point + 1, 32);
	gnutls_datum_t y = datum(point + 33, 32);
	code = gnutls_pubkey_import_ecc_raw(key, GNUTLS_ECC_CURVE_SECP256R1, &x, &y);
	if (code == 0)
		code = gnutls_x509_crt_set_pubkey(crt, key);
	gnutls_pubkey_deinit(key);
	return code;
}

static int set_serial(gnutls_x509_crt_t crt)
{
	uint8_t serial[SERIAL_LEN];
	int code = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial);
	serial[0] = (uint8_t)((serial[0] & 0x3f) | 0x40); /* positive, full length */
	return code != 0 ? code : gnutls_x509_crt_set_serial(crt, serial, sizeof serial);
}

/* What every certificate has: version, serial, key, key id, dates. */
static enum err begin(const uint8_t key[PUBLIC_KEY_LEN], int64_t now_ms, int days,
    gnutls_x509_crt_t *ret_crt)
{
	uint8_t key_id[KEY_ID_LEN];
	enum err err = key_id_of(&crypto_gnutls, key, key_id, NULL);
	if (err != ERR_NONE)
		return err;
	gnutls_x509_crt_t crt;
	if (gnutls_x509_crt_init(&crt) != 0)
		return ERR_MEMORY;
	time_t from = (time_t)(now_ms / 1000) - BACKDATE_S;
	time_t to = (time_t)(now_ms / 1000) + (time_t)days * DAY_S;
	if (gnutls_x509_crt_set_version(crt, 3) != 0 || set_serial(crt) != 0 ||
	    set_public(crt, key) != 0 ||
	    gnutls_x509_crt_set_activation_time(crt, from) != 0 ||
	    gnutls_x509_crt_set_expiration_time(crt, to) != 0 ||
	    gnutls_x509_crt_set_subject_key_id(crt, key_id, sizeof key_id) != 0) {
		gnutls_x509_crt_deinit(crt);
		return ERR_IO;
	}
	*ret_crt = crt;
	return ERR_NONE;
}

static int set_name(gnutls_x509_crt_t crt, const char *oid, const char *text)
{
	return gnutls_x509_crt_set_dn_by_oid(crt, oid, 0, text, (unsigned)strlen(text));
}

/* Signs `crt` by `issuer` (itself for the CA), gives its DER, and frees it. */
static enum err finish(gnutls_x509_crt_t crt, gnutls_x509_crt_t issuer,
    const struct key_pair *ca, struct certificate *ret_certificate)
{
	gnutls_x509_privkey_t key = NULL;
	size_t len = sizeof ret_certificate->der;
	uint8_t der[CERTIFICATE_MAX];
	enum err err = import_private(ca, &key);
	if (err == ERR_NONE &&
	    (gnutls_x509_crt_sign2(crt, issuer, key, GNUTLS_DIG_SHA256, 0) != 0 ||
		gnutls_x509_crt_export(crt, GNUTLS_X509_FMT_DER, der, &len) != 0))
		err = ERR_IO;
	if (err == ERR_NONE) {
		memcpy(ret_certificate->der, der, len);
		ret_certificate->len = len;
	}
	if (key != NULL)
		gnutls_x509_privkey_deinit(key);
	gnutls_x509_crt_deinit(crt);
	return err;
}

enum err certificate_ca(
    const struct key_pair *ca, int64_t now_ms, struct certificate *ret_certificate)
{
	gnutls_x509_crt_t crt = NULL;
	enum err err = begin(ca->key, now_ms, CA_CERTIFICATE_DAYS, &crt);
	if (err != ERR_NONE)
		return err;
	if (set_name(crt, GNUTLS_OID_X520_COMMON_NAME, "Balcao CA") != 0 ||
	    gnutls_x509_crt_set_basic_constraints(crt, 1, 0) != 0 ||
	    gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_KEY_CERT_SIGN |
						   GNUTLS_KEY_CRL_SIGN |
						   GNUTLS_KEY_DIGITAL_SIGNATURE) != 0) {
		gnutls_x509_crt_deinit(crt);
		return ERR_IO;
	}
	return finish(crt, crt, ca, ret_certificate);
}

/* A certificate of ours below the CA: its issuer's key id and its use. */
static enum err finish_leaf(gnutls_x509_crt_t crt, const struct issuer *issuer,
    const char *use_oid, struct certificate *ret_certificate)
{
	gnutls_x509_crt_t ca = NULL;
	uint8_t key_id[KEY_ID_LEN];
	enum err err = key_id_of(&crypto_gnutls, issuer->pair->key, key_id, NULL);
	if (err == ERR_NONE)
		err = import_certificate(
		    bytes_of(issuer->certificate->der, issuer->certificate->len), &ca);
	if (err == ERR_NONE &&
	    (gnutls_x509_crt_set_basic_constraints(crt, 0, -1) != 0 ||
		gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE) != 0 ||
		gnutls_x509_crt_set_authority_key_id(crt, key_id, sizeof key_id) != 0 ||
		(use_oid != NULL &&
		    gnutls_x509_crt_set_key_purpose_oid(crt, use_oid, 0) != 0)))
		err = ERR_IO;
	if (err == ERR_NONE)
		err = finish(crt, ca, issuer->pair, ret_certificate);
	else
		gnutls_x509_crt_deinit(crt);
	if (ca != NULL)
		gnutls_x509_crt_deinit(ca);
	return err;
}

static enum err add_host(gnutls_x509_crt_t crt, const char *host)
{
	uint8_t address[16];
	int code;
	if (strlen(host) > HOST_LEN_MAX)
		return ERR_LIMIT;
	if (inet_pton(AF_INET, host, address) == 1)
		code = gnutls_x509_crt_set_subject_alt_name(
		    crt, GNUTLS_SAN_IPADDRESS, address, 4, GNUTLS_FSAN_APPEND);
	else if (inet_pton(AF_INET6, host, address) == 1)
		code = gnutls_x509_crt_set_subject_alt_name(
		    crt, GNUTLS_SAN_IPADDRESS, address, 16, GNUTLS_FSAN_APPEND);
	else
		code = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, host,
		    (unsigned)strlen(host), GNUTLS_FSAN_APPEND);
	return code == 0 ? ERR_NONE : ERR_FORMAT;
}

enum err certificate_server(const struct issuer *issuer,
    const uint8_t key[PUBLIC_KEY_LEN], const struct hosts *hosts, int64_t now_ms,
    struct certificate *ret_certificate)
{
	gnutls_x509_crt_t crt = NULL;
	enum err err = begin(key, now_ms, SERVER_CERTIFICATE_DAYS, &crt);
	if (err != ERR_NONE)
		return err;
	if (set_name(crt, GNUTLS_OID_X520_COMMON_NAME, "Balcao central") != 0)
		err = ERR_IO;
	for (size_t i = 0; i < COUNT_OF(always_hosts) && err == ERR_NONE; i++)
		err = add_host(crt, always_hosts[i]);
	for (size_t i = 0; i < hosts->count && err == ERR_NONE; i++)
		err = add_host(crt, hosts->host[i]);
	if (err != ERR_NONE) {
		gnutls_x509_crt_deinit(crt);
		return err;
	}
	return finish_leaf(crt, issuer, GNUTLS_KP_TLS_WWW_SERVER, ret_certificate);
}

enum err certificate_terminal(const struct issuer *issuer,
    const struct certificate_info *info, enum purpose purpose, int64_t now_ms,
    struct certificate *ret_certificate)
{
	gnutls_x509_crt_t crt = NULL;
	enum err err = begin(info->key, now_ms, TERMINAL_CERTIFICATE_DAYS, &crt);
	if (err != ERR_NONE)
		return err;
	if (set_name(crt, GNUTLS_OID_X520_ORGANIZATIONAL_UNIT_NAME, info->store) != 0 ||
	    set_name(crt, GNUTLS_OID_X520_COMMON_NAME, info->terminal) != 0) {
		gnutls_x509_crt_deinit(crt);
		return ERR_IO;
	}
	return finish_leaf(crt, issuer,
	    purpose == PURPOSE_TLS ? GNUTLS_KP_TLS_WWW_CLIENT : NULL, ret_certificate);
}

/* --- reading --------------------------------------------------------------- */

/* One alternative name as text; ERR_NOT_FOUND past the last. */
static enum err host_at(gnutls_x509_crt_t crt, unsigned i, char text[HOST_LEN_MAX + 1])
{
	char raw[HOST_LEN_MAX + 1] = {0};
	size_t len = sizeof raw;
	int type = gnutls_x509_crt_get_subject_alt_name(crt, i, raw, &len, NULL);
	if (type == GNUTLS_SAN_DNSNAME)
		return text_copy(text, HOST_LEN_MAX + 1, raw);
	if (type != GNUTLS_SAN_IPADDRESS)
		return ERR_NOT_FOUND;
	return inet_ntop(len == 4 ? AF_INET : AF_INET6, raw, text, HOST_LEN_MAX + 1) ==
		       NULL
		   ? ERR_FORMAT
		   : ERR_NONE;
}

enum err certificate_hosts(struct bytes der, struct hosts *ret_hosts)
{
	gnutls_x509_crt_t crt = NULL;
	enum err err = import_certificate(der, &crt);
	if (err != ERR_NONE)
		return err;
	unsigned first = COUNT_OF(always_hosts);
	ret_hosts->count = 0;
	while (ret_hosts->count < HOSTS_MAX &&
	       host_at(crt, first + (unsigned)ret_hosts->count,
		   ret_hosts->host[ret_hosts->count]) == ERR_NONE)
		ret_hosts->count++;
	gnutls_x509_crt_deinit(crt);
	return ERR_NONE;
}

bool certificate_covers(struct bytes der, const char *host)
{
	gnutls_x509_crt_t crt = NULL;
	if (import_certificate(der, &crt) != ERR_NONE)
		return false;
	bool covers = gnutls_x509_crt_check_hostname(crt, host) != 0;
	gnutls_x509_crt_deinit(crt);
	return covers;
}

/* An integer of GnuTLS into 32 bytes of a point. */
static bool put_coordinate(const gnutls_datum_t *number, uint8_t ret[32])
{
	const uint8_t *at = number->data;
	size_t len = number->size;
	for (; len > 32 && *at == 0; len--)
		at++;
	if (len > 32)
		return false;
	memset(ret, 0, 32 - len);
	memcpy(ret + 32 - len, at, len);
	return true;
}

static enum err point_from(const gnutls_datum_t *x, const gnutls_datum_t *y,
    gnutls_ecc_curve_t curve, uint8_t ret_key[PUBLIC_KEY_LEN])
{
	uint8_t key[PUBLIC_KEY_LEN] = {0x04};
	if (curve != GNUTLS_ECC_CURVE_SECP256R1 || !put_coordinate(x, key + 1) ||
	    !put_coordinate(y, key + 33))
		return ERR_FORMAT;
	memcpy(ret_key, key, sizeof key);
	return ERR_NONE;
}

/* The name by `oid`, or "" when there is none; ERR_FORMAT when it is longer. */
static enum err name_by_oid(gnutls_x509_crt_t crt, const char *oid, char *ret, size_t cap)
{
	char text[128];
	size_t len = sizeof text;
	int code = gnutls_x509_crt_get_dn_by_oid(crt, oid, 0, 0, text, &len);
	if (code == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
		return text_copy(ret, cap, "");
	return code != 0 ? ERR_FORMAT : text_from_bytes(ret, cap, bytes_of(text, len));
}

static enum err info_from(gnutls_x509_crt_t crt, struct certificate_info *info)
{
	gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
	gnutls_datum_t x = {0};
	gnutls_datum_t y = {0};
	if (gnutls_x509_crt_get_pk_ecc_raw(crt, &curve, &x, &y) != 0)
		return ERR_FORMAT;
	enum err err = point_from(&x, &y, curve, info->key);
	gnutls_free(x.data);
	gnutls_free(y.data);
	if (err == ERR_NONE)
		err = name_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, info->terminal,
		    sizeof info->terminal);
	if (err == ERR_NONE)
		err = name_by_oid(crt, GNUTLS_OID_X520_ORGANIZATIONAL_UNIT_NAME,
		    info->store, sizeof info->store);
	info->not_after_ms = (int64_t)gnutls_x509_crt_get_expiration_time(crt) * 1000;
	return err;
}

enum err certificate_read(struct bytes der, struct certificate_info *ret_info)
{
	gnutls_x509_crt_t crt = NULL;
	struct certificate_info info = {0};
	enum err err = import_certificate(der, &crt);
	if (err != ERR_NONE)
		return err;
	err = info_from(crt, &info);
	gnutls_x509_crt_deinit(crt);
	if (err == ERR_NONE)
		*ret_info = info;
	return err;
}

enum err certificate_check(struct bytes der, struct bytes ca)
{
	gnutls_x509_crt_t crt = NULL;
	gnutls_x509_crt_t issuer = NULL;
	unsigned status = 0;
	enum err err = import_certificate(der, &crt);
	if (err == ERR_NONE)
		err = import_certificate(ca, &issuer);
	if (err == ERR_NONE && (gnutls_x509_crt_verify(crt, &issuer, 1,
				    GNUTLS_VERIFY_DISABLE_TIME_CHECKS |
					GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS,
				    &status) != 0 ||
				   status != 0))
		err = ERR_SIGNATURE;
	if (crt != NULL)
		gnutls_x509_crt_deinit(crt);
	if (issuer != NULL)
		gnutls_x509_crt_deinit(issuer);
	return err;
}

static enum err request_key(gnutls_x509_crq_t request, uint8_t ret_key[PUBLIC_KEY_LEN])
{
	gnutls_pubkey_t key;
	if (gnutls_pubkey_init(&key) != 0)
		return ERR_MEMORY;
	gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
	gnutls_datum_t x = {0};
	gnutls_datum_t y = {0};
	enum err err = ERR_FORMAT;
	if (gnutls_pubkey_import_x509_crq(key, request, 0) == 0 &&
	    gnutls_pubkey_get_pk_algorithm(key, NULL) == GNUTLS_PK_ECDSA &&
	    gnutls_pubkey_export_ecc_raw(key, &curve, &x, &y) == 0)
		err = point_from(&x, &y, curve, ret_key);
	gnutls_free(x.data);
	gnutls_free(y.data);
	gnutls_pubkey_deinit(key);
	return err;
}

static enum err request_name(
    gnutls_x509_crq_t request, char ret_name[TERMINAL_LEN_MAX + 1])
{
	char text[128];
	size_t len = sizeof text;
	int code = gnutls_x509_crq_get_dn_by_oid(
	    request, GNUTLS_OID_X520_COMMON_NAME, 0, 0, text, &len);
	if (code == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
		return text_copy(ret_name, TERMINAL_LEN_MAX + 1, "");
	if (code != 0)
		return ERR_FORMAT;
	return text_from_bytes(ret_name, TERMINAL_LEN_MAX + 1, bytes_of(text, len));
}

enum err request_read(struct bytes der, uint8_t ret_key[PUBLIC_KEY_LEN],
    char ret_name[TERMINAL_LEN_MAX + 1])
{
	gnutls_x509_crq_t request;
	if (gnutls_x509_crq_init(&request) != 0)
		return ERR_MEMORY;
	gnutls_datum_t from = datum(der.at, der.len);
	enum err err = ERR_NONE;
	if (gnutls_x509_crq_import(request, &from, GNUTLS_X509_FMT_DER) != 0)
		err = ERR_FORMAT;
	else if (gnutls_x509_crq_verify(request, 0) != 0)
		err = ERR_SIGNATURE;
	uint8_t key[PUBLIC_KEY_LEN];
	if (err == ERR_NONE)
		err = request_key(request, key);
	if (err == ERR_NONE)
		err = request_name(request, ret_name);
	if (err == ERR_NONE)
		memcpy(ret_key, key, sizeof key);
	gnutls_x509_crq_deinit(request);
	return err;
}

/* --- wrapping -------------------------------------------------------------- */

enum err certs_only(struct bytes der, uint8_t ret[CERTS_ONLY_MAX], size_t *ret_len)
{
	gnutls_pkcs7_t message;
	if (gnutls_pkcs7_init(&message) != 0)
		return ERR_MEMORY;
	gnutls_datum_t crt = datum(der.at, der.len);
	size_t len = CERTS_ONLY_MAX;
	enum err err = ERR_NONE;
	if (gnutls_pkcs7_set_crt_raw(message, &crt) != 0 ||
	    gnutls_pkcs7_export(message, GNUTLS_X509_FMT_DER, ret, &len) != 0)
		err = ERR_IO;
	gnutls_pkcs7_deinit(message);
	if (err == ERR_NONE)
		*ret_len = len;
	return err;
}

/* A text of our own instead of one of GnuTLS, wiped there. */
static enum err take_text(gnutls_datum_t *from, char **ret_text)
{
	char *text = strndup((const char *)from->data, from->size);
	explicit_bzero(from->data, from->size);
	gnutls_free(from->data);
	if (text == NULL)
		return ERR_MEMORY;
	*ret_text = text;
	return ERR_NONE;
}

enum err certificate_pem(struct bytes der, char **ret_pem)
{
	gnutls_x509_crt_t crt = NULL;
	gnutls_datum_t pem = {0};
	enum err err = import_certificate(der, &crt);
	if (err != ERR_NONE)
		return err;
	int code = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem);
	gnutls_x509_crt_deinit(crt);
	return code == 0 ? take_text(&pem, ret_pem) : ERR_IO;
}

enum err key_pem(const struct key_pair *pair, char **ret_pem)
{
	gnutls_x509_privkey_t key = NULL;
	gnutls_datum_t pem = {0};
	enum err err = import_private(pair, &key);
	if (err != ERR_NONE)
		return err;
	int code = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem);
	gnutls_x509_privkey_deinit(key);
	return code == 0 ? take_text(&pem, ret_pem) : ERR_IO;
}

void pem_free(char **pem)
{
	if (*pem != NULL)
		explicit_bzero(*pem, strlen(*pem));
	free(*pem);
	*pem = NULL;
}
