/* SPDX-License-Identifier: MIT */
#ifndef SYNC_PACK_H
#define SYNC_PACK_H

#include "base/bytes.h"

/* zstd for batch bodies, both ends. The limit of an unpacked body is the size
 * of the destination: nothing is allocated from what the bytes claim. */
struct packer; /* keeps its contexts, so that a batch costs no allocation */

MUST_CHECK enum err packer_new(struct packer **ret_packer);
void packer_free(struct packer **packer);
MUST_CHECK enum err pack(
    struct packer *packer, struct bytes body, uint8_t *out, size_t cap, size_t *ret_len);
/* ERR_LIMIT when it would not fit `cap`; ERR_FORMAT when it is not one frame. */
MUST_CHECK enum err unpack(struct packer *packer, struct bytes packed, uint8_t *out,
    size_t cap, size_t *ret_len);

#endif
