"""Nothing leaves the guitar but what was configured, and answers to who asks; nothing is written but what is ours."""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

import edge
from edge.model import bundled_model
from tests.edge.api.client import wait_until
from tests.strangers.network import GUITAR, OUTSIDE, Network, made

AFFETTO = Path(sys.executable).parent / "affetto"
DEMO = Path(edge.__file__).parent / "assets" / "demo.flac"

KERNELS = re.compile(r"^icmp6 ")
"""What the kernel itself sends on an interface: neighbour discovery and multicast listener reports of IPv6."""

IN_HOME = ("matplotlib",)
"""What may be written below a home beside our own: a list of the fonts, in its cache and its settings folder."""


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    with made(tmp_path) as network:
        yield network


def unexpected(sent: set[str], *expected: str) -> set[str]:
    """Return what was sent, but for what the kernel does and what fits one of some patterns."""
    return {line for line in sent if not KERNELS.match(line) and not any(re.search(each, line) for each in expected)}


def foreign_files(home: Path) -> list[str]:
    """Return the files below a home that are neither ours nor the list of fonts."""
    ours = ("affetto", *IN_HOME)
    return [str(f.relative_to(home)) for f in home.rglob("*") if f.is_file() and not set(ours) & set(f.parts)]


def started(network: Network, *options: str) -> None:
    network.start(AFFETTO, "run", "--input", "demo", "--host", "0.0.0.0", "--port", "80", *options)
    log = network.folder / "affetto.log"
    wait_until(lambda: "ready: open" in log.read_text(), 60)


USE = """
    import json, time, urllib.request
    def ask(path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        return send(path, data, "application/json", method)
    def send(path, data, kind, method=None):
        request = urllib.request.Request("http://127.0.0.1" + path, data, {"Content-Type": kind}, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()
    def until(condition):
        for _ in range(600):
            if condition(): return
            time.sleep(0.1)
        raise SystemExit("too late")
    until(lambda: json.loads(ask("/api/takes"))["in_memory_s"] > 3)
    until(lambda: json.loads(ask("/api/status"))["explanations"]["state"] == "ready")
    take = json.loads(ask("/api/takes/keep", {"seconds": 3}))["id"]
    for format in ("wav", "csv", "json", "png", "html", "zip"):
        assert ask(f"/api/takes/{take}/export/{format}")
    sound = ask(f"/api/takes/{take}/export/wav")
    id = json.loads(send("/api/takes/upload?name=riff.wav", sound, "audio/wav"))["id"]
    until(lambda: json.loads(ask(f"/api/takes/{id}"))["state"] == "ready")
    for by in ("regions", "sources"):
        job = json.loads(ask("/api/explanations", {"by": by, "samples": 16}))["id"]
        until(lambda: json.loads(ask(f"/api/explanations/{job}"))["state"] == "done")
    ask("/api/settings", {"decision": {"hold_s": 2}}, "PATCH")
    for path in ("/api/doctor", "/api/devices", "/api/hotspot", "/api/model", "/api/logs", "/api/backup", "/metrics"):
        ask(path)
"""
"""What an owner does on the guitar itself: takes, exports, an upload, explanations, settings, the self-test."""

LOOK = """
    import json, urllib.request
    base = "http://10.42.0.1"
    for path in ("/", "/main.js", "/style.css", "/api/status", "/generate_204", "/hotspot-detect.html"):
        urllib.request.urlopen(base + path, timeout=10).read()
    stream = urllib.request.urlopen(base + "/api/live", timeout=10)
    print(sum(len(stream.readline()) for _ in range(60)) > 1000)
"""
"""What a guest's phone does."""


def script(text: str) -> list[str | Path]:
    return [sys.executable, "-c", textwrap.dedent(text)]


def test_only_configured_targets_and_who_asks_get_packets(network: Network) -> None:
    (network.folder / "home/.config/affetto").mkdir(parents=True)
    (network.folder / "home/.config/affetto/config.toml").write_text(
        "[web]\nport = 80\nportal = true\n[osc]\nlisten = 9001\n"
    )
    started(network, "--osc", f"{OUTSIDE}:9000")
    network.run(*script(USE))
    assert network.said(*script(LOOK)).strip() == "True"
    sent = network.sent()
    # were nothing recorded at all, nothing would be unexpected either
    assert any(line.endswith(f" {OUTSIDE}#9000") for line in sent)
    assert any(line.startswith(f"tcp {GUITAR}#80 {OUTSIDE}#") for line in sent)
    answers = rf"^tcp {GUITAR}#80 {OUTSIDE}#\d+$"
    assert unexpected(sent, answers, rf"^udp {GUITAR}#\d+ {OUTSIDE}#9000$") == set()
    assert unexpected(network.sent("lo"), "^tcp 127.0.0.1#80 ", "^tcp 127.0.0.1#[0-9]+ 127.0.0.1#80$") == set()
    assert foreign_files(network.folder / "home") == []


def test_a_name_is_asked_for_where_a_target_has_one_and_no_other(network: Network) -> None:
    names = ("--no-resolv", f"--address=/laptop.studio/{OUTSIDE}")
    network.outside("dnsmasq", "-k", "-C", "/dev/null", *names, "--pid-file", "--user=root")
    started(network, "--osc", "laptop.studio:9000")
    wait_until(lambda: any(line.endswith(f"{OUTSIDE}#9000") for line in network.sent()), 30)
    asked = {line.split()[3] for line in network.sent() if " 10.42.0.2#53 " in line}
    assert asked == {"laptop.studio"}
    assert unexpected(network.sent(), rf"^udp {GUITAR}#\d+ {OUTSIDE}#(9000|53 laptop.studio)$") == set()


def test_the_commands_send_nothing_and_write_only_what_they_are_told(network: Network) -> None:
    out = network.folder / "out"
    out.mkdir()
    network.run(AFFETTO, "analyze", DEMO, "--json", out / "a.json", "--csv", out / "a.csv", "--html", out / "a.html")
    network.run(AFFETTO, "explain", DEMO, "--at", "8", "--samples", "16", "--out", out / "why")
    network.run(AFFETTO, "doctor", "--json")
    network.run(AFFETTO, "config", "show")
    # what makes models imports onnxruntime before the instrument's own code does
    session = f"onnxruntime.InferenceSession({str(bundled_model())!r})"
    network.run(sys.executable, "-c", f"import export, onnxruntime, time; {session}; time.sleep(2)")
    assert len(json.loads((out / "a.json").read_text())["predictions"]) > 100
    assert unexpected(network.sent()) == set()
    assert unexpected(network.sent("lo"), r"^tcp 127.0.0.1#(\d+ 127.0.0.1#8080|8080 127.0.0.1#\d+)$") == set()
    assert foreign_files(network.folder / "home") == []
