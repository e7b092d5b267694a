"""Pairing by a sequence of colours, and how hopeless it is to guess it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.owner import pairing as parts
from edge.owner.access import Access
from edge.owner.pairing import (
    FIRST_WAIT_S,
    LENGTH,
    PRINTED_S,
    PRINTED_TRIES,
    SHOWN_S,
    SHOWN_TRIES,
    SYMBOLS,
    Pairing,
    PairingError,
    print_code,
)
from tests.edge.owner.lights import SeenLights

DAY_S = 86400.0


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def access(tmp_path: Path) -> Access:
    return Access(tmp_path)


@pytest.fixture
def lights() -> SeenLights:
    return SeenLights()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pairing(access: Access, lights: SeenLights, clock: Clock) -> Pairing:
    return Pairing(access, lights, clock)


def other_than(symbols: tuple[str, ...]) -> tuple[str, ...]:
    return (SYMBOLS[SYMBOLS.index(symbols[0]) - 1], *symbols[1:])


def refused(pairing: Pairing, symbols: tuple[str, ...], id: str = "") -> PairingError:
    with pytest.raises(PairingError) as error:
        pairing.answer(symbols, id, "phone")
    assert "\n" not in str(error.value)
    return error.value


def test_who_enters_what_the_lights_show_is_the_owner(pairing: Pairing, lights: SeenLights, access: Access) -> None:
    id = pairing.begin()
    assert len(lights.symbols) == LENGTH
    assert set(lights.symbols) <= set(SYMBOLS)
    token = pairing.answer(lights.symbols, id, "iPhone · Safari")
    assert access.asker("192.168.4.9", token).is_owner
    assert lights.symbols == ()
    assert refused(pairing, (), id).status == 409


def test_sequences_differ(pairing: Pairing, lights: SeenLights) -> None:
    seen = set()
    for _ in range(20):
        id = pairing.begin()
        seen.add(lights.symbols)
        pairing.cancel(id)
    assert len(seen) == 20


def test_three_wrong_answers_end_it(pairing: Pairing, lights: SeenLights, clock: Clock) -> None:
    id = pairing.begin()
    right = lights.symbols
    wrong = other_than(right)
    for left in range(SHOWN_TRIES - 1, 0, -1):
        error = refused(pairing, wrong, id)
        assert error.status == 403
        assert f"tries left: {left}" in str(error)
    refused(pairing, wrong, id)
    assert lights.symbols == ()
    assert refused(pairing, right, id).status == 409
    with pytest.raises(PairingError, match="too many wrong codes") as error:
        pairing.begin()
    assert (error.value.status, error.value.wait_s) == (429, FIRST_WAIT_S)
    clock.now += FIRST_WAIT_S
    pairing.begin()


def test_a_day_of_guessing_is_hopeless(pairing: Pairing, lights: SeenLights, clock: Clock) -> None:
    """Who always begins again as soon as possible, and gives a code up before its last answer, gains nothing."""
    began, answers = clock.now, 0
    while clock.now - began < DAY_S:
        try:
            id = pairing.begin()
        except PairingError as error:
            clock.now += error.wait_s
            continue
        for _ in range(SHOWN_TRIES - 1):
            refused(pairing, other_than(lights.symbols), id)
            answers += 1
        pairing.cancel(id)
    assert answers < 50
    assert answers / len(SYMBOLS) ** LENGTH < 0.001


def test_only_who_asked_may_answer(pairing: Pairing, lights: SeenLights) -> None:
    id = pairing.begin()
    right = lights.symbols
    for _ in range(2 * SHOWN_TRIES):
        assert refused(pairing, right, "someone else’s").status == 409
        assert refused(pairing, right).status == 409
    pairing.cancel("someone else’s")
    pairing.answer(right, id, "phone")


def test_one_device_at_a_time_and_a_time_limit(pairing: Pairing, lights: SeenLights, clock: Clock) -> None:
    id = pairing.begin()
    right = lights.symbols
    with pytest.raises(PairingError, match="another device is being paired; try again in 120 s") as error:
        pairing.begin()
    assert error.value.status == 409
    clock.now += SHOWN_S
    assert refused(pairing, right, id).status == 409
    assert lights.symbols == ()
    pairing.begin()


def test_without_lights_the_console_is_named(access: Access) -> None:
    for lights in (None, SeenLights(there=False)):
        pairing = Pairing(access, lights)
        assert not pairing.can_show
        with pytest.raises(PairingError, match="affetto pair"):
            pairing.begin()


def test_a_printed_code_is_good_once(pairing: Pairing, access: Access) -> None:
    assert refused(pairing, ("red",) * LENGTH).status == 409
    symbols = print_code(access.file)
    assert refused(pairing, other_than(symbols)).status == 403
    assert access.asker("10.0.0.1", pairing.answer(symbols, "", "laptop")).is_owner
    assert refused(pairing, symbols).status == 409


def test_a_printed_code_ends_waiting_and_what_the_lights_show(
    pairing: Pairing, access: Access, lights: SeenLights
) -> None:
    id = pairing.begin()
    refused(pairing, other_than(lights.symbols), id)
    pairing.answer(print_code(access.file), id, "phone")
    assert lights.symbols == ()
    pairing.begin()


def test_a_printed_code_takes_few_answers_also_over_restarts(access: Access) -> None:
    symbols = print_code(access.file)
    for _ in range(PRINTED_TRIES):
        assert refused(Pairing(Access(access.file.folder)), other_than(symbols)).status == 403
    assert refused(Pairing(access), symbols).status == 409


@pytest.mark.parametrize("later", ["time", "boot"])
def test_a_printed_code_is_good_for_minutes_and_not_after_switching_off(
    pairing: Pairing, access: Access, monkeypatch: pytest.MonkeyPatch, later: str
) -> None:
    symbols = print_code(access.file)
    if later == "time":
        now_s = parts._since_boot_s()
        monkeypatch.setattr(parts, "_since_boot_s", lambda: now_s + PRINTED_S)
    else:
        monkeypatch.setattr(parts, "_boot", lambda: "another")
    assert refused(pairing, symbols).status == 409


def test_answers_of_any_shape_are_wrong_and_nothing_worse(pairing: Pairing, lights: SeenLights, access: Access) -> None:
    print_code(access.file)
    for symbols in ((), ("red",), ("é",), ("red yellow",) * LENGTH):
        assert refused(pairing, symbols, "ü").status == 403
