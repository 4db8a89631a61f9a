/* SPDX-License-Identifier: MIT */
#ifndef APP_PROGRESS_H
#define APP_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The bar of a long backlog: how much has gone, how fast, how long it still
 * takes. Only on a terminal, and only once it is seen to be long.
 */
struct progress {
	int fd; /* -1: not shown */
	bool shown;
	bool started;
	uint64_t first; /* waiting at the start, or the most since */
	int64_t start_ms;
	int64_t drawn_ms;
};

enum {
	PROGRESS_LEAST = 2000, /* fewer events are gone before a bar is read */
	PROGRESS_EVERY_MS = 200,
	PROGRESS_LINE_MAX = 160,
};

struct progress progress_start(int fd, int64_t now_ms);
void progress_show(struct progress *progress, uint64_t waiting, int64_t now_ms);
void progress_end(struct progress *progress);

/* The line itself: "[#####-----]  50 %  1000/2000  500/s  2 s left". */
void progress_line(
    uint64_t done, uint64_t total, int64_t elapsed_ms, char out[PROGRESS_LINE_MAX]);

#endif
