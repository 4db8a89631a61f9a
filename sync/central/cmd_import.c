/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"
#include "central/command.h"
#include "central/ledger.h"
#include "central/reach.h"
#include "central/registry.h"
#include "os/file.h"
#include "spool.h"

static const char help[] =
    "Takes in the batches that terminals wrote to a USB stick and puts the\n"
    "answers and the newest letters on it, for the way back:\n"
    "  STICK/balcao/TERMINAL/out/*.batch  ->  STICK/balcao/TERMINAL/in/\n"
    "The same stick may be read again: nothing counts twice.\n";

enum { FOLDERS_MAX = 4096 };

/* One run over a stick. */
struct import {
	struct reach *reach;
	struct ledger *ledger;
	struct registry *registry;
	unsigned folders;
	unsigned refused;
};

/* What became of one terminal's folder. */
struct folder {
	const char *terminal;
	int out_fd;
	int in_fd;
	unsigned taken;
	unsigned kept;
	unsigned refused;
	unsigned letters;
};

static bool ends_with(const char *name, const char *end)
{
	size_t len = strlen(name);
	size_t end_len = strlen(end);
	return len > end_len && strcmp(name + len - end_len, end) == 0;
}

/* --- batches --------------------------------------------------------------- */

static void tell_refused(
    const struct folder *folder, const char *name, const struct ipc_frame *reply)
{
	char text[IPC_SENTENCE_MAX];
	ipc_sentence(reply, text);
	(void)complain(0, "%s/out/%s was refused: %s", folder->terminal, name, text);
}

static enum err take_answer(
    struct folder *folder, const char *name, const struct ipc_frame *reply)
{
	char answer[SPOOL_NAME_MAX];
	if (reply->status == 503)
		return ERR_BUSY;
	if (reply->status != 200 && reply->status != 409) {
		tell_refused(folder, name, reply);
		folder->refused++;
		return ERR_NONE;
	}
	if (reply->status == 200)
		folder->taken++;
	else
		folder->kept++;
	spool_answer_name(name, answer);
	return file_write(folder->in_fd, answer, 0644, ipc_part(reply, 0));
}

static enum err import_batch(
    struct import *import, struct folder *folder, const char *name)
{
	static uint8_t file[BATCH_FILE_MAX];
	static struct ipc_frame reply;
	size_t len = 0;
	enum err err = file_read(folder->out_fd, name, file, sizeof file, &len);
	if (err == ERR_LIMIT || err == ERR_IO) {
		(void)complain(0, "%s/out/%s was refused: %s", folder->terminal, name,
		    err == ERR_IO ? "the stick does not give it"
				  : "it is longer than a batch");
		folder->refused++;
		return ERR_NONE;
	}
	if (err != ERR_NONE)
		return err;
	struct ipc_frame request = {.verb = IPC_IMPORT};
	ipc_add(&request, bytes_of(file, len));
	err = reach_call(import->reach, &request, &reply);
	return err == ERR_NONE ? take_answer(folder, name, &reply) : err;
}

static enum err import_batches(struct import *import, struct folder *folder)
{
	struct names names = {0};
	uint64_t number = 0;
	struct epoch_id epoch;
	enum err err = dir_list(folder->out_fd, SPOOL_FILES_MAX, &names);
	for (size_t i = 0; i < names.count && err == ERR_NONE; i++)
		if (ends_with(names.name[i], ".batch") &&
		    spool_batch_parse(names.name[i], &epoch, &number) == ERR_NONE)
			err = import_batch(import, folder, names.name[i]);
	names_free(&names);
	return err;
}

/* --- letters --------------------------------------------------------------- */

static enum err give_letters(struct import *import, struct folder *folder)
{
	static const enum cose_type kinds[] = {
	    COSE_TRUST, COSE_PROGRAMME, COSE_DIRECTORY, COSE_STANDINGS, COSE_ALERTS};

	const char *store = registry_store(import->registry, folder->terminal);
	for (size_t i = 0; store != NULL && i < COUNT_OF(kinds); i++) {
		struct ledger_letter letter;
		char name[SPOOL_NAME_MAX];
		enum err err =
		    ledger_letter_newest(import->ledger, kinds[i], store, &letter);
		if (err == ERR_NOT_FOUND)
			continue;
		(void)snprintf(name, sizeof name, "letter-%s", letter_name(kinds[i]));
		if (err == ERR_NONE)
			err = file_write(folder->in_fd, name, 0644, letter.file);
		if (err != ERR_NONE)
			return err;
		folder->letters++;
	}
	return ERR_NONE;
}

/* --- folders --------------------------------------------------------------- */

/* A directory of the stick itself: a link could lead anywhere on this machine.
 * ERR_NOT_FOUND: there is none. */
static enum err open_here(int dir_fd, const char *name, int *ret_fd)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return ERR_NOT_FOUND;
	if (fd < 0)
		return err_from_errno(errno);
	*ret_fd = fd;
	return ERR_NONE;
}

static enum err open_folder(int balcao_fd, struct folder *folder)
{
	int fd = -1;
	enum err err = open_here(balcao_fd, folder->terminal, &fd);
	if (err != ERR_NONE)
		return err;
	err = open_here(fd, "out", &folder->out_fd);
	if (err == ERR_NONE && mkdirat(fd, "in", 0755) != 0 && errno != EEXIST)
		err = err_from_errno(errno);
	if (err == ERR_NONE)
		err = open_here(fd, "in", &folder->in_fd);
	(void)close(fd);
	return err;
}

static enum err import_folder(struct import *import, int balcao_fd, const char *name)
{
	struct folder folder = {.terminal = name, .out_fd = -1, .in_fd = -1};
	enum err err = open_folder(balcao_fd, &folder);
	bool ours = err == ERR_NONE;
	if (err == ERR_NOT_FOUND) /* no out/: nothing of a terminal's */
		err = ERR_NONE;
	if (ours)
		err = import_batches(import, &folder);
	if (ours && err == ERR_NONE)
		err = give_letters(import, &folder);
	if (ours && err == ERR_NONE)
		(void)printf("%s: %u batches taken in, %u kept aside, %u refused, "
			     "%u letters given\n",
		    name, folder.taken, folder.kept, folder.refused, folder.letters);
	if (err != ERR_NONE)
		(void)complain_of(err, "the folder of %s could not be finished", name);
	if (folder.out_fd >= 0)
		(void)close(folder.out_fd);
	if (folder.in_fd >= 0)
		(void)close(folder.in_fd);
	import->folders += ours ? 1 : 0;
	import->refused += folder.refused;
	return err;
}

static enum err import_all(struct import *import, int balcao_fd)
{
	int copy = dup(balcao_fd);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	if (dir == NULL) {
		if (copy >= 0)
			(void)close(copy);
		return ERR_IO;
	}
	enum err first = ERR_NONE;
	const struct dirent *entry;
	unsigned seen = 0;
	while (seen <= FOLDERS_MAX && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' ||
		    !text_is_name(entry->d_name, TERMINAL_LEN_MAX))
			continue;
		/* One terminal's bad folder is no reason to leave the others'. */
		enum err err = ++seen > FOLDERS_MAX
				   ? ERR_LIMIT
				   : import_folder(import, balcao_fd, entry->d_name);
		if (first == ERR_NONE)
			first = err;
	}
	(void)closedir(dir);
	return first;
}

/* --- the command ----------------------------------------------------------- */

static enum err open_central(struct import *import, const char *dir, int dir_fd)
{
	enum err err = reach_open(dir, dir_fd, "import", &import->reach);
	if (err != ERR_NONE)
		return err;
	err = ledger_open_in(dir, LEDGER_READ, &import->ledger);
	if (err == ERR_NONE)
		err = registry_open(dir_fd, &import->registry);
	if (err != ERR_NONE)
		(void)complain_of(err, "cannot read the ledger of %s", dir);
	return err;
}

static int import_stick(const char *dir, int dir_fd, int balcao_fd, const char *stick)
{
	struct import import = {0};
	enum err err = open_central(&import, dir, dir_fd);
	if (err == ERR_NONE)
		err = import_all(&import, balcao_fd);
	registry_close(&import.registry);
	ledger_close(&import.ledger);
	reach_close(&import.reach);
	if (err != ERR_NONE)
		return err_exit_code(err);
	if (import.folders == 0)
		return complain(EXIT_DATA_, "%s holds no terminal's folder", stick);
	int code = finish_output();
	return code == 0 && import.refused > 0 ? EXIT_DATA_ : code;
}

int cmd_import(int argc, char **argv)
{
	const char *arguments[2] = {NULL, NULL};
	char path[4096];
	const struct command_line line = {.usage = "import DIR STICK",
	    .help = help,
	    .arguments = arguments,
	    .argument_count = 2};
	int code = 0;
	int dir_fd = -1;
	int balcao_fd = -1;
	if (!command_parse(&line, argc, argv, &code))
		return code;
	code = central_open(arguments[0], &dir_fd);
	if (code != 0)
		return code;
	/* What goes onto the stick is for the terminal's users, not only ours. */
	(void)umask(022);
	int len = snprintf(path, sizeof path, "%s/balcao", arguments[1]);
	enum err err = len < 0 || (size_t)len >= sizeof path ? ERR_LIMIT
							     : dir_open(path, &balcao_fd);
	if (err != ERR_NONE)
		code = complain_of(err, "cannot open %s/balcao", arguments[1]);
	else
		code = import_stick(arguments[0], dir_fd, balcao_fd, arguments[1]);
	if (balcao_fd >= 0)
		(void)close(balcao_fd);
	(void)close(dir_fd);
	return code;
}
