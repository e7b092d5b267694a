#!/bin/bash
# fetch-packages.sh RELEASE ARCHITECTURE FOLDER: puts the Debian packages there that a board may lack, such as
# `fetch-packages.sh bookworm arm64 debs`. Used by bundle.sh; works on any Debian, for any architecture.
set -euo pipefail

release=$1 architecture=$2 folder=$3
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}

# what Raspberry Pi OS Lite brings, with all that it needs, is left out
there=(python3 systemd udev perl-base apt network-manager wpasupplicant dnsmasq-base avahi-daemon)
wanted=(libportaudio2 nftables iw python3-spidev)
[ "$release" = bookworm ] || wanted+=(python3-rtmidi)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{state/lists/partial,cache/archives/partial,etc/preferences.d} "$folder"
: >"$work/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release main" >"$work/etc/sources.list"

private_apt() {
    apt-get -qq -o Dir::State="$work/state" -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache" \
        -o Dir::Etc="$work/etc" -o Dir::Etc::sourcelist="$work/etc/sources.list" -o APT::Architecture="$architecture" \
        -o APT::Architectures="$architecture" -o APT::Install-Recommends=false -o APT::Sandbox::User=root "$@"
}

# with_needs PACKAGE...: packages with all that they need in turn
with_needs() { private_apt --print-uris install "$@" | awk '{ sub(/_.*/, "", $2); print $2 }' | LC_ALL=C sort; }

private_apt update
LC_ALL=C comm -23 <(with_needs "${wanted[@]}") <(with_needs "${there[@]}") >"$work/lacking"
[ -s "$work/lacking" ] || { echo "fetch-packages: nothing was found for $release $architecture" >&2 && exit 1; }
mapfile -t packages <"$work/lacking"
# apt checks what it downloads against the signed lists
cd "$folder"
private_apt download "${packages[@]}"
# the list by which apt finds them on the board
for package in *.deb; do
    dpkg-deb --field "$package"
    printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$package" "$(stat -c %s "$package")" \
        "$(sha256sum "$package" | cut -d ' ' -f 1)"
done >Packages
