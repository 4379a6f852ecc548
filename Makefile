# make run · make test · make check: all a newcomer needs. Longer work: make train, make bench. A server may want make postgresql.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501
DATA ?= ../shared/data/fracatlas
SEED_C ?= ../shared/data/seed_c
# The networks of the README's comparison (COMPARISON in models/presets.py); pretrained ones want LUCENCY_BACKBONE_WEIGHTS
# or the internet.
SEEDS := seed_a seed_b seed_c seed_d seed_e vgg16 resnet50 mobilenet_v2 efficientnetv2_b0_plain
# With an NVIDIA driver TensorFlow comes with the CUDA libraries of the same version.
CUDA := $(shell nvidia-smi >/dev/null 2>&1 && grep -oE '^tensorflow==[^ ]+' requirements.txt | sed 's/tensorflow/tensorflow[and-cuda]/')

# Installs lists of packages into the environment: $(call install,FILE).
install = if command -v uv >/dev/null; then uv pip install --python $(BIN)/python -r $(1); \
	else $(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(1); fi

.PHONY: run postgresql test coverage check format train seeds compare leak evaluate bench screenshots clean

run: $(VENV)/runtime  ## set up, then serve the dashboard at http://localhost:8501
	$(BIN)/python -m core migrate
	@echo "Lucency: http://localhost:$(PORT)"
	$(BIN)/python -m streamlit run dashboard/app.py --server.port $(PORT)

postgresql: $(VENV)/runtime  ## what LUCENCY_DATABASE_URL=postgresql+psycopg://… needs beside
	$(call install,requirements-postgresql.txt)

test: $(VENV)/tests  ## set up, then run all tests
	$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup

coverage: $(VENV)/tests  ## the floor of coverage: the same tests but those in the browser, a third slower each
	$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup -m 'not browser' --cov --cov-report=term:skip-covered

check: $(VENV)/tests  ## style, format, strict types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/tests
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

train: $(VENV)/runtime  ## train the shipped network again (hours on two cores); goes on after a kill
	$(BIN)/python -m core train --data $(DATA) --preset efficientnetv2_b0 --run-dir runs/efficientnetv2_b0 --out models/shipped

seeds: $(VENV)/runtime  ## train every network of the README's comparison; skips finished ones, goes on after a kill
	for one in $(SEEDS); do \
		test -f runs/seeds/$$one/bundle/MODEL_CARD.md || $(BIN)/python -m core train --no-gate --data $(DATA) \
			--preset $$one --run-dir runs/seeds/$$one --out runs/seeds/$$one/bundle || exit 1; done

compare: $(VENV)/runtime  ## one table of those networks and the shipped one, on the test split
	mkdir -p runs/seeds
	$(BIN)/python -m core compare $(SEEDS:%=runs/seeds/%/bundle) models/shipped --data $(DATA) --split test \
		--predictions runs/seeds/predictions --markdown runs/seeds/table.md

leak: $(VENV)/runtime  ## seed-c's headline on its own data, and what stands beside it
	mkdir -p runs/leak
	$(BIN)/python -m core leak --data $(SEED_C) --elsewhere $(DATA) --run-dir runs/leak --markdown runs/leak/table.md

evaluate: $(VENV)/runtime  ## the README's figures of the shipped network
	$(BIN)/python -m core evaluate --data $(DATA) --split test --report runs/evaluation

bench: $(VENV)/tests  ## every ratio, those of the README among them
	for one in tests/benchmarks/*_bench.py; do $(BIN)/python -m tests.benchmarks.$$(basename $$one .py) || exit 1; done

screenshots: $(VENV)/tests  ## every screen, dark and light, in two sizes
	$(BIN)/python -m tests.browser.screenshots --out runs/screenshots

$(VENV)/runtime: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "Python 3.11, 3.12 or 3.13 is needed, for which TensorFlow is built: make PYTHON=/path/to/python3.13"; exit 1; }
	if command -v uv >/dev/null; then uv venv --allow-existing --python $(PYTHON) $(VENV); else $(PYTHON) -m venv $(VENV); fi
	$(call install,requirements.txt $(CUDA))
	touch $@

$(VENV)/tests: $(VENV)/runtime requirements-dev.txt
	$(call install,requirements-dev.txt)
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis .coverage
