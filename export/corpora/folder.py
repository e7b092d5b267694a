"""Where the corpora lie."""

from __future__ import annotations

import os
from pathlib import Path

from export.notes import CorpusError


def data_folder() -> Path:
    """Return the folder of the corpora: AFFETTO_DATA, or shared/data beside the checkout."""
    folder = Path(os.environ.get("AFFETTO_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
    if not folder.is_dir():
        raise CorpusError(f"{folder}: no such folder; set AFFETTO_DATA to the folder that holds emopia/ and guitars/")
    return folder
