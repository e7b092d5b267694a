"""Every address of the real service, asked by schemathesis for what its description allows, and for what not."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.api.permission import COOKIE
from edge.owner.access import Access
from tests.edge.api.client import wait_until
from tests.edge.service import RunningService, running_for_strangers

SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"

STREAMS = ("/api/live", "/api/explanations/{id}/events")
"""These do not end; tests/edge/api/test_live.py follows them."""

SLOW = "/api/doctor"
"""Asked once only: it takes seconds."""

LASTING = (
    "POST /api/restart",
    "POST /api/restore",
    "POST /api/restore/undo",
    "POST /api/stage",
    "DELETE /api/owner/devices",
)
"""After these, nothing else could be asked; they must refuse everybody but the owner."""

BY_CONTENT = (
    "POST /api/explanations",
    "POST /api/preview/reactivity",
    "POST /api/takes/upload",
    "POST /api/test/led",
    "POST /api/test/midi",
    "POST /api/test/osc",
    "PATCH /api/settings",
    "PATCH /api/takes/{id}",
)
"""What fits the schema of these may still be refused for what it says."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    # the owner's requests are those with the cookie
    with running_for_strangers(tmp_path_factory.mktemp("fuzzed")) as service:
        yield service


@pytest.fixture(scope="module")
def token(service: RunningService) -> str:
    """The owner's."""
    return Access(service.log.parent / "state" / "affetto").pair("fuzzer")


@pytest.fixture(scope="module")
def document(service: RunningService, token: str) -> Path:
    """The service's own description, which also tells the ids that there are: nobody would guess them."""

    def ask(method: str, path: str, body: Any = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
        headers = {"Content-Type": "application/json", "Cookie": f"{COOKIE}={token}", "Origin": origin(service)}
        connection.request(method, path, json.dumps(body), headers)
        return json.loads(connection.getresponse().read())

    wait_until(lambda: ask("GET", "/api/takes")["in_memory_s"] > 2, 20)
    wait_until(lambda: ask("GET", "/api/status")["explanations"]["state"] == "ready", 60)
    known = {
        "/api/takes/": [ask("POST", "/api/takes/keep", {"seconds": 1.5})["id"] for _ in range(3)],
        "/api/explanations/": [ask("POST", "/api/explanations", {"samples": 8, "by": by})["id"]
                               for by in ("regions", "effects")],
    }  # fmt: skip
    described = ask("GET", "/api/openapi.json")
    for path, operations in described["paths"].items():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                if parameter["name"] == "id" and (ids := known.get(path.partition("{")[0])):
                    parameter["schema"] = {"type": "string", "enum": [*ids, "0" * 12]}
                if parameter["name"] == "name" and parameter["in"] == "path":
                    parameter["schema"] = {"type": "string", "enum": ["original.wav", "alone.wav", "none.wav"]}
    file = service.log.parent / "openapi.json"
    file.write_text(json.dumps(described))
    return file


def origin(service: RunningService) -> str:
    return f"http://127.0.0.1:{service.port}"


def fuzz(service: RunningService, document: Path, token: str, *options: str) -> None:
    config = document.with_name("schemathesis.toml")
    config.write_text("\n".join([
        "seed = 1",
        "[generation]",
        "deterministic = true",
        *(("[auth.openapi.owner]", f'api_key = "{token}"') if token else ()),
        *(line for name in BY_CONTENT for line in (
            "[[operations]]", f'include-name = "{name}"',
            "[operations.checks.positive_data_acceptance]",
            'expected-statuses = ["2xx", 400, 401, 403, 404, 409, 413, 415, 429, 503]',
        )),
    ]))  # fmt: skip
    told = subprocess.run(
        [SCHEMATHESIS, "--config-file", config, "run", document, "--url", origin(service),
         "--request-timeout", "60", "--max-response-time", "60",
         "--no-color", "--continue-on-failure", "--checks", "all", "--warnings", "off",
         f"--header=Origin: {origin(service)}",
         *(f"--exclude-path={path}" for path in STREAMS), *options],
        capture_output=True, text=True, timeout=280, cwd=document.parent,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr
    # what was not foreseen would be in the log; a port, a disk or a light that is not there is foreseen
    assert "Traceback" not in service.log.read_text(), service.log.read_text()


def test_the_owner_gets_what_is_declared(service: RunningService, document: Path, token: str) -> None:
    fuzz(
        service,
        document,
        token,
        "--phases=coverage,fuzzing",
        "--max-examples=12",
        f"--exclude-path={SLOW}",
        *(f"--exclude-name={name}" for name in LASTING),
    )
    fuzz(service, document, token, "--phases=fuzzing", "--max-examples=1", "--mode=positive", f"--include-path={SLOW}")
    assert service.healthy()


def test_a_guest_gets_what_is_declared_and_changes_nothing_that_lasts(service: RunningService, document: Path) -> None:
    before = (service.log.parent / "config.toml").read_text()
    fuzz(service, document, "", "--phases=coverage", *(f"--include-name={name}" for name in LASTING))
    assert (service.log.parent / "config.toml").read_text() == before
    assert service.healthy()
