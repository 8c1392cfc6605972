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

.PHONY: help packages build demo test bench lint

help:
	@echo 'make demo    run four cameras of a real shop: tables and pictures in $(OUT)/'
	@echo 'make test    all tests'
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

demo: build
	@if [ ! -d '$(AISLEFLOW_SHARED)/data/nanostore/video' ]; then \
	  echo 'The demo runs on recorded footage until the simulated shop exists, and there is none here:'; \
	  echo 'set AISLEFLOW_SHARED to a folder with data/nanostore/video and models (see CONTRIBUTING.md).'; exit 1; fi
	@echo 'Four cameras of a real shop (recorded footage; the simulated shop does not exist yet).'
	rm -rf '$(OUT)'
	"$${CARGO_TARGET_DIR:-target}"/debug/aisleflow run --config pipeline/examples/nanostore.toml \
	  --data '$(AISLEFLOW_SHARED)/data/nanostore/video' --models '$(AISLEFLOW_SHARED)/models' \
	  --out '$(OUT)/tables' --annotate '$(OUT)/pictures'
	@echo 'Look at $(OUT)/pictures/*.png and *.mp4, and query $(OUT)/tables (schemas/TABLES.md).'

test: packages
	cargo test --workspace --locked

bench: build
	benchmarks/run.sh

lint: packages
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	@if cargo deny --version >/dev/null 2>&1; then cargo deny --all-features check bans licenses sources; \
	  else echo 'skipped: cargo deny is not installed (cargo install cargo-deny)'; fi
