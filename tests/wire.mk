# Batches for tests/bench/wire.py.
$(B)/tests/bench/wire_set: $(B)/tests/bench/wire_set.o $(call lib,$(ROOMS_TILL))
	$(call say,LINK,$@)
	$(call test_link,$(ROOMS_TILL),$(LIBS_TILL) -lm)
