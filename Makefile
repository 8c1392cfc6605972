# Two commands do everything: `make demo` and `make test`. Both install what they need and say what they install.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# Footage and models for trials: data/ and models/ below it. Not part of the project; see CONTRIBUTING.md.
ifneq ($(wildcard ../shared),)
export AISLEFLOW_SHARED ?= $(abspath ../shared)
endif

PACKAGES := libavcodec-dev libavformat-dev libavutil-dev libswscale-dev libclang-dev clang pkg-config ffmpeg gcc make
OUT ?= demo-out
SCENARIO ?= benchmarks/simstore/scenarios/demo.toml

.PHONY: help packages build demo demo-real test bench lint train-smoke fit

help:
	@echo 'make demo    a minute of a simulated shop: tables, pictures and the truth in $(OUT)/'
	@echo 'make test    all tests'
	@echo 'make train-smoke  the recipe of our own network at toy size (models/train/README.md)'
	@echo 'make fit RECEIPTS=FILE [COEFFICIENTS=FILE]  what suggestions and reminders are made by, from receipts of your own'
	@echo 'make bench   the long measurements of benchmarks/'
	@echo 'make lint    formatting, clippy, licences'

packages:
	@missing=''; \
	for package in $(PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  echo "installing Debian packages:$$missing"; \
	  root=''; [ "$$(id -u)" = 0 ] || root=sudo; \
	  $$root apt-get update -qq; \
	  DEBIAN_FRONTEND=noninteractive $$root apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi; \
	command -v cargo >/dev/null || { echo 'Rust is missing: install it with rustup (rustup.rs), then run make again'; exit 1; }

build: packages
	cargo build --workspace --locked

# A minute of a simulated shop, through everything that exists. Shops, models and seeds of your own: see README.md.
demo: build
	@rm -rf '$(OUT)/tables' '$(OUT)/pictures'
	@bin="$${CARGO_TARGET_DIR:-target}/debug"; \
	echo; echo '1. The shop opens: a minute, four shoppers, six cameras, scales and a gate.'; \
	"$$bin/simstore" generate --scenario $(SCENARIO) --out '$(OUT)/shop' --level video; \
	echo; echo '2. aisleflow runs on what its sensors delivered.'; \
	"$$bin/aisleflow" run --config '$(OUT)/shop/store.toml' --data '$(OUT)/shop' --out '$(OUT)/tables' --annotate '$(OUT)/pictures'; \
	echo; echo '3. Who was where, on whose account, beside the truth.'; \
	"$$bin/simstore" score --truth '$(OUT)/shop/truth' --tables '$(OUT)/tables' | tee '$(OUT)/score.txt'; \
	echo; echo '4. Look, and ask.'; \
	echo '   $(OUT)/pictures/plan.png    the floor: paths, and how long people stayed where'; \
	echo '   $(OUT)/pictures/journeys/   each visit: where they went, and for how long they were in which zone'; \
	echo '   $(OUT)/pictures/floor.mp4   all cameras beside the floor; *.mp4 and *.png: each camera, with boxes'; \
	echo '   $(OUT)/tables/              the tables: schemas/TABLES.md'; \
	echo '   $(OUT)/shop/truth/          the truth: benchmarks/simstore/TRUTH.md'; \
	sed 's/^/   /; s,OUT,$(OUT),g' benchmarks/simstore/queries.sql

# The real shop of the recorded footage, where that is at hand.
demo-real: build
	@if [ ! -d '$(AISLEFLOW_SHARED)/data/nanostore/video' ]; then \
	  echo 'There is no recorded footage here: set AISLEFLOW_SHARED to a folder with data/nanostore/video (see CONTRIBUTING.md).'; exit 1; fi
	rm -rf '$(OUT)-real'
	"$${CARGO_TARGET_DIR:-target}"/debug/aisleflow run --config pipeline/examples/nanostore.toml \
	  --data '$(AISLEFLOW_SHARED)/data/nanostore/video' --models '$(AISLEFLOW_SHARED)/models' \
	  --out '$(OUT)-real/tables' --annotate '$(OUT)-real/pictures'

test: packages
	cargo test --workspace --locked

train-smoke: build
	models/train/smoke.sh

RECEIPTS ?=
COEFFICIENTS ?= coefficients.json
fit: build
	@test -n '$(RECEIPTS)' || { echo 'make fit RECEIPTS=receipts.parquet (household_id, basket_id, event_time, sku, category)'; exit 1; }
	"$${CARGO_TARGET_DIR:-target}"/debug/aisleflow personalise fit --receipts '$(RECEIPTS)' --out '$(COEFFICIENTS)'

bench: build
	benchmarks/run.sh

lint: packages
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	@if cargo deny --version >/dev/null 2>&1; then cargo deny --all-features check bans licenses sources; \
	  else echo 'skipped: cargo deny is not installed (cargo install cargo-deny)'; fi
