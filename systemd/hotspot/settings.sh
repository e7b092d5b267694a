# shellcheck shell=sh
# What the guitar's own Wi-Fi is set to, and the files that follow from it. Sourced by wifi.sh.
# shellcheck disable=SC2154,SC2034 # dry, root, name, passphrase… are wifi.sh's

HOTSPOT=affetto-hotspot
JOINED=affetto-joined
ADDRESS=192.168.4.1
SETTINGS=/etc/affetto/wifi.conf
PROFILES=/etc/NetworkManager/system-connections
JOINED_FILE=$PROFILES/$JOINED.nmconnection
JOINED_BEFORE=/etc/affetto/joined-before
LAST=/run/affetto-wifi.last

# NetworkManager prefers what has the higher priority; others that the system knows have 0
HOTSPOT_PRIORITY=100
JOINED_PRIORITY=200

say() {
    # the terminal may be gone: the Wi-Fi that led here has just been left
    printf 'affetto-wifi: %s\n' "$1" 2>/dev/null || true
    [ "${noted:-no}" = no ] || printf '%s\n' "$1" 2>/dev/null >"$LAST" || true
}

fail() {
    [ "${noted:-no}" = no ] || printf '%s\n' "$1" 2>/dev/null >"$LAST" || true
    printf 'affetto-wifi: %s\n' "$1" >&2 2>/dev/null || true
    exit 1
}

need() {
    command -v "$1" >/dev/null || fail "$1 is missing: sudo apt install $2"
}

setting() {
    sed -n "s/^$1=//p" "$root$SETTINGS" 2>/dev/null || true
}

need_setup() {
    [ "$(id -u)" = 0 ] || fail "needs root: sudo affetto-wifi $command"
    [ -e "$SETTINGS" ] || fail "not set up yet: affetto-wifi setup --name NAME --passphrase-file FILE"
    need nmcli network-manager
    name=$(setting name)
    interface=$(setting interface)
    open=$(setting open)
    forced=$(setting forced)
}

first_line() {
    if [ "$1" = - ]; then
        IFS= read -r line || [ -n "${line:-}" ] || fail "no passphrase on standard input"
    else
        [ -r "$1" ] || fail "$1: cannot be read; give a file whose first line is the passphrase"
        IFS= read -r line <"$1" || [ -n "${line:-}" ] || fail "$1: is empty; its first line must be the passphrase"
    fi
    printf '%s' "$line"
}

check_line() { # TEXT, most bytes, what it is
    [ -n "$1" ] || fail "$3 is empty"
    [ "$(printf '%s' "$1" | wc -c)" -le "$2" ] || fail "$3 is too long: $2 bytes at most"
    [ "$(printf '%s' "$1" | LC_ALL=C tr -d '\000-\037\177' | wc -c)" = "$(printf '%s' "$1" | wc -c)" ] ||
        fail "$3 has a control character in it"
}

check_passphrase() {
    length=$(printf '%s' "$1" | wc -c)
    if [ "$length" -lt 8 ] || [ "$length" -gt 63 ]; then
        fail "the passphrase has $length characters; WPA2 wants 8 to 63"
    fi
    [ -z "$(printf '%s' "$1" | LC_ALL=C tr -d '\040-\176')" ] ||
        fail "the passphrase may have letters, digits, blanks and signs of ASCII only, or some phones cannot join"
}

check_settings() {
    [ -n "$name" ] || fail "the Wi-Fi needs a name: --name NAME"
    check_line "$name" 32 "the name"
    [ -n "$passphrase" ] || fail "the Wi-Fi needs a passphrase: --passphrase-file FILE"
    check_passphrase "$passphrase"
    case $channel in [1-9] | 10 | 11) ;; *) fail "channel $channel: choose 1 to 11 (1, 6 and 11 do not overlap)" ;; esac
    case $country in '' | [A-Z][A-Z]) ;; *) fail "country $country: two capital letters, such as IT or US" ;; esac
    case $interface in *[!A-Za-z0-9_-]*) fail "interface $interface: not a name such as wlan0" ;; esac
}

put() { # FILE MODE [GROUP]: standard input becomes the file, at once or not at all
    if [ "$dry" = yes ]; then
        cat >/dev/null
        echo "would write $root$1 (mode $2)"
        return
    fi
    mkdir -p "$(dirname "$root$1")"
    new=$(mktemp "$(dirname "$root$1")/.affetto.XXXXXX")
    cat >"$new"
    chmod "$2" "$new"
    [ -z "${3:-}" ] || [ -n "$root" ] || ! getent group "$3" >/dev/null || chgrp "$3" "$new"
    sync "$new"
    mv "$new" "$root$1"
}

write_settings() {
    put "$SETTINGS" 0600 <<END
name=$name
passphrase=$passphrase
channel=$channel
country=$country
interface=$interface
open=$open
forced=${forced:-no}
END
}

write_hotspot() {
    hotspot_profile | put "$PROFILES/$HOTSPOT.nmconnection" 0600
    hotspot_for_page | put /etc/affetto/hotspot.toml 0640 affetto
}

hotspot_profile() {
    cat <<END
[connection]
id=$HOTSPOT
uuid=a8ae6bd4-9f2a-4a0e-9c39-5a1b6d0f7c11
type=wifi
interface-name=$interface
autoconnect-priority=$HOTSPOT_PRIORITY
autoconnect-retries=0

[wifi]
mode=ap
ssid=$(bytes "$name")
band=bg
channel=$channel
ap-isolation=1
powersave=2

$([ -n "$open" ] || hotspot_security)

[ipv4]
method=shared
address1=$ADDRESS/24

[ipv6]
method=disabled
END
}

hotspot_security() {
    # pmf 1: disabled, or the firmware of a Raspberry Pi starts no access point
    cat <<END
[wifi-security]
key-mgmt=wpa-psk
proto=rsn;
pairwise=ccmp;
group=ccmp;
pmf=1
psk=$(escaped "$passphrase")
END
}

write_joined() { # SSID PASSPHRASE yes|no: also at the next start?
    put "$JOINED_FILE" 0600 <<END
[connection]
id=$JOINED
uuid=5b0c2a53-0c51-4d53-8d43-1f6f6a0b2e27
type=wifi
interface-name=$interface
autoconnect=$([ "$3" = yes ] && echo true || echo false)
autoconnect-priority=$JOINED_PRIORITY
autoconnect-retries=1

[wifi]
ssid=$(bytes "$1")
powersave=2

$([ -z "$2" ] || printf '[wifi-security]\nkey-mgmt=wpa-psk\npsk=%s' "$(escaped "$2")")

[ipv4]
method=auto
may-fail=false

[ipv6]
method=auto
END
    reload
}

keep_joined() { [ ! -e "$JOINED_FILE" ] || cp -p "$JOINED_FILE" "$JOINED_BEFORE"; }

restore_joined() {
    if [ -e "$JOINED_BEFORE" ]; then mv "$JOINED_BEFORE" "$JOINED_FILE"; else rm -f "$JOINED_FILE"; fi
    reload
}

# A join that a power cut ended before it had succeeded never was.
settle_joined() {
    [ ! -e "$JOINED_BEFORE" ] || mv "$JOINED_BEFORE" "$JOINED_FILE"
    [ ! -e "$JOINED_FILE" ] || grep -qx 'autoconnect=true' "$JOINED_FILE" || rm -f "$JOINED_FILE"
}

joined_name() {
    sed -n 's/^ssid=//p' "$JOINED_FILE" | tr ';' '\n' | while read -r byte; do
        # shellcheck disable=SC2059 # the format is the character
        [ -z "$byte" ] || printf "\\$(printf %o "$byte")"
    done
}

hotspot_for_page() {
    cat <<END
# The guitar's own Wi-Fi, as the page shows it. Written by affetto-wifi.
name = "$(quoted "$name")"
passphrase = "$([ -n "$open" ] || quoted "$passphrase")"
open_because = "$(quoted "$open")"
END
}

bytes() { printf '%s' "$1" | od -An -v -tu1 | tr -s ' \n' ';;' | sed 's/^;*//; s/;*$/;/'; }
escaped() { printf '%s' "$1" | sed 's/\\/\\\\/g; s/ /\\s/g'; }
quoted() { printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g'; }
