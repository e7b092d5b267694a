from __future__ import annotations

import pytest

from export.split import FOLDS, split, splits_are_disjoint
from tests.export.made import piece


def corpus() -> list:
    """Forty songs of three clips, one emotion each; ten of them EMOPIA's own test; and music without a label."""
    songs = [
        piece(f"{song}-{k}", f"s{song}", song % 4, "test" if song % 4 == 3 and song < 40 else "train", 2)
        for song in range(60)
        for k in range(3)
    ]
    return [*songs, piece("score", "score", None, seconds=2)]


@pytest.mark.parametrize("fold", [None, *range(FOLDS)])
def test_no_song_is_on_two_sides(fold: int | None) -> None:
    s = split(corpus(), fold)
    songs = [{p.song for p in part} for part in (s.train, s.validation, s.test)]
    assert all(songs)
    assert not songs[0] & songs[1]
    assert not songs[0] & songs[2]
    assert not songs[1] & songs[2]


def test_the_corpus_own_test_split_is_never_learned_from_or_chosen_by() -> None:
    for fold in (None, *range(FOLDS)):
        s = split(corpus(), fold)
        assert not any(p.split == "test" for p in s.train + s.validation)
        assert all(p.split == "test" for p in s.test) == (fold is None)


def test_every_other_clip_is_tested_in_just_one_fold() -> None:
    tested = [p.name for fold in range(FOLDS) for p in split(corpus(), fold).test]
    assert sorted(tested) == sorted(p.name for p in corpus() if p.emotion is not None and p.split == "train")


def test_unlabelled_music_is_learned_from() -> None:
    s = split(corpus(), 0)
    assert "score" in [p.name for p in s.train]
    assert all(p.emotion is not None for p in s.validation + s.test)


def test_a_song_on_both_sides_is_found() -> None:
    assert splits_are_disjoint([piece("a"), piece("b", "t", split="test")])
    assert not splits_are_disjoint([piece("a"), piece("b", split="test")])
