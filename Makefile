# The front door: `make help` lists it. The work itself is in meson.build, packages/, tests/ and demo/.

# Debian's own programs before any other python or meson of the machine.
export PATH := /usr/bin:/bin:/usr/sbin:/sbin:$(PATH)
ifeq ($(origin CXX),default)
export CXX := clang++
endif
JOBS ?= $(shell nproc)
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# A warning is an error where nobody looks at warnings.
MESON_SETUP := meson setup $(if $(CI),-Dwerror=true)

PRESETS := debug asan tsan release
flags_debug := --buildtype=debug
flags_asan := --buildtype=debug -Db_sanitize=address,undefined
flags_tsan := --buildtype=debug -Db_sanitize=thread
flags_fuzz := --buildtype=debugoptimized -Db_sanitize=address,undefined -Dfuzz=true
flags_release := --buildtype=release -Dtests=false
profile := -fprofile-instr-generate -fcoverage-mapping
flags_coverage := --buildtype=debug -Dcpp_args='$(profile)' -Dcpp_link_args='$(profile)'

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: debug ## Build everything, as `make debug`

debug: ## Build in build-debug, without sanitizers
asan: ## Build in build-asan, with AddressSanitizer and UBSan: what the tests use
tsan: ## Build in build-tsan, with ThreadSanitizer
release: ## Build in build-release, optimised, without tests: what is installed
$(PRESETS): %: build-%/build.ninja
	ninja -C build-$@ -j $(JOBS)

build-%/build.ninja:
	@packages/install build
	$(MESON_SETUP) $(flags_$*) build-$*

programs: build-debug/build.ninja
	ninja -C build-debug -j $(JOBS) programs

test: ## Install what is missing, then run the tests, the sign-ins through a real sshd included
	@packages/install build test
	@$(MAKE) --no-print-directory asan programs
	@tests/run build-asan build-debug

demo: ## Sign in with a second factor on this machine, in a private instance that leaves nothing
	@packages/install build demo
	@$(MAKE) --no-print-directory programs
	@$(SUDO) demo/run build-debug

tsan-test: build-tsan/build.ninja ## Build and run the helper's tests under ThreadSanitizer
	meson test -C build-tsan --print-errorlogs --suite unit --suite contract --suite races -t 4

gateways: ## Run what takes long with real gateways, carriers and calls on the loopback device
	@packages/install build test
	@$(MAKE) --no-print-directory asan programs
	meson test -C build-asan --no-rebuild --print-errorlogs -t 4 --suite calls-slow & calls=$$!; \
	$(SUDO) tests/system/run --build build-asan --plain-build build-debug --hosts 4 -v -m 'slow or closing'; \
	hosts=$$?; wait $$calls && exit $$hosts

attacks: ## Attack the promises at length: races, kill -9, power cuts, full disks, models
	@packages/install build test
	@$(MAKE) --no-print-directory asan programs
	meson test -C build-asan --no-rebuild --print-errorlogs -t 4 --suite attacks
	$(SUDO) tests/system/run --build build-asan --plain-build build-debug --hosts 3 -v -m attack

soak: programs asan ## Run the long form of every promise, and print what each found (2 to 3 hours)
	@packages/install build test
	tests/soak build-asan build-debug

fuzz: build-fuzz/build.ninja ## Fuzz every target for TIME seconds each (60; `make fuzz TIME=600`)
	ninja -C build-fuzz -j $(JOBS) fuzz-targets
	@JOBS=$(JOBS) tests/fuzz/run build-fuzz $(or $(TIME),60)

mutation: ## Change the code that can accept, one thing at a time, and want a test to fail (hours; goes on where it was)
	@packages/install build test
	nice tests/mutation/run --jobs $(JOBS)

coverage: build-coverage/build.ninja ## Measure which lines and branches the fast tests run, and want 95 and 90 % of them
	@packages/install coverage
	ninja -C build-coverage -j $(JOBS)
	@tests/coverage/run build-coverage

lint: build-debug/build.ninja ## Format, house rules, coroutines, man pages, spelling, scripts
	@packages/install lint
	@tests/architecture/lint build-debug

tidy: build-debug/build.ninja ## clang-tidy over the product's sources
	@packages/install lint
	ninja -C build-debug -j $(JOBS) programs
	@tests/architecture/tidy build-debug

install: release ## Install to DESTDIR, prefix /usr (see README, "On a host")
	meson install -C build-release --no-rebuild

clean: ## Remove every build folder
	rm -rf build-debug build-asan build-tsan build-fuzz build-release build-coverage build-mutation

.PHONY: help build $(PRESETS) programs test demo tsan-test gateways attacks soak fuzz mutation coverage lint tidy install clean
.DEFAULT_GOAL := help
