# usher. `make demo` shows it at work; `make test` proves it; `make help` lists the rest.
#
# BUILD=dir      where everything is built (default: build)
# SANITIZE=...   "address,undefined" or "thread"
# WERROR=        empty lets warnings pass
# V=1            shows the commands

BUILD ?= build
CC = gcc
PREFIX ?= /usr/local
DESTDIR ?=
SANITIZE ?=
WERROR ?= -Werror
FUZZ_SECONDS ?= 60
LAYERS ?= base wire config store journal http courier carrier gateway text web ledger modules mirror webhook desk cli

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo 0.1.0)
PACKAGES = libzmq libczmq libcurl libmicrohttpd libcjson yaml-0.1 icu-i18n icu-uc libcrypto zlib sqlite3 libqrencode xlsxwriter
PKG_CFLAGS = $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
PKG_LIBS = $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)
PKG_CFLAGS := $(PKG_CFLAGS)
PKG_LIBS := $(PKG_LIBS)

# gcc copies a struct of some hundred bytes by "rep movs" on x86, whose start takes longer than the copy:
# a call of memcpy saves the ledger 5 % of its processor (bench/ledger). Other compilers have no such option.
COPY = -mmemcpy-strategy=unrolled_loop:128:noalign,libcall:-1:noalign
COPY := $(shell $(CC) -Werror $(COPY) -E -x c /dev/null >/dev/null 2>&1 && echo $(COPY))
CFLAGS ?= -O2 -g $(COPY)
CFLAGS_ALL = -std=c11 -D_GNU_SOURCE -Isrc -I. -Wall -Wextra -Wconversion -Wshadow -Wswitch-enum -Wvla \
	-Wformat=2 $(WERROR) -fno-omit-frame-pointer -fstack-protector-strong -pthread $(PKG_CFLAGS) $(CFLAGS)
LDLIBS = $(PKG_LIBS) -llmdb -lmsgpackc -lm -pthread
LDFLAGS ?= -Wl,-z,relro,-z,now
ifneq ($(SANITIZE),)
CFLAGS_ALL += -fsanitize=$(SANITIZE) -fno-sanitize-recover=undefined
LDFLAGS += -fsanitize=$(SANITIZE)
endif

LIB_SOURCES := $(wildcard src/*/*.c src/*/*/*.c)
ACTOR_SOURCES := $(wildcard actors/*.c)
SIM_SOURCES := $(wildcard tools/telegram-sim/*.c)
UNIT_SOURCES := $(foreach layer,$(LAYERS),$(wildcard tests/unit/$(layer)/*_test.c tests/unit/$(layer)/*/*_test.c))
PROPERTY_SOURCES := $(wildcard tests/property/*_property.c)
FUZZ_SOURCES := $(wildcard tests/fuzz/*_fuzz.c)

object = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
LIB_OBJECTS := $(call object,$(LIB_SOURCES)) $(BUILD)/obj/reports.o $(BUILD)/obj/console.o
ACTOR_OBJECTS := $(call object,$(ACTOR_SOURCES))
SIM_OBJECTS := $(call object,$(SIM_SOURCES))
UNIT_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(UNIT_SOURCES))
PROPERTY_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(PROPERTY_SOURCES))
REPLAY_PROGRAMS := $(patsubst %.c,$(BUILD)/%_replay,$(FUZZ_SOURCES))
FUZZ_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(FUZZ_SOURCES))

ifeq ($(V),)
quiet = @printf '  %-4s %s\n' '$(1)' '$@';
endif

.PHONY: all help demo test check unit unit-threads property corpus process browser simulate torture torture-short torture-programs \
	bench bench-quick bench-programs asan tsan fuzz fuzz-run coverage coverage-run monitoring lint format install deb deb-test clean
.DEFAULT_GOAL := all
.SECONDARY: # objects of tests are kept

all: $(BUILD)/usher $(BUILD)/telegram-sim ## build usher and the Telegram simulator

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 12

demo: ## install what is missing, build, and watch a flash sale
	@tools/deps build
	@$(MAKE) --no-print-directory all
	$(BUILD)/usher demo

test: ## install what is missing, build, and run all tests
	@tools/deps build test lint npm browser
	@$(MAKE) --no-print-directory check

check: lint all bench-programs unit property corpus simulate torture-short process ## all tests, nothing installed

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# Only this file knows the version, so that a commit does not rebuild the rest.
$(BUILD)/obj/src/base/version.o: CFLAGS_ALL += -DUSHER_VERSION='"$(VERSION)"'
$(BUILD)/obj/src/base/version.o: $(BUILD)/version
$(BUILD)/version: force
	@mkdir -p $(@D)
	@echo '$(VERSION)' | cmp -s - $@ || echo '$(VERSION)' >$@
.PHONY: force

# The reports travel inside the program.
$(BUILD)/reports.c: tools/pack-reports $(wildcard reports/*.sql reports/views/*.sql)
	@mkdir -p $(@D)
	$(call quiet,PACK)tools/pack-reports reports >$@.new && mv $@.new $@
$(BUILD)/obj/reports.o: $(BUILD)/reports.c
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(CFLAGS_ALL) -Wno-overlength-strings -MMD -MP -c -o $@ $<

$(BUILD)/libusher.a: $(LIB_OBJECTS)
	@rm -f $@
	$(call quiet,AR)ar rcs $@ $(LIB_OBJECTS)

# The console: the list of its pages, one script and one style sheet, packed into an object. No node.
CONSOLE = $(BUILD)/console
CONSOLE_PAGES := $(wildcard src/console/pages/*.tsx src/modules/*/console.tsx)
CONSOLE_SOURCES := $(wildcard src/console/*.ts src/console/*.tsx src/console/*/*.ts src/console/vendor/*.mjs) $(CONSOLE_PAGES)

$(CONSOLE)/pages.ts: tools/console-pages $(CONSOLE_PAGES) $(wildcard src/console/pages src/modules/*)
	@mkdir -p $(@D)
	@tools/console-pages >$@.new && mv $@.new $@

$(CONSOLE)/app.js: $(CONSOLE)/pages.ts $(CONSOLE_SOURCES) src/console/tsconfig.json
	@command -v esbuild >/dev/null || { echo "esbuild is missing, which bundles the console; install it with: tools/deps build" >&2; exit 1; }
	$(call quiet,JS)esbuild src/console/app.tsx --bundle --minify --format=esm --target=es2020 --charset=utf8 \
		--tsconfig=src/console/tsconfig.json --alias:console-pages=$(abspath $(CONSOLE))/pages.ts --log-level=warning \
		--legal-comments=eof --outfile=$@

$(CONSOLE)/app.css: src/console/app.css
	@mkdir -p $(@D)
	$(call quiet,CSS)esbuild $< --minify --charset=utf8 --log-level=warning --outfile=$@

$(CONSOLE)/assets.c: tools/pack-assets src/console/document.html $(CONSOLE)/app.js $(CONSOLE)/app.css src/console/icon.svg
	$(call quiet,PACK)tools/pack-assets $(CONSOLE) $(filter-out tools/%,$^)

$(BUILD)/obj/console.o: $(CONSOLE)/assets.c src/web/assets.h
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(CFLAGS_ALL) -c -o $@ $<

$(BUILD)/usher: $(ACTOR_OBJECTS) $(BUILD)/libusher.a
	$(call quiet,LD)$(CC) $(LDFLAGS) -o $@ $(ACTOR_OBJECTS) $(BUILD)/libusher.a $(LDLIBS)

# The same program with other rules, for the tests of an upgrade: one file compiled, one link.
$(BUILD)/obj/rules-next.o: src/ledger/rules.c
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(CFLAGS_ALL) -DLEDGER_RULES=1000 -MMD -MP -c -o $@ $<
$(BUILD)/usher-next: $(ACTOR_OBJECTS) $(BUILD)/obj/rules-next.o $(BUILD)/libusher.a
	$(call quiet,LD)$(CC) $(LDFLAGS) -o $@ $(ACTOR_OBJECTS) $(BUILD)/obj/rules-next.o $(BUILD)/libusher.a $(LDLIBS)

$(BUILD)/telegram-sim: $(SIM_OBJECTS) $(BUILD)/libusher.a
	$(call quiet,LD)$(CC) $(LDFLAGS) -o $@ $(SIM_OBJECTS) $(BUILD)/libusher.a $(LDLIBS)

$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(BUILD)/libusher.a
	@mkdir -p $(@D)
	$(call quiet,LD)$(CC) $(LDFLAGS) -o $@ $< $(BUILD)/libusher.a -lcmocka $(LDLIBS)

$(BUILD)/tests/fuzz/%_fuzz_replay: $(BUILD)/obj/tests/fuzz/%_fuzz.o $(BUILD)/obj/tests/fuzz/replay.o \
		$(BUILD)/libusher.a
	@mkdir -p $(@D)
	$(call quiet,LD)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(BUILD)/libusher.a $(LDLIBS)

unit: $(UNIT_PROGRAMS) ## unit tests (LAYERS="base wire" for some)
	@tests/run-programs unit $(UNIT_PROGRAMS)

# Those in which threads share something.
unit-threads: $(filter $(BUILD)/tests/unit/http/% $(BUILD)/tests/unit/store/% $(BUILD)/tests/unit/journal/% \
		%/log_test %/metrics_test %/money_local_test %/letter_test,$(UNIT_PROGRAMS))
	@tests/run-programs unit $^

property: $(PROPERTY_PROGRAMS) ## property tests, from a printed seed
	@tests/run-programs property $(PROPERTY_PROGRAMS)

corpus: $(REPLAY_PROGRAMS) ## every kept fuzzing input once more
	@tests/run-programs corpus $(REPLAY_PROGRAMS)

$(BUILD)/tests/sim/simulation: $(call object,$(wildcard tests/sim/*.c)) $(BUILD)/libusher.a
	@mkdir -p $(@D)
	$(call quiet,LD)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(BUILD)/libusher.a $(LDLIBS)

simulate: $(BUILD)/tests/sim/simulation ## all cores in one thread under virtual time (SEED=n RUNS=n)
	@$< --seed $(or $(SEED),1) $(if $(RUNS),--runs $(RUNS),--runs 12 --twice)
	@$< --seed $(or $(SEED),1) --runs $(or $(RUNS),4) --window 4

# What is put between a program and its libraries knows no sanitizer.
$(BUILD)/tests/torture/%.so: tests/torture/%.c
	@mkdir -p $(@D)
	$(call quiet,LD)$(CC) $(filter-out -fsanitize=%,$(CFLAGS_ALL)) -shared -fPIC -MMD -MP -o $@ $< -ldl

torture-programs: $(patsubst %.c,$(BUILD)/%.so,$(filter-out %_driver.c %_workload.c,$(wildcard tests/torture/*.c))) \
	$(patsubst %.c,$(BUILD)/%,$(wildcard tests/torture/*_driver.c tests/torture/*_workload.c))

torture-short: all torture-programs
	@BUILD=$(abspath $(BUILD)) tests/torture/run

torture: all torture-programs $(BUILD)/tests/sim/simulation ## disks, power cuts, allocations, networks, simulation, kills: the long form
	@BUILD=$(abspath $(BUILD)) tests/torture/run --long

bench: ## figures beside their ceilings and peers; at most ten minutes
	@tools/deps build
	@BUILD=$(abspath $(BUILD)) bench/run

# The ones that call usher's own code, so that a change of it cannot break them unseen.
bench-programs: $(addprefix $(BUILD)/bench/,door fsync ledger mirror queue sale)

bench-quick: ## the same in about a minute
	@tools/deps build
	@BUILD=$(abspath $(BUILD)) bench/run --quick

$(BUILD)/bench/%: $(BUILD)/obj/bench/%.o $(BUILD)/libusher.a
	@mkdir -p $(@D)
	$(call quiet,LD)$(CC) $(LDFLAGS) -o $@ $< $(BUILD)/libusher.a $(BENCH_LIBS) $(LDLIBS)
$(BUILD)/bench/peer_redis: BENCH_LIBS = -lhiredis
$(BUILD)/bench/peer_postgres: BENCH_LIBS = -lpq

browser: all ## the console in a browser: every page in each language, colour and width (PICTURES=dir keeps a picture of each)
	@tools/deps build test browser npm
	@BROWSER=long BUILD=$(abspath $(BUILD)) python3 tests/process/run test_console test_browser test_console_login

process: all $(BUILD)/usher-next ## tests with the real programs (T=test_run for one file)
	@BUILD=$(abspath $(BUILD)) python3 tests/process/run $(T)

# The sanitizers' instructions make gcc warn of what is not there; the plain build is held to -Werror.
# Left out unless asked for by T=: what mostly waits (for kills, for Telegram's limits, for a compiler) and runs code that
# the others run.
ASAN_PROCESS = $(filter-out test_kill test_demo test_peers test_tidy test_lanes test_ticket test_facts,$(patsubst %.py,%,\
	$(notdir $(wildcard tests/process/test_*.py tests/process/sim/test_*.py))))

asan: ## unit, property, corpus and process tests under AddressSanitizer and UBSan
	@tools/deps build test asan
	@$(MAKE) --no-print-directory BUILD=build-asan SANITIZE=address,undefined CFLAGS='-O1 -g' WERROR= \
		PATIENCE=60 unit property corpus process T='$(or $(T),$(ASAN_PROCESS))'

tsan: ## tests in which threads share something, and process tests, under ThreadSanitizer
	@tools/deps build test tsan
	@TSAN_OPTIONS="suppressions=$(CURDIR)/tests/tsan.supp halt_on_error=1 second_deadlock_stack=1" \
		$(MAKE) --no-print-directory BUILD=build-tsan SANITIZE=thread CFLAGS='-O1 -g' WERROR= \
		PATIENCE=60 unit-threads process T='$(T)'

fuzz: ## fuzz each parser for FUZZ_SECONDS (60), side by side
	@tools/deps build fuzz
	@$(MAKE) --no-print-directory BUILD=build-fuzz CC=clang \
		CFLAGS='-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined' WERROR= \
		LDFLAGS='-fsanitize=address,undefined' fuzz-run

$(BUILD)/fuzzers/%: $(BUILD)/obj/tests/fuzz/%_fuzz.o $(BUILD)/libusher.a
	@mkdir -p $(@D)
	$(call quiet,LD)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $< $(BUILD)/libusher.a $(LDLIBS)

fuzz-run: $(patsubst tests/fuzz/%_fuzz.c,$(BUILD)/fuzzers/%,$(FUZZ_SOURCES))
	@tests/fuzz/run --seconds $(FUZZ_SECONDS) $^

coverage: ## what the tests reach, by line and branch; pages under build-coverage/report/
	@tools/deps build test coverage
	@mkdir -p build-coverage && find build-coverage -name '*.gcda' -delete
	@$(MAKE) --no-print-directory BUILD=build-coverage CFLAGS='-O0 -g --coverage -fprofile-update=atomic' \
		LDFLAGS=--coverage WERROR= PATIENCE=60 coverage-run

coverage-run: unit property corpus simulate torture-short process
	@tools/coverage $(BUILD)

monitoring: ## the alert rules' own tests, and a Prometheus that evaluates rules and dashboard on a running usher
	@tools/deps build test monitoring
	@$(MAKE) --no-print-directory all
	@BUILD=$(abspath $(BUILD)) tests/monitoring/run

lint: ## formatting, layering, banned calls, lengths, the README's tree
	@tools/tidy

format: ## let clang-format decide
	@git ls-files '*.c' '*.h' | grep -v '/corpus/' | xargs clang-format -i

install: all ## into $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/usher
	install -m 0755 $(BUILD)/usher $(BUILD)/telegram-sim $(DESTDIR)$(PREFIX)/bin
	install -m 0644 $(wildcard config/*.*) config/Caddyfile $(DESTDIR)$(PREFIX)/share/usher
	install -d $(DESTDIR)$(PREFIX)/share/usher/gateways
	install -m 0644 config/gateways/* $(DESTDIR)$(PREFIX)/share/usher/gateways
	install -d $(DESTDIR)$(PREFIX)/share/usher/reports
	install -m 0644 reports/* $(DESTDIR)$(PREFIX)/share/usher/reports
	install -d $(DESTDIR)$(PREFIX)/share/usher/grafana $(DESTDIR)$(PREFIX)/share/usher/prometheus
	install -m 0644 ops/grafana/* $(DESTDIR)$(PREFIX)/share/usher/grafana
	install -m 0644 ops/prometheus/* $(DESTDIR)$(PREFIX)/share/usher/prometheus

deb: ## a Debian package, with man pages and completion (lintian looks at it where it is installed)
	@tools/deps build deb
	@$(MAKE) --no-print-directory all
	@tools/deb $(BUILD)

deb-test: deb ## install that package in a scratch root, run, back up, restore, remove (as root)
	@tests/package/run $(BUILD)

clean: ## remove what was built
	rm -rf build build-asan build-tsan build-fuzz build-coverage

-include $(shell test -d $(BUILD)/obj && find $(BUILD)/obj -name '*.d')
