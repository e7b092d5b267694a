import json
from pathlib import Path

import pytest
from PIL import Image

from edge.model import Model
from export.explanations import kept, plan, report

pytestmark = pytest.mark.data

_MOST_BYTES = 150_000


@pytest.mark.timeout(600)
def test_report_is_written_and_an_interrupted_one_goes_on(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, output = tmp_path / "runs", tmp_path / "out"
    told: list[str] = []
    found = report.write(plan.quick(runs / "references"), runs, output, 2, told.append)
    written = json.loads((output / report.DATA).read_text())
    assert written["schema"] == 1
    assert written["curves"].keys() == {"local", "hadamard", "lime"}
    for row in found["settings"].values():
        assert -1.0 <= row["spearman"] <= 1.0
        assert 0.0 <= row["jaccard"] <= 1.0
    page = (output / report.PAGE).read_text()
    for aim in found["aims"]:
        assert f"| {aim['what']} | {aim['aim']} |" in page
    for name in ("agreement.png", "removal.png", "planted.png"):
        assert f"figures/{name}" in page
        assert (output / report.FIGURES / name).stat().st_size < _MOST_BYTES
        Image.open(output / report.FIGURES / name).verify()

    kept_in = kept.folder_of(runs, Model(), plan.quick(runs / "references"))
    (kept_in / "heard-0.json").unlink()
    told.clear()
    report.write(plan.quick(runs / "references"), runs, output, 2, told.append)
    assert sum(line.startswith("1 of 1: heard-0") for line in told) == 1
    assert len(told) == 3  # what is kept, what was missing, the timing


def test_another_plan_or_model_is_measured_anew(tmp_path: Path) -> None:
    model = Model()
    some, more = plan.quick(tmp_path), plan.Plan(tmp_path)
    assert kept.folder_of(tmp_path, model, some) == kept.folder_of(tmp_path, model, some)
    assert kept.folder_of(tmp_path, model, some) != kept.folder_of(tmp_path, model, more)
