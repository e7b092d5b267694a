"""The installer on a machine of its own, with a real systemd, from a bundle without a network: a guitar's life.

The tests go on from one another, in order.

The machine has this one's files at first, and libraries that only explanations need are left out. With AFFETTO_DEBIAN,
as `make test-install` sets it, it is a fresh Debian and gets everything.
"""

import json
import re
import time
import tomllib

import pytest

from tests.systemd import bundles, debian
from tests.systemd.machine import Machine, running, why_not

INSTALL = "/srv/affetto/systemd/install.sh"
NEXT = "/srv/next/systemd/install.sh"
BROKEN = "/srv/broken/systemd/install.sh"

WATCHED_S = 10.0
"""WatchdogSec of affetto.service."""

SYSTEMS_OWN = (
    r"(var/(log|tmp|cache|lib/(apt|systemd|dbus|postgresql))|root/\.)|.*__pycache__|etc/.*-( |$)|.*/service\.lock"
)

pytestmark = [
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
    pytest.mark.skipif(bundles.system_python() not in ("3.11", "3.12", "3.13"), reason="Debian's Python is another"),
    pytest.mark.timeout(1200),
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A bundle, another release of it, and one that does not start."""
    folder = tmp_path_factory.mktemp("bundles")
    if debian.CHOSEN:
        source, options = bundles.checkout(folder / "source", explaining=True), ["--python", debian.python()]
    else:
        source = bundles.checkout(folder / "source", explaining=False)
        options = ["--python", bundles.system_python(), "--wheels-only"]
    bundle = bundles.unpacked(source, folder / "srv", *options)
    bundles.changed(bundle, "next", "edge/app.py", ('"""The service:', '"""The service of the next release:'))
    start = "    def run(self) -> int:\n"
    bundles.changed(bundle, "broken", "edge/app.py", (start, f"{start}        raise SystemExit(3)\n"))
    return folder / "srv"


@pytest.fixture(scope="module")
def guitar(shared, tmp_path_factory):
    names = {"/etc/hostname": "raspberrypi\n", "/etc/hosts": "127.0.0.1\tlocalhost\n127.0.1.1\traspberrypi\n"}
    with running(tmp_path_factory.mktemp("machine"), shared, debian.root(), names) as machine:
        yield machine


@pytest.fixture(scope="module")
def before(guitar):
    """What files there were before anything was installed."""
    return _files(guitar)


def test_a_dry_run_prints_every_command_and_changes_nothing(guitar, before):
    said = guitar.run(INSTALL, "--dry-run", "--led", "ws2812", "--volatile-journal").stdout
    for command in (
        "+ useradd --system",
        "-m venv /opt/affetto/releases/",
        "+ systemctl --quiet enable affetto.service",
        "write /etc/systemd/system/affetto.service",
        "write /etc/udev/rules.d/60-affetto.rules",
        "write /etc/systemd/journald.conf.d/affetto.conf",
    ):
        assert command in said
    assert said.endswith("affetto: nothing was changed\n")
    assert _files(guitar) == before


def test_it_installs_without_a_network_and_the_guitar_plays(guitar, before):
    said = guitar.run(INSTALL).stdout
    assert "affetto: installed: " in said
    assert "✓ model: " in said, "the doctor speaks at the end"
    assert guitar.property("affetto.service", "ActiveState") == "active"
    assert guitar.property("affetto.service", "StatusText").startswith("listening to demo take")
    assert guitar.page("/healthz") == "ok\n"
    assert guitar.shell("systemctl is-enabled affetto.service affetto-explain.socket").split() == ["enabled"] * 2
    assert guitar.property("affetto-explain.socket", "ActiveState") == "active"


def test_each_guitar_has_a_name_of_its_own(guitar):
    name = guitar.shell("cat /etc/affetto/name").strip()
    assert re.fullmatch(r"Affetto-[2-9A-HJ-NP-Z]{4}", name)
    assert guitar.shell("hostname; cat /etc/hostname").split() == [name.lower()] * 2
    assert f"127.0.1.1\t{name.lower()}\n" in guitar.shell("cat /etc/hosts")


def test_it_runs_as_a_user_who_may_do_next_to_nothing(guitar):
    process = guitar.property("affetto.service", "MainPID")
    lines = guitar.shell(f"cat /proc/{process}/status").splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    user = guitar.shell("id -u affetto").strip()
    assert status["Uid"].split() == [user] * 4
    assert int(status["CapEff"], 16) == 1 << 10, "CAP_NET_BIND_SERVICE, for port 80"
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert guitar.shell("stat -c '%a %U' /var/lib/affetto /var/lib/affetto/config.toml").split("\n")[:2] == [
        "700 affetto",
        "600 affetto",
    ]


def test_sound_and_analysis_run_in_real_time(guitar):
    assert guitar.property("affetto.service", "LimitRTPRIO") == "40"
    limits = guitar.shell(f"cat /proc/{guitar.property('affetto.service', 'MainPID')}/limits")
    allowed = re.search("^Max realtime priority +40 ", limits, re.MULTILINE)
    if not allowed:  # without CAP_SYS_RESOURCE systemd cannot raise limits here; a capability takes the limit's place
        _drop_in(guitar, "[Service]\nAmbientCapabilities=CAP_SYS_NICE\nCapabilityBoundingSet=CAP_SYS_NICE\n")
    threads = guitar.shell("ps -eLo class,rtprio,comm,user | grep affetto")
    if not allowed:
        _drop_in(guitar, "")
    assert re.search(r"^FF +20 +analysis ", threads, re.MULTILINE), threads


def test_explanations_come_from_a_unit_of_their_own(guitar):
    if not debian.CHOSEN:
        pytest.skip("the libraries that explain are left out here; `make test-install` has them")
    _wait(lambda: guitar.property("affetto-explain.service", "ActiveState") == "active", 60)
    _wait(lambda: '"state":"ready"' in guitar.page("/api/status").replace(" ", ""), 120)
    where = json.loads(_ask(guitar, "POST", "/api/explanations"))["id"]
    _wait(lambda: json.loads(guitar.page(f"/api/explanations/{where}"))["state"] in ("done", "failed"), 120)
    assert json.loads(guitar.page(f"/api/explanations/{where}"))["state"] == "done"
    process = guitar.property("affetto-explain.service", "MainPID")
    assert guitar.shell(f"ps -o class=,ni= -p {process}").split() == ["IDL", "-"]
    assert guitar.shell(f"cat /proc/{process}/oom_score_adj").strip() == "1000"


def test_its_own_wifi_has_a_passphrase_that_is_shown_once(guitar):
    if not debian.CHOSEN:
        pytest.skip("needs NetworkManager, which this machine may not have; `make test-install` has it")
    said = guitar.run(INSTALL, "--hotspot", "--country", "IT").stdout
    wifi = tomllib.loads(guitar.shell("cat /etc/affetto/hotspot.toml"))
    assert wifi["name"] == guitar.shell("cat /etc/affetto/name").strip()
    assert re.fullmatch(r"([2-9a-hj-km-z]{4}-){2}[2-9a-hj-km-z]{4}", wifi["passphrase"])
    assert f"passphrase: {wifi['passphrase']}" in said
    assert "▀" in said
    assert guitar.shell("stat -c '%a %U:%G' /etc/affetto/hotspot.toml").strip() == "640 root:affetto"
    assert guitar.shell("setpriv --reuid=65534 --clear-groups cat /etc/affetto/hotspot.toml 2>&1 || true").endswith(
        "denied\n"
    )
    again = guitar.run(INSTALL, "--hotspot").stdout
    assert "nothing to change" in again
    assert "passphrase" not in again


def test_commands_speak_of_the_installed_guitar(guitar):
    assert "/var/lib/affetto/config.toml" in guitar.shell("affetto doctor || true")
    assert "On the page, tap Guest, and enter" in guitar.shell("affetto pair")
    assert guitar.shell("stat -c %U /var/lib/affetto/owner.json").strip() == "affetto"


def test_a_second_run_changes_nothing(guitar):
    process, files = guitar.property("affetto.service", "MainPID"), _files(guitar)
    said = guitar.run(INSTALL).stdout
    assert said.startswith("affetto: nothing to change: ")
    assert guitar.property("affetto.service", "MainPID") == process
    assert _files(guitar) == files


def test_the_watchdog_starts_it_again_when_it_hangs(guitar):
    process = guitar.property("affetto.service", "MainPID")
    assert process != "0"
    guitar.shell(f"kill -STOP {process}")
    stopped = time.monotonic()
    _wait(lambda: guitar.property("affetto.service", "MainPID") not in (process, "0"), 6 * WATCHED_S)
    assert time.monotonic() - stopped > WATCHED_S / 2, "it was the watchdog"
    assert "Watchdog timeout" in guitar.shell("journalctl --unit affetto.service --output cat")
    _wait(lambda: guitar.page("/healthz") == "ok\n", 30)


def test_an_upgrade_keeps_settings_and_takes(guitar):
    _change(guitar, '{"decision": {"hold_s": 2.5}}')
    _record(guitar)
    kept, release = _kept(guitar), _release(guitar)
    assert "hold_s = 2.5" in kept
    takes = _takes(guitar)
    assert len(takes) == 1
    assert "affetto: installed: " in guitar.run(NEXT).stdout
    assert _release(guitar) != release
    assert _kept(guitar) == kept
    assert _takes(guitar) == takes
    assert guitar.page("/healthz") == "ok\n"
    assert len(guitar.shell("ls /opt/affetto/releases").split()) == 2, "the one before stays"
    assert "next release" in guitar.shell("cat /opt/affetto/current/venv/lib/python3*/site-packages/edge/app.py")


def test_a_failed_upgrade_goes_back(guitar):
    kept, release = _kept(guitar), _release(guitar)
    failed = guitar.run(BROKEN, check=False)
    assert failed.returncode == 1
    assert f"affetto: the upgrade failed; {release} plays again, with all settings and takes\n" in failed.stderr
    assert _release(guitar) == release
    assert guitar.property("affetto.service", "ActiveState") == "active"
    assert guitar.page("/healthz") == "ok\n"
    assert _kept(guitar) == kept
    assert len(guitar.shell("ls /opt/affetto/releases").split()) == 2, "nothing of the failed one"


def test_the_log_can_be_kept_in_memory(guitar):
    guitar.run(NEXT, "--volatile-journal")
    assert "Storage=volatile" in guitar.shell("systemd-analyze cat-config systemd/journald.conf")
    assert "nothing to change" in guitar.run(NEXT, "--volatile-journal").stdout
    guitar.shell("journalctl --flush; logger kept-in-memory; journalctl --sync")
    assert guitar.shell("grep --recursive --files-with-matches kept-in-memory /run/log/journal") != ""
    assert guitar.shell("grep --recursive --files-with-matches kept-in-memory /var/log/journal || true") == ""


def test_uninstalling_keeps_what_is_the_players(guitar):
    kept = _kept(guitar)
    assert "takes and settings stay" in guitar.run(NEXT, "--uninstall").stdout
    assert _kept(guitar) == kept
    assert guitar.property("affetto.service", "LoadState") == "not-found"
    assert guitar.shell("ls -d /opt/affetto /usr/local/bin/affetto 2>/dev/null || true") == ""


def test_uninstalling_with_purge_leaves_nothing(guitar, before):
    assert "removed with its takes and settings" in guitar.run(NEXT, "--uninstall", "--purge").stdout
    assert guitar.shell("hostname").strip() == "raspberrypi"
    assert guitar.shell("getent passwd affetto || echo nobody").strip() == "nobody"
    left = [line for line in _files(guitar) if line not in before and "removed" not in line]
    # Debian's packages stay
    assert [line for line in left if re.search("affetto|^opt/|^usr/local/|^etc/systemd/", line)] == []
    assert "nothing to remove" in guitar.run(NEXT, "--uninstall", "--purge").stdout


def _files(machine: Machine) -> list[str]:
    """Return names, sizes and times of what was written since the start, without what the system itself writes."""
    found = machine.shell("cd /run/written && find . -type f -printf '%P %s %T@\\n' -o -type c -printf '%P removed\\n'")
    return sorted(line for line in found.splitlines() if not re.match(SYSTEMS_OWN, line))


def _drop_in(machine: Machine, text: str) -> None:
    """Start the service again with more in its unit, "" for no more."""
    file = "/run/systemd/system/affetto.service.d/test.conf"
    machine.shell(f"mkdir -p $(dirname {file}) && printf '{text}' >{file}")
    machine.shell("systemctl daemon-reload && systemctl restart affetto.service")
    _wait(lambda: machine.page("/healthz") == "ok\n", 60)


def _kept(machine: Machine) -> str:
    """Return settings, name and Wi-Fi as they are, and what tells of a change to a take."""
    takes = "find takes -type f ! -name 'takes.sqlite*' | sort | xargs --no-run-if-empty sha256sum"
    return machine.shell(
        f"cd /var/lib/affetto && cat config.toml && {takes}; cat /etc/affetto/name /etc/affetto/hotspot.toml; true"
    )


def _takes(machine: Machine) -> list[str]:
    return [take["id"] for take in json.loads(machine.page("/api/takes"))["takes"]]


def _release(machine: Machine) -> str:
    return machine.shell("readlink /opt/affetto/current").strip().removeprefix("releases/")


def _change(machine: Machine, settings: str) -> None:
    assert '"hold_s"' in _ask(machine, "PATCH", "/api/settings", settings)


def _record(machine: Machine) -> None:
    _ask(machine, "POST", "/api/takes/record")
    _wait(lambda: '"recording"' in machine.page("/api/status"), 10)
    time.sleep(2)  # seconds of sound
    _ask(machine, "POST", "/api/takes/stop")
    _wait(lambda: [take["state"] for take in json.loads(machine.page("/api/takes"))["takes"]] == ["ready"], 60)


def _ask(machine: Machine, method: str, path: str, body: str = "{}") -> str:
    headers = "--header 'Content-Type: application/json' --header 'Origin: http://127.0.0.1'"
    return machine.shell(f"curl --silent --request {method} {headers} --data '{body}' http://127.0.0.1{path}")


def _wait(until, most_s: float) -> None:
    end = time.monotonic() + most_s
    while not until():
        assert time.monotonic() < end
        time.sleep(0.2)
