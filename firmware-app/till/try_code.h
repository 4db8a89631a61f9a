/* SPDX-License-Identifier: MIT */
#ifndef TILL_TRY_CODE_H
#define TILL_TRY_CODE_H

#include "base/limits.h"

/* A code to try, shown on the help page: for training and demonstrations. */
struct try_code {
	char code[NAME_LEN_MAX + 1];
	char what[NAME_LEN_MAX + 1];
};

enum { TRY_CODES_MAX = 12 };

#endif
