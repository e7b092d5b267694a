# shellcheck shell=bash
# What every part of the installer uses. Sourced by install.sh.
# shellcheck disable=SC2034 # the other parts read these

AFFETTO=/opt/affetto
CURRENT=$AFFETTO/current
STATE=/var/lib/affetto
SETTINGS=$STATE/config.toml
ETC=/etc/affetto
UNITS=/etc/systemd/system

changes=0

say() { printf 'affetto: %s\n' "$1"; }

fail() {
    printf 'affetto: %s\n' "$1" >&2
    exit 1
}

# Runs a command that changes this machine; with --dry-run it is only printed.
run() {
    changes=$((changes + 1))
    if [ "$dry_run" = yes ]; then
        printf '+ %s\n' "$*"
    else
        "$@"
    fi
}

# put FILE MODE OWNER:GROUP: makes standard input the content of a file, whole or not at all; a file that is right stays.
put() {
    local file=$1 mode=$2 owner=$3 new
    new=$(mktemp)
    cat >"$new"
    if cmp -s "$new" "$file" && [ "$(stat -c %04a:%U:%G "$file")" = "$mode:$owner" ]; then
        rm "$new"
        return
    fi
    if [ "$dry_run" = yes ]; then
        run "write $file, mode $mode, of $owner"
    else
        changes=$((changes + 1))
        mkdir -p "$(dirname "$file")"
        install -m "$mode" -o "${owner%:*}" -g "${owner#*:}" "$new" "$file.new"
        sync -f "$file.new"
        mv -T "$file.new" "$file"
    fi
    rm "$new"
}

# take_away FILE...: removes what is there.
take_away() {
    local file
    for file in "$@"; do
        if [ -e "$file" ] || [ -L "$file" ]; then run rm -rf "$file"; fi
    done
}

# Is systemd at work here? It is not while an image is being built.
systemd_runs() { [ -d /run/systemd/system ]; }

# The board as its maker calls it, such as "Raspberry Pi 5 Model B Rev 1.0".
board() {
    if [ -r /proc/device-tree/model ]; then tr -d '\0' </proc/device-tree/model; else uname -m; fi
}
