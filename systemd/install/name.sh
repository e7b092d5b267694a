# shellcheck shell=bash
# Each guitar has a name and a passphrase of its own. Both are made once and stay, whatever is installed later.

NAME_FILE=$ETC/name
HOSTNAME_BEFORE=$ETC/hostname-before

# random_letters COUNT LETTERS: without those that look like others.
random_letters() { LC_ALL=C tr -dc "$2" </dev/urandom | head -c "$1" || true; }

new_name() { echo "Affetto-$(random_letters 4 23456789ABCDEFGHJKMNPQRSTUVWXYZ)"; }

# Twelve of 31 letters: 59 bits.
new_passphrase() {
    local letters
    letters=$(random_letters 12 23456789abcdefghjkmnpqrstuvwxyz)
    echo "${letters:0:4}-${letters:4:4}-${letters:8:4}"
}

give_name() {
    if [ -e "$NAME_FILE" ]; then
        name=$(cat "$NAME_FILE")
    else
        name=$(new_name)
        put "$NAME_FILE" 0644 root:root <<<"$name"
    fi
}

# The guitar is also found as NAME.local. A name that somebody gave the machine is left alone.
give_hostname() {
    local before new=${name,,}
    before=$(cat /etc/hostname 2>/dev/null || hostname)
    case $before in raspberrypi | debian | localhost | bela | BeagleBone | beaglebone) ;; *) return 0 ;; esac
    put "$HOSTNAME_BEFORE" 0644 root:root <<<"$before"
    set_hostname "$before" "$new"
}

set_hostname() {
    put /etc/hostname 0644 root:root <<<"$2"
    if grep -q "^127\.0\.1\.1" /etc/hosts 2>/dev/null; then
        put /etc/hosts 0644 root:root < <(sed "s/^\(127\.0\.1\.1[[:space:]]\+\)$1\$/\1$2/" /etc/hosts)
    else
        put /etc/hosts 0644 root:root < <(cat /etc/hosts 2>/dev/null && printf '127.0.1.1\t%s\n' "$2")
    fi
    systemd_runs || return 0
    run hostname "$2"
    ! is_there avahi-daemon || run systemctl try-restart avahi-daemon.service
}

# avahi tells phones and computers in the same network that there is a page.
announce() {
    is_there avahi-daemon || return 0
    put /etc/avahi/services/affetto.service 0644 root:root < <(sed "s/@PORT@/$1/" "$here/avahi.service")
}

# The Wi-Fi's own settings are affetto-wifi's; here it gets name and passphrase the first time, and new parts later.
set_up_hotspot() {
    [ "$hotspot" = yes ] || return 0
    local options=()
    [ -z "$country" ] || options+=(--country "$country")
    if [ -e "$ETC/wifi.conf" ]; then
        [ "$upgraded" = no ] || run "$here/wifi.sh" setup "${options[@]}"
        return 0
    fi
    passphrase=$(kept_passphrase)
    [ -n "$passphrase" ] || passphrase=$(new_passphrase)
    run "$here/wifi.sh" setup --name "$name" --passphrase-file - "${options[@]}" <<<"$passphrase"
    show_passphrase=yes
}

# After an uninstall that kept the settings, phones that know the Wi-Fi find it again.
kept_passphrase() { sed -n 's/^passphrase = "\(.*\)"$/\1/p' "$ETC/hotspot.toml" 2>/dev/null || true; }

wifi_is_there() { compgen -G '/sys/class/net/*/phy80211' >/dev/null; }

# Shown once; afterwards the page and `affetto-wifi status` know them.
show_hotspot() {
    [ "$show_passphrase" = yes ] && [ "$dry_run" = no ] || return 0
    "$CURRENT/venv/bin/python" -I - "$ETC/hotspot.toml" <<'END' || true
import sys
from pathlib import Path
import segno
from edge.setup.hotspot import join_text, read
hotspot, _ = read(Path(sys.argv[1]))
if hotspot is not None:
    print(f"\n  Wi-Fi:      {hotspot.name}\n  passphrase: {hotspot.passphrase or 'none, this board cannot encrypt'}\n"
          "  page:       http://192.168.4.1/\n\nA phone that looks at this joins:\n")
    segno.make(join_text(hotspot), error="m", micro=False).terminal(compact=True)
END
    say "write them down; the Wi-Fi opens at the next start, or now: sudo affetto-wifi hotspot"
}
