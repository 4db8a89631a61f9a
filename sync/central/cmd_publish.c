/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/banned.h"
#include "central/command.h"
#include "central/crypto_gnutls.h"
#include "central/directory_build.h"
#include "central/ledger.h"
#include "central/programme_changes.h"
#include "central/programme_file.h"
#include "central/reach.h"
#include "central/registry.h"

static const char help[] =
    "Checks a programme and its members, and when nothing is wrong signs them and\n"
    "serves them to every terminal. Otherwise says every fault with its place,\n"
    "and what is in force stays so. Says what changes (on stderr), prints the\n"
    "versions published.\n"
    "  --check       says what would change, and publishes nothing\n";

enum { STORES_MAX = (IPC_PARTS_MAX - 2) / 2 };

/* One publication: what is signed is made here, outside the intake, so that
 * the slow hashes of members never keep a receipt waiting. */
struct publication {
	const char *dir;
	int dir_fd;
	bool check_only;
	struct programme_file *file;
	struct members members;
	struct ledger *ledger;
	struct registry *registry;
	size_t store_count;
	char store[STORES_MAX][STORE_LEN_MAX + 1]; /* the first is "": every store */
	struct bytes directory[STORES_MAX];
	uint8_t *body;
	size_t body_len;
};

static void tell(void *self, const char *place, const char *sentence)
{
	(void)self;
	(void)fprintf(stderr, "%s: %s\n", place, sentence);
}

/* --- stores ---------------------------------------------------------------- */

static enum err add_store(struct publication *publication, const char *store)
{
	for (size_t i = 0; i < publication->store_count; i++)
		if (strcmp(publication->store[i], store) == 0)
			return ERR_NONE;
	if (publication->store_count == STORES_MAX)
		return ERR_LIMIT;
	return text_copy(
	    publication->store[publication->store_count++], STORE_LEN_MAX + 1, store);
}

/* Every store that the members' file names or that has a terminal gets a
 * directory of its own, under its own salt; any other gets the one for "". */
static enum err find_stores(struct publication *publication)
{
	const struct issued *issued;
	enum err err = add_store(publication, "");
	for (size_t i = 0; i < publication->members.count && err == ERR_NONE; i++)
		err = add_store(publication, publication->members.member[i].store);
	for (size_t i = 0; err == ERR_NONE; i++) {
		issued = registry_at(publication->registry, i);
		if (issued == NULL)
			break;
		err = add_store(publication, issued->info.store);
	}
	return err;
}

/* --- directories ----------------------------------------------------------- */

/* Year and quarter in one number. */
static int quarter_of(int64_t ms)
{
	struct tm utc;
	time_t seconds = (time_t)(ms / 1000);
	if (gmtime_r(&seconds, &utc) == NULL)
		return 0;
	return utc.tm_year * 4 + utc.tm_mon / 3;
}

/* The salt of the store's present directory within one quarter, then another. */
static enum err find_salt(struct publication *publication, const char *store,
    uint8_t ret_salt[DIRECTORY_SALT_LEN])
{
	struct ledger_letter stored;
	struct cose_sign1 message;
	struct letter letter;
	struct directory directory;
	struct instant now;
	clock_system()->now(clock_system()->self, &now);
	enum err err =
	    ledger_letter_newest(publication->ledger, COSE_DIRECTORY, store, &stored);
	if (err != ERR_NONE && err != ERR_NOT_FOUND)
		return err;
	if (err == ERR_NOT_FOUND || strcmp(stored.store, store) != 0 ||
	    quarter_of(stored.issued_ms) != quarter_of(now.wall_ms))
		return crypto_gnutls.random(ret_salt, DIRECTORY_SALT_LEN);
	err = letter_parse(stored.file, &message, &letter);
	if (err == ERR_NONE)
		err = directory_parse(letter.body, &directory);
	if (err == ERR_NONE)
		memcpy(ret_salt, directory.salt, DIRECTORY_SALT_LEN);
	return err;
}

static enum err build_directories(struct publication *publication)
{
	uint8_t salt[DIRECTORY_SALT_LEN];
	enum err err = ERR_NONE;
	if (mkdirat(publication->dir_fd, "stretched", 0700) != 0 && errno != EEXIST)
		return ERR_DENIED;
	int cache_fd =
	    openat(publication->dir_fd, "stretched", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < publication->store_count && err == ERR_NONE; i++) {
		err = find_salt(publication, publication->store[i], salt);
		if (err == ERR_NONE)
			err = directory_build(&crypto_gnutls, &publication->members,
			    publication->store[i], salt, cache_fd,
			    &publication->directory[i]);
	}
	if (cache_fd >= 0)
		(void)close(cache_fd);
	return err;
}

/* --- what changes ---------------------------------------------------------- */

static void tell_change(void *self, const char *line)
{
	(void)self;
	(void)fprintf(stderr, "%s\n", line);
}

/* Left out when what is in force cannot be read: that is no reason to keep a
 * programme from its terminals. */
static bool in_force(struct publication *publication, struct programme *ret_programme)
{
	struct ledger_letter stored;
	struct cose_sign1 message;
	struct letter letter;
	enum err err =
	    ledger_letter_newest(publication->ledger, COSE_PROGRAMME, "", &stored);
	if (err == ERR_NONE)
		err = letter_parse(stored.file, &message, &letter);
	if (err == ERR_NONE)
		err = programme_decode(letter.body, letter.version, ret_programme);
	return err == ERR_NONE;
}

static uint32_t today(void)
{
	struct tm local;
	time_t now = time(NULL);
	if (localtime_r(&now, &local) == NULL)
		return 0;
	return (uint32_t)((local.tm_year + 1900) * 10000 + (local.tm_mon + 1) * 100 +
			  local.tm_mday);
}

/* Both are decoded from what is signed, which is what terminals will have. */
static enum err tell_changes(struct publication *publication)
{
	struct programme *both = calloc(2, sizeof *both);
	if (both == NULL)
		return ERR_MEMORY;
	bool known = in_force(publication, &both[0]);
	enum err err = programme_decode(
	    bytes_of(publication->body, publication->body_len), 0, &both[1]);
	if (err == ERR_NONE) {
		programme_changes(
		    known ? &both[0] : NULL, &both[1], today(), tell_change, NULL);
		(void)fprintf(stderr, "members: %zu\n", publication->members.count);
	}
	free(both);
	return err;
}

/* --- reading and sending --------------------------------------------------- */

/* ERR_FORMAT and failures to read were told with their place. */
static enum err load_files(struct publication *publication, const char *path)
{
	enum err err = programme_file_load(path, tell, NULL, &publication->file);
	if (err == ERR_NONE && publication->file->members_path != NULL)
		err = members_file_load(publication->file->members_path,
		    &publication->file->programme, tell, NULL, &publication->members);
	return err;
}

static enum err build(struct publication *publication)
{
	enum err err =
	    ledger_open_in(publication->dir, LEDGER_READ, &publication->ledger);
	if (err == ERR_NONE)
		err = registry_open(publication->dir_fd, &publication->registry);
	if (err == ERR_NONE)
		err = programme_file_encode(
		    publication->file, &publication->body, &publication->body_len);
	if (err == ERR_NONE)
		err = tell_changes(publication);
	if (err == ERR_NONE && publication->check_only)
		return ERR_NONE;
	if (err == ERR_NONE)
		err = find_stores(publication);
	if (err == ERR_NONE && publication->file->members_path != NULL)
		err = build_directories(publication);
	else
		publication->store_count = 0;
	return err;
}

static enum err send(struct publication *publication, struct ipc_frame *ret_reply)
{
	static struct ipc_frame request;
	char days[16];
	struct reach *reach = NULL;
	(void)snprintf(days, sizeof days, "%u", (unsigned)publication->file->letter_days);
	request = (struct ipc_frame){.verb = IPC_PUBLISH};
	ipc_add(&request, bytes_of_text(days));
	ipc_add(&request, bytes_of(publication->body, publication->body_len));
	for (size_t i = 0; i < publication->store_count; i++) {
		ipc_add(&request, bytes_of_text(publication->store[i]));
		ipc_add(&request, publication->directory[i]);
	}
	enum err err =
	    reach_open(publication->dir, publication->dir_fd, "publish", &reach);
	if (err != ERR_NONE)
		return err;
	err = reach_call(reach, &request, ret_reply);
	if (err == ERR_NONE && ret_reply->status != 200)
		err = ret_reply->status == 503 ? ERR_BUSY : ERR_FORMAT;
	if (err == ERR_NONE) {
		struct bytes lines = ipc_part(ret_reply, 0);
		(void)fwrite(lines.at, 1, lines.len, stdout);
	} else {
		(void)complain_of(err, "nothing was published");
	}
	reach_close(&reach);
	return err;
}

static int publish(struct publication *publication, const char *path)
{
	static struct ipc_frame reply;
	enum err err = load_files(publication, path);
	if (err != ERR_NONE)
		return complain(err_exit_code(err),
		    "nothing was published: %s is to be put right first", path);
	err = build(publication);
	if (err != ERR_NONE)
		return complain_of(
		    err, "nothing was published: %s cannot be made ready", path);
	if (publication->check_only)
		return finish_output();
	err = send(publication, &reply);
	return err == ERR_NONE ? finish_output() : err_exit_code(err);
}

static void publication_free(struct publication *publication)
{
	for (size_t i = 0; i < STORES_MAX; i++)
		if (publication->directory[i].at != NULL)
			directory_body_free(&publication->directory[i]);
	members_free(&publication->members);
	if (publication->file != NULL)
		programme_file_free(&publication->file);
	registry_close(&publication->registry);
	ledger_close(&publication->ledger);
	free(publication->body);
}

int cmd_publish(int argc, char **argv)
{
	static struct publication publication;
	const char *arguments[2] = {NULL, NULL};
	const struct command_option options[] = {
	    {.name = "check", .flag = &publication.check_only}, {0}};
	const struct command_line line = {.usage = "publish DIR FILE.yaml [--check]",
	    .help = help,
	    .options = options,
	    .arguments = arguments,
	    .argument_count = 2};
	int code = 0;
	if (!command_parse(&line, argc, argv, &code))
		return code;
	publication.dir = arguments[0];
	code = central_open(arguments[0], &publication.dir_fd);
	if (code != 0)
		return code;
	code = publish(&publication, arguments[1]);
	publication_free(&publication);
	(void)close(publication.dir_fd);
	return code;
}
