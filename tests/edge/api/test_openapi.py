"""The description of the addresses is complete and valid."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask
from openapi_spec_validator import validate

from edge.api import create_app
from edge.api.openapi import ADDRESS
from edge.config import Explain, Web
from edge.explain.process.service import Explainer
from edge.mailbox import Broadcast
from tests.edge.api.playing import mirror, status
from tests.edge.takes.playing import Playing


@pytest.fixture
def app(tmp_path) -> Flask:
    playing = Playing(tmp_path / "takes")
    return create_app(Broadcast(), status, mirror, Web(), Explainer(None, Explain()), playing.takes)


def test_it_is_valid_and_read_once_only(app: Flask) -> None:
    answer = app.test_client().get(ADDRESS)
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    validate(json.loads(answer.data))
    again = app.test_client().get(ADDRESS, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_every_address_is_in_it_and_declares_itself(app: Flask) -> None:
    document = app.test_client().get(ADDRESS).json
    described = {(path, method.upper()) for path, methods in document["paths"].items() for method in methods}
    there = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert there <= described
    assert {path for path, _ in described - there} <= {"/healthz", "/metrics"}
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            assert hasattr(app.view_functions[rule.endpoint], "declared"), f"{rule.rule}: @documented(…) is missing"
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], f"{method} {path}: the view has no docstring"
            assert any(int(code) < 300 for code in operation["responses"]), f"{method} {path}"
