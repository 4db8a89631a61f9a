/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"
#include "os/file.h"
#include "sync/der.h"
#include "sync/identity.h"
#include "sync/keys.h"
#include "sync/x509.h"
#include "tests/sync/certificates.h"

#define OK(call) assert_int_equal((call), ERR_NONE)
#define CERT(name) bytes_of(cert_##name, sizeof cert_##name)

static const struct crypto *const crypto = &crypto_psa;

struct place {
	char dir[64];
	int fd;
	uint8_t pin[HASH_LEN];
};

/* keys/till with its files, keys, and the directory itself. */
static void remove_all(const struct place *place)
{
	static const char *const files[] = {
	    "pending.key", "signing.key", "other.key", "signing.crt", "ca.crt"};
	char path[64];

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		(void)snprintf(path, sizeof path, "keys/till/%s", files[i]);
		(void)unlinkat(place->fd, path, 0);
	}
	(void)unlinkat(place->fd, "keys/till", AT_REMOVEDIR);
	(void)unlinkat(place->fd, "keys", AT_REMOVEDIR);
	assert_int_equal(rmdir(place->dir), 0);
}

static void ca_pin(uint8_t ret_pin[HASH_LEN])
{
	struct x509 ca;
	uint8_t id[KEY_ID_LEN];

	OK(x509_parse(CERT(ca), &ca));
	OK(key_id_of(crypto, ca.key, id, ret_pin));
}

static int setup(void **state)
{
	struct place *place = calloc(1, sizeof *place);

	assert_non_null(place);
	(void)snprintf(place->dir, sizeof place->dir, "/tmp/balcao-identity.XXXXXX");
	assert_non_null(mkdtemp(place->dir));
	OK(dir_open(place->dir, &place->fd));
	ca_pin(place->pin);
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;

	remove_all(place);
	(void)close(place->fd);
	free(place);
	return 0;
}

/* The key that the recorded certificates are for, as if made here. */
static void put_key(
    const struct place *place, const char *name, uint8_t fill, mode_t mode)
{
	uint8_t scalar[SCALAR_LEN];
	char path[128];

	(void)mkdirat(place->fd, "keys", 0755);
	(void)mkdirat(place->fd, "keys/till", 0700);
	memset(scalar, fill, sizeof scalar);
	(void)snprintf(path, sizeof path, "%s/keys/till", place->dir);
	int fd = open(path, O_RDONLY | O_DIRECTORY);

	assert_true(fd >= 0);
	OK(file_write(fd, name, mode, bytes_of(scalar, sizeof scalar)));
	(void)close(fd);
}

static enum err adopt(
    const struct place *place, struct bytes ca, struct bytes certificate)
{
	return identity_adopt(place->fd, crypto, "t-041", place->pin, ca, certificate);
}

static bool is_there(const struct place *place, const char *name)
{
	return faccessat(place->fd, name, F_OK, 0) == 0;
}

/* --- the reader against another library's certificates --------------------- */

static void certificate_is_read(void **state)
{
	struct x509 ca;
	struct x509 terminal;
	struct signer signer;
	uint8_t scalar[SCALAR_LEN];

	(void)state;
	OK(x509_parse(CERT(ca), &ca));
	OK(x509_parse(CERT(terminal), &terminal));
	assert_string_equal(terminal.cn, "t-041");
	assert_string_equal(terminal.ou, "loja-1");
	assert_string_equal(ca.cn, "");
	assert_int_equal(terminal.not_before_ms, INT64_C(1767225600000));
	assert_int_equal(terminal.not_after_ms, INT64_C(1801830659000));
	assert_int_equal(ca.not_after_ms, INT64_C(2556144000000)); /* GeneralizedTime */
	memset(scalar, 0x11, sizeof scalar);
	OK(signer_from_scalar(scalar, &signer));
	assert_memory_equal(terminal.key, signer.key, PUBLIC_KEY_LEN);
	signer_free(&signer);
	OK(x509_verify(crypto, &ca, &ca));
	OK(x509_verify(crypto, &terminal, &ca));
}

static void certificate_of_another_ca_does_not_verify(void **state)
{
	struct x509 ca;
	struct x509 other;

	(void)state;
	OK(x509_parse(CERT(ca), &ca));
	OK(x509_parse(CERT(by_other_ca), &other));
	assert_int_equal(x509_verify(crypto, &other, &ca), ERR_SIGNATURE);
	OK(x509_parse(CERT(forged), &other));
	assert_int_equal(x509_verify(crypto, &other, &ca), ERR_SIGNATURE);
	OK(x509_parse(CERT(forged_ca), &other));
	assert_int_equal(x509_verify(crypto, &other, &other), ERR_SIGNATURE);
}

static void other_algorithms_are_not_ours(void **state)
{
	struct x509 ret;

	(void)state;
	assert_int_equal(x509_parse(CERT(sha384), &ret), ERR_FORMAT);
	assert_int_equal(x509_parse(CERT(p384), &ret), ERR_FORMAT);
}

/* Every cut and every flipped bit is refused or at least never read past its
 * end (the sanitizers watch); what still parses does not verify, unless the bit
 * was in nothing that is signed. */
static void damaged_certificates_are_refused(void **state)
{
	uint8_t buf[sizeof cert_terminal];
	struct x509 ca;
	struct x509 ret;
	unsigned accepted = 0;

	(void)state;
	OK(x509_parse(CERT(ca), &ca));
	for (size_t len = 0; len < sizeof buf; len++) {
		memcpy(buf, cert_terminal, len);
		assert_int_equal(x509_parse(bytes_of(buf, len), &ret), ERR_FORMAT);
	}
	for (size_t bit = 0; bit < 8 * sizeof buf; bit++) {
		memcpy(buf, cert_terminal, sizeof buf);
		buf[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		if (!x509_parse(bytes_of(buf, sizeof buf), &ret) &&
		    !x509_verify(crypto, &ret, &ca))
			accepted++;
	}
	assert_int_equal(accepted, 0);
}

static void der_is_strict(void **state)
{
	static const struct {
		const char *what;
		uint8_t bytes[6];
		size_t len;
	} bad[] = {
	    {"indefinite length", {0x30, 0x80, 0x00, 0x00}, 4},
	    {"long form of a short length", {0x30, 0x81, 0x01, 0x00}, 4},
	    {"zero in front of a length", {0x30, 0x82, 0x00, 0x01, 0x00}, 5},
	    {"length of three bytes", {0x30, 0x83, 0x00, 0x00, 0x01, 0x00}, 6},
	    {"length past the end", {0x30, 0x05, 0x00}, 3},
	    {"tag of several bytes", {0x3F, 0x01, 0x00}, 3},
	    {"nothing", {0}, 0},
	    {"tag alone", {0x30}, 1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct cursor in = cursor_of(bytes_of(bad[i].bytes, bad[i].len));
		uint8_t tag;
		struct bytes content;

		assert_int_equal(der_next(&in, &tag, &content, NULL), ERR_FORMAT);
		assert_int_equal(in.left, bad[i].len);
	}
}

static void signatures_take_the_shortest_form(void **state)
{
	/* r = 0x80.. needs a zero in front; s = 1 is one byte. */
	uint8_t signature[SIGNATURE_LEN] = {0x80};
	uint8_t again[SIGNATURE_LEN];
	uint8_t buf[80];
	struct sink out = sink_of(buf, sizeof buf);

	(void)state;
	signature[SIGNATURE_LEN - 1] = 1;
	der_put_signature(&out, signature);
	assert_int_equal(out.len, 2 + 2 + 33 + 3);
	OK(der_get_signature(sink_bytes(&out), again));
	assert_memory_equal(again, signature, sizeof again);
	buf[4] = 0x01; /* 33 bytes of number */
	assert_int_equal(der_get_signature(sink_bytes(&out), again), ERR_FORMAT);
	buf[4] = 0x00;
	buf[5] = 0x7F; /* a zero that nothing needs */
	assert_int_equal(der_get_signature(sink_bytes(&out), again), ERR_FORMAT);
	buf[4] = 0x80; /* negative */
	assert_int_equal(der_get_signature(sink_bytes(&out), again), ERR_FORMAT);
}

/* --- requests -------------------------------------------------------------- */

static void check_request(struct bytes csr, const uint8_t spki_hash[HASH_LEN])
{
	struct cursor in = cursor_of(csr);
	struct bytes content;
	struct bytes info;
	struct bytes bits;
	uint8_t tag;
	uint8_t digest[HASH_LEN];
	uint8_t signature[SIGNATURE_LEN];

	OK(der_get(&in, DER_SEQUENCE, &content));
	assert_int_equal(in.left, 0);
	in = cursor_of(content);
	OK(der_next(&in, &tag, &content, &info));
	OK(crypto->sha256(&info, 1, digest));
	OK(der_get(&in, DER_SEQUENCE, &bits));
	OK(der_get(&in, DER_BIT_STRING, &bits));
	OK(der_get_signature(bytes_of(bits.at + 1, bits.len - 1), signature));

	/* version, subject, key */
	in = cursor_of(content);
	OK(der_get(&in, DER_INTEGER, &bits));
	OK(der_get(&in, DER_SEQUENCE, &bits));
	OK(der_next(&in, &tag, &bits, &info));
	assert_int_equal(info.len, SPKI_P256_LEN);
	OK(crypto->verify(info.at + SPKI_P256_LEN - PUBLIC_KEY_LEN, digest, signature));
	OK(crypto->sha256(&info, 1, digest));
	assert_memory_equal(digest, spki_hash, HASH_LEN);
}

static void request_proves_its_key_and_is_repeatable(void **state)
{
	struct place *place = *state;
	uint8_t csr[2][CSR_LEN_MAX];
	uint8_t hash[2][HASH_LEN];
	size_t len[2];
	struct stat info;

	assert_false(identity_is_pending(place->fd));
	for (int i = 0; i < 2; i++) {
		OK(identity_request(
		    place->fd, crypto, "t-041", csr[i], &len[i], hash[i]));
		check_request(bytes_of(csr[i], len[i]), hash[i]);
	}
	assert_memory_equal(hash[0], hash[1], HASH_LEN);
	assert_true(identity_is_pending(place->fd));
	assert_int_equal(fstatat(place->fd, "keys/till/pending.key", &info, 0), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_int_equal(fstatat(place->fd, "keys/till", &info, 0), 0);
	assert_int_equal(info.st_mode & 0777, 0700);
	identity_forget_pending(place->fd);
	OK(identity_request(place->fd, crypto, "t-041", csr[1], &len[1], hash[1]));
	assert_memory_not_equal(hash[0], hash[1], HASH_LEN);
}

static void request_refuses_what_is_no_name(void **state)
{
	struct place *place = *state;
	uint8_t csr[CSR_LEN_MAX];
	uint8_t hash[HASH_LEN];
	size_t len;

	assert_int_equal(
	    identity_request(place->fd, crypto, "a b", csr, &len, hash), ERR_RANGE);
	assert_int_equal(
	    identity_request(place->fd, crypto, "", csr, &len, hash), ERR_RANGE);
	assert_false(is_there(place, "keys"));
}

static void longest_name_fits_a_request(void **state)
{
	struct place *place = *state;
	uint8_t csr[CSR_LEN_MAX];
	uint8_t hash[HASH_LEN];
	size_t len;

	OK(identity_request(
	    place->fd, crypto, "t-0123456789.123456789_123456789", csr, &len, hash));
	check_request(bytes_of(csr, len), hash);
}

/* --- adoption -------------------------------------------------------------- */

static void adopted_identity_opens(void **state)
{
	struct place *place = *state;
	struct identity_keys *keys = NULL;
	struct x509 ca;
	uint8_t digest[HASH_LEN] = {1, 2, 3};
	uint8_t signature[SIGNATURE_LEN];

	assert_int_equal(identity_open(place->fd, crypto, &keys), ERR_NOT_READY);
	put_key(place, "pending.key", 0x11, 0600);
	assert_int_equal(identity_open(place->fd, crypto, &keys), ERR_NOT_READY);
	OK(adopt(place, CERT(ca), CERT(terminal)));
	assert_false(identity_is_pending(place->fd));
	OK(identity_open(place->fd, crypto, &keys));
	assert_string_equal(identity_terminal(keys), "t-041");
	assert_string_equal(identity_store(keys), "loja-1");
	assert_int_equal(identity_not_after_ms(keys), INT64_C(1801830659000));
	OK(x509_parse(CERT(ca), &ca));
	assert_memory_equal(identity_ca_key(keys), ca.key, PUBLIC_KEY_LEN);

	const struct signer *signer = identity_signer(keys);

	OK(signer->sign(signer->self, digest, signature));
	OK(crypto->verify(signer->key, digest, signature));
	identity_close(&keys);
	assert_null(keys);
}

static void wrong_papers_are_not_adopted(void **state)
{
	static const struct {
		struct bytes ca;
		struct bytes certificate;
		enum err error;
	} cases[] = {
	    {{cert_other_ca, sizeof cert_other_ca},
		{cert_by_other_ca, sizeof cert_by_other_ca}, ERR_SIGNATURE},
	    {{cert_forged_ca, sizeof cert_forged_ca},
		{cert_terminal, sizeof cert_terminal}, ERR_SIGNATURE},
	    {{cert_ca, sizeof cert_ca}, {cert_by_other_ca, sizeof cert_by_other_ca},
		ERR_SIGNATURE},
	    {{cert_ca, sizeof cert_ca}, {cert_forged, sizeof cert_forged}, ERR_SIGNATURE},
	    {{cert_ca, sizeof cert_ca}, {cert_other_key, sizeof cert_other_key}, ERR_KEY},
	    {{cert_ca, sizeof cert_ca}, {cert_other_terminal, sizeof cert_other_terminal},
		ERR_CONFLICT},
	    {{cert_ca, sizeof cert_ca}, {cert_no_store, sizeof cert_no_store},
		ERR_FORMAT},
	    {{cert_ca, sizeof cert_ca}, {cert_ca, 3}, ERR_FORMAT},
	    {{cert_ca, 0}, {cert_terminal, sizeof cert_terminal}, ERR_FORMAT},
	};
	struct place *place = *state;
	struct identity_keys *keys = NULL;

	put_key(place, "pending.key", 0x11, 0600);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_int_equal(
		    adopt(place, cases[i].ca, cases[i].certificate), cases[i].error);
		assert_int_equal(identity_open(place->fd, crypto, &keys), ERR_NOT_READY);
		assert_false(is_there(place, "keys/till/ca.crt"));
		assert_false(is_there(place, "keys/till/signing.crt"));
		assert_true(identity_is_pending(place->fd));
	}
}

static void adoption_without_a_key_is_refused(void **state)
{
	struct place *place = *state;

	put_key(place, "other.key", 0x11, 0600);
	assert_int_equal(adopt(place, CERT(ca), CERT(terminal)), ERR_KEY);
}

static void enrolling_again_keeps_the_key(void **state)
{
	struct place *place = *state;
	struct identity_keys *keys = NULL;
	uint8_t csr[CSR_LEN_MAX];
	uint8_t hash[HASH_LEN];
	size_t len;

	put_key(place, "pending.key", 0x11, 0600);
	OK(adopt(place, CERT(ca), CERT(terminal)));
	OK(identity_request(place->fd, crypto, "t-041", csr, &len, hash));
	assert_false(identity_is_pending(place->fd));
	assert_int_equal(
	    identity_request(place->fd, crypto, "t-042", csr, &len, hash), ERR_CONFLICT);
	OK(adopt(place, CERT(ca), CERT(renewed)));
	OK(identity_open(place->fd, crypto, &keys));
	assert_int_equal(identity_not_after_ms(keys), INT64_C(2556144000000));
	identity_close(&keys);
	assert_int_equal(adopt(place, CERT(ca), CERT(other_key)), ERR_KEY);
}

static void cut_off_adoption_is_none(void **state)
{
	struct place *place = *state;
	struct identity_keys *keys = NULL;
	char path[128];

	put_key(place, "pending.key", 0x11, 0600);
	(void)snprintf(path, sizeof path, "%s/keys/till", place->dir);
	int fd = open(path, O_RDONLY | O_DIRECTORY);

	/* Both certificates are written, the key has not its name yet. */
	OK(file_write(fd, "ca.crt", 0600, CERT(ca)));
	OK(file_write(fd, "signing.crt", 0600, CERT(terminal)));
	(void)close(fd);
	assert_int_equal(identity_open(place->fd, crypto, &keys), ERR_NOT_READY);
	OK(adopt(place, CERT(ca), CERT(terminal)));
	OK(identity_open(place->fd, crypto, &keys));
	identity_close(&keys);
}

static void what_does_not_belong_together_is_corrupt(void **state)
{
	struct place *place = *state;
	struct identity_keys *keys = NULL;

	put_key(place, "pending.key", 0x11, 0600);
	OK(adopt(place, CERT(ca), CERT(terminal)));
	put_key(place, "signing.key", 0x12, 0600);
	assert_int_equal(identity_open(place->fd, crypto, &keys), ERR_CORRUPT);
	put_key(place, "signing.key", 0x11, 0640);
	assert_int_equal(identity_open(place->fd, crypto, &keys), ERR_DENIED);
	put_key(place, "signing.key", 0x00, 0600); /* no scalar of the curve */
	assert_int_equal(identity_open(place->fd, crypto, &keys), ERR_CORRUPT);
	put_key(place, "signing.key", 0x11, 0600);
	OK(identity_open(place->fd, crypto, &keys));
	identity_close(&keys);
	assert_int_equal(unlinkat(place->fd, "keys/till/ca.crt", 0), 0);
	assert_int_equal(identity_open(place->fd, crypto, &keys), ERR_CORRUPT);
}

#define PLACE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(certificate_is_read),
	    cmocka_unit_test(certificate_of_another_ca_does_not_verify),
	    cmocka_unit_test(other_algorithms_are_not_ours),
	    cmocka_unit_test(damaged_certificates_are_refused),
	    cmocka_unit_test(der_is_strict),
	    cmocka_unit_test(signatures_take_the_shortest_form),
	    PLACE_TEST(request_proves_its_key_and_is_repeatable),
	    PLACE_TEST(request_refuses_what_is_no_name),
	    PLACE_TEST(longest_name_fits_a_request),
	    PLACE_TEST(adopted_identity_opens),
	    PLACE_TEST(wrong_papers_are_not_adopted),
	    PLACE_TEST(adoption_without_a_key_is_refused),
	    PLACE_TEST(enrolling_again_keeps_the_key),
	    PLACE_TEST(cut_off_adoption_is_none),
	    PLACE_TEST(what_does_not_belong_together_is_corrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
