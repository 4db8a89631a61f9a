/* SPDX-License-Identifier: MIT */
#ifndef OS_TEXT_BUF_H
#define OS_TEXT_BUF_H

#include <stddef.h>

#include "base/attr.h"

/* A sentence put together in a fixed buffer; what does not fit is cut off. */
struct text_buf {
	char *at;
	size_t cap; /* at least 1 */
	size_t len;
};

/* Appends; the text ends with a NUL always. */
void text_buf_add(struct text_buf *text, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
