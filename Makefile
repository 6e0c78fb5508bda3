# Everything a person or CI types. Each target sets up what it needs and is quick when there is nothing to do.

# Debian keeps mosquitto and snmpd out of an ordinary user's path.
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin

venv := .venv/bin
ready := .venv/.ready
pytest := $(venv)/python -m pytest

.PHONY: help demo test check setup tools lint format types laws unit coverage fuzz torture offline security bench-simulators bench-poll bench-outbox bench-lateness bench-serial bench-virtual bench-alerts bench-stalls evaluate ablation evaluate-flights schemas lock clean
.DEFAULT_GOAL := help

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

demo: setup  ## an office without hardware: broker, machines, daemon; ends with Ctrl-C
	$(venv)/fleetmon demo

test: lint tools  ## everything: lint, types, the wheel, laws, all tests
	@$(MAKE) --no-print-directory -j2 types unit  # side by side: half of the tests wait for something

check: lint laws  ## the quick part of test: lint and laws, no system packages

setup: $(ready)  ## .venv, from the lock file
tools:
	@scripts/test-tools

lint: setup  ## style and mistakes a linter finds
	$(venv)/ruff check --quiet
	$(venv)/ruff format --check --quiet

format: setup  ## put the sources in the linter's form
	$(venv)/ruff check --quiet --fix-only
	$(venv)/ruff format

types: setup  ## builds the wheel from the sdist, installs it elsewhere, type-checks and smoke-tests it there
	scripts/types

laws: setup  ## what the project promises of itself: layers, style, no registry hosts, README commands
	$(pytest) -q tests/project

unit: setup tools  ## all tests; ARGS=... is handed to pytest
	$(pytest) -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

coverage: setup tools  ## the branch coverage of daemon, drivers and simulators by all tests, which takes half as long again
	$(pytest) -n 4 --dist loadfile --no-loadscope-reorder --cov --cov-report=term $(ARGS)

fuzz: setup  ## a million hostile datagrams against the SNMP links; prints figures; COUNT=...
	$(venv)/python bench/fuzz_snmp.py $(if $(COUNT),--count $(COUNT))

torture: setup tools  ## tries to lose events: kills, disks, clocks, networks; TESTS="T1 T3" ROUNDS=300 SEED=...; half an hour
	$(venv)/python -m bench.torture $(TESTS) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SEED),--seed $(SEED))

offline: setup  ## one archive for a site without internet, into dist/; OFFLINE_EXTRAS=demo puts the demo in
	$(venv)/python scripts/offline/bundle.py $(if $(OFFLINE_EXTRAS),--extras $(OFFLINE_EXTRAS))

security:  ## how tightly systemd shuts the daemon in: 0 is safe, 10 is not; fails above 1.5
	@systemd-analyze security --offline=true --threshold=15 --no-pager systemd/fleetmon.service

bench-poll: setup  ## CPU per poll, lateness, memory, fault to MQTT, beside collectd and snmp_exporter; MACHINES=, DURATION=, ROUNDS=
	scripts/bench-tools
	$(venv)/python bench/poll $(if $(MACHINES),--machines $(MACHINES)) $(if $(DURATION),--duration $(DURATION)) \
		$(if $(ROUNDS),--rounds $(ROUNDS)) $(ARGS)

bench-lateness: setup tools  ## a thousand machines, 250 of them mute or slow: the others must not be polled later; MINUTES=5
	$(venv)/python bench/lateness $(if $(MINUTES),--minutes $(MINUTES))

bench-serial: setup tools  ## 32 machines on serial lines at 9600 baud, one daemon: lateness, missed polls, CPU; MINUTES=2
	$(venv)/python bench/serial $(if $(MINUTES),--minutes $(MINUTES))

bench-simulators: setup  ## 200 simulated machines in one process, asked every 5 s: missed answers, CPU, memory; MINUTES=10, ARGS=--plant
	$(venv)/python -m bench.simulators $(if $(MACHINES),--machines $(MACHINES)) $(if $(MINUTES),--minutes $(MINUTES)) $(ARGS)

bench-virtual: setup  ## a month of six machines in virtual time: polls a second of one core; OFFICE=, DAYS=, SEED=
	$(venv)/python bench/virtual $(if $(OFFICE),--office $(OFFICE)) $(if $(DAYS),--days $(DAYS)) $(if $(SEED),--seed $(SEED))

evaluate: setup  ## whether alerts are few, right and early: all scenarios, held-back seeds; 50 minutes of a core's time; ARGS="film_end --seeds tuning --findings"
	$(venv)/fleetmon evaluate $(ARGS)

ablation: setup  ## what each sign of waiting work is worth, on tuning seeds; half an hour; ARGS="hung_firmware"
	$(venv)/fleetmon evaluate --ablation --seeds tuning $(ARGS)

evaluate-flights: setup  ## the test for silent stalls on a year of three airports, which nobody here made; fetches 9 MB once
	scripts/flights
	$(venv)/python -m fleetmon.lab.flights

bench-alerts: setup  ## observations a second with all rules on, and the start with 10 000 stored alerts; ARGS="--days 5"
	$(venv)/python bench/alerts $(ARGS)

bench-stalls: setup  ## what it costs to know when a machine stands still: memory, records, time; ARGS="--gaps 400"
	$(venv)/python bench/stalls $(ARGS)

bench-outbox: setup tools  ## commits, and a day's backlog drained over 0 and 300 ms, with views and memory; BACKLOG=...
	$(venv)/python -m bench.outbox $(if $(BACKLOG),--backlog $(BACKLOG))

schemas: setup  ## the schemas and the AsyncAPI document in docs/, from the payload models
	rm -f docs/schemas/*.json
	$(venv)/fleetmon schema --output docs/schemas
	$(venv)/fleetmon schema --asyncapi --output docs

lock:  ## writes requirements/*.lock anew; UPGRADE=1 takes newer versions
	scripts/lock $(if $(UPGRADE),--upgrade)

clean:  ## removes what the other targets made
	rm -rf .venv build dist htmlcov .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps are written last, so that an interrupted setup starts over. A changed lock builds .venv anew, changed metadata
# only installs the project anew.
$(ready): .venv/.locked pyproject.toml
	$(venv)/python -m pip --disable-pip-version-check --quiet install --no-index --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.locked: requirements/dev.lock scripts/setup
	scripts/setup
	@touch $@
