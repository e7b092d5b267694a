# Affetto: `make run` plays, `make test` tests. Both make the virtual environment first.

PYTHON ?= $(firstword $(foreach v,python3.11 python3.12 python3.13 python3,$(shell $(v) -c 'import sys; 3.11 <= sys.version_info[0] + sys.version_info[1] / 100 < 3.14 and print("$(v)")' 2>/dev/null)))
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

RUN_PACKAGES := libportaudio2
ARM_PACKAGES := qemu-user g++ curl
MACHINE_PACKAGES := busybox curl dnsmasq-base qemu-system-x86 qemu-system-arm qemu-user
INSTALL_PACKAGES := systemd dbus procps python3-venv shellcheck
TEST_PACKAGES := $(RUN_PACKAGES) jackd2 fluidsynth fluid-soundfont-gm liblo-tools puredata-core lua5.1 ffmpeg chromium busybox curl dnsmasq-base iproute2 nftables shellcheck $(ARM_PACKAGES) fuse3 libfaketime $(INSTALL_PACKAGES)

.PHONY: run bundle test test-install test-machine test-faults test-arm bench check explain-report lock sbom audit fuzz clean

run: $(VENV)/run.stamp
	@systemd/need-packages.sh --optional $(RUN_PACKAGES)
	@$(BIN)/affetto run $(ARGS)

# one archive from which a board installs without the Internet; `make bundle ARGS="--arch x86_64"` for a PC
bundle: $(VENV)/run.stamp
	@systemd/bundle.sh $(ARGS)

test: $(VENV)/dev.stamp
	@systemd/need-packages.sh $(TEST_PACKAGES)
	$(BIN)/python -m pytest $(ARGS)

test-arm: $(VENV)/dev.stamp
	@systemd/need-packages.sh $(ARM_PACKAGES)
	$(BIN)/python -m pytest tests/arm $(ARGS)

# on fresh Debian systems, with everything; the first time they are made, which takes minutes
test-install: $(VENV)/dev.stamp
	@systemd/need-packages.sh $(INSTALL_PACKAGES) curl libportaudio2 debootstrap
	AFFETTO_DEBIAN=bookworm $(BIN)/python -m pytest tests/systemd/test_install.py tests/systemd/test_install_online.py $(ARGS)
	AFFETTO_DEBIAN=trixie $(BIN)/python -m pytest tests/systemd/test_install.py tests/systemd/test_install_online.py $(ARGS)

test-machine: $(VENV)/dev.stamp
	@systemd/need-packages.sh $(MACHINE_PACKAGES)
	$(BIN)/python -m pytest -m machine $(ARGS)

# every fault, with many power cuts and a day of sound, and a table of what was said; `make test-faults ARGS="-k power"`
test-faults: $(VENV)/dev.stamp
	@systemd/need-packages.sh $(TEST_PACKAGES)
	AFFETTO_CUTS=20 AFFETTO_HOURS=24 $(BIN)/python -m tests.faults $(ARGS)

bench: $(VENV)/dev.stamp
	@systemd/need-packages.sh $(TEST_PACKAGES)
	$(BIN)/python -m tests.bench $(ARGS)

explain-report: $(VENV)/dev.stamp
	@systemd/need-packages.sh $(TEST_PACKAGES)
	$(BIN)/affetto-model explain-report $(ARGS)

check: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# what the instrument installs, each file by its hash; versions are those of constraints.txt
lock: $(VENV)/dev.stamp
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --python-version 3.11 \
		--constraints constraints.txt --extra midi --extra led --extra explain \
		--custom-compile-command "make lock" --output-file systemd/requirements.txt pyproject.toml

sbom: $(VENV)/dev.stamp
	@$(BIN)/python systemd/dependencies.py sbom

audit: $(VENV)/dev.stamp
	@$(BIN)/python systemd/dependencies.py audit

# the tests of strangers with many more inputs: `make fuzz ARGS=1000` tries so many times as many as `make test`
fuzz: $(VENV)/dev.stamp
	@systemd/need-packages.sh $(TEST_PACKAGES)
	AFFETTO_FUZZ=$(or $(ARGS),100) $(BIN)/python -m pytest -o timeout=0 --durations=0 tests/strangers -k 'fuzz or damaged or any_'

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/bin/pip:
	@test -n "$(PYTHON)" || { echo "make: Python 3.11, 3.12 or 3.13 is needed: sudo apt install python3 python3-venv"; exit 1; }
	@systemd/need-packages.sh --venv $(PYTHON)
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: pyproject.toml constraints.txt | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[midi,explain]'
	@touch $@

$(VENV)/dev.stamp: pyproject.toml constraints.txt | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/run.stamp
