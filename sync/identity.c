/* SPDX-License-Identifier: MIT */
#include "sync/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"
#include "os/file.h"
#include "sync/keys.h"
#include "sync/x509.h"

#define TILL_DIR "keys/till"
#define KEY_FILE "signing.key"
#define PENDING_FILE "pending.key"
#define CERTIFICATE_FILE "signing.crt"
#define CA_FILE "ca.crt"

struct identity_keys {
	char terminal[TERMINAL_LEN_MAX + 1];
	char store[STORE_LEN_MAX + 1];
	uint8_t ca_key[PUBLIC_KEY_LEN];
	int64_t not_after_ms;
	struct signer signer;
};

/* --- files ----------------------------------------------------------------- */

static enum err open_dir(int state_fd, bool make, int *ret_fd)
{
	static const char *const steps[] = {"keys", TILL_DIR};

	for (size_t i = 0; make && i < COUNT_OF(steps); i++) {
		if (mkdirat(state_fd, steps[i], i == 0 ? 0755 : 0700) && errno != EEXIST)
			return err_from_errno(errno);
	}
	int fd = openat(state_fd, TILL_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_from_errno(errno);
	*ret_fd = fd;
	return ERR_NONE;
}

static enum err load_scalar(int dir_fd, const char *name, uint8_t ret[SCALAR_LEN])
{
	struct stat info;
	size_t len = 0;

	if (fstatat(dir_fd, name, &info, AT_SYMLINK_NOFOLLOW))
		return err_from_errno(errno);
	if (info.st_mode & 077)
		return ERR_DENIED;
	enum err error = file_read(dir_fd, name, ret, SCALAR_LEN, &len);

	if (!error && len != SCALAR_LEN)
		error = ERR_CORRUPT;
	return error == ERR_LIMIT ? ERR_CORRUPT : error;
}

static enum err load_signer(int dir_fd, const char *name, struct signer *ret_signer)
{
	uint8_t scalar[SCALAR_LEN];
	enum err error = load_scalar(dir_fd, name, scalar);

	if (!error)
		error = signer_from_scalar(scalar, ret_signer);
	explicit_bzero(scalar, sizeof scalar);
	return error == ERR_FORMAT ? ERR_CORRUPT : error;
}

static enum err load_certificate(int dir_fd, const char *name,
    uint8_t buf[CERTIFICATE_LEN_MAX], struct x509 *ret_certificate)
{
	size_t len = 0;
	enum err error = file_read(dir_fd, name, buf, CERTIFICATE_LEN_MAX, &len);

	if (!error)
		error = x509_parse(bytes_of(buf, len), ret_certificate);
	return error == ERR_FORMAT || error == ERR_LIMIT || error == ERR_NOT_FOUND
		   ? ERR_CORRUPT
		   : error;
}

/* --- who we are ------------------------------------------------------------ */

static bool key_equal(const uint8_t a[PUBLIC_KEY_LEN], const uint8_t b[PUBLIC_KEY_LEN])
{
	return memcmp(a, b, PUBLIC_KEY_LEN) == 0;
}

static enum err load_names(
    int dir_fd, const struct crypto *crypto, struct identity_keys *keys)
{
	uint8_t ca_der[CERTIFICATE_LEN_MAX];
	uint8_t der[CERTIFICATE_LEN_MAX];
	struct x509 ca;
	struct x509 certificate;
	enum err error = load_certificate(dir_fd, CA_FILE, ca_der, &ca);

	if (!error)
		error = load_certificate(dir_fd, CERTIFICATE_FILE, der, &certificate);
	if (!error && x509_verify(crypto, &certificate, &ca))
		error = ERR_CORRUPT;
	if (!error && !key_equal(certificate.key, keys->signer.key))
		error = ERR_CORRUPT;
	if (error)
		return error;
	memcpy(keys->terminal, certificate.cn, sizeof keys->terminal);
	memcpy(keys->store, certificate.ou, sizeof keys->store);
	memcpy(keys->ca_key, ca.key, sizeof keys->ca_key);
	keys->not_after_ms = certificate.not_after_ms;
	return ERR_NONE;
}

static enum err open_keys(
    int dir_fd, const struct crypto *crypto, struct identity_keys *keys)
{
	enum err error = load_signer(dir_fd, KEY_FILE, &keys->signer);

	if (error)
		return error == ERR_NOT_FOUND ? ERR_NOT_READY : error;
	error = load_names(dir_fd, crypto, keys);
	if (error)
		signer_free(&keys->signer);
	return error;
}

enum err identity_open(
    int state_fd, const struct crypto *crypto, struct identity_keys **ret_identity)
{
	int dir_fd = -1;
	enum err error = open_dir(state_fd, false, &dir_fd);

	if (error)
		return error == ERR_NOT_FOUND ? ERR_NOT_READY : error;
	struct identity_keys *keys = calloc(1, sizeof *keys);

	error = keys ? open_keys(dir_fd, crypto, keys) : ERR_MEMORY;
	(void)close(dir_fd);
	if (error)
		free(keys);
	else
		*ret_identity = keys;
	return error;
}

void identity_close(struct identity_keys **identity)
{
	if (!*identity)
		return;
	signer_free(&(*identity)->signer);
	explicit_bzero(*identity, sizeof **identity);
	free(*identity);
	*identity = NULL;
}

const char *identity_terminal(const struct identity_keys *identity)
{
	return identity->terminal;
}

const char *identity_store(const struct identity_keys *identity)
{
	return identity->store;
}

const uint8_t *identity_ca_key(const struct identity_keys *identity)
{
	return identity->ca_key;
}

const struct signer *identity_signer(const struct identity_keys *identity)
{
	return &identity->signer;
}

int64_t identity_not_after_ms(const struct identity_keys *identity)
{
	return identity->not_after_ms;
}

/* --- enrolment ------------------------------------------------------------- */

static enum err make_pending(int dir_fd)
{
	uint8_t scalar[SCALAR_LEN];
	uint8_t key[PUBLIC_KEY_LEN];
	enum err error = key_generate(scalar, key);

	if (!error)
		error = file_create(
		    dir_fd, PENDING_FILE, 0600, bytes_of(scalar, sizeof scalar));
	explicit_bzero(scalar, sizeof scalar);
	return error;
}

/* ERR_NOT_READY: nobody yet. Otherwise who it is must be `terminal`. */
static enum err check_same(int dir_fd, const struct crypto *crypto, const char *terminal)
{
	struct identity_keys keys = {0};
	enum err error = open_keys(dir_fd, crypto, &keys);

	if (error)
		return error;
	signer_free(&keys.signer);
	return strcmp(keys.terminal, terminal) == 0 ? ERR_NONE : ERR_CONFLICT;
}

static enum err request_signer(int dir_fd, const struct crypto *crypto,
    const char *terminal, struct signer *ret_signer)
{
	enum err error = check_same(dir_fd, crypto, terminal);

	if (!error)
		return load_signer(dir_fd, KEY_FILE, ret_signer);
	if (error != ERR_NOT_READY)
		return error;
	error = load_signer(dir_fd, PENDING_FILE, ret_signer);
	if (error != ERR_NOT_FOUND)
		return error;
	error = make_pending(dir_fd);
	return error ? error : load_signer(dir_fd, PENDING_FILE, ret_signer);
}

enum err identity_request(int state_fd, const struct crypto *crypto, const char *terminal,
    uint8_t ret_csr[CSR_LEN_MAX], size_t *ret_len, uint8_t ret_spki_hash[HASH_LEN])
{
	struct signer signer = {0};
	struct sink out = sink_of(ret_csr, CSR_LEN_MAX);
	uint8_t id[KEY_ID_LEN];
	int dir_fd = -1;

	if (!text_is_name(terminal, TERMINAL_LEN_MAX))
		return ERR_RANGE;
	enum err error = open_dir(state_fd, true, &dir_fd);

	if (error)
		return error;
	/* What a killed enrolment was writing may be a key. */
	error = file_sweep(dir_fd);
	if (!error)
		error = request_signer(dir_fd, crypto, terminal, &signer);
	(void)close(dir_fd);
	if (error)
		return error;
	error = x509_request(crypto, &signer, terminal, &out);
	if (!error)
		error = key_id_of(crypto, signer.key, id, ret_spki_hash);
	if (!error)
		*ret_len = out.len;
	signer_free(&signer);
	return error;
}

static enum err check_pin(
    const struct crypto *crypto, const struct x509 *ca, const uint8_t ca_pin[HASH_LEN])
{
	uint8_t id[KEY_ID_LEN];
	uint8_t hash[HASH_LEN];
	enum err error = key_id_of(crypto, ca->key, id, hash);

	if (error)
		return error;
	return memcmp(hash, ca_pin, HASH_LEN) == 0 ? x509_verify(crypto, ca, ca)
						   : ERR_SIGNATURE;
}

/* The key that the certificate must be for: the one in use, or the pending. */
static enum err check_key(int dir_fd, const struct crypto *crypto, const char *terminal,
    const struct x509 *certificate, const struct x509 *ca)
{
	struct identity_keys keys = {0};
	enum err error = open_keys(dir_fd, crypto, &keys);
	bool conflict = false;

	if (error == ERR_NOT_READY)
		error = load_signer(dir_fd, PENDING_FILE, &keys.signer);
	else if (!error)
		conflict = !key_equal(keys.ca_key, ca->key) ||
			   strcmp(keys.terminal, terminal) != 0;
	if (error)
		return error == ERR_NOT_FOUND ? ERR_KEY : error;
	bool same = key_equal(keys.signer.key, certificate->key);

	signer_free(&keys.signer);
	if (conflict)
		return ERR_CONFLICT;
	return same ? ERR_NONE : ERR_KEY;
}

/* The key's own name last: without it there is no identity at all. */
static enum err put_in_place(int dir_fd, struct bytes ca_der, struct bytes der)
{
	enum err error = file_write(dir_fd, CA_FILE, 0600, ca_der);

	if (!error)
		error = file_write(dir_fd, CERTIFICATE_FILE, 0600, der);
	if (error)
		return error;
	if (renameat(dir_fd, PENDING_FILE, dir_fd, KEY_FILE) && errno != ENOENT)
		return err_from_errno(errno);
	return fsync(dir_fd) ? err_from_errno(errno) : ERR_NONE;
}

enum err identity_adopt(int state_fd, const struct crypto *crypto, const char *terminal,
    const uint8_t ca_pin[HASH_LEN], struct bytes ca_der, struct bytes certificate_der)
{
	struct x509 ca;
	struct x509 certificate;
	int dir_fd = -1;

	if (ca_der.len > CERTIFICATE_LEN_MAX || certificate_der.len > CERTIFICATE_LEN_MAX)
		return ERR_LIMIT;
	enum err error = x509_parse(ca_der, &ca);

	if (!error)
		error = x509_parse(certificate_der, &certificate);
	if (!error)
		error = check_pin(crypto, &ca, ca_pin);
	if (!error)
		error = x509_verify(crypto, &certificate, &ca);
	if (!error && strcmp(certificate.cn, terminal) != 0)
		error = ERR_CONFLICT;
	if (!error && !text_is_name(certificate.ou, STORE_LEN_MAX))
		error = ERR_FORMAT;
	if (!error)
		error = open_dir(state_fd, false, &dir_fd);
	if (error)
		return error;
	error = check_key(dir_fd, crypto, terminal, &certificate, &ca);
	if (!error)
		error = put_in_place(dir_fd, ca_der, certificate_der);
	(void)close(dir_fd);
	return error;
}

bool identity_is_pending(int state_fd)
{
	return faccessat(state_fd, TILL_DIR "/" PENDING_FILE, F_OK, 0) == 0;
}

void identity_forget_pending(int state_fd)
{
	(void)unlinkat(state_fd, TILL_DIR "/" PENDING_FILE, 0);
}
