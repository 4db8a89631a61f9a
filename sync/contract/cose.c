/* SPDX-License-Identifier: MIT */
#include "contract/cose.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"
#include "contract/cbor.h"

enum { TAG_COSE_SIGN1 = 18 }; /* RFC 9052 2 */

enum { HEADER_ALG = 1, HEADER_KID = 4, HEADER_TYP = 16 }; /* RFC 9052 3.1, 9596 */

enum { ALG_ES256 = -7 }; /* RFC 9053 2.1 */

enum { TYPE_WORD_LEN_MAX = 40, PROTECTED_MAX = 80 };

static const char *const type_word[COSE_TYPE_COUNT_] = {
    [COSE_BATCH] = "application/vnd.balcao.batch",
    [COSE_RECEIPT] = "application/vnd.balcao.receipt",
    [COSE_GAP] = "application/vnd.balcao.gap",
    [COSE_HELD] = "application/vnd.balcao.held",
    [COSE_PROGRAMME] = "application/vnd.balcao.programme",
    [COSE_DIRECTORY] = "application/vnd.balcao.directory",
    [COSE_TRUST] = "application/vnd.balcao.trust",
    [COSE_STANDINGS] = "application/vnd.balcao.standings",
    [COSE_ALERTS] = "application/vnd.balcao.alerts",
};

const char *cose_type_word(enum cose_type type)
{
	return type > COSE_NONE && type < COSE_TYPE_COUNT_ ? type_word[type] : NULL;
}

static enum cose_type type_from_word(const char *word)
{
	for (int i = COSE_NONE + 1; i < COSE_TYPE_COUNT_; i++)
		if (strcmp(type_word[i], word) == 0)
			return (enum cose_type)i;
	return COSE_NONE;
}

static void put_protected(
    struct sink *out, enum cose_type type, const uint8_t key_id[KEY_ID_LEN])
{
	cbor_put_map(out, 3);
	cbor_put_int(out, HEADER_ALG);
	cbor_put_int(out, ALG_ES256);
	cbor_put_int(out, HEADER_KID);
	cbor_put_bytes(out, bytes_of(key_id, KEY_ID_LEN));
	cbor_put_int(out, HEADER_TYP);
	cbor_put_text(out, type_word[type]);
}

static enum err parse_protected(struct bytes header, struct cose_sign1 *message)
{
	struct cursor in = cursor_of(header);
	char word[TYPE_WORD_LEN_MAX + 1];
	struct cbor_map map;
	int64_t alg = 0;

	if (cbor_map_open(&map, &in, 3) != ERR_NONE)
		return ERR_FORMAT;
	if (!cbor_map_find(&map, HEADER_ALG) || cbor_get_int(&in, &alg) != ERR_NONE)
		return ERR_FORMAT;
	if (!cbor_map_find(&map, HEADER_KID) ||
	    cbor_get_fixed(&in, message->key_id, KEY_ID_LEN) != ERR_NONE)
		return ERR_FORMAT;
	if (!cbor_map_find(&map, HEADER_TYP) ||
	    cbor_get_text_copy(&in, word, sizeof(word)) != ERR_NONE)
		return ERR_FORMAT;
	if (cbor_map_close(&map) != ERR_NONE || in.left > 0 || alg != ALG_ES256)
		return ERR_FORMAT;
	message->type = type_from_word(word);
	return message->type == COSE_NONE ? ERR_FORMAT : ERR_NONE;
}

enum err cose_parse(struct cursor *in, struct cose_sign1 *ret_message)
{
	struct cursor ahead = *in;
	struct cose_sign1 message = {0};
	size_t count = 0;

	if (cbor_get_tag(&ahead, TAG_COSE_SIGN1) != ERR_NONE ||
	    cbor_get_array(&ahead, 4, &count) != ERR_NONE || count != 4)
		return ERR_FORMAT;
	if (cbor_get_bytes(&ahead, &message.protected_header) != ERR_NONE ||
	    parse_protected(message.protected_header, &message) != ERR_NONE)
		return ERR_FORMAT;
	/* Nothing unprotected: what is not signed is not there. */
	if (cbor_get_map(&ahead, 0, &count) != ERR_NONE)
		return ERR_FORMAT;
	if (cbor_get_bytes(&ahead, &message.payload) != ERR_NONE ||
	    cbor_get_fixed(&ahead, message.signature, SIGNATURE_LEN) != ERR_NONE)
		return ERR_FORMAT;
	*in = ahead;
	*ret_message = message;
	return ERR_NONE;
}

/* Head of a byte string whose bytes are hashed from where they lie. */
static struct bytes bytes_head(struct sink *scratch, size_t len)
{
	const size_t from = scratch->len;

	cbor_put_bytes_head(scratch, len);
	return bytes_of(scratch->buf + from, scratch->len - from);
}

enum err cose_digest(const struct crypto *crypto, const struct cose_sign1 *message,
    uint8_t ret_digest[HASH_LEN])
{
	uint8_t buf[48];
	struct sink scratch = sink_of(buf, sizeof(buf));

	/* Sig_structure (RFC 9052 4.4); external_aad is an empty string. */
	cbor_put_array(&scratch, 4);
	cbor_put_text(&scratch, "Signature1");
	const struct bytes start = sink_bytes(&scratch);
	const struct bytes header_head =
	    bytes_head(&scratch, message->protected_header.len);
	const struct bytes empty = bytes_head(&scratch, 0);
	const struct bytes payload_head = bytes_head(&scratch, message->payload.len);
	assert(!scratch.over);
	const struct bytes parts[] = {start, header_head, message->protected_header,
	    empty, payload_head, message->payload};
	return crypto->sha256(parts, COUNT_OF(parts), ret_digest);
}

enum err cose_verify(const struct crypto *crypto, const struct cose_sign1 *message,
    const uint8_t key[PUBLIC_KEY_LEN], uint8_t *ret_digest)
{
	uint8_t digest[HASH_LEN];
	enum err err = cose_digest(crypto, message, digest);

	if (err == ERR_NONE)
		err = crypto->verify(key, digest, message->signature);
	if (err == ERR_NONE && ret_digest != NULL)
		memcpy(ret_digest, digest, HASH_LEN);
	return err;
}

enum err cose_sign(const struct crypto *crypto, const struct signer *signer,
    enum cose_type type, struct bytes payload, struct sink *out, uint8_t *ret_digest)
{
	uint8_t protected_buf[PROTECTED_MAX];
	struct sink header = sink_of(protected_buf, sizeof(protected_buf));
	uint8_t digest[HASH_LEN];

	assert(cose_type_word(type) != NULL);
	put_protected(&header, type, signer->key_id);
	assert(!header.over);
	struct cose_sign1 message = {
	    .type = type, .protected_header = sink_bytes(&header), .payload = payload};
	enum err err = cose_digest(crypto, &message, digest);
	if (err == ERR_NONE)
		err = signer->sign(signer->self, digest, message.signature);
	if (err != ERR_NONE)
		return err;
	cbor_put_tag(out, TAG_COSE_SIGN1);
	cbor_put_array(out, 4);
	cbor_put_bytes(out, message.protected_header);
	cbor_put_map(out, 0);
	cbor_put_bytes(out, payload);
	cbor_put_bytes(out, bytes_of(message.signature, SIGNATURE_LEN));
	if (out->over)
		return ERR_LIMIT;
	if (ret_digest != NULL)
		memcpy(ret_digest, digest, HASH_LEN);
	return ERR_NONE;
}
