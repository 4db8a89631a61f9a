# Writes the exchange that the independent reader opens (tests/flow/interop.sh).
tests: $(B)/tests/interop/make_set
$(B)/tests/interop/make_set: $(B)/tests/interop/make_set.o $(call lib,$(ROOMS_TILL))
	$(call say,LINK,$@)
	$(call test_link,$(ROOMS_TILL),$(LIBS_TILL))
