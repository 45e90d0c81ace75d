# make demo and make test need Debian 12 and Swift 6.3; they install the other packages they need and say so.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

BINARY := .build/release/bedrock-quota-exporter
VENV := .build/venv
FUZZ_SECONDS := 60
# No part may take longer than this, whatever hangs.
BENCH := timeout 600 $(VENV)/bin/python Tests/Benchmarks
PYTEST := $(VENV)/bin/python -m pytest -c Tests/EndToEnd/pytest.ini Tests/EndToEnd

# Without what is never called, and with relocations packed: less to load, less resident memory.
LINK_FLAGS := -Xswiftc -use-ld=lld -Xlinker --gc-sections -Xlinker -z -Xlinker nostart-stop-gc \
	-Xlinker --icf=safe -Xlinker -z -Xlinker pack-relative-relocs

BUILD_PACKAGES := libcurl4-openssl-dev libsqlite3-dev libcrypt-dev pkg-config
TEST_PACKAGES := $(BUILD_PACKAGES) ca-certificates curl gcc libc6-dev sqlite3 python3 python3-venv prometheus prometheus-alertmanager victoria-metrics wrk chromium \
	apache2-utils binutils nginx-light openssl shellcheck systemd tmux yamllint fish man-db mandoc zsh
PACKAGE_PACKAGES := binutils debhelper dpkg-dev python3

.PHONY: help demo build package sbom test unit end-to-end package-life sanitize crash fire fuzz oracles replay soak organization forecasts causes bench \
	screenshots format lint packages-build packages-test clean

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/\1\t\2/' | expand -t 14

demo: build ## Run against a simulated AWS until Ctrl-C, or for a while with DURATION=2m
	$(BINARY) demo $(if $(DURATION),--duration=$(DURATION))

build: packages-build ## Build the release binary, Swift's libraries linked in
	swift build -c release --static-swift-stdlib --product bedrock-quota-exporter $(LINK_FLAGS)
	@echo "Built $(BINARY)"

package: build ## Make the Debian package of the release binary, in .build/package
	@.ci/packages $(PACKAGE_PACKAGES)
	deploy/debian/package.sh $(BINARY)

sbom: package ## Write what the package is made of and loads, as CycloneDX, beside the package
	python3 deploy/debian/sbom.py .build/package/*.deb .build/package/bedrock-quota-exporter.cdx.json

test: packages-test $(VENV)/.installed ## Run all tests
	swift build --build-tests
	@.ci/tests

unit: ## Run the Swift tests, a process for each module, two at a time
	@.ci/unit

end-to-end: $(VENV)/.installed ## Run the tests that drive the built program from outside, three files at a time
	BQE_BIN_DIR=.build/debug $(PYTEST) -n 3 --dist loadfile --no-loadscope-reorder

package-life: packages-test sbom $(VENV)/.installed ## Long proof, as root: the package in a bare Debian from installing to purging, and the image; log in .build/package-life.log
	@.ci/packages debootstrap iproute2 lintian
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r Tests/Package/requirements.txt
	unshare --mount $(VENV)/bin/python -m pytest -c Tests/EndToEnd/pytest.ini -v Tests/Package

sanitize: packages-test $(VENV)/.installed ## The Swift tests under the thread sanitizer, then the address sanitizer; figures in .build/sanitize-*.json
	python3 Tests/Sanitizers/sanitize.py thread
	python3 Tests/Sanitizers/sanitize.py address

crash: test ## Long proof: kill -9 in rollups, retention, polls, backfills and alerts, 225 times; 200 more under load; a share of the pages lost
	rm -f .build/crash.json
	BQE_BIN_DIR=.build/debug BQE_CRASHES=200 BQE_ALERT_CRASHES=50 BQE_CRASHES_PER_PHASE=35 $(PYTEST) -k crash
	cat .build/crash.json
	BQE_RECOVERY_MEGABYTES=64 swift test --skip-build --disable-xctest --filter PageLossTests

fire: packages-test build $(VENV)/.installed ## Long proof: attacks on the release build's web server, a minute each; figures in .build/fire.json
	BQE_BIN_DIR=.build/release BQE_FIRE_SECONDS=60 $(PYTEST) -k under_fire

fuzz: packages-test ## Feed mutated input to every reader, FUZZ_SECONDS=60 each; what breaks lies in .build/fuzz/found
	swift build -c release --product fuzz --scratch-path .build/fuzz -Xswiftc -use-ld=lld \
		-Xswiftc -sanitize=fuzzer -Xswiftc -enable-testing -Xswiftc -DFUZZING
	@for corpus in Tests/Fuzz/Corpus/*; do \
		target=$$(basename $$corpus); mkdir -p .build/fuzz/found/$$target; echo "$$target"; \
		BQE_FUZZ_TARGET=$$target .build/fuzz/release/fuzz -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
			-rss_limit_mb=2048 -max_len=16384 -verbosity=0 -artifact_prefix=.build/fuzz/found/$$target- \
			.build/fuzz/found/$$target $$corpus; \
	done

oracles: packages-test ## Long proof: histories, rollups after crashes and callers of a store against plain models, SEEDS=50 random ones each
	swift build -c release --build-tests -Xswiftc -enable-testing --scratch-path .build/oracles
	USAGE_STORE_SEEDS=$(or $(SEEDS),50) .build/oracles/release/bedrock-quota-exporterPackageTests.xctest \
		--testing-library swift-testing --no-parallel --filter '^UsageStoreTests\.(HistoryTests|RollupCrashTests|CallerQueryTests)'

replay: packages-test ## Long proof: a day in five Regions polled with and without adaptive reading, alerts and bill compared
	swift build --build-tests
	BQE_REPLAY_DAY=1 swift test --skip-build --disable-xctest --filter AdaptiveReplayTests

soak: packages-test build $(VENV)/.installed ## Long proof: a week of 25 Regions with 20 models each within an hour; figures in .build/soak.json
	BQE_BIN_DIR=.build/release BQE_SOAK_DAYS=7 $(PYTEST)/test_soak.py -s

bench: packages-test build $(VENV)/.installed ## Measure polls, scrapes, history, starts, pages, headroom, a fleet and alerts; writes the table in Tests/README.md
	swift build -c release --static-swift-stdlib --product history-bench $(LINK_FLAGS)
	swift build -c release --static-swift-stdlib --product alert-bench $(LINK_FLAGS)
	$(BENCH)/polls.py $(BINARY)
	$(BENCH)/scrapes.py $(BINARY)
	$(BENCH)/history.py .build/release/history-bench
	$(BENCH)/startup.py $(BINARY) .build/release/history-bench
	$(BENCH)/pages.py $(BINARY)
	$(BENCH)/headroom.py $(BINARY)
	$(BENCH)/fleet.py $(BINARY)
	folder=$$(mktemp -d) && .build/release/alert-bench $$folder >.build/bench/alerts.json; status=$$?; rm -r $$folder; exit $$status
	$(VENV)/bin/python Tests/Benchmarks/table.py

organization: packages-test build $(VENV)/.installed ## Long proof: 10, 100 and 1,000 accounts in five Regions, for ten minutes each; figures in .build/bench/organization.json
	$(VENV)/bin/python Tests/Benchmarks/organization.py $(BINARY)

forecasts: packages-test ## Long proof: the forecast on 72 public series and on simulated growth; writes its tables in Tests/README.md
	swift build -c release --static-swift-stdlib --product forecast-bench $(LINK_FLAGS)
	test -x .build/forecasts/venv/bin/pip || python3 -m venv .build/forecasts/venv
	.build/forecasts/venv/bin/pip install --quiet --disable-pip-version-check -r Tests/Benchmarks/forecasts/requirements.txt
	.build/forecasts/venv/bin/python Tests/Benchmarks/forecasts/backtest.py .build/release/forecast-bench .build/forecasts/packages

screenshots: packages-test build $(VENV)/.installed ## Take the pictures of README.md and dashboards/ anew, of the demo in Chromium
	$(VENV)/bin/python dashboards/screenshots/take.py $(BINARY)

causes: packages-test ## Long proof: causes of throttling said of 7,200 simulated episodes, against the true ones; prints a matrix for each strength of noise
	swift build -c release --product causes --scratch-path .build/causes
	.build/causes/release/causes 400 2

format: ## Format all Swift files
	swift format -i -r Package.swift Sources Tests

lint: ## Fail when a Swift file is not formatted
	swift format lint -s -r Package.swift Sources Tests

clean: ## Remove everything that was built
	rm -rf .build

packages-build:
	@.ci/packages $(BUILD_PACKAGES)

packages-test:
	@.ci/packages $(TEST_PACKAGES)

$(VENV)/.installed: Tests/EndToEnd/requirements.txt Tests/EndToEnd/requirements-tools.txt
	@echo "Installing Python packages for the tests into $(VENV)"
	python3 -m venv --clear $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r Tests/EndToEnd/requirements.txt
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps -r Tests/EndToEnd/requirements-tools.txt
	touch $@
