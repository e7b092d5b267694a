"""Emulated boards, once for the whole run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.arm.emulated import PROCESSORS, Board, Processor
from tests.arm.sysroot import CannotEmulateError, Sysroot, sysroot
from tests.arm.table import Counted

HERE = Path(__file__).parent
LIMIT_S = 900
COUNTED = pytest.StashKey[Counted]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give emulated programs the time that they may need on a busy machine."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.timeout(LIMIT_S))


@pytest.fixture(scope="session")
def system() -> Sysroot:
    """The aarch64 system, fetched when it is not here."""
    try:
        return sysroot()
    except CannotEmulateError as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def board_with(system: Sysroot, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Processor], Board]:
    """Return a function that gives a board with a processor."""
    return lambda processor: Board(system, processor, tmp_path_factory.mktemp(processor.name))


@pytest.fixture(scope="session", params=PROCESSORS, ids=lambda processor: processor.name)
def board(request: pytest.FixtureRequest, board_with: Callable[[Processor], Board]) -> Board:
    """A board with each processor in turn."""
    return board_with(request.param)


@pytest.fixture(scope="session")
def counted(pytestconfig: pytest.Config) -> Counted:
    """Where the tests put what they count; shown at the end."""
    return pytestconfig.stash.setdefault(COUNTED, Counted())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if COUNTED in config.stash:
        config.stash[COUNTED].show(terminalreporter.write_line)
