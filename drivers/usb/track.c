/* SPDX-License-Identifier: MIT */
#include "usb/track.h"

#include <assert.h>
#include <stddef.h>

#include "base/banned.h"

/* ISO/IEC 7811-2 and -6; lengths with both sentinels and the LRC. */
static const struct {
	uint8_t first;
	uint8_t last;
	size_t len_max;
	const char *start;
} tracks[] = {
    {' ', '_', 79, "%"},
    {'0', '?', 40, ";"},
    {'0', '?', 107, ";+"},
};

static bool starts_track(const char *starts, uint8_t c)
{
	for (; *starts != '\0'; starts++)
		if ((uint8_t)*starts == c)
			return true;
	return false;
}

bool track_valid(struct bytes text, unsigned track)
{
	assert(track >= 1 && track <= COUNT_OF(tracks));
	if (text.len < 3 || text.len + 1 > tracks[track - 1].len_max)
		return false;
	if (!starts_track(tracks[track - 1].start, text.at[0]) ||
	    text.at[text.len - 1] != '?')
		return false;
	for (size_t i = 1; i + 1 < text.len; i++) {
		uint8_t c = text.at[i];
		if (c < tracks[track - 1].first || c > tracks[track - 1].last || c == '?')
			return false;
	}
	return true;
}
