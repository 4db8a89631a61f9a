/* SPDX-License-Identifier: MIT */
/* A session's recipient structure, or else a blob. */
#include "tests/fuzz/contract.h"

#include "contract/cbor.h"
#include "contract/session.h"

static struct session session;
static struct event event;

static enum err told_agree(
    void *self, const uint8_t peer[PUBLIC_KEY_LEN], uint8_t ret_shared[32])
{
	(void)self;
	memcpy(ret_shared, peer + 1, 32);
	return ERR_NONE;
}

static void check_recipient(struct bytes recipient)
{
	struct opener opener = {.agree = told_agree};
	uint8_t id[SESSION_ID_LEN];
	struct cursor in = cursor_of(recipient);

	if (session_name(recipient, id, opener.key_id) != ERR_NONE)
		return;
	assert(cbor_skip(&in, NULL) == ERR_NONE && in.left == 0);
	assert(session_open(&told_crypto, recipient, &opener, 1, &session) == ERR_NONE);
	assert(memcmp(session.id, id, SESSION_ID_LEN) == 0);
	assert(
	    bytes_equal(recipient, bytes_of(session.recipient, session.recipient_len)));
	opener.key_id[0] ^= 1;
	assert(session_open(&told_crypto, recipient, &opener, 1, &session) == ERR_KEY);
}

static void check_blob(struct bytes blob)
{
	struct person person;
	struct cursor in = cursor_of(blob);

	session_wipe(&session);
	if (blob_session(blob, session.id) != ERR_NONE)
		return;
	assert(cbor_skip(&in, NULL) == ERR_NONE && in.left == 0);
	event.type = EVENT_SALE;
	event.blob = blob;
	if (blob_open(&told_crypto, &session, &event, &person) == ERR_NONE) {
		uint8_t plain[PERSON_BYTES_MAX];
		struct sink out = sink_of(plain, sizeof(plain));
		assert(person_encode(&person, &out) == ERR_NONE);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = exact_copy(data, size);

	check_recipient(bytes_of(copy, size));
	check_blob(bytes_of(copy, size));
	free(copy);
	return 0;
}
