# Balcão: the only makefile. `make help` lists what it does.
MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

VERSION   := 0.1.0
VARIANT   ?= release
ifeq ($(origin CC),default)
CC        := gcc
endif
AR        ?= ar
PKG_CONFIG ?= pkg-config
PREFIX    ?= /usr/local
B         := build/$(VARIANT)
Q         := $(if $(V),,@)
say        = $(if $(V),,@printf '  %-6s %s\n' '$(1)' '$(2)')

is_clang  := $(findstring clang,$(CC))
words_of   = $(shell sed 's/\#.*//' toolchain/$(1))
WARN      := $(call words_of,warnings.common) $(call words_of,warnings.$(if $(is_clang),clang,gcc)) $(if $(RELEASE_TARBALL),,-Werror)
STD       := -std=c17 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -D_FILE_OFFSET_BITS=64
INC       := -I. -Ifirmware-app -Isync -Idrivers
HARDEN    := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fPIE
HARDEN_LD := -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed

flags.release := -O2 -g $(HARDEN)
ld.release    := $(HARDEN_LD)
flags.asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
ld.asan       := -fsanitize=address,undefined -Wl,--as-needed
flags.cov     := -O0 -g --coverage
ld.cov        := --coverage -Wl,--as-needed
flags.fuzz    := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
ld.fuzz       := -fsanitize=address,undefined -Wl,--as-needed
warn.asan     := -Wno-stack-usage -Wno-null-dereference -Wno-format-truncation -Wno-format-overflow -Wno-stringop-overflow
warn.cov      := -Wno-stack-usage -Wno-null-dereference -Wno-format-truncation -Wno-format-overflow
warn.fuzz     :=

ALL_CFLAGS = $(STD) $(flags.$(VARIANT)) $(WARN) $(warn.$(VARIANT)) $(INC) -DBALCAO_VERSION='"$(VERSION)"' $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(flags.$(VARIANT)) $(ld.$(VARIANT)) $(LDFLAGS)

pc_cflags  = $(shell $(PKG_CONFIG) --cflags $(1) 2>/dev/null)

# --- rooms: one archive each; folder lists are wildcards -------------------
PURE_MARKED := $(wildcard ui/big.c ui/format.c ui/grid.c ui/paint*.c ui/keys.c ui/words*.c \
	drivers/scan.c drivers/usb/report.c drivers/usb/track.c drivers/usb/keymap.c \
	drivers/usb/hidpos.c drivers/usb/stripe.c drivers/usb/wedge.c sync/carrier/plan.c sync/der.c sync/x509.c sync/url.c)
PURE    := $(wildcard drivers/base/*.c sync/contract/*.c firmware-app/till/*.c) $(PURE_MARKED)
OS      := $(wildcard drivers/os/*.c)
DRIVERS := $(filter-out $(PURE),$(wildcard drivers/*.c drivers/usb/*.c))
UI      := $(filter-out $(PURE),$(wildcard ui/*.c))
SYNC    := $(filter-out $(PURE),$(wildcard sync/*.c))
CARRIER := $(filter-out $(PURE) sync/carrier/main.c,$(wildcard sync/carrier/*.c))
CENTRAL := $(filter-out $(PURE) sync/central/main.c,$(wildcard sync/central/*.c))
SHELL_C := $(filter-out $(PURE) firmware-app/main.c,$(wildcard firmware-app/*.c))
ROOMS   := pure os drivers ui sync carrier central shell
SRC_pure := $(PURE)
SRC_os := $(OS)
SRC_drivers := $(DRIVERS)
SRC_ui := $(UI)
SRC_sync := $(SYNC)
SRC_carrier := $(CARRIER)
SRC_central := $(CENTRAL)
SRC_shell := $(SHELL_C)
obj = $(patsubst %.c,$(B)/%.o,$(1))
lib = $(patsubst %,$(B)/lib%.a,$(1))

# --- what each program links, and nothing more -----------------------------
LIBS_TILL    := -lusb-1.0 -lsqlite3 -lmbedcrypto -largon2 -lzstd -lncursesw -ltinfo -lcyaml -lyaml -ljansson
LIBS_CARRIER := -lcurl -lssl -lcrypto
LIBS_CENTRAL := -lmicrohttpd -lgnutls -lmbedcrypto -lsqlite3 -lzstd -lcyaml -lyaml -lqrencode -ljansson -largon2
ROOMS_TILL    := shell ui sync drivers os pure
ROOMS_CARRIER := carrier sync os pure
ROOMS_CENTRAL := central sync os pure
PROGRAMS := $(B)/balcao $(B)/balcao-sync $(B)/balcao-central
rooms: $(call lib,$(ROOMS))

all: $(PROGRAMS)

$(B)/balcao: $(B)/firmware-app/main.o $(call lib,$(ROOMS_TILL))
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< -Wl,--start-group $(call lib,$(ROOMS_TILL)) -Wl,--end-group $(LIBS_TILL)
$(B)/balcao-sync: $(B)/sync/carrier/main.o $(call lib,$(ROOMS_CARRIER))
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< -Wl,--start-group $(call lib,$(ROOMS_CARRIER)) -Wl,--end-group $(LIBS_CARRIER)
$(B)/balcao-central: $(B)/sync/central/main.o $(call lib,$(ROOMS_CENTRAL))
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< -Wl,--start-group $(call lib,$(ROOMS_CENTRAL)) -Wl,--end-group $(LIBS_CENTRAL)

define room
$$(B)/lib$(1).a: $$(call obj,$$(SRC_$(1)))
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && $$(AR) rcs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call room,$(r))))

$(B)/drivers/usb/%.o: CPPFLAGS += $(call pc_cflags,libusb-1.0)
# The build date is the commit's, so that a build can be repeated bit for bit.
BUILD_S = $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null),$(shell stat -c %Y Makefile))
$(B)/drivers/os/clock.o: CPPFLAGS += -DBALCAO_BUILD_S=$(BUILD_S)
$(B)/%.o: %.c Makefile $(wildcard toolchain/warnings.*)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# --- tests -----------------------------------------------------------------
# tests/ROOM/test_NAME.c is one cmocka program. Tests of pure rooms link
# libpure.a and cmocka alone, which proves that they need nothing else.
PURE_TESTS    := $(wildcard tests/drivers/base/test_*.c tests/sync/contract/test_*.c tests/firmware-app/till/test_*.c)
CARRIER_TESTS := $(wildcard tests/sync/carrier/test_*.c)
CENTRAL_TESTS := $(wildcard tests/sync/central/test_*.c)
TILL_TESTS    := $(wildcard tests/drivers/test_*.c tests/drivers/os/test_*.c tests/drivers/usb/test_*.c tests/ui/test_*.c tests/sync/test_*.c tests/firmware-app/test_*.c)
TESTS := $(patsubst %.c,$(B)/%,$(PURE_TESTS) $(CARRIER_TESTS) $(CENTRAL_TESTS) $(TILL_TESTS))
# A test that needs more says so: EXTRA_<path without .c> := objects and flags.
include $(shell find tests -name "*.mk")

test_link = $(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(EXTRA_$*) -Wl,--start-group $(call lib,$(1)) -Wl,--end-group $(2) -lcmocka
$(patsubst %.c,$(B)/%,$(PURE_TESTS)): $(B)/%: $(B)/%.o $(call lib,pure)
	$(call say,LINK,$@)
	$(call test_link,pure,)
$(patsubst %.c,$(B)/%,$(CARRIER_TESTS)): $(B)/%: $(B)/%.o $(call lib,$(ROOMS_CARRIER))
	$(call say,LINK,$@)
	$(call test_link,$(ROOMS_CARRIER),$(LIBS_CARRIER))
$(patsubst %.c,$(B)/%,$(CENTRAL_TESTS)): $(B)/%: $(B)/%.o $(call lib,$(ROOMS_CENTRAL))
	$(call say,LINK,$@)
	$(call test_link,$(ROOMS_CENTRAL),$(LIBS_CENTRAL))
$(patsubst %.c,$(B)/%,$(TILL_TESTS)): $(B)/%: $(B)/%.o $(call lib,$(ROOMS_TILL))
	$(call say,LINK,$@)
	$(call test_link,$(ROOMS_TILL),$(LIBS_TILL))

# Runs the vector files given to it; the path without a variant is promised.
$(B)/tests/vectors: $(B)/tests/firmware-app/till/vectors.o $(call lib,os pure)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(call lib,os pure) -lmbedcrypto
build/tests/vectors: $(B)/tests/vectors
	@mkdir -p $(@D)
	$(Q)cp $< $@

tests: $(MUTANTS) $(TESTS) $(B)/tests/vectors

# --- fuzzing: one libFuzzer target a parser (clang) --------------------------
# The corpus grows under build/; it starts from the vectors (tests/fuzz/seeds.py)
# and from tests/fuzz/seeds/NAME where a target has such a folder.
SECONDS ?= 20
FUZZ_SECONDS ?= $(SECONDS)
FUZZERS := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))
$(FUZZERS): $(B)/%: $(B)/%.o $(call lib,pure)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $< $(EXTRA_$*) -Wl,--start-group $(call lib,pure) -Wl,--end-group
fuzz:
	$(Q)$(MAKE) VARIANT=fuzz CC=clang fuzz-built
fuzz-built: $(FUZZERS)
	$(Q)tests/fuzz/seeds.py build/corpus
	$(Q)tests/fuzz/contract_seeds.py build/corpus
	$(Q)tests/fuzz/run $(FUZZ_SECONDS) $(FUZZERS)

check: deps
	@$(MAKE) check-built
check-built: all tests layers
	$(Q)B='$(abspath $(B))' VARIANT='$(VARIANT)' tests/run

layers: $(if $(filter release,$(VARIANT)),$(B)/libpure.a)
	$(Q)toolchain/check-layers
	$(if $(filter release,$(VARIANT)),$(Q)toolchain/check-pure $(B)/libpure.a)

deps:
	$(Q)toolchain/deps

# --- coverage: lines that the unit tests and vectors run ----------------------
COV_GOAL  ?= 95
COV_PATHS := firmware-app/till sync/contract drivers/usb/report.c sync/carrier/plan.c
cov: deps
	@$(MAKE) VARIANT=cov cov-built
cov-built: tests
	$(Q)find $(B) -name '*.gcda' -delete
	$(Q)B='$(abspath $(B))' VARIANT=cov tests/run 'test_*.c' tests/vectors
	$(Q)toolchain/cov-report $(B) $(COV_GOAL) $(COV_PATHS)

# --- lint: nothing is silenced for a whole file ----------------------------
SOURCES := $(wildcard firmware-app/*.c firmware-app/till/*.c ui/*.c sync/*.c sync/*/*.c drivers/*.c drivers/*/*.c)
HEADERS := $(wildcard firmware-app/*.h firmware-app/till/*.h ui/*.h sync/*.h sync/*/*.h drivers/*.h drivers/*/*.h)
TEST_SOURCES := $(shell find tests -name '*.c' -o -name '*.h')
lint_stamps = $(foreach kind,tidy analyzed scanned,build/lint/$*.$(kind))
lint_flags = $(STD) $(INC) -DBALCAO_VERSION='"$(VERSION)"' -DBALCAO_BUILD_S=0 $(call pc_cflags,libusb-1.0)

lint: deps-lint lint-catch lint-format lint-tidy lint-analyzer lint-scan
# Checks that cannot fail are worth nothing: each must find what is planted.
lint-catch:
	$(call say,LINT,planted faults)
	$(Q)toolchain/check-lint
deps-lint:
	$(Q)toolchain/deps build test lint
lint-format:
	$(call say,FORMAT,)
	$(Q)clang-format --dry-run -Werror $(SOURCES) $(HEADERS) $(TEST_SOURCES)
lint-tidy: $(patsubst %.c,build/lint/%.tidy,$(SOURCES))
build/lint/%.tidy: %.c .clang-tidy
	@mkdir -p $(@D)
	$(call say,TIDY,$<)
	$(Q)clang-tidy --quiet $< -- $(lint_flags) 2>$@.log >$@.out || { cat $@.out; false; }
	@touch $@
# gcc's own analyzer: its findings are warnings, and warnings are errors.
lint-analyzer: $(patsubst %.c,build/lint/%.analyzed,$(SOURCES))
build/lint/%.analyzed: %.c
	@mkdir -p $(@D)
	$(call say,ANALYZ,$<)
	$(Q)gcc $(lint_flags) -O2 -fanalyzer -Werror -MMD -MP -MF build/lint/$*.d -MT '$(lint_stamps)' -c -o /dev/null $<
	@touch $@
# The clang analyzer's own driver, a file at a time; a finding is an exit status.
# It must be given the compiler's name: with CC set on make's command line it
# would analyse nothing and always pass.
lint-scan: $(patsubst %.c,build/lint/%.scanned,$(SOURCES))
build/lint/%.scanned: %.c
	@mkdir -p $(@D)
	$(call say,SCAN,$<)
	$(Q)scan-build -o build/lint/scan --status-bugs -disable-checker security.insecureAPI.DeprecatedOrUnsafeBufferHandling clang $(lint_flags) -O1 -c -o /dev/null $< >$@.out 2>&1 || { cat $@.out; false; }
	@touch $@

demo: deps
	@$(MAKE) all
	$(Q)toolchain/demo $(B)

soak: deps
	@$(MAKE) all tests
	$(Q)B='$(abspath $(B))' tests/flow/kill.py --cycles 10000
	$(Q)B='$(abspath $(B))' tests/flow/powercut.py --states 1000

# --- install: staged under DESTDIR, nothing outside it ----------------------
# systemd and udev read these folders under /usr/local/lib and /usr/lib alike.
INSTALL  ?= install
dest      = $(DESTDIR)$(PREFIX)
UNITS    := $(notdir $(wildcard toolchain/*.service))
EXAMPLES := $(wildcard $(addprefix sync/central/examples/*.,md yaml csv py))
install: all
	$(call say,INSTALL,$(dest))
	$(Q)$(INSTALL) -d $(dest)/bin $(dest)/lib/systemd/system $(dest)/lib/sysusers.d $(dest)/lib/tmpfiles.d $(dest)/lib/udev/rules.d $(dest)/share/doc/balcao/examples
	$(Q)$(INSTALL) -m 755 $(PROGRAMS) $(dest)/bin
	$(Q)for unit in $(UNITS); do sed 's|/usr/local/bin/|$(PREFIX)/bin/|' toolchain/$$unit >$(dest)/lib/systemd/system/$$unit && chmod 644 $(dest)/lib/systemd/system/$$unit || exit 1; done
	$(Q)$(INSTALL) -m 644 toolchain/balcao.sysusers $(dest)/lib/sysusers.d/balcao.conf
	$(Q)$(INSTALL) -m 644 toolchain/balcao.tmpfiles $(dest)/lib/tmpfiles.d/balcao.conf
	$(Q)$(INSTALL) -m 644 toolchain/udev/70-balcao.rules $(dest)/lib/udev/rules.d
	$(Q)$(INSTALL) -m 644 README.md LICENSE $(dest)/share/doc/balcao
	$(Q)$(INSTALL) -m 644 $(EXAMPLES) $(dest)/share/doc/balcao/examples
	$(if $(DESTDIR),,@echo 'Next, as root: systemd-sysusers && systemd-tmpfiles --create && systemctl daemon-reload && udevadm control --reload')

clean:
	rm -rf build
help:
	@echo 'make                 the three programs, hardened, in build/release'
	@echo 'make demo            the main job, end to end, on this machine'
	@echo 'make check           every test (VARIANT=asan: under sanitizers)'
	@echo 'make bench           what is promised, measured beside its floors'
	@echo 'make lint            format, clang-tidy, gcc and clang analyzers'
	@echo 'make cov             lines that the unit tests run, per file of the core'
	@echo 'make install         to DESTDIR/PREFIX, with service units'

.PHONY: cov cov-built install demo soak rooms lint lint-catch deps-lint lint-format lint-tidy lint-analyzer lint-scan all tests fuzz fuzz-built check check-built layers deps clean help
-include $(shell find $(B) build/lint -name '*.d' 2>/dev/null)
