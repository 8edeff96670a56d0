# `make run` and `make test` need Python 3.11 or newer and nothing else: the first start fills .venv.
PYTHON ?= python3
BIN := .venv/bin
SOURCES := bot core storage tests
WEB := core/export/web
VENDOR := $(WEB)/vendor
TEACHABLE := tests/core/export/teachable

.PHONY: run test test-cluster check format bench faults requirements web web-tests clean

run: .venv/run
	@$(BIN)/python -m bot

# Four processes: the tests wait for bots and workers, and three left a fifth of two cores idle.
# In the order of names acceptance/ begins; by numbers of tests its few long ones would be the last.
# Bytecode is written also where a container's image forbids it: a hundred bots would compile themselves, 1.4 s each.
test: .venv/dev
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder -m 'not slow'

# Clusters of Ray on this machine, one after the other: each takes all its cores.
test-cluster: .venv/dev
	$(BIN)/python -m pytest -m slow

check: .venv/dev
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/dev
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

bench: .venv/dev
	$(BIN)/python -m tests.bench

# kill -9, full disks and the like, each as often as it takes; `make test` has the short forms.
faults: .venv/dev
	$(BIN)/python -m tests.faults

# Pins every dependency with its hash; run it after a change in pyproject.toml.
requirements: .venv/dev
	$(BIN)/uv pip compile --no-config --universal --python-version 3.11 --generate-hashes --quiet --custom-compile-command 'make requirements' pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --no-config --universal --python-version 3.11 --generate-hashes --quiet --custom-compile-command 'make requirements' --extra cluster --extra s3 pyproject.toml -o requirements-cluster.txt
	$(BIN)/uv pip compile --no-config --universal --python-version 3.11 --generate-hashes --quiet --custom-compile-command 'make requirements' --extra s3 pyproject.toml -o requirements-s3.txt
	$(BIN)/uv pip compile --no-config --universal --python-version 3.11 --generate-hashes --quiet --custom-compile-command 'make requirements' --extra dev pyproject.toml -o requirements-dev.txt

# ONNX Runtime for browsers, which a model's page has inside; it needs npm. Without it everything else works.
web: $(VENDOR)/stamp

# Teachable Machine's library, which loads the folders that the tests make; the program itself needs nothing of it.
web-tests: $(TEACHABLE)/vendor/stamp

clean:
	rm -rf $(VENDOR) $(TEACHABLE)/vendor .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

.venv/bin/python:
	$(PYTHON) -m venv .venv

# A stamp a requirements file: as long as it is newer than the file, a start installs nothing.
.venv/run: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ .venv/run

# Two of the package's files, by the hashes of the lock; no script of a package runs.
$(VENDOR)/stamp: $(WEB)/package.json $(WEB)/package-lock.json
	rm -rf $(VENDOR) && mkdir -p $(VENDOR)/npm
	cp $(WEB)/package.json $(WEB)/package-lock.json $(VENDOR)/npm
	cd $(VENDOR)/npm && npm ci --ignore-scripts --no-audit --no-fund --loglevel error
	mv $(VENDOR)/npm/node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs $(VENDOR)
	mv $(VENDOR)/npm/node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm $(VENDOR)
	rm -rf $(VENDOR)/npm
	@touch $@

$(TEACHABLE)/vendor/stamp: $(TEACHABLE)/package.json $(TEACHABLE)/package-lock.json
	rm -rf $(@D) && mkdir -p $(@D)/npm
	cp $(TEACHABLE)/package.json $(TEACHABLE)/package-lock.json $(@D)/npm
	cd $(@D)/npm && npm ci --ignore-scripts --no-audit --no-fund --loglevel error
	mv $(@D)/npm/node_modules/@tensorflow/tfjs/dist/tf.min.js $(@D)
	mv $(@D)/npm/node_modules/@teachablemachine/image/dist/teachablemachine-image.min.js $(@D)
	rm -rf $(@D)/npm
	@touch $@
