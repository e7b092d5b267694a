from __future__ import annotations

from pathlib import Path

import numpy as np

from export import kept as module
from export.kept import kept
from tests.export import made


def square(x: float) -> np.ndarray:
    return np.array([x * x])


def refuse(x: float) -> np.ndarray:
    raise AssertionError("computed again")


def test_what_is_kept_is_not_computed_again(tmp_path: Path) -> None:
    assert kept(tmp_path, "squares", {"a": 2.0}, square, (module,))["a"] == 4.0
    assert kept(tmp_path, "squares", {"a": 2.0}, refuse, (module,))["a"] == 4.0
    both = kept(tmp_path, "squares", {"a": 2.0, "b": 3.0}, square, (module,))
    assert both == {"a": 4.0, "b": 9.0}
    assert kept(tmp_path, "squares", {"b": 3.0, "a": 2.0}, refuse, (module,)) == both
    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"]


def test_other_code_behind_it_is_another_file(tmp_path: Path) -> None:
    kept(tmp_path, "squares", {"a": 2.0}, square, (module,))
    assert kept(tmp_path, "squares", {"a": 5.0}, square, (module, made))["a"] == 25.0


def test_without_a_folder_nothing_is_kept() -> None:
    assert kept(None, "squares", {"a": 2.0}, square, (module,))["a"] == 4.0
