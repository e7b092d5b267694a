# shellcheck shell=bash
# Releases lie side by side in /opt/affetto/releases; `current` is a link to the one that plays.

RELEASES=$AFFETTO/releases
START_S=90

# The version, and a fingerprint of everything that is installed: the same sources for the same Python have the same name.
release_name() {
    local version print
    version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$source/pyproject.toml")
    print=$(cd "$source" && {
        echo "$python"
        find edge export webui systemd pyproject.toml -name __pycache__ -prune -o -type f -print0 | LC_ALL=C sort -z |
            xargs -0 sha256sum
    } | sha256sum | cut -c 1-8)
    echo "$version-$print"
}

current_release() { [ ! -L "$CURRENT" ] || basename "$(readlink "$CURRENT")"; }

is_complete() { [ -e "$RELEASES/$1/complete" ]; }

# Makes the folder of a release; what fails in the middle leaves nothing behind.
build_release() {
    local release=$RELEASES/$1 log
    is_complete "$1" && return
    say "preparing $1; this takes some minutes on a small board"
    log=$(mktemp)
    take_away "$release"
    if [ "$dry_run" = yes ]; then
        fill_release "$release"
    else
        changes=$((changes + 1))
        fill_release "$release" >"$log" 2>&1 &
        if ! wait $!; then
            rm -rf "$release"
            tail -n 20 "$log" >&2
            rm "$log"
            fail "the release could not be prepared, see above; what was installed before is as it was"
        fi
    fi
    rm "$log"
}

fill_release() {
    local release=$1 venv=$1/venv before
    before=$RELEASES/$(current_release)
    run mkdir -p "$release"
    if needs_the_same "$before"; then
        take_over "$before/venv" "$venv"
    else
        run /usr/bin/python3 -m venv "$venv"
        install_libraries "$venv"
    fi
    # pip writes where it builds, and the checkout is not ours
    run mkdir "$release/code"
    run cp -r "$source"/{edge,export,webui,pyproject.toml,README.md,LICENSE} "$release/code/"
    pip_install "$venv" --no-index --no-build-isolation "$release/code"
    run rm -r "$release/code"
    run "$venv/bin/python" -m compileall -q -j 0 "$venv/lib"
    run cp -r "$here" "$release/systemd"
    run chown -R root:root "$release"
    run sync -f "$release"
    run touch "$release/complete"
}

install_libraries() {
    local venv=$1 lock
    lock=$(mktemp)
    locked_for "$python" "$here/requirements.txt" >"$lock"
    # what has no wheel but needs no compiler is built here, by setuptools
    only setuptools <"$lock" >"$lock.first"
    pip_install "$venv" --require-hashes -r "$lock.first"
    pip_install "$venv" --require-hashes --no-build-isolation -r "$lock"
    rm -f "$lock" "$lock.first"
    link_debian_modules "$venv"
}

# Does a release have the libraries that this one wants?
needs_the_same() {
    [ -e "$1/complete" ] && cmp -s "$1/systemd/requirements.txt" "$here/requirements.txt" &&
        [ "$("$1/venv/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')" = "$python" ]
}

# take_over OLD NEW: the same files under a second name take no room and no time; pip replaces, and never changes, a file.
take_over() {
    run cp -al "$1" "$2"
    run "$2/bin/python" -m pip --isolated --disable-pip-version-check uninstall --quiet --yes affetto
    # the commands name the folder that they lie in
    run find "$2/bin" -type f -exec sed -i "s,$1/,$2/," {} +
}

pip_install() {
    local venv=$1
    shift
    local from=()
    [ ! -d "$source/wheels" ] || from=(--no-index --find-links "$source/wheels")
    run "$venv/bin/python" -m pip --isolated --disable-pip-version-check --no-input install --quiet --no-cache-dir --no-compile \
        --no-deps "${from[@]}" "$@"
}

# only NAME: of a lock, that one requirement.
only() { awk -v name="^$1==" '/^[^ #]/ { take = $0 ~ name } take'; }

# Lets `current` lead to a release, with that release's own units, in one step that a power cut cannot halve.
switch_to() {
    [ "$(current_release)" = "$1" ] || {
        run ln -sfn "releases/$1" "$CURRENT.new"
        run mv -T "$CURRENT.new" "$CURRENT"
    }
    if [ "$dry_run" = yes ]; then install_units "$here"; else install_units "$RELEASES/$1/systemd"; fi
}

# Starts the release that is current; succeeds when it has said that it is ready and its page answers.
start_service() {
    systemctl stop affetto-explain.service 2>/dev/null || true
    systemctl reset-failed affetto.service 2>/dev/null || true
    systemctl restart affetto-explain.socket && systemctl restart affetto.service && page_answers
}

page_answers() {
    local port
    port=$(page_port)
    "$CURRENT/venv/bin/python" -I - "http://127.0.0.1:$port/healthz" "$START_S" <<'END'
import sys, time, urllib.request
until = time.monotonic() + float(sys.argv[2])
while True:
    try:
        urllib.request.urlopen(sys.argv[1], timeout=5).close()
        break
    except OSError as error:
        if time.monotonic() > until:
            sys.exit(f"affetto: {sys.argv[1]} does not answer ({error})")
        time.sleep(0.25)
END
}

page_port() {
    "$CURRENT/venv/bin/python" -I - "$SETTINGS" <<'END' || echo 80
import sys
from pathlib import Path
from edge.config_file import load_or_last_good
print(load_or_last_good(Path(sys.argv[1]))[0].web.port)
END
}

# A release that does not start must leave the guitar as it was: the one before plays again.
go_back_to() {
    local new
    new=$(current_release)
    journalctl --unit affetto.service --lines 5 --output cat --no-pager >&2 || true
    say "$new does not start, see above; going back to $1" >&2
    switch_to "$1"
    systemctl daemon-reload
    if start_service; then
        run rm -rf "${RELEASES:?}/$new"
        fail "the upgrade failed; $1 plays again, with all settings and takes"
    fi
    fail "the upgrade failed, and $1 does not start either: journalctl -u affetto -n 50"
}

# Keeps the release that plays and the one before.
remove_old_releases() {
    local release
    for release in "$RELEASES"/*/; do
        [ -d "$release" ] || continue
        case $(basename "$release") in "$1" | "$2") ;; *) run rm -rf "${release%/}" ;; esac
    done
}
