# shellcheck shell=bash
# The pinned versions as they are installed. Read by the installer and by bundle.sh.

# locked_for PYTHON LOCK: without what has no wheel for that Python on a 64-bit ARM board; Debian has those modules.
locked_for() {
    local without=spidev
    [ "$1" != 3.13 ] || without='spidev|lgpio|python-rtmidi'
    awk -v without="^($without)==" '/^[^ #]/ { skip = $0 ~ without } !skip' "$2"
}
