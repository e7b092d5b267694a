# shellcheck shell=bash
# The user, its folders, the units, and the commands that a person types.

make_user() {
    local group
    if ! getent passwd affetto >/dev/null; then
        run useradd --system --user-group --home-dir "$STATE" --no-create-home --shell /usr/sbin/nologin \
            --comment "Affetto" affetto
    fi
    # Debian has the first, Raspberry Pi OS all of them
    for group in audio gpio spi; do
        getent group "$group" >/dev/null || continue
        ! id -nG affetto 2>/dev/null | tr ' ' '\n' | grep -qx "$group" || continue
        run usermod --append --groups "$group" affetto
    done
    [ -d "$STATE" ] || run install -d -m 0700 -o affetto -g affetto "$STATE"
    [ -d "$ETC" ] || run install -d -m 0755 "$ETC"
}

# The first settings only; afterwards they are the person's.
write_first_settings() {
    [ ! -e "$SETTINGS" ] || return 0
    put "$SETTINGS" 0600 affetto:affetto < <(
        echo "# Settings of Affetto; the page changes them, and \`affetto config show\` explains every key."
        printf '\n[web]\nhost = "0.0.0.0"\nport = 80\nportal = true\n'
        [ -z "$led_driver" ] || printf '\n[led]\ndriver = "%s"\ncount = %d\n' "$led_driver" "$led_count"
    )
}

# install_units FOLDER: those of a release, so that going back to it brings its units back too.
install_units() {
    local unit before=$changes
    for unit in affetto.service affetto-explain.socket affetto-explain.service; do
        put "$UNITS/$unit" 0644 root:root <"$1/$unit"
    done
    put /etc/udev/rules.d/60-affetto.rules 0644 root:root <"$1/60-affetto.rules"
    [ "$changes" != "$before" ] || return 0
    if systemd_runs; then
        run systemctl daemon-reload
        run udevadm control --reload 2>/dev/null || true
        run udevadm trigger --subsystem-match=sound --subsystem-match=gpio --subsystem-match=spidev 2>/dev/null || true
    fi
}

enable_units() {
    local unit
    for unit in affetto.service affetto-explain.socket; do
        systemctl is-enabled --quiet "$unit" 2>/dev/null || run systemctl --quiet enable "$unit"
    done
}

install_commands() {
    put /usr/local/bin/affetto 0755 root:root <"$1/affetto-command"
    if [ -e "$1/wifi.sh" ] && [ "$(readlink /usr/local/sbin/affetto-wifi)" != "$CURRENT/systemd/wifi.sh" ]; then
        run ln -sfn "$CURRENT/systemd/wifi.sh" /usr/local/sbin/affetto-wifi
    fi
}

# Logs in memory only spare the card; they are gone after a restart.
keep_logs_in_memory() {
    [ "$volatile_journal" = yes ] || return 0
    local before=$changes
    put /etc/systemd/journald.conf.d/affetto.conf 0644 root:root <"$here/journal.conf"
    [ "$changes" = "$before" ] || ! systemd_runs || run systemctl restart systemd-journald
}
