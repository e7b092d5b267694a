#!/bin/bash
# Makes one archive with everything that a board needs to install Affetto without the Internet.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
source=$(dirname "$here")
# shellcheck source=install/lock.sh
. "$here/install/lock.sh"

usage() {
    cat <<'END'
usage: systemd/bundle.sh [OPTION]...

  --arch ARCH          aarch64 (the default) or x86_64
  --python VERSIONS    for which Python, such as 3.11; both 3.11 and 3.13 without it
  --wheels-only        without Debian's packages for boards that never see the Internet (Bookworm and Trixie)
  --out FOLDER         where the archive goes (dist)

Needs pip from $PIP, or .venv/bin/pip.
END
}

fail() {
    echo "bundle: $1" >&2
    exit 1
}

arch=aarch64 pythons='3.11 3.13' out=$source/dist with_packages=yes
while [ $# -gt 0 ]; do
    case $1 in
    --wheels-only) with_packages=no && shift && continue ;;
    -h | --help) usage && exit ;;
    esac
    [ $# -ge 2 ] || fail "$1 needs a value, or is unknown; see $0 --help"
    case $1 in
    --arch) arch=$2 ;;
    --python) pythons=$2 ;;
    --out) out=$2 ;;
    *) fail "unknown option $1; see $0 --help" ;;
    esac
    shift 2
done
case $arch in
aarch64) debian_arch=arm64 ;;
x86_64) debian_arch=amd64 ;;
*) fail "--arch $arch: choose aarch64 or x86_64" ;;
esac
pip=${PIP:-$source/.venv/bin/pip}

# Bookworm has glibc 2.36, and runs what was built for any older one.
platforms() {
    local version
    for version in manylinux_2_{36..5} manylinux2014 manylinux2010 manylinux1; do
        echo "--platform ${version}_$arch"
    done
}

# lime has no wheel; it is pure Python and built on the board.
download_wheels() { # PYTHON FOLDER
    # what is said of Python versions would be judged for the Python that runs pip
    locked_for "$1" "$here/requirements.txt" | sed "s/ ; python_full_version .*'3.13'//" >"$work/lock.txt"
    # shellcheck disable=SC2046 # a list of words
    "$pip" --disable-pip-version-check download --quiet --quiet --no-deps --require-hashes --only-binary :all: --no-binary lime \
        --implementation cp --python-version "$1" $(platforms) --dest "$2" --requirement "$work/lock.txt" ||
        fail "not every wheel for Python $1 on $arch could be had"
}

copy_source() { # FOLDER
    (cd "$source" && find edge export webui systemd pyproject.toml README.md LICENSE -name __pycache__ -prune -o -type f -print0 |
        tar --create --null --files-from - --owner 0 --group 0) | tar --extract --directory "$1"
}

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$source/pyproject.toml")
name=affetto-$version-$arch
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
folder=$work/$name
mkdir -p "$folder/wheels" "$out"
copy_source "$folder"
for python in $pythons; do
    download_wheels "$python" "$folder/wheels"
done
if [ "$with_packages" = yes ]; then
    for release in bookworm trixie; do
        "$here/install/fetch-packages.sh" "$release" "$debian_arch" "$folder/debs/$release"
    done
fi
(cd "$folder" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) >"$work/SHA256SUMS"
mv "$work/SHA256SUMS" "$folder/"
tar --create --gzip --file "$work/$name.tar.gz" --directory "$work" --owner 0 --group 0 --sort name "$name"
mv "$work/$name.tar.gz" "$out/"
(cd "$out" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
echo "$out/$name.tar.gz: $(du -h "$out/$name.tar.gz" | cut -f 1); on the board: tar xf $name.tar.gz && sudo $name/systemd/install.sh"
