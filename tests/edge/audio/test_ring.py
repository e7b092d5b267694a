import threading
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.audio.ring import Ring


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 70), st.booleans()), max_size=40))
def test_what_is_read_is_what_was_written_in_order(moves):
    ring, written, read = Ring(100), 0, []
    unread = 0
    for size, then_read in moves:
        if unread + size > 100:
            read.extend(ring.read())
            unread = 0
        ring.write(np.arange(written, written + size, dtype=np.float32))
        written += size
        unread += size
        if then_read:
            read.extend(ring.read())
            unread = 0
    read.extend(ring.read())
    assert read == list(range(written))
    assert ring.overruns == 0


def test_a_late_reader_loses_the_oldest_and_it_is_counted():
    ring = Ring(100)
    for start in range(0, 250, 50):
        ring.write(np.arange(start, start + 50, dtype=np.float32))
    out = ring.read()
    assert ring.overruns == 1
    assert out[-1] == 249
    assert (np.diff(out) == 1).all()
    ring.write(np.array([250.0], np.float32))
    assert ring.read().tolist() == [250.0]
    assert ring.overruns == 1


def test_a_block_larger_than_the_ring_leaves_its_newest_part():
    ring = Ring(10)
    ring.write(np.arange(25, dtype=np.float32))
    assert ring.read().tolist() == list(range(15, 25))


def test_wait_wakes_at_once_and_times_out():
    ring = Ring(10)
    started = time.monotonic()
    assert not ring.wait(0.05)
    assert time.monotonic() - started >= 0.045
    threading.Timer(0.05, ring.write, [np.ones(1, np.float32)]).start()
    assert ring.wait(2.0)
    assert time.monotonic() - started < 1.0


def test_wait_for_several_frames_sleeps_through_the_blocks_before():
    ring, wakes = Ring(1000), 0
    writer = threading.Thread(
        target=lambda: [(ring.write(np.ones(10, np.float32)), time.sleep(0.005)) for _ in range(40)]
    )
    writer.start()
    while ring.written < 400:
        wakes += ring.wait(1.0, 100)
        assert len(ring.read()) >= 100 or ring.written == 400
    writer.join()
    assert wakes <= 5
    assert not ring.wait(0.01, 1)


def test_writing_allocates_nothing_that_stays():
    ring, block = Ring(48000), np.ones(256, np.float32)
    for _ in range(200):
        ring.write(block)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(2000):
        ring.write(block)
    after, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 1000
    assert peak - before < 5000


def test_two_threads_lose_nothing():
    ring, total = Ring(4000), 200_000
    received: list[np.ndarray] = []

    def write() -> None:
        for start in range(0, total, 100):
            while ring.written - sum(map(len, received)) > 3900:  # on a busy machine the reader may be late
                time.sleep(0.0005)
            ring.write(np.arange(start, start + 100, dtype=np.float32))

    writer = threading.Thread(target=write)
    writer.start()
    while sum(map(len, received)) < total and ring.wait(2.0):
        received.append(ring.read())
    writer.join()
    assert ring.overruns == 0
    np.testing.assert_array_equal(np.concatenate(received), np.arange(total, dtype=np.float32))


def test_close_gives_the_descriptor_back():
    ring = Ring(10)
    ring.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        ring.write(np.ones(1, np.float32))
