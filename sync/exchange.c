/* SPDX-License-Identifier: MIT */
#include "sync/exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"
#include "os/log.h"

#define ANSWER_SUFFIX ".answer"
#define LETTER_PREFIX "letter-"
#define LINK_FILE "link"

enum {
	BATCH_MODE = 0640,
	CUTS_MAX = 2,          /* a call */
	NAMES_MAX = 64 * 1024, /* of one directory; a flood must not fill memory */
};

/* One call: what it works with and what is left of its bounds. */
struct turn {
	struct exchange *exchange;
	struct exchange_news *news;
	unsigned files_left;
	bool more;
	int64_t now_ms;
	uint8_t *file; /* BATCH_FILE_MAX */
};

/* --- inbox ---------------------------------------------------------------- */

static enum err inbox_remove(struct turn *turn, const char *name)
{
	return file_remove(turn->exchange->spool->inbox_fd, name);
}

/* Not what it should be: away with it; the carrier sends its batch again after
 * its back-off. */
static enum err refuse(struct turn *turn, const char *name, enum err why)
{
	char shown[SPOOL_NAME_MAX];
	turn->news->refused_files++;
	log_warn("inbox file refused, name=%s error=%s",
	    log_escape(shown, sizeof(shown), bytes_of_text(name)), err_name(why));
	return inbox_remove(turn, name);
}

/* Did the world fail rather than the file? Then it stays for another turn. */
static bool is_ours(enum err error)
{
	return error == ERR_IO || error == ERR_FULL || error == ERR_MEMORY ||
	       error == ERR_BUSY || error == ERR_UNKNOWN || error == ERR_DENIED;
}

static enum err answer_verify(
    struct turn *turn, const struct cose_sign1 *message, uint8_t ret_hash[HASH_LEN])
{
	const struct trust *trust = letterbox_trust(turn->exchange->letterbox);
	const struct trust_key *key =
	    trust == NULL ? NULL : trust_find(trust, TRUST_SIGN, message->key_id);
	if (key == NULL)
		return ERR_KEY;
	return cose_verify(turn->exchange->crypto, message, key->key, ret_hash);
}

/* A file of the present epoch that no row explains: the journal is older than
 * what it sent. The central has that batch, whoever made it. */
static void unexplained(struct turn *turn, const struct epoch_id *epoch)
{
	struct epoch_id present = journal_epoch(turn->exchange->journal);
	if (epoch->number < present.number)
		return;
	log_warn("no row explains a batch of this epoch, epoch=%" PRIu32, epoch->number);
	turn->news->epoch_wanted = true;
}

static void count_answer(struct exchange_news *news, enum answer_kind kind)
{
	news->receipts += kind == ANSWER_RECEIPT;
	news->gaps += kind == ANSWER_GAP;
	news->held += kind == ANSWER_HELD;
}

/* The answer is committed: now its batch's file may go, and then it itself. A
 * gap or held batch leaves the outbox too, and comes back when it is due. */
static enum err answered(
    struct turn *turn, const struct answer *answer, const char *inbox_name)
{
	char name[SPOOL_NAME_MAX];
	spool_batch_name(&answer->epoch, answer->batch_number, name);
	enum err error = file_remove(turn->exchange->spool->outbox_fd, name);
	return error == ERR_NONE ? inbox_remove(turn, inbox_name) : error;
}

static enum err take_answer(struct turn *turn, const char *name, struct bytes file)
{
	struct cose_sign1 message;
	struct answer answer;
	uint8_t hash[HASH_LEN];
	enum err error = answer_parse(file, &message, &answer);
	if (error == ERR_NONE)
		error = answer_verify(turn, &message, hash);
	if (error == ERR_KEY)
		turn->exchange->trust_wanted = true;
	if (error == ERR_NONE)
		error = journal_accept(turn->exchange->journal, &answer, hash, file);
	if (error == ERR_NONE)
		count_answer(turn->news, answer.kind);
	if (error == ERR_NONE || error == ERR_EXISTS)
		return answered(turn, &answer, name);
	if (error == ERR_NOT_FOUND) {
		unexplained(turn, &answer.epoch);
		return answered(turn, &answer, name);
	}
	return is_ours(error) ? error : refuse(turn, name, error);
}

static enum err take_letter(struct turn *turn, const char *name, struct bytes file)
{
	enum cose_type kind = COSE_NONE;
	enum err error = letterbox_adopt(turn->exchange->letterbox, file, &kind);
	if (error == ERR_KEY)
		turn->exchange->trust_wanted = true;
	if (error == ERR_NONE)
		turn->news->letters[kind] = true;
	if (error == ERR_NONE && kind == COSE_TRUST)
		turn->exchange->trust_wanted = false;
	if (error == ERR_EXISTS && strcmp(name, LETTER_PREFIX "trust") == 0)
		turn->exchange->trust_wanted = false; /* it has nothing newer */
	if (error == ERR_NONE || error == ERR_EXISTS)
		return inbox_remove(turn, name);
	/* Another store's letter is DENIED by the letterbox, not by the disk. */
	return is_ours(error) && error != ERR_DENIED ? error : refuse(turn, name, error);
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t len = strlen(name);
	size_t suffix_len = strlen(suffix);
	return len > suffix_len && strcmp(name + len - suffix_len, suffix) == 0;
}

static enum err take_file(struct turn *turn, const char *name)
{
	int inbox_fd = turn->exchange->spool->inbox_fd;
	bool letter = strncmp(name, LETTER_PREFIX, strlen(LETTER_PREFIX)) == 0;
	bool answer = ends_with(name, ANSWER_SUFFIX);
	struct stat st;
	size_t len = 0;
	if (!letter && !answer)
		return refuse(turn, name, ERR_FORMAT);
	if (fstatat(inbox_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? ERR_NONE : err_from_errno(errno);
	if (!S_ISREG(st.st_mode))
		return ERR_NONE; /* nobody's letter: it stays, as any other such thing */
	if (st.st_size <= 0 || st.st_size > (letter ? LETTER_FILE_MAX : ANSWER_FILE_MAX))
		return refuse(turn, name, ERR_LIMIT);
	uint8_t *file = malloc((size_t)st.st_size);
	if (file == NULL)
		return ERR_MEMORY;
	enum err error = file_read(inbox_fd, name, file, (size_t)st.st_size, &len);
	if (error == ERR_NONE)
		error = letter ? take_letter(turn, name, bytes_of(file, len))
			       : take_answer(turn, name, bytes_of(file, len));
	else if (error == ERR_NOT_FOUND)
		error = ERR_NONE;
	free(file);
	return error;
}

/* A file that cannot be read or removed does not stop those behind it. */
static enum err take_some(struct turn *turn, const struct names *names)
{
	enum err first = ERR_NONE;
	for (size_t i = 0; i < names->count; i++) {
		if (strcmp(names->name[i], LINK_FILE) == 0)
			continue;
		if (turn->files_left == 0) {
			turn->more = true;
			break;
		}
		turn->files_left--;
		enum err error = take_file(turn, names->name[i]);
		if (first == ERR_NONE)
			first = error;
	}
	return first;
}

static enum err inbox_take(struct turn *turn)
{
	static char trust[] = LETTER_PREFIX "trust";
	char *first[] = {trust};
	const struct names trust_first = {.name = first, .count = 1};
	struct names names = {0};
	/* What else came with it may need its keys. */
	int inbox_fd = turn->exchange->spool->inbox_fd;
	enum err error = ERR_NONE;
	if (faccessat(inbox_fd, trust, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		error = take_some(turn, &trust_first);
	enum err listed = dir_list(inbox_fd, NAMES_MAX, &names);
	if (listed == ERR_NONE)
		listed = take_some(turn, &names);
	names_free(&names);
	return error == ERR_NONE ? listed : error;
}

/* --- rows to batches ------------------------------------------------------ */

/* A few at a time: the carrier sends the first ones while others are cut, and a
 * key need not wait for all. */
static enum err cut(struct turn *turn, bool everything)
{
	for (int i = 0; i < CUTS_MAX && turn->files_left > 0; i++) {
		enum err error = journal_cut(turn->exchange->journal, everything);
		if (error == ERR_NOT_FOUND || error == ERR_NOT_READY)
			return ERR_NONE;
		if (error != ERR_NONE)
			return error;
		turn->news->batches_cut++;
		turn->files_left--;
	}
	turn->more = true;
	return ERR_NONE;
}

/* --- batches to outbox ---------------------------------------------------- */

static bool has(const struct names *names, const char *name)
{
	size_t low = 0;
	size_t high = names->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(names->name[middle], name);
		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

struct mirror {
	struct turn *turn;
	const struct names *there;
	enum err error;
};

static bool waits(const struct turn *turn, const struct journal_batch *batch)
{
	/* A clock that was set back must not keep it waiting. */
	int64_t waited_ms = turn->now_ms - batch->wait_from_ms;
	return batch->wait_from_ms != 0 && waited_ms >= 0 && waited_ms < HELD_AGAIN_MS;
}

static bool mirror_one(void *self, const struct journal_batch *batch)
{
	struct mirror *mirror = self;
	struct turn *turn = mirror->turn;
	int outbox_fd = turn->exchange->spool->outbox_fd;
	char name[SPOOL_NAME_MAX];
	size_t len = 0;
	spool_batch_name(&batch->epoch, batch->number, name);
	if (waits(turn, batch) || has(mirror->there, name))
		return true;
	if (turn->files_left == 0) {
		turn->more = true;
		return false;
	}
	turn->files_left--;
	enum err error = journal_batch_file(turn->exchange->journal, &batch->epoch,
	    batch->number, turn->file, BATCH_FILE_MAX, &len);
	if (error == ERR_NONE)
		error =
		    file_create(outbox_fd, name, BATCH_MODE, bytes_of(turn->file, len));
	if (error == ERR_NONE)
		turn->news->files_written++;
	mirror->error = error == ERR_EXISTS ? ERR_NONE : error;
	return mirror->error == ERR_NONE;
}

/* A crash may have come between commit and removal. */
static enum err done_remove(struct turn *turn, const struct names *there)
{
	for (size_t i = 0; i < there->count; i++) {
		struct epoch_id epoch;
		uint64_t number = 0;
		bool done = false;
		if (spool_batch_parse(there->name[i], &epoch, &number) != ERR_NONE)
			continue;
		enum err error =
		    journal_batch_done(turn->exchange->journal, &epoch, number, &done);
		if (error == ERR_NOT_FOUND) {
			/* It stays and is carried: its events may be nowhere else. */
			unexplained(turn, &epoch);
			continue;
		}
		if (error == ERR_NONE && done)
			error =
			    file_remove(turn->exchange->spool->outbox_fd, there->name[i]);
		if (error != ERR_NONE)
			return error;
	}
	return ERR_NONE;
}

/* Rows to batches to files. What lies there unexplained is seen before anything
 * is cut: a batch of the same number and other content must not be made. */
static enum err outbox_mirror(struct turn *turn, bool cut_everything)
{
	struct names there = {0};
	struct mirror mirror = {.turn = turn, .there = &there};
	enum err error = dir_list(turn->exchange->spool->outbox_fd, NAMES_MAX, &there);
	if (error == ERR_NONE)
		error = done_remove(turn, &there);
	enum err was_cut = ERR_NONE;
	if (error == ERR_NONE && !turn->news->epoch_wanted)
		was_cut = cut(turn, cut_everything);
	if (error == ERR_NONE)
		error = journal_walk_open_batches(
		    turn->exchange->journal, mirror_one, &mirror);
	if (error == ERR_NONE)
		error = mirror.error;
	names_free(&there);
	return error == ERR_NONE ? was_cut : error;
}

/* --- what the carrier must know ------------------------------------------- */

/* Writes only what changed: each file costs two syncs. `told`, of the same size as
 * `text`'s buffer, is what it holds. */
static enum err tell_file(
    int outbox_fd, const char *name, const char *text, char *told, size_t cap)
{
	if (told[0] != '\0' && strcmp(text, told) == 0)
		return ERR_NONE;
	enum err error = file_write(outbox_fd, name, BATCH_MODE, bytes_of_text(text));
	if (error == ERR_NONE)
		memcpy(told, text, cap);
	return error;
}

static enum err tell(struct turn *turn)
{
	static const enum cose_type kinds[] = {
	    COSE_TRUST, COSE_PROGRAMME, COSE_DIRECTORY, COSE_STANDINGS, COSE_ALERTS};
	struct exchange *exchange = turn->exchange;
	char letters[EXCHANGE_TOLD_MAX] = "";
	char floor[EXCHANGE_FLOOR_MAX];
	size_t len = 0;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		uint64_t version = letterbox_version(exchange->letterbox, kinds[i], NULL);
		bool again = kinds[i] == COSE_TRUST && exchange->trust_wanted;
		if (version == 0 || again)
			continue; /* not named is fetched whatever its version */
		int more = snprintf(letters + len, sizeof(letters) - len,
		    "%s %" PRIu64 "\n", letter_name(kinds[i]), version);
		len += (size_t)more;
	}
	(void)snprintf(
	    floor, sizeof(floor), "%" PRId64 "\n", journal_floor_ms(exchange->journal));
	int outbox_fd = exchange->spool->outbox_fd;
	enum err error =
	    tell_file(outbox_fd, "floor", floor, exchange->told_floor, sizeof(floor));
	if (error == ERR_NONE)
		error = tell_file(outbox_fd, "letters", letters, exchange->told_letters,
		    sizeof(letters));
	return error;
}

/* Each part is worth doing when another failed: a full disk must not keep
 * receipts out, a bad row must not keep what was cut from being sent. */
enum err exchange_step(struct exchange *exchange, bool cut_everything,
    struct exchange_news *ret_news, bool *ret_more)
{
	struct exchange_news news = {0};
	struct instant now;
	struct turn turn = {
	    .exchange = exchange, .news = &news, .files_left = EXCHANGE_FILES_MAX};
	turn.file = malloc(BATCH_FILE_MAX);
	if (turn.file == NULL)
		return ERR_MEMORY;
	exchange->clock->now(exchange->clock->self, &now);
	turn.now_ms = now.wall_ms;
	enum err taken = inbox_take(&turn);
	enum err mirrored = outbox_mirror(&turn, cut_everything);
	enum err told = tell(&turn);
	free(turn.file);
	news.trust_wanted = exchange->trust_wanted;
	*ret_news = news;
	*ret_more = turn.more;

	const enum err errors[] = {taken, mirrored, told};

	for (size_t i = 0; i < COUNT_OF(errors); i++)
		if (errors[i] != ERR_NONE)
			return errors[i];
	return ERR_NONE;
}
