# usher. `make demo` shows it at work; `make test` proves it; `make help` lists the rest.
#
# BUILD=dir     where everything is built (default: build)
# SANITIZE=...  address,undefined or thread
# WERROR=       an empty value lets warnings pass

BUILD ?= build
CC = gcc
PREFIX ?= /usr/local
SANITIZE ?=
WERROR ?= -Werror
LAYERS ?= base wire config store journal http gateway telegram text ledger cli

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo 0.1.0)
PACKAGES = libzmq libczmq libcurl libmicrohttpd libcjson yaml-0.1 icu-i18n icu-uc libcrypto zlib
PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)

CFLAGS ?= -O2 -g
CFLAGS_ALL = -std=c11 -D_GNU_SOURCE -DUSHER_VERSION='"$(VERSION)"' -Isrc -I. -Wall -Wextra -Wconversion \
	-Wshadow -Wswitch-enum -Wvla -Wformat=2 $(WERROR) -fno-omit-frame-pointer -fstack-protector-strong \
	-pthread $(PKG_CFLAGS) $(CFLAGS)
LDLIBS = $(PKG_LIBS) -llmdb -lmsgpackc -lm -pthread
ifneq ($(SANITIZE),)
CFLAGS_ALL += -fsanitize=$(SANITIZE) -fno-sanitize-recover=undefined
LDFLAGS += -fsanitize=$(SANITIZE)
endif

LIB_SOURCES := $(foreach layer,$(LAYERS),$(wildcard src/$(layer)/*.c src/$(layer)/*/*.c))
ACTOR_SOURCES := $(wildcard actors/*.c)
SIM_SOURCES := $(wildcard tools/telegram-sim/*.c)
UNIT_SOURCES := $(foreach layer,$(LAYERS),$(wildcard tests/unit/$(layer)/*_test.c)) $(EXTRA_UNITS)

object = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
LIB_OBJECTS := $(call object,$(LIB_SOURCES))
ACTOR_OBJECTS := $(call object,$(ACTOR_SOURCES))
SIM_OBJECTS := $(call object,$(SIM_SOURCES))
UNIT_PROGRAMS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(UNIT_SOURCES))

.PHONY: all help deps demo test unit process asan tsan lint format install clean
.DEFAULT_GOAL := all

all: $(BUILD)/usher $(BUILD)/telegram-sim ## build usher and the Telegram simulator

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/libusher.a: $(LIB_OBJECTS)
	@rm -f $@
	ar rcs $@ $(LIB_OBJECTS)

$(BUILD)/usher: $(ACTOR_OBJECTS) $(BUILD)/libusher.a
	$(CC) $(LDFLAGS) -o $@ $(ACTOR_OBJECTS) $(BUILD)/libusher.a $(LDLIBS)

$(BUILD)/telegram-sim: $(SIM_OBJECTS) $(BUILD)/libusher.a
	$(CC) $(LDFLAGS) -o $@ $(SIM_OBJECTS) $(BUILD)/libusher.a $(LDLIBS)

$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(BUILD)/libusher.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $< $(BUILD)/libusher.a -lcmocka $(LDLIBS)

unit: $(UNIT_PROGRAMS) ## unit tests (LAYERS="base wire" for some)
	@failed=0; for program in $(UNIT_PROGRAMS); do \
		$$program >$$program.log 2>&1 || { failed=1; cat $$program.log; echo "FAILED: $$program"; }; \
	done; [ $$failed = 0 ] && echo "unit: $(words $(UNIT_PROGRAMS)) programs passed"

clean: ## remove what was built
	rm -rf $(BUILD) build-asan build-tsan

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
