# Measures what is promised, beside its floors. `make bench` prints
# the table; BENCH_FLAGS='--json', '--rows record,wire' and others go through.
BENCH := record screen fill
BENCH_PROGRAMS := $(patsubst %,$(B)/tests/bench/%,$(BENCH))
BENCH_FLOORS := $(B)/tests/bench/floor_pipe $(B)/tests/bench/floor_screen $(B)/tests/bench/wire_set
.PHONY: bench
bench: deps
	@$(MAKE) all $(BENCH_PROGRAMS) $(BENCH_FLOORS)
	$(Q)B='$(abspath $(B))' tests/bench/bench.py $(BENCH_FLAGS)

# -rdynamic: the flushes of a library come to the program that counts them.
$(BENCH_PROGRAMS): $(B)/%: $(B)/%.o $(call lib,$(ROOMS_TILL))
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -rdynamic -o $@ $< -Wl,--start-group $(call lib,$(ROOMS_TILL)) -Wl,--end-group $(LIBS_TILL) -lm
$(B)/tests/bench/floor_pipe: $(B)/tests/bench/floor_pipe.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< -lcrypto -lsqlite3 -lzstd
$(B)/tests/bench/floor_screen: $(B)/tests/bench/floor_screen.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(LIBS_TILL) -lm
$(B)/tests/bench/floor_screen.o: CPPFLAGS += $(call pc_cflags,libusb-1.0)
