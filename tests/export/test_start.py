"""`affetto-model` where nothing for training is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_what_is_missing_is_said_in_one_line() -> None:
    code = "import sys; sys.modules['pretty_midi'] = None; from export import start; start.main()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr == "affetto-model: needs pretty_midi: pip install 'affetto[train]'\n"
