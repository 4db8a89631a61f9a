/* SPDX-License-Identifier: MIT */
#include "sync/pack.h"

#include <stdlib.h>
#include <string.h>

#include <zstd.h>
#include <zstd_errors.h>

#include "base/banned.h"
#include "contract/columns.h"

/* Higher levels take 2 % off a body that is in columns, and several times the
 * memory and time. */
enum { PACK_LEVEL = 3 };

struct packer {
	ZSTD_CCtx *pack;
	ZSTD_DCtx *unpack;
	struct columns columns;
	uint8_t scratch[BATCH_BODY_MAX]; /* a body in columns */
};

enum err packer_new(struct packer **ret_packer)
{
	struct packer *packer = calloc(1, sizeof(*packer));

	if (packer == NULL)
		return ERR_MEMORY;
	packer->pack = ZSTD_createCCtx();
	packer->unpack = ZSTD_createDCtx();
	if (packer->pack == NULL || packer->unpack == NULL) {
		packer_free(&packer);
		return ERR_MEMORY;
	}
	*ret_packer = packer;
	return ERR_NONE;
}

void packer_free(struct packer **packer)
{
	if (*packer == NULL)
		return;
	(void)ZSTD_freeCCtx((*packer)->pack);
	(void)ZSTD_freeDCtx((*packer)->unpack);
	free(*packer);
	*packer = NULL;
}

/* A failure of zstd's; what its destination was too small for is a limit. */
static enum err err_of(size_t result, enum err otherwise)
{
	return ZSTD_getErrorCode(result) == ZSTD_error_dstSize_tooSmall ? ERR_LIMIT
									: otherwise;
}

enum err pack(
    struct packer *packer, struct bytes body, uint8_t *out, size_t cap, size_t *ret_len)
{
	struct sink columns = sink_of(packer->scratch, sizeof(packer->scratch));

	if (body.len > BATCH_BODY_MAX)
		return ERR_LIMIT; /* the other end would not unpack it */
	if (columns_from_rows(&packer->columns, body, &columns) == ERR_NONE)
		body = sink_bytes(&columns);
	const size_t len =
	    ZSTD_compressCCtx(packer->pack, out, cap, body.at, body.len, PACK_LEVEL);
	if (ZSTD_isError(len))
		return err_of(len, ERR_MEMORY);
	*ret_len = len;
	return ERR_NONE;
}

/* Exactly one frame (RFC 8878 3.1.1), no skippable one, no dictionary. */
static enum err one_frame(struct bytes packed)
{
	static const uint8_t magic[] = {0x28, 0xb5, 0x2f, 0xfd};

	if (packed.len < sizeof(magic) || memcmp(packed.at, magic, sizeof(magic)) != 0)
		return ERR_FORMAT;
	return ZSTD_findFrameCompressedSize(packed.at, packed.len) == packed.len
		   ? ERR_NONE
		   : ERR_FORMAT;
}

enum err unpack(
    struct packer *packer, struct bytes packed, uint8_t *out, size_t cap, size_t *ret_len)
{
	struct sink rows = sink_of(out, cap);
	enum err err = one_frame(packed);

	if (err != ERR_NONE)
		return err;
	const size_t len = ZSTD_decompressDCtx(packer->unpack, packer->scratch,
	    sizeof(packer->scratch), packed.at, packed.len);
	if (ZSTD_isError(len))
		return err_of(len, ERR_FORMAT);
	err = columns_to_rows(&packer->columns, bytes_of(packer->scratch, len), &rows);
	if (err == ERR_NONE)
		*ret_len = rows.len;
	return err;
}
