# shellcheck shell=bash
# What comes from Debian: the sound library, and Python modules that have no wheel.

# Prints the packages without which nothing works, or with "wanted" those that can be done without.
packages() {
    local list
    if [ "$1" = wanted ]; then
        list="avahi-daemon python3-spidev"
        [ "$python" != 3.13 ] || list="$list python3-lgpio"
    else
        list="python3-venv libportaudio2"
        [ "$python" != 3.13 ] || list="$list python3-rtmidi"
        [ "$hotspot" = no ] || list="$list network-manager dnsmasq-base nftables iw"
    fi
    echo "$list"
}

is_there() { dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

missing() {
    local package
    for package in $(packages "$1"); do is_there "$package" || echo "$package"; done
}

install_packages() {
    local needed wanted package
    mapfile -t needed < <(missing needed)
    mapfile -t wanted < <(missing wanted)
    [ ${#needed[@]} -gt 0 ] || [ ${#wanted[@]} -gt 0 ] || return 0
    install_bundled_packages
    mapfile -t needed < <(missing needed)
    if [ ${#needed[@]} -gt 0 ]; then
        run "$here/need-packages.sh" "${needed[@]}" ||
            fail "connect this board to the Internet once, or install from a bundle that holds those packages"
    fi
    # a bundle is for boards that may never see the Internet
    [ ! -d "$source/wheels" ] || return 0
    for package in $(missing wanted); do
        # not every Debian has each of them
        ! apt-cache show "$package" >/dev/null 2>&1 || run "$here/need-packages.sh" --optional "$package"
    done
}

# A bundle may carry packages for boards that never see the Internet.
install_bundled_packages() {
    local release folder file files=()
    release=$(. /etc/os-release && echo "$VERSION_CODENAME")
    folder=$source/debs/$release
    [ -d "$folder" ] || return 0
    for file in "$folder"/*_"$(dpkg --print-architecture)".deb "$folder"/*_all.deb; do
        [ ! -e "$file" ] || is_there "$(dpkg-deb -f "$file" Package)" || files+=("$file")
    done
    [ ${#files[@]} -gt 0 ] || return 0
    say "installing Debian packages that came with the bundle"
    # what they need in turn is in the folder too, or on every such system
    run dpkg --install --force-confold "${files[@]}" >/dev/null || run dpkg --configure -a ||
        say "some of them could not be installed; trying the Internet"
}

# Debian's modules count only where pip has none: each is linked into the virtual environment by itself.
link_debian_modules() {
    local venv=$1 module file there
    there=$(echo "$venv"/lib/python3*/site-packages)
    for module in rtmidi spidev lgpio; do
        ! "$venv/bin/python" -c "import $module" 2>/dev/null || continue
        for file in /usr/lib/python3/dist-packages/{,_}"$module"{,.py,.cpython-*.so}; do
            [ ! -e "$file" ] || run ln -s "$file" "$there/"
        done
    done
}
