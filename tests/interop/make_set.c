/* SPDX-License-Identifier: MIT */
/*
 * Writes a whole exchange of one terminal with a central into DIR, in the layout
 * that read_balcao.py describes: two epochs, several sessions, every kind of
 * answer and letter. Keys are those of a test: the private ones lie beside it,
 * so that plant_faults.py can sign what it has spoiled.
 *     make_set DIR
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/banned.h"
#include "contract/answer.h"
#include "contract/batch.h"
#include "contract/chain.h"
#include "contract/directory.h"
#include "contract/letter.h"
#include "contract/session.h"
#include "sync/keys.h"
#include "sync/pack.h"
#include "tests/sync/sample.h"

enum { BATCHES = 4, EVENTS = 60, MEMBERS = 25, PATH_LEN = 512 };

static const struct crypto *const crypto = &crypto_psa;
static const char *top;

static struct signer ca, terminal, receipt_key;
static uint8_t seal_public[PUBLIC_KEY_LEN], seal_key_id[KEY_ID_LEN];
static struct event event;
static uint8_t file_buf[BATCH_FILE_MAX], body_buf[BATCH_BODY_MAX],
    event_buf[EVENT_BYTES_MAX];
static uint8_t packed_buf[BATCH_FILE_MAX], erased_buf[EVENT_BYTES_MAX];

/* A test tool: what fails ends it. */
static void must(enum err err, const char *what)
{
	if (err == ERR_NONE)
		return;
	(void)fprintf(stderr, "make_set: %s: %s\n", what, err_name(err));
	exit(70);
}

static void save(const char *name, struct bytes bytes)
{
	char path[PATH_LEN];

	(void)snprintf(path, sizeof(path), "%s/%s", top, name);
	FILE *file = fopen(path, "wb");
	if (file == NULL || fwrite(bytes.at, 1, bytes.len, file) != bytes.len ||
	    fclose(file) != 0)
		must(ERR_IO, path);
}

static void save_hex(const char *name, struct bytes bytes)
{
	char hex[2 * PUBLIC_KEY_LEN + 1];

	hex_encode(hex, bytes);
	save(name, bytes_of_text(hex));
}

static void make_folder(const char *name)
{
	char path[PATH_LEN];

	(void)snprintf(path, sizeof(path), "%s/%s", top, name);
	if (mkdir(path, 0777) != 0 && errno != EEXIST)
		must(ERR_IO, path);
}

/* --- keys --- */

static void make_signer(const char *name, struct signer *signer)
{
	uint8_t scalar[SCALAR_LEN], key[PUBLIC_KEY_LEN];
	char path[PATH_LEN];

	must(key_generate(scalar, key), name);
	must(signer_from_scalar(scalar, signer), name);
	(void)snprintf(path, sizeof(path), "keys/%s.hex", name);
	save_hex(path, bytes_of(key, sizeof(key)));
	(void)snprintf(path, sizeof(path), "keys/private-%s.hex", name);
	save_hex(path, bytes_of(scalar, sizeof(scalar)));
}

static void make_keys(void)
{
	uint8_t scalar[SCALAR_LEN];

	make_signer("ca", &ca);
	make_signer("terminal-t-041", &terminal);
	make_signer("receipt", &receipt_key);
	must(key_generate(scalar, seal_public), "seal");
	must(key_id_of(crypto, seal_public, seal_key_id, NULL), "seal");
	save_hex("keys/seal.hex", bytes_of(scalar, sizeof(scalar)));
}

/* --- letters --- */

static void make_letter(
    enum cose_type kind, const struct signer *signer, struct bytes body)
{
	static uint8_t scratch_buf[64 * 1024];
	const struct letter letter = {.kind = kind,
	    .version = UINT64_C(1773500000000),
	    .issued_ms = INT64_C(1773500000000),
	    .expires_ms = INT64_C(1776100000000),
	    .store = "loja-7",
	    .body = body};
	struct sink out = sink_of(file_buf, sizeof(file_buf));
	struct sink scratch = sink_of(scratch_buf, sizeof(scratch_buf));
	char name[PATH_LEN];

	must(letter_encode(crypto, signer, &letter, &out, &scratch), letter_name(kind));
	(void)snprintf(name, sizeof(name), "letters/%s.cose", letter_name(kind));
	save(name, sink_bytes(&out));
}

static void make_trust(void)
{
	struct trust trust = {.key_count = 2};
	struct sink out = sink_of(body_buf, sizeof(body_buf));

	memcpy(trust.ca, ca.key, PUBLIC_KEY_LEN);
	trust.key[0] = (struct trust_key){.use = TRUST_SIGN, .from_ms = 1};
	memcpy(trust.key[0].key, receipt_key.key, PUBLIC_KEY_LEN);
	memcpy(trust.key[0].key_id, receipt_key.key_id, KEY_ID_LEN);
	trust.key[1] = (struct trust_key){.use = TRUST_SEAL, .from_ms = 1};
	memcpy(trust.key[1].key, seal_public, PUBLIC_KEY_LEN);
	memcpy(trust.key[1].key_id, seal_key_id, KEY_ID_LEN);
	must(trust_encode(&trust, &out), "trust");
	make_letter(COSE_TRUST, &ca, sink_bytes(&out));
}

static int by_tag(const void *a, const void *b)
{
	return memcmp(a, b, DIRECTORY_TAG_LEN);
}

static void make_directory(void)
{
	static uint8_t records[MEMBERS][DIRECTORY_RECORD_LEN];
	struct directory directory = {.argon_memory_kib = 19 * 1024,
	    .argon_passes = 2,
	    .argon_lanes = 1,
	    .count = MEMBERS};
	struct sink out = sink_of(body_buf, sizeof(body_buf));

	must(crypto->random(directory.salt, sizeof(directory.salt)), "salt");
	for (unsigned i = 0; i < MEMBERS; i++) {
		const struct directory_entry entry = {.first_name = "Ana",
		    .segment = 'B',
		    .balance = i,
		    .balance_day = 20260314};
		struct directory_key key;
		char who[32];
		(void)snprintf(who, sizeof(who), "card:90765432109%05u", i);
		must(directory_key_from(crypto, directory.salt, bytes_of_text(who), &key),
		    who);
		must(directory_seal(crypto, &key, &entry, records[i]), who);
	}
	qsort(records, MEMBERS, DIRECTORY_RECORD_LEN, by_tag);
	directory_head(&out, &directory);
	sink_put(&out, bytes_of(records, sizeof(records)));
	make_letter(COSE_DIRECTORY, &receipt_key, sink_bytes(&out));
}

/* --- events --- */

static void make_event(const struct epoch_id *epoch, uint64_t seq)
{
	static struct event sale;

	if (seq == 1) {
		sample_where(&event, seq);
		event.type = EVENT_EPOCH_OPENED;
	} else if (seq % 11 == 0) {
		sample_sale(&sale, seq - 3);
		sample_void(&event, seq, &sale);
	} else if (seq % 3 == 0) {
		sample_topup(&event, seq);
	} else {
		sample_sale(&event, seq);
	}
	event.epoch = *epoch;
	event.training = seq % 17 == 0;
	must(crypto->random(event.id, sizeof(event.id)), "id");
	if (event.type == EVENT_EPOCH_OPENED && epoch->number > 1)
		event.before.epoch = (struct epoch_id){.number = epoch->number - 1};
}

/* Every second event has somebody in it. */
static void seal_event(struct session *session, uint64_t seq, uint8_t blob[BLOB_LEN_MAX])
{
	struct sink out = sink_of(blob, BLOB_LEN_MAX);
	struct person person = {0};

	if (seq % 2 != 0 || event.type == EVENT_EPOCH_OPENED)
		return;
	if (seq % 4 == 0) {
		must(person_parse("card:9076543210987654", &person), "person");
		event.member = MEMBER_CARD;
	} else if (event.type != EVENT_TOPUP) {
		must(person_parse("cpf:52998224725", &person), "person");
		event.member = MEMBER_CPF;
	}
	if (event.type == EVENT_TOPUP)
		memcpy(person.phone, "+5511961234567", 15);
	must(blob_seal(crypto, session, &event, &person, &out), "seal");
	event.blob = sink_bytes(&out);
}

/* One event's bytes, its link; one of them with an erased blob. */
static void put_event(struct sink *body, uint64_t seq, uint8_t head[HASH_LEN])
{
	struct sink out = sink_of(event_buf, sizeof(event_buf));
	struct sink erased = sink_of(erased_buf, sizeof(erased_buf));

	must(event_encode(&event, &out), "event");
	must(chain_step(crypto, sink_bytes(&out), head), "link");
	if (seq % 40 == 20)
		must(event_erase(crypto, sink_bytes(&out), &erased), "erase");
	batch_body_event(body, seq % 40 == 20 ? sink_bytes(&erased) : sink_bytes(&out));
}

/* --- batches and answers --- */

struct chain {
	struct epoch_id epoch;
	uint8_t head[HASH_LEN];
	uint8_t last_receipt[HASH_LEN];
	uint8_t previous_receipt[HASH_LEN]; /* of this epoch */
};

static void make_answer(
    const struct batch_header *header, const uint8_t hash[HASH_LEN], struct chain *chain)
{
	const struct refused refused[] = {{header->first_seq + 1, REFUSAL_CLERK},
	    {header->first_seq + 7, REFUSAL_OPERATOR}};
	struct answer answer = {.epoch = header->epoch,
	    .batch_number = header->number,
	    .central_ms = header->wall_ms + 1500,
	    .refused_count = header->number == 2 ? COUNT_OF(refused) : 0,
	    .first_seq = header->first_seq,
	    .last_seq = header->first_seq + header->count - 1,
	    .receipt_number = header->number,
	    .expected_seq = 17,
	    .reason = HELD_QUARANTINE};
	char name[PATH_LEN];

	memcpy(answer.terminal, header->terminal, sizeof(answer.terminal));
	memcpy(answer.batch_hash, hash, HASH_LEN);
	memcpy(answer.head, header->head_after, HASH_LEN);
	memcpy(answer.previous_receipt, chain->previous_receipt, HASH_LEN);
	for (int kind = ANSWER_RECEIPT; kind <= ANSWER_HELD; kind++) {
		struct sink out = sink_of(file_buf, sizeof(file_buf));
		uint8_t digest[HASH_LEN];
		answer.kind = (enum answer_kind)kind;
		if (kind != ANSWER_RECEIPT) {
			answer.refused_count = 0;
			if (header->number != 1) /* one of each will do */
				break;
		}
		must(answer_encode(crypto, &receipt_key, &answer, refused, &out, digest),
		    "answer");
		(void)snprintf(name, sizeof(name), "receipts/%u-%02u-%d.cose",
		    header->epoch.number, (unsigned)header->number, kind);
		save(name, sink_bytes(&out));
		if (kind == ANSWER_RECEIPT) {
			memcpy(chain->previous_receipt, digest, HASH_LEN);
			memcpy(chain->last_receipt, digest, HASH_LEN);
		}
	}
}

static void make_body(
    struct sink *body, const struct batch_header *header, struct chain *chain)
{
	static struct session session[2];
	static uint8_t blob[BLOB_LEN_MAX];
	struct bytes recipient[2];

	for (size_t i = 0; i < 2; i++) {
		must(session_new(crypto, seal_public, seal_key_id, &session[i]),
		    "session");
		recipient[i] = bytes_of(session[i].recipient, session[i].recipient_len);
	}
	batch_body_head(body, recipient, 2, (size_t)header->count);
	for (uint64_t i = 0; i < header->count; i++) {
		const uint64_t seq = header->first_seq + i;
		make_event(&chain->epoch, seq);
		seal_event(&session[i * 2 / header->count], seq, blob);
		put_event(body, seq, chain->head);
	}
}

static void make_batch(struct packer *packer, struct chain *chain, uint64_t batch_number)
{
	struct batch_header header = {.terminal = "t-041",
	    .epoch = chain->epoch,
	    .number = batch_number,
	    .first_seq = 1 + (batch_number - 1) * EVENTS,
	    .count = EVENTS,
	    .wall_ms = INT64_C(1773500000000),
	    .mono_ms = 4711,
	    .clock = CLOCK_SURE,
	    .software = "0.1.0"};
	struct sink body = sink_of(body_buf, sizeof(body_buf));
	struct sink out = sink_of(file_buf, sizeof(file_buf));
	uint8_t hash[HASH_LEN];
	char name[PATH_LEN];
	size_t len = 0;

	memcpy(header.head_before, chain->head, HASH_LEN);
	memcpy(header.last_receipt, chain->last_receipt, HASH_LEN);
	make_body(&body, &header, chain);
	memcpy(header.head_after, chain->head, HASH_LEN);
	must(pack(packer, sink_bytes(&body), packed_buf, sizeof(packed_buf), &len),
	    "pack");
	must(batch_encode(
		 crypto, &terminal, &header, bytes_of(packed_buf, len), &out, hash),
	    "batch");
	(void)snprintf(name, sizeof(name), "batches/%u-%02u.batch", chain->epoch.number,
	    (unsigned)batch_number);
	save(name, sink_bytes(&out));
	make_answer(&header, hash, chain);
}

int main(int argc, char **argv)
{
	struct packer *packer = NULL;
	struct chain chain = {0};

	if (argc != 2) {
		(void)fprintf(stderr, "usage: make_set DIR\n");
		return 64;
	}
	top = argv[1];
	make_folder("batches");
	make_folder("receipts");
	make_folder("letters");
	make_folder("keys");
	make_keys();
	make_trust();
	make_directory();
	make_letter(COSE_ALERTS, &receipt_key, bytes_of("\x80", 1));
	must(packer_new(&packer), "packer");
	for (uint32_t epoch = 1; epoch <= 2; epoch++) {
		chain.epoch.number = epoch;
		memset(chain.previous_receipt, 0, HASH_LEN);
		must(crypto->random(chain.epoch.mark, EPOCH_MARK_LEN), "mark");
		must(chain_start(crypto, "t-041", &chain.epoch, chain.head), "start");
		for (uint64_t i = 1; i <= BATCHES; i++)
			make_batch(packer, &chain, i);
	}
	packer_free(&packer);
	signer_free(&ca);
	signer_free(&terminal);
	signer_free(&receipt_key);
	return 0;
}
