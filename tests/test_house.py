"""The rules of the house: format, lint, types, who may import whom, and what the live process never loads."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent

HEAVY = ("torch", "librosa", "numba", "scipy", "skimage", "sklearn", "lime", "matplotlib", "pandas")


@pytest.mark.parametrize(
    "command", [["ruff", "format", "--check", "."], ["ruff", "check", "."], ["mypy"], ["lint-imports"]], ids=" ".join
)
def test_checks_pass(command):
    result = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_live_process_never_loads_what_is_heavy():
    code = f"""
import sys
from edge import cli, config, config_file
from edge.app import Service
from edge.setup.origin import Origin
from pathlib import Path
changes = {{"audio.input": "demo", "web.port": 1, "osc.targets": ["127.0.0.1:9"]}}
settings = config_file.with_values(config.Config(), changes, "test")
import edge.audio.soundcard, edge.audio.udp, edge.doctor
try: Service(settings, Origin(Path('no-such-file')))
except Exception as error: print(error, file=sys.stderr)
from edge.chain import Chain
from edge.model import Model
import numpy as np
Chain(Model(), settings.decision, 48000).push(np.zeros(48000, np.float32))
loaded = sorted({{name.split(".")[0] for name in sys.modules}} & set({HEAVY!r}))
print(",".join(loaded))
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == ""


def test_make_installs_every_package_that_it_lists():
    lists = dict(re.findall(r"^(\w+_PACKAGES) := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shown = subprocess.run(["make", "--dry-run", "test"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in re.findall(r"\$\((\w+_PACKAGES)\)", lists["TEST_PACKAGES"]):
        for package in lists[name].split():
            assert package in shown, f"{name} is not known yet where TEST_PACKAGES asks for it"
