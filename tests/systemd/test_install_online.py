"""The installer from a checkout, with the Internet, and where no systemd is at work: as an image is made for cards."""

import subprocess

import pytest

from tests.systemd import debian
from tests.systemd.machine import why_not

pytestmark = [
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
    pytest.mark.skipif(not debian.CHOSEN, reason="takes minutes and the Internet; `make test-install` runs it"),
    pytest.mark.timeout(1500),
]

ROOT_OF_ITS_OWN = """
set -eu
mount --make-rprivate /
mount -t tmpfs tmpfs {folder}
cd {folder} && mkdir up work root
mount -t overlay -o lowerdir={lower},upperdir=up,workdir=work overlay root
mount -t proc proc root/proc && mount -t tmpfs tmpfs root/tmp && mount --bind /dev root/dev
for file in /etc/resolv.conf /etc/pip.conf /etc/ssl/certs/ca-certificates.crt; do
    [ ! -e $file ] || cp -L $file root$file
done
mkdir root/srv/checkout && (cd {checkout} && git archive HEAD) | tar --extract --directory root/srv/checkout
printf '#!/bin/sh\\nexit 101\\n' >root/usr/sbin/policy-rc.d && chmod +x root/usr/sbin/policy-rc.d
exec chroot root env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root sh -c '
    set -eux
    cd /srv/checkout
    systemd/install.sh --no-hotspot --led ws2812
    find . -maxdepth 1 -name "*.egg-info" -o -maxdepth 1 -name build
    systemd/install.sh --no-hotspot
    ls /etc/systemd/system/multi-user.target.wants/affetto.service
    affetto --version
    grep driver /var/lib/affetto/config.toml
    /opt/affetto/current/venv/bin/python -I -c "import rtmidi, spidev, onnxruntime, edge.explain.explainer"
    systemd/install.sh --uninstall --purge
    ls /opt /var/lib/affetto || true
'
"""


def test_it_installs_from_a_checkout_where_systemd_is_not_at_work(tmp_path):
    script = ROOT_OF_ITS_OWN.format(folder=tmp_path, lower=debian.root(), checkout=debian.CHECKOUT)
    isolated = ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "bash", "-c", script]
    said = subprocess.run(isolated, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr
    told = said.stdout
    assert told.count("systemd is not at work here: Affetto starts with the board") == 2
    assert "affetto: installed: " in told
    assert "affetto: nothing to change: " in told
    assert "affetto, version " in told
    assert 'driver = "ws2812"' in told
    assert "removed with its takes and settings" in told
    assert ".egg-info" not in told, "the checkout is left as it was"
