/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

enum { BAR_WIDTH = 30 };

struct progress progress_start(int fd, int64_t now_ms)
{
	return (struct progress){
	    .fd = isatty(fd) ? fd : -1, .start_ms = now_ms, .drawn_ms = now_ms};
}

static void format_left(char *out, size_t cap, uint64_t left_s)
{
	if (left_s < 120)
		(void)snprintf(out, cap, "%" PRIu64 " s left", left_s);
	else if (left_s < 7200)
		(void)snprintf(out, cap, "%" PRIu64 " min left", left_s / 60);
	else
		(void)snprintf(out, cap, "%" PRIu64 " h %" PRIu64 " min left",
		    left_s / 3600, left_s / 60 % 60);
}

void progress_line(
    uint64_t done, uint64_t total, int64_t elapsed_ms, char out[PROGRESS_LINE_MAX])
{
	char bar[BAR_WIDTH + 1];
	char left[48] = "";
	uint64_t rate = elapsed_ms > 0 ? done * 1000 / (uint64_t)elapsed_ms : 0;
	size_t full = total > 0 ? (size_t)(done * BAR_WIDTH / total) : BAR_WIDTH;

	memset(bar, '-', BAR_WIDTH);
	memset(bar, '#', full);
	bar[BAR_WIDTH] = '\0';
	if (rate > 0)
		format_left(left, sizeof left, (total - done) / rate);
	(void)snprintf(out, PROGRESS_LINE_MAX,
	    "[%s] %3" PRIu64 " %%  %" PRIu64 "/%" PRIu64 "  %" PRIu64 "/s  %s", bar,
	    total > 0 ? done * 100 / total : 100, done, total, rate, left);
}

static void draw(struct progress *progress, uint64_t waiting, int64_t now_ms)
{
	char line[PROGRESS_LINE_MAX];
	char out[PROGRESS_LINE_MAX + 8];

	progress_line(progress->first - waiting, progress->first,
	    now_ms - progress->start_ms, line);
	/* Back to the line's start, over the old one, the rest erased. */
	int len = snprintf(out, sizeof out, "\r%s\x1b[K", line);

	if (len > 0 && write(progress->fd, out, (size_t)len) < 0)
		progress->fd = -1;
	progress->shown = true;
	progress->drawn_ms = now_ms;
}

void progress_show(struct progress *progress, uint64_t waiting, int64_t now_ms)
{
	if (progress->fd < 0)
		return;
	if (!progress->started || waiting > progress->first) {
		progress->started = true;
		progress->first = waiting;
	}
	if (progress->first < PROGRESS_LEAST ||
	    (progress->shown && now_ms - progress->drawn_ms < PROGRESS_EVERY_MS &&
		waiting > 0))
		return;
	draw(progress, waiting, now_ms);
}

void progress_end(struct progress *progress)
{
	if (progress->fd >= 0 && progress->shown && write(progress->fd, "\n", 1) < 0)
		progress->fd = -1;
}
