# make            build, and stage a ready prefix under build/
# make run        build, then run an example: a threaded guest inside a C program
# make test       set up what the tests need, then run all of them
# make test-large  build large programs from Debian's sources as guests with threads, and compare them with native
# make fuzz       many bad modules, and tiers compared; FUZZ=N takes N times as many as make test
# make compare    compare generated modules with wasmtime, and the tiers; COMPARE=N modules from SEED=N on;
#                 and LOADS=N functions with loads that trap
# make endings    end a program in each of its states, on each tier; ENDINGS=N times for each
# make tsan       run tests under ThreadSanitizer
# make bench      measure, against native code and, where it is installed, wasmtime
# make install    copy what make has built; needs no compiler. PREFIX=/usr/local LIBDIR=$(PREFIX)/lib DESTDIR=
# make uninstall  take away what make install has put into the same PREFIX and DESTDIR
# make deb        Debian packages in build/deb, checked with lintian
# make clean      remove what was built
# make help       these lines

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
DESTDIR ?=
CC ?= cc
PYTHON ?= python3
SWIFT_BUILD = swift build -c release

FUZZ ?= 50
COMPARE ?= 5000
LOADS ?= 10000
SEED ?= 1
ENDINGS ?= 10000

.PHONY: build run test test-large fuzz compare endings tsan bench install uninstall deb clean help

build:
	@scripts/setup build
	$(SWIFT_BUILD)
	@scripts/stage "$$($(SWIFT_BUILD) --show-bin-path)"

run: build
	@scripts/setup run
	@scripts/run-example threads examples-c/guests/primes.wasm

test: build
	@scripts/setup test
	@$(PYTHON) scripts/test.py

test-large: build
	@scripts/setup large
	@$(PYTHON) -m unittest discover -v -s Tests/Large

fuzz: build
	@scripts/setup test
	@PATH="build/tools/bin:$$PATH" scripts/guests
	@FUZZ=$(FUZZ) FUZZ_SEED=$(SEED) $(PYTHON) -m unittest discover -v -s Tests/System -p test_bad_modules.py
	@FUZZ=$(FUZZ) FUZZ_SEED=$(SEED) $(PYTHON) -m unittest discover -v -s Tests/System -p test_tiers.py

compare: build
	@scripts/setup test
	@$(PYTHON) Tests/System/differential.py --seed $(SEED) $(COMPARE)
	@$(PYTHON) Tests/System/tiers.py --seed $(SEED) $(COMPARE)
	@$(PYTHON) Tests/System/lost_traps.py --seed $(SEED) $(LOADS)

endings: build
	@scripts/setup test
	@PATH="build/tools/bin:$$PATH" scripts/guests
	@$(PYTHON) Tests/System/endings.py $(ENDINGS)

tsan:
	@scripts/setup test
	@scripts/tsan

bench: build
	@scripts/setup test
	@$(PYTHON) Benchmarks/bench.py

install:
	@scripts/install "$(PREFIX)" "$(LIBDIR)" "$(DESTDIR)"

uninstall:
	@scripts/install --remove "$(PREFIX)" "$(DESTDIR)"

deb: build
	@scripts/setup deb
	@packaging/build-deb

clean:
	rm -rf .build build

help:
	@sed -n -e '/^$$/q' -e 's/^# \{0,1\}//p' Makefile
