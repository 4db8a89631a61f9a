/* SPDX-License-Identifier: MIT */
#include "central/letters.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { DAY_MS = 86400 * 1000 };

static enum err sign_letter(const struct crypto *crypto, const struct signer *signer,
    const struct letter *letter, uint8_t **ret_file, size_t *ret_len)
{
	size_t cap = letter->body.len + LETTER_OVERHEAD_MAX + COSE_OVERHEAD_MAX;
	if (cap > LETTER_FILE_MAX)
		return ERR_LIMIT;
	uint8_t *file = malloc(cap);
	uint8_t *work = malloc(cap);
	struct sink out = sink_of(file, cap);
	struct sink scratch = sink_of(work, cap);
	enum err err = ERR_MEMORY;
	if (file != NULL && work != NULL)
		err = letter_encode(crypto, signer, letter, &out, &scratch);
	free(work);
	if (err != ERR_NONE) {
		free(file);
		return err;
	}
	*ret_file = file;
	*ret_len = out.len;
	return ERR_NONE;
}

enum err letter_publish(struct ledger *ledger, const struct crypto *crypto,
    const struct signer *signer, const struct letter_order *order, int64_t now_ms,
    uint64_t *ret_version)
{
	uint64_t previous = 0;
	uint8_t *file = NULL;
	size_t len = 0;
	struct letter letter = {
	    .kind = order->kind,
	    .issued_ms = now_ms,
	    .expires_ms = now_ms + (int64_t)order->days * DAY_MS,
	    .body = order->body,
	};
	enum err err = text_copy(letter.store, sizeof letter.store, order->store);
	if (err == ERR_NONE)
		err = ledger_letter_top(ledger, order->kind, &previous);
	letter.version = previous + 1;
	if (now_ms > 0 && letter.version < (uint64_t)now_ms)
		letter.version = (uint64_t)now_ms;
	if (err == ERR_NONE)
		err = sign_letter(crypto, signer, &letter, &file, &len);
	if (err != ERR_NONE)
		return err;
	struct ledger_letter row = {
	    .kind = letter.kind,
	    .version = letter.version,
	    .issued_ms = letter.issued_ms,
	    .expires_ms = letter.expires_ms,
	    .file = bytes_of(file, len),
	};
	memcpy(row.store, letter.store, sizeof row.store);
	err = ledger_letter_add(ledger, &row);
	free(file);
	if (err == ERR_NONE)
		*ret_version = letter.version;
	return err;
}

enum err letter_trust(struct ledger *ledger, const struct crypto *crypto,
    const struct signer *ca, const struct trust *trust, int64_t now_ms)
{
	uint8_t body[TRUST_KEYS_MAX * 128 + 128];
	struct sink out = sink_of(body, sizeof body);
	struct ledger_letter newest;
	uint64_t version = 0;
	enum err err = ledger_letter_newest(ledger, COSE_TRUST, "", &newest);
	if (err == ERR_NONE &&
	    newest.expires_ms - now_ms > (int64_t)TRUST_RENEW_DAYS * DAY_MS)
		return ERR_NONE;
	if (err != ERR_NONE && err != ERR_NOT_FOUND)
		return err;
	err = trust_encode(trust, &out);
	if (err != ERR_NONE)
		return err;
	const struct letter_order order = {.kind = COSE_TRUST,
	    .store = "",
	    .body = sink_bytes(&out),
	    .days = TRUST_DAYS};
	return letter_publish(ledger, crypto, ca, &order, now_ms, &version);
}
