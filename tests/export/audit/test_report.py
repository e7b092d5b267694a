from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from matplotlib.image import imread

from edge.model import bundled_model
from export.audit import pictures, report
from export.audit.compare import audit
from export.audit.music import Music
from export.cli import main
from export.notes import CorpusError
from tests.export.audit.planted import model


def test_the_page_says_what_was_found_and_that_it_is_gone(tmp_path: Path, found: dict) -> None:
    report.write(tmp_path / "new" / "audit", found)
    folder = tmp_path / "new" / "audit"
    assert sorted(p.name for p in folder.iterdir()) == ["audit.json", "audit.md", "carriers.png", "groups.png"]
    assert json.loads((folder / "audit.json").read_text()) == found
    said = next(line for line in (folder / "audit.md").read_text().splitlines() if line.startswith("- **guitar bright"))
    assert "sad**: said 75 [" in said
    assert "no longer clear (a clear change" in said
    assert "- **guitar bright**: right -75 [" in (folder / "audit.md").read_text()
    assert "most is carried by brightness" in said
    for name in ("groups.png", "carriers.png"):
        assert 700 < imread(folder / name).shape[1] < 1100


def test_without_a_finding_it_says_so(tmp_path: Path, heard: Music) -> None:
    report.write(tmp_path / "audit", audit({"model": model(0.0)}, heard, clips=0))
    page = (tmp_path / "audit" / "audit.md").read_text()
    assert "No group stands out" in page
    assert "What carries" not in page


def test_an_audit_is_written_whole_or_not_at_all(tmp_path: Path, found: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    report.write(tmp_path / "audit", found)
    before = (tmp_path / "audit" / "audit.md").read_bytes()

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(pictures, "carriers_picture", full)
    for name in ("audit", "other"):
        with pytest.raises(OSError, match="no space"):
            report.write(tmp_path / name, found | {"heard": {"takes": 1, "songs": 1}})
    assert [p.name for p in tmp_path.iterdir()] == ["audit"]
    assert (tmp_path / "audit" / "audit.md").read_bytes() == before


def test_an_earlier_audit_is_replaced_and_nothing_else(tmp_path: Path, found: dict) -> None:
    report.write(tmp_path / "audit", found)
    report.write(tmp_path / "audit", found)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.md").write_text("precious")
    with pytest.raises(CorpusError, match="give another folder"):
        report.write(tmp_path / "other", found)
    assert (tmp_path / "other" / "thesis.md").read_text() == "precious"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "give either a MODEL"),
        (["x.pt", "--demonstrate"], "give either a MODEL"),
        (["--after", "x.pt"], "give either a MODEL"),
        (["nowhere.onnx"], "nowhere.onnx: no such model"),
        (["torn.pt"], "torn.pt: not a checkpoint"),
        (["torn.onnx"], "torn.onnx: not a model"),
        ([str(bundled_model()), "--output", "torn.pt"], "holds something else"),
        ([str(bundled_model()), "--table", "t.csv", "--recordings", "."], "without --recordings"),
        ([str(bundled_model()), "--recordings", "."], "holds neither acoustic-guitar nor electric-guitar"),
    ],
)
def test_a_bad_argument_is_answered_in_one_line(
    arguments: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("torn.pt", "torn.onnx"):
        Path(name).write_bytes(b"torn")
    result = CliRunner().invoke(main, ["audit", *arguments])
    assert result.exit_code == 1
    assert says in result.output
    assert len(result.output.strip().splitlines()) == 1
    assert not Path("runs").exists()
