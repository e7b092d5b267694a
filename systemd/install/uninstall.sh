# shellcheck shell=bash
# Takes everything away that was installed. Takes and settings stay, unless --purge.

uninstall() {
    local kept=
    if systemd_runs && [ -e "$UNITS/affetto.service" ]; then
        run systemctl --quiet disable --now affetto.service affetto-explain.socket affetto-explain.service || true
    else
        take_away "$UNITS"/{multi-user,sockets}.target.wants/affetto{.service,-explain.socket}
    fi
    if [ -e "$ETC/wifi.conf" ] && [ -x "$here/wifi.sh" ]; then
        # its own settings go with it, but phones shall know the guitar again if it comes back
        [ ! -e "$ETC/hotspot.toml" ] || [ "$dry_run" = yes ] || kept=$(cat "$ETC/hotspot.toml")
        run "$here/wifi.sh" remove
        [ -z "$kept" ] || put "$ETC/hotspot.toml" 0640 root:affetto <<<"$kept"
    fi
    remove_lights
    restore_hostname
    take_away "$UNITS"/affetto{.service,-explain.socket,-explain.service} /etc/udev/rules.d/60-affetto.rules \
        /usr/local/bin/affetto /usr/local/sbin/affetto-wifi /etc/avahi/services/affetto.service \
        /etc/systemd/journald.conf.d/affetto.conf "$AFFETTO" /var/cache/affetto
    if [ "$changes" != 0 ] && systemd_runs; then run systemctl daemon-reload; fi
    if [ "$purge" = yes ]; then
        take_away "$STATE" "$ETC"
        ! getent passwd affetto >/dev/null || run userdel affetto
    fi
    if [ "$changes" = 0 ]; then
        say "nothing to remove: Affetto is not installed"
    elif [ "$purge" = yes ]; then
        say "Affetto is removed with its takes and settings; Debian packages stay"
    else
        say "Affetto is removed; takes and settings stay in $STATE and $ETC (--purge removes them too)"
    fi
}

restore_hostname() {
    [ -e "$HOSTNAME_BEFORE" ] || return 0
    set_hostname "$(cat /etc/hostname)" "$(cat "$HOSTNAME_BEFORE")"
    take_away "$HOSTNAME_BEFORE"
}
