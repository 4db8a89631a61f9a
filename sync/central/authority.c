/* SPDX-License-Identifier: MIT */
#include "central/authority.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"
#include "central/crypto_gnutls.h"
#include "os/file.h"

enum {
	PURPOSE_COUNT = PURPOSE_SIGNING + 1,
	TOKEN_FILE_MAX = 256,
	TOKEN_NAME_MAX = TERMINAL_LEN_MAX + 8,
};

struct authority {
	int keys_fd;
	struct key_pair ca;
	struct certificate ca_certificate;
	struct registry *registry;
};

/* --- making and opening ---------------------------------------------------- */

static enum err subdirectory(int dir_fd, const char *name)
{
	return mkdirat(dir_fd, name, 0700) == 0 ? ERR_NONE : ERR_EXISTS;
}

static enum err open_keys(int dir_fd, int *ret_fd)
{
	int fd = openat(dir_fd, "keys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ERR_NOT_FOUND;
	*ret_fd = fd;
	return ERR_NONE;
}

static enum err create_certificates(int keys_fd, const struct key_pair *ca,
    const struct key_pair *tls, const struct hosts *hosts, int64_t now_ms)
{
	struct certificate root;
	struct certificate server;
	const struct issuer issuer = {.pair = ca, .certificate = &root};
	enum err err = certificate_ca(ca, now_ms, &root);
	if (err == ERR_NONE)
		err = certificate_server(&issuer, tls->key, hosts, now_ms, &server);
	if (err == ERR_NONE)
		err = file_write(
		    keys_fd, CERTIFICATE_TLS, 0600, bytes_of(server.der, server.len));
	if (err == ERR_NONE)
		err = file_write(
		    keys_fd, CERTIFICATE_CA, 0600, bytes_of(root.der, root.len));
	return err;
}

enum err authority_create(int dir_fd, const struct hosts *hosts, int64_t now_ms)
{
	int keys_fd = -1;
	struct key_pair ca;
	struct key_pair tls;
	struct key_pair other;
	enum err err = subdirectory(dir_fd, "keys");
	if (err == ERR_NONE)
		err = subdirectory(dir_fd, "issued");
	if (err == ERR_NONE)
		err = open_keys(dir_fd, &keys_fd);
	if (err == ERR_NONE)
		err = subdirectory(keys_fd, "tokens");
	if (err == ERR_NONE)
		err = key_create(keys_fd, KEY_CA, &ca);
	if (err == ERR_NONE)
		err = key_create(keys_fd, KEY_TLS, &tls);
	if (err == ERR_NONE)
		err = key_create(keys_fd, KEY_RECEIPT, &other);
	if (err == ERR_NONE)
		err = key_create(keys_fd, KEY_SEALING, &other);
	if (err == ERR_NONE)
		err = create_certificates(keys_fd, &ca, &tls, hosts, now_ms);
	key_wipe(&ca);
	key_wipe(&tls);
	key_wipe(&other);
	if (keys_fd >= 0)
		(void)close(keys_fd);
	return err;
}

static enum err load_certificate(
    int keys_fd, const char *name, struct certificate *ret_certificate)
{
	return file_read(keys_fd, name, ret_certificate->der, sizeof ret_certificate->der,
	    &ret_certificate->len);
}

enum err authority_open(int dir_fd, struct authority **ret_authority)
{
	struct authority *authority = calloc(1, sizeof *authority);
	if (authority == NULL)
		return ERR_MEMORY;
	authority->keys_fd = -1;
	enum err err = open_keys(dir_fd, &authority->keys_fd);
	if (err == ERR_NONE)
		err = key_load(authority->keys_fd, KEY_CA, &authority->ca);
	if (err == ERR_NONE)
		err = load_certificate(
		    authority->keys_fd, CERTIFICATE_CA, &authority->ca_certificate);
	if (err == ERR_NONE)
		err = registry_open(dir_fd, &authority->registry);
	if (err == ERR_NONE)
		*ret_authority = authority;
	else
		authority_close(&authority);
	return err;
}

void authority_close(struct authority **authority)
{
	if (*authority == NULL)
		return;
	registry_close(&(*authority)->registry);
	key_wipe(&(*authority)->ca);
	if ((*authority)->keys_fd >= 0)
		(void)close((*authority)->keys_fd);
	free(*authority);
	*authority = NULL;
}

struct registry *authority_registry(struct authority *authority)
{
	return authority->registry;
}

static struct issuer issuer_of(const struct authority *authority)
{
	return (struct issuer){
	    .pair = &authority->ca, .certificate = &authority->ca_certificate};
}

enum err authority_renew_server(struct authority *authority, int64_t now_ms)
{
	struct certificate server;
	struct certificate_info info;
	enum err err = load_certificate(authority->keys_fd, CERTIFICATE_TLS, &server);
	if (err == ERR_NONE)
		err = certificate_read(bytes_of(server.der, server.len), &info);
	if (err != ERR_NONE ||
	    info.not_after_ms - now_ms > (int64_t)SERVER_RENEW_DAYS * 86400 * 1000)
		return err;
	struct hosts hosts;
	const struct issuer issuer = issuer_of(authority);
	err = certificate_hosts(bytes_of(server.der, server.len), &hosts);
	if (err == ERR_NONE)
		err = certificate_server(&issuer, info.key, &hosts, now_ms, &server);
	if (err == ERR_NONE)
		err = file_write(authority->keys_fd, CERTIFICATE_TLS, 0600,
		    bytes_of(server.der, server.len));
	return err;
}

/* --- tokens ---------------------------------------------------------------- */

/* What DIR/keys/tokens/token-TERMINAL holds. */
struct token {
	uint8_t secret[TOKEN_LEN];
	int64_t expires_ms;
	char store[STORE_LEN_MAX + 1];
	bool used[PURPOSE_COUNT];
	uint8_t key_id[PURPOSE_COUNT][KEY_ID_LEN]; /* what it was used with */
};

static void token_name(const char *terminal, char ret_name[TOKEN_NAME_MAX])
{
	(void)snprintf(ret_name, TOKEN_NAME_MAX, "token-%s", terminal);
}

static enum err tokens_fd(const struct authority *authority, int *ret_fd)
{
	int fd = openat(authority->keys_fd, "tokens", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ERR_NOT_FOUND;
	*ret_fd = fd;
	return ERR_NONE;
}

static enum err token_write(
    const struct authority *authority, const char *terminal, const struct token *token)
{
	uint8_t buf[TOKEN_FILE_MAX];
	char name[TOKEN_NAME_MAX];
	struct sink out = sink_of(buf, sizeof buf);
	sink_put(&out, bytes_of(token->secret, sizeof token->secret));
	sink_be(&out, 8, (uint64_t)token->expires_ms);
	for (size_t i = PURPOSE_TLS; i < PURPOSE_COUNT; i++) {
		sink_u8(&out, token->used[i] ? 1 : 0);
		sink_put(&out, bytes_of(token->key_id[i], KEY_ID_LEN));
	}
	sink_put(&out, bytes_of_text(token->store));
	token_name(terminal, name);
	int fd = -1;
	enum err err = out.over ? ERR_LIMIT : tokens_fd(authority, &fd);
	if (err == ERR_NONE) {
		err = file_write(fd, name, 0600, sink_bytes(&out));
		(void)close(fd);
	}
	explicit_bzero(buf, sizeof buf);
	return err;
}

static enum err token_parse(struct bytes bytes, struct token *token)
{
	struct cursor in = cursor_of(bytes);
	struct bytes secret;
	uint64_t expires_ms = 0;
	enum err err = cursor_take(&in, TOKEN_LEN, &secret);
	if (err == ERR_NONE)
		err = cursor_be(&in, 8, &expires_ms);
	for (size_t i = PURPOSE_TLS; i < PURPOSE_COUNT && err == ERR_NONE; i++) {
		uint8_t used = 0;
		struct bytes key_id = {0};
		err = cursor_u8(&in, &used);
		if (err == ERR_NONE)
			err = cursor_take(&in, KEY_ID_LEN, &key_id);
		if (err == ERR_NONE)
			memcpy(token->key_id[i], key_id.at, KEY_ID_LEN);
		token->used[i] = used != 0;
	}
	if (err != ERR_NONE)
		return ERR_CORRUPT;
	memcpy(token->secret, secret.at, TOKEN_LEN);
	token->expires_ms = (int64_t)expires_ms;
	return text_from_bytes(
	    token->store, sizeof token->store, bytes_of(in.at, in.left));
}

static enum err token_read(
    const struct authority *authority, const char *terminal, struct token *ret_token)
{
	uint8_t buf[TOKEN_FILE_MAX];
	char name[TOKEN_NAME_MAX];
	size_t len = 0;
	int fd = -1;
	if (!text_is_name(terminal, TERMINAL_LEN_MAX))
		return ERR_NOT_FOUND;
	token_name(terminal, name);
	enum err err = tokens_fd(authority, &fd);
	if (err != ERR_NONE)
		return err;
	err = file_read(fd, name, buf, sizeof buf, &len);
	(void)close(fd);
	struct token token = {0};
	if (err == ERR_NONE)
		err = token_parse(bytes_of(buf, len), &token);
	if (err == ERR_NONE)
		*ret_token = token;
	explicit_bzero(buf, sizeof buf);
	explicit_bzero(&token, sizeof token);
	return err;
}

enum err authority_token(struct authority *authority, const char *terminal,
    const char *store, int64_t now_ms, uint8_t ret_secret[TOKEN_LEN],
    int64_t *ret_expires_ms)
{
	struct token token = {.expires_ms = now_ms + TOKEN_LIFE_MS};
	if (!text_is_name(terminal, TERMINAL_LEN_MAX) ||
	    !text_is_name(store, STORE_LEN_MAX))
		return ERR_RANGE;
	enum err err = text_copy(token.store, sizeof token.store, store);
	if (err == ERR_NONE)
		err = crypto_gnutls.random(token.secret, sizeof token.secret);
	if (err == ERR_NONE)
		err = token_write(authority, terminal, &token);
	if (err == ERR_NONE) {
		memcpy(ret_secret, token.secret, TOKEN_LEN);
		*ret_expires_ms = token.expires_ms;
	}
	explicit_bzero(&token, sizeof token);
	return err;
}

/* --- enrolment ------------------------------------------------------------- */

/* tls = HMAC(secret, "tls"); signing = HMAC(secret, "signing" || SHA-256(SPKI)),
 * so that the carrier, which is given both, cannot enrol a signing key of its
 * own. */
static enum err check_password(const struct token *token, enum purpose purpose,
    const uint8_t spki_hash[HASH_LEN], const char *password)
{
	uint8_t mac[HASH_LEN];
	char expected[PASSWORD_LEN + 1];
	struct bytes parts[] = {
	    bytes_of_text(purpose_word(purpose)), bytes_of(spki_hash, HASH_LEN)};
	enum err err = crypto_gnutls.hmac(bytes_of(token->secret, TOKEN_LEN), parts,
	    purpose == PURPOSE_SIGNING ? 2 : 1, mac);
	if (err != ERR_NONE)
		return err;
	hex_encode(expected, bytes_of(mac, sizeof mac));
	bool same = bytes_equal_secret(bytes_of_text(expected), bytes_of_text(password));
	explicit_bzero(mac, sizeof mac);
	explicit_bzero(expected, sizeof expected);
	return same ? ERR_NONE : ERR_DENIED;
}

/* A key has one purpose and one terminal, for ever. */
static enum err check_key_free(const struct authority *authority, enum purpose purpose,
    const char *terminal, const uint8_t key_id[KEY_ID_LEN])
{
	enum purpose other = purpose == PURPOSE_TLS ? PURPOSE_SIGNING : PURPOSE_TLS;
	if (registry_find(authority->registry, other, key_id) != NULL)
		return ERR_CONFLICT;
	const struct issued *issued = registry_find(authority->registry, purpose, key_id);
	if (issued != NULL && strcmp(issued->info.terminal, terminal) != 0)
		return ERR_CONFLICT;
	return ERR_NONE;
}

static enum err issue(struct authority *authority, enum purpose purpose,
    const struct certificate_info *info, int64_t now_ms,
    struct certificate *ret_certificate)
{
	struct certificate certificate;
	const struct issuer issuer = issuer_of(authority);
	enum err err = certificate_terminal(&issuer, info, purpose, now_ms, &certificate);
	if (err == ERR_NONE)
		err = registry_add(authority->registry, purpose, &certificate);
	if (err == ERR_NONE)
		*ret_certificate = certificate;
	return err;
}

/* A request whose password is right. */
static enum err enrol_key(struct authority *authority, const struct enrolment *enrolment,
    struct token *token, const struct certificate_info *info, int64_t now_ms,
    struct certificate *ret_certificate)
{
	enum purpose purpose = enrolment->purpose;
	uint8_t key_id[KEY_ID_LEN];
	enum err err = key_id_of(&crypto_gnutls, info->key, key_id, NULL);
	if (err != ERR_NONE)
		return err;
	if (token->used[purpose] &&
	    memcmp(token->key_id[purpose], key_id, KEY_ID_LEN) != 0)
		return ERR_EXISTS;
	err = check_key_free(authority, purpose, info->terminal, key_id);
	if (err != ERR_NONE)
		return err;
	if (token->used[purpose])
		return registry_read(
		    authority->registry, purpose, key_id, ret_certificate);
	if (now_ms > token->expires_ms)
		return ERR_STALE;
	/* A crash between the certificate and the mark: the retry finds the
	 * certificate of its key and only marks. */
	if (registry_find(authority->registry, purpose, key_id) != NULL)
		err =
		    registry_read(authority->registry, purpose, key_id, ret_certificate);
	else
		err = issue(authority, purpose, info, now_ms, ret_certificate);
	if (err != ERR_NONE)
		return err;
	token->used[purpose] = true;
	memcpy(token->key_id[purpose], key_id, KEY_ID_LEN);
	return token_write(authority, info->terminal, token);
}

enum err authority_enrol(struct authority *authority, const struct enrolment *enrolment,
    int64_t now_ms, struct certificate *ret_certificate)
{
	struct token token;
	struct certificate_info info = {0};
	char name[TERMINAL_LEN_MAX + 1];
	uint8_t key_id[KEY_ID_LEN];
	uint8_t spki_hash[HASH_LEN];
	enum err err = token_read(authority, enrolment->terminal, &token);
	if (err != ERR_NONE)
		return err == ERR_NOT_FOUND ? ERR_DENIED : err;
	err = request_read(enrolment->request, info.key, name);
	if (err == ERR_NONE)
		err = key_id_of(&crypto_gnutls, info.key, key_id, spki_hash);
	if (err == ERR_NONE)
		err = check_password(
		    &token, enrolment->purpose, spki_hash, enrolment->password);
	if (err == ERR_NONE && name[0] != '\0' && strcmp(name, enrolment->terminal) != 0)
		err = ERR_FORMAT;
	if (err == ERR_NONE)
		err = text_copy(info.terminal, sizeof info.terminal, enrolment->terminal);
	if (err == ERR_NONE)
		err = text_copy(info.store, sizeof info.store, token.store);
	if (err == ERR_NONE)
		err = enrol_key(
		    authority, enrolment, &token, &info, now_ms, ret_certificate);
	explicit_bzero(&token, sizeof token);
	return err;
}

enum err authority_renew(struct authority *authority, const uint8_t peer[KEY_ID_LEN],
    struct bytes request, int64_t now_ms, struct certificate *ret_certificate)
{
	char name[TERMINAL_LEN_MAX + 1];
	uint8_t key_id[KEY_ID_LEN];
	const struct issued *known =
	    registry_find(authority->registry, PURPOSE_TLS, peer);
	if (known == NULL)
		return ERR_DENIED;
	struct certificate_info info = known->info;
	enum err err = request_read(request, info.key, name);
	if (err == ERR_NONE && name[0] != '\0' && strcmp(name, info.terminal) != 0)
		err = ERR_FORMAT;
	if (err == ERR_NONE)
		err = key_id_of(&crypto_gnutls, info.key, key_id, NULL);
	if (err == ERR_NONE)
		err = check_key_free(authority, PURPOSE_TLS, info.terminal, key_id);
	if (err == ERR_NONE)
		err = issue(authority, PURPOSE_TLS, &info, now_ms, ret_certificate);
	return err;
}

/* --- what needs no private key --------------------------------------------- */

enum err certificate_load(
    int dir_fd, const char *name, struct certificate *ret_certificate)
{
	int keys_fd = -1;
	enum err err = open_keys(dir_fd, &keys_fd);
	if (err != ERR_NONE)
		return err;
	err = load_certificate(keys_fd, name, ret_certificate);
	(void)close(keys_fd);
	return err;
}

enum err ca_pin(int dir_fd, uint8_t ret_pin[HASH_LEN])
{
	struct certificate ca;
	struct certificate_info info;
	uint8_t key_id[KEY_ID_LEN];
	enum err err = certificate_load(dir_fd, CERTIFICATE_CA, &ca);
	if (err == ERR_NONE)
		err = certificate_read(bytes_of(ca.der, ca.len), &info);
	if (err == ERR_NONE)
		err = key_id_of(&crypto_gnutls, info.key, key_id, ret_pin);
	return err;
}
