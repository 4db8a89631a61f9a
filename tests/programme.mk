# The manager's YAML needs its schema and the loader, which are not pure.
YAML_OBJECTS := $(B)/sync/central/programme_yaml.o $(B)/drivers/os/yaml_file.o
$(B)/tests/fuzz/fuzz_yaml: $(YAML_OBJECTS)
EXTRA_tests/fuzz/fuzz_yaml := $(YAML_OBJECTS) -lcyaml -lyaml
MEMBERS_OBJECTS := $(addprefix $(B)/,sync/central/members_file.o sync/central/csv.o sync/central/faults.o sync/central/yaml_value.o drivers/os/file.o)
$(B)/tests/fuzz/fuzz_members: $(MEMBERS_OBJECTS)
EXTRA_tests/fuzz/fuzz_members := $(MEMBERS_OBJECTS)
