"""What people take away."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from msgspec.structs import replace
from PIL import Image, ImageColor

from edge.errors import TakesError
from edge.report import CSV_HEADER
from edge.takes.export import FORMATS, REPORT_MOST_S, write, write_all
from edge.takes.picture import SHOWN
from edge.takes.take import Take, TakeState
from edge.types import EMOTIONS
from tests.edge.takes.playing import Playing, read


class Pipe(io.RawIOBase):
    """A stream that cannot be sought, as a connection is."""

    def __init__(self) -> None:
        self.content = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:
        self.content += data
        return len(data)

    def tell(self) -> int:
        raise OSError

    def seek(self, *_: int) -> int:
        raise OSError


@pytest.fixture
def take(playing: Callable[..., Playing]) -> tuple[Take, Path]:
    player = playing()
    player.recorder.record("</script><b>Blue</b>")
    player.play(4)
    done = player.recorder.stop()
    return player.library.change(done.id, meant="relaxed", tags=["a"]), player.library.folder_of(done)


def exported(take: tuple[Take, Path], format: str) -> bytes:
    pipe = Pipe()
    write(*take, format, pipe)
    return bytes(pipe.content)


@pytest.mark.parametrize("format", ["flac", "wav"])
def test_the_sound_is_the_same(take: tuple[Take, Path], format: str) -> None:
    sound, rate_hz = soundfile.read(io.BytesIO(exported(take, format)), dtype="float32")
    assert rate_hz == take[0].rate_hz
    np.testing.assert_array_equal(sound, read(take[1])[0])


def test_the_table_has_a_row_for_each_step(take: tuple[Take, Path]) -> None:
    rows = list(csv.DictReader(io.StringIO(exported(take, "csv").decode())))
    assert tuple(rows[0]) == CSV_HEADER
    assert len(rows) == pytest.approx(43, abs=1)
    assert rows[0]["file"] == take[0].name
    assert sum(float(rows[-1][f"p_{e}"]) for e in EMOTIONS) == pytest.approx(1, abs=1e-4)


def test_the_document_is_that_of_analyze_and_says_what_was_meant(take: tuple[Take, Path]) -> None:
    document = json.loads(exported(take, "json"))
    assert {"schema", "file", "duration_s", "model", "overall", "predictions"} < document.keys()
    assert document["overall"]["label"] == take[0].label
    assert (document["take"]["meant"], document["take"]["tags"]) == ("relaxed", ["a"])
    assert len(document["predictions"]) == pytest.approx(43, abs=1)
    assert set(document["predictions"][0]["mid_level"]["dissonance"]["effects"]) == set(EMOTIONS)


def test_the_report_stands_alone(take: tuple[Take, Path]) -> None:
    page = exported(take, "html").decode()
    assert "<b>Blue" not in page
    assert "</script><b" not in page
    assert "data:audio/ogg;base64," in page


def test_the_picture_shows_who_leads_when(take: tuple[Take, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    with Image.open(io.BytesIO(exported((replace(take[0], name="a $x^{ b"), take[1]), "png"))) as image:
        assert (image.format, image.size) == ("PNG", (1500, 840))
        colours = {colour for count, colour in image.convert("RGB").getcolors(1 << 20) or [] if count > 3000}
    shown = {EMOTIONS[k] for k in take[0].timeline["labels"] if k >= 0}
    assert colours >= {ImageColor.getrgb(SHOWN[emotion]) for emotion in shown}
    monkeypatch.setattr("edge.explain.needs.find_spec", lambda _: None)
    with pytest.raises(TakesError, match="pip install"):
        exported(take, "png")


def test_one_archive_can_hold_all_takes(take: tuple[Take, Path]) -> None:
    cut = replace(take[0], id="0" * 12, number=2, state=TakeState.FAILED)
    pipe = Pipe()
    write_all([cut, take[0]], take[1].parent, pipe)
    with zipfile.ZipFile(io.BytesIO(bytes(pipe.content))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["takes.csv", *(f"affetto-take-1.{ending}" for ending in ("flac", "csv", "json"))]
        assert archive.read("affetto-take-1.flac") == (take[1] / "sound.flac").read_bytes()
        rows = list(csv.DictReader(io.StringIO(archive.read("takes.csv").decode())))
    assert [(row["number"], row["meant"], row["tags"]) for row in rows] == [
        ("2", "relaxed", "a"),
        ("1", "relaxed", "a"),
    ]
    assert float(rows[1][f"p_{take[0].label}"]) == max(take[0].probabilities.values())


def test_the_archive_holds_everything(take: tuple[Take, Path]) -> None:
    with zipfile.ZipFile(io.BytesIO(exported(take, "zip"))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"affetto-take-1.{ending}" for ending in ("flac", "csv", "json", "html")]
        assert archive.read("affetto-take-1.flac") == (take[1] / "sound.flac").read_bytes()
        assert archive.read("affetto-take-1.csv") == exported(take, "csv")


def test_what_cannot_be_had_is_said(take: tuple[Take, Path]) -> None:
    with pytest.raises(TakesError, match="one of " + ", ".join(FORMATS)):
        exported(take, "mp3")
    with pytest.raises(TakesError, match="take the ZIP"):
        exported((replace(take[0], duration_s=REPORT_MOST_S + 1), take[1]), "html")
