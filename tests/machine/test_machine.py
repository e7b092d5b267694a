"""The emulated machine itself: it boots, runs what it is told, and leaves nothing on this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.machine.machine import CommandError, Machine

pytestmark = [pytest.mark.machine, pytest.mark.timeout(900)]


def test_a_machine_runs_commands_on_a_kernel_of_its_own() -> None:
    mark = Path("/var/tmp/affetto-machine-was-here")
    with Machine(systemd=False, prepare=f"echo prepared > {mark}") as machine:
        assert machine.check("uname -r").strip().endswith("-amd64")
        assert machine.check(f"cat {mark}") == "prepared\n"
        assert machine.check(f"head -n 1 {__file__}").startswith('"""The emulated machine itself')
        assert machine.run("echo out; echo err >&2; exit 3") == (3, "out\n", "err\n")
        with pytest.raises(CommandError, match="it said this"):
            machine.check("echo it said this; false")
        assert machine.run("sleep 600", timeout_s=1).status == 124
    assert not mark.exists()
