/* SPDX-License-Identifier: MIT */
#include "contract/session.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"
#include "contract/cbor.h"

enum { TAG_COSE_ENCRYPT = 96 }; /* RFC 9052 2 */

enum { HEADER_ALG = 1, HEADER_KID = 4, HEADER_IV = 5 }; /* RFC 9052 3.1 */

/* RFC 9053 6.3.1 and 5.2, tables 20 and 14 */
enum { HEADER_EPHEMERAL_KEY = -1, HEADER_PARTY_U_NONCE = -22 };

enum { ALG_A256GCM = 3, ALG_ECDH_ES_HKDF_256 = -25 }; /* RFC 9053 4.1, 6.3 */

/* COSE_Key of a P-256 point: RFC 9052 7.1, RFC 9053 7.1.1. */
enum {
	COSE_KEY_KTY = 1,
	COSE_KEY_CRV = -1,
	COSE_KEY_X = -2,
	COSE_KEY_Y = -3,
	KTY_EC2 = 2,
	CRV_P256 = 1,
	COORDINATE_LEN = 32,
	SEC1_UNCOMPRESSED = 0x04,
};

enum { SEALED_SECRET_LEN = SESSION_SECRET_LEN + AEAD_TAG_LEN };

/*
 * The recipient structure:
 *     96([<<{1: 3}>>, {5: iv}, sealed secret,
 *         [[<<{1: -25, -22: session id}>>, {4: kid, -1: ephemeral key}, h'']]])
 * The session id is the PartyU nonce, so that every key derived from the
 * agreement is bound to it by the standard's own means (RFC 9053 5.2).
 */
struct recipient {
	struct bytes content_protected;
	struct bytes protected_header; /* the recipient's own */
	uint8_t iv[AEAD_NONCE_LEN];
	uint8_t sealed[SEALED_SECRET_LEN];
	uint8_t session_id[SESSION_ID_LEN];
	uint8_t key_id[KEY_ID_LEN];
	uint8_t ephemeral[PUBLIC_KEY_LEN];
};

/* --- the structure --- */

static void put_content_protected(struct sink *out)
{
	cbor_put_map(out, 1);
	cbor_put_int(out, HEADER_ALG);
	cbor_put_int(out, ALG_A256GCM);
}

static void put_recipient_protected(struct sink *out, const uint8_t id[SESSION_ID_LEN])
{
	cbor_put_map(out, 2);
	cbor_put_int(out, HEADER_ALG);
	cbor_put_int(out, ALG_ECDH_ES_HKDF_256);
	cbor_put_int(out, HEADER_PARTY_U_NONCE);
	cbor_put_bytes(out, bytes_of(id, SESSION_ID_LEN));
}

static void put_key(struct sink *out, const uint8_t key[PUBLIC_KEY_LEN])
{
	cbor_put_map(out, 4);
	cbor_put_int(out, COSE_KEY_KTY);
	cbor_put_int(out, KTY_EC2);
	cbor_put_int(out, COSE_KEY_CRV);
	cbor_put_int(out, CRV_P256);
	cbor_put_int(out, COSE_KEY_X);
	cbor_put_bytes(out, bytes_of(key + 1, COORDINATE_LEN));
	cbor_put_int(out, COSE_KEY_Y);
	cbor_put_bytes(out, bytes_of(key + 1 + COORDINATE_LEN, COORDINATE_LEN));
}

static void put_recipient(struct sink *out, const struct recipient *recipient)
{
	cbor_put_tag(out, TAG_COSE_ENCRYPT);
	cbor_put_array(out, 4);
	cbor_put_bytes(out, recipient->content_protected);
	cbor_put_map(out, 1);
	cbor_put_int(out, HEADER_IV);
	cbor_put_bytes(out, bytes_of(recipient->iv, AEAD_NONCE_LEN));
	cbor_put_bytes(out, bytes_of(recipient->sealed, SEALED_SECRET_LEN));
	cbor_put_array(out, 1);
	cbor_put_array(out, 3);
	cbor_put_bytes(out, recipient->protected_header);
	cbor_put_map(out, 2);
	cbor_put_int(out, HEADER_KID);
	cbor_put_bytes(out, bytes_of(recipient->key_id, KEY_ID_LEN));
	cbor_put_int(out, HEADER_EPHEMERAL_KEY);
	put_key(out, recipient->ephemeral);
	cbor_put_bytes_head(out, 0); /* direct agreement: RFC 9052 8.5.4 */
}

static bool next_is(struct cursor *in, int64_t wanted)
{
	int64_t value = 0;

	return cbor_get_int(in, &value) == ERR_NONE && value == wanted;
}

static bool array_is(struct cursor *in, size_t wanted)
{
	size_t count = 0;

	return cbor_get_array(in, wanted, &count) == ERR_NONE && count == wanted;
}

static bool map_is(struct cursor *in, size_t wanted)
{
	size_t pairs = 0;

	return cbor_get_map(in, wanted, &pairs) == ERR_NONE && pairs == wanted;
}

static bool get_key(struct cursor *in, uint8_t key[PUBLIC_KEY_LEN])
{
	key[0] = SEC1_UNCOMPRESSED;
	return map_is(in, 4) && next_is(in, COSE_KEY_KTY) && next_is(in, KTY_EC2) &&
	       next_is(in, COSE_KEY_CRV) && next_is(in, CRV_P256) &&
	       next_is(in, COSE_KEY_X) &&
	       cbor_get_fixed(in, key + 1, COORDINATE_LEN) == ERR_NONE &&
	       next_is(in, COSE_KEY_Y) &&
	       cbor_get_fixed(in, key + 1 + COORDINATE_LEN, COORDINATE_LEN) == ERR_NONE;
}

static bool content_protected_ok(struct bytes header)
{
	struct cursor in = cursor_of(header);

	return map_is(&in, 1) && next_is(&in, HEADER_ALG) && next_is(&in, ALG_A256GCM) &&
	       in.left == 0;
}

static bool recipient_protected_ok(struct bytes header, uint8_t id[SESSION_ID_LEN])
{
	struct cursor in = cursor_of(header);

	return map_is(&in, 2) && next_is(&in, HEADER_ALG) &&
	       next_is(&in, ALG_ECDH_ES_HKDF_256) && next_is(&in, HEADER_PARTY_U_NONCE) &&
	       cbor_get_fixed(&in, id, SESSION_ID_LEN) == ERR_NONE && in.left == 0;
}

static enum err recipient_parse(struct bytes bytes, struct recipient *ret_recipient)
{
	struct cursor in = cursor_of(bytes);
	struct recipient got = {0};
	uint8_t nothing[1];

	if (bytes.len > SESSION_RECIPIENT_MAX)
		return ERR_LIMIT;
	if (cbor_get_tag(&in, TAG_COSE_ENCRYPT) != ERR_NONE || !array_is(&in, 4) ||
	    cbor_get_bytes(&in, &got.content_protected) != ERR_NONE ||
	    !content_protected_ok(got.content_protected) || !map_is(&in, 1) ||
	    !next_is(&in, HEADER_IV) ||
	    cbor_get_fixed(&in, got.iv, AEAD_NONCE_LEN) != ERR_NONE ||
	    cbor_get_fixed(&in, got.sealed, SEALED_SECRET_LEN) != ERR_NONE)
		return ERR_FORMAT;
	if (!array_is(&in, 1) || !array_is(&in, 3) ||
	    cbor_get_bytes(&in, &got.protected_header) != ERR_NONE ||
	    !recipient_protected_ok(got.protected_header, got.session_id) ||
	    !map_is(&in, 2) || !next_is(&in, HEADER_KID) ||
	    cbor_get_fixed(&in, got.key_id, KEY_ID_LEN) != ERR_NONE ||
	    !next_is(&in, HEADER_EPHEMERAL_KEY) || !get_key(&in, got.ephemeral) ||
	    cbor_get_fixed(&in, nothing, 0) != ERR_NONE || in.left > 0)
		return ERR_FORMAT;
	*ret_recipient = got;
	return ERR_NONE;
}

/* --- keys --- */

static void put_party(struct sink *out, struct bytes nonce)
{
	cbor_put_array(out, 3);
	cbor_put_null(out);
	if (nonce.len > 0)
		cbor_put_bytes(out, nonce);
	else
		cbor_put_null(out);
	cbor_put_null(out);
}

/* The content key: HKDF without salt over the shared secret, with the
 * COSE_KDF_Context of RFC 9053 5.2 as info. */
static enum err content_key(const struct crypto *crypto, const uint8_t shared[32],
    const struct recipient *recipient, uint8_t ret_key[AEAD_KEY_LEN])
{
	uint8_t buf[96];
	struct sink context = sink_of(buf, sizeof(buf));

	cbor_put_array(&context, 4);
	cbor_put_int(&context, ALG_A256GCM);
	put_party(&context, bytes_of(recipient->session_id, SESSION_ID_LEN));
	put_party(&context, (struct bytes){0});
	cbor_put_array(&context, 2);
	cbor_put_uint(&context, UINT64_C(8) * AEAD_KEY_LEN);
	cbor_put_bytes(&context, recipient->protected_header);
	assert(!context.over);
	return crypto->hkdf(bytes_of(shared, 32), (struct bytes){0}, sink_bytes(&context),
	    ret_key, AEAD_KEY_LEN);
}

/* Enc_structure (RFC 9052 5.3), the additional data of the sealed secret. */
static struct bytes enc_structure(struct sink *out, const struct recipient *recipient)
{
	cbor_put_array(out, 3);
	cbor_put_text(out, "Encrypt");
	cbor_put_bytes(out, recipient->content_protected);
	cbor_put_bytes_head(out, 0);
	assert(!out->over);
	return sink_bytes(out);
}

static enum err derive(const struct crypto *crypto,
    const uint8_t secret[SESSION_SECRET_LEN], struct session *session)
{
	const struct bytes ikm = bytes_of(secret, SESSION_SECRET_LEN);
	const struct bytes salt = bytes_of(session->id, SESSION_ID_LEN);
	const enum err err = crypto->hkdf(
	    ikm, salt, bytes_of_text("balcao up 1"), session->up, AEAD_KEY_LEN);

	if (err != ERR_NONE)
		return err;
	return crypto->hkdf(
	    ikm, salt, bytes_of_text("balcao down 1"), session->down, AEAD_KEY_LEN);
}

static enum err seal_secret(const struct crypto *crypto,
    const uint8_t central_key[PUBLIC_KEY_LEN], const uint8_t secret[SESSION_SECRET_LEN],
    struct recipient *recipient)
{
	uint8_t aad_buf[32];
	struct sink aad = sink_of(aad_buf, sizeof(aad_buf));
	uint8_t shared[32];
	uint8_t key[AEAD_KEY_LEN];
	enum err err = crypto->agree(central_key, recipient->ephemeral, shared);

	if (err == ERR_NONE)
		err = content_key(crypto, shared, recipient, key);
	if (err == ERR_NONE)
		err = crypto->seal(key, recipient->iv, enc_structure(&aad, recipient),
		    bytes_of(secret, SESSION_SECRET_LEN), recipient->sealed);
	explicit_bzero(shared, sizeof(shared));
	explicit_bzero(key, sizeof(key));
	return err;
}

enum err session_new(const struct crypto *crypto,
    const uint8_t central_key[PUBLIC_KEY_LEN], const uint8_t key_id[KEY_ID_LEN],
    struct session *ret_session)
{
	uint8_t content_buf[8];
	uint8_t header_buf[32];
	uint8_t secret[SESSION_SECRET_LEN];
	struct sink content = sink_of(content_buf, sizeof(content_buf));
	struct sink header = sink_of(header_buf, sizeof(header_buf));
	struct recipient recipient = {0};
	struct session session = {0};
	struct sink out = sink_of(session.recipient, sizeof(session.recipient));

	memcpy(recipient.key_id, key_id, KEY_ID_LEN);
	enum err err = crypto->random(session.id, sizeof(session.id));
	if (err == ERR_NONE)
		err = crypto->random(recipient.iv, sizeof(recipient.iv));
	if (err == ERR_NONE)
		err = crypto->random(secret, sizeof(secret));
	if (err == ERR_NONE)
		err = derive(crypto, secret, &session);
	memcpy(recipient.session_id, session.id, SESSION_ID_LEN);
	put_content_protected(&content);
	put_recipient_protected(&header, session.id);
	recipient.content_protected = sink_bytes(&content);
	recipient.protected_header = sink_bytes(&header);
	if (err == ERR_NONE)
		err = seal_secret(crypto, central_key, secret, &recipient);
	if (err == ERR_NONE) {
		put_recipient(&out, &recipient);
		assert(!out.over && !content.over && !header.over);
		session.recipient_len = out.len;
		*ret_session = session;
	}
	explicit_bzero(secret, sizeof(secret));
	session_wipe(&session);
	return err;
}

static enum err open_secret(const struct crypto *crypto, const struct opener *opener,
    const struct recipient *recipient, uint8_t ret_secret[SESSION_SECRET_LEN])
{
	uint8_t aad_buf[32];
	struct sink aad = sink_of(aad_buf, sizeof(aad_buf));
	uint8_t shared[32];
	uint8_t key[AEAD_KEY_LEN];
	enum err err = opener->agree(opener->self, recipient->ephemeral, shared);

	if (err == ERR_NONE)
		err = content_key(crypto, shared, recipient, key);
	if (err == ERR_NONE)
		err = crypto->open(key, recipient->iv, enc_structure(&aad, recipient),
		    bytes_of(recipient->sealed, SEALED_SECRET_LEN), ret_secret);
	explicit_bzero(shared, sizeof(shared));
	explicit_bzero(key, sizeof(key));
	return err;
}

enum err session_open(const struct crypto *crypto, struct bytes recipient,
    const struct opener *openers, size_t opener_count, struct session *ret_session)
{
	uint8_t secret[SESSION_SECRET_LEN];
	struct session session = {0};
	struct recipient parsed;
	size_t i = 0;
	enum err err = recipient_parse(recipient, &parsed);

	if (err != ERR_NONE)
		return err;
	while (
	    i < opener_count && memcmp(openers[i].key_id, parsed.key_id, KEY_ID_LEN) != 0)
		i++;
	if (i == opener_count)
		return ERR_KEY;
	memcpy(session.id, parsed.session_id, SESSION_ID_LEN);
	memcpy(session.recipient, recipient.at, recipient.len);
	session.recipient_len = recipient.len;
	err = open_secret(crypto, &openers[i], &parsed, secret);
	if (err == ERR_NONE)
		err = derive(crypto, secret, &session);
	if (err == ERR_NONE)
		*ret_session = session;
	explicit_bzero(secret, sizeof(secret));
	session_wipe(&session);
	return err;
}

enum err session_name(struct bytes recipient, uint8_t ret_id[SESSION_ID_LEN],
    uint8_t ret_key_id[KEY_ID_LEN])
{
	struct recipient parsed;
	const enum err err = recipient_parse(recipient, &parsed);

	if (err == ERR_NONE) {
		memcpy(ret_id, parsed.session_id, SESSION_ID_LEN);
		memcpy(ret_key_id, parsed.key_id, KEY_ID_LEN);
	}
	return err;
}

void session_wipe(struct session *session)
{
	explicit_bzero(session, sizeof(*session));
}

/* --- blobs --- */

static struct bytes blob_aad(
    struct sink *out, const struct event *event, const uint8_t id[SESSION_ID_LEN])
{
	cbor_put_array(out, 5);
	cbor_put_text(out, "balcao blob 1");
	cbor_put_text(out, event->terminal);
	cbor_put_bytes(out, bytes_of(event->id, EVENT_ID_LEN));
	cbor_put_uint(out, (uint64_t)event->type);
	cbor_put_bytes(out, bytes_of(id, SESSION_ID_LEN));
	assert(!out->over);
	return sink_bytes(out);
}

/* Four zero bytes and the counter: SP 800-38D 8.2.1. */
static void blob_nonce(uint64_t counter, uint8_t nonce[AEAD_NONCE_LEN])
{
	struct sink out = sink_of(nonce, AEAD_NONCE_LEN);

	sink_be(&out, 4, 0);
	sink_be(&out, 8, counter);
}

enum { BLOB_AAD_MAX = 128 };

enum err blob_seal(const struct crypto *crypto, struct session *session,
    const struct event *event, const struct person *person, struct sink *out)
{
	uint8_t aad_buf[BLOB_AAD_MAX];
	uint8_t plain_buf[PERSON_BYTES_MAX];
	uint8_t sealed[PERSON_BYTES_MAX + AEAD_TAG_LEN];
	uint8_t nonce[AEAD_NONCE_LEN];
	struct sink aad = sink_of(aad_buf, sizeof(aad_buf));
	struct sink plain = sink_of(plain_buf, sizeof(plain_buf));

	if (session->counter == UINT64_MAX)
		return ERR_LIMIT;
	session->counter++;
	enum err err = person_encode(person, &plain);
	if (err == ERR_NONE) {
		blob_nonce(session->counter, nonce);
		err = crypto->seal(session->up, nonce, blob_aad(&aad, event, session->id),
		    sink_bytes(&plain), sealed);
	}
	if (err == ERR_NONE) {
		cbor_put_array(out, 3);
		cbor_put_bytes(out, bytes_of(session->id, SESSION_ID_LEN));
		cbor_put_uint(out, session->counter);
		cbor_put_bytes(out, bytes_of(sealed, plain.len + AEAD_TAG_LEN));
		err = out->over ? ERR_LIMIT : ERR_NONE;
	}
	explicit_bzero(plain_buf, sizeof(plain_buf));
	return err;
}

struct blob {
	uint8_t session_id[SESSION_ID_LEN];
	uint64_t counter;
	struct bytes sealed;
};

static enum err blob_parse(struct bytes bytes, struct blob *ret_blob)
{
	struct cursor in = cursor_of(bytes);
	struct blob blob;

	if (bytes.len > BLOB_LEN_MAX)
		return ERR_LIMIT;
	if (!array_is(&in, 3) ||
	    cbor_get_fixed(&in, blob.session_id, SESSION_ID_LEN) != ERR_NONE ||
	    cbor_get_uint(&in, UINT64_MAX, &blob.counter) != ERR_NONE ||
	    cbor_get_bytes(&in, &blob.sealed) != ERR_NONE || in.left > 0 ||
	    blob.counter == 0 || blob.sealed.len <= AEAD_TAG_LEN ||
	    blob.sealed.len > PERSON_BYTES_MAX + AEAD_TAG_LEN)
		return ERR_FORMAT;
	*ret_blob = blob;
	return ERR_NONE;
}

enum err blob_open(const struct crypto *crypto, const struct session *session,
    const struct event *event, struct person *ret_person)
{
	uint8_t aad_buf[BLOB_AAD_MAX];
	uint8_t plain[PERSON_BYTES_MAX];
	uint8_t nonce[AEAD_NONCE_LEN];
	struct sink aad = sink_of(aad_buf, sizeof(aad_buf));
	struct blob blob;
	enum err err = blob_parse(event->blob, &blob);

	if (err != ERR_NONE)
		return err;
	if (memcmp(blob.session_id, session->id, SESSION_ID_LEN) != 0)
		return ERR_KEY;
	blob_nonce(blob.counter, nonce);
	err = crypto->open(
	    session->up, nonce, blob_aad(&aad, event, session->id), blob.sealed, plain);
	if (err == ERR_NONE)
		err = person_decode(
		    bytes_of(plain, blob.sealed.len - AEAD_TAG_LEN), ret_person);
	explicit_bzero(plain, sizeof(plain));
	return err;
}

enum err blob_session(struct bytes bytes, uint8_t ret_id[SESSION_ID_LEN])
{
	struct blob blob;
	const enum err err = blob_parse(bytes, &blob);

	if (err == ERR_NONE)
		memcpy(ret_id, blob.session_id, SESSION_ID_LEN);
	return err;
}
