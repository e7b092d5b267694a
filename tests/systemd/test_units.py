"""What systemd itself says of the units: nothing is wrong in them, and how exposed they are."""

import re
import subprocess
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNITS = sorted(path.name for kind in ("service", "socket") for path in SYSTEMD.glob(f"affetto*.{kind}"))
SERVICES = ["affetto.service", "affetto-explain.service"]

MOST_EXPOSED = 2.5


@pytest.fixture
def units(tmp_path):
    """The units, with commands that are there: systemd looks for them."""
    python = tmp_path / "bin"
    python.mkdir()
    for name in ("affetto", "python"):
        (python / name).symlink_to("/bin/true")
    for name in UNITS:
        text = (SYSTEMD / name).read_text()
        assert "ExecStart=/opt/affetto/current/venv/bin/" in text or name.endswith("socket")
        (tmp_path / name).write_text(text.replace("/opt/affetto/current/venv/bin/", f"{python}/"))
    return tmp_path


def test_systemd_finds_nothing_wrong_in_them(units):
    said = _analyze("verify", "--man=no", "--recursive-errors=yes", *(units / name for name in UNITS))
    assert said.returncode == 0, said.stderr
    assert said.stderr == ""


def test_systemd_would_find_what_is_wrong(units):
    unit = units / "affetto.service"
    unit.write_text(unit.read_text().replace("WatchdogSec=10", "WatchdogSeconds=10"))
    assert "WatchdogSeconds" in _analyze("verify", "--man=no", "--recursive-errors=yes", unit).stderr


@pytest.mark.parametrize("name", SERVICES)
def test_they_are_hardly_exposed(units, name):
    said = _analyze("security", "--offline=yes", f"--threshold={10 * MOST_EXPOSED:.0f}", units / name)
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", said.stdout)
    assert exposure is not None, said.stdout + said.stderr
    assert float(exposure[1]) <= MOST_EXPOSED, said.stdout
    assert said.returncode == 0


def test_what_explains_gives_way_to_what_plays():
    plays, explains = (_settings(SYSTEMD / name) for name in SERVICES)
    assert (explains["Nice"], explains["CPUSchedulingPolicy"], explains["IOSchedulingClass"]) == ("19", "idle", "idle")
    assert int(explains["OOMScoreAdjust"]) == 1000
    assert int(plays["OOMScoreAdjust"]) < 0
    assert explains["PrivateNetwork"] == "yes"


def _settings(unit: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in unit.read_text().splitlines() if re.match(r"\w+=", line))


def _analyze(*arguments):
    return subprocess.run(["systemd-analyze", "--no-pager", *arguments], capture_output=True, text=True)
