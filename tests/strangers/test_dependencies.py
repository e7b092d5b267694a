"""What is installed on the instrument: each file by its hash, tested versions, known licences, a bill of materials."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from systemd import dependencies

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).parent / "uv"

WITHOUT_WHEEL = {"3.11": {"lime", "spidev"}, "3.12": {"lime", "spidev"}, "3.13": {"lime", "spidev", "lgpio"}}
"""Built where they are installed, from source that the lock names by its hash too; Debian has spidev and lgpio."""


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_locked_versions_are_those_that_are_tested() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    tested = {normal(name): version for name, _, version in (line.partition("==") for line in lines if "==" in line)}
    for name, version in dependencies.locked().items():
        assert tested.get(name) == version, name


def test_what_the_project_names_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(line for extra in ("midi", "led", "explain")
                                          for line in project["optional-dependencies"][extra])]  # fmt: skip
    assert {normal(re.match(r"[\w.-]+", line)[0]) for line in wanted} <= set(dependencies.locked())


def test_every_package_has_hashes_and_nothing_else_is_installed() -> None:
    text = dependencies.LOCK.read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert len(lines) >= 50
    for line in lines:
        assert re.fullmatch(r"[a-z0-9-]+==\S+( ; .*?)?\s+(--hash=sha256:[0-9a-f]{64}\s*)+", line), line[:80]


@pytest.mark.parametrize("machine", ["aarch64", "x86_64"])
@pytest.mark.parametrize("python", WITHOUT_WHEEL)
def test_the_lock_is_complete_for_each_python_and_machine(tmp_path: Path, python: str, machine: str) -> None:
    """A resolver finds everything that is needed in it, as wheels for the C library of Bookworm, by their hashes."""
    built = [word for name in WITHOUT_WHEEL[python] for word in ("--no-binary", name)]
    done = subprocess.run(
        [UV, "pip", "install", "--dry-run", "--require-hashes", "--python-version", python, "--python-platform",
         f"{machine}-manylinux_2_36", "--target", tmp_path, "--only-binary", ":all:", *built,
         "--requirement", dependencies.LOCK],
        capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    if "error sending request" in done.stderr or "Connect" in done.stderr:
        pytest.skip("the package index cannot be reached")
    assert done.returncode == 0, done.stderr
    assert "Would install 5" in done.stderr


def test_another_file_than_the_locked_one_is_refused(tmp_path: Path) -> None:
    line = re.search(r"^segno==\S+", dependencies.LOCK.read_text(), re.M)[0]
    (tmp_path / "lock.txt").write_text(f"{line} --hash=sha256:{'0' * 64}\n")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--require-hashes", "--no-deps", "-d", tmp_path, "-r",
         tmp_path / "lock.txt"],
        capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    if "THESE PACKAGES DO NOT MATCH THE HASHES" not in done.stderr.upper() and "connection" in done.stderr.lower():
        pytest.skip("the package index cannot be reached")
    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr


def test_every_licence_is_known_and_allowed() -> None:
    refused = {name: found for name in dependencies.locked()
               if dependencies.licences_not_allowed(found := dependencies.licence(name))}  # fmt: skip
    assert refused == {}


def test_what_is_not_allowed_is_found() -> None:
    assert dependencies.licences_not_allowed("MIT AND GPL-3.0-only") == ["GPL-3.0-only"]
    assert dependencies.licences_not_allowed("") == [""]


def test_the_bill_of_materials_lists_each_locked_package_with_hash_and_licence(tmp_path: Path) -> None:
    file = dependencies.write_bill(tmp_path / "dist")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(file.read_text()) is None
    parts = {part["name"]: part for part in json.loads(file.read_text())["components"]}
    assert {name: parts[name]["version"] for name in dependencies.locked()} == dependencies.locked()
    for name in dependencies.locked():
        assert parts[name]["purl"] == f"pkg:pypi/{name}@{dependencies.locked()[name]}"
        assert parts[name]["externalReferences"][0]["hashes"]
        assert parts[name]["licenses"][0]["expression"]
    assert parts["affetto.onnx"]["licenses"] == [{"expression": "CC-BY-NC-SA-4.0"}]


def test_an_audit_that_reaches_nobody_does_not_say_that_all_is_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pip-audit").write_text(
        '#!/bin/sh\necho \'{"dependencies": [{"name": "flask", "skip_reason": "not found"}], "fixes": []}\'\n'
    )
    (tmp_path / "pip-audit").chmod(0o755)
    monkeypatch.setattr(dependencies, "BIN", tmp_path)
    assert dependencies.audit() == 2
    assert "nothing was audited" in capsys.readouterr().err


def test_an_audit_names_what_is_weak(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pip-audit").write_text(
        '#!/bin/sh\necho \'{"dependencies": [{"name": "flask", "version": "1.0", "vulns": [{"id": "CVE-1", '
        '"fix_versions": ["1.1"]}]}], "fixes": []}\'\n'
    )
    (tmp_path / "pip-audit").chmod(0o755)
    monkeypatch.setattr(dependencies, "BIN", tmp_path)
    assert dependencies.audit() == 1
    assert "flask 1.0: CVE-1; mended in: 1.1" in capsys.readouterr().out
