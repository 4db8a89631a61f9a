/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_PROGRAMME_FILE_H
#define CENTRAL_PROGRAMME_FILE_H

#include "contract/programme.h"

/*
 * The manager's file (YAML; examples/recarga.yaml shows every key) as what
 * programme_encode takes, with the products of its table (`products_file:`, CSV)
 * when it names one. PINs in clear end here: only their Argon2id hashes
 * are in `programme`.
 */
struct programme_file {
	struct programme programme; /* version 0: the letter gives it */
	struct product *products;   /* programme.product_count, rising */
	char *members_path;         /* of `members:`, beside the YAML; NULL: none */
	uint32_t letter_days;       /* days until the letters expire; 90 if not said */
};

/*
 * Reads the whole file or nothing. The first fault of form (unknown key, wrong
 * type) is reported alone, with place "FILE:LINE:COLUMN" and a sentence that
 * says what was expected; when there is none, every fault of meaning is, with
 * place "FILE:LINE:COLUMN: rules[3].from". Each is one call of `report`, to be
 * printed as "PLACE: SENTENCE"; in the table of products the place is
 * "FILE:LINE: COLUMN". ERR_FORMAT after any of them (exit 65),
 * ERR_NOT_FOUND, ERR_DENIED or ERR_IO when the file cannot be read (reported
 * too). Hashing takes some 20 ms for each clear PIN.
 */
MUST_CHECK enum err programme_file_load(const char *path, programme_report *report,
    void *self, struct programme_file **ret_file);
void programme_file_free(struct programme_file **file);

/* The letter's body, made of the file; the caller frees it. ERR_LIMIT when it
 * would pass PROGRAMME_BYTES_MAX. */
MUST_CHECK enum err programme_file_encode(
    const struct programme_file *file, uint8_t **ret_body, size_t *ret_len);

#endif
