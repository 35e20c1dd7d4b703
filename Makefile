# pgnn: neural networks in PostgreSQL
#
#   make                builds pgnn.so; OPTFLAGS=-march=native for this machine only, V=1 shows commands
#   make install        puts it into the PostgreSQL of PG_CONFIG (as root)
#   make demo           shows it at work in a throwaway server; KEEP=1 leaves that server running
#   make test           all of the following, after installing what they need
#     make unit           GoogleTest on the core        GTEST_FILTER='Network.*' make unit
#     make unit-sanitize  the same under the address and undefined-behaviour sanitizers
#     make replay         the fuzzers' corpus, likewise
#     make regress        pg_regress                    make regress REGRESS="train predict"
#     make isolation      sessions that take turns      make isolation SPECS="train_train"
#     make tap            TAP tests on real servers     make tap PROVE_TESTS=test/t/001_x.pl
#     make check          static checks
#   make test-all       all of that with more rounds, and all of the following: an hour or more
#     make regress-settings  pg_regress on servers with other settings   SETTINGS="jit isolation" make regress-settings
#     make regress-valgrind   pg_regress with the server under memcheck   make regress-valgrind VALGRIND_TESTS=predict
#     make unit-thread      threads of the core under the thread sanitizer
#     make unit-arm64       GoogleTest on the core for arm64, under emulation
#     make analyse          clang's warnings, clang-tidy, cppcheck
#     make fuzz             libFuzzer on the core                        FUZZ_SECONDS=600 make fuzz
#     make sqlsmith         random queries that call pgnn                SQLSMITH_SECONDS=600 make sqlsmith
#     make test-cassert     a PostgreSQL with assertions, built for it
#     make test-versions    other PostgreSQLs, compilers and Eigens; as root    SUITES=trixie make test-versions
#   make bench          training against scikit-learn and PyTorch, in the same run; bench-quick: a tenth of it
#   make bench-predict  predictions in SQL against the scan that feeds them, scikit-learn and PyTorch
#   make bench-scores   how well it predicts real data, beside scikit-learn   SEEDS="1 2" make bench-scores
#   make bench-kernels  how near the kernels come to the processor's peak   NETWORKS=54-128 make bench-kernels
#   make bench-core     the same of whole trainings, without a server
#   make format         clang-format in place
#   make clean

EXTENSION  = pgnn
MODULE_big = pgnn
DATA       = $(wildcard pgnn--*.sql)
SETUP      = $(patsubst sql/%.sql,%,$(wildcard sql/setup.sql))
REGRESS    = $(SETUP) $(filter-out setup,$(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql))))

CORE = $(wildcard src/core/*.cpp)
UNIT = $(wildcard test/unit/*.cpp)
OBJS = $(patsubst src/%,build/obj/%.o,$(wildcard src/*.c) $(CORE))

OPTFLAGS ?=
EIGEN    ?= /usr/include/eigen3
CLANGXX  ?= clang++
WARNINGS  = -Wall -Wextra -Wshadow
CORE_FLAGS = -std=c++17 -pthread -fno-math-errno $(WARNINGS) -Isrc -isystem $(EIGEN)

# Some kernels are compiled for more than every processor has; simd.cpp decides whether they run
ifneq ($(filter x86_64%,$(shell $(CXX) -dumpmachine)),)
build/%/core/kernels_avx2.cpp.o: SIMD_FLAGS = -mavx2 -mfma
build/%/core/kernels_avx512.cpp.o: SIMD_FLAGS = -mavx512f -mavx512dq -mavx512vl -mavx512bw -mfma \
	-mprefer-vector-width=512
build/bench/eigen_peer.cpp.o: SIMD_FLAGS = -march=x86-64-v4 -Wno-maybe-uninitialized -Wno-uninitialized
endif

PG_CONFIG ?= pg_config
PG_CPPFLAGS = -Isrc -isystem $(shell $(PG_CONFIG) --includedir-server)
# PostgreSQL's callbacks have parameters that not everyone needs
PG_CFLAGS   = $(WARNINGS) -Wno-unused-parameter -O3 $(OPTFLAGS)
PG_CXXFLAGS = $(CORE_FLAGS) -O3 $(OPTFLAGS) -fvisibility=hidden -fvisibility-inlines-hidden
# PostgreSQL passes on options that were meant for GCC
of_clang    = $(if $(findstring clang,$(shell $1 --version)),-Wno-unknown-warning-option -Wno-ignored-optimization-argument)
PG_CFLAGS   := $(PG_CFLAGS) $(call of_clang,$(CC))
PG_CXXFLAGS := $(PG_CXXFLAGS) $(call of_clang,$(CXX))
SHLIB_LINK += -lstdc++ -lm -pthread
EXTRA_CLEAN = build
# JIT bitcode would be compiled with other flags than the library
override with_llvm = no

MAKEFLAGS += --no-print-directory
# sub-makes use every processor, unless the caller chose
JOBS = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
export PG_CONFIG

.PHONY: all demo test test-all test-cassert test-versions unit unit-sanitize unit-thread unit-arm64 fuzz replay \
	regress regress-settings regress-valgrind \
	isolation tap sqlsmith analyse check static-checks bench bench-quick bench-scores \
	bench-kernels bench-core bench-predict format FORCE
.DELETE_ON_ERROR:
$(if $(V),,.SILENT:)

all:

# PostgreSQL's own build rules, where there is a PostgreSQL with its headers
PGXS := $(wildcard $(shell $(PG_CONFIG) --pgxs 2>/dev/null))
SERVER_HEADERS := $(wildcard $(shell $(PG_CONFIG) --includedir-server 2>/dev/null)/postgres.h)
ifneq ($(and $(PGXS),$(SERVER_HEADERS)),)
include $(PGXS)
ifeq ($(PORTNAME),linux)
SHLIB_LINK += -Wl,--version-script=src/exports.map
endif
else
all install uninstall installcheck:
	echo "PostgreSQL's server headers are missing, by way of PG_CONFIG=$(PG_CONFIG)." >&2
	echo "Install postgresql-server-dev-N, or run test/setup.sh, which does that." >&2
	exit 1
clean:
	rm -rf build pgnn.so
endif

# Objects: one short line each; what the compiler says is also kept beside the object, for "make check"
define compile
mkdir -p $(@D)
$(if $(V),,echo "  $< -> $(@D)")
$1 $(SIMD_FLAGS) -MMD -MP -c -o $@ $< 2>$@.log || { cat $@.log >&2; exit 1; }
cat $@.log >&2
endef

build/obj/%.c.o: src/%.c
	$(call compile,$(CC) $(CFLAGS) $(CPPFLAGS))
build/obj/%.cpp.o: src/%.cpp
	$(call compile,$(CXX) $(CXXFLAGS) $(CPPFLAGS))

# the page of nn_report as a C string
build/obj/report.c.o: CPPFLAGS += -Ibuild
build/obj/report.c.o: build/report.html.inc
build/report.html.inc: src/report.html
	mkdir -p build
	sed 's/[\\"]/\\&/g; s/.*/"&\\n"/' $< >$@

# another PostgreSQL, other objects
$(OBJS): Makefile build/postgresql
build/postgresql: FORCE
	mkdir -p build
	test $(MAJORVERSION) -ge 15 || { echo "pgnn needs PostgreSQL 15 or later; $(PG_CONFIG) is of $(VERSION)." >&2; exit 1; }
	echo '$(bindir) $(VERSION)' | cmp -s - $@ || echo '$(bindir) $(VERSION)' >$@

# $(call unit_program,DIRECTORY,FLAGS): the core and its tests in one program, without PostgreSQL. The tests themselves
# are compiled without optimisation, which would take longer than it saves.
define unit_program
build/$1/pgnn_unit: $(patsubst src/%,build/$1/%.o,$(CORE)) $(patsubst test/unit/%,build/$1/%.o,$(UNIT))
	$$(CXX) -pthread $2 -o $$@ $$^ -lgtest_main -lgtest
build/$1/core/%.cpp.o: src/core/%.cpp Makefile
	$$(call compile,$$(CXX) $$(CORE_FLAGS) $2)
build/$1/%.cpp.o: test/unit/%.cpp Makefile
	$$(call compile,$$(CXX) $$(CORE_FLAGS) $2 -O0)
endef
$(eval $(call unit_program,unit,-O2 -g))
$(eval $(call unit_program,sanitize,-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined))

unit: $(if $(UNIT),build/unit/pgnn_unit)
	$(if $(UNIT),build/unit/pgnn_unit --gtest_brief=1,echo "no tests in test/unit")
unit-sanitize: $(if $(UNIT),build/sanitize/pgnn_unit)
	$(if $(UNIT),build/sanitize/pgnn_unit --gtest_brief=1,echo "no tests in test/unit")

# The threads of the core, by the tests that use them
THREADED = $(addprefix test/unit/,threads.cpp allocations.cpp files.cpp dataset.cpp trainer.cpp spill.cpp window.cpp lbfgs.cpp warm_start.cpp champion.cpp)
build/thread/pgnn_unit: $(patsubst src/%,build/thread/%.o,$(CORE)) $(patsubst test/unit/%,build/thread/%.o,$(THREADED))
	$(CXX) -pthread -fsanitize=thread -o $@ $^ -lgtest_main -lgtest
build/thread/core/%.cpp.o: src/core/%.cpp Makefile
	$(call compile,$(CXX) $(CORE_FLAGS) -O1 -g -fsanitize=thread)
build/thread/%.cpp.o: test/unit/%.cpp Makefile
	$(call compile,$(CXX) $(CORE_FLAGS) -O0 -g -fsanitize=thread)
unit-thread: build/thread/pgnn_unit
	TSAN_OPTIONS=halt_on_error=1 build/thread/pgnn_unit --gtest_brief=1

unit-arm64:
	test/setup.sh test-all
	test/arm64.sh

# Fuzzers of what the core takes from outside, with the sanitizers; FUZZ_SECONDS each. What they find
# beyond test/fuzz/corpus stays in build/fuzz/corpus.
FUZZERS = $(filter-out replay,$(patsubst test/fuzz/%.cpp,%,$(wildcard test/fuzz/*.cpp)))
FUZZ_FLAGS = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined
FUZZ_SECONDS ?= 120
build/fuzz/core/%.cpp.o: src/core/%.cpp Makefile
	$(call compile,$(CLANGXX) $(CORE_FLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link)
build/fuzz/%.cpp.o: test/fuzz/%.cpp Makefile
	$(call compile,$(CLANGXX) $(CORE_FLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link)
$(addprefix build/fuzz/,$(FUZZERS)): build/fuzz/%: build/fuzz/%.cpp.o $(patsubst src/%,build/fuzz/%.o,$(CORE))
	$(CLANGXX) -pthread -fsanitize=fuzzer,address,undefined -o $@ $^
fuzz: $(addprefix build/fuzz/,$(FUZZERS))
	test/fuzz.sh $(FUZZ_SECONDS) $(FUZZERS)

# The same inputs without a fuzzer, in the objects of unit-sanitize
build/sanitize/fuzz/%.cpp.o: test/fuzz/%.cpp Makefile
	$(call compile,$(CXX) $(CORE_FLAGS) $(FUZZ_FLAGS) -O0)
build/sanitize/replay_%: build/sanitize/fuzz/%.cpp.o build/sanitize/fuzz/replay.cpp.o $(patsubst src/%,build/sanitize/%.o,$(CORE))
	$(CXX) -pthread -fsanitize=address,undefined -o $@ $^
.PRECIOUS: build/sanitize/fuzz/%.cpp.o
replay: $(FUZZERS:%=build/sanitize/replay_%)
	$(foreach fuzzer,$(FUZZERS),build/sanitize/replay_$(fuzzer) test/fuzz/corpus/$(fuzzer) &&) true

regress: all
	test/regress.sh $(SETUP) $(filter-out setup,$(REGRESS))

regress-settings: all
	test/settings.sh $(SETUP) $(filter-out setup,$(REGRESS))

# under valgrind all but what computes for long, or counts on the memory of the process
VALGRIND_TESTS = $(filter-out setup arguments plan judge_data learning stopping optimizers limits to_sql settings types,$(REGRESS))
regress-valgrind: all
	test/valgrind.sh $(SETUP) $(VALGRIND_TESTS)

isolation: all
	test/isolation.sh $(or $(SPECS),$(patsubst test/isolation/specs/%.spec,%,$(sort $(wildcard test/isolation/specs/*.spec))))

tap: all
	test/tap.sh $(or $(PROVE_TESTS),$(sort $(wildcard test/t/*.pl)))

SQLSMITH_SECONDS ?= 300
sqlsmith: all
	test/sqlsmith.sh $(SQLSMITH_SECONDS)

analyse: build/report.html.inc
	test/analyse.sh

test-cassert:
	test/setup.sh test-all
	test/cassert.sh

test-versions:
	test/setup.sh test-all
	test/versions.sh $(SUITES)

# PGXS has a recipe for "check" that says there is none; true(1) may run it
check: static-checks
check: private SHELL = /bin/true
static-checks: all
	test/check.sh

demo:
	test/setup.sh demo
	$(MAKE) $(JOBS) all
	test/demo.sh $(KEEP)

test:
	test/setup.sh test
	MAKE="$(MAKE) $(JOBS)" test/all.sh unit unit-sanitize replay regress isolation tap check

ROOT = $(filter 0,$(shell id -u))
test-all:
	test/setup.sh test-all
	PGNN_TEST_EXTRA=1 MAKE="$(MAKE) $(JOBS)" test/all.sh unit unit-sanitize unit-thread unit-arm64 replay regress \
		regress-settings regress-valgrind isolation tap check analyse fuzz sqlsmith test-cassert $(if $(ROOT),test-versions); \
	status=$$?; $(if $(ROOT),,echo "test-versions was left out: it needs root";) exit $$status

bench: all build/bench/core
	test/bench/training.sh

bench-quick: all build/bench/core
	SHARE=0.1 REPEATS=1 test/bench/training.sh

bench-predict: all build/bench/products
	test/bench/prediction.sh

bench-scores: all
	test/bench/scores.sh $(DATASETS)

# programs beside the server, made of the library's own objects
build/bench/%.cpp.o: test/bench/%.cpp Makefile
	$(call compile,$(CXX) $(CORE_FLAGS) -O3)
build/bench/kernels: $(patsubst %,build/bench/%.cpp.o,kernels eigen_peer peak)
build/bench/core: $(patsubst %,build/bench/%.cpp.o,core peak)
build/bench/products: build/bench/products.cpp.o
build/bench/kernels build/bench/core build/bench/products: $(patsubst src/%,build/obj/%.o,$(CORE))
	$(CXX) -pthread -o $@ $^
bench-kernels: build/bench/kernels
	build/bench/kernels $(NETWORKS)
bench-core: build/bench/core
	build/bench/core

format:
	clang-format -i $(wildcard src/*.[ch] src/core/*.h src/core/*.cpp test/unit/*.h test/unit/*.cpp test/bench/*.h test/bench/*.cpp test/fuzz/*.h test/fuzz/*.cpp)

-include $(wildcard build/*/*.d build/*/*/*.d)
