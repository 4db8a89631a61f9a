/* SPDX-License-Identifier: MIT */
#include "central/faults.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#include "os/file.h"

void faults_add(struct faults *faults, const struct yaml_fault *fault)
{
	size_t kept = faults->count < FAULTS_TOLD_MAX ? faults->count : FAULTS_TOLD_MAX;
	for (size_t i = 0; i < kept; i++)
		if (faults->at[i].line == fault->line &&
		    strcmp(faults->at[i].place, fault->place) == 0)
			return;
	if (faults->at == NULL)
		faults->at = calloc(FAULTS_TOLD_MAX, sizeof faults->at[0]);
	if (faults->at != NULL && kept < FAULTS_TOLD_MAX)
		faults->at[kept] = *fault;
	faults->count++;
}

static int fault_order(const void *a, const void *b)
{
	const struct yaml_fault *left = a;
	const struct yaml_fault *right = b;
	if (left->line != right->line)
		return left->line < right->line ? -1 : 1;
	if (left->column != right->column)
		return left->column < right->column ? -1 : 1;
	return strcmp(left->place, right->place);
}

size_t faults_tell(
    struct faults *faults, const char *path, programme_report *report, void *self)
{
	size_t told = faults->count < FAULTS_TOLD_MAX ? faults->count : FAULTS_TOLD_MAX;
	if (faults->at == NULL)
		told = 0;
	else
		qsort(faults->at, told, sizeof faults->at[0], fault_order);
	char place[YAML_PLACE_LEN_MAX + 512];
	for (size_t i = 0; i < told; i++) {
		const struct yaml_fault *fault = &faults->at[i];
		const char *colon = fault->place[0] != '\0' ? ": " : "";
		if (fault->column > 0)
			(void)snprintf(place, sizeof place, "%s:%u:%u%s%s", path,
			    fault->line, fault->column, colon, fault->place);
		else
			(void)snprintf(place, sizeof place, "%s:%u%s%s", path,
			    fault->line, colon, fault->place);
		report(self, place, fault->sentence);
	}
	if (told < faults->count) {
		char more[64];
		(void)snprintf(more, sizeof more, "has %zu more faults besides these",
		    faults->count - told);
		report(self, path, more);
	}
	return faults->count;
}

void faults_free(struct faults *faults)
{
	free(faults->at);
	*faults = (struct faults){0};
}

enum err text_load(const char *path, size_t bytes_max, programme_report *report,
    void *self, struct bytes *ret)
{
	size_t len = 0;
	uint8_t *text = malloc(bytes_max);
	if (text == NULL)
		return ERR_MEMORY;
	enum err err = file_read(AT_FDCWD, path, text, bytes_max, &len);
	if (err != ERR_NONE) {
		free(text);
		report(self, path,
		    err == ERR_NOT_FOUND ? "there is no such file"
		    : err == ERR_DENIED  ? "may not be read by this user"
		    : err == ERR_LIMIT   ? "is too large"
		    : err == ERR_FORMAT  ? "is not a regular file"
					 : "cannot be read");
		return err;
	}
	*ret = bytes_of(text, len);
	return ERR_NONE;
}

void text_release(struct bytes *text)
{
	/* What text_load made: ours to write to again. */
	uint8_t *at =
	    (uint8_t *)(uintptr_t)text->at; /* NOLINT(performance-no-int-to-ptr) */
	if (at != NULL)
		explicit_bzero(at, text->len);
	free(at);
	*text = (struct bytes){0};
}
