/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CENTRAL_COUNTER_H
#define TESTS_CENTRAL_COUNTER_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "central/authority.h"
#include "central/crypto_gnutls.h"
#include "central/intake.h"
#include "central/ledger.h"
#include "contract/batch.h"
#include "contract/chain.h"
#include "contract/session.h"
#include "identity.h"
#include "os/file.h"
#include "pack.h"
#include "tests/sync/contract/programme_sample.h"

/*
 * A whole central in a directory of its own, with a programme published, and
 * counters that send to it: real keys, real certificates, real batches, made by
 * the very code that a terminal runs. Only the clock is the test's.
 */
#define OK(call) assert_int_equal((call), ERR_NONE)

/* A folder of the test's own under $TMPDIR. */
enum { PLACE_MAX = 200 };

static inline void temp_folder(char ret_dir[PLACE_MAX], const char *name)
{
	const char *base = getenv("TMPDIR");
	int len = snprintf(
	    ret_dir, PLACE_MAX, "%s/%s-XXXXXX", base == NULL ? "/tmp" : base, name);
	assert_true(len > 0 && len < PLACE_MAX);
	assert_non_null(mkdtemp(ret_dir));
}

enum { BODY_CAP = BATCH_BODY_MAX, FILE_CAP = BATCH_FILE_MAX };

struct office {
	char dir[PLACE_MAX];
	int dir_fd;
	struct instant now;
	struct clock clock;
	struct intake *intake;
	uint64_t programme_version;
	struct trust trust;
	struct ipc_frame reply; /* the last one */
};

struct counter {
	struct office *office;
	char terminal[TERMINAL_LEN_MAX + 1];
	char state[PLACE_MAX + 16];
	int state_fd;
	struct identity_keys *keys;
	struct session session;
	struct packer *packer;
	struct epoch_id epoch;
	uint64_t seq;    /* of the next event */
	uint64_t number; /* of the next batch */
	uint8_t head[HASH_LEN];
	uint8_t last_receipt[HASH_LEN];
	/* the batch being made */
	uint64_t count;
	size_t len;
	uint8_t events[BODY_CAP];
};

/* One batch file and what the counter knows of it. */
struct cut {
	uint8_t file[FILE_CAP];
	size_t len;
	uint8_t hash[HASH_LEN];
	struct batch_header header;
};

/* --- the central ------------------------------------------------------------ */

static inline void office_ask(struct office *office, struct ipc_frame *request)
{
	static uint8_t kept[256 * 1024];
	struct sink out = sink_of(kept, sizeof kept);
	OK(intake_begin(office->intake));
	intake_handle(office->intake, ORIGIN_COMMAND, request, &office->reply);
	for (size_t i = 0; i < office->reply.count; i++) {
		size_t at = out.len;
		sink_put(&out, office->reply.part[i]);
		office->reply.part[i].at = kept + at;
	}
	assert_false(out.over);
	OK(intake_commit(office->intake));
}

static inline void office_trust(struct office *office)
{
	struct ledger *ledger = NULL;
	struct ledger_letter row;
	struct cose_sign1 message;
	struct letter letter;
	OK(ledger_open_in(office->dir, LEDGER_READ, &ledger));
	OK(ledger_letter_newest(ledger, COSE_TRUST, "", &row));
	OK(letter_parse(row.file, &message, &letter));
	OK(trust_decode(letter.body, &office->trust));
	ledger_close(&ledger);
}

static inline void office_publish(struct office *office)
{
	static struct programme programme;
	static uint8_t body[SAMPLE_BYTES];
	struct sink out = sink_of(body, sizeof body);
	struct ipc_frame request = {.verb = IPC_PUBLISH};
	unsigned long long version = 0;
	char text[64];
	sample_fill(&programme);
	OK(programme_encode(&programme, sample_products, &out));
	ipc_add(&request, bytes_of_text("90"));
	ipc_add(&request, sink_bytes(&out));
	office_ask(office, &request);
	assert_int_equal(office->reply.status, 200);
	OK(text_from_bytes(text, sizeof text, ipc_part(&office->reply, 0)));
	assert_int_equal(sscanf(text, "programme %llu\n", &version), 1);
	office->programme_version = version;
}

static inline void office_open(struct office *office)
{
	OK(intake_open(office->dir, office->dir_fd, &office->clock, &office->intake));
}

static inline void office_make(struct office *office)
{
	static const struct hosts hosts;
	struct ledger *ledger = NULL;
	*office = (struct office){.now = {.wall_ms = INT64_C(1780000000000)}};
	office->clock = clock_fake(&office->now);
	temp_folder(office->dir, "central-test");
	office->dir_fd = open(office->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(office->dir_fd >= 0);
	OK(authority_create(office->dir_fd, &hosts, office->now.wall_ms));
	OK(ledger_open_in(office->dir, LEDGER_CREATE, &ledger));
	ledger_close(&ledger);
	office_open(office);
	office_trust(office);
	office_publish(office);
}

static inline void office_remove(struct office *office)
{
	char command[PLACE_MAX + 32];
	intake_close(&office->intake);
	(void)close(office->dir_fd);
	(void)snprintf(command, sizeof command, "rm -rf '%s'", office->dir);
	FILE *pipe = popen(command, "r");
	assert_non_null(pipe);
	assert_int_equal(pclose(pipe), 0);
}

/* --- a counter -------------------------------------------------------------- */

/* Through the same request and password as `balcao enrol`. */
static inline void counter_enrol(struct counter *counter, const char *store)
{
	struct office *office = counter->office;
	uint8_t csr[CSR_LEN_MAX];
	size_t csr_len = 0;
	uint8_t spki_hash[HASH_LEN];
	uint8_t mac[HASH_LEN];
	uint8_t pin[HASH_LEN];
	char password[PASSWORD_LEN + 1];
	struct ipc_frame request = {.verb = IPC_TOKEN};
	ipc_add(&request, bytes_of_text(store));
	ipc_add(&request, bytes_of_text(counter->terminal));
	office_ask(office, &request);
	assert_int_equal(office->reply.status, 200);
	OK(identity_request(
	    counter->state_fd, &crypto_psa, counter->terminal, csr, &csr_len, spki_hash));
	struct bytes parts[] = {bytes_of_text("signing"), bytes_of(spki_hash, HASH_LEN)};
	OK(crypto_psa.hmac(ipc_part(&office->reply, 0), parts, 2, mac));
	hex_encode(password, bytes_of(mac, sizeof mac));
	request = (struct ipc_frame){.verb = IPC_ENROL};
	ipc_add(&request, bytes_of_text("signing"));
	ipc_add(&request, bytes_of_text(counter->terminal));
	ipc_add(&request, bytes_of_text(password));
	ipc_add(&request, bytes_of(csr, csr_len));
	office_ask(office, &request);
	assert_int_equal(office->reply.status, 200);
	/* What it got stands in DIR/issued; the carrier's test unwraps PKCS#7. */
	struct registry *registry = NULL;
	struct certificate certificate;
	struct certificate ca;
	uint8_t key_id[KEY_ID_LEN];
	OK(registry_open(office->dir_fd, &registry));
	memcpy(key_id, spki_hash, KEY_ID_LEN);
	OK(registry_read(registry, PURPOSE_SIGNING, key_id, &certificate));
	registry_close(&registry);
	OK(certificate_load(office->dir_fd, CERTIFICATE_CA, &ca));
	OK(ca_pin(office->dir_fd, pin));
	OK(identity_adopt(counter->state_fd, &crypto_psa, counter->terminal, pin,
	    bytes_of(ca.der, ca.len), bytes_of(certificate.der, certificate.len)));
	OK(identity_open(counter->state_fd, &crypto_psa, &counter->keys));
}

static inline void counter_session(struct counter *counter)
{
	const struct trust_key *sealing =
	    trust_current(&counter->office->trust, TRUST_SEAL);
	assert_non_null(sealing);
	OK(session_new(&crypto_psa, sealing->key, sealing->key_id, &counter->session));
}

static inline void counter_epoch(struct counter *counter, uint32_t number)
{
	counter->epoch.number = number;
	memset(counter->epoch.mark, 0x30 + (int)number, EPOCH_MARK_LEN);
	counter->seq = 1;
	counter->number = 1;
	counter->count = 0;
	counter->len = 0;
	memset(counter->last_receipt, 0, HASH_LEN);
	OK(chain_start(&crypto_psa, counter->terminal, &counter->epoch, counter->head));
}

static inline struct counter *counter_make(
    struct office *office, const char *terminal, const char *store)
{
	struct counter *counter = calloc(1, sizeof *counter);
	assert_non_null(counter);
	counter->office = office;
	(void)snprintf(counter->terminal, sizeof counter->terminal, "%s", terminal);
	(void)snprintf(
	    counter->state, sizeof counter->state, "%s/till-%.8s", office->dir, terminal);
	OK(dir_make(counter->state, 0700));
	OK(dir_open(counter->state, &counter->state_fd));
	OK(packer_new(&counter->packer));
	counter_enrol(counter, store);
	counter_session(counter);
	counter_epoch(counter, 1);
	return counter;
}

static inline void counter_free(struct counter **counter)
{
	identity_close(&(*counter)->keys);
	packer_free(&(*counter)->packer);
	(void)close((*counter)->state_fd);
	free(*counter);
	*counter = NULL;
}

/* An event with everything but its own content: the caller fills and records. */
static inline struct event *counter_event(struct counter *counter, enum event_type type)
{
	static struct event event;
	memset(&event, 0, sizeof event);
	memcpy(event.terminal, counter->terminal, sizeof event.terminal);
	event.epoch = counter->epoch;
	event.clock = CLOCK_SURE;
	event.utc_offset_min = -180;
	(void)snprintf(event.zone, sizeof event.zone, "America/Sao_Paulo");
	memset(event.boot_id, 0xa5, sizeof event.boot_id);
	event.programme_version = counter->office->programme_version;
	event.business_day = 20260528;
	event.type = type;
	event.seq = counter->seq;
	OK(crypto_psa.random(event.id, sizeof event.id));
	event.wall_ms = counter->office->now.wall_ms;
	event.mono_ms = 1000 * (int64_t)counter->seq;
	(void)snprintf(event.clerk, sizeof event.clerk, "c01");
	return &event;
}

/* Seals the member into the event (which has its final id and type). */
static inline void counter_member(
    struct counter *counter, struct event *event, const char *member)
{
	static uint8_t blob[BLOB_LEN_MAX];
	struct person person;
	struct sink out = sink_of(blob, sizeof blob);
	OK(person_parse(member, &person));
	event->member = person.kind;
	OK(blob_seal(&crypto_psa, &counter->session, event, &person, &out));
	event->blob = sink_bytes(&out);
}

/* Coffee at 12,99 for a member: floor(cents / 100) points by the sample's rule. */
static inline struct event *counter_sale(struct counter *counter, unsigned pieces)
{
	struct event *event = counter_event(counter, EVENT_SALE);
	event->line_count = 1;
	(void)snprintf(
	    event->line[0].product, sizeof event->line[0].product, "07891000315507");
	event->line[0].quantity_milli = 1000 * pieces;
	event->line[0].amount_cents = 1299 * (int64_t)pieces;
	event->amount_cents = event->line[0].amount_cents;
	event->points[EARNER_MEMBER] = event->amount_cents / 100;
	counter_member(counter, event, "card:9076555575248227");
	return event;
}

/* Puts bytes that should be an event into the batch and the chain. */
static inline void counter_record_bytes(struct counter *counter, struct bytes bytes)
{
	struct sink out = sink_of(
	    counter->events + counter->len, sizeof counter->events - counter->len);
	batch_body_event(&out, bytes);
	assert_false(out.over);
	counter->len += out.len;
	OK(chain_step(&crypto_psa, bytes, counter->head));
	counter->count++;
	counter->seq++;
}

static inline void counter_record(struct counter *counter, const struct event *event)
{
	static uint8_t bytes[EVENT_BYTES_MAX];
	struct sink out = sink_of(bytes, sizeof bytes);
	OK(event_encode(event, &out));
	counter_record_bytes(counter, sink_bytes(&out));
}

/* Cuts what was recorded since the last cut; `body_of` may spoil the body. */
static inline struct cut *counter_cut_as(
    struct counter *counter, struct bytes packed_instead, const uint8_t *before)
{
	static uint8_t body[BODY_CAP];
	static uint8_t packed[FILE_CAP];
	struct cut *cut = calloc(1, sizeof *cut);
	assert_non_null(cut);
	struct sink plain = sink_of(body, sizeof body);
	struct bytes recipient =
	    bytes_of(counter->session.recipient, counter->session.recipient_len);
	batch_body_head(&plain, &recipient, 1, counter->count);
	sink_put(&plain, bytes_of(counter->events, counter->len));
	assert_false(plain.over);
	size_t packed_len = 0;
	OK(pack(counter->packer, sink_bytes(&plain), packed, sizeof packed, &packed_len));
	struct bytes body_bytes =
	    packed_instead.len > 0 ? packed_instead : bytes_of(packed, packed_len);
	struct batch_header *header = &cut->header;
	memcpy(header->terminal, counter->terminal, sizeof header->terminal);
	header->epoch = counter->epoch;
	header->number = counter->number++;
	header->count = counter->count;
	header->first_seq = counter->seq - counter->count;
	memcpy(header->head_before, before, HASH_LEN);
	memcpy(header->head_after, counter->head, HASH_LEN);
	memcpy(header->last_receipt, counter->last_receipt, HASH_LEN);
	header->wall_ms = counter->office->now.wall_ms;
	header->clock = CLOCK_SURE;
	(void)snprintf(header->software, sizeof header->software, "test");
	struct sink out = sink_of(cut->file, sizeof cut->file);
	OK(batch_encode(&crypto_psa, identity_signer(counter->keys), header, body_bytes,
	    &out, cut->hash));
	cut->len = out.len;
	counter->count = 0;
	counter->len = 0;
	return cut;
}

/* `before`: the head at the last cut. */
static inline struct cut *counter_cut(struct counter *counter, const uint8_t *before)
{
	return counter_cut_as(counter, (struct bytes){0}, before);
}

/* A batch of `sales` one-piece sales with right points. */
static inline struct cut *counter_day(struct counter *counter, unsigned sales)
{
	uint8_t before[HASH_LEN];
	memcpy(before, counter->head, HASH_LEN);
	for (unsigned i = 0; i < sales; i++)
		counter_record(counter, counter_sale(counter, 1));
	return counter_cut(counter, before);
}

/* Sends a file and reads the signed answer, if there is one. */
static inline uint16_t office_send(
    struct office *office, const uint8_t *file, size_t len, struct answer *ret_answer)
{
	struct ipc_frame request = {.verb = IPC_IMPORT};
	ipc_add(&request, bytes_of(file, len));
	office_ask(office, &request);
	if (office->reply.status == 200 || office->reply.status == 409) {
		struct cose_sign1 message;
		OK(answer_parse(ipc_part(&office->reply, 0), &message, ret_answer));
		const struct trust_key *key =
		    trust_find(&office->trust, TRUST_SIGN, message.key_id);
		assert_non_null(key);
		OK(cose_verify(&crypto_psa, &message, key->key, NULL));
	}
	return office->reply.status;
}

static inline uint16_t office_take(
    struct office *office, const struct cut *cut, struct answer *ret_answer)
{
	return office_send(office, cut->file, cut->len, ret_answer);
}

/* A row of the ledger as it is now. */
static inline void office_row(struct office *office, const struct counter *counter,
    uint64_t seq, struct ledger_event *ret_row)
{
	struct ledger *ledger = NULL;
	struct ledger_epoch epoch;
	OK(ledger_open_in(office->dir, LEDGER_READ, &ledger));
	OK(ledger_epoch_find(ledger, counter->terminal, &counter->epoch, &epoch));
	OK(ledger_event_at(ledger, epoch.row, seq, ret_row));
	ledger_close(&ledger);
}

#endif
