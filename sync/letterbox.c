/* SPDX-License-Identifier: MIT */
#include "sync/letterbox.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"
#include "os/file.h"
#include "os/log.h"

#define LETTERS_DIR "programme"

#define OLDER_PREFIX "programme-"

enum {
	LETTER_MODE = 0640,
	LETTERS_MODE = 0750,
	OLDER_NAME_MAX = 40,
	OLDER_FILES_MAX = 1024,
};

struct in_force {
	uint64_t version; /* 0: none */
	int64_t expires_ms;
};

struct letterbox {
	int dir_fd;
	const struct crypto *crypto;
	uint8_t ca_key[PUBLIC_KEY_LEN];
	uint8_t ca_id[KEY_ID_LEN];
	char store[STORE_LEN_MAX + 1];
	struct in_force in_force[COSE_TYPE_COUNT_];
	struct trust trust;
	struct programme *programme; /* its bytes are programme_body */
	uint8_t *programme_body;
	struct programme *older; /* the one last asked for, of an earlier version */
	uint8_t *older_body;
	int directory_fd;
	off_t records_at; /* in the directory's file */
	struct directory directory;
};

/* --- what a letter must be ------------------------------------------------ */

static enum err key_for(const struct letterbox *letterbox,
    const struct cose_sign1 *message, const uint8_t **ret_key)
{
	if (message->type == COSE_TRUST) {
		*ret_key = letterbox->ca_key;
		return memcmp(message->key_id, letterbox->ca_id, KEY_ID_LEN) == 0
			   ? ERR_NONE
			   : ERR_KEY;
	}
	if (letterbox->in_force[COSE_TRUST].version == 0)
		return ERR_KEY;
	const struct trust_key *key =
	    trust_find(&letterbox->trust, TRUST_SIGN, message->key_id);
	if (key == NULL)
		return ERR_KEY;
	*ret_key = key->key;
	return ERR_NONE;
}

static enum err letter_verify(
    const struct letterbox *letterbox, struct bytes file, struct letter *ret_letter)
{
	struct cose_sign1 message;
	struct letter letter;
	const uint8_t *key = NULL;
	enum err error = letter_parse(file, &message, &letter);
	if (error == ERR_NONE)
		error = key_for(letterbox, &message, &key);
	if (error == ERR_NONE)
		error = cose_verify(letterbox->crypto, &message, key, NULL);
	if (error != ERR_NONE)
		return error;
	if (letter.store[0] != '\0' && strcmp(letter.store, letterbox->store) != 0)
		return ERR_DENIED;
	*ret_letter = letter;
	return ERR_NONE;
}

/* --- taking one into use -------------------------------------------------- */

/* What a kind has become before it replaces the one in force. */
struct incoming {
	struct letter letter;
	struct trust trust;
	struct programme *programme;
	uint8_t *programme_body;
	struct directory directory;
	off_t records_at;
};

static void incoming_drop(struct incoming *incoming)
{
	free(incoming->programme);
	free(incoming->programme_body);
}

static enum err programme_take(struct incoming *incoming)
{
	struct bytes body = incoming->letter.body;
	incoming->programme = malloc(sizeof(*incoming->programme));
	incoming->programme_body = malloc(body.len > 0 ? body.len : 1);
	if (incoming->programme == NULL || incoming->programme_body == NULL)
		return ERR_MEMORY;
	memcpy(incoming->programme_body, body.at, body.len);
	return programme_decode(bytes_of(incoming->programme_body, body.len),
	    incoming->letter.version, incoming->programme);
}

static enum err incoming_decode(
    const struct letterbox *letterbox, struct bytes file, struct incoming *incoming)
{
	struct bytes body = incoming->letter.body;
	enum err error = ERR_NONE;
	if (incoming->letter.kind == COSE_TRUST) {
		error = trust_decode(body, &incoming->trust);
		if (error == ERR_NONE &&
		    memcmp(incoming->trust.ca, letterbox->ca_key, PUBLIC_KEY_LEN) != 0)
			error = ERR_SIGNATURE; /* another CA than the pinned one */
	} else if (incoming->letter.kind == COSE_PROGRAMME) {
		error = programme_take(incoming);
	} else if (incoming->letter.kind == COSE_DIRECTORY) {
		error = directory_parse(body, &incoming->directory);
		if (error == ERR_NONE)
			incoming->records_at =
			    (off_t)(incoming->directory.records.at - file.at);
	}
	return error;
}

static enum err letter_fd(const struct letterbox *letterbox, enum cose_type kind, int *fd)
{
	*fd = openat(letterbox->dir_fd, letter_name(kind), O_RDONLY | O_CLOEXEC);
	return *fd < 0 ? err_from_errno(errno) : ERR_NONE;
}

/* Nothing here can fail half-way: the directory's file is opened first. */
static enum err incoming_install(struct letterbox *letterbox, struct incoming *incoming)
{
	enum cose_type kind = incoming->letter.kind;
	if (kind == COSE_DIRECTORY) {
		int fd = -1;
		enum err error = letter_fd(letterbox, kind, &fd);
		if (error != ERR_NONE)
			return error;
		if (letterbox->directory_fd >= 0)
			(void)close(letterbox->directory_fd);
		letterbox->directory_fd = fd;
		letterbox->directory = incoming->directory;
		letterbox->directory.records = bytes_of("", 0);
		letterbox->records_at = incoming->records_at;
	}
	if (kind == COSE_TRUST)
		letterbox->trust = incoming->trust;
	if (kind == COSE_PROGRAMME) {
		free(letterbox->programme);
		free(letterbox->programme_body);
		letterbox->programme = incoming->programme;
		letterbox->programme_body = incoming->programme_body;
		incoming->programme = NULL;
		incoming->programme_body = NULL;
	}
	letterbox->in_force[kind] = (struct in_force){
	    .version = incoming->letter.version,
	    .expires_ms = incoming->letter.expires_ms,
	};
	return ERR_NONE;
}

/* --- programmes of before --------------------------------------------------- */

static void older_name(uint64_t version, char out[OLDER_NAME_MAX])
{
	(void)snprintf(out, OLDER_NAME_MAX, OLDER_PREFIX "%020" PRIu64, version);
}

/* Returns of what was sold under it need it; a disk that cannot keep it does not
 * keep the new one out. */
static void older_keep(const struct letterbox *letterbox, uint64_t version)
{
	char name[OLDER_NAME_MAX];
	struct names names = {0};
	size_t kept = 0;
	older_name(version, name);
	if (linkat(letterbox->dir_fd, letter_name(COSE_PROGRAMME), letterbox->dir_fd,
		name, 0) != 0 &&
	    errno != EEXIST)
		log_warn("earlier programme not kept, errno=%d", errno);
	if (dir_list(letterbox->dir_fd, OLDER_FILES_MAX, &names) != ERR_NONE)
		return;
	for (size_t i = names.count; i > 0; i--)
		if (strncmp(names.name[i - 1], OLDER_PREFIX, strlen(OLDER_PREFIX)) == 0 &&
		    ++kept > PROGRAMMES_KEPT)
			(void)!file_remove(letterbox->dir_fd, names.name[i - 1]);
	names_free(&names);
}

enum err letterbox_adopt(
    struct letterbox *letterbox, struct bytes file, enum cose_type *ret_kind)
{
	struct incoming incoming = {0};
	if (file.len > LETTER_FILE_MAX)
		return ERR_LIMIT;
	enum err error = letter_verify(letterbox, file, &incoming.letter);
	if (error != ERR_NONE)
		return error;
	enum cose_type kind = incoming.letter.kind;
	uint64_t version = letterbox->in_force[kind].version;
	if (incoming.letter.version <= version)
		return incoming.letter.version < version ? ERR_STALE : ERR_EXISTS;
	error = incoming_decode(letterbox, file, &incoming);
	if (error == ERR_NONE && kind == COSE_PROGRAMME && version != 0)
		older_keep(letterbox, version);
	if (error == ERR_NONE)
		error =
		    file_write(letterbox->dir_fd, letter_name(kind), LETTER_MODE, file);
	if (error == ERR_NONE)
		error = incoming_install(letterbox, &incoming);
	incoming_drop(&incoming);
	if (error == ERR_NONE)
		*ret_kind = kind;
	return error;
}

/* --- opening -------------------------------------------------------------- */

static enum err load_from(
    struct letterbox *letterbox, enum cose_type kind, struct bytes file)
{
	struct incoming incoming = {0};
	enum err error = letter_verify(letterbox, file, &incoming.letter);
	if (error == ERR_NONE && incoming.letter.kind != kind)
		error = ERR_FORMAT;
	if (error == ERR_NONE)
		error = incoming_decode(letterbox, file, &incoming);
	if (error == ERR_NONE)
		error = incoming_install(letterbox, &incoming);
	incoming_drop(&incoming);
	return error;
}

/* Mapped for the one pass that verifies it: a directory may be large, and stays
 * on the disk. */
struct mapping {
	void *at;
	size_t len;
};

static enum err letter_map(
    const struct letterbox *letterbox, const char *name, struct mapping *ret_mapping)
{
	struct stat st;
	int fd = openat(letterbox->dir_fd, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_from_errno(errno);
	enum err error = ERR_NONE;
	if (fstat(fd, &st) != 0)
		error = err_from_errno(errno);
	else if (!S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > LETTER_FILE_MAX)
		error = ERR_FORMAT;
	if (error == ERR_NONE) {
		size_t len = (size_t)st.st_size;
		void *at = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
		if (at == MAP_FAILED)
			error = err_from_errno(errno);
		else
			*ret_mapping = (struct mapping){at, len};
	}
	(void)close(fd);
	return error;
}

static enum err load(struct letterbox *letterbox, enum cose_type kind)
{
	struct mapping file = {0};
	enum err error = letter_map(letterbox, letter_name(kind), &file);
	if (error != ERR_NONE)
		return error;
	error = load_from(letterbox, kind, bytes_of(file.at, file.len));
	(void)munmap(file.at, file.len);
	return error;
}

static enum err older_take(
    const struct letterbox *letterbox, struct bytes file, struct incoming *incoming)
{
	enum err error = letter_verify(letterbox, file, &incoming->letter);
	if (error == ERR_NONE && incoming->letter.kind != COSE_PROGRAMME)
		error = ERR_FORMAT;
	return error == ERR_NONE ? programme_take(incoming) : error;
}

static enum err older_load(struct letterbox *letterbox, uint64_t version)
{
	char name[OLDER_NAME_MAX];
	struct mapping file = {0};
	struct incoming incoming = {0};
	older_name(version, name);
	enum err error = letter_map(letterbox, name, &file);
	if (error != ERR_NONE)
		return error;
	error = older_take(letterbox, bytes_of(file.at, file.len), &incoming);
	(void)munmap(file.at, file.len);
	if (error == ERR_NONE && incoming.programme->version != version)
		error = ERR_FORMAT;
	if (error != ERR_NONE) {
		incoming_drop(&incoming);
		return error;
	}
	free(letterbox->older);
	free(letterbox->older_body);
	letterbox->older = incoming.programme;
	letterbox->older_body = incoming.programme_body;
	return ERR_NONE;
}

const struct programme *letterbox_programme_of(
    struct letterbox *letterbox, uint64_t version)
{
	if (letterbox->in_force[COSE_PROGRAMME].version == version)
		return letterbox->programme;
	if (letterbox->older != NULL && letterbox->older->version == version)
		return letterbox->older;
	return older_load(letterbox, version) == ERR_NONE ? letterbox->older : NULL;
}

/* Trust first: the others are verified with it. One that no longer verifies is
 * as if it were not there, and is fetched again. */
static void load_all(struct letterbox *letterbox)
{
	static const enum cose_type order[] = {
	    COSE_TRUST, COSE_PROGRAMME, COSE_DIRECTORY, COSE_STANDINGS, COSE_ALERTS};

	for (size_t i = 0; i < COUNT_OF(order); i++) {
		enum err error = load(letterbox, order[i]);
		if (error != ERR_NONE && error != ERR_NOT_FOUND)
			log_warn("letter not used, name=%s error=%s",
			    letter_name(order[i]), err_name(error));
	}
}

enum err letterbox_open(int state_fd, const struct crypto *crypto,
    const uint8_t ca_key[PUBLIC_KEY_LEN], const char *store,
    struct letterbox **ret_letterbox)
{
	struct letterbox *letterbox = calloc(1, sizeof(*letterbox));
	if (letterbox == NULL)
		return ERR_MEMORY;
	letterbox->crypto = crypto;
	letterbox->dir_fd = -1;
	letterbox->directory_fd = -1;
	memcpy(letterbox->ca_key, ca_key, PUBLIC_KEY_LEN);
	enum err error = text_copy(letterbox->store, sizeof(letterbox->store), store);
	if (error == ERR_NONE)
		error = key_id_of(crypto, ca_key, letterbox->ca_id, NULL);
	if (error == ERR_NONE && mkdirat(state_fd, LETTERS_DIR, LETTERS_MODE) != 0 &&
	    errno != EEXIST)
		error = err_from_errno(errno);
	if (error == ERR_NONE) {
		letterbox->dir_fd =
		    openat(state_fd, LETTERS_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		error = letterbox->dir_fd < 0 ? err_from_errno(errno)
					      : file_sweep(letterbox->dir_fd);
	}
	if (error != ERR_NONE) {
		letterbox_close(&letterbox);
		return error;
	}
	load_all(letterbox);
	*ret_letterbox = letterbox;
	return ERR_NONE;
}

void letterbox_close(struct letterbox **letterbox)
{
	struct letterbox *gone = *letterbox;
	if (gone == NULL)
		return;
	if (gone->dir_fd >= 0)
		(void)close(gone->dir_fd);
	if (gone->directory_fd >= 0)
		(void)close(gone->directory_fd);
	free(gone->programme);
	free(gone->programme_body);
	free(gone->older);
	free(gone->older_body);
	free(gone);
	*letterbox = NULL;
}

/* --- what is in force ----------------------------------------------------- */

const struct trust *letterbox_trust(const struct letterbox *letterbox)
{
	return letterbox->in_force[COSE_TRUST].version == 0 ? NULL : &letterbox->trust;
}

const struct programme *letterbox_programme(const struct letterbox *letterbox)
{
	return letterbox->programme;
}

uint64_t letterbox_version(
    const struct letterbox *letterbox, enum cose_type kind, int64_t *ret_expires_ms)
{
	if (kind <= COSE_NONE || kind >= COSE_TYPE_COUNT_)
		return 0;
	const struct in_force *in_force = &letterbox->in_force[kind];
	if (in_force->version != 0 && ret_expires_ms != NULL)
		*ret_expires_ms = in_force->expires_ms;
	return in_force->version;
}

enum err letterbox_directory(
    const struct letterbox *letterbox, struct directory *ret_directory)
{
	if (letterbox->in_force[COSE_DIRECTORY].version == 0)
		return ERR_NOT_FOUND;
	*ret_directory = letterbox->directory;
	return ERR_NONE;
}

static enum err record_read(
    const struct letterbox *letterbox, uint64_t i, size_t len, uint8_t *out)
{
	off_t at = letterbox->records_at + (off_t)(i * DIRECTORY_RECORD_LEN);
	size_t have = 0;
	while (have < len) {
		ssize_t n = pread(
		    letterbox->directory_fd, out + have, len - have, at + (off_t)have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		have += (size_t)n;
	}
	return ERR_NONE;
}

enum err letterbox_lookup(const struct letterbox *letterbox,
    const struct directory_key *key, struct directory_entry *ret_entry)
{
	uint8_t record[DIRECTORY_RECORD_LEN];
	uint64_t low = 0;
	if (letterbox->in_force[COSE_DIRECTORY].version == 0)
		return ERR_NOT_FOUND;
	uint64_t high = letterbox->directory.count;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		enum err error =
		    record_read(letterbox, middle, DIRECTORY_TAG_LEN, record);
		if (error != ERR_NONE)
			return error;
		int order = memcmp(record, key->tag, DIRECTORY_TAG_LEN);
		if (order == 0) {
			error =
			    record_read(letterbox, middle, DIRECTORY_RECORD_LEN, record);
			return error != ERR_NONE ? error
						 : directory_open(letterbox->crypto, key,
						       record, ret_entry);
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return ERR_NOT_FOUND;
}
