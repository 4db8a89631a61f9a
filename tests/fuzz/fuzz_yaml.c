/* SPDX-License-Identifier: MIT */
/* A file that a person wrote: loaded, or told with a place, never more. */
#include <assert.h>
#include <string.h>

#include "base/banned.h"

#include "central/programme_yaml.h"
#include "os/yaml_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *yaml = NULL;
	struct yaml_places places;
	struct yaml_fault fault = {0};
	enum err err = yaml_load(
	    bytes_of(data, size), &programme_yaml_schema, &yaml, &places, &fault);
	if (err != ERR_NONE) {
		assert(err != ERR_FORMAT || fault.sentence[0] != '\0');
		assert(strlen(fault.place) <= YAML_PLACE_LEN_MAX);
		return 0;
	}
	yaml_places_free(&places);
	yaml_data_free(&programme_yaml_schema, &yaml);
	return 0;
}
