/* SPDX-License-Identifier: MIT */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

/* The only place that spells compiler attributes. */

/* The result carries a failure: a caller that drops it does not compile. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* Format-checked like printf: FORMAT and FIRST are argument numbers from 1. */
#define PRINTF_LIKE(FORMAT, FIRST) __attribute__((format(printf, FORMAT, FIRST)))

/* Keeps a frame of its own. */
#define NOT_INLINED __attribute__((noinline))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
