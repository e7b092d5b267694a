#!/bin/sh
# Makes sure that Debian packages are installed: installs what is missing when it may, or says what to type.
#   need-packages.sh [--optional] PACKAGE...   with --optional it goes on without them
#   need-packages.sh --venv PYTHON             the package that lets PYTHON make virtual environments
set -eu

optional=no
case "${1:-}" in
--optional)
    optional=yes
    shift
    ;;
--venv)
    "$2" -c 'import ensurepip' 2>/dev/null && exit 0
    set -- "$(basename "$2")-venv"
    ;;
esac

missing=
for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "This is no Debian; install what corresponds to:$missing" >&2
elif [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; then
    echo "Installing Debian packages:$missing" >&2
    sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    # shellcheck disable=SC2086 # a list of words
    if $sudo apt-get -qq update >/dev/null &&
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $missing >/dev/null; then
        exit 0
    fi
    echo "These could not be installed:$missing" >&2
else
    echo "Please install them first: sudo apt install$missing" >&2
fi
[ $optional = yes ]
