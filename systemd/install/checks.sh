# shellcheck shell=bash
# What must hold before anything is changed. Each check says in one line what is wrong and what to do.

ROOM_MB=800 # a release takes 550 MB, and pip some room while it installs

check_machine() {
    [ "$(id -u)" = 0 ] || [ "$dry_run" = yes ] || fail "this changes the system: sudo $0"
    apt-get --version >/dev/null 2>&1 ||
        fail "this system has no apt; take Raspberry Pi OS or Debian, or run Affetto by hand: make run"
    case $(dpkg --print-architecture) in
    arm64 | amd64) ;;
    arm*) fail "this system has 32 bits, for which there is no onnxruntime; install the 64-bit Raspberry Pi OS" ;;
    *) fail "there is nothing for the processor $(dpkg --print-architecture); take a 64-bit ARM board or a PC" ;;
    esac
}

check_python() {
    [ -x /usr/bin/python3 ] || fail "there is no Python: sudo apt install python3 python3-venv"
    python=$(/usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    case $python in
    3.11 | 3.12 | 3.13) ;;
    *) fail "Python $python does not do; Debian or Raspberry Pi OS 12 (Bookworm) or 13 (Trixie) have 3.11 and 3.13" ;;
    esac
}

check_room() {
    local folder=$AFFETTO free_mb
    while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
    free_mb=$(df -Pm "$folder" | awk 'NR == 2 { print $4 }')
    [ "$free_mb" -ge "$ROOM_MB" ] ||
        fail "only $free_mb MB are free in $folder, $ROOM_MB are needed; make room, or use a larger card"
}

# A bundle carries Debian packages for boards that never see the Internet; "" without them.
find_bundled_packages() {
    local release
    release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    bundled_packages=$source/debs/$release
    [ -e "$bundled_packages/Packages" ] || bundled_packages=
}

# A bundle carries checksums of everything in it; a checkout has none.
check_bundle() {
    [ -e "$source/SHA256SUMS" ] || return 0
    (cd "$source" && sha256sum --check --quiet SHA256SUMS >/dev/null 2>&1) ||
        fail "$source is damaged: its files do not match SHA256SUMS; copy or download the bundle again"
    ls "$source"/wheels/numpy-*-cp"${python/./}"-*_"$(uname -m)".whl >/dev/null 2>&1 ||
        fail "this bundle has nothing for Python $python on $(uname -m); take the one that is made for it"
}
