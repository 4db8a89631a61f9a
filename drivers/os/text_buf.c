/* SPDX-License-Identifier: MIT */
#include "os/text_buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/banned.h"

void text_buf_add(struct text_buf *text, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int len =
	    vsnprintf(text->at + text->len, text->cap - text->len, format, arguments);
	va_end(arguments);
	if (len > 0)
		text->len += (size_t)len;
	if (text->len >= text->cap)
		text->len = text->cap - 1;
}
