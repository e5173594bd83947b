# SPDX-License-Identifier: GPL-2.0-or-later
# A thin front to meson, because kernel people type make. `make demo` and `make check` install what
# they need from Debian (as root or with sudo); the others take the machine as it is.

BUILD ?= build
PREFIX ?= /usr/local
CC ?= gcc

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD)

$(BUILD)/build.ninja:
	@command -v meson >/dev/null || \
		{ echo "meson is missing; scripts/setup.sh build installs what a build needs"; exit 1; }
	@meson setup $(BUILD) --prefix=$(PREFIX) -Dbuildtype=release -Db_lto=true $(MESON_OPTIONS)

# All tests; about 20 minutes, a kernel is built and bisected in virtual machines.
check:
	@scripts/setup.sh check
	@scripts/check.sh

# The tests that take seconds.
check-fast:
	@scripts/check.sh --fast

# What takes hours: guests that are silent for minutes, kills at each event of a bisection, a race and
# a late check on real kernels, ten minutes of each fuzzer.
check-nightly:
	@scripts/setup.sh nightly
	@CULPRIT_SLOW_TESTS=1 scripts/check.sh --fast
	@scripts/fuzz.sh 600

# The main job on a real kernel; about 10 minutes on two cores.
demo:
	@scripts/setup.sh demo
	@$(MAKE) --no-print-directory all
	@demo/run.sh $(BUILD)/culprit

# Each fuzz target for SECONDS=60.
fuzz:
	@scripts/fuzz.sh $(or $(SECONDS),60)

bench: all
	@bench/run-next.sh
	@bench/run-mass.sh
	@bench/run-scan.sh

install: all
	@meson install -C $(BUILD) --no-rebuild

clean:
	@rm -rf $(BUILD) build-check build-clang

.PHONY: all check check-fast check-nightly demo fuzz bench install clean
