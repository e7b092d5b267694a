"""The languages that the page speaks are told to everybody."""

from __future__ import annotations

from pathlib import Path

from edge.api import create_app
from edge.api.languages import Language, dictionaries
from edge.config import Web
from edge.mailbox import Broadcast
from tests.edge.api.playing import mirror, status
from webui import FOLDER


def test_guests_are_told_english_first_and_each_dictionary_by_its_own_name() -> None:
    client = create_app(Broadcast(), status, mirror, Web(trust_this_machine=False)).test_client()
    said = client.get("/api/languages").json["languages"]
    assert said[0] == {"code": "en", "name": "English"}
    assert {"code": "it", "name": "Italiano"} in said
    assert len(said) == 1 + len(list(FOLDER.glob("lang-*.json")))
    for language in said[1:]:
        dictionary = client.get(f"/lang-{language['code']}.json")
        assert dictionary.content_type == "application/json"
        assert dictionary.json["English"] == language["name"]


def test_a_new_language_is_one_more_file(tmp_path: Path) -> None:
    (tmp_path / "lang-fr.json").write_text('{"English": "Français"}')
    (tmp_path / "lang-de.json").write_text('{"English": "Deutsch", "Live": "Live"}')
    assert dictionaries(tmp_path) == [Language("de", "Deutsch"), Language("fr", "Français")]
