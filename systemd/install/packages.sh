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
    if [ -d "$bundled_packages" ]; then
        [ ${#needed[@]} = 0 ] || run install_bundled "${needed[@]}" || say "the bundle's packages are not enough"
        for package in "${wanted[@]}"; do
            ! is_bundled "$package" || run install_bundled "$package" || say "going on without $package"
        done
        mapfile -t needed < <(missing needed)
    fi
    if [ ${#needed[@]} -gt 0 ]; then
        run "$here/need-packages.sh" "${needed[@]}" ||
            fail "connect this board to the Internet once, or install from a bundle that holds those packages"
    fi
    # a bundle is for boards that may never see the Internet
    [ ! -d "$source/wheels" ] || return 0
    for package in "${wanted[@]}"; do
        # not every Debian has each of them
        ! apt-cache show "$package" >/dev/null 2>&1 || try_to_install "$package"
    done
}

try_to_install() {
    local before=$changes
    run "$here/need-packages.sh" "$1" && return
    changes=$before
    say "going on without $1"
}

is_bundled() { compgen -G "$bundled_packages/$1_*.deb" >/dev/null; }

# apt takes them from the bundle's folder as it would from the Internet: what cannot be installed whole is not begun.
install_bundled() {
    local work result=0
    work=$(mktemp -d)
    mkdir -p "$work/lists/partial"
    ln -s "$bundled_packages" "$work/packages" # apt takes no blanks in a name
    echo "deb [trusted=yes] file:$work/packages ./" >"$work/sources.list"
    local options=(-o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o Dir::State::Lists="$work/lists" -o Dir::Cache::PkgCache= -o Dir::Cache::SrcPkgCache= -o APT::Sandbox::User=root)
    say "installing Debian packages from the bundle: $*"
    apt-get -qq "${options[@]}" update >/dev/null &&
        DEBIAN_FRONTEND=noninteractive apt-get -qq "${options[@]}" install --yes --no-install-recommends "$@" >/dev/null ||
        result=1
    rm -rf "$work"
    return $result
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
