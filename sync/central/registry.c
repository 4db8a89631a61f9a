/* SPDX-License-Identifier: MIT */
#include "central/registry.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"
#include "central/crypto_gnutls.h"
#include "os/file.h"

enum { ISSUED_NAME_LEN = 16 + 2 * KEY_ID_LEN };

struct registry {
	int fd;
	size_t count;
	size_t cap;
	struct issued *issued; /* sorted by purpose and key id */
};

static void issued_name(enum purpose purpose, const uint8_t key_id[KEY_ID_LEN],
    char ret_name[ISSUED_NAME_LEN])
{
	char hex[2 * KEY_ID_LEN + 1];
	hex_encode(hex, bytes_of(key_id, KEY_ID_LEN));
	(void)snprintf(
	    ret_name, ISSUED_NAME_LEN, "%s-%s.crt", purpose_word(purpose), hex);
}

static int order(
    enum purpose purpose, const uint8_t key_id[KEY_ID_LEN], const struct issued *issued)
{
	if (purpose != issued->purpose)
		return purpose < issued->purpose ? -1 : 1;
	return memcmp(key_id, issued->key_id, KEY_ID_LEN);
}

/* Where the key is, or where it would go. */
static size_t place(const struct registry *registry, enum purpose purpose,
    const uint8_t key_id[KEY_ID_LEN])
{
	size_t low = 0;
	size_t high = registry->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (order(purpose, key_id, &registry->issued[middle]) > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static enum err insert(struct registry *registry, const struct issued *issued)
{
	size_t at = place(registry, issued->purpose, issued->key_id);
	if (at < registry->count &&
	    order(issued->purpose, issued->key_id, &registry->issued[at]) == 0) {
		registry->issued[at] = *issued;
		return ERR_NONE;
	}
	if (registry->count == ISSUED_MAX)
		return ERR_LIMIT;
	if (registry->count == registry->cap) {
		size_t cap = registry->cap == 0 ? 64 : 2 * registry->cap;
		struct issued *grown = realloc(registry->issued, cap * sizeof *grown);
		if (grown == NULL)
			return ERR_MEMORY;
		registry->issued = grown;
		registry->cap = cap;
	}
	memmove(&registry->issued[at + 1], &registry->issued[at],
	    (registry->count - at) * sizeof registry->issued[0]);
	registry->issued[at] = *issued;
	registry->count++;
	return ERR_NONE;
}

static enum err describe(enum purpose purpose, const struct certificate *certificate,
    struct issued *ret_issued)
{
	struct issued issued = {.purpose = purpose};
	enum err err =
	    certificate_read(bytes_of(certificate->der, certificate->len), &issued.info);
	if (err == ERR_NONE)
		err = key_id_of(&crypto_gnutls, issued.info.key, issued.key_id, NULL);
	if (err == ERR_NONE)
		*ret_issued = issued;
	return err;
}

static enum err load_file(struct registry *registry, const char *name)
{
	enum purpose purpose = PURPOSE_NONE;
	const char *dash = strchr(name, '-');
	if (dash != NULL)
		purpose = purpose_from(bytes_of(name, (size_t)(dash - name)));
	if (purpose == PURPOSE_NONE)
		return ERR_CORRUPT;
	struct certificate certificate;
	struct issued issued;
	enum err err = file_read(registry->fd, name, certificate.der,
	    sizeof certificate.der, &certificate.len);
	if (err == ERR_NONE)
		err = describe(purpose, &certificate, &issued);
	return err == ERR_NONE ? insert(registry, &issued) : err;
}

enum err registry_open(int dir_fd, struct registry **ret_registry)
{
	struct registry *registry = calloc(1, sizeof *registry);
	if (registry == NULL)
		return ERR_MEMORY;
	struct names names = {0};
	registry->fd = openat(dir_fd, "issued", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err err = registry->fd < 0 ? ERR_NOT_FOUND : ERR_NONE;
	if (err == ERR_NONE)
		err = dir_list(registry->fd, ISSUED_MAX, &names);
	for (size_t i = 0; i < names.count && err == ERR_NONE; i++)
		err = load_file(registry, names.name[i]);
	names_free(&names);
	if (err == ERR_NONE)
		*ret_registry = registry;
	else
		registry_close(&registry);
	return err;
}

void registry_close(struct registry **registry)
{
	if (*registry == NULL)
		return;
	if ((*registry)->fd >= 0)
		(void)close((*registry)->fd);
	free((*registry)->issued);
	free(*registry);
	*registry = NULL;
}

const struct issued *registry_find(const struct registry *registry, enum purpose purpose,
    const uint8_t key_id[KEY_ID_LEN])
{
	size_t at = place(registry, purpose, key_id);
	if (at == registry->count || order(purpose, key_id, &registry->issued[at]) != 0)
		return NULL;
	return &registry->issued[at];
}

const struct issued *registry_at(const struct registry *registry, size_t i)
{
	return i < registry->count ? &registry->issued[i] : NULL;
}

const char *registry_store(const struct registry *registry, const char *terminal)
{
	const struct issued *newest = NULL;
	for (size_t i = 0; i < registry->count; i++) {
		const struct issued *issued = &registry->issued[i];
		if (issued->purpose == PURPOSE_SIGNING &&
		    strcmp(issued->info.terminal, terminal) == 0 &&
		    (newest == NULL ||
			newest->info.not_after_ms < issued->info.not_after_ms))
			newest = issued;
	}
	return newest == NULL ? NULL : newest->info.store;
}

enum err registry_add(struct registry *registry, enum purpose purpose,
    const struct certificate *certificate)
{
	struct issued issued;
	char name[ISSUED_NAME_LEN];
	enum err err = describe(purpose, certificate, &issued);
	if (err != ERR_NONE)
		return err;
	issued_name(purpose, issued.key_id, name);
	err = file_write(
	    registry->fd, name, 0600, bytes_of(certificate->der, certificate->len));
	return err == ERR_NONE ? insert(registry, &issued) : err;
}

enum err registry_read(const struct registry *registry, enum purpose purpose,
    const uint8_t key_id[KEY_ID_LEN], struct certificate *ret_certificate)
{
	char name[ISSUED_NAME_LEN];
	issued_name(purpose, key_id, name);
	return file_read(registry->fd, name, ret_certificate->der,
	    sizeof ret_certificate->der, &ret_certificate->len);
}
