"""The JACK server that other tests rely on."""

import jack

from tests.jackd import JackServer


def test_a_client_finds_the_server_by_default_and_gone_after_stop(jackd: JackServer) -> None:
    client = jack.Client("guitar", no_start_server=True)
    assert (client.samplerate, client.blocksize) == (48000, 256)
    client.close()
    jackd.stop()
    assert not jackd.answers()
    jackd.start()
    assert jackd.answers()
