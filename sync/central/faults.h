/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_FAULTS_H
#define CENTRAL_FAULTS_H

#include "contract/programme.h"
#include "os/yaml_file.h"

/* What is wrong with a file that a person wrote: collected, then told in the
 * order of its lines. */
enum { FAULTS_TOLD_MAX = 500 };

struct faults {
	size_t count; /* all of them; only the first FAULTS_TOLD_MAX are kept */
	struct yaml_fault *at;
};

/* A second fault at one place is dropped: it follows from the first. */
void faults_add(struct faults *faults, const struct yaml_fault *fault);
/* Reports each as "PATH:LINE:COLUMN: PLACE"; returns their number. */
size_t faults_tell(
    struct faults *faults, const char *path, programme_report *report, void *self);
void faults_free(struct faults *faults);

/* Reads a whole file for the loaders; a failure is reported. `ret` is wiped
 * and freed with text_release. */
MUST_CHECK enum err text_load(const char *path, size_t bytes_max,
    programme_report *report, void *self, struct bytes *ret);
void text_release(struct bytes *text);

#endif
