/* SPDX-License-Identifier: MIT */
#include "drivers/scan.h"

#include <string.h>

#include "base/banned.h"

void scan_wipe(struct scan *scan)
{
	explicit_bzero(scan, sizeof(*scan));
}
