"""What the instrument is made of: `sbom` writes a bill of materials with licences, `audit` looks for known weaknesses.

Both speak of `systemd/requirements.txt`, in which `make lock` names every file that is installed by its hash.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LOCK = HERE / "requirements.txt"
BIN = Path(sys.executable).parent

LICENCES = {
    # no wheel is installed on a computer without GPIO
    "lgpio": "Unlicense",
    "spidev": "MIT",
    # these carry a text, or a name that is none of SPDX's
    "lime": "BSD-2-Clause",
    "matplotlib": "LicenseRef-Matplotlib",
    "protobuf": "BSD-3-Clause",
    "python-osc": "Unlicense",
}
"""Of packages whose metadata does not name one that a program understands; each was read in the package."""

BY_CLASSIFIER = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "Zope Public License": "ZPL-2.1",
}

ALLOWED = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0"),
    *("Unlicense", "ZPL-2.1", "Zlib", "LicenseRef-Matplotlib"),
    # of a library that is loaded at run time, unchanged, and can be replaced
    "LGPL-2.1-or-later",
    # of files that are unchanged
    "MPL-2.0",
}
"""What may be installed beside code under MIT."""

UNREACHABLE = (
    "audit: the service that knows of weaknesses cannot be reached from here, so nothing was audited; "
    "run `make audit` on a computer with the Internet"
)


def locked() -> dict[str, str]:
    """Return the version of each package that the lock names for Linux."""
    lines = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)(.*)$", LOCK.read_text("ascii"), re.M)
    return {name: version for name, version, marker in lines if "win32" not in marker}


def licence(name: str) -> str:
    """Return a package's licence as SPDX writes it, or "" if nobody knows."""
    if name in LICENCES:
        return LICENCES[name]
    try:
        said = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    text = said.get("License-Expression") or said.get("License") or ""
    if not licences_not_allowed(text):
        return text
    kinds = [line.rpartition(" :: ")[2] for line in said.get_all("Classifier") or ()]
    return next((BY_CLASSIFIER[kind] for kind in kinds if kind in BY_CLASSIFIER), text.splitlines()[0] if text else "")


def licences_not_allowed(expression: str) -> list[str]:
    """Return the parts of an SPDX expression that are not in `ALLOWED`; [""] where nothing is said."""
    parts = [part.strip(" ()") for part in re.split(r"\bAND\b|\bOR\b", expression)]
    return [part for part in parts if part not in ALLOWED]


def bill() -> dict[str, Any]:
    """Return the bill of materials as CycloneDX 1.6, each package with its hashes and its licence."""
    told = subprocess.run(
        [BIN / "cyclonedx-py", "requirements", "--no-validate", "--output-reproducible", "--spec-version", "1.6", LOCK],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    document: dict[str, Any] = json.loads(told.stdout)
    versions = locked()
    parts = [part for part in document["components"] if part["name"] in versions]
    for part in parts:
        part["bom-ref"] = part["purl"]
        part["licenses"] = [{"expression": licence(part["name"])}]
        del part["description"]  # the line of the lock, with all its hashes once more
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text("utf-8"))["project"]
    whole = {
        "type": "application",
        "bom-ref": "affetto",
        "name": "affetto",
        "version": project["version"],
        "licenses": [{"expression": project["license"]}],
    }
    weights = {
        "type": "machine-learning-model",
        "bom-ref": "affetto-model",
        "name": "affetto.onnx",
        "licenses": [{"expression": "CC-BY-NC-SA-4.0"}],
    }
    document["metadata"]["component"] = whole
    document["components"] = [*parts, weights]
    needs = [part["bom-ref"] for part in document["components"]]
    document["dependencies"] = [{"ref": "affetto", "dependsOn": needs}, *({"ref": ref} for ref in needs)]
    return document


def write_bill(folder: Path) -> Path:
    """Write the bill into a folder; return the file."""
    document = bill()
    folder.mkdir(exist_ok=True)
    file = folder / f"affetto-{document['metadata']['component']['version']}.cdx.json"
    file.write_text(json.dumps(document, indent=1) + "\n")
    return file


def audit() -> int:
    """Say which packages have known weaknesses; 0 if none has, 1 if some have, 2 if nobody could be asked."""
    for service in ("pypi", "osv"):
        asked = subprocess.run(
            [BIN / "pip-audit", "--requirement", LOCK, "--require-hashes", "--disable-pip", "--format", "json",
             "--progress-spinner", "off", "--vulnerability-service", service],
            capture_output=True, text=True,
        )  # fmt: skip
        try:
            answers = json.loads(asked.stdout)["dependencies"]
        except (ValueError, KeyError):
            continue
        known = [answer for answer in answers if "vulns" in answer]
        if not known:
            continue
        for answer in known:
            for weakness in answer["vulns"]:
                better = ", ".join(weakness["fix_versions"]) or "none yet"
                print(f"{answer['name']} {answer['version']}: {weakness['id']}; mended in: {better}")
        for name in sorted({answer["name"] for answer in answers} - {answer["name"] for answer in known}):
            print(f"{name}: could not be audited")
        weak = sum(bool(answer["vulns"]) for answer in known)
        print(f"audit: {len(known)} of {len(answers)} packages were looked up; {weak} have known weaknesses")
        return int(weak > 0 or len(known) < len(answers))
    print(UNREACHABLE, file=sys.stderr)
    return 2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["sbom", "audit"])
    if parser.parse_args().what == "audit":
        return audit()
    print(write_bill(HERE.parent / "dist"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
