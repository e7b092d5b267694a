"""For a machine with real kernel devices: pull a sound card out while it is heard, and plug it in under another number.

The card is the kernel's own loopback (snd-aloop), unbound from its driver as USB does when a plug is pulled: the
device goes while a program has it open. Prints what was said, and when, as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from tests.edge.service import running
from tests.edge.sounds import strings
from tests.faults.observer import PLAYED, Observer

RATE_HZ = 48000
DRIVER = Path("/sys/bus/platform/drivers/snd_aloop")
PATIENCE_S = 240.0
WATCHED = ("lights", "page", "osc")


def plug(number: int, sound: Path) -> subprocess.Popen[bytes]:
    """Load the card under a number, and let somebody play into it."""
    subprocess.run(["modprobe", "snd-aloop", f"index={number}", "id=Guitar", "pcm_substreams=1"], check=True)
    loop = f"while true; do aplay -q -D plughw:{number},0 {sound} || sleep 0.1; done"
    return subprocess.Popen(["sh", "-c", loop], stderr=subprocess.DEVNULL, start_new_session=True)


def pull() -> float:
    """Let the card go while it is used; return when. The kernel waits until nobody has it open."""
    at = time.monotonic()
    subprocess.Popen(["sh", "-c", f"echo snd_aloop.0 > {DRIVER}/unbind; rmmod snd_aloop"], stderr=subprocess.DEVNULL)
    return at


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    sound = folder / "sound.wav"
    soundfile.write(sound, np.tile(strings(20.0, RATE_HZ), 30), RATE_HZ, subtype="PCM_16")
    (folder / "config.toml").write_text(
        f'[audio]\ninput = "name=Loopback: PCM #1"\nchannel = 1\nrate_hz = {RATE_HZ}\n[explain]\nenabled = false\n'
    )
    watching, told = Observer(folder), []
    player = plug(0, sound)
    options = ("--led", "terminal", "--osc", f"127.0.0.1:{watching.osc_port}")
    with running(folder, *options, terminal=watching.lights()) as service:
        watching.follow(service)
        for who in WATCHED:
            watching.wait_for(who, *PLAYED, timeout_s=PATIENCE_S)
        for number in (0, 3):
            pulled_at = pull()
            lost = {w: watching.wait_for(w, "lost", after=pulled_at, timeout_s=60) - pulled_at for w in WATCHED}
            live = {w: watching.last(w, *PLAYED, after=pulled_at) - pulled_at for w in WATCHED}
            os.killpg(player.pid, signal.SIGKILL)
            while Path("/proc/asound/Guitar").exists() or "snd_aloop" in Path("/proc/modules").read_text():
                time.sleep(0.05)
            source = service.get_or_none("/api/status")
            child = service.child
            player = plug(number, sound)
            plugged_at = time.monotonic()
            back = {w: watching.wait_for(w, *PLAYED, after=plugged_at, timeout_s=60) - plugged_at for w in WATCHED}
            told.append({"number": number, "lost_s": lost, "last_live_s": live, "back_s": back,
                         "note": source["source"]["note"] if source else "", "same": child == service.child,
                         "name": service.get("/api/status")["source"]["name"]})  # fmt: skip
        service.stop()
    os.killpg(player.pid, signal.SIGKILL)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
