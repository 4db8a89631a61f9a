/* SPDX-License-Identifier: MIT */
#include "sync/url.h"

#include <string.h>

#include "base/banned.h"

static bool host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':' || c == '[' ||
	       c == ']';
}

enum err url_normal(const char *text, char ret_url[URL_LEN_MAX + 1])
{
	static const char scheme[] = "https://";
	size_t len = strnlen(text, URL_LEN_MAX + 2);

	if (len > 0 && text[len - 1] == '/')
		len--;
	if (len > URL_LEN_MAX || len < sizeof scheme ||
	    memcmp(text, scheme, sizeof scheme - 1) != 0)
		return ERR_FORMAT;
	for (size_t i = sizeof scheme - 1; i < len; i++) {
		if (!host_char(text[i]))
			return ERR_FORMAT;
	}
	return text_from_bytes(ret_url, URL_LEN_MAX + 1, bytes_of(text, len));
}
