/* SPDX-License-Identifier: MIT */
#include "contract/crypto.h"

#include <string.h>

#include "base/banned.h"

/* SubjectPublicKeyInfo of RFC 5480 2: id-ecPublicKey, secp256r1, BIT STRING. */
static const uint8_t spki_head[SPKI_P256_LEN - PUBLIC_KEY_LEN] = {0x30, 0x59, 0x30, 0x13,
    0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
    0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};

void spki_p256(const uint8_t key[PUBLIC_KEY_LEN], uint8_t ret_der[SPKI_P256_LEN])
{
	memcpy(ret_der, spki_head, sizeof(spki_head));
	memcpy(ret_der + sizeof(spki_head), key, PUBLIC_KEY_LEN);
}

enum err key_id_of(const struct crypto *crypto, const uint8_t key[PUBLIC_KEY_LEN],
    uint8_t ret_id[KEY_ID_LEN], uint8_t *ret_spki_hash)
{
	const struct bytes parts[] = {
	    bytes_of(spki_head, sizeof(spki_head)),
	    bytes_of(key, PUBLIC_KEY_LEN),
	};
	uint8_t hash[HASH_LEN];
	const enum err err = crypto->sha256(parts, COUNT_OF(parts), hash);

	if (err != ERR_NONE)
		return err;
	memcpy(ret_id, hash, KEY_ID_LEN);
	if (ret_spki_hash != NULL)
		memcpy(ret_spki_hash, hash, HASH_LEN);
	return ERR_NONE;
}
