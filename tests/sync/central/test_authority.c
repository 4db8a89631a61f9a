/* SPDX-License-Identifier: MIT */
#include "tests/sync/central/counter.h"

/* Tokens and certificates: who may enrol, how often, with which key. */

struct place {
	char dir[PLACE_MAX];
	int dir_fd;
	struct authority *authority;
	int64_t now_ms;
};

/* A key on its way to a certificate. */
struct applicant {
	char dir[PLACE_MAX + 16];
	int fd;
	uint8_t csr[CSR_LEN_MAX];
	size_t csr_len;
	uint8_t spki_hash[HASH_LEN];
};

static int setup(void **state)
{
	struct place *place = calloc(1, sizeof *place);
	if (place == NULL)
		return -1;
	place->now_ms = INT64_C(1780000000000);
	temp_folder(place->dir, "authority-test");
	if (dir_open(place->dir, &place->dir_fd) != ERR_NONE)
		return -1;
	static const struct hosts hosts = {2, {"loja.example", "192.0.2.7"}};
	OK(authority_create(place->dir_fd, &hosts, place->now_ms));
	OK(authority_open(place->dir_fd, &place->authority));
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;
	char command[PLACE_MAX + 32];
	authority_close(&place->authority);
	(void)close(place->dir_fd);
	(void)snprintf(command, sizeof command, "rm -rf '%s'", place->dir);
	FILE *pipe = popen(command, "r");
	int code = pipe == NULL ? -1 : pclose(pipe);
	free(place);
	return code;
}

static void apply(
    struct place *place, struct applicant *ret, const char *folder, const char *terminal)
{
	(void)snprintf(ret->dir, sizeof ret->dir, "%s/%s", place->dir, folder);
	OK(dir_make(ret->dir, 0700));
	OK(dir_open(ret->dir, &ret->fd));
	OK(identity_request(
	    ret->fd, &crypto_psa, terminal, ret->csr, &ret->csr_len, ret->spki_hash));
	(void)close(ret->fd);
}

static enum err enrol(struct place *place, const struct applicant *applicant,
    enum purpose purpose, const char *terminal, const uint8_t secret[TOKEN_LEN],
    struct certificate *ret_certificate)
{
	uint8_t mac[HASH_LEN];
	char password[PASSWORD_LEN + 1];
	const struct bytes parts[] = {bytes_of_text(purpose_word(purpose)),
	    bytes_of(applicant->spki_hash, HASH_LEN)};
	OK(crypto_psa.hmac(
	    bytes_of(secret, TOKEN_LEN), parts, purpose == PURPOSE_SIGNING ? 2 : 1, mac));
	hex_encode(password, bytes_of(mac, sizeof mac));
	const struct enrolment enrolment = {.purpose = purpose,
	    .terminal = terminal,
	    .password = password,
	    .request = bytes_of(applicant->csr, applicant->csr_len)};
	return authority_enrol(
	    place->authority, &enrolment, place->now_ms, ret_certificate);
}

static void token(struct place *place, const char *terminal, uint8_t secret[TOKEN_LEN])
{
	int64_t expires_ms = 0;
	OK(authority_token(
	    place->authority, terminal, "loja-1", place->now_ms, secret, &expires_ms));
	assert_int_equal(expires_ms, place->now_ms + 15 * 60 * 1000);
}

/* --- ------------------------------------------------------------------------ */

static void a_certificate_says_who(void **state)
{
	struct place *place = *state;
	struct applicant applicant;
	struct certificate certificate;
	struct certificate ca;
	struct certificate_info info;
	uint8_t secret[TOKEN_LEN];
	token(place, "t-1", secret);
	apply(place, &applicant, "a", "t-1");
	OK(enrol(place, &applicant, PURPOSE_SIGNING, "t-1", secret, &certificate));
	OK(certificate_read(bytes_of(certificate.der, certificate.len), &info));
	assert_string_equal(info.terminal, "t-1");
	assert_string_equal(info.store, "loja-1");
	assert_int_equal(info.not_after_ms, place->now_ms + INT64_C(400) * 86400 * 1000);
	OK(certificate_load(place->dir_fd, CERTIFICATE_CA, &ca));
	OK(certificate_check(
	    bytes_of(certificate.der, certificate.len), bytes_of(ca.der, ca.len)));
	certificate.der[certificate.len - 1] ^= 1;
	assert_int_equal(certificate_check(bytes_of(certificate.der, certificate.len),
			     bytes_of(ca.der, ca.len)),
	    ERR_SIGNATURE);
}

static void same_key_same_certificate(void **state)
{
	struct place *place = *state;
	struct applicant applicant;
	struct certificate first;
	struct certificate again;
	uint8_t secret[TOKEN_LEN];
	token(place, "t-1", secret);
	apply(place, &applicant, "a", "t-1");
	OK(enrol(place, &applicant, PURPOSE_TLS, "t-1", secret, &first));
	/* After a restart, and even after the token's time: the answer was lost. */
	place->now_ms += 20 * 60 * 1000;
	authority_close(&place->authority);
	OK(authority_open(place->dir_fd, &place->authority));
	OK(enrol(place, &applicant, PURPOSE_TLS, "t-1", secret, &again));
	assert_int_equal(first.len, again.len);
	assert_memory_equal(first.der, again.der, first.len);
}

static void a_token_serves_once_a_purpose(void **state)
{
	struct place *place = *state;
	struct applicant one;
	struct applicant two;
	struct applicant three;
	struct certificate certificate;
	uint8_t secret[TOKEN_LEN];
	token(place, "t-1", secret);
	apply(place, &one, "a", "t-1");
	apply(place, &two, "b", "t-1");
	apply(place, &three, "c", "t-1");
	OK(enrol(place, &one, PURPOSE_TLS, "t-1", secret, &certificate));
	assert_int_equal(
	    enrol(place, &two, PURPOSE_TLS, "t-1", secret, &certificate), ERR_EXISTS);
	OK(enrol(place, &two, PURPOSE_SIGNING, "t-1", secret, &certificate));
	assert_int_equal(
	    enrol(place, &three, PURPOSE_SIGNING, "t-1", secret, &certificate),
	    ERR_EXISTS);
}

static void equal_keys_are_refused(void **state)
{
	struct place *place = *state;
	struct applicant applicant;
	struct certificate certificate;
	uint8_t secret[TOKEN_LEN];
	token(place, "t-1", secret);
	apply(place, &applicant, "a", "t-1");
	OK(enrol(place, &applicant, PURPOSE_SIGNING, "t-1", secret, &certificate));
	assert_int_equal(
	    enrol(place, &applicant, PURPOSE_TLS, "t-1", secret, &certificate),
	    ERR_CONFLICT);
	/* Another terminal with the first one's key, for the same purpose. */
	token(place, "t-2", secret);
	struct applicant copy = applicant;
	assert_int_equal(
	    enrol(place, &copy, PURPOSE_SIGNING, "t-2", secret, &certificate),
	    ERR_FORMAT);                 /* the request names t-1 */
	apply(place, &copy, "a", "t-2"); /* the same pending key, another name */
	assert_int_equal(
	    enrol(place, &copy, PURPOSE_SIGNING, "t-2", secret, &certificate),
	    ERR_CONFLICT);
}

static void tokens_end(void **state)
{
	struct place *place = *state;
	struct applicant applicant;
	struct certificate certificate;
	uint8_t secret[TOKEN_LEN];
	uint8_t newer[TOKEN_LEN];
	apply(place, &applicant, "a", "t-1");
	memset(secret, 0, sizeof secret);
	assert_int_equal(
	    enrol(place, &applicant, PURPOSE_TLS, "t-1", secret, &certificate),
	    ERR_DENIED);
	token(place, "t-1", secret);
	place->now_ms += 15 * 60 * 1000 + 1;
	assert_int_equal(
	    enrol(place, &applicant, PURPOSE_TLS, "t-1", secret, &certificate),
	    ERR_STALE);
	/* A newer token takes the place of the older. */
	token(place, "t-1", newer);
	assert_int_equal(
	    enrol(place, &applicant, PURPOSE_TLS, "t-1", secret, &certificate),
	    ERR_DENIED);
	OK(enrol(place, &applicant, PURPOSE_TLS, "t-1", newer, &certificate));
	/* And serves no other terminal. */
	struct applicant other;
	apply(place, &other, "b", "t-2");
	assert_int_equal(
	    enrol(place, &other, PURPOSE_TLS, "t-2", newer, &certificate), ERR_DENIED);
}

/* The carrier has the tls password and may not get a signing certificate. */
static void passwords_are_bound(void **state)
{
	struct place *place = *state;
	struct applicant ours;
	struct applicant theirs;
	struct certificate certificate;
	uint8_t secret[TOKEN_LEN];
	uint8_t mac[HASH_LEN];
	char password[PASSWORD_LEN + 1];
	token(place, "t-1", secret);
	apply(place, &ours, "a", "t-1");
	apply(place, &theirs, "b", "t-1");
	const struct bytes parts[] = {
	    bytes_of_text("signing"), bytes_of(ours.spki_hash, HASH_LEN)};
	OK(crypto_psa.hmac(bytes_of(secret, TOKEN_LEN), parts, 2, mac));
	hex_encode(password, bytes_of(mac, sizeof mac));
	struct enrolment enrolment = {.purpose = PURPOSE_SIGNING,
	    .terminal = "t-1",
	    .password = password,
	    .request = bytes_of(theirs.csr, theirs.csr_len)};
	assert_int_equal(
	    authority_enrol(place->authority, &enrolment, place->now_ms, &certificate),
	    ERR_DENIED);
	enrolment.purpose = PURPOSE_TLS;
	assert_int_equal(
	    authority_enrol(place->authority, &enrolment, place->now_ms, &certificate),
	    ERR_DENIED);
	enrolment.purpose = PURPOSE_SIGNING;
	enrolment.request = bytes_of(ours.csr, ours.csr_len);
	OK(authority_enrol(place->authority, &enrolment, place->now_ms, &certificate));
}

static void requests_must_prove_their_key(void **state)
{
	struct place *place = *state;
	struct applicant applicant;
	uint8_t key[PUBLIC_KEY_LEN];
	char name[TERMINAL_LEN_MAX + 1];
	apply(place, &applicant, "a", "t-1");
	OK(request_read(bytes_of(applicant.csr, applicant.csr_len), key, name));
	assert_string_equal(name, "t-1");
	applicant.csr[applicant.csr_len - 1] ^= 1;
	assert_int_equal(
	    request_read(bytes_of(applicant.csr, applicant.csr_len), key, name),
	    ERR_SIGNATURE);
	for (size_t len = 0; len < applicant.csr_len; len += 5)
		assert_int_not_equal(
		    request_read(bytes_of(applicant.csr, len), key, name), ERR_NONE);
}

static void names_that_are_no_names_get_no_token(void **state)
{
	struct place *place = *state;
	uint8_t secret[TOKEN_LEN];
	int64_t expires_ms = 0;
	static const char *const names[] = {
	    "", "a b", "../x", "x/y", "a-name-that-is-longer-than-thirty-two-letters"};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		assert_int_equal(authority_token(place->authority, names[i], "loja-1",
				     place->now_ms, secret, &expires_ms),
		    ERR_RANGE);
		assert_int_equal(authority_token(place->authority, "t-1", names[i],
				     place->now_ms, secret, &expires_ms),
		    ERR_RANGE);
	}
}

static void tls_certificates_are_renewed(void **state)
{
	struct place *place = *state;
	struct applicant old;
	struct applicant fresh;
	struct certificate certificate;
	struct certificate_info info;
	uint8_t secret[TOKEN_LEN];
	token(place, "t-1", secret);
	apply(place, &old, "a", "t-1");
	apply(place, &fresh, "b", "t-1");
	OK(enrol(place, &old, PURPOSE_TLS, "t-1", secret, &certificate));
	/* Long expired, and still the way to a new one. */
	place->now_ms += INT64_C(500) * 86400 * 1000;
	assert_int_equal(
	    authority_renew(place->authority, fresh.spki_hash,
		bytes_of(fresh.csr, fresh.csr_len), place->now_ms, &certificate),
	    ERR_DENIED);
	OK(authority_renew(place->authority, old.spki_hash,
	    bytes_of(fresh.csr, fresh.csr_len), place->now_ms, &certificate));
	OK(certificate_read(bytes_of(certificate.der, certificate.len), &info));
	assert_string_equal(info.store, "loja-1");
	assert_true(info.not_after_ms > place->now_ms);
	assert_non_null(registry_find(
	    authority_registry(place->authority), PURPOSE_TLS, fresh.spki_hash));
}

static void the_server_certificate_is_renewed_in_time(void **state)
{
	struct place *place = *state;
	struct certificate before;
	struct certificate after;
	struct hosts hosts;
	OK(certificate_load(place->dir_fd, CERTIFICATE_TLS, &before));
	OK(authority_renew_server(place->authority, place->now_ms));
	OK(certificate_load(place->dir_fd, CERTIFICATE_TLS, &after));
	assert_memory_equal(before.der, after.der, before.len);
	OK(authority_renew_server(
	    place->authority, place->now_ms + INT64_C(380) * 86400 * 1000));
	OK(certificate_load(place->dir_fd, CERTIFICATE_TLS, &after));
	assert_memory_not_equal(before.der, after.der, before.len);
	OK(certificate_hosts(bytes_of(after.der, after.len), &hosts));
	assert_int_equal(hosts.count, 2);
	assert_string_equal(hosts.host[0], "loja.example");
	assert_string_equal(hosts.host[1], "192.0.2.7");
}

static void private_keys_stay_private(void **state)
{
	struct place *place = *state;
	struct authority *other = NULL;
	char path[PLACE_MAX + 32];
	struct stat status;
	(void)snprintf(path, sizeof path, "%s/keys", place->dir);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
	(void)snprintf(path, sizeof path, "%s/keys/ca.key", place->dir);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(status.st_size, 32);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(authority_open(place->dir_fd, &other), ERR_DENIED);
	assert_null(other);
	/* Made once: a second init cannot take a central's keys away. */
	static const struct hosts none;
	assert_int_equal(
	    authority_create(place->dir_fd, &none, place->now_ms), ERR_EXISTS);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_certificate_says_who),
	    CASE(same_key_same_certificate),
	    CASE(a_token_serves_once_a_purpose),
	    CASE(equal_keys_are_refused),
	    CASE(tokens_end),
	    CASE(passwords_are_bound),
	    CASE(requests_must_prove_their_key),
	    CASE(names_that_are_no_names_get_no_token),
	    CASE(tls_certificates_are_renewed),
	    CASE(the_server_certificate_is_renewed_in_time),
	    CASE(private_keys_stay_private),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
