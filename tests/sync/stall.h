/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SYNC_STALL_H
#define TESTS_SYNC_STALL_H

/*
 * A market stall for tests: a state directory, real keys, a clock set by hand,
 * and a central in a few lines that signs answers with the contract's own
 * functions. Include after cmocka.h, in a file that asks for _GNU_SOURCE.
 */

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"
#include "os/file.h"
#include "sync/journal.h"
#include "sync/keys.h"

#define MUST(call) assert_string_equal(err_name(call), "none")
#define EXPECT(wanted, call) assert_string_equal(err_name(call), err_name(wanted))

struct stall {
	char path[64];
	int dir_fd;
	struct instant now;
	struct clock clock;
	struct signer signer;  /* the terminal's */
	struct signer central; /* signs answers */
	uint8_t seal_key[PUBLIC_KEY_LEN];
	struct journal_owner owner;
	struct journal *journal;
	struct session session;
	uint64_t receipts; /* the central's */
	uint8_t last_receipt[HASH_LEN];
	uint8_t made; /* events */
};

static inline int stall_unlink(
    const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static inline void stall_open_journal(struct stall *stall)
{
	uint64_t bad_seq = 0;
	MUST(journal_open(stall->dir_fd, &stall->owner, &stall->journal, &bad_seq));
}

static inline void stall_reopen(struct stall *stall)
{
	journal_close(&stall->journal);
	stall_open_journal(stall);
}

static inline void stall_event(struct stall *stall, struct event *event)
{
	*event = (struct event){
	    .clock = CLOCK_SURE,
	    .utc_offset_min = -180,
	    .zone = "America/Sao_Paulo",
	    .programme_version = 1,
	    .business_day = 20261122,
	    .type = EVENT_SALE,
	    .clerk = "c01",
	    .points = {20, 1, 0},
	    .id = {0xe0, 0, 0, 0, 0, 0, 0, ++stall->made},
	    .wall_ms = stall->now.wall_ms,
	    .mono_ms = stall->now.mono_ms,
	    .amount_cents = 1299,
	    .line_count = 1,
	    .line = {{"07891000315507", 1000, 1299}},
	};
	memcpy(event->boot_id, stall->now.boot_id, BOOT_ID_LEN);
}

static inline void stall_epoch(struct stall *stall)
{
	struct event opened;
	stall_event(stall, &opened);
	opened.clerk[0] = '\0';
	opened.amount_cents = 0;
	opened.line_count = 0;
	memset(opened.points, 0, sizeof(opened.points));
	MUST(journal_epoch_open(stall->journal, &opened));
}

static inline enum err stall_try(struct stall *stall, struct event *event)
{
	struct person person = {
	    .kind = MEMBER_CARD, .member = "9076123456782", .phone = ""};
	return journal_append(stall->journal, event, &person, &stall->session);
}

/* One sale to a member; its id is 0xe0...n. */
static inline void stall_sell(struct stall *stall)
{
	struct event event;
	stall_event(stall, &event);
	MUST(stall_try(stall, &event));
}

static inline void stall_wait(struct stall *stall, int64_t ms)
{
	stall->now.wall_ms += ms;
	stall->now.mono_ms += ms;
}

static inline int stall_set_up(void **state)
{
	uint8_t scalar[SCALAR_LEN];
	uint8_t key_id[KEY_ID_LEN];
	struct stall *stall = calloc(1, sizeof(*stall));
	assert_non_null(stall);
	(void)snprintf(stall->path, sizeof(stall->path), "/tmp/balcao-stall-XXXXXX");
	assert_non_null(mkdtemp(stall->path));
	MUST(dir_open(stall->path, &stall->dir_fd));
	stall->now = (struct instant){
	    .wall_ms = INT64_C(1795000000000), .mono_ms = 1000, .boot_id = {1}};
	stall->clock = clock_fake(&stall->now);
	MUST(key_generate(scalar, stall->signer.key));
	MUST(signer_from_scalar(scalar, &stall->signer));
	MUST(key_generate(scalar, stall->central.key));
	MUST(signer_from_scalar(scalar, &stall->central));
	MUST(key_generate(scalar, stall->seal_key));
	MUST(key_id_of(&crypto_psa, stall->seal_key, key_id, NULL));
	MUST(session_new(&crypto_psa, stall->seal_key, key_id, &stall->session));
	stall->owner = (struct journal_owner){
	    .terminal = "caixa-1",
	    .crypto = &crypto_psa,
	    .signer = &stall->signer,
	    .clock = &stall->clock,
	    .software = "test",
	};
	stall_open_journal(stall);
	stall_epoch(stall);
	*state = stall;
	return 0;
}

static inline int stall_tear_down(void **state)
{
	struct stall *stall = *state;
	journal_close(&stall->journal);
	(void)close(stall->dir_fd);
	(void)nftw(stall->path, stall_unlink, 16, FTW_DEPTH | FTW_PHYS);
	signer_free(&stall->signer);
	signer_free(&stall->central);
	free(stall);
	return 0;
}

/* --- the central ---------------------------------------------------------- */

struct stall_batch {
	uint8_t bytes[BATCH_FILE_MAX];
	size_t len;
	struct batch_file file;
	uint8_t hash[HASH_LEN];
};

/* Batch `number` of the present epoch as the carrier would carry it. */
static inline struct stall_batch *stall_batch(struct stall *stall, uint64_t number)
{
	struct stall_batch *batch = calloc(1, sizeof(*batch));
	struct epoch_id epoch = journal_epoch(stall->journal);
	assert_non_null(batch);
	MUST(journal_batch_file(stall->journal, &epoch, number, batch->bytes,
	    sizeof(batch->bytes), &batch->len));
	MUST(batch_parse(bytes_of(batch->bytes, batch->len), &batch->file));
	MUST(batch_verify(&crypto_psa, &batch->file, stall->signer.key, batch->hash));
	return batch;
}

/* The receipt that an honest central gives; the caller may spoil it. */
static inline struct answer stall_receipt(struct stall *stall, uint64_t number)
{
	struct stall_batch *batch = stall_batch(stall, number);
	const struct batch_header *header = &batch->file.header;
	struct answer answer = {
	    .kind = ANSWER_RECEIPT,
	    .epoch = header->epoch,
	    .batch_number = number,
	    .central_ms = stall->now.wall_ms,
	    .first_seq = header->first_seq,
	    .last_seq = header->first_seq + header->count - 1,
	    .receipt_number = stall->receipts + 1,
	};
	memcpy(answer.terminal, header->terminal, sizeof(answer.terminal));
	memcpy(answer.batch_hash, batch->hash, HASH_LEN);
	memcpy(answer.head, header->head_after, HASH_LEN);
	memcpy(answer.previous_receipt, stall->last_receipt, HASH_LEN);
	free(batch);
	return answer;
}

struct stall_answer {
	uint8_t bytes[ANSWER_FILE_MAX];
	size_t len;
	struct cose_sign1 message;
	struct answer answer;
	uint8_t hash[HASH_LEN];
};

static inline enum err stall_sign(struct stall *stall, const struct answer *answer,
    const struct refused *refused, struct stall_answer *ret)
{
	struct sink out = sink_of(ret->bytes, sizeof(ret->bytes));
	enum err error =
	    answer_encode(&crypto_psa, &stall->central, answer, refused, &out, ret->hash);
	ret->len = out.len;
	return error == ERR_NONE
		   ? answer_parse(sink_bytes(&out), &ret->message, &ret->answer)
		   : error;
}

static inline enum err stall_accept(
    struct stall *stall, const struct answer *answer, const struct refused *refused)
{
	struct stall_answer *signed_answer = calloc(1, sizeof(*signed_answer));
	assert_non_null(signed_answer);
	enum err error = stall_sign(stall, answer, refused, signed_answer);
	if (error == ERR_NONE)
		error = journal_accept(stall->journal, &signed_answer->answer,
		    signed_answer->hash,
		    bytes_of(signed_answer->bytes, signed_answer->len));
	if (error == ERR_NONE && answer->kind == ANSWER_RECEIPT &&
	    answer->receipt_number > stall->receipts) {
		stall->receipts = answer->receipt_number;
		memcpy(stall->last_receipt, signed_answer->hash, HASH_LEN);
	}
	free(signed_answer);
	return error;
}

static inline void stall_cut(struct stall *stall)
{
	MUST(journal_cut(stall->journal, true));
}

static inline void stall_take_receipt(struct stall *stall, uint64_t number)
{
	struct answer answer = stall_receipt(stall, number);
	MUST(stall_accept(stall, &answer, NULL));
}

static inline struct journal_status stall_status(struct stall *stall)
{
	struct journal_status status;
	MUST(journal_status(stall->journal, &status));
	return status;
}

static inline void stall_verify(struct stall *stall)
{
	uint64_t bad_seq = 0;
	char reason[JOURNAL_REASON_LEN_MAX] = "";
	if (journal_verify(stall->journal, 0, &bad_seq, reason) != ERR_NONE)
		fail_msg("%s", reason);
}

#endif
