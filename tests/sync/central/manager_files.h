/* SPDX-License-Identifier: MIT */
#ifndef TESTS_MANAGER_FILES_H
#define TESTS_MANAGER_FILES_H

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a loader reported, and a file to load from. */
enum { SEEN_MAX = 64, SEEN_LEN = 400 };

struct seen {
	size_t count;
	char text[SEEN_MAX][SEEN_LEN]; /* "LINE:COLUMN: place: sentence" */
};

static inline void seen_report(void *self, const char *place, const char *sentence)
{
	struct seen *seen = self;
	assert(seen->count < SEEN_MAX);
	const char *colon = strchr(place, ':'); /* leaves the file's name out */
	(void)snprintf(seen->text[seen->count++], SEEN_LEN, "%s: %s",
	    colon != NULL ? colon + 1 : place, sentence);
}

/* Whether a report starts so and holds that. */
static inline bool seen_has(const struct seen *seen, const char *head, const char *word)
{
	for (size_t i = 0; i < seen->count; i++)
		if (strncmp(seen->text[i], head, strlen(head)) == 0 &&
		    strstr(seen->text[i], word) != NULL)
			return true;
	return false;
}

static inline void seen_print(const struct seen *seen)
{
	for (size_t i = 0; i < seen->count; i++)
		(void)fprintf(stderr, "  %s\n", seen->text[i]);
}

/* Path of a fresh file with that content; the caller unlinks it. */
static inline void file_make(char path[64], const char *content, size_t len)
{
	(void)snprintf(path, 64, "/tmp/balcao-test-XXXXXX");
	int fd = mkstemp(path);
	assert(fd >= 0);
	ssize_t done = write(fd, content, len);
	assert(done == (ssize_t)len);
	(void)close(fd);
}

#endif
