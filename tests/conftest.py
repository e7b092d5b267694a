"""What several test folders share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.jackd import JackServer


@pytest.fixture(scope="session", autouse=True)
def nobodys_guitar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the tests away from the paired phones of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture
def jackd(monkeypatch: pytest.MonkeyPatch) -> Iterator[JackServer]:
    """A running JACK server that a test may stop and start again; this process's clients find it by default."""
    if not JackServer.installed():
        pytest.skip("needs jackd (Debian's jackd2)")
    server = JackServer()
    for key, value in server.environment().items():
        monkeypatch.setenv(key, value)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def jack_server(jackd: JackServer) -> str:
    """The name of a running JACK server, which is this process's default."""
    return jackd.name
