# Programs with a planted fault, which the flow tests must catch.
MUTANTS := $(B)/tests/mutants/balcao-early
$(B)/tests/mutants/balcao-early: $(B)/tests/flow/mutants/early.o $(B)/firmware-app/main.o $(call lib,$(ROOMS_TILL))
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--wrap=journal_append,--wrap=journal_close -Wl,--start-group $(call lib,$(ROOMS_TILL)) -Wl,--end-group $(LIBS_TILL)
