/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <assert.h>
#include <stddef.h>

#include "base/banned.h"

/* sysexits.h codes, spelled here because that header is not in every libc. */
enum {
	EXIT_DATA = 65,
	EXIT_UNAVAILABLE = 69,
	EXIT_SOFTWARE = 70,
	EXIT_CANT_CREATE = 73,
	EXIT_IO = 74,
	EXIT_TRY_LATER = 75,
	EXIT_PERMISSION = 77,
	EXIT_CONFIGURATION = 78,
};

static const struct {
	const char *name;
	int exit_code;
} errors[ERR_COUNT_] = {
    [ERR_NONE] = {"none", 0},
    [ERR_FORMAT] = {"format", EXIT_DATA},
    [ERR_LIMIT] = {"limit", EXIT_DATA},
    [ERR_RANGE] = {"range", EXIT_DATA},
    [ERR_SIGNATURE] = {"signature", EXIT_DATA},
    [ERR_KEY] = {"key", EXIT_DATA},
    [ERR_STALE] = {"stale", EXIT_DATA},
    [ERR_CONFLICT] = {"conflict", EXIT_DATA},
    [ERR_NOT_FOUND] = {"not found", EXIT_UNAVAILABLE},
    [ERR_EXISTS] = {"exists", EXIT_CANT_CREATE},
    [ERR_BUSY] = {"busy", EXIT_TRY_LATER},
    [ERR_DENIED] = {"denied", EXIT_PERMISSION},
    [ERR_FULL] = {"full", EXIT_CANT_CREATE},
    [ERR_IO] = {"io", EXIT_IO},
    [ERR_TIMEOUT] = {"timeout", EXIT_TRY_LATER},
    [ERR_OFFLINE] = {"offline", EXIT_TRY_LATER},
    [ERR_GONE] = {"gone", EXIT_UNAVAILABLE},
    [ERR_NOT_READY] = {"not ready", EXIT_CONFIGURATION},
    [ERR_UNSUPPORTED] = {"unsupported", EXIT_UNAVAILABLE},
    [ERR_MEMORY] = {"memory", EXIT_UNAVAILABLE},
    [ERR_CORRUPT] = {"corrupt", EXIT_DATA},
    [ERR_UNKNOWN] = {"unknown", EXIT_SOFTWARE},
};

const char *err_name(enum err error)
{
	assert((unsigned)error < ERR_COUNT_ && errors[error].name != NULL);
	return errors[error].name;
}

int err_exit_code(enum err error)
{
	assert((unsigned)error < ERR_COUNT_);
	return errors[error].exit_code;
}
