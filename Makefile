# Thin: meson and ninja build, the scripts in tools/ do the rest. `make` lists the targets.
# Each target first installs the Debian packages it needs that are missing (tools/need).

MAKEFLAGS += --no-print-directory
FUZZ_SECONDS ?= 60
SANITIZE = -Db_sanitize=address,undefined -Db_lundef=false

.PHONY: help run build test golden test-sanitize bench bench-peers bench-scenarios fuzz fuzz-coverage soak check format rfc po install clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 22

run: build ## the sample mailbox through a running milter, then the milter until Ctrl-C (DNS=live: real DNS)
	@tools/run-samples

build: ## the programs, into build/apps/NAME/NAME
	@tools/need build
	@tools/build build

test: ## every test; ends with "N passed, N failed"
	@tools/need build test
	@tools/build build
	@tools/run-tests build

golden: ## keep the pages as they are now (tests/web/golden): look at the diff before you commit
	@tools/need build test
	@tools/build build
	@tests/web/golden.py build/apps/sceau/sceau build/apps/sceau-web/sceau-web build/apps/sceau-reportd/sceau-reportd --renew

test-sanitize: ## the same tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@tools/need build test
	@tools/build build-sanitize $(SANITIZE)
	@tools/run-tests build-sanitize

bench: build ## CPU and memory: the engine beside its cryptography, the milter beside one that does nothing
	@tools/need bench
	@bench/run

bench-peers: build ## sceau-milter beside OpenDKIM + OpenDMARC and rspamd, in turns; installs them (root)
	@tools/need bench peers
	@bench/compare

bench-scenarios: build ## Postfix with and without the milter, DNS that is far away, DNS that is dead (root)
	@tools/need bench
	@bench/scenario

fuzz: ## every fuzz target for FUZZ_SECONDS (60) each; found inputs stay in build-fuzz/corpus
	@tools/need build fuzz
	@tools/fuzz $(FUZZ_SECONDS)

fuzz-coverage: ## branch coverage of each target's own files, into doc/fuzzing.md
	@tools/need build fuzz
	@tools/fuzz-coverage

soak: build ## MESSAGES (2000000) through a milter under changing load, then ROUNDS (50) of a fleet whose hosts die (root)
	@tools/need build test bench
	@tools/soak

check: ## layout, clang-tidy, cppcheck, include directions, RFC citations
	@tools/need build test check
	@tools/build build
	@tools/check

format: ## lay out the C files as .clang-format says
	@tools/need check
	@git ls-files '*.c' '*.h' | xargs clang-format -i

rfc: ## doc/rfc.md and doc/decisions.md anew from doc/rfc.d and doc/decisions.d
	@tools/make-rfc-md --write
	@tools/make-decisions-md --write

po: ## po/fr.d anew from the texts in the code; new ones wait there for their French
	@tools/need build
	@tools/make-po

install: build ## into PREFIX (/usr/local); DESTDIR is honoured
	@meson configure build -Dprefix=$(or $(PREFIX),/usr/local)
	@meson install -C build
	@[ -n "$(DESTDIR)" ] || [ "$$(id -u)" != 0 ] || ldconfig

clean: ## remove what was built
	@rm -rf build build-sanitize build-fuzz build-coverage
