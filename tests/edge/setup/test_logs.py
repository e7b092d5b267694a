"""The last lines of the log in memory."""

from __future__ import annotations

import logging

from edge.setup.logs import MOST_ALIKE, MOST_LINES, WITHIN_S, LogRing, Seldom


def ring() -> tuple[LogRing, logging.Logger]:
    ring = LogRing()
    log = logging.Logger("of its own", logging.DEBUG)
    log.addHandler(ring)
    return ring, log


def test_the_newest_lines_are_kept_in_order() -> None:
    kept, log = ring()
    for k in range(MOST_LINES + 7):
        log.info("line %d", k)
    lines = kept.after(0)
    assert [line.text for line in lines] == [f"line {k}" for k in range(7, MOST_LINES + 7)]
    assert [line.text for line in kept.after(lines[-3].id)] == ["line 305", "line 306"]


def test_secrets_and_details_are_left_out_and_long_lines_end() -> None:
    kept, log = ring()
    log.info("the code is 1234", extra={"secret": True})
    log.debug("a detail")
    log.warning("x" * 10_000)
    try:
        raise ValueError("odd")
    except ValueError:
        log.exception("failed")
    lines = kept.after(0)
    assert [line.level for line in lines] == ["WARNING", "ERROR"]
    assert len(lines[0].text) == 500
    assert lines[1].text == "failed (ValueError('odd'))"


def test_what_fails_again_and_again_is_said_a_few_times_a_minute() -> None:
    kept, log = ring()
    for k in range(120):
        log.warning("no such port")
        log.warning("another line %d", k)
    texts = [line.text for line in kept.after(0)]
    assert texts.count("no such port") == MOST_ALIKE
    assert texts[-1] == "another line 119"
    now = [0.0]
    seldom = Seldom(lambda: now[0])
    record = logging.makeLogRecord({"msg": "no such port"})
    passed = []
    for second in range(0, 180, 2):
        now[0] = float(second)
        if seldom.filter(record):
            passed.append(second)
    assert passed == [0, 2, 4, 60, 62, 64, 120, 122, 124]
    assert WITHIN_S == 60.0
    for k in range(10 * MOST_LINES):
        seldom.filter(logging.makeLogRecord({"msg": f"line {k}"}))
    assert len(seldom._said) <= MOST_LINES
