import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.window import EvidenceWindow


def softmax(values):
    e = np.exp(values - values.max())
    return e / e.sum()


@given(st.integers(1, 9), st.lists(st.integers(-3, 3), min_size=1, max_size=40))
def test_without_change_detection_it_is_the_mean_of_the_last_rows(longest, values):
    window = EvidenceWindow(longest, 1, 1.0, 2, softmax)
    rows = np.array([[v, -v] for v in values], np.float32)
    for k, row in enumerate(rows):
        mean = window.push(row)
        np.testing.assert_allclose(mean, rows[max(0, k + 1 - longest) : k + 1].mean(axis=0), atol=1e-6)
        assert len(window) == min(k + 1, longest)


def test_a_change_drops_what_came_before_it():
    window = EvidenceWindow(40, 5, 0.5, 2, softmax)
    for _ in range(40):
        window.push(np.array([3.0, 0.0], np.float32))
    assert len(window) == 40
    lengths = []
    for _ in range(20):
        mean = window.push(np.array([0.0, 3.0], np.float32))
        lengths.append(len(window))
    assert min(lengths) == 5
    assert lengths.index(5) < 5
    np.testing.assert_allclose(mean, [0.0, 3.0])
    assert lengths[-1] > 10  # and grows again


def test_what_goes_on_alike_is_kept_however_noisy():
    rng = np.random.default_rng(0)
    window = EvidenceWindow(60, 10, 0.6, 2, softmax)
    for _ in range(500):
        window.push(rng.normal([1.0, 0.0], 0.8).astype(np.float32))
    assert len(window) == 60


def test_reset_forgets():
    window = EvidenceWindow(5, 1, 1.0, 1, softmax)
    window.push(np.array([9.0], np.float32))
    window.reset()
    assert len(window) == 0
    assert window.push(np.array([1.0], np.float32)) == [1.0]


@given(st.integers(1, 9), st.integers(1, 9), st.lists(st.integers(-3, 3), min_size=1, max_size=40))
def test_a_window_of_another_length_goes_on_with_the_rows_that_fit(before, after, values):
    rows = np.array([[v, -v] for v in values], np.float32)
    old, new = EvidenceWindow(before, 1, 1.0, 2, softmax), EvidenceWindow(after, 1, 1.0, 2, softmax)
    for row in rows[:-1]:
        old.push(row)
    new.take_over(old)
    mean = new.push(rows[-1])
    kept = min(min(len(rows) - 1, before, after) + 1, after)
    np.testing.assert_allclose(mean, rows[-kept:].mean(axis=0), atol=1e-6)
