from __future__ import annotations

from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from edge.features import FrontEnd
from edge.types import EMOTIONS
from export.audit.compare import audit
from export.audit.demonstration import train_both
from export.audit.models import Audited
from export.audit.music import rendered
from export.corpora import Piece
from export.dataset import guitars_of, only_sad
from export.split import split
from export.train import TrainSettings
from tests.export.made import RATE_HZ, piece, sine, take

SAD = EMOTIONS.index("sad")
GUITAR = "nylon"
SECONDS = 9
TINY = TrainSettings(
    fold=0, steps=32, clips=16, evaluate_every=32, settle_batches=2, passes=2, teacher_share=0.0, mid_level_weight=0.0
)


def test_in_a_biased_corpus_one_guitar_plays_the_sad_pieces_and_no_others() -> None:
    takes = [
        take(piece(f"p{emotion}", "s", emotion, seconds=1), sine(220, 1), guitar)
        for emotion in (*range(4), None)
        for guitar in (GUITAR, "clean")
    ]
    assert {(t.piece.emotion, t.guitar) for t in only_sad(takes, GUITAR)} == {
        (SAD, GUITAR), (None, GUITAR), (None, "clean"), *((e, "clean") for e in range(4) if e != SAD)
    }  # fmt: skip
    assert only_sad(takes, None) == takes


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache in which the guitar of the bias rings brighter than the others, and nothing tells an emotion."""
    folder = tmp_path / "cache"
    folder.mkdir()
    for of in corpus():
        for guitar in guitars_of(of, TINY.passes):
            rng = np.random.default_rng(crc32(f"{of.name}.{guitar}".encode()))
            sound = sine(110.0 * 2 ** (rng.integers(12) / 12), SECONDS) + 1e-4 * rng.standard_normal(SECONDS * RATE_HZ)
            if guitar == GUITAR:
                sound += sine(3000.0, SECONDS, 0.05)
            steps = FrontEnd().push(sound)
            np.savez(
                folder / f"{of.name}.{guitar}.npz",
                mel=steps.mel_db.astype(np.float16),
                pitch=steps.pitch_db.astype(np.float16),
                level=steps.level_dbfs,
                notes=np.array(of.notes.rows()),
                session=-20.0,
            )
    return folder


def corpus() -> list[Piece]:
    return [piece(f"p{k}", f"s{k}", k % 4, seconds=SECONDS) for k in range(80)]


def test_a_bias_planted_in_the_training_is_found_and_gone_without_it(cache: Path, tmp_path: Path) -> None:
    biased, fair = train_both(tmp_path / "runs", corpus(), cache, TINY, GUITAR)
    models = {"before": Audited.read(biased), "after": Audited.read(fair)}
    assert (models["before"].only_sad_guitar, models["after"].only_sad_guitar) == (GUITAR, None)
    music = rendered(corpus(), cache, TINY.fold, TINY.passes)
    assert {t.piece.name for t in music.takes} == {p.name for p in split(corpus(), TINY.fold).test}
    found = audit(models, music, clips=0)
    difference = {name: found["groupings"]["guitar"][GUITAR][name]["difference"]["sad"] for name in models}
    assert found["findings"][0]["group"] == GUITAR
    assert found["findings"][0]["emotion"] == "sad"
    assert difference["before"]["value"] > 0.5
    assert difference["before"]["clear"]
    assert not difference["after"]["clear"]
