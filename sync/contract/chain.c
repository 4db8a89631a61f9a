/* SPDX-License-Identifier: MIT */
#include "contract/chain.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"
#include "contract/cbor.h"

enum err chain_start(const struct crypto *crypto, const char *terminal,
    const struct epoch_id *epoch, uint8_t ret_link[HASH_LEN])
{
	uint8_t buf[TERMINAL_LEN_MAX + 32];
	struct sink name = sink_of(buf, sizeof(buf));

	cbor_put_array(&name, 3);
	cbor_put_text(&name, terminal);
	cbor_put_uint(&name, epoch->number);
	cbor_put_bytes(&name, bytes_of(epoch->mark, sizeof(epoch->mark)));
	if (name.over)
		return ERR_LIMIT;
	const struct bytes parts[] = {bytes_of_text("balcao epoch 1"), sink_bytes(&name)};
	return crypto->sha256(parts, COUNT_OF(parts), ret_link);
}

/* SHA-256 of the event form: the bytes themselves, unless they carry a blob. */
static enum err event_form_hash(
    const struct crypto *crypto, struct bytes event_bytes, uint8_t ret[HASH_LEN])
{
	struct event_parts split;
	enum err err = event_split(event_bytes, &split);

	if (err != ERR_NONE)
		return err;
	if (!split.has_blob)
		return crypto->sha256(&event_bytes, 1, ret);
	uint8_t tail_buf[HASH_LEN + 8];
	struct sink tail = sink_of(tail_buf, sizeof(tail_buf));
	uint8_t blob_hash[HASH_LEN];
	err = crypto->sha256(&split.blob, 1, blob_hash);
	if (err != ERR_NONE)
		return err;
	event_put_blob_hash(&tail, blob_hash);
	assert(!tail.over);
	const struct bytes parts[] = {split.before, sink_bytes(&tail)};
	return crypto->sha256(parts, COUNT_OF(parts), ret);
}

enum err chain_step(
    const struct crypto *crypto, struct bytes event_bytes, uint8_t link[HASH_LEN])
{
	uint8_t form[HASH_LEN];
	const enum err err = event_form_hash(crypto, event_bytes, form);

	if (err != ERR_NONE)
		return err;
	const struct bytes parts[] = {
	    bytes_of_text("balcao link 1"),
	    bytes_of(link, HASH_LEN),
	    bytes_of(form, sizeof(form)),
	};
	uint8_t next[HASH_LEN];
	const enum err hashed = crypto->sha256(parts, COUNT_OF(parts), next);
	if (hashed == ERR_NONE)
		memcpy(link, next, HASH_LEN);
	return hashed;
}
