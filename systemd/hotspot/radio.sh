# shellcheck shell=sh
# The radio, NetworkManager and what goes with the guitar's own Wi-Fi. Sourced by wifi.sh.
# shellcheck disable=SC2154,SC2034 # here, root, interface… are wifi.sh's

FIREWALL=/etc/affetto/hotspot.nft
NAMES=/etc/NetworkManager/dnsmasq-shared.d/affetto.conf
DISPATCHER=/etc/NetworkManager/dispatcher.d/pre-up.d/50-affetto
UNITS=/etc/systemd/system
COUNTRY=/etc/modprobe.d/affetto-wifi.conf

wifi_interface() {
    for there in /sys/class/net/*/phy80211; do
        [ ! -e "$there" ] || { basename "$(dirname "$there")" && return; }
    done
    echo wlan0
}

country_here() {
    known=$(setting country)
    if [ -z "$known" ] && [ "$only_write" = no ]; then
        known=$(sed -n 's/.*cfg80211.ieee80211_regdom=\([A-Z][A-Z]\).*/\1/p' /proc/cmdline)
        [ -n "$known" ] || known=$(iw reg get 2>/dev/null | sed -n 's/^country \([A-Z][A-Z]\):.*/\1/p' | head -n 1)
    fi
    echo "$known"
}

ask_country() {
    if [ -t 0 ] && [ "$only_write" = no ]; then
        printf 'In which country is this guitar used? Wi-Fi stays off on some boards without it. Two letters, such as IT: ' >&2
        read -r answer
        printf '%s' "$answer" | tr '[:lower:]' '[:upper:]'
    else
        say "no country is set, and some boards keep Wi-Fi off without it: affetto-wifi setup --country CC" >&2
    fi
}

set_country() {
    [ -n "$country" ] || return 0
    # Raspberry Pi OS has a place of its own, which wins
    ! command -v raspi-config >/dev/null || raspi-config nonint do_wifi_country "$country" >/dev/null || true
    ! command -v iw >/dev/null || iw reg set "$country" || true
}

# Prints why this board cannot run an encrypted access point, or fails if it can as far as is known.
# BCM43430/2 (some Zero 2 W): phones join but no encrypted frame reaches them (RPi-Distro/firmware-nonfree issue 59).
cannot_encrypt() {
    [ "$only_write" = no ] && [ "$forced" != yes ] || return 1
    if dmesg 2>/dev/null | grep -q 'brcmfmac.*BCM43430/2'; then
        echo 'the firmware of its Wi-Fi chip BCM43430/2 cannot'
    elif nmcli -t -f WIFI-PROPERTIES.WPA2,WIFI-PROPERTIES.CCMP device show "$interface" 2>/dev/null | grep -q ':no$'; then
        echo 'its Wi-Fi chip cannot'
    else
        return 1
    fi
}

encryption_in_words() {
    if [ -z "$open" ]; then echo 'encrypted (WPA2)'; else
        echo "NOT encrypted ($open): everybody near can join, and only the page's own pairing protects it"
    fi
}

write_parts() {
    put "$NAMES" 0644 <"$here/hotspot/dnsmasq.conf"
    sed "s/@INTERFACE@/$interface/g" "$here/hotspot/firewall.nft" | put "$FIREWALL" 0644
    put "$DISPATCHER" 0755 <"$here/hotspot/dispatcher.sh"
    for unit in affetto-firewall affetto-wifi; do
        put "$UNITS/$unit.service" 0644 <"$here/hotspot/$unit.service"
    done
    [ -z "$country" ] || echo "options cfg80211 ieee80211_regdom=$country" | put "$COUNTRY" 0644
}

start_parts() {
    ! command -v nft >/dev/null || nft -f "$FIREWALL" ||
        say "the firewall could not be loaded; nothing is forwarded all the same: see affetto-wifi status" >&2
    if [ -d /run/systemd/system ]; then
        systemctl daemon-reload
        systemctl --quiet enable affetto-firewall.service affetto-wifi.service
    fi
    set_country
    radio_on
    reload
}

stop_parts() {
    [ "$only_write" = no ] || return 0
    if [ -d /run/systemd/system ]; then
        systemctl --quiet disable affetto-firewall.service affetto-wifi.service 2>/dev/null || true
    fi
    ! command -v nft >/dev/null || nft delete table inet affetto 2>/dev/null || true
}

remove_files() {
    for file in "$PROFILES/$HOTSPOT.nmconnection" "$JOINED_FILE" "$JOINED_BEFORE" "$NAMES" "$DISPATCHER" "$FIREWALL" \
        "$UNITS/affetto-firewall.service" "$UNITS/affetto-wifi.service" "$COUNTRY" /etc/affetto/hotspot.toml "$SETTINGS"; do
        [ -e "$root$file" ] || continue
        if [ "$dry" = yes ]; then echo "would remove $root$file"; else rm -f "$root$file"; fi
    done
    [ "$only_write" = no ] || return 0
    rm -f "$LAST"
    [ ! -d /run/systemd/system ] || systemctl daemon-reload
    # NetworkManager ends a connection whose profile is gone
    ! command -v nmcli >/dev/null || reload
}

radio_on() {
    nmcli radio wifi on 2>/dev/null || true
}

reload() {
    nmcli --wait 10 connection reload >/dev/null 2>&1 || true
}

bring_up() { # PROFILE SECONDS
    nmcli --wait "$2" connection up id "$1" >/dev/null 2>&1
}

# Encrypted if that works, else open; what was found out is kept for the next start.
open_hotspot() {
    if [ -z "$open" ]; then
        open=$(cannot_encrypt || true)
        [ -z "$open" ] || write_again
    fi
    passphrase=$(setting passphrase)
    reload
    bring_up "$HOTSPOT" 30 || bring_up "$HOTSPOT" 30 && return
    [ -z "$open" ] || return 1
    open='it starts on this board without encryption only'
    write_again
    reload
    bring_up "$HOTSPOT" 30 && return
    open=
    write_again
    reload
    return 1
}

# At each start NetworkManager opens it; doing that once more would throw out who has joined.
opens_by_itself() {
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        [ "$(active_profile)" != "$HOTSPOT" ] || return 0
        sleep 1
    done
    return 1
}

write_again() {
    passphrase=$(setting passphrase) channel=$(setting channel) country=$(setting country)
    write_settings
    write_hotspot
}

active_profile() {
    nmcli -t -f NAME,DEVICE,STATE connection show --active | sed -n "s/^\(.*\):$interface:activated$/\1/p"
}

guests() {
    command -v iw >/dev/null || return 0
    echo ", joined by $(iw dev "$interface" station dump 2>/dev/null | grep -c ^Station || true)"
}

addresses() {
    for address in $(nmcli -g IP4.ADDRESS device show "$interface" 2>/dev/null | tr '|' ' '); do
        printf 'http://%s/ ' "${address%/*}"
    done
    echo "http://$(hostname).local/"
}

forwarding_in_words() {
    if nft list table inet affetto >/dev/null 2>&1; then
        echo 'nothing is forwarded (firewall)'
    elif [ "$(cat /proc/sys/net/ipv4/ip_forward)" = 0 ]; then
        echo 'nothing is forwarded (no firewall, but this machine does not route)'
    else
        echo 'WHAT GUESTS SEND MAY BE FORWARDED: sudo apt install nftables, then affetto-wifi setup'
    fi
}

ask_passphrase() { # SSID
    if [ -t 0 ]; then
        printf 'Passphrase of "%s" (empty if it is open): ' "$1" >&2
        before=$(stty -g)
        trap 'stty "$before"' EXIT INT TERM
        stty -echo
        IFS= read -r answer || true
        stty "$before"
        trap - EXIT INT TERM
        echo >&2
    else
        IFS= read -r answer || true
    fi
    printf '%s' "${answer:-}"
}
