/* SPDX-License-Identifier: MIT */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

/* What the measuring programs share. A failure ends them: a figure of half a
 * run is no figure. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/err.h"

static inline double now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static inline void must(enum err error, const char *what)
{
	if (error == ERR_NONE)
		return;
	(void)fprintf(stderr, "bench: %s: %s\n", what, err_name(error));
	exit(EXIT_FAILURE);
}

static inline void must_be(int truth, const char *what)
{
	if (!truth)
		must(ERR_IO, what);
}

static inline long number_arg(const char *text)
{
	char *end = NULL;
	long value = strtol(text, &end, 10);
	must_be(end != text && *end == '\0' && value > 0, text);
	return value;
}

static inline int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a;
	const double y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Sorts `values`; `part` of them are at most what it gives. */
static inline double quantile(double *values, size_t count, double part)
{
	qsort(values, count, sizeof(*values), by_value);
	size_t at = (size_t)((double)count * part);
	return values[at < count ? at : count - 1];
}

/* Chance that is the same in every run. */
static inline uint64_t chance(void)
{
	static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

#endif
