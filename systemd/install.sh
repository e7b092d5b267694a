#!/bin/bash
# Installs Affetto so that it plays whenever this board is switched on; run it again to upgrade, repair or change.
#
# What it does, in order: look whether it can (install/checks.sh), Debian packages (packages.sh), user, units and commands
# (system.sh), a release of its own beside the one that plays (release.sh), name and Wi-Fi (name.sh), lights (lights.sh).
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
source=$(dirname "$here")
# shellcheck source=install/common.sh
. "$here/install/common.sh"
# shellcheck source=install/checks.sh
. "$here/install/checks.sh"
# shellcheck source=install/packages.sh
. "$here/install/packages.sh"
# shellcheck source=install/lock.sh
. "$here/install/lock.sh"
# shellcheck source=install/release.sh
. "$here/install/release.sh"
# shellcheck source=install/system.sh
. "$here/install/system.sh"
# shellcheck source=install/name.sh
. "$here/install/name.sh"
# shellcheck source=install/lights.sh
. "$here/install/lights.sh"
# shellcheck source=install/uninstall.sh
. "$here/install/uninstall.sh"

usage() {
    cat <<'END'
usage: sudo systemd/install.sh [OPTION]...

  --led DRIVER          lights: ws2812, apa102, leds0, pwm or none; ws2812 takes the way that suits the board
  --led-count N         how many there are on the strip (8)
  --country CC          where the guitar is used, such as IT; some boards keep Wi-Fi off without it
  --hotspot             set the guitar's own Wi-Fi up even if no Wi-Fi is seen now; --no-hotspot: do not
  --volatile-journal    keep the system's log in memory, which spares the card
  --dry-run             print every command and change nothing
  --uninstall           remove Affetto; takes and settings stay
  --purge               with --uninstall: remove them too
END
}

dry_run=no action=install purge=no hotspot=auto volatile_journal=no led='' led_count=8 country=''
while [ $# -gt 0 ]; do
    case $1 in
    --dry-run) dry_run=yes ;;
    --uninstall) action=uninstall ;;
    --purge) purge=yes ;;
    --hotspot) hotspot=yes ;;
    --no-hotspot) hotspot=no ;;
    --volatile-journal) volatile_journal=yes ;;
    --led | --led-count | --country)
        [ $# -ge 2 ] || fail "$1 needs a value; see $0 --help"
        case $1 in --led) led=$2 ;; --led-count) led_count=$2 ;; --country) country=$2 ;; esac
        shift
        ;;
    -h | --help) usage && exit ;;
    *) fail "unknown option $1; see $0 --help" ;;
    esac
    shift
done
[[ $led_count =~ ^[1-9][0-9]{0,3}$ ]] || fail "--led-count $led_count: a number from 1 to 1024"
[ "$hotspot" != auto ] || { wifi_is_there && hotspot=yes || hotspot=no; }
[ "$purge" = no ] || [ "$action" = uninstall ] || fail "--purge goes with --uninstall"

install_affetto() {
    local release before
    check_python
    check_bundle
    find_bundled_packages
    choose_lights
    release=$(release_name)
    before=$(current_release)
    is_complete "$release" || check_room

    install_packages
    build_release "$release"
    make_user
    write_first_settings
    give_name
    give_hostname
    keep_logs_in_memory
    upgraded=no show_passphrase=no
    [ "$before" = "$release" ] || upgraded=yes
    switch_to "$release"
    install_commands "$here"
    enable_units
    start "$before"
    set_up_hotspot
    announce "$(port_or 80)"
    set_up_lights
    remove_old_releases "$release" "$before"
    finish "$release"
}

# start BEFORE: only where something has changed or nothing plays.
start() {
    systemd_runs || { say "systemd is not at work here: Affetto starts with the board" && return; }
    [ "$upgraded" = yes ] || [ "$changes" != 0 ] || ! systemctl is-active --quiet affetto.service || return 0
    [ "$dry_run" = no ] || { run systemctl restart affetto.service && return; }
    changes=$((changes + 1))
    start_service && return
    [ "$upgraded" = no ] || [ -z "$1" ] || ! is_complete "$1" || go_back_to "$1"
    fail "Affetto is installed but does not start: journalctl -u affetto -n 50, and affetto doctor"
}

port_or() { if [ -e "$SETTINGS" ] && [ -e "$CURRENT" ]; then page_port; else echo "$1"; fi; }

finish() {
    [ "$dry_run" = no ] || { say "nothing was changed" && return; }
    if [ "$changes" = 0 ]; then
        say "nothing to change: $1 is installed"
    else
        say "installed: $1"
    fi
    affetto_doctor
    show_hotspot
}

affetto_doctor() { /usr/local/bin/affetto doctor || say "it plays; what is marked ✗ can be mended later"; }

check_machine
if [ "$action" = uninstall ]; then uninstall; else install_affetto; fi
