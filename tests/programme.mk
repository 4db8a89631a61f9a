# The manager's YAML needs its schema and the loader, which are not pure.
YAML_OBJECTS := $(B)/sync/central/programme_yaml.o $(B)/drivers/os/yaml_file.o
$(B)/tests/fuzz/fuzz_yaml: $(YAML_OBJECTS)
EXTRA_tests/fuzz/fuzz_yaml := $(YAML_OBJECTS) -lcyaml -lyaml
