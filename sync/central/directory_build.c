/* SPDX-License-Identifier: MIT */
#include "central/directory_build.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

#include "os/file.h"
#include "stretch.h"

/* --- what must be sealed: an entry for each identifier --------------------------------
 */

struct named {
	char text[MEMBER_TEXT_LEN_MAX + 1]; /* "cpf:..." */
	const struct directory_entry *entry;
	bool slow; /* can be enumerated: goes through Argon2id */
	bool known;
	uint8_t cache_tag[DIRECTORY_TAG_LEN];
	uint8_t stretched[STRETCH_LEN];
};

struct work {
	const struct crypto *crypto;
	const uint8_t *salt;
	size_t count;
	struct named *named;
};

static struct bytes salt_of(const struct work *work)
{
	return bytes_of(work->salt, DIRECTORY_SALT_LEN);
}

static void named_add(struct work *work, enum member_kind kind, const char *identifier,
    const struct directory_entry *entry)
{
	struct person person = {.kind = kind};
	if (identifier[0] == '\0')
		return;
	struct named *named = &work->named[work->count++];
	assert(strlen(identifier) <= MEMBER_LEN_MAX);
	memcpy(person.member, identifier, strlen(identifier) + 1);
	person_format(&person, named->text);
	person_wipe(&person);
	named->entry = entry;
	named->slow = kind != MEMBER_CARD;
}

static enum err named_list(
    struct work *work, const struct members *members, const char *store)
{
	work->named = calloc(members->count * 3 + 1, sizeof *work->named);
	if (work->named == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < members->count; i++) {
		const struct member *member = &members->member[i];
		if (store != NULL && member->store[0] != '\0' &&
		    strcmp(member->store, store) != 0)
			continue;
		named_add(work, MEMBER_CARD, member->card, &member->entry);
		named_add(work, MEMBER_CPF, member->cpf, &member->entry);
		named_add(work, MEMBER_PHONE, member->phone, &member->entry);
	}
	return ERR_NONE;
}

/* --- the cache: what Argon2id gave before ----------------------------------------------
 */

/* File: head, then rows of tag and stretched secret by rising tag, then SHA-256
 * of all before it. */
enum {
	CACHE_ROW_LEN = DIRECTORY_TAG_LEN + STRETCH_LEN,
	CACHE_ROWS_MAX = 2 * MEMBERS_MAX,
	CACHE_NAME_LEN = 10 + 2 * DIRECTORY_SALT_LEN,
};

static const char cache_head[] = "balcao stretched 1 19456 2 1\n";

enum { CACHE_HEAD_LEN = sizeof cache_head - 1 };

_Static_assert(ARGON_MEMORY_KIB == 19456 && ARGON_PASSES == 2 && ARGON_LANES == 1,
    "the cache names what it was made with");

static void cache_name(const struct work *work, char out[CACHE_NAME_LEN + 1])
{
	char hex[2 * DIRECTORY_SALT_LEN + 1];
	hex_encode(hex, salt_of(work));
	(void)snprintf(out, CACHE_NAME_LEN + 1, "stretched-%s", hex);
}

static enum err cache_tags(struct work *work)
{
	enum err err = ERR_NONE;
	for (size_t i = 0; err == ERR_NONE && i < work->count; i++) {
		struct named *named = &work->named[i];
		uint8_t hash[HASH_LEN];
		const struct bytes text = bytes_of_text(named->text);
		if (!named->slow)
			continue;
		err = work->crypto->hmac(salt_of(work), &text, 1, hash);
		if (err == ERR_NONE)
			memcpy(named->cache_tag, hash, sizeof named->cache_tag);
	}
	return err;
}

static const uint8_t *cache_find(const uint8_t *rows, size_t count, const uint8_t *tag)
{
	size_t low = 0;
	size_t high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const uint8_t *row = rows + middle * CACHE_ROW_LEN;
		int order = memcmp(row, tag, DIRECTORY_TAG_LEN);
		if (order == 0)
			return row;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* Whether the file is whole and was made as we would make it. */
static bool cache_right(const struct work *work, const uint8_t *file, size_t len)
{
	uint8_t hash[HASH_LEN];
	if (len < CACHE_HEAD_LEN + HASH_LEN ||
	    (len - CACHE_HEAD_LEN - HASH_LEN) % CACHE_ROW_LEN != 0 ||
	    memcmp(file, cache_head, CACHE_HEAD_LEN) != 0)
		return false;
	const struct bytes part = bytes_of(file, len - HASH_LEN);
	return work->crypto->sha256(&part, 1, hash) == ERR_NONE &&
	       memcmp(file + len - HASH_LEN, hash, HASH_LEN) == 0;
}

/* A cache that cannot be used costs time, nothing else. */
static void cache_load(struct work *work, int cache_fd)
{
	const size_t cap =
	    CACHE_HEAD_LEN + (size_t)CACHE_ROWS_MAX * CACHE_ROW_LEN + HASH_LEN;
	char name[CACHE_NAME_LEN + 1];
	size_t len = 0;
	uint8_t *file = cache_fd >= 0 ? malloc(cap) : NULL;
	if (file == NULL)
		return;
	cache_name(work, name);
	if (file_read(cache_fd, name, file, cap, &len) == ERR_NONE &&
	    cache_right(work, file, len)) {
		size_t rows = (len - CACHE_HEAD_LEN - HASH_LEN) / CACHE_ROW_LEN;
		for (size_t i = 0; i < work->count; i++) {
			struct named *named = &work->named[i];
			const uint8_t *row = named->slow
						 ? cache_find(file + CACHE_HEAD_LEN, rows,
						       named->cache_tag)
						 : NULL;
			named->known = row != NULL;
			if (row != NULL)
				memcpy(named->stretched, row + DIRECTORY_TAG_LEN,
				    STRETCH_LEN);
		}
	}
	explicit_bzero(file, len);
	free(file);
}

static int row_order(const void *a, const void *b)
{
	return memcmp(a, b, DIRECTORY_TAG_LEN);
}

/* Holds the present members only: who left is forgotten here too. */
static enum err cache_save(const struct work *work, int cache_fd)
{
	char name[CACHE_NAME_LEN + 1];
	size_t rows = 0;
	for (size_t i = 0; i < work->count; i++)
		rows += work->named[i].slow ? 1 : 0;
	size_t len = CACHE_HEAD_LEN + rows * CACHE_ROW_LEN;
	uint8_t *file = malloc(len + HASH_LEN);
	if (file == NULL)
		return ERR_MEMORY;
	memcpy(file, cache_head, CACHE_HEAD_LEN);
	uint8_t *row = file + CACHE_HEAD_LEN;
	for (size_t i = 0; i < work->count; i++) {
		if (!work->named[i].slow)
			continue;
		memcpy(row, work->named[i].cache_tag, DIRECTORY_TAG_LEN);
		memcpy(row + DIRECTORY_TAG_LEN, work->named[i].stretched, STRETCH_LEN);
		row += CACHE_ROW_LEN;
	}
	qsort(file + CACHE_HEAD_LEN, rows, CACHE_ROW_LEN, row_order);
	const struct bytes part = bytes_of(file, len);
	enum err err = work->crypto->sha256(&part, 1, file + len);
	cache_name(work, name);
	if (err == ERR_NONE)
		err = file_write(cache_fd, name, 0600, bytes_of(file, len + HASH_LEN));
	explicit_bzero(file, len);
	free(file);
	return err;
}

/* --- stretching, on a few processes
 * ----------------------------------------------------- */

struct worker {
	pid_t pid;
	int fd; /* its answers */
};

static enum err write_all(int fd, const uint8_t *at, size_t len)
{
	while (len > 0) {
		ssize_t done = write(fd, at, len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return ERR_IO;
		at += done;
		len -= (size_t)done;
	}
	return ERR_NONE;
}

static enum err read_all(int fd, uint8_t *at, size_t len)
{
	while (len > 0) {
		ssize_t done = read(fd, at, len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return ERR_IO; /* the worker died before its answer */
		at += done;
		len -= (size_t)done;
	}
	return ERR_NONE;
}

/* The child: every so-manieth of the unknown, in order. */
static enum err part_stretch(const struct work *work, size_t part, int fd)
{
	size_t unknown = 0;
	enum err err = ERR_NONE;
	for (size_t i = 0; err == ERR_NONE && i < work->count; i++) {
		const struct named *named = &work->named[i];
		uint8_t out[STRETCH_LEN];
		if (!named->slow || named->known || unknown++ % DIRECTORY_WORKERS != part)
			continue;
		err = stretch_identifier(bytes_of_text(named->text), salt_of(work),
		    ARGON_MEMORY_KIB, ARGON_PASSES, ARGON_LANES, out);
		if (err == ERR_NONE)
			err = write_all(fd, out, sizeof out);
		explicit_bzero(out, sizeof out);
	}
	return err;
}

static enum err worker_start(const struct work *work, size_t part, struct worker *ret)
{
	int ends[2];
	if (pipe(ends) != 0)
		return ERR_IO;
	pid_t pid = fork();
	if (pid < 0) {
		(void)close(ends[0]);
		(void)close(ends[1]);
		return ERR_IO;
	}
	if (pid == 0) {
		(void)close(ends[0]);
		_exit(part_stretch(work, part, ends[1]) == ERR_NONE ? 0 : 1);
	}
	(void)close(ends[1]);
	*ret = (struct worker){pid, ends[0]};
	return ERR_NONE;
}

static enum err part_collect(struct work *work, size_t part, int fd)
{
	size_t unknown = 0;
	enum err err = ERR_NONE;
	for (size_t i = 0; err == ERR_NONE && i < work->count; i++) {
		struct named *named = &work->named[i];
		if (!named->slow || named->known || unknown++ % DIRECTORY_WORKERS != part)
			continue;
		err = read_all(fd, named->stretched, STRETCH_LEN);
	}
	return err;
}

static void worker_end(struct worker *worker)
{
	if (worker->pid == 0)
		return;
	(void)close(worker->fd); /* one that still writes ends by it */
	while (waitpid(worker->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static enum err stretch_unknown(struct work *work)
{
	struct worker worker[DIRECTORY_WORKERS] = {0};
	enum err err = ERR_NONE;
	for (size_t i = 0; err == ERR_NONE && i < DIRECTORY_WORKERS; i++)
		err = worker_start(work, i, &worker[i]);
	for (size_t i = 0; err == ERR_NONE && i < DIRECTORY_WORKERS; i++)
		err = part_collect(work, i, worker[i].fd);
	for (size_t i = 0; i < DIRECTORY_WORKERS; i++)
		worker_end(&worker[i]);
	return err;
}

static bool any_unknown(const struct work *work)
{
	for (size_t i = 0; i < work->count; i++)
		if (work->named[i].slow && !work->named[i].known)
			return true;
	return false;
}

static enum err stretch_all(struct work *work, int cache_fd)
{
	enum err err = cache_tags(work);
	if (err != ERR_NONE)
		return err;
	cache_load(work, cache_fd);
	if (!any_unknown(work))
		return ERR_NONE;
	err = stretch_unknown(work);
	if (err == ERR_NONE && cache_fd >= 0)
		err = cache_save(work, cache_fd);
	return err;
}

/* --- sealing
 * ------------------------------------------------------------------------------ */

static enum err record_seal(
    const struct work *work, const struct named *named, uint8_t *ret_record)
{
	struct directory_key key;
	enum err err = directory_key_from(work->crypto, work->salt,
	    named->slow ? bytes_of(named->stretched, STRETCH_LEN)
			: bytes_of_text(named->text),
	    &key);
	if (err == ERR_NONE)
		err = directory_seal(work->crypto, &key, named->entry, ret_record);
	explicit_bzero(&key, sizeof key);
	return err;
}

enum { HEAD_LEN_MAX = 96, OVERHEAD = 4096 };

static enum err body_make(const struct work *work, struct bytes *ret_body)
{
	struct directory directory = {.argon_memory_kib = ARGON_MEMORY_KIB,
	    .argon_passes = ARGON_PASSES,
	    .argon_lanes = ARGON_LANES,
	    .count = work->count};
	size_t records_len = work->count * DIRECTORY_RECORD_LEN;
	if (records_len + HEAD_LEN_MAX + OVERHEAD > LETTER_FILE_MAX)
		return ERR_LIMIT;
	uint8_t *body = malloc(HEAD_LEN_MAX + records_len);
	if (body == NULL)
		return ERR_MEMORY;
	memcpy(directory.salt, work->salt, DIRECTORY_SALT_LEN);
	struct sink out = sink_of(body, HEAD_LEN_MAX);
	directory_head(&out, &directory);
	assert(!out.over);
	uint8_t *record = body + out.len;
	enum err err = ERR_NONE;
	for (size_t i = 0; err == ERR_NONE && i < work->count; i++)
		err =
		    record_seal(work, &work->named[i], record + i * DIRECTORY_RECORD_LEN);
	if (err != ERR_NONE) {
		free(body);
		return err;
	}
	qsort(record, work->count, DIRECTORY_RECORD_LEN, row_order);
	*ret_body = bytes_of(body, out.len + records_len);
	return ERR_NONE;
}

enum err directory_build(const struct crypto *crypto, const struct members *members,
    const char *store, const uint8_t salt[DIRECTORY_SALT_LEN], int cache_fd,
    struct bytes *ret_body)
{
	struct work work = {.crypto = crypto, .salt = salt};
	enum err err = named_list(&work, members, store);
	if (err == ERR_NONE)
		err = stretch_all(&work, cache_fd);
	if (err == ERR_NONE)
		err = body_make(&work, ret_body);
	if (work.named != NULL)
		explicit_bzero(work.named, work.count * sizeof *work.named);
	free(work.named);
	return err;
}

void directory_body_free(struct bytes *body)
{
	/* What directory_build made: ours to free. */
	free((void *)(uintptr_t)body->at); /* NOLINT(performance-no-int-to-ptr) */
	*body = (struct bytes){0};
}
