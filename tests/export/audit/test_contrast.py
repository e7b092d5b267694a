from __future__ import annotations

import numpy as np
import pytest

from export.audit.contrast import Pairing
from export.dataset import Take
from tests.export.made import piece, sine, take

ANY = take(piece(), sine(220, 1))


def takes(*rows: tuple[str, str]) -> list[Take]:
    """Return takes of (piece, song), all of the same sound."""
    return [Take(piece(p, s, seconds=1), "nylon", ANY.notes, ANY.steps, 0.0) for p, s in rows]


def test_pieces_that_both_sides_play_are_compared_in_the_same_numbers() -> None:
    heard = takes(("a", "s"), ("a", "s"), ("a", "s"), ("b", "t"), ("b", "t"), ("c", "u"), ("d", "v"))
    inside = np.array([1, 0, 0, 1, 0, 1, 0], bool)  # c is only inside, d only outside
    pairing = Pairing.of(heard, inside, ~inside)
    assert pairing.matched
    np.testing.assert_array_equal(pairing.inside, [1, 0, 0, 1, 0, 0, 0])
    np.testing.assert_array_equal(pairing.outside, [0, 0.5, 0.5, 0, 1, 0, 0])
    values = np.array([[5.0], [1.0], [3.0], [10.0], [4.0], [99.0], [-99.0]])
    assert pairing.contrast(values).value == pytest.approx([((5 - 2) + (10 - 4)) / 2])


def test_groups_without_common_pieces_are_compared_as_they_are() -> None:
    heard = takes(*((p, p) for p in "abcd"))
    inside = np.array([1, 1, 0, 0], bool)
    pairing = Pairing.of(heard, inside, ~inside)
    assert not pairing.matched
    assert pairing.contrast(np.array([[1.0], [3.0], [0.0], [1.0]])).value == pytest.approx([1.5])


def test_more_takes_of_the_same_songs_do_not_make_it_surer() -> None:
    rng = np.random.default_rng(1)
    names = [f"s{k}" for k in range(20)]
    values, inside = rng.normal(size=(20, 1)), np.arange(20) < 10

    def width(copies: int) -> float:
        heard = takes(*((f"{name}-{k}", name) for k in range(copies) for name in names))
        ours = np.tile(inside, copies)
        row = Pairing.of(heard, ours, ~ours).contrast(np.tile(values, (copies, 1))).rows()[0]
        return float(row["high"] - row["low"])

    assert width(5) == pytest.approx(width(1), rel=1e-6)


def test_a_difference_that_is_not_there_is_seldom_clear_and_one_that_is_there_is_found() -> None:
    names = [f"s{k}" for k in range(40)]
    heard = takes(*((name, name) for name in names for _ in range(2)))
    inside = np.tile([True, False], 40)
    pairing = Pairing.of(heard, inside, ~inside)
    values = np.random.default_rng(2).normal(size=(80, 200))
    assert sum(row["clear"] for row in pairing.contrast(values).rows()) < 24  # 10 expected of 200
    assert sum(row["clear"] for row in pairing.contrast(values).rows(200)) < 4
    values[inside] += 1.5
    assert all(row["clear"] for row in pairing.contrast(values).rows())


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    heard = takes(*((f"p{k}", f"s{k // 2}") for k in range(60)))
    inside = np.arange(60) < 30
    rng = np.random.default_rng(3)
    of_song = np.repeat(rng.normal(size=(30, 300)), 2, axis=0)  # takes of a song are alike
    rows = Pairing.of(heard, inside, ~inside).contrast(of_song + 0.1 * rng.normal(size=(60, 300))).rows()
    covered = np.mean([row["low"] <= 0.0 <= row["high"] for row in rows])
    assert 0.88 < covered < 0.98
