from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from export.corpora.folder import data_folder
from export.notes import CorpusError
from export.rendering.render import SOUNDFONT


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of the corpora, where there is one, and what it takes to make sound of them."""
    try:
        folder = data_folder()
    except CorpusError as error:
        pytest.skip(str(error))
    if shutil.which("fluidsynth") is None or not SOUNDFONT.is_file():
        pytest.skip("needs fluidsynth and fluid-soundfont-gm")
    return folder
