/* SPDX-License-Identifier: MIT */
#ifndef SYNC_PACK_H
#define SYNC_PACK_H

#include "base/bytes.h"

/*
 * Batch bodies for the wire and back: into columns (contract/columns.h), then
 * zstd (RFC 8878). The limit of an unpacked body is the size of the
 * destination: nothing is allocated from what the bytes claim.
 */
struct packer; /* keeps its contexts and buffers: a batch costs no allocation */

MUST_CHECK enum err packer_new(struct packer **ret_packer);
void packer_free(struct packer **packer);
/* `body` as batch_body_head and batch_body_event wrote it. */
MUST_CHECK enum err pack(
    struct packer *packer, struct bytes body, uint8_t *out, size_t cap, size_t *ret_len);
/* Gives the body as batch_body_parse reads it. ERR_LIMIT when it would not fit
 * `cap`; ERR_FORMAT when it is not one frame of one body. */
MUST_CHECK enum err unpack(struct packer *packer, struct bytes packed, uint8_t *out,
    size_t cap, size_t *ret_len);

#endif
