/* SPDX-License-Identifier: MIT */
#include "central/intake.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"
#include "central/authority.h"
#include "central/crypto_gnutls.h"
#include "central/letters.h"
#include "central/listing.h"
#include "central/take.h"
#include "os/log.h"

enum {
	STATUS_OK = 200,
	STATUS_NOT_MODIFIED = 304,
	STATUS_BAD = 400,
	STATUS_PASSWORD = 401,
	STATUS_FORBIDDEN = 403,
	STATUS_NOT_FOUND = 404,
	STATUS_CONFLICT = 409,
	STATUS_UNAVAILABLE = 503,
	DECIMAL_LEN = 24,
	PASSWORD_TEXT_MAX = 2 * HASH_LEN,
	REPORT_LEN = 16384,
};

struct intake {
	const struct clock *clock;
	struct authority *authority;
	struct ledger *ledger;
	struct signer ca;
	struct signer receipt;
	struct opener opener;
	uint8_t sealing_key[PUBLIC_KEY_LEN];
	struct take *take;
	struct listing *listing;
	/* What replies point into. */
	struct certificate certificate;
	uint8_t message[CERTS_ONLY_MAX];
	uint8_t secret[TOKEN_LEN];
	char decimal[DECIMAL_LEN];
	char report[REPORT_LEN];
};

static int64_t now_ms(const struct intake *intake)
{
	struct instant now;
	intake->clock->now(intake->clock->self, &now);
	return now.wall_ms;
}

/* --- opening --------------------------------------------------------------- */

static enum err open_signer(int keys_fd, const char *name, struct signer *ret_signer)
{
	struct key_pair pair;
	enum err err = key_load(keys_fd, name, &pair);
	if (err == ERR_NONE)
		err = gnutls_signer_new(pair.scalar, pair.key, ret_signer);
	key_wipe(&pair);
	return err;
}

static enum err open_keys(struct intake *intake, int dir_fd)
{
	struct key_pair sealing;
	int keys_fd = openat(dir_fd, "keys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (keys_fd < 0)
		return ERR_NOT_FOUND;
	enum err err = open_signer(keys_fd, KEY_CA, &intake->ca);
	if (err == ERR_NONE)
		err = open_signer(keys_fd, KEY_RECEIPT, &intake->receipt);
	if (err == ERR_NONE)
		err = key_load(keys_fd, KEY_SEALING, &sealing);
	if (err == ERR_NONE) {
		memcpy(intake->sealing_key, sealing.key, PUBLIC_KEY_LEN);
		err = opener_from_scalar(sealing.scalar, &intake->opener);
		key_wipe(&sealing);
	}
	(void)close(keys_fd);
	return err;
}

static void trust_entry(struct trust *trust, enum trust_use use,
    const uint8_t key[PUBLIC_KEY_LEN], const uint8_t key_id[KEY_ID_LEN])
{
	struct trust_key *entry = &trust->key[trust->key_count++];
	entry->use = use;
	memcpy(entry->key, key, PUBLIC_KEY_LEN);
	memcpy(entry->key_id, key_id, KEY_ID_LEN);
}

/* The key manifest: there from the first moment, signed anew in good time. */
static enum err publish_trust(struct intake *intake)
{
	struct trust trust = {0};
	memcpy(trust.ca, intake->ca.key, PUBLIC_KEY_LEN);
	trust_entry(&trust, TRUST_SIGN, intake->receipt.key, intake->receipt.key_id);
	trust_entry(&trust, TRUST_SEAL, intake->sealing_key, intake->opener.key_id);
	enum err err = ledger_step(intake->ledger, LEDGER_BEGIN);
	if (err != ERR_NONE)
		return err;
	err = letter_trust(
	    intake->ledger, &crypto_gnutls, &intake->ca, &trust, now_ms(intake));
	if (err == ERR_NONE)
		return ledger_step(intake->ledger, LEDGER_COMMIT);
	ledger_back(intake->ledger, LEDGER_ROLLBACK);
	return err;
}

static enum err open_workers(struct intake *intake)
{
	const struct take_config config = {
	    .ledger = intake->ledger,
	    .registry = authority_registry(intake->authority),
	    .crypto = &crypto_gnutls,
	    .signer = &intake->receipt,
	    .openers = &intake->opener,
	    .opener_count = 1,
	};
	enum err err = take_new(&config, &intake->take);
	if (err == ERR_NONE)
		err = listing_new(
		    intake->ledger, &crypto_gnutls, &intake->opener, 1, &intake->listing);
	return err;
}

enum err intake_open(
    const char *dir, int dir_fd, const struct clock *clock, struct intake **ret_intake)
{
	struct intake *intake = calloc(1, sizeof *intake);
	if (intake == NULL)
		return ERR_MEMORY;
	intake->clock = clock;
	enum err err = authority_open(dir_fd, &intake->authority);
	if (err == ERR_NONE)
		err = authority_renew_server(intake->authority, now_ms(intake));
	if (err == ERR_NONE)
		err = open_keys(intake, dir_fd);
	if (err == ERR_NONE)
		err = ledger_open_in(dir, LEDGER_WRITE, &intake->ledger);
	if (err == ERR_NONE)
		err = publish_trust(intake);
	if (err == ERR_NONE)
		err = open_workers(intake);
	if (err == ERR_NONE)
		*ret_intake = intake;
	else
		intake_close(&intake);
	return err;
}

void intake_close(struct intake **intake)
{
	struct intake *self = *intake;
	if (self == NULL)
		return;
	listing_free(&self->listing);
	take_free(&self->take);
	ledger_close(&self->ledger);
	opener_free(&self->opener);
	gnutls_signer_free(&self->receipt);
	gnutls_signer_free(&self->ca);
	authority_close(&self->authority);
	explicit_bzero(self, sizeof *self);
	free(self);
	*intake = NULL;
}

/* --- replies --------------------------------------------------------------- */

static void reply_text(struct ipc_frame *reply, uint16_t status, const char *sentence)
{
	*reply = (struct ipc_frame){.status = status};
	ipc_add(reply, bytes_of_text(sentence));
}

static void reply_bytes(struct ipc_frame *reply, uint16_t status, struct bytes bytes)
{
	*reply = (struct ipc_frame){.status = status};
	ipc_add(reply, bytes);
}

void intake_sorry(uint64_t id, struct ipc_frame *reply)
{
	reply_text(reply, STATUS_UNAVAILABLE, "the ledger cannot be written just now\n");
	reply->id = id;
}

/* The text of a request's part; false when it does not fit or holds a NUL. */
static bool part_text(const struct ipc_frame *request, size_t i, char *out, size_t cap)
{
	out[0] = '\0';
	return text_from_bytes(out, cap, ipc_part(request, i)) == ERR_NONE;
}

/* --- batches --------------------------------------------------------------- */

static const struct issued *peer_of(
    const struct intake *intake, const struct ipc_frame *request)
{
	struct bytes key_id = ipc_part(request, 0);
	if (key_id.len != KEY_ID_LEN)
		return NULL;
	return registry_find(
	    authority_registry(intake->authority), PURPOSE_TLS, key_id.at);
}

static void take_one(struct intake *intake, struct bytes file, struct ipc_frame *reply)
{
	struct taken taken = {0};
	enum err err = ledger_step(intake->ledger, LEDGER_SAVE);
	if (err == ERR_NONE) {
		err = take_batch(intake->take, file, now_ms(intake), &taken);
		if (err != ERR_NONE) {
			log_error("a batch was not taken in, error=%s", err_name(err));
			take_forget(intake->take);
			ledger_back(intake->ledger, LEDGER_UNDO);
		}
		enum err kept = ledger_step(intake->ledger, LEDGER_KEEP);
		err = err == ERR_NONE ? kept : err;
	}
	if (err != ERR_NONE) {
		intake_sorry(0, reply);
		return;
	}
	switch (taken.kind) {
	case TAKE_NONE: intake_sorry(0, reply); break;
	case TAKE_RECEIPT: reply_bytes(reply, STATUS_OK, taken.answer); break;
	case TAKE_KEPT: reply_bytes(reply, STATUS_CONFLICT, taken.answer); break;
	case TAKE_BAD: reply_text(reply, STATUS_BAD, taken.sentence); break;
	case TAKE_UNKNOWN: reply_text(reply, STATUS_FORBIDDEN, taken.sentence); break;
	}
}

static void handle_batch(
    struct intake *intake, const struct ipc_frame *request, struct ipc_frame *reply)
{
	/* Any enrolled peer may bring any terminal's batch: signatures decide. */
	if (peer_of(intake, request) == NULL)
		reply_text(reply, STATUS_FORBIDDEN, "this peer is not enrolled here\n");
	else
		take_one(intake, ipc_part(request, 1), reply);
}

static void handle_import(
    struct intake *intake, const struct ipc_frame *request, struct ipc_frame *reply)
{
	take_one(intake, ipc_part(request, 0), reply);
}

/* --- letters --------------------------------------------------------------- */

static void handle_letter(
    struct intake *intake, const struct ipc_frame *request, struct ipc_frame *reply)
{
	char name[NAME_LEN_MAX + 1];
	char held[DECIMAL_LEN];
	struct ledger_letter letter;
	const struct issued *peer = peer_of(intake, request);
	if (peer == NULL) {
		reply_text(reply, STATUS_FORBIDDEN, "this peer is not enrolled here\n");
		return;
	}
	enum err err = ERR_NOT_FOUND;
	if (part_text(request, 1, name, sizeof name) && letter_kind(name) != COSE_NONE)
		err = ledger_letter_newest(
		    intake->ledger, letter_kind(name), peer->info.store, &letter);
	if (err == ERR_NOT_FOUND) {
		reply_text(reply, STATUS_NOT_FOUND, "no such letter is published\n");
		return;
	}
	if (err != ERR_NONE) {
		intake_sorry(0, reply);
		return;
	}
	(void)snprintf(intake->decimal, sizeof intake->decimal, "%llu",
	    (unsigned long long)letter.version);
	bool same = part_text(request, 2, held, sizeof held) &&
		    strcmp(held, intake->decimal) == 0;
	reply_text(reply, same ? STATUS_NOT_MODIFIED : STATUS_OK, intake->decimal);
	if (!same)
		ipc_add(reply, letter.file);
}

/* days, programme body, then store and directory body in turn. */
static enum err publish_all(struct intake *intake, const struct ipc_frame *request,
    uint32_t days, struct sink *report)
{
	for (size_t i = 1; i < request->count; i += i == 1 ? 1 : 2) {
		char store[STORE_LEN_MAX + 1] = "";
		char line[160];
		uint64_t version = 0;
		struct letter_order order = {
		    .kind = i == 1 ? COSE_PROGRAMME : COSE_DIRECTORY,
		    .store = store,
		    .body = ipc_part(request, i == 1 ? i : i + 1),
		    .days = days,
		};
		if (i > 1 && !part_text(request, i, store, sizeof store))
			return ERR_FORMAT;
		enum err err = letter_publish(intake->ledger, &crypto_gnutls,
		    &intake->receipt, &order, now_ms(intake), &version);
		if (err != ERR_NONE)
			return err;
		(void)snprintf(line, sizeof line, "%s %llu%s%s\n",
		    letter_name(order.kind), (unsigned long long)version,
		    store[0] == '\0' ? "" : " ", store);
		sink_put(report, bytes_of_text(line));
	}
	return ERR_NONE;
}

static void handle_publish(
    struct intake *intake, const struct ipc_frame *request, struct ipc_frame *reply)
{
	char text[DECIMAL_LEN];
	uint64_t days = 0;
	struct sink report = sink_of(intake->report, sizeof intake->report);
	enum err err = ERR_FORMAT;
	if (part_text(request, 0, text, sizeof text))
		err = decimal_u64(text, 36500, &days);
	if (err == ERR_NONE && (request->count < 2 || request->count % 2 != 0))
		err = ERR_FORMAT;
	if (err == ERR_NONE)
		err = ledger_step(intake->ledger, LEDGER_SAVE);
	if (err == ERR_NONE) {
		err = publish_all(intake, request, (uint32_t)days, &report);
		if (err != ERR_NONE)
			ledger_back(intake->ledger, LEDGER_UNDO);
		enum err kept = ledger_step(intake->ledger, LEDGER_KEEP);
		err = err == ERR_NONE ? kept : err;
	}
	if (err == ERR_NONE)
		reply_bytes(reply, STATUS_OK, sink_bytes(&report));
	else
		reply_text(reply, err == ERR_FORMAT ? STATUS_BAD : STATUS_UNAVAILABLE,
		    err_name(err));
}

/* --- enrolment ------------------------------------------------------------- */

static void reply_certificate(
    struct intake *intake, enum err err, struct ipc_frame *reply)
{
	static const struct {
		uint16_t status;
		const char *sentence;
	} refusals[ERR_COUNT_] = {
	    [ERR_FORMAT] = {STATUS_BAD,
		"the certificate request is not one of this terminal's\n"},
	    [ERR_SIGNATURE] = {STATUS_BAD,
		"the certificate request does not prove its key\n"},
	    [ERR_RANGE] = {STATUS_BAD, "there is no such kind of certificate\n"},
	    [ERR_UNSUPPORTED] = {STATUS_FORBIDDEN,
		"a signing certificate is renewed by the current signing key\n"},
	    [ERR_DENIED] = {STATUS_PASSWORD,
		"no token of this terminal fits: ask for a new one\n"},
	    [ERR_STALE] = {STATUS_FORBIDDEN,
		"the token has expired: ask for a new one\n"},
	    [ERR_EXISTS] = {STATUS_FORBIDDEN,
		"the token was already used: ask for a new one\n"},
	    [ERR_CONFLICT] = {STATUS_FORBIDDEN,
		"this key already belongs to another terminal or purpose\n"},
	};

	size_t len = 0;
	if (err == ERR_NONE)
		err =
		    certs_only(bytes_of(intake->certificate.der, intake->certificate.len),
			intake->message, &len);
	if (err == ERR_NONE)
		reply_bytes(reply, STATUS_OK, bytes_of(intake->message, len));
	else if (refusals[err].status != 0)
		reply_text(reply, refusals[err].status, refusals[err].sentence);
	else
		intake_sorry(0, reply);
}

static void handle_enrol(
    struct intake *intake, const struct ipc_frame *request, struct ipc_frame *reply)
{
	char terminal[TERMINAL_LEN_MAX + 1];
	char password[PASSWORD_TEXT_MAX + 1];
	const struct enrolment enrolment = {
	    .purpose = purpose_from(ipc_part(request, 0)),
	    .terminal = terminal,
	    .password = password,
	    .request = ipc_part(request, 3),
	};
	enum err err = ERR_DENIED;
	if (part_text(request, 1, terminal, sizeof terminal) &&
	    part_text(request, 2, password, sizeof password))
		err = enrolment.purpose == PURPOSE_NONE
			  ? ERR_RANGE
			  : authority_enrol(intake->authority, &enrolment, now_ms(intake),
				&intake->certificate);
	explicit_bzero(password, sizeof password);
	reply_certificate(intake, err, reply);
}

static void handle_reenrol(
    struct intake *intake, const struct ipc_frame *request, struct ipc_frame *reply)
{
	enum err err = ERR_DENIED;
	if (purpose_from(ipc_part(request, 1)) != PURPOSE_TLS)
		err = ERR_UNSUPPORTED;
	else if (peer_of(intake, request) != NULL)
		err = authority_renew(intake->authority, ipc_part(request, 0).at,
		    ipc_part(request, 2), now_ms(intake), &intake->certificate);
	reply_certificate(intake, err, reply);
}

static void handle_token(
    struct intake *intake, const struct ipc_frame *request, struct ipc_frame *reply)
{
	char store[STORE_LEN_MAX + 1];
	char terminal[TERMINAL_LEN_MAX + 1];
	int64_t expires_ms = 0;
	enum err err = ERR_RANGE;
	if (part_text(request, 0, store, sizeof store) &&
	    part_text(request, 1, terminal, sizeof terminal))
		err = authority_token(intake->authority, terminal, store, now_ms(intake),
		    intake->secret, &expires_ms);
	if (err == ERR_RANGE) {
		reply_text(reply, STATUS_BAD, "not a name of a store and of a terminal");
		return;
	}
	if (err != ERR_NONE) {
		intake_sorry(0, reply);
		return;
	}
	(void)snprintf(
	    intake->decimal, sizeof intake->decimal, "%lld", (long long)expires_ms);
	reply_bytes(reply, STATUS_OK, bytes_of(intake->secret, TOKEN_LEN));
	ipc_add(reply, bytes_of_text(intake->decimal));
}

/* --- listing --------------------------------------------------------------- */

static void handle_events(
    struct intake *intake, const struct ipc_frame *request, struct ipc_frame *reply)
{
	struct bytes cursor = {0};
	struct bytes lines = {0};
	enum err err =
	    listing_page(intake->listing, ipc_part(request, 0), &cursor, &lines);
	if (err == ERR_FORMAT)
		reply_text(reply, STATUS_BAD, "no such place in the list");
	else if (err != ERR_NONE)
		reply_text(reply, STATUS_UNAVAILABLE, err_name(err));
	else {
		reply_bytes(reply, STATUS_OK, cursor);
		ipc_add(reply, lines);
	}
}

/* --- requests -------------------------------------------------------------- */

typedef void handler(
    struct intake *intake, const struct ipc_frame *request, struct ipc_frame *reply);

static handler *const handlers[] = {
    [IPC_BATCH] = handle_batch,
    [IPC_LETTER] = handle_letter,
    [IPC_ENROL] = handle_enrol,
    [IPC_REENROL] = handle_reenrol,
    [IPC_TOKEN] = handle_token,
    [IPC_PUBLISH] = handle_publish,
    [IPC_IMPORT] = handle_import,
    [IPC_EVENTS] = handle_events,
};

enum err intake_begin(struct intake *intake)
{
	return ledger_step(intake->ledger, LEDGER_BEGIN);
}

enum err intake_commit(struct intake *intake)
{
	enum err err = ledger_step(intake->ledger, LEDGER_COMMIT);
	if (err == ERR_NONE)
		return ERR_NONE;
	take_forget(intake->take);
	ledger_back(intake->ledger, LEDGER_ROLLBACK);
	return err;
}

void intake_handle(struct intake *intake, enum intake_origin origin,
    const struct ipc_frame *request, struct ipc_frame *reply)
{
	bool known = request->verb < COUNT_OF(handlers) &&
		     handlers[request->verb] != NULL &&
		     (origin == ORIGIN_COMMAND || request->verb <= IPC_WEB_LAST_);
	if (known)
		handlers[request->verb](intake, request, reply);
	else
		reply_text(reply, STATUS_FORBIDDEN, "not to be asked from here\n");
	reply->id = request->id;
	reply->verb = request->verb;
}
