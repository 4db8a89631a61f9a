/* SPDX-License-Identifier: MIT */
#include "json_wipe.h"

#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static void wipe_and_free(void *at)
{
	if (at != NULL)
		explicit_bzero(at, malloc_usable_size(at));
	free(at);
}

void json_wipe_on_free(void)
{
	json_set_alloc_funcs(malloc, wipe_and_free);
}
