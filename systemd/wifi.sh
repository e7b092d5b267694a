#!/bin/sh
# The guitar's Wi-Fi: its own network, which phones join, or one that it joins itself. Installed as affetto-wifi.
#
# Needs NetworkManager and, for its own network, wpasupplicant, dnsmasq-base and nftables; iw and wireless-regdb where the
# country is set. `systemd/hotspot` holds what it installs and the functions that are used here.
set -eu

here=$(dirname "$(readlink -f "$0")")
[ -d "$here/hotspot" ] || here=/opt/affetto/current/systemd
# shellcheck source=hotspot/settings.sh
. "$here/hotspot/settings.sh"
# shellcheck source=hotspot/radio.sh
. "$here/hotspot/radio.sh"

usage() {
    cat <<'END'
usage: affetto-wifi COMMAND

  hotspot                  open the guitar's own Wi-Fi now
  join SSID                join another Wi-Fi, now and at each start; asks for its passphrase, or reads it from stdin.
                           Where that fails, and whenever that Wi-Fi is out of reach, the guitar opens its own
  forget                   never join another Wi-Fi again, and open its own
  status                   what is on, and where the page is

  setup [--name NAME] [--passphrase-file FILE|-] [--country CC] [--channel 1-11] [--interface wlan0]
        [--open|--encrypted] [--root FOLDER] [--dry-run]
                           write everything that the hotspot needs; without an option what is set stays.
                           --open: no encryption, for boards that cannot; found out by itself as far as possible
                           --root: write below FOLDER (an image) and start nothing
  boot                     what the system runs at each start
  remove [--root FOLDER] [--dry-run]
                           undo setup
END
}

setup() {
    encryption=
    while [ $# -gt 0 ]; do
        case $1 in
        --open | --encrypted) encryption=${1#--} && shift && continue ;;
        --dry-run) dry=yes only_write=yes && shift && continue ;;
        esac
        [ $# -ge 2 ] || fail "$1 needs a value, or is unknown: affetto-wifi --help"
        case $1 in
        --name) name=$2 ;;
        --passphrase-file) passphrase_file=$2 ;;
        --country) country=$2 ;;
        --channel) channel=$2 ;;
        --interface) interface=$2 ;;
        --root) root=${2%/} only_write=yes ;;
        *) fail "unknown option $1: affetto-wifi --help" ;;
        esac
        shift 2
    done
    name=${name:-$(setting name)}
    country=${country:-$(setting country)}
    channel=${channel:-$(setting channel)}
    channel=${channel:-6}
    interface=${interface:-$(setting interface)}
    interface=${interface:-$(wifi_interface)}
    if [ -n "${passphrase_file:-}" ]; then
        passphrase=$(first_line "$passphrase_file")
    else
        passphrase=$(setting passphrase)
    fi
    [ -n "$country" ] || country=$(country_here)
    [ -n "$country" ] || country=$(ask_country)
    check_settings
    case $encryption in
    open) open='it was told so' forced=no ;;
    encrypted) open='' forced=yes ;;
    *) forced=$(setting forced) && open=$(cannot_encrypt || setting open) ;;
    esac

    write_settings
    write_parts
    write_hotspot
    if [ $only_write = yes ]; then
        say "written; nothing was started"
        return
    fi
    need nmcli network-manager
    start_parts
    say "the guitar's own Wi-Fi is \"$name\", on $interface, $(encryption_in_words); now: affetto-wifi hotspot"
}

hotspot() {
    need_setup
    radio_on
    if open_hotspot; then
        say "the guitar's own Wi-Fi \"$name\" is open on $interface, $(encryption_in_words): http://$ADDRESS/"
    else
        fail "the guitar's own Wi-Fi does not start on $interface; the reason: journalctl -u NetworkManager -n 50"
    fi
}

join() {
    [ $# = 1 ] || fail "which Wi-Fi? affetto-wifi join SSID"
    need_setup
    ssid=$1
    check_line "$ssid" 32 "the name of that Wi-Fi"
    passphrase_there=$(ask_passphrase "$ssid")
    [ -z "$passphrase_there" ] || check_passphrase "$passphrase_there"
    say "joining \"$ssid\"; if that fails, the guitar opens \"$name\" again within a minute"
    radio_on
    keep_joined
    write_joined "$ssid" "$passphrase_there" no
    if bring_up "$JOINED" 30; then
        write_joined "$ssid" "$passphrase_there" yes
        rm -f "$JOINED_BEFORE"
        say "joined \"$ssid\"; the page: $(addresses)"
    else
        restore_joined
        open_hotspot || true
        fail "\"$ssid\" could not be joined (passphrase? distance?); the guitar's own Wi-Fi \"$name\" is open again"
    fi
}

forget() {
    need_setup
    rm -f "$JOINED_FILE"
    reload
    hotspot
}

boot() {
    need_setup
    radio_on
    settle_joined
    if [ -e "$JOINED_FILE" ]; then
        bring_up "$JOINED" 45 && say "joined the Wi-Fi that it was told to: $(addresses)" && return
        say "the Wi-Fi to join is not in reach"
    elif { [ -n "$open" ] || ! cannot_encrypt >/dev/null; } && opens_by_itself; then
        return
    fi
    hotspot
}

status() {
    need_setup
    active=$(active_profile)
    case $active in
    "$HOTSPOT") say "own Wi-Fi: \"$name\" is open on $interface, $(encryption_in_words), channel $(setting channel)$(guests)" ;;
    "$JOINED") say "own Wi-Fi: \"$name\" is off: another one is joined, and it opens when that one is out of reach" ;;
    *) say "own Wi-Fi: \"$name\" is off; open it: affetto-wifi hotspot" ;;
    esac
    if [ -e "$JOINED_FILE" ]; then
        say "joins: \"$(joined_name)\"$([ "$active" = "$JOINED" ] && echo ', now joined'); never again: affetto-wifi forget"
    else
        say "joins: no other Wi-Fi; to let it: affetto-wifi join SSID"
    fi
    say "page: $(addresses)"
    say "country: $(country_here | grep . || echo 'not set; affetto-wifi setup --country CC')"
    say "to other networks: $(forwarding_in_words)"
    [ ! -s "$LAST" ] || say "last: $(cat "$LAST")"
}

remove() {
    while [ $# -gt 0 ]; do
        case $1 in
        --dry-run) dry=yes only_write=yes ;;
        --root) root=${2%/} only_write=yes && shift ;;
        *) fail "unknown option $1: affetto-wifi --help" ;;
        esac
        shift
    done
    stop_parts
    remove_files
    say "the guitar's own Wi-Fi is removed"
}

dry=no
only_write=no
root=''
name='' passphrase='' country='' channel='' interface='' open='' forced=no
noted=no # is what happens kept for `status`?
command=${1:-}
[ $# = 0 ] || shift
case $command in
hotspot | join | forget | boot)
    # whoever is logged in by the Wi-Fi that ends now must not take this down
    trap '' HUP PIPE
    noted=yes
    "$command" "$@"
    ;;
setup | status | remove) "$command" "$@" ;;
-h | --help | help) usage ;;
'') usage >&2 && exit 2 ;;
*) fail "unknown command $command: affetto-wifi --help" ;;
esac
