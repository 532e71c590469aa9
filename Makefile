# Every target does its own set-up: a virtual environment in .venv, made anew when pyproject.toml changes.
PYTHON ?= python3
BIN = .venv/bin
READY = .venv/.ready

.PHONY: run test compiled test-compiled check format cover bench bench-growth crash power simulate laws sim fuzz testnet soak audit matrix load clients damage full stops weather docs clean

run: $(READY)          ## a devnet node on 127.0.0.1:8090, with funded accounts
	$(BIN)/skald devnet

test: $(READY)         ## every test, on all cores
	$(BIN)/python -m pytest -n auto --dist loadfile

COMPILED = build/compiled
COMPILED_TESTS = tests/rewards tests/chain tests/property tests/test_vectors.py

compiled: $(READY)     ## the same with its hot modules as native code, in build/compiled (needs a C compiler)
	rm -rf $(COMPILED)
	HATCH_BUILD_HOOKS_ENABLE=1 $(BIN)/python -m pip install --quiet --no-deps --no-compile --target $(COMPILED) .

test-compiled: compiled    ## the tests of rules and state on it (COMPILED_TESTS=tests for all)
	PYTHONPATH=$(CURDIR)/$(COMPILED) $(BIN)/python -m pytest -n auto --dist loadfile \
		--override-ini "pythonpath=$(COMPILED) ." $(COMPILED_TESTS)

check: $(READY)        ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)       ## let ruff put the sources in order
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

cover: $(READY)        ## tests with line and branch coverage of rewards/ and chain/
	$(BIN)/python -m pytest --cov --cov-report=term-missing:skip-covered

bench: $(READY)        ## ratios against floors taken in the same run; tables, and bench.json and bench.svg in build/bench
	$(BIN)/python -m tests.benchmarks --save build/bench

bench-growth: $(READY) ## what an operation and a page cost when there is a hundred or a thousand times as much
	$(BIN)/python -m tests.benchmarks --only growth,pages

crash: $(READY)        ## 200 times kill -9 of a producing node under load, 500 deaths at named writes (KILLS=200 CYCLES=500)
	$(BIN)/python -m tests.functional.crash --kills $(or $(KILLS),200)
	$(BIN)/python -m tests.functional.crash_points --cycles $(or $(CYCLES),500)

power: $(READY)        ## 1,000 power cuts: disks that forget what was not synced (CUTS=1000)
	$(BIN)/python -m tests.functional.faults.power --cuts $(or $(CUTS),1000)

damage: $(READY)       ## 2,000 flipped bits, zeroed pages, shortened, removed and exchanged files (DAMAGES=2000)
	$(BIN)/python -m tests.functional.faults.damage --damages $(or $(DAMAGES),2000)

full: $(READY)         ## 200 times a disk that is full at a random byte, or fails a sync (TIMES=200)
	$(BIN)/python -m tests.functional.faults.full --times $(or $(TIMES),200)

stops: $(READY)        ## 200 times SIGTERM or SIGINT, while a node works, starts, recovers, stops, imports (STOPS=200)
	$(BIN)/python -m tests.functional.stops --stops $(or $(STOPS),200)

weather: $(READY)      ## four nodes under load, their disks slow, their clocks set back and forth (SPELLS=20)
	$(BIN)/python -m tests.functional.weather --spells $(or $(SPELLS),20)

simulate: $(READY)     ## 100,000 blocks of random operations, twice (BLOCKS=100000)
	$(BIN)/python -m tests.property.long_run --blocks $(or $(BLOCKS),100000)

laws: $(READY)         ## 1,000,000 random operations, the laws checked after each; 10,000 histories taken back (OPERATIONS= HISTORIES=)
	$(BIN)/python -m tests.property.laws --operations $(or $(OPERATIONS),1000000) --histories $(or $(HISTORIES),10000)

sim: $(READY)          ## networks of whole nodes in 2,000 bad worlds (SEEDS=2000 NODES=4, or 7, or 21)
	$(BIN)/python -m tests.sim.network --seeds $(or $(SEEDS),2000) --nodes $(or $(NODES),4) --jobs 2

fuzz: $(READY)         ## a million hostile frames, 50,000 conversations, 200 sieges, 1,000 lying halves, 120,000 requests, a million changed inputs (SEED=1)
	$(BIN)/python -m tests.node.p2p.fuzz --seed $(or $(SEED),1)
	$(BIN)/python -m tests.node.p2p.siege --seed $(or $(SEED),1)
	$(BIN)/python -m tests.node.p2p.lies --seed $(or $(SEED),1)
	$(BIN)/python -m tests.node.rpc_fuzz --seed $(or $(SEED),1)
	$(BIN)/python -m tests.property.fuzz_decoders --seed $(or $(SEED),1)

testnet: $(READY)      ## four nodes on this machine: parted, killed, joined (STEP=run|demo|content|partition|kill|join)
	$(BIN)/python -m tests.functional.testnet $(or $(STEP),demo)

soak: $(READY)         ## hours of kills, restarts, freezes and partitions of four nodes under load (MINUTES=120 SEED=1 PREVIOUS=commit)
	$(BIN)/python -m tests.functional.soak --minutes $(or $(MINUTES),120) --seed $(or $(SEED),1) --previous "$(PREVIOUS)"

audit: $(READY)        ## known vulnerabilities of what is installed; asks the internet
	$(BIN)/python -m pip install --quiet pip-audit
	$(BIN)/python -m pip_audit --skip-editable

matrix: $(READY)       ## one chain under every Python, hash seed, time zone, locale and msgpack: equal states (BLOCKS=2000)
	$(BIN)/python -m tests.functional.matrix --blocks $(or $(BLOCKS),2000)

load: $(READY)         ## a realistic crowd on four nodes: throughput, latencies, finality lag (RATE=100 SECONDS=60)
	$(BIN)/python -m tests.functional.load --rate $(or $(RATE),100) --seconds $(or $(SECONDS),60)

clients: $(READY)      ## Hive's own client libraries against a devnet (NAMES="dhive wax"); writes down how it went
	$(BIN)/python -m tests.functional.clients $(NAMES)

docs: $(READY)         ## write the generated parts of docs/ anew
	$(BIN)/python -m tests.generate_docs

$(READY): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $(READY)

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .coverage
